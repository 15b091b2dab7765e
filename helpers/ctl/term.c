// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/scope.h"
#include "base/secret.h"

struct terminal {
	int fd;			/* to read from */
	int tty;		/* /dev/tty, or -1 */
	int signals;		/* signalfd of those that end or stop us */
	sigset_t mask;		/* as it was */
	struct termios saved;
	bool changed;
};

/* SIGINT and its like wait until the terminal echoes again. */
static enum result hold_signals(struct terminal *t)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTSTP);
	if (sigprocmask(SIG_BLOCK, &set, &t->mask))
		return R_INTERNAL;
	t->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (t->signals < 0) {
		sigprocmask(SIG_SETMASK, &t->mask, NULL);
		return R_INTERNAL;
	}
	return R_OK;
}

static enum result begin(struct terminal *t, bool echo)
{
	struct termios quiet;

	if (!isatty(STDIN_FILENO))
		return R_OK;
	t->tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (t->tty < 0 || tcgetattr(t->tty, &t->saved))
		return R_INTERNAL;
	t->fd = t->tty;
	if (hold_signals(t) != R_OK)
		return R_INTERNAL;
	quiet = t->saved;
	if (!echo)
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	t->changed = true;
	/* TCSAFLUSH: what was typed before the question is no answer */
	return tcsetattr(t->tty, TCSAFLUSH, &quiet) ? R_INTERNAL : R_OK;
}

static void end(struct terminal *t)
{
	if (t->changed)
		tcsetattr(t->tty, TCSAFLUSH, &t->saved);
	if (t->signals >= 0) {
		close_fd(&t->signals);
		/* a signal that came meanwhile acts here */
		sigprocmask(SIG_SETMASK, &t->mask, NULL);
	}
	close_fd(&t->tty);
}

static void show(const struct terminal *t, const char *text)
{
	ssize_t n = t->tty >= 0 ? write(t->tty, text, strlen(text)) : 0;

	(void)n;	/* a prompt that can't be shown is no error */
}

/* Wait for input. R_BUSY: `watch` was first. R_ABSENT: a signal was. */
static enum result wait_input(const struct terminal *t, int watch)
{
	struct pollfd p[3] = {
		{ .fd = t->fd, .events = POLLIN },
		{ .fd = watch, .events = POLLIN },
		{ .fd = t->signals, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			return R_INTERNAL;
		}
		if (p[2].revents)
			return R_ABSENT;
		if (p[0].revents)
			return R_OK;
		if (p[1].revents)
			return R_BUSY;
	}
}

/* A byte at a time: what follows the line is the next answer's. */
static enum result read_line(const struct terminal *t, int watch, char *out,
			     size_t cap)
{
	size_t n = 0;
	bool bad = false;

	for (;;) {
		unsigned char c = 0;
		ssize_t got;
		enum result r = wait_input(t, watch);

		if (r != R_OK)
			return r;
		got = read(t->fd, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return R_INTERNAL;
		if (got == 0 && n == 0)
			return R_ABSENT;
		if (got == 0 || c == '\n')
			break;
		if (c == '\r')
			continue;
		if (c < 0x20 || c == 0x7f || n + 1 >= cap)
			bad = true;
		else
			out[n++] = (char)c;
		secret_wipe(&c, 1);
	}
	out[n] = '\0';
	return bad ? R_MALFORMED : n ? R_OK : R_ABSENT;
}

enum result term_ask(const char *prompt, bool echo, int watch, char *out,
		     size_t cap)
{
	struct terminal t = { .fd = STDIN_FILENO, .tty = -1, .signals = -1 };
	enum result r = begin(&t, echo);

	if (r == R_OK) {
		show(&t, prompt);
		r = read_line(&t, watch, out, cap);
		if (!echo || r == R_BUSY)
			show(&t, "\n");
	}
	end(&t);
	if (r != R_OK)
		secret_wipe(out, cap);
	return r;
}
