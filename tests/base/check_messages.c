// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/messages.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/reason.h"
#include "check_main.h"

#define TEXT_MAX 512		/* PAM_MAX_MSG_SIZE of Linux-PAM */
#define ARG_MAX_LEN 256		/* struct msg_login_info */

static const char *const langs[] = { "en", "fr", "ar", "zgh" };
#define LANGS (sizeof(langs) / sizeof(langs[0]))

/* Strict UTF-8 by another way than the code under test: decode, encode. */
static bool valid_utf8(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	while (*p) {
		unsigned int n = *p < 0x80 ? 1 : *p >= 0xf0 ? 4 :
				 *p >= 0xe0 ? 3 : 2;
		static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
		uint32_t v = n == 1 ? *p : *p & (0x7f >> n);

		if (*p >= 0xf8 || (*p >= 0x80 && *p < 0xc0))
			return false;
		for (unsigned int i = 1; i < n; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return false;
			v = v << 6 | (p[i] & 0x3f);
		}
		if (v < least[n] || v > 0x10ffff ||
		    (v >= 0xd800 && v < 0xe000))
			return false;
		p += n;
	}
	return true;
}

static void render(enum msg m, const char *lang, const char *arg, char *out)
{
	message_text(m, lang, arg, NULL, out, TEXT_MAX);
}

static bool is_prompt(int m)
{
	return m >= MSG_ASK_CAN && m <= MSG_ASK_NEW_CODE_AGAIN;
}

START_TEST(every_sentence_is_there_in_every_language)
{
	for (size_t l = 0; l < LANGS; l++) {
		char text[TEXT_MAX];
		size_t n;

		render((enum msg)_i, langs[l], "", text);
		n = strlen(text);
		ck_assert_uint_gt(n, 5);
		ck_assert(valid_utf8(text));
		ck_assert_ptr_null(strchr(text, '%'));
		ck_assert_ptr_null(strchr(text, '?'));
		if (is_prompt(_i))
			ck_assert_str_eq(text + n - 2, ": ");
	}
}
END_TEST

/* U+2D30..U+2D7F is e2 b4 b0 .. e2 b5 bf */
static void tifinagh(const char *s)
{
	ck_assert(s[0] == '\xe2' && (s[1] == '\xb4' || s[1] == '\xb5'));
}

START_TEST(each_is_in_its_own_script)
{
	char en[TEXT_MAX], fr[TEXT_MAX], ar[TEXT_MAX], zgh[TEXT_MAX];

	render((enum msg)_i, "en", "", en);
	render((enum msg)_i, "fr", "", fr);
	render((enum msg)_i, "ar", "", ar);
	render((enum msg)_i, "zgh", "", zgh);
	ck_assert_str_ne(en, fr);
	for (const char *p = en; *p; p++)
		ck_assert((unsigned char)*p < 0x80);
	ck_assert((unsigned char)ar[0] >= 0xd8 && (unsigned char)ar[0] <= 0xd9);
	tifinagh(zgh);
}
END_TEST

START_TEST(no_two_sentences_are_the_same)
{
	for (size_t l = 0; l < LANGS; l++) {
		char text[TEXT_MAX], other[TEXT_MAX];

		render((enum msg)_i, langs[l], "", text);
		for (int m = _i + 1; m < MSG_COUNT; m++) {
			render((enum msg)m, langs[l], "", other);
			ck_assert_str_ne(text, other);
		}
	}
}
END_TEST

/* No refusal, and nothing but these four, has a place for data. */
START_TEST(only_four_sentences_take_an_argument)
{
	for (size_t l = 0; l < LANGS; l++) {
		char text[TEXT_MAX];
		const char *first;

		render((enum msg)_i, langs[l], "@42@", text);
		first = strstr(text, "@42@");
		if (_i == MSG_NOTICE || _i == MSG_WELCOME ||
		    _i == MSG_THROTTLED || _i == MSG_PIN_TRIES) {
			ck_assert_ptr_nonnull(first);
			ck_assert_ptr_null(strstr(first + 4, "@42@"));
		} else {
			ck_assert_ptr_null(first);
		}
	}
}
END_TEST

START_TEST(longest_argument_and_code_fit_in_one_pam_message)
{
	char arg[ARG_MAX_LEN + 1], text[4096];

	memset(arg, 'a', ARG_MAX_LEN);
	arg[ARG_MAX_LEN] = '\0';
	for (size_t l = 0; l < LANGS; l++) {
		message_text((enum msg)_i, langs[l], arg, "C10", text,
			     sizeof(text));
		ck_assert_uint_lt(strlen(text), TEXT_MAX);
	}
}
END_TEST

START_TEST(a_locale_names_its_language)
{
	static const struct { const char *locale, *lang; } cases[] = {
		{ "fr", "fr" }, { "fr_MA.UTF-8", "fr" }, { "fr.UTF-8", "fr" },
		{ "fr@euro", "fr" }, { "fr:en", "fr" }, { "fr-MA", "fr" },
		{ "ar", "ar" }, { "ar_MA", "ar" }, { "zgh", "zgh" },
		{ "zgh_MA.UTF-8", "zgh" }, { "en_GB", "en" }, { "C", "en" },
		{ "C.UTF-8", "en" }, { "POSIX", "en" }, { NULL, "en" },
		{ "", "en" }, { "f", "en" }, { "fro_FR", "en" },
		{ "de_DE.UTF-8", "en" }, { "../fr", "en" }, { "FR", "en" },
		{ "_", "en" }, { "\xff\xfe", "en" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char got[TEXT_MAX], want[TEXT_MAX];

		render(MSG_WRONG_CODE, cases[i].locale, NULL, got);
		render(MSG_WRONG_CODE, cases[i].lang, NULL, want);
		ck_assert_str_eq(got, want);
	}
}
END_TEST

START_TEST(argument_and_code_stand_where_they_belong)
{
	char text[TEXT_MAX];

	message_text(MSG_THROTTLED, "en", "30", "S07", text, sizeof(text));
	ck_assert_str_eq(text, "Too many tries. Wait 30 seconds, then try "
			       "again. (S07)");
	message_text(MSG_WELCOME, "fr", "u4kq", "", text, sizeof(text));
	ck_assert_str_eq(text, "Bienvenue, u4kq.");
	message_text(MSG_WELCOME, "en", NULL, NULL, text, sizeof(text));
	ck_assert_str_eq(text, "Welcome, .");
}
END_TEST

START_TEST(an_argument_is_never_a_format)
{
	char text[TEXT_MAX];

	message_text(MSG_WELCOME, "en", "%s%n%d", "%s", text, sizeof(text));
	ck_assert_str_eq(text, "Welcome, %s%n%d. (%s)");
}
END_TEST

START_TEST(an_argument_cannot_command_a_terminal)
{
	char text[TEXT_MAX];

	/* ESC, DEL, C1 CSI as UTF-8, a stray byte, overlong, surrogate */
	message_text(MSG_WELCOME, "en", "a\033b\x7f" "c\xc2\x9b" "d\xff"
		     "e\xc0\xaf" "f\xed\xa0\x80" "g\xe2\xb4", NULL, text,
		     sizeof(text));
	ck_assert_str_eq(text, "Welcome, a?b?c??d?e??f???g??.");
	ck_assert(valid_utf8(text));
}
END_TEST

START_TEST(every_cut_is_at_a_character_and_keeps_the_code)
{
	for (size_t l = 0; l < LANGS; l++) {
		char whole[TEXT_MAX], text[TEXT_MAX + 1];
		size_t n;

		message_text((enum msg)_i, langs[l], "\xc3\xa9\xe2\xb4\xb0x",
			     "C10", whole, sizeof(whole));
		n = strlen(whole);
		for (size_t cap = 1; cap <= n + 1; cap++) {
			memset(text, '#', sizeof(text));
			message_text((enum msg)_i, langs[l],
				     "\xc3\xa9\xe2\xb4\xb0x", "C10", text, cap);
			ck_assert_uint_lt(strlen(text), cap);
			ck_assert_int_eq(text[cap], '#');
			ck_assert(valid_utf8(text));
			if (cap > 6)
				ck_assert_ptr_nonnull(strstr(text, " (C10)"));
		}
		ck_assert_str_eq(text, whole);
	}
}
END_TEST

START_TEST(no_room_at_all_touches_nothing)
{
	char c = '#';

	message_text(MSG_WELCOME, "en", "x", "C10", &c, 0);
	ck_assert_int_eq(c, '#');
}
END_TEST

START_TEST(a_number_outside_the_table_is_an_internal_error)
{
	static const unsigned int wrong[] = { MSG_NONE, MSG_COUNT, 65535,
					      UINT32_MAX };
	char text[TEXT_MAX], want[TEXT_MAX];

	render(MSG_INTERNAL, "en", NULL, want);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		render((enum msg)wrong[i], "en", NULL, text);
		ck_assert_str_eq(text, want);
	}
}
END_TEST

START_TEST(every_reason_has_a_refusing_sentence)
{
#define X(name, number, code, result, msg, text) { number, msg, result },
	static const struct { unsigned int n; enum msg m; enum result r; }
	rows[] = { REASONS(X) };
#undef X

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].r == R_OK)
			continue;
		ck_assert_int_ge(rows[i].m, MSG_NOT_AT_SEAT);
		ck_assert_int_lt(rows[i].m, MSG_COUNT);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("messages");
	TCase *each = tcase_create("each");
	TCase *once = tcase_create("once");

	tcase_add_loop_test(each, every_sentence_is_there_in_every_language,
			    1, MSG_COUNT);
	tcase_add_loop_test(each, each_is_in_its_own_script, 1, MSG_COUNT);
	tcase_add_loop_test(each, no_two_sentences_are_the_same, 1, MSG_COUNT);
	tcase_add_loop_test(each, only_four_sentences_take_an_argument, 1,
			    MSG_COUNT);
	tcase_add_loop_test(each,
			    longest_argument_and_code_fit_in_one_pam_message,
			    1, MSG_COUNT);
	tcase_add_loop_test(each, every_cut_is_at_a_character_and_keeps_the_code,
			    1, MSG_COUNT);
	tcase_add_test(once, a_locale_names_its_language);
	tcase_add_test(once, argument_and_code_stand_where_they_belong);
	tcase_add_test(once, an_argument_is_never_a_format);
	tcase_add_test(once, an_argument_cannot_command_a_terminal);
	tcase_add_test(once, no_room_at_all_touches_nothing);
	tcase_add_test(once, a_number_outside_the_table_is_an_internal_error);
	tcase_add_test(once, every_reason_has_a_refusing_sentence);
	suite_add_tcase(s, each);
	suite_add_tcase(s, once);
	return s;
}

CHECK_MAIN(suite)
