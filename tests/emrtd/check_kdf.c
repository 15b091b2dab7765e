// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/kdf.h"

#include "check_main.h"
#include "emrtd/vectors.h"

START_TEST(session_keys_of_9303_11_G_1)
{
	HEX(secret, G1_SHARED);
	struct session_keys k;

	ck_assert_int_eq(kdf_session(secret, &k), R_OK);
	same(SPAN(k.enc), G1_KS_ENC);
	same(SPAN(k.mac), G1_KS_MAC);
	session_keys_wipe(&k);
	same(SPAN(k.enc), "00000000000000000000000000000000");
}
END_TEST

START_TEST(password_key_of_the_mrz_in_9303_11_G_1)
{
	HEX(hash, G1_MRZ_HASH);
	uint8_t k[AES_KEY_SIZE];

	ck_assert_int_eq(kdf_aes128(hash, KDF_PACE, k), R_OK);
	same(SPAN(k), G1_K_PI);
	ck_assert_int_eq(kdf_password(PASSWORD_MRZ, span_str(G1_MRZ_KEY), k),
			 R_OK);
	same(SPAN(k), G1_K_PI);
}
END_TEST

/* K_pi of the CAN 123456, as other implementations publish it. */
START_TEST(password_key_of_a_can)
{
	uint8_t k[AES_KEY_SIZE];

	ck_assert_int_eq(kdf_password(PASSWORD_CAN, span_str("123456"), k),
			 R_OK);
	same(SPAN(k), "591468CDA83D65219CCCB8560233600F");
}
END_TEST

START_TEST(an_empty_or_unknown_password_gives_no_key)
{
	uint8_t k[AES_KEY_SIZE] = { 1 };

	ck_assert_int_eq(kdf_password(PASSWORD_CAN, span_str(""), k),
			 R_MALFORMED);
	ck_assert_int_eq(kdf_password((enum password_kind)3, span_str("1"), k),
			 R_MALFORMED);
	ck_assert_uint_eq(k[0], 1);
}
END_TEST

/* NIST SP 800-38B, D.1: AES-128-CMAC, cut to 8 bytes. */
static const struct { size_t n; const char *mac; } cmacs[] = {
	{ 0, "BB1D6929E9593728" }, { 16, "070A16B46B4D4144" },
	{ 40, "DFA66747DE9AE630" }, { 64, "51F0BEBF7E3B9D92" },
};

START_TEST(cmac_of_sp_800_38b)
{
	HEX(key, "2B7E151628AED2A6ABF7158809CF4F3C");
	HEX(m, "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51"
	       "30C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710");
	uint8_t mac[MAC_SIZE];
	size_t cut = cmacs[_i].n / 3;

	ck_assert_int_eq(aes_mac(key.p, span_of(m.p, cut),
				 span_of(m.p + cut, cmacs[_i].n - cut), mac),
			 R_OK);
	same(SPAN(mac), cmacs[_i].mac);
}
END_TEST

START_TEST(a_part_of_a_block_is_not_encrypted)
{
	uint8_t key[16] = { 0 }, iv[16] = { 0 }, in[32] = { 0 }, out[32];

	ck_assert_int_eq(aes_cbc(key, iv, true, span_of(in, 31), out),
			 R_INTERNAL);
	ck_assert_int_eq(aes_cbc(key, iv, true, span_of(in, 32), out), R_OK);
	ck_assert_int_eq(aes_cbc(key, iv, false, SPAN(out), in), R_OK);
	ck_assert_mem_eq(in, (uint8_t[32]){ 0 }, 32);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("kdf");
	TCase *t = tcase_create("all");

	tcase_add_test(t, session_keys_of_9303_11_G_1);
	tcase_add_test(t, password_key_of_the_mrz_in_9303_11_G_1);
	tcase_add_test(t, password_key_of_a_can);
	tcase_add_test(t, an_empty_or_unknown_password_gives_no_key);
	tcase_add_loop_test(t, cmac_of_sp_800_38b, 0,
			    sizeof(cmacs) / sizeof(cmacs[0]));
	tcase_add_test(t, a_part_of_a_block_is_not_encrypted);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
