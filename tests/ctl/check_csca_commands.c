// SPDX-License-Identifier: GPL-3.0-or-later
/* csca list, remove and check, and their exit status. */
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/csca.h"
#include "ctl/ctl.h"
#include "support_store.h"

/* -- list ------------------------------------------------------------------------ */

START_TEST(list_prints_the_store)
{
	store_holds(item_anchor("a"));
	store_holds(item_crl("c"));
	SCRIPTS(script_lists, script_lists);
	ck_assert_int_eq(service_run("csca list"), CTL_DONE);
	PRINTED(item_sha256("a"));
	PRINTED("1 anchor, 1 CRL\n");
	ck_assert_int_eq(service_run("csca list --json"), CTL_DONE);
	PRINTED("\"kind\": \"crl\"");
	service_was_content();
	ck_assert_int_eq(unlink(service_path("run/cnie/admin.sock")), 0);
	ck_assert_int_eq(service_run("csca list"), CTL_NO_SERVICE);
}
END_TEST

/* -- remove ---------------------------------------------------------------------- */

static const char *remove_line(const char *options, const char *name,
			       size_t digits)
{
	static char line[160];

	snprintf(line, sizeof(line), "csca remove %s%.*s", options,
		 (int)digits, item_sha256(name));
	return line;
}

START_TEST(remove_by_sixteen_digits)
{
	store_holds(item_anchor("a"));
	store_holds(item_anchor("b"));
	SCRIPTS(script_lists, script_lists);
	ck_assert_int_eq(service_run(remove_line("--yes ", "a", 16)),
			 CTL_DONE);
	service_was_content();
	ck_assert(!service_there(store_file("a", "cer")));
	store_must_hold("b", "cer");
	PRINTED("C=UT, CN=a");
	PRINTED("from 1 file\n");
	PRINTED("the store now: 1 anchor, 0 CRLs");
	ck_assert_ptr_null(strstr(service_err, "last anchor"));
}
END_TEST

START_TEST(remove_by_what_openssl_prints)
{
	char line[160] = "csca remove --yes ";
	const char *sha256 = item_sha256("a");

	store_holds(item_anchor("a"));
	for (size_t i = 0; i < 64; i += 2)
		sprintf(line + strlen(line), "%s%c%c", i ? ":" : "",
			sha256[i] >= 'a' ? sha256[i] - 'a' + 'A' : sha256[i],
			sha256[i + 1] >= 'a' ? sha256[i + 1] - 'a' + 'A' :
					       sha256[i + 1]);
	SCRIPTS(script_lists, script_lists);
	ck_assert_int_eq(service_run(line), CTL_DONE);
	ck_assert_uint_eq(service_count(STORE), 0);
}
END_TEST

START_TEST(remove_warns_of_the_last_anchor)
{
	struct msg_item foreign = item_anchor("x");

	strcpy(foreign.country, "XX");
	store_holds(item_anchor("a"));
	store_holds(item_crl("c"));
	store_holds(foreign);
	SCRIPTS(script_lists, script_lists);
	ck_assert_int_eq(service_run(remove_line("--yes ", "a", 64)),
			 CTL_DONE);
	COMPLAINED("it is the last anchor of UT");
	ck_assert_uint_eq(service_count(STORE), 2);
}
END_TEST

/* Standard input is no terminal in a test. */
START_TEST(remove_asks_and_nobody_is_no_yes)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	store_holds(item_anchor("a"));
	SCRIPTS(script_lists);
	ck_assert_int_eq(service_run(remove_line("", "a", 16)), CTL_REFUSED);
	COMPLAINED("nothing is removed without --yes");
	store_must_hold("a", "cer");
}
END_TEST

static const struct { const char *typed; int code; } answers[] = {
	{ "y\n", CTL_DONE }, { "Yes\n", CTL_DONE }, { "n\n", CTL_REFUSED },
	{ "\n", CTL_REFUSED }, { "what is it?\n", CTL_REFUSED },
};

START_TEST(remove_asks_the_person_at_the_terminal)
{
	char seen[256] = "";
	size_t n = 0;
	pid_t child;
	int fd, status;

	store_holds(item_anchor("a"));
	SCRIPTS(script_lists, script_lists);
	child = forkpty(&fd, NULL, NULL, NULL);
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(service_run(remove_line("", "a", 16)));
	while (!strstr(seen, "Remove it? [y/N] ")) {
		ssize_t got = read(fd, seen + n, sizeof(seen) - 1 - n);

		ck_assert_int_gt(got, 0);
		n += (size_t)got;
		seen[n] = '\0';
	}
	ck_assert_int_eq(write(fd, answers[_i].typed,
			       strlen(answers[_i].typed)),
			 (ssize_t)strlen(answers[_i].typed));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), answers[_i].code);
	ck_assert_uint_eq(service_count(STORE),
			  answers[_i].code == CTL_DONE ? 0 : 1);
	close(fd);
}
END_TEST

START_TEST(remove_of_what_is_not_there_or_no_fingerprint)
{
	static const char *const wrong[] = {
		"csca remove --yes 0123456789abcde", "csca remove --yes xyz",
		"csca remove --yes 0123456789abcdef/0123456789abcdef",
		"csca remove --yes "
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
	};

	store_holds(item_anchor("a"));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(service_run(wrong[i]), CTL_USAGE);
	ck_assert_int_eq(service_run("csca remove --yes 0123456789abcdef"),
			 CTL_REFUSED);
	COMPLAINED("has this fingerprint");
	store_must_hold("a", "cer");
}
END_TEST

/* A bad anchor must go also where nobody can be asked about it. */
START_TEST(remove_without_a_service)
{
	store_holds(item_anchor("a"));
	ck_assert_int_eq(service_run(remove_line("--yes ", "a", 16)),
			 CTL_DONE);
	ck_assert_uint_eq(service_count(STORE), 0);
	COMPLAINED("cnied can't be asked what this is");
	COMPLAINED("cnied can't be asked what is left");
}
END_TEST

/* -- check ----------------------------------------------------------------------- */

START_TEST(check_of_a_good_store)
{
	struct msg_item c = item_crl("c");

	service_configure("require_crl = yes\n");
	c.from = 20200101;
	c.until = 20990101;
	store_holds(item_anchor("a"));
	store_holds(c);
	SCRIPTS(script_lists, script_lists, script_lists);
	ck_assert_int_eq(service_run("csca check"), CTL_DONE);
	PRINTED("csca-store");
	PRINTED("ok    clock");
	PRINTED("0 warn, 0 fail");
	ck_assert_int_eq(service_run("csca check --quiet"), CTL_DONE);
	ck_assert_str_eq(service_out, "");
	ck_assert_int_eq(service_run("csca check --json"), CTL_DONE);
	PRINTED("\"worst\": \"ok\"");
}
END_TEST

START_TEST(check_warns_and_fails_by_its_exit_status)
{
	struct msg_item weak = item_anchor("w");

	weak.flags |= ITEM_WEAK;
	store_holds(item_anchor("a"));
	store_holds(weak);
	SCRIPTS(script_lists, script_lists, script_lists, script_cannot_load, script_dies);
	ck_assert_int_eq(service_run("csca check --quiet"), CTL_WARNED);
	ck_assert_uint_eq(store_occurs(service_out, "\n"), 1);
	ck_assert_int_eq(strncmp(service_out, "warn: csca-weak: 1 of", 21), 0);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", "8:1", 1), 0);
	service_configure("require_crl = yes\ncrl_grace_days = 5\n");
	ck_assert_int_eq(service_run("csca check --quiet"), CTL_REFUSED);
	PRINTED("<4>warn: csca-weak: ");
	PRINTED("<3>fail: csca-crl: there is none");
	ck_assert_int_eq(service_run("csca check --json --quiet"),
			 CTL_REFUSED);
	PRINTED("\"worst\": \"fail\"");
	ck_assert_ptr_null(strstr(service_out, "csca-store"));
	ck_assert_int_eq(service_run("csca check"), CTL_REFUSED);
	PRINTED("the store can't be loaded");
	ck_assert_int_eq(service_run("csca check"), CTL_NO_SERVICE);
}
END_TEST

static void tells_status(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_STATUS);
	service_say_row(fd, "csca\tok\t2 anchors, 0 CRLs");
	service_end(fd, REASON_NONE, "");
}

static void tells_key(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_STATUS);
	service_say_row(fd, "provider\tlocal");
	service_end(fd, REASON_NONE, "");
}

/* Under the same names, with the same words. */
START_TEST(doctor_says_what_check_says)
{
	struct msg_item soon = item_anchor("s");
	static char said[1024];

	soon.until = csca_today(time(NULL) + 86400);
	store_holds(item_anchor("a"));
	store_holds(soon);
	SCRIPTS(script_lists, tells_status, script_lists, tells_key,
		tells_status, script_dies, tells_key);
	ck_assert_int_eq(service_run("csca check --quiet"), CTL_WARNED);
	ck_assert_ptr_nonnull(strstr(service_out, "expires on "));
	snprintf(said, sizeof(said), "%.*s",
		 (int)strcspn(service_out, ";"), service_out);
	service_run("doctor");
	PRINTED(said + strlen("warn: csca-anchor: "));
	PRINTED("\nwarn  csca-anchor ");
	PRINTED("\nok    csca-store ");
	service_run("doctor");
	PRINTED("cnied went away when it was asked for the store");
}
END_TEST

/* A file of ours from tomorrow: the clock was there once. */
START_TEST(check_names_a_clock_that_is_behind)
{
	const struct timespec at[2] = { { time(NULL) + 86400, 0 },
					{ time(NULL) + 86400, 0 } };
	const char *path = _i ? service_path("var/lib/cnie/roster.db") :
				store_file("a", "cer");

	store_holds(item_anchor("a"));
	store_put("var/lib/cnie/roster.db", "r");
	store_put("etc/cnie/csca/somebody's.cer", "a");
	ck_assert_int_eq(utimensat(AT_FDCWD,
				   service_path("etc/cnie/csca/somebody's.cer"),
				   at, 0), 0);
	SCRIPTS(script_lists, script_lists);
	ck_assert_int_eq(service_run("csca check --quiet"), CTL_DONE);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, at, 0), 0);
	ck_assert_int_eq(service_run("csca check --quiet"), CTL_REFUSED);
	PRINTED("fail: clock: ");
	PRINTED(_i ? "behind the newest file that was written in /var/lib/cnie" :
		     "behind the newest file that was written in /etc/cnie/csca");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl csca commands");
	TCase *t = tcase_create("commands");

	tcase_add_checked_fixture(t, store_setup, service_teardown);
	tcase_add_test(t, list_prints_the_store);
	tcase_add_test(t, remove_by_sixteen_digits);
	tcase_add_test(t, remove_by_what_openssl_prints);
	tcase_add_test(t, remove_warns_of_the_last_anchor);
	tcase_add_test(t, remove_asks_and_nobody_is_no_yes);
	tcase_add_loop_test(t, remove_asks_the_person_at_the_terminal, 0,
			    sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(t, remove_of_what_is_not_there_or_no_fingerprint);
	tcase_add_test(t, remove_without_a_service);
	tcase_add_test(t, check_of_a_good_store);
	tcase_add_test(t, check_warns_and_fails_by_its_exit_status);
	tcase_add_test(t, doctor_says_what_check_says);
	tcase_add_loop_test(t, check_names_a_clock_that_is_behind, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
