/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two live epochs: a login under the newer binds; a card's state goes with it;
 * an epoch that goes takes nothing with it but its tags. */
#include "support_exchange.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "check_main.h"

static struct roster *r;

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

static enum reason login(struct roster_card card, struct roster_account *a)
{
	return roster_login(r, &card, TODAY, NOW + 1, a);
}

static enum reason login_as(struct roster_card card)
{
	struct roster_account a;

	return login(card, &a);
}

static enum reason find(struct roster_card card)
{
	struct roster_account a;

	return roster_find_tag(r, &card, TODAY, &a);
}

static enum reason rebind(const char *name, struct roster_card card)
{
	return roster_rebind(r, name, &card, TODAY, NOW + 1);
}

/* -- bound at a login ---------------------------------------------------- */

START_TEST(login_under_the_newer_epoch_binds_once)
{
	struct roster_account a = enrolled(r, 1), b;
	struct roster_card both = card_in_both(1, 1, 20300101);

	ck_assert_int_eq(find(card_under(2, 1, 1, 20300101)),
			 REASON_UNKNOWN_CARD);
	ck_assert_int_eq(find(both), REASON_NONE);
	/* looking binds nothing */
	ck_assert_int_eq(sql_number("SELECT count(*) FROM tag"), 1);
	ck_assert_int_eq(login(both, &b), REASON_NONE);
	ck_assert_int_eq(b.uid, a.uid);
	ck_assert_str_eq(b.name, a.name);
	ck_assert_str_eq(b.home, a.home);
	ck_assert_int_eq(login(both, &b), REASON_NONE);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM rebind"
				    " WHERE old_epoch = 1 AND epoch = 2"
				    " AND old_tag IS NOT NULL AND at > 0"), 1);
	/* now without the older */
	ck_assert_int_eq(login_as(card_under(2, 1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(login_as(card_of(1, 1, 20300101)), REASON_NONE);
	check_integrity();
}
END_TEST

START_TEST(blocked_under_the_older_is_blocked_under_the_newer)
{
	struct roster_account a = enrolled(r, 1);

	ck_assert_int_eq(roster_card_block(r, a.name), REASON_NONE);
	ck_assert_int_eq(login_as(card_in_both(1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM tag"), 1);
	/* the newer card binds, and the blocked one stays so in both */
	ck_assert_int_eq(login_as(card_in_both(1, 2, 20340101)), REASON_NONE);
	ck_assert_int_eq(login_as(card_in_both(1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login_as(card_of(1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login_as(card_under(2, 1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login_as(card_of(1, 2, 20340101)), REASON_NONE);
}
END_TEST

START_TEST(newer_card_blocks_the_older_in_both)
{
	struct roster_account a = enrolled(r, 1);
	uint32_t current, blocked;

	ck_assert_int_eq(login_as(card_in_both(1, 1, 20300101)), REASON_NONE);
	/* of the same day: only the tags tell them apart */
	ck_assert_int_eq(login_as(card_in_both(1, 2, 20300101)), REASON_NONE);
	ck_assert_int_eq(login_as(card_in_both(1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login_as(card_of(1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login_as(card_under(2, 1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login_as(card_of(1, 2, 20300101)), REASON_NONE);
	ck_assert_int_eq(login_as(card_under(2, 1, 2, 20300101)), REASON_NONE);
	/* one card, though two rows say it */
	ck_assert_int_eq(roster_cards(r, a.name, &current, &blocked),
			 REASON_NONE);
	ck_assert(current == 1 && blocked == 1);
	check_integrity();
}
END_TEST

/* A newer card came while the older epoch was not asked; the older card, known
 * there as current, is not to displace it. */
START_TEST(older_card_known_under_the_older_epoch_does_not_displace)
{
	uint32_t expiry = _i ? 20300101 : 20340101;

	enrolled(r, 1);
	ck_assert_int_eq(login_as(card_in_both(1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(login_as(card_under(2, 1, 2, expiry)), REASON_NONE);
	ck_assert_int_eq(login_as(card_in_both(1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login_as(card_under(2, 1, 2, expiry)), REASON_NONE);
}
END_TEST

/* Known under the older alone, and another current under the newer. */
START_TEST(card_of_the_same_day_known_only_under_the_older_is_refused)
{
	enrolled(r, 1);
	sql("INSERT INTO tag SELECT 2, x'01000000111111111111111111111102', 1",
	    SQLITE_OK);
	ck_assert_int_eq(login_as(card_under(2, 1, 2, 20300101)), REASON_NONE);
	ck_assert_int_eq(login_as(card_in_both(1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login_as(card_under(2, 1, 2, 20300101)), REASON_NONE);
}
END_TEST

START_TEST(account_with_another_tag_there_is_not_bound)
{
	struct roster_account a = enrolled(r, 1), b;

	/* by an order it was bound to another's card */
	ck_assert_int_eq(rebind(a.name, card_under(2, 9, 1, 20300101)),
			 REASON_NONE);
	ck_assert_int_eq(login_as(card_in_both(1, 1, 20300101)), REASON_BOUND);
	ck_assert_int_eq(find(card_in_both(1, 1, 20300101)), REASON_BOUND);
	ck_assert_int_eq(login(card_under(2, 9, 1, 20300101), &b), REASON_NONE);
	ck_assert_int_eq(b.uid, a.uid);
}
END_TEST

START_TEST(whose_says_the_account_whatever_its_state)
{
	struct roster_account a = enrolled(r, 1), b = { .uid = 7 };
	struct roster_card card = card_in_both(1, 1, 20300101);
	struct roster_card stranger = card_in_both(2, 1, 20300101);

	ck_assert_int_eq(roster_whose(r, &stranger, &b), REASON_UNKNOWN_CARD);
	ck_assert_int_eq(b.uid, 7);
	ck_assert_int_eq(roster_card_block(r, a.name), REASON_NONE);
	ck_assert_int_eq(roster_revoke(r, a.name), REASON_NONE);
	ck_assert_int_eq(roster_whose(r, &card, &b), REASON_NONE);
	ck_assert_int_eq(b.uid, a.uid);
	ck_assert_int_eq(b.status, ROSTER_REVOKED);
}
END_TEST

START_TEST(who_is_known_under_the_older_is_enrolled)
{
	struct roster_new in = new_of(1);
	struct roster_account a;

	enrolled(r, 1);
	in.card = card_in_both(1, 2, 20340101);
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a),
			 REASON_ALREADY_ENROLLED);
}
END_TEST

/* -- bound by order ------------------------------------------------------ */

START_TEST(rebind_gives_the_same_account)
{
	struct roster_account a = enrolled(r, 1), b;

	ck_assert_int_eq(rebind(a.name, card_under(2, 1, 1, 20300101)),
			 REASON_NONE);
	ck_assert_int_eq(login(card_under(2, 1, 1, 20300101), &b), REASON_NONE);
	ck_assert_int_eq(b.uid, a.uid);
	ck_assert_str_eq(b.home, a.home);
	/* again: it is so already */
	ck_assert_int_eq(rebind(a.name, card_under(2, 1, 1, 20300101)),
			 REASON_NONE);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM rebind"
				    " WHERE old_epoch = 0 AND old_tag IS NULL"
				    " AND epoch = 2"), 1);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM rebind"), 1);
}
END_TEST

START_TEST(rebind_refuses_what_is_not_the_accounts)
{
	struct roster_account a = enrolled(r, 1), b = enrolled(r, 2);

	ck_assert_int_eq(rebind("nobody", card_under(2, 1, 1, 20300101)),
			 REASON_NO_ACCOUNT);
	/* the tag has an account: under one epoch or the other */
	ck_assert_int_eq(rebind(a.name, card_of(2, 1, 20300101)),
			 REASON_ALREADY_ENROLLED);
	ck_assert_int_eq(rebind(a.name, card_in_both(2, 1, 20300101)),
			 REASON_ALREADY_ENROLLED);
	/* it has another tag there */
	ck_assert_int_eq(rebind(a.name, card_of(3, 1, 20300101)),
			 REASON_BOUND);
	/* an older card; a blocked one */
	ck_assert_int_eq(rebind(a.name, card_under(2, 1, 9, 20291231)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(roster_card_block(r, a.name), REASON_NONE);
	ck_assert_int_eq(rebind(a.name, card_in_both(1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	/* that key is gone: by the day it expires */
	ck_assert_int_eq(rebind(a.name, card_under(2, 1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(rebind(a.name, card_under(2, 1, 2, 20300102)),
			 REASON_NONE);
	ck_assert_int_eq(roster_revoke(r, b.name), REASON_NONE);
	ck_assert_int_eq(rebind(b.name, card_under(2, 2, 1, 20300101)),
			 REASON_REVOKED);
	ck_assert_int_eq(roster_restore(r, b.name), REASON_NONE);
	ck_assert_int_eq(roster_set_expiry(r, b.name, TODAY - 1), REASON_NONE);
	ck_assert_int_eq(rebind(b.name, card_under(2, 2, 1, 20300101)),
			 REASON_ACCOUNT_EXPIRED);
}
END_TEST

/* -- an epoch goes ------------------------------------------------------- */

static bool collect(const struct roster_account *a, void *ctx)
{
	uint32_t *seen = ctx;	/* how many, the last, how many are enough */

	ck_assert_int_gt(a->uid, seen[1]);
	seen[1] = a->uid;
	return ++seen[0] < seen[2];
}

START_TEST(unbound_accounts_are_listed)
{
	struct roster_account gone = enrolled(r, 1);
	uint32_t n = 9, seen[3] = { 0, 0, 100 };
	bool used = false;

	for (int p = 2; p < 6; p++)
		enrolled(r, p);
	ck_assert_int_eq(roster_revoke(r, gone.name), REASON_NONE);
	ck_assert_int_eq(login_as(card_in_both(3, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(roster_unbound_count(r, 2, &n), REASON_NONE);
	ck_assert_int_eq(n, 3);
	ck_assert_int_eq(roster_unbound_count(r, 1, &n), REASON_NONE);
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(roster_unbound(r, 2, collect, seen), REASON_NONE);
	ck_assert_int_eq(seen[0], 3);
	seen[0] = seen[1] = 0;
	seen[2] = 2;
	ck_assert_int_eq(roster_unbound(r, 2, collect, seen), REASON_NONE);
	ck_assert_int_eq(seen[0], 2);
	ck_assert_int_eq(roster_epoch_used(r, 2, &used), REASON_NONE);
	ck_assert(used);
	ck_assert_int_eq(roster_epoch_used(r, 3, &used), REASON_NONE);
	ck_assert(!used);
}
END_TEST

START_TEST(retired_epoch_takes_tags_and_leaves_statements)
{
	struct roster_answer answer = { .epoch = 1, .until = 20270101 };
	bool used = true;

	enrolled(r, 1);
	ck_assert_int_eq(login_as(card_in_both(1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(roster_remember(r, &answer, TODAY), REASON_NONE);
	for (int i = 0; i < 2; i++)	/* twice is no error */
		ck_assert_int_eq(roster_retire(r, 1), REASON_NONE);
	ck_assert_int_eq(roster_epoch_used(r, 1, &used), REASON_NONE);
	ck_assert(!used);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM card"
				    " WHERE epoch = 1"), 0);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM answer"), 0);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM rebind"), 1);
	ck_assert_int_eq(login_as(card_under(2, 1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(login_as(card_of(1, 1, 20300101)),
			 REASON_UNKNOWN_CARD);
}
END_TEST

START_TEST(blocked_under_a_retired_epoch_stays_blocked)
{
	struct roster_account a = enrolled(r, 1);

	/* blocked before the newer epoch saw it */
	ck_assert_int_eq(login_as(card_of(1, 2, 20320101)), REASON_NONE);
	ck_assert_int_eq(roster_card_block(r, a.name), REASON_NONE);
	ck_assert_int_eq(login_as(card_in_both(1, 3, 20340101)), REASON_NONE);
	ck_assert_int_eq(roster_retire(r, 1), REASON_NONE);
	ck_assert_int_eq(login_as(card_under(2, 1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login_as(card_under(2, 1, 2, 20320101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login_as(card_under(2, 1, 3, 20340101)), REASON_NONE);
	ck_assert_int_eq(login_as(card_under(2, 1, 4, 20360101)), REASON_NONE);
}
END_TEST

/* Nobody showed it under the newer epoch: its account is bound by order. */
START_TEST(floor_of_a_retired_epoch_is_by_the_day)
{
	struct roster_account a = enrolled(r, 1), b = enrolled(r, 2);

	ck_assert_int_eq(roster_card_block(r, a.name), REASON_NONE);
	ck_assert_int_eq(roster_retire(r, 1), REASON_NONE);
	ck_assert_int_eq(rebind(a.name, card_under(2, 1, 1, 20300101)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(rebind(a.name, card_under(2, 1, 2, 20300102)),
			 REASON_NONE);
	/* one that was current still is; what expires before it is not */
	ck_assert_int_eq(rebind(b.name, card_under(2, 2, 9, 20291231)),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(rebind(b.name, card_under(2, 2, 1, 20300101)),
			 REASON_NONE);
}
END_TEST

/* -- answers ------------------------------------------------------------- */

START_TEST(an_answer_is_remembered_until_its_day)
{
	struct roster_answer in = { .epoch = 2, .until = TODAY }, out;
	struct roster_answer other = { .epoch = 2, .until = TODAY + 1 };

	memset(in.index, 1, sizeof(in.index));
	memset(in.tag, 2, sizeof(in.tag));
	memset(in.card_tag, 3, sizeof(in.card_tag));
	ck_assert_int_eq(roster_recall(r, 2, in.index, TODAY, &out),
			 REASON_UNKNOWN_CARD);
	ck_assert_int_eq(roster_remember(r, &in, TODAY), REASON_NONE);
	ck_assert_int_eq(roster_recall(r, 2, in.index, TODAY, &out),
			 REASON_NONE);
	ck_assert_mem_eq(out.index, in.index, sizeof(in.index));
	ck_assert_mem_eq(out.tag, in.tag, TAG_SIZE);
	ck_assert_mem_eq(out.card_tag, in.card_tag, TAG_SIZE);
	ck_assert(out.epoch == 2 && out.until == TODAY);
	ck_assert_int_eq(roster_recall(r, 1, in.index, TODAY, &out),
			 REASON_UNKNOWN_CARD);
	ck_assert_int_eq(roster_recall(r, 2, in.index, TODAY + 1, &out),
			 REASON_UNKNOWN_CARD);
	/* a newer answer takes its place; those of the past go */
	in.tag[0] = 9;
	ck_assert_int_eq(roster_remember(r, &in, TODAY), REASON_NONE);
	ck_assert_int_eq(roster_recall(r, 2, in.index, TODAY, &out),
			 REASON_NONE);
	ck_assert_int_eq(out.tag[0], 9);
	ck_assert_int_eq(roster_remember(r, &other, TODAY + 1), REASON_NONE);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM answer"), 1);
}
END_TEST

/* Whom a retirement locked out no tag names; the machine's own file does. */
START_TEST(one_without_a_tag_is_known_in_its_own_file)
{
	static struct text text;
	struct roster_account a = enrolled(r, 1);
	char *day;

	ck_assert_int_eq(roster_retire(r, 1), REASON_NONE);
	export_all(r, EXCHANGE_ROSTER, &text);
	day = strstr(text.p, "\t1795300000\t");
	ck_assert_ptr_nonnull(day);
	day[10]++;		/* enrolled a second later: another one */
	ck_assert_int_eq(import_all(r, &text, NULL), REASON_ROSTER_CONFLICT);
	day[10]--;
	ck_assert_int_eq(import_all(r, &text, NULL), REASON_NONE);
	ck_assert_int_eq(roster_show(r, a.name, &a), REASON_NONE);
	check_integrity();
}
END_TEST

static Suite *epoch_suite(void)
{
	Suite *s = suite_create("roster/epoch");
	TCase *t = tcase_create("epoch");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, login_under_the_newer_epoch_binds_once);
	tcase_add_test(t, blocked_under_the_older_is_blocked_under_the_newer);
	tcase_add_test(t, newer_card_blocks_the_older_in_both);
	tcase_add_loop_test(t,
		older_card_known_under_the_older_epoch_does_not_displace, 0, 2);
	tcase_add_test(t,
		card_of_the_same_day_known_only_under_the_older_is_refused);
	tcase_add_test(t, account_with_another_tag_there_is_not_bound);
	tcase_add_test(t, whose_says_the_account_whatever_its_state);
	tcase_add_test(t, who_is_known_under_the_older_is_enrolled);
	tcase_add_test(t, rebind_gives_the_same_account);
	tcase_add_test(t, rebind_refuses_what_is_not_the_accounts);
	tcase_add_test(t, unbound_accounts_are_listed);
	tcase_add_test(t, retired_epoch_takes_tags_and_leaves_statements);
	tcase_add_test(t, blocked_under_a_retired_epoch_stays_blocked);
	tcase_add_test(t, floor_of_a_retired_epoch_is_by_the_day);
	tcase_add_test(t, an_answer_is_remembered_until_its_day);
	tcase_add_test(t, one_without_a_tag_is_known_in_its_own_file);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(epoch_suite)
