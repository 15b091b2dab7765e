/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "roster/code.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"

struct rule { const char *code; enum reason why; };

static const struct rule rules[] = {
	{ "739251", REASON_NONE },
	{ "112358", REASON_NONE },
	{ "correct horse battery staple", REASON_NONE },
	{ "\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85\xd8\xa3\xd8\xa8", REASON_NONE },
	{ "", REASON_WEAK_CODE },
	{ "73925", REASON_WEAK_CODE },
	/* six bytes, three characters */
	{ "\xd8\xb3\xd9\x84\xd8\xa7", REASON_WEAK_CODE },
	{ "000000", REASON_WEAK_CODE },
	{ "aaaaaaaaaaaa", REASON_WEAK_CODE },
	{ "121212", REASON_WEAK_CODE },
	{ "111112", REASON_WEAK_CODE },
	{ "123456", REASON_WEAK_CODE },
	{ "987654321", REASON_WEAK_CODE },
	{ "789012", REASON_WEAK_CODE },
	{ "210987", REASON_WEAK_CODE },
	{ "024680", REASON_WEAK_CODE },
	{ "abcdefgh", REASON_WEAK_CODE },
	{ "zyxwvu", REASON_WEAK_CODE },
};

START_TEST(rules_are_kept)
{
	ck_assert_int_eq(code_check(rules[_i].code), rules[_i].why);
}
END_TEST

START_TEST(length_has_an_end)
{
	char code[CODE_MAX + 2];

	for (size_t i = 0; i < sizeof(code); i++)
		code[i] = (char)('a' + i * i % 23);
	code[CODE_MAX] = '\0';
	ck_assert_int_eq(code_check(code), REASON_NONE);
	code[CODE_MAX] = 'x';
	code[CODE_MAX + 1] = '\0';
	ck_assert_int_eq(code_check(code), REASON_WEAK_CODE);
}
END_TEST

START_TEST(hash_verifies_its_code_alone)
{
	char a[CODE_HASH_SIZE], b[CODE_HASH_SIZE];

	ck_assert_int_eq(code_hash("739251", a), REASON_NONE);
	ck_assert_int_eq(code_hash("739251", b), REASON_NONE);
	ck_assert_str_ne(a, b);			/* salted */
	ck_assert_int_eq(strncmp(a, "$y$", 3), 0);
	ck_assert_int_eq(code_verify("739251", a), REASON_NONE);
	ck_assert_int_eq(code_verify("739252", a), REASON_WRONG_CODE);
	ck_assert_int_eq(code_verify("73925", a), REASON_WRONG_CODE);
	ck_assert_int_eq(code_verify("", a), REASON_WRONG_CODE);
}
END_TEST

START_TEST(what_is_no_hash_verifies_nothing)
{
	static const char *const bad[] = {
		"*", "*0", "!", "x", "$6$salt$x", "$y$", "$y$j9T$", "739251",
	};

	ck_assert_int_eq(code_verify("739251", ""), REASON_NO_CODE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_ne(code_verify("739251", bad[i]), REASON_NONE);
}
END_TEST

/* A true hash of the code by another method than ours. */
START_TEST(another_method_is_not_verified)
{
	struct crypt_data *d = calloc(1, sizeof(*d));
	const char *h;

	ck_assert_ptr_nonnull(d);
	h = crypt_r("739251", "$6$synthetic$", d);
	ck_assert_int_eq(strncmp(h, "$6$synthetic$", 13), 0);
	ck_assert_int_eq(code_verify("739251", h), REASON_INTERNAL);
	free(d);
}
END_TEST

static Suite *code_suite(void)
{
	Suite *s = suite_create("roster/code");
	TCase *t = tcase_create("code");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, rules_are_kept, 0,
			    (int)(sizeof(rules) / sizeof(rules[0])));
	tcase_add_test(t, length_has_an_end);
	tcase_add_test(t, hash_verifies_its_code_alone);
	tcase_add_test(t, what_is_no_hash_verifies_nothing);
	tcase_add_test(t, another_method_is_not_verified);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(code_suite)
