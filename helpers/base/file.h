/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small files of ours: read whole with a cap, written whole or not at all.
 * Paths are as this build sees them (prefix_path has been applied).
 */
#ifndef CNIE_BASE_FILE_H
#define CNIE_BASE_FILE_H

#include <sys/types.h>

#include "base/bytes.h"

enum file_check {
	FILE_ANY = 0,
	FILE_ROOT_OWNED = 1,	/* uid 0, not writable by group or others */
	FILE_PRIVATE = 2,	/* and not readable by them */
};

/* Open a regular file, O_NOFOLLOW, checks on the open descriptor. R_ABSENT:
 * there is none; R_DENIED: it fails the check. */
must_check enum result file_open(const char *path, unsigned int check,
				 int *fd);

/* The whole file into buf, out->n bytes. R_MALFORMED: larger than cap. */
must_check enum result file_read(const char *path, unsigned int check,
				 struct sink *out);

/* Write to a temporary file beside `path`, fsync, rename, fsync the folder. */
must_check enum result file_replace(const char *path, struct span bytes,
				    mode_t mode);

/* mkdir where it is missing; its mode is set. The parent must exist. */
must_check enum result file_mkdir(const char *path, mode_t mode);

#endif
