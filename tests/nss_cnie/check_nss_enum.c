/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Enumeration: off where the view does not allow it; where it does, whole, in
 * order, and of one mind with every look-up. */
#include "support_nss.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"

#define PEOPLE 120
#define GROUPS (1 + 1 + 3)	/* cnie, e0, s0 to s2 */
#define ROOM 4096

static char buf[ROOM];

static void setup(void)
{
	nss_setup();
	nss_write_listed(PEOPLE);
}

/* The next account's number, or -1 at the end. */
static int next(void)
{
	struct passwd pw;
	char name[16];
	int e = 0;
	enum nss_status s = nss.getpwent(&pw, buf, ROOM, &e);

	if (s == NSS_STATUS_NOTFOUND) {
		ck_assert_int_eq(e, ENOENT);
		return -1;
	}
	ck_assert_int_eq(s, NSS_STATUS_SUCCESS);
	people_name(pw.pw_uid - PEOPLE_UID_BASE, name);
	ck_assert_str_eq(pw.pw_name, name);
	return (int)(pw.pw_uid - PEOPLE_UID_BASE);
}

START_TEST(view_that_does_not_allow_it_ends_at_once)
{
	struct passwd pw;
	struct group gr;
	int e = 0;

	nss_write(PEOPLE);
	ck_assert_int_eq(nss.setpwent(0), NSS_STATUS_SUCCESS);
	ck_assert_int_eq(nss.getpwent(&pw, buf, ROOM, &e),
			 NSS_STATUS_NOTFOUND);
	ck_assert_int_eq(e, ENOENT);
	/* whatever the buffer: there is nothing to fit into it */
	ck_assert_int_eq(nss.getpwent(&pw, buf, 0, &e), NSS_STATUS_NOTFOUND);
	ck_assert_int_eq(nss.endpwent(), NSS_STATUS_SUCCESS);
	e = 0;
	ck_assert_int_eq(nss.setgrent(0), NSS_STATUS_SUCCESS);
	ck_assert_int_eq(nss.getgrent(&gr, buf, ROOM, &e),
			 NSS_STATUS_NOTFOUND);
	ck_assert_int_eq(e, ENOENT);
	ck_assert_int_eq(nss.endgrent(), NSS_STATUS_SUCCESS);
}
END_TEST

START_TEST(every_account_comes_once_and_in_order)
{
	for (int pass = 0; pass < 2; pass++) {
		ck_assert_int_eq(nss.setpwent(pass), NSS_STATUS_SUCCESS);
		for (int i = 0; i < PEOPLE; i++)
			ck_assert_int_eq(next(), i);
		ck_assert_int_eq(next(), -1);
		ck_assert_int_eq(next(), -1);
	}
	ck_assert_int_eq(nss.endpwent(), NSS_STATUS_SUCCESS);
	ck_assert_int_eq(next(), 0);	/* without setpwent, from the start */
	ck_assert_int_eq(nss.setpwent(0), NSS_STATUS_SUCCESS);
	ck_assert_int_eq(next(), 0);
}
END_TEST

START_TEST(accounts_and_groups_have_a_place_each)
{
	struct group gr;
	int e = 0;

	ck_assert_int_eq(next(), 0);
	for (int i = 0; i < GROUPS; i++)
		ck_assert_int_eq(nss.getgrent(&gr, buf, ROOM, &e),
				 NSS_STATUS_SUCCESS);
	ck_assert_int_eq(nss.getgrent(&gr, buf, ROOM, &e),
			 NSS_STATUS_NOTFOUND);
	ck_assert_int_eq(next(), 1);
	ck_assert_int_eq(nss.endpwent(), NSS_STATUS_SUCCESS);
	ck_assert_int_eq(nss.getgrent(&gr, buf, ROOM, &e),
			 NSS_STATUS_NOTFOUND);
	ck_assert_int_eq(nss.endgrent(), NSS_STATUS_SUCCESS);
	ck_assert_int_eq(nss.getgrent(&gr, buf, ROOM, &e),
			 NSS_STATUS_SUCCESS);
	ck_assert_str_eq(gr.gr_name, "cnie");
}
END_TEST

/* Every size of buffer, at every offset: what does not fit is the next one
 * still. */
START_TEST(small_buffer_keeps_the_place)
{
	size_t shift = (size_t)_i;

	for (int i = 0; i < 8; i++) {
		struct passwd pw = { 0 };
		enum nss_status s = NSS_STATUS_TRYAGAIN;

		for (size_t n = 0; s != NSS_STATUS_SUCCESS; n++) {
			int e = 0;

			ck_assert_uint_lt(n + shift, ROOM);
			errno = EXDEV;
			buf[shift + n] = 0x5a;
			s = nss.getpwent(&pw, buf + shift, n, &e);
			ck_assert_int_eq(errno, EXDEV);
			ck_assert_int_eq(buf[shift + n], 0x5a);
			if (s == NSS_STATUS_SUCCESS)
				continue;
			ck_assert_int_eq(s, NSS_STATUS_TRYAGAIN);
			ck_assert_int_eq(e, ERANGE);
			ck_assert_ptr_null(pw.pw_name);
		}
		ck_assert_int_eq(pw.pw_uid, people_uid((uint32_t)i));
	}
}
END_TEST

START_TEST(small_buffer_keeps_the_group)
{
	size_t shift = (size_t)_i, needed[GROUPS];

	for (int i = 0; i < GROUPS; i++) {
		struct group gr = { 0 };
		enum nss_status s = NSS_STATUS_TRYAGAIN;
		size_t n;
		int e = 0;

		for (n = 0; s != NSS_STATUS_SUCCESS; n++) {
			ck_assert_uint_lt(n + shift, ROOM);
			buf[shift + n] = 0x5a;
			s = nss.getgrent(&gr, buf + shift, n, &e);
			ck_assert_int_eq(buf[shift + n], 0x5a);
			if (s == NSS_STATUS_SUCCESS)
				continue;
			ck_assert_int_eq(s, NSS_STATUS_TRYAGAIN);
			ck_assert_int_eq(e, ERANGE);
			ck_assert_ptr_null(gr.gr_name);
		}
		ck_assert_uint_eq((uintptr_t)gr.gr_mem % _Alignof(char *), 0);
		needed[i] = n;
	}
	ck_assert_uint_gt(needed[2], needed[0]);	/* 50 members, none */
}
END_TEST

START_TEST(place_outlives_a_replacement)
{
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(next(), i);
	nss_write_listed(PEOPLE + 7);
	for (int i = 50; i < PEOPLE + 7; i++)
		ck_assert_int_eq(next(), i);
	ck_assert_int_eq(next(), -1);
	nss_write_listed(PEOPLE + 8);	/* one more came at the end */
	ck_assert_int_eq(next(), PEOPLE + 7);
	ck_assert_int_eq(nss_mappings(), 1);
	nss.setpwent(0);
	ck_assert_int_eq(next(), 0);
	nss_write(PEOPLE);		/* and was then forbidden */
	ck_assert_int_eq(next(), -1);
	nss_write_listed(1);		/* shorter than the place */
	ck_assert_int_eq(next(), -1);
}
END_TEST

START_TEST(missing_view_ends_with_unavailable)
{
	struct passwd pw;
	struct group gr;
	int e = 0;

	ck_assert_int_eq(unlink(nss_view), 0);
	ck_assert_int_eq(nss.setpwent(0), NSS_STATUS_SUCCESS);
	ck_assert_int_eq(nss.getpwent(&pw, buf, ROOM, &e),
			 NSS_STATUS_UNAVAIL);
	ck_assert_int_eq(e, ENOENT);
	e = 0;
	ck_assert_int_eq(nss.getgrent(&gr, buf, ROOM, &e),
			 NSS_STATUS_UNAVAIL);
	ck_assert_int_eq(e, ENOENT);
}
END_TEST

START_TEST(child_has_a_place_of_its_own)
{
	int status;
	pid_t pid;

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(next(), i);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		alarm(20);
		for (int i = 5; i < PEOPLE; i++)
			if (next() != i)
				_exit(1);
		_exit(nss.endpwent() == NSS_STATUS_SUCCESS ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(next(), 5);
}
END_TEST

/* -- of one mind: through libc, names, ids, groups, memberships ---- */

static unsigned int groups_of(const struct passwd *pw, gid_t *list)
{
	int n = 16;

	ck_assert_int_ge(getgrouplist(pw->pw_name, pw->pw_gid, list, &n), 0);
	return (unsigned int)n;
}

static bool has(const gid_t *list, unsigned int n, gid_t gid)
{
	for (unsigned int i = 0; i < n; i++)
		if (list[i] == gid)
			return true;
	return false;
}

static void same_passwd(const struct passwd *a, const struct passwd *b)
{
	ck_assert_ptr_nonnull(b);
	ck_assert_str_eq(a->pw_name, b->pw_name);
	ck_assert_int_eq(a->pw_uid, b->pw_uid);
	ck_assert_int_eq(a->pw_gid, b->pw_gid);
	ck_assert_str_eq(a->pw_passwd, b->pw_passwd);
	ck_assert_str_eq(a->pw_gecos, b->pw_gecos);
	ck_assert_str_eq(a->pw_dir, b->pw_dir);
	ck_assert_str_eq(a->pw_shell, b->pw_shell);
}

static void check_person(const struct passwd *pw)
{
	char other[ROOM];
	struct passwd again, *got = NULL;
	struct group gr, *group = NULL;
	gid_t list[16];
	unsigned int n;

	ck_assert_int_eq(getpwnam_r(pw->pw_name, &again, other, ROOM, &got),
			 0);
	same_passwd(pw, got);
	ck_assert_int_eq(getpwuid_r(pw->pw_uid, &again, other, ROOM, &got), 0);
	same_passwd(pw, got);
	n = groups_of(pw, list);
	ck_assert_uint_eq(n, 3);
	for (unsigned int i = 0; i < n; i++) {
		ck_assert_int_eq(getgrgid_r(list[i], &gr, other, ROOM, &group),
				 0);
		ck_assert_ptr_nonnull(group);
	}
}

static void check_group(const struct group *gr)
{
	char other[ROOM];
	struct group again, *got = NULL;
	struct passwd pw, *member = NULL;
	gid_t list[16];

	ck_assert_int_eq(getgrgid_r(gr->gr_gid, &again, other, ROOM, &got), 0);
	ck_assert_ptr_nonnull(got);
	ck_assert_str_eq(got->gr_name, gr->gr_name);
	ck_assert_int_eq(getgrnam_r(gr->gr_name, &again, other, ROOM, &got),
			 0);
	ck_assert_ptr_nonnull(got);
	ck_assert_int_eq(got->gr_gid, gr->gr_gid);
	for (char **m = gr->gr_mem; *m; m++) {
		ck_assert_str_eq(*m, got->gr_mem[m - gr->gr_mem]);
		ck_assert_int_eq(getpwnam_r(*m, &pw, buf, ROOM, &member), 0);
		ck_assert_ptr_nonnull(member);
		ck_assert(has(list, groups_of(&pw, list), gr->gr_gid));
	}
}

/* nss.h; glibc finds the module already loaded by its name */
static void ask_cnie_alone(void)
{
	ck_assert_int_eq(__nss_configure_lookup("passwd", "cnie"), 0);
	ck_assert_int_eq(__nss_configure_lookup("group", "cnie"), 0);
	ck_assert_int_eq(__nss_configure_lookup("initgroups", "cnie"), 0);
}

START_TEST(libc_enumerates_what_it_looks_up)
{
	unsigned int people = 0, groups = 0, members = 0;
	struct passwd *pw;
	struct group *gr;

	ask_cnie_alone();
	setpwent();
	while ((pw = getpwent())) {
		check_person(pw);
		people++;
	}
	endpwent();
	setgrent();
	while ((gr = getgrent())) {
		check_group(gr);
		groups++;
		for (char **m = gr->gr_mem; *m; m++)
			members++;
	}
	endgrent();
	ck_assert_uint_eq(people, PEOPLE);
	ck_assert_uint_eq(groups, GROUPS);
	ck_assert_uint_eq(members, PEOPLE);	/* of the sites alone */
}
END_TEST

START_TEST(libc_enumerates_nothing_where_it_is_off)
{
	struct passwd *pw;
	char name[16];

	ask_cnie_alone();
	nss_write(PEOPLE);
	setpwent();
	ck_assert_ptr_null(getpwent());
	endpwent();
	setgrent();
	ck_assert_ptr_null(getgrent());
	endgrent();
	people_name(3, name);
	pw = getpwnam(name);		/* and still looks up */
	ck_assert_ptr_nonnull(pw);
}
END_TEST

static unsigned int lines(const char *what, const char *first)
{
	static char got[16384];
	unsigned int n = 0;

	ck_assert_int_eq(nss_getent(what, got, sizeof(got)), 0);
	if (first)
		ck_assert_int_eq(strncmp(got, first, strlen(first)), 0);
	for (const char *p = got; *p; p++)
		n += *p == '\n';
	return n;
}

START_TEST(getent_lists_all_or_nobody)
{
#ifdef __SANITIZE_ADDRESS__
	return;		/* getent has not the sanitizer's run-time */
#endif
	ck_assert_uint_eq(lines("passwd", NULL), PEOPLE);
	ck_assert_uint_eq(lines("group", "cnie:*:65536:\ne0:*:100000:\ns0:*:"),
			  GROUPS);
	nss_write(PEOPLE);
	ck_assert_uint_eq(lines("passwd", NULL), 0);
	ck_assert_uint_eq(lines("group", NULL), 0);
}
END_TEST

static Suite *enum_suite(void)
{
	Suite *s = suite_create("nss_cnie/enum");
	TCase *t = tcase_create("enum");

	tcase_add_checked_fixture(t, setup, nss_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, view_that_does_not_allow_it_ends_at_once);
	tcase_add_test(t, every_account_comes_once_and_in_order);
	tcase_add_test(t, accounts_and_groups_have_a_place_each);
	tcase_add_loop_test(t, small_buffer_keeps_the_place, 0, 9);
	tcase_add_loop_test(t, small_buffer_keeps_the_group, 0, 9);
	tcase_add_test(t, place_outlives_a_replacement);
	tcase_add_test(t, missing_view_ends_with_unavailable);
	tcase_add_test(t, child_has_a_place_of_its_own);
	tcase_add_test(t, libc_enumerates_what_it_looks_up);
	tcase_add_test(t, libc_enumerates_nothing_where_it_is_off);
	tcase_add_test(t, getent_lists_all_or_nobody);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(enum_suite)
