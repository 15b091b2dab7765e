// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/password.h"

#include <string.h>

#include "check_main.h"

static enum reason take(unsigned int kind, const char *text,
			struct password *out)
{
	struct msg_inspect_go go = { .kind = (uint8_t)kind };

	ck_assert_uint_lt(strlen(text), sizeof(go.password));
	strcpy(go.password, text);
	return password_take(&go, out);
}

START_TEST(a_can_is_taken_as_it_is)
{
	struct password p;

	ck_assert_int_eq(take(PASSWORD_CAN, "123456", &p), REASON_NONE);
	ck_assert_int_eq(p.kind, PASSWORD_CAN);
	ck_assert_str_eq(p.text, "123456");
}
END_TEST

/* 9303-11 appendix D.2: the document of Anna Maria Eriksson, and the TD1 with
 * number L898902C of D.1's sample, birth 690806, expiry 940623 */
#define KEY "L898902C<369080619406236"

static const struct { const char *typed, *key; } mrz[] = {
	{ KEY, KEY },
	{ "L898902C 690806 940623", KEY },
	{ "l898902c 690806 940623", KEY },
	/* a long number, D23145890734 with check digit 9 of 9303-11 D.2 */
	{ "D23145890734 340712 950712", "D23145890734934071279507122" },
};

START_TEST(an_mrz_is_typed_as_fields_or_whole)
{
	struct password p;

	ck_assert_int_eq(take(PASSWORD_MRZ, mrz[_i].typed, &p), REASON_NONE);
	ck_assert_int_eq(p.kind, PASSWORD_MRZ);
	ck_assert_str_eq(p.text, mrz[_i].key);
}
END_TEST

static const struct {
	unsigned int kind;
	const char *text;
	enum reason why;
} bad[] = {
	{ PASSWORD_CAN, "", REASON_HELPER_PROTOCOL },
	{ PASSWORD_CAN, "12345", REASON_HELPER_PROTOCOL },
	{ PASSWORD_CAN, "1234567", REASON_HELPER_PROTOCOL },
	{ PASSWORD_CAN, "12345a", REASON_HELPER_PROTOCOL },
	{ PASSWORD_MRZ, "", REASON_HELPER_PROTOCOL },
	{ 3, "123456", REASON_HELPER_PROTOCOL },
	{ 0, "123456", REASON_HELPER_PROTOCOL },
	/* the person typed what no document has */
	{ PASSWORD_MRZ, "L898902C 690806", REASON_WRONG_CAN },
	{ PASSWORD_MRZ, "L898902C ", REASON_WRONG_CAN },
	{ PASSWORD_MRZ, " 690806 940623", REASON_WRONG_CAN },
	{ PASSWORD_MRZ, "L898902C 690806 940623 ", REASON_WRONG_CAN },
	{ PASSWORD_MRZ, "L898902C 690806 940623 1", REASON_WRONG_CAN },
	{ PASSWORD_MRZ, "L898902C 691306 940623", REASON_WRONG_CAN },
	{ PASSWORD_MRZ, "L898902C 690806 940631", REASON_WRONG_CAN },
	{ PASSWORD_MRZ, "L898-02C 690806 940623", REASON_WRONG_CAN },
};

START_TEST(another_form_is_refused_and_leaves_nothing)
{
	struct password p, before;

	memset(&p, 0x5a, sizeof(p));
	before = p;
	ck_assert_int_eq(take(bad[_i].kind, bad[_i].text, &p), bad[_i].why);
	ck_assert_mem_eq(&p, &before, sizeof(p));
}
END_TEST

START_TEST(a_password_that_never_ends_is_refused)
{
	struct msg_inspect_go go = { .kind = PASSWORD_MRZ };
	struct password p;

	memset(go.password, 'A', sizeof(go.password));
	ck_assert_int_eq(password_take(&go, &p), REASON_HELPER_PROTOCOL);
}
END_TEST

START_TEST(a_wiped_password_is_zeros)
{
	static const struct password zero;
	struct password p;

	ck_assert_int_eq(take(PASSWORD_CAN, "123456", &p), REASON_NONE);
	password_wipe(&p);
	ck_assert_mem_eq(&p, &zero, sizeof(p));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("password");
	TCase *t = tcase_create("all");

	tcase_add_test(t, a_can_is_taken_as_it_is);
	tcase_add_loop_test(t, an_mrz_is_typed_as_fields_or_whole, 0,
			    sizeof(mrz) / sizeof(mrz[0]));
	tcase_add_loop_test(t, another_form_is_refused_and_leaves_nothing, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, a_password_that_never_ends_is_refused);
	tcase_add_test(t, a_wiped_password_is_zeros);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
