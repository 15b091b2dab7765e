// SPDX-License-Identifier: GPL-3.0-or-later
/* account and group subcommands, with a scripted service. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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

#define ROW(name, status, expiry) name "\t65536\t65537\t" status "\tyes\tno\t" \
	expiry "\t2026-11-22\t1/2\t/home/" name "\t/bin/bash"

/* -- list ------------------------------------------------------------------------- */

static void script_lists(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ACCOUNT_LIST);
	service_say_row(fd, ROW("u7k2", "active", "-"));
	service_say_row(fd, ROW("u7k3", "revoked", "-"));
	service_say_row(fd, ROW("v8", "active", "20200101"));
	service_say_row(fd, ROW("v9", "active", "20991231"));
	service_end(fd, REASON_NONE, "");
}

static const struct { const char *options, *want; } filters[] = {
	{ "", "u7k2 u7k3 v8 v9" },
	{ "--name u7*", "u7k2 u7k3" },
	{ "--name v?", "v8 v9" },
	{ "--name u7k2", "u7k2" },
	{ "--name u7", "" },
	{ "--status active", "u7k2 v9" },
	{ "--status revoked", "u7k3" },
	{ "--status expired", "v8" },
	{ "--status active --name u*", "u7k2" },
};

START_TEST(list_is_filtered)
{
	static const char *const names[] = { "u7k2", "u7k3", "v8", "v9" };
	char line[128], place[32];

	SCRIPTS(script_lists, script_lists);
	snprintf(line, sizeof(line), "account list %s", filters[_i].options);
	ck_assert_int_eq(service_run(line), CTL_DONE);
	for (size_t i = 0; i < 4; i++) {
		snprintf(place, sizeof(place), "/home/%s ", names[i]);
		ck_assert_int_eq(strstr(service_out, place) != NULL,
				 strstr(filters[_i].want, names[i]) != NULL);
	}
	if (!filters[_i].want[0])
		PRINTED("no account is so\n");
	strcat(line, " --json");
	ck_assert_int_eq(service_run(line), CTL_DONE);
	for (size_t i = 0; i < 4; i++) {
		snprintf(place, sizeof(place), "\"%s\"", names[i]);
		ck_assert_int_eq(strstr(service_out, place) != NULL,
				 strstr(filters[_i].want, names[i]) != NULL);
	}
	service_was_content();
}
END_TEST

START_TEST(list_of_another_status_is_no_list)
{
	ck_assert_int_eq(service_run("account list --status lost"), CTL_USAGE);
	COMPLAINED("active, revoked or expired");
}
END_TEST

static void script_no_list(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_end(fd, REASON_ROSTER, "");
}

static void script_cut_list(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_say_row(fd, ROW("u7k2", "active", "-"));
	service_end(fd, REASON_CANCELLED, "");
}

static void script_empty_list(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_end(fd, REASON_NONE, "");
}

START_TEST(list_that_was_cut_does_not_look_whole)
{
	SCRIPTS(script_no_list, script_cut_list, script_cut_list,
		script_empty_list, script_empty_list);
	ck_assert_int_eq(service_run("account list --json"), CTL_REFUSED);
	ck_assert_str_eq(service_out, "");
	ck_assert_int_eq(service_run("account list --json"), CTL_REFUSED);
	NOT_PRINTED("]");
	ck_assert_int_eq(service_run("account list"), CTL_REFUSED);
	ck_assert_str_eq(service_out, "");
	ck_assert_int_eq(service_run("account list --json"), CTL_DONE);
	PRINTED("\"accounts\": []");
	ck_assert_int_eq(service_run("account list"), CTL_DONE);
	PRINTED("no accounts yet");
	service_was_content();
}
END_TEST

#define MANY 50000

static void script_many(int fd, const struct msg_admin_request *m)
{
	char row[256];

	(void)m;
	for (int i = 0; i < MANY; i++) {
		snprintf(row, sizeof(row), "u%d\t%d\t65536\tactive\tyes\tno\t-"
			 "\t2026-11-22\t1/0\t/home/u%d\t/bin/bash", i,
			 70000 + i, i);
		service_say_row(fd, row);
	}
	service_end(fd, REASON_NONE, "");
}

/* Straight: what is printed is more than a test's catcher holds. */
static long list_many(const char *options, const char *out)
{
	struct rusage before, after;
	char *argv[] = { (char *)"cniectl", (char *)"account", (char *)"list",
			 (char *)options, NULL };
	static struct arguments a;
	char error[160];
	FILE *was = stdout;

	ck_assert_int_eq(options_parse(ctl_commands, options ? 4 : 3, argv, &a,
				       error, sizeof(error)), PARSED_RUN);
	stdout = fopen(out, "w");
	ck_assert_ptr_nonnull(stdout);
	SCRIPTS(script_many);
	getrusage(RUSAGE_SELF, &before);
	ck_assert_int_eq(a.command->run(&a), CTL_DONE);
	getrusage(RUSAGE_SELF, &after);
	fclose(stdout);
	stdout = was;
	service_was_content();
#ifdef __SANITIZE_ADDRESS__	/* its own memory grows with every call */
	return 0;
#endif
	return after.ru_maxrss - before.ru_maxrss;
}

static long lines_of(const char *path, const char *with)
{
	FILE *in = fopen(path, "r");
	char line[512];
	long n = 0;

	ck_assert_ptr_nonnull(in);
	while (fgets(line, sizeof(line), in))
		n += strstr(line, with) != NULL;
	fclose(in);
	return n;
}

START_TEST(many_accounts_need_no_more_memory)
{
	const char *out = service_path("many");

	/* a thousand rows are kept, a KiB each */
	ck_assert_int_lt(list_many(NULL, out), 3 * 1024);
	ck_assert_int_eq(lines_of(out, "/home/u"), MANY);
	ck_assert_int_eq(lines_of(out, "NAME"), 1);
	ck_assert_int_lt(list_many("--json", out), 3 * 1024);
	ck_assert_int_eq(lines_of(out, "\"name\""), MANY);
}
END_TEST

/* -- one account -------------------------------------------------------------------- */

static void script_shows(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ACCOUNT_SHOW &&
		     !strcmp(m->account, "u7k2"));
	service_say_row(fd, ROW("u7k2", "active", "-"));
	service_end(fd, REASON_NONE, "");
}

static void script_shows_two(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_say_row(fd, ROW("u7k2", "active", "-"));
	service_say_row(fd, ROW("u7k2", "active", "-"));
	service_end(fd, REASON_NONE, "");
}

START_TEST(show_is_of_one)
{
	SCRIPTS(script_shows, script_shows, script_shows_two,
		script_empty_list);
	ck_assert_int_eq(service_run("account show u7k2"), CTL_DONE);
	PRINTED("NAME      u7k2\nUID       65536\n");
	ck_assert_int_eq(service_run("account show u7k2 --json"), CTL_DONE);
	PRINTED("\"uid\": 65536,");
	ck_assert_int_eq(service_run("account show u7k2"), CTL_SYSTEM);
	ck_assert_int_eq(service_run("account show u7k2"), CTL_SYSTEM);
	service_was_content();
}
END_TEST

static void script_revokes(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ACCOUNT_REVOKE &&
		     !strcmp(m->account, "u7k2"));
	service_end(fd, REASON_NONE, "");
}

static void script_no_account(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_end(fd, REASON_NO_ACCOUNT, "");
}

START_TEST(revoke_says_what_goes_on)
{
	SCRIPTS(script_shows, script_revokes, script_no_account, script_shows,
		script_no_list);
	ck_assert_int_eq(service_run("account revoke u7k2"), CTL_DONE);
	PRINTED("revoked: u7k2\n");
	PRINTED("UsePAM yes");
	PRINTED("cniectl account restore u7k2");
	ck_assert_int_eq(service_run("account revoke u7k2"), CTL_REFUSED);
	COMPLAINED("(A12)");
	ck_assert_int_eq(service_run("account revoke u7k2"), CTL_REFUSED);
	ck_assert_str_eq(service_out, "");
	service_was_content();
}
END_TEST

static void script_restores(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ACCOUNT_RESTORE);
	service_end(fd, REASON_NONE, "restored");
}

static void script_restores_but(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ACCOUNT_RESTORE);
	service_say_row(fd, "no key knows it");
	service_end(fd, REASON_NONE, "restored");
}

START_TEST(restore_says_what_still_refuses)
{
	SCRIPTS(script_restores, script_restores_but);
	ck_assert_int_eq(service_run("account restore u7k2"), CTL_DONE);
	PRINTED("restored: u7k2 may log in again\n");
	ck_assert_int_eq(service_run("account restore u7k2"), CTL_DONE);
	ck_assert_str_eq(service_out, "restored: u7k2, but no key knows it\n");
	service_was_content();
}
END_TEST

static void script_moves(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ACCOUNT_MOVE &&
		     !strcmp(m->account, "u7k2") &&
		     !strcmp(m->home, "/srv/it's/u7k2"));
	service_end(fd, REASON_NONE, "");
}

START_TEST(move_says_how_the_files_come_after)
{
	char path[300] = "account move u7k2 --to /";

	SCRIPTS(script_shows, script_moves);
	ck_assert_int_eq(service_run("account move u7k2 --to /srv/it's/u7k2"),
			 CTL_DONE);
	service_was_content();
	PRINTED("  mv -T /home/u7k2 '/srv/it'\\''s/u7k2'\n");
	PRINTED("no chown");
	ck_assert_int_eq(service_run("account move u7k2 --to home"),
			 CTL_USAGE);
	memset(path + strlen(path), 'x', 260);
	ck_assert_int_eq(service_run(path), CTL_USAGE);
}
END_TEST

static const struct { const char *home, *says; } no_homes[] = {
	{ "/", "no //" }, { "//", "no //" }, { "/home/../etc", ".." },
	{ "/srv/.", "part that is" }, { "/srv/..", "part that is" },
	{ "/srv//a", "no //" }, { "/srv/a/", "at its end" },
	{ "/srv/a:b", "colon" }, { "srv", "absolute" },
};

/* Nobody is asked: there is no service here. */
START_TEST(move_to_what_is_no_home_is_not_asked_for)
{
	char line[64];

	snprintf(line, sizeof(line), "account move u7k2 --to %s",
		 no_homes[_i].home);
	ck_assert_int_eq(service_run(line), CTL_USAGE);
	COMPLAINED(no_homes[_i].says);
	COMPLAINED("255 bytes");
	NOT_PRINTED("mv");
}
END_TEST

START_TEST(move_to_where_it_is_moves_nothing)
{
	SCRIPTS(script_shows);
	ck_assert_int_eq(service_run("account move u7k2 --to /home/u7k2"),
			 CTL_REFUSED);
	COMPLAINED("is /home/u7k2 already");
	NOT_PRINTED("mv");
	service_was_content();
}
END_TEST

static const char *const no_names[] = {
	"1abc", "abc.", "-x", "a:b", "a$",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

START_TEST(rename_says_what_a_name_may_be)
{
	char line[96];

	snprintf(line, sizeof(line), "account rename u7k2 --to %s",
		 no_names[_i]);
	ck_assert_int_eq(service_run(line), CTL_USAGE);
	COMPLAINED("begins with a letter or _");
	COMPLAINED("1 to 32");
}
END_TEST

static void script_rebinds(int fd, const struct msg_admin_request *m)
{
	struct msg_login_info info = { .msg = MSG_READING };

	service_must(m->verb == ADMIN_ACCOUNT_REBIND &&
		     !strcmp(m->account, "u7k2"));
	service_say(fd, MSG_LOGIN_INFO, &info);
	service_end(fd, REASON_NONE, "");
}

static void script_bound(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_end(fd, REASON_BOUND, "");
}

START_TEST(rebind_is_a_conversation)
{
	SCRIPTS(script_rebinds, script_bound);
	ck_assert_int_eq(service_run("account rebind u7k2"), CTL_DONE);
	PRINTED("uid, name and home are as before");
	ck_assert_int_eq(service_run("account rebind u7k2"), CTL_REFUSED);
	COMPLAINED("(A14)");
	service_was_content();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl account commands");
	TCase *t = tcase_create("account");

	tcase_add_checked_fixture(t, service_setup, service_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, list_is_filtered, 0,
			    sizeof(filters) / sizeof(filters[0]));
	tcase_add_test(t, list_of_another_status_is_no_list);
	tcase_add_test(t, list_that_was_cut_does_not_look_whole);
	tcase_add_test(t, many_accounts_need_no_more_memory);
	tcase_add_test(t, show_is_of_one);
	tcase_add_test(t, revoke_says_what_goes_on);
	tcase_add_test(t, restore_says_what_still_refuses);
	tcase_add_test(t, move_says_how_the_files_come_after);
	tcase_add_loop_test(t, move_to_what_is_no_home_is_not_asked_for, 0,
			    sizeof(no_homes) / sizeof(no_homes[0]));
	tcase_add_test(t, move_to_where_it_is_moves_nothing);
	tcase_add_loop_test(t, rename_says_what_a_name_may_be, 0,
			    sizeof(no_names) / sizeof(no_names[0]));
	tcase_add_test(t, rebind_is_a_conversation);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
