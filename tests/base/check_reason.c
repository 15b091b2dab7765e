// SPDX-License-Identifier: GPL-3.0-or-later
#include "check_main.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/reason.h"

static const struct {
	unsigned int number;
	const char *name, *code, *text;
	enum result result;
	enum msg msg;
} all[] = {
#define X(name, number, code, result, msg, text) \
	{ number, #name, code, text, result, msg },
	REASONS(X)
#undef X
};
#define N (sizeof(all) / sizeof(all[0]))

START_TEST(numbers_and_codes_are_unique)
{
	for (size_t i = 0; i < N; i++)
		for (size_t j = i + 1; j < N; j++) {
			ck_assert_msg(all[i].number != all[j].number,
				      "%s and %s", all[i].name, all[j].name);
			ck_assert_msg(strcmp(all[i].code, all[j].code) != 0,
				      "%s and %s", all[i].name, all[j].name);
		}
}
END_TEST

START_TEST(a_code_is_a_letter_and_two_digits)
{
	for (size_t i = 1; i < N; i++) {
		const char *c = all[i].code;

		ck_assert_uint_eq(strlen(c), 3);
		ck_assert_msg(isupper(c[0]) && isdigit(c[1]) && isdigit(c[2]),
			      "%s", c);
	}
	ck_assert_str_eq(all[0].code, "OK");
}
END_TEST

START_TEST(every_number_finds_its_own_row)
{
	for (size_t i = 0; i < N; i++) {
		const struct reason_row *row = reason_row(all[i].number);

		ck_assert_uint_eq(row->id, all[i].number);
		ck_assert_str_eq(row->code, all[i].code);
		ck_assert_str_eq(row->text, all[i].text);
		ck_assert_int_eq(row->result, all[i].result);
		ck_assert_int_eq(row->msg, all[i].msg);
		ck_assert_uint_le(row->id, UINT16_MAX);	/* as on the wire */
	}
}
END_TEST

START_TEST(an_unknown_number_is_an_internal_error)
{
	ck_assert_uint_eq(reason_row(19)->id, REASON_INTERNAL);
	ck_assert_uint_eq(reason_row(65535)->id, REASON_INTERNAL);
	ck_assert_uint_eq(reason_row(0xffffffff)->id, REASON_INTERNAL);
}
END_TEST

START_TEST(no_refusal_is_a_success_and_each_has_a_text)
{
	for (size_t i = 1; i < N; i++) {
		ck_assert_msg(all[i].result != R_OK, "%s", all[i].name);
		ck_assert_msg(strlen(all[i].text) > 5, "%s", all[i].name);
	}
}
END_TEST

static const char *const languages[] = { "en", "fr", "ar", "zgh" };

START_TEST(every_reason_is_a_sentence_with_its_code)
{
	char out[512], end[16];

	for (size_t i = 1; i < N; i++) {
		size_t n;

		ck_assert_msg(all[i].msg > MSG_NONE && all[i].msg < MSG_COUNT,
			      "%s", all[i].name);
		message_text(all[i].msg, languages[_i], NULL, all[i].code, out,
			     sizeof(out));
		snprintf(end, sizeof(end), " (%s)", all[i].code);
		n = strlen(out);
		ck_assert_msg(n > strlen(end) + 8, "%s: %s", all[i].name, out);
		ck_assert_str_eq(out + n - strlen(end), end);
	}
}
END_TEST

static Suite *reason_suite(void)
{
	Suite *s = suite_create("reason");
	TCase *t = tcase_create("all");

	tcase_add_test(t, numbers_and_codes_are_unique);
	tcase_add_test(t, a_code_is_a_letter_and_two_digits);
	tcase_add_test(t, every_number_finds_its_own_row);
	tcase_add_test(t, an_unknown_number_is_an_internal_error);
	tcase_add_test(t, no_refusal_is_a_success_and_each_has_a_text);
	tcase_add_loop_test(t, every_reason_is_a_sentence_with_its_code, 0, 4);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(reason_suite)
