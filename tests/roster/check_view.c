/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer: what was put in is found, and nothing else; a failed writing
 * leaves the old view; the old one learns that it is superseded. */
#include "support_roster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "check_main.h"
#include "sim/view_people.h"

static struct view_map map;

static void setup(void)
{
	dir_setup();
}

static void teardown(void)
{
	view_unmap(&map);
	dir_teardown();
}

static void write_people(uint32_t n)
{
	struct people p;
	struct view_source s = people_source(&p, n);

	ck_assert_int_eq(view_write_from(&s, view_path), R_OK);
}

static void open_view(void)
{
	view_unmap(&map);
	ck_assert_int_eq(view_map_file(view_path, &map), R_OK);
}

static void check_person(uint32_t i)
{
	struct view_account a;
	uint32_t groups[3], gid;
	char name[16], home[32];

	people_name(i, name);
	snprintf(home, sizeof(home), "/home/%s", name);
	people_groups(i, groups);
	ck_assert_int_eq(view_find_name(&map.view, span_str(name), &a), R_OK);
	ck_assert_int_eq(a.uid, people_uid(i));
	ck_assert_int_eq(view_find_uid(&map.view, people_uid(i), &a), R_OK);
	ck_assert_str_eq(a.name, name);
	ck_assert_str_eq(a.home, home);
	ck_assert_str_eq(a.shell, "/bin/bash");
	ck_assert_int_eq(a.gid, PEOPLE_GID);
	ck_assert_int_eq(a.expiry, i % 3 ? 0 : 20301231);
	ck_assert_int_eq(a.status, i % 10 == 9 ? VIEW_REVOKED : VIEW_ACTIVE);
	ck_assert_int_eq(a.groups, 3);
	for (uint32_t g = 0; g < 3; g++) {
		ck_assert_int_eq(view_account_group(&a, g, &gid), R_OK);
		ck_assert_int_eq(gid, groups[g]);
	}
	ck_assert_int_eq(view_account_group(&a, 3, &gid), R_MALFORMED);
}

START_TEST(all_are_listed_in_the_order_they_came)
{
	struct people p;
	struct view_source s = people_source(&p, 1001);
	struct view_account a;
	struct view_group g;

	s.flags = VIEW_ENUMERATE;
	ck_assert_int_eq(view_write_from(&s, view_path), R_OK);
	open_view();
	for (uint32_t i = 0; i < 1001; i++) {
		ck_assert_int_eq(view_account_nth(&map.view, i, &a), R_OK);
		ck_assert_int_eq(a.uid, people_uid(i));
		check_person(i);
	}
	ck_assert_int_eq(view_account_nth(&map.view, 1001, &a), R_ABSENT);
	for (uint32_t i = 0; i < map.view.groups; i++)
		ck_assert_int_eq(view_group_nth(&map.view, i, &g), R_OK);
	ck_assert_str_eq(g.name, "s20");
	ck_assert_int_eq(view_group_nth(&map.view, map.view.groups, &g),
			 R_ABSENT);
}
END_TEST

static const uint32_t sizes[] = { 0, 1, 2, 50, 51, 999, 1001, 20000,
	50000 /* more than is written at once */ };

START_TEST(everybody_is_found_and_nobody_else)
{
	uint32_t n = sizes[_i];
	struct view_account a;
	struct view_group g;
	char name[16];

	write_people(n);
	open_view();
	ck_assert_int_eq(map.view.accounts, n);
	for (uint32_t i = 0; i < n; i++)
		check_person(i);
	for (uint32_t i = n; i < n + 1000; i++) {
		people_name(i, name);
		ck_assert_int_eq(view_find_name(&map.view, span_str(name), &a),
				 R_ABSENT);
		ck_assert_int_eq(view_find_uid(&map.view, people_uid(i), &a),
				 R_ABSENT);
		ck_assert_int_eq(view_find_gid(&map.view, 300000 + i, &g),
				 R_ABSENT);
	}
	ck_assert_int_eq(view_find_group(&map.view, span_str("wheel"), &g),
			 R_ABSENT);
	ck_assert(!view_superseded(&map.view));
}
END_TEST

START_TEST(small_groups_list_members_and_large_ones_none)
{
	struct view_account a;
	struct view_group g;

	write_people(1001);
	open_view();
	ck_assert_int_eq(view_find_group(&map.view, span_str("s3"), &g), R_OK);
	ck_assert_int_eq(g.gid, PEOPLE_SITE_GID + 3);
	ck_assert_int_eq(g.members, PEOPLE_SITE);
	for (uint32_t i = 0; i < g.members; i++) {
		ck_assert_int_eq(view_group_member(&map.view, &g, i, &a),
				 R_OK);
		ck_assert_int_eq(a.uid, people_uid(3 * PEOPLE_SITE + i));
	}
	ck_assert_int_eq(view_group_member(&map.view, &g, g.members, &a),
			 R_MALFORMED);
	ck_assert_int_eq(view_find_gid(&map.view, PEOPLE_GID, &g), R_OK);
	ck_assert_str_eq(g.name, "cnie");
	ck_assert_int_eq(g.members, 0);		/* 1001 are too many */
	ck_assert_int_eq(view_find_group(&map.view, span_str("e1"), &g), R_OK);
	ck_assert_int_eq(g.members, 1);
}
END_TEST

START_TEST(the_file_is_as_the_readers_want_it)
{
	struct stat st;

	umask(077);
	write_people(3);
	ck_assert_int_eq(stat(view_path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0644);
	strcat(view_path, ".new");
	ck_assert_int_eq(stat(view_path, &st), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(the_old_view_learns_that_it_is_superseded)
{
	struct view_map second;

	write_people(3);
	open_view();
	ck_assert(!view_superseded(&map.view));
	write_people(4);
	ck_assert(view_superseded(&map.view));
	check_person(2);		/* and still answers */
	ck_assert_int_eq(view_map_file(view_path, &second), R_OK);
	ck_assert(!view_superseded(&second.view));
	ck_assert_int_eq(second.view.accounts, 4);
	view_unmap(&second);
}
END_TEST

/* -- what the writer refuses --------------------------------------- */

struct list {
	struct view_entry e[2];
	struct view_group_entry g[2];
	uint32_t n, n_groups, next, next_group;
	enum result end;
};

static enum result list_group(void *ctx, struct view_group_entry *out)
{
	struct list *l = ctx;

	if (l->next_group >= l->n_groups)
		return R_ABSENT;
	*out = l->g[l->next_group++];
	return R_OK;
}

static enum result list_account(void *ctx, struct view_entry *out)
{
	struct list *l = ctx;

	if (l->next >= l->n)
		return l->end;
	*out = l->e[l->next++];
	return R_OK;
}

static const uint32_t a_group[] = { 70000 }, no_group[] = { 70001 };
static const uint32_t many[VIEW_GROUPS_MAX + 1] = { 70000 };

#define PERSON(name_, uid_) { .name = name_, .home = "/h", .shell = "/s", \
	.uid = uid_, .gid = 100, .status = VIEW_ACTIVE, .groups = 1, \
	.group_list = a_group }

static enum result write_list(struct list *l)
{
	struct view_source s = { list_group, list_account, l, 0, NOW };

	return view_write_from(&s, view_path);
}

static struct list good_list(void)
{
	return (struct list){
		.e = { PERSON("alif", 5000), PERSON("ba", 5001) },
		.g = { { "one", 70000 }, { "two", 70002 } },
		.n = 2, .n_groups = 2, .end = R_ABSENT,
	};
}

static void spoil(struct list *l, int how)
{
	static const struct view_entry twin_name = PERSON("alif", 5002);
	static const struct view_entry twin_uid = PERSON("ta", 5000);

	switch (how) {
	case 0: l->e[1] = twin_name; break;
	case 1: l->e[1] = twin_uid; break;
	case 2: l->g[1].name = "one"; break;
	case 3: l->g[1].gid = 70000; break;
	case 4: l->e[1].name = "a:b"; break;
	case 5: l->e[1].name = ""; break;
	case 6: l->e[1].uid = 0; break;
	case 7: l->e[1].uid = 65534; break;
	case 8: l->e[1].gid = 0; break;
	case 9: l->e[1].home = "h"; break;
	case 10: l->e[1].shell = "/s\n"; break;
	case 11: l->e[1].status = (enum view_status)3; break;
	case 12: l->e[1].group_list = no_group; break;
	case 13: l->e[1].group_list = many;
		 l->e[1].groups = VIEW_GROUPS_MAX + 1; break;
	case 14: l->g[1].gid = 27; break;
	case 15: l->g[1].name = "-"; break;
	default: l->end = R_INTERNAL; break;
	}
}

START_TEST(bad_source_is_refused_and_the_old_view_stays)
{
	struct list l = good_list();
	struct stat st;

	ck_assert_int_eq(write_list(&l), R_OK);
	open_view();
	l = good_list();
	spoil(&l, _i);
	ck_assert_int_eq(write_list(&l), _i < 16 ? R_MALFORMED :
			 R_INTERNAL);
	ck_assert(!view_superseded(&map.view));
	open_view();
	ck_assert_int_eq(map.view.accounts, 2);
	strcat(view_path, ".new");
	ck_assert_int_eq(stat(view_path, &st), -1);
}
END_TEST

START_TEST(names_of_one_hash_are_told_apart)
{
	/* two names of one FNV-1a hash, found by a search */
	static const char one[] = "ynvhdor", two[] = "bvhwiaq";
	struct list l = good_list();
	struct view_account a;

	if (view_hash_name(span_str(one)) != view_hash_name(span_str(two)))
		ck_abort_msg("these two do not collide");
	l.e[0].name = one;
	l.e[1].name = two;
	ck_assert_int_eq(write_list(&l), R_OK);
	open_view();
	ck_assert_int_eq(view_find_name(&map.view, span_str(one), &a), R_OK);
	ck_assert_int_eq(a.uid, 5000);
	ck_assert_int_eq(view_find_name(&map.view, span_str(two), &a), R_OK);
	ck_assert_int_eq(a.uid, 5001);
}
END_TEST

START_TEST(a_path_that_can_not_be_written_is_an_error)
{
	struct list l = good_list();

	strcpy(view_path, "/nonexistent/accounts.view");
	ck_assert_int_eq(write_list(&l), R_INTERNAL);
	l = good_list();
	strcpy(view_path, "relative.view");
	ck_assert_int_eq(write_list(&l), R_INTERNAL);
}
END_TEST

/* -- from a roster ------------------------------------------------- */

START_TEST(the_view_of_a_roster_has_all_of_it)
{
	struct roster *r = open_roster();
	struct roster_account who[3];
	struct view_account a;
	struct view_group g;
	uint32_t gid;

	ck_assert_int_eq(roster_group_put(r, "cnie", 65536), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "clerks", 70000), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "judges", 70001), REASON_NONE);
	for (int p = 0; p < 3; p++)
		who[p] = enrolled(r, p);
	ck_assert_int_eq(roster_group_join(r, "clerks", who[2].name),
			 REASON_NONE);
	ck_assert_int_eq(roster_group_join(r, "clerks", who[0].name),
			 REASON_NONE);
	ck_assert_int_eq(roster_group_join(r, "judges", who[0].name),
			 REASON_NONE);
	ck_assert_int_eq(roster_revoke(r, who[1].name), REASON_NONE);
	ck_assert_int_eq(roster_set_expiry(r, who[2].name, 20271231),
			 REASON_NONE);
	ck_assert_int_eq(view_write(r, view_path, 0), REASON_NONE);
	open_view();
	ck_assert_int_eq(map.view.accounts, 3);
	ck_assert_int_eq(map.view.groups, 3);
	ck_assert_int_eq(view_find_name(&map.view, span_str(who[0].name), &a),
			 R_OK);
	ck_assert_int_eq(a.groups, 2);
	ck_assert_int_eq(view_account_group(&a, 1, &gid), R_OK);
	ck_assert_int_eq(gid, 70001);
	ck_assert_int_eq(view_find_uid(&map.view, who[1].uid, &a), R_OK);
	ck_assert_int_eq(a.status, VIEW_REVOKED);
	ck_assert_int_eq(a.groups, 0);
	ck_assert_int_eq(view_find_uid(&map.view, who[2].uid, &a), R_OK);
	ck_assert_int_eq(a.expiry, 20271231);
	ck_assert_int_eq(a.groups, 1);
	ck_assert_int_eq(view_find_group(&map.view, span_str("clerks"), &g),
			 R_OK);
	ck_assert_int_eq(g.members, 2);
	roster_close(&r);
}
END_TEST

START_TEST(the_view_of_a_roster_may_be_enumerated_where_told)
{
	struct roster *r = open_roster();
	struct roster_account who[3];
	struct view_account a;
	struct view_group g;

	ck_assert_int_eq(roster_group_put(r, "judges", 70001), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "cnie", 65536), REASON_NONE);
	for (int p = 0; p < 3; p++)
		who[p] = enrolled(r, p);
	ck_assert_int_eq(view_write(r, view_path, 0), REASON_NONE);
	open_view();
	ck_assert_int_eq(view_account_nth(&map.view, 0, &a), R_ABSENT);
	ck_assert_int_eq(view_write(r, view_path, VIEW_ENUMERATE),
			 REASON_NONE);
	open_view();
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_int_eq(view_account_nth(&map.view, i, &a), R_OK);
		ck_assert_str_eq(a.name, who[i].name);
	}
	ck_assert_int_eq(view_account_nth(&map.view, 3, &a), R_ABSENT);
	ck_assert_int_eq(view_group_nth(&map.view, 0, &g), R_OK);
	ck_assert_str_eq(g.name, "cnie");
	ck_assert_int_eq(view_group_nth(&map.view, 1, &g), R_OK);
	ck_assert_str_eq(g.name, "judges");
	ck_assert_int_eq(view_group_nth(&map.view, 2, &g), R_ABSENT);
	roster_close(&r);
}
END_TEST

static bool shows(struct roster *r)
{
	bool good;

	ck_assert_int_eq(view_is_of(r, &map.view, 0, &good), REASON_NONE);
	return good;
}

START_TEST(a_view_that_the_roster_has_overtaken_is_known)
{
	struct roster *r = open_roster();
	struct roster_account a = enrolled(r, 1);
	static const char hash[] = "$y$j9T$synthetic$hash";

	ck_assert_int_eq(roster_group_put(r, "clerks", 70000), REASON_NONE);
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(view_write(r, view_path, 0), REASON_NONE);
		open_view();
		ck_assert(shows(r));
		ck_assert_int_eq(roster_set_code(r, a.name, hash), REASON_NONE);
		ck_assert_int_eq(roster_group_put(r, "clerks", 70000),
				 REASON_NONE);
		ck_assert(shows(r));	/* what no view shows changes nothing */
		ck_assert_int_eq(
			i == 0 ? roster_revoke(r, a.name) :
			i == 1 ? roster_restore(r, a.name) :
			i == 2 ? roster_move(r, a.name, "/srv/a") :
			i == 3 ? roster_group_join(r, "clerks", a.name) :
			i == 4 ? roster_group_leave(r, "clerks", a.name) :
				 roster_group_put(r, "judges", 70000),
			REASON_NONE);
		ck_assert(!shows(r));
		view_unmap(&map);
	}
	roster_close(&r);
}
END_TEST

START_TEST(no_tag_or_code_is_in_the_view)
{
	struct roster *r = open_roster();
	struct roster_account a = enrolled(r, 1);
	struct roster_card c = card_of(1, 1, 20300101);
	static const char hash[] = "$y$j9T$synthetic$hash";
	const uint8_t *p;

	ck_assert_int_eq(roster_set_code(r, a.name, hash), REASON_NONE);
	ck_assert_int_eq(view_write(r, view_path, 0), REASON_NONE);
	open_view();
	p = map.view.file.p;
	ck_assert_ptr_nonnull(memmem(p, map.view.file.n, a.name,
				     strlen(a.name)));
	ck_assert_ptr_null(memmem(p, map.view.file.n, c.tag, TAG_SIZE));
	ck_assert_ptr_null(memmem(p, map.view.file.n, c.card_tag, TAG_SIZE));
	ck_assert_ptr_null(memmem(p, map.view.file.n, hash, strlen(hash)));
	roster_close(&r);
}
END_TEST

static Suite *view_suite(void)
{
	Suite *s = suite_create("roster/view");
	TCase *t = tcase_create("view");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, everybody_is_found_and_nobody_else, 0,
			    (int)(sizeof(sizes) / sizeof(sizes[0])));
	tcase_add_test(t, all_are_listed_in_the_order_they_came);
	tcase_add_test(t, small_groups_list_members_and_large_ones_none);
	tcase_add_test(t, the_file_is_as_the_readers_want_it);
	tcase_add_test(t, the_old_view_learns_that_it_is_superseded);
	tcase_add_loop_test(t, bad_source_is_refused_and_the_old_view_stays,
			    0, 17);
	tcase_add_test(t, names_of_one_hash_are_told_apart);
	tcase_add_test(t, a_path_that_can_not_be_written_is_an_error);
	tcase_add_test(t, the_view_of_a_roster_has_all_of_it);
	tcase_add_test(t, the_view_of_a_roster_may_be_enumerated_where_told);
	tcase_add_test(t, no_tag_or_code_is_in_the_view);
	tcase_add_test(t, a_view_that_the_roster_has_overtaken_is_known);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(view_suite)
