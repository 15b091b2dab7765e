// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_process.h"

#include <check.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "support_pki.h"

/* tests/mutation: a mutant is one there too */
static void pass_on(const char *name, char *buf, size_t cap, char **envp)
{
	const char *value = getenv(name);

	if (!value)
		return;
	snprintf(buf, cap, "%s=%s", name, value);
	while (*envp)
		envp++;
	*envp = buf;
}

_Noreturn static void become_helper(const int fd[PROCESS_FDS])
{
	char *argv[] = { (char *)"cnie-inspect", NULL };
	char *envp[3] = { NULL }, mutant[128], mutation[64];
	char self[PATH_MAX] = "", path[PATH_MAX];

	pass_on("CNIE_MUTANT", mutant, sizeof(mutant), envp);
	pass_on("CNIE_MUTATION", mutation, sizeof(mutation), envp);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 ||
	    snprintf(path, sizeof(path), "%s/cnie-inspect", dirname(self)) >=
		    (int)sizeof(path))
		_exit(99);
	for (int i = 0; i < PROCESS_FDS; i++)
		if (fd[i] >= 0 && dup2(fd[i], FD_CONTROL + i) < 0)
			_exit(99);
	execve(path, argv, envp);
	_exit(98);
}

pid_t process_start(const int fd[PROCESS_FDS])
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		become_helper(fd);
	return pid;
}

int process_end(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void process_configure(int control, const struct msg_inspect_config *c)
{
	struct msg_helper_start s = { .uid = 65533, .gid = 65533,
				      .now = PKI_NOW };

	ck_assert_int_eq(chan_send(control, MSG_HELPER_START, &s), R_OK);
	ck_assert_int_eq(chan_send(control, MSG_INSPECT_CONFIG, c), R_OK);
}
