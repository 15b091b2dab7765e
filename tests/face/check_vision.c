// SPDX-License-Identifier: GPL-3.0-or-later
/* The real models on the demo person. They must be there: a test that skips
 * for want of a model proves nothing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "face/analyse.h"
#include "face/models.h"
#include "face/support_files.h"
#include "sim/replay_camera.h"

static struct models models;
static struct vision *vision;
static struct embedding holder, other;

static struct image portrait(const char *name)
{
	char path[64];
	struct image im;
	struct span s;

	snprintf(path, sizeof(path), PERSONA "/%s", name);
	s = file_read(path);
	ck_assert_int_eq(image_from_portrait(strstr(name, ".jp2") ? 1 : 0, s,
					     &im), R_OK);
	file_free(&s);
	return im;
}

static struct embedding embedding_of(const char *name)
{
	struct image im = portrait(name);
	struct embedding e;

	ck_assert_int_eq(analyse_portrait(vision, &im, &e), R_OK);
	image_wipe(&im);
	return e;
}

static void setup(void)
{
	unsigned int line;

	ck_assert_int_eq(models_read(MODELS, &models, &line), R_OK);
	ck_assert_int_eq(vision_new(&models.manifest, models.net, &vision),
			 R_OK);
	ck_assert_int_eq(vision_warm_up(vision), R_OK);
	holder = embedding_of("portrait.jp2");
	other = embedding_of("impostor.jp2");
}

static void teardown(void)
{
	vision_free(&vision);
	models_done(&models);
}

struct means {
	float with_holder, with_other, lowest, live;
	int used, refused;
};

/* Every third frame of a clip, forty of them, as a login would see them. */
static struct means run_clip(const char *name)
{
	struct means m = { .lowest = 1 };
	struct camera cam;
	struct frame f;

	ck_assert_int_eq(replay_camera_open(name, &cam), R_OK);
	ck_assert_int_eq(camera_start(&cam), R_OK);
	for (int i = 0; i < 120; i++) {
		struct embedding e;
		struct image im;
		float live;

		ck_assert_int_eq(camera_next(&cam, &f), R_OK);
		if (i % 3)
			continue;
		ck_assert_int_eq(camera_image(&f, &im), R_OK);
		if (analyse_frame(vision, &im, &e, &live) == R_OK) {
			float c = embedding_cosine(&e, &holder);

			m.used++;
			m.with_holder += c;
			m.with_other += embedding_cosine(&e, &other);
			m.lowest = fminf(m.lowest, c);
			m.live += live;
		} else {
			m.refused++;
		}
		image_wipe(&im);
	}
	camera_close(&cam);
	if (m.used) {
		m.with_holder /= (float)m.used;
		m.with_other /= (float)m.used;
		m.live /= (float)m.used;
	}
	return m;
}

static float threshold(void)
{
	return (float)models.manifest.threshold_e4[FMR_1E4] / 10000;
}

START_TEST(same_person_on_another_day_matches)
{
	struct means m = run_clip(PERSONA "/holder.mjpeg");

	printf("holder: mean %.3f lowest %.3f live %.3f\n",
	       (double)m.with_holder, (double)m.lowest, (double)m.live);
	ck_assert_int_eq(m.refused, 0);
	ck_assert(m.with_holder >= 0.75f);	/* measured: 0.88 */
	ck_assert(m.lowest >= threshold());
	ck_assert(m.with_other < 0.2f);
	ck_assert(m.live >= 0.5f);
}
END_TEST

START_TEST(other_person_does_not_match)
{
	struct means m = run_clip(PERSONA "/impostor.mjpeg");

	printf("impostor: mean %.3f own %.3f live %.3f\n",
	       (double)m.with_holder, (double)m.with_other, (double)m.live);
	ck_assert_int_ge(m.used, 30);
	ck_assert(m.with_holder < 0.2f);
	ck_assert(m.with_other >= threshold());
	ck_assert(m.live >= 0.5f);
}
END_TEST

START_TEST(drawn_screen_matches_but_is_not_live)
{
	struct means m = run_clip(PERSONA "/screen.mjpeg");

	printf("screen: mean %.3f live %.3f\n", (double)m.with_holder,
	       (double)m.live);
	ck_assert(m.with_holder >= threshold());
	ck_assert(m.live * 10000 < (float)models.manifest.live_threshold_e4);
}
END_TEST

START_TEST(nobody_and_two_people_are_no_face)
{
	ck_assert_int_eq(run_clip(PERSONA "/noface.mjpeg").used, 0);
	ck_assert_int_eq(run_clip(PERSONA "/two.mjpeg").used, 0);
}
END_TEST

START_TEST(jpeg_and_jpeg_2000_give_the_same_person)
{
	struct embedding e = embedding_of("portrait.jpg");

	ck_assert(embedding_cosine(&e, &holder) > 0.95f);
	ck_assert(embedding_cosine(&other, &holder) < 0.2f);
}
END_TEST

START_TEST(embedding_has_length_one)
{
	ck_assert(fabsf(embedding_cosine(&holder, &holder) - 1) < 1e-4f);
}
END_TEST

START_TEST(small_portrait_is_found_at_the_second_try)
{
	struct image im = portrait("portrait.jpg"), small;
	struct embedding e;

	ck_assert_int_eq(image_new(im.width / 3, im.height / 3, &small), R_OK);
	for (uint32_t y = 0; y < small.height; y++)
		for (uint32_t x = 0; x < small.width; x++)
			memcpy(small.bgr + 3 * (y * small.width + x),
			       im.bgr + 9 * (y * im.width + x), 3);
	ck_assert_int_eq(analyse_portrait(vision, &small, &e), R_OK);
	ck_assert(embedding_cosine(&e, &holder) > threshold());
	image_wipe(&small);
	image_wipe(&im);
}
END_TEST

START_TEST(portrait_without_a_face_is_absent)
{
	struct image im = portrait("empty.jpg");
	struct embedding e;

	ck_assert_int_eq(analyse_portrait(vision, &im, &e), R_ABSENT);
	image_wipe(&im);
}
END_TEST

/* Boxes as a confused net could give them: an answer, no throw, no crash. */
START_TEST(absurd_boxes_are_refused)
{
	static const struct face_box boxes[] = {
		{ -5000, -5000, 100, 1 }, { 120, 160, 1e9f, 1 },
		{ 120, 160, 0, 1 }, { 120, 160, -50, 1 }, { 1e9f, 0, 90, 1 },
		{ NAN, NAN, NAN, 1 }, { INFINITY, 0, 100, 1 },
	};
	struct image im = portrait("portrait.jpg");
	struct embedding e;
	float live;

	ck_assert_int_ne(vision_embed(vision, &im, &boxes[_i], &e), R_OK);
	if (_i != 1)	/* shrunk to the picture */
		ck_assert_int_ne(vision_live(vision, &im, &boxes[_i], &live),
				 R_OK);
	image_wipe(&im);
}
END_TEST

START_TEST(file_that_is_no_net_is_refused)
{
	struct span bad[NET_COUNT];
	struct vision *v = NULL;

	memcpy(bad, models.net, sizeof(bad));
	if (_i == 0)
		bad[NET_FEATURE].n = 0;
	else if (_i == 1)
		bad[NET_FEATURE].n /= 2;
	else
		bad[NET_FEATURE] = span_str("not an ONNX file");
	ck_assert_int_ne(vision_new(&models.manifest, bad, &v), R_OK);
	ck_assert_ptr_null(v);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("vision");
	TCase *t = tcase_create("vision");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, same_person_on_another_day_matches);
	tcase_add_test(t, other_person_does_not_match);
	tcase_add_test(t, drawn_screen_matches_but_is_not_live);
	tcase_add_test(t, nobody_and_two_people_are_no_face);
	tcase_add_test(t, jpeg_and_jpeg_2000_give_the_same_person);
	tcase_add_test(t, embedding_has_length_one);
	tcase_add_test(t, small_portrait_is_found_at_the_second_try);
	tcase_add_test(t, portrait_without_a_face_is_absent);
	tcase_add_loop_test(t, absurd_boxes_are_refused, 0, 7);
	tcase_add_loop_test(t, file_that_is_no_net_is_refused, 0, 3);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
