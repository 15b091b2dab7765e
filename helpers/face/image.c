// SPDX-License-Identifier: GPL-3.0-or-later
#include "face/image.h"

#include <stdlib.h>
#include <turbojpeg.h>

#include "base/scope.h"
#include "base/secret.h"
#include "base/wire.h"

/* ISO/IEC 19794-5 portraits have 240x320 to about 1200x1600 pixels; below 64
 * there is no face to measure. */
const struct image_limits image_limits_portrait = {
	.bytes = WIRE_PORTRAIT_MAX,
	.side_min = 64,
	.side_max = 2048,
	.pixels = 2 * 1024 * 1024,
	.strict = true,
};

/* Cameras send frames whose end is damaged now and then; such a frame is one
 * of ten, and what it shows must still match. */
const struct image_limits image_limits_frame = {
	.bytes = 4 * 1024 * 1024,
	.side_min = 64,
	.side_max = 1920,
	.pixels = 1920 * 1200,
	.strict = false,
};

enum result image_size_check(uint32_t width, uint32_t height,
			     const struct image_limits *limits)
{
	if (width < limits->side_min || height < limits->side_min ||
	    width > limits->side_max || height > limits->side_max ||
	    (uint64_t)width * height > limits->pixels)
		return R_MALFORMED;
	return R_OK;
}

static size_t image_bytes(const struct image *im)
{
	return (size_t)im->width * im->height * 3;
}

enum result image_new(uint32_t width, uint32_t height, struct image *out)
{
	struct image im = { width, height, NULL };

	if (width == 0 || height == 0 || width > 8192 || height > 8192)
		return R_INTERNAL;
	im.bgr = calloc(1, image_bytes(&im));
	if (!im.bgr)
		return R_INTERNAL;
	*out = im;
	return R_OK;
}

void image_wipe(struct image *im)
{
	if (im->bgr) {
		secret_wipe(im->bgr, image_bytes(im));
		free(im->bgr);
	}
	*im = (struct image){ 0 };
}

/* -- JPEG ----------------------------------------------------------------- */

static void tj_done(tjhandle *h)
{
	if (*h)
		tjDestroy(*h);
}

static bool readable_jpeg(int subsampling, int space)
{
	return subsampling >= 0 && subsampling < TJ_NUMSAMP &&
	       (space == TJCS_YCbCr || space == TJCS_GRAY || space == TJCS_RGB);
}

static enum result decompress(tjhandle h, struct span in, bool strict,
			      struct image *im)
{
	int flags = TJFLAG_LIMITSCANS | TJFLAG_ACCURATEDCT |
		    (strict ? TJFLAG_STOPONWARNING : 0);

	if (tjDecompress2(h, in.p, in.n, im->bgr, (int)im->width, 0,
			  (int)im->height, TJPF_BGR, flags) == 0)
		return R_OK;
	if (!strict && tjGetErrorCode(h) == TJERR_WARNING)
		return R_OK;
	return R_MALFORMED;
}

enum result image_from_jpeg(struct span in, const struct image_limits *limits,
			    struct image *out)
{
	scoped(tj_done) tjhandle h = NULL;
	scoped(image_wipe) struct image im = { 0 };
	int width = 0, height = 0, subsampling = -1, space = -1;
	enum result r;

	if (in.n < 4 || in.n > limits->bytes || in.p[0] != 0xff ||
	    in.p[1] != 0xd8)
		return R_MALFORMED;
	h = tjInitDecompress();
	if (!h)
		return R_INTERNAL;
	if (tjDecompressHeader3(h, in.p, in.n, &width, &height, &subsampling,
				&space) || width <= 0 || height <= 0 ||
	    !readable_jpeg(subsampling, space))
		return R_MALFORMED;
	r = image_size_check((uint32_t)width, (uint32_t)height, limits);
	if (r == R_OK)
		r = image_new((uint32_t)width, (uint32_t)height, &im);
	if (r == R_OK)
		r = decompress(h, in, limits->strict, &im);
	if (r != R_OK)
		return r;
	*out = im;
	im = (struct image){ 0 };
	return R_OK;
}

enum result image_from_portrait(unsigned int format, struct span in,
				struct image *out)
{
	switch (format) {
	case IMAGE_JPEG:
		return image_from_jpeg(in, &image_limits_portrait, out);
	case IMAGE_JP2:
		return image_from_jp2(in, &image_limits_portrait, out);
	default:
		return R_MALFORMED;
	}
}

/* -- raw frames ----------------------------------------------------------- */

/* Every row, the last one without its padding, must be there. */
static enum result raw_size_check(struct span in, uint32_t width,
				  uint32_t height, uint32_t stride,
				  uint32_t row)
{
	enum result r = image_size_check(width, height, &image_limits_frame);

	if (r != R_OK)
		return r;
	if (stride < row || (uint64_t)stride * (height - 1) + row > in.n)
		return R_MALFORMED;
	return R_OK;
}

static uint8_t clamp(int v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* ITU-R BT.601, limited range, 8 fractional bits */
static void yuv_to_bgr(int y, int u, int v, uint8_t *out)
{
	y = 298 * (y - 16) + 128;
	u -= 128;
	v -= 128;
	out[0] = clamp((y + 516 * u) >> 8);
	out[1] = clamp((y - 100 * u - 208 * v) >> 8);
	out[2] = clamp((y + 409 * v) >> 8);
}

enum result image_from_yuyv(struct span in, uint32_t width, uint32_t height,
			    uint32_t stride, struct image *out)
{
	struct image im;
	enum result r = raw_size_check(in, width, height, stride, width * 2);

	if (r != R_OK || width % 2 != 0)
		return R_MALFORMED;
	r = image_new(width, height, &im);
	if (r != R_OK)
		return r;
	for (uint32_t y = 0; y < height; y++) {
		const uint8_t *p = in.p + (size_t)y * stride;
		uint8_t *q = im.bgr + (size_t)y * width * 3;

		for (uint32_t x = 0; x < width; x += 2, p += 4, q += 6) {
			yuv_to_bgr(p[0], p[1], p[3], q);
			yuv_to_bgr(p[2], p[1], p[3], q + 3);
		}
	}
	*out = im;
	return R_OK;
}

enum result image_from_grey(struct span in, uint32_t width, uint32_t height,
			    uint32_t stride, struct image *out)
{
	struct image im;
	enum result r = raw_size_check(in, width, height, stride, width);

	if (r != R_OK)
		return r;
	r = image_new(width, height, &im);
	if (r != R_OK)
		return r;
	for (uint32_t y = 0; y < height; y++) {
		const uint8_t *p = in.p + (size_t)y * stride;
		uint8_t *q = im.bgr + (size_t)y * width * 3;

		for (uint32_t x = 0; x < width; x++, q += 3)
			q[0] = q[1] = q[2] = p[x];
	}
	*out = im;
	return R_OK;
}
