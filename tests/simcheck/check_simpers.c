/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the personaliser signs: good cards hold against OpenSSL's own CMS and
 * X.509, and each bad one is bad in the one way it is named for.
 */
#include "check_simpers.h"

/* -- EF.SOD --------------------------------------------------------------- */

static const struct {
	const char *sod, *csca, *digest, *sod_digest;
	bool explicit_params, ski;
} algorithms[] = {
	{ "ecdsa-bp256", "ecdsa-bp256", "sha256", NULL, false, false },
	{ "ecdsa-p256", "ecdsa-p256", "sha384", "sha224", false, false },
	{ "ecdsa-p384", "ecdsa-p384", "sha384", NULL, true, false },
	{ "ecdsa-p521", "ecdsa-p521", "sha512", NULL, false, true },
	{ "ecdsa-bp256", "ecdsa-bp256", "sha256", NULL, true, true },
	{ "ecdsa-bp320", "ecdsa-bp256", "sha224", "sha384", false, false },
	{ "ecdsa-bp384", "ecdsa-bp512", "sha256", "sha512", false, false },
	{ "ecdsa-bp512", "ecdsa-bp512", "sha512", NULL, true, false },
	{ "ecdsa-p224", "ecdsa-p256", "sha256", NULL, false, false },
	{ "ecdsa-bp224", "ecdsa-p256", "sha256", NULL, false, false },
	{ "rsa", "rsa", "sha256", NULL, false, false },
	{ "rsa-1024", "ecdsa-p256", "sha1", "sha1", false, false },
	{ "rsa-2048", "rsa-pss", "sha1", "sha512", false, true },
	{ "rsa-3072", "ecdsa-p256", "sha256", NULL, false, false },
	{ "rsa-pss", "ecdsa-bp256", "sha512", NULL, false, false },
	{ "rsa-pss", "rsa-pss", "sha256", "sha384", false, true },
	{ "rsa-pss-key", "ecdsa-p256", "sha256", NULL, false, false },
};

START_TEST(sod_verifies_to_the_csca)
{
	struct pers_options o = defaults();

	o.sod_alg = algorithms[_i].sod;
	o.csca_alg = algorithms[_i].csca;
	o.digest = algorithms[_i].digest;
	o.sod_digest = algorithms[_i].sod_digest;
	o.explicit_params = algorithms[_i].explicit_params;
	o.sod_ski = algorithms[_i].ski;
	make(&o);
	ck_assert(verifies(ca, false, NULL));
}
END_TEST

START_TEST(sod_has_the_digests_and_the_name_asked_for)
{
	struct pers_options o = defaults();
	X509_ALGOR *digest, *signature;
	ASN1_OCTET_STRING *id = NULL;
	const ASN1_OBJECT *oid;

	for (int ski = 0; ski < 2; ski++) {
		o.sod_ski = ski;
		o.digest = "sha256";
		o.sod_digest = "sha384";
		o.sod_alg = ski ? "rsa-pss" : "ecdsa-p384";
		make(&o);
		scoped(scope_CMS_ContentInfo_free)
		CMS_ContentInfo *cms = sod();
		CMS_SignerInfo *si = signer_of(cms);
		CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, &signature);
		X509_ALGOR_get0(&oid, NULL, NULL, digest);
		ck_assert_int_eq(OBJ_obj2nid(oid), NID_sha384);
		X509_ALGOR_get0(&oid, NULL, NULL, signature);
		ck_assert_int_eq(OBJ_obj2nid(oid), ski
				 ? NID_rsassaPss : NID_ecdsa_with_SHA384);
		ck_assert_int_eq(CMS_SignerInfo_get0_signer_id(si, &id, NULL,
							       NULL), 1);
		ck_assert_int_eq(id != NULL, ski);
	}
	o.sod_digest = "sha3";
	refuse(&o);
	o.sod_digest = NULL;
	o.sod_alg = "rsa-512";
	refuse(&o);
}
END_TEST

START_TEST(the_two_versions_of_the_security_object)
{
	struct pers_options o = defaults();
	char *p;

	for (int version = 0; version < 2; version++) {
		o.lds_version = version ? "1" : "0";
		make(&o);
		scoped(scope_BIO_free_all) BIO *b = BIO_new(BIO_s_mem());
		ck_assert(verifies(ca, false, b));
		long n = BIO_get_mem_data(b, &p);
		const struct blob all = { (uint8_t *)p, (size_t)n };
		struct span in = inside(&all, 0x30), value;
		uint32_t tag;
		ck_assert_int_eq(tlv_get(&in, &tag, &value), R_OK);
		ck_assert(span_equal(value, span_of(version ? "\1" : "\0",
						    1)));
		ck_assert_int_eq(tlv_get(&in, &tag, &value), R_OK);
		ck_assert_int_eq(tlv_get(&in, &tag, &value), R_OK);
		ck_assert_int_eq(in.n > 0, version);
		ck_assert_int_eq(holds(in, "\x13\x04" "0108\x13\x06" "040000",
				       14), version);
	}
	o.lds_version = "2";
	refuse(&o);
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
	return holds(span_of(p, (size_t)n), hash, sizeof(hash));
}

START_TEST(every_data_group_is_signed)
{
	struct pers_options o = defaults();

	o.dg11 = "AB123456";
	o.aa = "ecdsa-p256:sha256";
	make(&o);
	ck_assert(hash_signed(SIM_DG1));
	ck_assert(hash_signed(SIM_DG2));
	ck_assert(hash_signed(SIM_DG11));
	ck_assert(hash_signed(SIM_DG14));
	ck_assert(hash_signed(SIM_DG15));
	ck_assert(!hash_signed(SIM_COM));
	ck_assert(!hash_signed(SIM_ACCESS));
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

START_TEST(bad_signers_are_bad)
{
	struct pers_options o = defaults();
	char country[128];

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
	name_of(X509_get_subject_name(cert), NID_countryName, country);
	ck_assert_str_eq(country, "XX");
	name_of(X509_get_issuer_name(cert), NID_countryName, country);
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
	load(SIM_DG2, &bad);
	in = blob_span(&bad);
	ck_assert_int_eq(tlv_get(&in, &tag, &v), R_MALFORMED);
	ck_assert_uint_ge(bad.n, good.n);

	o.lying_length = NULL;
	o.oversize = "dg2";
	make(&o);
	load(SIM_DG2, &bad);
	ck_assert_uint_eq(inside(&bad, 0x75).n, 256 * 1024);

	o.oversize = NULL;
	o.withhold = "dg14,access";
	o.no_sod = true;
	make(&o);
	ck_assert(!there(SIM_DG14));
	ck_assert(!there(SIM_SOD));
	ck_assert(!there(SIM_ACCESS));
	o.withhold = "dg3";
	refuse(&o);
}
END_TEST

/* Withheld is not unsigned: the new files too. */
START_TEST(withheld_files_stay_signed)
{
	static const char *const lists[] = { "dg11", "dg15", "cardsecurity",
					     "atr" };
	static const enum sim_ef_id ids[] = { SIM_DG11, SIM_DG15,
					      SIM_SECURITY, SIM_ATR };
	struct pers_options o = defaults();
	scoped(blob_free) struct blob whole = { 0 }, less = { 0 };

	o.dg11 = "AB123456";
	o.aa = "ecdsa-p256:sha256";
	o.pace = "cam-ecdh-aes128:p256";
	o.cam = true;
	o.ef_atr = "1000:2000";
	make(&o);
	load(SIM_COM, &whole);
	for (size_t i = 0; i < 4; i++) {
		ck_assert(there(ids[i]));
		o.withhold = lists[i];
		make(&o);
		ck_assert(!there(ids[i]));
		load(SIM_COM, &less);
		ck_assert(span_equal(blob_span(&whole), blob_span(&less)));
		o.withhold = NULL;
		o.truncate = lists[i];
		make(&o);
		o.truncate = NULL;
		make(&o);
	}
	/* nothing of an earlier card stays in the directory */
	o = defaults();
	make(&o);
	for (size_t i = 0; i < 4; i++)
		ck_assert(!there(ids[i]));
	ck_assert_int_eq(sim_file_read(out, "AA.key", &less), R_ABSENT);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("simulator: personaliser");
	TCase *t = tcase_create("cards");

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, make_root, remove_root);
	tcase_add_loop_test(t, sod_verifies_to_the_csca, 0,
			    (int)(sizeof(algorithms) / sizeof(algorithms[0])));
	tcase_add_test(t, sod_has_the_digests_and_the_name_asked_for);
	tcase_add_test(t, the_two_versions_of_the_security_object);
	tcase_add_test(t, every_data_group_is_signed);
	tcase_add_test(t, an_altered_file_is_not_the_signed_one);
	tcase_add_test(t, the_ca_is_made_once_and_others_do_not_verify);
	tcase_add_test(t, bad_signers_are_bad);
	tcase_add_test(t, damage_is_what_its_name_says);
	tcase_add_test(t, withheld_files_stay_signed);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
