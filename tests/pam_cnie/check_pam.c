// SPDX-License-Identifier: GPL-3.0-or-later
/* Grants and refusals: pam_authenticate through libpam and the twin module,
 * against a cnied that plays a script. Accounts are synthetic. */
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "../../pam_cnie/pam_code.h"
#include "check_main.h"
#include "support_pam.h"

/* -- success --- */

START_TEST(a_grant_lets_the_account_in)
{
	static const struct line lines[] = {
		START, { SAY_INFO, MSG_NOTICE, "who; why; contact", 0 },
		ASK_CAN, { HEAR_ANSWER, 0, "012345", 0 },
		{ SAY_INFO, MSG_READING, NULL, 0 },
		ASK_CODE, { HEAR_ANSWER, 0, "a code, 4 words", 0 },
		GRANT(ANA, ANA_UID), END };
	static const struct msg_login_start start = {
		.user = ANA, .service = "cnie-test", .tty = "/dev/tty9",
		.rhost = "localhost" };

	server_expect(&start);
	server_start(lines);
	app_start(&app, ANA);
	pam_set_item(app.pamh, PAM_TTY, "/dev/tty9");
	pam_set_item(app.pamh, PAM_RHOST, "localhost");
	app.answers[0] = "012345";
	app.answers[1] = "a code, 4 words";
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_SUCCESS);
	ck_assert_uint_eq(app.seen_n, 4);
	ck_assert_int_eq(app.seen[0].style, PAM_TEXT_INFO);
	ck_assert_ptr_nonnull(strstr(app.seen[0].text, "who; why; contact"));
	ck_assert_int_eq(app.seen[1].style, PAM_PROMPT_ECHO_ON);
	ck_assert_int_eq(app.seen[2].style, PAM_TEXT_INFO);
	ck_assert_int_eq(app.seen[3].style, PAM_PROMPT_ECHO_OFF);
	ck_assert_str_eq(app_user(&app), ANA);
	ck_assert_uint_eq(logged_n, 0);
	ck_assert_int_eq(app.delays, 0);
	ck_assert_int_eq(pam_acct_mgmt(app.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_setcred(app.pamh, PAM_ESTABLISH_CRED),
			 PAM_SUCCESS);
	finish();
}
END_TEST

START_TEST(the_card_says_who_it_is)
{
	static const struct line lines[] = { START, GRANT(DIA, DIA_UID), END };
	static const struct msg_login_start start = { .service = "cnie-test" };

	server_expect(&start);
	ck_assert_int_eq(authenticate(_i ? "" : NULL, lines), PAM_SUCCESS);
	ck_assert_str_eq(app_user(&app), DIA);
	finish();
}
END_TEST

START_TEST(a_code_is_never_echoed)
{
	static const struct line lines[] = {
		START, { SAY_ASK, MSG_ASK_CODE, NULL, 1 },
		{ HEAR_ANSWER, 0, "x", 0 }, GRANT(ANA, ANA_UID), END };

	server_start(lines);
	app_start(&app, ANA);
	app.answers[0] = "x";
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(app.seen[0].style, PAM_PROMPT_ECHO_OFF);
	finish();
}
END_TEST

/* As sudo does it. */
START_TEST(silence_asks_and_shows_the_notice)
{
	static const struct line lines[] = {
		START, { SAY_INFO, MSG_NOTICE, "who; why; contact", 0 },
		ASK_CODE, { HEAR_ANSWER, 0, "x", 0 }, GRANT(ANA, ANA_UID), END };

	server_start(lines);
	app_start(&app, ANA);
	app.answers[0] = "x";
	ck_assert_int_eq(pam_authenticate(app.pamh, PAM_SILENT), PAM_SUCCESS);
	ck_assert_uint_eq(app.seen_n, 2);
	finish();
}
END_TEST

START_TEST(silence_hears_of_a_refusal_and_not_of_an_absence)
{
	const struct line lines[] = {
		START, { SAY_REFUSE, _i ? REASON_NO_CARD : REASON_WRONG_CODE,
			 NULL, 0 }, END };

	server_start(lines);
	app_start(&app, ANA);
	ck_assert_int_eq(pam_authenticate(app.pamh, PAM_SILENT),
			 _i ? PAM_AUTHINFO_UNAVAIL : PAM_AUTH_ERR);
	ck_assert_uint_eq(app.seen_n, !_i);
	finish();
}
END_TEST

/* -- a grant is checked --- */

START_TEST(a_grant_with_another_uid_is_refused)
{
	static const uint32_t wrong[] = { 0, 1, BEN_UID, ANA_UID + 1000,
					  UINT32_MAX };
	const struct line lines[] = { START, GRANT(ANA, wrong[_i]), END };

	check_refused(ANA, lines, PAM_AUTH_ERR, "(A06)");
	ck_assert(log_has(LOG_NOTICE, "A06"));
}
END_TEST

START_TEST(a_card_first_grant_with_another_uid_names_nobody)
{
	static const struct line lines[] = { START, GRANT(ANA, 0), END };

	ck_assert_int_eq(authenticate(NULL, lines), PAM_AUTH_ERR);
	ck_assert_str_eq(app_user(&app), "");
	finish();
}
END_TEST

START_TEST(a_grant_of_root_is_refused)
{
	const struct line lines[] = { START, GRANT("root", _i ? 70006 : 0),
				      END };

	check_refused(NULL, lines, PAM_AUTH_ERR, "(A06)");
}
END_TEST

START_TEST(a_name_that_another_source_resolves_is_refused)
{
	static const struct line view[] = { START, GRANT("daemon", 70005),
					    END };
	static const struct line files[] = { START, GRANT("daemon", 1), END };

	check_refused("daemon", _i ? files : view, PAM_AUTH_ERR, "(A06)");
}
END_TEST

/* An account that was bound to a card and then renamed, or removed and its uid
 * given to another person: by its old name, which only the view has, the card
 * would open that person's files. */
START_TEST(a_uid_that_another_name_has_is_refused)
{
	static const struct line lines[] = { START, GRANT("cnie-was", ANA_UID),
					     END };

	check_refused(_i ? "cnie-was" : NULL, lines, PAM_AUTH_ERR, "(A06)");
	ck_assert(log_has(LOG_NOTICE, "A06"));
}
END_TEST

START_TEST(a_grant_of_nobody_we_know_is_refused)
{
	static const struct line lines[] = { START, GRANT("cnie-zoe", 70099),
					     END };

	check_refused(NULL, lines, PAM_AUTH_ERR, "(A06)");
}
END_TEST

START_TEST(a_grant_of_somebody_else_is_absurd)
{
	static const struct line lines[] = { START, GRANT(DIA, DIA_UID), END };

	ck_assert_int_eq(authenticate(ANA, lines), PAM_SYSTEM_ERR);
	ck_assert(app_saw(&app, PAM_ERROR_MSG, "(S13)"));
	ck_assert_str_eq(app_user(&app), ANA);
	finish();
}
END_TEST

START_TEST(a_grant_with_no_name_is_absurd)
{
	static const char *const wrong[] = { "", "a b", "../x", "-x", "x." };
	const struct line lines[] = { START, GRANT(wrong[_i], ANA_UID), END };

	check_refused(NULL, lines, PAM_SYSTEM_ERR, "(S13)");
}
END_TEST

START_TEST(an_application_that_changes_the_name_meanwhile_gains_nothing)
{
	static const struct line lines[] = {
		START, { SAY_INFO, MSG_READING, NULL, 0 },
		GRANT(ANA, ANA_UID), END };

	server_start(lines);
	app_start(&app, _i ? ANA : NULL);
	app.rename_to = _i == 2 ? "root" : DIA;
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_SYSTEM_ERR);
	finish();
}
END_TEST

/* -- refusals --- */

static const struct {
	unsigned int number;
	const char *code, *text;
	enum result result;
	enum msg msg;
} reasons[] = {
#define X(name, number, code, result, msg, text) \
	{ number, code, text, result, msg },
	REASONS(X)
#undef X
};

START_TEST(each_reason_has_its_code_sentence_and_log_line)
{
	const struct line lines[] = {
		START, { SAY_REFUSE, reasons[_i].number, NULL, 30 }, END };
	enum result r = reasons[_i].result;
	int code = r == R_DENIED ? PAM_AUTH_ERR :
		   r == R_ABSENT ? PAM_AUTHINFO_UNAVAIL :
		   r == R_BUSY ? PAM_MAXTRIES : PAM_SYSTEM_ERR;
	char want[600];

	if (reasons[_i].number == REASON_NONE)
		return;
	message_text(reasons[_i].msg, "en", "30", reasons[_i].code, want,
		     sizeof(want));
	ck_assert_int_eq(authenticate(ANA, lines), code);
	ck_assert_uint_eq(app.seen_n, 1);
	ck_assert_int_eq(app.seen[0].style, PAM_ERROR_MSG);
	ck_assert_str_eq(app.seen[0].text, want);
	ck_assert_uint_eq(logged_n, 1);
	ck_assert(log_has(LOG_NOTICE, reasons[_i].code));
	ck_assert(log_has(LOG_NOTICE, reasons[_i].text));
	ck_assert(!log_has(LOG_NOTICE, ANA));
	ck_assert_int_eq(app.delays, r == R_DENIED || r == R_BUSY);
	finish();
}
END_TEST

START_TEST(a_refusal_without_a_reason_is_never_a_success)
{
	static const unsigned int none[] = { REASON_NONE, 14000, 65535 };
	const struct line lines[] = { START, REFUSE(none[_i]), END };

	check_refused(ANA, lines, PAM_SYSTEM_ERR, "(S13)");
}
END_TEST

START_TEST(every_result_has_its_pam_code)
{
	ck_assert_int_eq(pam_code(R_OK), PAM_SUCCESS);
	ck_assert_int_eq(pam_code(R_DENIED), PAM_AUTH_ERR);
	ck_assert_int_eq(pam_code(R_MALFORMED), PAM_AUTH_ERR);
	ck_assert_int_eq(pam_code(R_ABSENT), PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(pam_code(R_TIMEOUT), PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(pam_code(R_BUSY), PAM_MAXTRIES);
	ck_assert_int_eq(pam_code(R_INTERNAL), PAM_SYSTEM_ERR);
	ck_assert_int_eq(pam_code((enum result)99), PAM_SYSTEM_ERR);
}
END_TEST

/* Closing with something unread makes the other side's next read fail. */
START_TEST(a_refusal_is_heard_though_an_answer_was_not_read)
{
	static const struct line gone[] = { START, ASK_CODE,
					    REFUSE(REASON_ATTACK), END };
	static const struct line unread[] = { START, ASK_CODE,
					      { LEAVE_UNREAD, 0, NULL, 0 },
					      REFUSE(REASON_ATTACK), END };

	server_start(_i ? unread : gone);
	app_start(&app, ANA);
	app.answers[0] = "never read";
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_AUTH_ERR);
	ck_assert(app_saw(&app, PAM_ERROR_MSG, "(F02)"));
	finish();
}
END_TEST

static void grants(TCase *t)
{
	tcase_add_test(t, a_grant_lets_the_account_in);
	tcase_add_loop_test(t, the_card_says_who_it_is, 0, 2);
	tcase_add_test(t, a_code_is_never_echoed);
	tcase_add_test(t, silence_asks_and_shows_the_notice);
	tcase_add_loop_test(t,
			    silence_hears_of_a_refusal_and_not_of_an_absence,
			    0, 2);
	tcase_add_loop_test(t, a_grant_with_another_uid_is_refused, 0, 5);
	tcase_add_test(t, a_card_first_grant_with_another_uid_names_nobody);
	tcase_add_loop_test(t, a_grant_of_root_is_refused, 0, 2);
	tcase_add_loop_test(t, a_name_that_another_source_resolves_is_refused,
			    0, 2);
	tcase_add_loop_test(t, a_uid_that_another_name_has_is_refused, 0, 2);
	tcase_add_test(t, a_grant_of_nobody_we_know_is_refused);
	tcase_add_test(t, a_grant_of_somebody_else_is_absurd);
	tcase_add_loop_test(t, a_grant_with_no_name_is_absurd, 0, 5);
	tcase_add_loop_test(t,
		an_application_that_changes_the_name_meanwhile_gains_nothing,
		0, 3);
}

static void refusals(TCase *t)
{
	tcase_add_loop_test(t, each_reason_has_its_code_sentence_and_log_line,
			    0, (int)(sizeof(reasons) / sizeof(reasons[0])));
	tcase_add_loop_test(t, a_refusal_without_a_reason_is_never_a_success,
			    0, 3);
	tcase_add_test(t, every_result_has_its_pam_code);
	tcase_add_loop_test(t,
		a_refusal_is_heard_though_an_answer_was_not_read, 0, 2);
}

static Suite *suite(void)
{
	Suite *s = suite_create("pam grants");

	grants(group(s, "grants"));
	refusals(group(s, "refusals"));
	return s;
}

CHECK_MAIN(suite)
