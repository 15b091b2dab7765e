// SPDX-License-Identifier: GPL-3.0-or-later
#include "card/relay.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/channel.h"
#include "card/support_winscard.h"
#include "card/transport.h"
#include "card/wait.h"
#include "check_main.h"

static int control[2], apdus[2];	/* [0] the relay's, [1] ours */
static struct pcsc pcsc;
static struct pcsc_reader reader;

static void setup(void)
{
	fake_reset();
	fake.atr = "3b808001";
	ck_assert_int_eq(chan_pair(control), R_OK);
	ck_assert_int_eq(chan_pair(apdus), R_OK);
	ck_assert_int_eq(pcsc_open(&pcsc), REASON_NONE);
	ck_assert_int_eq(pcsc_connect(&pcsc, "Real Reader 00 00"),
			 REASON_NONE);
	reader = (struct pcsc_reader){ .name = "Real Reader 00 00",
				       .present = true };
}

static void ask(void)
{
	static const uint8_t apdu[] = { 0x00, 0xb0, 0x9c, 0x00, 0x00 };
	struct msg_apdu_command m = { SPAN(apdu) };

	ck_assert_int_eq(chan_send(apdus[1], MSG_APDU_COMMAND, &m), R_OK);
}

static enum reason run(void)
{
	shutdown(apdus[1], SHUT_WR);	/* and that is all */
	return relay_run(&pcsc, control[0], apdus[0], &reader);
}

/* The relay's first word. */
static void link_told(void)
{
	uint8_t buf[WIRE_MAX];
	struct msg_apdu_link m;
	struct span in;

	ck_assert_int_eq(chan_recv(apdus[1], buf, sizeof(buf), mono_ms() + 5000,
				   &in), R_OK);
	ck_assert_int_eq(wire_get(in, MSG_APDU_LINK, &m), R_OK);
	ck_assert_uint_eq(m.max_data, APDU_RESPONSE_MAX - 2);
	ck_assert_uint_eq(m.atr.n, 4);
	ck_assert_mem_eq(m.atr.p, "\x3b\x80\x80\x01", 4);
}

static void answered(enum reason why, const char *bytes, size_t n)
{
	uint8_t buf[WIRE_MAX];
	struct msg_apdu_response m;
	struct span in;

	ck_assert_int_eq(chan_recv(apdus[1], buf, sizeof(buf), mono_ms(),
				   &in), R_OK);
	ck_assert_int_eq(wire_get(in, MSG_APDU_RESPONSE, &m), R_OK);
	ck_assert_int_eq(m.reason, why);
	ck_assert_uint_eq(m.apdu.n, n);
	ck_assert_mem_eq(m.apdu.p, bytes, n);
}

START_TEST(apdus_go_through_in_one_transaction)
{
	ask();
	ask();
	ck_assert_int_eq(run(), REASON_NONE);
	link_told();
	answered(REASON_NONE, "\x90\x00", 2);
	answered(REASON_NONE, "\x90\x00", 2);
	ck_assert_str_eq(fake.log, "connect begin apdu apdu");
}
END_TEST

START_TEST(no_transaction_before_the_first_apdu)
{
	ck_assert_int_eq(run(), REASON_NONE);
	ck_assert_str_eq(fake.log, "connect");
}
END_TEST

START_TEST(the_end_on_the_control_channel_goes_first)
{
	struct msg_card_end end = { 0 };

	ask();
	ck_assert_int_eq(chan_send(control[1], MSG_CARD_END, &end), R_OK);
	ck_assert_int_eq(run(), REASON_NONE);
	ck_assert_str_eq(fake.log, "connect");
}
END_TEST

START_TEST(the_death_of_cnied_is_the_end)
{
	ask();
	close(control[1]);
	ck_assert_int_eq(run(), REASON_NONE);
	ck_assert_str_eq(fake.log, "connect");
}
END_TEST

START_TEST(a_removal_is_told_with_its_reason_and_no_bytes)
{
	fake.transmit = SCARD_W_REMOVED_CARD;
	ask();
	ask();
	ck_assert_int_eq(run(), REASON_CARD_REMOVED);
	link_told();
	answered(REASON_CARD_REMOVED, "", 0);
	ck_assert_uint_eq(fake.apdus, 1);	/* and nothing after it */
}
END_TEST

START_TEST(a_card_that_was_reset_before_the_first_apdu_is_another)
{
	fake.begin = SCARD_W_RESET_CARD;
	ask();
	ck_assert_int_eq(run(), REASON_CARD_CHANGED);
	link_told();
	answered(REASON_CARD_CHANGED, "", 0);
	ck_assert_uint_eq(fake.apdus, 0);
}
END_TEST

START_TEST(a_removal_before_the_first_apdu_is_noticed)
{
	fake.reader[0].state = SCARD_STATE_EMPTY | 1u << 16;
	ck_assert_int_eq(relay_run(&pcsc, control[0], apdus[0], &reader),
			 REASON_CARD_REMOVED);
}
END_TEST

START_TEST(another_card_before_the_first_apdu_is_noticed)
{
	fake.reader[0].state = SCARD_STATE_PRESENT | 2u << 16;
	ck_assert_int_eq(relay_run(&pcsc, control[0], apdus[0], &reader),
			 REASON_CARD_CHANGED);
}
END_TEST

/* Until the end, and that in vain, it is looked at again and again. */
START_TEST(a_card_that_stays_is_no_reason_to_end)
{
	struct msg_card_end end = { 0 };
	pid_t child = fork();

	ck_assert_int_ne(child, -1);
	if (child == 0) {
		usleep(3 * WAIT_SLICE_MS * 1000);
		_exit(chan_send(control[1], MSG_CARD_END, &end) != R_OK);
	}
	ck_assert_int_eq(relay_run(&pcsc, control[0], apdus[0], &reader),
			 REASON_NONE);
}
END_TEST

START_TEST(what_is_no_apdu_is_refused)
{
	struct msg_apdu_command m = { span_of("\x00\xb0", 2) };
	struct msg_card_end other = { 0 };

	ck_assert_int_eq(chan_send(apdus[1], MSG_APDU_COMMAND, &m), R_OK);
	ck_assert_int_eq(run(), REASON_HELPER_PROTOCOL);
	link_told();
	answered(REASON_HELPER_PROTOCOL, "", 0);
	setup();
	ck_assert_int_eq(chan_send(apdus[1], MSG_CARD_END, &other), R_OK);
	ck_assert_int_eq(run(), REASON_HELPER_PROTOCOL);
	ck_assert_uint_eq(fake.apdus, 0);
}
END_TEST

/* Asked one after the other: the channel holds only so many at once. */
START_TEST(a_card_that_never_ends_is_ended)
{
	pid_t child = fork();

	ck_assert_int_ne(child, -1);
	if (child == 0) {
		close(apdus[1]);
		_exit(relay_run(&pcsc, control[0], apdus[0], &reader) ==
		      REASON_CARD_LOOP ? 0 : 1);
	}
	close(apdus[0]);
	link_told();
	for (int i = 0; i < TRANSPORT_APDUS_MAX; i++) {
		uint8_t buf[WIRE_MAX];
		struct span in;

		ask();
		ck_assert_int_eq(chan_recv(apdus[1], buf, sizeof(buf),
					   mono_ms() + 5000, &in), R_OK);
	}
	ask();
	ck_assert_int_eq(chan_wait(apdus[1], mono_ms() + 5000), R_OK);
	answered(REASON_CARD_LOOP, "", 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("relay");
	TCase *t = tcase_create("all");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, apdus_go_through_in_one_transaction);
	tcase_add_test(t, no_transaction_before_the_first_apdu);
	tcase_add_test(t, the_end_on_the_control_channel_goes_first);
	tcase_add_test(t, the_death_of_cnied_is_the_end);
	tcase_add_test(t, a_removal_is_told_with_its_reason_and_no_bytes);
	tcase_add_test(t,
		a_card_that_was_reset_before_the_first_apdu_is_another);
	tcase_add_test(t, a_removal_before_the_first_apdu_is_noticed);
	tcase_add_test(t, another_card_before_the_first_apdu_is_noticed);
	tcase_add_test(t, a_card_that_stays_is_no_reason_to_end);
	tcase_add_test(t, what_is_no_apdu_is_refused);
	tcase_add_test(t, a_card_that_never_ends_is_ended);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
