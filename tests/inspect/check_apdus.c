// SPDX-License-Identifier: GPL-3.0-or-later
/* What cnie-card may say, and what becomes of a cnie-card that says more. */
#include "inspect/apdus.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/channel.h"
#include "check_main.h"

/* The card's capabilities in compact-TLV: extended APDUs, EF.ATR/INFO */
static const uint8_t atr[] = { 0x3b, 0x05, 0x80, 0x73, 0x00, 0x00, 0x60 };

static int card[2], control[2];	/* [0] is ours */
static struct apdus a;

static void setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(chan_pair(card), R_OK);
	ck_assert_int_eq(chan_pair(control), R_OK);
	a = (struct apdus){ card[0], control[0] };
}

static void teardown(void)
{
	for (int i = 0; i < 2; i++) {
		close(card[i]);
		close(control[i]);
	}
}

/* -- the first word ------------------------------------------------------- */

static void say_link(uint32_t max_data, struct span its_atr)
{
	struct msg_apdu_link m = { max_data, its_atr };

	ck_assert_int_eq(chan_send(card[1], MSG_APDU_LINK, &m), R_OK);
}

START_TEST(the_first_word_tells_what_gets_through)
{
	struct atr_caps caps = { 0 };
	uint32_t max = 0;

	say_link(4096, SPAN(atr));
	ck_assert_int_eq(apdus_link(&a, &max, &caps), REASON_NONE);
	ck_assert_uint_eq(max, 4096);
	ck_assert(caps.extended && caps.info_file);
	/* an ATR that is none says nothing */
	say_link(7, span_of(atr, sizeof(atr) - 1));
	ck_assert_int_eq(apdus_link(&a, &max, &caps), REASON_NONE);
	ck_assert_uint_eq(max, 7);
	ck_assert(!caps.extended && !caps.info_file && !caps.chaining);
}
END_TEST

START_TEST(another_first_word_is_refused)
{
	struct msg_apdu_response m = { REASON_NONE, span_of("\x90\x00", 2) };
	struct atr_caps caps = { .extended = true };
	uint32_t max = 5;

	ck_assert_int_eq(chan_send(card[1], MSG_APDU_RESPONSE, &m), R_OK);
	ck_assert_int_eq(apdus_link(&a, &max, &caps), REASON_HELPER_PROTOCOL);
	ck_assert_int_eq(send(card[1], "?", 1, 0), 1);
	ck_assert_int_eq(apdus_link(&a, &max, &caps), REASON_HELPER_PROTOCOL);
	ck_assert_uint_eq(max, 5);
	ck_assert(caps.extended);
}
END_TEST

START_TEST(a_first_word_that_never_comes_is_a_death)
{
	struct atr_caps caps;
	uint32_t max;

	close(card[1]);
	card[1] = -1;
	ck_assert_int_eq(apdus_link(&a, &max, &caps), REASON_HELPER_DIED);
}
END_TEST

/* -- an exchange ------------------------------------------------------------ */

static enum reason fetched(size_t *n)
{
	static uint8_t buf[LINK_ANSWER_MAX];
	struct sink out = SINK(buf);
	enum reason why = apdus_fetch(&a, &out);

	ck_assert(!out.overflow);
	*n = out.n;
	return why;
}

static void answer(uint16_t reason, struct span bytes)
{
	struct msg_apdu_response m = { reason, bytes };

	ck_assert_int_eq(chan_send(card[1], MSG_APDU_RESPONSE, &m), R_OK);
}

START_TEST(a_command_goes_out_and_its_answer_comes_back)
{
	static const uint8_t apdu[] = { 0x00, 0xb0, 0x9c, 0x00, 0x00 };
	struct msg_apdu_command m;
	uint8_t buf[WIRE_MAX];
	struct span in;
	size_t n;

	ck_assert_int_eq(apdus_send(&a, SPAN(apdu)), REASON_NONE);
	ck_assert_int_eq(chan_recv(card[1], buf, sizeof(buf), mono_ms(), &in),
			 R_OK);
	ck_assert_int_eq(wire_get(in, MSG_APDU_COMMAND, &m), R_OK);
	ck_assert_uint_eq(m.apdu.n, sizeof(apdu));
	ck_assert_mem_eq(m.apdu.p, apdu, sizeof(apdu));
	answer(REASON_NONE, span_of("\x31\x00\x90\x00", 4));
	ck_assert_int_eq(fetched(&n), REASON_NONE);
	ck_assert_uint_eq(n, 4);
}
END_TEST

/* Every reason there is, and some that are none: of the reader ("R..") and of
 * a card that never ends, no other. */
START_TEST(cnie_card_speaks_of_the_reader_alone)
{
	for (unsigned int r = 1; r < 300; r++) {
		const struct reason_row *row = reason_row(r);
		bool its = row->id == (enum reason)r &&
			   (row->code[0] == 'R' || r == REASON_CARD_LOOP);
		size_t n;

		answer((uint16_t)r, span_of(NULL, 0));
		ck_assert_int_eq(fetched(&n), its ? (enum reason)r :
						    REASON_HELPER_PROTOCOL);
		ck_assert_uint_eq(n, 0);
	}
	ck_assert_str_eq(reason_row(REASON_CARD_REMOVED)->code, "R04");
}
END_TEST

START_TEST(another_message_is_refused)
{
	struct msg_apdu_command m = { span_of("\x90\x00", 2) };
	size_t n;

	ck_assert_int_eq(chan_send(card[1], MSG_APDU_COMMAND, &m), R_OK);
	ck_assert_int_eq(fetched(&n), REASON_HELPER_PROTOCOL);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(send(card[1], "\x01", 1, 0), 1);
	ck_assert_int_eq(fetched(&n), REASON_HELPER_PROTOCOL);
}
END_TEST

START_TEST(an_answer_longer_than_any_is_a_loop)
{
	static uint8_t long_one[LINK_ANSWER_MAX + 64], room[LINK_ANSWER_MAX +
							    128];
	struct msg_apdu_response m = { REASON_NONE, SPAN(long_one) };
	size_t n;

	ck_assert_int_eq(chan_send_large(card[1], MSG_APDU_RESPONSE, &m,
					 SINK(room), mono_ms() + 1000), R_OK);
	ck_assert_int_eq(fetched(&n), REASON_CARD_LOOP);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(the_death_of_cnie_card_is_told)
{
	static const uint8_t apdu[] = { 0x00, 0xb0, 0x9c, 0x00, 0x00 };
	size_t n;

	close(card[1]);
	card[1] = -1;
	ck_assert_int_eq(apdus_send(&a, SPAN(apdu)), REASON_HELPER_DIED);
	ck_assert_int_eq(fetched(&n), REASON_HELPER_DIED);
}
END_TEST

/* While the card works cnied may only end us: no answer is taken then. */
START_TEST(the_end_of_cnied_ends_the_wait)
{
	size_t n;

	answer(REASON_NONE, span_of("\x90\x00", 2));
	close(control[1]);
	control[1] = -1;
	(void)!fetched(&n);
	ck_abort_msg("it went on");
}
END_TEST

START_TEST(a_word_of_cnied_ends_the_wait)
{
	struct msg_inspect_proceed m = { .what = PROCEED_NUMBER };
	size_t n;

	ck_assert_int_eq(chan_send(control[1], MSG_INSPECT_PROCEED, &m), R_OK);
	(void)!fetched(&n);
	ck_abort_msg("it went on");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("apdus");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_first_word_tells_what_gets_through);
	tcase_add_test(t, another_first_word_is_refused);
	tcase_add_test(t, a_first_word_that_never_comes_is_a_death);
	tcase_add_test(t, a_command_goes_out_and_its_answer_comes_back);
	tcase_add_test(t, cnie_card_speaks_of_the_reader_alone);
	tcase_add_test(t, another_message_is_refused);
	tcase_add_test(t, an_answer_longer_than_any_is_a_loop);
	tcase_add_test(t, the_death_of_cnie_card_is_told);
	tcase_add_exit_test(t, the_end_of_cnied_ends_the_wait, 1);
	tcase_add_exit_test(t, a_word_of_cnied_ends_the_wait, 1);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
