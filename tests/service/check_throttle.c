// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/throttle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"

static char root[64];

static void setup(void)
{
	char path[128];

	strcpy(root, "/tmp/cnie-throttle.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/run", root);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/run/cnie", root);
	mkdir(path, 0755);
	setenv("CNIE_ROOT", root, 1);
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}

static uint32_t delay(uint32_t uid)
{
	uint32_t s = 9999;

	ck_assert_int_eq(throttle_delay(uid, &s), R_OK);
	return s;
}

static void fail_times(uint32_t uid, int n, bool face)
{
	while (n-- > 0)
		ck_assert_int_eq(throttle_failed(uid, face), R_OK);
}

START_TEST(two_failures_are_free_and_the_delay_doubles)
{
	static const uint32_t want[] = { 0, 0, 1, 2, 4, 8, 16, 32, 64, 128,
					 256, 300, 300 };

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		fail_times(70000, 1, false);
		/* a second may have passed between the two calls */
		ck_assert_uint_le(delay(70000), want[i]);
		ck_assert_uint_ge(delay(70000) + 1, want[i]);
	}
}
END_TEST

START_TEST(the_seat_never_waits_longer_than_half_a_minute)
{
	fail_times(THROTTLE_SEAT, 40, false);
	ck_assert_uint_le(delay(THROTTLE_SEAT), 30);
	ck_assert_uint_ge(delay(THROTTLE_SEAT), 29);
}
END_TEST

START_TEST(accounts_do_not_slow_each_other)
{
	fail_times(70000, 8, false);
	ck_assert_uint_eq(delay(70001), 0);
	ck_assert_uint_eq(delay(THROTTLE_SEAT), 0);
}
END_TEST

START_TEST(five_failed_faces_lock_the_face_until_a_success)
{
	bool locked = true;

	fail_times(70000, 4, true);
	fail_times(70000, 3, false);
	ck_assert_int_eq(throttle_faces(70000, &locked), R_OK);
	ck_assert(!locked);
	fail_times(70000, 1, true);
	ck_assert_int_eq(throttle_faces(70000, &locked), R_OK);
	ck_assert(locked);
	ck_assert_int_eq(throttle_cleared(70000), R_OK);
	ck_assert_int_eq(throttle_faces(70000, &locked), R_OK);
	ck_assert(!locked);
	ck_assert_uint_eq(delay(70000), 0);
}
END_TEST

START_TEST(a_damaged_or_absurd_state_locks_nobody_out)
{
	static const char *const texts[] = {
		"", "x", "1 2", "1 3 0 99999999999999", "2 3 4 5",
		"1 4294967295 4294967295 -5",
	};
	char path[128];
	FILE *f;

	fail_times(70000, 1, false);
	snprintf(path, sizeof(path), "%s/run/cnie/throttle/70000", root);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		f = fopen(path, "w");
		ck_assert_ptr_nonnull(f);
		fputs(texts[i], f);
		fclose(f);
		ck_assert_uint_le(delay(70000), 300);
		fail_times(70000, 1, false);
		ck_assert_uint_le(delay(70000), 300);
	}
}
END_TEST

START_TEST(the_state_is_roots_alone)
{
	char path[128];
	struct stat st;

	fail_times(70000, 1, false);
	snprintf(path, sizeof(path), "%s/run/cnie/throttle", root);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0700);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("throttle");
	TCase *t = tcase_create("state");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, two_failures_are_free_and_the_delay_doubles);
	tcase_add_test(t, the_seat_never_waits_longer_than_half_a_minute);
	tcase_add_test(t, accounts_do_not_slow_each_other);
	tcase_add_test(t, five_failed_faces_lock_the_face_until_a_success);
	tcase_add_test(t, a_damaged_or_absurd_state_locks_nobody_out);
	tcase_add_test(t, the_state_is_roots_alone);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
