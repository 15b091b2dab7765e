/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes on without a card when an account is revoked: what of it exists
 * on this machine now, and how it is ended.
 */
#ifndef CNIE_CTL_LEAVE_H
#define CNIE_CTL_LEAVE_H

#include <stdint.h>
#include <stdio.h>

struct leave_paths {		/* the system's places; tests have their own */
	const char *proc;
	const char *logind_users;	/* a file named by the uid: sessions */
	const char *linger;		/* a file named by the account */
	const char *crontabs[2];	/* the same */
	const char *at_jobs[2];		/* files of the account's */
	const char *sshd_configs[2];	/* glob(7) */
};

extern const struct leave_paths leave_system_paths;

struct leaver {
	const char *name;
	uint32_t uid;
	const char *home;
};

/* A line for each thing that is there; how many there were. */
unsigned int leave_print(const struct leaver *who,
			 const struct leave_paths *paths, FILE *to);

#endif
