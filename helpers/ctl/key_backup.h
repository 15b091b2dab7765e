/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A backup of a sector key, as the options say or as the administrator is
 * asked. Those that answer an int say an enum ctl_exit, and have complained
 * unless it is CTL_DONE.
 */
#ifndef CNIE_CTL_KEY_BACKUP_H
#define CNIE_CTL_KEY_BACKUP_H

#include "base/wire.h"
#include "ctl/ctl.h"

enum wish {
	WISH_ASK,		/* no option says: on the terminal */
	WISH_BACKUP,
	WISH_NONE,		/* --no-backup */
};

#define BACKUP_PATH_MAX 512
struct backup_wish {
	enum wish what;
	uint8_t to[ELEMENT_SIZE];
	char file[BACKUP_PATH_MAX];
};

/* From --to with --backup, or --no-backup. CTL_USAGE also where the public
 * half can't be used. */
int backup_wish_read(const struct arguments *a, struct backup_wish *out);
/* Both given: CTL_USAGE where one can't be used. */
int backup_wish_set(struct backup_wish *w, const char *public,
		    const char *file);
/* Where no option says and nobody can be asked: complains. */
int backup_wish_needed(const struct backup_wish *w);

/*
 * Ask where it is to be asked, then make it. Running it again after it was
 * interrupted finishes it: a file that this machine wrote is known again until
 * backup_end(). Any other file of that name is kept, CTL_REFUSED.
 */
int backup_make(struct backup_wish *w, uint32_t epoch);
void backup_end(void);

#endif
