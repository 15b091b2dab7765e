// SPDX-License-Identifier: GPL-3.0-or-later
#include "card/transport.h"

#include <stdio.h>
#include <string.h>

#include "card/support_winscard.h"
#include "check_main.h"

static struct pcsc pcsc;
static struct transport transport;
static uint8_t buf[70000];
static struct sink out;

static void setup(void)
{
	fake_reset();
	ck_assert_int_eq(pcsc_open(&pcsc), REASON_NONE);
	ck_assert_int_eq(pcsc_connect(&pcsc, "Real Reader 00 00"),
			 REASON_NONE);
	transport = (struct transport){ .pcsc = &pcsc };
	out = SINK(buf);
}

static enum reason exchange(const char *hex)
{
	uint8_t apdu[300];
	size_t n = strlen(hex) / 2;

	ck_assert_int_eq(hex_decode(hex, apdu, n), R_OK);
	return transport_exchange(&transport, span_of(apdu, n), &out);
}

static void got(const char *hex)
{
	char text[600];

	ck_assert_uint_lt(out.n, sizeof(text) / 2);
	hex_encode(sink_span(&out), text);
	ck_assert_str_eq(text, hex);
}

START_TEST(an_answer_in_one_piece_is_the_answer)
{
	fake.script[0] = "01029000";
	ck_assert_int_eq(exchange("00b09c0000"), REASON_NONE);
	got("01029000");
	ck_assert_str_eq(fake.sent[0], "00b09c0000");
	ck_assert_uint_eq(fake.apdus, 1);
}
END_TEST

START_TEST(pieces_are_fetched_and_joined)
{
	fake.script[0] = "01026103";
	fake.script[1] = "0304056101";
	fake.script[2] = "069000";
	ck_assert_int_eq(exchange("00b09c0000"), REASON_NONE);
	got("0102030405069000");
	ck_assert_str_eq(fake.sent[1], "00c0000003");
	ck_assert_str_eq(fake.sent[2], "00c0000001");
}
END_TEST

START_TEST(the_last_status_word_counts)
{
	fake.script[0] = "6102";
	fake.script[1] = "01026282";
	ck_assert_int_eq(exchange("00b09c0000"), REASON_NONE);
	got("01026282");
}
END_TEST

/* 7816-3 12.2.3 */
START_TEST(with_t0_a_command_with_data_goes_without_le)
{
	transport.t0 = true;
	fake.script[0] = "6102";
	fake.script[1] = "aabb9000";
	ck_assert_int_eq(exchange("0022c1a4020102" "00"), REASON_NONE);
	ck_assert_str_eq(fake.sent[0], "0022c1a4020102");
	got("aabb9000");
	setup();
	ck_assert_int_eq(exchange("0022c1a402010200"), REASON_NONE);
	ck_assert_str_eq(fake.sent[0], "0022c1a402010200");
}
END_TEST

START_TEST(with_t0_the_length_that_the_card_named_is_used)
{
	transport.t0 = true;
	fake.script[0] = "6c03";
	fake.script[1] = "0102039000";
	ck_assert_int_eq(exchange("00b09c0000"), REASON_NONE);
	ck_assert_str_eq(fake.sent[1], "00b09c0003");
	got("0102039000");
}
END_TEST

/* With T=1 it is a word to who reads, who may want another block. */
START_TEST(with_t1_a_wrong_length_is_passed_on)
{
	fake.script[0] = "6c03";
	ck_assert_int_eq(exchange("00b09c0000"), REASON_NONE);
	got("6c03");
	ck_assert_uint_eq(fake.apdus, 1);
}
END_TEST

START_TEST(a_wrong_length_is_corrected_once)
{
	transport.t0 = true;
	fake.script[0] = fake.script[1] = "6c03";
	ck_assert_int_eq(exchange("00b09c0000"), REASON_NONE);
	got("6c03");
	ck_assert_uint_eq(fake.apdus, 2);
}
END_TEST

START_TEST(pieces_without_end_are_refused)
{
	memcpy(fake.answer, "\x61\x00", 2);
	ck_assert_int_eq(exchange("00b09c0000"), REASON_CARD_LOOP);
	ck_assert_uint_eq(fake.apdus, TRANSPORT_PIECES_MAX + 1);
}
END_TEST

START_TEST(pieces_beyond_the_room_are_refused)
{
	memset(fake.answer, 0xaa, 256);
	memcpy(fake.answer + 256, "\x61\x00", 2);
	fake.answer_n = 258;
	out = sink_of(buf, 1000);
	ck_assert_int_eq(exchange("00b09c0000"), REASON_CARD_LOOP);
	ck_assert_uint_le(fake.apdus, 4);
}
END_TEST

START_TEST(bytes_without_end_are_refused)
{
	enum reason why = REASON_NONE;
	unsigned int i;

	fake.answer_n = 258;
	memcpy(fake.answer + 256, "\x90\x00", 2);
	transport.bytes = TRANSPORT_BYTES_MAX - 1000;
	for (i = 0; i < 10 && why == REASON_NONE; i++) {
		out.n = 0;
		why = exchange("00b09c0000");
	}
	ck_assert_int_eq(why, REASON_CARD_LOOP);
	ck_assert_uint_eq(i, 4);
}
END_TEST

START_TEST(apdus_without_end_are_refused)
{
	transport.count = TRANSPORT_APDUS_MAX - 1;
	ck_assert_int_eq(exchange("00b09c0000"), REASON_NONE);
	ck_assert_int_eq(exchange("00b09c0000"), REASON_CARD_LOOP);
	ck_assert_uint_eq(fake.apdus, 1);
}
END_TEST

START_TEST(a_failure_between_the_pieces_is_told)
{
	fake.script[0] = "01026103";
	fake.transmit_after = SCARD_W_REMOVED_CARD;
	ck_assert_int_eq(exchange("00b09c0000"), REASON_CARD_REMOVED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("transport");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, an_answer_in_one_piece_is_the_answer);
	tcase_add_test(t, pieces_are_fetched_and_joined);
	tcase_add_test(t, the_last_status_word_counts);
	tcase_add_test(t, with_t0_a_command_with_data_goes_without_le);
	tcase_add_test(t, with_t0_the_length_that_the_card_named_is_used);
	tcase_add_test(t, with_t1_a_wrong_length_is_passed_on);
	tcase_add_test(t, a_wrong_length_is_corrected_once);
	tcase_add_test(t, pieces_without_end_are_refused);
	tcase_add_test(t, pieces_beyond_the_room_are_refused);
	tcase_add_test(t, bytes_without_end_are_refused);
	tcase_add_test(t, apdus_without_end_are_refused);
	tcase_add_test(t, a_failure_between_the_pieces_is_told);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
