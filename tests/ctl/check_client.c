// SPDX-License-Identifier: GPL-3.0-or-later
/* The conversation, with a scripted service on admin.sock in a test root. */
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/prefix.h"
#include "check_main.h"
#include "ctl/client.h"

static char root[] = "/tmp/cnie-client-XXXXXX";
static pid_t service;

static void make_root(void)
{
	char path[128];

	signal(SIGPIPE, SIG_IGN);
	strcpy(root, "/tmp/cnie-client-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(setenv("CNIE_ROOT", root, 1), 0);
	snprintf(path, sizeof(path), "%s/run", root);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/run/cnie", root);
	mkdir(path, 0755);
	service = 0;
}

static void remove_root(void)
{
	char cmd[128];

	if (service > 0) {
		kill(service, SIGKILL);
		waitpid(service, NULL, 0);
	}
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", root);
	ck_assert_int_eq(system(cmd), 0);
}

static int listener(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(prefix_path(PATH_ADMIN_SOCK, a.sun_path,
				     sizeof(a.sun_path)), R_OK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	return fd;
}

typedef void script(int fd, const struct msg_admin_request *m);

/* A child that serves one request by the script; exit status 0 where all went
 * as it wanted. As uid `uid` where that is not 0. */
static void serve(script *s, uid_t uid)
{
	int l;

	/* SO_PEERCRED of the connecting side is taken at listen() */
	if (uid)
		ck_assert_int_eq(seteuid(uid), 0);
	l = listener();
	if (uid)
		ck_assert_int_eq(seteuid(0), 0);
	service = fork();
	ck_assert_int_ge(service, 0);
	if (service == 0) {
		struct msg_admin_request m;
		int fd = accept(l, NULL, NULL);

		if (chan_expect(fd, MSG_ADMIN_REQUEST, &m,
				mono_ms() + 5000) != R_OK)
			_exit(2);
		s(fd, &m);
		_exit(0);
	}
	close(l);
}

static void must(bool good)
{
	if (!good)
		_exit(1);
}

static void say(int fd, enum wire_msg type, const void *m)
{
	must(chan_send(fd, type, m) == R_OK);
}

static void end(int fd, enum reason why, const char *text)
{
	struct msg_admin_done m = { .reason = (uint16_t)why };

	snprintf(m.text, sizeof(m.text), "%s", text);
	say(fd, MSG_ADMIN_DONE, &m);
}

static void service_was_content(void)
{
	int status;

	ck_assert_int_eq(waitpid(service, &status, 0), service);
	service = 0;
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		      "the service's script ended with %d", status);
}

/* What was heard, as one string. */
static char heard[1024];

static void hear(const char *format, ...)
{
	size_t n = strlen(heard);
	va_list ap;

	va_start(ap, format);
	vsnprintf(heard + n, sizeof(heard) - n, format, ap);
	va_end(ap);
}

static enum result on_row(void *ctx, const char *text)
{
	(void)ctx;
	hear("row %s;", text);
	return R_OK;
}

static enum result on_info(void *ctx, const struct msg_login_info *m)
{
	(void)ctx;
	hear("info %d %s;", m->msg, m->arg);
	return R_OK;
}

static enum result on_ask(void *ctx, int watch, const struct msg_login_ask *m,
			  struct msg_login_answer *out)
{
	(void)ctx;
	(void)watch;
	hear("ask %d;", m->msg);
	strcpy(out->text, "493817");
	return R_OK;
}

/* A person who does not answer until something comes from the service. */
static enum result on_ask_slow(void *ctx, int watch,
			       const struct msg_login_ask *m,
			       struct msg_login_answer *out)
{
	struct pollfd p = { .fd = watch, .events = POLLIN };

	hear("ask %d;", m->msg);
	if (strstr(heard, "info"))
		return on_ask(ctx, watch, m, out);
	ck_assert_int_eq(poll(&p, 1, 5000), 1);
	return R_BUSY;
}

static const struct client all = {
	.row = on_row, .info = on_info, .ask = on_ask,
};

static enum result run(enum admin_verb verb, const struct client *client,
		       struct msg_admin_done *done)
{
	struct msg_admin_request m = { .verb = (uint8_t)verb };

	strcpy(m.account, "u7k2");
	heard[0] = '\0';
	return client_run(&m, client, done);
}

static void script_rows(int fd, const struct msg_admin_request *m)
{
	struct msg_admin_row row = { "one\ttwo" };

	must(m->verb == ADMIN_ACCOUNT_LIST && !strcmp(m->account, "u7k2"));
	say(fd, MSG_ADMIN_ROW, &row);
	strcpy(row.text, "three");
	say(fd, MSG_ADMIN_ROW, &row);
	end(fd, REASON_NONE, "");
}

START_TEST(rows_then_done)
{
	struct msg_admin_done done = { .reason = 1 };

	serve(script_rows, 0);
	ck_assert_int_eq(run(ADMIN_ACCOUNT_LIST, &all, &done), R_OK);
	ck_assert_int_eq(done.reason, REASON_NONE);
	ck_assert_str_eq(heard, "row one\ttwo;row three;");
	service_was_content();
}
END_TEST

static void expect_answer(int fd, const char *text)
{
	struct msg_login_answer a;

	must(chan_expect(fd, MSG_LOGIN_ANSWER, &a, mono_ms() + 5000) == R_OK);
	must(!a.declined && !strcmp(a.text, text));
}

static void script_code(int fd, const struct msg_admin_request *m)
{
	struct msg_login_ask ask = { .msg = MSG_ASK_NEW_CODE };
	struct msg_login_info info = { .msg = MSG_READING };

	must(m->verb == ADMIN_ACCOUNT_CODE);
	say(fd, MSG_LOGIN_INFO, &info);
	say(fd, MSG_LOGIN_ASK, &ask);
	expect_answer(fd, "493817");
	ask.msg = MSG_ASK_NEW_CODE_AGAIN;
	say(fd, MSG_LOGIN_ASK, &ask);
	expect_answer(fd, "493817");
	end(fd, REASON_WEAK_CODE, "choose another");
}

START_TEST(questions_are_answered_in_turn)
{
	struct msg_admin_done done = { 0 };
	char want[64];

	serve(script_code, 0);
	ck_assert_int_eq(run(ADMIN_ACCOUNT_CODE, &all, &done), R_OK);
	ck_assert_int_eq(done.reason, REASON_WEAK_CODE);
	ck_assert_str_eq(done.text, "choose another");
	snprintf(want, sizeof(want), "info %d ;ask %d;ask %d;", MSG_READING,
		 MSG_ASK_NEW_CODE, MSG_ASK_NEW_CODE_AGAIN);
	ck_assert_str_eq(heard, want);
	service_was_content();
}
END_TEST

static void script_interrupts(int fd, const struct msg_admin_request *m)
{
	struct msg_login_ask ask = { .msg = MSG_ASK_CAN };
	struct msg_login_info info = { .msg = MSG_REINSERT_CARD };

	(void)m;
	say(fd, MSG_LOGIN_ASK, &ask);
	say(fd, MSG_LOGIN_INFO, &info);
	expect_answer(fd, "493817");
	end(fd, REASON_NONE, "u7k2");
}

START_TEST(interrupted_question_is_put_again)
{
	struct client slow = all;
	struct msg_admin_done done = { 0 };

	slow.ask = on_ask_slow;
	serve(script_interrupts, 0);
	ck_assert_int_eq(run(ADMIN_ENROL, &slow, &done), R_OK);
	ck_assert_str_eq(done.text, "u7k2");
	service_was_content();
}
END_TEST

static void script_ends_while_asking(int fd, const struct msg_admin_request *m)
{
	struct msg_login_ask ask = { .msg = MSG_ASK_CAN };

	(void)m;
	say(fd, MSG_LOGIN_ASK, &ask);
	end(fd, REASON_CARD_REMOVED, "");
	close(fd);
}

START_TEST(last_word_during_a_question_is_heard)
{
	struct client slow = all;
	struct msg_admin_done done = { 0 };

	slow.ask = on_ask_slow;
	serve(script_ends_while_asking, 0);
	ck_assert_int_eq(run(ADMIN_ENROL, &slow, &done), R_OK);
	ck_assert_int_eq(done.reason, REASON_CARD_REMOVED);
	service_was_content();
	/* and also where the answer comes too late to be sent */
	remove_root();
	make_root();
	serve(script_ends_while_asking, 0);
	ck_assert_int_eq(run(ADMIN_ENROL, &all, &done), R_OK);
	ck_assert_int_eq(done.reason, REASON_CARD_REMOVED);
}
END_TEST

static void script_goes_away(int fd, const struct msg_admin_request *m)
{
	(void)m;
	close(fd);
}

static void script_garbage(int fd, const struct msg_admin_request *m)
{
	(void)m;
	must(write(fd, "\x01\xffgarbage", 9) == 9);
}

static void script_other_version(int fd, const struct msg_admin_request *m)
{
	(void)m;
	must(write(fd, "\x02\x16\x00\x00\x00\x00", 6) == 6);
}

static void script_facts(int fd, const struct msg_admin_request *m)
{
	struct msg_inspect_facts facts = { 0 };

	(void)m;
	say(fd, MSG_INSPECT_FACTS, &facts);
}

static void script_asks_twice(int fd, const struct msg_admin_request *m)
{
	struct msg_login_ask ask = { .msg = MSG_ASK_CAN };

	(void)m;
	say(fd, MSG_LOGIN_ASK, &ask);
	say(fd, MSG_LOGIN_ASK, &ask);
}

static void script_refuses(int fd, const struct msg_admin_request *m)
{
	struct msg_login_refuse refuse = { REASON_TOO_MANY_CLIENTS, 0 };

	(void)m;
	say(fd, MSG_LOGIN_REFUSE, &refuse);
}

START_TEST(what_is_not_permitted_ends_it)
{
	static const struct { script *s; enum result want; } bad[] = {
		{ script_goes_away, R_ABSENT },
		{ script_garbage, R_MALFORMED },
		{ script_other_version, R_MALFORMED },
		{ script_facts, R_MALFORMED },	/* no handler for facts */
	};
	struct msg_admin_done done = { 0 };

	serve(bad[_i].s, 0);
	ck_assert_int_eq(run(ADMIN_ACCOUNT_LIST, &all, &done), bad[_i].want);
}
END_TEST

START_TEST(second_question_before_an_answer_is_refused)
{
	struct client slow = all;
	struct msg_admin_done done = { 0 };

	slow.ask = on_ask_slow;
	serve(script_asks_twice, 0);
	ck_assert_int_eq(run(ADMIN_ENROL, &slow, &done), R_MALFORMED);
}
END_TEST

START_TEST(refusal_of_the_connection_is_a_reason)
{
	struct msg_admin_done done = { 0 };

	serve(script_refuses, 0);
	ck_assert_int_eq(run(ADMIN_ENROL, &all, &done), R_OK);
	ck_assert_int_eq(done.reason, REASON_TOO_MANY_CLIENTS);
}
END_TEST

START_TEST(nobody_there)
{
	struct msg_admin_done done = { 0 };

	ck_assert_int_eq(run(ADMIN_ACCOUNT_LIST, &all, &done), R_ABSENT);
	close(listener());	/* the socket stays, its process has gone */
	ck_assert_int_eq(run(ADMIN_ACCOUNT_LIST, &all, &done), R_ABSENT);
}
END_TEST

START_TEST(service_that_is_not_root_is_not_trusted)
{
	struct msg_admin_done done = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/run/cnie", root);
	ck_assert_int_eq(chmod(path, 0777), 0);
	chmod(root, 0755);
	serve(script_rows, 65534);
	ck_assert_int_eq(run(ADMIN_ACCOUNT_LIST, &all, &done), R_DENIED);
	ck_assert_str_eq(heard, "");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl client");
	TCase *t = tcase_create("client");

	tcase_add_checked_fixture(t, make_root, remove_root);
	tcase_add_test(t, rows_then_done);
	tcase_add_test(t, questions_are_answered_in_turn);
	tcase_add_test(t, interrupted_question_is_put_again);
	tcase_add_test(t, last_word_during_a_question_is_heard);
	tcase_add_loop_test(t, what_is_not_permitted_ends_it, 0, 4);
	tcase_add_test(t, second_question_before_an_answer_is_refused);
	tcase_add_test(t, refusal_of_the_connection_is_a_reason);
	tcase_add_test(t, nobody_there);
	tcase_add_test(t, service_that_is_not_root_is_not_trusted);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
