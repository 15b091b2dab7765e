// SPDX-License-Identifier: GPL-3.0-or-later
/* Secure messaging: 3DES, every cipher, odd instructions, long APDUs. */
#include "emrtd/sm.h"

#include "check_main.h"
#include "emrtd/sm_card.h"
#include "emrtd/vectors_aa.h"
#include "emrtd/vectors_bac.h"

#define LONG 33024

static void wraps(struct sm *sm, struct command c, const char *want)
{
	uint8_t buf[1024];
	struct sink out = SINK(buf);

	ck_assert_int_eq(sm_wrap(sm, &c, &out), R_OK);
	same(sink_span(&out), want);
}

static void unwraps(struct sm *sm, const char *answer, const char *want)
{
	HEX(a, answer);
	uint8_t buf[512];
	struct sink plain = SINK(buf);
	struct response r;

	ck_assert_int_eq(sm_unwrap(sm, a, &plain, &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
	same(r.data, want);
}

START_TEST(worked_example_of_9303_11_D_4)
{
	struct sm sm = sm_with(CIPHER_3DES, D_KS_ENC, D_KS_MAC, D_SSC);
	HEX(id, "011E");

	wraps(&sm, (struct command){ 0, 0xa4, 2, 0x0c, id, 0 }, D_SELECT);
	unwraps(&sm, D_SELECT_ANSWER, "");
	wraps(&sm, (struct command){ 0, 0xb0, 0, 0, { 0 }, 4 }, D_READ_4);
	unwraps(&sm, D_READ_4_ANSWER, "60145F01");
	wraps(&sm, (struct command){ 0, 0xb0, 0, 4, { 0 }, 18 }, D_READ_18);
	unwraps(&sm, D_READ_18_ANSWER, "04303130365F36063034303030305C026175");
	same(span_of(sm.ssc, 8), "887022120C06C22C");
}
END_TEST

START_TEST(active_authentication_of_a_real_chip)
{
	struct sm sm = sm_with(CIPHER_3DES, AA_KS_ENC, AA_KS_MAC, AA_SSC);
	HEX(challenge, AA_CHALLENGE_SENT);

	wraps(&sm, (struct command){ 0, 0x88, 0, 0, challenge, 256 },
	      AA_COMMAND);
	unwraps(&sm, AA_ANSWER, AA_SIGNATURE);
}
END_TEST

START_TEST(every_flipped_bit_of_a_3des_response_is_refused)
{
	struct hex answer = hex(D_READ_4_ANSWER);
	uint8_t buf[64];
	struct response r;

	for (int bit = 0; bit < 8; bit++) {
		struct sm sm = sm_with(CIPHER_3DES, D_KS_ENC, D_KS_MAC,
				       "887022120C06C229");
		struct sink plain = SINK(buf);

		answer.p[_i] ^= (uint8_t)(1 << bit);
		ck_assert_int_ne(sm_unwrap(&sm, span_of(answer.p, answer.n),
					   &plain, &r), R_OK);
		ck_assert(!sm.live);
		answer.p[_i] ^= (uint8_t)(1 << bit);
	}
}
END_TEST

/* The cryptogram and its plaintext are gmrtd's (iso7816/
 * secure_messaging_test.go). */
START_TEST(a_recorded_cryptogram_of_aes_256)
{
	struct sm sm = sm_with(CIPHER_AES256,
		"74B94F408BBB2CD92571FD5B6370A94CCE7A2FA42AE3EB4DA47B97CE6EAA24C6",
		"9E28D5D9FF1D979BE752E8926BF0E1D35A440FC0AEFC4AA3BC5610055AC8B113",
		"00000000000000000000000000000025");
	struct sm card = sm;
	HEX(sealed, "0142E919C115FAF69350B01813D77A9E8D91912A7F717AFD073F199070E61B79C6");
	uint8_t answer[64], buf[64];
	struct sink out = SINK(answer), plain = SINK(buf);
	struct response r;

	card_answers(&card, 0x87, sealed, 0x9000, 0x9000, &out);
	ck_assert_int_eq(sm_unwrap(&sm, sink_span(&out), &plain, &r), R_OK);
	same(r.data, "04303130385F36063034303030305C06617563766D6E");
}
END_TEST

/* -- every cipher ---------------------------------------------------------- */

static struct sm any(enum info_cipher c)
{
	struct session_keys k = { .cipher = c };
	struct sm sm;

	for (size_t i = 0; i < CIPHER_KEY_MAX; i++) {
		k.enc[i] = (uint8_t)(i * 7 + 1);
		k.mac[i] = (uint8_t)(i * 5 + 3);
	}
	sm_start(&sm, &k);
	return sm;
}

/* The card's reading of a protected command: its MAC, data and Le. */
static void card_reads(struct sm *card, struct span apdu, bool odd,
		       struct span data, const char *le)
{
	enum info_cipher c = card->keys.cipher;
	size_t block = cipher_block_size(c);
	bool extended = apdu.p[4] == 0;
	size_t lc = extended ? (size_t)(apdu.p[5] << 8 | apdu.p[6])
			     : apdu.p[4];
	struct span in = span_of(apdu.p + (extended ? 7 : 5), lc), mac;
	size_t objects = lc - 10, cap = 3 * block + lc;
	uint8_t *m = malloc(cap), *plain = malloc(cap);
	struct sink s = sink_of(m, cap), p = sink_of(plain, cap);
	uint8_t want[MAC_SIZE];

	ck_assert_uint_eq(apdu.n, (size_t)(in.p - apdu.p) + lc +
					  (extended ? 2 : 1));
	ck_assert_uint_eq(apdu.p[0], 0x0c);
	card_counts(card);
	sink_put(&s, span_of(card->ssc, block));
	sink_put(&s, span_of(apdu.p, 4));
	cipher_pad(c, &s, 0);
	sink_put(&s, span_of(in.p, objects));
	cipher_pad(c, &s, 0);
	ck_assert_int_eq(cipher_mac(c, card->keys.mac, sink_span(&s),
				    span_of(NULL, 0), want), R_OK);
	mac = span_of(in.p + objects, 10);
	ck_assert_uint_eq(mac.p[0], 0x8e);
	ck_assert_uint_eq(mac.p[1], 8);
	ck_assert_mem_eq(mac.p + 2, want, MAC_SIZE);
	/* what the counter and the padded plaintext must have made of it */
	s.n = 0;
	if (data.n > 0) {
		sink_put(&p, data);
		cipher_pad(c, &p, 0);
		card->ssc[block - 1]--;	/* card_encrypts counts itself */
		card_encrypts(card, odd, sink_span(&p), &s);
		card->ssc[block - 1]++;
		p.n = 0;
		put_object(&p, odd ? 0x85 : 0x87, sink_span(&s));
	}
	if (le) {
		HEX(l, le);

		sink_put(&p, l);
	}
	ck_assert_int_eq(sink_done(&p), R_OK);
	ck_assert_uint_eq(p.n, objects);
	ck_assert_mem_eq(plain, in.p, objects);
	free(m);
	free(plain);
}

static const struct {
	uint8_t ins;
	size_t data;
	uint32_t le;
	const char *object;
	bool extended;
} commands[] = {
	{ 0xb0, 0, 1, "970101", false },
	{ 0xb0, 0, 256, "970100", false },
	{ 0xb0, 0, 257, "97020101", true },
	{ 0xb0, 0, 33000, "970280E8", true },
	{ 0xb0, 0, 65536, "97020000", true },
	{ 0xb1, 6, 256, "970100", false },
	{ 0xb1, 6, 65536, "97020000", true },
	{ 0x22, 15, 0, NULL, false }, { 0x86, 16, 256, "970100", false },
	{ 0x20, 6, 0, NULL, false }, { 0x22, 200, 0, NULL, false },
	{ 0x22, 231, 0, NULL, false /* 3DES: fits; AES: see the test */ },
	{ 0x22, 260, 0, NULL, true }, { 0x86, 512, 256, "970100", true },
};

START_TEST(commands_are_what_the_card_expects)
{
	for (int c = CIPHER_3DES; c <= CIPHER_AES256; c++) {
		struct sm sm = any((enum info_cipher)c), card = sm;
		uint8_t data[512], buf[700];
		struct sink out = SINK(buf);
		struct command cmd = { 0, commands[_i].ins, 0x12, 0x34,
				       span_of(data, commands[_i].data),
				       commands[_i].le };
		size_t block = cipher_block_size((enum info_cipher)c);
		size_t sealed = (cmd.data.n / block + 1) * block + 1;

		memset(data, 0x5a, sizeof(data));
		ck_assert_int_eq(sm_wrap(&sm, &cmd, &out), R_OK);
		card_reads(&card, sink_span(&out), cmd.ins & 1, cmd.data,
			   commands[_i].object);
		/* extended as the answer or the protected data wants it */
		ck_assert((buf[4] == 0) == (commands[_i].extended ||
			  (cmd.data.n && object_size(sealed) + 10 > 255)));
		ck_assert_uint_eq(buf[out.n - 1], 0);
	}
}
END_TEST

/* An answer of n bytes, in DO'87' or DO'85'. */
static void answer_of(struct sm *card, size_t n, bool odd, struct sink *out)
{
	struct sink blocks = sink_of(malloc(n + 16), n + 16);
	struct sink sealed = sink_of(malloc(n + 17), n + 17);

	for (size_t i = 0; i < n; i++)
		sink_u8(&blocks, (uint8_t)(i ^ (i >> 8)));
	cipher_pad(card->keys.cipher, &blocks, 0);
	card_encrypts(card, odd, sink_span(&blocks), &sealed);
	card_answers(card, odd ? 0x85 : 0x87, sink_span(&sealed), 0x9000,
		     0x9000, out);
	free(blocks.p);
	free(sealed.p);
}

static const size_t lengths[] = {
	0, 1, 7, 8, 15, 16, 100, 111, 112, 113, 127, 128, 222, 223, 224, 231,
	232, 239, 240, 255, 256, 511, 512, 4096, 32767, LONG, 65000,
};

START_TEST(answers_of_every_length_class_are_opened)
{
	static uint8_t answer[66000], buf[66000];

	for (int c = CIPHER_3DES; c <= CIPHER_AES256; c++) {
		struct sm sm = any((enum info_cipher)c), card = sm;
		struct sink out = SINK(answer), plain = SINK(buf);
		struct response r;

		answer_of(&card, lengths[_i], false, &out);
		ck_assert_int_eq(sm_unwrap(&sm, sink_span(&out), &plain, &r),
				 R_OK);
		ck_assert_uint_eq(r.data.n, lengths[_i]);
		for (size_t i = 0; i < r.data.n; i++)
			if (r.data.p[i] != (uint8_t)(i ^ (i >> 8)))
				ck_abort_msg("byte %zu", i);
	}
}
END_TEST

START_TEST(a_flipped_bit_of_a_long_answer_is_refused)
{
	static uint8_t answer[LONG + 64], buf[LONG + 64];

	for (int c = CIPHER_3DES; c <= CIPHER_AES128; c++) {
		for (size_t at = 0; at < LONG; at += 1021) {
			struct sm sm = any((enum info_cipher)c), card = sm;
			struct sink out = SINK(answer), plain = SINK(buf);
			struct response r;

			answer_of(&card, LONG, false, &out);
			answer[at] ^= 0x40;
			ck_assert_int_ne(sm_unwrap(&sm, sink_span(&out),
						   &plain, &r), R_OK);
		}
	}
}
END_TEST

/* -- odd instructions ------------------------------------------------------ */

static enum result odd_opens(uint8_t ins, bool odd)
{
	struct sm sm = any(CIPHER_AES128), card = sm;
	uint8_t answer[64], buf[64];
	struct sink out = SINK(answer), plain = SINK(buf);
	struct command c = { 0, ins, 0, 0, { 0 }, 256 };
	struct response r;
	enum result got;

	ck_assert_int_eq(sm_wrap(&sm, &c, &plain), R_OK);
	plain.n = 0;
	card_counts(&card);
	answer_of(&card, 20, odd, &out);
	got = sm_unwrap(&sm, sink_span(&out), &plain, &r);
	if (got == R_OK)
		ck_assert_uint_eq(r.data.n, 20);
	return got;
}

START_TEST(the_instruction_decides_the_data_object)
{
	ck_assert_int_eq(odd_opens(0xb0, false), R_OK);
	ck_assert_int_eq(odd_opens(0xb1, true), R_OK);
	ck_assert_int_eq(odd_opens(0xb0, true), R_MALFORMED);
	ck_assert_int_eq(odd_opens(0xb1, false), R_MALFORMED);
}
END_TEST

START_TEST(an_odd_instruction_is_forgotten_by_the_next)
{
	struct sm sm = any(CIPHER_AES192), card = sm;
	uint8_t answer[64], buf[64];
	struct sink out = SINK(answer), plain = SINK(buf);
	struct command c = { 0, 0xb1, 0, 0, { 0 }, 256 };
	struct response r;

	ck_assert_int_eq(sm_wrap(&sm, &c, &plain), R_OK);
	card_counts(&card);
	answer_of(&card, 3, true, &out);
	plain.n = 0;
	ck_assert_int_eq(sm_unwrap(&sm, sink_span(&out), &plain, &r), R_OK);
	c.ins = 0xb0;
	plain.n = out.n = 0;
	ck_assert_int_eq(sm_wrap(&sm, &c, &plain), R_OK);
	card_counts(&card);
	answer_of(&card, 5, false, &out);
	plain.n = 0;
	ck_assert_int_eq(sm_unwrap(&sm, sink_span(&out), &plain, &r), R_OK);
	ck_assert_uint_eq(r.data.n, 5);
}
END_TEST

/* -- how much an answer holds ---------------------------------------------- */

START_TEST(the_most_that_an_answer_holds)
{
	struct sm aes = any(CIPHER_AES256), des = any(CIPHER_3DES);

	ck_assert_uint_eq(sm_plain_max(&aes, 256), 223);
	ck_assert_uint_eq(sm_plain_max(&des, 256), 231);
	ck_assert_uint_eq(sm_plain_max(&aes, 0), 0);
	ck_assert_uint_eq(sm_plain_max(&aes, 14 + 18), 0);
	ck_assert_uint_eq(sm_plain_max(&aes, 14 + 19), 15);
	ck_assert_uint_eq(sm_plain_max(&des, 14 + 10), 0);
	ck_assert_uint_eq(sm_plain_max(&des, 14 + 11), 7);
}
END_TEST

/* By trying: an answer with as much fits, one with a byte more does not. */
START_TEST(the_most_that_an_answer_holds_is_exact)
{
	static uint8_t answer[70000];

	for (int c = CIPHER_3DES; c <= CIPHER_AES128; c++) {
		for (size_t room = 30; room < 66000;
		     room += room < 600 ? 1 : 4099) {
			struct sm card = any((enum info_cipher)c);
			size_t max = sm_plain_max(&card, room);
			struct sink out = SINK(answer);

			if (max == 0)
				continue;
			answer_of(&card, max, false, &out);
			ck_assert_uint_le(out.n - 2, room);
			out.n = 0;
			answer_of(&card, max + 1, false, &out);
			ck_assert_uint_gt(out.n - 2, room);
		}
	}
}
END_TEST

static Suite *suite(void)
{
	const int n = (int)(sizeof(D_READ_4_ANSWER) / 2);
	Suite *s = suite_create("sm_forms");
	TCase *t = tcase_create("all");

	tcase_add_test(t, worked_example_of_9303_11_D_4);
	tcase_add_test(t, active_authentication_of_a_real_chip);
	tcase_add_loop_test(t, every_flipped_bit_of_a_3des_response_is_refused,
			    0, n);
	tcase_add_test(t, a_recorded_cryptogram_of_aes_256);
	tcase_add_loop_test(t, commands_are_what_the_card_expects, 0,
			    sizeof(commands) / sizeof(commands[0]));
	tcase_add_loop_test(t, answers_of_every_length_class_are_opened, 0,
			    sizeof(lengths) / sizeof(lengths[0]));
	tcase_add_test(t, a_flipped_bit_of_a_long_answer_is_refused);
	tcase_add_test(t, the_instruction_decides_the_data_object);
	tcase_add_test(t, an_odd_instruction_is_forgotten_by_the_next);
	tcase_add_test(t, the_most_that_an_answer_holds);
	tcase_add_test(t, the_most_that_an_answer_holds_is_exact);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
