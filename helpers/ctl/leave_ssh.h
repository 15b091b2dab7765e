/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ssh keys of who leaves, where sshd's configuration says they are. */
#ifndef CNIE_CTL_LEAVE_SSH_H
#define CNIE_CTL_LEAVE_SSH_H

#include "ctl/leave.h"

/* A line for each file of keys that is there, and for each other source of
 * keys that the configuration names; how many there were. */
unsigned int leave_ssh(const struct leaver *who,
		       const struct leave_paths *paths, FILE *to);

#endif
