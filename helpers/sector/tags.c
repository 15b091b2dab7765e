/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/tags.h"

#include <sodium.h>
#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"

static bool only(const char *s, size_t min, size_t max, const char *set)
{
	size_t n = strlen(s);

	return n >= min && n <= max && strspn(s, set) == n;
}

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

bool tags_urn_ok(const char *urn)
{
	size_t n = strlen(urn);

	if (n < 1 || n > URN_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (urn[i] <= ' ' || urn[i] > '~')
			return false;
	return true;
}

static bool document_ok(const struct msg_number *in)
{
	return only(in->state, 1, 3, LETTERS) &&
	       only(in->document, 1, 40, LETTERS DIGITS "<") &&
	       only(in->expiry, 8, 8, DIGITS);
}

/* Fields joined by 00. None of them can hold a 00. */
static enum result join(struct sink *out, const char *const *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			sink_u8(out, 0);
		sink_put(out, span_str(fields[i]));
	}
	return sink_done(out);
}

static enum result tag(const struct psn *psn, struct span what,
		       uint8_t out[TAG_SIZE])
{
	return crypto_generichash(out, TAG_SIZE, what.p, what.n, psn->b,
				  psn->n) ? R_INTERNAL : R_OK;
}

/* -- of one epoch ---------------------------------------------------- */

struct epoch_tags {
	uint8_t tag[TAG_SIZE], card_tag[TAG_SIZE];
	uint8_t index[CACHE_INDEX];
	bool remember;
};

static enum reason tags_from_psn(const struct msg_number *in,
				 struct tags_work *w, struct epoch_tags *out)
{
	const char *fields[] = { "card", in->document, in->expiry };
	struct sink card = SINK(w->card);

	if (join(&card, fields, 3) != R_OK ||
	    tag(&w->psn, span_str("roster"), out->tag) != R_OK ||
	    tag(&w->psn, sink_span(&card), out->card_tag) != R_OK)
		return REASON_INTERNAL;
	return REASON_NONE;
}

static enum reason cache_index(const struct tags_source *s, struct span x,
			       const struct msg_number *in,
			       struct tags_work *w, uint8_t out[CACHE_INDEX])
{
	const char *card[] = { "", in->document, in->expiry };
	struct sink m = SINK(w->cached);

	sink_put(&m, span_str("cnie/cache/v2"));
	sink_u8(&m, 0);
	sink_u32(&m, s->epoch);
	sink_put(&m, span_of(s->pinned, OPRF_ELEMENT));
	sink_put(&m, x);
	if (join(&m, card, 3) != R_OK)
		return REASON_INTERNAL;
	return s->cache->index(s->cache->ctx, sink_span(&m), out);
}

/* found: whether the tags are known already. */
static enum reason recall(const struct tags_source *s, struct span x,
			  const struct msg_number *in, struct tags_work *w,
			  struct epoch_tags *out, bool *found)
{
	struct msg_sector_lookup what = { .epoch = s->epoch };
	struct msg_sector_found known = { 0 };
	enum reason why = cache_index(s, x, in, w, what.index);

	if (why == REASON_NONE)
		why = s->cache->lookup(s->cache->ctx, &what, &known);
	if (why != REASON_NONE)
		return why;
	*found = known.found;
	out->remember = !known.found;
	if (known.found) {
		memcpy(out->tag, known.tag, TAG_SIZE);
		memcpy(out->card_tag, known.card_tag, TAG_SIZE);
	} else {
		memcpy(out->index, what.index, CACHE_INDEX);
	}
	return REASON_NONE;
}

static enum reason make_one(const struct tags_source *s, struct span x,
			    const struct msg_number *in, struct tags_work *w,
			    struct epoch_tags *out)
{
	struct epoch_tags t = { .remember = false };
	bool found = false;
	enum reason why = REASON_NONE;

	if (s->cache)
		why = recall(s, x, in, w, &t, &found);
	if (why == REASON_NONE && !found) {
		why = s->provider.evaluate(s->provider.ctx, x, &w->psn);
		if (why == REASON_NONE)
			why = tags_from_psn(in, w, &t);
	}
	if (why == REASON_NONE)
		*out = t;
	return why;
}

/* -- of all ---------------------------------------------------------- */

static void work_wipe(struct tags_work **w)
{
	secret_wipe(*w, sizeof(**w));
}

/* Everything that can be refused before a key is used. */
static enum reason make_x(const struct canon *canon, const char *urn,
			  const struct msg_number *in, struct tags_work *w,
			  struct span *x)
{
	const char *fields[] = { "cnie/psn/v1", urn, in->state, "CIN",
				 w->number };
	struct sink s = SINK(w->x);
	enum reason why = canon_number(canon, in->number, w->number);

	if (why != REASON_NONE)
		return why;
	refuse_if(!document_ok(in), REASON_MRZ_MALFORMED);
	refuse_if(!tags_urn_ok(urn), REASON_NOT_CONFIGURED);
	if (join(&s, fields, 5) != R_OK)
		return REASON_INTERNAL;
	*x = sink_span(&s);
	return REASON_NONE;
}

static void put_current(const struct epoch_tags *t,
			struct msg_sector_tags *out)
{
	memcpy(out->tag, t->tag, TAG_SIZE);
	memcpy(out->card_tag, t->card_tag, TAG_SIZE);
	memcpy(out->index, t->index, CACHE_INDEX);
	out->remember |= t->remember ? REMEMBER : 0;
}

static void put_old(const struct epoch_tags *t, struct msg_sector_tags *out)
{
	out->has_old = 1;
	memcpy(out->old_tag, t->tag, TAG_SIZE);
	memcpy(out->old_card_tag, t->card_tag, TAG_SIZE);
	memcpy(out->old_index, t->index, CACHE_INDEX);
	out->remember |= t->remember ? REMEMBER_OLD : 0;
}

enum reason tags_make(const struct canon *canon,
		      const struct tags_source *current,
		      const struct tags_source *old, const char *urn,
		      const struct msg_number *in, struct tags_work *work,
		      struct msg_sector_tags *out)
{
	scoped(work_wipe) struct tags_work *w = work;
	struct epoch_tags now = { .remember = false }, before = now;
	struct msg_sector_tags tags = { .has_old = 0 };
	struct span x = { 0 };
	enum reason why = make_x(canon, urn, in, w, &x);

	if (why == REASON_NONE)
		why = make_one(current, x, in, w, &now);
	if (why == REASON_NONE && old)
		why = make_one(old, x, in, w, &before);
	if (why != REASON_NONE)
		return why;
	put_current(&now, &tags);
	if (old)
		put_old(&before, &tags);
	*out = tags;
	return REASON_NONE;
}
