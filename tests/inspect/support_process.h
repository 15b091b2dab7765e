/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cnie-inspect as cnied starts it, the one beside this program: its real
 * privileges dropped, its real filter on.
 */
#ifndef CNIE_TESTS_SUPPORT_PROCESS_H
#define CNIE_TESTS_SUPPORT_PROCESS_H

#include <sys/types.h>

#include "base/wire.h"

#define PROCESS_WAIT_MS 20000

/* fd[i] becomes descriptor FD_CONTROL + i, -1: there is none. */
#define PROCESS_FDS 4
pid_t process_start(const int fd[PROCESS_FDS]);

/* Its exit status; -1 where it was killed. */
int process_end(pid_t pid);

/* What starts it: MSG_HELPER_START at PKI_NOW, and this configuration. */
void process_configure(int control, const struct msg_inspect_config *c);

#endif
