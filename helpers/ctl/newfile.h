/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file that is whole or not there: written under another name beside it,
 * fsynced, then given its name, and the folder fsynced. Paths may be relative,
 * and on a memory stick's file system.
 */
#ifndef CNIE_CTL_NEWFILE_H
#define CNIE_CTL_NEWFILE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/bytes.h"

struct newfile {
	int fd;
	char path[PATH_MAX];	/* what it will be called */
	char tmp[PATH_MAX];	/* what it is called: "" nothing is there */
};

/* Empty, and new; what a killed program left under that name is removed.
 * errno says why where it is R_INTERNAL. newfile_drop() afterwards. */
must_check enum result newfile_open(const char *path, mode_t mode,
				    struct newfile *out);
must_check enum result newfile_put(struct newfile *f, struct span bytes);
/* R_BUSY: the name is taken and `replace` is false. */
must_check enum result newfile_commit(struct newfile *f, bool replace);
/* Close; where it was not committed it goes. */
void newfile_drop(struct newfile *f);

/* All of it at once. */
must_check enum result newfile_write(const char *path, struct span bytes,
				     mode_t mode, bool replace);

/* Remove a file, durably. R_ABSENT: there is none. */
must_check enum result newfile_remove(const char *path);
/* Remove a file whose bytes are secret: zeros over them first. */
must_check enum result newfile_destroy(const char *path);

#endif
