// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/document.h"

#include <string.h>

#include "check_main.h"

#define NOW 1800000000u		/* 2027-01-15 08:00 UTC */

static const struct { uint64_t t; uint32_t day; } days[] = {
	{ 0, 19700101 }, { 86399, 19700101 }, { 86400, 19700102 },
	{ 951782399, 20000228 }, { 951782400, 20000229 },
	{ 951868800, 20000301 }, { 1709164800, 20240229 },
	{ 1735689599, 20241231 }, { 1735689600, 20250101 },
	{ NOW, 20270115 }, { 4102444800, 21000101 },
	{ 4107542399, 21000228 }, { 4107542400, 21000301 },
};

START_TEST(days_of_the_gregorian_calendar)
{
	ck_assert_uint_eq(utc_day(days[_i].t), days[_i].day);
}
END_TEST

START_TEST(a_code_is_one_of_the_list)
{
	ck_assert(code_in_list("ID,I", "ID"));
	ck_assert(code_in_list("ID,I", "I"));
	ck_assert(code_in_list("I", "I"));
	ck_assert(!code_in_list("ID,I", "D"));
	ck_assert(!code_in_list("ID", "I"));
	ck_assert(!code_in_list("I", "ID"));
	ck_assert(!code_in_list("IDX", "ID"));
	ck_assert(!code_in_list("", "I"));
	ck_assert(!code_in_list("ID,,I", ""));
}
END_TEST

static const struct { const char *regex, *number; bool ok; } forms[] = {
	{ "[A-Z]{1,2}[0-9]{1,7}", "AB123456", true },
	{ "[A-Z]{1,2}[0-9]{1,7}", "A1", true },
	{ "[A-Z]{1,2}[0-9]{1,7}", "ABC123456", false },
	{ "[A-Z]{1,2}[0-9]{1,7}", "AB12345678", false },
	{ "[A-Z]{1,2}[0-9]{1,7}", "xAB123456", false },
	{ "[A-Z]{1,2}[0-9]{1,7}", "", false },
	/* two things with a filler between them are not one number */
	{ "[A-Z]{1,2}[0-9]{1,7}", "AB1234<5", false },
	{ "[A-Z]{1,2}[0-9]{1,7}", "<AB12345", false },
	{ "[A-Z]{1,2}[0-9]{1,7}<[0-9]", "AB1234<5", true },
	/* anchored at both ends of the whole, not of one branch */
	{ "A|B", "AX", false }, { "A|B", "XB", false }, { "A|B", "B", true },
};

static struct mrz person(void)
{
	struct mrz m = { .form = MRZ_TD1, .document_code = "ID",
			 .issuing_state = "UTO",
			 .document_number = "X1234<567", .optional1 = "AB12345",
			 .expiry = 20270115 };

	return m;
}

static enum result facts(const char *regex, const struct mrz *m,
			 const struct passive_auth *pa, uint32_t flags,
			 struct msg_inspect_facts *f, struct msg_number *n)
{
	struct msg_inspect_config c = { .flags = flags, .state = "UTO",
					.document_codes = "ID,I" };
	enum result r;
	regex_t form;

	memset(f, 0, sizeof(*f));
	ck_assert_int_eq(number_form(regex, &form), R_OK);
	r = document_facts(&c, pa, m, NOW, f, n);
	if (r == R_OK)
		r = document_number(document_number_field(flags, m), &form, f,
				    n);
	regfree(&form);
	return r;
}

#define ALL (FACT_STATE | FACT_DOCUMENT_CODE | FACT_NUMBER_FORM | \
	     FACT_NOT_EXPIRED)
#define OPT1 PROFILE_NUMBER_IN_OPTIONAL1
#define CIN "[A-Z]{1,2}[0-9]{1,7}"

START_TEST(the_number_has_the_form_or_not)
{
	struct passive_auth pa = { 0 };
	struct msg_inspect_facts f;
	struct msg_number n;
	struct mrz m = person();

	memset(m.optional1, 0, sizeof(m.optional1));
	memcpy(m.optional1, forms[_i].number, strlen(forms[_i].number));
	ck_assert_int_eq(facts(forms[_i].regex, &m, &pa,
			       PROFILE_NUMBER_IN_OPTIONAL1, &f, &n), R_OK);
	ck_assert_int_eq(!!(f.flags & FACT_NUMBER_FORM), forms[_i].ok);
}
END_TEST

START_TEST(all_facts_of_a_good_document)
{
	struct passive_auth pa = { 0 };
	struct msg_inspect_facts f;
	struct msg_number n = { 0 };
	struct mrz m = person();

	ck_assert_int_eq(facts(CIN, &m, &pa, PROFILE_NUMBER_IN_OPTIONAL1, &f,
			       &n), R_OK);
	ck_assert_uint_eq(f.flags, ALL);
	ck_assert_uint_eq(f.expiry, 20270115);
	ck_assert_str_eq(f.state, "UTO");
	ck_assert_str_eq(n.state, "UTO");
	ck_assert_str_eq(n.number, "AB12345");
	ck_assert_str_eq(n.document, "X1234567");	/* no fillers */
	ck_assert_str_eq(n.expiry, "20270115");
}
END_TEST

START_TEST(the_number_may_stand_in_the_document_number)
{
	struct passive_auth pa = { 0 };
	struct msg_inspect_facts f;
	struct msg_number n;
	struct mrz m = person();

	/* the person's document number has a filler inside */
	ck_assert_int_eq(facts(CIN, &m, &pa, PROFILE_NUMBER_IN_DOCUMENT, &f,
			       &n), R_OK);
	ck_assert(!(f.flags & FACT_NUMBER_FORM));
	strcpy(m.document_number, "X1234567");
	ck_assert_int_eq(facts(CIN, &m, &pa, PROFILE_NUMBER_IN_DOCUMENT, &f,
			       &n), R_OK);
	ck_assert(f.flags & FACT_NUMBER_FORM);
	ck_assert_str_eq(n.number, "X1234567");
}
END_TEST

static const struct { uint32_t field; const char *number; } fields[] = {
	{ PROFILE_NUMBER_IN_DOCUMENT, "DN" },
	{ PROFILE_NUMBER_IN_OPTIONAL1, "ONE" },
	{ PROFILE_NUMBER_IN_OPTIONAL2, "TWO" },
	{ PROFILE_NUMBER_IN_DG11, "" },
	/* not one place: none */
	{ 0, "" }, { PROFILE_NUMBER_FIELDS, "" },
	{ PROFILE_NUMBER_IN_OPTIONAL1 | PROFILE_NUMBER_IN_OPTIONAL2, "" },
};

START_TEST(the_number_stands_where_the_profile_says_and_nowhere_else)
{
	struct mrz m = { .form = MRZ_TD1, .document_number = "DN",
			 .optional1 = "ONE", .optional2 = "TWO" };
	struct span s = document_number_field(fields[_i].field |
					      PROFILE_REQUIRE_CHIP_PROOF, &m);

	ck_assert(span_equal(s, span_str(fields[_i].number)));
}
END_TEST

static const struct { const char *field, *number; bool ok, form; } raw[] = {
	{ "AB12345", "AB12345", true, true },
	{ "AB12345<<<", "AB12345", true, true },
	/* nothing but trailing fillers is taken away */
	{ "<AB12345", "<AB12345", true, false },
	{ "AB1<2345", "AB1<2345", true, false },
	{ "AB12345 ", "AB12345 ", true, false },
	{ "ab12345", "ab12345", true, false },
	{ "<<<", "", true, false },
	{ "", "", true, false },
	{ "AB12\t345", "", false, false },
	/* 40 characters are what a message takes */
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCD",
	  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCD", true, false },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDE", "", false, false },
};

START_TEST(only_trailing_fillers_are_removed)
{
	struct msg_inspect_facts f = { 0 };
	struct msg_number n = { 0 };
	regex_t form;

	ck_assert_int_eq(number_form(CIN, &form), R_OK);
	ck_assert_int_eq(document_number(span_str(raw[_i].field), &form, &f,
					 &n), raw[_i].ok ? R_OK : R_MALFORMED);
	ck_assert_str_eq(n.number, raw[_i].number);
	ck_assert_int_eq(f.flags == FACT_NUMBER_FORM, raw[_i].form);
	regfree(&form);
}
END_TEST

START_TEST(the_day_of_expiry_is_the_last_good_one)
{
	struct passive_auth pa = { 0 };
	struct msg_inspect_facts f;
	struct msg_number n;
	struct mrz m = person();

	m.expiry = 20270114;
	ck_assert_int_eq(facts(CIN, &m, &pa, OPT1, &f, &n), R_OK);
	ck_assert_uint_eq(f.flags, ALL & ~(unsigned int)FACT_NOT_EXPIRED);
}
END_TEST

START_TEST(another_state_or_code_lacks_its_fact)
{
	struct passive_auth pa = { 0 };
	struct msg_inspect_facts f;
	struct msg_number n;
	struct mrz m = person();

	memcpy(m.issuing_state, "D\0\0", 4);
	ck_assert_int_eq(facts(CIN, &m, &pa, OPT1, &f, &n), R_OK);
	ck_assert_uint_eq(f.flags, ALL & ~(unsigned int)FACT_STATE);
	m = person();
	memcpy(m.document_code, "P", 2);
	ck_assert_int_eq(facts(CIN, &m, &pa, OPT1, &f, &n), R_OK);
	ck_assert_uint_eq(f.flags, ALL & ~(unsigned int)FACT_DOCUMENT_CODE);
}
END_TEST

START_TEST(a_code_the_signer_may_not_sign_lacks_its_fact)
{
	struct passive_auth pa = { .has_types = true, .types_count = 1,
				   .types = { "P" } };
	struct msg_inspect_facts f;
	struct msg_number n;
	struct mrz m = person();

	ck_assert_int_eq(facts(CIN, &m, &pa, OPT1, &f, &n), R_OK);
	ck_assert_uint_eq(f.flags, ALL & ~(unsigned int)FACT_DOCUMENT_CODE);
}
END_TEST

START_TEST(a_form_that_is_no_expression_is_refused)
{
	regex_t form;

	ck_assert_int_eq(number_form("", &form), R_MALFORMED);
	ck_assert_int_eq(number_form("[A-Z", &form), R_MALFORMED);
	ck_assert_int_eq(number_form("a{2,1}", &form), R_MALFORMED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("document");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, days_of_the_gregorian_calendar, 0,
			    sizeof(days) / sizeof(days[0]));
	tcase_add_test(t, a_code_is_one_of_the_list);
	tcase_add_loop_test(t, the_number_has_the_form_or_not, 0,
			    sizeof(forms) / sizeof(forms[0]));
	tcase_add_test(t, all_facts_of_a_good_document);
	tcase_add_test(t, the_number_may_stand_in_the_document_number);
	tcase_add_loop_test(t,
		the_number_stands_where_the_profile_says_and_nowhere_else, 0,
		sizeof(fields) / sizeof(fields[0]));
	tcase_add_loop_test(t, only_trailing_fillers_are_removed, 0,
			    sizeof(raw) / sizeof(raw[0]));
	tcase_add_test(t, the_day_of_expiry_is_the_last_good_one);
	tcase_add_test(t, another_state_or_code_lacks_its_fact);
	tcase_add_test(t, a_code_the_signer_may_not_sign_lacks_its_fact);
	tcase_add_test(t, a_form_that_is_no_expression_is_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
