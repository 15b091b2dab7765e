// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/import_files.c */
#include "inspect/import_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"

static char dir[64];
static struct import_files files;

static void setup(void)
{
	strcpy(dir, "/tmp/check_import.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
	char cmd[128];

	import_files_free(&files);
	snprintf(cmd, sizeof(cmd), "rm -rf -- %s", dir);
	ck_assert_int_eq(system(cmd), 0);
}

static const char *path_of(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

/* A file of this size that takes no room on the disk. */
static void put_size(const char *name, off_t size)
{
	put(name, "");
	ck_assert_int_eq(truncate(path_of(name), size), 0);
}

static void file_is(size_t i, const char *text)
{
	ck_assert(span_equal(files.file[i], span_str(text)));
}

static void reading_answers(const char *path, enum result r)
{
	ck_assert_int_eq(import_files_read(path, &files), r);
	if (r != R_OK)
		ck_assert_ptr_null(files.bytes);
}

START_TEST(one_file)
{
	put("a.cer", "one");
	reading_answers(path_of("a.cer"), R_OK);
	ck_assert_uint_eq(files.n, 1);
	ck_assert_uint_eq(files.bad, 0);
	file_is(0, "one");
}
END_TEST

START_TEST(a_directory_in_the_order_of_its_names)
{
	put("b", "two");
	put("c.LDIF", "three");
	put("a.ml", "one");
	put(".d", "passed over");
	ck_assert_int_eq(mkdir(path_of("e"), 0755), 0);
	put("e/f", "passed over");
	reading_answers(dir, R_OK);
	ck_assert_uint_eq(files.n, 3);
	ck_assert_uint_eq(files.bad, 0);
	file_is(0, "one");
	file_is(1, "two");
	file_is(2, "three");
}
END_TEST

START_TEST(an_empty_directory)
{
	reading_answers(dir, R_OK);
	ck_assert_uint_eq(files.n, 0);
	ck_assert_uint_eq(files.bad, 0);
}
END_TEST

START_TEST(what_can_not_be_read_is_counted_and_hides_nothing)
{
	char target[160];

	put("a", "one");
	put("b-empty", "");
	ck_assert_int_eq(mkfifo(path_of("c-fifo"), 0600), 0);
	strcpy(target, path_of("a"));
	ck_assert_int_eq(symlink(target, path_of("d-link")), 0);
	ck_assert_int_eq(symlink(dir, path_of("e-link")), 0);
	put("f", "two");
	reading_answers(dir, R_OK);
	ck_assert_uint_eq(files.n, 2);
	ck_assert_uint_eq(files.bad, 4);
	file_is(0, "one");
	file_is(1, "two");
}
END_TEST

START_TEST(what_is_not_there)
{
	reading_answers(path_of("none"), R_ABSENT);
	put("a", "one");
	reading_answers(path_of("a/b"), R_ABSENT);
	ck_assert_int_eq(mkfifo(path_of("fifo"), 0600), 0);
	reading_answers(path_of("fifo"), R_ABSENT);
	ck_assert_int_eq(symlink("a", path_of("link")), 0);
	reading_answers(path_of("link"), R_ABSENT);
}
END_TEST

START_TEST(an_empty_file_is_bad)
{
	put("a", "");
	reading_answers(path_of("a"), R_OK);
	ck_assert_uint_eq(files.n, 0);
	ck_assert_uint_eq(files.bad, 1);
}
END_TEST

START_TEST(a_file_larger_than_any)
{
	put_size("a", IMPORT_FILE_MAX);
	reading_answers(path_of("a"), R_OK);
	ck_assert_uint_eq(files.file[0].n, IMPORT_FILE_MAX);
	import_files_free(&files);
	put_size("a", IMPORT_FILE_MAX + 1);
	reading_answers(path_of("a"), R_MALFORMED);
	put("b", "one");	/* and nothing of it is taken */
	reading_answers(dir, R_MALFORMED);
}
END_TEST

START_TEST(files_larger_than_all_may_be)
{
	put_size("a", IMPORT_FILE_MAX);
	put_size("b", IMPORT_TOTAL_MAX - IMPORT_FILE_MAX);
	reading_answers(dir, R_OK);
	ck_assert_uint_eq(files.n, 2);
	import_files_free(&files);
	put("c", "x");
	reading_answers(dir, R_MALFORMED);
}
END_TEST

START_TEST(one_file_more_than_are_read)
{
	char name[32];

	for (int i = 0; i < IMPORT_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "%04d", i);
		put(name, name);
	}
	reading_answers(dir, R_OK);
	ck_assert_uint_eq(files.n, IMPORT_FILES_MAX);
	file_is(IMPORT_FILES_MAX - 1, "4095");
	import_files_free(&files);
	put("9999", "x");
	reading_answers(dir, R_MALFORMED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("import_files");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, one_file);
	tcase_add_test(t, a_directory_in_the_order_of_its_names);
	tcase_add_test(t, an_empty_directory);
	tcase_add_test(t, what_can_not_be_read_is_counted_and_hides_nothing);
	tcase_add_test(t, what_is_not_there);
	tcase_add_test(t, an_empty_file_is_bad);
	tcase_add_test(t, a_file_larger_than_any);
	tcase_add_test(t, files_larger_than_all_may_be);
	tcase_add_test(t, one_file_more_than_are_read);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
