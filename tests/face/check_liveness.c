// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>

#include "check_main.h"
#include "face/liveness.h"

static const struct {
	const char *why;
	struct face_box box;
	enum result r;
	struct live_crop crop;
} crops[] = {
	{ "in the middle", { 320, 240, 100, 1 }, R_OK, { 185, 105, 270, 270 } },
	{ "shifted from the left edge", { 20, 240, 100, 1 }, R_OK,
	  { 0, 105, 270, 270 } },
	{ "shifted from the right edge", { 630, 240, 100, 1 }, R_OK,
	  { 369, 105, 270, 270 } },
	{ "shifted from below", { 320, 470, 100, 1 }, R_OK,
	  { 185, 209, 270, 270 } },
	{ "shrunk to the height", { 320, 240, 300, 1 }, R_OK,
	  { 80, 0, 479, 479 } },
	{ "larger than the frame", { 320, 240, 9000, 1 }, R_OK,
	  { 80, 0, 479, 479 } },
	{ "outside", { 700, 240, 100, 1 }, R_ABSENT, { 0 } },
	{ "outside, above", { 320, -1, 100, 1 }, R_ABSENT, { 0 } },
	{ "no size", { 320, 240, 0, 1 }, R_ABSENT, { 0 } },
	{ "negative size", { 320, 240, -50, 1 }, R_ABSENT, { 0 } },
	{ "no number", { 320, 240, NAN, 1 }, R_ABSENT, { 0 } },
	{ "no place", { NAN, 240, 100, 1 }, R_ABSENT, { 0 } },
	{ "infinite", { 320, 240, INFINITY, 1 }, R_ABSENT, { 0 } },
};

START_TEST(crop_stays_inside_the_frame)
{
	struct live_crop c = { 0 };

	ck_assert_msg(liveness_crop(640, 480, &crops[_i].box, &c) ==
		      crops[_i].r, "%s", crops[_i].why);
	ck_assert_uint_eq(c.x, crops[_i].crop.x);
	ck_assert_uint_eq(c.y, crops[_i].crop.y);
	ck_assert_uint_eq(c.width, crops[_i].crop.width);
	ck_assert_uint_eq(c.height, crops[_i].crop.height);
	ck_assert_uint_le(c.x + c.width, 640);
	ck_assert_uint_le(c.y + c.height, 480);
}
END_TEST

START_TEST(score_is_the_softmax_of_the_first_class)
{
	float live = -1;

	ck_assert_int_eq(liveness_score((float[]){ 0, 0, 0 }, &live), R_OK);
	ck_assert(fabsf(live - 1.0f / 3) < 1e-6f);
	ck_assert_int_eq(liveness_score((float[]){ 500, -500, 0 }, &live),
			 R_OK);
	ck_assert(live > 0.999f && live <= 1);
	ck_assert_int_eq(liveness_score((float[]){ -900, 900, 0 }, &live),
			 R_OK);
	ck_assert(live >= 0 && live < 1e-6f);
}
END_TEST

START_TEST(score_without_numbers_is_refused)
{
	float in[3] = { 1, 1, 1 }, live = -1;

	in[_i] = NAN;
	ck_assert_int_eq(liveness_score(in, &live), R_MALFORMED);
	in[_i] = INFINITY;
	ck_assert_int_eq(liveness_score(in, &live), R_MALFORMED);
	ck_assert(live == -1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("liveness");
	TCase *t = tcase_create("liveness");

	tcase_add_loop_test(t, crop_stays_inside_the_frame, 0,
			    sizeof(crops) / sizeof(crops[0]));
	tcase_add_test(t, score_is_the_softmax_of_the_first_class);
	tcase_add_loop_test(t, score_without_numbers_is_refused, 0, 3);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
