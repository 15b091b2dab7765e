/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Copies of certificates and profiles where cnied and cnie-inspect can read
 * them: both see neither /root and /home nor our /tmp. Only bytes are
 * copied; they are parsed by cnie-inspect, in its sandbox.
 */
#ifndef CNIE_CTL_STAGE_H
#define CNIE_CTL_STAGE_H

#include <stddef.h>

#include "base/bytes.h"

#define STAGE_PATH_MAX 257		/* as msg_admin_request carries */
#define STAGE_FILE_MAX (4 << 20)	/* as cnie-inspect reads (csca.h) */

/* Has this name an ending that a certificate store's files have? */
int stage_is_store_file(const char *name);

/* Copy the store's files of `from` into the new directory `to`, mode 0755.
 * R_ABSENT: no such directory. *copied, *passed: files taken, left. */
must_check enum result stage_store(const char *from, const char *to,
				   size_t *copied, size_t *passed);

/* Copy one file, of `max` bytes at most (R_MALFORMED), as root's, mode 0644. */
must_check enum result stage_file(const char *from, const char *to,
				  size_t max);

/* A file that only root reads; stage_remove() and whoever sweeps after a killed
 * process overwrite the one of this name. */
#define STAGE_SECRET "identity"
must_check enum result stage_secret(const char *to, struct span bytes);

/* Move what was staged into `into`, replacing files of the same name;
 * *fresh counts those that were not there. The stage is removed. */
must_check enum result stage_move(const char *stage, const char *into,
				  size_t *fresh);

/* Remove a directory of plain files. */
void stage_remove(const char *dir);

/* A directory below /run/cnie for this process, and what processes that are
 * gone left there is removed. */
must_check enum result stage_new(char *out, size_t cap);

#endif
