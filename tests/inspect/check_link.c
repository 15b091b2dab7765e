// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/link.h"

#include <string.h>

#include "check_main.h"

static struct {
	enum reason why;
	uint8_t answer[600];
	size_t n;
	unsigned int calls;
	uint8_t cla;
} card;

static enum reason transmit(void *context, struct span apdu, struct sink *out)
{
	(void)context;
	card.calls++;
	card.cla = apdu.p[0];
	sink_put(out, span_of(card.answer, card.n));
	return card.why;
}

static struct card_link link_new(const char *answer, size_t n)
{
	memset(&card, 0, sizeof(card));
	memcpy(card.answer, answer, n);
	card.n = n;
	return (struct card_link){ .transmit = transmit };
}

static const struct command reads = { CLA_PLAIN, INS_READ_BINARY, 0x9c, 0,
				      { NULL, 0 }, 8 };
static const struct session_keys keys = { { 1 }, { 2 } };

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
	{ "", 259, REASON_CARD_LOOP },
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
	ck_assert_uint_eq(link_block(&l), SM_SHORT_PLAIN);
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
	static const uint8_t ssc[AES_BLOCK_SIZE] = { [15] = 2 };
	uint8_t m[AES_BLOCK_SIZE] = { 0x99, 0x02, (uint8_t)(sw >> 8),
				      (uint8_t)sw, 0x80 };

	memcpy(out, m, 4);
	out[4] = 0x8e;
	out[5] = MAC_SIZE;
	ck_assert_int_eq(aes_mac(keys.mac, SPAN(ssc), SPAN(m), out + 6), R_OK);
	memcpy(out + 14, m + 2, 2);
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
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
