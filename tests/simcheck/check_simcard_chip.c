/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the chip alone can do: sign (Active Authentication), and count the
 * tries of its PIN.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "support_terminal.h"

#include "check_main.h"

SCOPE_FREE(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);
SCOPE_FREE(ECDSA_SIG *, ECDSA_SIG_free);
SCOPE_FREE(BIGNUM *, BN_free);

#define MRZ	   "X12345678580010113512312"
#define BASE	   "can=123456\nmrz=" MRZ "\npace=gm-ecdh-aes128:bp256\nbac=1\n"
#define SELECT_LDS "00A4040C07A0000002471001"
#define SIGN	   "0088000008" "0102030405060708" "00"

static struct card card;
static struct terminal term;

static void insert(const char *more)
{
	char conf[512];

	snprintf(conf, sizeof(conf), BASE "%s", more);
	card_from(&card, conf);
	terminal_init(&term, terminal_to_card, &card);
}

static void take_out(void)
{
	card_done(&card);
}

static void open_with(bool can)
{
	struct sim_protocol p;
	struct pace_run run = { .protocol = &p, .can = can ? "123456" : NULL,
				.mrz = MRZ };
	uint16_t sw;

	ck_assert_int_eq(sim_pace_parse(span_str("gm-ecdh-aes128:bp256"), &p),
			 R_OK);
	card_reset(&card);
	ck_assert_int_eq(terminal_pace(&term, &run, &sw), R_OK);
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
}

/* -- Active Authentication -------------------------------------------------- */

static const struct {
	const char *aa;
	unsigned int bits;	/* RSA */
	const char *curve;
	size_t signature;	/* 0: DER, whatever it has */
	uint8_t trailer[2];
	const char *more;
} signers[] = {
	{ "rsa:sha1", 1024, NULL, 128, { 0xbc }, "" },
	{ "rsa:sha224", 1024, NULL, 128, { 0x38, 0xcc }, "" },
	{ "rsa:sha256", 1280, NULL, 160, { 0x34, 0xcc }, "" },
	{ "rsa:sha384", 1536, NULL, 192, { 0x36, 0xcc }, "" },
	{ "rsa:sha512", 2048, NULL, 256, { 0x35, 0xcc }, "extended=1\n" },
	{ "rsa:sha256", 1024, NULL, 128, { 0x34, 0xcc }, "quirks=aa-b4\n" },
	{ "ecdsa:sha256", 0, "P-256", 64, { 0 }, "" },
	{ "ecdsa:sha224", 0, "brainpoolP224r1", 56, { 0 }, "" },
	{ "ecdsa:sha384", 0, "brainpoolP384r1", 96, { 0 }, "" },
	{ "ecdsa:sha512", 0, "P-521", 132, { 0 }, "" },
	{ "ecdsa:sha256:der", 0, "P-256", 0, { 0 }, "" },
};

static void insert_signer(int i, const char *evil_words)
{
	char conf[128];

	snprintf(conf, sizeof(conf), "aa=%s\n%s%s", signers[i].aa,
		 signers[i].more, evil_words);
	insert(conf);
	card.memory.aa = signers[i].bits ? EVP_RSA_gen(signers[i].bits)
					 : EVP_EC_gen(signers[i].curve);
	ck_assert_ptr_nonnull(card.memory.aa);
	open_with(false);
	term.extended = card.memory.extended;
}

/* F, which the public key makes of the signature, or of n less it. False:
 * another modulus made this number. */
static bool recover(const uint8_t *signature, size_t n, uint8_t *f)
{
	scoped(scope_EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(card.memory.aa, NULL);
	scoped(scope_BN_free) BIGNUM *modulus = NULL;
	scoped(scope_BN_free) BIGNUM *v = NULL;

	ck_assert_int_gt(EVP_PKEY_verify_recover_init(ctx), 0);
	ck_assert_int_gt(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 0);
	if (EVP_PKEY_verify_recover(ctx, f, &n, signature, n) <= 0)
		return false;
	if (f[n - 1] == 0xcc || f[n - 1] == 0xbc ||
	    !quirk(&card, QUIRK_AA_B4))
		return true;
	v = BN_bin2bn(f, (int)n, NULL);
	ck_assert(EVP_PKEY_get_bn_param(card.memory.aa, OSSL_PKEY_PARAM_RSA_N,
					&modulus));
	ck_assert(BN_sub(v, modulus, v));
	ck_assert_int_eq(BN_bn2binpad(v, f, (int)n), (int)n);
	return true;
}

static bool rsa_fits(int i, const struct reply *r, const uint8_t m2[8])
{
	const bool two = signers[i].trailer[0] != 0xbc;
	const EVP_MD *md = EVP_get_digestbyname(card.memory.aa_digest);
	const size_t hash = (size_t)EVP_MD_get_size(md);
	uint8_t f[512], message[520], digest[64];
	size_t m1;

	if (!recover(r->data, r->n, f) || f[0] != 0x6a || memcmp(f + r->n - (two ? 2 : 1),
				   signers[i].trailer, two ? 2 : 1) != 0)
		return false;
	m1 = r->n - 1 - hash - (two ? 2 : 1);
	memcpy(message, f + 1, m1);
	memcpy(message + m1, m2, 8);
	ck_assert(EVP_Digest(message, m1 + 8, digest, NULL, md, NULL));
	return memcmp(digest, f + 1 + m1, hash) == 0;
}

static bool ecdsa_fits(const struct reply *r, const uint8_t m[8])
{
	const EVP_MD *md = EVP_get_digestbyname(card.memory.aa_digest);
	scoped(scope_EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(card.memory.aa, NULL);
	scoped(scope_ECDSA_SIG_free) ECDSA_SIG *sig = ECDSA_SIG_new();
	uint8_t digest[64], der[160], *p = der;
	const size_t half = r->n / 2;
	unsigned int n;
	int size = (int)r->n;

	memcpy(der, r->data, r->n);
	if (!card.memory.aa_der) {
		ck_assert(ECDSA_SIG_set0(sig,
				BN_bin2bn(r->data, (int)half, NULL),
				BN_bin2bn(r->data + half, (int)half, NULL)));
		size = i2d_ECDSA_SIG(sig, &p);
	}
	ck_assert(EVP_Digest(m, 8, digest, &n, md, NULL));
	ck_assert_int_gt(EVP_PKEY_verify_init(ctx), 0);
	return EVP_PKEY_verify(ctx, der, (size_t)size, digest, n) == 1;
}

/* The signature over 01 02 .. 08, right over what a test says. */
static bool signed_well(int i, const uint8_t m[8])
{
	struct reply r;

	ck_assert_int_eq(terminal_hex(&term, SIGN, &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
	if (signers[i].signature)
		ck_assert_uint_eq(r.n, signers[i].signature);
	return signers[i].bits ? rsa_fits(i, &r, m) : ecdsa_fits(&r, m);
}

static const uint8_t challenge[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static const uint8_t another[8] = { 1, 2, 3, 4, 5, 6, 7, 9 };

START_TEST(the_chip_signs_the_challenge)
{
	insert_signer(_i, "");
	for (int k = 0; k < 4; k++) {
		ck_assert(signed_well(_i, challenge));
		ck_assert(!signed_well(_i, another));
	}
}
END_TEST

START_TEST(another_key_of_the_kind_does_not_fit)
{
	const int i = _i ? 6 : 0;

	insert_signer(i, "evil=aa-wrong-key\n");
	ck_assert(!signed_well(i, challenge));
}
END_TEST

START_TEST(a_replayed_signature_fits_its_own_challenge_alone)
{
	const int i = _i ? 6 : 0;
	struct reply r;

	insert_signer(i, "evil=aa-replay\n");
	ck_assert_int_eq(terminal_hex(&term, "00880000080102030405060709" "00",
				      &r), R_OK);
	ck_assert(!signed_well(i, challenge));
	ck_assert(signed_well(i, another));
}
END_TEST

START_TEST(active_authentication_has_its_conditions)
{
	insert_signer(0, "");
	ck_assert_uint_eq(terminal_sw(&term, "00880000070102030405060700"),
			  SW_LENGTH);
	ck_assert_uint_eq(terminal_sw(&term, "0088000108" "0102030405060708"
				      "00"), SW_P1P2);
	term.on = false;
	card_reset(&card);
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, SIGN), SW_SECURITY);
	card_done(&card);
	insert("");
	open_with(true);
	ck_assert_uint_eq(terminal_sw(&term, SIGN), SW_INS);
}
END_TEST

/* 9303-11 6.1.4: over 1,792 bits it takes extended length. */
START_TEST(a_long_signature_does_not_fit_a_short_answer)
{
	insert_signer(4, "");
	term.extended = false;
	ck_assert_uint_eq(terminal_sw(&term, SIGN), SW_LENGTH);
}
END_TEST

/* -- PIN -------------------------------------------------------------------- */

#define PIN   "pin=654321\n"
#define RIGHT "0020008106363534333231"
#define WRONG "0020008106363534333230"
#define QUERY "00200081"

START_TEST(the_pin_is_verified_and_counted)
{
	insert(PIN);
	open_with(false);
	ck_assert_uint_eq(terminal_sw(&term, QUERY), 0x63c3);
	ck_assert_uint_eq(terminal_sw(&term, RIGHT), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, WRONG), 0x63c2);
	ck_assert_uint_eq(terminal_sw(&term, QUERY), 0x63c2);
	ck_assert_uint_eq(terminal_sw(&term, "00200081073635343332" "3131"),
			  0x63c1);
	open_with(true);
	ck_assert_uint_eq(terminal_sw(&term, RIGHT), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, QUERY), 0x63c3);
}
END_TEST

START_TEST(the_last_try_is_suspended_until_pace_with_the_can)
{
	insert(PIN "pin_tries=2\n");
	open_with(false);
	ck_assert_uint_eq(terminal_sw(&term, WRONG), 0x63c1);
	ck_assert_uint_eq(terminal_sw(&term, RIGHT), SW_CONDITIONS);
	open_with(false);		/* a reset does not give one back */
	ck_assert_uint_eq(terminal_sw(&term, QUERY), 0x63c1);
	ck_assert_uint_eq(terminal_sw(&term, WRONG), SW_CONDITIONS);
	open_with(true);
	ck_assert_uint_eq(terminal_sw(&term, QUERY), 0x63c1);
	ck_assert_uint_eq(terminal_sw(&term, WRONG), SW_BLOCKED);
	ck_assert_uint_eq(terminal_sw(&term, RIGHT), SW_BLOCKED);
	ck_assert_uint_eq(terminal_sw(&term, QUERY), SW_BLOCKED);
}
END_TEST

START_TEST(verify_has_its_conditions)
{
	insert(PIN "pin_reference=05\n");
	ck_assert_uint_eq(terminal_sw(&term, "00200005"), SW_SECURITY);
	open_with(true);
	ck_assert_uint_eq(terminal_sw(&term, RIGHT), SW_REFERENCE);
	ck_assert_uint_eq(terminal_sw(&term, "00200105"), SW_P1P2);
	ck_assert_uint_eq(terminal_sw(&term, "00200005"), 0x63c3);
	card_done(&card);
	insert("");
	open_with(true);
	ck_assert_uint_eq(terminal_sw(&term, QUERY), SW_INS);
}
END_TEST

START_TEST(an_emulator_says_yes_to_every_pin)
{
	struct reply r;

	insert("evil=pin-always-ok\n");
	open_with(true);
	for (int i = 0; i < 5; i++)
		ck_assert_uint_eq(terminal_sw(&term, WRONG), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, QUERY), 0x63c3);
	card_done(&card);
	insert("evil=pin-always-ok,pin-plain\n");
	open_with(true);
	/* plain: no terminal takes it for an answer of the channel */
	ck_assert_int_eq(terminal_hex(&term, WRONG, &r), R_DENIED);
	ck_assert_uint_eq(r.sw, SW_OK);
	ck_assert_uint_eq(r.n, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("simulator: chip");
	TCase *t = tcase_create("chip");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, NULL, take_out);
	tcase_add_loop_test(t, the_chip_signs_the_challenge, 0,
			    (int)(sizeof(signers) / sizeof(signers[0])));
	tcase_add_loop_test(t, another_key_of_the_kind_does_not_fit, 0, 2);
	tcase_add_loop_test(t,
			    a_replayed_signature_fits_its_own_challenge_alone,
			    0, 2);
	tcase_add_test(t, active_authentication_has_its_conditions);
	tcase_add_test(t, a_long_signature_does_not_fit_a_short_answer);
	tcase_add_test(t, the_pin_is_verified_and_counted);
	tcase_add_test(t, the_last_try_is_suspended_until_pace_with_the_can);
	tcase_add_test(t, verify_has_its_conditions);
	tcase_add_test(t, an_emulator_says_yes_to_every_pin);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
