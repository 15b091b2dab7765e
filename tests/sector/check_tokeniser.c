/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client of the tokenisation service against a real evaluator, honest and
 * otherwise. */
#include "sector/provider_tokeniser.h"

#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check_main.h"
#include "support_evaluator.h"

#define X span_str("cnie/psn/v1 of nobody")
#define SILENCE_MS 200		/* the wait for what will not come */

static struct evaluator_run evaluator;
static struct tokeniser client;
static struct provider provider;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	signal(SIGPIPE, SIG_IGN);
	evaluator = evaluator_start();
	client = (struct tokeniser){ evaluator_connect(&evaluator), 3, { 0 },
				     TOKENISER_WAIT_MS,
				     TOKENISER_FAULT_NONE };
	evaluator_public(&evaluator, 3, client.public_key);
	provider = provider_tokeniser(&client);
}

static void teardown(void)
{
	close(client.fd);
	evaluator_stop(&evaluator);
}

static enum reason evaluate(struct psn *psn)
{
	return provider.evaluate(provider.ctx, X, psn);
}

START_TEST(pseudonym_is_what_the_key_gives)
{
	struct psn psn = { .n = 0 }, again = { .n = 0 };
	uint8_t want[64];

	evaluator_psn(&evaluator, 3, X, want);
	ck_assert_int_eq(evaluate(&psn), REASON_NONE);
	ck_assert_uint_eq(psn.n, 64);
	ck_assert_mem_eq(psn.b, want, 64);
	ck_assert_int_eq(evaluate(&again), REASON_NONE);
	ck_assert_mem_eq(again.b, want, 64);
	ck_assert_uint_eq(evaluator_count(&evaluator), 2);
}
END_TEST

START_TEST(another_epoch_is_another_key)
{
	struct psn psn = { .n = 0 };
	uint8_t want[64], other[64];

	evaluator_psn(&evaluator, 3, X, other);
	evaluator_psn(&evaluator, 4, X, want);
	client.epoch = 4;
	ck_assert_int_eq(evaluate(&psn), REASON_TOKENISER_PROOF);
	evaluator_public(&evaluator, 4, client.public_key);
	ck_assert_int_eq(evaluate(&psn), REASON_NONE);
	ck_assert_mem_eq(psn.b, want, 64);
	ck_assert_mem_ne(psn.b, other, 64);
}
END_TEST

struct mood_row {
	const char *mood;
	enum reason why;
	enum tokeniser_fault fault;
};

static const struct mood_row moods[] = {
	{ "honest", REASON_NONE, TOKENISER_FAULT_NONE },
	{ "other-key", REASON_TOKENISER_PROOF, TOKENISER_FAULT_NONE },
	{ "unproven", REASON_TOKENISER_PROOF, TOKENISER_FAULT_NONE },
	{ "bad-proof", REASON_TOKENISER_PROOF, TOKENISER_FAULT_NONE },
	{ "identity", REASON_TOKENISER_PROOF, TOKENISER_FAULT_NONE },
	{ "non-canonical", REASON_TOKENISER_PROOF, TOKENISER_FAULT_NONE },
	{ "truncated", REASON_TOKENISER, TOKENISER_FAULT_WORDS },
	{ "too-long", REASON_TOKENISER, TOKENISER_FAULT_WORDS },
	{ "head", REASON_TOKENISER, TOKENISER_FAULT_WORDS },
	{ "status", REASON_TOKENISER, TOKENISER_FAULT_WORDS },
	{ "told", REASON_TOKENISER, TOKENISER_FAULT_WORDS },
	{ "silent", REASON_TOKENISER, TOKENISER_FAULT_SILENT },
	{ "close", REASON_TOKENISER, TOKENISER_FAULT_GONE },
	{ "unknown-epoch", REASON_TOKENISER, TOKENISER_FAULT_EPOCH },
	{ "quota", REASON_TOKENISER, TOKENISER_FAULT_QUOTA },
	{ "refused", REASON_TOKENISER, TOKENISER_FAULT_REFUSED },
};

START_TEST(service_that_lies_or_declines_gives_no_pseudonym)
{
	const struct mood_row *row = &moods[_i];
	struct psn psn = { .n = 0 };

	if (!strcmp(row->mood, "silent"))
		client.wait_ms = SILENCE_MS;
	evaluator_mood(&evaluator, row->mood);
	ck_assert_int_eq(evaluate(&psn), row->why);
	ck_assert_int_eq(client.fault, row->fault);
	ck_assert_uint_eq(evaluator_count(&evaluator), 1);
	if (row->why == REASON_NONE)
		return;
	ck_assert_uint_eq(psn.n, 0);
	for (size_t i = 0; i < sizeof(psn.b); i++)
		ck_assert_int_eq(psn.b[i], 0);
}
END_TEST

START_TEST(answer_to_an_earlier_question_is_no_answer)
{
	struct psn psn = { .n = 0 };

	evaluator_mood(&evaluator, "twice");
	ck_assert_int_eq(evaluate(&psn), REASON_NONE);
	evaluator_mood(&evaluator, "honest");
	ck_assert_int_eq(evaluate(&psn), REASON_TOKENISER_PROOF);
}
END_TEST

START_TEST(service_that_has_gone_is_said)
{
	struct psn psn = { .n = 0 };

	ck_assert_int_eq(shutdown(client.fd, SHUT_RDWR), 0);
	ck_assert_int_eq(evaluate(&psn), REASON_TOKENISER);
	close(client.fd);
	ck_assert_int_eq(evaluate(&psn), REASON_TOKENISER);
	client.fd = evaluator_connect(&evaluator);
	ck_assert_int_eq(evaluate(&psn), REASON_NONE);
}
END_TEST

START_TEST(no_key_is_no_pinned_key)
{
	struct psn psn = { .n = 0 };

	memset(client.public_key, 0, sizeof(client.public_key));
	ck_assert_int_eq(evaluate(&psn), REASON_TOKENISER_PROOF);
}
END_TEST

/* -- the packets ----------------------------------------------------- */

START_TEST(request_is_as_documented)
{
	uint8_t blinded[32], out[TOKENISER_REQUEST], small[TOKENISER_REQUEST];
	struct sink s = SINK(out), short_of = sink_of(small, sizeof(small) - 1);

	memset(blinded, 0xb1, sizeof(blinded));
	ck_assert_int_eq(tokeniser_request_put(&s, 0x01020304, blinded), R_OK);
	ck_assert_uint_eq(s.n, 42);
	ck_assert_mem_eq(out, "CNTK\x01\x01\x01\x02\x03\x04\xb1\xb1", 12);
	ck_assert_mem_eq(out + 10, blinded, 32);
	ck_assert_int_ne(tokeniser_request_put(&short_of, 1, blinded), R_OK);
}
END_TEST

START_TEST(answer_is_taken_to_its_last_byte)
{
	uint8_t b[TOKENISER_ANSWER + 1] = "CNTK\x01";
	struct tokeniser_answer a;

	for (size_t i = 6; i < sizeof(b); i++)
		b[i] = (uint8_t)i;
	for (size_t n = 0; n <= sizeof(b); n++)
		ck_assert_int_eq(tokeniser_answer_get(span_of(b, n), &a),
				 n == TOKENISER_ANSWER ? R_OK : R_MALFORMED);
	ck_assert_int_eq(tokeniser_answer_get(span_of(b, TOKENISER_ANSWER),
					      &a), R_OK);
	ck_assert_mem_eq(a.evaluated, b + 6, 32);
	ck_assert_mem_eq(a.proof, b + 38, 64);
	for (uint8_t status = 1; status < 5; status++) {
		b[5] = status;
		ck_assert_int_eq(tokeniser_answer_get(span_of(b, 6), &a),
				 status < 4 ? R_OK : R_MALFORMED);
		ck_assert_int_eq(tokeniser_answer_get(span_of(b, 7), &a),
				 R_MALFORMED);
	}
	for (size_t i = 0; i < 5; i++) {	/* magic and version */
		b[i] ^= 1;
		b[5] = 0;
		ck_assert_int_eq(tokeniser_answer_get(
			span_of(b, TOKENISER_ANSWER), &a), R_MALFORMED);
		b[i] ^= 1;
	}
}
END_TEST

static Suite *tokeniser_suite(void)
{
	Suite *s = suite_create("sector/tokeniser");
	TCase *t = tcase_create("service"), *p = tcase_create("packets");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, pseudonym_is_what_the_key_gives);
	tcase_add_test(t, another_epoch_is_another_key);
	tcase_add_loop_test(t, service_that_lies_or_declines_gives_no_pseudonym,
			    0, (int)(sizeof(moods) / sizeof(moods[0])));
	tcase_add_test(t, answer_to_an_earlier_question_is_no_answer);
	tcase_add_test(t, service_that_has_gone_is_said);
	tcase_add_test(t, no_key_is_no_pinned_key);
	tcase_add_test(p, request_is_as_documented);
	tcase_add_test(p, answer_is_taken_to_its_last_byte);
	suite_add_tcase(s, t);
	suite_add_tcase(s, p);
	return s;
}

CHECK_MAIN(tokeniser_suite)
