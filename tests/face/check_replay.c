// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>
#include <string.h>

#include "base/channel.h"
#include "check_main.h"
#include "face/support_files.h"
#include "sim/replay_camera.h"

static char dir[64], path[96];
static struct camera cam;

static void setup(void)
{
	temp_dir(dir);
	snprintf(path, sizeof(path), "%s/clip.mjpeg", dir);
}

static void teardown(void)
{
	camera_close(&cam);
	temp_remove(dir);
}

START_TEST(only_mjpeg_files_are_replayed)
{
	ck_assert(replay_camera_is("/x/holder.mjpeg"));
	ck_assert(replay_camera_is("/x/holder.paced.mjpeg"));
	ck_assert(!replay_camera_is("/dev/video0"));
	ck_assert(!replay_camera_is("/x/holder.mjpeg0"));
	ck_assert(!replay_camera_is(".mjpeg"));
	ck_assert(!replay_camera_is(""));
}
END_TEST

START_TEST(every_frame_once_in_order_then_again)
{
	static const char clip[] = "x\xff\xd8" "A\xff\xd9"
				   "\xff\xd8" "BB\xff\x00\xff\xd9"
				   "\xff\xd8" "C\xff\xd9\xff\xd8" "cut";
	static const size_t length[] = { 5, 8, 5, 5, 8, 5 };
	static const char letter[] = "ABCABC";
	struct frame f;

	file_write(path, span_of(clip, sizeof(clip) - 1));
	ck_assert_int_eq(replay_camera_open(path, &cam), R_OK);
	ck_assert_int_eq(camera_start(&cam), R_OK);
	for (size_t i = 0; i < 6; i++) {
		int64_t before = f.at_us;

		ck_assert_int_eq(camera_next(&cam, &f), R_OK);
		ck_assert_int_eq(f.pixels, PIXELS_MJPEG);
		ck_assert_uint_eq(f.bytes.n, length[i]);
		ck_assert_int_eq(f.bytes.p[2], letter[i]);
		if (i)
			ck_assert_int_eq(f.at_us - before, 66666);
	}
}
END_TEST

START_TEST(nothing_comes_before_start_or_after_stop)
{
	struct frame f;

	ck_assert_int_eq(replay_camera_open(PERSONA "/holder.mjpeg", &cam),
			 R_OK);
	ck_assert_int_eq(camera_next(&cam, &f), R_ABSENT);
	ck_assert_int_eq(camera_start(&cam), R_OK);
	ck_assert_int_eq(camera_next(&cam, &f), R_OK);
	camera_stop(&cam);
	ck_assert_int_eq(camera_next(&cam, &f), R_ABSENT);
}
END_TEST

START_TEST(frames_of_the_persona_decode)
{
	struct frame f;

	ck_assert_int_eq(replay_camera_open(PERSONA "/holder.mjpeg", &cam),
			 R_OK);
	ck_assert_int_eq(camera_start(&cam), R_OK);
	for (int i = 0; i < 120; i++) {
		struct image im;

		ck_assert_int_eq(camera_next(&cam, &f), R_OK);
		ck_assert_int_eq(camera_image(&f, &im), R_OK);
		ck_assert_uint_eq(im.width, 640);
		ck_assert_uint_eq(im.height, 480);
		image_wipe(&im);
	}
	ck_assert_uint_gt(cam.at, cam.clip.n - 64);	/* all were taken */
}
END_TEST

START_TEST(paced_clip_keeps_the_cameras_time)
{
	int64_t from = mono_us();
	struct frame f;

	snprintf(path, sizeof(path), "%s/clip.paced.mjpeg", dir);
	file_copy(PERSONA "/noface.mjpeg", path);
	ck_assert_int_eq(replay_camera_open(path, &cam), R_OK);
	ck_assert_int_eq(camera_start(&cam), R_OK);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(camera_next(&cam, &f), R_OK);
	ck_assert_int_ge(mono_us() - from, 3 * 66666);
}
END_TEST

START_TEST(file_without_a_picture_is_refused)
{
	static const char *const bad[] = {
		"no picture", "\xff\xd8 cut", "\xff\xd9\xff\xd8", "\xff",
	};

	file_write(path, span_str(bad[_i]));
	ck_assert_int_eq(replay_camera_open(path, &cam), R_MALFORMED);
}
END_TEST

START_TEST(missing_file_and_directory_are_refused)
{
	ck_assert_int_eq(replay_camera_open(path, &cam), R_ABSENT);
	ck_assert_int_eq(replay_camera_open(dir, &cam), R_MALFORMED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("replay");
	TCase *t = tcase_create("replay");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, only_mjpeg_files_are_replayed);
	tcase_add_test(t, every_frame_once_in_order_then_again);
	tcase_add_test(t, nothing_comes_before_start_or_after_stop);
	tcase_add_test(t, frames_of_the_persona_decode);
	tcase_add_test(t, paced_clip_keeps_the_cameras_time);
	tcase_add_loop_test(t, file_without_a_picture_is_refused, 0, 4);
	tcase_add_test(t, missing_file_and_directory_are_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
