/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the sector key's files are. cnied opens them and lets cnie-sector
 * inherit the descriptor; it never reads one.
 */
#ifndef CNIE_SERVICE_KEY_H
#define CNIE_SERVICE_KEY_H

#include "base/result.h"
#include "base/scope.h"

#include <stddef.h>
#include <stdint.h>

/* The key of an epoch, for reading: a file of root's that nobody else may
 * read. R_ABSENT: there is none. */
must_check enum result key_open(uint32_t epoch, int *fd);
/* A new file for it (R_BUSY where the epoch has a key); key_commit gives it
 * its name, key_abandon removes it. path: of the new file. */
must_check enum result key_create(uint32_t epoch, char *path, size_t cap,
				  int *fd);
must_check enum result key_commit(uint32_t epoch, const char *path);
void key_abandon(const char *path);

#endif
