// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * In cnie-card and cnie-inspect: the place where they would enter the sandbox
 * is where runs begin (-Wl,--wrap=sandbox_enter,--wrap=_exit).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "base/wire.h"
#include "hostile.h"
#include "random.h"

#define HIGH 20			/* above every number that means something */

enum result __real_sandbox_enter(enum sandbox_role role);
enum result __wrap_sandbox_enter(enum sandbox_role role);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

/* what only one of the two has */
#pragma weak winscard_again
#pragma weak random_fix
/* of the sanitizer and the profile, where there are such */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
int __llvm_profile_write_file(void) __attribute__((weak));

static bool look_for_leaks, measure;

/* What was there before a run began is no run's leak. */
__attribute__((constructor)) static void not_counted(void)
{
	if (__lsan_disable)
		__lsan_disable();
	if (random_fix)		/* the ephemeral keys, made before the fork */
		random_fix(1);
}

static bool take_order(struct run_order *o, int fds[ORDER_FDS], size_t *n)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(ORDER_FDS * sizeof(int))];
	} control;
	struct iovec iov = { o, sizeof(*o) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t got;

	do {
		got = recvmsg(FD_CONTROL, &m, 0);
	} while (got < 0 && errno == EINTR);
	c = got == (ssize_t)sizeof(*o) ? CMSG_FIRSTHDR(&m) : NULL;
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return false;
	*n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(c), *n * sizeof(int));
	return *n >= 2;
}

/* In the child: the descriptors at their numbers, as cnied would have put
 * them. */
static void take_places(int fds[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high = fcntl(fds[i], F_DUPFD, HIGH);

		close(fds[i]);
		fds[i] = high;
	}
	dup2(fds[0], STDERR_FILENO);
	for (size_t i = 1; i < n; i++)
		dup2(fds[i], FD_CONTROL + (int)i - 1);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

static enum result begin(enum sandbox_role role, const struct run_order *o,
			 int fds[], size_t n)
{
	take_places(fds, n);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (random_fix)
		random_fix(~o->seed);
	if (winscard_again)
		winscard_again();
	if (__lsan_enable)
		__lsan_enable();
	if (!(o->flags & RUN_OPEN))
		return __real_sandbox_enter(role);
	look_for_leaks = o->flags & RUN_LEAKS;
	measure = o->flags & RUN_MEASURE;
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);	/* the leaks' finder asks */
	return R_OK;
}

static void tell(pid_t pid, int status, bool ended)
{
	const struct server_word w = { SERVER_MAGIC, pid, status, ended };

	if (write(FD_CONTROL, &w, sizeof(w)) != (ssize_t)sizeof(w))
		__real__exit(0);	/* the driver has gone */
}

enum result __wrap_sandbox_enter(enum sandbox_role role)
{
	struct run_order o;
	int fds[ORDER_FDS], status;
	size_t n;
	pid_t pid;

	tell(0, 0, false);
	while (take_order(&o, fds, &n)) {
		pid = fork();
		if (pid == 0)
			return begin(role, &o, fds, n);
		for (size_t i = 0; i < n; i++)
			close(fds[i]);
		tell(pid, 0, false);
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR)
				__real__exit(2);
		tell(pid, status, true);
	}
	__real__exit(0);
}

/* Every end of a helper comes through here (helper_exit). */
_Noreturn void __wrap__exit(int status)
{
	if (look_for_leaks && __lsan_do_recoverable_leak_check &&
	    __lsan_do_recoverable_leak_check())
		status = EXIT_LEAK;
	if (measure && __llvm_profile_write_file)
		(void)!__llvm_profile_write_file();
	__real__exit(status);
}
