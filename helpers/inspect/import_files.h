/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The foreign files of an import, read whole and not looked into: the last
 * thing done before the sandbox.
 */
#ifndef CNIE_INSPECT_IMPORT_FILES_H
#define CNIE_INSPECT_IMPORT_FILES_H

#include "base/bytes.h"

/* As many, and as large, as cniectl copies for us. The ICAO PKD's file of all
 * master lists is 13 MB; a master list of the whole world 1 MB. */
#define IMPORT_FILES_MAX 4096
#define IMPORT_FILE_MAX	 (32 << 20)
#define IMPORT_TOTAL_MAX (64 << 20)	/* bytes of them all */

struct import_files {
	uint8_t *bytes;				/* IMPORT_TOTAL_MAX */
	size_t n;
	size_t bad;		/* empty, unreadable, or no regular file */
	struct span file[IMPORT_FILES_MAX];	/* of bytes */
};

/*
 * `path` is a file, or a directory: every file in it whose name does not begin
 * with a dot, in the order of their names; directories in it are passed over.
 * R_ABSENT: there is no such thing, or it can't be opened. R_MALFORMED: more
 * than one of the caps allows. R_INTERNAL: no memory. *out holds nothing then;
 * import_files_free(out) with R_OK.
 */
must_check enum result import_files_read(const char *path,
					 struct import_files *out);
void import_files_free(struct import_files *files);

#endif
