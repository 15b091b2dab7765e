// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The integrated mapping (9303-11 4.4.3.3.2): the pseudo-random function and
 * the encoding of its number as a point or as an element of a group.
 */
#include "emrtd/domain.h"

#include "check_main.h"
#include "emrtd/pace_map.h"
#include "emrtd/vectors_pace.h"

static void prf_of(const char *nonce, const char *second, size_t bits,
		   const char *want)
{
	HEX(s, nonce);
	HEX(t, second);
	uint8_t key[CIPHER_KEY_MAX] = { 0 }, buf[PACE_PRF_MAX];
	struct sink out = SINK(buf);

	memcpy(key, t.p, t.n);
	ck_assert_int_eq(pace_prf(CIPHER_AES128, s, key, bits, &out), R_OK);
	same(sink_span(&out), want);
}

START_TEST(the_function_of_h1_and_h2)
{
	prf_of(H1_NONCE, H1_T, 256, H1_PRF);
	prf_of(H2_NONCE, H2_T, 1024, H2_PRF);
}
END_TEST

START_TEST(the_generators_of_h1_and_h2)
{
	const struct domain *ec = domain_by_parameter(13);
	const struct domain *dh = domain_by_parameter(0);
	uint8_t g[DOMAIN_PUBLIC_MAX];
	HEX(prf1, H1_PRF);
	HEX(prf2, H2_PRF);

	ck_assert_int_eq(domain_map_integrated(ec, prf1, g), R_OK);
	same(domain_public_span(ec, g), H1_MAPPED);
	ck_assert_int_eq(domain_map_integrated(dh, prf2, g), R_OK);
	same(domain_public_span(dh, g), H2_MAPPED);
}
END_TEST

/*
 * No published example has AES-192, AES-256 or 3DES: made here with openssl
 * enc -nopad -iv 0, block by block, from s = 00 01 02 ... and t = 80 81 82 ...
 * for a number of 192 bits (l = 256: one round; l = 128: two), and its second
 * round for AES-192, whose key is k_1 cut to 24 octets.
 */
static const struct {
	enum info_cipher cipher;
	size_t bits;
	const char *want;
} prfs[] = {
	{ CIPHER_3DES, 192,
	  "4A70EC40CC9184F5CC023835E743D28664AA813D15ECA5E7C80693F9C30DAB76" },
	{ CIPHER_AES128, 192,
	  "7263F9947C8F8D09FEF3A12E4BBFE8C88709ECE76367F252B5D3BA055AA1F3F2" },
	{ CIPHER_AES192, 192,
	  "7A8D8D0E0CDB4C4E89CFB5F941721B49DD6620F9F7BE237DC67F9835349A34CD" },
	{ CIPHER_AES192, 256,
	  "7A8D8D0E0CDB4C4E89CFB5F941721B49DD6620F9F7BE237DC67F9835349A34CD"
	  "60523ADDC6C9E002F14536ED3593D6FA517433679A2A1C8209E457706271B2A6" },
	{ CIPHER_AES256, 192,
	  "B3F653E314D144388C85D446029659A9448D87A842D4BEDB9520A8FB8A50F9AC" },
	{ CIPHER_AES256, 256,
	  "B3F653E314D144388C85D446029659A9448D87A842D4BEDB9520A8FB8A50F9AC"
	  "0DFCB2ECDB97709D9D5C895CADDC8F4C66821E53C46DB99248C60EF94DC9BD7A" },
};

START_TEST(the_function_with_each_cipher)
{
	uint8_t s[32], t[CIPHER_KEY_MAX], buf[PACE_PRF_MAX];
	struct sink out = SINK(buf);
	const size_t l = pace_prf_block(prfs[_i].cipher);

	for (uint8_t i = 0; i < 32; i++) {
		s[i] = i;
		t[i] = 0x80 + i;
	}
	ck_assert_int_eq(pace_prf(prfs[_i].cipher, span_of(s, l), t,
				  prfs[_i].bits, &out), R_OK);
	same(sink_span(&out), prfs[_i].want);
}
END_TEST

/* As many blocks as it takes, no more: n l >= log2 p + 64. */
START_TEST(its_length_follows_from_the_field)
{
	static const uint8_t s[32], t[CIPHER_KEY_MAX];

	for (int i = 0; i < DOMAIN_COUNT; i++)
		for (enum info_cipher c = CIPHER_3DES; c <= CIPHER_AES256;
		     c++) {
			const size_t l = pace_prf_block(c);
			const size_t bits = domain_field_bits(
				domain_at((enum domain_id)i));
			uint8_t buf[PACE_PRF_MAX];
			struct sink out = SINK(buf);

			ck_assert_uint_eq(l, cipher_key_size(c) > 16 ? 32 : 16);
			ck_assert_int_eq(pace_prf(c, span_of(s, l), t, bits,
						  &out), R_OK);
			ck_assert_uint_eq(out.n % l, 0);
			ck_assert_uint_ge(8 * out.n, bits + 64);
			ck_assert_uint_lt(8 * (out.n - l), bits + 64);
		}
}
END_TEST

START_TEST(a_nonce_of_another_length_has_no_function)
{
	static const uint8_t s[48], t[CIPHER_KEY_MAX];
	uint8_t buf[PACE_PRF_MAX];
	struct sink out = SINK(buf);

	ck_assert_int_eq(pace_prf(CIPHER_AES128, span_of(s, 32), t, 256, &out),
			 R_INTERNAL);
	ck_assert_int_eq(pace_prf(CIPHER_AES256, span_of(s, 16), t, 256, &out),
			 R_INTERNAL);
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

/*
 * Points by B.2's formulas in another program (Python's integers): for each
 * curve a number for which h2 is a square and one for which it is not, both
 * above p. The result compressed: 02 or 03 by y's parity, X.
 */
static const struct {
	const char *curve, *prf, *point;
} points[] = {
	{ "prime192v1",
	  "00003038FFFFFFFFFFFFFFFFFFFFFFFFFFFFCFC6FFFFFFFFFFFFCFC9",
	  "03B97DB39EAF5C121A8CC3BF0C221B4A5306A6508029598A2A" },
	{ "prime192v1",
	  "00003038FFFFFFFFFFFFFFFFFFFFFFFFFFFFCFC6FFFFFFFFFFFFCFCA",
	  "036F70E5D13AEEA29685B699412F7C97C7F93859EFDEC8E084" },
	{ "brainpoolP192r1",
	  "000024BBF96DE62DAEACC338F083BC88343AF8D5B25281C6D0FA43A1",
	  "0296A749B0DED800AC5AAC2BE08781F688AEB5399C5DC7DFA6" },
	{ "brainpoolP192r1",
	  "000024BBF96DE62DAEACC338F083BC88343AF8D5B25281C6D0FA43A4",
	  "021BCB78D6FEC5A3834AC7BE1A77310CCBB88665B8EFE85097" },
	{ "brainpoolP224r1",
	  "000028A443E4A10F283AFBC3E869BE6E94226E5424C90EF9C986BF6EDEE2"
	  "C8C9",
	  "03A6ACE9B0548067AE34B041C0F8046FA34C86D81584144B7CFAF97D19" },
	{ "brainpoolP224r1",
	  "000028A443E4A10F283AFBC3E869BE6E94226E5424C90EF9C986BF6EDEE2"
	  "C8CD",
	  "036775C4A8B49BFBC53AE3B1BB7B63FD001D5E64AC8988A3D52839FE40" },
	{ "prime256v1",
	  "00003038FFFFCFC700003039000000000000000000003038FFFFFFFFFFFF"
	  "FFFFFFFFCFC9",
	  "03FD395A8D6106EE4D6BA359B431EFF7C4081197C0B4738E20075FCEA4AA"
	  "D3148C" },
	{ "prime256v1",
	  "00003038FFFFCFC700003039000000000000000000003038FFFFFFFFFFFF"
	  "FFFFFFFFCFCC",
	  "027165F04C0BF37BA38CD3C8EBF3D50D1B6CDF7D7FA11ABE6A693BD75CBA"
	  "B5B8A7" },
	{ "brainpoolP256r1",
	  "00002004F96FBE43CDF7169D06B377BBBCCFF325C98085F19B84AEF2C1D0"
	  "8460AF36E581",
	  "0296F71E57719196469075876D2132B4E918C01F38D10E865481A62D1213"
	  "403B60" },
	{ "brainpoolP256r1",
	  "00002004F96FBE43CDF7169D06B377BBBCCFF325C98085F19B84AEF2C1D0"
	  "8460AF36E582",
	  "0203E79147402151F52FE1CAF4F7A8A5E72684FCFBCBC2F032348DFA9BED"
	  "6A6E65" },
	{ "brainpoolP320r1",
	  "000027D0BD53E06F7EE03A2C7D08947D1C7E157F87F48A7ABEF3F9343A87"
	  "BC42953744880EB986F0698C96B1",
	  "03D103F660F1FEDF2C849C1066448BC3B96BBA51D596A808872A6E98B058"
	  "3F81916C706ED818D12ACA" },
	{ "brainpoolP320r1",
	  "000027D0BD53E06F7EE03A2C7D08947D1C7E157F87F48A7ABEF3F9343A87"
	  "BC42953744880EB986F0698C96B6",
	  "0247FCE18A4FC23E65D66A20096ED3BD3E8CEF9CB4876B3A340905B0F747"
	  "BB0A10D86D0DC795669F12" },
	{ "secp384r1",
	  "00003038FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
	  "FFFFFFFFCFC6FFFFCFC70000000000003038FFFFCFC9",
	  "023998DF6E67087E67E1C181F52EC4492C9E0AB160F859577F64AACA33C0"
	  "78D46F079F23015C90E8236BCCC1724C870F81" },
	{ "secp384r1",
	  "00003038FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
	  "FFFFFFFFCFC6FFFFCFC70000000000003038FFFFCFCB",
	  "0223E1D344000FD0C046737C90ACDFF207D42E375DEB9009E97DBC8833AE"
	  "2B52E873656B0BC69EDBFA8E0BAF7BF76FE6DA" },
	{ "brainpoolP384r1",
	  "00001A820AF049B0EC07D0CCF0B5824B2F9E7EA49CC207B5A8091199827E"
	  "579FC2F981592A7803468B702CA46ED29D7767132E7D",
	  "02202D4905161F3BEA834F6C1DC01A14A033A4CF528820ABFEFF86D58421"
	  "AC9F203D20ED7BB9F8CDCCEAB3A7A7D063A0D8" },
	{ "brainpoolP384r1",
	  "00001A820AF049B0EC07D0CCF0B5824B2F9E7EA49CC207B5A8091199827E"
	  "579FC2F981592A7803468B702CA46ED29D7767132E7E",
	  "03408AC42A3730B300D29A715A02847931095D8A07E2B5EAF0EBA4B2DA01"
	  "37C527FBB220BD430BDC0BC4C00FB219A4550D" },
	{ "brainpoolP512r1",
	  "0000202F98EAC764CBE6DEF921A8067F673A93D558613EB8DF528D806993"
	  "DE1C8CF228C37357A057E2B9B79F7A00EDCC0292DAD764CAAA09A7572B45"
	  "FFFFA3C492A7CE1D",
	  "0392376FB2BCD08930874DC1E4246B8DBBB51525C6A57D1F55542A14CA4E"
	  "A149510CBB5D0AE56E6013105B78257B4BBA2CA21212DDDFD0313EC95E70"
	  "78D1954D16" },
	{ "brainpoolP512r1",
	  "0000202F98EAC764CBE6DEF921A8067F673A93D558613EB8DF528D806993"
	  "DE1C8CF228C37357A057E2B9B79F7A00EDCC0292DAD764CAAA09A7572B45"
	  "FFFFA3C492A7CE1E",
	  "021E2F24CC35443B8914EDDA04C1D37DC78E96E21220347394FDF34CE01C"
	  "65687DD9755F150583C4FD14C4A84FDD922B66C24F1FFBD55869F7B389C5"
	  "48E144D653" },
	{ "secp521r1",
	  "0000006071FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
	  "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
	  "FFFFFFFFFFFFFFFFCFC9",
	  "02015144DE498F880F9327BA76B2FB6A2313FCA2FD5AD1058B8AF54A8972"
	  "2DBFC0470FD8F80289AA659CBFFC33227CE2A9EC12081FBD1EC4157AA289"
	  "F17CB0BA533338" },
	{ "secp521r1",
	  "0000006071FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
	  "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
	  "FFFFFFFFFFFFFFFFCFCF",
	  "02019BE0D9C281E6F018E3CBF2C143D3E1B84B806A0FA70C89720CA02FD5"
	  "923EEB133B1136EDB6EF0AA032EC3F460FAF9B53B11CCE5BDCCF7C63DA91"
	  "D45126F8DC0106" },
};

START_TEST(the_encoding_on_each_curve)
{
	const struct domain *d = domain_by_name(points[_i].curve);
	uint8_t g[DOMAIN_PUBLIC_MAX];
	HEX(prf, points[_i].prf);

	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq(domain_map_integrated(d, prf, g), R_OK);
	ck_assert_int_eq(domain_check(d, domain_public_span(d, g)), R_OK);
	ck_assert_uint_eq(g[0], 4);
	g[0] = 2 + (g[d->public - 1] & 1);
	same(span_of(g, 1 + d->shared), points[_i].point);
}
END_TEST

/* 1 < g < p - 1 and g^q = 1; another for another number. */
START_TEST(the_mapping_of_each_group_stays_in_it)
{
	static const uint8_t one[] = { 2 }, two[] = { 3 };
	const struct domain *d = domain_at((enum domain_id)_i);
	uint8_t a[DOMAIN_PUBLIC_MAX], b[DOMAIN_PUBLIC_MAX];

	ck_assert_int_eq(domain_map_integrated(d, SPAN(one), a), R_OK);
	ck_assert_int_eq(domain_map_integrated(d, SPAN(two), b), R_OK);
	ck_assert_int_eq(domain_check(d, domain_public_span(d, a)), R_OK);
	ck_assert_int_eq(domain_check(d, domain_public_span(d, b)), R_OK);
	ck_assert_mem_ne(a, b, d->public);
}
END_TEST

/* f = 0, 1 and p - 1 have no point; 0 and 1 no element but 0 and 1. */
START_TEST(numbers_that_map_nowhere_are_refused)
{
	static const uint8_t zero[40], one[40] = { [39] = 1 };
	HEX(less, "A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D"
	    "1F6E5376");
	uint8_t g[DOMAIN_PUBLIC_MAX];

	for (int i = 0; i < DOMAIN_COUNT; i++) {
		const struct domain *d = domain_at((enum domain_id)i);

		if (!domain_has_integrated(d))
			continue;
		ck_assert_int_eq(domain_map_integrated(d, SPAN(zero), g),
				 R_MALFORMED);
		ck_assert_int_eq(domain_map_integrated(d, SPAN(one), g),
				 R_MALFORMED);
	}
	ck_assert_int_eq(domain_map_integrated(domain_by_parameter(13), less,
					       g), R_MALFORMED);
}
END_TEST

START_TEST(p224_has_no_integrated_mapping)
{
	static const uint8_t two[] = { 2 };
	uint8_t g[DOMAIN_PUBLIC_MAX];

	for (int i = 0; i < DOMAIN_COUNT; i++) {
		const struct domain *d = domain_at((enum domain_id)i);

		ck_assert_int_eq(domain_has_integrated(d), i != DOMAIN_P224);
		ck_assert_int_eq(domain_map_integrated(d, SPAN(two), g),
				 i == DOMAIN_P224 ? R_DENIED : R_OK);
	}
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static Suite *suite(void)
{
	Suite *s = suite_create("domain encoding");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_function_of_h1_and_h2);
	tcase_add_test(t, the_generators_of_h1_and_h2);
	tcase_add_loop_test(t, the_function_with_each_cipher, 0, COUNT(prfs));
	tcase_add_test(t, its_length_follows_from_the_field);
	tcase_add_test(t, a_nonce_of_another_length_has_no_function);
	tcase_add_loop_test(t, the_encoding_on_each_curve, 0, COUNT(points));
	tcase_add_loop_test(t, the_mapping_of_each_group_stays_in_it,
			    DOMAIN_DH_1024_160, DOMAIN_DH_2048_256 + 1);
	tcase_add_test(t, numbers_that_map_nowhere_are_refused);
	tcase_add_test(t, p224_has_no_integrated_mapping);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
