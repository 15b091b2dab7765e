// SPDX-License-Identifier: GPL-3.0-or-later
/* cniectl key retire beside a scripted cnied: who is named, and what cnie.conf
 * says when the epoch ends, or does not. */
#include <string.h>

#include "check_main.h"
#include "support_key.h"

static service_script *const nothing[] = { NULL };

static void two_live(void)
{
	key_setup();
	key_configure("epoch = 2\nprevious_epoch = 1 ; till May\n", "");
}

START_TEST(retire_names_who_is_not_bound_and_refuses)
{
	service_script *const scripts[] = { key_says_unbound_2, NULL };
	char before[2048];

	strcpy(before, key_conf());
	ck_assert_int_eq(key_run(scripts, "key retire"), 1);
	ck_assert_ptr_nonnull(strstr(service_out, "uaaaa  uid 65536"));
	ck_assert_ptr_nonnull(strstr(service_out, "ubbbb  uid 65537"));
	ck_assert(key_said("--lock-out 2"));
	ck_assert_int_eq(key_run(scripts, "key retire --lock-out 1"), 1);
	ck_assert_int_eq(key_run(nothing, "key retire --lock-out all"), 2);
	ck_assert_str_eq(key_conf(), before);
}
END_TEST

START_TEST(retire_ends_the_epoch_after_it_is_named_no_more)
{
	service_script *const scripts[] = { key_says_unbound_0, key_retires,
					    NULL };

	ck_assert_int_eq(key_run(scripts, "key retire"), 0);
	ck_assert(key_conf_has("epoch = 2"));
	ck_assert(key_said("its tags and its key are gone"));
}
END_TEST

START_TEST(retire_locks_out_as_many_as_it_was_told)
{
	service_script *const scripts[] = { key_says_unbound_2, key_retires,
					    NULL };

	key_number = 2;
	ck_assert_int_eq(key_run(scripts, "key retire --lock-out 2"), 0);
}
END_TEST

static void one_more_was_enrolled(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_RETIRE && m->epoch == 1);
	service_end(fd, REASON_EPOCH_NEEDED,
		    reason_row(REASON_EPOCH_NEEDED)->text);
}

/* Between the list and the end: whoever that would lock out is not. */
START_TEST(refused_end_puts_the_epoch_back)
{
	service_script *const scripts[] = { key_says_unbound_0,
		one_more_was_enrolled, key_is_present, NULL };

	ck_assert_int_eq(key_run(scripts, "key retire"), 1);
	ck_assert(key_conf_has("previous_epoch = 1"));
	ck_assert(key_said("(K10)"));
	ck_assert(key_said("still log in under it"));
}
END_TEST

START_TEST(refused_end_puts_a_tokenisers_key_back)
{
	service_script *const scripts[] = { key_says_unbound_0,
					    one_more_was_enrolled, NULL };

	key_configure("provider = tokeniser\nepoch = 2\nprevious_epoch = 1\n",
		      KEY_SERVED "previous_public_key = " KEY_POINT_3 "\n");
	ck_assert_int_eq(key_run(scripts, "key retire"), 1);
	ck_assert(key_conf_has("previous_epoch = 1"));
	ck_assert(key_conf_has("previous_public_key = " KEY_POINT_3));
}
END_TEST

/* Killed after cnie.conf was edited: cnied knows which epoch is left. */
START_TEST(retire_of_a_killed_run_is_finished)
{
	service_script *const scripts[] = { key_left_over_1, key_retires,
					    key_left_over_0, NULL };
	service_script *const none[] = { key_left_over_0, NULL };

	key_configure("epoch = 2\n", "");
	ck_assert_int_eq(key_run(scripts, "key retire"), 0);
	ck_assert_int_eq(key_run(none, "key retire"), 0);
	ck_assert(key_said("no epoch to retire"));
}
END_TEST

/* Whoever took the line out, it was not this run: who needs it is named, and
 * how they come to log in. */
START_TEST(refused_end_of_a_killed_run_names_who_needs_it)
{
	service_script *const scripts[] = { key_left_over_1,
		one_more_was_enrolled, key_says_unbound_2, NULL };

	key_configure("epoch = 2\n", "");
	service_put_file(service_path("var/lib/cnie/key/sector-1.key"),
			 span_str("x"), 0400);
	ck_assert_int_eq(key_run(scripts, "key retire"), 1);
	ck_assert(!strstr(key_conf(), "\nprevious_epoch"));
	ck_assert(key_said("uaaaa  uid 65536"));
	ck_assert(key_said("--lock-out 2"));
	ck_assert(key_said("previous_epoch = 1 in [sector]"));
	ck_assert(!key_said("is lost"));
}
END_TEST

/* With a key that is lost nobody at all would log in. */
START_TEST(epoch_whose_key_is_lost_is_not_put_back)
{
	service_script *const scripts[] = { key_left_over_1,
		one_more_was_enrolled, key_says_unbound_2, NULL };

	key_configure("epoch = 2\n", "");
	ck_assert_int_eq(key_run(scripts, "key retire"), 1);
	ck_assert(key_conf_has("epoch = 2"));
	ck_assert(!strstr(key_conf(), "previous_epoch"));
	ck_assert(key_said("the key of epoch 1 is lost"));
	ck_assert(key_said("account rebind"));
}
END_TEST

/* Named again by the run that took it out, it serves nobody: so it goes, and is
 * called lost only where it is. */
START_TEST(epoch_whose_key_does_not_answer_is_not_called_lost)
{
	service_script *const scripts[] = { key_says_unbound_0,
		one_more_was_enrolled, key_is_missing, NULL };

	service_put_file(service_path("var/lib/cnie/key/sector-1.key"),
			 span_str("x"), 0640);
	ck_assert_int_eq(key_run(scripts, "key retire"), 1);
	ck_assert(!strstr(key_conf(), "\nprevious_epoch"));
	ck_assert(!key_said("is lost"));
}
END_TEST

/* One that answers the same for ever does not keep us for ever. */
START_TEST(epoch_that_stays_is_asked_for_once)
{
	service_script *const scripts[] = { key_left_over_1, key_retires,
					    key_left_over_1, NULL };

	key_configure("epoch = 2\n", "");
	ck_assert_int_eq(key_run(scripts, "key retire"), 5);
	ck_assert(key_said("still there"));
}
END_TEST

#define TOKEN "[token]\nmodule = /t.so\nlabel = t\npin_file = /p\n"
#define KEPT "var/lib/cnie/key/sector-1.kept"

static void kept_and_retires(int fd, const struct msg_admin_request *m)
{
	service_must(service_there(service_path(KEPT)));
	key_retires(fd, m);
}

static void kept_and_left_over(int fd, const struct msg_admin_request *m)
{
	service_must(service_there(service_path(KEPT)));
	key_left_over_1(fd, m);
}

/* The service goes without a word: as good as a kill of either. */
static void killed_here(int fd, const struct msg_admin_request *m)
{
	(void)fd;
	service_must(service_there(service_path(KEPT)) && m->verb == ADMIN_KEY_RETIRE &&
		     !strstr(key_conf(), "previous_epoch"));
}

static void two_in_a_token(void)
{
	key_configure("provider = pkcs11\nepoch = 2\nprevious_epoch = 1\n",
		      TOKEN);
}

START_TEST(tokens_key_that_goes_is_said_before)
{
	service_script *const scripts[] = { key_says_unbound_0, key_retires,
					    NULL };

	two_in_a_token();
	ck_assert_int_eq(key_run(scripts, "key retire"), 0);
	ck_assert(key_said("destroyed, for every machine that shares it"));
	ck_assert(!service_there(service_path(KEPT)));
}
END_TEST

START_TEST(tokens_key_that_stays_is_marked_before_cnied_is_asked)
{
	service_script *const scripts[] = { key_says_unbound_0,
					    kept_and_retires, NULL };

	two_in_a_token();
	ck_assert_int_eq(key_run(scripts, "key retire --keep-key"), 0);
	ck_assert(!key_said("destroyed"));
}
END_TEST

/* Whoever runs it again need not know how it was begun. */
START_TEST(tokens_key_stays_when_a_killed_run_is_finished_without_the_option)
{
	service_script *const first[] = { key_says_unbound_0, killed_here,
					  NULL };
	service_script *const again[] = { kept_and_left_over, kept_and_retires,
					  key_left_over_0, NULL };

	two_in_a_token();
	ck_assert_int_ne(key_run(first, "key retire --keep-key"), 0);
	ck_assert_int_eq(key_run(again, "key retire"), 0);
	ck_assert(!key_said("destroyed"));
}
END_TEST

START_TEST(refused_end_of_a_key_that_stays_forgets_the_option)
{
	service_script *const scripts[] = { key_says_unbound_0,
		one_more_was_enrolled, key_is_present, NULL };

	two_in_a_token();
	ck_assert_int_eq(key_run(scripts, "key retire --keep-key"), 1);
	ck_assert(key_conf_has("previous_epoch = 1"));
	ck_assert(!service_there(service_path(KEPT)));
}
END_TEST

static void token_is_out(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_RETIRE && m->epoch == 1);
	service_put_file(service_path("var/lib/cnie/key/sector-1.token"),
			 span_str(""), 0600);
	service_end(fd, REASON_TOKEN, "when the token can be used");
}

/* Its tags are gone: nobody logs in under it, and it is not named again. */
START_TEST(epoch_whose_key_is_left_in_the_token_is_over)
{
	service_script *const scripts[] = { key_says_unbound_0, token_is_out,
					    NULL };
	service_script *const again[] = { key_left_over_1, token_is_out, NULL };

	two_in_a_token();
	ck_assert_int_eq(key_run(scripts, "key retire"), 1);
	ck_assert(!strstr(key_conf(), "\nprevious_epoch"));
	ck_assert(key_said("when the token can be used"));
	ck_assert(!key_said("lives on") && !key_said("log in until"));
	ck_assert_int_eq(key_run(again, "key retire"), 1);
	ck_assert(!key_said("log in until"));
}
END_TEST

START_TEST(file_does_not_stay)
{
	service_script *const unbound[] = { key_says_unbound_0, NULL };
	service_script *const left[] = { key_left_over_1, NULL };

	ck_assert_int_eq(key_run(unbound, "key retire --keep-key"), 1);
	ck_assert(key_said("cnie.conf has no [token]"));
	two_in_a_token();
	service_put_file(service_path("var/lib/cnie/key/sector-1.cred"),
			 span_str("x"), 0400);
	ck_assert_int_eq(key_run(unbound, "key retire --keep-key"), 1);
	ck_assert(key_said("a file left is a key left"));
	ck_assert(key_conf_has("previous_epoch = 1"));
	key_configure("provider = pkcs11\nepoch = 2\n", TOKEN);
	ck_assert_int_eq(key_run(left, "key retire --keep-key"), 1);
	ck_assert(key_said("a file left is a key left"));
	ck_assert(!service_there(service_path(KEPT)));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl key retire");
	TCase *t = tcase_create("retire");

	tcase_add_checked_fixture(t, two_live, service_teardown);
	tcase_add_test(t, retire_names_who_is_not_bound_and_refuses);
	tcase_add_test(t, retire_ends_the_epoch_after_it_is_named_no_more);
	tcase_add_test(t, retire_locks_out_as_many_as_it_was_told);
	tcase_add_test(t, refused_end_puts_the_epoch_back);
	tcase_add_test(t, refused_end_puts_a_tokenisers_key_back);
	tcase_add_test(t, retire_of_a_killed_run_is_finished);
	tcase_add_test(t, refused_end_of_a_killed_run_names_who_needs_it);
	tcase_add_test(t, epoch_whose_key_is_lost_is_not_put_back);
	tcase_add_test(t, epoch_whose_key_does_not_answer_is_not_called_lost);
	tcase_add_test(t, epoch_that_stays_is_asked_for_once);
	tcase_add_test(t, tokens_key_that_goes_is_said_before);
	tcase_add_test(t, tokens_key_that_stays_is_marked_before_cnied_is_asked);
	tcase_add_test(t,
		tokens_key_stays_when_a_killed_run_is_finished_without_the_option);
	tcase_add_test(t, refused_end_of_a_key_that_stays_forgets_the_option);
	tcase_add_test(t, epoch_whose_key_is_left_in_the_token_is_over);
	tcase_add_test(t, file_does_not_stay);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
