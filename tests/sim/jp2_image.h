/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Make JPEG 2000 portraits, good ones and odd ones, for the simulated card
 * and for the decoder's tests. */
#ifndef CNIE_TESTS_JP2_IMAGE_H
#define CNIE_TESTS_JP2_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jp2_options {
	size_t bytes;		/* aim at this size; 0: lossless */
	bool raw;		/* a bare codestream without boxes */
	int layers;		/* 0: 1 */
	int tile;		/* side of a tile, 0: one tile */
	int precinct;		/* side of a precinct, 0: none */
	int depth;		/* bits a sample, 0: 8 */
	int subsampling;	/* of all components, 0: 1 */
};

/* rgb holds width * height * components bytes (1 or 3 components). *out is
 * malloc'ed. False where libopenjp2 refuses. */
bool jp2_encode(const uint8_t *rgb, unsigned int width, unsigned int height,
		unsigned int components, const struct jp2_options *options,
		uint8_t **out, size_t *n);

#endif
