// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/import_take.c: what of the foreign files is taken. */
#include "inspect/import_take.h"

#include <string.h>

#include <openssl/evp.h>

#include "check_main.h"
#include "support_list.h"

static struct list_state state;
static struct csca_store *store;
static struct import_rules rules;
static struct import_object object;
static uint8_t room[8192];

static void setup(void)
{
	list_state_make(&state);
	ck_assert_int_eq(csca_new(&store), R_OK);
	rules = (struct import_rules){ .now = PKI_NOW };
}

static void teardown(void)
{
	csca_free(store);
	list_state_free(&state);
}

static const struct import_object *of(enum import_kind kind, struct span der)
{
	object = (struct import_object){ .kind = kind, .der = der };
	ck_assert_int_eq(EVP_Digest(der.p, der.n, object.sha256, NULL,
				    EVP_sha256(), NULL), 1);
	return &object;
}

static enum import_verdict take_as(X509 *cert, bool vouched)
{
	struct sink s = SINK(room);

	put_cert(&s, cert);
	of(IMPORT_CERT, sink_span(&s));
	object.vouched = vouched;
	return import_take_cert(store, &object, "UT", &rules);
}

static enum import_verdict take(X509 *cert)
{
	return take_as(cert, false);
}

static X509_CRL *crl;
static X509 *signer;

static enum import_verdict take_crl(X509 *issuer, EVP_PKEY *key)
{
	X509_CRL *c = pki_crl(issuer, key, NULL, 5, PKI_DAY);
	struct sink s = SINK(room);

	put_crl(&s, c);
	X509_CRL_free(c);
	crl = NULL;
	signer = NULL;
	return import_take_crl(store, of(IMPORT_CRL, sink_span(&s)), "UT",
			       &crl, &signer);
}

/* -- certificates ------------------------------------------------------------- */

START_TEST(anchors_of_the_country_are_taken)
{
	X509 *more = list_csca(&state, "UT", 77);

	ck_assert_int_eq(take(state.ca), IMPORT_TAKEN);
	ck_assert_int_eq(take(more), IMPORT_TAKEN);
	ck_assert_uint_eq(csca_count(store), 2);
	X509_free(more);
}
END_TEST

START_TEST(those_of_others_are_counted_and_not_taken)
{
	X509 *none = pki_cert(&(struct pki_cert){ .name = "CSCA", .ca = true,
			.key = state.ca_key });
	X509 *two = pki_cert(&(struct pki_cert){ .name = "CSCA", .ca = true,
			.country = "UT", .country2 = "XX",
			.key = state.ca_key });

	ck_assert_int_eq(take(state.other), IMPORT_OTHER_COUNTRY);
	ck_assert_int_eq(take(none), IMPORT_OTHER_COUNTRY);
	ck_assert_int_eq(take(two), IMPORT_OTHER_COUNTRY);
	ck_assert_int_eq(take_as(state.other, true), IMPORT_OTHER_COUNTRY);
	ck_assert_uint_eq(csca_count(store), 0);
	X509_free(none);
	X509_free(two);
}
END_TEST

START_TEST(what_is_no_ca_or_no_certificate_is_bad)
{
	static const uint8_t shape[] = { 0x30, 4, 0x30, 2, 0xa0, 0 };

	ck_assert_int_eq(take(state.signer), IMPORT_BAD);
	ck_assert_int_eq(import_take_cert(store, of(IMPORT_CERT, SPAN(shape)),
					  "UT", &rules), IMPORT_BAD);
	ck_assert_uint_eq(csca_count(store), 0);
}
END_TEST

/* Who named a signer asked that nothing unsigned becomes an anchor. */
START_TEST(with_a_signer_only_what_it_vouches_for_is_taken)
{
	X509 *issued = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA new", .key = state.other_key,
			.issuer = state.ca, .issuer_key = state.ca_key,
			.ca = true, .serial = 3 });
	X509 *stranger = list_csca(&state, "UT", 77);

	rules.signer = state.ca;
	ck_assert_int_eq(take(stranger), IMPORT_BAD);
	ck_assert_uint_eq(csca_count(store), 0);
	ck_assert_int_eq(take_as(stranger, true), IMPORT_TAKEN);
	ck_assert_int_eq(take(issued), IMPORT_TAKEN);
	ck_assert_int_eq(take(state.ca), IMPORT_TAKEN);
	ck_assert_uint_eq(csca_count(store), 3);
	X509_free(issued);
	X509_free(stranger);
}
END_TEST

/* The signature's length in two octets where one would do: BER, which OpenSSL
 * reads. Its DER has another hash. */
static struct span as_ber(struct span der, uint8_t out[8192])
{
	uint8_t inside[8000];
	struct sink all = sink_of(out, 8192), in = SINK(inside);
	size_t at, head = der.p[1] == 0x82 ? 4 : 3;

	/* the last BIT STRING: 03 48 00 30 ..; its content is a DER signature
	 * of P-256, 71 to 73 octets with the unused bits */
	for (at = der.n - 76; at < der.n; at++)
		if (der.p[at] == 0x03 && at + 2u + der.p[at + 1] == der.n &&
		    der.p[at + 2] == 0)
			break;
	ck_assert_uint_lt(at, der.n);
	sink_put(&in, span_of(der.p + head, at + 1 - head));
	sink_u8(&in, 0x81);
	sink_put(&in, span_of(der.p + at + 1, der.n - at - 1));
	pki_der(&all, 0x30, sink_span(&in));
	return sink_span(&all);
}

START_TEST(what_is_not_der_has_another_fingerprint)
{
	static uint8_t ber[8192];
	struct sink s = SINK(room);
	const unsigned char *p;
	X509 *cert;
	X509_CRL *list = pki_crl(state.ca, state.ca_key, NULL, 5, PKI_DAY);
	struct span b;

	put_cert(&s, state.ca);
	b = as_ber(sink_span(&s), ber);
	p = b.p;
	cert = d2i_X509(NULL, &p, (long)b.n);
	ck_assert_ptr_nonnull(cert);	/* else this shows nothing */
	X509_free(cert);
	ck_assert_int_eq(import_take_cert(store, of(IMPORT_CERT, b), "UT",
					  &rules), IMPORT_BAD);
	ck_assert_int_eq(take(state.ca), IMPORT_TAKEN);
	s.n = 0;
	put_crl(&s, list);
	X509_CRL_free(list);
	b = as_ber(sink_span(&s), ber);
	p = b.p;
	list = d2i_X509_CRL(NULL, &p, (long)b.n);
	ck_assert_ptr_nonnull(list);
	X509_CRL_free(list);
	ck_assert_int_eq(import_take_crl(store, of(IMPORT_CRL, b), "UT", &crl,
					 &signer), IMPORT_BAD);
}
END_TEST

/* -- CRLs ------------------------------------------------------------------------ */

START_TEST(a_crl_of_an_anchor_has_its_signer)
{
	ck_assert_int_eq(take(state.ca), IMPORT_TAKEN);
	ck_assert_int_eq(take_crl(state.ca, state.ca_key), IMPORT_TAKEN);
	ck_assert_int_eq(X509_cmp(signer, state.ca), 0);
	X509_CRL_free(crl);
}
END_TEST

/* The machine's store may have who signed it; else it is not used there. */
START_TEST(a_crl_of_nobody_here_is_taken_without_a_signer)
{
	ck_assert_int_eq(take_crl(state.ca, state.ca_key), IMPORT_TAKEN);
	ck_assert_ptr_nonnull(crl);
	ck_assert_ptr_null(signer);
	X509_CRL_free(crl);
}
END_TEST

START_TEST(a_crl_that_its_anchor_did_not_sign_is_bad)
{
	ck_assert_int_eq(take(state.ca), IMPORT_TAKEN);
	ck_assert_int_eq(take_crl(state.ca, state.other_key), IMPORT_BAD);
	ck_assert(!crl && !signer);
}
END_TEST

START_TEST(a_crl_of_another_country_is_counted)
{
	ck_assert_int_eq(take_crl(state.other, state.other_key),
			 IMPORT_OTHER_COUNTRY);
	ck_assert(!crl && !signer);
	ck_assert_int_eq(import_take_crl(store, of(IMPORT_CRL,
						   span_of("0\0", 2)), "UT",
					 &crl, &signer), IMPORT_BAD);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("import_take");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, anchors_of_the_country_are_taken);
	tcase_add_test(t, those_of_others_are_counted_and_not_taken);
	tcase_add_test(t, what_is_no_ca_or_no_certificate_is_bad);
	tcase_add_test(t, with_a_signer_only_what_it_vouches_for_is_taken);
	tcase_add_test(t, what_is_not_der_has_another_fingerprint);
	tcase_add_test(t, a_crl_of_an_anchor_has_its_signer);
	tcase_add_test(t, a_crl_of_nobody_here_is_taken_without_a_signer);
	tcase_add_test(t, a_crl_that_its_anchor_did_not_sign_is_bad);
	tcase_add_test(t, a_crl_of_another_country_is_counted);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
