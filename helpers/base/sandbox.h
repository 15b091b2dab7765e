/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lock this process down: one seccomp filter per role, from a table in
 * sandbox.c that is the policy. Anything else kills the process. The filter
 * is set on all threads (TSYNC).
 */
#ifndef CNIE_BASE_SANDBOX_H
#define CNIE_BASE_SANDBOX_H

#include "base/result.h"

enum sandbox_role {
	ROLE_CARD, ROLE_INSPECT, ROLE_FACE,
	ROLE_SECTOR,		/* makes tags; the key is in memory, or a
				 * service's */
	ROLE_SECTOR_KEY,	/* writes the key file */
	ROLE_SECTOR_TOKEN,	/* a PKCS#11 library uses a key */
	ROLE_SECTOR_TOKEN_KEY,	/* it makes or destroys one */
	ROLE_COUNT
};

must_check enum result sandbox_enter(enum sandbox_role role);

#endif
