// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/lds/tlv.c */
#include "lds/tlv.h"

#include "check_main.h"
#include "support_hex.h"

static const struct {
	const char *hex;
	uint32_t tag;
	size_t value, left;
} good[] = {
	{ "0500", 0x05, 0, 0 },
	{ "610100", 0x61, 1, 0 },
	{ "5f1f0201020a", 0x5f1f, 2, 1 },
	{ "7f6100", 0x7f61, 0, 0 },
	{ "7f8101027777", 0x7f8101, 2, 0 },
	/* 9303-10 4.7.11: DG11 counts from 0E in two octets */
	{ "5f0e00", 0x5f0e, 0, 0 },
};

START_TEST(objects_are_taken_one_by_one)
{
	struct span s = hex_new(good[_i].hex), in = s;
	struct tlv t;

	ck_assert_int_eq(tlv_next(&in, &t), R_OK);
	ck_assert_uint_eq(t.tag, good[_i].tag);
	ck_assert_uint_eq(t.value.n, good[_i].value);
	ck_assert_uint_eq(in.n, good[_i].left);
	ck_assert_ptr_eq(t.raw.p, s.p);
	ck_assert_uint_eq(t.raw.n, s.n - good[_i].left);
	span_free(s);
}
END_TEST

static const char *const bad[] = {
	"",		/* nothing */
	"0000",		/* tag 00 */
	"61",		/* no length */
	"6101",		/* no value */
	"61020a",	/* short value */
	"5f",		/* half a tag */
	"5f80",		/* leading zero in the tag, and unfinished */
	"5f800100",	/* leading zero in the tag */
	"7f818101",	/* half a tag of three */
	"7f81818100",	/* a tag of four */
	"6180",		/* indefinite */
	"61800000",	/* indefinite, ended */
	"6181",		/* half a length */
	"618100",	/* length not minimal */
	"61817f00",	/* likewise: 127 in two */
	"6182",		"618201",
	"61820080",	/* likewise: 128 in three */
	"6183000100",	/* likewise: 256 in four */
	"618400000100", /* likewise in five */
	"618500000000ff00", /* more than four octets */
	"61ff",		/* reserved */
	"6184ffffffff", /* 4 GiB that are not there */
};

START_TEST(what_is_not_strict_is_refused)
{
	struct span s = hex_new(bad[_i]), in = s, v = { NULL, 77 };
	struct tlv t = { .tag = 4711 };

	ck_assert_int_eq(tlv_next(&in, &t), R_MALFORMED);
	ck_assert_uint_eq(t.tag, 4711);
	ck_assert(in.p == s.p && in.n == s.n);
	ck_assert_int_eq(tlv_expect(&in, 0x61, &v), R_MALFORMED);
	ck_assert_int_eq(tlv_optional(&in, 0x61, &v),
			 s.n ? R_MALFORMED : R_ABSENT);
	ck_assert_int_eq(tlv_only(in, 0x61, &v), R_MALFORMED);
	ck_assert_uint_eq(v.n, 77);
	ck_assert(in.p == s.p && in.n == s.n);
	span_free(s);
}
END_TEST

START_TEST(lengths_are_read_in_every_form)
{
	static const size_t sizes[] = { 0, 1, 127, 128, 255, 256, 65535,
					65536 };
	static uint8_t value[65536], all[65600];
	struct sink out = SINK(all);
	struct span in, v;

	put_tlv(&out, 0x04, span_of(value, sizes[_i]));
	in = sink_span(&out);
	ck_assert_int_eq(tlv_only(in, 0x04, &v), R_OK);
	ck_assert_uint_eq(v.n, sizes[_i]);
	for (size_t n = 0; n < in.n; n += 1 + n / 64)
		ck_assert_int_eq(tlv_only(span_of(all, n), 0x04, &v),
				 R_MALFORMED);
}
END_TEST

/* 128 octets are there, and a length that ends in 80. */
START_TEST(more_than_four_length_octets_are_refused)
{
	uint8_t all[2 + 126 + 128] = { 0x04, (uint8_t)(0x80 | _i), 1 };
	struct span v;

	all[1 + _i] = 0x80;
	ck_assert_int_eq(tlv_only(span_of(all, 2 + (size_t)_i + 128), 0x04,
				  &v), R_MALFORMED);
}
END_TEST

START_TEST(expected_tag_only)
{
	struct span s = hex_new("020101040100"), in = s, v;

	ck_assert_int_eq(tlv_expect(&in, 0x04, &v), R_MALFORMED);
	ck_assert_int_eq(tlv_optional(&in, 0x04, &v), R_ABSENT);
	ck_assert_uint_eq(in.n, s.n);
	ck_assert_int_eq(tlv_optional(&in, 0x02, &v), R_OK);
	ck_assert_int_eq(tlv_expect(&in, 0x04, &v), R_OK);
	ck_assert_uint_eq(v.n, 1);
	ck_assert_int_eq(tlv_optional(&in, 0x04, &v), R_ABSENT);
	span_free(s);
}
END_TEST

START_TEST(nothing_may_follow_the_only_one)
{
	struct span s = hex_new("04010000"), v;

	ck_assert_int_eq(tlv_only(s, 0x04, &v), R_MALFORMED);
	ck_assert_int_eq(tlv_only(span_of(s.p, 3), 0x04, &v), R_OK);
	ck_assert_int_eq(tlv_only(span_of(s.p, 3), 0x05, &v), R_MALFORMED);
	span_free(s);
}
END_TEST

START_TEST(one_is_found_among_many)
{
	struct span s = hex_new("8001018101028201038101"), v;

	ck_assert_int_eq(tlv_find(span_of(s.p, 9), 0x81, &v), R_OK);
	ck_assert_uint_eq(v.p[0], 2);
	ck_assert_int_eq(tlv_find(span_of(s.p, 9), 0x87, &v), R_ABSENT);
	ck_assert_int_eq(tlv_find(span_of(s.p, 0), 0x87, &v), R_ABSENT);
	/* a broken one behind, and the same one twice */
	ck_assert_int_eq(tlv_find(s, 0x81, &v), R_MALFORMED);
	span_free(s);
	s = hex_new("810101810102");
	ck_assert_int_eq(tlv_find(s, 0x81, &v), R_MALFORMED);
	span_free(s);
}
END_TEST

START_TEST(head_of_a_file_tells_its_size)
{
	static const struct {
		const char *hex;
		uint32_t tag;
		size_t total;
	} heads[] = {
		{ "615d5f1f5a", 0x61, 95 }, { "7582412e", 0x75, 0x412e + 4 },
		{ "7f6183010000", 0x7f61, 65536 + 6 }, { "7700", 0x77, 2 },
		{ "7f81018400ffffff", 0, 0 },	/* not minimal */
		{ "7f81018401ffffff", 0x7f8101, 0x1ffffff + 8 },
		{ "75", 0, 0 }, { "7582", 0, 0 }, { "758241", 0, 0 },
		{ "", 0, 0 }, { "6180", 0, 0 },
	};
	struct span s = hex_new(heads[_i].hex);
	size_t total = 0;
	uint32_t tag = 0;

	ck_assert_int_eq(tlv_head(s, &tag, &total),
			 heads[_i].total ? R_OK : R_MALFORMED);
	ck_assert_uint_eq(tag, heads[_i].tag);
	ck_assert_uint_eq(total, heads[_i].total);
	span_free(s);
}
END_TEST

START_TEST(small_integers)
{
	static const struct {
		const char *hex;
		bool good;
		uint32_t v;
	} ints[] = {
		{ "020100", true, 0 }, { "02017f", true, 127 },
		{ "02020080", true, 128 }, { "020200ff", true, 255 },
		{ "02020100", true, 256 },
		{ "02047fffffff", true, 0x7fffffff },
		{ "020500ffffffff", true, 0xffffffff },
		{ "0200", false, 0 }, { "020180", false, 0 },
		{ "02020001", false, 0 }, { "0202ffff", false, 0 },
		{ "02050100000000", false, 0 },
		{ "0206000000000001", false, 0 },
		/* five, were the ninth octet from the right forgotten */
		{ "0209010000000000000005", false, 0 }, { "040100", false, 0 },
		{ "0201", false, 0 }, { "", false, 0 },
	};
	struct span s = hex_new(ints[_i].hex), in = s;
	uint32_t v = 4711;

	ck_assert_int_eq(der_uint(&in, &v), ints[_i].good ? R_OK
							  : R_MALFORMED);
	ck_assert_uint_eq(v, ints[_i].good ? ints[_i].v : 4711);
	ck_assert_uint_eq(in.n, ints[_i].good ? 0 : s.n);
	span_free(s);
}
END_TEST

static Suite *tlv_suite(void)
{
	Suite *s = suite_create("tlv");
	TCase *t = tcase_create("tlv");

	tcase_add_loop_test(t, objects_are_taken_one_by_one, 0,
			    sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(t, what_is_not_strict_is_refused, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(t, lengths_are_read_in_every_form, 0, 8);
	tcase_add_test(t, expected_tag_only);
	tcase_add_test(t, nothing_may_follow_the_only_one);
	tcase_add_test(t, one_is_found_among_many);
	tcase_add_loop_test(t, head_of_a_file_tells_its_size, 0, 11);
	tcase_add_loop_test(t, small_integers, 0, 17);
	tcase_add_loop_test(t, more_than_four_length_octets_are_refused, 5,
			    127);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(tlv_suite)
