/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose accounts are ours: those that stand in the view, and never one that
 * is root. The view is all the module knows; neither socket nor configuration
 * is needed to say "not mine".
 */
#ifndef CNIE_PAM_ACCOUNT_H
#define CNIE_PAM_ACCOUNT_H

#include "base/result.h"
#include <stdbool.h>
#include <stdint.h>

enum standing {
	ACCOUNT_NOT_OURS = 1,
	ACCOUNT_ACTIVE,
	ACCOUNT_REVOKED,
	ACCOUNT_EXPIRED,
};

struct account {
	enum standing standing;
	uint32_t uid;		/* by the view; 0 where not ours */
};

/* R_ABSENT: there is no view. R_INTERNAL: it is damaged, or not root's. */
must_check enum result account_find(const char *name, struct account *out);

/* The name is root's, or this process's name service gives it uid 0. */
bool account_is_root(const char *name);

/*
 * R_OK only where the view and this process's name service both give `name`
 * exactly `uid`, which is not 0, and the name service gives `uid` this name.
 * R_DENIED: another one, or none. As
 * account_find where the view is missing or damaged.
 */
must_check enum result account_is(const char *name, uint32_t uid);

#endif
