// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/csca_time.c */
#include "inspect/csca.h"

#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "check_main.h"
#include "support_pki.h"

static EVP_PKEY *key;
static struct csca_store *store;

static void setup(void)
{
	key = pki_ec("P-256", false);
	ck_assert_int_eq(csca_new(&store), R_OK);
}

static void teardown(void)
{
	csca_free(store);
	EVP_PKEY_free(key);
}

static ASN1_TIME *at(const char *text)
{
	ASN1_TIME *t = ASN1_TIME_new();

	ck_assert_ptr_nonnull(t);
	ck_assert_int_eq(ASN1_TIME_set_string(t, text), 1);
	return t;
}

START_TEST(known_seconds_and_days)
{
	static const struct {
		const char *text;
		int64_t seconds;
		uint32_t day;
	} rows[] = {
		{ "19700101000000Z", 0, 19700101 },
		{ "700101000001Z", 1, 19700101 },
		{ "19691231235959Z", -1, 19691231 },
		{ "20000229120000Z", 951825600, 20000229 },
		{ "20000301000000Z", 951868800, 20000301 },
		{ "491231235959Z", 2524607999, 20491231 },
		{ "500101000000Z", -631152000, 19500101 },
		{ "20380119031408Z", 2147483648, 20380119 },
		{ "21000228235959Z", 4107542399, 21000228 },
		{ "21000301000000Z", 4107542400, 21000301 },
		{ "99991231235959Z", 253402300799, 99991231 },
	};
	ASN1_TIME *t = at(rows[_i].text);
	int64_t seconds = 5;
	uint32_t day = 5;

	ck_assert(csca_seconds(t, &seconds));
	ck_assert_int_eq(seconds, rows[_i].seconds);
	ck_assert(csca_day(t, &day));
	ck_assert_uint_eq(day, rows[_i].day);
	ASN1_TIME_free(t);
}
END_TEST

/* Every day of 130 years, beside the C library's. */
START_TEST(as_the_c_library)
{
	for (int64_t day = -3650; day < 44000; day += 1) {
		time_t when = (time_t)(day * 86400 + 4321);
		ASN1_TIME *t = ASN1_TIME_set(NULL, when);
		int64_t seconds = 0;

		ck_assert(csca_seconds(t, &seconds));
		ck_assert_int_eq(seconds, when);
		ASN1_TIME_free(t);
	}
}
END_TEST

START_TEST(what_is_no_time)
{
	static const char *const texts[] = { "", "2700", "270230000000Z",
					     "20270101", "x70101000000Z",
					     "270101000000+0100" };
	ASN1_TIME *t = ASN1_TIME_new();
	int64_t seconds = 5;
	uint32_t day = 5;

	ck_assert_int_eq(ASN1_STRING_set(t, texts[_i], -1), 1);
	t->type = strlen(texts[_i]) == 8 ? V_ASN1_GENERALIZEDTIME
					 : V_ASN1_UTCTIME;
	if (csca_seconds(t, &seconds)) {	/* with an offset, it is one */
		ck_assert_str_eq(texts[_i], "270101000000+0100");
		ck_assert_int_eq(seconds, 1798758000);
	} else {
		ck_assert(!csca_day(t, &day));
		ck_assert_int_eq(seconds, 5);
		ck_assert_uint_eq(day, 5);
	}
	ck_assert(!csca_seconds(NULL, &seconds));
	ck_assert(!csca_day(NULL, &day));
	ASN1_TIME_free(t);
}
END_TEST

/* -- what expires soon ----------------------------------------------------- */

static X509 *add_anchor(long serial, int64_t until)
{
	uint8_t der[2048];
	X509 *c = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA", .key = key, .ca = true,
			.serial = serial, .from = -9 * PKI_YEAR,
			.until = until });

	ck_assert_int_eq(csca_add_cert(store, pki_cert_der(c, der,
							   sizeof(der))),
			 CSCA_BAD_NONE);
	return c;
}

/* thisUpdate of `age` seconds ago. */
static void add_crl(X509 *ca, int64_t age, int64_t next)
{
	X509_CRL *crl = pki_crl(ca, key, NULL, 0, next);
	ASN1_TIME *t = ASN1_TIME_set(NULL, PKI_NOW - age);
	uint8_t *der = NULL;
	int n;

	ck_assert(X509_CRL_set1_lastUpdate(crl, t) &&
		  X509_CRL_sign(crl, key, EVP_sha256()) > 0);
	n = i2d_X509_CRL(crl, &der);
	ck_assert_int_eq(csca_add_crl(store, span_of(der, (size_t)n)),
			 CSCA_BAD_NONE);
	OPENSSL_free(der);
	ASN1_TIME_free(t);
	X509_CRL_free(crl);
}

START_TEST(anchors_that_end_within_thirty_days)
{
	static const struct { int64_t until; size_t soon; } rows[] = {
		{ -PKI_DAY, 1 }, { 0, 1 }, { PKI_DAY, 1 },
		{ CSCA_SOON_S - 1, 1 }, { CSCA_SOON_S, 0 }, { PKI_YEAR, 0 },
	};

	ck_assert_uint_eq(csca_expiring(store, PKI_NOW), 0);
	X509_free(add_anchor(1, rows[_i].until));
	ck_assert_uint_eq(csca_expiring(store, PKI_NOW), rows[_i].soon);
	X509_free(add_anchor(2, 9 * PKI_YEAR));
	ck_assert_uint_eq(csca_expiring(store, PKI_NOW), rows[_i].soon);
}
END_TEST

START_TEST(a_crl_that_is_due_unless_a_newer_one_is_there)
{
	X509 *ca = add_anchor(1, 9 * PKI_YEAR);

	add_crl(ca, 60 * PKI_DAY, -PKI_DAY);
	ck_assert_uint_eq(csca_expiring(store, PKI_NOW), 1);
	add_crl(ca, 70 * PKI_DAY, -20 * PKI_DAY);	/* older still */
	ck_assert_uint_eq(csca_expiring(store, PKI_NOW), 1);
	add_crl(ca, PKI_DAY, 60 * PKI_DAY);
	ck_assert_uint_eq(csca_expiring(store, PKI_NOW), 0);
	X509_free(ca);
}
END_TEST

START_TEST(a_newer_crl_of_another_issuer_does_not_help)
{
	X509 *ca = add_anchor(1, 9 * PKI_YEAR), *other;
	uint8_t der[2048];

	other = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA two", .key = key, .ca = true });
	ck_assert_int_eq(csca_add_cert(store, pki_cert_der(other, der,
							   sizeof(der))),
			 CSCA_BAD_NONE);
	add_crl(ca, 60 * PKI_DAY, -PKI_DAY);
	add_crl(other, PKI_DAY, 60 * PKI_DAY);
	ck_assert_uint_eq(csca_expiring(store, PKI_NOW), 1);
	X509_free(ca);
	X509_free(other);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("csca_time");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, known_seconds_and_days, 0, 11);
	tcase_add_test(t, as_the_c_library);
	tcase_add_loop_test(t, what_is_no_time, 0, 6);
	tcase_add_loop_test(t, anchors_that_end_within_thirty_days, 0, 6);
	tcase_add_test(t, a_crl_that_is_due_unless_a_newer_one_is_there);
	tcase_add_test(t, a_newer_crl_of_another_issuer_does_not_help);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
