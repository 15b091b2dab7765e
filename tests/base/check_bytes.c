// SPDX-License-Identifier: GPL-3.0-or-later
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

static const uint8_t nine[] = { 0x01, 0x23, 0x45, 0x67, 0x89,
				0xab, 0xcd, 0xef, 0xff };

static void same(struct span a, struct span b)
{
	ck_assert_ptr_eq(a.p, b.p);
	ck_assert_uint_eq(a.n, b.n);
}

START_TEST(integers_are_read_big_endian)
{
	struct span in = SPAN(nine);
	uint8_t a;
	uint16_t b;
	uint32_t c;
	uint64_t d;

	ck_assert_int_eq(span_u8(&in, &a), R_OK);
	ck_assert_uint_eq(a, 0x01);
	ck_assert_int_eq(span_u16(&in, &b), R_OK);
	ck_assert_uint_eq(b, 0x2345);
	ck_assert_int_eq(span_u32(&in, &c), R_OK);
	ck_assert_uint_eq(c, 0x6789abcd);
	ck_assert_uint_eq(in.n, 2);
	in = span_of(nine, 8);
	ck_assert_int_eq(span_u64(&in, &d), R_OK);
	ck_assert(d == UINT64_C(0x0123456789abcdef));
	ck_assert_int_eq(span_end(&in), R_OK);
}
END_TEST

START_TEST(short_integers_are_refused_and_nothing_changes)
{
	struct span in, before;
	uint8_t a = 7;
	uint16_t b = 7;
	uint32_t c = 7;
	uint64_t d = 7;

	for (size_t n = 0; n < 8; n++) {
		before = in = span_of(nine, n);
		ck_assert_int_eq(span_u64(&in, &d), R_MALFORMED);
		same(in, before);
		if (n < 4)
			ck_assert_int_eq(span_u32(&in, &c), R_MALFORMED);
		same(in, before);
		if (n < 2)
			ck_assert_int_eq(span_u16(&in, &b), R_MALFORMED);
		same(in, before);
		if (n < 1)
			ck_assert_int_eq(span_u8(&in, &a), R_MALFORMED);
		same(in, before);
	}
	ck_assert(a == 7 && b == 7 && c == 7 && d == 7);
}
END_TEST

START_TEST(take_gives_exactly_what_is_there)
{
	struct span in = SPAN(nine), out = { NULL, 0 };

	ck_assert_int_eq(span_take(&in, 10, &out), R_MALFORMED);
	ck_assert_int_eq(span_take(&in, SIZE_MAX, &out), R_MALFORMED);
	ck_assert_ptr_null(out.p);
	same(in, (struct span)SPAN(nine));
	ck_assert_int_eq(span_take(&in, 9, &out), R_OK);
	same(out, (struct span)SPAN(nine));
	ck_assert_uint_eq(in.n, 0);
	ck_assert_int_eq(span_take(&in, 0, &out), R_OK);
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

START_TEST(trailing_bytes_are_an_error)
{
	struct span in = span_of(nine, 1);

	ck_assert_int_eq(span_end(&in), R_MALFORMED);
	in.n = 0;
	ck_assert_int_eq(span_end(&in), R_OK);
}
END_TEST

START_TEST(equality_sees_every_byte_and_the_length)
{
	uint8_t other[sizeof(nine)];

	for (size_t i = 0; i < sizeof(nine) * 8; i++) {
		memcpy(other, nine, sizeof(nine));
		other[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert(!span_equal(SPAN(nine), SPAN(other)));
		ck_assert(!span_equal_ct(SPAN(nine), SPAN(other)));
	}
	memcpy(other, nine, sizeof(nine));
	ck_assert(span_equal(SPAN(nine), SPAN(other)));
	ck_assert(span_equal_ct(SPAN(nine), SPAN(other)));
	ck_assert(!span_equal(SPAN(nine), span_of(other, 8)));
	ck_assert(!span_equal_ct(SPAN(nine), span_of(other, 8)));
	ck_assert(span_equal(span_of(NULL, 0), span_of(nine, 0)));
	ck_assert(span_equal_ct(span_of(NULL, 0), span_of(nine, 0)));
}
END_TEST

START_TEST(a_sink_stops_at_its_end_and_remembers)
{
	uint8_t buf[8];
	struct sink out = sink_of(buf, 7);

	memset(buf, 0xee, sizeof(buf));
	sink_u8(&out, 1);
	sink_u16(&out, 0x0203);
	sink_u32(&out, 0x04050607);
	ck_assert_int_eq(sink_done(&out), R_OK);
	ck_assert(span_equal(sink_span(&out),
			     span_of("\1\2\3\4\5\6\7", 7)));
	sink_u8(&out, 8);
	ck_assert_int_eq(sink_done(&out), R_INTERNAL);
	ck_assert_uint_eq(out.n, 7);
	ck_assert_uint_eq(buf[7], 0xee);
	sink_put(&out, span_of(NULL, 0));
	ck_assert_int_eq(sink_done(&out), R_INTERNAL);
}
END_TEST

START_TEST(after_an_overflow_nothing_more_is_written)
{
	uint8_t buf[4] = { 0 };
	struct sink out = SINK(buf);

	sink_u8(&out, 1);
	sink_u64(&out, 2);
	sink_u8(&out, 3);
	ck_assert_int_eq(sink_done(&out), R_INTERNAL);
	ck_assert_uint_eq(out.n, 1);
	ck_assert_uint_eq(buf[1], 0);
}
END_TEST

START_TEST(integers_are_written_as_they_are_read)
{
	uint8_t buf[15];
	struct sink out = SINK(buf);

	sink_u8(&out, 0x01);
	sink_u16(&out, 0x2345);
	sink_u32(&out, 0x6789abcd);
	sink_u64(&out, UINT64_C(0xfedcba9876543210));
	ck_assert_int_eq(sink_done(&out), R_OK);
	ck_assert_mem_eq(buf, "\x01\x23\x45\x67\x89\xab\xcd"
			 "\xfe\xdc\xba\x98\x76\x54\x32\x10", 15);
}
END_TEST

START_TEST(only_printable_ascii_becomes_a_string)
{
	char out[8] = "before";
	uint8_t c = (uint8_t)_i;
	enum result want = c >= 0x20 && c <= 0x7e ? R_OK : R_MALFORMED;

	ck_assert_int_eq(span_to_str(span_of(&c, 1), out, sizeof(out)), want);
	if (want != R_OK) {
		ck_assert_str_eq(out, "before");
	} else {
		ck_assert_int_eq(out[0], c);
		ck_assert_int_eq(out[1], 0);
	}
}
END_TEST

START_TEST(a_string_keeps_room_for_its_nul)
{
	char out[4] = "?";

	ck_assert_int_eq(span_to_str(span_str("abcd"), out, 4), R_MALFORMED);
	ck_assert_int_eq(span_to_str(span_str("abc"), out, 0), R_MALFORMED);
	ck_assert_str_eq(out, "?");
	ck_assert_int_eq(span_to_str(span_str("abc"), out, 4), R_OK);
	ck_assert_str_eq(out, "abc");
	ck_assert_int_eq(span_to_str(span_of(NULL, 0), out, 4), R_OK);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(hexadecimal_goes_there_and_back)
{
	char text[2 * sizeof(nine) + 1];
	uint8_t back[sizeof(nine)];

	hex_encode(SPAN(nine), text);
	ck_assert_str_eq(text, "0123456789abcdefff");
	ck_assert_int_eq(hex_decode(text, back, sizeof(back)), R_OK);
	ck_assert_mem_eq(back, nine, sizeof(nine));
	ck_assert_int_eq(hex_decode("0123456789ABCDEFFF", back, 9), R_OK);
	ck_assert_mem_eq(back, nine, sizeof(nine));
	hex_encode(span_of(NULL, 0), text);
	ck_assert_str_eq(text, "");
}
END_TEST

static const char *const bad_hex[] = {
	"", "0", "012", "01234", "012g", "01 2", "0x01", "-123", "01\n2", "zz",
};

START_TEST(other_than_two_bytes_of_hexadecimal_is_refused)
{
	uint8_t out[2] = { 9, 9 };

	ck_assert_int_eq(hex_decode(bad_hex[_i], out, 2), R_MALFORMED);
	ck_assert(out[0] == 9 && out[1] == 9);
}
END_TEST

START_TEST(every_result_has_its_name)
{
	ck_assert_str_eq(result_name(R_OK), "R_OK");
	ck_assert_str_eq(result_name(R_DENIED), "R_DENIED");
	ck_assert_str_eq(result_name(R_MALFORMED), "R_MALFORMED");
	ck_assert_str_eq(result_name(R_ABSENT), "R_ABSENT");
	ck_assert_str_eq(result_name(R_BUSY), "R_BUSY");
	ck_assert_str_eq(result_name(R_TIMEOUT), "R_TIMEOUT");
	ck_assert_str_eq(result_name(R_INTERNAL), "R_INTERNAL");
	ck_assert_str_eq(result_name((enum result)99), "unknown result");
}
END_TEST

static Suite *bytes_suite(void)
{
	Suite *s = suite_create("bytes");
	TCase *t = tcase_create("all");

	tcase_add_test(t, integers_are_read_big_endian);
	tcase_add_test(t, short_integers_are_refused_and_nothing_changes);
	tcase_add_test(t, take_gives_exactly_what_is_there);
	tcase_add_test(t, trailing_bytes_are_an_error);
	tcase_add_test(t, equality_sees_every_byte_and_the_length);
	tcase_add_test(t, a_sink_stops_at_its_end_and_remembers);
	tcase_add_test(t, after_an_overflow_nothing_more_is_written);
	tcase_add_test(t, integers_are_written_as_they_are_read);
	tcase_add_loop_test(t, only_printable_ascii_becomes_a_string, 0, 256);
	tcase_add_test(t, a_string_keeps_room_for_its_nul);
	tcase_add_test(t, hexadecimal_goes_there_and_back);
	tcase_add_loop_test(t, other_than_two_bytes_of_hexadecimal_is_refused,
			    0, (int)(sizeof(bad_hex) / sizeof(bad_hex[0])));
	tcase_add_test(t, every_result_has_its_name);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(bytes_suite)
