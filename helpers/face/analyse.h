/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One picture to one embedding: what a portrait and what a frame go through.
 */
#ifndef CNIE_FACE_ANALYSE_H
#define CNIE_FACE_ANALYSE_H

#include "face/decision.h"

/* A portrait's face; where none is found a second try on the padded and
 * enlarged picture. R_ABSENT: no face. */
must_check enum result analyse_portrait(struct vision *v,
					const struct image *im,
					struct embedding *out);

/* A frame's face and its live score. R_ABSENT: no face; R_DENIED: more
 * than one person. Such a frame counts for nothing. */
must_check enum result analyse_frame(struct vision *v, const struct image *im,
				     struct embedding *out, float *live);

#endif
