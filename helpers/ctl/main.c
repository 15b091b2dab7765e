// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl: the system administrator's tool. It asks cnied over
 * /run/cnie/admin.sock and writes the files of /etc/cnie; the roster and the
 * sector key are cnied's alone.
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/secret.h"
#include "ctl/ctl.h"

/* `cniectl account list | head`: who read has what they wanted. */
static bool reader_has_gone(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && p.revents & POLLERR;
}

/* A list that was cut by a full disk is no list; what was done is done. */
static int printed(int code)
{
	bool cut = ferror(stdout);

	if (fflush(stdout) == 0 && !cut)
		return code;
	if (!reader_has_gone())
		complain("not all that there was to say could be written: is "
			 "the disk full?");
	return code == CTL_DONE || code == CTL_WARNED ? CTL_SYSTEM : code;
}

static int run(int argc, char **argv)
{
	struct arguments a;
	char error[160];

	switch (options_parse(ctl_commands, argc, argv, &a, error,
			      sizeof(error))) {
	case PARSED_RUN:
		break;
	case PARSED_HELP:
		options_help(ctl_commands, a.command, stdout);
		return CTL_DONE;
	case PARSED_VERSION:
		puts("cniectl " CNIE_VERSION);
		return CTL_DONE;
	case PARSED_WRONG:
		complain("%s", error);
		options_help(ctl_commands, a.command, stderr);
		return CTL_USAGE;
	}
	if (a.command->root && geteuid() != 0) {
		complain("this needs root: run it with sudo");
		return CTL_NOT_ROOT;
	}
	/* codes and CANs pass through this process */
	if (secret_no_dumps() != R_OK) {
		complain("core dumps can't be switched off");
		return CTL_SYSTEM;
	}
	signal(SIGPIPE, SIG_IGN);
	return a.command->run(&a);
}

int main(int argc, char **argv)
{
	return printed(run(argc, argv));
}
