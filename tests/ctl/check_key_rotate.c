// SPDX-License-Identifier: GPL-3.0-or-later
/* cniectl key rotate beside a scripted cnied: what is asked when, and what
 * cnie.conf says by then. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "check_main.h"
#include "support_key.h"

static service_script *const nothing[] = { NULL };

/* cnie.conf as it is before: a killed run must not have named a key that is
 * not there. */
static void makes_before_the_edit(int fd, const struct msg_admin_request *m)
{
	service_must(!strstr(key_conf(), "previous_epoch"));
	key_says_made(fd, m);
}

static void notes_before_the_edit(int fd, const struct msg_admin_request *m)
{
	service_must(!strstr(key_conf(), "previous_epoch"));
	key_notes_backup(fd, m);
}

START_TEST(rotate_where_nobody_can_be_asked_wants_an_option)
{
	char before[2048];

	strcpy(before, key_conf());
	ck_assert_int_eq(key_run(nothing, "key rotate"), 2);
	ck_assert(key_said("--no-backup"));
	ck_assert_int_eq(key_run(nothing, "key rotate --backup /x"), 2);
	ck_assert_int_eq(key_run(nothing, "key rotate --to /x --no-backup"), 2);
	ck_assert_int_eq(key_run(nothing, "key rotate --to /x --backup /y"), 2);
	ck_assert_int_eq(key_run(nothing, "key rotate --no-backup --ends soon"),
			 2);
	ck_assert_int_eq(key_run(nothing, "key rotate --no-backup "
				 "--public-key ab"), 2);
	ck_assert_str_eq(key_conf(), before);
}
END_TEST

START_TEST(rotate_makes_the_key_before_it_is_named)
{
	service_script *const scripts[] = { key_is_present,
		makes_before_the_edit, NULL };

	key_configure("epoch = 6 ; the sixth\n", "");
	key_epoch = 7;
	ck_assert_int_eq(key_run(scripts, "key rotate --no-backup"), 0);
	ck_assert(key_conf_has("epoch = 7 ; the sixth"));
	ck_assert(key_conf_has("previous_epoch = 6"));
	ck_assert(strstr(key_conf(), "# kept\n") == key_conf());
	ck_assert(key_said("every person has to come with their card again"));
	ck_assert(key_said("cniectl key retire"));
}
END_TEST

START_TEST(rotate_saves_the_key_before_it_is_named)
{
	service_script *const scripts[] = { key_is_present,
		makes_before_the_edit, key_gives_backup, notes_before_the_edit,
		NULL };
	char line[256];

	key_pair_files();
	key_epoch = 2;
	key_file = service_path("stick");
	snprintf(line, sizeof(line), "key rotate --to %s --backup %s",
		 service_path("pair.pub"), key_file);
	ck_assert_int_eq(key_run(scripts, line), 0);
	ck_assert(key_conf_has("epoch = 2"));
	ck_assert(key_conf_has("previous_epoch = 1"));
	ck_assert(service_there(key_file));
	ck_assert_uint_eq(service_count(service_path("var/lib/cnie/key")), 0);
}
END_TEST

START_TEST(rotate_that_is_refused_changes_nothing)
{
	service_script *const scripts[] = { key_is_present, key_says_needed,
					    NULL };
	service_script *const unsaved[] = { key_is_present, key_says_made,
					    NULL };
	char before[2048], line[256];

	strcpy(before, key_conf());
	key_epoch = 2;
	ck_assert_int_eq(key_run(scripts, "key rotate --no-backup"), 1);
	ck_assert_str_eq(key_conf(), before);
	/* the service goes away before the backup */
	key_pair_files();
	snprintf(line, sizeof(line), "key rotate --to %s --backup %s",
		 service_path("pair.pub"), service_path("stick"));
	ck_assert_int_eq(key_run(unsaved, line), 3);
	ck_assert_str_eq(key_conf(), before);
}
END_TEST

START_TEST(third_live_epoch_is_refused)
{
	char before[2048];

	key_configure("epoch = 3\nprevious_epoch = 2\n", "");
	strcpy(before, key_conf());
	ck_assert_int_eq(key_run(nothing, "key rotate --no-backup"), 1);
	ck_assert(key_said("epochs 2 and 3 are live"));
	ck_assert_str_eq(key_conf(), before);
	key_configure("epoch = 4294967295\n", "");
	ck_assert_int_eq(key_run(nothing, "key rotate --no-backup"), 1);
}
END_TEST

#define ZEROS "00000000000000000000000000000000000000000000000000000000000000"

static void service_answers(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_MAKE && m->epoch == 2 &&
		     !strcmp(m->text, KEY_POINT_2) &&
		     !strstr(key_conf(), "previous_epoch"));
	service_end(fd, REASON_NONE, "");
}

static void service_has_another(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_MAKE);
	service_end(fd, REASON_TOKENISER_PROOF,
		    reason_row(REASON_TOKENISER_PROOF)->text);
}

START_TEST(rotate_at_a_tokeniser_takes_its_key)
{
	service_script *const scripts[] = { service_answers, NULL };

	key_configure("provider = tokeniser\n", KEY_SERVED);
	ck_assert_int_eq(key_run(nothing, "key rotate"), 2);
	ck_assert(key_said("--public-key"));
	ck_assert_int_eq(key_run(nothing, "key rotate --public-key " ZEROS), 2);
	ck_assert_int_eq(key_run(scripts, "key rotate --public-key " KEY_POINT_2
				 " --ends 2999-01-31"), 0);
	ck_assert(key_conf_has("epoch = 2"));
	ck_assert(key_conf_has("previous_epoch = 1"));
	ck_assert(key_conf_has("epoch_ends = 2999-01-31"));
	ck_assert(key_conf_has("public_key = " KEY_POINT_2));
	ck_assert(key_conf_has("previous_public_key = " KEY_POINT_1));
	ck_assert_int_eq(key_run(nothing, "key rotate --public-key "
				 KEY_POINT_3), 1);
}
END_TEST

/* Under each of them everybody would be refused, and nothing undoes it. */
START_TEST(rotate_takes_no_key_that_can_not_be_the_new_ones)
{
	service_script *const scripts[] = { service_has_another, NULL };
	char before[2048];

	key_configure("provider = tokeniser\n", KEY_SERVED);
	strcpy(before, key_conf());
	ck_assert_int_eq(key_run(nothing, "key rotate --public-key "
				 ZEROS "bb"), 2);
	ck_assert(key_said("no public key"));
	ck_assert_int_eq(key_run(nothing, "key rotate --public-key "
				 ZEROS "00"), 2);
	ck_assert_int_eq(key_run(nothing, "key rotate --public-key "
				 KEY_POINT_1), 2);
	ck_assert(key_said("the key of epoch 1"));
	ck_assert_int_eq(key_run(scripts, "key rotate --public-key "
				 KEY_POINT_2), 1);
	ck_assert(key_said("(K03)"));
	ck_assert_int_eq(key_run(nothing, "key rotate --lost --public-key "
				 KEY_POINT_2), 2);
	ck_assert_str_eq(key_conf(), before);
}
END_TEST

START_TEST(rotate_in_a_token_asks_for_no_backup)
{
	service_script *const scripts[] = { key_is_present, key_says_made,
					    NULL };
	char line[256];

	key_configure("provider = pkcs11\n",
		      "[token]\nmodule = /m.so\nlabel = l\npin_file = /p\n");
	key_pair_files();
	snprintf(line, sizeof(line), "key rotate --to %s --backup /x",
		 service_path("pair.pub"));
	ck_assert_int_eq(key_run(nothing, line), 1);
	ck_assert(key_said("(K06)"));
	key_epoch = 2;
	ck_assert_int_eq(key_run(scripts, "key rotate"), 0);
	ck_assert(key_conf_has("epoch = 2"));
}
END_TEST

/* cnied evaluates under both epochs or not at all: a key that is lost is not
 * named, and each person is bound anew. */
START_TEST(lost_key_is_not_named)
{
	service_script *const scripts[] = { key_is_missing, key_says_made,
					    NULL };

	key_epoch = 2;
	ck_assert_int_eq(key_run(scripts, "key rotate --no-backup"), 0);
	ck_assert(key_conf_has("epoch = 2"));
	ck_assert(!strstr(key_conf(), "previous_epoch"));
	ck_assert(key_said("account rebind"));
}
END_TEST

static void key_is_refused(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_STATUS);
	service_say_row(fd, "key\tunusable: its mode");
	service_end(fd, REASON_NONE, "");
}

/* A key that is there is not lost, whatever keeps cnied from it. */
START_TEST(key_that_is_there_is_lost_only_where_it_is_said)
{
	static const char *const ends[] = { "key", "cred", "key.aside" };
	service_script *const refused_one[] = { key_is_refused, NULL };
	service_script *const lost[] = { key_is_refused, key_says_made, NULL };
	char before[2048];

	strcpy(before, key_conf());
	service_put_file(service_path("var/lib/cnie/key/sector-1.%s",
				      ends[_i]), span_str("x"), 0640);
	ck_assert_int_eq(key_run(refused_one, "key rotate --no-backup"), 1);
	ck_assert(key_said("sector-1."));
	ck_assert(key_said("unusable: its mode"));
	ck_assert(key_said("--lost"));
	ck_assert_str_eq(key_conf(), before);
	key_epoch = 2;
	/* a sealed one's successor is sealed too: not without systemd */
	ck_assert_int_eq(key_run(lost, "key rotate --no-backup --lost"),
			 _i == 1);
	ck_assert(key_conf_has("epoch = 2"));
	ck_assert(!strstr(key_conf(), "previous_epoch"));
}
END_TEST

START_TEST(key_that_can_be_used_is_not_lost)
{
	service_script *const scripts[] = { key_is_present, NULL };
	char before[2048];

	strcpy(before, key_conf());
	ck_assert_int_eq(key_run(scripts, "key rotate --no-backup --lost"), 1);
	ck_assert(key_said("leave --lost out"));
	ck_assert_str_eq(key_conf(), before);
}
END_TEST

/* It may be unplugged. */
START_TEST(key_of_a_token_is_lost_only_where_it_is_said)
{
	service_script *const scripts[] = { key_is_refused, NULL };
	service_script *const lost[] = { key_is_refused, key_says_made, NULL };

	key_configure("provider = pkcs11\n",
		      "[token]\nmodule = /m.so\nlabel = l\npin_file = /p\n");
	ck_assert_int_eq(key_run(scripts, "key rotate"), 1);
	ck_assert(key_said("--lost"));
	key_epoch = 2;
	ck_assert_int_eq(key_run(lost, "key rotate --lost"), 0);
	ck_assert(!strstr(key_conf(), "previous_epoch"));
}
END_TEST

START_TEST(two_at_once_do_not_write_over_each_other)
{
	static const char *const lines[] = { "key rotate --no-backup",
		"key retire", "key init", "key restore /x --identity /y" };
	int dir = open(service_path("etc/cnie"), O_RDONLY | O_DIRECTORY);

	ck_assert_int_eq(flock(dir, LOCK_EX), 0);
	ck_assert_int_eq(key_run(nothing, lines[_i]), 1);
	ck_assert(key_said("another cniectl"));
	close(dir);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl key rotate");
	TCase *t = tcase_create("rotate");

	tcase_add_checked_fixture(t, key_setup, service_teardown);
	tcase_add_test(t, rotate_where_nobody_can_be_asked_wants_an_option);
	tcase_add_test(t, rotate_makes_the_key_before_it_is_named);
	tcase_add_test(t, rotate_saves_the_key_before_it_is_named);
	tcase_add_test(t, rotate_that_is_refused_changes_nothing);
	tcase_add_test(t, third_live_epoch_is_refused);
	tcase_add_test(t, rotate_at_a_tokeniser_takes_its_key);
	tcase_add_test(t, rotate_in_a_token_asks_for_no_backup);
	tcase_add_test(t, rotate_takes_no_key_that_can_not_be_the_new_ones);
	tcase_add_test(t, lost_key_is_not_named);
	tcase_add_loop_test(t, key_that_is_there_is_lost_only_where_it_is_said,
			    0, 3);
	tcase_add_test(t, key_that_can_be_used_is_not_lost);
	tcase_add_test(t, key_of_a_token_is_lost_only_where_it_is_said);
	tcase_add_loop_test(t, two_at_once_do_not_write_over_each_other, 0, 4);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
