// SPDX-License-Identifier: GPL-3.0-or-later
/* The questions of a conversation, answered from standard input. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "check_main.h"
#include "ctl/talk.h"

/* Standard input becomes a pipe that holds this. */
static void input(const char *text)
{
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(write(p[1], text, strlen(text)),
			 (ssize_t)strlen(text));
	close(p[1]);
	ck_assert_int_eq(dup2(p[0], STDIN_FILENO), STDIN_FILENO);
	close(p[0]);
}

static struct msg_login_answer answer;

static enum result ask(enum msg what, const char *text)
{
	const struct msg_login_ask m = { .msg = (uint16_t)what };

	memset(&answer, 0, sizeof(answer));
	input(text);
	return talk_ask(NULL, -1, &m, &answer);
}

/* 9303-5 and 9303-4 appendix B's specimens, and what BAC makes of them
 * (9303-11 appendix D.2). */
static const struct { const char *typed, *want; } mrz[] = {
	{ "L898902C< 690806 940623\n", "L898902C<369080619406236" },
	{ "l898902c 690806 940623\n", "L898902C<369080619406236" },
	{ "L898902C<369080619406236\n", "L898902C<369080619406236" },
	{ "I<UTOD23145890<7349<<<<<<<<<<<\n"
	  "3407127M9507122UTO<<<<<<<<<<<2\n"
	  "STEVENSON<<PETER<JOHN<<<<<<<<<\n",
	  "D23145890734934071279507122" },
	{ "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
	  "L898902C<3UTO6908061F9406236ZE184226B<<<<<14\n",
	  "L898902C<369080619406236" },
};

START_TEST(mrz_in_any_form_becomes_its_key)
{
	ck_assert_int_eq(ask(MSG_ASK_MRZ, mrz[_i].typed), R_OK);
	ck_assert_uint_eq(answer.declined, 0);
	ck_assert_str_eq(answer.text, mrz[_i].want);
}
END_TEST

static const char *const wrong[] = {
	"", "\n", "123456\n", "L898902C< 690806\n",
	"L898902C<469080619406236\n",
	"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n",
	"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
	"L898902C<4UTO6908061F9406236ZE184226B<<<<<14\n",
	"I<UTOD23145890<7349<<<<<<<<<<<\n"
	"I<UTOD23145890<7349<<<<<<<<<<<\nI<UTOD23145890<7349<<<<<<<<<<<x\n",
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789\n",
};

START_TEST(what_is_no_mrz_is_declined_and_not_sent)
{
	static const char zero[sizeof(answer.text)];

	ck_assert_int_eq(ask(MSG_ASK_MRZ, wrong[_i]), R_OK);
	ck_assert_uint_eq(answer.declined, 1);
	ck_assert_mem_eq(answer.text, zero, sizeof(zero));
}
END_TEST

static const enum msg lines[] = { MSG_ASK_CAN, MSG_ASK_PIN,
				  MSG_ASK_PIN_AGAIN, MSG_ASK_CODE,
				  MSG_ASK_NEW_CODE, MSG_ASK_NEW_CODE_AGAIN };

START_TEST(other_questions_take_a_line_as_it_is)
{
	ck_assert_int_eq(ask(lines[_i], "123456\n"), R_OK);
	ck_assert_uint_eq(answer.declined, 0);
	ck_assert_str_eq(answer.text, "123456");
	/* an empty line agrees to nothing, such as the last try of a PIN */
	ck_assert_int_eq(ask(lines[_i], "\n"), R_OK);
	ck_assert_uint_eq(answer.declined, 1);
	ck_assert_int_eq(ask(lines[_i], ""), R_OK);
	ck_assert_uint_eq(answer.declined, 1);
}
END_TEST

START_TEST(question_that_is_none_ends_the_conversation)
{
	ck_assert_int_eq(ask(MSG_NONE, "123456\n"), R_MALFORMED);
	ck_assert_int_eq(ask(MSG_COUNT, "123456\n"), R_MALFORMED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl talk");
	TCase *t = tcase_create("talk");

	tcase_add_loop_test(t, mrz_in_any_form_becomes_its_key, 0,
			    sizeof(mrz) / sizeof(mrz[0]));
	tcase_add_loop_test(t, what_is_no_mrz_is_declined_and_not_sent, 0,
			    sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_loop_test(t, other_questions_take_a_line_as_it_is, 0,
			    sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(t, question_that_is_none_ends_the_conversation);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
