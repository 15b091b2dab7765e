/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A full disk, and a file that may not grow: each step is refused, and the
 * roster is what it was, or what the step makes of it; with room again it goes
 * on.
 */
#include "support_exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"

#define PAGE 4096
#define DISK "2m"

static struct roster *r;
static struct roster_account first, second;
static struct text text;
static char filler[96];

/* A small disk of this test's own, gone with its process. */
static void setup(void)
{
	dir_setup();
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", "none", MS_REC | MS_PRIVATE,
			       NULL), 0);
	ck_assert_int_eq(mount("tmpfs", test_dir, "tmpfs", 0,
			       "size=" DISK ",mode=0700"), 0);
	snprintf(filler, sizeof(filler), "%s/filler", test_dir);
	signal(SIGXFSZ, SIG_IGN);
}

static void teardown(void)
{
	roster_close(&r);
	umount2(test_dir, MNT_DETACH);
	rmdir(test_dir);
}

/* No step asserts: what is asserted is written to a file of libcheck's. */

/* -- the steps ----------------------------------------------------------- */

static enum reason do_enrol(void)
{
	struct roster_new in = new_of(9);
	struct roster_account a;
	enum reason why = roster_enrol(r, &test_policy, &in, &a);

	return why == REASON_ALREADY_ENROLLED ? REASON_NONE : why;
}

static enum reason do_login(void)
{
	struct roster_card card = card_of(1, 2, 20340101);
	struct roster_account a;

	return roster_login(r, &card, TODAY, NOW, &a);
}

static enum reason do_bind(void)
{
	struct roster_card card = card_in_both(1, 1, 20300101);
	struct roster_account a;

	return roster_login(r, &card, TODAY, NOW, &a);
}

static enum reason do_block(void)
{
	return roster_card_block(r, second.name);
}

static enum reason do_revoke(void)
{
	return roster_revoke(r, second.name);
}

static enum reason do_rename(void)
{
	enum reason why = roster_rename(r, first.name, "renamed");

	return why == REASON_NO_ACCOUNT ? REASON_NONE : why;
}

static enum reason do_code(void)
{
	return roster_set_code(r, second.name, "$y$x");
}

static enum reason do_retire(void)
{
	return roster_retire(r, 1);
}

static enum reason do_import(void)
{
	enum reason why = import_all(r, &text, NULL);

	return why == REASON_ROSTER_OLD ? REASON_NONE : why;
}

static enum reason do_view(void)
{
	return view_write(r, view_path, 0);
}

static enum reason do_open(void)
{
	roster_close(&r);
	return roster_open(roster_path, &r);
}

/* Marks written anew. */
static enum reason do_marks(void)
{
	roster_close(&r);
	unlink(marks_path);
	return roster_open(roster_path, &r);
}

static const struct { const char *name; enum reason (*run)(void); } steps[] = {
	{ "enrol", do_enrol }, { "login", do_login }, { "bind", do_bind },
	{ "block", do_block }, { "revoke", do_revoke },
	{ "rename", do_rename }, { "code", do_code }, { "retire", do_retire },
	{ "import", do_import }, { "view", do_view }, { "open", do_open },
	{ "marks", do_marks },
};
#define STEPS (int)(sizeof(steps) / sizeof(steps[0]))

/* -- the disk ------------------------------------------------------------ */

static void write_text(void)
{
	char name[16];

	text_begin(&text, 3);
	for (int p = 20; p < 40; p++) {
		snprintf(name, sizeof(name), "n%d", p);
		text_person(&text, p, 80000 + (uint32_t)p, name);
	}
	text_end(&text);
}

static void fresh(void)
{
	roster_close(&r);
	dir_empty();
	r = open_roster();
	first = enrolled(r, 1);
	second = enrolled(r, 2);
	ck_assert_int_eq(view_write(r, view_path, 0), REASON_NONE);
}

/* All but so many pages. */
static void fill(int pages)
{
	static const char page[PAGE];
	int fd = open(filler, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	off_t n = 0;

	ck_assert_int_ge(fd, 0);
	while (write(fd, page, PAGE) == PAGE)
		n += PAGE;
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_int_eq(ftruncate(fd, n > pages * PAGE ? n - pages * PAGE :
							  0), 0);
	close(fd);
}

static void limit_files(rlim_t size)
{
	struct rlimit l;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = size;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
}

/* What was there is there, whatever became of the step. */
static void still_whole(int step, enum reason why)
{
	struct roster_account a;
	struct stat st;

	ck_assert_msg(why == REASON_NONE || why == REASON_ROSTER,
		      "%s: reason %d", steps[step].name, why);
	if (!r)
		r = open_roster();
	ck_assert_int_eq(roster_show(r, second.name, &a), REASON_NONE);
	ck_assert_int_eq(a.uid, second.uid);
	check_integrity();
	ck_assert_int_eq(stat(view_path, &st), 0);
	ck_assert_int_gt(st.st_size, 0);
	/* with room it is done, or was done */
	ck_assert_msg(steps[step].run() == REASON_NONE, "%s, with room: %d",
		      steps[step].name, steps[step].run());
	check_integrity();
	roster_close(&r);
	r = open_roster();
	/* nobody got a uid twice, and the next one is another's */
	ck_assert_int_gt(enrolled(r, 50).uid, second.uid);
}

START_TEST(a_full_disk_refuses_and_harms_nothing)
{
	int refusals = 0;

	for (int pages = 0; pages < 24; pages++) {
		enum reason why;

		fresh();
		write_text();
		fill(pages);
		why = steps[_i].run();
		refusals += why != REASON_NONE;
		ck_assert_int_eq(unlink(filler), 0);
		still_whole(_i, why);
	}
	/* closing made room enough to open */
	if (steps[_i].run != do_open)
		ck_assert_int_gt(refusals, 0);
}
END_TEST

START_TEST(a_file_that_may_not_grow_harms_nothing)
{
	int refusals = 0;

	for (rlim_t size = 0; size < 96 * 1024; size += 5000) {
		enum reason why;

		fresh();
		write_text();
		limit_files(size);
		why = steps[_i].run();
		limit_files(RLIM_INFINITY);
		refusals += why != REASON_NONE;
		still_whole(_i, why);
	}
	ck_assert_int_gt(refusals, 0);
}
END_TEST

static Suite *full_suite(void)
{
	Suite *s = suite_create("roster/full disk");
	TCase *t = tcase_create("full disk");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, a_full_disk_refuses_and_harms_nothing, 0, STEPS);
	tcase_add_loop_test(t, a_file_that_may_not_grow_harms_nothing,
			    0, STEPS);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(full_suite)
