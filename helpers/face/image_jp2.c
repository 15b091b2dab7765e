// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * JPEG 2000 (ISO/IEC 15444-1). libopenjp2 allocates by what the headers
 * claim, so this file reads them first. A portrait MUST have: 8-bit unsigned
 * grey or RGB without subsampling; sizes within the limits; few tiles and
 * layers; not more precincts than its size explains (2^31 of them fit into
 * 15 KB); no palette, no channel mapping, no coding style in a tile header.
 */
#include "face/image.h"

#include <openjpeg.h>
#include <string.h>

#include "base/scope.h"

#define TILES_MAX      64
#define LAYERS_MAX     64
#define PRECINCTS_MAX  16384	/* 2 million pixels at 16x16 are 11,000 */
#define TILE_PARTS_MAX 256

#define BOX(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (c) << 8 | (d))

enum {
	M_SOC = 0xff4f, M_SIZ = 0xff51, M_COD = 0xff52, M_COC = 0xff53,
	M_TLM = 0xff55, M_PLM = 0xff57, M_PLT = 0xff58, M_QCD = 0xff5c,
	M_QCC = 0xff5d, M_RGN = 0xff5e, M_CRG = 0xff63, M_COM = 0xff64,
	M_SOT = 0xff90, M_SOD = 0xff93, M_EOC = 0xffd9,
};

/* -- the JP2 file: boxes (15444-1 annex I) -------------------------------- */

static enum result take_box(struct span *in, uint32_t *type, struct span *body)
{
	struct span rest = *in;
	uint32_t n;

	if (span_u32(&rest, &n) != R_OK || span_u32(&rest, type) != R_OK)
		return R_MALFORMED;
	if (n == 0)			/* to the end of the file */
		n = (uint32_t)rest.n + 8;
	if (n < 8 || span_take(&rest, n - 8, body) != R_OK)
		return R_MALFORMED;
	*in = rest;
	return R_OK;
}

/* pclr, cmap and cdef are not here: a portrait needs none of them. */
static enum result check_jp2h(struct span in)
{
	while (in.n > 0) {
		uint32_t type;
		struct span body;

		if (take_box(&in, &type, &body) != R_OK)
			return R_MALFORMED;
		if (type != BOX('i', 'h', 'd', 'r') &&
		    type != BOX('b', 'p', 'c', 'c') &&
		    type != BOX('c', 'o', 'l', 'r') &&
		    type != BOX('r', 'e', 's', ' '))
			return R_MALFORMED;
	}
	return R_OK;
}

/* The one contiguous codestream of a JP2 file. */
static enum result find_codestream(struct span in, struct span *out)
{
	bool header = false;

	while (in.n > 0) {
		uint32_t type;
		struct span body;

		if (take_box(&in, &type, &body) != R_OK)
			return R_MALFORMED;
		if (type == BOX('j', 'p', '2', 'h')) {
			if (header || check_jp2h(body) != R_OK)
				return R_MALFORMED;
			header = true;
		} else if (type == BOX('j', 'p', '2', 'c')) {
			if (!header)
				return R_MALFORMED;
			*out = body;
			return R_OK;
		}
	}
	return R_MALFORMED;
}

/* -- the codestream: marker segments (annex A) ---------------------------- */

struct size {
	uint32_t width, height;
	uint32_t across, down;	/* tiles */
};

static enum result take_u32s(struct span *in, uint32_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_u32(in, &out[i]) != R_OK)
			return R_MALFORMED;
	return R_OK;
}

/* A.5.1; at[] is Xsiz Ysiz XOsiz YOsiz XTsiz YTsiz XTOsiz YTOsiz */
static enum result check_siz(struct span in, const struct image_limits *limits,
			     struct size *out)
{
	uint32_t at[8], across, down;
	uint16_t profile, components;

	if (span_u16(&in, &profile) != R_OK || take_u32s(&in, at, 8) != R_OK ||
	    span_u16(&in, &components) != R_OK)
		return R_MALFORMED;
	if (at[2] || at[3] || at[6] || at[7] || at[4] == 0 || at[5] == 0 ||
	    image_size_check(at[0], at[1], limits) != R_OK)
		return R_MALFORMED;
	across = (at[0] - 1) / at[4] + 1;
	down = (at[1] - 1) / at[5] + 1;
	if (across * down > TILES_MAX || (components != 1 && components != 3))
		return R_MALFORMED;
	for (uint16_t i = 0; i < components; i++) {
		uint8_t depth, dx, dy;

		if (span_u8(&in, &depth) != R_OK ||
		    span_u8(&in, &dx) != R_OK || span_u8(&in, &dy) != R_OK ||
		    depth != 7 || dx != 1 || dy != 1)
			return R_MALFORMED;
	}
	*out = (struct size){ at[0], at[1], across, down };
	return span_end(&in);
}

/* At most so many precincts of 2^pp lie along `length` samples that are cut
 * into `tiles`, `shift` resolutions below the full one. */
static uint64_t along(uint32_t length, uint32_t tiles, unsigned int shift,
		      unsigned int pp)
{
	return ((uint64_t)length >> shift >> pp) + 2 * (uint64_t)tiles;
}

/* SPcod/SPcoc, A.6.1: levels, code blocks, transform, precinct sizes */
static enum result check_coding(struct span in, bool precincts,
				const struct size *size)
{
	uint64_t count = 0;
	struct span fixed;
	uint8_t levels, pp;

	if (span_u8(&in, &levels) != R_OK || levels > 32 ||
	    span_take(&in, 4, &fixed) != R_OK)
		return R_MALFORMED;
	for (unsigned int i = 0; precincts && i <= levels; i++) {
		if (span_u8(&in, &pp) != R_OK)
			return R_MALFORMED;
		count += along(size->width, size->across, levels - i, pp & 15) *
			 along(size->height, size->down, levels - i, pp >> 4);
	}
	return count > PRECINCTS_MAX ? R_MALFORMED : span_end(&in);
}

static enum result check_cod(struct span in, const struct size *size)
{
	uint8_t style, order, transform;
	uint16_t layers;

	if (span_u8(&in, &style) != R_OK || span_u8(&in, &order) != R_OK ||
	    span_u16(&in, &layers) != R_OK ||
	    span_u8(&in, &transform) != R_OK || layers == 0 ||
	    layers > LAYERS_MAX)
		return R_MALFORMED;
	return check_coding(in, style & 1, size);
}

static enum result check_coc(struct span in, const struct size *size)
{
	uint8_t component, style;

	if (span_u8(&in, &component) != R_OK || span_u8(&in, &style) != R_OK)
		return R_MALFORMED;
	return check_coding(in, style & 1, size);
}

static enum result check_main_segment(uint16_t marker, struct span body,
				      const struct size *size,
				      unsigned int *cods)
{
	switch (marker) {
	case M_COD:
		++*cods;
		return check_cod(body, size);
	case M_COC:
		return check_coc(body, size);
	case M_QCD: case M_QCC: case M_RGN: case M_CRG: case M_COM:
	case M_TLM: case M_PLM:
		return R_OK;
	default:
		return R_MALFORMED;
	}
}

static enum result take_segment(struct span *in, struct span *body)
{
	uint16_t n;

	if (span_u16(in, &n) != R_OK || n < 2)
		return R_MALFORMED;
	return span_take(in, n - 2u, body);
}

/* From the first SOT's body to SOD; only pointers and comments between. */
static enum result check_tile_part(struct span *in)
{
	struct span part = *in, whole, body;
	uint16_t length, tile, marker;
	uint32_t psot;

	/* the marker itself, already taken, counts in Psot (A.4.2) */
	if (span_u16(&part, &length) != R_OK || length != 10 ||
	    span_u16(&part, &tile) != R_OK || span_u32(&part, &psot) != R_OK)
		return R_MALFORMED;
	if (psot == 0)			/* to the EOC, the last one */
		psot = (uint32_t)in->n + 2;
	if (psot < 14 || span_take(in, psot - 2, &whole) != R_OK ||
	    span_take(&whole, 10, &body) != R_OK)
		return R_MALFORMED;
	for (;;) {
		if (span_u16(&whole, &marker) != R_OK)
			return R_MALFORMED;
		if (marker == M_SOD)
			return R_OK;
		if ((marker != M_PLT && marker != M_COM) ||
		    take_segment(&whole, &body) != R_OK)
			return R_MALFORMED;
	}
}

static enum result check_tile_parts(struct span in)
{
	for (unsigned int i = 0; i < TILE_PARTS_MAX; i++) {
		uint16_t marker;

		if (check_tile_part(&in) != R_OK)
			return R_MALFORMED;
		if (in.n == 0)
			return R_OK;	/* Psot 0: the EOC was in it */
		if (span_u16(&in, &marker) != R_OK)
			return R_MALFORMED;
		if (marker == M_EOC)
			return R_OK;
		if (marker != M_SOT)
			return R_MALFORMED;
	}
	return R_MALFORMED;
}

static enum result check_codestream(struct span in,
				    const struct image_limits *limits)
{
	uint16_t marker;
	struct size size;
	struct span body;
	unsigned int cods = 0;

	if (span_u16(&in, &marker) != R_OK || marker != M_SOC ||
	    span_u16(&in, &marker) != R_OK || marker != M_SIZ ||
	    take_segment(&in, &body) != R_OK ||
	    check_siz(body, limits, &size) != R_OK)
		return R_MALFORMED;
	for (;;) {
		if (span_u16(&in, &marker) != R_OK)
			return R_MALFORMED;
		if (marker == M_SOT)
			break;
		if (take_segment(&in, &body) != R_OK ||
		    check_main_segment(marker, body, &size, &cods) != R_OK)
			return R_MALFORMED;
	}
	return cods == 1 ? check_tile_parts(in) : R_MALFORMED;
}

/* -- libopenjp2 ----------------------------------------------------------- */

static void codec_done(opj_codec_t **c)
{
	if (*c)
		opj_destroy_codec(*c);
}

static void stream_done(opj_stream_t **s)
{
	if (*s)
		opj_stream_destroy(*s);
}

static void opj_image_done(opj_image_t **im)
{
	if (*im)
		opj_image_destroy(*im);
}

static OPJ_SIZE_T stream_read(void *to, OPJ_SIZE_T n, void *from)
{
	struct span *in = from, got;

	if (n > in->n)
		n = in->n;
	if (n == 0 || span_take(in, n, &got) != R_OK)
		return (OPJ_SIZE_T)-1;
	memcpy(to, got.p, got.n);
	return n;
}

static OPJ_OFF_T stream_skip(OPJ_OFF_T n, void *from)
{
	struct span *in = from, got;

	if (n < 0 || span_take(in, (size_t)n, &got) != R_OK)
		return -1;
	return n;
}

static opj_stream_t *memory_stream(struct span *in)
{
	opj_stream_t *s = opj_stream_create(in->n, OPJ_TRUE);

	if (!s)
		return NULL;
	opj_stream_set_user_data(s, in, NULL);
	opj_stream_set_user_data_length(s, in->n);
	opj_stream_set_read_function(s, stream_read);
	opj_stream_set_skip_function(s, stream_skip);
	return s;
}

static enum result check_decoded(const opj_image_t *im,
				 const struct image_limits *limits)
{
	if ((im->numcomps != 1 && im->numcomps != 3) ||
	    im->color_space == OPJ_CLRSPC_SYCC ||
	    im->color_space == OPJ_CLRSPC_EYCC ||
	    im->color_space == OPJ_CLRSPC_CMYK)
		return R_MALFORMED;
	for (uint32_t i = 0; i < im->numcomps; i++) {
		const opj_image_comp_t *c = &im->comps[i];

		if (!c->data || c->prec != 8 || c->sgnd ||
		    c->w != im->comps[0].w || c->h != im->comps[0].h)
			return R_MALFORMED;
	}
	return image_size_check(im->comps[0].w, im->comps[0].h, limits);
}

static uint8_t sample(const opj_image_t *im, uint32_t component, size_t i)
{
	OPJ_INT32 v = im->comps[component].data[i];

	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static enum result to_bgr(const opj_image_t *from, struct image *out)
{
	struct image im;
	uint32_t blue = from->numcomps - 1, green = blue / 2;
	enum result r = image_new(from->comps[0].w, from->comps[0].h, &im);

	if (r != R_OK)
		return r;
	for (size_t i = 0; i < (size_t)im.width * im.height; i++) {
		im.bgr[3 * i] = sample(from, blue, i);
		im.bgr[3 * i + 1] = sample(from, green, i);
		im.bgr[3 * i + 2] = sample(from, 0, i);
	}
	*out = im;
	return R_OK;
}

static enum result decode(struct span in, OPJ_CODEC_FORMAT format,
			  const struct image_limits *limits, struct image *out)
{
	scoped(codec_done) opj_codec_t *codec = opj_create_decompress(format);
	scoped(stream_done) opj_stream_t *stream = memory_stream(&in);
	scoped(opj_image_done) opj_image_t *im = NULL;
	opj_dparameters_t parameters;
	enum result r;

	if (!codec || !stream)
		return R_INTERNAL;
	opj_set_default_decoder_parameters(&parameters);
	if (!opj_setup_decoder(codec, &parameters) ||
	    !opj_decoder_set_strict_mode(codec, OPJ_TRUE))
		return R_INTERNAL;
	if (!opj_read_header(stream, codec, &im) ||
	    !opj_decode(codec, stream, im) ||
	    !opj_end_decompress(codec, stream))
		return R_MALFORMED;
	r = check_decoded(im, limits);
	return r == R_OK ? to_bgr(im, out) : r;
}

enum result image_from_jp2(struct span in, const struct image_limits *limits,
			   struct image *out)
{
	static const uint8_t signature[] = {	/* I.5.1 */
		0, 0, 0, 12, 'j', 'P', ' ', ' ', 0x0d, 0x0a, 0x87, 0x0a,
	};
	struct span file = in, head, stream = in;
	OPJ_CODEC_FORMAT format = OPJ_CODEC_J2K;

	if (in.n > limits->bytes)
		return R_MALFORMED;
	if (span_take(&file, sizeof(signature), &head) == R_OK &&
	    span_equal(head, SPAN(signature))) {
		format = OPJ_CODEC_JP2;
		if (find_codestream(file, &stream) != R_OK)
			return R_MALFORMED;
	}
	if (check_codestream(stream, limits) != R_OK)
		return R_MALFORMED;
	return decode(in, format, limits, out);
}
