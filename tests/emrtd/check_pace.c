// SPDX-License-Identifier: GPL-3.0-or-later
/* 9303-11 appendix G.1, command by command, then every refusal. */
#include "emrtd/pace.h"

#include "check_main.h"
#include "emrtd/vectors.h"

#define MSE   "0022C1A412800A" G1_OID "83010184010D"
#define GA_1  "10860000027C0000"
#define GA_2  "10860000457C438141" G1_MAP_PK "00"
#define GA_3  "10860000457C438341" G1_PK "00"
#define GA_4  "008600000C7C0A8508" G1_T_IFD "00"

#define ANSWER_0 "9000"
#define ANSWER_1 "7C128010" G1_ENC_NONCE "9000"
#define ANSWER_2 "7C438241" G1_MAP_PK_IC "9000"
#define ANSWER_3 "7C438441" G1_PK_IC "9000"
#define ANSWER_4 "7C0A8608" G1_T_IC "9000"

static const char *const commands[] = { MSE, GA_1, GA_2, GA_3, GA_4 };
static const char *const answers[] = { ANSWER_0, ANSWER_1, ANSWER_2, ANSWER_3,
				       ANSWER_4 };

static const struct protocol *protocol_g1(void)
{
	HEX(oid, G1_OID);

	return protocol_by_oid(oid);
}

static struct pace started(void)
{
	static struct pace_keys keys;
	const struct curve *c = curve_by_parameter(13);
	HEX(map_sk, G1_MAP_SK);
	HEX(map_pk, G1_MAP_PK);
	HEX(sk, G1_SK);
	struct pace p = { 0 };

	ck_assert_ptr_nonnull(c);
	memcpy(keys.map[c->id].secret, map_sk.p, map_sk.n);
	memcpy(keys.map[c->id].point, map_pk.p, map_pk.n);
	memcpy(keys.agree[c->id], sk.p, sk.n);
	ck_assert_int_eq(pace_start(&p, protocol_g1(), c, PASSWORD_MRZ,
				    span_str(G1_MRZ_KEY), &keys), R_OK);
	return p;
}

static enum result answer(struct pace *p, const char *text)
{
	HEX(a, text);

	return pace_response(p, a);
}

static struct pace after(int steps)
{
	struct pace p = started();
	uint8_t buf[300];

	for (int i = 0; i < steps; i++) {
		struct sink apdu = SINK(buf);

		ck_assert_int_eq(pace_command(&p, &apdu), R_OK);
		ck_assert_int_eq(answer(&p, answers[i]), R_OK);
	}
	return p;
}

START_TEST(worked_example_g1)
{
	struct pace p = started();
	struct session_keys k;
	uint8_t buf[300];

	same(SPAN(p.k_pi), G1_K_PI);
	for (int i = 0; i < 5; i++) {
		struct sink apdu = SINK(buf);

		ck_assert(!pace_done(&p));
		ck_assert_int_eq(pace_session(&p, &k), R_DENIED);
		ck_assert_int_eq(pace_command(&p, &apdu), R_OK);
		same(sink_span(&apdu), commands[i]);
		ck_assert_int_eq(answer(&p, answers[i]), R_OK);
		ck_assert_uint_eq(p.sw, SW_OK);
		if (i == 1)
			same(SPAN(p.nonce), G1_NONCE);
	}
	ck_assert(pace_done(&p));
	ck_assert_int_eq(pace_session(&p, &k), R_OK);
	same(SPAN(k.enc), G1_KS_ENC);
	same(SPAN(k.mac), G1_KS_MAC);
}
END_TEST

START_TEST(the_mapped_generator_of_g1)
{
	const struct curve *c = curve_by_parameter(13);
	HEX(nonce, G1_NONCE);
	HEX(sk, G1_MAP_SK);
	HEX(peer, G1_MAP_PK_IC);
	uint8_t g[CURVE_POINT_MAX], pk[CURVE_POINT_MAX];

	ck_assert_int_eq(curve_map(c, nonce, sk.p, peer, g), R_OK);
	same(SPAN(g), G1_MAPPED);
	ck_assert_int_eq(curve_mul(c, sk.p, span_of(NULL, 0), pk), R_OK);
	same(SPAN(pk), G1_MAP_PK);
}
END_TEST

/* Every answer with every bit flipped: no bit is without meaning. */
START_TEST(a_flipped_bit_in_any_answer_is_refused)
{
	struct hex a = hex(answers[_i]);
	struct session_keys k;

	for (size_t bit = 0; bit < 8 * a.n; bit++) {
		struct pace p = after(_i);
		uint8_t buf[300];
		struct sink apdu = SINK(buf);
		enum result r;

		a.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(pace_command(&p, &apdu), R_OK);
		r = pace_response(&p, span_of(a.p, a.n));
		/* another nonce is found out by the token alone */
		if (_i == 1 && r == R_OK)
			r = answer(&p, answers[2]) == R_OK &&
			    answer(&p, answers[3]) == R_OK ?
			    answer(&p, answers[4]) : R_MALFORMED;
		ck_assert(r == R_MALFORMED || r == R_DENIED);
		ck_assert_int_eq(pace_session(&p, &k), R_DENIED);
		ck_assert_int_eq(pace_command(&p, &apdu), R_DENIED);
		a.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

START_TEST(every_truncated_answer_is_refused)
{
	const struct hex a = hex(answers[_i]);

	for (size_t n = 0; n < a.n; n++) {
		struct pace p = after(_i);
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, a.p, n);
		ck_assert_int_ne(pace_response(&p, span_of(copy, n)), R_OK);
		free(copy);
	}
}
END_TEST

static const struct {
	int step;
	const char *answer;
	enum result want;
} refusals[] = {
	/* wrong password */
	{ 4, "6300", R_DENIED }, { 4, "63C2", R_DENIED },
	{ 4, "63C0", R_DENIED }, { 1, "6300", R_DENIED },
	{ 4, "7C0A86080000000000000000" "9000", R_DENIED },
	/* protocol errors */
	{ 0, "6A88", R_MALFORMED }, { 0, "6A80", R_MALFORMED },
	{ 0, "009000", R_MALFORMED }, { 1, "6985", R_MALFORMED },
	{ 2, "6A80", R_MALFORMED }, { 4, "6982", R_MALFORMED },
	/* no data, another object, two, trailing bytes, a short nonce */
	{ 1, "9000", R_MALFORMED }, { 1, "7C009000", R_MALFORMED },
	{ 1, "7C128110" G1_ENC_NONCE "9000", R_MALFORMED },
	{ 1, "7C248010" G1_ENC_NONCE "8010" G1_ENC_NONCE "9000", R_MALFORMED },
	{ 1, "7C128010" G1_ENC_NONCE "009000", R_MALFORMED },
	{ 1, "7C0380010090" "00", R_MALFORMED },
	/* a nonce of two blocks */
	{ 1, "7C228020" G1_ENC_NONCE G1_ENC_NONCE "9000", R_MALFORMED },
	/* points: infinity, compressed, short, off the curve, zero */
	{ 2, "7C03820100" "9000", R_MALFORMED },
	{ 2, "7C23822103" "824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B7"
	     "0AA601651FBA3F57" "9000", R_MALFORMED },
	{ 2, "7C438241" "040000000000000000000000000000000000000000000000000000"
	     "00000000000000000000000000000000000000000000000000000000000000"
	     "0000000000000000" "9000", R_MALFORMED },
	{ 3, "7C03840100" "9000", R_MALFORMED },
	/* our own agreement key sent back */
	{ 3, "7C438441" G1_PK "9000", R_MALFORMED },
	/* a token of another length */
	{ 4, "7C0986073ABB9674BCE93C" "9000", R_DENIED },
	{ 4, "9000", R_MALFORMED },
};

START_TEST(what_the_card_must_not_say_is_refused)
{
	struct pace p = after(refusals[_i].step);

	ck_assert_int_eq(answer(&p, refusals[_i].answer), refusals[_i].want);
	ck_assert_int_eq(p.step, PACE_FAILED);
	same(SPAN(p.session.enc), "00000000000000000000000000000000");
	same(SPAN(p.k_pi), "00000000000000000000000000000000");
}
END_TEST

/* TR-03110-3 B.1: 63Cx after MSE:Set AT says how many tries are left. */
START_TEST(a_retry_counter_after_set_at_is_no_refusal)
{
	struct pace p = started();

	ck_assert_int_eq(answer(&p, "63C2"), R_OK);
	ck_assert_int_eq(p.step, PACE_NONCE);
}
END_TEST

START_TEST(the_password_is_named_in_set_at)
{
	static struct pace_keys keys;
	const struct curve *c = curve_by_parameter(12);
	struct pace p = { 0 };
	uint8_t buf[300];
	struct sink apdu = SINK(buf);

	ck_assert_int_eq(pace_prepare(&keys), R_OK);
	ck_assert_int_eq(pace_start(&p, protocol_g1(), c, PASSWORD_CAN,
				    span_str("123456"), &keys), R_OK);
	ck_assert_int_eq(pace_command(&p, &apdu), R_OK);
	same(sink_span(&apdu), "0022C1A412800A" G1_OID "83010284010C");
}
END_TEST

START_TEST(an_unknown_protocol_or_empty_password_does_not_start)
{
	static struct pace_keys keys;
	/* id-PACE-DH-GM-AES-128, id-PACE-ECDH-GM-3DES, id-CA-ECDH-AES-128;
	 * with AES-128 over ECDH, but the mappings IM and CAM */
	static const char *const oids[] = { "04007F00070202040102",
		"04007F00070202040201", "04007F00070202030202",
		"04007F00070202040402", "04007F00070202040602" };
	const struct curve *c = curve_by_parameter(12);
	struct pace p = { 0 };

	for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
		HEX(oid, oids[i]);

		ck_assert_int_eq(pace_start(&p, protocol_by_oid(oid), c,
					    PASSWORD_CAN, span_str("123456"),
					    &keys), R_DENIED);
	}
	ck_assert_int_eq(pace_start(&p, protocol_g1(), c, PASSWORD_CAN,
				    span_str(""), &keys), R_MALFORMED);
	ck_assert_int_eq(pace_start(&p, NULL, c, PASSWORD_CAN,
				    span_str("123456"), &keys), R_DENIED);
}
END_TEST

START_TEST(ephemeral_keys_are_new_each_time)
{
	static struct pace_keys a, b;

	ck_assert_int_eq(pace_prepare(&a), R_OK);
	ck_assert_int_eq(pace_prepare(&b), R_OK);
	for (int i = 0; i < CURVE_COUNT; i++) {
		const struct curve *c = curve_at((enum curve_id)i);

		ck_assert_mem_ne(a.map[i].secret, b.map[i].secret, c->field);
		ck_assert_mem_ne(a.agree[i], b.agree[i], c->field);
		ck_assert_mem_ne(a.agree[i], a.map[i].secret, c->field);
		ck_assert_int_eq(curve_check(c, curve_point(c,
						a.map[i].point)), R_OK);
	}
}
END_TEST

/* 4.4.1: both curves agree with themselves, through a mapped generator. */
START_TEST(two_sides_agree_on_each_curve)
{
	const struct curve *c = curve_at((enum curve_id)_i);
	struct curve_key a, b;
	uint8_t ab[CURVE_POINT_MAX], ba[CURVE_POINT_MAX];
	static const uint8_t s[16] = { 1, 2, 3 };

	ck_assert_int_eq(curve_key_new(c, &a), R_OK);
	ck_assert_int_eq(curve_key_new(c, &b), R_OK);
	ck_assert_int_eq(curve_map(c, SPAN(s), a.secret,
				   curve_point(c, b.point), ab), R_OK);
	ck_assert_int_eq(curve_map(c, SPAN(s), b.secret,
				   curve_point(c, a.point), ba), R_OK);
	ck_assert_mem_eq(ab, ba, curve_point_size(c));
}
END_TEST

/* s*G + (n-s)*G: a card that aims at infinity. */
START_TEST(a_mapping_to_infinity_is_refused)
{
	const struct curve *c = curve_by_parameter(12);
	/* the order of P-256 less one: with s = 1 the sum is infinity */
	HEX(minus_one, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550");
	static const uint8_t one[16] = { [15] = 1 };
	uint8_t secret[CURVE_FIELD_MAX] = { [31] = 1 };
	uint8_t peer[CURVE_POINT_MAX], out[CURVE_POINT_MAX];

	ck_assert_int_eq(curve_mul(c, minus_one.p, span_of(NULL, 0), peer),
			 R_OK);
	ck_assert_int_eq(curve_map(c, SPAN(one), secret, SPAN(peer), out),
			 R_MALFORMED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pace");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, worked_example_g1);
	tcase_add_test(t, the_mapped_generator_of_g1);
	tcase_add_loop_test(t, a_flipped_bit_in_any_answer_is_refused, 1, 5);
	tcase_add_loop_test(t, every_truncated_answer_is_refused, 0, 5);
	tcase_add_loop_test(t, what_the_card_must_not_say_is_refused, 0,
			    sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(t, a_retry_counter_after_set_at_is_no_refusal);
	tcase_add_test(t, the_password_is_named_in_set_at);
	tcase_add_test(t, an_unknown_protocol_or_empty_password_does_not_start);
	tcase_add_test(t, ephemeral_keys_are_new_each_time);
	tcase_add_loop_test(t, two_sides_agree_on_each_curve, 0, CURVE_COUNT);
	tcase_add_test(t, a_mapping_to_infinity_is_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
