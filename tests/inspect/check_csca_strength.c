// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/csca_strength.c */
#include "inspect/csca.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "check_main.h"
#include "support_pki.h"

static const struct csca_strength strict, weak = { true, true },
	sha1_only = { .sha1 = true }, small_only = { .small_keys = true };

/* -- keys and digests ------------------------------------------------------ */

START_TEST(strength_of_curves)
{
	static const struct {
		const char *curve;
		bool strong, small;
	} curves[] = {
		{ "P-192", false, true }, { "P-224", false, true },
		{ "P-256", true, true }, { "P-384", true, true },
		{ "P-521", true, true }, { "secp256k1", false, false },
		{ "brainpoolP192r1", false, true },
		{ "brainpoolP224r1", false, true },
		{ "brainpoolP256r1", true, true },
		{ "brainpoolP256t1", false, false },
		{ "brainpoolP320r1", true, true },
		{ "brainpoolP384r1", true, true },
		{ "brainpoolP512r1", true, true },
		{ "sect233r1", false, false }, { "secp160r1", false, false },
	};
	EVP_PKEY *k = pki_ec(curves[_i].curve, false);

	ck_assert_int_eq(csca_key_strong(k, &strict), curves[_i].strong);
	ck_assert_int_eq(csca_key_strong(k, &sha1_only), curves[_i].strong);
	ck_assert_int_eq(csca_key_strong(k, &small_only), curves[_i].small);
	EVP_PKEY_free(k);
	k = pki_ec(curves[_i].curve, true);	/* written out, and equal */
	ck_assert_int_eq(csca_key_strong(k, &strict), curves[_i].strong);
	EVP_PKEY_free(k);
}
END_TEST

START_TEST(strength_of_rsa)
{
	static const struct {
		unsigned int bits;
		bool strong, small;
	} rows[] = {
		{ 1016, false, false }, { 1024, false, true },
		{ 2040, false, true }, { 2048, true, true },
	};
	EVP_PKEY *k = pki_rsa(rows[_i].bits);

	ck_assert_int_eq(csca_key_strong(k, &strict), rows[_i].strong);
	ck_assert_int_eq(csca_key_strong(k, &sha1_only), rows[_i].strong);
	ck_assert_int_eq(csca_key_strong(k, &small_only), rows[_i].small);
	EVP_PKEY_free(k);
}
END_TEST

/* A modulus made up: its making would take minutes, and nothing here asks
 * whether it is one. */
static EVP_PKEY *rsa_of(int bits)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *n = BN_new(), *e = BN_new();
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	ck_assert(bld && ctx && n && e && BN_set_bit(n, bits - 1) &&
		  BN_set_bit(n, 0) && BN_set_word(e, 65537) &&
		  OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) &&
		  OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e));
	params = OSSL_PARAM_BLD_to_param(bld);
	ck_assert(params && EVP_PKEY_fromdata_init(ctx) == 1 &&
		  EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) ==
			  1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

START_TEST(rsa_larger_than_any_state_uses)
{
	EVP_PKEY *most = rsa_of(8192), *more = rsa_of(8200);

	ck_assert(csca_key_strong(most, &strict));
	ck_assert(!csca_key_strong(more, &strict));
	ck_assert(!csca_key_strong(more, &weak));
	EVP_PKEY_free(most);
	EVP_PKEY_free(more);
}
END_TEST

START_TEST(keys_of_other_kinds)
{
	EVP_PKEY *k = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	ck_assert_ptr_nonnull(k);
	ck_assert(!csca_key_strong(k, &weak));
	EVP_PKEY_free(k);
	ck_assert(!csca_key_strong(NULL, &weak));
}
END_TEST

START_TEST(strength_of_digests)
{
	static const struct { int nid; bool strong, sha1; } rows[] = {
		{ NID_sha224, true, true }, { NID_sha256, true, true },
		{ NID_sha384, true, true }, { NID_sha512, true, true },
		{ NID_sha1, false, true }, { NID_md5, false, false },
		{ NID_undef, false, false }, { NID_sha3_256, false, false },
	};

	ck_assert_int_eq(csca_digest_strong(rows[_i].nid, &strict),
			 rows[_i].strong);
	ck_assert_int_eq(csca_digest_strong(rows[_i].nid, &small_only),
			 rows[_i].strong);
	ck_assert_int_eq(csca_digest_strong(rows[_i].nid, &sha1_only),
			 rows[_i].sha1);
}
END_TEST

/* -- signature algorithms -------------------------------------------------- */

static X509_ALGOR *algor(int nid)
{
	X509_ALGOR *a = X509_ALGOR_new();

	ck_assert(a && X509_ALGOR_set0(a, OBJ_nid2obj(nid), V_ASN1_UNDEF,
				       NULL) == 1);
	return a;
}

START_TEST(algorithms_and_the_digests_they_name)
{
	static const struct {
		int nid, digest;
		const char *name;
		bool ec, pss;
	} rows[] = {
		{ NID_rsaEncryption, NID_undef, "rsa", false, false },
		{ NID_sha1WithRSAEncryption, NID_sha1, "rsa", false, false },
		{ NID_sha224WithRSAEncryption, NID_sha224, "rsa", 0, 0 },
		{ NID_sha256WithRSAEncryption, NID_sha256, "rsa", 0, 0 },
		{ NID_sha384WithRSAEncryption, NID_sha384, "rsa", 0, 0 },
		{ NID_sha512WithRSAEncryption, NID_sha512, "rsa", 0, 0 },
		{ NID_rsassaPss, NID_undef, "rsa-pss", false, true },
		{ NID_ecdsa_with_SHA1, NID_sha1, "ecdsa", true, false },
		{ NID_ecdsa_with_SHA224, NID_sha224, "ecdsa", true, false },
		{ NID_ecdsa_with_SHA256, NID_sha256, "ecdsa", true, false },
		{ NID_ecdsa_with_SHA384, NID_sha384, "ecdsa", true, false },
		{ NID_ecdsa_with_SHA512, NID_sha512, "ecdsa", true, false },
	};
	X509_ALGOR *a = algor(rows[_i].nid);
	const struct csca_algorithm *is = csca_algorithm(a);

	ck_assert_ptr_nonnull(is);
	ck_assert_str_eq(is->name, rows[_i].name);
	ck_assert_int_eq(is->ec, rows[_i].ec);
	ck_assert_int_eq(is->pss, rows[_i].pss);
	/* PSS without parameters names none either */
	ck_assert_int_eq(csca_signature_digest(a), rows[_i].digest);
	X509_ALGOR_free(a);
}
END_TEST

START_TEST(algorithms_that_are_not_read)
{
	static const int nids[] = {
		NID_md5WithRSAEncryption, NID_dsa_with_SHA256, NID_ED25519,
		NID_ecdsa_with_SHA3_256, NID_sha256, NID_X9_62_id_ecPublicKey,
	};
	X509_ALGOR *a = algor(nids[_i]);

	ck_assert_ptr_null(csca_algorithm(a));
	ck_assert_int_eq(csca_signature_digest(a), NID_undef);
	X509_ALGOR_free(a);
}
END_TEST

/* -- whose signature it can be --------------------------------------------- */

static EVP_PKEY *ec, *rsa, *bound_key, *free_key;
static X509 *ec_cert, *rsa_cert, *bound_cert, *free_cert;

static X509 *cert_of(EVP_PKEY *key)
{
	return pki_cert(&(struct pki_cert){ .country = "UT", .name = "CSCA",
			.key = key, .issuer = ec_cert, .issuer_key = ec,
			.ca = true, .serial = 2 });
}

/* RSASSA-PSS keys: parameters bind it to SHA-256 and so much salt at least; 0:
 * there are none. */
static EVP_PKEY *pss_key(int salt)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *key = NULL;

	ck_assert(ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
		  EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048) == 1);
	if (salt)
		ck_assert(EVP_PKEY_CTX_set_rsa_pss_keygen_md(
				  ctx, EVP_sha256()) == 1 &&
			  EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md(
				  ctx, EVP_sha256()) == 1 &&
			  EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(ctx, salt) ==
				  1);
	ck_assert_int_eq(EVP_PKEY_generate(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void make_keys(void)
{
	ec = pki_ec("P-256", false);
	rsa = pki_rsa(2048);
	bound_key = pss_key(32);
	free_key = pss_key(0);
	ec_cert = pki_cert(&(struct pki_cert){ .country = "UT", .name = "CSCA",
			.key = ec, .ca = true });
	rsa_cert = cert_of(rsa);
	bound_cert = cert_of(bound_key);
	free_cert = cert_of(free_key);
}

static void free_keys(void)
{
	X509_free(ec_cert);
	X509_free(rsa_cert);
	X509_free(bound_cert);
	X509_free(free_cert);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(bound_key);
	EVP_PKEY_free(free_key);
}

START_TEST(an_algorithm_fits_its_kind_of_key)
{
	static const struct { int nid; bool by_ec, by_rsa; } rows[] = {
		{ NID_ecdsa_with_SHA256, true, false },
		{ NID_sha256WithRSAEncryption, false, true },
		{ NID_rsaEncryption, false, true },
		{ NID_rsassaPss, false, false },	/* no parameters */
		{ NID_ED25519, false, false },
	};
	X509_ALGOR *a = algor(rows[_i].nid);

	ck_assert_int_eq(csca_signature_fits(a, ec_cert), rows[_i].by_ec);
	ck_assert_int_eq(csca_signature_fits(a, rsa_cert), rows[_i].by_rsa);
	/* a key for PSS signs PSS */
	ck_assert(!csca_signature_fits(a, bound_cert));
	ck_assert(!csca_signature_fits(a, free_cert));
	X509_ALGOR_free(a);
}
END_TEST

/* RSASSA-PSS-params; 0: left out. */
struct pss_row {
	int hash, mask;
	long salt, trailer;
	bool by_rsa, by_bound;	/* fits */
};

static X509_ALGOR *mask_of(int nid)
{
	X509_ALGOR *hash = algor(nid), *mask = X509_ALGOR_new();
	ASN1_STRING *s = ASN1_item_pack(hash, ASN1_ITEM_rptr(X509_ALGOR),
					NULL);

	ck_assert(mask && s &&
		  X509_ALGOR_set0(mask, OBJ_nid2obj(NID_mgf1), V_ASN1_SEQUENCE,
				  s) == 1);
	X509_ALGOR_free(hash);
	return mask;
}

static X509_ALGOR *pss_of(const struct pss_row *row)
{
	RSA_PSS_PARAMS *p = RSA_PSS_PARAMS_new();
	X509_ALGOR *a = X509_ALGOR_new();
	ASN1_STRING *s;

	if (row->hash)
		p->hashAlgorithm = algor(row->hash);
	if (row->mask)
		p->maskGenAlgorithm = mask_of(row->mask);
	if (row->salt) {
		p->saltLength = ASN1_INTEGER_new();
		ck_assert(ASN1_INTEGER_set(p->saltLength, row->salt));
	}
	if (row->trailer) {
		p->trailerField = ASN1_INTEGER_new();
		ck_assert(ASN1_INTEGER_set(p->trailerField, row->trailer));
	}
	s = ASN1_item_pack(p, ASN1_ITEM_rptr(RSA_PSS_PARAMS), NULL);
	ck_assert(a && s && X509_ALGOR_set0(a, OBJ_nid2obj(NID_rsassaPss),
					    V_ASN1_SEQUENCE, s) == 1);
	RSA_PSS_PARAMS_free(p);
	return a;
}

static const struct pss_row pss_rows[] = {
	{ NID_sha256, NID_sha256, 32, 0, true, true },
	{ NID_sha256, NID_sha256, 32, 1, true, true },
	{ NID_sha256, NID_sha256, 32, 2, false, false },	/* trailer */
	{ NID_sha256, NID_sha256, 20, 0, false, false },	/* salt */
	{ NID_sha256, NID_sha256, 0, 0, false, false },
	{ NID_sha256, NID_sha256, 33, 0, false, false },
	{ NID_sha256, NID_sha256, -1, 0, false, false },
	{ NID_sha256, NID_sha1, 32, 0, false, false },		/* MGF1 */
	{ NID_sha256, 0, 32, 0, false, false },
	{ NID_sha384, NID_sha384, 48, 0, true, false },
	{ NID_sha512, NID_sha512, 64, 0, true, false },
	{ NID_sha1, NID_sha1, 20, 0, true, false },
	{ 0, 0, 0, 0, true, false },	/* RFC 4055's: all of SHA-1 */
};
#define PSS_ROWS ((int)(sizeof(pss_rows) / sizeof(pss_rows[0])))

START_TEST(pss_with_its_parameters)
{
	const struct pss_row *row = &pss_rows[_i];
	X509_ALGOR *a = pss_of(row);

	ck_assert_int_eq(csca_signature_fits(a, rsa_cert), row->by_rsa);
	ck_assert_int_eq(csca_signature_fits(a, free_cert), row->by_rsa);
	ck_assert_int_eq(csca_signature_fits(a, bound_cert), row->by_bound);
	ck_assert(!csca_signature_fits(a, ec_cert));
	ck_assert_int_eq(csca_signature_digest(a),
			 row->hash ? row->hash : NID_sha1);
	/* SHA-1 fits, and is weak */
	ck_assert_int_eq(csca_signature_strong(a, rsa_cert, &strict),
			 row->by_rsa && row->hash && row->hash != NID_sha1);
	ck_assert_int_eq(csca_signature_strong(a, rsa_cert, &sha1_only),
			 row->by_rsa);
	X509_ALGOR_free(a);
}
END_TEST

/* RFC 4055 3.3: the key's salt is the least. */
START_TEST(a_key_that_wants_more_salt_gets_it)
{
	static const struct { long salt; bool fits; } rows[] = {
		{ 32, false }, { 39, false }, { 40, true }, { 41, false },
	};
	EVP_PKEY *key = pss_key(40);
	X509 *cert = cert_of(key);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pss_row row = { NID_sha256, NID_sha256, rows[i].salt, 0,
				       false, false };
		X509_ALGOR *a = pss_of(&row);

		ck_assert_int_eq(csca_signature_fits(a, cert), rows[i].fits);
		X509_ALGOR_free(a);
	}
	X509_free(cert);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(pss_parameters_that_are_none)
{
	static const uint8_t broken[] = { 0x30, 0x03, 0xa2, 0x02, 0x02 };
	ASN1_STRING *s = ASN1_STRING_new();
	X509_ALGOR *a = X509_ALGOR_new();

	ck_assert(s && a && ASN1_STRING_set(s, broken, sizeof(broken)) &&
		  X509_ALGOR_set0(a, OBJ_nid2obj(NID_rsassaPss),
				  V_ASN1_SEQUENCE, s));
	ck_assert(!csca_signature_fits(a, rsa_cert));
	ck_assert_int_eq(csca_signature_digest(a), NID_undef);
	ck_assert(!csca_signature_strong(a, rsa_cert, &weak));
	X509_ALGOR_free(a);
}
END_TEST

/* OpenSSL finds SHA-256 under this name too. */
START_TEST(pss_with_a_signature_algorithm_for_its_digest)
{
	static const struct pss_row row = { NID_sha256WithRSAEncryption,
		NID_sha256WithRSAEncryption, 32, 0, false, false };
	X509_ALGOR *a = pss_of(&row);

	ck_assert(!csca_signature_strong(a, rsa_cert, &weak));
	ck_assert(!csca_signature_fits(a, bound_cert));
	X509_ALGOR_free(a);
}
END_TEST

START_TEST(strong_is_digest_key_and_fit)
{
	X509_ALGOR *a = algor(NID_ecdsa_with_SHA256),
		   *old = algor(NID_ecdsa_with_SHA1);
	EVP_PKEY *small = pki_ec("P-224", false);
	X509 *small_cert = cert_of(small);

	ck_assert(csca_signature_strong(a, ec_cert, &strict));
	ck_assert(!csca_signature_strong(old, ec_cert, &strict));
	ck_assert(csca_signature_strong(old, ec_cert, &sha1_only));
	ck_assert(!csca_signature_strong(a, small_cert, &strict));
	ck_assert(csca_signature_strong(a, small_cert, &small_only));
	ck_assert(!csca_signature_strong(old, small_cert, &small_only));
	ck_assert(csca_signature_strong(old, small_cert, &weak));
	ck_assert(!csca_signature_strong(a, rsa_cert, &weak));
	X509_free(small_cert);
	EVP_PKEY_free(small);
	X509_ALGOR_free(a);
	X509_ALGOR_free(old);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("csca_strength");
	TCase *t = tcase_create("all");

	tcase_add_unchecked_fixture(t, make_keys, free_keys);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, strength_of_curves, 0, 15);
	tcase_add_loop_test(t, strength_of_rsa, 0, 4);
	tcase_add_test(t, rsa_larger_than_any_state_uses);
	tcase_add_test(t, keys_of_other_kinds);
	tcase_add_loop_test(t, strength_of_digests, 0, 8);
	tcase_add_loop_test(t, algorithms_and_the_digests_they_name, 0, 12);
	tcase_add_loop_test(t, algorithms_that_are_not_read, 0, 6);
	tcase_add_loop_test(t, an_algorithm_fits_its_kind_of_key, 0, 5);
	tcase_add_loop_test(t, pss_with_its_parameters, 0, PSS_ROWS);
	tcase_add_test(t, a_key_that_wants_more_salt_gets_it);
	tcase_add_test(t, pss_parameters_that_are_none);
	tcase_add_test(t, pss_with_a_signature_algorithm_for_its_digest);
	tcase_add_test(t, strong_is_digest_key_and_fit);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
