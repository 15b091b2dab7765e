// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_pam.h"

#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/prefix.h"

#define PATIENCE_MS 10000	/* only a broken test waits so long */

static int listening = -1;
static pid_t child;
static struct msg_login_start expected;
static bool start_expected;

static void bind_socket(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = place(PATH_LOGIN_SOCK);

	ck_assert_uint_lt(strlen(path), sizeof(to.sun_path));
	memcpy(to.sun_path, path, strlen(path) + 1);
	unlink(path);
	listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(listening, 0);
	ck_assert_int_eq(bind(listening, (struct sockaddr *)&to, sizeof(to)),
			 0);
	ck_assert_int_eq(listen(listening, 4), 0);
}

void server_expect(const struct msg_login_start *start)
{
	expected = *start;
	start_expected = true;
}

static bool hear_start(int fd)
{
	struct msg_login_start m;

	if (chan_expect(fd, MSG_LOGIN_START, &m, mono_ms() + PATIENCE_MS) !=
	    R_OK)
		return false;
	return !start_expected ||
	       (strcmp(m.user, expected.user) == 0 &&
		strcmp(m.service, expected.service) == 0 &&
		strcmp(m.tty, expected.tty) == 0 &&
		strcmp(m.rhost, expected.rhost) == 0 &&
		m.flags == expected.flags);
}

static bool hear_answer(int fd, const struct line *l)
{
	struct msg_login_answer m;

	if (chan_expect(fd, MSG_LOGIN_ANSWER, &m, mono_ms() + PATIENCE_MS) !=
	    R_OK)
		return false;
	if (l->play == HEAR_DECLINED)
		return m.declined == 1 && m.text[0] == '\0';
	return m.declined == 0 && strcmp(m.text, l->text) == 0;
}

static bool say(int fd, enum wire_msg type, const void *m)
{
	int64_t deadline = mono_ms() + PATIENCE_MS;
	enum result r;

	/* a flood fills the queue; go on as the module reads */
	while ((r = chan_send(fd, type, m)) == R_BUSY && mono_ms() < deadline)
		usleep(500);
	return r == R_OK || r == R_ABSENT;
}

static bool say_info(int fd, const struct line *l)
{
	struct msg_login_info m = { .msg = (uint16_t)l->number };

	if (l->text)
		memcpy(m.arg, l->text, strlen(l->text) + 1);
	for (unsigned int i = 0; i <= l->extra; i++)
		if (!say(fd, MSG_LOGIN_INFO, &m))
			return false;
	return true;
}

static bool say_grant(int fd, const struct line *l)
{
	struct msg_login_grant m = { .uid = l->number };

	memcpy(m.name, l->text, strlen(l->text) + 1);
	return say(fd, MSG_LOGIN_GRANT, &m);
}

static bool play(int fd, const struct line *l)
{
	struct msg_login_ask ask = { (uint16_t)l->number, (uint8_t)l->extra };
	struct msg_login_refuse refuse = { (uint16_t)l->number, l->extra };
	struct msg_admin_done done = { .reason = REASON_NONE };

	switch (l->play) {
	case SAY_INFO:
		return say_info(fd, l);
	case SAY_ASK:
		return say(fd, MSG_LOGIN_ASK, &ask);
	case SAY_GRANT:
		return say_grant(fd, l);
	case SAY_REFUSE:
		return say(fd, MSG_LOGIN_REFUSE, &refuse);
	case SAY_ADMIN:
		return say(fd, MSG_ADMIN_DONE, &done);
	case SAY_RAW:
		return send(fd, l->text, l->number, 0) == (ssize_t)l->number;
	case HEAR_START:
		return hear_start(fd);
	case HEAR_ANSWER:
	case HEAR_DECLINED:
		return hear_answer(fd, l);
	case LEAVE_UNREAD:
		return chan_wait(fd, mono_ms() + PATIENCE_MS) == R_OK;
	case MEND:
		write_view(people, people_n);
		return true;
	case HANG:
		pause();
		return true;
	case SAY_END:
		return true;
	}
	return false;
}

static void perform(const struct line *lines)
{
	int fd = accept(listening, NULL, NULL);
	int at = 1;

	if (fd < 0)
		_exit(100);
	for (; lines->play != SAY_END; lines++, at++)
		if (!play(fd, lines))
			_exit(at);
	_exit(0);
}

void server_start(const struct line *lines)
{
	bind_socket();
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		perform(lines);
	}
	close(listening);
	listening = -1;
}

void server_idle(void)
{
	bind_socket();
}

bool server_was_contacted(void)
{
	struct pollfd p = { .fd = listening, .events = POLLIN };
	int n = poll(&p, 1, 0);

	ck_assert_int_ge(n, 0);
	close(listening);
	listening = -1;
	return n > 0;
}

void server_done(void)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		      "cnied's script failed at line %d",
		      WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}
