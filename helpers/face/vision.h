/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The four nets. vision.cc is the only C++ file; no exception leaves it. It
 * runs on one thread. There is no function that takes more than one
 * reference: this compares, it never searches.
 */
#ifndef CNIE_FACE_VISION_H
#define CNIE_FACE_VISION_H

#include "face/image.h"
#include "face/manifest.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vision;

#define FACES_MAX      16
#define EMBEDDING_SIZE 512

struct face_box {		/* a square, in pixels of the image */
	float x, y;		/* centre */
	float side;
	float score;
};

struct embedding {		/* PERSONAL (biometric): wipe. Length 1 */
	float v[EMBEDDING_SIZE];
};

/* nets[i] are the bytes of an ONNX file; not kept. R_MALFORMED where one
 * can't be read. */
must_check enum result vision_new(const struct manifest *m,
				  const struct span nets[NET_COUNT],
				  struct vision **out);
void vision_free(struct vision **v);

/* Run every net and every step once on invented pixels, so that all memory
 * and code is there before the process is locked down. */
must_check enum result vision_warm_up(struct vision *v);

/* The faces in the image, largest first; *n may be 0. */
must_check enum result vision_detect(struct vision *v, const struct image *im,
				     struct face_box out[FACES_MAX],
				     size_t *n);

/* Landmarks (two passes), alignment, embedding. R_ABSENT: no face shape. */
must_check enum result vision_embed(struct vision *v, const struct image *im,
				    const struct face_box *box,
				    struct embedding *out);

/* Probability, 0 to 1, that the face is there in the flesh. */
must_check enum result vision_live(struct vision *v, const struct image *im,
				   const struct face_box *box, float *out);

/* `im` in the middle of a plain canvas of 4:3, enlarged to at least 240 rows:
 * for a portrait in which nothing was found as it is. */
must_check enum result vision_pad(const struct image *im, struct image *out);

#ifdef __cplusplus
}
#endif

#endif
