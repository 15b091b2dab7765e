/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/canon.h"

#include <string.h>

#include "check_main.h"

#define CIN "[A-Z]{1,2}[0-9]{1,7}"

struct row {
	const char *regex, *number, *canonical;	/* NULL: refused */
};

/* Numbers are synthetic. */
static const struct row rows[] = {
	{ CIN, "AB123456", "AB123456" },
	{ CIN, "A1", "A1" },
	{ CIN, "AB123456<<<<<<", "AB123456" },
	{ "^" CIN "$", "AB123456<", "AB123456" },
	{ "A|AB|ABC", "ABC", "ABC" },		/* the longest counts */
	{ "(A)|(B)", "B", "B" },
	/* not of the form */
	{ CIN, "", NULL },
	{ CIN, "<<<<", NULL },
	{ CIN, "AB12345678", NULL },		/* a digit too many */
	{ CIN, "ABC12345", NULL },
	{ CIN, "1AB12345", NULL },
	{ CIN, "XAB123456", NULL },
	{ CIN, "AB123456X", NULL },
	{ "A|B", "AB", NULL },			/* anchored at both ends */
	{ "A)|(B", "AB", NULL },
	/* nothing is repaired but the filler at the end */
	{ CIN, "<AB123456", NULL },
	{ CIN, "AB<123456", NULL },
	{ CIN, "ab123456", NULL },
	{ CIN, " AB123456", NULL },
	{ CIN, "AB123456 ", NULL },
	{ CIN, "AB123456\n", NULL },
	{ CIN, "AB-123456", NULL },
	{ CIN, "AB123456\xd9\xa1", NULL },	/* a digit of another script */
	/* not of the MRZ's alphabet, whatever the expression says */
	{ ".*", "ab", NULL },
	{ ".*", "A B", NULL },
	{ ".*", "A.B", NULL },
	{ ".*", "", NULL },
	{ ".*", "0123456789012345678901234567890123456789",
	  "0123456789012345678901234567890123456789" },
	{ ".*", "01234567890123456789012345678901234567890", NULL },
};

START_TEST(number_is_canonical_or_refused)
{
	const struct row *row = &rows[_i];
	struct canon c = { 0 };
	char out[CANON_MAX + 1] = "untouched";

	if (canon_init(&c, row->regex) != R_OK) {
		ck_assert_ptr_null(row->canonical);	/* "A)|(B" */
		return;
	}
	if (row->canonical) {
		ck_assert_int_eq(canon_number(&c, row->number, out),
				 REASON_NONE);
		ck_assert_str_eq(out, row->canonical);
	} else {
		ck_assert_int_eq(canon_number(&c, row->number, out),
				 REASON_NUMBER_FORM);
		ck_assert_str_eq(out, "untouched");
	}
	canon_done(&c);
}
END_TEST

START_TEST(expression_that_is_none_is_refused)
{
	struct canon c = { 0 };
	char out[CANON_MAX + 1];

	ck_assert_int_eq(canon_init(&c, ""), R_MALFORMED);
	ck_assert_int_eq(canon_init(&c, "["), R_MALFORMED);
	ck_assert_int_eq(canon_init(&c, "(A"), R_MALFORMED);
	ck_assert_int_eq(canon_number(&c, "A", out), REASON_NUMBER_FORM);
	canon_done(&c);
}
END_TEST

static Suite *canon_suite(void)
{
	Suite *s = suite_create("sector/canon");
	TCase *t = tcase_create("canon");

	tcase_add_loop_test(t, number_is_canonical_or_refused, 0,
			    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, expression_that_is_none_is_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(canon_suite)
