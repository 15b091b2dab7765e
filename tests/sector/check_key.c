/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/key.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"

#define URN "urn:example:sector:one"

static FILE *file;
static int fd;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	file = tmpfile();
	ck_assert_ptr_nonnull(file);
	fd = fileno(file);
}

static void teardown(void)
{
	fclose(file);
}

/* A fresh key into a file. */
static enum result generate(int to, const char *urn, uint32_t epoch)
{
	struct sector_key key;
	struct key_file f;

	oprf_random(key.scalar);
	ck_assert_int_eq(key_put(&key, urn, epoch, &f), R_OK);
	return key_write(to, &f);
}

static enum result read_back(const char *urn, uint32_t epoch,
			     struct sector_key *k)
{
	lseek(fd, 0, SEEK_SET);
	return key_read(fd, urn, epoch, k);
}

START_TEST(what_was_made_is_read)
{
	struct sector_key a = { { 0 } }, b = { { 0 } };
	struct stat st;

	ck_assert_int_eq(generate(fd, URN, 1), R_OK);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, KEY_FILE_SIZE);
	ck_assert_int_eq(read_back(URN, 1, &a), R_OK);
	ck_assert_int_eq(read_back(URN, 1, &b), R_OK);
	ck_assert_mem_eq(a.scalar, b.scalar, 32);
	ck_assert(oprf_key_ok(a.scalar));
}
END_TEST

START_TEST(a_key_is_never_overwritten)
{
	struct sector_key a = { { 0 } }, b = { { 0 } };

	ck_assert_int_eq(generate(fd, URN, 1), R_OK);
	ck_assert_int_eq(read_back(URN, 1, &a), R_OK);
	lseek(fd, 0, SEEK_SET);
	ck_assert_int_eq(generate(fd, URN, 1), R_DENIED);
	ck_assert_int_eq(read_back(URN, 1, &b), R_OK);
	ck_assert_mem_eq(a.scalar, b.scalar, 32);
}
END_TEST

START_TEST(two_keys_differ)
{
	FILE *other = tmpfile();
	struct sector_key a, b;

	ck_assert_ptr_nonnull(other);
	ck_assert_int_eq(generate(fd, URN, 1), R_OK);
	ck_assert_int_eq(generate(fileno(other), URN, 1), R_OK);
	ck_assert_int_eq(read_back(URN, 1, &a), R_OK);
	lseek(fileno(other), 0, SEEK_SET);
	ck_assert_int_eq(key_read(fileno(other), URN, 1, &b), R_OK);
	ck_assert(memcmp(a.scalar, b.scalar, 32) != 0);
	fclose(other);
}
END_TEST

START_TEST(key_of_another_sector_or_epoch_is_refused)
{
	struct sector_key k;

	ck_assert_int_eq(generate(fd, URN, 1), R_OK);
	ck_assert_int_eq(read_back(URN, 2, &k), R_DENIED);
	ck_assert_int_eq(read_back(URN ":x", 1, &k), R_DENIED);
}
END_TEST

START_TEST(empty_file_is_no_key)
{
	struct sector_key k;

	ck_assert_int_eq(read_back(URN, 1, &k), R_ABSENT);
}
END_TEST

START_TEST(truncated_or_longer_file_is_refused)
{
	struct sector_key k;

	ck_assert_int_eq(generate(fd, URN, 1), R_OK);
	ck_assert_int_eq(ftruncate(fd, _i), 0);
	ck_assert_int_ne(read_back(URN, 1, &k), R_OK);
}
END_TEST

START_TEST(file_with_any_byte_changed_is_refused)
{
	struct sector_key k = { { 0 } };
	uint8_t b;

	ck_assert_int_eq(generate(fd, URN, 1), R_OK);
	ck_assert_int_eq(pread(fd, &b, 1, _i), 1);
	b ^= 1;
	ck_assert_int_eq(pwrite(fd, &b, 1, _i), 1);
	ck_assert_int_ne(read_back(URN, 1, &k), R_OK);
	for (int i = 0; i < 32; i++)
		ck_assert_int_eq(k.scalar[i], 0);
}
END_TEST

START_TEST(scalar_that_is_none_is_refused)
{
	struct sector_key k;
	uint8_t f[KEY_FILE_SIZE];

	ck_assert_int_eq(generate(fd, URN, 1), R_OK);
	ck_assert_int_eq(pread(fd, f, sizeof(f), 0), sizeof(f));
	memset(f + 32, _i, 32);		/* zero; above the order */
	crypto_generichash(f + 64, 16, f, 64, NULL, 0);
	ck_assert_int_eq(pwrite(fd, f, sizeof(f), 0), sizeof(f));
	ck_assert_int_eq(read_back(URN, 1, &k), R_DENIED);
}
END_TEST

START_TEST(key_file_is_as_documented)
{
	struct sector_key key, back = { { 0 } };
	uint8_t hash[16];
	struct key_file f;

	oprf_random(key.scalar);
	ck_assert_int_eq(key_put(&key, URN, 0x01020304, &f), R_OK);
	ck_assert_mem_eq(f.b, "CNIE-KEY\x01\x01\0\0\x01\x02\x03\x04", 16);
	crypto_generichash(hash, 16, (const uint8_t *)URN, strlen(URN), NULL,
			   0);
	ck_assert_mem_eq(f.b + 16, hash, 16);
	ck_assert_mem_eq(f.b + 32, key.scalar, 32);
	crypto_generichash(hash, 16, f.b, 64, NULL, 0);
	ck_assert_mem_eq(f.b + 64, hash, 16);
	ck_assert_int_eq(key_get(SPAN(f.b), URN, 0x01020304, &back), R_OK);
	ck_assert_mem_eq(back.scalar, key.scalar, 32);
}
END_TEST

/* -- its end --------------------------------------------------------- */

static enum result destroy(const char *urn, uint32_t epoch)
{
	lseek(fd, 0, SEEK_SET);
	return key_destroy(fd, urn, epoch);
}

static void expect_zeros(size_t n)
{
	uint8_t b[KEY_FILE_SIZE + 1];

	ck_assert_int_eq(pread(fd, b, sizeof(b), 0), (ssize_t)n);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(b[i], 0);
}

START_TEST(destroyed_key_is_zeros_again_and_again)
{
	struct sector_key k;

	ck_assert_int_eq(generate(fd, URN, 1), R_OK);
	ck_assert_int_eq(destroy(URN, 1), R_OK);
	expect_zeros(KEY_FILE_SIZE);
	ck_assert_int_eq(read_back(URN, 1, &k), R_MALFORMED);
	ck_assert_int_eq(destroy(URN, 1), R_OK);
	expect_zeros(KEY_FILE_SIZE);
}
END_TEST

START_TEST(destruction_goes_on_where_it_was_interrupted)
{
	static const uint8_t zeros[KEY_FILE_SIZE];

	ck_assert_int_eq(generate(fd, URN, 1), R_OK);
	ck_assert_int_eq(pwrite(fd, zeros, (size_t)_i, 0), _i);
	ck_assert_int_eq(destroy(URN, 1), R_OK);
	expect_zeros(KEY_FILE_SIZE);
}
END_TEST

START_TEST(damaged_or_cut_key_is_destroyed_too)
{
	ck_assert_int_eq(generate(fd, URN, 1), R_OK);
	ck_assert_int_eq(ftruncate(fd, _i), 0);
	ck_assert_int_eq(destroy(URN, 1), R_OK);
	expect_zeros((size_t)_i);
}
END_TEST

START_TEST(key_of_another_sector_or_epoch_is_not_destroyed)
{
	struct sector_key a, b;

	ck_assert_int_eq(generate(fd, URN, 1), R_OK);
	ck_assert_int_eq(read_back(URN, 1, &a), R_OK);
	ck_assert_int_eq(destroy(URN, 2), R_DENIED);
	ck_assert_int_eq(destroy(URN ":x", 1), R_DENIED);
	ck_assert_int_eq(read_back(URN, 1, &b), R_OK);
	ck_assert_mem_eq(&a, &b, sizeof(a));
}
END_TEST

/* An editor has added a line end, or a disk a block: all of it goes. */
START_TEST(longer_file_is_destroyed_over_its_whole_length)
{
	static const size_t longer[] = { 1, 80, 5000 };
	uint8_t b[KEY_FILE_SIZE + 5000];
	size_t n = KEY_FILE_SIZE + longer[_i];

	ck_assert_int_eq(generate(fd, URN, 1), R_OK);
	memset(b, 7, sizeof(b));
	ck_assert_int_eq(pwrite(fd, b, longer[_i], KEY_FILE_SIZE),
			 (ssize_t)longer[_i]);
	ck_assert_int_eq(destroy(URN, 2), R_DENIED);
	ck_assert_int_eq(destroy(URN, 1), R_OK);
	ck_assert_int_eq(pread(fd, b, sizeof(b), 0), (ssize_t)n);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(b[i], 0);
}
END_TEST

START_TEST(what_is_no_key_file_is_not_destroyed)
{
	uint8_t b[KEY_FILE_SIZE + 1], back[KEY_FILE_SIZE + 1];
	int pair[2];

	memset(b, 7, sizeof(b));
	ck_assert_int_eq(pwrite(fd, b, sizeof(b), 0), sizeof(b));
	ck_assert_int_eq(ftruncate(fd, KEY_DESTROY_MAX + 1), 0);
	ck_assert_int_eq(destroy(URN, 1), R_DENIED);
	ck_assert_int_eq(pread(fd, back, sizeof(back), 0), sizeof(back));
	ck_assert_mem_eq(b, back, sizeof(b));
	ck_assert_int_eq(pipe(pair), 0);
	ck_assert_int_eq(key_destroy(pair[1], URN, 1), R_DENIED);
	ck_assert_int_eq(key_destroy(-1, URN, 1), R_INTERNAL);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(key_is_written_into_a_file_only)
{
	struct sector_key key;
	struct key_file f;
	int pair[2];

	oprf_random(key.scalar);
	ck_assert_int_eq(key_put(&key, URN, 1, &f), R_OK);
	ck_assert_int_eq(pipe(pair), 0);
	ck_assert_int_eq(key_write(pair[1], &f), R_DENIED);
	ck_assert_int_eq(key_write(-1, &f), R_INTERNAL);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

static Suite *key_suite(void)
{
	Suite *s = suite_create("sector/key");
	TCase *t = tcase_create("key");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_made_is_read);
	tcase_add_test(t, a_key_is_never_overwritten);
	tcase_add_test(t, two_keys_differ);
	tcase_add_test(t, key_of_another_sector_or_epoch_is_refused);
	tcase_add_test(t, empty_file_is_no_key);
	tcase_add_loop_test(t, truncated_or_longer_file_is_refused, 0, 80);
	tcase_add_loop_test(t, truncated_or_longer_file_is_refused, 81, 84);
	tcase_add_loop_test(t, file_with_any_byte_changed_is_refused, 0, 80);
	tcase_add_loop_test(t, scalar_that_is_none_is_refused, 0, 1);
	tcase_add_loop_test(t, scalar_that_is_none_is_refused, 255, 256);
	tcase_add_test(t, key_file_is_as_documented);
	tcase_add_test(t, destroyed_key_is_zeros_again_and_again);
	tcase_add_loop_test(t, destruction_goes_on_where_it_was_interrupted, 1,
			    KEY_FILE_SIZE);
	tcase_add_loop_test(t, damaged_or_cut_key_is_destroyed_too, 0,
			    KEY_FILE_SIZE);
	tcase_add_test(t, key_of_another_sector_or_epoch_is_not_destroyed);
	tcase_add_loop_test(t, longer_file_is_destroyed_over_its_whole_length,
			    0, 3);
	tcase_add_test(t, what_is_no_key_file_is_not_destroyed);
	tcase_add_test(t, key_is_written_into_a_file_only);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(key_suite)
