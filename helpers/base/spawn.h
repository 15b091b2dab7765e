/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Start one helper: posix_spawn, empty environment (twins: CNIE_ROOT),
 * the given descriptors at their fixed numbers, everything else CLOEXEC.
 */
#ifndef CNIE_BASE_SPAWN_H
#define CNIE_BASE_SPAWN_H

#include <sys/types.h>

#include "base/helper.h"

struct spawn_fd {
	int from;	/* ours, >= 10 (chan_pair gives such) */
	int to;		/* enum helper_fd */
};

/* Packaged: HELPER_DIR (/usr/libexec/cnie). Twins: where this program is. */
must_check enum result spawn_helper(enum helper_kind kind,
				    const struct spawn_fd *fds, size_t n,
				    pid_t *pid);

#endif
