/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements of other machines, and files beside an old copy. */
#include "support_exchange.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "check_main.h"

static struct roster *r;
static struct text text;
static struct import_summary sum;

static const struct import_options rebinds = {
	.kind = EXCHANGE_REBINDS, .urn = URN, .today = TODAY, .now = NOW,
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

	return roster_login(r, &card, TODAY, NOW, &a);
}

static enum reason take(void)
{
	enum reason why;

	text_end(&text);
	why = import_all(r, &text, &sum);
	check_integrity();
	return why;
}

/* Two persons, as the signer's first version has them. */
static void first_version(void)
{
	text_begin(&text, 1);
	text_add(&text, "group|cnie|65536");
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
}

/* -- rebinds, merged at the signer --------------------------------------- */

static void rebind_line(int p, uint32_t uid, int other)
{
	struct roster_card old = card_of(p, 1, 1);
	struct roster_card new = card_under(2, other, 1, 1);
	char old_hex[33], new_hex[33];

	text_add(&text, "rebind|%u|1|%s|2|%s|%u", uid, tag_hex(&old, old_hex),
		 tag_hex(&new, new_hex), NOW);
}

static enum reason take_rebinds(void)
{
	text_end(&text);
	return import_as(r, &rebinds, &text, &sum, NULL);
}

static void rebinds_begin(void)
{
	text.n = text.lines = 0;
	text_add(&text, "cnie-rebinds|2|" URN "|1|%u|%u", TODAY, TODAY);
}

START_TEST(statements_of_a_machine_are_merged)
{
	struct roster_account a = enrolled(r, 1), b = enrolled(r, 2);

	/* as the machine says them */
	backup(&r);
	ck_assert_int_eq(login(card_in_both(1, 1, 20300101)), REASON_NONE);
	export_all(r, EXCHANGE_REBINDS, &text);
	ck_assert_ptr_nonnull(strstr(text.p, "rebind\t65536\t1\t"));
	put_back(&r);
	ck_assert_int_eq(import_as(r, &rebinds, &text, &sum, NULL),
			 REASON_NONE);
	ck_assert(sum.accounts == 1 && sum.changed == 1);
	ck_assert_int_eq(login(card_under(2, 1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM rebind"
				    " WHERE origin = 2"), 1);
	/* again, and one of an account that is not known here */
	rebinds_begin();
	rebind_line(1, a.uid, 1);
	rebind_line(8, 65999, 8);
	ck_assert_int_eq(take_rebinds(), REASON_NONE);
	ck_assert(sum.accounts == 2 && sum.changed == 0);
	/* the whole roster has them for the others */
	export_all(r, EXCHANGE_ROSTER, &text);
	ck_assert_ptr_nonnull(strstr(text.p, "tag\t65536\t2\t"));
	ck_assert_int_eq(b.uid, a.uid + 1);
}
END_TEST

/* Enrolled there by that machine itself, too: it says so in every file. */
START_TEST(a_statement_of_another_uid_stops_no_others)
{
	struct roster_account a = enrolled(r, 1), b = enrolled(r, 2);

	rebinds_begin();
	rebind_line(1, a.uid + 9, 1);
	rebind_line(2, b.uid, 2);
	ck_assert_int_eq(take_rebinds(), REASON_NONE);
	ck_assert(sum.accounts == 2 && sum.changed == 1 && sum.unknown == 1);
	ck_assert_int_eq(login(card_under(2, 2, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(login(card_under(2, 1, 1, 20300101)),
			 REASON_UNKNOWN_CARD);
}
END_TEST

START_TEST(statements_that_move_somebody_are_refused)
{
	struct roster_account a = enrolled(r, 1), b = enrolled(r, 2);

	ck_assert_int_eq(login(card_in_both(2, 1, 20300101)), REASON_NONE);
	rebinds_begin();
	rebind_line(1, a.uid, 2);	/* the new tag is another account's */
	ck_assert_int_eq(take_rebinds(), REASON_ROSTER_CONFLICT);
	rebinds_begin();
	rebind_line(2, b.uid, 3);	/* it has another there */
	ck_assert_int_eq(take_rebinds(), REASON_ROSTER_CONFLICT);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM rebind"), 1);
	/* a uid alone proves nothing */
	rebinds_begin();
	text_add(&text, "rebind|%u|-|-|2|00000000000000000000000000000001|%u",
		 a.uid, NOW);
	ck_assert_int_eq(take_rebinds(), REASON_NONE);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM tag"), 3);
	/* a whole roster is no file of statements, nor the other way round */
	text_begin(&text, 1);
	ck_assert_int_eq(take_rebinds(), REASON_ROSTER_FORMAT);
	rebinds_begin();
	ck_assert_int_eq(take(), REASON_ROSTER_FORMAT);
	rebinds_begin();
	text_add(&text, "group|cnie|65536");
	ck_assert_int_eq(take_rebinds(), REASON_ROSTER_FORMAT);
}
END_TEST

/* -- an old copy put back ------------------------------------------------ */

static void third_version(unsigned int version)
{
	text_begin(&text, version);
	text_add(&text, "account|65600|abc|65536|/h|/bin/sh|2|-|-|1|-|-|-");
	text_person(&text, 2, 65601, "def");
	text_add(&text, "card|65601|1|02000000090000002222222222222222|2|"
		 "20360101|%u", NOW);
	text_person(&text, 3, 65602, "ghi");
}

START_TEST(an_old_copy_needs_the_file_again)
{
	struct roster_account a;

	first_version();
	backup(&r);
	third_version(7);
	ck_assert_int_eq(take(), REASON_NONE);
	put_back(&r);
	/* what the file took away is away before it comes again */
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_REVOKED);
	ck_assert_int_eq(login(card_of(2, 9, 20360101)), REASON_BLOCKED_CARD);
	/* nobody gets a name or uid: the file gave some */
	ck_assert_int_eq(roster_propose(r, &test_policy, 0, &a),
			 REASON_ROSTER_MARKS);
	ck_assert_int_eq(roster_rename(r, "def", "xyz"), REASON_ROSTER_MARKS);
	text_begin(&text, 2);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_ROSTER_OLD);
	third_version(7);		/* the same again */
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(roster_propose(r, &test_policy, 0, &a), REASON_NONE);
	ck_assert_int_eq(login(card_of(3, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(roster_rename(r, "def", "xyz"), REASON_NONE);
}
END_TEST

START_TEST(an_export_is_not_of_an_old_copy)
{
	struct export_options o = { .kind = EXCHANGE_ROSTER, .urn = URN,
				    .today = TODAY, .expires = TODAY };
	struct exporter *e = NULL;

	backup(&r);
	first_version();
	put_back(&r);
	ck_assert_int_eq(export_begin(r, &o, &e), REASON_ROSTER_MARKS);
	o.kind = EXCHANGE_REBINDS;	/* what it stated it stated */
	ck_assert_int_eq(export_begin(r, &o, &e), REASON_NONE);
	export_free(&e);
}
END_TEST

START_TEST(revoked_here_before_a_copy_knew_it_stays_so)
{
	backup(&r);
	first_version();
	ck_assert_int_eq(roster_revoke(r, "abc"), REASON_NONE);
	ck_assert_int_eq(roster_card_block(r, "def"), REASON_NONE);
	put_back(&r);
	text_begin(&text, 2);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_REVOKED);
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_BLOCKED_CARD);
	/* and the account's card says so itself, for those it goes out to */
	ck_assert_int_eq(sql_number("SELECT state FROM card JOIN account"
				    " ON account.id = account"
				    " WHERE uid = 65601"), 2);
	ck_assert_int_eq(roster_restore(r, "abc"), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
}
END_TEST

START_TEST(a_lost_card_in_the_file_is_blocked_here)
{
	first_version();
	text_begin(&text, 2);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	text_add(&text, "blocked|65601|1|02000000010000002222222222222222|"
		 "20300101");
	text_add(&text, "blocked|65999|1|08000000010000002222222222222222|-");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_BLOCKED_CARD);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM blocked"), 1);
}
END_TEST

/* A name given here to an account of the file is not all that its uid had. */
START_TEST(renamed_here_and_lost_the_file_still_comes)
{
	first_version();
	ck_assert_int_eq(roster_rename(r, "abc", "xyz"), REASON_NONE);
	roster_close(&r);
	ck_assert_int_eq(remove(roster_path), 0);
	r = open_roster();
	first_version();
}
END_TEST

/* Each of many machines says the same of one person, each at its time. */
START_TEST(what_many_machines_say_travels_on)
{
	struct roster_account a = enrolled(r, 1);
	struct roster_card old = card_of(1, 1, 1);
	struct roster_card new = card_under(2, 1, 1, 20300101);
	char old_hex[33], new_hex[33];

	for (int m = 0; m < 100; m++) {
		rebinds_begin();
		text_add(&text, "rebind|%u|1|%s|2|%s|%u", a.uid,
			 tag_hex(&old, old_hex), tag_hex(&new, new_hex),
			 NOW + m);
		ck_assert_int_eq(take_rebinds(), REASON_NONE);
	}
	export_all(r, EXCHANGE_ROSTER, &text);
	roster_close(&r);
	dir_empty();
	r = open_roster();
	ck_assert_int_eq(import_all(r, &text, &sum), REASON_NONE);
	ck_assert_int_eq(login(new), REASON_NONE);
}
END_TEST

/* The signer lost an account: its marks keep the name back, and its next file
 * says so to machines that have the account. */
START_TEST(what_the_signer_lost_is_missing)
{
	static const struct import_options revoke_missing = {
		.kind = EXCHANGE_ROSTER, .urn = URN, .today = TODAY,
		.now = NOW, .revoke_missing = true,
	};
	static struct text first, second;

	enrolled(r, 1);
	backup(&r);
	enrolled(r, 2);
	export_all(r, EXCHANGE_ROSTER, &first);
	put_back(&r);
	export_all(r, EXCHANGE_ROSTER, &second);
	ck_assert_ptr_nonnull(strstr(second.p, "\ngiven\t"));
	roster_close(&r);
	dir_empty();
	r = open_roster();
	ck_assert_int_eq(import_all(r, &first, &sum), REASON_NONE);
	ck_assert_int_eq(import_all(r, &second, &sum), REASON_ROSTER_MISSING);
	ck_assert_int_eq(import_as(r, &revoke_missing, &second, &sum, NULL),
			 REASON_NONE);
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_REVOKED);
	check_integrity();
}
END_TEST

/* An account that left the file is in no later one: its uid and name are kept
 * back all the same when the database is lost. */
START_TEST(what_left_the_file_is_not_given_again)
{
	static const struct import_options revoke_missing = {
		.kind = EXCHANGE_ROSTER, .urn = URN, .today = TODAY,
		.now = NOW, .revoke_missing = true,
	};
	struct roster_new in = new_of(8);
	struct roster_account a;

	text_begin(&text, 1);
	text_person(&text, 1, 65536, "abc");
	text_person(&text, 2, 65537, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	backup(&r);
	text_begin(&text, 2);
	text_person(&text, 1, 65536, "abc");
	text_end(&text);
	ck_assert_int_eq(import_as(r, &revoke_missing, &text, &sum, NULL),
			 REASON_NONE);
	roster_close(&r);
	ck_assert_int_eq(remove(roster_path), 0);
	r = open_roster();
	text_begin(&text, 2);
	text_person(&text, 1, 65536, "abc");
	ck_assert_int_eq(take(), REASON_NONE);
	a = enrolled(r, 7);
	ck_assert_int_eq(a.uid, 65538);
	in.uid = 70000;
	in.gid = 65536;
	strcpy(in.name, "def");
	strcpy(in.home, "/home/def");
	strcpy(in.shell, "/bin/sh");
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a),
			 REASON_NAME_TAKEN);
}
END_TEST

/* While the older key lives it knows whose the account is. */
START_TEST(an_account_is_not_bound_to_whom_the_old_key_knows_not)
{
	struct roster_account a = enrolled(r, 1);
	struct roster_card other = card_in_both(5, 1, 20310101);

	ck_assert_int_eq(roster_rebind(r, a.name, &other, TODAY, NOW),
			 REASON_BOUND);
	ck_assert_int_eq(login(card_in_both(1, 1, 20300101)), REASON_NONE);
}
END_TEST

static void lose_database(void)
{
	roster_close(&r);
	ck_assert_int_eq(remove(roster_path), 0);
	r = open_roster();
}

static void version_that_renamed(unsigned int version, const char *was)
{
	text_begin(&text, version);
	text_person(&text, 1, 65536, "ghi");
	text_person(&text, 2, 65537, "jkl");
	text_add(&text, "given|%s|65536", was);
}

/* What an account was called here its signer says too: it is the same one. */
START_TEST(renamed_by_the_signer_and_lost_the_file_still_comes)
{
	struct roster_account a = enrolled(r, 1), b;
	uint64_t line = 0;

	version_that_renamed(5, a.name);
	ck_assert_int_eq(take(), REASON_NONE);
	lose_database();
	/* of another it does not say so */
	version_that_renamed(5, "aaa");
	text_end(&text);
	ck_assert_int_eq(import_as(r, &plain_import, &text, &sum, &line),
			 REASON_ROSTER_CONFLICT);
	ck_assert_int_eq(line, 2);	/* the account's */
	version_that_renamed(5, a.name);
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(roster_propose(r, &test_policy, 0, &b), REASON_NONE);
	ck_assert_int_eq(b.uid, 65538);
}
END_TEST

/* A name goes from one group to another, to a lower number and in a ring. */
START_TEST(groups_are_judged_as_a_whole)
{
	static struct text first, second;

	ck_assert_int_eq(roster_group_put(r, "staff9", 70005), REASON_NONE);
	export_all(r, EXCHANGE_ROSTER, &first);
	ck_assert_int_eq(roster_group_put(r, "old9", 70005), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "staff9", 70001), REASON_NONE);
	export_all(r, EXCHANGE_ROSTER, &second);
	roster_close(&r);
	dir_empty();
	r = open_roster();
	ck_assert_int_eq(import_all(r, &first, &sum), REASON_NONE);
	ck_assert_int_eq(import_all(r, &second, &sum), REASON_NONE);
	ck_assert_int_eq(sql_number("SELECT gid FROM sector_group"
				    " WHERE name = 'old9'"), 70005);
	text_begin(&text, 3);
	text_add(&text, "group|old9|70001");
	text_add(&text, "group|staff9|70005");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(sql_number("SELECT gid FROM sector_group"
				    " WHERE name = 'staff9'"), 70005);
}
END_TEST

static const char *const other_groups[] = {
	"group|here|70001", "group|here|70012", "group|a|70001\ngroup|a|70002",
};

START_TEST(a_group_of_this_machine_keeps_its_name)
{
	uint64_t line = 0;

	ck_assert_int_eq(roster_group_put(r, "here", 70009), REASON_NONE);
	text_begin(&text, 1);
	text_add(&text, "%s", other_groups[_i]);
	text.lines += _i == 2;
	text_person(&text, 1, 65536, "abc");
	text_end(&text);
	ck_assert_int_eq(import_as(r, &plain_import, &text, &sum, &line),
			 REASON_ROSTER_CONFLICT);
	ck_assert_int_eq(line, _i == 2 ? 3 : 2);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM sector_group"
				    " WHERE name = 'here'"), 1);
}
END_TEST

/* A pass of before a revocation is none, whoever makes the account active. */
START_TEST(a_file_that_revokes_and_restores_leaves_no_pass)
{
	struct roster_pass pass = { .until = NOW + 3600, .hash = "$y$x",
				    .services = "login" };

	first_version();
	ck_assert_int_eq(roster_pass_set(r, "abc", &pass, NOW), REASON_NONE);
	ck_assert_int_eq(roster_pass_set(r, "def", &pass, NOW), REASON_NONE);
	third_version(2);
	ck_assert_int_eq(take(), REASON_NONE);
	text_begin(&text, 3);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	text_person(&text, 3, 65602, "ghi");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM pass"), 1);
}
END_TEST

static Suite *merge_suite(void)
{
	Suite *s = suite_create("roster/merge");
	TCase *t = tcase_create("merge");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, statements_of_a_machine_are_merged);
	tcase_add_test(t, a_statement_of_another_uid_stops_no_others);
	tcase_add_test(t, statements_that_move_somebody_are_refused);
	tcase_add_test(t, an_old_copy_needs_the_file_again);
	tcase_add_test(t, an_export_is_not_of_an_old_copy);
	tcase_add_test(t, revoked_here_before_a_copy_knew_it_stays_so);
	tcase_add_test(t, a_lost_card_in_the_file_is_blocked_here);
	tcase_add_test(t, renamed_here_and_lost_the_file_still_comes);
	tcase_add_test(t, what_many_machines_say_travels_on);
	tcase_add_test(t, what_the_signer_lost_is_missing);
	tcase_add_test(t, what_left_the_file_is_not_given_again);
	tcase_add_test(t,
		       an_account_is_not_bound_to_whom_the_old_key_knows_not);
	tcase_add_test(t, renamed_by_the_signer_and_lost_the_file_still_comes);
	tcase_add_test(t, groups_are_judged_as_a_whole);
	tcase_add_loop_test(t, a_group_of_this_machine_keeps_its_name, 0, 3);
	tcase_add_test(t, a_file_that_revokes_and_restores_leaves_no_pass);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(merge_suite)
