// SPDX-License-Identifier: GPL-3.0-or-later
/* Active Authentication with RSA: what 9303-11 appendix F prints, what real
 * chips answered, and what is refused. check_active_auth_ecdsa.c has the
 * rest. */
#include "emrtd/active_auth.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "check_main.h"
#include "emrtd/active_auth_keys.h"

SCOPE_FREE(OSSL_PARAM *, OSSL_PARAM_free);
SCOPE_FREE(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free);
SCOPE_FREE(BIGNUM *, BN_free);

#define SMALL_BITS 1024
#define SMALL_SIZE (SMALL_BITS / 8)

static const uint8_t option_1[] = { 0xbc };

static const struct {
	const EVP_MD *(*md)(void);
	uint8_t trailer[2];
	size_t n;
	const char *name;		/* with 2048 bits */
} hashes[] = {
	{ EVP_sha1,   { 0xbc },       1, "RSA-2048 SHA-1" },
	{ EVP_sha224, { 0x38, 0xcc }, 2, "RSA-2048 SHA-224" },
	{ EVP_sha256, { 0x34, 0xcc }, 2, "RSA-2048 SHA-256" },
	{ EVP_sha384, { 0x36, 0xcc }, 2, "RSA-2048 SHA-384" },
	{ EVP_sha512, { 0x35, 0xcc }, 2, "RSA-2048 SHA-512" },
};

#define HASHES (int)(sizeof(hashes) / sizeof(hashes[0]))

/* Made once, before the tests are started. */
static EVP_PKEY *small_key, *other_key, *large_key;

static void make_keys(void)
{
	small_key = EVP_RSA_gen(SMALL_BITS);
	other_key = EVP_RSA_gen(SMALL_BITS);
	large_key = EVP_RSA_gen(2048);
	ck_assert(small_key && other_key && large_key);
}

static void free_keys(void)
{
	EVP_PKEY_free(small_key);
	EVP_PKEY_free(other_key);
	EVP_PKEY_free(large_key);
}

static struct octets good_answer(void)
{
	static const uint8_t trailer[] = { 0x34, 0xcc };
	struct octets f = representative(SMALL_SIZE, 0x6a, EVP_sha256(),
					 SPAN(trailer));

	return rsa_signed(small_key, span_octets(&f));
}

/* A public key of these numbers, whether it is one or not. */
static struct octets key_of(const BIGNUM *n, unsigned long e)
{
	scoped(scope_OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *b =
		OSSL_PARAM_BLD_new();
	scoped(scope_OSSL_PARAM_free) OSSL_PARAM *params = NULL;
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key = NULL;

	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_ulong(b, OSSL_PKEY_PARAM_RSA_E, e);
	params = OSSL_PARAM_BLD_to_param(b);
	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY,
					   params), 1);
	return spki_of(key);
}

static BIGNUM *modulus(EVP_PKEY *key)
{
	BIGNUM *n = NULL;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N,
					       &n), 1);
	return n;
}

/* -- published ---------------------------------------------------------- */

START_TEST(the_representative_of_appendix_f)
{
	const struct octets spki = spki_of(small_key);
	HEX(f, F_REPRESENTATIVE);
	HEX(sent, F_CHALLENGE);
	struct octets s = rsa_signed(small_key, f);
	char name[AA_NAME_MAX] = "";

	ck_assert_int_eq(active_auth_verify(span_octets(&spki), NULL, &lax,
					    sent.p, span_octets(&s), name),
			 R_OK);
	ck_assert_str_eq(name, "RSA-1024 SHA-1");
}
END_TEST

static const struct {
	const char *spki, *challenge, *signature, *name;
} chips[] = {
	{ AA_SPKI, AA_CHALLENGE_SENT, AA_SIGNATURE, "RSA-1792 SHA-256" },
	{ AB_SPKI, "47E4EE7F211F7326", AB_SIGNATURE_1, "RSA-1024 SHA-1" },
	{ AB_SPKI, "5DD17658F6E21C13", AB_SIGNATURE_2, "RSA-1024 SHA-1" },
};

START_TEST(the_answer_of_a_real_chip)
{
	HEX(spki, chips[_i].spki);
	HEX(sent, chips[_i].challenge);
	HEX(signature, chips[_i].signature);
	struct octets s = octets(signature);
	uint8_t other[AA_CHALLENGE];
	char name[AA_NAME_MAX] = "";

	ck_assert_int_eq(active_auth_verify(spki, NULL, &lax, sent.p,
					    signature, name), R_OK);
	ck_assert_str_eq(name, chips[_i].name);
	ck_assert_int_eq(active_auth_verify(spki, NULL, &strict, sent.p,
					    signature, name), R_DENIED);
	for (size_t i = 0; i < 8 * sizeof(other); i++) {
		memcpy(other, sent.p, sizeof(other));
		other[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_eq(active_auth_verify(spki, NULL, &lax, other,
						    signature, name),
				 R_DENIED);
	}
	for (size_t i = 0; i < 8 * s.n; i++) {
		s.p[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_ne(active_auth_verify(spki, NULL, &lax, sent.p,
						    span_octets(&s), name),
				 R_OK);
		s.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}
END_TEST

/* -- what is taken ------------------------------------------------------ */

START_TEST(every_hash_has_its_trailer)
{
	struct active_auth_rules rules = { .sha1 = _i == 0 };
	struct octets spki = spki_of(large_key);
	struct octets f = representative(256, 0x6a, hashes[_i].md(),
					 span_of(hashes[_i].trailer,
						 hashes[_i].n));
	struct octets s = rsa_signed(large_key, span_octets(&f));

	ck_assert_int_eq(judged(span_octets(&spki), NULL, &rules,
				span_octets(&s), hashes[_i].name), R_OK);
	/* strong as they are, only SHA-1 wants a permission */
	ck_assert_int_eq(judged(span_octets(&spki), NULL, &strict,
				span_octets(&s), NULL),
			 _i == 0 ? R_DENIED : R_OK);
}
END_TEST

/* ISO/IEC 9796-2 B.4: the smaller of s and n - s; which one it is differs from
 * one signature to the next. */
START_TEST(either_production_of_signatures)
{
	scoped(scope_BN_free) BIGNUM *n = modulus(small_key);
	struct octets spki = spki_of(small_key);
	struct octets s = good_answer(), t = s;
	scoped(scope_BN_free) BIGNUM *b = BN_bin2bn(s.p, (int)s.n, NULL);

	ck_assert_int_eq(BN_sub(b, n, b), 1);
	ck_assert_int_eq(BN_bn2binpad(b, t.p, (int)t.n), SMALL_SIZE);
	ck_assert_mem_ne(s.p, t.p, s.n);
	ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax,
				span_octets(&s), "RSA-1024 SHA-256"), R_OK);
	ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax,
				span_octets(&t), "RSA-1024 SHA-256"), R_OK);
}
END_TEST

/* -- what is refused ---------------------------------------------------- */

START_TEST(every_flipped_bit_is_refused)
{
	struct octets spki = spki_of(small_key), s = good_answer();

	for (size_t i = 0; i < 8 * s.n; i++) {
		s.p[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_ne(judged(span_octets(&spki), NULL, &lax,
					span_octets(&s), NULL), R_OK);
		s.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax,
				span_octets(&s), NULL), R_OK);
}
END_TEST

START_TEST(another_key_or_challenge_is_refused)
{
	static const uint8_t next[AA_CHALLENGE] = { 0x42, 1, 2, 3, 4, 5, 6, 8 };
	struct octets spki = spki_of(other_key), ours = spki_of(small_key);
	struct octets s = good_answer();
	char name[AA_NAME_MAX];

	/* above the other modulus it is no number of it */
	ck_assert_int_ne(judged(span_octets(&spki), NULL, &lax,
				span_octets(&s), NULL), R_OK);
	ck_assert_int_eq(active_auth_verify(span_octets(&ours), NULL, &lax,
					    next, span_octets(&s), name),
			 R_DENIED);
}
END_TEST

START_TEST(an_answer_of_another_length_is_refused)
{
	struct octets spki = spki_of(small_key), s = good_answer();

	for (size_t n = 0; n <= sizeof(s.p); n++) {
		s.n = n;
		if (n == SMALL_SIZE)
			continue;
		ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax,
					span_octets(&s), NULL), R_MALFORMED);
	}
}
END_TEST

START_TEST(a_number_that_is_not_below_the_modulus_is_refused)
{
	scoped(scope_BN_free) BIGNUM *n = modulus(small_key);
	struct octets spki = spki_of(small_key), s = good_answer();

	memset(s.p, 0xff, s.n);
	ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax,
				span_octets(&s), NULL), R_MALFORMED);
	ck_assert_int_eq(BN_bn2binpad(n, s.p, (int)s.n), SMALL_SIZE);
	ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax,
				span_octets(&s), NULL), R_MALFORMED);
}
END_TEST

/* Representatives that are signed well and are none: another scheme, total
 * recovery, padding, a trailer that names no hash or another one. */
static const struct {
	uint8_t header;
	const EVP_MD *(*md)(void);
	uint8_t trailer[2];
	size_t n;
} others[] = {
	{ 0x4a, EVP_sha256, { 0x34, 0xcc }, 2 },	/* total recovery */
	{ 0x4b, EVP_sha256, { 0x34, 0xcc }, 2 },	/* ... padded */
	{ 0x6b, EVP_sha256, { 0x34, 0xcc }, 2 },	/* padded */
	{ 0x60, EVP_sha256, { 0x34, 0xcc }, 2 },
	{ 0x2a, EVP_sha256, { 0x34, 0xcc }, 2 },
	{ 0x00, EVP_sha256, { 0x34, 0xcc }, 2 },	/* PKCS#1 */
	{ 0x6a, EVP_sha1,   { 0x33, 0xcc }, 2 },	/* not in 9303 */
	{ 0x6a, EVP_sha256, { 0x31, 0xcc }, 2 },	/* RIPEMD-160 */
	{ 0x6a, EVP_sha512, { 0x37, 0xcc }, 2 },	/* Whirlpool */
	{ 0x6a, EVP_sha224, { 0x00, 0xcc }, 2 },
	{ 0x6a, EVP_sha256, { 0x34, 0xbe }, 2 },
	{ 0x6a, EVP_sha256, { 0x34, 0xac }, 2 },
	{ 0x6a, EVP_sha256, { 0xcc }, 1 },
	{ 0x6a, EVP_sha256, { 0xbc }, 1 },		/* SHA-1, it says */
	{ 0x6a, EVP_sha256, { 0x38, 0xcc }, 2 },	/* SHA-224 */
	{ 0x6a, EVP_sha224, { 0x34, 0xcc }, 2 },
	{ 0x6a, EVP_sha384, { 0x35, 0xcc }, 2 },
	{ 0x6a, EVP_sha512, { 0x36, 0xcc }, 2 },
	{ 0x6a, EVP_sha1,   { 0x34, 0xcc }, 2 },
};

#define OTHERS (int)(sizeof(others) / sizeof(others[0]))

START_TEST(another_representative_is_refused)
{
	struct octets spki = spki_of(small_key);
	struct octets f = representative(SMALL_SIZE, others[_i].header,
					 others[_i].md(),
					 span_of(others[_i].trailer,
						 others[_i].n));
	struct octets s = rsa_signed(small_key, span_octets(&f));

	ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax,
				span_octets(&s), NULL), R_DENIED);
}
END_TEST

/* Each octet of a good one, but for the nonce's, which only the hash knows. */
START_TEST(a_changed_octet_of_the_representative_is_refused)
{
	struct octets spki = spki_of(small_key);
	struct octets f = representative(SMALL_SIZE, 0x6a, EVP_sha1(),
					 SPAN(option_1));

	for (size_t i = 0; i < f.n; i++) {
		struct octets g = f, s;

		g.p[i] ^= 2;		/* even and odd stay what they were */
		s = rsa_signed(small_key, span_octets(&g));
		ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax,
					span_octets(&s), NULL), R_DENIED);
	}
}
END_TEST

/* -- keys --------------------------------------------------------------- */

static const struct { int bits; bool small_ok, strict_ok; } sizes[] = {
	{ 1016, false, false }, { 1024, true, false }, { 2040, true, false },
	{ 2048, true, true },
};

START_TEST(a_key_has_2048_bits_or_a_permission)
{
	static const uint8_t trailer[] = { 0x34, 0xcc };
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key =
		EVP_RSA_gen((size_t)sizes[_i].bits);
	struct active_auth_rules rules = { .small_keys = true };
	struct octets f = representative((size_t)sizes[_i].bits / 8, 0x6a,
					 EVP_sha256(), SPAN(trailer));
	struct octets spki, s;

	ck_assert_ptr_nonnull(key);
	spki = spki_of(key);
	s = rsa_signed(key, span_octets(&f));
	ck_assert_int_eq(judged(span_octets(&spki), NULL, &rules,
				span_octets(&s), NULL),
			 sizes[_i].small_ok ? R_OK : R_DENIED);
	ck_assert_int_eq(judged(span_octets(&spki), NULL, &strict,
				span_octets(&s), NULL),
			 sizes[_i].strict_ok ? R_OK : R_DENIED);
}
END_TEST

START_TEST(a_key_of_more_than_8192_bits_is_refused)
{
	scoped(scope_BN_free) BIGNUM *n = BN_new();
	uint8_t answer[1025] = { 0 };
	struct octets spki;

	ck_assert_int_eq(BN_set_bit(n, 8192), 1);
	ck_assert_int_eq(BN_add_word(n, 1), 1);
	spki = key_of(n, 3);
	ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax, SPAN(answer),
				NULL), R_DENIED);
}
END_TEST

/* With e = 1 the representative is its own signature. */
START_TEST(an_exponent_that_proves_nothing_is_refused)
{
	scoped(scope_BN_free) BIGNUM *n = modulus(large_key);
	static const uint8_t trailer[] = { 0x34, 0xcc };
	struct octets f = representative(256, 0x6a, EVP_sha256(),
					 SPAN(trailer));
	struct octets spki = key_of(n, 1);

	ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax,
				span_octets(&f), NULL), R_DENIED);
	spki = key_of(n, 2);
	ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax,
				span_octets(&f), NULL), R_DENIED);
}
END_TEST

START_TEST(what_is_no_key_is_refused)
{
	struct octets spki = spki_of(small_key), s = good_answer();
	struct octets longest = { .n = sizeof(longest.p) };
	struct command c = { 0 };

	for (size_t n = 0; n < spki.n; n++) {
		ck_assert_int_eq(judged(span_of(spki.p, n), NULL, &lax,
					span_octets(&s), NULL), R_MALFORMED);
		ck_assert_int_eq(active_auth_command(span_of(spki.p, n),
						     challenge, &c),
				 R_MALFORMED);
	}
	spki.p[spki.n++] = 0;
	ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax,
				span_octets(&s), NULL), R_MALFORMED);
	ck_assert_int_eq(active_auth_command(span_octets(&spki), challenge,
					     &c), R_MALFORMED);
	memcpy(longest.p, spki.p, spki.n);
	ck_assert_int_eq(judged(span_octets(&longest), NULL, &lax,
				span_octets(&s), NULL), R_MALFORMED);
	ck_assert_ptr_null(c.data.p);
}
END_TEST

/* A key of another kind signs nothing that 9303-11 6.1 knows. */
START_TEST(a_key_of_another_kind_is_refused)
{
	static const char *const kinds[] = { "ED25519", "X25519", "RSA-PSS" };
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_name(NULL, kinds[_i], NULL);
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key = NULL;
	struct octets spki, s = good_answer();

	ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
	if (_i == 2)
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx,
				 SMALL_BITS), 1);
	EVP_PKEY_generate(ctx, &key);
	ck_assert_ptr_nonnull(key);
	spki = spki_of(key);
	ck_assert_int_eq(judged(span_octets(&spki), NULL, &lax,
				span_octets(&s), NULL), R_DENIED);
}
END_TEST

/* -- the command -------------------------------------------------------- */

START_TEST(the_command_of_a_real_chip)
{
	HEX(spki, AA_SPKI);
	HEX(sent, AA_CHALLENGE_SENT);
	uint8_t buf[32];
	struct sink apdu = SINK(buf);
	struct command c;

	ck_assert_int_eq(active_auth_command(spki, sent.p, &c), R_OK);
	ck_assert_int_eq(command_encode(&c, &apdu), R_OK);
	same(sink_span(&apdu), "0088000008" AA_CHALLENGE_SENT "00");
}
END_TEST

/* 6.1.4: RSA above 1848 bits does not fit a short response that is
 * protected. */
START_TEST(long_signatures_are_asked_for_extended)
{
	static const struct { int bits; uint32_t le; } rows[] = {
		{ 1024, 256 }, { 1848, 256 }, { 1856, 65536 },
		{ 2048, 65536 }, { 4096, 65536 },
	};
	scoped(scope_EVP_PKEY_free) EVP_PKEY *ec =
		EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
	struct octets spki;
	struct command c;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		scoped(scope_BN_free) BIGNUM *n = BN_new();

		BN_set_bit(n, rows[i].bits - 1);
		BN_add_word(n, 1);
		spki = key_of(n, 65537);
		ck_assert_int_eq(active_auth_command(span_octets(&spki),
						     challenge, &c), R_OK);
		ck_assert_uint_eq(c.le, rows[i].le);
		ck_assert_ptr_eq(c.data.p, challenge);
	}
	spki = spki_of(ec);
	ck_assert_int_eq(active_auth_command(span_octets(&spki), challenge,
					     &c), R_OK);
	ck_assert_uint_eq(c.le, 256);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("active_auth: RSA");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, make_keys, free_keys);
	tcase_add_test(t, the_representative_of_appendix_f);
	tcase_add_loop_test(t, the_answer_of_a_real_chip, 0, 3);
	tcase_add_loop_test(t, every_hash_has_its_trailer, 0, HASHES);
	tcase_add_test(t, either_production_of_signatures);
	tcase_add_test(t, every_flipped_bit_is_refused);
	tcase_add_test(t, another_key_or_challenge_is_refused);
	tcase_add_test(t, an_answer_of_another_length_is_refused);
	tcase_add_test(t, a_number_that_is_not_below_the_modulus_is_refused);
	tcase_add_loop_test(t, another_representative_is_refused, 0, OTHERS);
	tcase_add_test(t, a_changed_octet_of_the_representative_is_refused);
	tcase_add_loop_test(t, a_key_has_2048_bits_or_a_permission, 0, 4);
	tcase_add_test(t, a_key_of_more_than_8192_bits_is_refused);
	tcase_add_test(t, an_exponent_that_proves_nothing_is_refused);
	tcase_add_test(t, what_is_no_key_is_refused);
	tcase_add_loop_test(t, a_key_of_another_kind_is_refused, 0, 3);
	tcase_add_test(t, the_command_of_a_real_chip);
	tcase_add_test(t, long_signatures_are_asked_for_extended);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
