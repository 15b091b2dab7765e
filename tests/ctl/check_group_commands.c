// SPDX-License-Identifier: GPL-3.0-or-later
/* group subcommands, with a scripted service; group put's question to the
 * name service is in check_names.c. */
#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "ctl/ctl.h"
#include "support_signed.h"

static void script_empty_list(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_end(fd, REASON_NONE, "");
}

static void script_groups(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_GROUP_LIST);
	service_say_row(fd, "cnie\t65536\t0");
	service_say_row(fd, "archive\t70001\t12");
	service_end(fd, REASON_NONE, "");
}

static void script_bad_group(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_say_row(fd, "cnie\t65536");
	service_end(fd, REASON_NONE, "");
}

START_TEST(groups_are_listed)
{
	SCRIPTS(script_groups, script_groups, script_empty_list,
		script_empty_list, script_bad_group);
	ck_assert_int_eq(service_run("group list"), CTL_DONE);
	PRINTED("\narchive ");
	PRINTED("70001       12\n");
	ck_assert_int_eq(service_run("group list --json"), CTL_DONE);
	PRINTED("\"gid\": 70001,");
	PRINTED("\"members\": 12");
	ck_assert_int_eq(service_run("group list"), CTL_DONE);
	PRINTED("no groups yet");
	ck_assert_int_eq(service_run("group list --json"), CTL_DONE);
	PRINTED("\"groups\": []");
	ck_assert_int_eq(service_run("group list"), CTL_SYSTEM);
	service_was_content();
}
END_TEST

static void script_joins(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_GROUP_JOIN &&
		     !strcmp(m->text, "archive") &&
		     !strcmp(m->account, "u7k2"));
	service_end(fd, REASON_NONE, "");
}

static void script_leaves(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_GROUP_LEAVE);
	service_end(fd, REASON_NO_GROUP, "");
}

START_TEST(membership_begins_and_ends)
{
	SCRIPTS(script_joins, script_leaves);
	ck_assert_int_eq(service_run("group join archive --account u7k2"),
			 CTL_DONE);
	PRINTED("u7k2 is a member of archive");
	ck_assert_int_eq(service_run("group leave archive --account u7k2"),
			 CTL_REFUSED);
	COMPLAINED("(A15)");
	COMPLAINED("group list");
	service_was_content();
}
END_TEST

static const char *const no_gid[] = { "0", "x", "-1", "4294967295", "1x",
				      "99999999999999999999", "999", "65534",
				      "65535", "2147483647" };

START_TEST(group_has_a_number)
{
	char line[128];

	snprintf(line, sizeof(line), "group put archive --gid %s",
		 no_gid[_i]);
	ck_assert_int_eq(service_run(line), CTL_USAGE);
	ck_assert_ptr_nonnull(strstr(service_err, "from 1000 to 2147483646"));
}
END_TEST

START_TEST(group_has_a_name_that_is_answered)
{
	ck_assert_int_eq(service_run("group put 1abc --gid 70001"), CTL_USAGE);
	ck_assert_ptr_nonnull(strstr(service_err, "begins with a letter"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl group commands");
	TCase *t = tcase_create("group");

	tcase_add_checked_fixture(t, service_setup, service_teardown);
	tcase_add_test(t, groups_are_listed);
	tcase_add_test(t, membership_begins_and_ends);
	tcase_add_loop_test(t, group_has_a_number, 0,
			    sizeof(no_gid) / sizeof(no_gid[0]));
	tcase_add_test(t, group_has_a_name_that_is_answered);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
