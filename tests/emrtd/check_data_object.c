// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/data_object.h"

#include <stdlib.h>

#include "check_main.h"
#include "lds/tlv.h"

/* Value bytes, and the length octets that they take (ISO/IEC 7816-4 5.2.2.2) */
static const struct { size_t n; uint8_t length[3]; size_t octets; } lengths[] = {
	{ 0, { 0x00 }, 1 }, { 1, { 0x01 }, 1 }, { 0x7f, { 0x7f }, 1 },
	{ 0x80, { 0x81, 0x80 }, 2 }, { 0xff, { 0x81, 0xff }, 2 },
	{ 0x100, { 0x82, 0x01, 0x00 }, 3 }, { 0xffff, { 0x82, 0xff, 0xff }, 3 },
};

#define LENGTHS (int)(sizeof(lengths) / sizeof(lengths[0]))

static uint8_t value[0x10000], room[0x10010];

START_TEST(a_length_is_written_in_the_fewest_octets)
{
	struct sink out = SINK(room);
	struct span in, got;

	for (size_t i = 0; i < lengths[_i].n; i++)
		value[i] = (uint8_t)(i * 7);
	put_object(&out, 0x87, span_of(value, lengths[_i].n));
	ck_assert_int_eq(sink_done(&out), R_OK);
	ck_assert_uint_eq(room[0], 0x87);
	ck_assert_mem_eq(room + 1, lengths[_i].length, lengths[_i].octets);
	ck_assert_uint_eq(out.n, object_size(lengths[_i].n));
	/* and is read back as what it was, strictly */
	in = sink_span(&out);
	ck_assert_int_eq(tlv_only(in, 0x87, &got), R_OK);
	ck_assert(span_equal(got, span_of(value, lengths[_i].n)));
}
END_TEST

START_TEST(a_tag_has_one_octet_or_two)
{
	struct sink out = SINK(room);

	put_object(&out, 0x06, span_of("a", 1));
	put_object(&out, 0x7f49, span_of("b", 1));
	ck_assert_uint_eq(out.n, 7);
	ck_assert_mem_eq(room, "\x06\x01" "a" "\x7f\x49\x01" "b", 7);
}
END_TEST

START_TEST(what_no_command_holds_is_not_written)
{
	struct sink out = SINK(room);

	put_object(&out, 0x87, SPAN(value));
	ck_assert_int_ne(sink_done(&out), R_OK);
}
END_TEST

START_TEST(a_room_too_small_is_told_at_every_size)
{
	for (size_t cap = 0; cap <= object_size(200); cap++) {
		struct sink out = sink_of(room, cap);

		put_object(&out, 0x87, span_of(value, 200));
		ck_assert_int_eq(sink_done(&out) == R_OK,
				 cap == object_size(200));
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("data_object");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, a_length_is_written_in_the_fewest_octets, 0,
			    LENGTHS);
	tcase_add_test(t, a_tag_has_one_octet_or_two);
	tcase_add_test(t, what_no_command_holds_is_not_written);
	tcase_add_test(t, a_room_too_small_is_told_at_every_size);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
