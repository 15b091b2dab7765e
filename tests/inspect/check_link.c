// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/link.h"

#include <string.h>

#include "check_main.h"
#include "support_exchange.h"

static struct {
	enum reason why;
	uint8_t answer[LINK_ANSWER_MAX + 8];
	size_t n;
	unsigned int calls;
	uint8_t cla, command[LINK_COMMAND_MAX];
	size_t command_n;
	unsigned int worked;	/* by the work that waited */
} card;

static enum reason transmit(void *context, struct span apdu, struct sink *out)
{
	(void)context;
	card.calls++;
	card.cla = apdu.p[0];
	memcpy(card.command, apdu.p, apdu.n);
	card.command_n = apdu.n;
	sink_put(out, span_of(card.answer, card.n));
	return card.why;
}

static struct card_link link_new(const char *answer, size_t n)
{
	struct card_link l = { 0 };

	memset(&card, 0, sizeof(card));
	memcpy(card.answer, answer, n);
	card.n = n;
	exchange_over(&l, transmit, NULL);
	return l;
}

static const struct command reads = { CLA_PLAIN, INS_READ_BINARY, 0x9c, 0,
				      { NULL, 0 }, 8 };
static const struct session_keys keys = { CIPHER_AES128, { 1 }, { 2 }, { 0 } };

START_TEST(a_command_in_the_clear_before_there_are_keys)
{
	struct card_link l = link_new("\x31\x00\x90\x00", 4);
	struct response a;

	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_NONE);
	ck_assert_uint_eq(a.sw, SW_OK);
	ck_assert_uint_eq(a.data.n, 2);
	ck_assert_uint_eq(card.cla, CLA_PLAIN);
	ck_assert_uint_eq(l.total.apdus, 1);
	ck_assert_uint_eq(l.stage.sent, 5);
	ck_assert_uint_eq(l.total.received, 4);
	ck_assert_uint_eq(link_block(&l), 256);
}
END_TEST

START_TEST(a_status_word_is_not_judged_here)
{
	struct card_link l = link_new("\x6a\x82", 2);
	struct response a;

	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_NONE);
	ck_assert_uint_eq(a.sw, SW_NOT_FOUND);
	ck_assert_uint_eq(l.sw, SW_NOT_FOUND);
}
END_TEST

static const struct { const char *answer; size_t n; enum reason why; } bad[] = {
	{ "", 0, REASON_CARD_REMOVED }, { "\x90", 1, REASON_CARD_TRANSPORT },
	{ "", LINK_ANSWER_MAX + 1, REASON_CARD_LOOP },
};

START_TEST(an_answer_without_status_word_or_too_long_is_refused)
{
	struct card_link l = link_new("", 0);
	struct response a;

	card.n = bad[_i].n;
	ck_assert_int_eq(link_send(&l, &reads, &a), bad[_i].why);
}
END_TEST

START_TEST(what_the_reader_reports_is_passed_on)
{
	struct card_link l = link_new("\x90\x00", 2);
	struct response a;

	card.why = REASON_CARD_CHANGED;
	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_CARD_CHANGED);
	ck_assert_uint_eq(l.total.apdus, 0);
}
END_TEST

START_TEST(with_keys_an_unprotected_answer_is_refused_and_all_after_it)
{
	struct card_link l = link_new("\x90\x00", 2);
	struct response a;

	link_keys(&l, &keys, false);
	ck_assert_uint_eq(link_block(&l), 223);
	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_SM_FAILED);
	ck_assert_uint_eq(card.cla, CLA_SM);
	ck_assert_uint_eq(card.calls, 1);
	/* not again, and never in the clear */
	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_SM_FAILED);
	ck_assert_uint_eq(card.calls, 1);
}
END_TEST

START_TEST(the_first_answer_under_a_proofs_keys_is_the_proof)
{
	struct card_link l = link_new("\x69\x88", 2);
	struct response a;

	link_keys(&l, &keys, true);
	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_CHIP_PROOF);
	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_CHIP_PROOF);
}
END_TEST

/* A status word alone, as the card protects it after one command. */
static size_t sealed(uint16_t sw, uint8_t out[16])
{
	static const uint8_t ssc[16] = { [15] = 2 };
	const uint8_t word[] = { 0x99, 0x02, (uint8_t)(sw >> 8), (uint8_t)sw };

	memcpy(out, word, 4);
	out[4] = 0x8e;
	out[5] = MAC_SIZE;
	ck_assert_int_eq(cipher_mac_padded(CIPHER_AES128, keys.mac, SPAN(ssc),
					   SPAN(word), out + 6), R_OK);
	memcpy(out + 14, word + 2, 2);
	return 16;
}

START_TEST(after_the_proof_a_failure_is_the_channels)
{
	struct card_link l = link_new("", 0);
	struct response a;

	link_keys(&l, &keys, true);
	card.n = sealed(SW_NOT_FOUND, card.answer);
	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_NONE);
	ck_assert_uint_eq(a.sw, SW_NOT_FOUND);
	/* the same answer again: replayed */
	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_SM_FAILED);
}
END_TEST

START_TEST(a_card_that_left_is_no_failed_proof)
{
	struct card_link l = link_new("", 0);
	struct response a;

	link_keys(&l, &keys, true);
	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_CARD_REMOVED);
}
END_TEST

START_TEST(a_card_that_never_ends_is_ended)
{
	struct card_link l = link_new("\x90\x00", 2);
	struct response a;

	for (int i = 0; i < LINK_APDUS_MAX; i++)
		ck_assert_int_eq(link_send(&l, &reads, &a), REASON_NONE);
	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_CARD_LOOP);
	ck_assert_uint_eq(card.calls, LINK_APDUS_MAX);
}
END_TEST

START_TEST(an_endless_stream_of_bytes_is_ended)
{
	struct card_link l = link_new("\x90\x00", 2);
	struct response a;
	enum reason why = REASON_NONE;

	card.n = LINK_BLOCK_MAX;
	while (why == REASON_NONE)
		why = link_send(&l, &reads, &a);
	ck_assert_int_eq(why, REASON_CARD_LOOP);
	ck_assert_uint_le(card.calls, LINK_BYTES_MAX / LINK_BLOCK_MAX + 1);
}
END_TEST

/* -- what reader and card can carry ----------------------------------------- */

static const struct {
	uint32_t reader;
	bool caps, says, info;
	uint32_t command_max, response_max;	/* EF.ATR/INFO's */
	bool extended;
	size_t block;				/* without keys */
} capacities[] = {
	/* one of the two is not enough */
	{ 0, false, false, false, 0, 0, false, 256 },
	{ 65536, false, false, false, 0, 0, false, 256 },
	{ 65536, true, false, false, 0, 0, false, 256 },
	{ 0, true, true, false, 0, 0, false, 256 },
	{ 261, true, true, false, 0, 0, false, 256 },
	{ 262, true, true, false, 0, 0, true, 262 },
	{ 65536, true, true, false, 0, 0, true, LINK_BLOCK_MAX },
	{ 2000, true, true, false, 0, 0, true, 2000 },
	/* the file knows better than the ATR, both ways */
	{ 65536, true, false, true, 1000, 4098, true, 4096 },
	{ 65536, true, true, true, 261, 258, false, 256 },
	{ 65536, false, false, true, 65535, 65535, true, LINK_BLOCK_MAX },
	{ 0, false, false, true, 65535, 65535, false, 256 },
	{ 1000, true, true, true, 65535, 65535, true, 1000 },
};

START_TEST(extended_apdus_where_reader_and_card_say_so)
{
	struct card_link l = { 0 };
	struct atr_caps caps = { .extended = capacities[_i].says };
	struct atr_info info = { capacities[_i].command_max,
				 capacities[_i].response_max };

	link_capacity(&l, capacities[_i].reader,
		      capacities[_i].caps ? &caps : NULL,
		      capacities[_i].info ? &info : NULL);
	ck_assert_int_eq(l.extended, capacities[_i].extended);
	ck_assert_uint_eq(link_block(&l), capacities[_i].block);
}
END_TEST

START_TEST(a_long_command_needs_an_extended_link)
{
	struct card_link l = { 0 };
	struct atr_caps caps = { .extended = true };
	struct atr_info info = { 309, 1000 };

	ck_assert(link_carries(&l, 255));
	ck_assert(!link_carries(&l, 256));
	link_keys(&l, &keys, false);
	ck_assert(link_carries(&l, 133));
	ck_assert(!link_carries(&l, 255));
	link_capacity(&l, 65536, &caps, NULL);
	ck_assert(link_carries(&l, 272));
	ck_assert(!link_carries(&l, LINK_COMMAND_MAX));
	link_capacity(&l, 65536, &caps, &info);
	ck_assert(link_carries(&l, 260));
	ck_assert(!link_carries(&l, 272));
	info.command_max = 5;
	link_capacity(&l, 65536, &caps, &info);
	ck_assert(link_carries(&l, 133));
	ck_assert(!link_carries(&l, 256));
}
END_TEST

START_TEST(a_short_link_never_asks_for_more_than_it_carries)
{
	struct card_link l = link_new("\x90\x00", 2);
	struct command c = reads;
	struct response a;

	c.le = 65536;
	ck_assert_int_eq(link_send(&l, &c, &a), REASON_NONE);
	ck_assert_uint_eq(card.command_n, 5);
	ck_assert_uint_eq(card.command[4], 0);
	link_capacity(&l, 65536, &(struct atr_caps){ .extended = true }, NULL);
	ck_assert_int_eq(link_send(&l, &c, &a), REASON_NONE);
	ck_assert_uint_eq(card.command_n, 7);
}
END_TEST

START_TEST(a_block_that_was_refused_is_not_asked_for_again)
{
	struct card_link l = { 0 };

	l.habits.block = 160;
	ck_assert_uint_eq(link_block(&l), 160);
	link_keys(&l, &keys, false);
	ck_assert_uint_eq(link_block(&l), 160);
	l.habits.block = 240;
	ck_assert_uint_eq(link_block(&l), 223);
	ck_assert_uint_eq(link_short_block(&l), 223);
}
END_TEST

/* -- work while the card works ------------------------------------------------ */

static void work(void *context)
{
	/* sent, and not yet answered */
	*(unsigned int *)context = card.calls;
	card.worked++;
}

START_TEST(work_is_done_between_command_and_answer_once)
{
	struct card_link l = link_new("\x90\x00", 2);
	unsigned int at = 99;
	struct response a;

	link_meanwhile(&l, work, &at);
	ck_assert_uint_eq(card.worked, 0);
	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_NONE);
	ck_assert_uint_eq(card.worked, 1);
	ck_assert_uint_eq(at, 0);	/* the answer was fetched after it */
	ck_assert_int_eq(link_send(&l, &reads, &a), REASON_NONE);
	ck_assert_uint_eq(card.worked, 1);
}
END_TEST

START_TEST(work_is_never_lost)
{
	struct card_link l = link_new("\x90\x00", 2);
	unsigned int at = 99, second = 99;

	link_meanwhile(&l, work, &at);
	link_meanwhile(&l, work, &second);	/* the first is done now */
	ck_assert_uint_eq(card.worked, 1);
	ck_assert_uint_eq(at, 0);
	link_catch_up(&l);
	ck_assert_uint_eq(card.worked, 2);
	link_catch_up(&l);
	ck_assert_uint_eq(card.worked, 2);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("link");
	TCase *t = tcase_create("all");

	tcase_add_test(t, a_command_in_the_clear_before_there_are_keys);
	tcase_add_test(t, a_status_word_is_not_judged_here);
	tcase_add_loop_test(t,
		an_answer_without_status_word_or_too_long_is_refused, 0,
		sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, what_the_reader_reports_is_passed_on);
	tcase_add_test(t,
		with_keys_an_unprotected_answer_is_refused_and_all_after_it);
	tcase_add_test(t, the_first_answer_under_a_proofs_keys_is_the_proof);
	tcase_add_test(t, after_the_proof_a_failure_is_the_channels);
	tcase_add_test(t, a_card_that_left_is_no_failed_proof);
	tcase_add_test(t, a_card_that_never_ends_is_ended);
	tcase_add_test(t, an_endless_stream_of_bytes_is_ended);
	tcase_add_loop_test(t, extended_apdus_where_reader_and_card_say_so, 0,
			    sizeof(capacities) / sizeof(capacities[0]));
	tcase_add_test(t, a_long_command_needs_an_extended_link);
	tcase_add_test(t, a_short_link_never_asks_for_more_than_it_carries);
	tcase_add_test(t, a_block_that_was_refused_is_not_asked_for_again);
	tcase_add_test(t, work_is_done_between_command_and_answer_once);
	tcase_add_test(t, work_is_never_lost);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
