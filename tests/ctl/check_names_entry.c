// SPDX-License-Identifier: GPL-3.0-or-later
/* An account of another source: what it is now, asked where it can do no harm;
 * and the commands that rely on it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "ctl/names.h"
#include "ctl/names_entry.h"
#include "support_names.h"

static bool said(const char *text)
{
	return strstr(service_out, text) || strstr(service_err, text);
}

START_TEST(entry_is_as_the_file_has_it)
{
	struct names_entry e;

	ck_assert_int_eq(names_entry_get("person", &e), R_OK);
	ck_assert_uint_eq(e.uid, 70001);
	ck_assert_uint_eq(e.gid, 70001);
	ck_assert_str_eq(e.home, "/home/person");
	ck_assert_str_eq(e.shell, "/bin/sh");
	ck_assert_str_eq(e.owner, "person");
	names_passwd("toor:x:0:0::/root:/bin/sh\n"
		     "again:x:70001:100::/srv/again:/bin/sh\n");
	ck_assert_int_eq(names_entry_get("again", &e), R_OK);
	ck_assert_str_eq(e.home, "/srv/again");
	ck_assert_str_eq(e.owner, "person");
	ck_assert_int_eq(names_owner_get(0, e.owner), R_OK);
	ck_assert_str_eq(e.owner, "root");
	ck_assert_int_eq(names_owner_get(70002, e.owner), R_ABSENT);
	ck_assert_int_eq(names_entry_get("nobody-here", &e), R_ABSENT);
	ck_assert_str_eq(e.home, "/srv/again");	/* untouched */
}
END_TEST

START_TEST(path_that_is_too_long_is_told)
{
	struct names_entry e;
	char line[512];

	snprintf(line, sizeof(line), "long:x:70009:100::/%0256d:/bin/sh\n", 0);
	names_passwd(line);
	ck_assert_int_eq(names_entry_get("long", &e), R_MALFORMED);
	snprintf(line, sizeof(line), "long:x:70009:100::/%0255d:/bin/sh\n", 0);
	names_passwd(line);
	ck_assert_int_eq(names_entry_get("long", &e), R_OK);
	snprintf(line, sizeof(line), "long:x:70009:100::/:/%0128d\n", 0);
	names_passwd(line);
	ck_assert_int_eq(names_entry_get("long", &e), R_MALFORMED);
}
END_TEST

static const char *const harm[] = { "blocks", "crashes", "exits" };

/* This process goes on, and not much later. */
START_TEST(source_that_does_harm_does_it_to_itself)
{
	service_script *const nobody[] = { NULL };
	struct names_entry e;
	int64_t from = mono_ms();

	names_nsswitch("cniemute files cnie");
	setenv("CNIE_MUTE", harm[_i], 1);
	ck_assert_int_eq(names_entry_get("person", &e), R_TIMEOUT);
	ck_assert_int_eq(names_owner_get(70001, e.owner), R_TIMEOUT);
	ck_assert_int_lt(mono_ms() - from, 3 * NAMES_WAIT_MS);
	service_start(nobody);
	ck_assert_int_eq(service_run("enrol --code --existing person"),
			 CTL_REFUSED);
	ck_assert(said("does not answer (getent passwd person)"));
	service_was_content();
}
END_TEST

/* It would have waited for ever, and told of nothing. */
START_TEST(doctor_waits_for_no_source)
{
	static struct findings f;
	struct config c = { .uid_min = 65536, .uid_max = 99999 };
	int64_t from = mono_ms();

	for (int i = 0; i < HELPER_COUNT; i++)
		c.users[i].uid = 801 + (uint32_t)i;
	names_nsswitch("files cniemute cnie");
	setenv("CNIE_MUTE", "blocks", 1);
	doctor_users(&f, &c);
	ck_assert_int_lt(mono_ms() - from, 2 * NAMES_WAIT_MS);
	ck_assert_uint_eq(f.n, 1);
	ck_assert_int_eq(f.at[0].state, FINDING_WARN);
	ck_assert_ptr_nonnull(strstr(f.at[0].text, "does not answer"));
}
END_TEST

static void binds(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ENROL && m->uid == 70001 &&
		     m->gid == 70001 && !strcmp(m->account, "person") &&
		     !strcmp(m->home, "/home/person") &&
		     !strcmp(m->shell, "/bin/sh"));
	service_end(fd, REASON_NONE, "person");
}

START_TEST(existing_account_is_bound_by_its_own_name)
{
	static const struct { const char *name, *why; } no[] = {
		{ "root", "never bound" }, { "toor", "never bound" },
		{ "nobody-here", "no such account" },
		{ "again", "known by the name \"person\"" },
	};
	service_script *const scripts[] = { binds, NULL };
	char line[64];

	names_passwd("toor:x:0:0::/root:/bin/sh\n"
		     "again:x:70001:100::/srv/again:/bin/sh\n");
	service_start(scripts);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		snprintf(line, sizeof(line), "enrol --code --existing %s",
			 no[i].name);
		ck_assert_int_eq(service_run(line), CTL_REFUSED);
		ck_assert(said(no[i].why));
	}
	ck_assert_int_eq(service_run("enrol --code --existing person"),
			 CTL_DONE);
	service_was_content();
}
END_TEST

/* -- renamed where it comes from -------------------------------------------------- */

static void shows(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ACCOUNT_SHOW);
	service_say_row(fd, "was\t1500\t100\tactive\tno\tyes\t-\t2026-11-22\t"
			    "1/1\t/home/was\t/bin/sh");
	service_end(fd, REASON_NONE, "");
}

static void renames(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_ACCOUNT_RENAME &&
		     !strcmp(m->account, "was") && !strcmp(m->text, "is"));
	service_end(fd, REASON_NONE, "");
}

START_TEST(rename_follows_the_other_source)
{
	service_script *const scripts[] = { shows, renames, NULL };

	names_passwd("is:x:1500:100::/home/is:/bin/sh\n");
	service_start(scripts);
	ck_assert_int_eq(service_run("account rename was --to is"), CTL_DONE);
	ck_assert(said("renamed: was is is, uid 1500") && !said("Its home"));
	service_was_content();
}
END_TEST

/* The old name is somebody's; the new one is another's, or one of two. */
static const char *const others[] = {
	"is:x:1500:100::/h:/s\nwas:x:1501:100::/h:/s\n",
	"is:x:1501:100::/h:/s\nhas:x:1500:100::/h:/s\n",
	"has:x:1500:100::/h:/s\nis:x:1500:100::/h:/s\n",
};

START_TEST(rename_does_not_follow_another_person)
{
	service_script *const scripts[] = { shows, NULL };

	names_passwd(others[_i]);
	service_start(scripts);
	ck_assert_int_eq(service_run("account rename was --to is"),
			 CTL_REFUSED);
	ck_assert(said("is an account of files too"));
	service_was_content();
}
END_TEST

START_TEST(show_tells_of_two_names)
{
	service_script *const scripts[] = { shows, NULL };

	names_passwd("was:x:1500:100::/home/was:/bin/sh\n");
	service_start(scripts);
	ck_assert_int_eq(service_run("account show was"), CTL_DONE);
	ck_assert_str_eq(service_err, "");
	service_was_content();
	names_passwd("is:x:1500:100::/h:/s\nwas:x:1500:100::/h:/s\n");
	service_start(scripts);
	ck_assert_int_eq(service_run("account show was --json"), CTL_DONE);
	ck_assert(said("(A06)") && said("account rename was --to is"));
	service_was_content();
	names_passwd("was:x:1501:100::/home/was:/bin/sh\n");
	service_start(scripts);
	ck_assert_int_eq(service_run("account show was"), CTL_DONE);
	ck_assert(said("was is uid 1501, another account"));
	service_was_content();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl names entry");
	TCase *t = tcase_create("entry");

	tcase_add_checked_fixture(t, names_setup, names_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, entry_is_as_the_file_has_it);
	tcase_add_test(t, path_that_is_too_long_is_told);
	tcase_add_loop_test(t, source_that_does_harm_does_it_to_itself, 0,
			    sizeof(harm) / sizeof(harm[0]));
	tcase_add_test(t, doctor_waits_for_no_source);
	tcase_add_test(t, existing_account_is_bound_by_its_own_name);
	tcase_add_test(t, rename_follows_the_other_source);
	tcase_add_loop_test(t, rename_does_not_follow_another_person, 0,
			    sizeof(others) / sizeof(others[0]));
	tcase_add_test(t, show_tells_of_two_names);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	(void)argc;
	return names_main(argv, suite);
}
