/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: face base */
/* A JPEG as the card's portrait and as a camera's frame: what decodes has a
 * size within the limits and pixels for all of it. */
#include <stdlib.h>

#include "base/wire.h"
#include "face/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void touch(struct image *im, const struct image_limits *limits)
{
	volatile uint8_t sum = 0;

	if (image_size_check(im->width, im->height, limits) != R_OK)
		abort();
	for (size_t i = 0; i < (size_t)im->width * im->height * 3; i++)
		sum += im->bgr[i];
	image_wipe(im);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct image im = { 0 };

	if (image_from_portrait(IMAGE_JPEG, in, &im) == R_OK)
		touch(&im, &image_limits_portrait);
	else if (im.bgr)
		abort();
	if (image_from_jpeg(in, &image_limits_frame, &im) == R_OK)
		touch(&im, &image_limits_frame);
	return 0;
}
