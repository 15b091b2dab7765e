// SPDX-License-Identifier: GPL-3.0-or-later
/* The service away, slow, not root's, or talking nonsense; and what of the
 * person's answers reaches it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/prefix.h"
#include "check_main.h"
#include "support_pam.h"

/* -- the service is not there --- */

START_TEST(a_closed_channel_is_no_grant)
{
	static const struct line lines[][4] = {
		{ END },
		{ START, END },
		{ START, { SAY_INFO, MSG_WELCOME, ANA, 0 }, END },
		{ START, ASK_CODE, { HEAR_DECLINED, 0, NULL, 0 }, END },
	};
	char want[600];

	message_text(MSG_SERVICE_DOWN, "en", NULL, NULL, want, sizeof(want));
	check_refused(ANA, lines[_i], PAM_AUTHINFO_UNAVAIL, want);
	ck_assert_int_eq(app.delays, 0);
}
END_TEST

START_TEST(no_socket_is_declined_quietly)
{
	app_start(&app, _i ? ANA : NULL);
	check_quiet(_i ? ANA : NULL, 0, PAM_AUTHINFO_UNAVAIL);
	app_end(&app);
}
END_TEST

START_TEST(a_socket_nobody_listens_on_is_declined_quietly)
{
	server_idle();
	ck_assert(!server_was_contacted());	/* and has closed it */
	app_start(&app, ANA);
	check_quiet(ANA, 0, PAM_AUTHINFO_UNAVAIL);
	app_end(&app);
}
END_TEST

START_TEST(a_full_backlog_does_not_hold_us)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int64_t begin = mono_ms();
	int waiting = 0, fd;

	server_idle();
	strcpy(to.sun_path, place(PATH_LOGIN_SOCK));
	do {
		fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
		waiting++;
	} while (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_gt(waiting, 4);
	app_start(&app, ANA);
	check_quiet(ANA, 0, PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_lt(mono_ms() - begin, 5000);
	app_end(&app);
}
END_TEST

START_TEST(a_socket_that_is_not_roots_is_not_trusted)
{
	server_idle();
	ck_assert_int_eq(lchown(place(PATH_LOGIN_SOCK), 65534, 0), 0);
	app_start(&app, ANA);
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_AUTHINFO_UNAVAIL);
	ck_assert(!server_was_contacted());
	ck_assert(log_has(LOG_NOTICE, "socket"));
	app_end(&app);
}
END_TEST

START_TEST(what_is_no_socket_is_not_trusted)
{
	int fd;

	server_idle();
	if (_i == 0) {
		unlink(place(PATH_LOGIN_SOCK));
		fd = open(place(PATH_LOGIN_SOCK), O_CREAT | O_WRONLY, 0666);
		close(fd);
	} else {
		char real[256], link[256];

		strcpy(link, place(PATH_LOGIN_SOCK));
		strcpy(real, place(PATH_ADMIN_SOCK));
		ck_assert_int_eq(rename(link, real), 0);
		ck_assert_int_eq(symlink(real, link), 0);
	}
	app_start(&app, ANA);
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_AUTHINFO_UNAVAIL);
	ck_assert(!server_was_contacted());
	app_end(&app);
}
END_TEST

/* A root-owned socket on which somebody else listens. */
START_TEST(a_peer_that_is_not_root_is_not_trusted)
{
	pid_t pid;
	int status, ready[2], over[2];
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(over), 0);
	pid = fork();
	if (pid == 0) {
		/* the peer's identity is taken at listen() */
		struct sockaddr_un to = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), peer, n;
		char buf[4096];

		close(over[1]);
		strcpy(to.sun_path, place(PATH_LOGIN_SOCK));
		if (bind(fd, (struct sockaddr *)&to, sizeof(to)) ||
		    seteuid(65534) || listen(fd, 4) ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		peer = accept(fd, NULL, NULL);
		n = (int)read(peer, buf, sizeof(buf));
		_exit(n == 0 ? 0 : 2);		/* not even START was sent */
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	app_start(&app, ANA);
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_AUTHINFO_UNAVAIL);
	ck_assert(log_has(LOG_NOTICE, "socket"));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	app_end(&app);
}
END_TEST

/* -- time --- */

START_TEST(a_silent_service_ends_with_the_deadline)
{
	static const struct line lines[] = { START, { HANG, 0, NULL, 0 }, END };

	write_service("timeout=1");
	ck_assert_int_eq(authenticate(ANA, lines), PAM_AUTHINFO_UNAVAIL);
	ck_assert(app_saw(&app, PAM_ERROR_MSG, "(S09)"));
	ck_assert_int_eq(app.delays, 0);
	app_end(&app);
}
END_TEST

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

START_TEST(signals_of_the_host_neither_end_nor_lengthen_the_wait)
{
	static const struct line lines[] = { START, { HANG, 0, NULL, 0 }, END };
	struct sigaction act = { .sa_handler = on_alarm }, now;
	struct itimerval every = { { 0, 20000 }, { 0, 20000 } };
	int64_t begin = mono_ms();

	write_service("timeout=1");
	sigaction(SIGALRM, &act, NULL);
	server_start(lines);
	app_start(&app, ANA);
	setitimer(ITIMER_REAL, &every, NULL);
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_AUTHINFO_UNAVAIL);
	every = (struct itimerval){ 0 };
	setitimer(ITIMER_REAL, &every, NULL);
	ck_assert(app_saw(&app, PAM_ERROR_MSG, "(S09)"));
	ck_assert_int_gt(alarms, 2);
	ck_assert_int_ge(mono_ms() - begin, 990);
	sigaction(SIGALRM, NULL, &now);
	ck_assert(now.sa_handler == on_alarm);
	sigaction(SIGPIPE, NULL, &now);
	ck_assert(now.sa_handler == SIG_DFL);
	app_end(&app);
}
END_TEST

/* -- a service that misbehaves --- */

START_TEST(garbage_is_absurd)
{
	static const char big[WIRE_MAX + 1];
	static const struct { const char *bytes; unsigned int n; } raw[] = {
		{ "x", 1 }, { "\1", 1 }, { "\1\2", 2 }, { "\2\2\0\1\0\0", 6 },
		{ "\1\2\0\1\0\0\0", 7 },	/* INFO and a byte more */
		{ "\1\2\0\1\0\5ab", 8 },	/* lying length */
		{ "\1\2\0\1\0\1\33", 7 },	/* ESC */
		{ "\1\1\0\0\0\0\0\0\0\0\0", 11 }, /* START is not cnied's */
		{ "\1\4\0\0\0", 5 },		/* nor is ANSWER */
		{ "\1\5\0\10cnie-ana\0\1\21", 15 }, /* GRANT cut short */
		{ "\1\5\0\10cnie-ana\0\1\21\161\0", 17 }, /* a byte more */
		{ "\1\6\0\50\0\0\0", 7 },	/* REFUSE cut short */
		{ "\1\143", 2 }, { "\1\0", 2 }, { "\377\377\377\377", 4 },
		{ big, sizeof(big) }, { big, WIRE_MAX },
	};
	const struct line lines[] = {
		START, { SAY_RAW, raw[_i].n, raw[_i].bytes, 0 },
		GRANT(ANA, ANA_UID), END };

	check_refused(ANA, lines, PAM_SYSTEM_ERR, "(S13)");
	ck_assert(log_has(LOG_NOTICE, "protocol"));
}
END_TEST
#define GARBAGE 17

START_TEST(an_administrators_message_is_absurd)
{
	static const struct line lines[] = {
		START, { SAY_ADMIN, 0, NULL, 0 }, GRANT(ANA, ANA_UID), END };

	check_refused(ANA, lines, PAM_SYSTEM_ERR, "(S13)");
}
END_TEST

START_TEST(a_flood_of_lines_is_absurd)
{
	static const struct line lines[] = {
		START, { SAY_INFO, MSG_READING, NULL, 100 },
		GRANT(ANA, ANA_UID), END };

	check_refused(ANA, lines, PAM_SYSTEM_ERR, "(S13)");
	ck_assert_uint_le(app.seen_n, 33);
}
END_TEST

START_TEST(a_flood_of_prompts_is_absurd)
{
	struct line lines[32] = { START };
	size_t n = 1;

	while (n < 30)
		lines[n++] = (struct line)ASK_CODE;
	lines[n] = (struct line)GRANT(ANA, ANA_UID);
	check_refused(ANA, lines, PAM_SYSTEM_ERR, "(S13)");
	ck_assert_uint_le(app.seen_n, 9);
}
END_TEST

START_TEST(what_is_no_line_to_show_is_absurd)
{
	static const unsigned int wrong[] = { MSG_NONE, MSG_ASK_CAN,
					      MSG_ASK_NEW_CODE_AGAIN,
					      MSG_COUNT, 65535 };
	const struct line lines[] = {
		START, { SAY_INFO, wrong[_i], NULL, 0 },
		GRANT(ANA, ANA_UID), END };

	check_refused(ANA, lines, PAM_SYSTEM_ERR, "(S13)");
	ck_assert_uint_eq(app.seen_n, 1);
}
END_TEST

START_TEST(what_is_no_prompt_of_a_login_is_absurd)
{
	static const unsigned int wrong[] = { MSG_NONE, MSG_LOOK,
					      MSG_ASK_NEW_CODE, MSG_COUNT,
					      65535 };
	const struct line lines[] = {
		START, { SAY_ASK, wrong[_i], NULL, 1 },
		GRANT(ANA, ANA_UID), END };

	check_refused(ANA, lines, PAM_SYSTEM_ERR, "(S13)");
	ck_assert_uint_eq(app.answers_used, 0);
}
END_TEST

/* -- what the person answers --- */

#define DIGITS_64 "0123456789012345678901234567890123456789012345678901234567890123"

static void check_answer(const struct line *ask, const char *typed,
			 const char *sent)
{
	const struct line lines[] = {
		START, *ask,
		{ sent ? HEAR_ANSWER : HEAR_DECLINED, 0, sent, 0 },
		REFUSE(REASON_CANCELLED), END };

	server_start(lines);
	app_start(&app, ANA);
	app.answers[0] = typed;
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_AUTHINFO_UNAVAIL);
	finish();
}

START_TEST(only_six_digits_are_a_can)
{
	static const char *const declined[] = {
		NULL, "", "1", "12345", "1234567", "12345a", " 123456",
		"123456 ", "password", "correct horse", "-12345", "12 345",
		"\xd9\xa1\xd9\xa2\xd9\xa3", DIGITS_64, DIGITS_64 "0",
	};
	static const struct line ask = ASK_CAN;

	check_answer(&ask, declined[_i], NULL);
}
END_TEST

START_TEST(six_digits_are_a_can)
{
	static const struct line ask = ASK_CAN;

	check_answer(&ask, _i ? "000000" : "987654", _i ? "000000" : "987654");
}
END_TEST

static const struct { unsigned int msg; const char *typed; bool good; }
forms[] = {
	{ MSG_ASK_PASS, "abcde-fg234", true },
	{ MSG_ASK_PASS, "ABCDEFG234", true },
	{ MSG_ASK_PASS, "abcde-fg2", false },
	{ MSG_ASK_PASS, "abcde-fg2345a", false },
	{ MSG_ASK_PASS, "abcde-fg23!", false },
	{ MSG_ASK_PASS, "my password1", false },
	{ MSG_ASK_PASS, "", false },
	{ MSG_ASK_MRZ, "X12345678 850615 351231", true },
	{ MSG_ASK_MRZ, "x1 58<<<< 351231", true },
	{ MSG_ASK_MRZ, "X12345678 850615", false },
	{ MSG_ASK_MRZ, "X12345678 850615 351231 ", false },
	{ MSG_ASK_MRZ, "X12345678  850615 351231", false },
	{ MSG_ASK_MRZ, "X12345678 85061a 351231", false },
	{ MSG_ASK_MRZ, " 850615 351231", false },
	{ MSG_ASK_MRZ, "correct horse battery", false },
	{ MSG_ASK_MRZ, "123456", false },
	{ MSG_ASK_MRZ, "", false },
	{ MSG_ASK_PIN, "1234", true },
	{ MSG_ASK_PIN, "0123456789012345", true },
	{ MSG_ASK_PIN, "01234567890123456", false },
	{ MSG_ASK_PIN, "123", false },
	{ MSG_ASK_PIN, "12a4", false },
	{ MSG_ASK_PIN, "", false },
	{ MSG_ASK_PIN_AGAIN, "1234", true },
	{ MSG_ASK_PIN_AGAIN, "password", false },
};

START_TEST(mrz_and_pin_have_their_forms)
{
	const struct line ask = { SAY_ASK, forms[_i].msg, NULL, 1 };

	check_answer(&ask, forms[_i].typed,
		     forms[_i].good ? forms[_i].typed : NULL);
}
END_TEST

START_TEST(a_pin_is_never_shown)
{
	const struct line lines[] = {
		START, { SAY_ASK, _i ? MSG_ASK_PIN_AGAIN : MSG_ASK_PIN, NULL,
			 1 },
		{ HEAR_ANSWER, 0, "2468", 0 }, REFUSE(REASON_CANCELLED), END };

	server_start(lines);
	app_start(&app, ANA);
	app.answers[0] = "2468";
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(app.seen[0].style, PAM_PROMPT_ECHO_OFF);
	finish();
}
END_TEST

START_TEST(a_code_that_cannot_be_one_is_declined)
{
	static const char *const declined[] = { NULL, "", DIGITS_64 "0",
						"a\033b", "tab\rcr", "\n" };
	static const struct line ask = ASK_CODE;

	check_answer(&ask, declined[_i], NULL);
}
END_TEST

START_TEST(a_code_is_forwarded_as_typed)
{
	static const char *const codes[] = { "1", DIGITS_64,
					     "\xe2\xb5\xa3\xe2\xb4\xb0 %s" };
	static const struct line ask = ASK_CODE;

	check_answer(&ask, codes[_i], codes[_i]);
}
END_TEST

START_TEST(a_prompt_that_fails_declines)
{
	static const struct line lines[] = {
		START, ASK_CODE, { HEAR_DECLINED, 0, NULL, 0 },
		REFUSE(REASON_CANCELLED), END };

	server_start(lines);
	app_start(&app, ANA);
	app.fail_at = 0;
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_AUTHINFO_UNAVAIL);
	finish();
}
END_TEST

START_TEST(a_notice_that_cannot_be_shown_ends_the_login)
{
	static const struct line lines[] = {
		START, { SAY_INFO, MSG_NOTICE, "x", 0 },
		GRANT(ANA, ANA_UID), END };

	server_start(lines);
	app_start(&app, ANA);
	app.fail_at = 0;
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_AUTHINFO_UNAVAIL);
	finish();
}
END_TEST

static void absences(TCase *t)
{
	tcase_add_loop_test(t, a_closed_channel_is_no_grant, 0, 4);
	tcase_add_loop_test(t, no_socket_is_declined_quietly, 0, 2);
	tcase_add_test(t, a_socket_nobody_listens_on_is_declined_quietly);
	tcase_add_test(t, a_full_backlog_does_not_hold_us);
	tcase_add_test(t, a_socket_that_is_not_roots_is_not_trusted);
	tcase_add_loop_test(t, what_is_no_socket_is_not_trusted, 0, 2);
	tcase_add_test(t, a_peer_that_is_not_root_is_not_trusted);
	tcase_add_test(t, a_silent_service_ends_with_the_deadline);
	tcase_add_test(t,
		signals_of_the_host_neither_end_nor_lengthen_the_wait);
}

static void absurdities(TCase *t)
{
	tcase_add_loop_test(t, garbage_is_absurd, 0, GARBAGE);
	tcase_add_test(t, an_administrators_message_is_absurd);
	tcase_add_test(t, a_flood_of_lines_is_absurd);
	tcase_add_test(t, a_flood_of_prompts_is_absurd);
	tcase_add_loop_test(t, what_is_no_line_to_show_is_absurd, 0, 5);
	tcase_add_loop_test(t, what_is_no_prompt_of_a_login_is_absurd, 0, 5);
}

static void answers(TCase *t)
{
	tcase_add_loop_test(t, only_six_digits_are_a_can, 0, 15);
	tcase_add_loop_test(t, six_digits_are_a_can, 0, 2);
	tcase_add_loop_test(t, mrz_and_pin_have_their_forms, 0,
			    sizeof(forms) / sizeof(forms[0]));
	tcase_add_loop_test(t, a_pin_is_never_shown, 0, 2);
	tcase_add_loop_test(t, a_code_that_cannot_be_one_is_declined, 0, 6);
	tcase_add_loop_test(t, a_code_is_forwarded_as_typed, 0, 3);
	tcase_add_test(t, a_prompt_that_fails_declines);
	tcase_add_test(t, a_notice_that_cannot_be_shown_ends_the_login);
}

static Suite *suite(void)
{
	Suite *s = suite_create("pam service");

	absences(group(s, "absences"));
	absurdities(group(s, "absurdities"));
	answers(group(s, "answers"));
	return s;
}

CHECK_MAIN(suite)
