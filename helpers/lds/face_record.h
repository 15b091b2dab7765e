/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The face records inside DG2: one parser a standard, each choosing one image
 * of its record in the same way. Only dg2.c and the two parsers include this.
 * PERSONAL.
 */
#ifndef CNIE_LDS_FACE_RECORD_H
#define CNIE_LDS_FACE_RECORD_H

#include "lds/dg2.h"

/* The image chosen so far: the first frontal one, else the first. */
struct face_pick {
	bool any;
	struct dg2_portrait p;
};

void face_consider(struct face_pick *pick, const struct dg2_portrait *one);

/* ISO/IEC 19794-5:2005, the whole record. R_ABSENT: a good one, but none of its
 * images is a plane one of a face. The image is not looked into. */
must_check enum result face_19794_parse(struct span record,
					struct dg2_portrait *out);
/* ISO/IEC 39794-5:2019, the content of 7F2E. Likewise. */
must_check enum result face_39794_parse(struct span block,
					struct dg2_portrait *out);

#endif
