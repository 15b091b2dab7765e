/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sector key in a file, 80 bytes, big-endian:
 *
 *    0  8  "CNIE-KEY"
 *    8  1  version, 1
 *    9  1  suite, 1: VOPRF(ristretto255-SHA512)
 *   10  2  0
 *   12  4  epoch
 *   16 16  BLAKE2b-128 of the sector's urn: a key is good in one sector only
 *   32 32  SECRET: the scalar
 *   64 16  BLAKE2b-128 of all before: a damaged file is no key
 *
 * The descriptor is opened by cnied; a key exists only in a secret page.
 */
#ifndef CNIE_SECTOR_KEY_H
#define CNIE_SECTOR_KEY_H

#include "base/result.h"
#include "sector/oprf.h"

#define KEY_FILE_SIZE 80

struct sector_key {		/* SECRET: lives in a page of secret_page_new */
	uint8_t scalar[OPRF_SCALAR];
};

/* R_ABSENT: an empty file. R_MALFORMED: not a key file, or damaged. R_DENIED:
 * the key of another sector or epoch, or a scalar that is none. */
must_check enum result key_read(int fd, const char *urn, uint32_t epoch,
				struct sector_key *out);

/* Make a key and write it, fsynced. R_DENIED where the file is not empty: a
 * key is never overwritten. */
must_check enum result key_generate(int fd, const char *urn, uint32_t epoch);

#endif
