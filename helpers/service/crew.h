/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The helpers of one transaction: started, spoken to, ended, reaped. A helper
 * that is told to go has GRACE_MS (cnie-card unpowers the card then), after
 * which it is killed; nothing of a transaction outlives it longer.
 */
#ifndef CNIE_SERVICE_CREW_H
#define CNIE_SERVICE_CREW_H

#include <sys/types.h>

#include "base/config.h"
#include "base/helper.h"

struct member {
	pid_t pid;		/* 0: not started, or already told to go */
	int fd;			/* its control channel, -1 none */
	bool ready;		/* MSG_HELPER_READY has come */
};

struct crew {
	struct member m[HELPER_COUNT];
	int apdu, portrait, number;	/* far ends kept for a later start */
	bool nothing_leaves;	/* cnie-inspect gets no way to hand over number
				 * or portrait: an inspection alone */
};

/* Processes told to go, until they are reaped. */
#define MORGUE_MAX 64
struct morgue {
	struct { pid_t pid; enum helper_kind kind; int64_t kill_at; }
		gone[MORGUE_MAX];
	size_t n;
};

void crew_init(struct crew *c);

/* What cnie-sector finds at FD_KEY and on; -1: nothing there. */
#define SECTOR_FDS (FD_LAST - FD_KEY + 1)
struct sector_fds { int fd[SECTOR_FDS]; };

/* Start one helper with what it inherits; `more` only for cnie-sector (else
 * NULL; they stay the caller's). MSG_HELPER_START is sent. */
must_check enum result crew_start(struct crew *c, enum helper_kind kind,
				  const struct config *config,
				  const struct sector_fds *more);

/* Its control channel, for poll and chan_send; -1 where it does not run. */
int crew_fd(const struct crew *c, enum helper_kind kind);
must_check enum result crew_send(const struct crew *c, enum helper_kind kind,
				 enum wire_msg type, const void *msg);

/* Tell it to go: cnie-card by MSG_CARD_END, all by closing the channel. */
void crew_end(struct crew *c, enum helper_kind kind, struct morgue *morgue);
void crew_end_all(struct crew *c, struct morgue *morgue);

/* Reap what has ended, kill what is overdue. true: somebody is still there,
 * ask again soon. */
bool morgue_tend(struct morgue *m);

#endif
