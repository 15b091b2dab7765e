// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/cipher.h"

#include "check_main.h"
#include "emrtd/vectors_bac.h"

#define KEY_128 "2B7E151628AED2A6ABF7158809CF4F3C"
#define KEY_192 "8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B"
#define KEY_256 "603DEB1015CA71BE2B73AEF0857D7781" \
		"1F352C073B6108D72D9810A30914DFF4"
#define MESSAGE "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51" \
		"30C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710"

START_TEST(sizes_are_those_of_the_ciphers)
{
	static const size_t key[] = { 0, 16, 16, 24, 32, 0 };
	static const size_t block[] = { 16, 8, 16, 16, 16, 16 };

	ck_assert_uint_eq(cipher_key_size((enum info_cipher)_i), key[_i]);
	ck_assert_uint_eq(cipher_block_size((enum info_cipher)_i), block[_i]);
}
END_TEST

/* NIST SP 800-38B appendix D.1 to D.3, cut to 8 bytes. */
static const struct {
	enum info_cipher c;
	const char *key;
	size_t n;
	const char *mac;
} cmacs[] = {
	{ CIPHER_AES128, KEY_128, 0, "BB1D6929E9593728" },
	{ CIPHER_AES128, KEY_128, 16, "070A16B46B4D4144" },
	{ CIPHER_AES128, KEY_128, 40, "DFA66747DE9AE630" },
	{ CIPHER_AES128, KEY_128, 64, "51F0BEBF7E3B9D92" },
	{ CIPHER_AES192, KEY_192, 0, "D17DDF46ADAACDE5" },
	{ CIPHER_AES192, KEY_192, 16, "9E99A7BF31E71090" },
	{ CIPHER_AES192, KEY_192, 40, "8A1DE5BE2EB31AAD" },
	{ CIPHER_AES192, KEY_192, 64, "A1D5DF0EED790F79" },
	{ CIPHER_AES256, KEY_256, 0, "028962F61B7BF89E" },
	{ CIPHER_AES256, KEY_256, 16, "28A7023F452E8F82" },
	{ CIPHER_AES256, KEY_256, 40, "AAF3D8F1DE5640C2" },
	{ CIPHER_AES256, KEY_256, 64, "E1992190549F6ED5" },
};

START_TEST(cmac_of_sp_800_38b_however_it_is_cut)
{
	HEX(key, cmacs[_i].key);
	HEX(m, MESSAGE);
	uint8_t mac[MAC_SIZE];

	for (size_t cut = 0; cut <= cmacs[_i].n; cut++) {
		ck_assert_int_eq(cipher_mac(cmacs[_i].c, key.p,
				 span_of(m.p, cut),
				 span_of(m.p + cut, cmacs[_i].n - cut), mac),
				 R_OK);
		same(SPAN(mac), cmacs[_i].mac);
	}
}
END_TEST

START_TEST(retail_mac_of_9303_11_D_3_however_it_is_cut)
{
	HEX(key, D_K_MAC);
	HEX(m, D_E_IFD);
	uint8_t mac[MAC_SIZE], padded[40] = { 0 };

	memcpy(padded, m.p, m.n);
	padded[m.n] = 0x80;
	for (size_t cut = 0; cut <= m.n; cut++) {
		ck_assert_int_eq(cipher_mac_padded(CIPHER_3DES, key.p,
				 span_of(m.p, cut),
				 span_of(m.p + cut, m.n - cut), mac), R_OK);
		same(SPAN(mac), D_M_IFD);
		ck_assert_int_eq(cipher_mac(CIPHER_3DES, key.p,
				 span_of(padded, cut),
				 span_of(padded + cut, 40 - cut), mac), R_OK);
		same(SPAN(mac), D_M_IFD);
	}
}
END_TEST

/* The same from its definition, block by block, over more than one piece of
 * the running ciphertext and at every length. */
static void retail_by_definition(const uint8_t *key, struct span m,
				 uint8_t out[MAC_SIZE])
{
	uint8_t first[CIPHER_KEY_MAX], other[CIPHER_KEY_MAX];
	uint8_t chain[CIPHER_BLOCK_MAX] = { 0 };

	memcpy(first, key, 8);
	memcpy(first + 8, key, 8);
	memcpy(other, key + 8, 8);
	memcpy(other + 8, key + 8, 8);
	for (size_t i = 0; i < m.n; i += 8) {
		for (size_t j = 0; j < 8; j++)
			chain[j] ^= m.p[i + j];
		ck_assert_int_eq(cipher_block(CIPHER_3DES, first,
				 span_of(chain, 8), chain), R_OK);
	}
	ck_assert_int_eq(cipher_cbc(CIPHER_3DES, other, NULL, false,
				    span_of(chain, 8), chain), R_OK);
	ck_assert_int_eq(cipher_block(CIPHER_3DES, first, span_of(chain, 8),
				      chain), R_OK);
	memcpy(out, chain, MAC_SIZE);
}

START_TEST(a_long_retail_mac_is_the_one_of_its_definition)
{
	static uint8_t m[33000];
	HEX(key, D_K_MAC);
	uint8_t got[MAC_SIZE], want[MAC_SIZE];

	for (size_t i = 0; i < sizeof(m); i++)
		m[i] = (uint8_t)(i * 31 + (i >> 8));
	for (size_t n = 8; n <= 2048; n += 8) {
		retail_by_definition(key.p, span_of(m, n), want);
		ck_assert_int_eq(cipher_mac(CIPHER_3DES, key.p, span_of(m, 3),
					    span_of(m + 3, n - 3), got), R_OK);
		ck_assert_mem_eq(got, want, MAC_SIZE);
	}
	retail_by_definition(key.p, SPAN(m), want);
	ck_assert_int_eq(cipher_mac(CIPHER_3DES, key.p, span_of(m, 8),
				    span_of(m + 8, sizeof(m) - 8), got), R_OK);
	ck_assert_mem_eq(got, want, MAC_SIZE);
}
END_TEST

START_TEST(padding_completes_the_block_or_adds_one)
{
	HEX(key, KEY_128);
	uint8_t m[64] = { 0 }, got[MAC_SIZE], want[MAC_SIZE];

	for (size_t n = 0; n < 40; n++) {
		for (int c = CIPHER_3DES; c <= CIPHER_AES256; c++) {
			size_t block = cipher_block_size((enum info_cipher)c);
			uint8_t k[CIPHER_KEY_MAX] = { 9 };
			struct sink s = SINK(m);

			memset(m, 7, n);
			s.n = n;
			cipher_pad((enum info_cipher)c, &s, 0);
			ck_assert_uint_eq(s.n, (n / block + 1) * block);
			ck_assert_uint_eq(m[n], 0x80);
			memcpy(k, key.p, key.n);
			ck_assert_int_eq(cipher_mac((enum info_cipher)c, k,
					 sink_span(&s), span_of(NULL, 0),
					 want), R_OK);
			ck_assert_int_eq(cipher_mac_padded(
					 (enum info_cipher)c, k,
					 span_of(m, n / 2),
					 span_of(m + n / 2, n - n / 2), got),
					 R_OK);
			ck_assert_mem_eq(got, want, MAC_SIZE);
		}
	}
}
END_TEST

START_TEST(padding_counts_from_where_it_is_told)
{
	uint8_t buf[32];
	struct sink s = SINK(buf);

	sink_u8(&s, 1);
	sink_u8(&s, 2);
	cipher_pad(CIPHER_3DES, &s, 1);
	same(sink_span(&s), "010280000000000000");
	s = sink_of(buf, 3);
	cipher_pad(CIPHER_AES128, &s, 0);
	ck_assert(s.overflow);
}
END_TEST

/* FIPS 197 appendix C. */
static const struct { enum info_cipher c; const char *sealed; } blocks[] = {
	{ CIPHER_AES128, "69C4E0D86A7B0430D8CDB78070B4C55A" },
	{ CIPHER_AES192, "DDA97CA4864CDFE06EAF70A0EC0D7191" },
	{ CIPHER_AES256, "8EA2B7CA516745BFEAFC49904B496089" },
};

START_TEST(one_block_of_fips_197)
{
	HEX(key, "000102030405060708090A0B0C0D0E0F"
		 "101112131415161718191A1B1C1D1E1F");
	HEX(in, "00112233445566778899AABBCCDDEEFF");
	uint8_t out[CIPHER_BLOCK_MAX];

	ck_assert_int_eq(cipher_block(blocks[_i].c, key.p, in, out), R_OK);
	same(SPAN(out), blocks[_i].sealed);
}
END_TEST

/* NIST SP 800-38A F.2.1, F.2.3, F.2.5, the first two blocks. */
static const struct {
	enum info_cipher c;
	const char *key, *sealed;
} chains[] = {
	{ CIPHER_AES128, KEY_128, "7649ABAC8119B246CEE98E9B12E9197D"
				  "5086CB9B507219EE95DB113A917678B2" },
	{ CIPHER_AES192, KEY_192, "4F021DB243BC633D7178183A9FA071E8"
				  "B4D9ADA9AD7DEDF4E5E738763F69145A" },
	{ CIPHER_AES256, KEY_256, "F58C4C04D6E5F1BA779EABFB5F7BFBD6"
				  "9CFC4E967EDB808D679F777BC6702C7D" },
};

START_TEST(cbc_of_sp_800_38a)
{
	HEX(key, chains[_i].key);
	HEX(iv, "000102030405060708090A0B0C0D0E0F");
	HEX(m, MESSAGE);
	uint8_t out[32], back[32];

	ck_assert_int_eq(cipher_cbc(chains[_i].c, key.p, iv.p, true,
				    span_of(m.p, 32), out), R_OK);
	same(SPAN(out), chains[_i].sealed);
	ck_assert_int_eq(cipher_cbc(chains[_i].c, key.p, iv.p, false,
				    SPAN(out), back), R_OK);
	ck_assert_mem_eq(back, m.p, 32);
}
END_TEST

START_TEST(cbc_with_3des_of_9303_11_D_3)
{
	HEX(key, D_K_ENC);
	HEX(s, D_S);
	uint8_t out[32], back[32];

	ck_assert_int_eq(cipher_cbc(CIPHER_3DES, key.p, NULL, true, s, out),
			 R_OK);
	same(SPAN(out), D_E_IFD);
	ck_assert_int_eq(cipher_cbc(CIPHER_3DES, key.p, NULL, false,
				    SPAN(out), back), R_OK);
	same(SPAN(back), D_S);
}
END_TEST

START_TEST(parts_of_a_block_and_unknown_ciphers_are_our_mistake)
{
	const uint8_t key[CIPHER_KEY_MAX] = { 0 };
	uint8_t in[32] = { 0 }, out[CIPHER_BLOCK_MAX * 2], mac[MAC_SIZE];
	struct span none = span_of(NULL, 0);

	ck_assert_int_eq(cipher_cbc(CIPHER_AES128, key, NULL, true,
				    span_of(in, 31), out), R_INTERNAL);
	ck_assert_int_eq(cipher_cbc(CIPHER_3DES, key, NULL, true,
				    span_of(in, 9), out), R_INTERNAL);
	ck_assert_int_eq(cipher_cbc(CIPHER_NONE, key, NULL, true,
				    span_of(in, 16), out), R_INTERNAL);
	ck_assert_int_eq(cipher_cbc((enum info_cipher)5, key, NULL, true,
				    span_of(in, 16), out), R_INTERNAL);
	ck_assert_int_eq(cipher_block(CIPHER_AES128, key, span_of(in, 8),
				      out), R_INTERNAL);
	ck_assert_int_eq(cipher_block(CIPHER_NONE, key, span_of(in, 16),
				      out), R_INTERNAL);
	ck_assert_int_eq(cipher_mac(CIPHER_3DES, key, span_of(in, 15), none,
				    mac), R_INTERNAL);
	ck_assert_int_eq(cipher_mac(CIPHER_3DES, key, none, none, mac),
			 R_INTERNAL);
	ck_assert_int_eq(cipher_mac(CIPHER_NONE, key, span_of(in, 16), none,
				    mac), R_INTERNAL);
	ck_assert_int_eq(cipher_mac_padded((enum info_cipher)9, key,
					   span_of(in, 16), none, mac),
			 R_INTERNAL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cipher");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, sizes_are_those_of_the_ciphers, 0, 6);
	tcase_add_loop_test(t, cmac_of_sp_800_38b_however_it_is_cut, 0,
			    sizeof(cmacs) / sizeof(cmacs[0]));
	tcase_add_test(t, retail_mac_of_9303_11_D_3_however_it_is_cut);
	tcase_add_test(t, a_long_retail_mac_is_the_one_of_its_definition);
	tcase_add_test(t, padding_completes_the_block_or_adds_one);
	tcase_add_test(t, padding_counts_from_where_it_is_told);
	tcase_add_loop_test(t, one_block_of_fips_197, 0, 3);
	tcase_add_loop_test(t, cbc_of_sp_800_38a, 0, 3);
	tcase_add_test(t, cbc_with_3des_of_9303_11_D_3);
	tcase_add_test(t,
		       parts_of_a_block_and_unknown_ciphers_are_our_mistake);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
