/* SPDX-License-Identifier: GPL-3.0-or-later */
/* glibc's contract, through the twin module as glibc would load it. */
#include "support_nss.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check_main.h"

#define PEOPLE 120
#define ROOM 8192

static char name7[16];

static void setup(void)
{
	nss_setup();
	nss_write(PEOPLE);
	people_name(7, name7);
}

static bool inside(const void *p, size_t n, const char *buf, size_t cap)
{
	return (const char *)p >= buf && (const char *)p + n <= buf + cap;
}

static void check_passwd(const struct passwd *pw, const char *buf, size_t n)
{
	char home[32];

	snprintf(home, sizeof(home), "/home/%s", name7);
	ck_assert_str_eq(pw->pw_name, name7);
	ck_assert_str_eq(pw->pw_passwd, "*");
	ck_assert_str_eq(pw->pw_gecos, "");
	ck_assert_str_eq(pw->pw_dir, home);
	ck_assert_str_eq(pw->pw_shell, "/bin/bash");
	ck_assert_int_eq(pw->pw_uid, people_uid(7));
	ck_assert_int_eq(pw->pw_gid, PEOPLE_GID);
	ck_assert(inside(pw->pw_name, strlen(pw->pw_name) + 1, buf, n));
	ck_assert(inside(pw->pw_passwd, 2, buf, n));
	ck_assert(inside(pw->pw_gecos, 1, buf, n));
	ck_assert(inside(pw->pw_dir, strlen(pw->pw_dir) + 1, buf, n));
	ck_assert(inside(pw->pw_shell, strlen(pw->pw_shell) + 1, buf, n));
}

/* Group s1: persons 50..99. */
static void check_group(const struct group *gr, const char *buf, size_t n)
{
	char name[16];

	ck_assert_str_eq(gr->gr_name, "s1");
	ck_assert_str_eq(gr->gr_passwd, "*");
	ck_assert_int_eq(gr->gr_gid, PEOPLE_SITE_GID + 1);
	ck_assert_int_eq((uintptr_t)gr->gr_mem % _Alignof(char *), 0);
	ck_assert(inside(gr->gr_mem, (PEOPLE_SITE + 1) * sizeof(char *), buf,
			 n));
	ck_assert(inside(gr->gr_name, 3, buf, n));
	ck_assert(inside(gr->gr_passwd, 2, buf, n));
	for (uint32_t i = 0; i < PEOPLE_SITE; i++) {
		people_name(PEOPLE_SITE + i, name);
		ck_assert_str_eq(gr->gr_mem[i], name);
		ck_assert(inside(gr->gr_mem[i], strlen(name) + 1, buf, n));
	}
	ck_assert_ptr_null(gr->gr_mem[PEOPLE_SITE]);
}

/* -- every buffer -------------------------------------------------- */

struct answer { struct passwd pw; struct group gr; };

static enum nss_status ask(int which, struct answer *a, char *buf, size_t n,
			   int *e)
{
	switch (which) {
	case 0: return nss.getpwnam(name7, &a->pw, buf, n, e);
	case 1: return nss.getpwuid(people_uid(7), &a->pw, buf, n, e);
	case 2: return nss.getgrnam("s1", &a->gr, buf, n, e);
	case 3: return nss.getgrgid(PEOPLE_SITE_GID + 1, &a->gr, buf, n, e);
	default: return nss.getgrnam("cnie", &a->gr, buf, n, e);
	}
}

START_TEST(every_buffer_size_is_too_small_or_enough)
{
	for (size_t shift = 0; shift < 9; shift++) {
		bool enough = false;

		for (size_t n = 0; n < 1400 || !enough; n++) {
			char *buf = malloc(shift + n + 1), *p = buf + shift;
			struct answer a = { { 0 }, { 0 } };
			enum nss_status s;
			int e = 0;

			ck_assert_int_lt(n, ROOM);
			p[n] = 0x5a;	/* and ASan behind it */
			s = ask(_i, &a, p, n, &e);
			ck_assert_int_eq(p[n], 0x5a);
			if (s == NSS_STATUS_TRYAGAIN) {
				ck_assert(!enough);
				ck_assert_int_eq(e, ERANGE);
				ck_assert_ptr_null(a.pw.pw_name);
				ck_assert_ptr_null(a.gr.gr_name);
			} else {
				ck_assert_int_eq(s, NSS_STATUS_SUCCESS);
				enough = true;
				if (_i < 2)
					check_passwd(&a.pw, p, n);
				else if (_i < 4)
					check_group(&a.gr, p, n);
				else
					ck_assert_ptr_null(a.gr.gr_mem[0]);
			}
			free(buf);
		}
	}
}
END_TEST

START_TEST(errno_is_untouched_on_success)
{
	struct answer a;
	char buf[ROOM];
	int e = 4711;

	for (int which = 0; which < 5; which++) {
		errno = EXDEV;
		ck_assert_int_eq(ask(which, &a, buf, sizeof(buf), &e),
				 NSS_STATUS_SUCCESS);
		ck_assert_int_eq(errno, EXDEV);
		ck_assert_int_eq(e, 4711);
	}
}
END_TEST

/* -- not ours ------------------------------------------------------ */

START_TEST(what_is_not_there_is_not_found)
{
	static const char *const names[] = {
		"root", "", "nobody", "daemon", "uaaaaaaa", "a:b", "../x",
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnop",
		"\xd8\xb3", " ", "s1\n",
	};
	static const uint32_t ids[] = { 0, 1, 999, 1000, 65534, 65535, 5000,
					UINT32_MAX, 1u << 31 };
	struct answer a;
	char buf[ROOM];
	int e;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		e = 0;
		ck_assert_int_eq(nss.getpwnam(names[i], &a.pw, buf, ROOM, &e),
				 NSS_STATUS_NOTFOUND);
		ck_assert_int_eq(e, ENOENT);
		e = 0;
		ck_assert_int_eq(nss.getgrnam(names[i], &a.gr, buf, ROOM, &e),
				 NSS_STATUS_NOTFOUND);
		ck_assert_int_eq(e, ENOENT);
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		e = 0;
		ck_assert_int_eq(nss.getpwuid(ids[i], &a.pw, buf, ROOM, &e),
				 NSS_STATUS_NOTFOUND);
		ck_assert_int_eq(e, ENOENT);
		e = 0;
		ck_assert_int_eq(nss.getgrgid(ids[i], &a.gr, buf, ROOM, &e),
				 NSS_STATUS_NOTFOUND);
		ck_assert_int_eq(e, ENOENT);
	}
}
END_TEST

static void expect_unavailable(int error)
{
	gid_t *list = malloc(sizeof(gid_t));
	long int start = 0, size = 1;
	struct answer a;
	char buf[ROOM];

	for (int which = 0; which < 5; which++) {
		int e = 0;

		errno = EXDEV;	/* what open(2) said goes to *errnop alone */
		ck_assert_int_eq(ask(which, &a, buf, which ? ROOM : 0, &e),
				 NSS_STATUS_UNAVAIL);
		ck_assert_int_eq(e, error);
		ck_assert_int_eq(errno, EXDEV);
	}
	errno = 0;
	ck_assert_int_eq(nss.initgroups(name7, 1, &start, &size, &list, -1,
					&errno), NSS_STATUS_UNAVAIL);
	ck_assert_int_eq(errno, error);
	ck_assert_int_eq(start, 0);
	free(list);
}

START_TEST(missing_view_is_unavailable)
{
	struct answer a;
	char buf[ROOM];
	int e;

	ck_assert_int_eq(unlink(nss_view), 0);
	expect_unavailable(ENOENT);
	ck_assert_int_eq(nss_mappings(), 0);
	nss_write(PEOPLE);		/* and noticed at once when it comes */
	ck_assert_int_eq(ask(0, &a, buf, ROOM, &e), NSS_STATUS_SUCCESS);
}
END_TEST

/* As the files of glibc do: "Input/output error" would send the administrator
 * to the disk. */
START_TEST(process_without_descriptors_hears_just_that)
{
	struct rlimit was, none;
	struct answer a;
	char buf[ROOM];
	int e;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = (struct rlimit){ 0, was.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	expect_unavailable(EMFILE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
	ck_assert_int_eq(ask(0, &a, buf, ROOM, &e), NSS_STATUS_SUCCESS);
}
END_TEST

/* -- supplementary groups ------------------------------------------ */

START_TEST(groups_are_added_behind_what_is_there)
{
	gid_t *list = malloc(sizeof(gid_t));
	long int start = 1, size = 1;
	int e = 0;

	list[0] = 4;
	errno = EXDEV;
	ck_assert_int_eq(nss.initgroups(name7, 4, &start, &size, &list, 0,
					&e), NSS_STATUS_SUCCESS);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(start, 4);
	ck_assert_int_ge(size, start);
	ck_assert_int_eq(list[0], 4);
	ck_assert_int_eq(list[1], PEOPLE_GID);
	ck_assert_int_eq(list[2], PEOPLE_ENTITY_GID);
	ck_assert_int_eq(list[3], PEOPLE_SITE_GID);
	free(list);
}
END_TEST

START_TEST(primary_group_is_left_out_and_the_limit_kept)
{
	for (long int limit = 1; limit <= 5; limit++) {
		gid_t *list = malloc(sizeof(gid_t));
		long int start = 1, size = 1;
		int e = 0;

		list[0] = PEOPLE_GID;
		ck_assert_int_eq(nss.initgroups(name7, PEOPLE_GID, &start,
						&size, &list, limit, &e),
				 NSS_STATUS_SUCCESS);
		ck_assert_int_eq(start, limit < 3 ? limit : 3);
		ck_assert_int_le(size, limit > 1 ? limit : 1);
		for (long int i = 1; i < start; i++)
			ck_assert_int_ne(list[i], PEOPLE_GID);
		free(list);
	}
}
END_TEST

START_TEST(nobody_has_no_groups)
{
	gid_t *list = malloc(sizeof(gid_t));
	long int start = 0, size = 1;
	int e = 0;

	ck_assert_int_eq(nss.initgroups("root", 0, &start, &size, &list, 0,
					&e), NSS_STATUS_NOTFOUND);
	ck_assert_int_eq(e, ENOENT);
	ck_assert_int_eq(start, 0);
	free(list);
}
END_TEST

START_TEST(list_that_can_not_grow_is_no_small_buffer)
{
	long int start = LONG_MAX / 2, size = LONG_MAX / 2;
	gid_t *list = NULL;
	int e = 0;

	/* ERANGE would make glibc try again for ever */
	ck_assert_int_eq(nss.initgroups(name7, 4, &start, &size, &list, 0,
					&e), NSS_STATUS_TRYAGAIN);
	ck_assert_int_eq(e, EAGAIN);
	ck_assert_int_eq(start, LONG_MAX / 2);
	ck_assert_ptr_null(list);
}
END_TEST

START_TEST(list_may_be_empty_at_first)
{
	long int start = 0, size = 0;
	gid_t *list = NULL;
	int e = 0;

	ck_assert_int_eq(nss.initgroups(name7, 4, &start, &size, &list, 0,
					&e), NSS_STATUS_SUCCESS);
	ck_assert_int_eq(start, 3);
	ck_assert_int_eq(list[2], PEOPLE_SITE_GID);
	free(list);
}
END_TEST

START_TEST(group_of_too_many_lists_nobody)
{
	struct group gr;
	char buf[ROOM];
	int e = 0;

	ck_assert_int_eq(nss.getgrgid(PEOPLE_GID, &gr, buf, ROOM, &e),
			 NSS_STATUS_SUCCESS);
	ck_assert_str_eq(gr.gr_name, "cnie");
	ck_assert_ptr_null(gr.gr_mem[0]);
	nss_write(VIEW_MEMBERS_MAX);	/* as many as are listed */
	ck_assert_int_eq(nss.getgrgid(PEOPLE_GID, &gr, buf, ROOM, &e),
			 NSS_STATUS_SUCCESS);
	for (uint32_t i = 0; i < VIEW_MEMBERS_MAX; i++) {
		char name[16];

		people_name(i, name);
		ck_assert_str_eq(gr.gr_mem[i], name);
	}
	ck_assert_ptr_null(gr.gr_mem[VIEW_MEMBERS_MAX]);
	nss_write(VIEW_MEMBERS_MAX + 1);
	ck_assert_int_eq(nss.getgrgid(PEOPLE_GID, &gr, buf, ROOM, &e),
			 NSS_STATUS_SUCCESS);
	ck_assert_ptr_null(gr.gr_mem[0]);
}
END_TEST

/* -- the module and libc ------------------------------------------- */

START_TEST(nothing_but_the_eleven_functions_is_exported)
{
	static const char *const hidden[] = {
		"view_check", "view_map_file", "pin_take", "span_take",
		"prefix_path", "reply_passwd", "_nss_cnie_getspnam_r",
		"_nss_cnie_setspent", "_nss_cnie_getpwnam", "_init", "_fini",
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		ck_assert_ptr_null(dlsym(nss.handle, hidden[i]));
}
END_TEST

/* __tls_get_addr may take memory, and abort where there is none; a library
 * beside libc would be one more in every process of the machine. */
START_TEST(module_has_no_tls_and_needs_libc_alone)
{
	char command[400], got[512];
	size_t n;
	FILE *f;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return;		/* the sanitizer's library is needed too */
#endif
	snprintf(command, sizeof(command), "readelf -Wld"
		 " %s/libnss_cnie.so.2 | awk '$1 == \"TLS\" || /NEEDED/ {"
		 " print $1 == \"TLS\" ? $1 : $NF }'", nss_folder);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(got, 1, sizeof(got) - 1, f);
	got[n] = '\0';
	ck_assert_int_eq(pclose(f), 0);
	ck_assert_str_eq(got, "[libc.so.6]\n");
}
END_TEST

START_TEST(getent_answers_through_libc)
{
	char got[4096], want[256], what[64];

#ifdef __SANITIZE_ADDRESS__
	return;		/* getent has not the sanitizer's run-time */
#endif
	snprintf(want, sizeof(want), "%s:*:%u:%u::/home/%s:/bin/bash\n", name7,
		 people_uid(7), PEOPLE_GID, name7);
	snprintf(what, sizeof(what), "passwd %s", name7);
	ck_assert_int_eq(nss_getent(what, got, sizeof(got)), 0);
	ck_assert_str_eq(got, want);
	snprintf(what, sizeof(what), "passwd %u", people_uid(7));
	ck_assert_int_eq(nss_getent(what, got, sizeof(got)), 0);
	ck_assert_str_eq(got, want);
	ck_assert_int_eq(nss_getent("group e0", got, sizeof(got)), 0);
	snprintf(want, sizeof(want), "e0:*:%u:\n", PEOPLE_ENTITY_GID);
	ck_assert_str_eq(got, want);
	snprintf(want, sizeof(want), "%-21s %u %u %u\n", name7, PEOPLE_GID,
		 PEOPLE_ENTITY_GID, PEOPLE_SITE_GID);
	snprintf(what, sizeof(what), "initgroups %s", name7);
	ck_assert_int_eq(nss_getent(what, got, sizeof(got)), 0);
	ck_assert_str_eq(got, want);
	ck_assert_int_ne(nss_getent("passwd root", got, sizeof(got)), 0);
	ck_assert_int_ne(nss_getent("passwd 0", got, sizeof(got)), 0);
}
END_TEST

static Suite *nss_suite(void)
{
	Suite *s = suite_create("nss_cnie");
	TCase *t = tcase_create("nss");

	tcase_add_checked_fixture(t, setup, nss_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, every_buffer_size_is_too_small_or_enough, 0, 5);
	tcase_add_test(t, errno_is_untouched_on_success);
	tcase_add_test(t, what_is_not_there_is_not_found);
	tcase_add_test(t, missing_view_is_unavailable);
	tcase_add_test(t, process_without_descriptors_hears_just_that);
	tcase_add_test(t, groups_are_added_behind_what_is_there);
	tcase_add_test(t, primary_group_is_left_out_and_the_limit_kept);
	tcase_add_test(t, nobody_has_no_groups);
	tcase_add_test(t, list_that_can_not_grow_is_no_small_buffer);
	tcase_add_test(t, list_may_be_empty_at_first);
	tcase_add_test(t, group_of_too_many_lists_nobody);
	tcase_add_test(t, nothing_but_the_eleven_functions_is_exported);
	tcase_add_test(t, module_has_no_tls_and_needs_libc_alone);
	tcase_add_test(t, getent_answers_through_libc);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(nss_suite)
