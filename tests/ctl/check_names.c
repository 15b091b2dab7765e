// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Other sources of the name service, asked for real: nsswitch.conf, passwd and
 * group in a mount namespace of the test's own, and modules that know
 * somebody, block, crash or have no daemon (mute_module.c).
 */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/channel.h"
#include "check_main.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "ctl/names.h"
#include "support_names.h"

/* -- the line ------------------------------------------------------------------- */

static const struct { const char *text, *want; } lines[] = {
	{ "", "files" },
	{ "group: sss\n", "files" },
	{ "passwd: files cnie\n", "files" },
	{ "passwd:cnie\n", "" },
	{ "passwd:\n", "" },
	{ "passwd: files systemd sss cnie\n", "files systemd sss" },
	{ "  passwd \t:\tfiles\t sss # ldap\n", "files sss" },
	{ "#passwd: ldap\npasswd: sss", "sss" },
	{ "passwd: files # sss\n", "files" },
	{ "passwd: files [NOTFOUND=return] sss\n", "files sss" },
	{ "passwd: files[!UNAVAIL=return success=continue]sss\n",
	  "files sss" },
	{ "passwd: files [unfinished sss\n", "files" },
	{ "passwd: files files sss files\n", "files sss" },
	{ "passwd: files\npasswd: sss\n", "files sss" },
	{ "passwd_compat: sss\npasswd: ldap\n", "ldap" },
	{ "passwd: compat\n", "files nis" },
	{ "passwd: compat sss\n", "sss files nis" },
	{ "passwd: compat\npasswd_compat: ldap cnie\n", "files ldap" },
	{ "passwd: compat\npasswd_compat: compat\n", "files" },
	{ "passwd: a b c d e f g h i j k l m n o p\n",
	  "a b c d e f g h i j k l m n o p" },
	{ "passwd: a b c d e f g h i j k l m n o p q\n", NULL },
	{ "passwd: ../evil\n", NULL },
	{ "passwd: files {}\n", NULL },
	{ "passwd: abcdefghijklmnopqrstuvwxyz012345\n",
	  "abcdefghijklmnopqrstuvwxyz012345" },
	{ "passwd: abcdefghijklmnopqrstuvwxyz0123456\n", NULL },
};

START_TEST(sources_of_a_line)
{
	struct names_sources s = { 0 };
	char got[640] = "";

	if (!lines[_i].want) {
		ck_assert_int_eq(names_sources(lines[_i].text, "passwd", &s),
				 R_MALFORMED);
		ck_assert_uint_eq(s.n, 0);
		return;
	}
	ck_assert_int_eq(names_sources(lines[_i].text, "passwd", &s), R_OK);
	for (size_t i = 0; i < s.n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
			 i ? " " : "", s.at[i]);
	ck_assert_str_eq(got, lines[_i].want);
}
END_TEST

START_TEST(sources_of_another_database)
{
	static const char text[] = "passwd: files sss\ngroup: files ldap\n";
	struct names_sources s;

	ck_assert_int_eq(names_sources(text, "group", &s), R_OK);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_str_eq(s.at[1], "ldap");
}
END_TEST

/* -- asked for real ----------------------------------------------------------------- */

static void asked(const struct names_question *q, enum verdict want,
		  const char *source)
{
	struct msg_verdict v;

	names_ask(q, &v);
	ck_assert_int_eq(v.verdict, want);
	ck_assert_str_eq(v.source, source);
}

static const struct names_question unknown = { .name = "u7k2", .id = 70003 };

START_TEST(name_or_number_in_a_file_is_taken)
{
	asked(&unknown, VERDICT_FREE, "");
	asked(&(struct names_question){ .name = "person", .id = 70003 },
	      VERDICT_TAKEN, "files");
	asked(&(struct names_question){ .name = "u7k2", .id = 70001 },
	      VERDICT_TAKEN, "files");
	asked(&(struct names_question){ .name = "u7k2", .id = NAMES_NO_ID },
	      VERDICT_FREE, "");
	/* a group's is another thing */
	asked(&(struct names_question){ .name = "people", .id = 70002 },
	      VERDICT_FREE, "");
	asked(&(struct names_question){ true, "people", 70003 },
	      VERDICT_TAKEN, "files");
	asked(&(struct names_question){ true, "others", 70002 },
	      VERDICT_TAKEN, "files");
	asked(&(struct names_question){ true, "person", 70001 },
	      VERDICT_FREE, "");
}
END_TEST

START_TEST(our_own_module_is_not_asked)
{
	setenv("CNIE_MUTE", "knows", 1);	/* libnss_cnie.so.2 does */
	asked(&(struct names_question){ .name = "known", .id = 70707 },
	      VERDICT_FREE, "");
	names_nsswitch("files cniemute cnie");
	asked(&(struct names_question){ .name = "known", .id = 70003 },
	      VERDICT_TAKEN, "cniemute");
	asked(&(struct names_question){ .name = "u7k2", .id = 70707 },
	      VERDICT_TAKEN, "cniemute");
	asked(&unknown, VERDICT_FREE, "");
	asked(&(struct names_question){ true, "knowngroup", 70003 },
	      VERDICT_TAKEN, "cniemute");
	asked(&(struct names_question){ true, "others", 70708 },
	      VERDICT_TAKEN, "cniemute");
}
END_TEST

START_TEST(source_that_knows_much_is_asked_with_more_room)
{
	names_nsswitch("files cniemute cnie");
	setenv("CNIE_MUTE", "large", 1);
	asked(&(struct names_question){ .name = "known", .id = 70003 },
	      VERDICT_TAKEN, "cniemute");
	asked(&unknown, VERDICT_FREE, "");
	setenv("CNIE_MUTE", "endless", 1);
	asked(&unknown, VERDICT_TAKEN, "cniemute");
}
END_TEST

static const char *const mute[] = { "blocks", "crashes", "exits", "again",
				    "refused", "missing", "nothing" };

START_TEST(source_that_does_not_answer_is_silent)
{
	names_nsswitch("files cniemute cnie");
	setenv("CNIE_MUTE", mute[_i], 1);
	asked(&unknown, VERDICT_SILENT, "cniemute");
	/* what another knows is known all the same */
	asked(&(struct names_question){ .name = "person", .id = 70003 },
	      VERDICT_TAKEN, "files");
	names_nsswitch("cniemute files cnie");
	asked(&(struct names_question){ .name = "person", .id = 70003 },
	      VERDICT_TAKEN, "files");
}
END_TEST

START_TEST(several_that_block_are_waited_for_once)
{
	int64_t from = mono_ms();

	names_nsswitch("cniemute cniedeaf files cnie");
	setenv("CNIE_MUTE", "blocks", 1);
	asked(&unknown, VERDICT_SILENT, "cniemute");
	/* two, one after the other, would be twice the deadline */
	ck_assert_int_lt(mono_ms() - from, 2 * NAMES_WAIT_MS);
}
END_TEST

START_TEST(module_that_is_not_installed_knows_nobody)
{
	names_nsswitch("files cnieabsent cnie");
	asked(&unknown, VERDICT_FREE, "");
}
END_TEST

START_TEST(module_that_can_not_be_loaded_is_silent)
{
	names_nsswitch("files cniebroken cnie");
	asked(&unknown, VERDICT_SILENT, "cniebroken");
	names_nsswitch("files cnielacks cnie");
	asked(&unknown, VERDICT_SILENT, "cnielacks");
}
END_TEST

START_TEST(module_without_accounts_knows_nobody)
{
	names_nsswitch("files cniehosts cnie");
	asked(&unknown, VERDICT_FREE, "");
	asked(&(struct names_question){ true, "others", 70003 },
	      VERDICT_FREE, "");
}
END_TEST

START_TEST(line_that_is_not_understood_is_silent)
{
	names_nsswitch("files ../evil cnie");
	asked(&unknown, VERDICT_SILENT, "nsswitch.conf");
	ck_assert_int_eq(umount("/etc/nsswitch.conf"), 0);
}
END_TEST

START_TEST(doctor_tells_of_a_silent_source)
{
	static struct findings f;

	names_nsswitch("files cniemute cnie");
	setenv("CNIE_MUTE", "empty", 1);
	doctor_names(&f);
	ck_assert_uint_eq(f.n, 1);
	ck_assert_int_eq(f.at[0].state, FINDING_OK);
	setenv("CNIE_MUTE", mute[_i], 1);
	doctor_names(&f);
	ck_assert_uint_eq(f.n, 3);
	ck_assert_int_eq(findings_worst(&f), FINDING_WARN);
	ck_assert_str_eq(f.at[1].text,
			 "passwd: cniemute does not answer: nobody can be enrolled");
	ck_assert_str_eq(f.at[2].text,
			 "group: cniemute does not answer: nobody can be enrolled");
}
END_TEST

/* -- who asks ------------------------------------------------------------------------- */

static void expect(int fd, const char *name, uint32_t uid, enum verdict want,
		   const char *source)
{
	struct msg_candidate m = { .uid = uid };
	struct msg_verdict v;

	snprintf(m.name, sizeof(m.name), "%s", name);
	service_say(fd, MSG_ADMIN_CANDIDATE, &m);
	service_must(chan_expect(fd, MSG_ADMIN_VERDICT, &v,
				 mono_ms() + 20000) == R_OK);
	service_must(v.verdict == want && !strcmp(v.source, source));
}

static void script_enrols(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ENROL);
	expect(fd, "person", 70003, VERDICT_TAKEN, "files");
	expect(fd, "u7k2", 70001, VERDICT_TAKEN, "files");
	expect(fd, "u7k3", 70004, VERDICT_FREE, "");
	service_end(fd, REASON_NONE, "u7k3");
}

static void script_silent(int fd, const struct msg_admin_request *m)
{
	(void)m;
	expect(fd, "u7k2", 70003, VERDICT_SILENT, "cniemute");
	service_end(fd, REASON_NAME_SERVICE, "");
}

START_TEST(enrol_answers_for_each_candidate)
{
	service_start((service_script *const[]){ script_enrols, script_silent,
						 NULL });
	ck_assert_int_eq(service_run("enrol --code"), CTL_DONE);
	ck_assert_str_eq(service_out, "enrolled: u7k3\n");
	names_nsswitch("files cniemute cnie");
	setenv("CNIE_MUTE", "refused", 1);
	ck_assert_int_eq(service_run("enrol --code"), CTL_REFUSED);
	ck_assert_ptr_nonnull(strstr(service_err, "cniemute, a source of"));
	ck_assert_ptr_nonnull(strstr(service_err, "(A13)"));
	service_was_content();
}
END_TEST

#define ROW "u7k2\t65536\t65536\tactive\tyes\tno\t-\t2026-11-22\t1/2\t/home/u7k2\t/bin/bash"

static void script_shows(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ACCOUNT_SHOW);
	service_say_row(fd, ROW);
	service_end(fd, REASON_NONE, "");
}

static void script_done(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ACCOUNT_RENAME ||
		     (m->verb == ADMIN_GROUP_PUT && m->gid == 70009 &&
		      !strcmp(m->text, "others")));
	service_end(fd, REASON_NONE, "");
}

/* cnied is not asked to do what must not be done. */
START_TEST(rename_and_group_put_ask_first)
{
	service_start((service_script *const[]){ script_shows, script_shows,
		script_shows, script_done, script_done, NULL });
	ck_assert_int_eq(service_run("account rename u7k2 --to person"),
			 CTL_REFUSED);
	ck_assert_ptr_nonnull(strstr(service_err, "(A09)"));
	ck_assert_int_eq(service_run("group put people --gid 70009"),
			 CTL_REFUSED);
	ck_assert_int_eq(service_run("group put others --gid 70002"),
			 CTL_REFUSED);
	names_nsswitch("files cniemute cnie");
	setenv("CNIE_MUTE", "refused", 1);
	ck_assert_int_eq(service_run("account rename u7k2 --to other"),
			 CTL_REFUSED);
	ck_assert_int_eq(service_run("group put others --gid 70009"),
			 CTL_REFUSED);
	names_nsswitch("files cnie");
	ck_assert_int_eq(service_run("account rename u7k2 --to other"),
			 CTL_DONE);
	ck_assert_ptr_nonnull(strstr(service_out, "renamed: u7k2 is other, "
				     "uid 65536 as before"));
	ck_assert_int_eq(service_run("group put others --gid 70009"),
			 CTL_DONE);
	service_was_content();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl names");
	TCase *l = tcase_create("line"), *t = tcase_create("names");

	tcase_add_loop_test(l, sources_of_a_line, 0,
			    sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(l, sources_of_another_database);
	suite_add_tcase(s, l);
	tcase_add_checked_fixture(t, names_setup, names_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, name_or_number_in_a_file_is_taken);
	tcase_add_test(t, our_own_module_is_not_asked);
	tcase_add_test(t, source_that_knows_much_is_asked_with_more_room);
	tcase_add_loop_test(t, source_that_does_not_answer_is_silent, 0,
			    sizeof(mute) / sizeof(mute[0]));
	tcase_add_test(t, several_that_block_are_waited_for_once);
	tcase_add_test(t, module_that_is_not_installed_knows_nobody);
	tcase_add_test(t, module_that_can_not_be_loaded_is_silent);
	tcase_add_test(t, module_without_accounts_knows_nobody);
	tcase_add_test(t, line_that_is_not_understood_is_silent);
	tcase_add_loop_test(t, doctor_tells_of_a_silent_source, 1, 3);
	tcase_add_test(t, enrol_answers_for_each_candidate);
	tcase_add_test(t, rename_and_group_put_ask_first);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	(void)argc;
	return names_main(argv, suite);
}
