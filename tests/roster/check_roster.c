/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support_roster.h"

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

static enum reason find(struct roster_card card)
{
	struct roster_account a;

	return roster_find_tag(r, &card, TODAY, &a);
}

static struct roster_new existing(int p, const char *name, uint32_t uid)
{
	struct roster_new in = new_of(p);

	strcpy(in.name, name);
	in.uid = uid;
	in.gid = 100;
	strcpy(in.home, "/srv/home/x");
	strcpy(in.shell, "/bin/sh");
	return in;
}

/* -- enrolment ----------------------------------------------------- */

START_TEST(enrolled_person_is_found_and_logs_in)
{
	struct roster_account a = enrolled(r, 1), b;
	char home[64];

	ck_assert_int_eq(a.uid, 65536);
	ck_assert_int_eq(a.gid, 65536);
	ck_assert_int_eq(strlen(a.name), 8);
	ck_assert_int_eq(a.name[0], 'u');
	snprintf(home, sizeof(home), "/home/%s", a.name);
	ck_assert_str_eq(a.home, home);
	ck_assert_int_eq(find(card_of(1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101), &b), REASON_NONE);
	ck_assert_str_eq(a.name, b.name);
	ck_assert_int_eq(b.uid, a.uid);
	ck_assert(b.face && !b.code);
	ck_assert_int_eq(b.created, NOW);
}
END_TEST

START_TEST(stranger_is_unknown)
{
	struct roster_card other_epoch = card_of(1, 1, 20300101);
	struct roster_account a = { .uid = 7 };

	enrolled(r, 1);
	ck_assert_int_eq(find(card_of(2, 1, 20300101)), REASON_UNKNOWN_CARD);
	ck_assert_int_eq(login(card_of(2, 1, 20300101), &a),
			 REASON_UNKNOWN_CARD);
	other_epoch.epoch = 2;
	ck_assert_int_eq(login(other_epoch, &a), REASON_UNKNOWN_CARD);
	ck_assert_int_eq(a.uid, 7);
}
END_TEST

START_TEST(a_person_or_card_is_enrolled_once)
{
	struct roster_new in = new_of(1);
	struct roster_account a = enrolled(r, 1), b;

	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &b),
			 REASON_ALREADY_ENROLLED);
	in.card = card_of(1, 2, 20400101);	/* with a newer card */
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &b),
			 REASON_ALREADY_ENROLLED);
	in = new_of(2);				/* a card-tag known already */
	in.card = card_of(1, 1, 20300101);
	in.card.tag[0] = 99;
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &b),
			 REASON_ALREADY_ENROLLED);
	ck_assert_int_eq(enrolled(r, 3).uid, a.uid + 1);
}
END_TEST

START_TEST(uids_and_names_are_never_given_twice)
{
	struct roster_account a, before;
	struct roster_new in = existing(1000, "taken", 65540);

	before = enrolled(r, 0);
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a), REASON_NONE);
	for (int p = 1; p < 20; p++) {
		a = enrolled(r, p);
		ck_assert_int_gt(a.uid, before.uid);
		ck_assert_int_ne(a.uid, 65540);
		ck_assert_str_ne(a.name, before.name);
		before = a;
		ck_assert_int_eq(roster_revoke(r, a.name), REASON_NONE);
		if (p == 10) {		/* nor after a restart */
			roster_close(&r);
			r = open_roster();
		}
	}
}
END_TEST

START_TEST(range_ends_with_a_refusal)
{
	struct roster_policy p = test_policy;
	struct roster_new in;
	struct roster_account a;

	p.uid_max = p.uid_min + 2;
	for (int i = 0; i < 3; i++) {
		in = new_of(i);
		ck_assert_int_eq(roster_enrol(r, &p, &in, &a), REASON_NONE);
	}
	in = new_of(3);
	ck_assert_int_eq(roster_enrol(r, &p, &in, &a), REASON_RANGE_FULL);
	/* nothing of the refused one is left */
	ck_assert_int_eq(find(in.card), REASON_UNKNOWN_CARD);
	p.uid_max++;
	ck_assert_int_eq(roster_enrol(r, &p, &in, &a), REASON_NONE);
	ck_assert_int_eq(a.uid, p.uid_max);
}
END_TEST

START_TEST(existing_account_is_bound_as_it_is)
{
	struct roster_new in = existing(1, "m.alami", 1234);
	struct roster_account a;

	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a), REASON_NONE);
	ck_assert_str_eq(a.name, "m.alami");
	ck_assert_int_eq(a.uid, 1234);
	ck_assert_int_eq(a.gid, 100);
	ck_assert_str_eq(a.home, "/srv/home/x");
	in = existing(2, "m.alami", 1235);
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a),
			 REASON_NAME_TAKEN);
	in = existing(2, "other", 1234);
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a),
			 REASON_NAME_TAKEN);
	in = existing(2, "other", 1235);
	in.shell[0] = '\0';
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a), REASON_NONE);
	ck_assert_str_eq(a.shell, "/bin/bash");
}
END_TEST

struct bad { const char *name; uint32_t uid, gid; const char *home; };
static const struct bad bads[] = {
	{ "root", 0, 0, "/root" }, { "x", 999, 100, "/h" },
	{ "x", 65534, 100, "/h" }, { "x", 65535, 100, "/h" },
	{ "x", UINT32_MAX, 100, "/h" }, { "x", 1u << 31, 100, "/h" },
	{ "x", 1000, 0, "/h" }, { "x", 1000, 65534, "/h" },
	{ "x:y", 1000, 100, "/h" }, { "-x", 1000, 100, "/h" },
	{ "9x", 1000, 100, "/h" }, { "x.", 1000, 100, "/h" },
	{ "x y", 1000, 100, "/h" }, { "x\n", 1000, 100, "/h" },
	{ "x", 1000, 100, "h" }, { "x", 1000, 100, "/h:/h" },
	{ "x", 1000, 100, "/h\n" }, { "x", 1000, 100, "" },
};

START_TEST(what_nss_may_not_answer_is_refused)
{
	const struct bad *b = &bads[_i];
	struct roster_new in = existing(1, b->name, b->uid);
	struct roster_account a;

	in.gid = b->gid;
	strcpy(in.home, b->home);
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a),
			 REASON_OUT_OF_RANGE);
	ck_assert_int_eq(find(in.card), REASON_UNKNOWN_CARD);
}
END_TEST

/* -- cards --------------------------------------------------------- */

START_TEST(newer_card_blocks_the_older)
{
	struct roster_account a = enrolled(r, 1), b;
	uint32_t current = 9, blocked = 9;

	ck_assert_int_eq(find(card_of(1, 2, 20340101)), REASON_NONE);
	/* looking changes nothing: the old card still works */
	ck_assert_int_eq(login(card_of(1, 1, 20300101), &b), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 2, 20340101), &b), REASON_NONE);
	ck_assert_int_eq(b.uid, a.uid);
	ck_assert_int_eq(find(card_of(1, 1, 20300101)), REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(1, 1, 20300101), &b),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(1, 2, 20340101), &b), REASON_NONE);
	ck_assert_int_eq(roster_cards(r, a.name, &current, &blocked),
			 REASON_NONE);
	ck_assert(current == 1 && blocked == 1);
	ck_assert_int_eq(roster_cards(r, "nobody", &current, &blocked),
			 REASON_NONE);
	ck_assert(current == 0 && blocked == 0);
}
END_TEST

START_TEST(older_card_that_turns_up_late_does_not_displace)
{
	struct roster_account a;

	enrolled(r, 1);
	ck_assert_int_eq(login(card_of(1, 7, 20291231), &a),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(1, 2, 20340101), &a), REASON_NONE);
	/* between the two that are known: older than the current one */
	ck_assert_int_eq(login(card_of(1, 8, 20320101), &a),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(1, 2, 20340101), &a), REASON_NONE);
}
END_TEST

START_TEST(replacement_with_the_same_expiry_is_accepted_once)
{
	struct roster_account a;

	enrolled(r, 1);
	ck_assert_int_eq(login(card_of(1, 2, 20300101), &a), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101), &a),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(1, 2, 20300101), &a), REASON_NONE);
}
END_TEST

START_TEST(blocked_card_stays_blocked_and_a_newer_one_works)
{
	struct roster_account a = enrolled(r, 1), b;

	ck_assert_int_eq(roster_card_block(r, a.name), REASON_NONE);
	ck_assert_int_eq(roster_card_block(r, a.name), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101), &b),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(1, 5, 20200101), &b),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(1, 2, 20340101), &b), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101), &b),
			 REASON_BLOCKED_CARD);
}
END_TEST

START_TEST(one_persons_cards_do_not_touch_anothers)
{
	struct roster_account a, b;

	enrolled(r, 1);
	b = enrolled(r, 2);
	ck_assert_int_eq(login(card_of(1, 2, 20340101), &a), REASON_NONE);
	ck_assert_int_eq(login(card_of(2, 1, 20300101), &a), REASON_NONE);
	ck_assert_int_eq(a.uid, b.uid);
}
END_TEST

START_TEST(a_card_of_somebody_else_under_my_tag_is_an_error)
{
	struct roster_card c = card_of(1, 1, 20300101);

	enrolled(r, 1);
	enrolled(r, 2);
	memcpy(c.card_tag, card_of(2, 1, 0).card_tag, TAG_SIZE);
	ck_assert_int_eq(find(c), REASON_ROSTER);
}
END_TEST

/* -- accounts ------------------------------------------------------ */

START_TEST(revoked_account_is_refused_until_restored)
{
	struct roster_account a = enrolled(r, 1), b;
	struct roster_card newer = card_of(1, 2, 20340101);

	ck_assert_int_eq(roster_revoke(r, a.name), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101), &b), REASON_REVOKED);
	ck_assert_int_eq(login(newer, &b), REASON_REVOKED);
	ck_assert_int_eq(roster_show(r, a.name, &b), REASON_NONE);
	ck_assert_int_eq(b.status, ROSTER_REVOKED);
	ck_assert_int_eq(roster_restore(r, a.name), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101), &b), REASON_NONE);
}
END_TEST

START_TEST(account_works_through_its_last_day)
{
	struct roster_account a = enrolled(r, 1), b;

	ck_assert_int_eq(roster_set_expiry(r, a.name, TODAY), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101), &b), REASON_NONE);
	ck_assert_int_eq(roster_set_expiry(r, a.name, TODAY - 1), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101), &b),
			 REASON_ACCOUNT_EXPIRED);
	ck_assert_int_eq(roster_set_expiry(r, a.name, 0), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101), &b), REASON_NONE);
	ck_assert_int_eq(roster_set_expiry(r, a.name, 12), REASON_ROSTER);
}
END_TEST

START_TEST(code_and_face_are_kept)
{
	struct roster_account a = enrolled(r, 1), b;
	char hash[CODE_HASH_SIZE] = "untouched";

	ck_assert_int_eq(roster_code(r, a.name, hash), REASON_NO_CODE);
	ck_assert_str_eq(hash, "untouched");
	ck_assert_int_eq(roster_set_code(r, a.name, "$y$x"), REASON_NONE);
	ck_assert_int_eq(roster_code(r, a.name, hash), REASON_NONE);
	ck_assert_str_eq(hash, "$y$x");
	ck_assert_int_eq(roster_set_face(r, a.name, false), REASON_NONE);
	ck_assert_int_eq(roster_show(r, a.name, &b), REASON_NONE);
	ck_assert(b.code && !b.face);
	ck_assert_int_eq(roster_set_code(r, a.name, ""), REASON_NONE);
	ck_assert_int_eq(roster_code(r, a.name, hash), REASON_NO_CODE);
}
END_TEST

START_TEST(nobody_is_said_for_every_change)
{
	struct roster_account a;
	char hash[CODE_HASH_SIZE];

	ck_assert_int_eq(roster_show(r, "nobody", &a), REASON_NO_ACCOUNT);
	ck_assert_int_eq(roster_revoke(r, "nobody"), REASON_NO_ACCOUNT);
	ck_assert_int_eq(roster_restore(r, "nobody"), REASON_NO_ACCOUNT);
	ck_assert_int_eq(roster_set_face(r, "nobody", 1), REASON_NO_ACCOUNT);
	ck_assert_int_eq(roster_set_code(r, "nobody", "x"),
			 REASON_NO_ACCOUNT);
	ck_assert_int_eq(roster_set_expiry(r, "nobody", 0),
			 REASON_NO_ACCOUNT);
	ck_assert_int_eq(roster_code(r, "nobody", hash), REASON_NO_ACCOUNT);
	ck_assert_int_eq(roster_card_block(r, "nobody"), REASON_NO_ACCOUNT);
	ck_assert_int_eq(roster_show(r, "' OR 1=1 --", &a), REASON_NO_ACCOUNT);
}
END_TEST

static bool collect(const struct roster_account *a, void *ctx)
{
	uint32_t *seen = ctx;

	ck_assert_int_eq(a->uid, 65536 + seen[0]);
	return ++seen[0] < seen[1];
}

START_TEST(list_is_by_uid_and_stops_when_told)
{
	uint32_t seen[2] = { 0, 100 };

	for (int p = 0; p < 5; p++)
		enrolled(r, p);
	ck_assert_int_eq(roster_list(r, collect, seen), REASON_NONE);
	ck_assert_int_eq(seen[0], 5);
	seen[0] = 0;
	seen[1] = 2;
	ck_assert_int_eq(roster_list(r, collect, seen), REASON_NONE);
	ck_assert_int_eq(seen[0], 2);
}
END_TEST

START_TEST(groups_are_kept_and_limited)
{
	struct roster_account a = enrolled(r, 1);
	struct roster_counts n;
	char name[16];

	ck_assert_int_eq(roster_group_put(r, "cnie", 65536), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "cnie", 65536), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "cnie", 65537),
			 REASON_NAME_TAKEN);
	ck_assert_int_eq(roster_group_put(r, "sector", 65536), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "wheel", 10),
			 REASON_OUT_OF_RANGE);
	ck_assert_int_eq(roster_group_put(r, "a:b", 70000),
			 REASON_OUT_OF_RANGE);
	ck_assert_int_eq(roster_group_join(r, "cnie", a.name),
			 REASON_NO_GROUP);
	ck_assert_int_eq(roster_group_join(r, "sector", "nobody"),
			 REASON_NO_ACCOUNT);
	for (uint32_t i = 0; i < ROSTER_GROUPS_MAX; i++) {
		snprintf(name, sizeof(name), "g%u", i);
		ck_assert_int_eq(roster_group_put(r, name, 70000 + i),
				 REASON_NONE);
		ck_assert_int_eq(roster_group_join(r, name, a.name),
				 REASON_NONE);
		ck_assert_int_eq(roster_group_join(r, name, a.name),
				 REASON_NONE);
	}
	ck_assert_int_eq(roster_group_join(r, "sector", a.name),
			 REASON_OUT_OF_RANGE);
	ck_assert_int_eq(roster_group_leave(r, "g0", a.name), REASON_NONE);
	ck_assert_int_eq(roster_group_join(r, "sector", a.name), REASON_NONE);
	ck_assert_int_eq(roster_count(r, &n), REASON_NONE);
	ck_assert_int_eq(n.accounts, 1);
	ck_assert_int_eq(n.groups, ROSTER_GROUPS_MAX + 1);
}
END_TEST

static Suite *roster_suite(void)
{
	Suite *s = suite_create("roster/roster");
	TCase *t = tcase_create("roster");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, enrolled_person_is_found_and_logs_in);
	tcase_add_test(t, stranger_is_unknown);
	tcase_add_test(t, a_person_or_card_is_enrolled_once);
	tcase_add_test(t, uids_and_names_are_never_given_twice);
	tcase_add_test(t, range_ends_with_a_refusal);
	tcase_add_test(t, existing_account_is_bound_as_it_is);
	tcase_add_loop_test(t, what_nss_may_not_answer_is_refused, 0,
			    (int)(sizeof(bads) / sizeof(bads[0])));
	tcase_add_test(t, newer_card_blocks_the_older);
	tcase_add_test(t, older_card_that_turns_up_late_does_not_displace);
	tcase_add_test(t, replacement_with_the_same_expiry_is_accepted_once);
	tcase_add_test(t, blocked_card_stays_blocked_and_a_newer_one_works);
	tcase_add_test(t, one_persons_cards_do_not_touch_anothers);
	tcase_add_test(t, a_card_of_somebody_else_under_my_tag_is_an_error);
	tcase_add_test(t, revoked_account_is_refused_until_restored);
	tcase_add_test(t, account_works_through_its_last_day);
	tcase_add_test(t, code_and_face_are_kept);
	tcase_add_test(t, nobody_is_said_for_every_change);
	tcase_add_test(t, list_is_by_uid_and_stops_when_told);
	tcase_add_test(t, groups_are_kept_and_limited);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(roster_suite)
