// SPDX-License-Identifier: GPL-3.0-or-later
/* How an enrolment ends (is the name another source's?), the rebinding of an
 * account whose key was lost, and what a person is told of what is held. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/prefix.h"
#include "base/scope.h"
#include "check_main.h"
#include "support_talk.h"

static void over(enum reason want)
{
	ck_assert_ptr_nonnull(service.txn);
	ck_assert_int_eq(service.txn->state, ST_END);
	ck_assert_int_eq(service.txn->event.reason, want);
	ck_assert_int_eq(admin_end(NULL, 0), want);
	txn_free(&service.txn);
}

static const struct msg_sector_tags newcomer = {
	.tag = "second", .card_tag = "second card",
};

/* -- enrolment ------------------------------------------------------------------ */

static void enrol_up_to_the_name(void)
{
	struct msg_admin_request m = { .verb = ADMIN_ENROL,
				       .flags = ADMIN_CODE };

	ask_admin(&m);
	to_facts();
	tags(&newcomer);
	done_reading();
	answer(CODE);
	answer(CODE);
	ck_assert_int_eq(service.txn->state, ST_ASK_NAMES);
}

static struct msg_candidate candidate(void)
{
	struct msg_candidate c;

	ck_assert(heard(MSG_ADMIN_CANDIDATE, &c));
	ck_assert_uint_gt(c.uid, UID_MIN);
	return c;
}

static void judge(enum verdict v)
{
	struct msg_verdict m = { (uint8_t)v, "files" };

	tell(FROM_CLIENT, MSG_ADMIN_VERDICT, &m);
}

static uint32_t accounts(void)
{
	struct roster_counts n;
	struct roster *r = roster();

	ck_assert_int_eq(roster_count(r, &n), REASON_NONE);
	roster_close(&r);
	return n.accounts;
}

START_TEST(what_nobody_else_has_is_taken)
{
	struct msg_candidate c;
	struct roster_account a;
	struct roster *r;

	enrol_up_to_the_name();
	c = candidate();
	ck_assert_uint_eq(accounts(), 1);
	judge(VERDICT_FREE);
	over(REASON_NONE);
	r = roster();
	ck_assert_int_eq(roster_show(r, c.name, &a), REASON_NONE);
	roster_close(&r);
	ck_assert_uint_eq(a.uid, c.uid);
	ck_assert(a.code && !a.face);
}
END_TEST

START_TEST(what_another_source_has_is_passed_over)
{
	struct msg_candidate first, second;

	enrol_up_to_the_name();
	first = candidate();
	judge(VERDICT_TAKEN);
	second = candidate();
	ck_assert_uint_gt(second.uid, first.uid);
	ck_assert_str_ne(second.name, first.name);
	ck_assert_uint_eq(accounts(), 1);
	judge(VERDICT_FREE);
	over(REASON_NONE);
	ck_assert_uint_eq(accounts(), 2);
}
END_TEST

START_TEST(the_end_of_the_range_is_a_refusal)
{
	station_config("uid_max = 70002\n", "");
	enrol_up_to_the_name();
	candidate();
	judge(VERDICT_TAKEN);
	candidate();
	judge(VERDICT_TAKEN);
	over(REASON_RANGE_FULL);
	ck_assert_uint_eq(accounts(), 1);
}
END_TEST

START_TEST(a_source_that_does_not_answer_is_a_refusal)
{
	enrol_up_to_the_name();
	judge(VERDICT_SILENT);
	over(REASON_NAME_SERVICE);
	ck_assert_uint_eq(accounts(), 1);
}
END_TEST

START_TEST(a_verdict_that_is_none_is_a_refusal)
{
	enrol_up_to_the_name();
	judge(0);
	over(REASON_PROTOCOL);
	ck_assert_uint_eq(accounts(), 1);
}
END_TEST

START_TEST(a_verdict_before_the_question_is_a_refusal)
{
	struct msg_admin_request m = { .verb = ADMIN_ENROL,
				       .flags = ADMIN_CODE };

	ask_admin(&m);
	to_facts();
	judge(VERDICT_FREE);
	over(REASON_PROTOCOL);
	ck_assert_uint_eq(accounts(), 1);
}
END_TEST

/* -- rebinding ---------------------------------------------------------------------- */

static void rebind(const char *account, const struct msg_sector_tags *t)
{
	struct msg_admin_request m = { .verb = ADMIN_ACCOUNT_REBIND };

	strcpy(m.account, account);
	ask_admin(&m);
	to_facts();
	tags(t);
}

/* The key of epoch 1 is lost, 2 is its successor. */
static void key_lost(void)
{
	station_set_up();
	station_config("epoch = 2\n", "");
	station_put(PATH_KEY_DIR "/sector-2.key", "not read here", 0400);
}

START_TEST(the_card_is_the_accounts_again)
{
	struct roster_account a;
	struct roster *r = roster();
	struct msg_login_start login = { .service = "login" };

	rebind(name, &newcomer);
	done_reading();
	ck_assert_int_eq(service.txn->state, ST_ASK_CODE);
	answer(CODE);
	ck_assert_int_eq(service.txn->event.kind, EVENT_REBIND);
	over(REASON_NONE);
	ck_assert_int_eq(roster_show(r, name, &a), REASON_NONE);
	ck_assert_uint_eq(a.uid, UID_MIN);
	ck_assert_uint_eq(accounts(), 1);
	roster_close(&r);
	ask_login(&login);
	to_facts();
	tags(&newcomer);
	done_reading();
	answer(CODE);
	ck_assert_int_eq(last_word(), GRANTED);
	txn_free(&service.txn);
}
END_TEST

START_TEST(without_the_accounts_code_it_is_not)
{
	rebind(name, &newcomer);
	done_reading();
	answer("wrong");
	over(REASON_WRONG_CODE);
}
END_TEST

START_TEST(no_such_account_or_a_revoked_one_gets_no_card)
{
	struct roster *r;

	rebind("u7nobody", &newcomer);
	over(REASON_NO_ACCOUNT);
	r = roster();
	ck_assert_int_eq(roster_revoke(r, name), REASON_NONE);
	roster_close(&r);
	rebind(name, &newcomer);
	over(REASON_REVOKED);
}
END_TEST

START_TEST(a_card_that_has_an_account_is_refused)
{
	struct msg_sector_tags t = { .tag = "tag", .card_tag = "card" };

	station_config("", "");		/* epoch 1, whose tag it is */
	rebind(name, &t);
	over(REASON_ALREADY_ENROLLED);
}
END_TEST

START_TEST(whom_the_older_key_knows_is_bound_to_the_newer)
{
	struct msg_sector_tags t = {
		.tag = "new tag", .card_tag = "new card", .has_old = 1,
		.old_tag = "tag", .old_card_tag = "card",
	};

	station_config("epoch = 2\nprevious_epoch = 1\n", "");
	rebind("u7nobody", &t);
	over(REASON_ALREADY_ENROLLED);
	rebind(name, &t);
	done_reading();
	answer(CODE);
	over(REASON_NONE);
	rebind(name, &t);
	over(REASON_ALREADY_ENROLLED);
}
END_TEST

START_TEST(an_account_that_has_a_card_gets_no_second_person)
{
	station_config("", "");
	rebind(name, &newcomer);
	done_reading();
	answer(CODE);
	over(REASON_BOUND);
}
END_TEST

/* -- my data ------------------------------------------------------------------------ */

#define SEATED "uid=0 active=yes remote=no seat=seat0\n"

static void seat(const char *text)
{
	station_put(DIR_RUN "/seat-stub", text, 0644);
}

static void show_me(const struct msg_sector_tags *t)
{
	struct msg_login_start m = { .service = "cniectl",
				     .flags = LOGIN_MY_DATA };

	ask_login(&m);
	if (!service.txn)
		return;			/* at the gates */
	to_facts();
	tags(t);
}

/* The value of a row, or NULL. The rows are read off the socket once. */
static char row_text[64][1025];
static size_t row_n;

static const char *value(const char *key)
{
	struct msg_admin_row row;
	size_t n = strlen(key);

	while (row_n < 64 && heard(MSG_ADMIN_ROW, &row))
		strcpy(row_text[row_n++], row.text);
	for (size_t i = 0; i < row_n; i++)
		if (!strncmp(row_text[i], key, n) && row_text[i][n] == '\t')
			return row_text[i] + n + 1;
	return NULL;
}

static const struct msg_sector_tags mine = { .tag = "tag",
					     .card_tag = "card" };

START_TEST(a_person_is_told_what_is_held)
{
	struct roster *r = roster();
	char now[NAME_MAX_LEN];

	strcpy(now, name);
	ck_assert_int_eq(roster_rename(r, now, "before"), REASON_NONE);
	ck_assert_int_eq(roster_rename(r, "before", now), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "archive", 70010), REASON_NONE);
	ck_assert_int_eq(roster_group_join(r, "archive", now), REASON_NONE);
	roster_close(&r);
	seat(SEATED);
	row_n = 0;
	show_me(&mine);
	ck_assert_int_eq(service.txn->state, ST_END);
	ck_assert_int_eq(service.txn->event.kind, EVENT_MY_DATA);
	ck_assert_int_eq(service.txn->event.reason, REASON_NONE);
	ck_assert_str_eq(value("account"), name);
	ck_assert_str_eq(value("uid"), "70000");
	ck_assert_str_eq(value("status"), "active");
	ck_assert_str_eq(value("code"), "yes");
	ck_assert_str_eq(value("cards_current"), "1");
	ck_assert_str_eq(value("cards_blocked"), "0");
	ck_assert_str_eq(value("tags"), "1");
	ck_assert_str_eq(value("rebinds"), "0");
	ck_assert_str_eq(value("pass_until"), "-");
	ck_assert_str_eq(value("failures"), "0\t0");
	ck_assert_str_eq(value("imported"), "no");
	ck_assert_str_eq(value("copy"), "name service");
	ck_assert_ptr_nonnull(value("card_current"));
	ck_assert_str_eq(value("former_name"), "before");
	ck_assert_str_eq(value("group"), "archive\t70010");
	ck_assert_str_eq(value("sector"), "urn:example:sector:login");
	for (size_t i = 0; i < row_n; i++)	/* of a tag nothing */
		ck_assert_ptr_null(strstr(row_text[i], "746167"));
	txn_free(&service.txn);
}
END_TEST

START_TEST(a_revoked_person_is_told_too)
{
	struct roster *r = roster();

	ck_assert_int_eq(roster_revoke(r, name), REASON_NONE);
	roster_close(&r);
	seat(SEATED);
	row_n = 0;
	show_me(&mine);
	ck_assert_str_eq(value("status"), "revoked");
	ck_assert_str_eq(value("revoked_here"), "yes");
	txn_free(&service.txn);
}
END_TEST

START_TEST(a_stranger_is_told_nothing)
{
	seat(SEATED);
	row_n = 0;
	show_me(&newcomer);
	ck_assert_int_eq(service.txn->event.reason, REASON_UNKNOWN_CARD);
	ck_assert_int_eq(last_word(), REASON_UNKNOWN_CARD);
	ck_assert_ptr_null(value("account"));
	txn_free(&service.txn);
}
END_TEST

static const struct { const char *stub; enum reason want; } elsewhere[] = {
	{ "uid=0 active=yes remote=yes seat=seat0\n", REASON_REMOTE },
	{ "uid=0 active=no remote=no seat=seat0\n", REASON_NOT_SEATED },
	{ "uid=0 active=yes remote=no seat=-\n", REASON_NOT_SEATED },
	{ "", REASON_NOT_SEATED },
};

START_TEST(nobody_elsewhere_is_told)
{
	seat(elsewhere[_i].stub);
	show_me(&mine);
	ck_assert_int_eq(last_word(), elsewhere[_i].want);
	ck_assert_ptr_null(service.txn);
}
END_TEST

static TCase *tcase(const char *what, void (*set_up)(void))
{
	TCase *t = tcase_create(what);

	tcase_add_checked_fixture(t, set_up, station_take_down);
	tcase_set_timeout(t, 30);
	return t;
}

static Suite *suite(void)
{
	Suite *s = suite_create("enrol");
	TCase *t = tcase("names", station_set_up);

	tcase_add_test(t, what_nobody_else_has_is_taken);
	tcase_add_test(t, what_another_source_has_is_passed_over);
	tcase_add_test(t, the_end_of_the_range_is_a_refusal);
	tcase_add_test(t, a_source_that_does_not_answer_is_a_refusal);
	tcase_add_test(t, a_verdict_that_is_none_is_a_refusal);
	tcase_add_test(t, a_verdict_before_the_question_is_a_refusal);
	suite_add_tcase(s, t);
	t = tcase("rebind", key_lost);
	tcase_add_test(t, the_card_is_the_accounts_again);
	tcase_add_test(t, without_the_accounts_code_it_is_not);
	tcase_add_test(t, no_such_account_or_a_revoked_one_gets_no_card);
	tcase_add_test(t, a_card_that_has_an_account_is_refused);
	tcase_add_test(t, whom_the_older_key_knows_is_bound_to_the_newer);
	tcase_add_test(t, an_account_that_has_a_card_gets_no_second_person);
	suite_add_tcase(s, t);
	t = tcase("my-data", station_set_up);
	tcase_add_test(t, a_person_is_told_what_is_held);
	tcase_add_test(t, a_revoked_person_is_told_too);
	tcase_add_test(t, a_stranger_is_told_nothing);
	tcase_add_loop_test(t, nobody_elsewhere_is_told, 0,
			    sizeof(elsewhere) / sizeof(elsewhere[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
