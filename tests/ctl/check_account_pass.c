// SPDX-License-Identifier: GPL-3.0-or-later
/* cniectl account pass, with a scripted service. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check_main.h"
#include "ctl/account.h"
#include "ctl/ctl.h"
#include "support_service.h"

#define SCRIPTS(...) service_start((service_script *const[]){ __VA_ARGS__, \
							       NULL })
#define COMPLAINED(text) ck_assert_msg(strstr(service_err, text) != NULL, \
				       "%s", service_err)
#define PRINTED(text) ck_assert_msg(strstr(service_out, text) != NULL, \
				    "%s", service_out)
#define NOT_PRINTED(text) ck_assert_msg(strstr(service_out, text) == NULL, \
					"%s", service_out)

static void script_empty_list(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_end(fd, REASON_NONE, "");
}

/* One that is to come today, whatever the clock says; none in the day's last
 * minute, when the zone is moved. */
static const char *later(void)
{
	static char text[8];
	time_t now = time(NULL);
	struct tm tm;

	setenv("TZ", now / 3600 % 24 >= 12 ? "<-12>12" : "UTC0", 1);
	tzset();
	now += 600;
	ck_assert_ptr_nonnull(localtime_r(&now, &tm));
	strftime(text, sizeof(text), "%H:%M", &tm);
	return text;
}

static void script_passes(int fd, const struct msg_admin_request *m)
{
	time_t now = time(NULL);

	service_must(m->verb == ADMIN_ACCOUNT_PASS &&
		     !strcmp(m->account, "u7k2") &&
		     !strcmp(m->text, "gdm-password login") &&
		     (time_t)m->number > now + 500 &&
		     (time_t)m->number <= now + 600);
	service_say_row(fd, "493817");
	service_end(fd, REASON_NONE, "");
}

static void script_passes_configured(int fd, const struct msg_admin_request *m)
{
	service_must(m->text[0] == '\0');
	service_say_row(fd, "493817");
	service_say_row(fd, "493818");
	service_end(fd, REASON_NONE, "");
}

static void script_pass_time(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_end(fd, REASON_PASS_TIME, "");
}

START_TEST(pass_is_shown_once)
{
	char line[128];

	SCRIPTS(script_passes, script_passes_configured, script_empty_list,
		script_pass_time);
	snprintf(line, sizeof(line), "account pass u7k2 --until %s "
		 "--services gdm-password,login", later());
	ck_assert_int_eq(service_run(line), CTL_DONE);
	ck_assert_ptr_nonnull(strstr(service_out, "\n    493817\n"));
	ck_assert_ptr_null(strstr(strstr(service_out, "493817") + 1,
				  "493817"));
	ck_assert_str_eq(service_err, "");
	snprintf(line, sizeof(line), "account pass u7k2 --until %s", later());
	/* two codes, none, a refusal */
	ck_assert_int_eq(service_run(line), CTL_SYSTEM);
	NOT_PRINTED("4938");
	ck_assert_int_eq(service_run(line), CTL_SYSTEM);
	ck_assert_int_eq(service_run(line), CTL_REFUSED);
	COMPLAINED("(F14)");
	service_was_content();
}
END_TEST

static const char *const no_pass[] = {
	"account pass u7k2", "account pass u7k2 --services login",
	"account pass u7k2 --until 25:00", "account pass u7k2 --until 00:00",
	"account pass u7k2 --end --until 18:00",
	"account pass u7k2 --end --services login",
	"account pass u7k2 --until 23:59 --services a,,b",
	"account pass u7k2 --until 23:59 --services ,a",
	"account pass u7k2 --until 23:59 --services a,",
	"account pass u7k2 --until 23:59 --services a/b",
	"account pass u/2 --until 23:59",
};

START_TEST(pass_of_another_form_is_not_asked_for)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	ck_assert_int_eq(service_run(no_pass[_i]), CTL_USAGE);
}
END_TEST

static void script_unasked(int fd, const struct msg_admin_request *m)
{
	char text[200];

	(void)m;
	snprintf(text, sizeof(text), "%s: sshd",
		 reason_row(REASON_SERVICE)->text);
	service_end(fd, REASON_SERVICE, text);
}

START_TEST(pass_says_which_service_is_wrong)
{
	char line[400] = "";

	SCRIPTS(script_unasked);
	snprintf(line, sizeof(line), "account pass u7k2 --until %s "
		 "--services sshd", later());
	ck_assert_int_eq(service_run(line), CTL_REFUSED);
	COMPLAINED("allow-list: sshd (S03)");
	COMPLAINED("[login] greeters, lockers and services");
	NOT_PRINTED("code of the day");
	service_was_content();
	memset(line + strlen(line), 'x', 257);
	ck_assert_int_eq(service_run(line), CTL_USAGE);
	COMPLAINED("256 at most");
}
END_TEST

static void script_ends_pass(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ACCOUNT_PASS_END &&
		     !strcmp(m->account, "u7k2"));
	service_end(fd, REASON_NONE, "");
}

START_TEST(pass_is_taken_back)
{
	SCRIPTS(script_ends_pass);
	ck_assert_int_eq(service_run("account pass u7k2 --end"), CTL_DONE);
	service_was_content();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl account pass");
	TCase *t = tcase_create("pass");

	tcase_add_checked_fixture(t, service_setup, service_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, pass_is_shown_once);
	tcase_add_loop_test(t, pass_of_another_form_is_not_asked_for, 0,
			    sizeof(no_pass) / sizeof(no_pass[0]));
	tcase_add_test(t, pass_says_which_service_is_wrong);
	tcase_add_test(t, pass_is_taken_back);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
