/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The decision, pure: numbers in, verdict out. What is not proven good is
 * not a match: a number that is not finite, too few frames, one frame that
 * shows somebody else.
 */
#ifndef CNIE_FACE_DECISION_H
#define CNIE_FACE_DECISION_H

#include "base/wire.h"
#include "face/vision.h"

#define DECISION_FRAMES_MAX 50

struct decision_rule {
	uint32_t threshold_e4, frame_floor_e4, match_frames;
	uint32_t live_threshold_e4, live_frames;
};

struct decision {		/* PERSONAL: embeddings of one login; wipe */
	struct embedding frame[DECISION_FRAMES_MAX];
	float live[DECISION_FRAMES_MAX];
	size_t frames;
	struct embedding portrait;
	bool have_portrait;
};

/* The largest face, if it is big enough to measure: for the portrait, which
 * the State has signed as that of one person. R_ABSENT: none. */
must_check enum result decision_largest(const struct face_box *box, size_t n,
					struct face_box *out);

/* The same for a frame, where no other of comparable size may be.
 * R_DENIED: more than one person. */
must_check enum result decision_only(const struct face_box *box, size_t n,
				     struct face_box *out);

float embedding_cosine(const struct embedding *a, const struct embedding *b);

void decision_add_frame(struct decision *d, const struct embedding *e,
			float live);
void decision_set_portrait(struct decision *d, const struct embedding *e);
void decision_wipe(struct decision *d);

/* As many frames as the rule wants. */
bool decision_has_frames(const struct decision *d,
			 const struct decision_rule *rule);

/*
 * Fill verdict, scores, thresholds and counts of the answer (times are left
 * alone). verdict: FACE_MATCH only if the mean of the cosines, every single
 * cosine and the mean live score pass; FACE_NONE_SEEN without enough frames;
 * FACE_PORTRAIT_BAD without a portrait.
 */
void decision_make(const struct decision *d, const struct decision_rule *rule,
		   struct msg_face_answer *out);

#endif
