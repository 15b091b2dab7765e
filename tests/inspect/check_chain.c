// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/chain.c, through passive_auth_sod(): anchors, validity,
 * revocation, and who may sign. */
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "check_main.h"
#include "support_state.h"

START_TEST(unknown_csca_is_refused)
{
	struct csca_store *empty;
	EVP_PKEY *rsa = pki_rsa(2048);
	X509 *fake_rsa;
	uint8_t der[4096];
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .content = lds };
	X509 *fake = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA-UTOPIA", .key = bp_key, .ca = true });

	ck_assert_int_eq(csca_new(&empty), R_OK);
	ck_assert_int_eq(passive_auth_sod(pki_sod(&s, sod_file), empty, &rules,
					  &pa), REASON_CSCA_UNKNOWN);
	/* one of the same name whose key is of another kind: not "weak" */
	fake_rsa = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA-UTOPIA", .key = rsa, .ca = true });
	ck_assert_int_eq(csca_add_cert(empty, pki_cert_der(fake_rsa, der,
						       sizeof(der))),
			 CSCA_BAD_NONE);
	ck_assert_int_eq(passive_auth_sod(pki_sod(&s, sod_file), empty, &rules,
					  &pa), REASON_CSCA_UNKNOWN);
	X509_free(fake_rsa);
	EVP_PKEY_free(rsa);
	csca_free(empty);
	/* a CSCA of the same name, brought along in the CMS */
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.issuer = fake, .issuer_key = bp_key },
			(struct pki_sod){ .other = fake }),
			 REASON_CSCA_UNKNOWN);
	X509_free(fake);
}
END_TEST

START_TEST(the_right_one_of_two_anchors_of_one_name_is_found)
{
	for (int i = 0; i < 4; i++) {
		EVP_PKEY *key = pki_ec("P-256", false);
		X509 *twin = pki_cert(&(struct pki_cert){ .country = "UT",
				.name = "CSCA-UTOPIA", .key = key,
				.ca = true, .serial = 200 + i });

		trust(twin);
		X509_free(twin);
		EVP_PKEY_free(key);
	}
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }), REASON_NONE);
}
END_TEST

START_TEST(signer_of_a_signer_is_refused)
{
	/* DSC -> DSC -> CSCA: there is nothing between the two */
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.key = bp_key, .issuer = dsc, .issuer_key = dsc_key },
			(struct pki_sod){ .other = dsc }),
			 REASON_CSCA_UNKNOWN);
}
END_TEST

START_TEST(only_document_signers_sign)
{
	ck_assert_int_eq(judge_spec((struct pki_sod){
			.dsc = ca, .key = ca_key }), REASON_SOD_SIGNATURE);
	ck_assert_int_eq(judge_signer((struct pki_cert){ .ca = true,
			.key_usage = "digitalSignature,keyCertSign" },
			(struct pki_sod){ 0 }), REASON_SOD_SIGNATURE);
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.key_usage = "keyEncipherment" },
			(struct pki_sod){ 0 }), REASON_SOD_SIGNATURE);
	ck_assert_int_eq(judge_signer((struct pki_cert){ .key_usage = "" },
			(struct pki_sod){ 0 }), REASON_SOD_SIGNATURE);
	/* the master list signer of 9303-12 7.1.1.3 */
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.extended_usage = "2.23.136.1.1.3" },
			(struct pki_sod){ 0 }), REASON_SOD_SIGNATURE);
}
END_TEST

/* What an extension says counts only where the version knows extensions. */
START_TEST(a_signer_of_an_older_version_is_refused)
{
	for (long version = X509_VERSION_1; version <= X509_VERSION_3;
	     version++) {
		X509 *old = pki_cert(&(struct pki_cert){ .country = "UT",
				.name = "DS 2", .key = dsc_key, .issuer = ca,
				.issuer_key = ca_key, .serial = 8 });

		ck_assert_int_eq(X509_set_version(old, version), 1);
		ck_assert_int_gt(X509_sign(old, ca_key, EVP_sha256()), 0);
		ck_assert_int_eq(judge_spec((struct pki_sod){ .dsc = old }),
				 version == X509_VERSION_3 ?
					 REASON_NONE : REASON_SOD_SIGNATURE);
		X509_free(old);
	}
}
END_TEST

START_TEST(a_signer_from_before_1970_is_refused)
{
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.from = -(int64_t)PKI_NOW, .until = PKI_YEAR },
			(struct pki_sod){ 0 }), REASON_NONE);
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.from = -(int64_t)PKI_NOW - 1, .until = PKI_YEAR },
			(struct pki_sod){ 0 }), REASON_SOD_MALFORMED);
}
END_TEST

START_TEST(signer_must_be_valid_now)
{
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.from = -2 * PKI_YEAR, .until = -1 },
			(struct pki_sod){ 0 }), REASON_CERT_EXPIRED);
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.from = 1, .until = PKI_YEAR },
			(struct pki_sod){ 0 }), REASON_CERT_EXPIRED);
	/* to the second, at both ends */
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.from = -PKI_YEAR, .until = 0 },
			(struct pki_sod){ 0 }), REASON_NONE);
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.from = 0, .until = PKI_YEAR },
			(struct pki_sod){ 0 }), REASON_NONE);
}
END_TEST

START_TEST(expired_csca_vouches_for_its_time)
{
	X509 *old = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA old", .key = bp_key, .ca = true,
			.from = -6 * PKI_YEAR, .until = -PKI_YEAR });
	struct pki_cert c = { .issuer = old, .issuer_key = bp_key,
			      .from = -2 * PKI_YEAR, .until = PKI_YEAR };

	trust(old);
	ck_assert_int_eq(judge_signer(c, (struct pki_sod){ 0 }), REASON_NONE);
	ck_assert(pa.csca_expired);
	/* "issued" after it expired, or before it was */
	c.from = -PKI_YEAR + 1;
	ck_assert_int_eq(judge_signer(c, (struct pki_sod){ 0 }),
			 REASON_CERT_EXPIRED);
	c.from = -6 * PKI_YEAR - 1;
	ck_assert_int_eq(judge_signer(c, (struct pki_sod){ 0 }),
			 REASON_CERT_EXPIRED);
	X509_free(old);
}
END_TEST

START_TEST(csca_of_the_future_is_refused)
{
	X509 *young = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA young", .key = bp_key, .ca = true,
			.from = PKI_DAY, .until = PKI_YEAR });

	trust(young);
	ck_assert_int_eq(judge_signer((struct pki_cert){ .issuer = young,
			.issuer_key = bp_key }, (struct pki_sod){ 0 }),
			 REASON_CERT_EXPIRED);
	X509_free(young);
}
END_TEST

START_TEST(link_certificate_is_an_anchor)
{
	X509 *link = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA new", .key = bp_key, .issuer = ca,
			.issuer_key = ca_key, .ca = true });

	csca_free(store);
	ck_assert_int_eq(csca_new(&store), R_OK);
	trust(link);
	ck_assert_int_eq(judge_signer((struct pki_cert){ .issuer = link,
			.issuer_key = bp_key }, (struct pki_sod){ 0 }),
			 REASON_NONE);
	X509_free(link);
}
END_TEST

START_TEST(revoked_signer_is_refused)
{
	/* also by a list that is long out of date */
	ck_assert_int_eq(try_crl(pki_crl(ca, ca_key, NULL, 7,
					 -99 * PKI_DAY)), CSCA_BAD_NONE);
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }),
			 REASON_CERT_REVOKED);
	ck_assert_int_eq(judge_signer((struct pki_cert){ .serial = 8 },
				      (struct pki_sod){ 0 }), REASON_NONE);
	ck_assert_int_eq(pa.crl, CRL_STALE);
}
END_TEST

START_TEST(revoked_csca_is_refused)
{
	ck_assert_int_eq(try_crl(pki_crl(ca, ca_key, NULL, 100, PKI_DAY)),
			 CSCA_BAD_NONE);
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }),
			 REASON_CERT_REVOKED);
}
END_TEST

START_TEST(crl_of_the_same_country_under_a_new_name_counts)
{
	X509 *renamed = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA renamed", .key = bp_key, .ca = true });

	trust(renamed);
	ck_assert_int_eq(try_crl(pki_crl(renamed, bp_key, NULL, 7, PKI_DAY)),
			 CSCA_BAD_NONE);
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }),
			 REASON_CERT_REVOKED);
	X509_free(renamed);
}
END_TEST

START_TEST(crl_of_another_country_does_not_count)
{
	X509 *foreign = pki_cert(&(struct pki_cert){ .country = "XX",
			.name = "CSCA foreign", .key = bp_key, .ca = true });

	trust(foreign);
	ck_assert_int_eq(try_crl(pki_crl(foreign, bp_key, NULL, 7, PKI_DAY)),
			 CSCA_BAD_NONE);
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }), REASON_NONE);
	ck_assert_int_eq(pa.crl, CRL_NONE);
	X509_free(foreign);
}
END_TEST

/* The first look into a long CRL sorts it, and qsort asks the kernel how much
 * memory there is: that must have happened before the filter. */
START_TEST(a_long_crl_is_searched_inside_the_sandbox)
{
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .content = lds };
	X509_CRL *crl = pki_crl(ca, ca_key, NULL, 7, PKI_DAY);
	struct span sod = pki_sod(&s, sod_file);
	int status;
	pid_t pid;

	for (long i = 0; i < 300; i++)
		pki_crl_add(crl, 2000 - i);
	ck_assert_int_gt(X509_CRL_sign(crl, ca_key, EVP_sha256()), 0);
	ck_assert_int_eq(try_crl(crl), CSCA_BAD_NONE);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(sandbox_enter(ROLE_INSPECT) == R_OK &&
		      passive_auth_sod(sod, store, &rules,
					  &pa) ==
			      REASON_CERT_REVOKED ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(crl_is_current_within_its_grace)
{
	ck_assert_int_eq(try_crl(pki_crl(ca, ca_key, NULL, 0,
					 -89 * PKI_DAY)), CSCA_BAD_NONE);
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }), REASON_NONE);
	ck_assert_int_eq(pa.crl, CRL_CURRENT);
}
END_TEST

START_TEST(crl_of_the_future_is_not_current)
{
	ck_assert_int_eq(try_crl(pki_crl(ca, ca_key, NULL, 0, PKI_DAY)),
			 CSCA_BAD_NONE);
	rules.now = PKI_NOW - 100 * PKI_DAY;	/* when it was written */
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }), REASON_NONE);
	ck_assert_int_eq(pa.crl, CRL_CURRENT);
	rules.now--;
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }), REASON_NONE);
	ck_assert_int_eq(pa.crl, CRL_STALE);
}
END_TEST

/* A delta (RFC 5280 5.2.4) tells only what came since: whom it names is
 * revoked, and that nobody else is it does not say. */
START_TEST(crl_that_is_not_the_whole_is_not_current)
{
	X509_CRL *delta = pki_crl(ca, ca_key, NULL, 7, PKI_DAY);
	ASN1_INTEGER *base = ASN1_INTEGER_new();

	ck_assert(base && ASN1_INTEGER_set(base, 3) == 1 &&
		  X509_CRL_add1_ext_i2d(delta, NID_delta_crl, base, 1, 0) ==
			  1);
	ck_assert_int_gt(X509_CRL_sign(delta, ca_key, EVP_sha256()), 0);
	ASN1_INTEGER_free(base);
	ck_assert_int_eq(try_crl(delta), CSCA_BAD_NONE);
	ck_assert_int_eq(judge_signer((struct pki_cert){ .serial = 8 },
				      (struct pki_sod){ 0 }), REASON_NONE);
	ck_assert_int_eq(pa.crl, CRL_STALE);
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }),
			 REASON_CERT_REVOKED);
}
END_TEST

START_TEST(weak_crl_counts_where_the_profile_accepts_it)
{
	ck_assert_int_eq(try_crl(pki_crl(ca, ca_key, "SHA1", 7, PKI_DAY)),
			 CSCA_BAD_NONE);
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }), REASON_NONE);
	ck_assert_int_eq(pa.crl, CRL_NONE);
	rules.weak.sha1 = true;
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }),
			 REASON_CERT_REVOKED);
}
END_TEST

static void add_chain(TCase *t)
{
	tcase_add_test(t, unknown_csca_is_refused);
	tcase_add_test(t, the_right_one_of_two_anchors_of_one_name_is_found);
	tcase_add_test(t, signer_of_a_signer_is_refused);
	tcase_add_test(t, only_document_signers_sign);
	tcase_add_test(t, a_signer_of_an_older_version_is_refused);
	tcase_add_test(t, a_signer_from_before_1970_is_refused);
	tcase_add_test(t, signer_must_be_valid_now);
	tcase_add_test(t, expired_csca_vouches_for_its_time);
	tcase_add_test(t, csca_of_the_future_is_refused);
	tcase_add_test(t, link_certificate_is_an_anchor);
	tcase_add_test(t, revoked_signer_is_refused);
	tcase_add_test(t, revoked_csca_is_refused);
	tcase_add_test(t, crl_of_the_same_country_under_a_new_name_counts);
	tcase_add_test(t, crl_of_another_country_does_not_count);
	tcase_add_test(t, crl_is_current_within_its_grace);
	tcase_add_test(t, crl_of_the_future_is_not_current);
	tcase_add_test(t, crl_that_is_not_the_whole_is_not_current);
	tcase_add_test(t, weak_crl_counts_where_the_profile_accepts_it);
}

static Suite *chain_suite(void)
{
	Suite *s = suite_create("chain");
	TCase *chain = state_case("chain"), *sandbox = state_case("sandbox");

	add_chain(chain);
	suite_add_tcase(s, chain);
	tcase_add_test(sandbox, a_long_crl_is_searched_inside_the_sandbox);
	tcase_set_tags(sandbox, "sandbox");
	suite_add_tcase(s, sandbox);
	return s;
}

CHECK_MAIN(chain_suite)
