/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A machine and its signer that do not have the same epochs, a key that one has
 * and the other has not, or has no more; nor the same clock. */
#include "support_exchange.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "check_main.h"

static struct roster *r;
static struct text text;
static struct import_summary sum;

/* A machine that has not rotated yet. */
static const struct import_options first_key = {
	.kind = EXCHANGE_ROSTER, .urn = URN, .today = TODAY, .now = NOW,
	.epoch = 1,
};
/* One that has rotated; one that has retired the older, too. */
static const struct import_options both_keys = {
	.kind = EXCHANGE_ROSTER, .urn = URN, .today = TODAY, .now = NOW,
	.epoch = 2, .old_epoch = 1,
};
static const struct import_options second_key = {
	.kind = EXCHANGE_ROSTER, .urn = URN, .today = TODAY, .now = NOW,
	.epoch = 2,
};

static void setup(void)
{
	dir_setup();
	r = open_roster();
}

static void teardown(void)
{
	roster_close(&r);
	dir_teardown();
}

static enum reason login(struct roster_card card)
{
	struct roster_account a;

	return roster_login(r, &card, TODAY, NOW + 1, &a);
}

static void take(const struct import_options *o)
{
	text_end(&text);
	ck_assert_int_eq(import_as(r, o, &text, &sum, NULL), REASON_NONE);
	check_integrity();
}

static void account_line(uint32_t uid, const char *name, const char *floor)
{
	text_add(&text, "account|%u|%s|65536|/home/%s|/bin/bash|1|%u|-|1|-|-|%s",
		 uid, name, name, NOW, floor);
}

static void tag_line(uint32_t uid, int p, uint32_t epoch)
{
	struct roster_card card = card_under(epoch, p, 1, 1);
	char hex[33];

	text_add(&text, "tag|%u|%u|%s", uid, epoch, tag_hex(&card, hex));
}

static void card_line(uint32_t uid, uint32_t epoch, int p, int c,
		      unsigned int state, uint32_t expiry)
{
	struct roster_card card = card_under(epoch, p, c, expiry);
	char hex[33];

	text_add(&text, "card|%u|%u|%s|%u|%u|%u", uid, epoch,
		 card_hex(&card, hex), state, expiry, NOW);
}

/* Two persons, as the signer had them under its first key. */
static void first_version(const struct import_options *o)
{
	text_begin(&text, 1);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	take(o);
	ck_assert_int_eq(sum.unknown, o->epoch == 2 && !o->old_epoch ? 2 : 0);
}

/* The signer has rotated, merged and retired: the first one's cards as given,
 * the second one was locked out by that. */
static void retired_version(unsigned int version, unsigned int state,
			    uint32_t newer)
{
	text_begin(&text, version);
	account_line(65600, "abc", state == 2 ? "20300101" : "20300100");
	tag_line(65600, 1, 2);
	card_line(65600, 2, 1, 1, state, 20300101);
	if (newer)
		card_line(65600, 2, 1, 2, 1, newer);
	account_line(65601, "def", "20300100");
}

/* -- retired at the signer, while a machine has that key alone ---------------- */

START_TEST(retired_at_the_signer_a_machine_that_is_behind_goes_on)
{
	first_version(&first_key);
	retired_version(2, 1, 0);
	take(&first_key);
	ck_assert_int_eq(sum.unknown, 1);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
	/* whom the signer locked out is locked out */
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_UNKNOWN_CARD);
	/* and with each further file */
	retired_version(3, 1, 0);
	take(&first_key);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
	/* it rotates: the older tag has no use any more */
	ck_assert_int_eq(login(card_in_both(1, 1, 20300101)), REASON_NONE);
	retired_version(4, 1, 0);
	take(&both_keys);
	ck_assert_int_eq(sum.unknown, 0);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM tag"), 1);
	ck_assert_int_eq(login(card_in_both(1, 1, 20300101)), REASON_NONE);
}
END_TEST

/* Blocked at the signer, which has no row of it that this machine could tell:
 * by order, or by a newer card. */
START_TEST(blocked_at_the_signer_is_blocked_where_the_key_is_behind)
{
	first_version(&first_key);
	retired_version(2, 2, _i ? 20360101 : 0);
	take(&first_key);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_BLOCKED_CARD);
	/* the newer one works where it is not known yet */
	ck_assert_int_eq(login(card_of(1, 2, 20360101)), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_in_both(1, 2, 20360101)), REASON_NONE);
	ck_assert_int_eq(login(card_in_both(1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
}
END_TEST

/* A newer card that this machine alone has seen is not taken for an older. */
START_TEST(a_newer_card_of_this_machine_stays)
{
	first_version(&first_key);
	ck_assert_int_eq(login(card_of(1, 2, 20360101)), REASON_NONE);
	retired_version(2, _i ? 2 : 1, 0);
	take(&first_key);
	ck_assert_int_eq(login(card_of(1, 2, 20360101)), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_BLOCKED_CARD);
}
END_TEST

START_TEST(revoked_at_the_signer_is_revoked_where_the_key_is_behind)
{
	first_version(&first_key);
	text_begin(&text, 2);
	text_add(&text, "account|65600|abc|65536|/h|/bin/sh|2|-|-|1|-|-|-");
	tag_line(65600, 1, 2);
	account_line(65601, "def", "-");
	tag_line(65601, 2, 2);
	take(&first_key);
	ck_assert_int_eq(sum.unknown, 1);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_REVOKED);
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_NONE);
}
END_TEST

/* -- a machine that is ahead ---------------------------------------------------- */

/* It has retired the older key, under which alone the signer blocks. */
START_TEST(blocked_under_a_key_that_this_machine_has_no_more)
{
	first_version(&both_keys);
	ck_assert_int_eq(login(card_in_both(1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(login(card_in_both(2, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(roster_retire(r, 1), REASON_NONE);
	text_begin(&text, 2);
	account_line(65600, "abc", "-");
	tag_line(65600, 1, 1);
	card_line(65600, 1, 1, 1, 2, 20300101);
	text_person(&text, 2, 65601, "def");
	take(&second_key);
	ck_assert_int_eq(sum.unknown, 0);
	ck_assert_int_eq(login(card_under(2, 1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_under(2, 2, 1, 20300101)), REASON_NONE);
}
END_TEST

/* Blocked here before the signer's row of it under the newer key came: the
 * older key goes, and what it knew must not go with it. */
START_TEST(blocked_here_stays_blocked_when_the_older_key_goes)
{
	first_version(&first_key);
	ck_assert_int_eq(roster_card_block(r, "abc"), REASON_NONE);
	text_begin(&text, 2);
	account_line(65600, "abc", "-");
	tag_line(65600, 1, 1);
	tag_line(65600, 1, 2);
	card_line(65600, 1, 1, 1, 1, 20300101);
	card_line(65600, 2, 1, 1, 1, 20300101);
	account_line(65601, "def", "-");
	tag_line(65601, 2, 1);
	tag_line(65601, 2, 2);
	card_line(65601, 1, 2, 1, 1, 20300101);
	card_line(65601, 2, 2, 1, 1, 20300101);
	take(&first_key);
	ck_assert_int_eq(login(card_in_both(1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	backup(&r);
	ck_assert_int_eq(roster_retire(r, 1), REASON_NONE);
	ck_assert_int_eq(login(card_under(2, 1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_under(2, 2, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(login(card_under(2, 1, 2, 20310101)), REASON_NONE);
	/* an old copy of before is told of it */
	put_back(&r);
	ck_assert_int_eq(login(card_under(2, 1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_under(2, 2, 1, 20300101)), REASON_NONE);
	check_integrity();
}
END_TEST

/* The same, where the signer's row comes after the older key has gone. */
START_TEST(blocked_before_a_retirement_stays_blocked_after_an_import)
{
	first_version(&both_keys);
	ck_assert_int_eq(roster_card_block(r, "abc"), REASON_NONE);
	ck_assert_int_eq(roster_retire(r, 1), REASON_NONE);
	text_begin(&text, 2);
	account_line(65600, "abc", "-");
	tag_line(65600, 1, 2);
	card_line(65600, 2, 1, 1, 1, 20300101);
	account_line(65601, "def", "-");
	tag_line(65601, 2, 2);
	card_line(65601, 2, 2, 1, 1, 20300101);
	take(&second_key);
	ck_assert_int_eq(login(card_under(2, 1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_under(2, 2, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(login(card_under(2, 1, 2, 20310101)), REASON_NONE);
}
END_TEST

/* Two of one day, and the one that the older key knows as current. */
START_TEST(the_other_card_of_that_day_goes_on)
{
	first_version(&both_keys);
	ck_assert_int_eq(login(card_in_both(1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(login(card_in_both(1, 2, 20300101)), REASON_NONE);
	ck_assert_int_eq(roster_retire(r, 1), REASON_NONE);
	ck_assert_int_eq(login(card_under(2, 1, 2, 20300101)), REASON_NONE);
	ck_assert_int_eq(login(card_under(2, 1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
}
END_TEST

/* -- which line it was ------------------------------------------------------------ */

START_TEST(a_conflict_is_told_of_the_accounts_own_line)
{
	uint64_t line = 0;

	first_version(&first_key);
	ck_assert_int_eq(roster_rename(r, "abc", "xyz"), REASON_NONE);
	text_begin(&text, 2);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	text_person(&text, 3, 65602, "xyz");
	if (_i)
		text_person(&text, 4, 65603, "ghi");
	text_end(&text);
	ck_assert_int_eq(import_as(r, &first_key, &text, NULL, &line),
			 REASON_ROSTER_CONFLICT);
	ck_assert_int_eq(line, 8);
}
END_TEST

/* -- clocks that did not agree -------------------------------------------------- */

/* A code that was set while the clock was years ahead: what is set after it,
 * there or here, is the newer all the same. */
START_TEST(a_wrong_clock_does_not_keep_a_code)
{
	static struct text again;
	char hash[CODE_HASH_SIZE];

	first_version(&first_key);
	text_begin(&text, 2);
	text_add(&text, "account|65600|abc|65536|/h|/s|1|-|-|1|$y$seen|%llu|-",
		 4102444800ull);	/* 2100 */
	text_person(&text, 2, 65601, "def");
	take(&first_key);
	backup(&r);
	/* the signer, which has the same, gives another */
	ck_assert_int_eq(roster_set_code(r, "abc", "$y$new"), REASON_NONE);
	export_all(r, EXCHANGE_ROSTER, &again);
	put_back(&r);
	ck_assert_int_eq(import_all(r, &again, NULL), REASON_NONE);
	ck_assert_int_eq(roster_code(r, "abc", hash), REASON_NONE);
	ck_assert_str_eq(hash, "$y$new");
}
END_TEST

static Suite *behind_suite(void)
{
	Suite *s = suite_create("roster/behind");
	TCase *t = tcase_create("behind");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t,
		retired_at_the_signer_a_machine_that_is_behind_goes_on);
	tcase_add_loop_test(t,
		blocked_at_the_signer_is_blocked_where_the_key_is_behind, 0, 2);
	tcase_add_loop_test(t, a_newer_card_of_this_machine_stays, 0, 2);
	tcase_add_test(t,
		revoked_at_the_signer_is_revoked_where_the_key_is_behind);
	tcase_add_test(t, blocked_under_a_key_that_this_machine_has_no_more);
	tcase_add_test(t, blocked_here_stays_blocked_when_the_older_key_goes);
	tcase_add_test(t,
		blocked_before_a_retirement_stays_blocked_after_an_import);
	tcase_add_test(t, the_other_card_of_that_day_goes_on);
	tcase_add_loop_test(t, a_conflict_is_told_of_the_accounts_own_line, 0,
			    2);
	tcase_add_test(t, a_wrong_clock_does_not_keep_a_code);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(behind_suite)
