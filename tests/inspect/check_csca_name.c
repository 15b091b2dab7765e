// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/csca_name.c */
#include "inspect/csca.h"

#include <string.h>

#include <openssl/evp.h>

#include "check_main.h"
#include "support_pki.h"

static EVP_PKEY *key;

static void setup(void)
{
	key = pki_ec("P-256", false);
}

static void teardown(void)
{
	EVP_PKEY_free(key);
}

START_TEST(countries)
{
	static const struct {
		const char *one, *two, *is;
	} rows[] = {
		{ "MA", NULL, "MA" }, { "ma", NULL, "MA" },
		{ "Ma", NULL, "MA" }, { NULL, NULL, "" },
		{ "MA", "FR", "" }, { "MA", "MA", "" }, { "M1", NULL, "" },
	};
	X509 *c = pki_cert(&(struct pki_cert){ .country = rows[_i].one,
			.country2 = rows[_i].two, .name = "x", .key = key,
			.ca = true });
	char is[3] = "zz";

	csca_country(c, is);
	ck_assert_str_eq(is, rows[_i].is);
	X509_free(c);
}
END_TEST

/* Longer and shorter ones, and ones in two octets a letter. */
START_TEST(what_is_no_country)
{
	static const struct {
		const char *value;
		int n, type;
	} rows[] = {
		{ "M", 1, V_ASN1_PRINTABLESTRING },
		{ "MAR", 3, V_ASN1_PRINTABLESTRING },
		{ "", 0, V_ASN1_PRINTABLESTRING },
		{ "\0M\0A", 4, V_ASN1_BMPSTRING },
		{ "M\0", 2, V_ASN1_PRINTABLESTRING },
		{ "\xff\xff", 2, V_ASN1_T61STRING },
	};
	X509_NAME *name = X509_NAME_new();
	char is[3] = "zz";
	X509_NAME_ENTRY *e = X509_NAME_ENTRY_create_by_NID(NULL,
			NID_countryName, rows[_i].type,
			(const uint8_t *)rows[_i].value, rows[_i].n);

	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(X509_NAME_add_entry(name, e, -1, 0), 1);
	csca_name_country(name, is);
	ck_assert_str_eq(is, "");
	X509_NAME_ENTRY_free(e);
	X509_NAME_free(name);
}
END_TEST

START_TEST(subjects_are_printable_and_cut)
{
	char name[129], little[8];
	X509 *c = pki_cert(&(struct pki_cert){ .country = "MA",
			.name = "CSCA\x1b[2J\n", .key = key, .ca = true });

	csca_subject(c, name, sizeof(name));
	ck_assert_ptr_nonnull(strstr(name, "C=MA"));
	ck_assert_ptr_null(strchr(name, 0x1b));
	ck_assert_ptr_null(strchr(name, '\n'));
	csca_subject(c, little, sizeof(little));
	ck_assert_uint_eq(strlen(little), sizeof(little) - 1);
	ck_assert_mem_eq(little, name, sizeof(little) - 1);
	X509_free(c);
}
END_TEST

START_TEST(a_long_name_and_no_name)
{
	static char big[2001];
	X509_NAME *name = X509_NAME_new();
	char line[129], one[1] = { 'x' };

	csca_name_line(name, line, sizeof(line));
	ck_assert_str_eq(line, "");
	memset(big, 'b', sizeof(big) - 1);
	/* more than the 64 that X.520 allows, as a hostile one may have */
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(X509_NAME_add_entry_by_NID(name,
				NID_serialNumber, V_ASN1_UTF8STRING,
				(uint8_t *)big, 60, -1, 0), 1);
	csca_name_line(name, line, sizeof(line));
	ck_assert_uint_eq(strlen(line), sizeof(line) - 1);
	csca_name_line(name, one, 1);
	ck_assert_int_eq(one[0], '\0');
	one[0] = 'x';
	csca_name_line(name, one, 0);
	ck_assert_int_eq(one[0], 'x');
	X509_NAME_free(name);
}
END_TEST

START_TEST(every_fault_has_a_sentence)
{
	for (int i = CSCA_BAD_NONE; i <= CSCA_BAD_TOO_MANY; i++)
		ck_assert_uint_gt(strlen(csca_bad_text((enum csca_bad)i)), 3);
	for (int i = CSCA_BAD_NONE; i < CSCA_BAD_TOO_MANY; i++)
		ck_assert_str_ne(csca_bad_text((enum csca_bad)i),
				 csca_bad_text((enum csca_bad)(i + 1)));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("csca_name");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, countries, 0, 7);
	tcase_add_loop_test(t, what_is_no_country, 0, 6);
	tcase_add_test(t, subjects_are_printable_and_cut);
	tcase_add_test(t, a_long_name_and_no_name);
	tcase_add_test(t, every_fault_has_a_sentence);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
