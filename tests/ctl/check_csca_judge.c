// SPDX-License-Identifier: GPL-3.0-or-later
/* What is made of a store on a day: 2026-11-24 unless a case says else. */
#include <string.h>

#include "check_main.h"
#include "ctl/csca.h"
#include "support_item.h"

#define TODAY 20261124

static struct csca_list list;
static struct findings f;
static struct csca_rules rules;

static void setup(void)
{
	list = (struct csca_list){ 0 };
	memset(&f, 0, sizeof(f));
	rules = (struct csca_rules){ .country = "UT" };
}

static void teardown(void)
{
	csca_list_free(&list);
}

static void add(struct msg_item m)
{
	m = item_listed(m);
	ck_assert_int_eq(csca_list_add(&list, &m, NULL), R_OK);
}

static void judge(void)
{
	f.n = 0;
	csca_judge(&list, &rules, TODAY, &f);
	ck_assert_uint_ge(f.n, 1);
}

/* Whether a finding of this state and item has this in its text. */
static bool says(enum finding_state state, const char *item, const char *text)
{
	for (size_t i = 0; i < f.n; i++)
		if (f.at[i].state == state && !strcmp(f.at[i].item, item) &&
		    strstr(f.at[i].text, text)) {
			/* what is wrong comes with what to do */
			ck_assert(state == FINDING_OK || f.at[i].fix);
			return true;
		}
	return false;
}

static size_t count(enum finding_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < f.n; i++)
		n += f.at[i].state == state;
	return n;
}

#define SAYS(state, item, text)						\
	ck_assert_msg(says(state, item, text), "%s: %s is not said", item, text)

/* -- words -------------------------------------------------------------------- */

START_TEST(days_and_states_in_words)
{
	struct msg_item m = item_anchor("a");
	char day[16];

	csca_day(20261124, day);
	ck_assert_str_eq(day, "2026-11-24");
	csca_day(0, day);
	ck_assert_str_eq(day, "-");
	csca_day(UINT32_MAX, day);	/* whatever comes, it fits */
	ck_assert_uint_lt(strlen(day), sizeof(day));
	ck_assert_str_eq(csca_state(&m), "valid");
	m.flags |= ITEM_EXPIRING;
	ck_assert_str_eq(csca_state(&m), "expires within 30 days");
	m.flags |= ITEM_EXPIRED;
	ck_assert_str_eq(csca_state(&m), "expired, not withdrawn");
	m = item_crl("c");
	ck_assert_str_eq(csca_state(&m), "current");
	m.flags |= ITEM_EXPIRING;
	ck_assert_str_eq(csca_state(&m), "due within 30 days");
	m.flags |= ITEM_EXPIRED;
	ck_assert_str_eq(csca_state(&m), "stale");
}
END_TEST

START_TEST(today_is_the_day_in_utc)
{
	ck_assert_uint_eq(csca_today(0), 19700101);
	ck_assert_uint_eq(csca_today(1795564799), 20261124);
	ck_assert_uint_eq(csca_today(1795564800), 20261125);
	ck_assert_uint_eq(csca_today(1709164800), 20240229);
}
END_TEST

static char *printed(void (*print)(const struct csca_list *l, FILE *to))
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	print(&list, to);
	fclose(to);
	return text;
}

START_TEST(list_as_text)
{
	char *text, want[1024];
	struct msg_item link = item_anchor("two");

	link.flags = ITEM_LINK | ITEM_EXPIRED | ITEM_WEAK;
	link.until = 20260101;
	add(item_crl("c"));	/* anchors come first all the same */
	add(item_anchor("one"));
	add(link);
	list.bad = 1;
	text = printed(csca_list_text);
	snprintf(want, sizeof(want),
		 "anchor  UT  %s\n"
		 "        C=UT, CN=one\n"
		 "        rsa-4096 sha256, 2020-01-01 to 2040-01-01, serial 01, self-signed: valid\n"
		 "anchor  UT  %s\n"
		 "        C=UT, CN=two\n"
		 "        rsa-4096 sha256, 2020-01-01 to 2026-01-01, serial 01, link certificate: expired, not withdrawn, too weak for the profile\n"
		 "crl     UT  %s\n"
		 "        C=UT, CN=CSCA-UTOPIA\n"
		 "        rsa-4096 sha256, 2026-11-01 to 2027-02-01, 3 revoked: current\n"
		 "\n2 anchors, 1 CRL, and 1 file not used\n",
		 item_sha256("one"), item_sha256("two"), item_sha256("c"));
	ck_assert_str_eq(text, want);
	free(text);
}
END_TEST

START_TEST(list_as_json)
{
	struct msg_item odd = item_anchor("one");
	char *text;

	strcpy(odd.subject, "C=UT, CN=\"\\");
	odd.until = 0;
	add(odd);
	add(item_crl("c"));
	text = printed(csca_list_json);
	ck_assert_ptr_nonnull(strstr(text, "\"kind\": \"anchor\""));
	ck_assert_ptr_nonnull(strstr(text, item_sha256("one")));
	ck_assert_ptr_nonnull(strstr(text,
				     "\"subject\": \"C=UT, CN=\\\"\\\\\""));
	ck_assert_ptr_nonnull(strstr(text, "\"until\": null"));
	ck_assert_ptr_nonnull(strstr(text, "\"revoked\": 3"));
	ck_assert_ptr_nonnull(strstr(text, "\"until\": \"2027-02-01\""));
	ck_assert_ptr_nonnull(strstr(text, "\"self_signed\": true"));
	ck_assert_ptr_nonnull(strstr(text, "\"bad\": 0"));
	free(text);
}
END_TEST

/* -- anchors ------------------------------------------------------------------- */

START_TEST(all_is_well)
{
	struct msg_item link = item_anchor("b");

	link.flags = ITEM_LINK;
	add(item_anchor("a"));
	add(link);
	add(item_crl("c"));
	rules.require_crl = true;
	judge();
	ck_assert_int_eq(findings_worst(&f), FINDING_OK);
	SAYS(FINDING_OK, "csca-store", "2 of UT, 2 of them valid today");
	SAYS(FINDING_OK, "csca-chain", "1 self-signed, 1 link certificates");
	SAYS(FINDING_OK, "csca-crl", "3 revoked, current until 2027-02-01");
}
END_TEST

START_TEST(empty_store_fails)
{
	judge();
	ck_assert_int_eq(findings_worst(&f), FINDING_FAIL);
	SAYS(FINDING_FAIL, "csca-store", "no trust anchor of UT");
}
END_TEST

START_TEST(anchors_of_other_countries_are_none_of_ours)
{
	struct msg_item m = item_anchor("a");

	strcpy(m.country, "XX");
	m.until = 20261125;	/* and their dates are no matter here */
	add(m);
	judge();
	SAYS(FINDING_FAIL, "csca-store", "no trust anchor of UT, 1 of other");
	add(item_anchor("b"));
	judge();
	ck_assert_uint_eq(count(FINDING_FAIL), 0);
	ck_assert_uint_eq(count(FINDING_WARN), 0);
	SAYS(FINDING_OK, "csca-store", "1 of UT, 1 of them valid today; 1 of other");
}
END_TEST

static const struct { uint32_t until; const char *warns; } ends[] = {
	{ 20261124, "in 0 days" }, { 20261125, "in 1 days" },
	{ 20261224, "in 30 days" }, { 20261225, NULL }, { 20400101, NULL },
};

START_TEST(thirty_days_before_an_anchor_expires)
{
	struct msg_item m = item_anchor("a");
	char day[16];

	m.until = ends[_i].until;
	add(m);
	judge();
	csca_day(m.until, day);
	ck_assert_uint_eq(count(FINDING_WARN), ends[_i].warns ? 1 : 0);
	if (ends[_i].warns) {
		SAYS(FINDING_WARN, "csca-anchor", ends[_i].warns);
		SAYS(FINDING_WARN, "csca-anchor", day);
		SAYS(FINDING_WARN, "csca-anchor", "CN=a");
	}
}
END_TEST

START_TEST(thirty_days_across_the_end_of_february)
{
	struct msg_item m = item_anchor("a");

	m.until = 20280301;
	add(m);
	/* 2028 is a leap year: 2028-01-31 is 30 days before 2028-03-01 */
	csca_judge(&list, &rules, 20280131, &f);
	SAYS(FINDING_WARN, "csca-anchor", "in 30 days");
	f.n = 0;
	csca_judge(&list, &rules, 20280130, &f);
	ck_assert_uint_eq(count(FINDING_WARN), 0);
}
END_TEST

START_TEST(expired_but_not_withdrawn_is_told_and_fine)
{
	struct msg_item old = item_anchor("old"), older = item_anchor("older");

	old.until = 20261123;
	older.until = 20240101;
	add(old);
	add(older);
	add(item_anchor("new"));
	judge();
	ck_assert_int_eq(findings_worst(&f), FINDING_OK);
	SAYS(FINDING_OK, "csca-anchor",
	     "2 expired, the last on 2026-11-23, not withdrawn");
}
END_TEST

START_TEST(none_valid_any_more_warns)
{
	struct msg_item old = item_anchor("old");

	old.until = 20261123;
	add(old);
	judge();
	ck_assert_int_eq(findings_worst(&f), FINDING_WARN);
	SAYS(FINDING_WARN, "csca-anchor", "none is valid today");
}
END_TEST

START_TEST(anchor_of_a_day_to_come_warns)
{
	struct msg_item m = item_anchor("m");

	m.from = 20261125;
	add(m);
	add(item_anchor("a"));
	judge();
	SAYS(FINDING_WARN, "csca-anchor", "1 not valid before a day to come");
	list.at[0].from = 20261124;
	judge();
	ck_assert_uint_eq(count(FINDING_WARN), 0);
}
END_TEST

START_TEST(weak_anchor_warns)
{
	struct msg_item m = item_anchor("m");

	m.flags |= ITEM_WEAK;
	add(m);
	add(item_anchor("a"));
	judge();
	SAYS(FINDING_WARN, "csca-weak", "1 of them too weak");
}
END_TEST

START_TEST(issuer_that_is_not_here_is_told)
{
	struct msg_item m = item_anchor("m");

	m.flags = 0;
	add(m);
	judge();
	SAYS(FINDING_OK, "csca-chain",
	     "0 self-signed, 0 link certificates of one that is here, 1 whose");
}
END_TEST

START_TEST(files_that_are_not_used_warn)
{
	add(item_anchor("a"));
	list.bad = 2;
	judge();
	SAYS(FINDING_WARN, "csca-files", "2 files");
}
END_TEST

/* However many there are, what follows still has its place. */
START_TEST(many_that_expire_are_counted)
{
	for (int i = 0; i < 40; i++) {
		char name[16];
		struct msg_item m;

		snprintf(name, sizeof(name), "%d", i);
		m = item_anchor(name);
		m.until = 20261130;
		add(m);
	}
	list.bad = 1;
	judge();
	SAYS(FINDING_WARN, "csca-anchor", "32 more expire within 30 days");
	SAYS(FINDING_WARN, "csca-files", "1 files");
	ck_assert_uint_eq(count(FINDING_WARN), 10);
}
END_TEST

/* -- CRLs ------------------------------------------------------------------------ */

static const struct {
	bool must;
	uint16_t grace;
	uint32_t until;		/* 0: says none; 1: no CRL at all */
	enum finding_state want;
	const char *text;
} crls[] = {
	{ false, 0, 20270201, FINDING_OK, "current until 2027-02-01" },
	{ true, 0, 20270201, FINDING_OK, "current until 2027-02-01" },
	{ false, 0, 20261225, FINDING_OK, "current until" },
	{ true, 0, 20261224, FINDING_WARN, "due on 2026-12-24, in 30 days" },
	{ true, 0, 20261124, FINDING_WARN, "in 0 days" },
	{ false, 0, 20261123, FINDING_WARN, "stale" },
	{ true, 0, 20261123, FINDING_FAIL, "none is current" },
	{ true, 1, 20261123, FINDING_WARN, "1 days ago (1 days of grace)" },
	{ true, 30, 20261025, FINDING_WARN, "30 days ago" },
	{ true, 30, 20261024, FINDING_FAIL, "none is current" },
	{ false, 30, 20200101, FINDING_WARN, "stale" },
	{ false, 0, 0, FINDING_WARN, "does not say when" },
	{ true, 3650, 0, FINDING_FAIL, "none is current" },
	{ false, 0, 1, FINDING_OK, "none of UT" },
	{ true, 3650, 1, FINDING_FAIL, "there is none" },
};

START_TEST(crl_by_date_and_profile)
{
	struct msg_item c = item_crl("c");

	c.until = crls[_i].until;
	c.from = 20190101;
	rules.require_crl = crls[_i].must;
	rules.grace_days = crls[_i].grace;
	add(item_anchor("a"));
	if (c.until != 1)
		add(c);
	judge();
	ck_assert_int_eq(findings_worst(&f), crls[_i].want);
	SAYS(crls[_i].want, "csca-crl", crls[_i].text);
}
END_TEST

START_TEST(weak_or_foreign_or_future_crl_does_not_serve)
{
	struct msg_item c = item_crl("c");

	if (_i == 0)
		c.flags |= ITEM_WEAK;
	else if (_i == 1)
		strcpy(c.country, "XX");
	else
		c.from = 20261125;
	rules.require_crl = true;
	add(item_anchor("a"));
	add(c);
	judge();
	SAYS(FINDING_FAIL, "csca-crl", "every card is refused");
	if (_i == 0)
		SAYS(FINDING_WARN, "csca-crl", "too weak");
}
END_TEST

START_TEST(older_crl_of_the_same_issuer_is_no_matter)
{
	struct msg_item old = item_crl("old");

	old.from = 20260101;
	old.until = 20260401;
	add(item_anchor("a"));
	add(old);
	add(item_crl("new"));
	judge();
	ck_assert_int_eq(findings_worst(&f), FINDING_OK);
	/* another issuer's is a matter */
	strcpy(list.at[1].subject, "C=UT, CN=CSCA-UTOPIA 1");
	judge();
	SAYS(FINDING_WARN, "csca-crl", "stale");
}
END_TEST

static const struct {
	const char *what;
	bool want;
} pairs[] = {
	{ "newer", true }, { "the same day", false }, { "older", false },
	{ "another issuer", false }, { "another country", false },
	{ "newer but weak", false }, { "both weak", true },
	{ "an anchor for a CRL", false }, { "a CRL for an anchor", false },
	{ "a name that may be cut", false },
};

START_TEST(newer_crl_stands_for_an_older_one)
{
	struct msg_item old = item_crl("old"), newer = item_crl("new");

	newer.from = _i == 1 ? old.from : _i == 2 ? 20261031 : 20261102;
	if (_i == 3)
		strcpy(newer.subject, "C=UT, CN=CSCA-UTOPI");
	if (_i == 4)
		strcpy(newer.country, "XX");
	if (_i == 5 || _i == 6)
		newer.flags |= ITEM_WEAK;
	if (_i == 6)
		old.flags |= ITEM_WEAK;
	if (_i == 7)
		newer.kind = ITEM_ANCHOR;
	if (_i == 8)
		old.kind = ITEM_ANCHOR;
	if (_i == 9) {
		memset(old.subject, 'x', sizeof(old.subject) - 1);
		memset(newer.subject, 'x', sizeof(newer.subject) - 1);
	}
	ck_assert_msg(csca_supersedes(&newer, &old) == pairs[_i].want, "%s",
		      pairs[_i].what);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl csca");
	TCase *t = tcase_create("judge");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, days_and_states_in_words);
	tcase_add_test(t, today_is_the_day_in_utc);
	tcase_add_test(t, list_as_text);
	tcase_add_test(t, list_as_json);
	tcase_add_test(t, all_is_well);
	tcase_add_test(t, empty_store_fails);
	tcase_add_test(t, anchors_of_other_countries_are_none_of_ours);
	tcase_add_loop_test(t, thirty_days_before_an_anchor_expires, 0, 5);
	tcase_add_test(t, thirty_days_across_the_end_of_february);
	tcase_add_test(t, expired_but_not_withdrawn_is_told_and_fine);
	tcase_add_test(t, none_valid_any_more_warns);
	tcase_add_test(t, anchor_of_a_day_to_come_warns);
	tcase_add_test(t, weak_anchor_warns);
	tcase_add_test(t, issuer_that_is_not_here_is_told);
	tcase_add_test(t, files_that_are_not_used_warn);
	tcase_add_test(t, many_that_expire_are_counted);
	tcase_add_loop_test(t, crl_by_date_and_profile, 0,
			    sizeof(crls) / sizeof(crls[0]));
	tcase_add_loop_test(t, weak_or_foreign_or_future_crl_does_not_serve,
			    0, 3);
	tcase_add_test(t, older_crl_of_the_same_issuer_is_no_matter);
	tcase_add_loop_test(t, newer_crl_stands_for_an_older_one, 0,
			    sizeof(pairs) / sizeof(pairs[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
