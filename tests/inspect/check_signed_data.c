// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/signed_data.c */
#include "inspect/signed_data.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rsa.h>

#include "check_main.h"
#include "support_list.h"

static const uint8_t oid_bytes[] = { 0x67, 0x81, 8, 1, 1, 2 };
static const uint8_t other_oid[] = { 0x67, 0x81, 8, 1, 1, 1 };
static const uint8_t content[] = "what is signed";

static struct list_state state;
static EVP_PKEY *rsa, *small_rsa, *small_ec, *bound;
static uint8_t file[PKI_SOD_MAX];
static const struct csca_strength strict, weak = { true, true };

/* An RSASSA-PSS key, which signs nothing else. */
static EVP_PKEY *pss_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *key = NULL;

	ck_assert_ptr_nonnull(ctx);
	ck_assert(EVP_PKEY_keygen_init(ctx) == 1 &&
		  EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048) == 1 &&
		  EVP_PKEY_generate(ctx, &key) == 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void make_keys(void)
{
	list_state_make(&state);
	rsa = pki_rsa(2048);
	small_rsa = pki_rsa(1024);
	small_ec = pki_ec("P-224", false);
	bound = pss_key();
}

static void free_keys(void)
{
	list_state_free(&state);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(small_rsa);
	EVP_PKEY_free(small_ec);
	EVP_PKEY_free(bound);
}

/* A CMS as `spec` says, of state.signer and its key where it says nothing. */
static struct span make(struct pki_sod spec)
{
	if (!spec.dsc)
		spec.dsc = state.signer;
	if (!spec.key)
		spec.key = state.signer_key;
	if (!spec.content.n)
		spec.content = SPAN(content);
	if (!spec.content_type.n)
		spec.content_type = SPAN(oid_bytes);
	spec.flaws |= SOD_BARE;
	return pki_sod(&spec, file);
}

static enum reason judge_der(struct span der, struct signed_data *sd,
			     const struct csca_strength *by)
{
	enum reason why = signed_data_open(der, SPAN(oid_bytes), 2, sd);

	return why == REASON_NONE ? signed_data_verify(sd, by) : why;
}

static enum reason judge(struct pki_sod spec, const struct csca_strength *by)
{
	struct signed_data sd = { 0 };
	enum reason why = judge_der(make(spec), &sd, by);

	signed_data_done(&sd);
	return why;
}

START_TEST(what_it_says_and_who_signed_it)
{
	struct signed_data sd = { 0 };

	ck_assert_int_eq(judge_der(make((struct pki_sod){
			.other = state.ca }), &sd, &strict), REASON_NONE);
	ck_assert(span_equal(sd.content, SPAN(content)));
	ck_assert_int_eq(X509_cmp(sd.signer, state.signer), 0);
	ck_assert_int_eq(sk_X509_num(sd.inside), 2);
	ck_assert_int_eq(sd.digest, NID_sha256);
	ck_assert_str_eq(sd.algorithm, "ecdsa");
	signed_data_done(&sd);
}
END_TEST

START_TEST(a_half_opened_one_can_be_done_with)
{
	struct signed_data sd = { 0 };

	signed_data_done(&sd);
	memset(&sd, 0, sizeof(sd));
	ck_assert_int_eq(signed_data_open(span_str("0"), SPAN(oid_bytes), 1,
					  &sd), REASON_SOD_MALFORMED);
	signed_data_done(&sd);
}
END_TEST

static const unsigned int open_flaws[] = {
	SOD_TWO_SIGNERS, SOD_NO_SIGNER, SOD_NO_CERTIFICATE, SOD_DETACHED,
	SOD_CERTIFICATE_TWICE, SOD_NOT_SIGNED_DATA,
};

START_TEST(refused_before_it_is_used)
{
	struct signed_data sd = { 0 };

	ck_assert_int_eq(signed_data_open(make((struct pki_sod){
			.flaws = open_flaws[_i] }), SPAN(oid_bytes), 9, &sd),
			 REASON_SOD_MALFORMED);
	signed_data_done(&sd);
}
END_TEST

START_TEST(signed_attributes_must_be_whole)
{
	static const unsigned int flaws[] = {
		SOD_NO_ATTRIBUTES, SOD_NO_CONTENT_TYPE, SOD_NO_MESSAGE_DIGEST,
		SOD_OTHER_CONTENT_TYPE, SOD_TWO_CONTENT_TYPES, SOD_TWO_VALUES,
	};

	ck_assert_int_eq(judge((struct pki_sod){ .flaws = flaws[_i] },
			       &strict), REASON_SOD_MALFORMED);
}
END_TEST

START_TEST(another_content_type_is_refused)
{
	ck_assert_int_eq(judge((struct pki_sod){
			.content_type = SPAN(other_oid) }, &strict),
			 REASON_SOD_MALFORMED);
}
END_TEST

START_TEST(more_certificates_than_allowed)
{
	struct span der = make((struct pki_sod){ .other = state.ca });
	struct signed_data sd = { 0 };

	ck_assert_int_eq(signed_data_open(der, SPAN(oid_bytes), 1, &sd),
			 REASON_SOD_MALFORMED);
	signed_data_done(&sd);
	memset(&sd, 0, sizeof(sd));
	ck_assert_int_eq(signed_data_open(der, SPAN(oid_bytes), 2, &sd),
			 REASON_NONE);
	signed_data_done(&sd);
}
END_TEST

START_TEST(octets_behind_it_and_octets_missing)
{
	struct span der = make((struct pki_sod){ 0 });

	for (size_t n = 0; n < der.n; n++) {
		struct signed_data sd = { 0 };
		uint8_t *exact = malloc(n ? n : 1);

		memcpy(exact, der.p, n);
		ck_assert_int_eq(judge_der(span_of(exact, n), &sd, &strict),
				 REASON_SOD_MALFORMED);
		signed_data_done(&sd);
		free(exact);
	}
	file[der.n] = 0;
	for (size_t more = 0; more < 2; more++) {
		struct signed_data sd = { 0 };

		ck_assert_int_eq(judge_der(span_of(file, der.n + more), &sd,
					   &strict),
				 more ? REASON_SOD_MALFORMED : REASON_NONE);
		signed_data_done(&sd);
	}
}
END_TEST

START_TEST(an_altered_signature_or_content)
{
	struct span der = make((struct pki_sod){ 0 });
	uint8_t *at = memmem(file, der.n, content, sizeof(content));
	struct signed_data sd = { 0 }, cut = { 0 };

	ck_assert_ptr_nonnull(at);
	at[0] ^= 1;
	ck_assert_int_eq(judge_der(der, &sd, &strict), REASON_SOD_SIGNATURE);
	signed_data_done(&sd);
	at[0] ^= 1;
	file[der.n - 1] ^= 1;
	ck_assert_int_eq(judge_der(der, &cut, &strict), REASON_SOD_SIGNATURE);
	signed_data_done(&cut);
}
END_TEST

/* The certificate is the one that is named; its key is another. */
START_TEST(a_signature_by_another_key)
{
	ck_assert_int_eq(judge((struct pki_sod){ .key = state.other_key },
			       &strict), REASON_SOD_SIGNATURE);
}
END_TEST

static enum reason judge_key(EVP_PKEY *key, struct pki_sod spec,
			     const struct csca_strength *by)
{
	X509 *cert = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "Another Signer", .key = key,
			.issuer = state.ca, .issuer_key = state.ca_key,
			.serial = 10 });
	enum reason why;

	spec.dsc = cert;
	spec.key = key;
	why = judge(spec, by);
	X509_free(cert);
	return why;
}

START_TEST(weak_is_refused_unless_accepted)
{
	ck_assert_int_eq(judge((struct pki_sod){ .digest = "SHA1" }, &strict),
			 REASON_WEAK_ALGORITHM);
	ck_assert_int_eq(judge((struct pki_sod){ .digest = "SHA1" }, &weak),
			 REASON_NONE);
	ck_assert_int_eq(judge_key(small_rsa, (struct pki_sod){ 0 }, &strict),
			 REASON_WEAK_ALGORITHM);
	ck_assert_int_eq(judge_key(small_rsa, (struct pki_sod){ 0 }, &weak),
			 REASON_NONE);
	ck_assert_int_eq(judge_key(small_ec, (struct pki_sod){ 0 }, &strict),
			 REASON_WEAK_ALGORITHM);
	ck_assert_int_eq(judge_key(small_ec, (struct pki_sod){ 0 }, &weak),
			 REASON_NONE);
	/* the algorithm names SHA-1 although the attributes are SHA-256 */
	ck_assert_int_eq(judge((struct pki_sod){ .signature_digest = "SHA1" },
			       &strict), REASON_WEAK_ALGORITHM);
}
END_TEST

START_TEST(the_two_digests_must_be_one)
{
	ck_assert_int_eq(judge((struct pki_sod){ .digest = "SHA384",
			.signature_digest = "SHA512" }, &strict),
			 REASON_SOD_MALFORMED);
	ck_assert_int_eq(judge((struct pki_sod){ .digest = "SHA384",
			.signature_digest = "SHA384" }, &strict),
			 REASON_NONE);
}
END_TEST

START_TEST(every_algorithm_that_is_read)
{
	ck_assert_int_eq(judge_key(rsa, (struct pki_sod){ 0 }, &strict),
			 REASON_NONE);
	ck_assert_int_eq(judge_key(rsa, (struct pki_sod){
			.rsa_plain_oid = true }, &strict), REASON_NONE);
	ck_assert_int_eq(judge_key(rsa, (struct pki_sod){ .pss = true },
				   &strict), REASON_NONE);
	ck_assert_int_eq(judge((struct pki_sod){ .digest = "SHA512" },
			       &strict), REASON_NONE);
}
END_TEST

/* A key says in its certificate what it is for: this one signs PSS alone,
 * whatever the SignerInfo says. */
START_TEST(an_algorithm_that_is_not_the_key_s)
{
	ck_assert_int_eq(judge_key(bound, (struct pki_sod){ 0 }, &strict),
			 REASON_SOD_MALFORMED);
	ck_assert_int_eq(judge_key(bound, (struct pki_sod){ .pss = true },
				   &strict), REASON_NONE);
}
END_TEST

START_TEST(object_identifiers)
{
	ASN1_OBJECT *o = OBJ_txt2obj("2.23.136.1.1.2", 1);

	ck_assert(oid_is(o, SPAN(oid_bytes)));
	ck_assert(!oid_is(o, SPAN(other_oid)));
	ck_assert(!oid_is(o, span_of(oid_bytes, sizeof(oid_bytes) - 1)));
	ck_assert(!oid_is(NULL, SPAN(oid_bytes)));
	ck_assert(!oid_is(NULL, span_of(NULL, 0)));
	ASN1_OBJECT_free(o);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("signed_data");
	TCase *t = tcase_create("all");

	tcase_add_unchecked_fixture(t, make_keys, free_keys);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, what_it_says_and_who_signed_it);
	tcase_add_test(t, a_half_opened_one_can_be_done_with);
	tcase_add_loop_test(t, refused_before_it_is_used, 0, 6);
	tcase_add_loop_test(t, signed_attributes_must_be_whole, 0, 6);
	tcase_add_test(t, another_content_type_is_refused);
	tcase_add_test(t, more_certificates_than_allowed);
	tcase_add_test(t, octets_behind_it_and_octets_missing);
	tcase_add_test(t, an_altered_signature_or_content);
	tcase_add_test(t, a_signature_by_another_key);
	tcase_add_test(t, weak_is_refused_unless_accepted);
	tcase_add_test(t, the_two_digests_must_be_one);
	tcase_add_test(t, every_algorithm_that_is_read);
	tcase_add_test(t, an_algorithm_that_is_not_the_key_s);
	tcase_add_test(t, object_identifiers);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
