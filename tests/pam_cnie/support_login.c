// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_pam.h"

#include <string.h>

struct app app;

int authenticate(const char *user, const struct line *lines)
{
	server_start(lines);
	app_start(&app, user);
	return pam_authenticate(app.pamh, 0);
}

void finish(void)
{
	server_done();
	app_end(&app);
}

void check_refused(const char *user, const struct line *lines, int code,
		   const char *part)
{
	ck_assert_int_eq(authenticate(user, lines), code);
	ck_assert_msg(app_saw(&app, PAM_ERROR_MSG, part), "no \"%s\" in \"%s\"",
		      part, app.seen_n ? app.seen[app.seen_n - 1].text : "");
	finish();
}

void check_quiet(const char *user, int flags, int code)
{
	ck_assert_int_eq(pam_authenticate(app.pamh, flags), code);
	ck_assert_uint_eq(app.seen_n, 0);
	ck_assert_msg(logged_n == 0, "logged: %s", logged[0].text);
	ck_assert_int_eq(app.delays, 0);
	ck_assert_str_eq(app_user(&app), user ? user : "");
}

TCase *group(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, place_setup, place_teardown);
	tcase_set_timeout(t, 30);
	suite_add_tcase(s, t);
	return t;
}
