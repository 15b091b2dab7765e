// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/bac.h"

#include "check_main.h"
#include "emrtd/vectors_bac.h"

#define CHALLENGE_ANSWER D_RND_IC "9000"
#define TOKEN_ANSWER     D_E_IC D_M_IC "9000"

static struct bac_random example(void)
{
	struct bac_random r;
	HEX(rnd, D_RND_IFD);
	HEX(k, D_K_IFD);

	memcpy(r.rnd_ifd, rnd.p, sizeof(r.rnd_ifd));
	memcpy(r.k_ifd, k.p, sizeof(r.k_ifd));
	return r;
}

static struct bac started(void)
{
	const struct bac_random r = example();
	struct bac b;

	ck_assert_int_eq(bac_start(&b, span_str(D_MRZ_KEY), &r), R_OK);
	ck_assert_int_eq(b.step, BAC_GET_CHALLENGE);
	return b;
}

static void sends(struct bac *b, const char *want)
{
	uint8_t buf[64];
	struct sink out = SINK(buf);

	ck_assert_int_eq(bac_command(b, &out), R_OK);
	same(sink_span(&out), want);
}

static enum result gets(struct bac *b, const char *answer)
{
	HEX(a, answer);

	return bac_response(b, a);
}

static struct bac challenged(void)
{
	struct bac b = started();

	ck_assert_int_eq(gets(&b, CHALLENGE_ANSWER), R_OK);
	ck_assert_int_eq(b.step, BAC_AUTHENTICATE);
	return b;
}

/* After a failure nothing is said, and nothing is left. */
static void is_dead(struct bac *b)
{
	uint8_t buf[64];
	struct sink out = SINK(buf);
	struct session_keys k = { .cipher = CIPHER_AES192 };
	struct bac nothing;

	ck_assert_int_eq(b->step, BAC_FAILED);
	ck_assert(!bac_done(b));
	ck_assert_int_eq(bac_command(b, &out), R_DENIED);
	ck_assert_uint_eq(out.n, 0);
	ck_assert_int_eq(gets(b, CHALLENGE_ANSWER), R_DENIED);
	ck_assert_int_eq(gets(b, TOKEN_ANSWER), R_DENIED);
	ck_assert_int_eq(bac_session(b, &k), R_DENIED);
	ck_assert_int_eq(k.cipher, CIPHER_AES192);
	b->step = BAC_GET_CHALLENGE;
	b->sw = 0;
	memset(&nothing, 0, sizeof(nothing));
	ck_assert_mem_eq(b, &nothing, sizeof(nothing));
}

static void fails(struct bac b, const char *answer, enum result want)
{
	ck_assert_int_eq(gets(&b, answer), want);
	is_dead(&b);
}

START_TEST(worked_example_of_9303_11_D_3)
{
	struct bac b = started();
	struct session_keys k;

	sends(&b, "0084000008");
	ck_assert_int_eq(gets(&b, CHALLENGE_ANSWER), R_OK);
	sends(&b, "0082000028" D_E_IFD D_M_IFD "28");
	ck_assert(!bac_done(&b));
	ck_assert_int_eq(gets(&b, TOKEN_ANSWER), R_OK);
	ck_assert(bac_done(&b));
	ck_assert_uint_eq(b.sw, SW_OK);
	ck_assert_int_eq(bac_session(&b, &k), R_OK);
	ck_assert_int_eq(k.cipher, CIPHER_3DES);
	set_parity(k.enc, 16);
	set_parity(k.mac, 16);
	same(span_of(k.enc, 16), D_KS_ENC);
	same(span_of(k.mac, 16), D_KS_MAC);
	same(span_of(k.ssc, 8), D_SSC);
	bac_wipe(&b);
	ck_assert(!bac_done(&b));
}
END_TEST

START_TEST(nothing_follows_the_last_step)
{
	struct bac b = challenged();
	uint8_t buf[64];
	struct sink out = SINK(buf);

	ck_assert_int_eq(gets(&b, TOKEN_ANSWER), R_OK);
	ck_assert_int_eq(bac_command(&b, &out), R_DENIED);
	ck_assert_int_eq(gets(&b, TOKEN_ANSWER), R_DENIED);
	ck_assert_uint_eq(out.n, 0);
	ck_assert(bac_done(&b));
}
END_TEST

START_TEST(there_are_no_keys_before_the_last_step)
{
	struct bac b = started();
	struct session_keys k = { .cipher = CIPHER_AES192 };

	ck_assert_int_eq(bac_session(&b, &k), R_DENIED);
	b = challenged();
	ck_assert_int_eq(bac_session(&b, &k), R_DENIED);
	ck_assert_int_eq(k.cipher, CIPHER_AES192);
}
END_TEST

START_TEST(an_empty_mrz_starts_nothing)
{
	const struct bac_random r = example();
	struct bac b = started();

	ck_assert_int_eq(bac_start(&b, span_str(""), &r), R_MALFORMED);
	is_dead(&b);
}
END_TEST

START_TEST(numbers_that_are_made_are_not_the_same_twice)
{
	struct bac_random a, b;

	ck_assert_int_eq(bac_prepare(&a), R_OK);
	ck_assert_int_eq(bac_prepare(&b), R_OK);
	ck_assert_mem_ne(a.rnd_ifd, b.rnd_ifd, sizeof(a.rnd_ifd));
	ck_assert_mem_ne(a.k_ifd, b.k_ifd, sizeof(a.k_ifd));
	ck_assert_mem_ne(a.k_ifd, a.rnd_ifd, sizeof(a.rnd_ifd));
}
END_TEST

/* -- the challenge --------------------------------------------------------- */

static const struct { const char *answer; enum result r; } challenges[] = {
	{ "6D00", R_MALFORMED }, { "6982", R_MALFORMED },
	{ D_RND_IC "6282", R_MALFORMED }, { D_RND_IC "9001", R_MALFORMED },
	{ "9000", R_MALFORMED }, { "4608F919887022" "9000", R_MALFORMED },
	{ D_RND_IC "00" "9000", R_MALFORMED }, { "", R_MALFORMED },
	{ "90", R_MALFORMED }, { TOKEN_ANSWER, R_MALFORMED },
};

START_TEST(a_challenge_that_is_none_is_refused)
{
	fails(started(), challenges[_i].answer, challenges[_i].r);
}
END_TEST

START_TEST(the_status_word_of_a_failure_is_kept)
{
	struct bac b = challenged();

	ck_assert_int_eq(gets(&b, "6300"), R_DENIED);
	ck_assert_uint_eq(b.sw, 0x6300);
}
END_TEST

/* -- the token ------------------------------------------------------------- */

/* The card's answer with this R, under the keys of the example. */
static void sealed_answer(const char *r, char out[85])
{
	HEX(plain, r);
	HEX(enc, D_K_ENC);
	HEX(mac, D_K_MAC);
	uint8_t token[42];

	ck_assert_int_eq(cipher_cbc(CIPHER_3DES, enc.p, NULL, true, plain,
				    token), R_OK);
	ck_assert_int_eq(cipher_mac_padded(CIPHER_3DES, mac.p,
					   span_of(token, 32),
					   span_of(NULL, 0), token + 32),
			 R_OK);
	token[40] = 0x90;
	token[41] = 0x00;
	hex_encode(SPAN(token), out);
}

START_TEST(challenges_that_are_not_ours_are_refused)
{
	char answer[85];

	sealed_answer(D_RND_IC D_RND_IFD D_K_IC, answer);
	struct bac b = challenged();
	ck_assert_int_eq(gets(&b, answer), R_OK);
	/* the card's own challenge, and ours, in every byte */
	for (size_t i = 0; i < 16; i++) {
		char r[] = D_RND_IC D_RND_IFD D_K_IC;

		r[2 * i] = r[2 * i] == '0' ? '1' : '0';
		sealed_answer(r, answer);
		fails(challenged(), answer, R_MALFORMED);
	}
	/* our own token, played back to us */
	fails(challenged(), D_E_IFD D_M_IFD "9000", R_MALFORMED);
}
END_TEST

START_TEST(every_flipped_bit_of_the_token_is_a_wrong_mac)
{
	struct hex h = hex(TOKEN_ANSWER);

	for (int bit = 0; bit < 8; bit++) {
		struct bac b = challenged();

		h.p[_i] ^= (uint8_t)(1 << bit);
		ck_assert_int_eq(bac_response(&b, span_of(h.p, h.n)),
				 R_DENIED);
		is_dead(&b);
		h.p[_i] ^= (uint8_t)(1 << bit);
	}
}
END_TEST

START_TEST(every_truncated_token_is_refused)
{
	HEX(whole, TOKEN_ANSWER);
	struct bac b = challenged();
	uint8_t *copy = malloc((size_t)_i + 1);

	memcpy(copy, whole.p, (size_t)_i);
	ck_assert_int_ne(bac_response(&b, span_of(copy, (size_t)_i)), R_OK);
	is_dead(&b);
	free(copy);
}
END_TEST

static const struct { const char *answer; enum result r; } tokens[] = {
	{ "6300", R_DENIED }, { "63C2", R_DENIED }, { "6982", R_DENIED },
	{ "6983", R_DENIED }, { "6985", R_DENIED },
	{ "6988", R_MALFORMED }, { "6700", R_MALFORMED },
	{ "6D00", R_MALFORMED },
	/* a good token under another word */
	{ D_E_IC D_M_IC "6282", R_MALFORMED },
	{ D_E_IC D_M_IC "6300", R_DENIED },
	{ D_E_IC D_M_IC "9001", R_MALFORMED },
	/* lengths */
	{ "9000", R_MALFORMED }, { D_E_IC "9000", R_MALFORMED },
	{ D_E_IC D_M_IC "00" "9000", R_MALFORMED },
	/* a MAC that is none */
	{ D_E_IC "0000000000000000" "9000", R_DENIED },
};

START_TEST(a_token_that_is_none_is_refused)
{
	fails(challenged(), tokens[_i].answer, tokens[_i].r);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("bac");
	TCase *t = tcase_create("all");

	tcase_add_test(t, worked_example_of_9303_11_D_3);
	tcase_add_test(t, nothing_follows_the_last_step);
	tcase_add_test(t, there_are_no_keys_before_the_last_step);
	tcase_add_test(t, an_empty_mrz_starts_nothing);
	tcase_add_test(t, numbers_that_are_made_are_not_the_same_twice);
	tcase_add_loop_test(t, a_challenge_that_is_none_is_refused, 0,
			    sizeof(challenges) / sizeof(challenges[0]));
	tcase_add_test(t, the_status_word_of_a_failure_is_kept);
	tcase_add_test(t, challenges_that_are_not_ours_are_refused);
	tcase_add_loop_test(t, every_flipped_bit_of_the_token_is_a_wrong_mac,
			    0, 40);
	tcase_add_loop_test(t, every_truncated_token_is_refused, 0, 42);
	tcase_add_loop_test(t, a_token_that_is_none_is_refused, 0,
			    sizeof(tokens) / sizeof(tokens[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
