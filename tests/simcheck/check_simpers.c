/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the personaliser makes: good cards hold against OpenSSL's own CMS and
 * X.509, and each bad one is bad in the one way it is named for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "../sim/card.h"
#include "../sim/pers.h"

#include "check_main.h"

SCOPE_FREE(CMS_ContentInfo *, CMS_ContentInfo_free);
SCOPE_FREE(BIO *, BIO_free_all);
SCOPE_FREE(X509 *, X509_free);
SCOPE_FREE(X509_STORE *, X509_STORE_free);

static char root[64], out[80], ca[80];

static void make_root(void)
{
	strcpy(root, "/tmp/simpers.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(out, sizeof(out), "%s/card", root);
	snprintf(ca, sizeof(ca), "%s/ca", root);
}

static void remove_root(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}

static struct pers_options defaults(void)
{
	struct pers_options o = pers_defaults();

	o.out = out;
	o.ca = ca;
	o.pad_to = "2000";
	return o;
}

static void make(const struct pers_options *o)
{
	ck_assert_int_eq(pers_make(o), R_OK);
}

static void load(enum sim_ef_id id, struct blob *b)
{
	ck_assert_int_eq(sim_file_read(out, sim_ef(id)->file, b), R_OK);
}

/* 9303-5, appendix A: the specimen of TD1. */
START_TEST(mrz_is_the_specimen_of_9303_5)
{
	struct pers_options o = defaults();
	char mrz[MRZ_SIZE + 1], key[MRZ_KEY_SIZE];

	o.code = "I";
	o.document = "D23145890";
	o.number = "";
	o.birth = "740812";
	o.expiry = "120415";
	o.name = "ERIKSSON<<ANNA<MARIA";
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_OK);
	ck_assert_str_eq(mrz, "I<UTOD231458907<<<<<<<<<<<<<<<"
			      "7408122F1204159UTO<<<<<<<<<<<6"
			      "ERIKSSON<<ANNA<MARIA<<<<<<<<<<");
	ck_assert_str_eq(key, "D23145890774081221204159");
}
END_TEST

START_TEST(mrz_refuses_what_it_cannot_hold)
{
	struct pers_options o = defaults();
	char mrz[MRZ_SIZE + 1], key[MRZ_KEY_SIZE];

	o.document = "X123456789";
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_MALFORMED);
	o.document = "x12345678";
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_MALFORMED);
}
END_TEST

/* -- the State's signature ------------------------------------------------ */

static int allow_explicit(int ok, X509_STORE_CTX *ctx)
{
	return X509_STORE_CTX_get_error(ctx) ==
		X509_V_ERR_EC_KEY_EXPLICIT_PARAMS ? 1 : ok;
}

static X509_STORE *store_of(const char *dir, bool with_crl)
{
	scoped(blob_free) struct blob der = { 0 };
	X509_STORE *store = X509_STORE_new();
	const unsigned char *p;
	X509_CRL *crl;

	ck_assert_int_eq(sim_file_read(dir, "csca.cer", &der), R_OK);
	p = der.p;
	X509 *cert = d2i_X509(NULL, &p, (long)der.n);
	ck_assert_int_eq(X509_STORE_add_cert(store, cert), 1);
	X509_free(cert);
	X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
	X509_STORE_set_verify_cb(store, allow_explicit);
	if (!with_crl)
		return store;
	blob_free(&der);
	ck_assert_int_eq(sim_file_read(dir, "csca.crl", &der), R_OK);
	p = der.p;
	crl = d2i_X509_CRL(NULL, &p, (long)der.n);
	ck_assert_int_eq(X509_STORE_add_crl(store, crl), 1);
	X509_CRL_free(crl);
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	return store;
}

static CMS_ContentInfo *sod(void)
{
	scoped(blob_free) struct blob file = { 0 };
	struct span in, value;
	const unsigned char *p;
	uint32_t tag;

	load(SIM_SOD, &file);
	in = blob_span(&file);
	ck_assert_int_eq(tlv_get(&in, &tag, &value), R_OK);
	ck_assert_uint_eq(tag, 0x77);
	p = value.p;
	return d2i_CMS_ContentInfo(NULL, &p, (long)value.n);
}

/* Does the SOD verify up to the CSCA in `dir`? content may be NULL. */
static bool verifies(const char *dir, bool with_crl, BIO *content)
{
	scoped(scope_X509_STORE_free) X509_STORE *s = store_of(dir, with_crl);
	scoped(scope_CMS_ContentInfo_free) CMS_ContentInfo *cms = sod();

	ERR_clear_error();
	return cms && CMS_verify(cms, NULL, s, NULL, content, CMS_BINARY) == 1;
}

static const struct {
	const char *sod, *csca, *digest;
	bool explicit_params;
} algorithms[] = {
	{ "ecdsa-bp256", "ecdsa-bp256", "sha256", false },
	{ "ecdsa-p256",  "ecdsa-p256",  "sha384", false },
	{ "ecdsa-bp256", "ecdsa-bp256", "sha256", true },
	{ "rsa",         "rsa",         "sha256", false },
	{ "rsa-pss",     "ecdsa-bp256", "sha512", false },
};

START_TEST(sod_verifies_to_the_csca)
{
	struct pers_options o = defaults();

	o.sod_alg = algorithms[_i].sod;
	o.csca_alg = algorithms[_i].csca;
	o.digest = algorithms[_i].digest;
	o.explicit_params = algorithms[_i].explicit_params;
	make(&o);
	ck_assert(verifies(ca, false, NULL));
}
END_TEST

/* Does the signed object hold the SHA-256 of this file? */
static bool hash_signed(enum sim_ef_id id)
{
	scoped(scope_BIO_free_all) BIO *b = BIO_new(BIO_s_mem());
	scoped(blob_free) struct blob file = { 0 };
	uint8_t hash[32];
	char *p;

	ck_assert(verifies(ca, false, b));
	load(id, &file);
	ck_assert(EVP_Digest(file.p, file.n, hash, NULL, EVP_sha256(), NULL));
	long n = BIO_get_mem_data(b, &p);
	return memmem(p, (size_t)n, hash, sizeof(hash)) != NULL;
}

START_TEST(every_data_group_is_signed)
{
	struct pers_options o = defaults();

	make(&o);
	ck_assert(hash_signed(SIM_DG1));
	ck_assert(hash_signed(SIM_DG2));
	ck_assert(hash_signed(SIM_DG14));
	ck_assert(!hash_signed(SIM_COM));
}
END_TEST

START_TEST(an_altered_file_is_not_the_signed_one)
{
	struct pers_options o = defaults();

	o.alter_dg2 = true;
	make(&o);
	ck_assert(hash_signed(SIM_DG1));
	ck_assert(!hash_signed(SIM_DG2));
	o.alter_dg2 = false;
	o.alter = "dg1,dg14";
	make(&o);
	ck_assert(!hash_signed(SIM_DG1));
	ck_assert(hash_signed(SIM_DG2));
	ck_assert(!hash_signed(SIM_DG14));
	o.alter = "sod";
	make(&o);
	ck_assert(!verifies(ca, false, NULL));
}
END_TEST

START_TEST(the_ca_is_made_once_and_others_do_not_verify)
{
	struct pers_options o = defaults();
	scoped(blob_free) struct blob first = { 0 }, second = { 0 };
	char other[96];

	make(&o);
	ck_assert_int_eq(sim_file_read(ca, "csca.cer", &first), R_OK);
	make(&o);
	ck_assert_int_eq(sim_file_read(ca, "csca.cer", &second), R_OK);
	ck_assert(span_equal(blob_span(&first), blob_span(&second)));
	snprintf(other, sizeof(other), "%s/other", root);
	o.ca = other;
	make(&o);
	ck_assert(verifies(other, false, NULL));
	ck_assert(!verifies(ca, false, NULL));
}
END_TEST

static X509 *signer_cert(void)
{
	scoped(scope_CMS_ContentInfo_free) CMS_ContentInfo *cms = sod();
	STACK_OF(X509) *certs = CMS_get1_certs(cms);
	X509 *cert;

	ck_assert_int_eq(sk_X509_num(certs), 1);
	cert = sk_X509_shift(certs);
	sk_X509_pop_free(certs, X509_free);
	return cert;
}

START_TEST(bad_signers_are_bad)
{
	struct pers_options o = defaults();
	char country[8];

	o.crl = true;
	make(&o);
	ck_assert(verifies(ca, true, NULL));
	o.expired_dsc = true;
	make(&o);
	ck_assert(!verifies(ca, false, NULL));
	o.expired_dsc = false;
	o.revoked_dsc = true;
	make(&o);
	ck_assert(verifies(ca, false, NULL));
	ck_assert(!verifies(ca, true, NULL));
	o.revoked_dsc = false;
	o.wrong_country_dsc = true;
	make(&o);
	ck_assert(verifies(ca, true, NULL));
	scoped(scope_X509_free) X509 *cert = signer_cert();
	X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_countryName,
				  country, sizeof(country));
	ck_assert_str_eq(country, "XX");
	X509_NAME_get_text_by_NID(X509_get_issuer_name(cert), NID_countryName,
				  country, sizeof(country));
	ck_assert_str_eq(country, "UT");
}
END_TEST

/* -- files ---------------------------------------------------------------- */

START_TEST(damage_is_what_its_name_says)
{
	struct pers_options o = defaults();
	scoped(blob_free) struct blob good = { 0 }, bad = { 0 };
	struct span in, v;
	uint32_t tag;

	make(&o);
	load(SIM_DG2, &good);
	o.truncate = "dg2";
	make(&o);
	load(SIM_DG2, &bad);
	ck_assert_uint_eq(bad.n, good.n / 2);
	ck_assert_mem_eq(bad.p, good.p, 4);
	in = blob_span(&bad);
	ck_assert_int_eq(tlv_get(&in, &tag, &v), R_MALFORMED);

	o.truncate = NULL;
	o.lying_length = "dg2";
	make(&o);
	blob_free(&bad);
	load(SIM_DG2, &bad);
	in = blob_span(&bad);
	ck_assert_int_eq(tlv_get(&in, &tag, &v), R_MALFORMED);
	ck_assert_uint_ge(bad.n, good.n);

	o.lying_length = NULL;
	o.oversize = "dg2";
	make(&o);
	blob_free(&bad);
	load(SIM_DG2, &bad);
	in = blob_span(&bad);
	ck_assert_int_eq(tlv_get(&in, &tag, &v), R_OK);
	ck_assert_uint_eq(v.n, 256 * 1024);

	o.oversize = NULL;
	o.withhold = "dg14";
	o.no_sod = true;
	make(&o);
	blob_free(&bad);
	ck_assert_int_eq(sim_file_read(out, "EF.DG14", &bad), R_ABSENT);
	ck_assert_int_eq(sim_file_read(out, "EF.SOD", &bad), R_ABSENT);
	o.withhold = "dg3";
	ck_assert_int_ne(pers_make(&o), R_OK);
}
END_TEST

static size_t pace_infos(enum sim_ef_id id)
{
	scoped(blob_free) struct blob file = { 0 };
	size_t found = 0;

	load(id, &file);
	for (size_t i = 0; i + sizeof(sim_oid_pace) <= file.n; i++)
		found += memcmp(file.p + i, sim_oid_pace,
				sizeof(sim_oid_pace)) == 0;
	return found;
}

START_TEST(offered_and_signed_pace_infos)
{
	struct pers_options o = defaults();

	make(&o);
	ck_assert_uint_eq(pace_infos(SIM_ACCESS), 1);
	ck_assert_uint_eq(pace_infos(SIM_DG14), 1);
	o.downgrade = true;
	make(&o);
	ck_assert_uint_eq(pace_infos(SIM_ACCESS), 1);
	ck_assert_uint_eq(pace_infos(SIM_DG14), 2);
	o.downgrade = false;
	o.unsigned_pace = true;
	make(&o);
	ck_assert_uint_eq(pace_infos(SIM_ACCESS), 1);
	ck_assert_uint_eq(pace_infos(SIM_DG14), 0);
	o.unsigned_pace = false;
	o.pace_curve = "bp256,p256";
	make(&o);
	ck_assert_uint_eq(pace_infos(SIM_ACCESS), 2);
	ck_assert_uint_eq(pace_infos(SIM_DG14), 2);
	o.pace_curve = "p521";
	ck_assert_int_ne(pers_make(&o), R_OK);
}
END_TEST

START_TEST(picture_is_padded_to_the_byte)
{
	static const size_t sizes[] = { 0, 300, 15000, 65535, 65540, 125537 };
	struct portrait p = { 0 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ck_assert_int_eq(portrait_load(NULL, sizes[i], &p), R_OK);
		if (sizes[i])
			ck_assert_uint_eq(p.image.n, sizes[i]);
		ck_assert_uint_eq(p.width, 8);
		ck_assert_uint_eq(p.height, 8);
		ck_assert_mem_eq(p.image.p + p.image.n - 2, "\xff\xd9", 2);
		portrait_done(&p);
	}
	ck_assert_int_ne(portrait_load("/dev/null", 0, &p), R_OK);
}
END_TEST

START_TEST(a_clone_has_the_signed_file_but_another_key)
{
	struct pers_options o = defaults();
	struct card_memory m;
	uint8_t pub[SIM_POINT];
	EC_GROUP *g = EC_GROUP_new_by_curve_name(NID_brainpoolP256r1);
	EC_POINT *p = EC_POINT_new(g);

	for (int clone = 0; clone < 2; clone++) {
		o.clone = clone;
		make(&o);
		ck_assert(hash_signed(SIM_DG14));
		ck_assert_int_eq(card_memory_load(out, &m), R_OK);
		BIGNUM *d = BN_bin2bn(m.ca_key, SIM_FIELD, NULL);
		ck_assert_int_eq(sim_point_mul(g, EC_GROUP_get0_generator(g),
					       d, p), R_OK);
		ck_assert_int_eq(sim_point_write(g, p, pub), R_OK);
		ck_assert_int_eq(memmem(m.files[SIM_DG14].p,
					m.files[SIM_DG14].n, pub,
					sizeof(pub)) == NULL, clone);
		BN_clear_free(d);
		card_memory_free(&m);
	}
	EC_POINT_free(p);
	EC_GROUP_free(g);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("simulator: personaliser");
	TCase *t = tcase_create("cards");

	tcase_add_checked_fixture(t, make_root, remove_root);
	tcase_add_test(t, mrz_is_the_specimen_of_9303_5);
	tcase_add_test(t, mrz_refuses_what_it_cannot_hold);
	tcase_add_loop_test(t, sod_verifies_to_the_csca, 0,
			    (int)(sizeof(algorithms) / sizeof(algorithms[0])));
	tcase_add_test(t, every_data_group_is_signed);
	tcase_add_test(t, an_altered_file_is_not_the_signed_one);
	tcase_add_test(t, the_ca_is_made_once_and_others_do_not_verify);
	tcase_add_test(t, bad_signers_are_bad);
	tcase_add_test(t, damage_is_what_its_name_says);
	tcase_add_test(t, offered_and_signed_pace_infos);
	tcase_add_test(t, picture_is_padded_to_the_byte);
	tcase_add_test(t, a_clone_has_the_signed_file_but_another_key);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
