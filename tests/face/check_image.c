// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "base/scope.h"
#include "base/wire.h"
#include "check_main.h"
#include "face/image.h"
#include "face/support_files.h"
#include "sim/jp2_image.h"

#define W 240
#define H 320

static uint8_t rgb[W * H * 3];
static struct image out;

static void setup(void)
{
	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++) {
			uint8_t *p = rgb + (y * W + x) * 3;

			p[0] = (uint8_t)x;
			p[1] = (uint8_t)(y * 255 / H);
			p[2] = (uint8_t)(128 + 60 * sin(x / 9.0) *
						   cos(y / 7.0));
		}
	out = (struct image){ 0 };
}

static void teardown(void)
{
	image_wipe(&out);
}

static struct span make_jpeg(const uint8_t *pixels, int w, int h,
			     int subsampling, int flags)
{
	tjhandle t = tjInitCompress();
	unsigned char *p = NULL;
	unsigned long n = 0;

	ck_assert_int_eq(tjCompress2(t, pixels, w, 0, h, TJPF_RGB, &p, &n,
				     subsampling, 90, flags), 0);
	tjDestroy(t);
	return span_of(p, n);
}

static struct span make_jp2(unsigned int w, unsigned int h,
			    unsigned int components, struct jp2_options o)
{
	uint8_t *p = NULL;
	size_t n = 0;

	ck_assert(jp2_encode(rgb, w, h, components, &o, &p, &n));
	return span_of(p, n);
}

/* Mean absolute difference from the picture that was encoded. */
static double difference(const struct image *im)
{
	double sum = 0;

	ck_assert_uint_eq(im->width, W);
	ck_assert_uint_eq(im->height, H);
	for (size_t i = 0; i < W * H; i++)
		for (int c = 0; c < 3; c++)
			sum += abs(rgb[i * 3 + (size_t)c] -
				   im->bgr[i * 3 + 2 - (size_t)c]);
	return sum / (W * H * 3);
}

START_TEST(jpeg_comes_out_as_it_went_in)
{
	static const int kinds[][2] = {
		{ TJSAMP_444, 0 }, { TJSAMP_420, 0 }, { TJSAMP_422, 0 },
		{ TJSAMP_444, TJFLAG_PROGRESSIVE },
	};
	struct span s = make_jpeg(rgb, W, H, kinds[_i][0], kinds[_i][1]);

	ck_assert_int_eq(image_from_portrait(IMAGE_JPEG, s, &out), R_OK);
	ck_assert(difference(&out) < 3);
	free((void *)(uintptr_t)s.p);
}
END_TEST

static const struct jp2_options good_jp2[] = {
	{ 0 }, { .bytes = 15000 }, { .raw = true }, { .layers = 3 },
	{ .tile = 128 }, { .precinct = 64 }, { .bytes = 8000, .layers = 5 },
};

START_TEST(jp2_comes_out_as_it_went_in)
{
	struct span s = make_jp2(W, H, 3, good_jp2[_i]);

	ck_assert_int_eq(image_from_portrait(IMAGE_JP2, s, &out), R_OK);
	ck_assert(difference(&out) < (good_jp2[_i].bytes ? 3 : 0.01));
	free((void *)(uintptr_t)s.p);
}
END_TEST

START_TEST(grey_pictures_become_three_equal_channels)
{
	struct span s = _i ? make_jp2(W, H, 1, (struct jp2_options){ 0 }) :
			     make_jpeg(rgb, W, H, TJSAMP_GRAY, 0);

	ck_assert_int_eq(image_from_portrait(_i ? IMAGE_JP2 : IMAGE_JPEG, s,
					     &out), R_OK);
	for (size_t i = 0; i < W * H; i++) {
		ck_assert_uint_eq(out.bgr[3 * i], out.bgr[3 * i + 1]);
		ck_assert_uint_eq(out.bgr[3 * i], out.bgr[3 * i + 2]);
	}
	free((void *)(uintptr_t)s.p);
}
END_TEST

START_TEST(persona_portraits_decode)
{
	static const char *const names[] = { "portrait", "impostor" };
	static const char *const kinds[] = { "jpg", "jp2" };
	char path[64];
	struct span s;

	snprintf(path, sizeof(path), PERSONA "/%s.%s", names[_i / 2],
		 kinds[_i % 2]);
	s = file_read(path);
	ck_assert_int_eq(image_from_portrait(_i % 2 ? IMAGE_JP2 : IMAGE_JPEG,
					     s, &out), R_OK);
	ck_assert_uint_eq(out.width, 240);
	ck_assert_uint_eq(out.height, 320);
	file_free(&s);
}
END_TEST

START_TEST(unknown_or_swapped_format_is_refused)
{
	struct span jpeg = make_jpeg(rgb, W, H, TJSAMP_444, 0);
	struct span jp2 = make_jp2(W, H, 3, (struct jp2_options){ 0 });

	ck_assert_int_eq(image_from_portrait(2, jpeg, &out), R_MALFORMED);
	ck_assert_int_eq(image_from_portrait(255, jpeg, &out), R_MALFORMED);
	ck_assert_int_eq(image_from_portrait(IMAGE_JP2, jpeg, &out),
			 R_MALFORMED);
	ck_assert_int_eq(image_from_portrait(IMAGE_JPEG, jp2, &out),
			 R_MALFORMED);
	ck_assert_ptr_null(out.bgr);
	free((void *)(uintptr_t)jpeg.p);
	free((void *)(uintptr_t)jp2.p);
}
END_TEST

/* In a buffer of its own, so that reading on is seen by the sanitizers. */
static enum result cut(unsigned int format, struct span s, size_t n)
{
	uint8_t *p = malloc(n ? n : 1);
	enum result r;

	memcpy(p, s.p, n);
	r = image_from_portrait(format, span_of(p, n), &out);
	free(p);
	return r;
}

static size_t next_length(size_t n, size_t all)
{
	return n < 700 || n + 40 > all ? n + 1 : n + 97;
}

START_TEST(truncated_jpeg_is_refused)
{
	struct span s = make_jpeg(rgb, W, H, TJSAMP_420,
				  _i ? TJFLAG_PROGRESSIVE : 0);

	for (size_t n = 0; n < s.n; n = next_length(n, s.n))
		ck_assert_msg(cut(IMAGE_JPEG, s, n) == R_MALFORMED,
			      "%zu of %zu bytes were taken", n, s.n);
	free((void *)(uintptr_t)s.p);
}
END_TEST

START_TEST(truncated_jp2_is_refused)
{
	struct span s = make_jp2(W, H, 3, good_jp2[_i]);

	for (size_t n = 0; n < s.n; n = next_length(n, s.n))
		ck_assert_msg(cut(IMAGE_JP2, s, n) == R_MALFORMED,
			      "%zu of %zu bytes were taken", n, s.n);
	free((void *)(uintptr_t)s.p);
}
END_TEST

START_TEST(too_many_bytes_are_refused)
{
	struct span s = make_jpeg(rgb, W, H, TJSAMP_444, 0);
	uint8_t *p = calloc(1, WIRE_PORTRAIT_MAX + 1);

	memcpy(p, s.p, s.n);
	ck_assert_int_eq(image_from_portrait(IMAGE_JPEG,
			 span_of(p, WIRE_PORTRAIT_MAX + 1), &out),
			 R_MALFORMED);
	ck_assert_int_eq(image_from_portrait(IMAGE_JP2,
			 span_of(p, WIRE_PORTRAIT_MAX + 1), &out),
			 R_MALFORMED);
	free(p);
	free((void *)(uintptr_t)s.p);
}
END_TEST

static const struct {
	unsigned int w, h;
	enum result r;
} sizes[] = {
	{ 63, 320, R_MALFORMED }, { 240, 63, R_MALFORMED },
	{ 64, 64, R_OK }, { 2049, 64, R_MALFORMED },
	{ 64, 2049, R_MALFORMED }, { 2048, 1024, R_OK },
	{ 2048, 1025, R_MALFORMED },
};

START_TEST(sizes_have_limits)
{
	unsigned int w = sizes[_i].w, h = sizes[_i].h;
	uint8_t *flat = calloc((size_t)w * h, 3);
	struct span s = make_jpeg(flat, (int)w, (int)h, TJSAMP_420, 0);
	struct jp2_options o = { .bytes = 3000 };
	uint8_t *p;
	size_t n;

	ck_assert_int_eq(image_from_portrait(IMAGE_JPEG, s, &out),
			 sizes[_i].r);
	image_wipe(&out);
	ck_assert(jp2_encode(flat, w, h, 3, &o, &p, &n));
	ck_assert_int_eq(image_from_portrait(IMAGE_JP2, span_of(p, n), &out),
			 sizes[_i].r);
	free(p);
	free(flat);
	free((void *)(uintptr_t)s.p);
}
END_TEST

/* A small file whose header claims a huge picture: refused by the header,
 * before a decoder asks for gigabytes. */
START_TEST(jpeg_bomb_is_refused)
{
	struct span s = make_jpeg(rgb, W, H, TJSAMP_420, 0);
	uint8_t *p = (uint8_t *)(uintptr_t)s.p;
	uint8_t *sof = memmem(p, s.n, "\xff\xc0", 2);

	ck_assert_ptr_nonnull(sof);
	memcpy(sof + 5, "\xff\xdc\xff\xdc", 4);
	ck_assert_int_eq(image_from_portrait(IMAGE_JPEG, s, &out),
			 R_MALFORMED);
	free(p);
}
END_TEST

/* What may be changed in a good codestream's SIZ and COD to make libopenjp2
 * ask for more than a portrait needs (offsets are from the marker). */
static const struct {
	const char *why, *marker;
	size_t at;
	const char *bytes;
	size_t n;
} bombs[] = {
	{ "Xsiz", "\xff\x51", 6, "\x7f\xff\xff\xff", 4 },
	{ "Ysiz", "\xff\x51", 10, "\x7f\xff\xff\xff", 4 },
	{ "Xsiz 0", "\xff\x51", 6, "\0\0\0\0", 4 },
	{ "XOsiz", "\xff\x51", 14, "\0\0\0\1", 4 },
	{ "YOsiz", "\xff\x51", 18, "\0\0\1\0", 4 },
	{ "tiles of one pixel", "\xff\x51", 22, "\0\0\0\1\0\0\0\1", 8 },
	{ "tiles of no pixel", "\xff\x51", 22, "\0\0\0\0", 4 },
	{ "tile offset", "\xff\x51", 30, "\0\0\0\1", 4 },
	{ "components", "\xff\x51", 38, "\x40\0", 2 },
	{ "two components", "\xff\x51", 38, "\0\2", 2 },
	{ "depth", "\xff\x51", 40, "\x25", 1 },
	{ "signed", "\xff\x51", 40, "\x87", 1 },
	{ "subsampling", "\xff\x51", 41, "\2", 1 },
	{ "subsampling 0", "\xff\x51", 41, "\0", 1 },
	{ "layers", "\xff\x52", 6, "\xff\xff", 2 },
	{ "no layer", "\xff\x52", 6, "\0\0", 2 },
	{ "levels", "\xff\x52", 9, "\xff", 1 },
	{ "precincts without sizes", "\xff\x52", 4, "\1", 1 },
	{ "unknown marker", "\xff\x5c", 1, "\x70", 1 },
	{ "second COD", "\xff\x5c", 1, "\x52", 1 },
	{ "length of a segment", "\xff\x5c", 2, "\xff\xff", 2 },
	{ "length 0 of a segment", "\xff\x5c", 2, "\0\0", 2 },
	{ "length of a tile-part", "\xff\x90", 6, "\0\0\0\1", 4 },
	{ "coding style in a tile-part", "\xff\x93", 0, "\xff\x52", 2 },
};

START_TEST(jp2_bomb_is_refused)
{
	struct span s = make_jp2(W, H, 3, (struct jp2_options){
		.bytes = 15000, .raw = _i % 2 });
	uint8_t *p = (uint8_t *)(uintptr_t)s.p;
	uint8_t *at = memmem(p, s.n, bombs[_i].marker, 2);

	ck_assert_ptr_nonnull(at);
	memcpy(at + bombs[_i].at, bombs[_i].bytes, bombs[_i].n);
	ck_assert_msg(image_from_portrait(IMAGE_JP2, s, &out) == R_MALFORMED,
		      "%s", bombs[_i].why);
	ck_assert_ptr_null(out.bgr);
	free(p);
}
END_TEST

static const struct jp2_options odd_jp2[] = {
	{ .precinct = 2 }, { .tile = 32 }, { .subsampling = 2 },
	{ .depth = 12 }, { .layers = 65 },
};

START_TEST(jp2_that_is_no_portrait_is_refused)
{
	struct span s = make_jp2(W, H, 3, odd_jp2[_i]);

	ck_assert_int_eq(image_from_portrait(IMAGE_JP2, s, &out),
			 R_MALFORMED);
	free((void *)(uintptr_t)s.p);
}
END_TEST

/* A palette box would multiply components behind the header's back. */
START_TEST(jp2_boxes_are_an_allow_list)
{
	struct span s = make_jp2(W, H, 3, (struct jp2_options){ 0 });
	uint8_t *p = (uint8_t *)(uintptr_t)s.p;
	uint8_t *colr = memmem(p, s.n, "colr", 4);

	ck_assert_ptr_nonnull(colr);
	memcpy(colr, _i == 0 ? "pclr" : _i == 1 ? "cmap" : "cdef", 4);
	ck_assert_int_eq(image_from_portrait(IMAGE_JP2, s, &out),
			 R_MALFORMED);
	free(p);
}
END_TEST

START_TEST(damaged_bytes_never_crash)
{
	struct span jpeg = make_jpeg(rgb, W, H, TJSAMP_420, 0);
	struct span jp2 = make_jp2(W, H, 3, (struct jp2_options){
		.bytes = 15000 });

	srand(1);
	for (int i = 0; i < 150; i++) {
		struct span s = i % 2 ? jpeg : jp2;
		uint8_t *p = malloc(s.n);

		memcpy(p, s.p, s.n);
		for (int k = 0; k < 1 + i % 5; k++)
			p[(size_t)rand() % (i < 75 ? 300 : s.n)] ^=
				(uint8_t)(1 << rand() % 8);
		/* either answer is right; the sanitizers judge the way */
		if (image_from_portrait(i % 2 ? IMAGE_JPEG : IMAGE_JP2,
					span_of(p, s.n), &out) == R_OK)
			image_wipe(&out);
		free(p);
	}
	free((void *)(uintptr_t)jpeg.p);
	free((void *)(uintptr_t)jp2.p);
}
END_TEST

START_TEST(yuyv_colours_are_right)
{
	static const struct {
		uint8_t y, u, v, bgr[3];
	} colours[] = {
		{ 16, 128, 128, { 0, 0, 0 } },
		{ 235, 128, 128, { 255, 255, 255 } },
		{ 81, 90, 240, { 0, 0, 255 } },
		{ 145, 54, 34, { 0, 255, 0 } },
		{ 41, 240, 110, { 255, 0, 0 } },
	};
	uint8_t raw[64 * 64 * 2];

	for (size_t i = 0; i < sizeof(raw); i += 4) {
		raw[i] = raw[i + 2] = colours[_i].y;
		raw[i + 1] = colours[_i].u;
		raw[i + 3] = colours[_i].v;
	}
	ck_assert_int_eq(image_from_yuyv(SPAN(raw), 64, 64, 128, &out), R_OK);
	for (size_t i = 0; i < 64 * 64 * 3; i++)
		ck_assert_int_le(abs(out.bgr[i] - colours[_i].bgr[i % 3]), 2);
}
END_TEST

START_TEST(raw_frames_are_as_long_as_they_say)
{
	static uint8_t raw[80 * 64 * 2];

	ck_assert_int_eq(image_from_yuyv(span_of(raw, 160 * 63 + 128), 64, 64,
					 160, &out), R_OK);
	image_wipe(&out);
	ck_assert_int_eq(image_from_yuyv(span_of(raw, 160 * 63 + 127), 64, 64,
					 160, &out), R_MALFORMED);
	ck_assert_int_eq(image_from_yuyv(SPAN(raw), 64, 64, 127, &out),
			 R_MALFORMED);
	ck_assert_int_eq(image_from_yuyv(SPAN(raw), 65, 64, 130, &out),
			 R_MALFORMED);
	ck_assert_int_eq(image_from_yuyv(SPAN(raw), 64, 64, 0xffffffff, &out),
			 R_MALFORMED);
	ck_assert_int_eq(image_from_grey(span_of(raw, 64 * 64), 64, 64, 64,
					 &out), R_OK);
	image_wipe(&out);
	ck_assert_int_eq(image_from_grey(span_of(raw, 64 * 64 - 1), 64, 64,
					 64, &out), R_MALFORMED);
	ck_assert_int_eq(image_from_grey(SPAN(raw), 0, 64, 64, &out),
			 R_MALFORMED);
}
END_TEST

/* A camera's frame with a damaged end still shows the person. */
START_TEST(camera_frames_may_end_early)
{
	struct span s = make_jpeg(rgb, W, H, TJSAMP_422, 0);

	s.n -= 40;
	ck_assert_int_eq(image_from_jpeg(s, &image_limits_frame, &out), R_OK);
	ck_assert_int_eq(image_from_jpeg(s, &image_limits_portrait, &out),
			 R_MALFORMED);
	tjFree((void *)(uintptr_t)s.p);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("image");
	TCase *t = tcase_create("image");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, jpeg_comes_out_as_it_went_in, 0, 4);
	tcase_add_loop_test(t, jp2_comes_out_as_it_went_in, 0, 7);
	tcase_add_loop_test(t, grey_pictures_become_three_equal_channels, 0, 2);
	tcase_add_loop_test(t, persona_portraits_decode, 0, 4);
	tcase_add_test(t, unknown_or_swapped_format_is_refused);
	tcase_add_loop_test(t, truncated_jpeg_is_refused, 0, 2);
	tcase_add_loop_test(t, truncated_jp2_is_refused, 0, 7);
	tcase_add_test(t, too_many_bytes_are_refused);
	tcase_add_loop_test(t, sizes_have_limits, 0,
			    sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(t, jpeg_bomb_is_refused);
	tcase_add_loop_test(t, jp2_bomb_is_refused, 0,
			    sizeof(bombs) / sizeof(bombs[0]));
	tcase_add_loop_test(t, jp2_that_is_no_portrait_is_refused, 0,
			    sizeof(odd_jp2) / sizeof(odd_jp2[0]));
	tcase_add_loop_test(t, jp2_boxes_are_an_allow_list, 0, 3);
	tcase_add_test(t, damaged_bytes_never_crash);
	tcase_add_loop_test(t, yuyv_colours_are_right, 0, 5);
	tcase_add_test(t, raw_frames_are_as_long_as_they_say);
	tcase_add_test(t, camera_frames_may_end_early);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
