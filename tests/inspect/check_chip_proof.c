// SPDX-License-Identifier: GPL-3.0-or-later
/* What must be proven, and what happens to a chip that does not: the proofs
 * themselves are tests/emrtd/check_chip_auth.c and check_active_auth.c. */
#include "inspect/chip_proof.h"

#include <string.h>

#include <openssl/x509.h>

#include "check_main.h"
#include "emrtd/data_object.h"
#include "support_chip.h"
#include "support_exchange.h"

/* ChipAuthenticationInfo, version and keyId as given */
#define CA_AES128 "300F060A04007F00070202030202020101"
#define CA_AES256 "300F060A04007F00070202030204020101"
#define CA_AES128_V2 "300F060A04007F00070202030202020102"
#define CA_AES128_KEY7 "3012060A04007F00070202030202020101020107"
#define CA_AES256_KEY7 "3012060A04007F00070202030204020101020107"
#define CA_3DES "300F060A04007F00070202030201020101"
#define CA_DH "300F060A04007F00070202030102020101"
/* ChipAuthenticationPublicKeyInfo: brainpoolP256r1 by its number, its
 * generator; the same with keyId 7; P-256 likewise; P-224 by its number; and a
 * key that is no point */
#define G_BP256 \
	"048BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE32" \
	"62547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54C72F0469" \
	"97"
#define G_P256 \
	"046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2" \
	"964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51" \
	"F5"
#define G_P224 \
	"04B70E0CBD6BB4BF7F321390B94A03C1D356C21122343280D6115C1D21" \
	"BD376388B5F723FB4C22DFE6CD4375A05A07476444D5819985007E34"
#define KEY_BP \
	"305F060904007F0007020201023052300C060704007F0007010202010D034200" \
	G_BP256
#define KEY_BP_7 \
	"3062060904007F0007020201023052300C060704007F0007010202010D034200" \
	G_BP256 "020107"
#define KEY_P256 \
	"305F060904007F0007020201023052300C060704007F0007010202010C034200" \
	G_P256
#define KEY_P224 \
	"3057060904007F000702020102304A300C060704007F0007010202010A033A00" \
	G_P224
#define KEY_BAD \
	"301E060904007F0007020201023011300C060704007F0007010202010E030100"
/* ActiveAuthenticationInfo, ecdsa-plain-SHA256 */
#define AA_SHA256 \
	"30170606678108010105020101060A04007F00070101040103"

static struct security_infos infos;
static struct chip chip;
static struct card_link l;
static struct chip_auth_keys ephemeral;
static struct chip_proof_result out;

static void parse(const char *const *hex)
{
	static uint8_t set[1024];
	uint8_t body[1000];
	size_t n = 0, head = 0;

	for (; *hex; hex++) {
		size_t more = strlen(*hex) / 2;

		ck_assert_int_eq(hex_decode(*hex, body + n, more), R_OK);
		n += more;
	}
	set[head++] = 0x31;
	if (n > 0x7f)
		set[head++] = n > 0xff ? 0x82 : 0x81;
	if (n > 0xff)
		set[head++] = (uint8_t)(n >> 8);
	set[head++] = (uint8_t)n;
	memcpy(set + head, body, n);
	ck_assert_int_eq(security_infos_parse(span_of(set, head + n), &infos),
			 R_OK);
}
#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

/* Under the keys of PACE. */
static void setup(void)
{
	struct session_keys keys = { .cipher = CIPHER_AES128, .enc = { 1 },
				     .mac = { 2 } };

	chip = (struct chip){ .domain = domain_by_parameter(13) };
	chip.key.secret[chip.domain->secret - 1] = 1;	/* of the generator */
	l = (struct card_link){ 0 };
	chip_keys(&chip.sm, &keys);
	link_keys(&l, &keys, false);
	exchange_over(&l, chip_run, &chip);
	ck_assert_int_eq(chip_auth_prepare(&ephemeral), R_OK);
	out = (struct chip_proof_result){ PROOF_NONE, "none" };
}

static void teardown(void)
{
	EVP_PKEY_free(chip.aa);
	chip.aa = NULL;
}

/* -- what is owed ----------------------------------------------------- */

START_TEST(what_is_signed_decides_what_must_be_proven)
{
	const uint32_t dg15 = 1u << 15, others = 1u << 1 | 1u << 2 | 1u << 14;

	PARSE(CA_AES128, KEY_BP);
	ck_assert_int_eq(chip_proof_due(&infos, others | dg15), PROOF_CA);
	/* a key alone is a duty, too */
	PARSE(KEY_BP);
	ck_assert_int_eq(chip_proof_due(&infos, others | dg15), PROOF_CA);
	PARSE(CA_AES128);
	ck_assert_int_eq(chip_proof_due(&infos, others | dg15), PROOF_AA);
	ck_assert_int_eq(chip_proof_due(&infos, others), PROOF_NONE);
	ck_assert_int_eq(chip_proof_due(NULL, others | dg15), PROOF_AA);
	ck_assert_int_eq(chip_proof_due(NULL, others), PROOF_NONE);
}
END_TEST

/* -- Chip Authentication ----------------------------------------------- */

static const struct command any = { CLA_PLAIN, INS_SELECT, 4, 12,
				    { (const uint8_t *)"x", 1 }, 0 };

static enum reason ca(uint32_t profile)
{
	return chip_proof_ca(&l, &infos, profile, &ephemeral, &out);
}

static const char *const usable[][4] = {
	{ CA_AES128, KEY_BP }, { CA_3DES, KEY_BP }, { CA_AES256, KEY_BP },
	{ KEY_BP_7, CA_AES128_KEY7 }, { KEY_BAD, KEY_BP, CA_AES128 },
};

START_TEST(a_chip_with_the_signed_key_proves_itself)
{
	struct response a;

	parse(usable[_i]);
	ck_assert_int_eq(ca(0), REASON_NONE);
	ck_assert_int_eq(out.kind, PROOF_CA);
	ck_assert_str_eq(out.name, "brainpoolP256r1");
	ck_assert(l.proving);
	ck_assert_int_eq(link_send(&l, &any, &a), REASON_NONE);
	ck_assert(!l.proving);
}
END_TEST

/* It has another secret than the one signed: the commands go well, and the
 * first answer after them does not. */
START_TEST(a_clone_fails_at_the_first_answer)
{
	struct response a;

	PARSE(CA_AES128, KEY_BP);
	chip.key.secret[chip.domain->secret - 1] = 2;
	ck_assert_int_eq(ca(0), REASON_NONE);
	ck_assert_int_eq(link_send(&l, &any, &a), REASON_CHIP_PROOF);
}
END_TEST

static const struct { unsigned int evil; unsigned int apdus; } refusals[] = {
	{ EVIL_CA_REFUSES, 1 }, { EVIL_CA_ANSWER, 2 },
};

START_TEST(a_chip_that_does_not_go_along_is_a_failed_proof)
{
	PARSE(CA_AES128, KEY_BP);
	chip.evil = refusals[_i].evil;
	ck_assert_int_eq(ca(0), REASON_CHIP_PROOF);
	ck_assert_uint_eq(chip.apdus, refusals[_i].apdus);
	ck_assert_str_eq(out.name, "none");
	ck_assert_ptr_null(l.work);	/* nothing is left behind */
}
END_TEST

/* A key, and nothing here to prove it with: never passed over. */
static const struct {
	const char *infos[4];
	uint32_t profile;
} absent[] = {
	{ { KEY_BP }, 0 },
	{ { CA_AES128_V2, KEY_BP }, 0 },
	{ { CA_AES128_KEY7, KEY_BP }, 0 },
	{ { CA_AES128, KEY_BP_7 }, 0 },
	{ { CA_AES128, KEY_BAD }, 0 },
	{ { CA_DH, KEY_BP }, 0 },
	/* 224 bits, where the profile does not accept them */
	{ { CA_AES128, KEY_P224 }, 0 },
	{ { CA_AES128, KEY_P224 }, PROFILE_ACCEPT_DH_GROUP_0 },
};

START_TEST(a_key_that_cannot_be_proven_is_a_refusal)
{
	parse(absent[_i].infos);
	ck_assert_int_eq(ca(absent[_i].profile), REASON_CHIP_PROOF_ABSENT);
	ck_assert_uint_eq(chip.apdus, 0);
}
END_TEST

/* ChipAuthenticationPublicKeyInfo: the second group of 2048 bits by its
 * number, in hexadecimal. */
static const char *key_dh(void)
{
	static const uint8_t head[] = { 0x06, 9, 4, 0, 0x7f, 0, 7, 2, 2, 1, 1 };
	static const uint8_t group[] = { 0x06, 7, 4, 0, 0x7f, 0, 7, 1, 2,
					 0x02, 1, 2 };
	static char hex[1200];
	uint8_t buf[4][500];
	struct sink number = SINK(buf[0]), bits = SINK(buf[1]);
	struct sink spki = SINK(buf[2]), info = SINK(buf[3]);
	const struct domain *d = domain_by_parameter(2);

	ck_assert_int_eq(domain_key_new(d, &chip.key), R_OK);
	chip.domain = d;
	sink_u8(&number, 0);
	if (!(chip.key.public[0] & 0x80))
		number.n = 0;
	sink_put(&number, domain_public_span(d, chip.key.public));
	sink_u8(&bits, 0);
	put_object(&bits, 0x02, sink_span(&number));
	put_object(&spki, 0x30, SPAN(group));
	put_object(&spki, 0x03, sink_span(&bits));
	sink_put(&info, SPAN(head));
	put_object(&info, 0x30, sink_span(&spki));
	number.n = 0;
	put_object(&number, 0x30, sink_span(&info));
	hex_encode(sink_span(&number), hex);
	return hex;
}

/* Our command has a key of 256 bytes in it. */
START_TEST(a_key_that_the_link_does_not_carry_is_a_refusal)
{
	PARSE(CA_DH, key_dh());
	ck_assert_int_eq(ca(0), REASON_CHIP_PROOF_ABSENT);
	ck_assert_uint_eq(chip.apdus, 0);
	link_capacity(&l, 65536, &(struct atr_caps){ .extended = true }, NULL);
	ck_assert_int_eq(ca(0), REASON_NONE);
	ck_assert_str_eq(out.name, "dh_2048_256");
}
END_TEST

START_TEST(small_keys_are_proven_where_the_profile_accepts_them)
{
	PARSE(CA_AES128, KEY_P224);
	chip.domain = domain_by_parameter(10);
	memset(chip.key.secret, 0, sizeof(chip.key.secret));
	chip.key.secret[chip.domain->secret - 1] = 1;
	ck_assert_int_eq(ca(PROFILE_ACCEPT_SMALL_KEYS), REASON_NONE);
	ck_assert_str_eq(out.name, "secp224r1");
}
END_TEST

/* Of several keys and protocols the best by emrtd/suite.h. */
static const struct {
	const char *infos[6];
	unsigned int parameter;
	enum info_cipher cipher;
} choices[] = {
	{ { CA_3DES, CA_AES128, KEY_BP }, 13, CIPHER_AES128 },
	{ { CA_AES128, CA_AES256, KEY_BP }, 13, CIPHER_AES256 },
	{ { CA_AES128, KEY_BP, KEY_P256 }, 12, CIPHER_AES128 },
	{ { CA_AES128, KEY_P256, CA_AES256_KEY7, KEY_BP_7 }, 13,
	  CIPHER_AES256 },
};

START_TEST(the_best_key_and_protocol_are_taken)
{
	parse(choices[_i].infos);
	chip.domain = domain_by_parameter(choices[_i].parameter);
	ck_assert_int_eq(ca(0), REASON_NONE);
	ck_assert_str_eq(out.name, chip.domain->name);
	ck_assert_int_eq(l.sm.keys.cipher, choices[_i].cipher);
}
END_TEST

START_TEST(a_card_that_leaves_is_no_failed_proof)
{
	PARSE(CA_AES128, KEY_BP);
	l.send = NULL;
	l.total.apdus = LINK_APDUS_MAX;
	ck_assert_int_eq(ca(0), REASON_CARD_LOOP);
	ck_assert_ptr_null(l.work);
}
END_TEST

/* -- Active Authentication ------------------------------------------------ */

static enum reason aa(const struct security_infos *list, uint32_t profile)
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(chip.aa, &der);
	enum reason why = chip_proof_aa(&l, span_of(der, (size_t)n), list,
					profile, &out);

	OPENSSL_free(der);
	return why;
}

START_TEST(a_chip_that_signs_the_challenge_proves_itself)
{
	PARSE(AA_SHA256);
	chip.aa = EVP_EC_gen("P-256");
	ck_assert_int_eq(aa(&infos, 0), REASON_NONE);
	ck_assert_int_eq(out.kind, PROOF_AA);
	ck_assert_str_eq(out.name, "ECDSA P-256 SHA-256");
	ck_assert_uint_eq(chip.authenticates, 1);
	ck_assert(!l.proving);		/* no new keys */
}
END_TEST

START_TEST(a_signature_of_another_key_or_challenge_is_no_proof)
{
	static const unsigned int evil[] = { EVIL_AA_OTHER_KEY,
					     EVIL_AA_REPLAY, EVIL_AA_REFUSES,
					     EVIL_AA_WARNS };

	PARSE(AA_SHA256);
	chip.aa = EVP_EC_gen("P-256");
	chip.evil = evil[_i];
	ck_assert_int_eq(aa(&infos, 0), REASON_CHIP_PROOF);
	ck_assert_str_eq(out.name, "none");
}
END_TEST

/* 9303-11 9.2.8: without a signed hash an ECDSA key proves nothing. */
START_TEST(a_key_below_the_rules_is_no_proof)
{
	chip.aa = EVP_EC_gen("P-256");
	ck_assert_int_eq(aa(NULL, 0), REASON_CHIP_PROOF);
	EVP_PKEY_free(chip.aa);
	PARSE(AA_SHA256);
	chip.aa = EVP_EC_gen("P-224");
	ck_assert_int_eq(aa(&infos, 0), REASON_CHIP_PROOF);
	ck_assert_int_eq(aa(&infos, PROFILE_ACCEPT_SMALL_KEYS), REASON_NONE);
	ck_assert_int_eq(chip_proof_aa(&l, span_str("0"), &infos, 0, &out),
			 REASON_CHIP_PROOF);
}
END_TEST

/* Two runs have two challenges: an answer is of no use another time. */
START_TEST(every_challenge_is_new)
{
	PARSE(AA_SHA256);
	chip.aa = EVP_EC_gen("P-256");
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(aa(&infos, 0), REASON_NONE);
	for (int i = 1; i < 8; i++)
		for (int j = 0; j < i; j++)
			ck_assert_mem_ne(chip.challenge[i], chip.challenge[j],
					 8);
}
END_TEST

/* -- PACE-CAM ----------------------------------------------------------------- */

/* The scalar 5 times the key that is the generator. */
static void cam(struct pace_cam *c)
{
	*c = (struct pace_cam){ .domain = domain_by_parameter(13) };
	c->scalar[c->domain->secret - 1] = 5;
	ck_assert_int_eq(domain_multiply(c->domain, c->scalar,
					 span_of(NULL, 0), c->map), R_OK);
}

START_TEST(the_signed_key_among_several_proves_cam)
{
	struct pace_cam c;

	cam(&c);
	PARSE(KEY_BAD, KEY_P256, CA_AES128, KEY_BP);
	ck_assert_int_eq(chip_proof_cam(&c, &infos, &out), REASON_NONE);
	ck_assert_int_eq(out.kind, PROOF_CAM);
	ck_assert_str_eq(out.name, "brainpoolP256r1");
}
END_TEST

START_TEST(without_the_signed_key_cam_proves_nothing)
{
	struct pace_cam c;

	cam(&c);
	PARSE(CA_AES128, KEY_P256);
	ck_assert_int_eq(chip_proof_cam(&c, &infos, &out), REASON_CHIP_PROOF);
	PARSE(KEY_BP);
	c.scalar[c.domain->secret - 1] = 6;
	ck_assert_int_eq(chip_proof_cam(&c, &infos, &out), REASON_CHIP_PROOF);
	c = (struct pace_cam){ 0 };
	ck_assert_int_eq(chip_proof_cam(&c, &infos, &out), REASON_CHIP_PROOF);
	ck_assert_str_eq(out.name, "none");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("chip proof");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_signed_decides_what_must_be_proven);
	tcase_add_loop_test(t, a_chip_with_the_signed_key_proves_itself, 0,
			    sizeof(usable) / sizeof(usable[0]));
	tcase_add_test(t, a_clone_fails_at_the_first_answer);
	tcase_add_loop_test(t, a_chip_that_does_not_go_along_is_a_failed_proof,
			    0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_loop_test(t, a_key_that_cannot_be_proven_is_a_refusal, 0,
			    sizeof(absent) / sizeof(absent[0]));
	tcase_add_test(t, a_key_that_the_link_does_not_carry_is_a_refusal);
	tcase_add_test(t, small_keys_are_proven_where_the_profile_accepts_them);
	tcase_add_loop_test(t, the_best_key_and_protocol_are_taken, 0,
			    sizeof(choices) / sizeof(choices[0]));
	tcase_add_test(t, a_card_that_leaves_is_no_failed_proof);
	tcase_add_test(t, a_chip_that_signs_the_challenge_proves_itself);
	tcase_add_loop_test(t,
		a_signature_of_another_key_or_challenge_is_no_proof, 0, 4);
	tcase_add_test(t, a_key_below_the_rules_is_no_proof);
	tcase_add_test(t, every_challenge_is_new);
	tcase_add_test(t, the_signed_key_among_several_proves_cam);
	tcase_add_test(t, without_the_signed_key_cam_proves_nothing);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
