/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life of a one-shot helper, the same for all four.
 *
 *	struct helper h;
 *	if (helper_begin(HELPER_INSPECT, &h) != R_OK)
 *		helper_exit(1);
 *	... chan_expect(FD_CONTROL, MSG_..._CONFIG, ...), load ...
 *	if (sandbox_enter(ROLE_INSPECT) != R_OK)
 *		helper_fail(REASON_INTERNAL, 0, 0);
 *	helper_ready(&h);
 *	... serve once ...
 *	helper_exit(0);
 *
 * MUST: nothing foreign is read before sandbox_enter. MUST: no stdio.
 */
#ifndef CNIE_BASE_HELPER_H
#define CNIE_BASE_HELPER_H

#include "base/wire.h"

enum helper_kind { HELPER_CARD, HELPER_INSPECT, HELPER_FACE, HELPER_SECTOR,
		   HELPER_COUNT };

/* The program's name, "cnie-card". */
const char *helper_name(enum helper_kind kind);

struct helper {
	uint64_t now;		/* cnied's clock, seconds since 1970 */
	int64_t started_us;
};

/*
 * Still as root: stdio to /dev/null, close every descriptor not of this
 * kind, take MSG_HELPER_START from FD_CONTROL. Then give up root: groups, gid,
 * uid, capabilities (cnie-face keeps CAP_IPC_LOCK alone), no_new_privs;
 * then dumpable 0, core size 0, PDEATHSIG KILL, SIGPIPE ignored. uid and gid
 * must not be 0. A second helper_begin or a start without cnied is refused.
 */
must_check enum result helper_begin(enum helper_kind kind, struct helper *out);

/* MSG_HELPER_READY; exits where cnied has gone. */
void helper_ready(const struct helper *h);

/* MSG_HELPER_FAIL and exit status 1, without atexit handlers. */
_Noreturn void helper_fail(enum reason reason, uint16_t sw, uint8_t stage);
_Noreturn void helper_exit(int status);

#endif
