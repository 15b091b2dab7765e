// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>

#include "check_main.h"
#include "face/similarity.h"

/* The places the net was made for (its package's own alignment table). */
static const float ideal[FIVE_POINTS][2] = {
	{ 38.2946f, 51.6963f }, { 73.5318f, 51.5014f }, { 56.0252f, 71.7366f },
	{ 41.5493f, 92.3655f }, { 70.7299f, 92.2041f },
};

static const struct {
	double turn, scale, x, y;	/* of the face in the picture */
} faces[] = {
	{ 0, 1, 0, 0 }, { 0, 3, 100, 40 }, { 0.3, 2, -20, 300 },
	{ -1.2, 0.5, 10, 10 }, { 3.1, 1.5, 600, 400 },
};

START_TEST(face_is_brought_back_to_the_ideal_places)
{
	double c = cos(faces[_i].turn) * faces[_i].scale;
	double s = sin(faces[_i].turn) * faces[_i].scale;
	float p[FIVE_POINTS][2];
	struct similarity t;

	for (int i = 0; i < FIVE_POINTS; i++) {
		double x = (double)ideal[i][0], y = (double)ideal[i][1];

		p[i][0] = (float)(c * x - s * y + faces[_i].x);
		p[i][1] = (float)(s * x + c * y + faces[_i].y);
	}
	ck_assert_int_eq(similarity_fit(p, &t), R_OK);
	ck_assert(fabs(t.scale * faces[_i].scale - 1) < 1e-4);
	for (int i = 0; i < FIVE_POINTS; i++) {
		double x = (double)p[i][0], y = (double)p[i][1];

		ck_assert(fabs(t.a * x - t.b * y + t.tx -
			       (double)ideal[i][0]) < 1e-2);
		ck_assert(fabs(t.b * x + t.a * y + t.ty -
			       (double)ideal[i][1]) < 1e-2);
	}
}
END_TEST

/* A mirrored face can't be fitted by turning: no reflection comes out. */
START_TEST(mirrored_face_is_not_mirrored_back)
{
	float p[FIVE_POINTS][2];
	struct similarity t;

	for (int i = 0; i < FIVE_POINTS; i++) {
		p[i][0] = 112 - ideal[i][0];
		p[i][1] = ideal[i][1];
	}
	/* eyes and mouth corners are swapped, so only the height fits */
	ck_assert_int_eq(similarity_fit(p, &t), R_OK);
	ck_assert(t.scale < 0.6);
}
END_TEST

START_TEST(points_that_are_no_face_are_refused)
{
	float p[FIVE_POINTS][2] = { { 0 } };
	struct similarity t;

	for (int i = 0; i < FIVE_POINTS; i++) {
		float far = 1e6f * (float)i;

		p[i][0] = _i == 0 ? 50 : _i == 1 ? far : ideal[i][0];
		p[i][1] = _i == 0 ? 50 : ideal[i][1];
	}
	if (_i == 2)
		p[3][1] = NAN;
	if (_i == 3)
		p[0][0] = INFINITY;
	ck_assert_int_eq(similarity_fit(p, &t), R_ABSENT);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("similarity");
	TCase *t = tcase_create("similarity");

	tcase_add_loop_test(t, face_is_brought_back_to_the_ideal_places, 0,
			    sizeof(faces) / sizeof(faces[0]));
	tcase_add_test(t, mirrored_face_is_not_mirrored_back);
	tcase_add_loop_test(t, points_that_are_no_face_are_refused, 0, 4);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
