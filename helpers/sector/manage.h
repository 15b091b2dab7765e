/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A key's life: made, backed up, restored, destroyed. Each is one system call
 * or one of the token's that counts; cut off before it, nothing has happened,
 * and asked once more after it, it says so.
 */
#ifndef CNIE_SECTOR_MANAGE_H
#define CNIE_SECTOR_MANAGE_H

#include "sector/backup.h"
#include "sector/custody.h"

struct manage_work {		/* SECRET: in a secret page, wipe */
	struct custody custody;
	uint8_t text[BACKUP_IDENTITY_MAX + 1];
	struct backup_identity identity;
	struct sector_key key;
	struct key_file file;
};

/* SECTOR_KEYGEN, SECTOR_RESTORE, SECTOR_DESTROY. It enters the sandbox, before
 * it reads what is not ours. */
must_check enum reason manage_key(const struct msg_sector_config *config,
				  struct manage_work *w);

/* SECTOR_BACKUP, of c's key. */
must_check enum reason manage_backup(const struct msg_sector_config *config,
				     const struct custody *c,
				     uint8_t out[BACKUP_SIZE]);

#endif
