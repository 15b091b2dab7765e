// SPDX-License-Identifier: GPL-3.0-or-later
/* Who is declined without the service; arguments and language; what a login
 * leaves in its host. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/prefix.h"
#include "check_main.h"
#include "support_pam.h"

/* -- who is not asked at all --- */

static void check_untouched(const char *user, int flags, int code)
{
	check_quiet(user, flags, code);
	ck_assert(!server_was_contacted());
	app_end(&app);
}

START_TEST(root_and_strangers_never_reach_the_service)
{
	static const char *const names[] = {
		"root", "nobody", "cnie-zoe", "cnie-an", "CNIE-ANA", "cnie-ana ",
		"a name of more than thirty-two characters", "../../etc/passwd",
		"%s%n", "\xff",
	};

	server_idle();
	app_start(&app, names[_i]);
	check_untouched(names[_i], 0, PAM_USER_UNKNOWN);
}
END_TEST

START_TEST(a_remote_login_never_reaches_the_service)
{
	static const char *const hosts[] = { "192.0.2.7", "::1", "desk.example",
					     "localhost.example" };

	server_idle();
	app_start(&app, ANA);
	pam_set_item(app.pamh, PAM_RHOST, hosts[_i]);
	check_untouched(ANA, 0, PAM_AUTHINFO_UNAVAIL);
}
END_TEST

START_TEST(silence_about_nobody_never_reaches_the_service)
{
	server_idle();
	app_start(&app, NULL);
	check_untouched(NULL, PAM_SILENT, PAM_AUTHINFO_UNAVAIL);
}
END_TEST

START_TEST(a_service_name_is_never_cut)
{
	server_idle();
	app_start(&app, ANA);
	pam_set_item(app.pamh, PAM_SERVICE, "gdm-password-gdm-password-gdm-pas");
	{
		char from[256], to[256];

		strcpy(from, place("/pam/cnie-test"));
		strcpy(to, place("/pam/gdm-password-gdm-password-gdm-pas"));
		ck_assert_int_eq(rename(from, to), 0);
	}
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_AUTHINFO_UNAVAIL);
	ck_assert(!server_was_contacted());
	app_end(&app);
}
END_TEST

START_TEST(a_missing_view_declines_before_the_service)
{
	server_idle();
	unlink(place(PATH_VIEW));
	app_start(&app, ANA);
	check_untouched(ANA, 0, PAM_AUTHINFO_UNAVAIL);
}
END_TEST

START_TEST(a_missing_view_makes_no_grant)
{
	static const struct line lines[] = { START, GRANT(ANA, ANA_UID), END };

	unlink(place(PATH_VIEW));
	check_refused(NULL, lines, PAM_AUTHINFO_UNAVAIL, "(S12)");
}
END_TEST

START_TEST(a_damaged_view_is_absurd)
{
	server_idle();
	if (_i == 0)
		ck_assert_int_eq(truncate(place(PATH_VIEW), 200), 0);
	else if (_i == 1)
		ck_assert_int_eq(chmod(place(PATH_VIEW), 0664), 0);
	else
		ck_assert_int_eq(chown(place(PATH_VIEW), 65534, 0), 0);
	app_start(&app, ANA);
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_SYSTEM_ERR);
	ck_assert(log_has(LOG_ERR, "view"));
	ck_assert(server_was_contacted());	/* to mend it, and did not */
	app_end(&app);
}
END_TEST

/* -- arguments and language --- */

static void check_language(const char *lang)
{
	static const struct line lines[] = { START, REFUSE(REASON_WRONG_CODE),
					     END };
	char want[600];

	message_text(MSG_WRONG_CODE, lang, NULL, "F07", want, sizeof(want));
	server_start(lines);
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_AUTH_ERR);
	ck_assert_str_eq(app.seen[0].text, want);
	finish();
}

START_TEST(the_language_is_the_arguments)
{
	write_service("lang=fr");
	setenv("LANG", "zgh_MA.UTF-8", 1);
	app_start(&app, ANA);
	pam_putenv(app.pamh, "LANG=ar_MA.UTF-8");
	check_language("fr");
}
END_TEST

START_TEST(else_the_pam_environments)
{
	setenv("LC_ALL", "fr_MA.UTF-8", 1);
	app_start(&app, ANA);
	pam_putenv(app.pamh, _i ? "LANGUAGE=ar:fr" : "LANG=ar_MA.UTF-8");
	check_language("ar");
}
END_TEST

START_TEST(else_the_processs)
{
	setenv("LC_ALL", "", 1);
	setenv("LC_MESSAGES", "zgh_MA.UTF-8", 1);
	setenv("LANG", "fr_MA.UTF-8", 1);
	app_start(&app, ANA);
	check_language("zgh");
}
END_TEST

START_TEST(a_wrong_argument_is_logged_and_ignored)
{
	static const char *const wrong[] = {
		"nonsense", "timeout=0", "timeout=601", "timeout=9x",
		"timeout=", "timeout=99999999999999999999", "lang=",
		"language=fr", "debug=/tmp/x", "timeout=-1",
	};
	static const struct line lines[] = { START, GRANT(ANA, ANA_UID), END };

	write_service(wrong[_i]);
	ck_assert_int_eq(authenticate(ANA, lines), PAM_SUCCESS);
	ck_assert_uint_eq(logged_n, 1);
	ck_assert(log_has(LOG_ERR, wrong[_i]));
	finish();
}
END_TEST

START_TEST(debug_says_why_it_declined_and_nobody)
{
	write_service("debug timeout=600");
	app_start(&app, "cnie-zoe");
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_USER_UNKNOWN);
	ck_assert_uint_eq(logged_n, 1);
	ck_assert(log_has(LOG_DEBUG, "not our account"));
	ck_assert(!log_has(LOG_DEBUG, "zoe"));
	app_end(&app);
}
END_TEST

/* -- what is left behind --- */

/* The pages of this process, or of the checker it runs under. */
static int growth_max_kb(void)
{
	const char *preload = getenv("LD_PRELOAD");

#ifdef __SANITIZE_ADDRESS__
	return 65536;
#endif
	return preload && strstr(preload, "vgpreload") ? 65536 : 300;
}

static int status_field(const char *name)
{
	char buf[4096], *at;
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	close(fd);
	ck_assert_int_gt(n, 0);
	buf[n] = '\0';
	at = strstr(buf, name);
	ck_assert_ptr_nonnull(at);
	return atoi(at + strlen(name));
}

START_TEST(a_hundred_logins_leave_nothing_behind)
{
	static const struct line lines[] = {
		START, ASK_CAN, { HEAR_ANSWER, 0, "123456", 0 },
		GRANT(ANA, ANA_UID), END };
	static const struct line refused[] = { START,
					       REFUSE(REASON_WRONG_FACE), END };
	int before = 0, rss = 0;

	for (int i = 0; i < 110; i++) {
		bool good = i % 2;

		if (i == 10) {
			before = open_descriptors();
			rss = status_field("VmRSS:");
		}
		server_start(good ? lines : refused);
		app_start(&app, ANA);
		app.answers[0] = "123456";
		ck_assert_int_eq(pam_authenticate(app.pamh, 0),
				 good ? PAM_SUCCESS : PAM_AUTH_ERR);
		finish();
	}
	ck_assert_int_eq(open_descriptors(), before);
	ck_assert_int_eq(status_field("Threads:"), 1);
	ck_assert_int_lt(status_field("VmRSS:") - rss, growth_max_kb());
}
END_TEST

START_TEST(one_handle_can_be_used_again)
{
	static const struct line refused[] = { START, REFUSE(REASON_WRONG_CODE),
					       END };
	static const struct line granted[] = { START, GRANT(ANA, ANA_UID),
					       END };

	server_start(refused);
	app_start(&app, NULL);
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_AUTH_ERR);
	server_done();
	server_start(granted);
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_SUCCESS);
	ck_assert_str_eq(app_user(&app), ANA);
	finish();
}
END_TEST

static void untouched(TCase *t)
{
	tcase_add_loop_test(t, root_and_strangers_never_reach_the_service, 0,
			    10);
	tcase_add_loop_test(t, a_remote_login_never_reaches_the_service, 0, 4);
	tcase_add_test(t, silence_about_nobody_never_reaches_the_service);
	tcase_add_test(t, a_service_name_is_never_cut);
	tcase_add_test(t, a_missing_view_declines_before_the_service);
	tcase_add_test(t, a_missing_view_makes_no_grant);
	tcase_add_loop_test(t, a_damaged_view_is_absurd, 0, 3);
}

static void settings(TCase *t)
{
	tcase_add_test(t, the_language_is_the_arguments);
	tcase_add_loop_test(t, else_the_pam_environments, 0, 2);
	tcase_add_test(t, else_the_processs);
	tcase_add_loop_test(t, a_wrong_argument_is_logged_and_ignored, 0, 10);
	tcase_add_test(t, debug_says_why_it_declined_and_nobody);
	tcase_add_test(t, a_hundred_logins_leave_nothing_behind);
	tcase_add_test(t, one_handle_can_be_used_again);
}

static Suite *suite(void)
{
	Suite *s = suite_create("pam decline");

	untouched(group(s, "untouched"));
	settings(group(s, "settings"));
	return s;
}

CHECK_MAIN(suite)
