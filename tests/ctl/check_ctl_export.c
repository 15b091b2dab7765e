// SPDX-License-Identifier: GPL-3.0-or-later
/* cniectl roster key, export and verify, with a scripted service. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/ctl.h"
#include "ctl/roster.h"
#include "support_signed.h"

/* -- key ---------------------------------------------------------------------------- */

START_TEST(key_makes_two_files_and_never_over_others)
{
	static struct roster_secret s;
	char was[16384];

	ck_assert_uint_eq(signed_mode(service_path("key")), 0600);
	ck_assert_uint_eq(signed_mode(service_path("key.pub")), 0644);
	PRINTED("signer = RW");
	ck_assert_ptr_nonnull(strstr(signed_text(service_path("key.pub")),
				     strstr(service_out, "RW")));
	strcpy(was, signed_text(service_path("key")));
	ck_assert_ptr_null(strstr(service_out, was + 21));
	ck_assert_int_eq(roster_secret(service_path("key"), &s), CTL_DONE);
	ck_assert_int_eq(signed_run("roster key %s", service_path("key")),
			 CTL_REFUSED);
	COMPLAINED("is there already, and stays");
	ck_assert_int_eq(unlink(service_path("key.pub")), 0);
	ck_assert_int_eq(signed_run("roster key %s", service_path("key")),
			 CTL_REFUSED);
	ck_assert_str_eq(signed_text(service_path("key")), was);
	ck_assert_int_eq(signed_run("roster key %s", service_path("no/key")),
			 CTL_REFUSED);
}
END_TEST

/* -- export ------------------------------------------------------------------------- */

static void script_exports(int fd, const struct msg_admin_request *m)
{
	struct msg_progress p = { 1, 2 };
	time_t then = time(NULL) + 3 * 24 * 3600;
	struct tm tm;
	char day[16];

	gmtime_r(&then, &tm);
	strftime(day, sizeof(day), "%Y%m%d", &tm);
	service_must(m->verb == ADMIN_ROSTER_EXPORT &&
		     m->number == strtoul(day, NULL, 10));
	service_say_bulk(fd, HEAD, false);
	service_say(fd, MSG_ADMIN_PROGRESS, &p);
	service_say_bulk(fd, FILE_TEXT + strlen(HEAD), true);
	service_end(fd, REASON_NONE, "");
}

START_TEST(export_writes_what_it_was_told_and_signs_it)
{
	char file[512];

	strcpy(file, service_path("ex"));
	service_put_file(file, span_str("old"), 0644);
	service_put_file(service_path("ex.minisig"), span_str("old"), 0644);
	service_put_file(service_path("ex.new"), span_str("left"), 0644);
	SCRIPTS(script_exports);
	ck_assert_int_eq(signed_run("roster export %s --sign %s --days 3", file,
			     service_path("key")), CTL_DONE);
	service_was_content();
	PRINTED("roster of " URN ", version 7 of 2026-11-27");
	PRINTED("3 lines in");
	ck_assert_str_eq(signed_text(file), FILE_TEXT);
	ck_assert_uint_eq(signed_mode(file), 0600);
	ck_assert(!service_there(service_path("ex.new")));
	ck_assert(!service_there(service_path("ex.minisig.new")));
	ck_assert_int_eq(signed_run("roster verify %s --signer %s", file,
			     service_path("key.pub")), CTL_DONE);
	PRINTED("the signature is good");
	PRINTED("version 7 of 2026-11-27, good until 2099-12-27");
	PRINTED("file:ex hashed");
}
END_TEST

static void script_cut(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_say_bulk(fd, HEAD, false);
	service_end(fd, REASON_NONE, "");
}

static void script_gone(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_say_bulk(fd, HEAD, false);
}

static void script_after_last(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_say_bulk(fd, FILE_TEXT, true);
	service_say_bulk(fd, "more\n", true);
	service_end(fd, REASON_NONE, "");
}

static void script_no_head(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_say_bulk(fd, "account\t65536\n", true);
	service_end(fd, REASON_NONE, "");
}

static void script_busy(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_end(fd, REASON_ROSTER_BUSY, "");
}

START_TEST(export_that_is_cut_leaves_what_was_there)
{
	static const struct { service_script *s; int code; } bad[] = {
		{ script_cut, CTL_SYSTEM }, { script_gone, CTL_NO_SERVICE },
		{ script_after_last, CTL_SYSTEM },
		{ script_no_head, CTL_SYSTEM }, { script_busy, CTL_REFUSED },
	};
	char file[512];

	strcpy(file, service_path("ex"));
	service_put_file(file, span_str("old"), 0600);
	service_put_file(service_path("ex.minisig"), span_str("old"), 0644);
	SCRIPTS(bad[_i].s);
	ck_assert_int_eq(signed_run("roster export %s --sign %s", file,
			     service_path("key")), bad[_i].code);
	ck_assert_str_eq(signed_text(file), "old");
	ck_assert_str_eq(signed_text(service_path("ex.minisig")), "old");
	ck_assert(!service_there(service_path("ex.new")));
}
END_TEST

START_TEST(export_wants_a_secret_key_that_others_can_not_read)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602 };

	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(chmod(service_path("key"), modes[i]), 0);
		ck_assert_int_eq(signed_run("roster export %s --sign %s",
				     service_path("ex"), service_path("key")),
				 CTL_REFUSED);
		COMPLAINED("chmod 600");
	}
	ck_assert_int_eq(symlink("key", service_path("link")), 0);
	ck_assert_int_eq(signed_run("roster export %s --sign %s", service_path("ex"),
			     service_path("link")), CTL_REFUSED);
	ck_assert_int_eq(signed_run("roster export %s --sign %s", service_path("ex"),
			     service_path("none")), CTL_REFUSED);
	COMPLAINED("cniectl roster key");
	service_put_file(service_path("junk"), span_str("junk\n"), 0600);
	ck_assert_int_eq(signed_run("roster export %s --sign %s", service_path("ex"),
			     service_path("junk")), CTL_REFUSED);
	ck_assert(!service_there(service_path("ex")));
}
END_TEST

static const char *const no_days[] = { "0", "367", "-1", "x", "3x", "+3",
				       "99999999999999999999" };

START_TEST(export_for_a_year_at_most)
{
	ck_assert_int_eq(signed_run("roster export %s --sign %s --days %s",
			     service_path("ex"), service_path("key"),
			     no_days[_i]), CTL_USAGE);
	ck_assert(!service_there(service_path("ex")));
}
END_TEST

static void script_exports_rebinds(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_REBINDS_EXPORT);
	service_say_bulk(fd, REBINDS, true);
	service_end(fd, REASON_NONE, "");
}

START_TEST(rebinds_alone_are_exported)
{
	SCRIPTS(script_exports_rebinds);
	ck_assert_int_eq(signed_run("roster export %s --sign %s --rebinds",
			     service_path("ex"), service_path("key")),
			 CTL_DONE);
	service_was_content();
	ck_assert_str_eq(signed_text(service_path("ex")), REBINDS);
	PRINTED("roster import --rebinds");
}
END_TEST

/* -- verify ------------------------------------------------------------------------- */

START_TEST(verify_says_what_is_expired)
{
	signed_file("key", "r", span_str("cnie-roster\t2\t" URN
				     "\t7\t20250101\t20250131\nend\t2\n"));
	ck_assert_int_eq(signed_run("roster verify %s --signer %s", service_path("r"),
			     service_path("key.pub")), CTL_REFUSED);
	PRINTED("the signature is good");
	COMPLAINED("(X05)");
}
END_TEST

START_TEST(verify_refuses_another_signer)
{
	ck_assert_int_eq(signed_run("roster key %s", service_path("other")),
			 CTL_DONE);
	ck_assert_int_eq(signed_run("roster verify %s --signer %s", service_path("r"),
			     service_path("other.pub")), CTL_REFUSED);
	COMPLAINED("(X03)");
	ck_assert_ptr_null(strstr(service_out, "good"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl roster export");
	TCase *t = tcase_create("roster");

	tcase_add_checked_fixture(t, signed_setup, service_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, key_makes_two_files_and_never_over_others);
	tcase_add_test(t, export_writes_what_it_was_told_and_signs_it);
	tcase_add_loop_test(t, export_that_is_cut_leaves_what_was_there, 0, 5);
	tcase_add_test(t, export_wants_a_secret_key_that_others_can_not_read);
	tcase_add_loop_test(t, export_for_a_year_at_most, 0,
			    sizeof(no_days) / sizeof(no_days[0]));
	tcase_add_test(t, rebinds_alone_are_exported);
	tcase_add_test(t, verify_says_what_is_expired);
	tcase_add_test(t, verify_refuses_another_signer);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
