/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The accessors against views that lie. The bytes stand in memory of exactly
 * their size with a page that can't be read behind it. */
#include "support_roster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "check_main.h"
#include "sim/view_readall.h"

#define PEOPLE 5
/* by name, by uid, by number; cnie, e0 and s0 by name, by gid, by number */
#define FOUND (3 * PEOPLE + 3 * 3)

static uint8_t *guarded;	/* ends where the readable memory ends */
static size_t size;

static void setup(void)
{
	struct people p;
	struct view_source s = people_source(&p, PEOPLE);
	struct stat st;
	uint8_t *area;
	int fd;

	dir_setup();
	s.flags = VIEW_ENUMERATE;
	ck_assert_int_eq(view_write_from(&s, view_path), R_OK);
	fd = open(view_path, O_RDONLY);
	ck_assert_int_eq(fstat(fd, &st), 0);
	size = (size_t)st.st_size;
	ck_assert_int_lt(size, 4096);
	area = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(area, MAP_FAILED);
	ck_assert_int_eq(mprotect(area + 4096, 4096, PROT_NONE), 0);
	guarded = area + 4096 - size;
	ck_assert_int_eq(read(fd, guarded, size), (ssize_t)size);
	close(fd);
}

static void teardown(void)
{
	dir_teardown();
}

static struct span whole(void)
{
	return span_of(guarded, size);
}

START_TEST(the_good_view_is_good)
{
	ck_assert_int_eq(read_all(whole()), FOUND);
}
END_TEST

START_TEST(any_byte_changed_is_survived)
{
	unsigned int worse = 0;

	for (size_t i = 0; i < size; i++) {
		uint8_t good = guarded[i];

		for (int bit = 0; bit < 8; bit++) {
			guarded[i] = good ^ (uint8_t)(1 << bit);
			worse += read_all(whole()) < FOUND;
		}
		guarded[i] = 0xff;
		read_all(whole());
		guarded[i] = 0;
		read_all(whole());
		guarded[i] = good;
	}
	ck_assert_int_gt(worse, 1000);	/* it does read them */
	ck_assert_int_eq(read_all(whole()), FOUND);
}
END_TEST

START_TEST(any_word_replaced_is_survived)
{
	static const uint32_t words[] = {
		0, 1, 15, 16, 64, 65, 0x7fffffff, 0x80000000, 0xfffffff8,
		0xffffffff,
	};

	for (size_t i = 0; i + 4 <= size; i++) {
		uint8_t good[4];

		memcpy(good, guarded + i, 4);
		for (size_t w = 0; w < sizeof(words) / 4; w++) {
			struct sink s = sink_of(guarded + i, 4);

			sink_u32(&s, words[w]);
			read_all(whole());
		}
		memcpy(guarded + i, good, 4);
	}
	ck_assert_int_eq(read_all(whole()), FOUND);
}
END_TEST

START_TEST(truncated_at_any_length_is_refused)
{
	struct view v;

	for (size_t n = 0; n < size; n++) {
		/* the start of the file, and its end at the guard page */
		uint8_t *p = guarded + (size - n);

		memmove(p, guarded, n);
		ck_assert_int_eq(view_check(span_of(p, n), &v), R_MALFORMED);
		if (n >= 24) {	/* even where the header says so */
			struct sink s = sink_of(p + 16, 8);

			sink_u64(&s, n);
			read_all(span_of(p, n));
		}
		teardown();
		munmap(guarded + size - 4096, 8192);
		setup();
	}
}
END_TEST

START_TEST(longer_than_it_says_is_refused)
{
	struct view v;
	uint8_t *more = calloc(1, size + 8);

	ck_assert_ptr_nonnull(more);
	memcpy(more, guarded, size);
	ck_assert_int_eq(view_check(span_of(more, size + 8), &v), R_MALFORMED);
	free(more);
}
END_TEST

struct change { size_t at; uint32_t word; };
static const struct change headers[] = {
	{ 0, 0x434e4946 }, { 8, 0 }, { 8, 2 }, { 8, 0x01000000 }, { 12, 3 },
	{ 12, 0 },			/* and yet there is a list */
	{ 44, 1 }, { 112, 1 }, { 120, 1 }, { 124, 1 },
	{ 116, 0 }, { 116, 4 }, { 116, 120 }, { 116, 0xfffffff8 },
	{ 36, 0xffffffff }, { 40, 0xffffffff }, { 40, 100 },
	{ 60, 0 }, { 60, 256 },		/* probe of names */
	{ 56, 0 }, { 56, 0x7fffffff },	/* slots */
	{ 52, 0 }, { 52, 4 }, { 52, 0xfffffff8 }, { 48, 0xffffffff },
	{ 72, 0x7fffffff }, { 88, 0 }, { 108, 0 },	/* the others */
};

START_TEST(header_that_is_not_ours_is_refused)
{
	struct sink s = sink_of(guarded + headers[_i].at, 4);
	struct view v;

	ck_assert_int_eq(view_check(whole(), &v), R_OK);
	sink_u32(&s, headers[_i].word);
	ck_assert_int_eq(view_check(whole(), &v), R_MALFORMED);
}
END_TEST

START_TEST(list_that_lies_gives_no_record_outside)
{
	struct view_account a;
	struct view_group g;
	struct view v;

	ck_assert_int_eq(view_check(whole(), &v), R_OK);
	ck_assert_int_eq(view_account_nth(&v, PEOPLE - 1, &a), R_OK);
	ck_assert_int_eq(view_account_nth(&v, PEOPLE, &a), R_ABSENT);
	ck_assert_int_eq(view_group_nth(&v, 2, &g), R_OK);
	ck_assert_int_eq(view_group_nth(&v, 3, &g), R_ABSENT);
	for (uint32_t ref = 0; ref < 2 * size / 8; ref++) {
		struct sink s = sink_of(guarded + v.list, 4);

		sink_u32(&s, ref);
		if (view_account_nth(&v, 0, &a) == R_OK)
			touch_account(&a);
		s = sink_of(guarded + v.list + 4 * PEOPLE, 4);
		sink_u32(&s, ref);
		if (view_group_nth(&v, 0, &g) == R_OK)
			touch_group(&v, &g);
	}
}
END_TEST

START_TEST(view_without_the_flag_lists_nobody)
{
	struct view_account a;
	struct view_group g;
	struct view v;
	struct sink s = sink_of(guarded + 12, 4);

	sink_u32(&s, 0);
	s = sink_of(guarded + 116, 4);
	sink_u32(&s, 0);
	ck_assert_int_eq(view_check(whole(), &v), R_OK);
	ck_assert_int_eq(view_account_nth(&v, 0, &a), R_ABSENT);
	ck_assert_int_eq(view_group_nth(&v, 0, &g), R_ABSENT);
	ck_assert_int_eq(view_find_uid(&v, people_uid(0), &a), R_OK);
}
END_TEST

/* -- the file ------------------------------------------------------ */

START_TEST(file_that_others_may_write_is_refused)
{
	static const mode_t modes[] = { 0664, 0646, 0666, 0777 };
	struct view_map m = { 0 };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		ck_assert_int_eq(chmod(view_path, modes[i]), 0);
		ck_assert_int_eq(view_map_file(view_path, &m), R_DENIED);
	}
	ck_assert_int_eq(chmod(view_path, 0600), 0);
	ck_assert_int_eq(view_map_file(view_path, &m), R_OK);
	view_unmap(&m);
	view_unmap(&m);
}
END_TEST

START_TEST(map_is_current_until_its_file_changes)
{
	struct view_map m = { 0 };
	char other[128];
	int fd;

	ck_assert_int_eq(view_map_file(view_path, &m), R_OK);
	ck_assert(view_map_current(view_path, &m));
	ck_assert_int_eq(chmod(view_path, 0646), 0);
	ck_assert(!view_map_current(view_path, &m));
	ck_assert_int_eq(chmod(view_path, 0644), 0);
	ck_assert(view_map_current(view_path, &m));
	snprintf(other, sizeof(other), "%s/other", test_dir);
	ck_assert_int_eq(rename(view_path, other), 0);
	ck_assert(!view_map_current(view_path, &m));
	ck_assert_int_eq(symlink(other, view_path), 0);
	ck_assert(!view_map_current(view_path, &m));
	ck_assert_int_eq(rename(other, view_path), 0);
	ck_assert(view_map_current(view_path, &m));
	fd = open(view_path, O_WRONLY | O_APPEND);
	ck_assert_int_eq(write(fd, "", 1), 1);
	ck_assert(!view_map_current(view_path, &m));
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	ck_assert(!view_map_current(view_path, &m));	/* its time differs */
	close(fd);
	view_unmap(&m);
}
END_TEST

START_TEST(file_of_somebody_else_is_refused)
{
	struct view_map m = { 0 };

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(view_path, 1000, 0), 0);
	ck_assert_int_eq(view_map_file(view_path, &m), R_DENIED);
}
END_TEST

START_TEST(what_is_no_regular_file_is_refused)
{
	struct view_map m = { 0 };
	char other[128];

	snprintf(other, sizeof(other), "%s/link", test_dir);
	ck_assert_int_eq(symlink(view_path, other), 0);
	ck_assert_int_eq(view_map_file(other, &m), R_DENIED);
	ck_assert_int_eq(view_map_file(test_dir, &m), R_DENIED);
	ck_assert_int_eq(unlink(other), 0);
	ck_assert_int_eq(mkfifo(other, 0644), 0);
	ck_assert_int_eq(view_map_file(other, &m), R_DENIED);
	ck_assert_int_eq(unlink(other), 0);
	ck_assert_int_eq(view_map_file(other, &m), R_ABSENT);
	ck_assert_ptr_null(m.view.file.p);
}
END_TEST

START_TEST(empty_or_foreign_file_is_malformed)
{
	static const char *const texts[] = {
		"", "CNIEVIEW", "root:x:0:0:root:/root:/bin/bash\n",
	};
	struct view_map m = { 0 };
	int fd;

	fd = open(view_path, O_WRONLY | O_TRUNC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, texts[_i], strlen(texts[_i])),
			 (ssize_t)strlen(texts[_i]));
	if (_i == 2)
		ck_assert_int_eq(ftruncate(fd, 4096), 0);
	close(fd);
	ck_assert_int_eq(view_map_file(view_path, &m), R_MALFORMED);
}
END_TEST

/* -- rules --------------------------------------------------------- */

START_TEST(ids_that_mean_something_else_are_none)
{
	static const uint32_t bad[] = { 0, 1, 999, 65534, 65535, INT32_MAX,
					1u << 31, UINT32_MAX - 1, UINT32_MAX };
	static const uint32_t good[] = { 1000, 65533, 65536, 99999,
					 INT32_MAX - 1 };

	for (size_t i = 0; i < sizeof(bad) / 4; i++)
		ck_assert(!view_id_ok(bad[i]));
	for (size_t i = 0; i < sizeof(good) / 4; i++)
		ck_assert(view_id_ok(good[i]));
	ck_assert(view_primary_gid_ok(100) && !view_primary_gid_ok(0));
	ck_assert(!view_primary_gid_ok(65534));
}
END_TEST

START_TEST(names_are_strict)
{
	static const char *const bad[] = {
		"", "1a", "-a", ".a", "a.", "a:b", "a b", "a/b", "a\n", "a,b",
		"\xc3\xa9", "abcdefghijklmnopqrstuvwxyzabcdefg", "$", "a$",
	};
	static const char *const good[] = {
		"a", "_x", "u7k2m4qa", "m.alami", "M-1",
		"abcdefghijklmnopqrstuvwxyzabcdef",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert(!view_name_ok(span_str(bad[i])));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert(view_name_ok(span_str(good[i])));
}
END_TEST

static Suite *viewfmt_suite(void)
{
	Suite *s = suite_create("roster/viewfmt");
	TCase *t = tcase_create("viewfmt");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, the_good_view_is_good);
	tcase_add_test(t, any_byte_changed_is_survived);
	tcase_add_test(t, any_word_replaced_is_survived);
	tcase_add_test(t, truncated_at_any_length_is_refused);
	tcase_add_test(t, longer_than_it_says_is_refused);
	tcase_add_loop_test(t, header_that_is_not_ours_is_refused, 0,
			    (int)(sizeof(headers) / sizeof(headers[0])));
	tcase_add_test(t, list_that_lies_gives_no_record_outside);
	tcase_add_test(t, view_without_the_flag_lists_nobody);
	tcase_add_test(t, file_that_others_may_write_is_refused);
	tcase_add_test(t, map_is_current_until_its_file_changes);
	tcase_add_test(t, file_of_somebody_else_is_refused);
	tcase_add_test(t, what_is_no_regular_file_is_refused);
	tcase_add_loop_test(t, empty_or_foreign_file_is_malformed, 0, 3);
	tcase_add_test(t, ids_that_mean_something_else_are_none);
	tcase_add_test(t, names_are_strict);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(viewfmt_suite)
