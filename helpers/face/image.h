/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Foreign bytes to pixels. MUST: sizes are read from the header and held
 * against the limits before a decoder allocates for them. MUST: a portrait
 * that is cut, damaged or not 8-bit grey or RGB is refused, never half
 * decoded. Pixels are BGR, 8 bits, rows without padding.
 */
#ifndef CNIE_FACE_IMAGE_H
#define CNIE_FACE_IMAGE_H

#include "base/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

struct image {				/* PERSONAL: wipe */
	uint32_t width, height;
	uint8_t *bgr;			/* width * height * 3 */
};

struct image_limits {
	size_t bytes;			/* of the encoded picture */
	uint32_t side_min, side_max;
	uint32_t pixels;
	bool strict;			/* a decoder's warning is a refusal */
};

extern const struct image_limits image_limits_portrait;
extern const struct image_limits image_limits_frame;

/* Outputs are made with image_new and belong to the caller. */
must_check enum result image_new(uint32_t width, uint32_t height,
				 struct image *out);
/* Overwrite and free; accepts { 0 }. */
void image_wipe(struct image *im);

must_check enum result image_from_jpeg(struct span in,
				       const struct image_limits *limits,
				       struct image *out);
/* JPEG 2000: a JP2 file or a bare codestream. */
must_check enum result image_from_jp2(struct span in,
				      const struct image_limits *limits,
				      struct image *out);
/* format is enum image_format of wire.h; any other value: R_MALFORMED. */
must_check enum result image_from_portrait(unsigned int format,
					   struct span in,
					   struct image *out);

/* A camera's raw frame; R_MALFORMED where `in` is shorter than it says. */
must_check enum result image_from_yuyv(struct span in, uint32_t width,
				       uint32_t height, uint32_t stride,
				       struct image *out);
must_check enum result image_from_grey(struct span in, uint32_t width,
				       uint32_t height, uint32_t stride,
				       struct image *out);

/* width, height and their product within the limits. */
must_check enum result image_size_check(uint32_t width, uint32_t height,
					const struct image_limits *limits);

#ifdef __cplusplus
}
#endif

#endif
