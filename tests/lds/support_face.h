/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DG2 files built by hand: records of both standards, images that can be told
 * apart. */
#ifndef CNIE_TESTS_SUPPORT_FACE_H
#define CNIE_TESTS_SUPPORT_FACE_H

#include "base/bytes.h"

#define FACE_SIZE 40		/* octets of each image */

/* One image: the beginning of a JPEG, then its mark. */
struct face {
	uint8_t kind;		/* 19794: face image type; 39794: kind code,
				 * FACE_NO_KIND where it is left out */
	uint8_t mark;
};

#define FACE_NO_KIND 0xff

/* An ISO/IEC 19794-5 record of n images. */
void put_record_19794(struct sink *out, const struct face *faces, size_t n);
/* An ISO/IEC 39794-5 block, A1 { 65 { ... } }, of n representations. */
void put_record_39794(struct sink *out, const struct face *faces, size_t n);
/* DG2 of n records: 5F2E, or 7F2E where one begins with A1. */
void put_dg2(struct sink *out, const struct span *records, size_t n);

#endif
