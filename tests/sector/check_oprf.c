/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 9497: the steps of modes OPRF and VOPRF against the vectors of A.1, and
 * what each step refuses. */
#include "sector/oprf.h"

#include <sodium.h>
#include <string.h>

#include "check_main.h"
#include "support_oprf.h"

#define N_VECTORS 5	/* of these two modes */

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
}

START_TEST(key_pair_is_derived_as_published)
{
	uint8_t seed[32], want[32], sk[32], pk[32];

	unhex(OPRF_SEED, seed, 32);
	unhex(oprf_secret_keys[_i], want, 32);
	ck_assert_int_eq(oprf_derive_key_pair((enum oprf_mode)_i, SPAN(seed),
					      span_str(OPRF_KEY_INFO), sk, pk),
			 R_OK);
	ck_assert_mem_eq(sk, want, 32);
	if (oprf_public_keys[_i]) {
		unhex(oprf_public_keys[_i], want, 32);
		ck_assert_mem_eq(pk, want, 32);
	}
}
END_TEST

START_TEST(seed_of_another_length_is_refused)
{
	static uint8_t info[OPRF_INPUT_MAX + 1];
	uint8_t seed[33] = { 1 }, sk[32], pk[32];

	ck_assert_int_eq(oprf_derive_key_pair(OPRF_VERIFIABLE,
					      span_of(seed, 31), span_str(""),
					      sk, pk), R_MALFORMED);
	ck_assert_int_eq(oprf_derive_key_pair(OPRF_VERIFIABLE, SPAN(seed),
					      span_str(""), sk, pk),
			 R_MALFORMED);
	ck_assert_int_eq(oprf_derive_key_pair(OPRF_VERIFIABLE,
					      span_of(seed, 32), SPAN(info),
					      sk, pk), R_MALFORMED);
}
END_TEST

START_TEST(every_step_is_as_published)
{
	const struct oprf_vector *v = &oprf_vectors[_i];

	for (size_t i = 0; i < v->n; i++) {
		uint8_t in[32], blind[32], want[64], got[64], sk[32];
		struct span input = oprf_input(v->input[i], in);

		unhex(v->blind[i], blind, 32);
		unhex(oprf_secret_keys[v->mode], sk, 32);
		ck_assert_int_eq(oprf_blind(v->mode, input, blind, got), R_OK);
		unhex(v->blinded[i], want, 32);
		ck_assert_mem_eq(got, want, 32);
		ck_assert_int_eq(oprf_blind_evaluate(sk, want, got), R_OK);
		unhex(v->evaluated[i], want, 32);
		ck_assert_mem_eq(got, want, 32);
		ck_assert_int_eq(oprf_finalize(input, blind, want, got), R_OK);
		unhex(v->output[i], want, 64);
		ck_assert_mem_eq(got, want, 64);
		/* who holds the key gets the same without blinding */
		ck_assert_int_eq(oprf_evaluate(v->mode, sk, input, got), R_OK);
		ck_assert_mem_eq(got, want, 64);
	}
}
END_TEST

START_TEST(elements_that_are_none_are_refused)
{
	uint8_t bad[4][32] = { { 0 } }, sk[32], out[64] = { 0 };

	memset(bad[1], 0xff, 32);
	/* a good one with the bit that says nothing, and p + 2 for 2 */
	unhex(oprf_vectors[2].blinded[0], bad[2], 32);
	bad[2][31] |= 0x80;
	memset(bad[3], 0xff, 32);
	bad[3][0] = 0xef;
	bad[3][31] = 0x7f;
	unhex(oprf_secret_keys[OPRF_VERIFIABLE], sk, 32);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(oprf_blind_evaluate(sk, bad[i], out),
				 R_DENIED);
		ck_assert_int_eq(oprf_finalize(span_str("x"), sk, bad[i], out),
				 R_DENIED);
	}
	for (size_t i = 0; i < sizeof(out); i++)
		ck_assert_int_eq(out[i], 0);
}
END_TEST

static void expect_refused(const uint8_t *scalar)
{
	uint8_t base[32], out[64] = { 0 };
	struct span x = span_str("x");

	unhex(oprf_vectors[2].blinded[0], base, 32);
	ck_assert(!oprf_key_ok(scalar));
	ck_assert_int_eq(oprf_public_key(scalar, out), R_DENIED);
	ck_assert_int_eq(oprf_blind(OPRF_VERIFIABLE, x, scalar, out),
			 R_DENIED);
	ck_assert_int_eq(oprf_blind_evaluate(scalar, base, out), R_DENIED);
	ck_assert_int_eq(oprf_finalize(x, scalar, base, out), R_DENIED);
	ck_assert_int_eq(oprf_evaluate(OPRF_VERIFIABLE, scalar, x, out),
			 R_DENIED);
	for (size_t i = 0; i < sizeof(out); i++)
		ck_assert_int_eq(out[i], 0);
}

START_TEST(scalars_that_are_none_are_refused)
{
	uint8_t order[32], zero[32] = { 0 }, high[32], sk[32];

	memcpy(order, oprf_not_canonical, 32);
	order[0]--;
	memset(high, 0xff, sizeof(high));
	expect_refused(zero);
	expect_refused(order);
	expect_refused(oprf_not_canonical);
	expect_refused(high);
	unhex(oprf_secret_keys[OPRF_VERIFIABLE], sk, 32);
	ck_assert(oprf_key_ok(sk));
}
END_TEST

START_TEST(input_beyond_its_length_field_is_refused)
{
	static uint8_t x[OPRF_INPUT_MAX + 1];
	uint8_t sk[32], element[32], out[64];

	unhex(oprf_secret_keys[OPRF_VERIFIABLE], sk, 32);
	unhex(oprf_vectors[2].evaluated[0], element, 32);
	ck_assert_int_eq(oprf_blind(OPRF_VERIFIABLE, SPAN(x), sk, out),
			 R_MALFORMED);
	ck_assert_int_eq(oprf_evaluate(OPRF_VERIFIABLE, sk, SPAN(x), out),
			 R_MALFORMED);
	ck_assert_int_eq(oprf_finalize(SPAN(x), sk, element, out),
			 R_MALFORMED);
	ck_assert_int_eq(oprf_evaluate(OPRF_VERIFIABLE, sk,
				       span_of(x, OPRF_INPUT_MAX), out), R_OK);
}
END_TEST

START_TEST(blinded_and_direct_evaluation_agree_for_random_keys)
{
	uint8_t sk[32], pk[32], blind[32], b[1][32], e[1][32], r[32];
	uint8_t proof[64], through[64], direct[64];
	struct span x = span_str("cnie/psn/v1 of nobody");

	oprf_random(sk);
	oprf_random(blind);
	oprf_random(r);
	ck_assert_int_eq(oprf_public_key(sk, pk), R_OK);
	ck_assert_int_eq(oprf_blind(OPRF_VERIFIABLE, x, blind, b[0]), R_OK);
	ck_assert_int_eq(oprf_blind_evaluate(sk, b[0], e[0]), R_OK);
	ck_assert_int_eq(oprf_prove(sk, pk, (const uint8_t (*)[32])b,
				    (const uint8_t (*)[32])e, 1, r, proof),
			 R_OK);
	ck_assert_int_eq(oprf_verify(pk, (const uint8_t (*)[32])b,
				     (const uint8_t (*)[32])e, 1, proof),
			 R_OK);
	ck_assert_int_eq(oprf_finalize(x, blind, e[0], through), R_OK);
	ck_assert_int_eq(oprf_evaluate(OPRF_VERIFIABLE, sk, x, direct), R_OK);
	ck_assert_mem_eq(through, direct, 64);
}
END_TEST

static Suite *oprf_suite(void)
{
	Suite *s = suite_create("sector/oprf");
	TCase *t = tcase_create("rfc9497");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, key_pair_is_derived_as_published, 0, 3);
	tcase_add_test(t, seed_of_another_length_is_refused);
	tcase_add_loop_test(t, every_step_is_as_published, 0, N_VECTORS);
	tcase_add_test(t, elements_that_are_none_are_refused);
	tcase_add_test(t, scalars_that_are_none_are_refused);
	tcase_add_test(t, input_beyond_its_length_field_is_refused);
	tcase_add_loop_test(t,
		blinded_and_direct_evaluation_agree_for_random_keys, 0, 4);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(oprf_suite)
