// SPDX-License-Identifier: GPL-3.0-or-later
/* Files that are whole or not there, and the pair that backups are made for. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/key_pair.h"
#include "ctl/newfile.h"
#include "support_service.h"

static const char *read_file(const char *path)
{
	static char text[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	n = read(fd, text, sizeof(text) - 1);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	close(fd);
	return text;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

/* -- files -------------------------------------------------------------------------- */

START_TEST(file_is_there_whole_or_not)
{
	const char *path = service_path("f"), *tmp = service_path("f.new");
	struct newfile f;

	ck_assert_int_eq(newfile_open(path, 0600, &f), R_OK);
	ck_assert_int_eq(newfile_put(&f, span_str("abc")), R_OK);
	ck_assert(!service_there(path));
	ck_assert_int_eq(newfile_commit(&f, false), R_OK);
	newfile_drop(&f);
	ck_assert_str_eq(read_file(path), "abc");
	ck_assert_uint_eq(mode_of(path), 0600);
	ck_assert(!service_there(tmp));
	ck_assert_int_eq(newfile_open(path, 0600, &f), R_OK);
	ck_assert_int_eq(newfile_put(&f, span_str("half")), R_OK);
	newfile_drop(&f);
	ck_assert_str_eq(read_file(path), "abc");
	ck_assert(!service_there(tmp));
}
END_TEST

START_TEST(name_that_is_taken_is_kept)
{
	const char *path = service_path("f");

	service_put_file(path, span_str("mine"), 0640);
	ck_assert_int_eq(newfile_write(path, span_str("x"), 0600, false),
			 R_BUSY);
	ck_assert_str_eq(read_file(path), "mine");
	ck_assert(!service_there(service_path("f.new")));
	ck_assert_int_eq(newfile_write(path, span_str("x"), 0600, true),
			 R_OK);
	ck_assert_str_eq(read_file(path), "x");
	/* a link is no name to write through */
	ck_assert_int_eq(symlink("/nonexistent/x", service_path("l")), 0);
	ck_assert_int_eq(newfile_write(service_path("l"), span_str("x"), 0600,
				       false), R_BUSY);
}
END_TEST

START_TEST(leftover_of_a_killed_run_is_replaced)
{
	const char *path = service_path("f"), *tmp = service_path("f.new");

	service_put_file(tmp, span_str("ha"), 0600);
	ck_assert_int_eq(newfile_write(path, span_str("whole"), 0600, false),
			 R_OK);
	ck_assert_str_eq(read_file(path), "whole");
	ck_assert(!service_there(tmp));
}
END_TEST

START_TEST(path_may_be_relative_and_must_not_be_too_long)
{
	char name[PATH_MAX + 8];
	struct newfile f;

	ck_assert_int_eq(chdir(service_root), 0);
	ck_assert_int_eq(newfile_write("here", span_str("x"), 0600, false),
			 R_OK);
	ck_assert(service_there(service_path("here")));
	ck_assert_int_eq(newfile_open("no/such/folder", 0600, &f),
			 R_INTERNAL);
	ck_assert_int_eq(newfile_open("", 0600, &f), R_INTERNAL);
	memset(name, 'n', sizeof(name) - 1);
	for (size_t n = PATH_MAX - 6; n < sizeof(name); n++) {
		name[n] = '\0';
		ck_assert_int_eq(newfile_open(name, 0600, &f), R_INTERNAL);
		ck_assert_int_eq(f.fd, -1);
		name[n] = 'n';
	}
}
END_TEST

START_TEST(secret_is_overwritten_before_it_goes)
{
	const char *path = service_path("s"), *other = service_path("other");
	char zeros[600] = "", bytes[600];
	int fd;

	memset(bytes, 's', sizeof(bytes));
	service_put_file(path, SPAN(bytes), 0600);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(newfile_destroy(path), R_OK);
	ck_assert(!service_there(path));
	ck_assert_int_eq(read(fd, bytes, sizeof(bytes)), sizeof(bytes));
	ck_assert_mem_eq(bytes, zeros, sizeof(zeros));
	close(fd);
	ck_assert_int_eq(newfile_destroy(path), R_ABSENT);
	service_put_file(other, span_str("kept"), 0600);
	ck_assert_int_eq(symlink(other, path), 0);
	ck_assert_int_eq(newfile_destroy(path), R_INTERNAL);
	ck_assert_str_eq(read_file(other), "kept");
}
END_TEST

/* -- the lines -------------------------------------------------------------------- */

/* 32 bytes 00 01 .. 1f, by base64(1) */
#define BASE64 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static const struct {
	const char *text;
	enum key_half half;
	enum result want;
} lines[] = {
	{ "cnie-backup-public-1 " BASE64 "\n", KEY_PUBLIC, R_OK },
	{ "cnie-backup-public-1 " BASE64, KEY_PUBLIC, R_OK },
	{ "cnie-backup-secret-1 " BASE64 "\n", KEY_SECRET, R_OK },
	{ "cnie-backup-secret-1 " BASE64 "\n", KEY_PUBLIC, R_DENIED },
	{ "cnie-backup-public-1 " BASE64 "\n", KEY_SECRET, R_DENIED },
	{ "cnie-backup-public-1 " BASE64 "\n\n", KEY_PUBLIC, R_MALFORMED },
	{ "cnie-backup-public-1 " BASE64 "\r\n", KEY_PUBLIC, R_MALFORMED },
	{ "cnie-backup-public-1  " BASE64, KEY_PUBLIC, R_MALFORMED },
	{ "cnie-backup-public-2 " BASE64, KEY_PUBLIC, R_MALFORMED },
	{ " cnie-backup-public-1 " BASE64, KEY_PUBLIC, R_MALFORMED },
	{ BASE64, KEY_PUBLIC, R_MALFORMED },
	{ "", KEY_PUBLIC, R_MALFORMED },
	{ "\n", KEY_SECRET, R_MALFORMED },
	/* other spellings of the same bytes: no padding, bits that count not */
	{ "cnie-backup-public-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
	  KEY_PUBLIC, R_MALFORMED },
	{ "cnie-backup-public-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
	  KEY_PUBLIC, R_MALFORMED },
	{ "cnie-backup-public-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd_h8=",
	  KEY_PUBLIC, R_MALFORMED },
	/* sodium's decoder would take these */
	{ "cnie-backup-secret-1 MDAwMDA\xff\xffMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDc=",
	  KEY_SECRET, R_MALFORMED },
	{ "cnie-backup-public-1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	  KEY_PUBLIC, R_MALFORMED },
};

START_TEST(line_of_a_half)
{
	uint8_t got[ELEMENT_SIZE] = { 0 };
	struct span in = span_str(lines[_i].text);

	ck_assert_int_eq(key_line_get(lines[_i].half, in, got),
			 lines[_i].want);
	for (size_t i = 0; i < sizeof(got); i++)
		ck_assert_uint_eq(got[i], lines[_i].want == R_OK ? i : 0);
	if (lines[_i].want != R_OK)
		return;
	/* cut anywhere it is none; at 65 only its newline is gone */
	for (in.n = 0; in.n < 65; in.n++)
		ck_assert_int_eq(key_line_get(lines[_i].half, in, got),
				 R_MALFORMED);
}
END_TEST

START_TEST(line_is_written_as_it_is_read)
{
	uint8_t bytes[ELEMENT_SIZE];
	char line[KEY_LINE_MAX];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	key_line_put(KEY_SECRET, bytes, line);
	ck_assert_str_eq(line, "cnie-backup-secret-1 " BASE64 "\n");
	key_line_put(KEY_PUBLIC, bytes, line);
	ck_assert_str_eq(line, "cnie-backup-public-1 " BASE64 "\n");
}
END_TEST

/* -- cniectl key pair ----------------------------------------------------------------- */

static int make_pair(void)
{
	ck_assert_int_eq(chdir(service_root), 0);
	return service_run("key pair spare");
}

static void get_half(enum key_half half, const char *name,
		     uint8_t out[ELEMENT_SIZE])
{
	ck_assert_int_eq(key_line_get(half,
				      span_str(read_file(service_path("%s",
								      name))),
				      out), R_OK);
}

START_TEST(pair_is_made_and_belongs_together)
{
	uint8_t secret[ELEMENT_SIZE], public[ELEMENT_SIZE];
	uint8_t want[ELEMENT_SIZE];

	ck_assert_int_eq(make_pair(), 0);
	ck_assert_uint_eq(mode_of(service_path("spare")), 0600);
	get_half(KEY_SECRET, "spare", secret);
	get_half(KEY_PUBLIC, "spare.pub", public);
	ck_assert_int_eq(crypto_scalarmult_base(want, secret), 0);
	ck_assert_mem_eq(public, want, sizeof(want));
	/* nothing of it is shown */
	ck_assert_ptr_null(strstr(service_out, read_file(service_path(
							"spare")) + 21));
	ck_assert_ptr_nonnull(strstr(service_out, "spare.pub"));
}
END_TEST

START_TEST(pair_that_is_there_is_kept)
{
	char before[512];

	ck_assert_int_eq(make_pair(), 0);
	strcpy(before, read_file(service_path("spare")));
	ck_assert_int_eq(make_pair(), 1);
	ck_assert_str_eq(read_file(service_path("spare")), before);
}
END_TEST

/* Killed between the halves: the second follows from the first. */
START_TEST(pair_of_a_killed_run_is_finished)
{
	char secret[512], public[512];

	ck_assert_int_eq(make_pair(), 0);
	strcpy(secret, read_file(service_path("spare")));
	strcpy(public, read_file(service_path("spare.pub")));
	ck_assert_int_eq(unlink(service_path("spare.pub")), 0);
	ck_assert_int_eq(make_pair(), 0);
	ck_assert_str_eq(read_file(service_path("spare")), secret);
	ck_assert_str_eq(read_file(service_path("spare.pub")), public);
}
END_TEST

START_TEST(pair_takes_no_other_file_for_its_own)
{
	service_put_file(service_path("spare"), span_str("shopping list\n"),
			 0600);
	ck_assert_int_eq(make_pair(), 1);
	ck_assert_str_eq(read_file(service_path("spare")), "shopping list\n");
	ck_assert(!service_there(service_path("spare.pub")));
	unlink(service_path("spare"));
	service_put_file(service_path("spare.pub"), span_str("x"), 0600);
	ck_assert_int_eq(make_pair(), 1);
	ck_assert(!service_there(service_path("spare")));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl key files");
	TCase *t = tcase_create("newfile"), *u = tcase_create("lines");
	TCase *v = tcase_create("pair");

	tcase_add_checked_fixture(t, service_setup, service_teardown);
	tcase_add_test(t, file_is_there_whole_or_not);
	tcase_add_test(t, name_that_is_taken_is_kept);
	tcase_add_test(t, leftover_of_a_killed_run_is_replaced);
	tcase_add_test(t, path_may_be_relative_and_must_not_be_too_long);
	tcase_add_test(t, secret_is_overwritten_before_it_goes);
	tcase_add_loop_test(u, line_of_a_half, 0,
			    sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(u, line_is_written_as_it_is_read);
	tcase_add_checked_fixture(v, service_setup, service_teardown);
	tcase_add_test(v, pair_is_made_and_belongs_together);
	tcase_add_test(v, pair_that_is_there_is_kept);
	tcase_add_test(v, pair_of_a_killed_run_is_finished);
	tcase_add_test(v, pair_takes_no_other_file_for_its_own);
	suite_add_tcase(s, t);
	suite_add_tcase(s, u);
	suite_add_tcase(s, v);
	return s;
}

CHECK_MAIN(suite)
