// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/prefix.h"
#include "base/scope.h"

#define NOT_THERE 127		/* as a shell says it */


static enum result place(const char *name, char path[PREFIX_PATH_MAX])
{
	char plain[64];

	snprintf(plain, sizeof(plain), "/usr/bin/%s", name);
	if (prefix_path(plain, path, PREFIX_PATH_MAX) != R_OK)
		return R_MALFORMED;
	return access(path, X_OK) ? R_ABSENT : R_OK;
}

/* in, out: -1 is /dev/null. Both are CLOEXEC; what the program gets is not. */
static enum result direct(posix_spawn_file_actions_t *with, int in, int out,
			  bool quiet)
{
	static const char null[] = "/dev/null";
	int bad = in >= 0 ?
		posix_spawn_file_actions_adddup2(with, in, 0) :
		posix_spawn_file_actions_addopen(with, 0, null, O_RDONLY, 0);

	if (!bad)
		bad = out >= 0 ?
			posix_spawn_file_actions_adddup2(with, out, 1) :
			posix_spawn_file_actions_addopen(with, 1, null,
							 O_WRONLY, 0);
	if (!bad && quiet)
		bad = posix_spawn_file_actions_addopen(with, 2, null, O_WRONLY,
						       0);
	return bad ? R_INTERNAL : R_OK;
}

static enum result start(const char *const *argv, int in, int out, bool quiet,
			 pid_t *pid)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char program[PREFIX_PATH_MAX], *env[] = { path, NULL };
	char *words[PROGRAM_WORDS + 1];
	posix_spawn_file_actions_t with;
	size_t n = 0;
	enum result r = place(argv[0], program);

	if (r != R_OK)
		return r;
	for (; argv[n] && n < PROGRAM_WORDS; n++)
		words[n] = (char *)argv[n];	/* posix_spawn's prototype */
	words[n] = NULL;
	if (posix_spawn_file_actions_init(&with))
		return R_INTERNAL;
	r = direct(&with, in, out, quiet);
	if (r == R_OK && posix_spawn(pid, program, &with, NULL, words, env))
		r = R_INTERNAL;
	posix_spawn_file_actions_destroy(&with);
	return r;
}

static enum result ended(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return R_INTERNAL;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
		return R_ABSENT;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? R_OK : R_DENIED;
}

enum result program_run(const char *const *argv, int out, bool quiet)
{
	pid_t pid = 0;
	enum result r;

	fflush(NULL);
	r = start(argv, -1, out, quiet, &pid);
	return r == R_OK ? ended(pid) : r;
}

enum result program_pipe(const char *const *from, const char *const *to)
{
	scoped(close_fd) int in = -1;
	scoped(close_fd) int out = -1;
	pid_t first = 0, second = 0;
	enum result r, s;
	int fds[2];

	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC))
		return R_INTERNAL;
	in = fds[0];
	out = fds[1];
	r = start(from, -1, out, true, &first);
	if (r != R_OK)
		return r;
	s = start(to, in, -1, true, &second);
	close_fd(&in);		/* else neither would hear of the other's end */
	close_fd(&out);
	if (s == R_OK)
		s = ended(second);
	r = ended(first);
	return r == R_OK ? s : r;
}
