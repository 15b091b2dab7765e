// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/names_entry.h"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/scope.h"
#include "ctl/names.h"

#define ANSWER_FD 3

/* One write, smaller than PIPE_BUF: whole, or not there. */
struct answer {
	enum result result;
	struct names_entry entry;
};

static bool copy(char *out, size_t cap, const char *s)
{
	return (size_t)snprintf(out, cap, "%s", s ? s : "") < cap;
}

/* -- in a process of its own ----------------------------------------------------- */

static enum result look_up(const char *name, struct names_entry *out)
{
	const struct passwd *pw = getpwnam(name);

	if (!pw)
		return R_ABSENT;
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	if (!copy(out->home, sizeof(out->home), pw->pw_dir) ||
	    !copy(out->shell, sizeof(out->shell), pw->pw_shell))
		return R_MALFORMED;
	pw = getpwuid(out->uid);
	return copy(out->owner, sizeof(out->owner), pw ? pw->pw_name : "") ?
		       R_OK : R_MALFORMED;
}

static enum result look_up_owner(uint32_t uid, struct names_entry *out)
{
	const struct passwd *pw = getpwuid(uid);

	if (!pw)
		return R_ABSENT;
	return copy(out->owner, sizeof(out->owner), pw->pw_name) ?
		       R_OK : R_MALFORMED;
}

static void answer(const char *name, uint32_t uid, int fd)
{
	struct answer a = { .result = R_OK };

	/* a module may do as it likes; ours stay out of its reach */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd != ANSWER_FD && dup2(fd, ANSWER_FD) < 0)
		_exit(1);
	if (close_range(ANSWER_FD + 1, ~0U, 0))
		_exit(1);
	a.result = name ? look_up(name, &a.entry) :
			  look_up_owner(uid, &a.entry);
	_exit(write(ANSWER_FD, &a, sizeof(a)) != sizeof(a));
}

/* -- and here ---------------------------------------------------------------------- */

static enum result hear(int fd, struct names_entry *out)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct answer a;

	/* nothing, or a part of it: the process ended before it answered */
	if (poll(&p, 1, NAMES_WAIT_MS) != 1 ||
	    read(fd, &a, sizeof(a)) != sizeof(a))
		return R_TIMEOUT;
	if (a.result == R_OK)
		*out = a.entry;
	return a.result;
}

/* By its name, or by its uid where there is none. */
static enum result ask(const char *name, uint32_t uid,
		       struct names_entry *out)
{
	scoped(close_fd) int in = -1;
	scoped(close_fd) int to = -1;
	enum result r;
	int fds[2];
	pid_t pid;

	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC))
		return R_INTERNAL;
	in = fds[0];
	to = fds[1];
	pid = fork();
	if (pid < 0)
		return R_INTERNAL;
	if (pid == 0)
		answer(name, uid, to);
	close_fd(&to);		/* else its end would not be heard */
	r = hear(in, out);
	kill(pid, SIGKILL);
	/* one that can't even be killed is left to itself */
	(void)waitpid(pid, NULL, WNOHANG);
	return r;
}

enum result names_entry_get(const char *name, struct names_entry *out)
{
	return ask(name, NAMES_NO_ID, out);
}

enum result names_owner_get(uint32_t uid, char out[257])
{
	struct names_entry e;
	enum result r = ask(NULL, uid, &e);

	if (r == R_OK)
		memcpy(out, e.owner, sizeof(e.owner));
	return r;
}
