/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names, homes, passes, groups, and what is held about a person. */
#include "support_roster.h"

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

static enum reason login(struct roster_card card)
{
	struct roster_account a;

	return roster_login(r, &card, TODAY, NOW, &a);
}

/* -- proposed ------------------------------------------------------------ */

static enum reason enrol_as(int p, const char *name, uint32_t uid,
			    struct roster_account *a)
{
	struct roster_new in = new_of(p);

	snprintf(in.name, sizeof(in.name), "%s", name);
	in.uid = uid;
	in.proposed = true;
	return roster_enrol(r, &test_policy, &in, a);
}

START_TEST(proposed_name_and_uid_are_enrolled)
{
	struct roster_account p, q, a;
	char home[64];

	ck_assert_int_eq(roster_propose(r, &test_policy, 0, &p), REASON_NONE);
	ck_assert_int_eq(p.uid, 65536);
	ck_assert_int_eq(p.gid, 65536);
	snprintf(home, sizeof(home), "/home/%s", p.name);
	ck_assert_str_eq(p.home, home);
	ck_assert_str_eq(p.shell, "/bin/bash");
	/* nothing was written; the next above it, where that one is taken */
	ck_assert_int_eq(roster_propose(r, &test_policy, 0, &q), REASON_NONE);
	ck_assert_int_eq(q.uid, p.uid);
	ck_assert_int_eq(roster_propose(r, &test_policy, p.uid, &q),
			 REASON_NONE);
	ck_assert_int_eq(q.uid, p.uid + 1);
	ck_assert_str_ne(q.name, p.name);
	ck_assert_int_eq(enrol_as(1, q.name, q.uid, &a), REASON_NONE);
	ck_assert_int_eq(a.uid, q.uid);
	ck_assert_str_eq(a.name, q.name);
	ck_assert_int_eq(a.gid, 65536);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
	/* the mark is above it now */
	ck_assert_int_eq(roster_propose(r, &test_policy, 0, &p), REASON_NONE);
	ck_assert_int_eq(p.uid, q.uid + 1);
}
END_TEST

START_TEST(proposal_that_was_taken_meanwhile_is_refused)
{
	struct roster_account p, a;

	ck_assert_int_eq(roster_propose(r, &test_policy, 0, &p), REASON_NONE);
	enrolled(r, 1);
	ck_assert_int_eq(enrol_as(2, p.name, p.uid, &a), REASON_NAME_TAKEN);
	ck_assert_int_eq(enrol_as(2, p.name, p.uid + 1, &a), REASON_NONE);
	ck_assert_int_eq(enrol_as(3, p.name, p.uid + 2, &a),
			 REASON_NAME_TAKEN);
	ck_assert_int_eq(enrol_as(3, "x", 65535, &a), REASON_OUT_OF_RANGE);
	ck_assert_int_eq(enrol_as(3, "x", 100000, &a), REASON_OUT_OF_RANGE);
	ck_assert_int_eq(enrol_as(3, "a b", 99999, &a), REASON_OUT_OF_RANGE);
}
END_TEST

START_TEST(proposals_skip_what_is_used_and_end)
{
	struct roster_policy p = test_policy;
	struct roster_account a;

	p.uid_max = p.uid_min + 4;
	ck_assert_int_eq(enrol_as(1, "one", 65537, &a), REASON_NONE);
	sql("INSERT INTO given VALUES ('lost', 65538)", SQLITE_OK);
	ck_assert_int_eq(roster_propose(r, &p, 65536, &a), REASON_NONE);
	ck_assert_int_eq(a.uid, 65539);
	ck_assert_int_eq(roster_propose(r, &p, 65539, &a), REASON_NONE);
	ck_assert_int_eq(a.uid, 65540);
	ck_assert_int_eq(roster_propose(r, &p, 65540, &a), REASON_RANGE_FULL);
	p.uid_min = 65530;		/* over nobody's ids */
	p.uid_max = 65536;
	sql("INSERT INTO given VALUES ('a', 65530), ('b', 65531),"
	    " ('c', 65532), ('d', 65533)", SQLITE_OK);
	ck_assert_int_eq(roster_propose(r, &p, 0, &a), REASON_NONE);
	ck_assert_int_eq(a.uid, 65536);
}
END_TEST

/* -- names and homes ----------------------------------------------------- */

START_TEST(renamed_account_is_the_same_and_its_name_is_gone)
{
	struct roster_account a = enrolled(r, 1), b = enrolled(r, 2), c;
	struct roster_new in = new_of(3);

	ck_assert_int_eq(roster_rename(r, a.name, "m.alami"), REASON_NONE);
	ck_assert_int_eq(roster_show(r, "m.alami", &c), REASON_NONE);
	ck_assert_int_eq(c.uid, a.uid);
	ck_assert_str_eq(c.home, a.home);
	ck_assert_int_eq(roster_show(r, a.name, &c), REASON_NO_ACCOUNT);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
	/* nobody gets the old one again */
	ck_assert_int_eq(roster_rename(r, b.name, a.name), REASON_NAME_TAKEN);
	strcpy(in.name, a.name);
	in.uid = 70000;
	in.gid = 100;
	strcpy(in.home, "/home/x");
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &c),
			 REASON_NAME_TAKEN);
	ck_assert_int_eq(roster_rename(r, b.name, "m.alami"),
			 REASON_NAME_TAKEN);
	/* but the one who had it */
	ck_assert_int_eq(roster_rename(r, "m.alami", a.name), REASON_NONE);
	ck_assert_int_eq(roster_rename(r, b.name, "m.alami"),
			 REASON_NAME_TAKEN);
	ck_assert_int_eq(roster_rename(r, a.name, "m.alami"), REASON_NONE);
	ck_assert_int_eq(roster_rename(r, "m.alami", "m.alami"),
			 REASON_NAME_TAKEN);
	ck_assert_int_eq(roster_rename(r, b.name, "a:b"), REASON_OUT_OF_RANGE);
	ck_assert_int_eq(roster_rename(r, "nobody", "x"), REASON_NO_ACCOUNT);
}
END_TEST

START_TEST(home_moves_to_a_path_alone)
{
	struct roster_account a = enrolled(r, 1), b;

	ck_assert_int_eq(roster_move(r, a.name, "/srv/x"), REASON_NONE);
	ck_assert_int_eq(roster_show(r, a.name, &b), REASON_NONE);
	ck_assert_str_eq(b.home, "/srv/x");
	ck_assert_int_eq(roster_move(r, a.name, "srv"), REASON_OUT_OF_RANGE);
	ck_assert_int_eq(roster_move(r, a.name, "/a:b"), REASON_OUT_OF_RANGE);
	ck_assert_int_eq(roster_move(r, a.name, "/"), REASON_OUT_OF_RANGE);
	ck_assert_int_eq(roster_move(r, a.name, "/home/../etc"),
			 REASON_OUT_OF_RANGE);
	ck_assert_int_eq(roster_move(r, "nobody", "/x"), REASON_NO_ACCOUNT);
}
END_TEST

/* -- passes -------------------------------------------------------------- */

static struct roster_pass pass_until(uint64_t until)
{
	struct roster_pass pass = { .until = until, .hash = "$y$hash",
				    .services = "gdm-password login" };

	return pass;
}

static enum reason find_pass(const char *name, const char *service,
			     uint64_t now)
{
	struct roster_pass pass = { .until = 7 };
	struct roster_account a = { .uid = 7 };
	enum reason why = roster_pass_find(r, name, service, TODAY, now, &pass,
					   &a);

	ck_assert((why == REASON_NONE) == (a.uid != 7));
	ck_assert((why == REASON_NONE) == (pass.until != 7));
	return why;
}

START_TEST(pass_is_good_at_its_services_until_its_moment)
{
	struct roster_account a = enrolled(r, 1), b = enrolled(r, 2);
	struct roster_pass pass = pass_until(NOW + 3600);

	ck_assert_int_eq(find_pass(a.name, "login", NOW), REASON_NO_CODE);
	ck_assert_int_eq(roster_pass_set(r, a.name, &pass, NOW), REASON_NONE);
	ck_assert_int_eq(find_pass(a.name, "login", NOW), REASON_NONE);
	ck_assert_int_eq(find_pass(a.name, "gdm-password", NOW), REASON_NONE);
	ck_assert_int_eq(find_pass(a.name, "gdm", NOW), REASON_NO_CODE);
	ck_assert_int_eq(find_pass(a.name, "password", NOW), REASON_NO_CODE);
	ck_assert_int_eq(find_pass(a.name, "sudo", NOW), REASON_NO_CODE);
	ck_assert_int_eq(find_pass(a.name, "", NOW), REASON_NO_CODE);
	ck_assert_int_eq(find_pass(b.name, "login", NOW), REASON_NO_CODE);
	ck_assert_int_eq(find_pass("nobody", "login", NOW), REASON_NO_ACCOUNT);
	ck_assert_int_eq(find_pass(a.name, "login", NOW + 3599), REASON_NONE);
	ck_assert_int_eq(find_pass(a.name, "login", NOW + 3600),
			 REASON_NO_CODE);
	/* nor where the clock went back a day and more */
	ck_assert_int_eq(find_pass(a.name, "login", NOW - 24 * 3600),
			 REASON_NO_CODE);
	ck_assert_int_eq(roster_pass_end(r, a.name), REASON_NONE);
	ck_assert_int_eq(roster_pass_end(r, a.name), REASON_NONE);
	ck_assert_int_eq(find_pass(a.name, "login", NOW), REASON_NO_CODE);
}
END_TEST

START_TEST(pass_is_for_a_day_at_most)
{
	struct roster_account a = enrolled(r, 1);
	struct roster_pass pass = pass_until(NOW);

	ck_assert_int_eq(roster_pass_set(r, a.name, &pass, NOW),
			 REASON_PASS_TIME);
	pass.until = NOW + ROSTER_PASS_MAX_S + 1;
	ck_assert_int_eq(roster_pass_set(r, a.name, &pass, NOW),
			 REASON_PASS_TIME);
	pass.until--;
	ck_assert_int_eq(roster_pass_set(r, a.name, &pass, NOW), REASON_NONE);
	ck_assert_int_eq(roster_pass_set(r, "nobody", &pass, NOW),
			 REASON_NO_ACCOUNT);
	pass.hash[0] = '\0';
	ck_assert_int_eq(roster_pass_set(r, a.name, &pass, NOW),
			 REASON_NO_CODE);
}
END_TEST

static const char *const bad_services[] = {
	"", " ", "login ", " login", "a  b", "a\tb", "a\nb",
	"a-word-that-is-longer-than-a-name-may-be",
};

START_TEST(pass_names_its_services)
{
	struct roster_account a = enrolled(r, 1);
	struct roster_pass pass = pass_until(NOW + 60);

	strcpy(pass.services, bad_services[_i]);
	ck_assert_int_eq(roster_pass_set(r, a.name, &pass, NOW),
			 REASON_OUT_OF_RANGE);
}
END_TEST

START_TEST(five_wrong_codes_end_a_pass)
{
	struct roster_account a = enrolled(r, 1);
	struct roster_pass pass = pass_until(NOW + 60);

	ck_assert_int_eq(roster_pass_set(r, a.name, &pass, NOW), REASON_NONE);
	for (int i = 0; i < ROSTER_PASS_TRIES; i++) {
		ck_assert_int_eq(find_pass(a.name, "login", NOW), REASON_NONE);
		ck_assert_int_eq(roster_pass_tried(r, a.name), REASON_NONE);
		roster_close(&r);	/* it is on disk */
		r = open_roster();
	}
	ck_assert_int_eq(find_pass(a.name, "login", NOW), REASON_NO_CODE);
	/* a new one begins anew */
	ck_assert_int_eq(roster_pass_set(r, a.name, &pass, NOW), REASON_NONE);
	ck_assert_int_eq(find_pass(a.name, "login", NOW), REASON_NONE);
	ck_assert_int_eq(roster_pass_tried(r, "nobody"), REASON_NO_ACCOUNT);
}
END_TEST

START_TEST(a_right_code_is_no_try)
{
	struct roster_account a = enrolled(r, 1);
	struct roster_pass pass = pass_until(NOW + 60);

	ck_assert_int_eq(roster_pass_set(r, a.name, &pass, NOW), REASON_NONE);
	for (int i = 0; i < 2 * ROSTER_PASS_TRIES; i++) {
		ck_assert_int_eq(roster_pass_tried(r, a.name), REASON_NONE);
		ck_assert_int_eq(roster_pass_right(r, a.name), REASON_NONE);
	}
	/* nor does it earn one */
	ck_assert_int_eq(roster_pass_right(r, a.name), REASON_NONE);
	ck_assert_int_eq(sql_number("SELECT tries FROM pass"), 0);
}
END_TEST

START_TEST(pass_opens_no_account_that_a_card_would_not)
{
	struct roster_account a = enrolled(r, 1);
	struct roster_pass pass = pass_until(NOW + 60);

	ck_assert_int_eq(roster_pass_set(r, a.name, &pass, NOW), REASON_NONE);
	ck_assert_int_eq(roster_set_expiry(r, a.name, TODAY - 1), REASON_NONE);
	ck_assert_int_eq(find_pass(a.name, "login", NOW),
			 REASON_ACCOUNT_EXPIRED);
	ck_assert_int_eq(roster_set_expiry(r, a.name, 0), REASON_NONE);
	/* what was revoked keeps none */
	ck_assert_int_eq(roster_revoke(r, a.name), REASON_NONE);
	ck_assert_int_eq(roster_restore(r, a.name), REASON_NONE);
	ck_assert_int_eq(find_pass(a.name, "login", NOW), REASON_NO_CODE);
	/* nor gets one that would wait for the day it is restored */
	ck_assert_int_eq(roster_revoke(r, a.name), REASON_NONE);
	ck_assert_int_eq(roster_pass_set(r, a.name, &pass, NOW),
			 REASON_REVOKED);
	ck_assert_int_eq(roster_restore(r, a.name), REASON_NONE);
	ck_assert_int_eq(find_pass(a.name, "login", NOW), REASON_NO_CODE);
}
END_TEST

/* -- groups, lists, what is held ----------------------------------------- */

static bool see_group(const char *name, uint32_t gid, uint32_t members,
		      void *ctx)
{
	char *seen = ctx;

	snprintf(seen + strlen(seen), 64, "%s %u %u;", name, gid, members);
	return strcmp(name, "stop") != 0;
}

START_TEST(groups_are_listed_with_their_members)
{
	struct roster_account a = enrolled(r, 1), b = enrolled(r, 2);
	char seen[256] = "";

	ck_assert_int_eq(roster_group_put(r, "staff.x", 70001), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "cnie", 65536), REASON_NONE);
	ck_assert_int_eq(roster_group_join(r, "staff.x", a.name), REASON_NONE);
	ck_assert_int_eq(roster_group_join(r, "staff.x", b.name), REASON_NONE);
	/* it is their primary group anyway */
	ck_assert_int_eq(roster_group_join(r, "cnie", a.name), REASON_NONE);
	ck_assert_int_eq(roster_group_list(r, see_group, seen), REASON_NONE);
	ck_assert_str_eq(seen, "cnie 65536 0;staff.x 70001 2;");
	ck_assert_int_eq(roster_group_put(r, "stop", 66000), REASON_NONE);
	seen[0] = '\0';
	ck_assert_int_eq(roster_group_list(r, see_group, seen), REASON_NONE);
	ck_assert_str_eq(seen, "cnie 65536 0;stop 66000 0;");
}
END_TEST

static bool see_one(const struct roster_account *a, void *ctx)
{
	uint32_t *uid = ctx;

	*uid = a->uid;
	return false;
}

START_TEST(a_list_goes_on_in_parts)
{
	uint32_t uid = 0, n = 0;

	for (int p = 0; p < 5; p++)
		enrolled(r, p);
	for (uint32_t before = 0; ; before = uid, n++) {
		ck_assert_int_eq(roster_list_after(r, before, see_one, &uid),
				 REASON_NONE);
		if (uid == before)
			break;
		ck_assert_int_eq(uid, 65536 + n);
	}
	ck_assert_int_eq(n, 5);
}
END_TEST

START_TEST(what_is_held_is_said)
{
	struct roster_account a = enrolled(r, 1), b;
	struct roster_card both = card_in_both(1, 2, 20340101);
	struct roster_pass pass = pass_until(NOW + 600);
	struct roster_held h;

	ck_assert_int_eq(roster_held(r, "nobody", NOW, &h), REASON_NO_ACCOUNT);
	ck_assert_int_eq(roster_held(r, a.name, NOW, &h), REASON_NONE);
	ck_assert(h.tags == 1 && h.cards_current == 1 && h.cards_blocked == 0 &&
		  h.rebinds == 0 && h.groups == 0 && h.code_since == 0 &&
		  h.pass_until == 0 && h.last_change == NOW);
	ck_assert_int_eq(roster_login(r, &both, TODAY, NOW + 9, &b),
			 REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "staff.x", 70001), REASON_NONE);
	ck_assert_int_eq(roster_group_join(r, "staff.x", a.name), REASON_NONE);
	ck_assert_int_eq(roster_set_code(r, a.name, "$y$x"), REASON_NONE);
	ck_assert_int_eq(roster_pass_set(r, a.name, &pass, NOW), REASON_NONE);
	ck_assert_int_eq(roster_held(r, a.name, NOW, &h), REASON_NONE);
	ck_assert_str_eq(h.account.name, a.name);
	ck_assert(h.tags == 2 && h.cards_current == 1 && h.cards_blocked == 1 &&
		  h.rebinds == 1 && h.groups == 1 && h.code_since > NOW / 2 &&
		  h.pass_until == NOW + 600 && h.last_change == NOW + 9);
	ck_assert_int_eq(roster_held(r, a.name, NOW + 600, &h), REASON_NONE);
	ck_assert_int_eq(h.pass_until, 0);
}
END_TEST

static void see_item(const struct roster_item *i, void *ctx)
{
	char *seen = ctx;

	snprintf(seen + strlen(seen), 96, "%d %s %d %u %u %u %lu;",
		 (int)i->kind, i->name, i->blocked, i->number, i->epoch,
		 i->day, (unsigned long)(i->at ? i->at - NOW : 0));
}

START_TEST(each_thing_held_is_named)
{
	struct roster_account a = enrolled(r, 1), other = enrolled(r, 2), b;
	struct roster_card both = card_in_both(1, 2, 20340101);
	struct roster_pass pass = pass_until(NOW + 600);
	struct roster_held h;
	char seen[1024] = "", want[512];

	ck_assert_int_eq(roster_held_items(r, "nobody", see_item, seen),
			 REASON_NO_ACCOUNT);
	ck_assert_int_eq(roster_login(r, &both, TODAY, NOW + 9, &b),
			 REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "staff.x", 70001), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "others", 70002), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "cnie", a.gid), REASON_NONE);
	ck_assert_int_eq(roster_group_join(r, "staff.x", a.name), REASON_NONE);
	ck_assert_int_eq(roster_group_join(r, "others", other.name),
			 REASON_NONE);
	ck_assert_int_eq(roster_rename(r, a.name, "amina"), REASON_NONE);
	ck_assert_int_eq(roster_held_items(r, "amina", see_item, seen),
			 REASON_NONE);
	snprintf(want, sizeof(want), "1 %s 0 0 0 0 0;2 cnie 0 %u 0 0 0;"
		 "2 staff.x 0 70001 0 0 0;", a.name, a.gid);
	ck_assert_msg(!strncmp(seen, want, strlen(want)), "%s", seen);
	/* a card under each epoch that knows it, and the statement */
	ck_assert_ptr_nonnull(strstr(seen, "3  0 0 2 20340101 9;"));
	ck_assert_ptr_nonnull(strstr(seen, "4  0 1 2 0 9;"));
	ck_assert_ptr_null(strstr(seen, "others"));
	ck_assert_ptr_null(strstr(seen, "amina"));
	ck_assert_int_eq(roster_pass_set(r, "amina", &pass, NOW), REASON_NONE);
	ck_assert_int_eq(roster_pass_tried(r, "amina"), REASON_NONE);
	ck_assert_int_eq(roster_held(r, "amina", NOW, &h), REASON_NONE);
	ck_assert_str_eq(h.pass_services, pass.services);
	ck_assert(h.pass_tries == 1 && h.pass_ended == 0 && !h.imported);
	/* one that is over is there until the next */
	ck_assert_int_eq(roster_held(r, "amina", NOW + 600, &h), REASON_NONE);
	ck_assert(h.pass_until == 0 && h.pass_ended == NOW + 600);
	ck_assert_int_eq(roster_revoke(r, "amina"), REASON_NONE);
	ck_assert_int_eq(roster_held(r, "amina", NOW, &h), REASON_NONE);
	ck_assert(h.revoked_here && !h.pass_services[0]);
}
END_TEST

static Suite *people_suite(void)
{
	Suite *s = suite_create("roster/people");
	TCase *t = tcase_create("people");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, proposed_name_and_uid_are_enrolled);
	tcase_add_test(t, proposal_that_was_taken_meanwhile_is_refused);
	tcase_add_test(t, proposals_skip_what_is_used_and_end);
	tcase_add_test(t, renamed_account_is_the_same_and_its_name_is_gone);
	tcase_add_test(t, home_moves_to_a_path_alone);
	tcase_add_test(t, pass_is_good_at_its_services_until_its_moment);
	tcase_add_test(t, pass_is_for_a_day_at_most);
	tcase_add_loop_test(t, pass_names_its_services, 0,
			    sizeof(bad_services) / sizeof(bad_services[0]));
	tcase_add_test(t, five_wrong_codes_end_a_pass);
	tcase_add_test(t, a_right_code_is_no_try);
	tcase_add_test(t, pass_opens_no_account_that_a_card_would_not);
	tcase_add_test(t, groups_are_listed_with_their_members);
	tcase_add_test(t, a_list_goes_on_in_parts);
	tcase_add_test(t, what_is_held_is_said);
	tcase_add_test(t, each_thing_held_is_named);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(people_suite)
