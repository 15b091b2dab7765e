// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/import_find.c: foreign files taken apart. */
#include "inspect/import_find.h"

#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "support_list.h"

static struct list_state state;
static struct import_found found;
static struct import_rules rules;
static struct sink file, other;

static void setup(void)
{
	list_state_make(&state);
	file = sink_of(malloc(LIST_ROOM), LIST_ROOM);
	other = sink_of(malloc(LIST_ROOM), LIST_ROOM);
	ck_assert(file.p && other.p);
	rules = (struct import_rules){ .now = PKI_NOW };
	found = (struct import_found){ 0 };
}

static void teardown(void)
{
	import_found_free(&found);
	free(file.p);
	free(other.p);
	list_state_free(&state);
}

static void finds(size_t objects, size_t lists, size_t bad)
{
	ck_assert_int_eq(import_find(sink_span(&file), &rules, &found),
			 REASON_NONE);
	ck_assert_uint_eq(found.n, objects);
	ck_assert_uint_eq(found.lists, lists);
	ck_assert_uint_eq(found.bad, bad);
}

static void is_cert(size_t i, X509 *cert, bool vouched)
{
	uint8_t der[4096];
	struct span s = pki_cert_der(cert, der, sizeof(der));

	ck_assert_int_eq(found.at[i].kind, IMPORT_CERT);
	ck_assert(span_equal(found.at[i].der, s));
	ck_assert_int_eq(found.at[i].vouched, vouched);
}

static struct sink crl_of_ca(void)
{
	static uint8_t der[4096];
	struct sink s = SINK(der);
	X509_CRL *crl = pki_crl(state.ca, state.ca_key, NULL, 5, PKI_DAY);

	put_crl(&s, crl);
	X509_CRL_free(crl);
	return s;
}

/* A list of the two States' CSCAs, signed. */
static void put_both(struct sink *out)
{
	uint8_t certs[8192], list[8400];
	struct sink c = SINK(certs), l = SINK(list);

	put_cert(&c, state.ca);
	put_cert(&c, state.other);
	put_list(&l, 0, sink_span(&c));
	put_signed_list(out, sink_span(&l), &state, false);
}

/* -- what is read ------------------------------------------------------------- */

START_TEST(a_certificate_or_a_crl_in_der)
{
	struct sink crl = crl_of_ca();

	put_cert(&file, state.ca);
	finds(1, 0, 0);
	is_cert(0, state.ca, false);
	file.n = 0;
	sink_put(&file, sink_span(&crl));
	finds(2, 0, 0);
	ck_assert_int_eq(found.at[1].kind, IMPORT_CRL);
	ck_assert(span_equal(found.at[1].der, sink_span(&crl)));
}
END_TEST

START_TEST(blocks_of_pem_whatever_they_are_called)
{
	struct sink crl = crl_of_ca();

	put_text(&file, "CSCA of Utopia\n");
	put_cert(&other, state.ca);
	put_pem(&file, "CERTIFICATE", sink_span(&other));
	put_text(&file, "and its CRL:\n");
	put_pem(&file, "X509 CRL", sink_span(&crl));
	other.n = 0;
	put_both(&other);
	put_pem(&file, "CMS", sink_span(&other));
	finds(4, 1, 0);
	is_cert(0, state.ca, false);
	ck_assert_int_eq(found.at[1].kind, IMPORT_CRL);
	is_cert(2, state.ca, true);
	is_cert(3, state.other, true);
}
END_TEST

START_TEST(values_of_ldif)
{
	put_cert(&other, state.ca);
	put_ldif(&file, "cACertificate;binary", sink_span(&other));
	put_text(&file, "cACertificate;binary:: !!!!\n\n");
	other.n = 0;
	put_both(&other);
	put_ldif(&file, "pkdMasterListContent", sink_span(&other));
	finds(3, 1, 1);
	is_cert(0, state.ca, false);
	is_cert(1, state.ca, true);
}
END_TEST

START_TEST(a_master_list_in_der)
{
	put_both(&file);
	finds(2, 1, 0);
	is_cert(0, state.ca, true);
	is_cert(1, state.other, true);
	ck_assert_int_eq(found.refused, REASON_NONE);
}
END_TEST

/* Each once, certificates first; a list's word stays. */
START_TEST(what_was_found_is_sorted_and_each_is_there_once)
{
	uint8_t room[8192];
	struct sink crl = crl_of_ca(), part = SINK(room);

	put_cert(&part, state.ca);
	put_pem(&file, "X", sink_span(&crl));
	put_pem(&file, "X", sink_span(&part));
	put_pem(&file, "X", sink_span(&crl));
	part.n = 0;
	put_both(&part);
	put_pem(&file, "X", sink_span(&part));
	finds(5, 1, 0);
	import_found_sort(&found);
	ck_assert_uint_eq(found.n, 3);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(found.at[i].kind, IMPORT_CERT);
		ck_assert(found.at[i].vouched);
	}
	ck_assert_int_lt(memcmp(found.at[0].sha256, found.at[1].sha256, 32),
			 0);
	ck_assert_int_eq(found.at[2].kind, IMPORT_CRL);
	ck_assert(!found.at[2].vouched);
}
END_TEST

/* -- what is not ---------------------------------------------------------------- */

static const char *const nothings[] = {
	"", "0", "text\n", "\x30\x80", "\x30\x82\x10\x00\x30", "\x31\x03\x02",
	"\x30\x84\xff\xff\xff\xff\x30\x03", "dn: c=UT\n",
};

START_TEST(what_is_nothing_is_one_bad_thing)
{
	put_text(&file, nothings[_i]);
	finds(0, 0, 1);
}
END_TEST

START_TEST(truncation_at_every_length_is_nothing)
{
	put_cert(&other, state.ca);
	for (size_t n = 0; n < other.n; n++) {
		file.n = 0;
		sink_put(&file, span_of(other.p, n));
		finds(0, 0, n + 1);
	}
	/* and with something behind it */
	file.n = 0;
	sink_put(&file, sink_span(&other));
	sink_u8(&file, 0);
	finds(0, 0, other.n + 1);
}
END_TEST

START_TEST(an_encrypted_or_broken_block_hides_no_other)
{
	put_text(&file, "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n"
		 "DEK-Info: AES-128-CBC,00000000000000000000000000000000\n\n"
		 "AAAA\n-----END X-----\n"
		 "-----BEGIN Y-----\n!!!!\n-----END Y-----\n");
	put_cert(&other, state.ca);
	put_pem(&file, "CERTIFICATE", sink_span(&other));
	finds(1, 0, 2);
	is_cert(0, state.ca, false);
}
END_TEST

/* SEQUENCE { SEQUENCE { [0] } ...: a certificate by its first octets, of any
 * size. */
static void put_shape(size_t n)
{
	static const uint8_t inside[] = { 0x30, 0x02, 0xa0, 0x00 };

	file.n = 0;
	sink_u8(&file, 0x30);
	sink_u8(&file, 0x83);
	sink_u8(&file, (uint8_t)((n - 5) >> 16));
	sink_u16(&file, (uint16_t)(n - 5));
	sink_put(&file, SPAN(inside));
	while (file.n < n)
		sink_u8(&file, 0);
}

START_TEST(an_object_larger_than_a_message_is_bad)
{
	put_shape(IMPORT_DER_MAX);
	finds(1, 0, 0);
	put_shape(IMPORT_DER_MAX + 1);
	finds(1, 0, 1);
}
END_TEST

START_TEST(more_objects_than_the_world_has_are_refused)
{
	static const uint8_t least[] = { 0x30, 0x04, 0x30, 0x02, 0xa0, 0x00 };

	struct sink list = sink_of(malloc(LIST_ROOM), LIST_ROOM);

	ck_assert_ptr_nonnull(list.p);
	for (size_t i = 0; i < IMPORT_OBJECTS_MAX; i++)
		sink_put(&other, SPAN(least));
	put_list(&list, 0, sink_span(&other));
	put_signed_list(&file, sink_span(&list), &state, false);
	free(list.p);
	finds(IMPORT_OBJECTS_MAX, 1, 0);
	file.n = 0;
	put_cert(&file, state.ca);
	ck_assert_int_eq(import_find(sink_span(&file), &rules, &found),
			 REASON_FILE_MALFORMED);
	ck_assert_uint_eq(found.n, IMPORT_OBJECTS_MAX);
}
END_TEST

/* A SET OF Certificate: what comes behind something else is not looked at. */
START_TEST(a_list_ends_where_it_is_no_list_any_more)
{
	uint8_t certs[8192], list[8400];
	struct sink c = SINK(certs), l = SINK(list), crl = crl_of_ca();

	put_cert(&c, state.ca);
	sink_put(&c, sink_span(&crl));
	put_cert(&c, state.other);
	put_list(&l, 0, sink_span(&c));
	put_signed_list(&file, sink_span(&l), &state, false);
	finds(1, 1, 1);
	is_cert(0, state.ca, true);
}
END_TEST

/* -- lists that are not good ---------------------------------------------------- */

START_TEST(a_list_of_another_signer_is_refused)
{
	rules.signer = state.other;
	put_both(&file);
	finds(0, 0, 1);
	ck_assert_int_eq(found.refused, REASON_CSCA_UNKNOWN);
	/* what says more stays, whatever comes after it */
	file.p[file.n - 1] ^= 1;
	rules.signer = state.ca;
	finds(0, 0, 2);
	ck_assert_int_eq(found.refused, REASON_SOD_SIGNATURE);
	file.p[file.n - 1] ^= 1;
	rules.signer = state.other;
	finds(0, 0, 3);
	ck_assert_int_eq(found.refused, REASON_SOD_SIGNATURE);
	/* and the signer's own is good */
	rules.signer = state.ca;
	finds(2, 1, 3);
	rules.signer = state.signer;
	finds(4, 2, 3);
}
END_TEST

START_TEST(a_list_that_nobody_signed_is_refused)
{
	put_both(&file);
	file.p[file.n - 1] ^= 1;
	finds(0, 0, 1);
	ck_assert_int_eq(found.refused, REASON_SOD_SIGNATURE);
	file.p[file.n - 1] ^= 1;
	rules.now = PKI_NOW + 2 * PKI_YEAR;
	finds(0, 0, 2);
	ck_assert_int_eq(found.refused, REASON_SOD_SIGNATURE);
}
END_TEST

/* -- who signs ------------------------------------------------------------------ */

static enum result signer(X509 **out)
{
	*out = NULL;
	return import_signer(sink_span(&file), out);
}

START_TEST(a_signer_is_one_certificate)
{
	X509 *got;

	put_cert(&file, state.ca);
	ck_assert_int_eq(signer(&got), R_OK);
	ck_assert_int_eq(X509_cmp(got, state.ca), 0);
	X509_free(got);
	other.n = 0;
	put_pem(&other, "CERTIFICATE", sink_span(&file));
	file.n = 0;
	sink_put(&file, sink_span(&other));
	ck_assert_int_eq(signer(&got), R_OK);
	X509_free(got);
}
END_TEST

/* Two, none, a CRL, one and something broken, one that stands in a list, and
 * the shape of one. */
START_TEST(what_is_not_one_certificate_is_no_signer)
{
	struct sink crl = crl_of_ca();
	uint8_t certs[4096], list[4200];
	struct sink c = SINK(certs), l = SINK(list);
	X509 *got;

	put_cert(&c, state.ca);
	put_pem(&file, "CERTIFICATE", sink_span(&c));
	other.n = 0;
	put_cert(&other, state.other);
	put_pem(&file, "CERTIFICATE", sink_span(&other));
	ck_assert_int_eq(signer(&got), R_MALFORMED);
	file.n = 0;
	put_text(&file, "none\n");
	ck_assert_int_eq(signer(&got), R_MALFORMED);
	file.n = 0;
	sink_put(&file, sink_span(&crl));
	ck_assert_int_eq(signer(&got), R_MALFORMED);
	file.n = 0;
	put_pem(&file, "CERTIFICATE", sink_span(&c));
	put_pem(&file, "CERTIFICATE", span_of("broken", 6));
	ck_assert_int_eq(signer(&got), R_MALFORMED);
	file.n = 0;
	put_list(&l, 0, sink_span(&c));
	put_signed_list(&file, sink_span(&l), &state, false);
	ck_assert_int_eq(signer(&got), R_MALFORMED);
	put_shape(100);
	ck_assert_int_eq(signer(&got), R_MALFORMED);
	ck_assert_ptr_null(got);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("import_find");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_certificate_or_a_crl_in_der);
	tcase_add_test(t, blocks_of_pem_whatever_they_are_called);
	tcase_add_test(t, values_of_ldif);
	tcase_add_test(t, a_master_list_in_der);
	tcase_add_test(t, what_was_found_is_sorted_and_each_is_there_once);
	tcase_add_loop_test(t, what_is_nothing_is_one_bad_thing, 0,
			    sizeof(nothings) / sizeof(nothings[0]));
	tcase_add_test(t, truncation_at_every_length_is_nothing);
	tcase_add_test(t, an_encrypted_or_broken_block_hides_no_other);
	tcase_add_test(t, an_object_larger_than_a_message_is_bad);
	tcase_add_test(t, more_objects_than_the_world_has_are_refused);
	tcase_add_test(t, a_list_ends_where_it_is_no_list_any_more);
	tcase_add_test(t, a_list_of_another_signer_is_refused);
	tcase_add_test(t, a_list_that_nobody_signed_is_refused);
	tcase_add_test(t, a_signer_is_one_certificate);
	tcase_add_test(t, what_is_not_one_certificate_is_no_signer);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
