// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/read_ef.h"

#include <string.h>

#include "check_main.h"
#include "support_file.h"

static const struct { size_t n; unsigned int reads; } sizes[] = {
	{ 60, 1 }, { 95, 1 }, { 200, 1 }, { 256, 1 }, { 257, 2 }, { 512, 2 },
	{ 513, 3 }, { 15083, 59 }, { 32768, 128 },
};

/* One answer holds 256 bytes without secure messaging: not one command more
 * than that takes, and none whose answer is known. */
START_TEST(a_file_takes_as_few_commands_as_it_must)
{
	file_of(sizes[_i].n, sizes[_i].n);
	reads_whole();
	ck_assert_uint_eq(file_card.reads, sizes[_i].reads);
	ck_assert_uint_eq(file_card.selects, 0);
	ck_assert_uint_eq(file_card.le[0], 256);
	if (sizes[_i].reads > 1 && sizes[_i].reads < 64)
		ck_assert_uint_eq(file_card.le[sizes[_i].reads - 1],
				  (sizes[_i].n - 1) % 256 + 1);
}
END_TEST

static const struct { size_t largest; uint16_t sw; unsigned int most; }
	habits[] = {
	{ 255, SW_WRONG_LENGTH, 8 }, { 223, SW_WRONG_OFFSET, 8 },
	{ 200, SW_WRONG_LENGTH, 8 }, { 160, SW_END_OF_FILE, 8 },
	{ 128, SW_WRONG_LENGTH, 14 }, { 160, 0x6ca0, 8 }, { 100, 0x6c64, 12 },
	{ 16, SW_WRONG_LENGTH, 140 },
};

START_TEST(a_card_that_wants_smaller_blocks_gets_them)
{
	file_of(1000, 1000);
	file_card.largest = habits[_i].largest;
	file_card.too_large = habits[_i].sw;
	reads_whole();
	ck_assert_uint_le(file_card.reads, habits[_i].most);
}
END_TEST

/* Cards that refuse a Le beyond the end of the file, in each way. */
START_TEST(a_card_that_wants_the_exact_length_gets_it)
{
	static const uint16_t how[] = { SW_WRONG_LENGTH, SW_WRONG_OFFSET,
					SW_WRONG_LE, SW_END_OF_FILE };
	static const size_t lengths[] = { 20, 60, 95, 140, 200, 300, 1000 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		file_of(lengths[i], lengths[i]);
		file_card.exact = true;
		file_card.too_large = how[_i];
		reads_whole();
		ck_assert_uint_le(file_card.reads, 8 + lengths[i] / 96);
	}
}
END_TEST

START_TEST(a_card_without_short_identifiers_is_asked_by_file_id)
{
	static const uint16_t how[] = { 0x6a82, 0x6a86, 0x6981, 0x6d00 };

	file_of(600, 600);
	file_card.no_short_id = how[_i];
	reads_whole();
	ck_assert_uint_eq(file_card.selects, 1);
	ck_assert_uint_eq(file_card.reads, 4);
}
END_TEST

START_TEST(answers_shorter_than_asked_are_taken_as_they_are)
{
	file_of(1000, 1000);
	file_card.short_by = 100;
	reads_whole();
}
END_TEST

START_TEST(bytes_behind_the_object_are_no_part_of_it)
{
	size_t n;

	file_of(200, 120);
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_NONE);
	ck_assert_uint_eq(n, 120);
	ck_assert_uint_eq(file_card.reads, 1);
}
END_TEST

START_TEST(a_file_that_is_not_there_or_withheld_is_missing)
{
	static const uint16_t how[] = { 0x6a82, 0x6982, 0x6985, 0x6a88 };
	size_t n;

	file_of(600, 600);
	file_card.no_short_id = how[_i];
	file_card.select = how[_i];
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MISSING);
	file_of(600, 600);
	file_card.after = how[_i];
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MISSING);
}
END_TEST

START_TEST(a_file_shorter_than_it_says_is_malformed)
{
	size_t n;

	file_of(600, 700);
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
	file_of(100, 700);
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
	file_of(600, 600);
	file_card.after = 0x6982;
	file_card.from = 300;
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
	/* success, and no bytes, for ever */
	file_of(600, 600);
	file_card.after = SW_OK;
	file_card.from = 300;
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
	file_card.after = SW_END_OF_FILE;
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
}
END_TEST

START_TEST(a_length_over_the_limit_is_refused_at_once)
{
	size_t n;

	file_of(1000, 1000);
	ck_assert_int_eq(read_all(999, &n), REASON_FILE_MALFORMED);
	ck_assert_uint_eq(file_card.reads, 1);
	ck_assert_int_eq(read_all(1000, &n), REASON_NONE);
	file_of(0x10010, 65537);
	ck_assert_int_eq(read_all(1 << 20, &n), REASON_FILE_MALFORMED);
	ck_assert_uint_eq(file_card.reads, 1);
	/* 4 GB */
	file_of(1000, 1000);
	memcpy(file_card.file, "\x75\x84\xff\xff\xff\xff", 6);
	ck_assert_int_eq(read_all(1 << 20, &n), REASON_FILE_MALFORMED);
	ck_assert_uint_eq(file_card.reads, 1);
}
END_TEST

START_TEST(another_tag_or_no_object_is_malformed)
{
	static const char *const heads[] = { "\x61\x10", "\x7f\x61\x05",
		"\x75\x80", "\x75\x81\x05", "\x01\x01", "\xff\xff\xff\xff" };
	size_t n;

	file_of(60, 60);
	memcpy(file_card.file, heads[_i], strlen(heads[_i]));
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
}
END_TEST

START_TEST(more_bytes_than_were_asked_for_are_refused)
{
	size_t n;

	file_of(300, 300);
	file_card.more_by = 1;
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
	file_of(300, 300);
	file_card.largest = 160;
	file_card.too_large = SW_WRONG_LENGTH;
	file_card.more_by = 1;
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
}
END_TEST

START_TEST(a_buffer_too_small_is_a_refusal)
{
	uint8_t small[300];
	struct sink out = SINK(small);

	file_of(1000, 1000);
	ck_assert_int_eq(read_ef(&card_link, ef_row(EF_DG2), EF_SIZE_MAX, &out),
			 REASON_FILE_MALFORMED);
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("read_ef");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, a_file_takes_as_few_commands_as_it_must, 0,
			    sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_loop_test(t, a_card_that_wants_smaller_blocks_gets_them, 0,
			    sizeof(habits) / sizeof(habits[0]));
	tcase_add_loop_test(t, a_card_that_wants_the_exact_length_gets_it, 0,
			    4);
	tcase_add_loop_test(t,
		a_card_without_short_identifiers_is_asked_by_file_id, 0, 4);
	tcase_add_test(t, answers_shorter_than_asked_are_taken_as_they_are);
	tcase_add_test(t, bytes_behind_the_object_are_no_part_of_it);
	tcase_add_loop_test(t,
		a_file_that_is_not_there_or_withheld_is_missing, 0, 4);
	tcase_add_test(t, a_file_shorter_than_it_says_is_malformed);
	tcase_add_test(t, a_length_over_the_limit_is_refused_at_once);
	tcase_add_loop_test(t, another_tag_or_no_object_is_malformed, 0, 6);
	tcase_add_test(t, more_bytes_than_were_asked_for_are_refused);
	tcase_add_test(t, a_buffer_too_small_is_a_refusal);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
