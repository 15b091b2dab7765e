/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * EF.DG2, 9303-10 4.7.2: the encoded face. 75 { 7F61 { 02 n, 7F60 { A1 header,
 * 5F2E or 7F2E record } ... } }, the record as ISO/IEC 19794-5:2005 or as
 * ISO/IEC 39794-5:2019 (DER, in A1 of 7F2E). The first frontal image is taken
 * (of a record that names none so, the first); never more than one; the others
 * are only stepped over. The image is not decoded here; it stays where it was
 * in the file. PERSONAL.
 */
#ifndef CNIE_LDS_DG2_H
#define CNIE_LDS_DG2_H

#include "base/bytes.h"
#include "base/wire.h"

#define DG2_TEMPLATES_MAX 9	/* 9303-10: 1 to 9 instances */
#define DG2_IMAGES_MAX    16	/* images of one record stepped over */
#define DG2_IMAGE_MIN     32	/* shorter is no JPEG and no JPEG 2000 */
/* The portrait travels in one message with a few bytes of header. */
#define DG2_IMAGE_MAX     (WIRE_PORTRAIT_MAX - 64)

struct dg2_portrait {
	enum image_format format;	/* as the record says, and as the
					 * image's first bytes confirm */
	uint16_t width, height;		/* as the record says; 0 unknown */
	uint8_t images;			/* in the record it was taken from */
	bool frontal;			/* the record says so */
	struct span image;		/* into the file */
};

must_check enum result dg2_parse(struct span file, struct dg2_portrait *out);

#endif
