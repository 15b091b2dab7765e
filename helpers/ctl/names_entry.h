/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An account as this machine's name service knows it, every source in its
 * order. MUST: asked in a process of its own, which a deadline ends: a source
 * may block for ever, or take the process with it.
 */
#ifndef CNIE_CTL_NAMES_ENTRY_H
#define CNIE_CTL_NAMES_ENTRY_H

#include <stdint.h>

#include "base/result.h"

struct names_entry {
	uint32_t uid, gid;
	char home[257], shell[129];	/* as msg_admin_request carries them */
	char owner[257];		/* the name that this uid has; "": none */
};

/* R_ABSENT: nobody has this name. R_MALFORMED: home or shell is too long.
 * R_TIMEOUT: a source does not answer. R_INTERNAL: no process can be made. */
must_check enum result names_entry_get(const char *name,
				       struct names_entry *out);
/* Only the name that a uid has. R_ABSENT: none. */
must_check enum result names_owner_get(uint32_t uid, char out[257]);

#endif
