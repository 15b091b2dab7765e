/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the attack-detection net looks: a square 2.7 times the face, shrunk
 * and shifted to stay inside the frame.
 */
#ifndef CNIE_FACE_LIVENESS_H
#define CNIE_FACE_LIVENESS_H

#include "face/vision.h"

#ifdef __cplusplus
extern "C" {
#endif

struct live_crop {
	uint32_t x, y, width, height;	/* inside the image, not empty */
};

/* R_ABSENT where the face is not in the image. */
must_check enum result liveness_crop(uint32_t width, uint32_t height,
				     const struct face_box *box,
				     struct live_crop *out);

/* Softmax of the net's three classes; index 0 is "live". R_MALFORMED where a
 * value is not finite. */
must_check enum result liveness_score(const float logits[3], float *out);

#ifdef __cplusplus
}
#endif

#endif
