// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * 9303-11 has no worked example of secure messaging with AES; that with 3DES
 * (appendix D.4) is in check_sm_forms.c. The three
 * exchanges here are recorded sessions that another reader publishes as its
 * tests: a SELECT, an MSE:Set AT and a READ BINARY. They hold no personal data.
 */
#include "emrtd/sm.h"

#include "check_main.h"
#include "emrtd/sm_card.h"

static void wraps(struct sm *sm, struct command c, const char *want)
{
	uint8_t buf[512];
	struct sink out = SINK(buf);

	ck_assert_int_eq(sm_wrap(sm, &c, &out), R_OK);
	same(sink_span(&out), want);
}

START_TEST(mse_set_at_of_a_recorded_session)
{
	struct sm sm = sm_with(CIPHER_AES128,
			       "CC86415F2ED7E8FD663B754265695AE1",
			       "581E84B8EE06C4D3EEE30461498D7FB3",
			       "000000000000000000000000000000BA");
	HEX(data, "800A04007F000702020302028401C3");

	wraps(&sm, (struct command){ 0, 0x22, 0x41, 0xa4, data, 0 },
	      "0C2241A41D871101980953D37F67558690045D78A853B18A"
	      "8E08929767A2CEF172E200");
	same(SPAN(sm.ssc), "000000000000000000000000000000BB");
}
END_TEST

#define READ_SM sm_with(CIPHER_AES128, "A8E85E938514EC67AE33CDA3D43D3C48", \
			"27F1ADEB705A049A305B0C619B14B9B3", \
			"0000000000000000000000000000000B")
#define READ_ANSWER \
	"8781E1012FABF9E0655D7E987FD28A8AEB19C9CADD990D49399799ED1FE465BC" \
	"EA56DA9BA3024291D40D23D7F1E00485D71FADDC6D8C1382E8028DD22EFDCC72" \
	"ED47663D56D20DD6C4B867956FE0507313083AE7FC54FB46133F184FEBBE13AD" \
	"6FD3E2616A1F4A829E75ADA1A0E443CA738288F6014BE8A7745D8259B089E6BE" \
	"E35BCC4BF5B63DB5FDD84244F67ECA099213B70A861B4487225AA68AF684278F" \
	"CEB4CB809DE42BE3EE95B0E0D72BCDB0ED47CB56EFC264E04A9397A90E81AD1D" \
	"81EFA2D14B2CA8EC7BD997F4B1C1FD344D5DEE8589C38B227CA4CB35810060A7" \
	"CC76403E990290008E083EB47EF4FA82AFC99000"
#define READ_PLAIN \
	"A729901D1A71874700133107EC53306404307BC382C63D8C150C3C72080ACE05" \
	"AFA0C2BEA28E4FB22787139165EFBA91F90F8AA5814A503AD4EB04A8C7DD22CE" \
	"2826043004A8C7DD22CE28268B39B55416F0447C2FB77DE107DCD2A62E880EA5" \
	"3EEB62D57CB4390295DBC9943AB78696FA504C110461041D1C64F068CF45FFA2" \
	"A63A81B7C13F6B8847A3E77EF14FE3DB7FCAFE0CBD10E8E826E03436D646AAEF" \
	"87B2E247D4AF1E8ABE1D7520F9C2A45CB1EB8E95CFD55262B70B29FEEC5864E1" \
	"9C054FF99129280E4646217791811142820341263C53150231008CB91E82A3"

START_TEST(read_binary_of_a_recorded_session)
{
	struct sm sm = READ_SM;
	HEX(answer, READ_ANSWER);
	uint8_t buf[512];
	struct sink plain = SINK(buf);
	struct response r;

	ck_assert_int_eq(sm_unwrap(&sm, answer, &plain, &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
	ck_assert_uint_eq(r.data.n, sm_plain_max(&sm, 256));
	same(r.data, READ_PLAIN);
	same(SPAN(sm.ssc), "0000000000000000000000000000000C");
}
END_TEST

/* A whole answer of exactly 256 bytes and the status word would carry no
 * more: 223 is the most. */
START_TEST(the_largest_answer_fits_a_short_apdu)
{
	HEX(answer, READ_ANSWER);

	ck_assert_uint_le(answer.n, 256 + 2);
	ck_assert_uint_gt(answer.n + CIPHER_BLOCK_MAX, 256 + 2);
}
END_TEST

START_TEST(every_flipped_bit_of_a_response_is_refused)
{
	struct sm sm = READ_SM;
	struct hex answer = hex(READ_ANSWER);
	uint8_t buf[512];
	struct sink plain = SINK(buf);
	struct response r = { .sw = 1 };
	enum result got;

	for (int bit = 0; bit < 8; bit++) {
		sm = READ_SM;
		plain = (struct sink)SINK(buf);
		answer.p[_i] ^= (uint8_t)(1 << bit);
		got = sm_unwrap(&sm, span_of(answer.p, answer.n), &plain, &r);
		ck_assert(got == R_MALFORMED || got == R_DENIED);
		ck_assert_uint_eq(r.sw, 1);
		ck_assert(!sm.live);
		answer.p[_i] ^= (uint8_t)(1 << bit);
	}
}
END_TEST

START_TEST(every_truncated_response_is_refused)
{
	struct sm sm = READ_SM;
	HEX(answer, READ_ANSWER);
	uint8_t *copy = malloc((size_t)_i + 1);
	uint8_t buf[512];
	struct sink plain = SINK(buf);
	struct response r;

	memcpy(copy, answer.p, (size_t)_i);
	ck_assert_int_ne(sm_unwrap(&sm, span_of(copy, (size_t)_i), &plain,
				   &r), R_OK);
	free(copy);
}
END_TEST

static void refused(const char *answer, enum result want)
{
	struct sm sm = READ_SM;
	HEX(a, answer);
	uint8_t buf[512], more[64];
	struct sink plain = SINK(buf), out = SINK(more);
	struct response r = { .sw = 1 };
	struct command c = { 0, 0xb0, 0, 0, { 0 }, 8 };

	ck_assert_int_eq(sm_unwrap(&sm, a, &plain, &r), want);
	ck_assert_uint_eq(r.sw, 1);
	/* and nothing works after it */
	ck_assert_int_eq(sm_wrap(&sm, &c, &out), R_DENIED);
	ck_assert_int_eq(sm_unwrap(&sm, a, &plain, &r), R_DENIED);
	ck_assert_uint_eq(out.n, 0);
}

static const struct { const char *answer; enum result r; } bad[] = {
	/* not protected, whatever the status word */
	{ "9000", R_MALFORMED }, { "6988", R_MALFORMED },
	{ "6A82", R_MALFORMED }, { "01029000", R_MALFORMED },
	/* without DO'99', without DO'8E', in another order, twice, more */
	{ "8E083EB47EF4FA82AFC99000", R_MALFORMED },
	{ "990290009000", R_MALFORMED },
	{ "8E083EB47EF4FA82AFC9990290009000", R_MALFORMED },
	{ "99029000990290008E083EB47EF4FA82AFC99000", R_MALFORMED },
	{ "990290008E083EB47EF4FA82AFC900009000", R_MALFORMED },
	{ "990290008E073EB47EF4FA82AF9000", R_MALFORMED },
	{ "9903900000" "8E083EB47EF4FA82AFC99000", R_MALFORMED },
	{ "8700990290008E083EB47EF4FA82AFC99000", R_MALFORMED },
	/* DO'85' is for odd instructions */
	{ "8510" "00000000000000000000000000000000"
	  "990290008E083EB47EF4FA82AFC99000", R_MALFORMED },
	/* a MAC that is none */
	{ "990290008E0800000000000000009000", R_DENIED },
	/* an empty answer */
	{ "", R_MALFORMED }, { "90", R_MALFORMED },
};

START_TEST(a_response_that_is_not_protected_as_it_must_be_is_refused)
{
	refused(bad[_i].answer, bad[_i].r);
}
END_TEST

/* What the other side would send: to test what a valid MAC covers. */
static enum result opens(struct span cryptogram, uint16_t inner,
			 uint16_t outer, struct response *r)
{
	struct sm card = READ_SM, sm = READ_SM;
	uint8_t answer[512];
	static uint8_t buf[512];
	struct sink plain = SINK(buf), out = SINK(answer);

	card_answers(&card, 0x87, cryptogram, inner, outer, &out);
	return sm_unwrap(&sm, sink_span(&out), &plain, r);
}

START_TEST(a_status_word_alone_is_protected_too)
{
	struct response r;

	ck_assert_int_eq(opens(span_of(NULL, 0), 0x6a82, 0x6a82, &r), R_OK);
	ck_assert_uint_eq(r.sw, 0x6a82);
	ck_assert_uint_eq(r.data.n, 0);
}
END_TEST

START_TEST(status_words_that_differ_are_refused)
{
	struct response r;

	ck_assert_int_eq(opens(span_of(NULL, 0), 0x9000, 0x6a82, &r),
			 R_MALFORMED);
	ck_assert_int_eq(opens(span_of(NULL, 0), 0x6a82, 0x9000, &r),
			 R_MALFORMED);
}
END_TEST

static enum result opens_as(uint8_t padding, const char *block,
			    struct response *r)
{
	const struct sm card = READ_SM;
	HEX(b, block);
	uint8_t c[1 + 64];
	struct sink out = SINK(c);

	card_encrypts(&card, false, b, &out);
	c[0] = padding;
	return opens(sink_span(&out), 0x9000, 0x9000, r);
}

static enum result opens_plain(const char *block, struct response *r)
{
	return opens_as(0x01, block, r);
}

START_TEST(padding_is_80_and_fewer_than_16_zeros)
{
	struct response r;

	ck_assert_int_eq(opens_plain("00112233445566778899AABBCCDDEE80", &r),
			 R_OK);
	ck_assert_uint_eq(r.data.n, 15);
	ck_assert_int_eq(opens_plain("80000000000000000000000000000000", &r),
			 R_OK);
	ck_assert_uint_eq(r.data.n, 0);
	ck_assert_int_eq(opens_plain("00112233445566778899AABBCCDDEEFF", &r),
			 R_MALFORMED);
	ck_assert_int_eq(opens_plain("00000000000000000000000000000000", &r),
			 R_MALFORMED);
	ck_assert_int_eq(opens_plain("00112233445566778899AABBCCDDEE80"
				     "00000000000000000000000000000000", &r),
			 R_MALFORMED);
}
END_TEST

START_TEST(a_cryptogram_of_another_form_is_refused)
{
	struct response r;
	uint8_t c[33] = { 0x01 };

	ck_assert_int_eq(opens(span_of(c, 1), 0x9000, 0x9000, &r),
			 R_MALFORMED);		/* no block */
	ck_assert_int_eq(opens(span_of(c, 16), 0x9000, 0x9000, &r),
			 R_MALFORMED);		/* a part of one */
	/* another padding, or none, of a block that would be good */
	ck_assert_int_eq(opens_as(0x02, "00112233445566778899AABBCCDDEE80",
				  &r), R_MALFORMED);
	ck_assert_int_eq(opens_as(0x00, "00112233445566778899AABBCCDDEE80",
				  &r), R_MALFORMED);
}
END_TEST

START_TEST(new_keys_begin_with_their_own_counter)
{
	struct session_keys k = { CIPHER_AES128, { 1 }, { 2 }, { 0 } };
	struct sm sm = READ_SM;
	static const uint8_t zero[CIPHER_BLOCK_MAX];

	ck_assert_mem_ne(sm.ssc, zero, sizeof(zero));
	sm_start(&sm, &k);
	ck_assert_mem_eq(sm.ssc, zero, sizeof(zero));
	ck_assert(sm.live);
	k.ssc[3] = 7;
	sm_start(&sm, &k);
	ck_assert_mem_eq(sm.ssc, k.ssc, sizeof(k.ssc));
	sm_start(&sm, &sm.keys);	/* its own keys, again */
	ck_assert_mem_eq(sm.keys.enc, k.enc, sizeof(k.enc));
}
END_TEST

START_TEST(a_replayed_response_is_refused)
{
	struct sm card = READ_SM, sm = READ_SM;
	uint8_t answer[64], buf[64];
	struct sink plain = SINK(buf), out = SINK(answer);
	struct response r;

	card_answers(&card, 0, span_of(NULL, 0), 0x9000, 0x9000, &out);
	ck_assert_int_eq(sm_unwrap(&sm, sink_span(&out), &plain, &r), R_OK);
	ck_assert_int_eq(sm_unwrap(&sm, sink_span(&out), &plain, &r),
			 R_DENIED);
}
END_TEST

START_TEST(the_counter_carries_over_all_its_bytes)
{
	struct sm sm = sm_with(CIPHER_AES128, G1_KS_ENC, G1_KS_MAC,
			       "00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
	uint8_t buf[64];
	struct sink out = SINK(buf);
	struct command c = { 0, 0xb0, 0, 0, { 0 }, 8 };

	ck_assert_int_eq(sm_wrap(&sm, &c, &out), R_OK);
	same(SPAN(sm.ssc), "01000000000000000000000000000000");
}
END_TEST

/* VERIFY that asks how many tries are left: DO'8E' alone, over counter and
 * padded header, with no second padding. */
START_TEST(a_command_without_data_and_le_has_its_mac_alone)
{
	struct sm sm = READ_SM;
	uint8_t buf[64], m[32] = { 0 }, want[MAC_SIZE];
	struct sink out = SINK(buf);
	struct command c = { 0, 0x20, 0, 0x81, { 0 }, 0 };

	ck_assert_int_eq(sm_wrap(&sm, &c, &out), R_OK);
	memcpy(m, sm.ssc, 16);
	memcpy(m + 16, "\x0c\x20\x00\x81\x80", 5);
	ck_assert_int_eq(cipher_mac(sm.keys.cipher, sm.keys.mac, SPAN(m),
				    span_of(NULL, 0), want), R_OK);
	ck_assert_uint_eq(out.n, 16);
	ck_assert_mem_eq(buf, "\x0c\x20\x00\x81\x0a\x8e\x08", 7);
	ck_assert_mem_eq(buf + 7, want, sizeof(want));
	ck_assert_uint_eq(buf[15], 0);
}
END_TEST

START_TEST(a_le_that_does_not_exist_is_not_sent)
{
	struct sm sm = READ_SM, before = sm;
	uint8_t buf[64];
	struct sink out = SINK(buf);
	struct command c = { 0, 0xb0, 0, 0, { 0 }, 65537 };

	ck_assert_int_eq(sm_wrap(&sm, &c, &out), R_INTERNAL);
	ck_assert_mem_eq(&sm, &before, sizeof(sm));	/* nothing is lost */
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

/* The counter went on, and the card's did not. */
START_TEST(a_command_that_does_not_fit_ends_the_session)
{
	struct sm sm = READ_SM;
	uint8_t buf[2048], data[513] = { 0 };
	struct sink out = SINK(buf), little = sink_of(buf, 20);
	struct command c = { 0, 0xa4, 0, 0, SPAN(data), 8 };

	ck_assert_int_eq(sm_wrap(&sm, &c, &out), R_INTERNAL);
	ck_assert(!sm.live);
	ck_assert_int_eq(sm_wrap(&sm, &c, &out), R_DENIED);
	sm = READ_SM;
	c.data.n = 8;
	ck_assert_int_eq(sm_wrap(&sm, &c, &little), R_INTERNAL);
	ck_assert(!sm.live);
}
END_TEST

START_TEST(without_keys_nothing_is_said_or_heard)
{
	struct sm sm = READ_SM;
	HEX(answer, READ_ANSWER);
	uint8_t buf[512];
	struct sink out = SINK(buf);
	struct command c = { 0, 0xb0, 0, 0, { 0 }, 8 };
	struct response r;

	sm_wipe(&sm);
	ck_assert_int_eq(sm_wrap(&sm, &c, &out), R_DENIED);
	ck_assert_int_eq(sm_unwrap(&sm, answer, &out, &r), R_DENIED);
	/* not even with good keys */
	sm = READ_SM;
	sm.live = false;
	ck_assert_int_eq(sm_wrap(&sm, &c, &out), R_DENIED);
	ck_assert_int_eq(sm_unwrap(&sm, answer, &out, &r), R_DENIED);
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

/* READ_ANSWER needs its padding too while it is decrypted. */
START_TEST(a_plaintext_beyond_the_room_is_refused)
{
	HEX(answer, READ_ANSWER);
	uint8_t buf[224];
	struct response r;

	for (size_t cap = 200; cap <= sizeof(buf); cap++) {
		struct sm sm = READ_SM;
		struct sink plain = sink_of(buf, cap);

		ck_assert_int_eq(sm_unwrap(&sm, answer, &plain, &r),
				 cap < sizeof(buf) ? R_MALFORMED : R_OK);
	}
}
END_TEST

static Suite *suite(void)
{
	const int n = (int)(sizeof(READ_ANSWER) / 2);
	Suite *s = suite_create("sm");
	TCase *t = tcase_create("all");

	tcase_add_test(t, mse_set_at_of_a_recorded_session);
	tcase_add_test(t, read_binary_of_a_recorded_session);
	tcase_add_test(t, the_largest_answer_fits_a_short_apdu);
	tcase_add_loop_test(t, every_flipped_bit_of_a_response_is_refused, 0,
			    n);
	tcase_add_loop_test(t, every_truncated_response_is_refused, 0, n);
	tcase_add_loop_test(t,
		a_response_that_is_not_protected_as_it_must_be_is_refused, 0,
		sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, a_status_word_alone_is_protected_too);
	tcase_add_test(t, status_words_that_differ_are_refused);
	tcase_add_test(t, padding_is_80_and_fewer_than_16_zeros);
	tcase_add_test(t, a_cryptogram_of_another_form_is_refused);
	tcase_add_test(t, new_keys_begin_with_their_own_counter);
	tcase_add_test(t, a_replayed_response_is_refused);
	tcase_add_test(t, the_counter_carries_over_all_its_bytes);
	tcase_add_test(t, a_command_without_data_and_le_has_its_mac_alone);
	tcase_add_test(t, a_le_that_does_not_exist_is_not_sent);
	tcase_add_test(t, a_command_that_does_not_fit_ends_the_session);
	tcase_add_test(t, without_keys_nothing_is_said_or_heard);
	tcase_add_test(t, a_plaintext_beyond_the_room_is_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
