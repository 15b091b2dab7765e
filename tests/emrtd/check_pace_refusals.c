// SPDX-License-Identifier: GPL-3.0-or-later
/* Answers of the card in PACE that must be refused, from the state that the
 * worked examples have reached before each. */
#include "emrtd/pace.h"

#include "check_main.h"
#include "emrtd/pace_example.h"

/* Bits of G.2's last answer that mean nothing to us: the value of the chip's
 * authority reference. */
static bool without_meaning(int example, int step, size_t octet)
{
	return example == EXAMPLE_G2 && step == 4 && octet >= 14 &&
	       octet < 14 + 15;
}

/* The rest of the run after another nonce, or another scalar of CAM. */
static enum result go_on(struct pace *p, int example, int step)
{
	HEX(spki, I1_CHIP_SPKI);
	struct chip_key key;
	enum result r = R_OK;

	for (int i = step + 1; r == R_OK && i < 5; i++)
		r = example_answer(p, examples[example].answer[i]);
	if (r != R_OK || example != EXAMPLE_I1)
		return r;
	ck_assert_int_eq(chip_key_parse(spki, &key), R_OK);
	return pace_cam_check(&p->cam, &key);
}

static void flip_each(int example, int step)
{
	struct hex a = hex(examples[example].answer[step]);
	const struct pace before = example_after(example, step);

	for (size_t bit = 0; bit < 8 * a.n; bit++) {
		struct pace p = before;
		enum result r;

		if (without_meaning(example, step, bit / 8))
			continue;
		a.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		r = pace_response(&p, span_of(a.p, a.n));
		if (r == R_OK)
			r = go_on(&p, example, step);
		else
			ck_assert_int_eq(p.step, PACE_FAILED);
		ck_assert(r == R_MALFORMED || r == R_DENIED);
		a.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* No bit is without meaning. 63Cx after MSE:Set AT is no flipped 9000. */
START_TEST(a_flipped_bit_in_any_answer_is_refused)
{
	for (int step = 0; step < 5; step++)
		flip_each(_i, step);
}
END_TEST

START_TEST(every_truncated_answer_is_refused)
{
	for (int step = 0; step < 5; step++) {
		const struct hex a = hex(examples[_i].answer[step]);
		const struct pace before = example_after(_i, step);

		for (size_t n = 0; n < a.n; n++) {
			struct pace p = before;
			uint8_t *copy = malloc(n + 1);

			memcpy(copy, a.p, n);
			ck_assert_int_ne(pace_response(&p, span_of(copy, n)),
					 R_OK);
			ck_assert_int_eq(p.step, PACE_FAILED);
			free(copy);
		}
	}
}
END_TEST

static const struct {
	int example, step;
	const char *answer;
	enum result want;
} refusals[] = {
	/* wrong password */
	{ EXAMPLE_G1, 4, "6300", R_DENIED },
	{ EXAMPLE_G1, 4, "63C2", R_DENIED },
	{ EXAMPLE_G1, 4, "63C0", R_DENIED },
	{ EXAMPLE_G1, 1, "6300", R_DENIED },
	{ EXAMPLE_G1, 4, "7C0A86080000000000000000" "9000", R_DENIED },
	/* protocol errors */
	{ EXAMPLE_G1, 0, "6A88", R_MALFORMED },
	{ EXAMPLE_G1, 0, "6A80", R_MALFORMED },
	{ EXAMPLE_G1, 0, "6300", R_MALFORMED },
	{ EXAMPLE_G1, 0, "009000", R_MALFORMED },
	{ EXAMPLE_G1, 1, "6985", R_MALFORMED },
	{ EXAMPLE_G1, 2, "6A80", R_MALFORMED },
	{ EXAMPLE_G1, 4, "6982", R_MALFORMED },
	/* good data under a bad status word */
	{ EXAMPLE_G1, 1, "7C128010" G1_ENC_NONCE "6282", R_MALFORMED },
	{ EXAMPLE_G1, 2, "7C438241" G1_MAP_PK_IC "6A80", R_MALFORMED },
	{ EXAMPLE_G1, 4, "7C0A8608" G1_T_IC "6300", R_DENIED },
	/* no data, another object, two, trailing bytes */
	{ EXAMPLE_G1, 1, "9000", R_MALFORMED },
	{ EXAMPLE_G1, 1, "7C009000", R_MALFORMED },
	{ EXAMPLE_G1, 1, "7C128110" G1_ENC_NONCE "9000", R_MALFORMED },
	{ EXAMPLE_G1, 1, "7C248010" G1_ENC_NONCE "8010" G1_ENC_NONCE "9000",
	  R_MALFORMED },
	{ EXAMPLE_G1, 1, "7C128010" G1_ENC_NONCE "009000", R_MALFORMED },
	/* nonces: none, half a block, a block and a half, three blocks */
	{ EXAMPLE_G1, 1, "7C0280009000", R_MALFORMED },
	{ EXAMPLE_G1, 1, "7C0A8008" G1_T_IC "9000", R_MALFORMED },
	{ EXAMPLE_G1, 1, "7C1A8018" G1_ENC_NONCE G1_T_IC "9000",
	  R_MALFORMED },
	{ EXAMPLE_G1, 1, "7C328030" G1_ENC_NONCE G1_ENC_NONCE G1_ENC_NONCE
	  "9000", R_MALFORMED },
	/* IM has one size of nonce: l of its function */
	{ EXAMPLE_H1, 1, "7C228020" H1_ENC_NONCE H1_ENC_NONCE "9000",
	  R_MALFORMED },
	/* keys: infinity, compressed, short, off the curve, zero */
	{ EXAMPLE_G1, 2, "7C03820100" "9000", R_MALFORMED },
	{ EXAMPLE_G1, 2, "7C0282009000", R_MALFORMED },
	{ EXAMPLE_G1, 2, "7C23822103" "824FBA91C9CBE26BEF53A0EBE7342A3BF178CE"
	     "A9F45DE0B70AA601651FBA3F57" "9000", R_MALFORMED },
	{ EXAMPLE_G1, 2, "7C43824104"
	  "00000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000"
	  "0000" "9000", R_MALFORMED },
	{ EXAMPLE_G1, 3, "7C03840100" "9000", R_MALFORMED },
	/* numbers: 1, 2, none */
	{ EXAMPLE_G2, 2, "7C03820101" "9000", R_MALFORMED },
	{ EXAMPLE_G2, 2, "7C03820102" "9000", R_MALFORMED },
	{ EXAMPLE_G2, 2, "7C0282009000", R_MALFORMED },
	{ EXAMPLE_G2, 3, "7C03840101" "9000", R_MALFORMED },
	{ EXAMPLE_H2, 3, "7C03840102" "9000", R_MALFORMED },
	/* our own keys sent back */
	{ EXAMPLE_G1, 2, "7C438241" G1_MAP_PK "9000", R_MALFORMED },
	{ EXAMPLE_G2, 2, "7C8183828180" G2_MAP_PK "9000", R_MALFORMED },
	{ EXAMPLE_I1, 2, "7C438241" I1_MAP_PK "9000", R_MALFORMED },
	{ EXAMPLE_G1, 3, "7C438441" G1_PK "9000", R_MALFORMED },
	{ EXAMPLE_G2, 3, "7C8183848180" G2_PK "9000", R_MALFORMED },
	{ EXAMPLE_H1, 3, "7C438441" H1_PK "9000", R_MALFORMED },
	{ EXAMPLE_H2, 3, "7C8183848180" H2_PK "9000", R_MALFORMED },
	/* IM: mapping data where there is none, or no object */
	{ EXAMPLE_H1, 2, "7C03820100" "9000", R_MALFORMED },
	{ EXAMPLE_H1, 2, "7C438241" G1_MAP_PK_IC "9000", R_MALFORMED },
	{ EXAMPLE_H1, 2, "7C009000", R_MALFORMED },
	{ EXAMPLE_H1, 2, "9000", R_MALFORMED },
	/* a token of another length, or none */
	{ EXAMPLE_G1, 4, "7C0986073ABB9674BCE93C" "9000", R_DENIED },
	{ EXAMPLE_G1, 4, "7C0286009000", R_DENIED },
	{ EXAMPLE_G1, 4, "9000", R_MALFORMED },
	{ EXAMPLE_G1, 4, "7C009000", R_MALFORMED },
	/* authority references: the second alone, in the wrong order, thrice,
	 * before the token; without the token's own check */
	{ EXAMPLE_G1, 4, "7C0D8608" G1_T_IC "880141" "9000", R_MALFORMED },
	{ EXAMPLE_G1, 4, "7C108608" G1_T_IC "880141870141" "9000",
	  R_MALFORMED },
	{ EXAMPLE_G1, 4, "7C138608" G1_T_IC "870141880141880141" "9000",
	  R_MALFORMED },
	{ EXAMPLE_G1, 4, "7C0D8701418608" G1_T_IC "9000", R_MALFORMED },
	{ EXAMPLE_G1, 4, "7C0D86080000000000000000870141" "9000", R_DENIED },
	/* encrypted chip authentication data without CAM, even empty; CAM
	 * without it, or with it in another place */
	{ EXAMPLE_G1, 4, "7C3C8608" G1_T_IC "8A30" I1_SEALED "9000",
	  R_MALFORMED },
	{ EXAMPLE_G1, 4, "7C0C8608" G1_T_IC "8A009000", R_MALFORMED },
	{ EXAMPLE_H1, 4, "7C3C8608" H1_T_IC "8A30" I1_SEALED "9000",
	  R_MALFORMED },
	{ EXAMPLE_I1, 4, "7C0A8608" I1_T_IC "9000", R_MALFORMED },
	{ EXAMPLE_I1, 4, "7C3C8A30" I1_SEALED "8608" I1_T_IC "9000",
	  R_MALFORMED },
	{ EXAMPLE_I1, 4, "7C3F8608" I1_T_IC "8A30" I1_SEALED "870141" "9000",
	  R_MALFORMED },
	{ EXAMPLE_I1, 4, "7C3C86080000000000000000" "8A30" I1_SEALED "9000",
	  R_DENIED },
};

START_TEST(what_the_card_must_not_say_is_refused)
{
	struct pace p = example_after(refusals[_i].example,
				      refusals[_i].step);
	static const struct pace none;

	ck_assert_int_eq(example_answer(&p, refusals[_i].answer),
			 refusals[_i].want);
	ck_assert_int_eq(p.step, PACE_FAILED);
	ck_assert_mem_eq(&p.session, &none.session, sizeof(p.session));
	ck_assert_mem_eq(&p.agree, &none.agree, sizeof(p.agree));
	ck_assert_mem_eq(p.k_pi, none.k_pi, sizeof(p.k_pi));
	ck_assert_ptr_null(p.cam.domain);
}
END_TEST

/* TR-03110-3 B.1 has both references where terminal authentication is
 * prepared; their place is after the token. */
START_TEST(authority_references_are_stepped_over)
{
	static const struct { int example; const char *answer; } rows[] = {
		{ EXAMPLE_G1, "7C0D8608" G1_T_IC "870141" "9000" },
		{ EXAMPLE_G1, "7C108608" G1_T_IC "870141880142" "9000" },
		{ EXAMPLE_I1, "7C428608" I1_T_IC "870141880142" "8A30"
		  I1_SEALED "9000" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pace p = example_after(rows[i].example, 4);

		ck_assert_int_eq(example_answer(&p, rows[i].answer), R_OK);
		ck_assert(pace_done(&p));
	}
}
END_TEST

/* Two blocks of AES, and three of 3DES. */
START_TEST(a_longer_nonce_is_taken)
{
	static struct pace_keys keys;
	HEX(tdes, "04007F00070202040201");
	struct pace p = example_after(EXAMPLE_G1, 1);

	ck_assert_int_eq(example_answer(&p, "7C228020" G1_ENC_NONCE
					G1_ENC_NONCE "9000"), R_OK);
	ck_assert_uint_eq(p.nonce_n, 32);
	same(span_of(p.nonce, 16), G1_NONCE);
	for (int n = 8; n <= 40; n += 8) {
		uint8_t a[64] = { 0x7c, (uint8_t)(n + 2), 0x80, (uint8_t)n };
		bool fits = n >= 16 && n <= 32;

		a[4 + n] = 0x90;
		ck_assert_int_eq(pace_start(&p, protocol_by_oid(tdes),
				 domain_by_parameter(13), PASSWORD_CAN,
				 span_str("1"), &keys), R_OK);
		p.step = PACE_NONCE;
		ck_assert_int_eq(pace_response(&p, span_of(a, (size_t)n + 6)),
				 fits ? R_OK : R_MALFORMED);
	}
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static Suite *suite(void)
{
	Suite *s = suite_create("pace: refusals");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, a_flipped_bit_in_any_answer_is_refused, 0,
			    EXAMPLES);
	tcase_add_loop_test(t, every_truncated_answer_is_refused, 0, EXAMPLES);
	tcase_add_loop_test(t, what_the_card_must_not_say_is_refused, 0,
			    COUNT(refusals));
	tcase_add_test(t, authority_references_are_stepped_over);
	tcase_add_test(t, a_longer_nonce_is_taken);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
