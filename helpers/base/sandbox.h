/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lock this process down: one seccomp filter per role, from a table in
 * sandbox.c that is the policy. Anything else kills the process. The filter
 * is set on all threads (TSYNC).
 */
#ifndef CNIE_BASE_SANDBOX_H
#define CNIE_BASE_SANDBOX_H

#include "base/result.h"

enum sandbox_role { ROLE_CARD, ROLE_INSPECT, ROLE_FACE, ROLE_SECTOR };

must_check enum result sandbox_enter(enum sandbox_role role);

#endif
