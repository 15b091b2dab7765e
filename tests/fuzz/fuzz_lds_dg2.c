// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: lds base */
/* EF.DG2 in both standards, down to the octets of the image. */
#include "lds/dg2.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dg2_portrait p;

	if (dg2_parse(span_of(data, size), &p) != R_OK)
		return 0;
	if (p.image.p < data || p.image.p + p.image.n > data + size ||
	    p.image.n < DG2_IMAGE_MIN || p.image.n > DG2_IMAGE_MAX ||
	    p.images < 1 || p.images > DG2_IMAGES_MAX ||
	    (p.format != IMAGE_JPEG && p.format != IMAGE_JP2))
		abort();
	return 0;
}
