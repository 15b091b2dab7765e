/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files of a certificate store, by the fingerprints of what is in them.
 * Nothing is parsed but PEM's frame: the SHA-256 of a certificate or a CRL is
 * that of its DER. The files are root's.
 */
#ifndef CNIE_CTL_STORE_FILES_H
#define CNIE_CTL_STORE_FILES_H

#include <limits.h>

#include "ctl/csca_list.h"

#define STORE_ENTRIES_MAX 8192	/* cnie-inspect uses 2500; some are there twice */

struct store_entry {
	char file[NAME_MAX + 1];
	char sha256[FINGERPRINT_MAX];
	size_t part, parts;	/* of a PEM bundle; 0 of 1 else */
};

struct store_files {
	struct store_entry *at;
	size_t n, room;
};

void store_files_free(struct store_files *s);

/* R_ABSENT: no such directory. R_MALFORMED: more entries than a store has. A
 * file that can't be read is passed over: the check of the store counts it.
 * store_files_free(out) with R_OK. */
must_check enum result store_files_read(const char *dir,
					struct store_files *out);
bool store_files_have(const struct store_files *s, const char *sha256);

/* The one whose fingerprint begins with these digits. R_ABSENT: none.
 * R_DENIED: several do. */
must_check enum result store_files_match(const struct store_files *s,
					 const char *digits,
					 const char **sha256);

/* Take one out: its file, or its block of a bundle; durably. The other entries
 * of that file are then out of date: read again. R_ABSENT: it is not there any
 * more. */
must_check enum result store_files_remove(const char *dir,
					  const struct store_entry *e);
/* What a cniectl that was killed left of a file it was writing. */
void store_files_sweep(const char *dir);
/* Every file and block that holds it. *places: how many. */
must_check enum result store_files_drop(const char *dir, const char *sha256,
					size_t *places);

#endif
