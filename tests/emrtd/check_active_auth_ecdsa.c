// SPDX-License-Identifier: GPL-3.0-or-later
/* Active Authentication with ECDSA: plain and DER, on every curve, with the
 * hash that the signed DG14 names; and what is refused. No published answer of
 * a chip was found, so each is made here by OpenSSL. */
#include "emrtd/active_auth.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>

#include "check_main.h"
#include "emrtd/active_auth_keys.h"
#include "emrtd/domain.h"

SCOPE_FREE(OSSL_PARAM *, OSSL_PARAM_free);
SCOPE_FREE(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free);
SCOPE_FREE(ECDSA_SIG *, ECDSA_SIG_free);
SCOPE_FREE(EC_GROUP *, EC_GROUP_free);
SCOPE_FREE(BIGNUM *, BN_free);

/* ecdsa-plain-SHA1 to -SHA512, TR-03111 5.2.1.1 */
#define PLAIN "04007F000701010401"

static const struct {
	const char *oid, *name;
	const EVP_MD *(*md)(void);
} hashes[] = {
	{ PLAIN "01", "SHA-1",   EVP_sha1 },
	{ PLAIN "02", "SHA-224", EVP_sha224 },
	{ PLAIN "03", "SHA-256", EVP_sha256 },
	{ PLAIN "04", "SHA-384", EVP_sha384 },
	{ PLAIN "05", "SHA-512", EVP_sha512 },
};

enum { WITH_SHA1, WITH_SHA224, WITH_SHA256, WITH_SHA384, WITH_SHA512,
       HASHES };

static const struct {
	enum domain_id id;
	const char *name;		/* in the facts */
	bool weak;
} curves[] = {
	{ DOMAIN_P192, "P-192", true },
	{ DOMAIN_BP192, "brainpoolP192r1", true },
	{ DOMAIN_P224, "P-224", true },
	{ DOMAIN_BP224, "brainpoolP224r1", true },
	{ DOMAIN_P256, "P-256", false },
	{ DOMAIN_BP256, "brainpoolP256r1", false },
	{ DOMAIN_BP320, "brainpoolP320r1", false },
	{ DOMAIN_P384, "P-384", false },
	{ DOMAIN_BP384, "brainpoolP384r1", false },
	{ DOMAIN_BP512, "brainpoolP512r1", false },
	{ DOMAIN_P521, "P-521", false },
};

#define CURVES (int)(sizeof(curves) / sizeof(curves[0]))

/* -- what the chip and its DG14 say ------------------------------------- */

static struct hex oid;		/* the infos point there */

static struct security_infos named(const char *text)
{
	struct security_infos s = { .count = 2 };

	oid = hex(text);
	s.info[0].kind = INFO_CHIP_AUTH;
	s.info[1].kind = INFO_ACTIVE_AUTH;
	s.info[1].version = 1;
	s.info[1].signature_oid = span_of(oid.p, oid.n);
	return s;
}

static EVP_PKEY *key_on(const char *group)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", group);

	ck_assert_ptr_nonnull(key);
	return key;
}

static struct octets der_signed(EVP_PKEY *key, const EVP_MD *md)
{
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new(key, NULL);
	uint8_t h[EVP_MAX_MD_SIZE];
	size_t n = hashed(md, SPAN(challenge), span_of(NULL, 0), h);
	struct octets s = { .n = sizeof(s.p) };

	ck_assert_int_eq(EVP_PKEY_sign_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_sign(ctx, s.p, &s.n, h, n), 1);
	return s;
}

static size_t half_of(EVP_PKEY *key)
{
	char name[64];

	ck_assert_int_eq(EVP_PKEY_get_group_name(key, name, sizeof(name),
						 NULL), 1);
	return domain_by_name(name)->secret;
}

static struct octets plain(EVP_PKEY *key, struct octets der)
{
	const uint8_t *p = der.p;
	scoped(scope_ECDSA_SIG_free) ECDSA_SIG *sig =
		d2i_ECDSA_SIG(NULL, &p, (long)der.n);
	int half = (int)half_of(key);
	struct octets s = { .n = 2 * (size_t)half };

	ck_assert_int_eq(BN_bn2binpad(ECDSA_SIG_get0_r(sig), s.p, half), half);
	ck_assert_int_eq(BN_bn2binpad(ECDSA_SIG_get0_s(sig), s.p + half,
				      half), half);
	return s;
}

/* A key, its DG15 and DG14, and both forms of an answer. */
struct chip {
	EVP_PKEY *key;
	struct octets spki, der, plain;
	struct security_infos infos;
};

static void chip_done(struct chip *c)
{
	EVP_PKEY_free(c->key);
}

static struct chip chip_with(const char *group, int hash)
{
	struct chip c = { .key = key_on(group),
			  .infos = named(hashes[hash].oid) };

	c.spki = spki_of(c.key);
	c.der = der_signed(c.key, hashes[hash].md());
	c.plain = plain(c.key, c.der);
	return c;
}

#define scoped_chip scoped(chip_done) struct chip

static enum result of(const struct chip *c, const struct octets *answer)
{
	return judged(span_octets(&c->spki), &c->infos, &strict,
		      span_octets(answer), NULL);
}

/* -- what is taken ------------------------------------------------------ */

static void takes(const struct chip *c, const struct active_auth_rules *rules,
		  const char *name)
{
	ck_assert_int_eq(judged(span_octets(&c->spki), &c->infos, rules,
				span_octets(&c->plain), name), R_OK);
	ck_assert_int_eq(judged(span_octets(&c->spki), &c->infos, rules,
				span_octets(&c->der), name), R_OK);
}

static void refuses(const struct chip *c,
		    const struct active_auth_rules *rules)
{
	ck_assert_int_eq(judged(span_octets(&c->spki), &c->infos, rules,
				span_octets(&c->plain), NULL), R_DENIED);
	ck_assert_int_eq(judged(span_octets(&c->spki), &c->infos, rules,
				span_octets(&c->der), NULL), R_DENIED);
}

START_TEST(every_curve_and_hash_plain_and_in_der)
{
	const struct active_auth_rules rules = {
		.small_keys = curves[_i].weak,
	};
	char name[AA_NAME_MAX];

	for (int h = WITH_SHA224; h < HASHES; h++) {
		scoped_chip c = chip_with(domain_at(curves[_i].id)->name, h);

		snprintf(name, sizeof(name), "ECDSA %s %s", curves[_i].name,
			 hashes[h].name);
		takes(&c, &rules, name);
		if (curves[_i].weak)
			refuses(&c, &(struct active_auth_rules){
					.sha1 = true });
	}
}
END_TEST

START_TEST(sha1_wants_its_permission)
{
	scoped_chip c = chip_with("P-256", WITH_SHA1);

	takes(&c, &(struct active_auth_rules){ .sha1 = true },
	      "ECDSA P-256 SHA-1");
	refuses(&c, &(struct active_auth_rules){ .small_keys = true });
}
END_TEST

static struct octets explicit_key(EVP_PKEY *key, BIGNUM *generator)
{
	scoped(scope_EVP_PKEY_free) EVP_PKEY *other = NULL;
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	scoped(scope_EC_GROUP_free) EC_GROUP *group =
		EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	scoped(scope_OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *b =
		OSSL_PARAM_BLD_new();
	scoped(scope_OSSL_PARAM_free) OSSL_PARAM *params = NULL;
	uint8_t g[65], q[65];
	scoped(scope_BN_free) BIGNUM *p = BN_new();
	scoped(scope_BN_free) BIGNUM *a = BN_new();
	scoped(scope_BN_free) BIGNUM *c = BN_new();
	EC_POINT *at = EC_POINT_new(group);
	size_t n;

	EC_GROUP_get_curve(group, p, a, c, NULL);
	EC_POINT_mul(group, at, generator, NULL, NULL, NULL);
	ck_assert_uint_eq(EC_POINT_point2oct(group, at,
			  POINT_CONVERSION_UNCOMPRESSED, g, 65, NULL), 65);
	EC_POINT_free(at);
	ck_assert_int_eq(EVP_PKEY_get_octet_string_param(key,
			 OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, q, 65, &n), 1);
	OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_EC_FIELD_TYPE,
					SN_X9_62_prime_field, 0);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_EC_P, p);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_EC_A, a);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_EC_B, c);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_EC_ORDER,
			       EC_GROUP_get0_order(group));
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_EC_COFACTOR,
			       EC_GROUP_get0_cofactor(group));
	OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_EC_GENERATOR, g,
					 65);
	OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, q, 65);
	params = OSSL_PARAM_BLD_to_param(b);
	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &other, EVP_PKEY_PUBLIC_KEY,
					   params), 1);
	ck_assert_int_eq(EVP_PKEY_set_utf8_string_param(other,
			 OSSL_PKEY_PARAM_EC_ENCODING, "explicit"), 1);
	return spki_of(other);
}

/* Parameters that are all a named curve's are that curve; with another
 * generator anybody could have the secret to a point that is signed. */
START_TEST(explicit_parameters_are_a_named_curve_or_none)
{
	scoped_chip c = chip_with("P-256", WITH_SHA256);
	scoped(scope_BN_free) BIGNUM *k = BN_new();

	BN_one(k);
	c.spki = explicit_key(c.key, k);
	ck_assert_uint_gt(c.spki.n, 200);	/* not by name */
	takes(&c, &strict, "ECDSA P-256 SHA-256");
	BN_set_word(k, 2);
	c.spki = explicit_key(c.key, k);
	refuses(&c, &strict);
}
END_TEST

/* -- what is refused ---------------------------------------------------- */

START_TEST(a_curve_that_9303_does_not_name_is_refused)
{
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key = key_on("secp256k1");
	struct octets spki = spki_of(key);
	struct octets s = der_signed(key, EVP_sha256());
	struct security_infos infos = named(hashes[WITH_SHA256].oid);

	ck_assert_int_eq(judged(span_octets(&spki), &infos, &lax,
				span_octets(&s), NULL), R_DENIED);
}
END_TEST

static void flips(const struct chip *c, struct octets s)
{
	for (size_t i = 0; i < 8 * s.n; i++) {
		s.p[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_eq(of(c, &s), R_DENIED);
		s.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

START_TEST(every_flipped_bit_is_refused)
{
	scoped_chip c = chip_with("brainpoolP256r1", WITH_SHA256);

	flips(&c, c.plain);
	flips(&c, c.der);
}
END_TEST

START_TEST(every_other_length_is_refused)
{
	scoped_chip c = chip_with("P-521", WITH_SHA512);

	for (size_t n = 0; n < 200; n++) {
		enum result want = n == 0 || n > 141 ? R_MALFORMED : R_DENIED;
		struct octets s = c.plain;

		s.n = n;
		ck_assert_int_eq(of(&c, &s), n == c.plain.n ? R_OK : want);
		s = c.der;
		s.n = n;
		ck_assert_int_eq(of(&c, &s), n == c.der.n ? R_OK : want);
	}
}
END_TEST

START_TEST(another_key_or_challenge_is_refused)
{
	static const uint8_t next[AA_CHALLENGE] = { 0x42, 1, 2, 3, 4, 5, 6, 8 };
	scoped_chip c = chip_with("P-256", WITH_SHA256);
	scoped_chip d = chip_with("P-256", WITH_SHA256);
	char name[AA_NAME_MAX];

	ck_assert_int_eq(of(&c, &d.plain), R_DENIED);
	ck_assert_int_eq(of(&c, &d.der), R_DENIED);
	ck_assert_int_eq(active_auth_verify(span_octets(&c.spki), &c.infos,
					    &strict, next,
					    span_octets(&c.plain), name),
			 R_DENIED);
}
END_TEST

static void put_number(struct octets *s, size_t half, const BIGNUM *n)
{
	ck_assert_int_eq(BN_bn2binpad(n, s->p + half * 32, 32), 32);
}

/* r and s are 1 to the order less 1. */
START_TEST(numbers_out_of_range_are_refused)
{
	scoped(scope_EC_GROUP_free) EC_GROUP *group =
		EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	scoped(scope_BN_free) BIGNUM *zero = BN_new();
	const BIGNUM *order = EC_GROUP_get0_order(group);
	scoped_chip c = chip_with("P-256", WITH_SHA256);

	for (size_t half = 0; half < 2; half++) {
		struct octets s = c.plain;

		put_number(&s, half, zero);
		ck_assert_int_eq(of(&c, &s), R_DENIED);
		put_number(&s, half, order);
		ck_assert_int_eq(of(&c, &s), R_DENIED);
	}
	memset(c.plain.p, 0, c.plain.n);
	ck_assert_int_eq(of(&c, &c.plain), R_DENIED);
}
END_TEST

/* DER is one way to write it: no long lengths, no zeros before, nothing
 * after. */
START_TEST(another_way_to_write_der_is_refused)
{
	scoped_chip c = chip_with("P-256", WITH_SHA256);
	struct octets s = c.der;

	s.p[s.n++] = 0;
	ck_assert_int_eq(of(&c, &s), R_DENIED);
	s = c.der;
	s.p[1]++;
	s.p[s.n++] = 0;
	ck_assert_int_eq(of(&c, &s), R_DENIED);
	s = c.der;
	memmove(s.p + 2, s.p + 1, s.n++ - 1);
	s.p[1] = 0x81;
	ck_assert_int_eq(of(&c, &s), R_DENIED);
	s = c.der;
	memmove(s.p + 5, s.p + 4, s.n++ - 4);
	s.p[1]++;
	s.p[3]++;
	s.p[4] = 0;
	ck_assert_int_eq(of(&c, &s), R_DENIED);
}
END_TEST

START_TEST(another_hash_than_dg14_says_is_refused)
{
	scoped_chip c = chip_with("P-256", WITH_SHA256);

	for (int h = 0; h < HASHES; h++) {
		c.infos = named(hashes[h].oid);
		ck_assert_int_eq(judged(span_octets(&c.spki), &c.infos, &lax,
					span_octets(&c.plain), NULL),
				 h == WITH_SHA256 ? R_OK : R_DENIED);
	}
}
END_TEST

/* What is not one of the five plain ECDSA. */
START_TEST(a_dg14_that_names_no_hash_is_no_proof)
{
	static const char *const oids[] = {
		"", PLAIN, PLAIN "00", PLAIN "06", PLAIN "83", PLAIN "0301",
		"2A8648CE3D040302",		/* ecdsa-with-SHA256 */
		"04007F00070101040203",		/* another arc, as long */
		"04007F00070101030103",
		"14007F00070101040103",
	};
	scoped_chip c = chip_with("P-256", WITH_SHA256);

	for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
		c.infos = named(oids[i]);
		refuses(&c, &lax);
	}
}
END_TEST

START_TEST(without_one_info_in_dg14_there_is_no_proof)
{
	scoped_chip c = chip_with("P-256", WITH_SHA256);
	struct security_infos all = c.infos;

	ck_assert_int_eq(judged(span_octets(&c.spki), NULL, &lax,
				span_octets(&c.plain), NULL), R_DENIED);
	c.infos.count = 1;		/* another kind is there */
	refuses(&c, &lax);
	c.infos.count = 0;
	refuses(&c, &lax);
	c.infos = all;
	c.infos.info[c.infos.count++] = c.infos.info[1];
	refuses(&c, &lax);
	for (uint32_t version = 0; version < 3; version++) {
		c.infos = all;
		c.infos.info[1].version = version;
		if (version == 1)
			takes(&c, &strict, NULL);
		else
			refuses(&c, &lax);
	}
}
END_TEST

/* For the point at infinity r = x of G and s = the hash is a signature that
 * anybody can make. */
START_TEST(the_point_at_infinity_is_no_key)
{
	scoped_chip c = chip_with("P-256", WITH_SHA256);
	scoped(scope_EC_GROUP_free) EC_GROUP *group =
		EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	scoped(scope_BN_free) BIGNUM *x = BN_new();
	HEX(spki, "3019" "301306072A8648CE3D020106082A8648CE3D030107"
		  "03020000");
	struct octets s = { .n = 64 };

	EC_POINT_get_affine_coordinates(group, EC_GROUP_get0_generator(group),
					x, NULL, NULL);
	put_number(&s, 0, x);
	hashed(EVP_sha256(), SPAN(challenge), span_of(NULL, 0), s.p + 32);
	ck_assert_int_eq(judged(spki, &c.infos, &strict, span_octets(&s),
				NULL), R_MALFORMED);
}
END_TEST

START_TEST(a_point_off_the_curve_is_no_key)
{
	scoped_chip c = chip_with("P-256", WITH_SHA256);

	c.spki.p[c.spki.n - 1] ^= 1;
	ck_assert_int_eq(of(&c, &c.plain), R_MALFORMED);
	c.spki.p[c.spki.n - 1] ^= 1;
	for (size_t n = 0; n < c.spki.n; n++)
		ck_assert_int_eq(judged(span_of(c.spki.p, n), &c.infos, &lax,
					span_octets(&c.plain), NULL),
				 R_MALFORMED);
	c.spki.p[c.spki.n++] = 0;
	ck_assert_int_eq(of(&c, &c.plain), R_MALFORMED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("active_auth: ECDSA");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, every_curve_and_hash_plain_and_in_der, 0,
			    CURVES);
	tcase_add_test(t, sha1_wants_its_permission);
	tcase_add_test(t, explicit_parameters_are_a_named_curve_or_none);
	tcase_add_test(t, a_curve_that_9303_does_not_name_is_refused);
	tcase_add_test(t, every_flipped_bit_is_refused);
	tcase_add_test(t, every_other_length_is_refused);
	tcase_add_test(t, another_key_or_challenge_is_refused);
	tcase_add_test(t, numbers_out_of_range_are_refused);
	tcase_add_test(t, another_way_to_write_der_is_refused);
	tcase_add_test(t, another_hash_than_dg14_says_is_refused);
	tcase_add_test(t, a_dg14_that_names_no_hash_is_no_proof);
	tcase_add_test(t, without_one_info_in_dg14_there_is_no_proof);
	tcase_add_test(t, the_point_at_infinity_is_no_key);
	tcase_add_test(t, a_point_off_the_curve_is_no_key);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
