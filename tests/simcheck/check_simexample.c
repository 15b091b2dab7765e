/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chip replays ICAO 9303-11, appendix G.1 (PACE, ECDH, generic mapping,
 * brainpoolP256r1, AES-128) with the example's random numbers.
 */
#include <string.h>

#include "support_terminal.h"

#include "check_main.h"

#define NONCE   "3F00C4D39D153F2B2A214A078D899B22"
#define MAP_IC \
	"498FF49756F2DC1587840041839A8598" \
	"2BE7761D14715FB091EFA7BCE9058560"
#define DH_IC \
	"107CF58696EF6155053340FD633392BA" \
	"81909DF7B9706F226F32086C7AFF974A"
#define PK_MAP_IFD \
	"047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E" \
	"544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D"
#define PK_MAP_IC \
	"04824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57" \
	"30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54"
#define PK_DH_IFD \
	"042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C" \
	"3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462"
#define PK_DH_IC \
	"049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB" \
	"7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094"
#define KS_ENC  "F5F0E35C0D7161EE6724EE513A0D9A7F"
#define KS_MAC  "FE251C7858B356B24514B3BD5F4297D1"

/* Hands out the example's numbers in the order the chip draws them. */
static enum result replay(void *with, uint8_t *out, size_t n)
{
	static const char *const script[] = { NONCE, MAP_IC, DH_IC };
	size_t *at = with;

	ck_assert_uint_lt(*at, 3);
	return hex_decode(script[(*at)++], out, n);
}

static void example_card(struct card *c, size_t *at)
{
	card_init(c);
	strcpy(c->memory.mrz, "T22000129364081251010318");
	strcpy(c->memory.can, "000000");
	strcpy(c->memory.pace, "bp256");
	c->random = replay;
	c->random_with = at;
}

static void expect(struct card *c, const char *command, const char *response)
{
	struct terminal t;
	struct reply r;
	char hex[1024];

	terminal_init(&t, terminal_to_card, c);
	ck_assert_int_eq(terminal_raw(&t, command, &r), R_OK);
	ck_assert_uint_lt(r.n, 400);
	hex_encode(span_of(r.data, r.n), hex);
	sprintf(hex + 2 * r.n, "%04x", r.sw);
	ck_assert_msg(strcasecmp(hex, response) == 0, "%s, not %s", hex,
		      response);
}

static void expect_key(const uint8_t key[SIM_KEY], const char *hex)
{
	uint8_t want[SIM_KEY];

	ck_assert_int_eq(hex_decode(hex, want, SIM_KEY), R_OK);
	ck_assert_mem_eq(key, want, SIM_KEY);
}

START_TEST(password_key_of_the_example)
{
	uint8_t key[SIM_KEY];

	ck_assert_int_eq(sim_kdf_mrz("T22000129364081251010318", key), R_OK);
	expect_key(key, "89DED1B26624EC1E634C1989302849DD");
}
END_TEST

START_TEST(the_chip_answers_as_in_g1)
{
	struct card c;
	size_t at = 0;

	example_card(&c, &at);
	expect(&c, "0022C1A40F800A04007F00070202040202830101", "9000");
	expect(&c, "10860000027C0000",
	       "7C12801095A3A016522EE98D01E76CB6B98B42C39000");
	expect(&c, "10860000457C438141" PK_MAP_IFD "00",
	       "7C438241" PK_MAP_IC "9000");
	expect(&c, "10860000457C438341" PK_DH_IFD "00",
	       "7C438441" PK_DH_IC "9000");
	expect(&c, "008600000C7C0A8508C2B0BD78D94BA86600",
	       "7C0A86083ABB9674BCE93C089000");
	ck_assert(c.sm.on);
	expect_key(c.sm.enc, KS_ENC);
	expect_key(c.sm.mac, KS_MAC);
	card_done(&c);
}
END_TEST

START_TEST(a_wrong_token_ends_in_6300)
{
	struct card c;
	size_t at = 0;

	example_card(&c, &at);
	expect(&c, "0022C1A40F800A04007F00070202040202830101", "9000");
	expect(&c, "10860000027C0000",
	       "7C12801095A3A016522EE98D01E76CB6B98B42C39000");
	expect(&c, "10860000457C438141" PK_MAP_IFD "00",
	       "7C438241" PK_MAP_IC "9000");
	expect(&c, "10860000457C438341" PK_DH_IFD "00",
	       "7C438441" PK_DH_IC "9000");
	expect(&c, "008600000C7C0A8508C2B0BD78D94BA86700", "6300");
	ck_assert(!c.sm.on);
	expect(&c, "008600000C7C0A8508C2B0BD78D94BA86600", "6985");
	card_done(&c);
}
END_TEST

/*
 * The standard prints no AES trace of secure messaging. These under G.1's
 * keys were computed by others with two libraries: SELECT of 011E answered
 * 9000, then READ BINARY of four bytes answered 60145F01.
 */
START_TEST(secure_messaging_under_the_example_keys)
{
	uint8_t enc[SIM_KEY], mac[SIM_KEY], in[64], plain[64], out[128];
	struct sm sm = { 0 };
	struct apdu outer, inner;
	struct sink s = SINK(out);
	char hex[257];

	ck_assert_int_eq(hex_decode(KS_ENC, enc, SIM_KEY), R_OK);
	ck_assert_int_eq(hex_decode(KS_MAC, mac, SIM_KEY), R_OK);
	sm_start(&sm, enc, mac);
	ck_assert_int_eq(hex_decode("0CA4020C1D871101EE0E4724F4465C1BE9C2F73A"
				    "BDD73A3D8E08835D1B54575C955F00", in, 35),
			 R_OK);
	ck_assert_int_eq(apdu_parse(span_of(in, 35), &outer), R_OK);
	ck_assert_int_eq(sm_unwrap(&sm, &outer, plain, &inner), SW_OK);
	ck_assert(span_equal(inner.data, span_of("\x01\x1e", 2)));
	ck_assert_uint_eq(inner.le, 0);
	ck_assert_int_eq(sm_wrap(&sm, false, (struct span){ 0 }, SW_OK, &s),
			 R_OK);
	hex_encode(sink_span(&s), hex);
	ck_assert_str_eq(hex, "990290008e08bea7b381c494a0799000");

	ck_assert_int_eq(hex_decode("0CB000000D9701048E08AA6BA54F44DF836400",
				    in, 19), R_OK);
	ck_assert_int_eq(apdu_parse(span_of(in, 19), &outer), R_OK);
	ck_assert_int_eq(sm_unwrap(&sm, &outer, plain, &inner), SW_OK);
	ck_assert_uint_eq(inner.le, 4);
	s.n = 0;
	ck_assert_int_eq(sm_wrap(&sm, false, span_of("\x60\x14\x5f\x01", 4),
				 SW_OK, &s), R_OK);
	hex_encode(sink_span(&s), hex);
	ck_assert_str_eq(hex, "871101645c0b1f998a088278d07942bbe94b60"
			 "990290008e0894a33c6aa2d8ccc89000");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("simulator: worked example");
	TCase *t = tcase_create("G.1");

	tcase_add_test(t, password_key_of_the_example);
	tcase_add_test(t, the_chip_answers_as_in_g1);
	tcase_add_test(t, a_wrong_token_ends_in_6300);
	tcase_add_test(t, secure_messaging_under_the_example_keys);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
