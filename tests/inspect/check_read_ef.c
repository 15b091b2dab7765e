// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/read_ef.h"

#include <string.h>

#include "check_main.h"

/* A card with one file, and the habits that real cards were seen with. */
static struct {
	uint8_t file[40000];
	size_t n;
	size_t largest;		/* Le that is still answered, 0 any */
	uint16_t too_large;	/* the status word above it */
	bool exact;		/* Le beyond the end is refused, too */
	uint16_t no_short_id;	/* status word for P1 = 80 | id, 0 none */
	uint16_t select;	/* status word of SELECT */
	uint16_t after;		/* status word instead of data ... */
	size_t from;		/* ... from this offset on */
	size_t short_by;	/* bytes fewer than asked in each answer */
	size_t more_by;
	unsigned int reads, selects;
	bool selected;
	uint16_t le[64];
} card;

static enum reason status(struct sink *out, uint16_t sw)
{
	sink_u16(out, sw);
	return REASON_NONE;
}

static enum reason answer_read(size_t at, size_t le, struct sink *out)
{
	size_t left = card.n > at ? card.n - at : 0, n = le;

	if (card.reads <= 64)
		card.le[card.reads - 1] = (uint16_t)le;
	if (card.after && at >= card.from)
		return status(out, card.after);
	if (card.largest && le > card.largest)
		return status(out, card.too_large);
	if (at >= card.n)
		return status(out, SW_WRONG_OFFSET);
	if (card.exact && le > left)
		return status(out, card.too_large == SW_WRONG_LE ?
			      (uint16_t)(SW_WRONG_LE | left) :
			      card.too_large);
	if (n > left)
		n = left;
	n = card.short_by < n ? n - card.short_by : n;
	n += card.more_by;
	sink_put(out, span_of(card.file + at, n));
	return status(out, le > left ? SW_END_OF_FILE : SW_OK);
}

static enum reason transmit(void *context, struct span apdu, struct sink *out)
{
	const uint8_t *c = apdu.p;

	(void)context;
	if (c[1] == INS_SELECT) {
		card.selects++;
		ck_assert_uint_eq(apdu.n, 7);
		card.selected = card.select == SW_OK;
		return status(out, card.select);
	}
	ck_assert_uint_eq(c[1], INS_READ_BINARY);
	card.reads++;
	ck_assert_uint_eq(apdu.n, 5);
	if (c[2] & 0x80) {
		ck_assert_uint_eq(c[2], 0x80 | 0x02);
		if (card.no_short_id)
			return status(out, card.no_short_id);
		card.selected = true;
		return answer_read(c[3], c[4] ? c[4] : 256, out);
	}
	ck_assert(card.selected);
	return answer_read((size_t)c[2] << 8 | c[3], c[4] ? c[4] : 256, out);
}

/* DG2 of `total` bytes in all, with a header that says `says`. */
static void file(size_t total, size_t says)
{
	memset(&card, 0, sizeof(card));
	for (size_t i = 0; i < total; i++)
		card.file[i] = (uint8_t)(i * 7);
	card.file[0] = 0x75;
	if (says - 2 < 0x80) {
		card.file[1] = (uint8_t)(says - 2);
	} else if (says - 3 < 0x100) {
		card.file[1] = 0x81;
		card.file[2] = (uint8_t)(says - 3);
	} else {
		card.file[1] = 0x82;
		card.file[2] = (uint8_t)((says - 4) >> 8);
		card.file[3] = (uint8_t)(says - 4);
	}
	card.n = total;
	card.select = SW_OK;
}

static uint8_t buf[40000];

static enum reason read_all(size_t max, size_t *n)
{
	struct card_link l = { .transmit = transmit };
	struct sink out = SINK(buf);
	enum reason why = read_ef(&l, ef_row(EF_DG2), max, &out);

	*n = out.n;
	if (why != REASON_NONE)
		ck_assert_uint_eq(out.n, 0);
	return why;
}

static void reads_whole(void)
{
	size_t n, want = card.n;

	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_NONE);
	ck_assert_uint_eq(n, want);
	ck_assert_mem_eq(buf, card.file, n);
}

static const struct { size_t n; unsigned int reads; } sizes[] = {
	{ 60, 1 }, { 95, 1 }, { 200, 1 }, { 256, 1 }, { 257, 2 }, { 512, 2 },
	{ 513, 3 }, { 15083, 59 }, { 32768, 128 },
};

/* One answer holds 256 bytes without secure messaging: not one command more
 * than that takes, and none whose answer is known. */
START_TEST(a_file_takes_as_few_commands_as_it_must)
{
	file(sizes[_i].n, sizes[_i].n);
	reads_whole();
	ck_assert_uint_eq(card.reads, sizes[_i].reads);
	ck_assert_uint_eq(card.selects, 0);
	ck_assert_uint_eq(card.le[0], 256);
	if (sizes[_i].reads > 1 && sizes[_i].reads < 64)
		ck_assert_uint_eq(card.le[sizes[_i].reads - 1],
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
	file(1000, 1000);
	card.largest = habits[_i].largest;
	card.too_large = habits[_i].sw;
	reads_whole();
	ck_assert_uint_le(card.reads, habits[_i].most);
}
END_TEST

/* Cards that refuse a Le beyond the end of the file, in each way. */
START_TEST(a_card_that_wants_the_exact_length_gets_it)
{
	static const uint16_t how[] = { SW_WRONG_LENGTH, SW_WRONG_OFFSET,
					SW_WRONG_LE, SW_END_OF_FILE };
	static const size_t lengths[] = { 20, 60, 95, 140, 200, 300, 1000 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		file(lengths[i], lengths[i]);
		card.exact = true;
		card.too_large = how[_i];
		reads_whole();
		ck_assert_uint_le(card.reads, 8 + lengths[i] / 96);
	}
}
END_TEST

START_TEST(a_card_without_short_identifiers_is_asked_by_file_id)
{
	static const uint16_t how[] = { 0x6a82, 0x6a86, 0x6981, 0x6d00 };

	file(600, 600);
	card.no_short_id = how[_i];
	reads_whole();
	ck_assert_uint_eq(card.selects, 1);
	ck_assert_uint_eq(card.reads, 4);
}
END_TEST

START_TEST(answers_shorter_than_asked_are_taken_as_they_are)
{
	file(1000, 1000);
	card.short_by = 100;
	reads_whole();
}
END_TEST

START_TEST(bytes_behind_the_object_are_no_part_of_it)
{
	size_t n;

	file(200, 120);
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_NONE);
	ck_assert_uint_eq(n, 120);
	ck_assert_uint_eq(card.reads, 1);
}
END_TEST

START_TEST(a_file_that_is_not_there_or_withheld_is_missing)
{
	static const uint16_t how[] = { 0x6a82, 0x6982, 0x6985, 0x6a88 };
	size_t n;

	file(600, 600);
	card.no_short_id = how[_i];
	card.select = how[_i];
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MISSING);
	file(600, 600);
	card.after = how[_i];
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MISSING);
}
END_TEST

START_TEST(a_file_shorter_than_it_says_is_malformed)
{
	size_t n;

	file(600, 700);
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
	file(100, 700);
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
	file(600, 600);
	card.after = 0x6982;
	card.from = 300;
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
	/* success, and no bytes, for ever */
	file(600, 600);
	card.after = SW_OK;
	card.from = 300;
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
	card.after = SW_END_OF_FILE;
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
}
END_TEST

START_TEST(a_length_over_the_limit_is_refused_at_once)
{
	size_t n;

	file(1000, 1000);
	ck_assert_int_eq(read_all(999, &n), REASON_FILE_MALFORMED);
	ck_assert_uint_eq(card.reads, 1);
	ck_assert_int_eq(read_all(1000, &n), REASON_NONE);
	file(33000, 32769);
	ck_assert_int_eq(read_all(1 << 20, &n), REASON_FILE_MALFORMED);
	ck_assert_uint_eq(card.reads, 1);
	/* 4 GB */
	file(1000, 1000);
	memcpy(card.file, "\x75\x84\xff\xff\xff\xff", 6);
	ck_assert_int_eq(read_all(1 << 20, &n), REASON_FILE_MALFORMED);
	ck_assert_uint_eq(card.reads, 1);
}
END_TEST

START_TEST(another_tag_or_no_object_is_malformed)
{
	static const char *const heads[] = { "\x61\x10", "\x7f\x61\x05",
		"\x75\x80", "\x75\x81\x05", "\x01\x01", "\xff\xff\xff\xff" };
	size_t n;

	file(60, 60);
	memcpy(card.file, heads[_i], strlen(heads[_i]));
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
}
END_TEST

START_TEST(more_bytes_than_were_asked_for_are_refused)
{
	size_t n;

	file(300, 300);
	card.more_by = 1;
	/* 257 and the status word are more than a short answer holds */
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_CARD_LOOP);
	file(300, 300);
	card.largest = 160;
	card.too_large = SW_WRONG_LENGTH;
	card.more_by = 1;
	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_FILE_MALFORMED);
}
END_TEST

START_TEST(a_buffer_too_small_is_a_refusal)
{
	struct card_link l = { .transmit = transmit };
	uint8_t small[300];
	struct sink out = SINK(small);

	file(1000, 1000);
	ck_assert_int_eq(read_ef(&l, ef_row(EF_DG2), EF_SIZE_MAX, &out),
			 REASON_FILE_MALFORMED);
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

/* The table is the policy: what may be read at all. */
START_TEST(no_biometrics_but_the_portrait_and_no_address_can_be_read)
{
	for (int i = 0; i < EF_COUNT; i++) {
		const struct ef_row *r = ef_row((enum ef)i);

		ck_assert(r->dg == 0 || r->dg == 1 || r->dg == 2 ||
			  r->dg == 14);
		ck_assert_uint_ne(r->short_id, 0x03);
		ck_assert_uint_ne(r->short_id, 0x0b);
		ck_assert_uint_le(r->max, EF_SIZE_MAX);
		ck_assert_uint_gt(strlen(r->why), 0);
	}
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
	tcase_add_test(t,
		no_biometrics_but_the_portrait_and_no_address_can_be_read);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
