/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The personaliser's State: generations with link certificates, certificates'
 * profiles, CRLs and their times, master lists.
 */
#include <openssl/pem.h>

#include "check_simpers.h"

SCOPE_FREE(ASN1_OBJECT *, ASN1_OBJECT_free);

/* -- generations ----------------------------------------------------------- */

static bool has_extension(const X509 *cert, const char *dotted)
{
	scoped(scope_ASN1_OBJECT_free)
	ASN1_OBJECT *oid = OBJ_txt2obj(dotted, 1);

	return X509_get_ext_by_OBJ(cert, oid, -1) >= 0;
}

START_TEST(a_link_certificate_joins_two_generations)
{
	struct pers_options o = defaults();
	char next[96], name[128];

	snprintf(next, sizeof(next), "%s/next%d", root, _i);
	make(&o);
	o.ca_next = next;
	if (_i)
		o.csca_name = "CSCA Renamed";
	make(&o);
	ck_assert(verifies(next, false, NULL));
	ck_assert(!verifies(ca, false, NULL));

	scoped(scope_X509_free) X509 *old = cert_in(ca, "csca.cer");
	scoped(scope_X509_free) X509 *new = cert_in(next, "csca.cer");
	scoped(scope_X509_free) X509 *link = cert_in(next, "link.cer");
	ck_assert_int_eq(X509_verify(new, X509_get0_pubkey(new)), 1);
	ck_assert_int_eq(X509_verify(link, X509_get0_pubkey(old)), 1);
	ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(link),
				     X509_get0_pubkey(new)), 1);
	ck_assert_int_eq(X509_NAME_cmp(X509_get_subject_name(link),
				       X509_get_subject_name(new)), 0);
	ck_assert_int_eq(X509_NAME_cmp(X509_get_issuer_name(link),
				       X509_get_subject_name(old)), 0);
	ck_assert_int_eq(X509_NAME_cmp(X509_get_issuer_name(link),
				       X509_get_subject_name(link)) != 0, _i);
	ck_assert_int_eq(has_extension(link, "2.23.136.1.1.6.1"), _i);
	ck_assert(!has_extension(new, "2.23.136.1.1.6.1"));
	name_of(X509_get_subject_name(new), NID_commonName, name);
	ck_assert_str_eq(name, _i ? "CSCA Renamed" : "CSCA Synthetic");
	ck_assert_int_eq(ASN1_STRING_cmp(X509_get0_subject_key_id(link),
					 X509_get0_subject_key_id(new)), 0);
	ck_assert_int_eq(ASN1_STRING_cmp(X509_get0_authority_key_id(link),
					 X509_get0_subject_key_id(old)), 0);
}
END_TEST

START_TEST(the_state_can_be_made_alone)
{
	struct pers_options o = defaults();
	char next[96], third[96];

	o.out = NULL;
	refuse(&o);
	snprintf(next, sizeof(next), "%s/next", root);
	snprintf(third, sizeof(third), "%s/third", root);
	o.ca_next = next;
	o.csca_alg = "rsa-pss";
	o.crl = true;
	make(&o);
	o.ca = next;
	o.ca_next = third;
	o.crl = false;
	make(&o);
	scoped(scope_X509_free) X509 *old = cert_in(next, "csca.cer");
	scoped(scope_X509_free) X509 *link = cert_in(third, "link.cer");
	ck_assert_int_eq(X509_verify(link, X509_get0_pubkey(old)), 1);
	ck_assert_int_eq(X509_get_signature_nid(link), NID_rsassaPss);
	scoped(scope_X509_CRL_free) X509_CRL *crl = crl_in(next);
	ck_assert_int_eq(X509_CRL_verify(crl, X509_get0_pubkey(old)), 1);
	o.crl = false;
	o.revoked_dsc = true;
	refuse(&o);
}
END_TEST

START_TEST(an_expired_csca_signed_in_its_time)
{
	struct pers_options o = defaults();

	o.expired_csca = true;
	make(&o);
	scoped(scope_X509_free) X509 *csca = cert_in(ca, "csca.cer");
	scoped(scope_X509_free) X509 *dsc = signer_cert();
	ck_assert_int_lt(X509_cmp_current_time(X509_get0_notAfter(csca)), 0);
	ck_assert_int_gt(X509_cmp_current_time(X509_get0_notAfter(dsc)), 0);
	ck_assert_int_lt(ASN1_TIME_compare(X509_get0_notBefore(csca),
					   X509_get0_notBefore(dsc)), 0);
	ck_assert_int_lt(ASN1_TIME_compare(X509_get0_notBefore(dsc),
					   X509_get0_notAfter(csca)), 0);
	ck_assert_int_eq(X509_verify(dsc, X509_get0_pubkey(csca)), 1);
	ck_assert(!verifies(ca, false, NULL));
}
END_TEST

/* 9303-12 table 6: what must be there, and what must be critical. */
START_TEST(certificates_follow_the_profile)
{
	struct pers_options o = defaults();

	o.doctypes = "ID,I";
	make(&o);
	scoped(scope_X509_free) X509 *csca = cert_in(ca, "csca.cer");
	scoped(scope_X509_free) X509 *dsc = signer_cert();
	X509 *const both[] = { csca, dsc };
	for (int i = 0; i < 2; i++) {
		ck_assert(has_extension(both[i], "2.5.29.14"));
		ck_assert(has_extension(both[i], "2.5.29.15"));
		ck_assert(has_extension(both[i], "2.5.29.16"));
		ck_assert(has_extension(both[i], "2.5.29.17"));
		ck_assert(has_extension(both[i], "2.5.29.18"));
		ck_assert(has_extension(both[i], "2.5.29.31"));
		ck_assert(has_extension(both[i], "2.5.29.35"));
		ck_assert_int_eq(has_extension(both[i], "2.23.136.1.1.6.2"),
				 i);
	}
	ck_assert_uint_eq(X509_get_key_usage(csca),
			  KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	ck_assert_uint_eq(X509_get_key_usage(dsc), KU_DIGITAL_SIGNATURE);
	ck_assert_int_eq(X509_check_ca(csca), 1);
	ck_assert_int_eq(X509_check_ca(dsc), 0);
	ck_assert_int_eq(X509_get_pathlen(csca), 0);
	o.doctypes = "-";
	make(&o);
	scoped(scope_X509_free) X509 *plain = signer_cert();
	ck_assert(!has_extension(plain, "2.23.136.1.1.6.2"));
}
END_TEST

/* -- CRL ------------------------------------------------------------------- */

START_TEST(crl_has_the_times_asked_for)
{
	struct pers_options o = defaults();
	struct tm from, next;

	o.crl = true;
	o.crl_from = "20250203";
	o.crl_next = "20250304";
	make(&o);
	scoped(scope_X509_CRL_free) X509_CRL *crl = crl_in(ca);
	ck_assert_int_eq(ASN1_TIME_to_tm(X509_CRL_get0_lastUpdate(crl), &from),
			 1);
	ck_assert_int_eq(ASN1_TIME_to_tm(X509_CRL_get0_nextUpdate(crl), &next),
			 1);
	ck_assert_int_eq(from.tm_year, 125);
	ck_assert_int_eq(from.tm_mon, 1);
	ck_assert_int_eq(from.tm_mday, 3);
	ck_assert_int_eq(next.tm_mon, 2);
	ck_assert_int_eq(next.tm_mday, 4);
	ck_assert_int_ge(X509_CRL_get_ext_by_NID(crl, NID_crl_number, -1), 0);
	ck_assert_int_ge(X509_CRL_get_ext_by_NID(
				 crl, NID_authority_key_identifier, -1), 0);
	o.crl_next = "yesterday";
	refuse(&o);
}
END_TEST

START_TEST(who_is_revoked_stays_revoked)
{
	struct pers_options o = defaults();

	o.revoked_dsc = true;
	make(&o);
	make(&o);
	o.revoked_dsc = false;
	o.crl = true;
	make(&o);
	scoped(scope_X509_CRL_free) X509_CRL *crl = crl_in(ca);
	ck_assert_int_eq(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), 2);
}
END_TEST

/* -- keys that are kept ---------------------------------------------------- */

START_TEST(an_rsa_key_is_made_once)
{
	struct pers_options o = defaults();
	scoped(blob_free) struct blob first = { 0 }, second = { 0 };

	o.sod_alg = "rsa-2048";
	o.aa = "rsa-1024:sha256";
	make(&o);
	scoped(scope_X509_free) X509 *one = signer_cert();
	load(SIM_DG15, &first);
	o.sod_alg = "rsa-pss";
	make(&o);
	scoped(scope_X509_free) X509 *two = signer_cert();
	load(SIM_DG15, &second);
	ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(one),
				     X509_get0_pubkey(two)), 1);
	ck_assert_int_ne(X509_cmp(one, two), 0);
	ck_assert(span_equal(blob_span(&first), blob_span(&second)));
}
END_TEST

/* -- master lists ---------------------------------------------------------- */

/* The list's certificates, where its signature holds. */
static STACK_OF(X509) *list_of(struct span der, const char *signer_file)
{
	scoped(scope_CMS_ContentInfo_free) CMS_ContentInfo *cms = cms_of(der);
	scoped(scope_BIO_free_all) BIO *b = BIO_new(BIO_s_mem());
	scoped(scope_X509_free) X509 *signer = cert_in(NULL, signer_file);
	STACK_OF(X509) *all = sk_X509_new_null();
	char oid[64], *p;
	uint32_t tag;
	struct span v;

	ck_assert_ptr_nonnull(cms);
	OBJ_obj2txt(oid, sizeof(oid), CMS_get0_eContentType(cms), 1);
	ck_assert_str_eq(oid, "2.23.136.1.1.2");
	ck_assert(cms_verifies(cms, ca, false, b));
	ck_assert_int_eq(CMS_SignerInfo_cert_cmp(signer_of(cms), signer), 0);
	ck_assert_uint_eq(X509_get_extension_flags(signer) & EXFLAG_XKUSAGE,
			  EXFLAG_XKUSAGE);
	long n = BIO_get_mem_data(b, &p);
	const struct blob content = { (uint8_t *)p, (size_t)n };
	struct span in = inside(&content, 0x30), set;
	ck_assert_int_eq(tlv_get(&in, &tag, &v), R_OK);
	ck_assert(span_equal(v, span_of("\0", 1)));
	ck_assert_int_eq(tlv_get(&in, &tag, &set), R_OK);
	ck_assert_uint_eq(tag, 0x31);
	ck_assert_uint_eq(in.n, 0);
	while (set.n) {
		const unsigned char *at = set.p;
		X509 *cert = d2i_X509(NULL, &at, (long)set.n);
		ck_assert_ptr_nonnull(cert);
		set = span_of(at, set.n - (size_t)(at - set.p));
		sk_X509_push(all, cert);
	}
	return all;
}

/* Every certificate is a CA's, and exactly `own` are of our country. */
static void check_list(STACK_OF(X509) *all, int count, int own)
{
	scoped(scope_X509_free) X509 *ours = cert_in(ca, "csca.cer");
	char country[128];
	bool found = false;

	ck_assert_int_eq(sk_X509_num(all), count);
	for (int i = 0; i < count; i++) {
		X509 *cert = sk_X509_value(all, i);
		ck_assert_int_eq(X509_check_ca(cert), 1);
		ck_assert_int_eq(X509_verify(cert, X509_get0_pubkey(cert)),
				 1);
		name_of(X509_get_subject_name(cert), NID_countryName,
			country);
		own -= strcmp(country, "UT") == 0;
		found |= X509_cmp(cert, ours) == 0;
	}
	ck_assert_int_eq(own, 0);
	ck_assert(found);
	sk_X509_pop_free(all, X509_free);
}

START_TEST(master_list_of_many_states)
{
	struct pers_options o = defaults();
	scoped(blob_free) struct blob file = { 0 };
	char list[96], signer[120];

	snprintf(list, sizeof(list), "%s/list", root);
	snprintf(signer, sizeof(signer), "%s.signer.cer", list);
	o.out = NULL;
	o.master_list = list;
	o.count = _i ? "25" : "620";
	o.ml_form = _i ? "bsi" : "icao";
	o.sod_alg = _i ? "rsa-2048" : "ecdsa-p256";
	make(&o);
	ck_assert_int_eq(sim_file_read(NULL, list, &file), R_OK);
	check_list(list_of(blob_span(&file), signer), _i ? 25 : 620, 1);
	scoped(scope_CMS_ContentInfo_free)
	CMS_ContentInfo *cms = cms_of(blob_span(&file));
	ASN1_OCTET_STRING *id = NULL;
	ck_assert_int_eq(CMS_SignerInfo_get0_signer_id(signer_of(cms), &id,
						       NULL, NULL), 1);
	ck_assert_int_eq(id != NULL, _i);
	o.count = "0";
	refuse(&o);
	o.count = "20";
	o.ml_form = "zip";
	refuse(&o);
}
END_TEST

/* RFC 2849: "attribute:: base64", a line begun by a space goes on. */
START_TEST(master_list_as_the_pkd_gives_it_out)
{
	struct pers_options o = defaults();
	scoped(blob_free) struct blob file = { 0 }, der = { 0 };
	char list[96], signer[96];
	char *in, *to;
	int n;

	snprintf(list, sizeof(list), "%s/list.ldif", root);
	snprintf(signer, sizeof(signer), "%s/ml.cer", root);
	o.master_list = list;
	o.count = "7";
	o.ml_form = "ldif";
	o.ml_signer = signer;
	make(&o);
	ck_assert_int_eq(sim_file_read(NULL, list, &file), R_OK);
	in = strstr((char *)file.p, "pkdMasterListContent:: ");
	ck_assert_ptr_nonnull(in);
	in += strlen("pkdMasterListContent:: ");
	to = in;
	for (char *p = in; *p; p++) {
		if (*p == '\n' && p[1] != ' ')
			break;
		if (*p != '\n' && *p != ' ')
			*to++ = *p;
	}
	ck_assert_int_eq(blob_copy(span_of(in, (size_t)(to - in)), &der),
			 R_OK);
	n = EVP_DecodeBlock(der.p, (unsigned char *)in, (int)(to - in));
	ck_assert_int_gt(n, 0);
	for (char *p = to; p[-1] == '='; p--)
		n--;
	check_list(list_of(span_of(der.p, (size_t)n), signer), 7, 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("simulator: the State");
	TCase *t = tcase_create("pki");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, make_root, remove_root);
	tcase_add_loop_test(t, a_link_certificate_joins_two_generations, 0, 2);
	tcase_add_test(t, the_state_can_be_made_alone);
	tcase_add_test(t, an_expired_csca_signed_in_its_time);
	tcase_add_test(t, certificates_follow_the_profile);
	tcase_add_test(t, crl_has_the_times_asked_for);
	tcase_add_test(t, who_is_revoked_stays_revoked);
	tcase_add_test(t, an_rsa_key_is_made_once);
	tcase_add_loop_test(t, master_list_of_many_states, 0, 2);
	tcase_add_test(t, master_list_as_the_pkd_gives_it_out);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
