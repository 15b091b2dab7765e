// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/kdf.h"

#include "check_main.h"
#include "emrtd/vectors_bac.h"

START_TEST(session_keys_of_9303_11_G_1)
{
	HEX(secret, G1_SHARED);
	struct session_keys k;

	ck_assert_int_eq(kdf_session(CIPHER_AES128, secret, &k), R_OK);
	ck_assert_int_eq(k.cipher, CIPHER_AES128);
	same(span_of(k.enc, 16), G1_KS_ENC);
	same(span_of(k.mac, 16), G1_KS_MAC);
	same(SPAN(k.ssc), "00000000000000000000000000000000");
	session_keys_wipe(&k);
	same(span_of(k.enc, 16), "00000000000000000000000000000000");
}
END_TEST

START_TEST(document_keys_of_9303_11_D_1)
{
	HEX(seed, D_SEED);
	struct session_keys k;

	ck_assert_int_eq(kdf_session(CIPHER_3DES, seed, &k), R_OK);
	ck_assert_int_eq(k.cipher, CIPHER_3DES);
	same(span_of(k.enc, 16), "AB94FCEDF2664EDFB9B291F85D7F77F2");
	same(span_of(k.mac, 16), "7862D9ECE03C1BCD4D77089DCF131442");
	set_parity(k.enc, 16);
	set_parity(k.mac, 16);
	same(span_of(k.enc, 16), D_K_ENC);
	same(span_of(k.mac, 16), D_K_MAC);
}
END_TEST

START_TEST(password_key_of_the_mrz_in_9303_11_G_1)
{
	HEX(hash, G1_MRZ_HASH);
	uint8_t k[CIPHER_KEY_MAX];

	ck_assert_int_eq(kdf(CIPHER_AES128, hash, KDF_PACE, k), R_OK);
	same(span_of(k, 16), G1_K_PI);
	ck_assert_int_eq(kdf_password(CIPHER_AES128, PASSWORD_MRZ,
				      span_str(G1_MRZ_KEY), k), R_OK);
	same(span_of(k, 16), G1_K_PI);
}
END_TEST

/*
 * K_pi of the CAN 123456 with AES-128 as other implementations publish it; the
 * others, and those of the MRZ of G.1, computed from 9.7.1 with Python's
 * hashlib.
 */
static const struct {
	enum info_cipher c;
	const char *can, *mrz;
} passwords[] = {
	{ CIPHER_3DES, "591468CDA83D65219CCCB8560233600F", G1_K_PI },
	{ CIPHER_AES128, "591468CDA83D65219CCCB8560233600F", G1_K_PI },
	{ CIPHER_AES192, "8DF3278FB32026E66277357FCD6C826DBEB3DE32088B2531", "D79A23C126202AC9051FEBFBC0E8A03B1C6645D85752B4B7" },
	{ CIPHER_AES256, "8DF3278FB32026E66277357FCD6C826DBEB3DE32088B2531757D753940185923",
	  "D79A23C126202AC9051FEBFBC0E8A03B1C6645D85752B4B71408FA229AB6D56B" },
};

START_TEST(password_keys_of_every_cipher)
{
	size_t n = cipher_key_size(passwords[_i].c);
	uint8_t k[CIPHER_KEY_MAX];

	ck_assert_int_eq(kdf_password(passwords[_i].c, PASSWORD_CAN,
				      span_str("123456"), k), R_OK);
	same(span_of(k, n), passwords[_i].can);
	ck_assert_int_eq(kdf_password(passwords[_i].c, PASSWORD_MRZ,
				      span_str(G1_MRZ_KEY), k), R_OK);
	same(span_of(k, n), passwords[_i].mrz);
}
END_TEST

START_TEST(an_empty_or_unknown_password_gives_no_key)
{
	uint8_t k[CIPHER_KEY_MAX] = { 1 };

	ck_assert_int_eq(kdf_password(CIPHER_AES128, PASSWORD_CAN,
				      span_str(""), k), R_MALFORMED);
	ck_assert_int_eq(kdf_password(CIPHER_AES128, PASSWORD_MRZ,
				      span_str(""), k), R_MALFORMED);
	ck_assert_int_eq(kdf_password(CIPHER_AES128, (enum password_kind)3,
				      span_str("1"), k), R_MALFORMED);
	ck_assert_uint_eq(k[0], 1);
}
END_TEST

START_TEST(no_cipher_gives_no_key)
{
	struct session_keys k = { .cipher = CIPHER_AES256 };
	uint8_t key[CIPHER_KEY_MAX] = { 1 };

	ck_assert_int_eq(kdf(CIPHER_NONE, span_str("x"), KDF_ENC, key),
			 R_INTERNAL);
	ck_assert_int_eq(kdf_session((enum info_cipher)5, span_str("x"), &k),
			 R_INTERNAL);
	ck_assert_uint_eq(key[0], 1);
	ck_assert_int_eq(k.cipher, CIPHER_AES256);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("kdf");
	TCase *t = tcase_create("all");

	tcase_add_test(t, session_keys_of_9303_11_G_1);
	tcase_add_test(t, document_keys_of_9303_11_D_1);
	tcase_add_test(t, password_key_of_the_mrz_in_9303_11_G_1);
	tcase_add_loop_test(t, password_keys_of_every_cipher, 0,
			    sizeof(passwords) / sizeof(passwords[0]));
	tcase_add_test(t, an_empty_or_unknown_password_gives_no_key);
	tcase_add_test(t, no_cipher_gives_no_key);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
