// SPDX-License-Identifier: GPL-3.0-or-later
#include "card/pcsc.h"

#include <string.h>

#include "card/support_winscard.h"
#include "check_main.h"

static struct pcsc connected(void)
{
	struct pcsc p;

	ck_assert_int_eq(pcsc_open(&p), REASON_NONE);
	ck_assert_int_eq(pcsc_connect(&p, "Real Reader 00 00"), REASON_NONE);
	return p;
}

static enum reason send(struct pcsc *p, struct sink *out)
{
	static const uint8_t apdu[] = { 0x00, 0xb0, 0x9c, 0x00, 0x00 };

	return pcsc_transmit(p, SPAN(apdu), out);
}

START_TEST(every_failure_to_open_is_no_service)
{
	static const LONG codes[] = { SCARD_E_NO_SERVICE, SCARD_F_COMM_ERROR,
		SCARD_E_NO_ACCESS, SCARD_W_SECURITY_VIOLATION,
		SCARD_E_NO_MEMORY };
	struct pcsc p;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		fake.establish = codes[i];
		ck_assert_int_eq(pcsc_open(&p), REASON_NO_PCSCD);
		ck_assert(!p.open);
	}
}
END_TEST

START_TEST(a_use_ends_with_the_power_taken_from_the_card)
{
	struct pcsc p = connected();
	uint8_t buf[258];
	struct sink out = SINK(buf);

	ck_assert_int_eq(pcsc_lock(&p), REASON_NONE);
	ck_assert_int_eq(send(&p, &out), REASON_NONE);
	ck_assert_uint_eq(out.n, 2);
	pcsc_close(&p);
	ck_assert_str_eq(fake.log, "connect begin apdu apdu end:unpower "
			 "disconnect:unpower release");
	pcsc_close(&p);		/* twice is harmless */
}
END_TEST

/* A card that left: to take its power makes pcscd 1.9 blind for the next. */
START_TEST(a_card_that_left_is_let_go_of)
{
	struct pcsc p = connected();
	uint8_t buf[258];
	struct sink out = SINK(buf);

	ck_assert_int_eq(pcsc_lock(&p), REASON_NONE);
	fake.transmit = SCARD_W_REMOVED_CARD;
	ck_assert_int_eq(send(&p, &out), REASON_CARD_REMOVED);
	pcsc_close(&p);
	ck_assert_str_eq(fake.log, "connect begin apdu end:leave "
			 "disconnect:leave release");
}
END_TEST

START_TEST(a_card_that_left_after_the_last_apdu_is_let_go_of)
{
	struct pcsc p = connected();
	uint8_t buf[258];
	struct sink out = SINK(buf);

	ck_assert_int_eq(pcsc_lock(&p), REASON_NONE);
	ck_assert_int_eq(send(&p, &out), REASON_NONE);
	fake.transmit_after = SCARD_E_NOT_TRANSACTED;
	pcsc_close(&p);
	ck_assert_str_eq(fake.log, "connect begin apdu apdu end:leave "
			 "disconnect:leave release");
}
END_TEST

START_TEST(a_card_never_spoken_to_is_left_as_it_was)
{
	struct pcsc p = connected();

	pcsc_close(&p);
	ck_assert_str_eq(fake.log, "connect disconnect:leave release");
}
END_TEST

static const struct { LONG code; enum reason reason; } codes[] = {
	{ SCARD_W_REMOVED_CARD, REASON_CARD_REMOVED },
	{ SCARD_E_NO_SMARTCARD, REASON_CARD_REMOVED },
	{ SCARD_E_UNKNOWN_READER, REASON_CARD_REMOVED },
	{ SCARD_E_READER_UNAVAILABLE, REASON_CARD_REMOVED },
	{ SCARD_W_RESET_CARD, REASON_CARD_CHANGED },
	{ SCARD_W_UNPOWERED_CARD, REASON_CARD_CHANGED },
	{ SCARD_E_SHARING_VIOLATION, REASON_READER_EXCLUSIVE },
	{ SCARD_W_UNRESPONSIVE_CARD, REASON_CARD_SILENT },
	{ SCARD_W_UNSUPPORTED_CARD, REASON_CARD_SILENT },
	{ SCARD_E_PROTO_MISMATCH, REASON_CARD_SILENT },
	{ SCARD_E_TIMEOUT, REASON_CARD_SILENT },
	{ SCARD_F_COMM_ERROR, REASON_PCSCD_RESTARTED },
	{ SCARD_E_NO_SERVICE, REASON_PCSCD_RESTARTED },
	{ SCARD_E_SERVICE_STOPPED, REASON_PCSCD_RESTARTED },
	{ SCARD_E_INVALID_HANDLE, REASON_PCSCD_RESTARTED },
	{ SCARD_E_NOT_TRANSACTED, REASON_CARD_TRANSPORT },
	{ SCARD_F_INTERNAL_ERROR, REASON_CARD_TRANSPORT },
};

START_TEST(what_pcscd_says_becomes_a_reason)
{
	struct pcsc p = connected();
	uint8_t buf[258];
	struct sink out = SINK(buf);

	fake.begin = fake.transmit = fake.connect = codes[_i].code;
	ck_assert_int_eq(pcsc_lock(&p), codes[_i].reason);
	ck_assert_int_eq(send(&p, &out), codes[_i].reason);
	ck_assert_uint_eq(out.n, 0);
	ck_assert_int_eq(pcsc_connect(&p, "x"), codes[_i].reason);
}
END_TEST

START_TEST(a_transmission_error_without_a_card_is_a_removal)
{
	struct pcsc p = connected();
	uint8_t buf[258];
	struct sink out = SINK(buf);

	fake.transmit = fake.transmit_after = SCARD_E_NOT_TRANSACTED;
	fake.card_state = SCARD_ABSENT;
	ck_assert_int_eq(send(&p, &out), REASON_CARD_REMOVED);
	fake.status = SCARD_W_RESET_CARD;
	ck_assert_int_eq(send(&p, &out), REASON_CARD_CHANGED);
}
END_TEST

/* Seen when a card leaves during an APDU: success, and no bytes. */
START_TEST(an_answer_of_no_bytes_is_a_removal)
{
	struct pcsc p = connected();
	uint8_t buf[258];
	struct sink out = SINK(buf);

	fake.answer_n = 0;
	ck_assert_int_eq(send(&p, &out), REASON_CARD_REMOVED);
	fake.answer_n = 1;
	ck_assert_int_eq(send(&p, &out), REASON_CARD_TRANSPORT);
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

START_TEST(an_answer_longer_than_its_room_is_refused)
{
	struct pcsc p = connected();
	uint8_t buf[16];
	struct sink out = SINK(buf);

	sink_u8(&out, 0);
	fake.claim = 15;
	ck_assert_int_eq(send(&p, &out), REASON_NONE);
	ck_assert_uint_eq(out.n, 16);
	out.n = 1;
	fake.claim = 16;
	ck_assert_int_eq(send(&p, &out), REASON_CARD_TRANSPORT);
	ck_assert_uint_eq(out.n, 1);
}
END_TEST

/* PC/SC part 10: features { tag 4 code }, properties { tag length value }. */
START_TEST(what_reader_and_card_say_of_themselves_is_told)
{
	struct pcsc p = connected();
	struct pcsc_link l;

	fake.atr = "3b8f8001804f0ca0000003060300030000000068";
	ck_assert_int_eq(pcsc_describe(&p, &l), REASON_NONE);
	ck_assert_uint_eq(l.max_data, 0);	/* no properties: short ones */
	ck_assert_uint_eq(l.atr_n, 20);
	ck_assert(!l.t0);
	fake.features = "130400000007" "120400000001";
	fake.properties = "0102ffff" "0a0400010000";
	ck_assert_int_eq(pcsc_describe(&p, &l), REASON_NONE);
	ck_assert_uint_eq(l.max_data, 256);
	fake.properties = "0a04000100";		/* cut */
	ck_assert_int_eq(pcsc_describe(&p, &l), REASON_NONE);
	ck_assert_uint_eq(l.max_data, 0);
	fake.features = "13040000000712";
	fake.properties = "0a0400010000";
	ck_assert_int_eq(pcsc_describe(&p, &l), REASON_NONE);
	ck_assert_uint_eq(l.max_data, 0);
	fake.status = SCARD_W_REMOVED_CARD;
	ck_assert_int_eq(pcsc_describe(&p, &l), REASON_CARD_REMOVED);
}
END_TEST

START_TEST(with_t0_nothing_is_extended)
{
	struct pcsc p;
	struct pcsc_link l;

	fake.protocol = SCARD_PROTOCOL_T0;
	fake.features = "120400000001";
	fake.properties = "0a0400000100";
	p = connected();
	ck_assert_int_eq(pcsc_describe(&p, &l), REASON_NONE);
	ck_assert(l.t0);
	ck_assert_uint_eq(l.max_data, 0);
}
END_TEST

START_TEST(readers_keep_what_was_known_of_them)
{
	struct pcsc_reader list[PCSC_READERS_MAX] = { 0 };
	struct pcsc p = connected();
	size_t n = 0;

	fake.reader[1].name = "Other 01 00";
	fake.reader[0].state |= 5u << 16;
	ck_assert_int_eq(pcsc_readers(&p, list, &n), REASON_NONE);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(pcsc_wait(&p, list, n, 0), REASON_NONE);
	ck_assert(list[0].present && !list[1].present);
	ck_assert_uint_eq(list[0].events, 5);
	fake.reader[1].name = NULL;
	ck_assert_int_eq(pcsc_readers(&p, list, &n), REASON_NONE);
	ck_assert_uint_eq(n, 1);
	ck_assert(list[0].present);
	fake.reader[0].name = NULL;
	ck_assert_int_eq(pcsc_readers(&p, list, &n), REASON_NONE);
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* What the library wrote is all that is looked at (AddressSanitizer sees it). */
START_TEST(a_list_of_readers_without_its_end_is_none)
{
	struct pcsc_reader list[PCSC_READERS_MAX] = { 0 };
	struct pcsc p = connected();
	size_t n = 0;

	fake.endless_names = true;
	ck_assert_int_eq(pcsc_readers(&p, list, &n), REASON_NONE);
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* Nothing to look at: pcscd tells when a reader comes. */
START_TEST(without_a_reader_one_is_waited_for)
{
	struct pcsc p = connected();

	ck_assert_int_eq(pcsc_wait(&p, NULL, 0, 0), REASON_NONE);
	ck_assert_str_eq(fake.waited, "\\\\?PnP?\\Notification");
	fake.change = SCARD_E_NO_SERVICE;
	ck_assert_int_eq(pcsc_wait(&p, NULL, 0, 0), REASON_PCSCD_RESTARTED);
	ck_assert_int_eq(pcsc_wait(&p, NULL, PCSC_READERS_MAX + 1, 0),
			 REASON_INTERNAL);
}
END_TEST

START_TEST(a_mute_card_is_no_card)
{
	struct pcsc_reader list[PCSC_READERS_MAX] = { 0 };
	struct pcsc p = connected();
	size_t n = 0;

	fake.reader[0].state = SCARD_STATE_PRESENT | SCARD_STATE_MUTE;
	ck_assert_int_eq(pcsc_readers(&p, list, &n), REASON_NONE);
	ck_assert_int_eq(pcsc_wait(&p, list, n, 0), REASON_NONE);
	ck_assert(!list[0].present && list[0].mute);
}
END_TEST

START_TEST(a_reader_pulled_out_while_waiting_has_no_card)
{
	struct pcsc_reader list[PCSC_READERS_MAX] = { 0 };
	struct pcsc p = connected();
	size_t n = 0;

	ck_assert_int_eq(pcsc_readers(&p, list, &n), REASON_NONE);
	ck_assert_int_eq(pcsc_wait(&p, list, n, 0), REASON_NONE);
	fake.change = SCARD_E_UNKNOWN_READER;
	ck_assert_int_eq(pcsc_wait(&p, list, n, 0), REASON_NONE);
	ck_assert(!list[0].present);
	fake.change = SCARD_E_TIMEOUT;
	ck_assert_int_eq(pcsc_wait(&p, list, n, 0), REASON_NONE);
	fake.change = SCARD_E_NO_SERVICE;
	ck_assert_int_eq(pcsc_wait(&p, list, n, 0), REASON_PCSCD_RESTARTED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pcsc");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, fake_reset, NULL);
	tcase_add_test(t, every_failure_to_open_is_no_service);
	tcase_add_test(t, a_use_ends_with_the_power_taken_from_the_card);
	tcase_add_test(t, a_card_that_left_is_let_go_of);
	tcase_add_test(t, a_card_that_left_after_the_last_apdu_is_let_go_of);
	tcase_add_test(t, a_card_never_spoken_to_is_left_as_it_was);
	tcase_add_loop_test(t, what_pcscd_says_becomes_a_reason, 0,
			    sizeof(codes) / sizeof(codes[0]));
	tcase_add_test(t, a_transmission_error_without_a_card_is_a_removal);
	tcase_add_test(t, an_answer_of_no_bytes_is_a_removal);
	tcase_add_test(t, an_answer_longer_than_its_room_is_refused);
	tcase_add_test(t, what_reader_and_card_say_of_themselves_is_told);
	tcase_add_test(t, with_t0_nothing_is_extended);
	tcase_add_test(t, readers_keep_what_was_known_of_them);
	tcase_add_test(t, a_list_of_readers_without_its_end_is_none);
	tcase_add_test(t, without_a_reader_one_is_waited_for);
	tcase_add_test(t, a_mute_card_is_no_card);
	tcase_add_test(t, a_reader_pulled_out_while_waiting_has_no_card);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
