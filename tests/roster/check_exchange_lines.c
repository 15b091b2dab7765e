/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each line of a roster file that is not as it must be, where it must be. */
#include "support_exchange.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"

static struct roster *r;
static struct text text;

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

/* The third line of a file is this one. */
static const char *const bad_lines[] = {
	"", "\t", "what|1", "account", "group|a", "group|a|70000|x",
	"group|a|70000|", "group|a:b|70000", "group|a|999", "group|a|070000",
	"group|a| 70000", "group|a|4294967296", "group|a|-1", "Group|a|70000",
	"group|a|70000\r", "group||70000", "group|a|65536",
	"end|4",
	"cnie-roster|2|" URN "|1|20260101|20270101",
	"cnie-rebinds|2|" URN "|1|20260101|20270101",
	"account|65600|abc|65536|/home/x|/bin/sh|1|1|-|1|-|-",
	"account|65600|abc|65536|/home/x|/bin/sh|1|1|-|1|-|-|-|-",
	"account|0|abc|65536|/home/x|/bin/sh|1|1|-|1|-|-|-",
	"account|65534|abc|65536|/home/x|/bin/sh|1|1|-|1|-|-|-",
	"account|65600|abc|0|/home/x|/bin/sh|1|1|-|1|-|-|-",
	"account|65600|abc|65536|home|/bin/sh|1|1|-|1|-|-|-",
	"account|65600|abc|65536|/home/x|sh|1|1|-|1|-|-|-",
	"account|65600|abc|65536|/home/x|/bin/sh|3|1|-|1|-|-|-",
	"account|65600|abc|65536|/home/x|/bin/sh|1|0|-|1|-|-|-",
	"account|65600|abc|65536|/home/x|/bin/sh|1|1|20261301|1|-|-|-",
	"account|65600|abc|65536|/home/x|/bin/sh|1|1|20261232|1|-|-|-",
	"account|65600|abc|65536|/home/x|/bin/sh|1|1|0|1|-|-|-",
	"account|65600|abc|65536|/home/x|/bin/sh|1|1|-|2|-|-|-",
	"account|65600|abc|65536|/home/x|/bin/sh|1|1|-|1|x|-|-",
	"account|65600|abc|65536|/home/x|/bin/sh|1|1|-|1|$y$ x|-|-",
	"account|65600|abc|65536|/home/x|/bin/sh|1|1|-|1|-|-|100000000",
	"tag|65600|1|01020304050607080102030405060708",
	"member|65600|65536",
	"card|65600|1|01020304050607080102030405060708|1|-|-",
	"rebind|65600|-|-|2|01020304050607080102030405060708|-",
};

START_TEST(a_bad_line_is_refused_by_its_number)
{
	uint64_t line = 0;

	text_begin(&text, 1);
	text_add(&text, "group|cnie|65536");
	text_add(&text, "%s%s", bad_lines[_i], "");
	text_end(&text);
	ck_assert_int_eq(import_as(r, &plain_import, &text, NULL, &line),
			 REASON_ROSTER_FORMAT);
	ck_assert_int_eq(line, 3);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM sector_group"), 0);
}
END_TEST

/* The line after an account's, its tag's and its card's. */
static const char *const bad_order[] = {
	"group|later|70000", "tag|65600|1|aa020304050607080102030405060708",
	"card|65600|1|01000000010000002222222222222222|2|-|-",
	"card|65600|1|00000000000000000000000000000000|2|-|-",
	"card|65601|2|00000000000000000000000000000000|2|-|-",
	"account|65600|xyz|65536|/home/x|/bin/sh|1|1|-|1|-|-|-",
	"account|65599|xyz|65536|/home/x|/bin/sh|1|1|-|1|-|-|-",
	"member|65600|70001", "member|65601|65536",
	"card|65600|3|0100000001000000222222222222222|2|-|-",
	"card|65600|3|010000000100000022222222222222222|2|-|-",
	"card|65600|3|0100000001000000222222222222222A|2|-|-",
	"card|65600|0|01000000010000002222222222222222|2|-|-",
	"rebind|65600|1|-|2|00000000000000000000000000000000|-",
	"rebind|65600|-|00000000000000000000000000000000|2|"
		"00000000000000000000000000000000|-",
	"rebind|65601|-|-|2|00000000000000000000000000000000|-",
};

START_TEST(a_line_out_of_place_is_refused_by_its_number)
{
	uint64_t line = 0;

	text_begin(&text, 1);
	text_add(&text, "group|cnie|65536");
	text_person(&text, 1, 65600, "abc");
	text_add(&text, "%s%s", bad_order[_i], "");
	text_end(&text);
	ck_assert_int_eq(import_as(r, &plain_import, &text, NULL, &line),
			 REASON_ROSTER_FORMAT);
	ck_assert_int_eq(line, 6);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM account"), 0);
}
END_TEST

/* Lines after which others may not come. */
static const char *const bad_pairs[][2] = {
	{ "given|old|65000", "given|old|65000" },
	{ "given|old|65000", "given|nld|65000" },
	{ "given|old|65000", "account|65601|x|65536|/h|/s|1|1|-|1|-|-|-" },
	{ "blocked|70000|1|01020304050607080102030405060708|-",
	  "given|old|65000" },
	{ "end|7", "end|7" },
	{ "member|65600|65536", "member|65600|65536" },
	{ "member|65600|65536",
	  "card|65600|2|01020304050607080102030405060708|1|-|-" },
};

START_TEST(a_kind_of_line_follows_its_own_or_the_one_before)
{
	uint64_t line = 0;

	text_begin(&text, 1);
	text_add(&text, "group|cnie|65536");
	text_person(&text, 1, 65600, "abc");
	text_add(&text, "%s", bad_pairs[_i][0]);
	if (_i == 4)
		text.p[text.n - 2] = '6';	/* the right number of lines */
	text_add(&text, "%s", bad_pairs[_i][1]);
	text_end(&text);
	ck_assert_int_eq(import_as(r, &plain_import, &text, NULL, &line),
			 REASON_ROSTER_FORMAT);
	ck_assert_int_eq(line, 7);
}
END_TEST

/* Of one account, each after the one before it. */
static const char *const bad_after[][2] = {
	{ "tag|65600|2|11020304050607080102030405060708",
	  "tag|65600|2|22020304050607080102030405060708" },
	{ "tag|65600|2|11020304050607080102030405060708",
	  "tag|65600|1|22020304050607080102030405060708" },
	{ "card|65600|2|11020304050607080102030405060708|2|-|-",
	  "card|65600|1|22020304050607080102030405060708|2|-|-" },
	{ "card|65600|2|11020304050607080102030405060708|2|-|-",
	  "card|65600|2|11020304050607080102030405060708|2|-|-" },
};

START_TEST(tags_and_cards_ascend)
{
	uint64_t line = 0;

	text_begin(&text, 1);
	text_add(&text, "account|65600|abc|65536|/h|/s|1|1|-|1|-|-|-");
	text_add(&text, "%s", bad_after[_i][0]);
	text_add(&text, "%s", bad_after[_i][1]);
	text_end(&text);
	ck_assert_int_eq(import_as(r, &plain_import, &text, NULL, &line),
			 REASON_ROSTER_FORMAT);
	ck_assert_int_eq(line, 4);
}
END_TEST

START_TEST(more_of_one_account_than_fits_is_refused)
{
	static const char *const many[] = {
		"tag|65600|%d|aa020304050607080102030405%06x",
		"card|65600|%d|aa020304050607080102030405%06x|2|-|-",
		"rebind|65600|-|-|%d|aa020304050607080102030405%06x|-",
		"member|65600|70%03d",
	};
	static const int most[] = { 15, 31, 64, ROSTER_GROUPS_MAX };
	struct roster_card card = card_of(1, 1, 1);
	char hex[33];

	for (int extra = 0; extra < 2; extra++) {
		text_begin(&text, 1);
		for (int g = 0; _i == 3 && g <= ROSTER_GROUPS_MAX; g++)
			text_add(&text, "group|g%d|70%03d", g, g + 2);
		text_add(&text, "account|65600|abc|65536|/h|/s|1|1|-|1|-|-|-");
		if (_i == 0)
			text_add(&text, "tag|65600|1|%s", tag_hex(&card, hex));
		if (_i == 1)
			text_add(&text, "card|65600|1|%s|1|-|-",
				 card_hex(&card, hex));
		for (int n = 0; n < most[_i] + extra; n++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			text_add(&text, many[_i], n + 2, n);
#pragma GCC diagnostic pop
		}
		text_end(&text);
		ck_assert_int_eq(import_all(r, &text, NULL),
				 extra ? REASON_ROSTER_FORMAT : REASON_NONE);
		roster_close(&r);
		dir_empty();
		r = open_roster();
	}
}
END_TEST

static Suite *lines_suite(void)
{
	Suite *s = suite_create("roster/exchange lines");
	TCase *t = tcase_create("lines");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_bad_line_is_refused_by_its_number, 0,
			    sizeof(bad_lines) / sizeof(bad_lines[0]));
	tcase_add_loop_test(t, a_line_out_of_place_is_refused_by_its_number, 0,
			    sizeof(bad_order) / sizeof(bad_order[0]));
	tcase_add_loop_test(t, a_kind_of_line_follows_its_own_or_the_one_before,
			    0, sizeof(bad_pairs) / sizeof(bad_pairs[0]));
	tcase_add_loop_test(t, more_of_one_account_than_fits_is_refused, 0, 4);
	tcase_add_loop_test(t, tags_and_cards_ascend, 0,
			    sizeof(bad_after) / sizeof(bad_after[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(lines_suite)
