// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/apdu.h"

#include "check_main.h"
#include "emrtd/vectors.h"

static void encodes(struct command c, const char *want)
{
	uint8_t buf[1024];
	struct sink out = SINK(buf);

	ck_assert_int_eq(command_encode(&c, &out), R_OK);
	same(sink_span(&out), want);
}

START_TEST(the_four_short_cases_of_iso_7816_4)
{
	static const uint8_t id[] = { 0x01, 0x1e };

	encodes((struct command){ 0, 0xb0, 0, 0, { 0 }, 0 }, "00B00000");
	encodes((struct command){ 0, 0xb0, 0, 0, { 0 }, 223 }, "00B00000DF");
	encodes((struct command){ 0, 0xb0, 0x9c, 0, { 0 }, 256 },
		"00B09C0000");
	encodes((struct command){ 0, 0xa4, 2, 0x0c, SPAN(id), 0 },
		"00A4020C02011E");
	encodes((struct command){ 0x10, 0x86, 0, 0, SPAN(id), 256 },
		"1086000002011E00");
}
END_TEST

START_TEST(longer_data_or_answers_take_the_extended_form)
{
	uint8_t data[256] = { 0 };
	uint8_t buf[300];
	struct sink out = SINK(buf);
	struct command c = { 0, 0x86, 0, 0, SPAN(data), 0 };

	encodes((struct command){ 0, 0xb0, 0, 0, { 0 }, 257 },
		"00B00000000101");
	encodes((struct command){ 0, 0xb0, 0, 0, { 0 }, 65536 },
		"00B00000000000");
	ck_assert_int_eq(command_encode(&c, &out), R_OK);
	ck_assert_uint_eq(out.n, 4 + 3 + 256);
	same(span_of(buf, 7), "00860000000100");
}
END_TEST

START_TEST(a_command_without_an_encoding_is_refused)
{
	static uint8_t data[65536];
	uint8_t buf[8];
	struct sink out = SINK(buf);
	struct command c = { 0, 0x86, 0, 0, SPAN(data), 0 };

	ck_assert_int_eq(command_encode(&c, &out), R_INTERNAL);
	c = (struct command){ 0, 0xb0, 0, 0, { 0 }, 65537 };
	ck_assert_int_eq(command_encode(&c, &out), R_INTERNAL);
	c = (struct command){ 0, 0xb0, 0, 0, span_of(data, 9), 0 };
	out = (struct sink)SINK(buf);
	ck_assert_int_eq(command_encode(&c, &out), R_INTERNAL);
}
END_TEST

START_TEST(a_response_is_data_and_status_word)
{
	static const uint8_t ok[] = { 0x01, 0x02, 0x90, 0x00 };
	struct response r = { .sw = 7 };

	ck_assert_int_eq(response_parse(SPAN(ok), &r), R_OK);
	ck_assert_uint_eq(r.sw, 0x9000);
	ck_assert_uint_eq(r.data.n, 2);
	ck_assert_int_eq(response_parse(span_of(ok, 2), &r), R_OK);
	ck_assert_uint_eq(r.sw, 0x0102);
	ck_assert_uint_eq(r.data.n, 0);
}
END_TEST

START_TEST(a_response_without_status_word_is_refused)
{
	static const uint8_t b[] = { 0x90 };
	struct response r = { .sw = 7 };

	ck_assert_int_eq(response_parse(span_of(b, 1), &r), R_MALFORMED);
	ck_assert_int_eq(response_parse(span_of(b, 0), &r), R_MALFORMED);
	ck_assert_uint_eq(r.sw, 7);
}
END_TEST

static const struct {
	uint16_t sw;
	enum result r;
} words[] = {
	{ 0x9000, R_OK }, { 0x6282, R_OK }, { 0x6300, R_DENIED },
	{ 0x63c0, R_DENIED }, { 0x63c9, R_DENIED }, { 0x6982, R_DENIED },
	{ 0x6988, R_MALFORMED }, { 0x6a82, R_ABSENT }, { 0x6c14, R_MALFORMED },
	{ 0x6d00, R_ABSENT }, { 0x0000, R_MALFORMED }, { 0x6100, R_MALFORMED },
	{ 0x9001, R_MALFORMED }, { 0xffff, R_MALFORMED },
};

START_TEST(status_words_mean_what_the_table_says)
{
	ck_assert_int_eq(status_result(words[_i].sw), words[_i].r);
	ck_assert_ptr_nonnull(status_text(words[_i].sw));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("apdu");
	TCase *t = tcase_create("all");

	tcase_add_test(t, the_four_short_cases_of_iso_7816_4);
	tcase_add_test(t, longer_data_or_answers_take_the_extended_form);
	tcase_add_test(t, a_command_without_an_encoding_is_refused);
	tcase_add_test(t, a_response_is_data_and_status_word);
	tcase_add_test(t, a_response_without_status_word_is_refused);
	tcase_add_loop_test(t, status_words_mean_what_the_table_says, 0,
			    sizeof(words) / sizeof(words[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
