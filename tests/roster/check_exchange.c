/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A roster goes out as lines and comes in again: the same, or not at all. */
#include "support_exchange.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"

static struct roster *r;
static struct text text, again;

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

/* As on another machine: nothing is here, nothing is known. */
static void empty_roster(void)
{
	roster_close(&r);
	ck_assert_int_eq(unlink(roster_path), 0);
	ck_assert_int_eq(unlink(marks_path), 0);
	r = open_roster();
}

static const char *after_first_line(const struct text *t)
{
	return strchr(t->p, '\n');
}

/* -- round --------------------------------------------------------------- */

static void fill_roster(void)
{
	struct roster_account a[8];

	for (int p = 0; p < 8; p++)
		a[p] = enrolled(r, p);
	ck_assert_int_eq(roster_group_put(r, "cnie", 65536), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "staff.x", 70001), REASON_NONE);
	ck_assert_int_eq(roster_group_join(r, "staff.x", a[1].name),
			 REASON_NONE);
	ck_assert_int_eq(roster_group_join(r, "cnie", a[1].name), REASON_NONE);
	ck_assert_int_eq(login(card_in_both(2, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(login(card_in_both(2, 2, 20340101)), REASON_NONE);
	ck_assert_int_eq(roster_set_code(r, a[3].name, "$y$j9T$x$y"),
			 REASON_NONE);
	ck_assert_int_eq(roster_set_face(r, a[3].name, false), REASON_NONE);
	ck_assert_int_eq(roster_set_expiry(r, a[3].name, 20290101),
			 REASON_NONE);
	ck_assert_int_eq(roster_revoke(r, a[4].name), REASON_NONE);
	ck_assert_int_eq(roster_rename(r, a[5].name, "m.alami"), REASON_NONE);
	ck_assert_int_eq(roster_card_block(r, a[6].name), REASON_NONE);
	ck_assert_int_eq(login(card_under(3, 0, 1, 1)), REASON_UNKNOWN_CARD);
	sql("INSERT INTO blocked VALUES (1, zeroblob(16), 70009, 20300101)",
	    SQLITE_OK);
	sql("INSERT INTO rebind VALUES (77, 1, 0, NULL, 9, zeroblob(16), 0, 1)",
	    SQLITE_OK);
	sql("UPDATE account SET floor = 20290100 WHERE id = 2", SQLITE_OK);
}

START_TEST(what_goes_out_comes_in_the_same)
{
	struct import_summary sum;

	fill_roster();
	export_all(r, EXCHANGE_ROSTER, &text);
	ck_assert_ptr_nonnull(strstr(text.p, "\nrebind\t65536\t-\t-\t9\t"));
	empty_roster();
	ck_assert_int_eq(import_all(r, &text, &sum), REASON_NONE);
	ck_assert(sum.version == 1 && sum.accounts == 8 && sum.added == 8 &&
		  sum.changed == 0 && sum.revoked == 0 && sum.local == 0);
	export_all(r, EXCHANGE_ROSTER, &again);
	ck_assert_str_eq(after_first_line(&text), after_first_line(&again));
	ck_assert_int_eq(strncmp(again.p, "cnie-roster\t2\t" URN
				 "\t2\t20261122\t20271122\n", 49), 0);
	/* people log in, or not, as before */
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_under(2, 2, 2, 20340101)), REASON_NONE);
	ck_assert_int_eq(login(card_of(4, 1, 20300101)), REASON_REVOKED);
	ck_assert_int_eq(login(card_of(6, 1, 20300101)), REASON_BLOCKED_CARD);
	/* and what was given is not given again */
	ck_assert_int_gt(enrolled(r, 9).uid, 65543);
	check_integrity();
}
END_TEST

START_TEST(the_same_again_with_a_newer_version_changes_nothing)
{
	struct import_summary sum;

	fill_roster();
	export_all(r, EXCHANGE_ROSTER, &text);
	export_all(r, EXCHANGE_ROSTER, &again);
	empty_roster();
	ck_assert_int_eq(import_all(r, &text, &sum), REASON_NONE);
	ck_assert_int_eq(import_all(r, &again, &sum), REASON_NONE);
	ck_assert(sum.version == 2 && sum.accounts == 8 && sum.added == 0 &&
		  sum.changed == 0 && sum.revoked == 0);
}
END_TEST

START_TEST(versions_of_what_goes_out_only_grow)
{
	unsigned long long v[4];

	enrolled(r, 1);
	export_all(r, EXCHANGE_ROSTER, &text);
	ck_assert_int_eq(sscanf(text.p, "cnie-roster 2 %*s %llu", &v[0]), 1);
	backup(&r);
	export_all(r, EXCHANGE_REBINDS, &text);
	ck_assert_int_eq(sscanf(text.p, "cnie-rebinds 2 %*s %llu", &v[1]), 1);
	put_back(&r);			/* an old copy knows better */
	export_all(r, EXCHANGE_ROSTER, &text);
	ck_assert_int_eq(sscanf(text.p, "cnie-roster 2 %*s %llu", &v[2]), 1);
	text_begin(&text, 100);
	text_person(&text, 1, 65536, "abc");
	text_end(&text);
	ck_assert_int_eq(import_all(r, &text, NULL), REASON_NONE);
	export_all(r, EXCHANGE_ROSTER, &text);
	ck_assert_int_eq(sscanf(text.p, "cnie-roster 2 %*s %llu", &v[3]), 1);
	ck_assert(v[0] == 1 && v[1] == 2 && v[2] == 3 && v[3] == 101);
}
END_TEST

START_TEST(what_is_expired_or_of_no_sector_does_not_go_out)
{
	struct export_options o = { .kind = EXCHANGE_ROSTER, .urn = URN,
				    .today = TODAY, .expires = TODAY - 1 };
	struct exporter *e = NULL;
	uint8_t buf[EXCHANGE_LINE_MAX - 1];
	struct sink s = SINK(buf);
	bool last;

	ck_assert_int_eq(export_begin(r, &o, &e), REASON_ROSTER_EXPIRED);
	o.expires = TODAY;
	o.urn = "";
	ck_assert_int_eq(export_begin(r, &o, &e), REASON_NOT_CONFIGURED);
	ck_assert_ptr_null(e);
	o.urn = URN;
	ck_assert_int_eq(export_begin(r, &o, &e), REASON_NONE);
	ck_assert_int_eq(export_next(e, &s, &last), REASON_INTERNAL);
	export_free(&e);
	export_free(&e);
}
END_TEST

/* -- the whole is judged first ------------------------------------------- */

static void two_people(unsigned int version)
{
	text_begin(&text, version);
	text_add(&text, "group|cnie|65536");
	text_person(&text, 1, 65600, "abc");
	text_person(&text, 2, 65601, "def");
}

/* Refused, and not a row of it is there. */
static void refused_whole(enum reason want)
{
	ck_assert_int_eq(import_all(r, &text, NULL), want);
	ck_assert_int_eq(sql_number("SELECT (SELECT count(*) FROM account"
				    " WHERE uid >= 65600) + (SELECT count(*)"
				    " FROM sector_group)"), 0);
}

START_TEST(what_is_of_no_sector_does_not_come_in)
{
	struct import_options o = plain_import;
	struct importer *i = NULL;
	char urn[130];

	o.urn = "";
	ck_assert_int_eq(import_begin(r, &o, &i), REASON_NOT_CONFIGURED);
	memset(urn, 'u', sizeof(urn) - 1);
	urn[sizeof(urn) - 1] = '\0';
	o.urn = urn;
	ck_assert_int_eq(import_begin(r, &o, &i), REASON_NOT_CONFIGURED);
	ck_assert_ptr_null(i);
}
END_TEST

START_TEST(rollback_is_refused)
{
	two_people(7);
	text_end(&text);
	ck_assert_int_eq(import_all(r, &text, NULL), REASON_NONE);
	ck_assert_int_eq(import_all(r, &text, NULL), REASON_ROSTER_OLD);
	two_people(6);
	text_end(&text);
	ck_assert_int_eq(import_all(r, &text, NULL), REASON_ROSTER_OLD);
	two_people(8);
	text_end(&text);
	ck_assert_int_eq(import_all(r, &text, NULL), REASON_NONE);
}
END_TEST

START_TEST(expired_file_and_one_of_another_sector_are_refused)
{
	text.n = text.lines = 0;
	text_add(&text, "cnie-roster|2|" URN "|1|20250101|%u", TODAY - 1);
	text_end(&text);
	refused_whole(REASON_ROSTER_EXPIRED);
	text.n = text.lines = 0;
	text_add(&text, "cnie-roster|2|" URN ":more|1|20250101|%u", TODAY);
	text_end(&text);
	refused_whole(REASON_ROSTER_SECTOR);
	text.n = text.lines = 0;
	text_add(&text, "cnie-roster|2|" URN "|1|20250101|%u", TODAY);
	text_end(&text);
	ck_assert_int_eq(import_all(r, &text, NULL), REASON_NONE);
}
END_TEST

START_TEST(a_file_that_stops_early_is_refused)
{
	two_people(1);
	refused_whole(REASON_ROSTER_FORMAT);	/* no end */
	text_add(&text, "end|%zu", text.lines);	/* one line is missing */
	refused_whole(REASON_ROSTER_FORMAT);
	two_people(1);
	text_end(&text);
	text.n--;				/* the last newline */
	refused_whole(REASON_ROSTER_FORMAT);
	text_begin(&text, 1);
	text.n = 0;				/* nothing at all */
	refused_whole(REASON_ROSTER_FORMAT);
}
END_TEST

START_TEST(an_import_left_alone_changes_nothing)
{
	struct importer *i = NULL;
	uint64_t line;

	two_people(1);
	ck_assert_int_eq(import_begin(r, &plain_import, &i), REASON_NONE);
	ck_assert_int_eq(import_lines(i, span_of(text.p, text.n), &line),
			 REASON_NONE);
	import_free(&i);
	import_free(&i);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM account"), 0);
	text_end(&text);
	ck_assert_int_eq(import_all(r, &text, NULL), REASON_NONE);
}
END_TEST

START_TEST(after_a_refusal_nothing_is_taken)
{
	struct importer *i = NULL;
	struct import_summary sum = { .accounts = 77 };
	uint64_t line = 0;

	two_people(1);
	text_end(&text);
	ck_assert_int_eq(import_begin(r, &plain_import, &i), REASON_NONE);
	ck_assert_int_eq(import_lines(i, span_str("what\n"), &line),
			 REASON_ROSTER_FORMAT);
	ck_assert_int_eq(line, 1);
	ck_assert_int_eq(import_lines(i, span_of(text.p, text.n), &line),
			 REASON_INTERNAL);
	ck_assert_int_eq(import_end(i, &sum), REASON_ROSTER_FORMAT);
	ck_assert_int_eq(sum.accounts, 77);
	import_free(&i);
}
END_TEST

START_TEST(others_read_while_an_import_goes_on)
{
	struct roster_card card = card_of(5, 1, 20300101);
	struct importer *i = NULL, *second = NULL;
	struct roster_account a = enrolled(r, 5), b;
	struct roster *other = open_roster();
	struct import_summary sum;
	uint64_t line;

	two_people(1);
	text_end(&text);
	ck_assert_int_eq(import_begin(r, &plain_import, &i), REASON_NONE);
	ck_assert_int_eq(import_lines(i, span_of(text.p, text.n), &line),
			 REASON_NONE);
	ck_assert_int_eq(roster_login(other, &card, TODAY, NOW, &b),
			 REASON_NONE);
	ck_assert_int_eq(import_begin(other, &plain_import, &second),
			 REASON_ROSTER_BUSY);
	ck_assert_int_eq(roster_revoke(other, a.name), REASON_ROSTER_BUSY);
	roster_close(&other);
	other = open_roster();
	ck_assert_int_eq(roster_show(other, "abc", &b), REASON_NO_ACCOUNT);
	ck_assert_int_eq(import_end(i, &sum), REASON_NONE);
	import_free(&i);
	ck_assert_int_eq(sum.local, 1);
	ck_assert_int_eq(roster_show(other, "abc", &b), REASON_NONE);
	roster_close(&other);
}
END_TEST

/* -- limits --------------------------------------------------------------- */

static enum reason comes_to_an_empty_machine(void)
{
	export_all(r, EXCHANGE_ROSTER, &text);
	empty_roster();
	return import_all(r, &text, NULL);
}

/* n rows of each kind that a file has only so many of. */
static void many(int n)
{
	char query[512];

	snprintf(query, sizeof(query),
		 "WITH RECURSIVE c(n) AS (SELECT 2 UNION ALL SELECT n + 1"
		 " FROM c WHERE n < %d) INSERT INTO tag SELECT n,"
		 " randomblob(16), 1 FROM c", n);
	sql(query, SQLITE_OK);
	snprintf(query, sizeof(query),
		 "WITH RECURSIVE c(n) AS (SELECT 2 UNION ALL SELECT n + 1"
		 " FROM c WHERE n < %d) INSERT INTO card SELECT 1,"
		 " randomblob(16), 1, 2, 20000101 + 10000 * n, 0 FROM c", n);
	sql(query, SQLITE_OK);
	snprintf(query, sizeof(query),
		 "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1"
		 " FROM c WHERE n < %d) INSERT INTO rebind SELECT NULL, 1, 0,"
		 " NULL, 9, randomblob(16), n, 1 FROM c", n);
	sql(query, SQLITE_OK);
}

static const struct {
	int has, tags, cards, rebinds, floor;
} limits[] = {
	{ 16, 16, 16, 16, 0 }, { 17, 16, 17, 17, 0 }, { 32, 16, 32, 32, 0 },
	{ 33, 16, 32, 33, 20020101 }, { 64, 16, 32, 64, 20330101 },
	{ 65, 16, 32, 64, 20340101 }, { 90, 16, 32, 64, 20590101 },
};

START_TEST(what_goes_out_another_takes_however_much_it_was)
{
	uint32_t newest = limits[_i].has < 16 ? 1 : (uint32_t)limits[_i].has;

	enrolled(r, 1);
	many(limits[_i].has);
	ck_assert_int_eq(comes_to_an_empty_machine(), REASON_NONE);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM tag"),
			 limits[_i].tags);
	ck_assert_int_eq(sql_number("SELECT max(epoch) FROM tag"), newest);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM card"),
			 limits[_i].cards);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM card"
				    " WHERE state = 1"), 1);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM rebind"),
			 limits[_i].rebinds);
	ck_assert_int_eq(sql_number("SELECT max(at) FROM rebind"),
			 limits[_i].has);
	/* the cards that it left out stay blocked */
	ck_assert_int_eq(sql_number("SELECT floor FROM account"),
			 limits[_i].floor);
}
END_TEST

/* Cards here that the file has not, and those that it has. */
START_TEST(many_cards_here_keep_no_file_out)
{
	enrolled(r, 1);
	export_all(r, EXCHANGE_ROSTER, &again);
	many(33);
	ck_assert_int_eq(import_all(r, &again, NULL), REASON_NONE);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM card"), 33);
}
END_TEST

START_TEST(a_version_that_leaves_no_room_is_refused)
{
	struct export_options o = { .kind = EXCHANGE_ROSTER, .urn = URN,
				    .today = TODAY, .expires = TODAY };
	struct exporter *e = NULL;

	for (int k = 0; k < 3; k++) {
		text.n = text.lines = 0;
		text_add(&text, "cnie-roster|2|" URN "|%s|%u|%u",
			 k == 0 ? "9223372036854775807" :
			 k == 1 ? "1000000000000001" : "1000000000000000",
			 TODAY, TODAY);
		text_end(&text);
		ck_assert_int_eq(import_all(r, &text, NULL), k == 2 ?
				 REASON_NONE : REASON_ROSTER_FORMAT);
	}
	/* nor does one go out that nobody takes */
	ck_assert_int_eq(export_begin(r, &o, &e), REASON_ROSTER_FORMAT);
}
END_TEST

static const struct { uint32_t today, made; bool ok; } clocks[] = {
	{ 20261122, 20261122, true }, { 20261122, 20261123, true },
	{ 20261122, 20261124, false }, { 20261231, 20270101, true },
	{ 20261231, 20270102, false }, { 20240228, 20240229, true },
	{ 20240228, 20240301, false }, { 19700101, 20240101, false },
};

/* To a clock that is behind nothing is expired. */
START_TEST(a_file_of_a_day_to_come_is_refused)
{
	struct import_options o = plain_import;

	o.today = clocks[_i].today;
	text.n = text.lines = 0;
	text_add(&text, "cnie-roster|2|" URN "|1|%u|20270131",
		 clocks[_i].made);
	text_end(&text);
	ck_assert_int_eq(import_as(r, &o, &text, NULL, NULL), clocks[_i].ok ?
			 REASON_NONE : REASON_ROSTER_CLOCK);
}
END_TEST

static int64_t shown(void)
{
	ck_assert_int_eq(sql_number("SELECT count(*) FROM sqlite_schema WHERE"
				    " type = 'trigger' AND name LIKE 'shown%'"),
			 7);
	return sql_number("SELECT value FROM meta WHERE key = 'shown'");
}

/* A view of before it is none of after it; what comes later is seen too. */
START_TEST(an_import_is_a_change_of_what_a_view_shows)
{
	struct importer *i = NULL;
	int64_t was = shown(), is;

	ck_assert_int_eq(import_begin(r, &plain_import, &i), REASON_NONE);
	import_free(&i);
	ck_assert(shown() == was);
	text_begin(&text, 1);
	text_person(&text, 1, 65536, "abc");
	text_end(&text);
	ck_assert_int_eq(import_all(r, &text, NULL), REASON_NONE);
	is = shown();
	ck_assert(is != was && is >= 0);
	ck_assert_int_eq(roster_revoke(r, "abc"), REASON_NONE);
	ck_assert(shown() != is);
}
END_TEST

static Suite *exchange_suite(void)
{
	Suite *s = suite_create("roster/exchange");
	TCase *t = tcase_create("exchange");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_goes_out_comes_in_the_same);
	tcase_add_test(t, the_same_again_with_a_newer_version_changes_nothing);
	tcase_add_test(t, versions_of_what_goes_out_only_grow);
	tcase_add_test(t, what_is_expired_or_of_no_sector_does_not_go_out);
	tcase_add_test(t, what_is_of_no_sector_does_not_come_in);
	tcase_add_test(t, rollback_is_refused);
	tcase_add_test(t, expired_file_and_one_of_another_sector_are_refused);
	tcase_add_test(t, a_file_that_stops_early_is_refused);
	tcase_add_test(t, an_import_left_alone_changes_nothing);
	tcase_add_test(t, after_a_refusal_nothing_is_taken);
	tcase_add_test(t, others_read_while_an_import_goes_on);
	tcase_add_loop_test(t, what_goes_out_another_takes_however_much_it_was,
			    0, sizeof(limits) / sizeof(limits[0]));
	tcase_add_test(t, an_import_is_a_change_of_what_a_view_shows);
	tcase_add_test(t, many_cards_here_keep_no_file_out);
	tcase_add_test(t, a_version_that_leaves_no_room_is_refused);
	tcase_add_loop_test(t, a_file_of_a_day_to_come_is_refused, 0,
			    sizeof(clocks) / sizeof(clocks[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(exchange_suite)
