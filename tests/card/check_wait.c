// SPDX-License-Identifier: GPL-3.0-or-later
#include "card/wait.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/channel.h"
#include "card/support_winscard.h"
#include "check_main.h"

static int ours, theirs;

static void setup(void)
{
	int pair[2];

	fake_reset();
	ck_assert_int_eq(chan_pair(pair), R_OK);
	ours = pair[0];
	theirs = pair[1];
}

static enum reason waited(const struct msg_card_config *c)
{
	struct pcsc_reader reader;
	struct pcsc p;

	ck_assert_int_eq(pcsc_open(&p), REASON_NONE);
	return wait_for_card(&p, ours, c, &reader);
}

static void told(enum card_event e, const char *reader)
{
	struct msg_card_state m;

	ck_assert_int_eq(chan_expect(theirs, MSG_CARD_STATE, &m, mono_ms()),
			 R_OK);
	ck_assert_int_eq(m.event, e);
	ck_assert_str_eq(m.reader, reader);
}

static void told_nothing(void)
{
	ck_assert_int_eq(chan_wait(theirs, mono_ms()), R_TIMEOUT);
}

START_TEST(readers_are_allowed_by_name)
{
	struct msg_card_config c = { 0 };

	ck_assert(reader_allowed(&c, "ACS ACR122U 00 00"));
	strcpy(c.ignore, "ACR122,,Broken");
	ck_assert(!reader_allowed(&c, "ACS ACR122U 00 00"));
	ck_assert(!reader_allowed(&c, "A Broken Reader 00 00"));
	ck_assert(reader_allowed(&c, "Alcor 00 00"));
	strcpy(c.reader, "Alcor 00 00");
	ck_assert(reader_allowed(&c, "Alcor 00 00"));
	ck_assert(!reader_allowed(&c, "Alcor 00 01"));
	ck_assert(!reader_allowed(&c, "Alcor"));
}
END_TEST

START_TEST(a_card_that_is_there_is_taken)
{
	struct msg_card_config c = { 0 };

	ck_assert_int_eq(waited(&c), REASON_NONE);
	told(CARD_FOUND, "");
	told(CARD_PRESENT, "Real Reader 00 00");
	ck_assert_str_eq(fake.log, "connect");	/* no transaction yet */
}
END_TEST

START_TEST(the_reader_with_a_card_is_taken)
{
	struct msg_card_config c = { 0 };

	fake.reader[0].state = SCARD_STATE_EMPTY;
	fake.reader[1] = (struct fake_reader){ "Second 00 00",
					       SCARD_STATE_PRESENT, 0 };
	ck_assert_int_eq(waited(&c), REASON_NONE);
	told(CARD_FOUND, "");
	told(CARD_PRESENT, "Second 00 00");
}
END_TEST

START_TEST(without_a_wait_nothing_is_waited_for)
{
	struct msg_card_config c = { 0 };

	fake.reader[0].state = SCARD_STATE_EMPTY;
	ck_assert_int_eq(waited(&c), REASON_NO_CARD);
	fake.reader[0].name = NULL;
	ck_assert_int_eq(waited(&c), REASON_NO_READER);
	ck_assert_uint_eq(fake.waits, 0);
	told_nothing();
}
END_TEST

/* With a card in it or none, a reader that may not be used is not there. */
START_TEST(a_reader_that_is_ignored_has_no_card)
{
	struct msg_card_config c = { .ignore = "Real" };

	ck_assert_int_eq(waited(&c), REASON_NO_READER);
	fake.reader[1].name = "Other 01 00";
	fake.reader[1].state = SCARD_STATE_PRESENT;
	ck_assert_int_eq(waited(&c), REASON_NONE);
	told(CARD_FOUND, "");
	told(CARD_PRESENT, "Other 01 00");
	ck_assert_str_eq(fake.log, "connect");
}
END_TEST

START_TEST(a_card_put_in_while_waiting_is_taken)
{
	struct msg_card_config c = { .wait_ms = 10000 };

	fake.reader[0].state = SCARD_STATE_EMPTY;
	fake.reader[0].later = SCARD_STATE_PRESENT | 1u << 16;
	ck_assert_int_eq(waited(&c), REASON_NONE);
	told(CARD_WAITING, "");
	told(CARD_FOUND, "");
	told(CARD_PRESENT, "Real Reader 00 00");
}
END_TEST

START_TEST(a_card_that_lies_there_is_not_fresh)
{
	struct msg_card_config c = { .fresh = 1, .wait_ms = 50 };

	ck_assert_int_eq(waited(&c), REASON_NOT_FRESH);
	told(CARD_LYING_THERE, "");
	told_nothing();
	ck_assert_str_eq(fake.log, "");		/* not even connected */
}
END_TEST

/* Out and in between two looks: pcscd counted it. */
START_TEST(a_card_taken_out_and_put_in_again_is_fresh)
{
	struct msg_card_config c = { .fresh = 1, .wait_ms = 10000 };

	fake.reader[0].state = SCARD_STATE_PRESENT | 3u << 16;
	fake.reader[0].later = SCARD_STATE_PRESENT | 5u << 16;
	ck_assert_int_eq(waited(&c), REASON_NONE);
	told(CARD_LYING_THERE, "");
	told(CARD_FOUND, "");
	told(CARD_PRESENT, "Real Reader 00 00");
}
END_TEST

START_TEST(a_reader_held_by_another_program_is_tried_until_the_end)
{
	struct msg_card_config c = { .wait_ms = 30 };

	fake.connect = SCARD_E_SHARING_VIOLATION;
	ck_assert_int_eq(waited(&c), REASON_READER_EXCLUSIVE);
	ck_assert_ptr_nonnull(strstr(fake.log, "connect connect"));
	told(CARD_FOUND, "");	/* once, and before the first try */
	told_nothing();
}
END_TEST

START_TEST(a_service_that_stops_ends_the_wait)
{
	struct msg_card_config c = { .wait_ms = 10000 };

	fake.list = SCARD_E_NO_SERVICE;
	ck_assert_int_eq(waited(&c), REASON_PCSCD_RESTARTED);
	fake.list = SCARD_S_SUCCESS;
	fake.reader[0].state = SCARD_STATE_EMPTY;
	fake.change = SCARD_F_COMM_ERROR;
	ck_assert_int_eq(waited(&c), REASON_PCSCD_RESTARTED);
	fake.change = SCARD_S_SUCCESS;
	fake.reader[0].state = SCARD_STATE_PRESENT;
	fake.connect = SCARD_W_UNRESPONSIVE_CARD;
	ck_assert_int_eq(waited(&c), REASON_CARD_SILENT);
}
END_TEST

START_TEST(the_end_of_the_control_channel_ends_the_wait)
{
	struct msg_card_config c = { .wait_ms = 10000 };

	fake.reader[0].state = SCARD_STATE_EMPTY;
	ck_assert_int_eq(shutdown(theirs, SHUT_WR), 0);
	ck_assert_int_eq(waited(&c), REASON_CANCELLED);
	close(theirs);
	ck_assert_int_eq(waited(&c), REASON_CANCELLED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("wait");
	TCase *t = tcase_create("all");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, readers_are_allowed_by_name);
	tcase_add_test(t, a_card_that_is_there_is_taken);
	tcase_add_test(t, the_reader_with_a_card_is_taken);
	tcase_add_test(t, without_a_wait_nothing_is_waited_for);
	tcase_add_test(t, a_reader_that_is_ignored_has_no_card);
	tcase_add_test(t, a_card_put_in_while_waiting_is_taken);
	tcase_add_test(t, a_card_that_lies_there_is_not_fresh);
	tcase_add_test(t, a_card_taken_out_and_put_in_again_is_fresh);
	tcase_add_test(t,
		a_reader_held_by_another_program_is_tried_until_the_end);
	tcase_add_test(t, a_service_that_stops_ends_the_wait);
	tcase_add_test(t, the_end_of_the_control_channel_ends_the_wait);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
