// SPDX-License-Identifier: GPL-3.0-or-later
/* How much a file is asked for at once: extended APDUs, the odd instruction,
 * and what is learned of a card for its next file. */
#include "inspect/read_ef.h"

#include <string.h>

#include "check_main.h"
#include "support_file.h"

/* With extended APDUs, 16,384 bytes each. */
static const struct { size_t n; unsigned int reads, odd; } wide[] = {
	{ 60, 1, 0 }, { 1076, 1, 0 }, { 15083, 1, 0 }, { 16384, 1, 0 },
	{ 16385, 2, 0 }, { 32768, 2, 0 }, { 32769, 3, 1 }, { 49148, 3, 1 },
	{ 49149, 4, 2 }, { 65536, 5, 3 },
};

START_TEST(with_extended_apdus_a_portrait_takes_one_or_two)
{
	file_of(wide[_i].n, wide[_i].n);
	extended(65536);
	reads_whole();
	ck_assert_uint_eq(file_card.reads, wide[_i].reads);
	ck_assert_uint_eq(file_card.odd, wide[_i].odd);
}
END_TEST

START_TEST(offsets_beyond_15_bits_take_the_odd_instruction)
{
	file_of(40000, 40000);
	reads_whole();
	ck_assert_uint_eq(file_card.reads - file_card.odd, 128);
	ck_assert_uint_eq(file_card.odd, (40000 - 32768 + 251) / 252);
	/* its data comes in one object, and no other */
	file_of(40000, 40000);
	file_card.odd_tag = 0x54;
	refused_whole(REASON_FILE_MALFORMED);
	ck_assert_uint_eq(file_card.odd, 1);
	/* though with that other object it is no more than was asked for */
	file_of(40000, 40000);
	file_card.odd_tag = 0x54;
	file_card.short_by = 8;
	refused_whole(REASON_FILE_MALFORMED);
	ck_assert_uint_eq(file_card.odd, 1);
}
END_TEST

/* The reader's limit and the card's, known and unknown. */
START_TEST(an_extended_block_is_as_large_as_reader_and_card_take)
{
	file_of(15083, 15083);
	extended(4000);
	reads_whole();
	ck_assert_uint_eq(file_card.reads, 4);
	ck_assert_uint_eq(file_card.le[0], 4000);
	file_of(15083, 15083);
	extended(65536);
	file_card.largest = 2000;
	file_card.too_large = SW_WRONG_LENGTH;
	reads_whole();
	ck_assert_uint_eq(file_card.le[4], 1024);
	ck_assert_uint_eq(file_card.reads, 4 + 15);
	/* extended APDUs it said, and takes none */
	file_of(15083, 15083);
	extended(65536);
	file_card.largest = 256;
	file_card.too_large = SW_WRONG_LENGTH;
	reads_whole();
	ck_assert_uint_eq(file_card.reads, 6 + 59);
}
END_TEST

/* -- what is learned ------------------------------------------------------------ */

START_TEST(a_learned_block_is_kept_for_the_next_file)
{
	unsigned int reads;

	file_of(1000, 1000);
	file_card.largest = 160;
	file_card.too_large = SW_WRONG_LENGTH;
	reads_whole();
	ck_assert_uint_eq(file_card.reads, 8);
	ck_assert_uint_eq(card_link.habits.block, 160);
	reads = file_card.reads;
	reads_whole();
	ck_assert_uint_eq(file_card.reads - reads, 7);	/* none refused */
}
END_TEST

/* A card refused a Le beyond its short file: that says nothing of a long one,
 * but that heads are better asked for first. */
START_TEST(a_short_file_teaches_no_block)
{
	struct card_link kept;

	file_of(60, 60);
	file_card.exact = true;
	file_card.too_large = SW_WRONG_LENGTH;
	reads_whole();
	ck_assert_uint_eq(card_link.habits.block, 0);
	ck_assert(card_link.habits.exact);
	kept = card_link;
	file_of(93, 93);
	card_link.habits = kept.habits;
	file_card.exact = true;
	file_card.too_large = SW_WRONG_LENGTH;
	reads_whole();
	ck_assert_uint_eq(file_card.reads, 2);
	ck_assert_uint_eq(file_card.le[0], 8);
	file_of(1000, 1000);
	card_link.habits = kept.habits;
	file_card.exact = true;
	reads_whole();
	ck_assert_uint_eq(file_card.reads, 5);
}
END_TEST

START_TEST(a_card_without_short_identifiers_is_asked_so_once)
{
	file_of(600, 600);
	file_card.no_short_id = SW_NOT_FOUND;
	reads_whole();
	ck_assert(card_link.habits.by_file_id);
	ck_assert_uint_eq(file_card.reads, 4);
	reads_whole();
	ck_assert_uint_eq(file_card.reads, 4 + 3);
	ck_assert_uint_eq(file_card.selects, 2);
}
END_TEST

/* EF.ATR/INFO is a row of objects: one block of it is all that is read. */
START_TEST(a_file_without_an_outermost_object_is_one_answer)
{
	static const struct ef_row row = { "EF.X", 0x0102, 0x02, 0, 0, 256,
					   "for a test" };
	struct sink out = SINK(read_bytes);

	file_of(90, 90);
	memcpy(file_card.file, "\x47\x01\x80", 3);
	ck_assert_int_eq(read_ef(&card_link, &row, 256, &out), REASON_NONE);
	ck_assert_uint_eq(out.n, 90);
	ck_assert_uint_eq(file_card.reads, 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("read_ef blocks");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t,
		with_extended_apdus_a_portrait_takes_one_or_two, 0,
		sizeof(wide) / sizeof(wide[0]));
	tcase_add_test(t, offsets_beyond_15_bits_take_the_odd_instruction);
	tcase_add_test(t,
		an_extended_block_is_as_large_as_reader_and_card_take);
	tcase_add_test(t, a_learned_block_is_kept_for_the_next_file);
	tcase_add_test(t, a_short_file_teaches_no_block);
	tcase_add_test(t, a_card_without_short_identifiers_is_asked_so_once);
	tcase_add_test(t, a_file_without_an_outermost_object_is_one_answer);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
