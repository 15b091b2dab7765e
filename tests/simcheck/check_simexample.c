/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chip replays the worked examples of ICAO 9303-11 (8th edition) with the
 * examples' random numbers: D (BAC and secure messaging), F (Active
 * Authentication), G.1 and G.2 (generic mapping), H.1 and H.2 (integrated
 * mapping), I.1 (chip authentication mapping).
 */
#include <string.h>

#include <openssl/rsa.h>

#include "../emrtd/vectors_aa.h"
#include "../emrtd/vectors_bac.h"
#include "../emrtd/vectors_pace.h"
#include "../sim/card.h"

#include "check_main.h"

SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);
SCOPE_FREE(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);

/* The chip's private keys, which the terminal's tests do without. */
#define G1_MAP_SK_IC \
	"498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560"
#define G1_SK_IC \
	"107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A"
#define G2_MAP_SK_IC "66DDAFEAC1609CB5B963BB0CB3FF8B3E047F336C"
#define G2_SK_IC     "A5B780126B7C980E9FCEA1D4539DA1D27C342DFA"
/* H.1 has G.1's; H.2's, which is printed unreduced, is G.2's modulo q */
#define I1_MAP_SK_IC \
	"9E56A6B59C95D06ECE5CD10F983BB2F4F1943528E577F23881D89D8C3BBEE0AA"
/* not printed: map key over CA_IC, and its public key is the printed one */
#define I1_CHIP_SK \
	"86C88A4579CE48135878E6348A734B5D47CE5BC1E54C0E8978687B49FDE2E2C2"

struct script {			/* random numbers, in the chip's order */
	const char *hex[4];
	size_t at;
};

static enum result replay(void *with, uint8_t *out, size_t n)
{
	struct script *s = with;

	ck_assert_uint_lt(s->at, 4);
	ck_assert_ptr_nonnull(s->hex[s->at]);
	return hex_decode(s->hex[s->at++], out, n);
}

static void open_card(struct card *c, const char *conf, struct script *s)
{
	char text[512];

	ck_assert_uint_lt(strlen(conf), sizeof(text));
	strcpy(text, conf);
	card_init(c);
	ck_assert_int_eq(card_memory_parse(text, &c->memory), R_OK);
	c->random = replay;
	c->random_with = s;
}

/* The whole response, with its status word. */
static void expect(struct card *c, struct span command, const char *response)
{
	uint8_t buf[1024];
	struct sink out = SINK(buf);

	card_apdu(c, command, &out);
	same(sink_span(&out), response);
}

static void expect_hex(struct card *c, const char *command,
		       const char *response)
{
	const struct hex h = hex(command);

	expect(c, span_of(h.p, h.n), response);
}

/* MSE:Set AT for mutual authentication with the MRZ. */
static void set_at(struct card *c, const char *oid)
{
	char text[64];

	snprintf(text, sizeof(text), "0022C1A40F800A%s830101", oid);
	expect_hex(c, text, "9000");
}

/* H.1 and H.2 print a password key, and not what it comes from. */
static void set_password(struct card *c, const char *key)
{
	const struct hex h = hex(key);

	memcpy(c->pace.password.p, h.p, h.n);
}

/* GENERAL AUTHENTICATE with 7C { tag value }, answered 7C { tag value }. */
static void step(struct card *c, uint8_t cla, uint8_t tag, const char *value,
		 uint8_t answer_tag, const char *answer)
{
	uint8_t data[200], command[256], inner[200], outer[256];
	struct sink d = SINK(data), s = SINK(command);
	struct sink i = SINK(inner), o = SINK(outer);
	char text[513];

	if (tag) {
		const struct hex v = hex(value);
		tlv_put(&d, tag, span_of(v.p, v.n));
	}
	sink_u32(&s, (uint32_t)cla << 24 | 0x860000);
	sink_u8(&s, (uint8_t)(d.n + (d.n > 127 ? 3 : 2)));
	tlv_put(&s, 0x7c, sink_span(&d));
	sink_u8(&s, 0);
	const struct hex v = hex(answer);
	tlv_put(&i, answer_tag, span_of(v.p, v.n));
	tlv_put(&o, 0x7c, sink_span(&i));
	sink_u16(&o, 0x9000);
	hex_encode(sink_span(&o), text);
	expect(c, sink_span(&s), text);
}

static void expect_keys(const struct sm *sm, const char *enc, const char *mac)
{
	ck_assert(sm->on);
	same(span_of(sm->enc.p, 16), enc);
	same(span_of(sm->mac.p, 16), mac);
}

/* -- PACE ----------------------------------------------------------------- */

#define MRZ "mrz=" G1_MRZ_KEY "\n"

START_TEST(password_keys_of_the_examples)
{
	struct sim_key key;

	ck_assert_int_eq(sim_kdf_mrz(SIM_AES128, G1_MRZ_KEY, &key), R_OK);
	same(span_of(key.p, 16), G1_K_PI);
	ck_assert_int_eq(sim_kdf_mrz(SIM_AES128, I1_MRZ_KEY, &key), R_OK);
	same(span_of(key.p, 16), I1_K_PI);
}
END_TEST

START_TEST(generic_mapping_on_a_curve_as_in_g1)
{
	struct script s = { { G1_NONCE, G1_MAP_SK_IC, G1_SK_IC }, 0 };
	struct card c;

	open_card(&c, MRZ "pace=gm-ecdh-aes128:bp256\n", &s);
	set_at(&c, G1_OID);
	step(&c, 0x10, 0, "", 0x80, G1_ENC_NONCE);
	step(&c, 0x10, 0x81, G1_MAP_PK, 0x82, G1_MAP_PK_IC);
	step(&c, 0x10, 0x83, G1_PK, 0x84, G1_PK_IC);
	step(&c, 0x00, 0x85, G1_T_IFD, 0x86, G1_T_IC);
	expect_keys(&c.sm, G1_KS_ENC, G1_KS_MAC);
	card_done(&c);
}
END_TEST

START_TEST(generic_mapping_in_a_group_as_in_g2)
{
	struct script s = { { G2_NONCE, G2_MAP_SK_IC, G2_SK_IC }, 0 };
	struct card c;

	open_card(&c, MRZ "pace=gm-dh-aes128:dh0\n", &s);
	set_at(&c, G2_OID);
	step(&c, 0x10, 0, "", 0x80, G2_ENC_NONCE);
	step(&c, 0x10, 0x81, G2_MAP_PK, 0x82, G2_MAP_PK_IC);
	step(&c, 0x10, 0x83, G2_PK, 0x84, G2_PK_IC);
	step(&c, 0x00, 0x85, G2_T_IFD, 0x86, G2_T_IC);
	expect_keys(&c.sm, G2_KS_ENC, G2_KS_MAC);
	card_done(&c);
}
END_TEST

START_TEST(integrated_mapping_on_a_curve_as_in_h1)
{
	struct script s = { { H1_NONCE, G1_SK_IC }, 0 };
	struct card c;

	open_card(&c, MRZ "pace=im-ecdh-aes128:bp256\n", &s);
	set_at(&c, H1_OID);
	set_password(&c, H1_K_PI);
	step(&c, 0x10, 0, "", 0x80, H1_ENC_NONCE);
	step(&c, 0x10, 0x81, H1_T, 0x82, "");
	step(&c, 0x10, 0x83, H1_PK, 0x84, H1_PK_IC);
	step(&c, 0x00, 0x85, H1_T_IFD, 0x86, H1_T_IC);
	expect_keys(&c.sm, H1_KS_ENC, H1_KS_MAC);
	card_done(&c);
}
END_TEST

START_TEST(integrated_mapping_in_a_group_as_in_h2)
{
	struct script s = { { H2_NONCE, G2_SK_IC }, 0 };
	struct card c;

	open_card(&c, MRZ "pace=im-dh-aes128:dh0\n", &s);
	set_at(&c, H2_OID);
	set_password(&c, H1_K_PI);
	step(&c, 0x10, 0, "", 0x80, H2_ENC_NONCE);
	step(&c, 0x10, 0x81, H2_T, 0x82, "");
	step(&c, 0x10, 0x83, H2_PK, 0x84, H2_PK_IC);
	step(&c, 0x00, 0x85, H2_T_IFD, 0x86, H2_T_IC);
	expect_keys(&c.sm, H2_KS_ENC, H2_KS_MAC);
	card_done(&c);
}
END_TEST

static void set_public(struct sim_public *k, const char *text)
{
	const struct hex h = hex(text);

	memcpy(k->p, h.p, h.n);
	k->n = h.n;
}

/* The chip's second key is not printed: its agreement is put in as printed. */
START_TEST(chip_authentication_mapping_as_in_i1)
{
	struct script s = { { I1_NONCE, I1_MAP_SK_IC }, 0 };
	struct card c;
	HEX(enc, I1_KS_ENC);
	HEX(mac, I1_KS_MAC);

	open_card(&c, "mrz=" I1_MRZ_KEY "\npace=cam-ecdh-aes128:bp256\n"
		      "cam=bp256\ncam_key=" I1_CHIP_SK "\n", &s);
	set_at(&c, I1_OID);
	step(&c, 0x10, 0, "", 0x80, I1_ENC_NONCE);
	step(&c, 0x10, 0x81, I1_MAP_PK, 0x82, I1_MAP_PK_IC);
	same(sim_public_span(&c.pace.generator), I1_MAPPED);

	set_public(&c.pace.chip, I1_PK_IC);
	set_public(&c.pace.terminal, I1_PK);
	c.pace.keys.enc.cipher = c.pace.keys.mac.cipher = SIM_AES128;
	memcpy(c.pace.keys.enc.p, enc.p, enc.n);
	memcpy(c.pace.keys.mac.p, mac.p, mac.n);
	c.pace.keys.on = true;
	c.pace.step = PACE_AGREED;
	expect_hex(&c, "008600000C7C0A8508" I1_T_IFD "00",
		   "7C3C8608" I1_T_IC "8A30" I1_SEALED "9000");
	card_done(&c);
}
END_TEST

START_TEST(the_static_key_of_i1_is_the_printed_one)
{
	const struct sim_domain *d = sim_domain_by_id(13);
	struct sim_public k;
	uint8_t scalar[SIM_SCALAR_MAX];
	HEX(sk, I1_CHIP_SK);
	HEX(map, I1_MAP_SK_IC);
	HEX(spki, I1_CHIP_SPKI);

	ck_assert_int_eq(sim_multiply(d, NULL, sk, &k), R_OK);
	ck_assert(span_equal(sim_public_span(&k),
			     span_of(spki.p + spki.n - k.n, k.n)));
	ck_assert_int_eq(sim_cam_scalar(d, sk, map, scalar), R_OK);
	same(span_of(scalar, 32), I1_SCALAR);
}
END_TEST

START_TEST(a_wrong_token_ends_in_6300)
{
	struct script s = { { G1_NONCE, G1_MAP_SK_IC, G1_SK_IC }, 0 };
	HEX(wrong, "008600000C7C0A8508C2B0BD78D94BA86700");
	HEX(late, "008600000C7C0A8508" G1_T_IFD "00");
	struct card c;

	open_card(&c, MRZ "pace=gm-ecdh-aes128:bp256\n", &s);
	set_at(&c, G1_OID);
	step(&c, 0x10, 0, "", 0x80, G1_ENC_NONCE);
	step(&c, 0x10, 0x81, G1_MAP_PK, 0x82, G1_MAP_PK_IC);
	step(&c, 0x10, 0x83, G1_PK, 0x84, G1_PK_IC);
	expect(&c, wrong, "6300");
	ck_assert(!c.sm.on);
	expect(&c, late, "6985");
	card_done(&c);
}
END_TEST

/* -- BAC and secure messaging --------------------------------------------- */

/* DES ignores the lowest bit of each byte, which the standard's keys set. */
static void expect_des_key(const struct sim_key *key, const char *want)
{
	uint8_t p[16];

	memcpy(p, key->p, sizeof(p));
	set_parity(p, sizeof(p));
	same(SPAN(p), want);
}

START_TEST(basic_access_control_as_in_d)
{
	struct script s = { { D_RND_IC, D_K_IC }, 0 };
	HEX(com, "60145F0104303130365F36063034303030305C026175");
	struct card c;

	open_card(&c, "mrz=" D_MRZ_KEY "\nbac=1\n", &s);
	ck_assert_int_eq(blob_copy(com, &c.memory.files[SIM_COM]), R_OK);
	expect_hex(&c, "00A4040C07A0000002471001", "9000");
	expect_hex(&c, "0084000008", D_RND_IC "9000");
	expect_hex(&c, "0082000028" D_E_IFD D_M_IFD "28",
		   D_E_IC D_M_IC "9000");
	ck_assert(c.sm.on);
	expect_des_key(&c.sm.enc, D_KS_ENC);
	expect_des_key(&c.sm.mac, D_KS_MAC);
	same(span_of(c.sm.ssc, 8), D_SSC);
	expect_hex(&c, D_SELECT, D_SELECT_ANSWER);
	expect_hex(&c, D_READ_4, D_READ_4_ANSWER);
	expect_hex(&c, D_READ_18, D_READ_18_ANSWER);
	card_done(&c);
}
END_TEST

/*
 * The standard prints no AES trace of secure messaging. These under G.1's
 * keys were computed by others with two libraries: SELECT of 011E answered
 * 9000, then READ BINARY of four bytes answered 60145F01.
 */
START_TEST(secure_messaging_under_the_keys_of_g1)
{
	struct sim_key enc = { .cipher = SIM_AES128 }, mac = enc;
	HEX(e, G1_KS_ENC);
	HEX(m, G1_KS_MAC);
	HEX(select, "0CA4020C1D871101EE0E4724F4465C1BE9C2F73ABDD73A3D8E08835D"
		    "1B54575C955F00");
	HEX(read, "0CB000000D9701048E08AA6BA54F44DF836400");
	uint8_t plain[64], out[128];
	struct sm sm = { 0 };
	struct apdu outer, inner;
	struct sink s = SINK(out);

	memcpy(enc.p, e.p, e.n);
	memcpy(mac.p, m.p, m.n);
	sm_start(&sm, &enc, &mac);
	ck_assert_int_eq(apdu_parse(select, &outer), R_OK);
	ck_assert_int_eq(sm_unwrap(&sm, &outer, plain, &inner), SW_OK);
	ck_assert(span_equal(inner.data, span_of("\x01\x1e", 2)));
	ck_assert_uint_eq(inner.le, 0);
	ck_assert_int_eq(sm_wrap(&sm, 0, NULL, false, (struct span){ 0 },
				 SW_OK, &s), R_OK);
	same(sink_span(&s), "990290008e08bea7b381c494a0799000");

	ck_assert_int_eq(apdu_parse(read, &outer), R_OK);
	ck_assert_int_eq(sm_unwrap(&sm, &outer, plain, &inner), SW_OK);
	ck_assert_uint_eq(inner.le, 4);
	s.n = 0;
	ck_assert_int_eq(sm_wrap(&sm, 0, NULL, false,
				 span_of("\x60\x14\x5f\x01", 4), SW_OK, &s),
			 R_OK);
	same(sink_span(&s), "871101645c0b1f998a088278d07942bbe94b60"
			    "990290008e0894a33c6aa2d8ccc89000");
}
END_TEST

/* -- Active Authentication ------------------------------------------------ */

/* The example prints no key: what another one signs is opened again. */
START_TEST(active_authentication_signs_what_f_prints)
{
	struct script s = { { F_M1 }, 0 };
	uint8_t buf[512], opened[128];
	struct sink out = SINK(buf);
	size_t n = sizeof(opened);
	HEX(command, "0088000008" F_CHALLENGE "00");
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key = EVP_RSA_gen(1024);
	scoped(scope_EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	struct card c;

	open_card(&c, "aa=rsa:sha1\nevil=open\n", &s);
	c.memory.aa = key;
	key = NULL;
	c.df = SIM_LDS;
	card_apdu(&c, command, &out);
	ck_assert_uint_eq(out.n, 128 + 2);
	ck_assert_int_eq(EVP_PKEY_verify_recover_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_verify_recover(ctx, opened, &n, buf, 128),
			 1);
	same(span_of(opened, n), F_REPRESENTATIVE);
	card_done(&c);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("simulator: worked examples");
	TCase *t = tcase_create("9303-11");

	tcase_add_test(t, password_keys_of_the_examples);
	tcase_add_test(t, generic_mapping_on_a_curve_as_in_g1);
	tcase_add_test(t, generic_mapping_in_a_group_as_in_g2);
	tcase_add_test(t, integrated_mapping_on_a_curve_as_in_h1);
	tcase_add_test(t, integrated_mapping_in_a_group_as_in_h2);
	tcase_add_test(t, chip_authentication_mapping_as_in_i1);
	tcase_add_test(t, the_static_key_of_i1_is_the_printed_one);
	tcase_add_test(t, a_wrong_token_ends_in_6300);
	tcase_add_test(t, basic_access_control_as_in_d);
	tcase_add_test(t, secure_messaging_under_the_keys_of_g1);
	tcase_add_test(t, active_authentication_signs_what_f_prints);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
