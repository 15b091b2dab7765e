/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The similarity (turn, scale, shift; four numbers, so it can't mirror) that
 * takes eyes, nose and mouth to where the embedding net expects them.
 */
#ifndef CNIE_FACE_SIMILARITY_H
#define CNIE_FACE_SIMILARITY_H

#include "base/result.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FIVE_POINTS 5	/* left eye, right eye, nose, mouth left and right */

struct similarity {	/* x' = a x - b y + tx, y' = b x + a y + ty */
	double a, b, tx, ty;
	double scale;
};

/* Least squares from the points to the 112x112 crop's. R_ABSENT where the
 * points lie together, are no numbers, or ask for an absurd scale. */
must_check enum result similarity_fit(const float from[FIVE_POINTS][2],
				      struct similarity *out);

#ifdef __cplusplus
}
#endif

#endif
