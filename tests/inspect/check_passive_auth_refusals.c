// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/passive_auth.c: what is refused in the signed data. */
#include <string.h>

#include "check_main.h"
#include "support_state.h"

/* Every octet of the file, one bit: nothing is accepted that was changed,
 * except where the change is outside of what anybody signed. */
START_TEST(no_bit_of_what_is_signed_may_change)
{
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .content = lds };
	struct span sod = pki_sod(&s, sod_file);
	size_t accepted = 0;

	for (size_t i = 0; i < sod.n; i++) {
		sod_file[i] ^= 1u << (i % 8);
		if (passive_auth_sod(sod, store, &rules,
					  &pa) ==
		    REASON_NONE) {
			accepted++;
			ck_assert_int_eq(passive_auth_check_dg(&pa, 1,
							       dgs[0].file),
					 REASON_NONE);
			ck_assert_str_eq(pa.dsc_country, "UT");
		}
		sod_file[i] ^= 1u << (i % 8);
	}
	/* the outer digest list, and letters of the signer's name in small:
	 * none of it is signed, none of it is used */
	ck_assert_uint_le(accepted, 12);
	ck_assert_int_eq(judge(sod), REASON_NONE);
}
END_TEST

START_TEST(altered_signature_is_refused)
{
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .content = lds };
	struct span sod = pki_sod(&s, sod_file);

	sod_file[sod.n - 1] ^= 1;
	ck_assert_int_eq(judge(sod), REASON_SOD_SIGNATURE);
}
END_TEST

START_TEST(altered_content_is_refused)
{
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .content = lds };
	struct span sod = pki_sod(&s, sod_file);
	uint8_t *at = memmem(sod_file, sod.n, lds.p, lds.n);

	ck_assert_ptr_nonnull(at);
	at[lds.n - 1] ^= 1;
	ck_assert_int_eq(judge(sod), REASON_SOD_SIGNATURE);
}
END_TEST

START_TEST(signature_by_another_key_is_refused)
{
	ck_assert_int_eq(judge_spec((struct pki_sod){ .key = bp_key }),
			 REASON_SOD_SIGNATURE);
}
END_TEST

static const struct {
	unsigned int flaws;
	enum reason why;
} flaws[] = {
	{ SOD_NO_ATTRIBUTES, REASON_SOD_MALFORMED },
	{ SOD_NO_CONTENT_TYPE, REASON_SOD_MALFORMED },
	{ SOD_NO_MESSAGE_DIGEST, REASON_SOD_MALFORMED },
	{ SOD_OTHER_CONTENT_TYPE, REASON_SOD_MALFORMED },
	{ SOD_TWO_CONTENT_TYPES, REASON_SOD_MALFORMED },
	{ SOD_TWO_VALUES, REASON_SOD_MALFORMED },
	{ SOD_TWO_SIGNERS, REASON_SOD_MALFORMED },
	{ SOD_NO_SIGNER, REASON_SOD_MALFORMED },
	{ SOD_NO_CERTIFICATE, REASON_SOD_MALFORMED },
	{ SOD_CERTIFICATE_TWICE, REASON_SOD_MALFORMED },
	{ SOD_DETACHED, REASON_SOD_MALFORMED },
	{ SOD_NOT_SIGNED_DATA, REASON_SOD_MALFORMED },
	{ SOD_BARE, REASON_SOD_MALFORMED },
};

START_TEST(malformed_signed_data_is_refused)
{
	ck_assert_int_eq(judge_spec((struct pki_sod){
			.flaws = flaws[_i].flaws }), flaws[_i].why);
}
END_TEST

START_TEST(another_content_type_is_refused)
{
	/* a genuine signature over id-SecurityObject, and over a CSCA list */
	static const uint8_t security[] = { 4, 0, 0x7f, 0, 7, 3, 2, 1 };
	static const uint8_t list[] = { 0x67, 0x81, 8, 1, 1, 2 };

	ck_assert_int_eq(judge_spec((struct pki_sod){
			.content_type = SPAN(security) }),
			 REASON_SOD_MALFORMED);
	ck_assert_int_eq(judge_spec((struct pki_sod){
			.content_type = SPAN(list) }), REASON_SOD_MALFORMED);
}
END_TEST

START_TEST(signed_but_malformed_content_is_refused)
{
	ck_assert_int_eq(judge_spec((struct pki_sod){
			.content = span_of(lds.p, lds.n - 1) }),
			 REASON_SOD_MALFORMED);
}
END_TEST

START_TEST(certificate_of_another_is_ignored)
{
	/* the CSCA inside, too: allowed, and not trusted for it */
	ck_assert_int_eq(judge_spec((struct pki_sod){ .other = ca }),
			 REASON_NONE);
	ck_assert_int_eq(judge_spec((struct pki_sod){
			.other = ca, .flaws = SOD_NO_CERTIFICATE }),
			 REASON_SOD_MALFORMED);
}
END_TEST

START_TEST(sha1_is_refused_everywhere)
{
	struct span weak;
	uint8_t buf[1024];
	X509 *rsa_ca = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA rsa", .key = rsa_ca_key, .ca = true });

	trust(rsa_ca);
	ck_assert_int_eq(judge_spec((struct pki_sod){ .digest = "SHA1" }),
			 REASON_WEAK_ALGORITHM);
	ck_assert_int_eq(judge_spec((struct pki_sod){
			.signature_digest = "SHA1" }), REASON_WEAK_ALGORITHM);
	/* where the signature's algorithm names no digest */
	ck_assert_int_eq(judge_signer((struct pki_cert){ .key = rsa_key },
			(struct pki_sod){ .digest = "SHA1",
					  .rsa_plain_oid = true }),
			 REASON_WEAK_ALGORITHM);
	ck_assert_int_eq(judge_signer((struct pki_cert){ .digest = "SHA1" },
				      (struct pki_sod){ 0 }),
			 REASON_WEAK_ALGORITHM);
	ck_assert_int_eq(judge_signer((struct pki_cert){ .digest = "SHA1",
			.pss = true, .issuer = rsa_ca,
			.issuer_key = rsa_ca_key }, (struct pki_sod){ 0 }),
			 REASON_WEAK_ALGORITHM);
	weak = pki_lds("SHA1", dgs, 3, buf, sizeof(buf));
	ck_assert_int_eq(judge_spec((struct pki_sod){ .content = weak }),
			 REASON_WEAK_ALGORITHM);
	X509_free(rsa_ca);
}
END_TEST

START_TEST(two_digests_of_one_signer_must_agree)
{
	ck_assert_int_eq(judge_spec((struct pki_sod){
			.signature_digest = "SHA512" }),
			 REASON_SOD_MALFORMED);
	/* PSS parameters that say SHA-256 over a SHA-512 signature */
	ck_assert_int_eq(judge_signer((struct pki_cert){ .key = rsa_key },
			(struct pki_sod){ .pss = true, .digest = "SHA512" }),
			 REASON_SOD_MALFORMED);
}
END_TEST

START_TEST(algorithm_must_fit_the_key)
{
	/* PSS named over an EC key: the other way round is not signable */
	X509 *cert = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "DS 4", .key = dsc_key, .issuer = ca,
			.issuer_key = ca_key, .serial = 10 });

	ck_assert_int_eq(judge_spec((struct pki_sod){ .dsc = cert,
			.key = rsa_key }), REASON_SOD_MALFORMED);
	X509_free(cert);
}
END_TEST

START_TEST(weak_keys_are_refused)
{
	X509 *weak_ca = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA weak", .key = small_key, .ca = true });

	ck_assert_int_eq(judge_signer((struct pki_cert){ .key = rsa_weak },
			(struct pki_sod){ 0 }), REASON_WEAK_ALGORITHM);
	ck_assert_int_eq(judge_signer((struct pki_cert){ .key = small_key },
			(struct pki_sod){ 0 }), REASON_WEAK_ALGORITHM);
	trust(weak_ca);
	ck_assert_int_eq(judge_signer((struct pki_cert){ .issuer = weak_ca,
			.issuer_key = small_key }, (struct pki_sod){ 0 }),
			 REASON_WEAK_ALGORITHM);
	X509_free(weak_ca);
}
END_TEST

/* -- size ------------------------------------------------------------------------ */

START_TEST(truncation_at_every_length_is_refused)
{
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .content = lds };
	struct span sod = pki_sod(&s, sod_file);

	for (size_t n = 0; n < sod.n; n++) {
		uint8_t *exact = malloc(n ? n : 1);

		memcpy(exact, sod_file, n);
		ck_assert_int_eq(judge(span_of(exact, n)),
				 REASON_SOD_MALFORMED);
		free(exact);
	}
}
END_TEST

START_TEST(cms_truncated_inside_a_whole_file_is_refused)
{
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .content = lds };
	struct span sod = pki_sod(&s, sod_file), cms;
	uint8_t again[PKI_SOD_MAX];

	ck_assert_int_eq(sod_cms(sod, &cms), R_OK);
	for (size_t n = 0; n < cms.n; n++) {
		struct sink w = SINK(again);

		pki_der(&w, 0x77, span_of(cms.p, n));
		ck_assert_int_eq(judge(sink_span(&w)), REASON_SOD_MALFORMED);
	}
}
END_TEST

START_TEST(trailing_octets_are_refused)
{
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .content = lds };
	struct span sod = pki_sod(&s, sod_file), cms;
	uint8_t inside[PKI_SOD_MAX], again[PKI_SOD_MAX];
	struct sink i = SINK(inside), w = SINK(again);

	ck_assert_int_eq(sod_cms(sod, &cms), R_OK);
	sink_put(&i, cms);
	sink_u8(&i, 0);
	pki_der(&w, 0x77, sink_span(&i));
	ck_assert_int_eq(judge(sink_span(&w)), REASON_SOD_MALFORMED);
	sod_file[sod.n] = 0;
	ck_assert_int_eq(judge(span_of(sod_file, sod.n + 1)),
			 REASON_SOD_MALFORMED);
}
END_TEST

/* A good document, made longer by a certificate that nobody needs. */
START_TEST(oversize_is_refused)
{
	static uint8_t filler[SOD_FILE_MAX];
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .content = lds };
	struct span sod;
	size_t n = 20000;

	for (int i = 0; i < 3; i++) {
		s.other = pki_cert(&(struct pki_cert){ .country = "UT",
				.name = "large", .key = bp_key,
				.types = span_of(filler, n) });
		sod = pki_sod(&s, sod_file);
		ck_assert_int_eq(judge(sod), sod.n > SOD_FILE_MAX
						     ? REASON_SOD_MALFORMED
						     : REASON_NONE);
		ck_assert_int_eq(sod.n > SOD_FILE_MAX, i == 2);
		X509_free(s.other);
		/* to within some octets of the limit, then beyond it */
		n += SOD_FILE_MAX - sod.n - 8 + (i == 1 ? 16 : 0);
	}
}
END_TEST

static const uint8_t security_type[] = { 4, 0, 0x7f, 0, 7, 3, 2, 1 };

static enum reason judge_security(const struct pki_sod *s, struct span *f)
{
	static uint8_t room[CARD_SECURITY_CONTENT_MAX + 100];
	struct sink out = SINK(room);

	*f = pki_sod(s, sod_file);
	return passive_auth_card_security(*f, store, &rules, &pa, &out);
}

/* The same of EF.CardSecurity, and of what is in it. */
START_TEST(oversize_in_card_security_is_refused)
{
	static uint8_t filler[SOD_FILE_MAX], content[CARD_SECURITY_CONTENT_MAX];
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .flaws = SOD_BARE,
			     .content_type = SPAN(security_type),
			     .content = span_of(content, 100) };
	struct span f;
	size_t n = 20000;

	for (int i = 0; i < 3; i++) {
		s.other = pki_cert(&(struct pki_cert){ .country = "UT",
				.name = "large", .key = bp_key,
				.types = span_of(filler, n) });
		ck_assert_int_eq(judge_security(&s, &f), i == 2 ?
				 REASON_SOD_MALFORMED : REASON_NONE);
		ck_assert_int_eq(f.n > SOD_FILE_MAX, i == 2);
		X509_free(s.other);
		n += SOD_FILE_MAX - f.n - 8 + (i == 1 ? 16 : 0);
	}
}
END_TEST

START_TEST(more_content_than_any_card_security_has_is_refused)
{
	static uint8_t content[CARD_SECURITY_CONTENT_MAX + 1];
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .flaws = SOD_BARE,
			     .content_type = SPAN(security_type),
			     .content = SPAN(content) };
	struct span f;

	ck_assert_int_eq(judge_security(&s, &f), REASON_SOD_MALFORMED);
	s.content.n--;
	ck_assert_int_eq(judge_security(&s, &f), REASON_NONE);
}
END_TEST

START_TEST(an_algorithm_that_nobody_reads_is_refused)
{
	ck_assert_int_eq(judge_spec((struct pki_sod){
			.signature_digest = "SHA3-256" }),
			 REASON_WEAK_ALGORITHM);
}
END_TEST

static void add_cms(TCase *t)
{
	tcase_add_test(t, no_bit_of_what_is_signed_may_change);
	tcase_add_test(t, altered_signature_is_refused);
	tcase_add_test(t, altered_content_is_refused);
	tcase_add_test(t, signature_by_another_key_is_refused);
	tcase_add_loop_test(t, malformed_signed_data_is_refused, 0,
			    sizeof(flaws) / sizeof(flaws[0]));
	tcase_add_test(t, another_content_type_is_refused);
	tcase_add_test(t, signed_but_malformed_content_is_refused);
	tcase_add_test(t, certificate_of_another_is_ignored);
	tcase_add_test(t, sha1_is_refused_everywhere);
	tcase_add_test(t, two_digests_of_one_signer_must_agree);
	tcase_add_test(t, algorithm_must_fit_the_key);
	tcase_add_test(t, weak_keys_are_refused);
	tcase_add_test(t, truncation_at_every_length_is_refused);
	tcase_add_test(t, cms_truncated_inside_a_whole_file_is_refused);
	tcase_add_test(t, trailing_octets_are_refused);
	tcase_add_test(t, oversize_is_refused);
	tcase_add_test(t, oversize_in_card_security_is_refused);
	tcase_add_test(t, more_content_than_any_card_security_has_is_refused);
	tcase_add_test(t, an_algorithm_that_nobody_reads_is_refused);
}

static Suite *passive_auth_refusals_suite(void)
{
	Suite *s = suite_create("passive_auth_refusals");
	TCase *cms = state_case("cms");

	add_cms(cms);
	suite_add_tcase(s, cms);
	return s;
}

CHECK_MAIN(passive_auth_refusals_suite)
