/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: face base */
/* A JPEG 2000 as the card's portrait: what decodes has a size within the
 * limits and pixels for all of it; memory stays bounded by the checks that
 * come before the decoder. */
#include <stdlib.h>

#include "base/wire.h"
#include "face/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image im = { 0 };
	volatile uint8_t sum = 0;

	if (image_from_portrait(IMAGE_JP2, span_of(data, size), &im) != R_OK) {
		if (im.bgr)
			abort();
		return 0;
	}
	if (image_size_check(im.width, im.height, &image_limits_portrait) !=
	    R_OK)
		abort();
	for (size_t i = 0; i < (size_t)im.width * im.height * 3; i++)
		sum += im.bgr[i];
	image_wipe(&im);
	return 0;
}
