/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 9497 2.2: the proofs of the six vectors that have one, VOPRF and POPRF,
 * single and batched, and what is no proof. */
#include <sodium.h>
#include <string.h>

#include "check_main.h"
#include "support_oprf.h"

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
}

START_TEST(proof_is_as_published_and_verifies)
{
	struct oprf_proven p = oprf_proven_of(&oprf_vectors[_i]);
	uint8_t proof[64];

	ck_assert_int_eq(oprf_prove_again(&p, proof), R_OK);
	ck_assert_mem_eq(proof, p.proof, 64);
	ck_assert_int_eq(oprf_verify_again(&p), R_OK);
}
END_TEST

START_TEST(proof_with_any_bit_flipped_is_refused)
{
	struct oprf_proven p = oprf_proven_of(&oprf_vectors[_i]);

	for (int bit = 0; bit < 8 * OPRF_PROOF; bit++) {
		p.proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(oprf_verify_again(&p), R_DENIED);
		p.proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_int_eq(oprf_verify_again(&p), R_OK);
}
END_TEST

START_TEST(elements_with_any_bit_flipped_are_not_proven)
{
	struct oprf_proven p = oprf_proven_of(&oprf_vectors[_i]);
	uint8_t *fields[] = { p.blinded[0], p.evaluated[0], p.pk };

	for (size_t f = 0; f < 3; f++) {
		for (int bit = 0; bit < 256; bit++) {
			fields[f][bit / 8] ^= (uint8_t)(1 << bit % 8);
			ck_assert_int_ne(oprf_verify_again(&p), R_OK);
			fields[f][bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	ck_assert_int_eq(oprf_verify_again(&p), R_OK);
}
END_TEST

/* s and s + L are the same number, and only one of them is a proof. */
START_TEST(proof_in_a_second_form_is_refused)
{
	struct oprf_proven p = oprf_proven_of(&oprf_vectors[_i]);
	unsigned int carry = 0;

	for (int i = 0; i < 32; i++) {
		unsigned int order = oprf_not_canonical[i] - (i == 0);

		carry += p.proof[32 + i] + order;
		p.proof[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	ck_assert_int_eq(carry, 0);
	ck_assert_int_eq(oprf_verify_again(&p), R_DENIED);
}
END_TEST

START_TEST(proof_of_a_batch_is_none_of_a_part_or_of_another_order)
{
	struct oprf_proven good = oprf_proven_of(&oprf_vectors[_i]);
	struct oprf_proven p = good;

	ck_assert_int_eq(good.n, 2);
	p.n = 1;
	ck_assert_int_eq(oprf_verify_again(&p), R_DENIED);
	p = good;
	memcpy(p.evaluated[0], good.evaluated[1], 32);
	ck_assert_int_eq(oprf_verify_again(&p), R_DENIED);
	p = good;
	memcpy(p.blinded[1], good.blinded[0], 32);
	ck_assert_int_eq(oprf_verify_again(&p), R_DENIED);
	p = good;
	for (int i = 0; i < 2; i++) {
		memcpy(p.blinded[i], good.blinded[1 - i], 32);
		memcpy(p.evaluated[i], good.evaluated[1 - i], 32);
	}
	ck_assert_int_eq(oprf_verify_again(&p), R_DENIED);
	p = good;
	memcpy(p.pk, good.blinded[0], 32);
	ck_assert_int_eq(oprf_verify_again(&p), R_DENIED);
	ck_assert_int_eq(oprf_verify_again(&good), R_OK);
}
END_TEST

START_TEST(nothing_proves_nothing)
{
	struct oprf_proven p = oprf_proven_of(&oprf_vectors[_i]);
	uint8_t proof[64];

	p.n = 0;
	ck_assert_int_eq(oprf_verify_again(&p), R_MALFORMED);
	ck_assert_int_eq(oprf_prove_again(&p, proof), R_MALFORMED);
	p.n = 65536;	/* beyond what an index of two bytes can tell apart */
	ck_assert_int_eq(oprf_verify_again(&p), R_MALFORMED);
}
END_TEST

START_TEST(public_key_that_proves_anything_is_refused)
{
	struct oprf_proven p = oprf_proven_of(&oprf_vectors[_i]);

	memset(p.pk, 0, 32);	/* the identity */
	ck_assert_int_eq(oprf_verify_again(&p), R_DENIED);
	memset(p.pk, 0xff, 32);	/* no element */
	ck_assert_int_eq(oprf_verify_again(&p), R_DENIED);
	p = oprf_proven_of(&oprf_vectors[_i]);
	p.pk[31] |= 0x80;	/* a second form of the good one */
	ck_assert_int_eq(oprf_verify_again(&p), R_DENIED);
}
END_TEST

/* A service that would mark one person by a key of their own. */
START_TEST(an_evaluation_under_a_second_key_can_not_be_proven)
{
	struct oprf_proven p = oprf_proven_of(&oprf_vectors[_i]);

	oprf_random(p.sk);
	ck_assert_int_eq(p.mode == OPRF_PARTIAL ?
			 poprf_blind_evaluate(p.sk, span_str(OPRF_INFO),
					      p.blinded[0], p.evaluated[0]) :
			 oprf_blind_evaluate(p.sk, p.blinded[0],
					     p.evaluated[0]), R_OK);
	ck_assert_int_eq(oprf_prove_again(&p, p.proof), R_OK);
	ck_assert_int_eq(oprf_verify_again(&p), R_DENIED);
}
END_TEST

START_TEST(proof_with_scalars_that_are_none_is_not_made)
{
	struct oprf_proven good = oprf_proven_of(&oprf_vectors[_i]);
	struct oprf_proven p = good;
	uint8_t proof[64] = { 0 };

	memcpy(p.r, oprf_not_canonical, 32);
	ck_assert_int_eq(oprf_prove_again(&p, proof), R_DENIED);
	p = good;
	memcpy(p.sk, oprf_not_canonical, 32);
	ck_assert_int_eq(oprf_prove_again(&p, proof), R_DENIED);
	for (size_t i = 0; i < sizeof(proof); i++)
		ck_assert_int_eq(proof[i], 0);
}
END_TEST

static Suite *proof_suite(void)
{
	Suite *s = suite_create("sector/oprf_proof");
	TCase *t = tcase_create("rfc9497");
	int first = OPRF_FIRST_PROVEN, end = OPRF_VECTORS;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, proof_is_as_published_and_verifies, first, end);
	tcase_add_loop_test(t, proof_with_any_bit_flipped_is_refused, first,
			    end);
	tcase_add_loop_test(t, elements_with_any_bit_flipped_are_not_proven,
			    first, end);
	tcase_add_loop_test(t, proof_in_a_second_form_is_refused, first, end);
	for (int batch = 4; batch < end; batch += 3)
		tcase_add_loop_test(t,
			proof_of_a_batch_is_none_of_a_part_or_of_another_order,
			batch, batch + 1);
	tcase_add_loop_test(t, nothing_proves_nothing, first, end);
	tcase_add_loop_test(t, public_key_that_proves_anything_is_refused,
			    first, end);
	for (int one = first; one < end; one += 3)
		tcase_add_loop_test(t,
			an_evaluation_under_a_second_key_can_not_be_proven,
			one, one + 1);
	tcase_add_loop_test(t, proof_with_scalars_that_are_none_is_not_made,
			    first, end);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(proof_suite)
