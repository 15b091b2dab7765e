/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 9497 3.3.3: the steps of mode POPRF against the vectors of A.1.3, and
 * what each step refuses. Its proofs are in check_oprf_proof.c. */
#include "sector/poprf.h"

#include <sodium.h>
#include <string.h>

#include "check_main.h"
#include "sector/oprf_parts.h"
#include "support_oprf.h"

#define FIRST 5		/* vector of this mode */
#define INFO span_str(OPRF_INFO)

static uint8_t sk[32], pk[32];

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	unhex(oprf_secret_keys[OPRF_PARTIAL], sk, 32);
	unhex(oprf_public_keys[OPRF_PARTIAL], pk, 32);
}

START_TEST(every_step_is_as_published)
{
	const struct oprf_vector *v = &oprf_vectors[_i];

	for (size_t i = 0; i < v->n; i++) {
		uint8_t in[32], blind[32], want[64], got[64], tweaked[32];
		struct span input = oprf_input(v->input[i], in);

		unhex(v->blind[i], blind, 32);
		ck_assert_int_eq(poprf_blind(input, INFO, pk, blind, got,
					     tweaked), R_OK);
		unhex(v->blinded[i], want, 32);
		ck_assert_mem_eq(got, want, 32);
		ck_assert_int_eq(poprf_blind_evaluate(sk, INFO, want, got),
				 R_OK);
		unhex(v->evaluated[i], want, 32);
		ck_assert_mem_eq(got, want, 32);
		ck_assert_int_eq(poprf_finalize(input, INFO, blind, want, got),
				 R_OK);
		unhex(v->output[i], want, 64);
		ck_assert_mem_eq(got, want, 64);
		ck_assert_int_eq(poprf_evaluate(sk, input, INFO, got), R_OK);
		ck_assert_mem_eq(got, want, 64);
	}
}
END_TEST

START_TEST(another_info_is_another_function)
{
	struct oprf_proven p = oprf_proven_of(&oprf_vectors[FIRST]);
	const uint8_t (*b)[32] = (const uint8_t (*)[32])p.blinded;
	const uint8_t (*e)[32] = (const uint8_t (*)[32])p.evaluated;
	uint8_t one[64], two[64], blinded[32], tweaked[32];
	struct span x = span_str("x");

	ck_assert_int_eq(poprf_evaluate(sk, x, INFO, one), R_OK);
	ck_assert_int_eq(poprf_evaluate(sk, x, span_str("test infp"), two),
			 R_OK);
	ck_assert_mem_ne(one, two, 64);
	ck_assert_int_eq(poprf_blind(x, span_str("test infp"), pk, p.r,
				     blinded, tweaked), R_OK);
	ck_assert_int_eq(poprf_verify(tweaked, b, e, 1, p.proof), R_DENIED);
}
END_TEST

/* m of 3.3.3 */
static void tweak_of(struct span info, uint8_t *m)
{
	struct oprf_tag t = oprf_tag_of("HashToScalar-", OPRF_PARTIAL);
	sha512 h;

	scalar_start(&h);
	hash_add(&h, span_str("Info"));
	hash_sized(&h, info);
	scalar_end(&h, &t, m);
}

START_TEST(info_that_names_the_key_is_refused_on_both_sides)
{
	uint8_t m[32], key[32], public[32], out[64] = { 0 }, tweaked[32];
	uint8_t blinded[32];

	tweak_of(INFO, m);
	crypto_core_ristretto255_scalar_negate(key, m);
	ck_assert_int_eq(oprf_public_key(key, public), R_OK);
	unhex(oprf_vectors[FIRST].blinded[0], blinded, 32);
	ck_assert_int_eq(poprf_blind(span_str("x"), INFO, public, sk, out,
				     tweaked), R_DENIED);
	ck_assert_int_eq(poprf_blind_evaluate(key, INFO, blinded, out),
			 R_DENIED);
	ck_assert_int_eq(poprf_evaluate(key, span_str("x"), INFO, out),
			 R_DENIED);
	for (size_t i = 0; i < sizeof(out); i++)
		ck_assert_int_eq(out[i], 0);
}
END_TEST

START_TEST(what_is_no_scalar_or_element_is_refused)
{
	const uint8_t *bad = oprf_not_canonical;
	uint8_t zero[32] = { 0 }, high[32], base[32], out[64] = { 0 };
	uint8_t tweaked[32];
	struct span x = span_str("x");

	memset(high, 0xff, sizeof(high));
	unhex(oprf_vectors[FIRST].blinded[0], base, 32);
	ck_assert_int_eq(poprf_blind(x, INFO, pk, bad, out, tweaked),
			 R_DENIED);
	ck_assert_int_eq(poprf_blind(x, INFO, zero, sk, out, tweaked),
			 R_DENIED);
	ck_assert_int_eq(poprf_blind(x, INFO, high, sk, out, tweaked),
			 R_DENIED);
	ck_assert_int_eq(poprf_blind_evaluate(bad, INFO, base, out), R_DENIED);
	ck_assert_int_eq(poprf_blind_evaluate(sk, INFO, zero, out), R_DENIED);
	ck_assert_int_eq(poprf_blind_evaluate(sk, INFO, high, out), R_DENIED);
	ck_assert_int_eq(poprf_evaluate(bad, x, INFO, out), R_DENIED);
	ck_assert_int_eq(poprf_finalize(x, INFO, bad, base, out), R_DENIED);
	ck_assert_int_eq(poprf_finalize(x, INFO, sk, zero, out), R_DENIED);
	for (size_t i = 0; i < sizeof(out); i++)
		ck_assert_int_eq(out[i], 0);
}
END_TEST

START_TEST(input_or_info_beyond_its_length_field_is_refused)
{
	static uint8_t many[OPRF_INPUT_MAX + 1];
	uint8_t base[32], out[64], tweaked[32];
	struct span x = span_str("x");

	unhex(oprf_vectors[FIRST].blinded[0], base, 32);
	ck_assert_int_eq(poprf_blind(x, SPAN(many), pk, sk, out, tweaked),
			 R_MALFORMED);
	ck_assert_int_eq(poprf_blind(SPAN(many), INFO, pk, sk, out, tweaked),
			 R_MALFORMED);
	ck_assert_int_eq(poprf_blind_evaluate(sk, SPAN(many), base, out),
			 R_MALFORMED);
	ck_assert_int_eq(poprf_evaluate(sk, x, SPAN(many), out), R_MALFORMED);
	ck_assert_int_eq(poprf_evaluate(sk, SPAN(many), INFO, out),
			 R_MALFORMED);
	ck_assert_int_eq(poprf_finalize(x, SPAN(many), sk, base, out),
			 R_MALFORMED);
	ck_assert_int_eq(poprf_finalize(SPAN(many), INFO, sk, base, out),
			 R_MALFORMED);
}
END_TEST

START_TEST(blinded_and_direct_evaluation_agree_for_random_keys)
{
	uint8_t key[32], public[32], blind[32], b[1][32], e[1][32], r[32];
	uint8_t proof[64], tweaked[32], through[64], direct[64];
	struct span x = span_str("cnie/psn/v1 of nobody");

	oprf_random(key);
	oprf_random(blind);
	oprf_random(r);
	ck_assert_int_eq(oprf_public_key(key, public), R_OK);
	ck_assert_int_eq(poprf_blind(x, INFO, public, blind, b[0], tweaked),
			 R_OK);
	ck_assert_int_eq(poprf_blind_evaluate(key, INFO, b[0], e[0]), R_OK);
	ck_assert_int_eq(poprf_prove(key, INFO, (const uint8_t (*)[32])b,
				     (const uint8_t (*)[32])e, 1, r, proof),
			 R_OK);
	ck_assert_int_eq(poprf_verify(tweaked, (const uint8_t (*)[32])b,
				      (const uint8_t (*)[32])e, 1, proof),
			 R_OK);
	ck_assert_int_eq(poprf_finalize(x, INFO, blind, e[0], through), R_OK);
	ck_assert_int_eq(poprf_evaluate(key, x, INFO, direct), R_OK);
	ck_assert_mem_eq(through, direct, 64);
	/* the same key in mode VOPRF gives something else */
	ck_assert_int_eq(oprf_evaluate(OPRF_VERIFIABLE, key, x, through), R_OK);
	ck_assert_mem_ne(through, direct, 64);
}
END_TEST

static Suite *poprf_suite(void)
{
	Suite *s = suite_create("sector/poprf");
	TCase *t = tcase_create("rfc9497");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, every_step_is_as_published, FIRST,
			    OPRF_VECTORS);
	tcase_add_test(t, another_info_is_another_function);
	tcase_add_test(t, info_that_names_the_key_is_refused_on_both_sides);
	tcase_add_test(t, what_is_no_scalar_or_element_is_refused);
	tcase_add_test(t, input_or_info_beyond_its_length_field_is_refused);
	tcase_add_loop_test(t,
		blinded_and_direct_evaluation_agree_for_random_keys, 0, 4);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(poprf_suite)
