/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file may change, what stays this machine's, and who is refused. */
#include "support_exchange.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"

static struct roster *r;
static struct text text;
static struct import_summary sum;

static const struct import_options missing_too = {
	.kind = EXCHANGE_ROSTER, .urn = URN, .today = TODAY, .now = NOW,
	.revoke_missing = true,
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

static struct roster_account show(const char *name)
{
	struct roster_account a = { .uid = 0 };

	ck_assert_int_eq(roster_show(r, name, &a), REASON_NONE);
	return a;
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
	text_add(&text, "group|staff.x|70001");
	text_person(&text, 1, 65600, "abc");
	text_add(&text, "member|65600|70001");
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert(sum.version == 1 && sum.accounts == 2 && sum.added == 2);
}

/* -- the file is the authority ------------------------------------------- */

START_TEST(accounts_are_as_the_file_says)
{
	struct roster_account a;

	first_version();
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
	text_begin(&text, 2);
	text_add(&text, "group|cnie|65536");
	text_add(&text, "group|staff.y|70001");
	text_add(&text, "account|65600|abc2|70001|/srv/abc|/bin/sh|2|5|20290101"
		 "|0|$y$j9T$a$b|%u|20280101", NOW);
	text_person(&text, 2, 65601, "def");
	text_person(&text, 3, 65602, "ghi");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert(sum.added == 1 && sum.changed == 1 && sum.revoked == 1 &&
		  sum.local == 0 && sum.accounts == 3);
	a = show("abc2");
	ck_assert(a.uid == 65600 && a.gid == 70001 && a.created == 5 &&
		  a.status == ROSTER_REVOKED && a.expiry == 20290101 &&
		  !a.face && a.code);
	ck_assert_str_eq(a.home, "/srv/abc");
	ck_assert_str_eq(a.shell, "/bin/sh");
	/* its tag and its group are gone with the file's */
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_UNKNOWN_CARD);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM member"), 0);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM sector_group"
				    " WHERE name = 'staff.y'"), 1);
	/* the old name stays given */
	ck_assert_int_eq(roster_rename(r, "def", "abc"), REASON_NAME_TAKEN);
	ck_assert_int_eq(login(card_of(3, 1, 20300101)), REASON_NONE);
}
END_TEST

START_TEST(restored_by_the_file_is_active_again)
{
	first_version();
	text_begin(&text, 2);
	text_add(&text, "account|65600|abc|65536|/h|/bin/sh|2|-|-|1|-|-|-");
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	text_begin(&text, 3);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(sum.revoked, 0);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
}
END_TEST

START_TEST(missing_accounts_are_refused_or_revoked_by_order)
{
	first_version();
	text_begin(&text, 2);
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_ROSTER_MISSING);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(import_as(r, &missing_too, &text, &sum, NULL),
			 REASON_NONE);
	ck_assert(sum.accounts == 1 && sum.revoked == 1);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_REVOKED);
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_NONE);
	/* it is out: the next file may lack it too */
	text_begin(&text, 3);
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
}
END_TEST

/* -- what stays this machine's ------------------------------------------- */

START_TEST(accounts_and_groups_of_this_machine_stay)
{
	struct roster_account a = enrolled(r, 7), b;

	ck_assert_int_eq(roster_group_put(r, "here", 70009), REASON_NONE);
	ck_assert_int_eq(roster_group_join(r, "here", a.name), REASON_NONE);
	first_version();
	ck_assert_int_eq(sum.local, 1);
	ck_assert_int_eq(roster_group_join(r, "here", "abc"), REASON_NONE);
	text_begin(&text, 2);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(sum.local, 1);
	b = show(a.name);
	ck_assert_int_eq(b.uid, a.uid);
	ck_assert_int_eq(login(card_of(7, 1, 20300101)), REASON_NONE);
	/* the file's own groups are its own, this machine's are not */
	ck_assert_int_eq(sql_number("SELECT count(*) FROM member"
				    " WHERE gid = 70009"), 2);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM member"
				    " WHERE gid = 70001"), 0);
}
END_TEST

START_TEST(an_account_made_here_is_the_files_by_a_shared_tag)
{
	struct roster_account a = enrolled(r, 1);
	struct roster_card other = card_of(9, 1, 20300101);
	char hex[33];

	/* another person's uid on the signer's side */
	text_begin(&text, 1);
	text_person(&text, 9, a.uid, a.name);
	ck_assert_int_eq(take(), REASON_ROSTER_CONFLICT);
	text_begin(&text, 1);
	text_person(&text, 1, a.uid, "signersname");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert(sum.added == 0 && sum.changed == 1 && sum.local == 0);
	ck_assert_int_eq(show("signersname").uid, a.uid);
	/* from then on the file says its tags alone */
	text_begin(&text, 2);
	text_add(&text, "account|%u|signersname|65536|/h|/s|1|-|-|1|-|-|-",
		 a.uid);
	text_add(&text, "tag|%u|1|%s", a.uid, tag_hex(&other, hex));
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(login(card_of(9, 1, 20300101)), REASON_NONE);
}
END_TEST

/* Its old tag is known to the file alone: the statement shows the same. */
START_TEST(a_tag_of_before_shows_the_same_person)
{
	struct roster_account a = enrolled(r, 1);

	ck_assert_int_eq(login(card_in_both(1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(roster_retire(r, 1), REASON_NONE);
	text_begin(&text, 1);
	text_person(&text, 1, a.uid, a.name);
	ck_assert_int_eq(take(), REASON_NONE);
	/* and what is retired here does not come back, but the statement's */
	ck_assert_int_eq(sql_number("SELECT count(*) FROM tag"
				    " WHERE epoch = 1"), 0);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM card"
				    " WHERE epoch = 1"), 0);
	ck_assert_int_eq(sum.bound_here, 1);
	ck_assert_int_eq(login(card_under(2, 1, 1, 20300101)), REASON_NONE);
}
END_TEST

START_TEST(statements_of_this_machine_bind_again)
{
	struct roster_card two = card_under(2, 1, 1, 20300101);
	char old[33], hex[33];

	first_version();
	ck_assert_int_eq(login(card_in_both(1, 1, 20300101)), REASON_NONE);
	text_begin(&text, 2);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(sum.bound_here, 1);
	ck_assert_int_eq(login(two), REASON_NONE);
	/* one that the signer has, and no tag by it: taken back there */
	text_begin(&text, 3);
	text_person(&text, 1, 65600, "abc");
	two.epoch = 1;
	memcpy(two.tag, card_of(1, 1, 1).tag, TAG_SIZE);
	tag_hex(&two, old);
	two = card_under(2, 1, 1, 20300101);
	text_add(&text, "rebind|65600|1|%s|2|%s|%u", old, tag_hex(&two, hex),
		 NOW);
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(sum.bound_here, 0);
	ck_assert_int_eq(login(two), REASON_UNKNOWN_CARD);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM rebind"), 1);
	/* another tag under that epoch is the file's, not the statement's */
	text_begin(&text, 4);
	text_add(&text, "account|65600|abc|65536|/h|/bin/sh|1|-|-|1|-|-|-");
	text_add(&text, "tag|65600|1|%s", old);
	text_add(&text, "tag|65600|2|00000000000000000000000000000001");
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(sum.bound_here, 0);
}
END_TEST

START_TEST(the_newer_code_wins)
{
	char hash[CODE_HASH_SIZE];

	first_version();
	ck_assert_int_eq(roster_set_code(r, "abc", "$y$here"), REASON_NONE);
	text_begin(&text, 2);
	text_add(&text, "account|65600|abc|65536|/h|/s|1|-|-|1|$y$old|%u|-", 5);
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(roster_code(r, "abc", hash), REASON_NONE);
	ck_assert_str_eq(hash, "$y$here");
	text_begin(&text, 3);
	text_add(&text, "account|65600|abc|65536|/h|/s|1|-|-|1|$y$new|%llu|-",
		 9999999999ull);
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(roster_code(r, "abc", hash), REASON_NONE);
	ck_assert_str_eq(hash, "$y$new");
}
END_TEST

START_TEST(blocked_here_or_there_is_blocked)
{
	struct roster_card second = card_of(2, 2, 20340101);
	char hex[33];

	first_version();
	/* here: by order; there: person 2's first, and a second is current */
	ck_assert_int_eq(roster_card_block(r, "abc"), REASON_NONE);
	text_begin(&text, 2);
	text_person(&text, 1, 65600, "abc");
	text_add(&text, "account|65601|def|65536|/h|/s|1|-|-|1|-|-|-");
	text_add(&text, "tag|65601|1|%s", tag_hex(&second, hex));
	text_add(&text, "card|65601|1|02000000010000002222222222222222|2|"
		 "20300101|%u", NOW);
	text_add(&text, "card|65601|1|%s|1|20340101|%u",
		 card_hex(&second, hex), NOW);
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(second), REASON_NONE);
}
END_TEST

START_TEST(of_two_current_cards_the_newer_stays)
{
	bool here = _i == 0;
	uint32_t day = here ? 20310101 : 20350101;
	struct roster_card third = card_of(1, 3, day);
	char hex[33];

	first_version();
	/* a newer card was seen here, another there */
	ck_assert_int_eq(login(card_of(1, 2, 20340101)), REASON_NONE);
	text_begin(&text, 2);
	text_add(&text, "account|65600|abc|65536|/h|/s|1|-|-|1|-|-|-");
	text_add(&text, "tag|65600|1|%s", tag_hex(&third, hex));
	text_add(&text, "card|65600|1|%s|1|%u|%u", card_hex(&third, hex), day,
		 NOW);
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 2, 20340101)),
			 here ? REASON_NONE : REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(third),
			 here ? REASON_BLOCKED_CARD : REASON_NONE);
}
END_TEST

START_TEST(revoked_here_stays_revoked)
{
	first_version();
	ck_assert_int_eq(roster_revoke(r, "abc"), REASON_NONE);
	text_begin(&text, 2);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_REVOKED);
	ck_assert_int_eq(roster_restore(r, "abc"), REASON_NONE);
	text_begin(&text, 3);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
}
END_TEST

START_TEST(cards_of_a_retired_epoch_say_it_by_the_day)
{
	first_version();
	ck_assert_int_eq(roster_retire(r, 1), REASON_NONE);
	text_begin(&text, 2);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	text_person(&text, 3, 65602, "ghi");
	text_add(&text, "card|65602|1|ff000000010000002222222222222222|2|"
		 "20310101|%u", NOW);
	ck_assert_int_eq(take(), REASON_NONE);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM card"), 0);
	ck_assert_int_eq(sql_number("SELECT floor FROM account"
				    " WHERE uid = 65600"), 20300100);
	ck_assert_int_eq(sql_number("SELECT floor FROM account"
				    " WHERE uid = 65602"), 20310101);
}
END_TEST

/* -- conflicts ----------------------------------------------------------- */

/* Lines of a second version that give somebody else's. */
static const char *const conflicts[] = {
	/* a name: of one made here, of the file's own other, of before */
	"account|65602|here|65536|/h|/s|1|-|-|1|-|-|-",
	"account|65602|def|65536|/h|/s|1|-|-|1|-|-|-",
	"account|65602|before|65536|/h|/s|1|-|-|1|-|-|-",
	/* a uid made here, of another person; of an account that was lost */
	"account|65605|other|65536|/h|/s|1|-|-|1|-|-|-",
	"account|65606|other|65536|/h|/s|1|-|-|1|-|-|-",
	/* names of before that are borne here, or were another's */
	"given|here|65700", "given|before|65700", "given|new|65605",
	"given|def|65601",
};

START_TEST(somebody_elses_name_or_uid_is_a_conflict)
{
	struct roster_new in = new_of(5);
	struct roster_account a;

	strcpy(in.name, "here");
	in.uid = 65605;
	in.gid = 100;
	strcpy(in.home, "/h");
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a), REASON_NONE);
	sql("INSERT INTO given VALUES ('before', 65605), ('lost', 65606)",
	    SQLITE_OK);
	first_version();
	text_begin(&text, 2);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	text_add(&text, "%s%s", conflicts[_i], "");
	ck_assert_int_eq(take(), REASON_ROSTER_CONFLICT);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM account"), 3);
	/* the lost one comes back under its name */
	text_begin(&text, 2);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	text_add(&text, "account|65606|lost|65536|/h|/s|1|-|-|1|-|-|-");
	ck_assert_int_eq(take(), REASON_NONE);
}
END_TEST

START_TEST(somebody_elses_tag_or_card_is_a_conflict)
{
	struct roster_card card = card_of(5, 1, 20300101);
	char hex[33];

	enrolled(r, 5);
	first_version();
	text_begin(&text, 2);
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
	text_add(&text, "account|65602|ghi|65536|/h|/s|1|-|-|1|-|-|-");
	if (_i == 0)
		text_add(&text, "tag|65602|1|%s", tag_hex(&card, hex));
	else
		text_add(&text, "card|65602|1|%s|1|20300101|-",
			 card_hex(&card, hex));
	ck_assert_int_eq(take(), REASON_ROSTER_CONFLICT);
	ck_assert_int_eq(login(card), REASON_NONE);
	/* nor does the file move one from one account to another */
	text_begin(&text, 2);
	text_add(&text, "account|65600|abc|65536|/h|/s|1|-|-|1|-|-|-");
	text_add(&text, "tag|65600|1|%s",
		 tag_hex((card = card_of(2, 1, 1), &card), hex));
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_ROSTER_CONFLICT);
}
END_TEST

START_TEST(a_groups_name_is_one_groups)
{
	struct roster_account a;

	ck_assert_int_eq(roster_group_put(r, "here", 70009), REASON_NONE);
	text_begin(&text, 1);
	text_add(&text, "group|here|70001");
	ck_assert_int_eq(take(), REASON_ROSTER_CONFLICT);
	/* too many groups with those of this machine */
	first_version();
	a = show("abc");
	ck_assert_int_eq(roster_group_join(r, "here", a.name), REASON_NONE);
	text_begin(&text, 2);
	for (unsigned int g = 0; g < ROSTER_GROUPS_MAX; g++)
		text_add(&text, "group|g%u|%u", g, 71000 + g);
	text_person(&text, 1, 65600, "abc");
	for (unsigned int g = 0; g < ROSTER_GROUPS_MAX; g++)
		text_add(&text, "member|65600|%u", 71000 + g);
	text_person(&text, 2, 65601, "def");
	ck_assert_int_eq(take(), REASON_ROSTER_CONFLICT);
	ck_assert_int_eq(roster_group_leave(r, "here", a.name), REASON_NONE);
	ck_assert_int_eq(import_all(r, &text, &sum), REASON_NONE);
}
END_TEST

static Suite *import_suite(void)
{
	Suite *s = suite_create("roster/import");
	TCase *t = tcase_create("import");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, accounts_are_as_the_file_says);
	tcase_add_test(t, restored_by_the_file_is_active_again);
	tcase_add_test(t, missing_accounts_are_refused_or_revoked_by_order);
	tcase_add_test(t, accounts_and_groups_of_this_machine_stay);
	tcase_add_test(t, an_account_made_here_is_the_files_by_a_shared_tag);
	tcase_add_test(t, a_tag_of_before_shows_the_same_person);
	tcase_add_test(t, statements_of_this_machine_bind_again);
	tcase_add_test(t, the_newer_code_wins);
	tcase_add_test(t, blocked_here_or_there_is_blocked);
	tcase_add_loop_test(t, of_two_current_cards_the_newer_stays, 0, 2);
	tcase_add_test(t, revoked_here_stays_revoked);
	tcase_add_test(t, cards_of_a_retired_epoch_say_it_by_the_day);
	tcase_add_loop_test(t, somebody_elses_name_or_uid_is_a_conflict, 0,
			    sizeof(conflicts) / sizeof(conflicts[0]));
	tcase_add_loop_test(t, somebody_elses_tag_or_card_is_a_conflict, 0, 2);
	tcase_add_test(t, a_groups_name_is_one_groups);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(import_suite)
