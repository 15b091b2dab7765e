// SPDX-License-Identifier: GPL-3.0-or-later
#include "face/decision.h"

#include <math.h>

#include "base/secret.h"

/* Below 64 pixels the landmarks are guesses; a second face of more than half
 * the size of the first is somebody who stands there too. The detector finds
 * small boxes that are no face in one picture of eight. */
#define FACE_SIDE_MIN   64.0f
#define FACE_OTHER_PART 0.5f

enum result decision_largest(const struct face_box *box, size_t n,
			     struct face_box *out)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (box[i].side > box[best].side)
			best = i;
	if (n == 0 || !(box[best].side >= FACE_SIDE_MIN))
		return R_ABSENT;
	*out = box[best];
	return R_OK;
}

enum result decision_only(const struct face_box *box, size_t n,
			  struct face_box *out)
{
	struct face_box best;
	size_t large = 0;
	enum result r = decision_largest(box, n, &best);

	if (r != R_OK)
		return r;
	for (size_t i = 0; i < n; i++)
		if (!(box[i].side <= FACE_OTHER_PART * best.side))
			large++;
	if (large != 1)
		return R_DENIED;
	*out = best;
	return R_OK;
}

float embedding_cosine(const struct embedding *a, const struct embedding *b)
{
	float dot = 0;

	for (size_t i = 0; i < EMBEDDING_SIZE; i++)
		dot += a->v[i] * b->v[i];
	return dot;
}

void decision_add_frame(struct decision *d, const struct embedding *e,
			float live)
{
	if (d->frames == DECISION_FRAMES_MAX)
		return;
	d->frame[d->frames] = *e;
	d->live[d->frames] = live;
	d->frames++;
}

void decision_set_portrait(struct decision *d, const struct embedding *e)
{
	d->portrait = *e;
	d->have_portrait = true;
}

void decision_wipe(struct decision *d)
{
	secret_wipe(d, sizeof(*d));
}

bool decision_has_frames(const struct decision *d,
			 const struct decision_rule *rule)
{
	return d->frames >= rule->match_frames &&
	       d->frames >= rule->live_frames;
}

/* For people to read; the verdict is made on the float. Never rounded up,
 * so that a refused score is never shown as one that would pass. */
static uint16_t shown(float v)
{
	if (!isfinite(v) || v <= 0)
		return 0;
	return v >= 6.5f ? 65000 : (uint16_t)floorf(v * 10000);
}

struct means {
	float score, lowest, live;
};

/* R_DENIED where a number is none: NaN compares false with everything. */
static enum result take_means(const struct decision *d, struct means *out)
{
	struct means m = { 0, 1, 0 };

	for (size_t i = 0; i < d->frames; i++) {
		float c = embedding_cosine(&d->frame[i], &d->portrait);

		if (!isfinite(c) || c < -1.01f || c > 1.01f ||
		    !isfinite(d->live[i]) || d->live[i] < 0 || d->live[i] > 1)
			return R_DENIED;
		m.score += c;
		m.live += d->live[i];
		m.lowest = fminf(m.lowest, c);
	}
	m.score /= (float)d->frames;
	m.live /= (float)d->frames;
	*out = m;
	return R_OK;
}

static enum face_verdict judge(const struct means *m,
			       const struct decision_rule *rule)
{
	const float e4 = 10000;

	if (!(m->score * e4 >= (float)rule->threshold_e4) ||
	    !(m->lowest * e4 >= (float)rule->frame_floor_e4))
		return FACE_NO_MATCH;
	if (!(m->live * e4 >= (float)rule->live_threshold_e4))
		return FACE_ATTACK;
	return FACE_MATCH;
}

void decision_make(const struct decision *d, const struct decision_rule *rule,
		   struct msg_face_answer *out)
{
	struct means m;

	out->verdict = FACE_NO_MATCH;
	out->score = 0;
	out->live = 0;
	out->threshold = (uint16_t)(rule->threshold_e4 + 10000);
	out->live_threshold = (uint16_t)rule->live_threshold_e4;
	out->frames = (uint8_t)d->frames;
	out->frames_live = (uint8_t)d->frames;
	if (!d->have_portrait) {
		out->verdict = FACE_PORTRAIT_BAD;
		return;
	}
	if (d->frames == 0 || !decision_has_frames(d, rule)) {
		out->verdict = FACE_NONE_SEEN;
		return;
	}
	if (take_means(d, &m) != R_OK)
		return;
	out->score = shown(m.score + 1);
	out->live = shown(m.live);
	out->verdict = (uint8_t)judge(&m, rule);
}
