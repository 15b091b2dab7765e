// SPDX-License-Identifier: GPL-3.0-or-later
/* The twin's half: packaged builds know no CNIE_ROOT (tests/base/exports.sh). */
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

#include "base/prefix.h"

START_TEST(without_a_root_paths_stay_as_they_are)
{
	char out[PREFIX_PATH_MAX];

	unsetenv("CNIE_ROOT");
	ck_assert_int_eq(prefix_path(PATH_CONFIG, out, sizeof(out)), R_OK);
	ck_assert_str_eq(out, "/etc/cnie/cnie.conf");
}
END_TEST

START_TEST(the_root_stands_in_front)
{
	char out[PREFIX_PATH_MAX];

	setenv("CNIE_ROOT", "/tmp/r", 1);
	ck_assert_int_eq(prefix_path(PATH_VIEW, out, sizeof(out)), R_OK);
	ck_assert_str_eq(out, "/tmp/r/var/lib/cnie/accounts.view");
	ck_assert_int_eq(prefix_path(PATH_LOGIN_SOCK, out, sizeof(out)), R_OK);
	ck_assert_str_eq(out, "/tmp/r/run/cnie/login.sock");
}
END_TEST

START_TEST(a_root_that_is_not_absolute_is_refused)
{
	char out[PREFIX_PATH_MAX] = "before";

	setenv("CNIE_ROOT", "tmp/r", 1);
	ck_assert_int_eq(prefix_path(PATH_VIEW, out, sizeof(out)), R_MALFORMED);
	ck_assert_str_eq(out, "before");
}
END_TEST

START_TEST(a_path_that_does_not_fit_is_refused_at_the_last_byte)
{
	char out[16] = "before";

	setenv("CNIE_ROOT", "/1234567", 1);
	ck_assert_int_eq(prefix_path("/7654321", out, 16), R_MALFORMED);
	ck_assert_str_eq(out, "before");
	ck_assert_int_eq(prefix_path("/654321", out, 16), R_OK);
	ck_assert_str_eq(out, "/1234567/654321");
}
END_TEST

static Suite *prefix_suite(void)
{
	Suite *s = suite_create("prefix");
	TCase *t = tcase_create("all");

	tcase_add_test(t, without_a_root_paths_stay_as_they_are);
	tcase_add_test(t, the_root_stands_in_front);
	tcase_add_test(t, a_root_that_is_not_absolute_is_refused);
	tcase_add_test(t, a_path_that_does_not_fit_is_refused_at_the_last_byte);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(prefix_suite)
