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
 * The descriptor is opened by cnied. A key is kept in a secret page only; what
 * passes through the stack on its way is wiped.
 */
#ifndef CNIE_SECTOR_KEY_H
#define CNIE_SECTOR_KEY_H

#include "base/result.h"
#include "sector/oprf.h"

#define KEY_FILE_SIZE 80
#define KEY_URN_HASH 16

struct sector_key {		/* SECRET: lives in a page of secret_page_new */
	uint8_t scalar[OPRF_SCALAR];
};

struct key_file {		/* SECRET */
	uint8_t b[KEY_FILE_SIZE];
};
void key_file_wipe(struct key_file *f);

/* The sector's urn as a key file, or its backup, names it. */
void key_urn_hash(const char *urn, uint8_t out[KEY_URN_HASH]);

/* The file of this key, and back. R_MALFORMED: not a key file, or damaged.
 * R_DENIED: the key of another sector or epoch, or a scalar that is none. */
must_check enum result key_put(const struct sector_key *key, const char *urn,
			       uint32_t epoch, struct key_file *out);
must_check enum result key_get(struct span in, const char *urn, uint32_t epoch,
			       struct sector_key *out);

/* All bytes of a descriptor, of which there may be buf's cap less one at most:
 * R_MALFORMED beyond. */
must_check enum result key_read_all(int fd, struct sink *buf);

/* key_get of the whole descriptor. R_ABSENT: an empty file. */
must_check enum result key_read(int fd, const char *urn, uint32_t epoch,
				struct sector_key *out);

/* Write a key file, fsynced. R_DENIED where the file is not empty: a key is
 * never overwritten. */
must_check enum result key_write(int fd, const struct key_file *f);

/*
 * Zeros over the whole file, fsynced, and once more where it was interrupted;
 * what the disk itself keeps of old sectors is beyond us. The descriptor is open
 * for both reading and writing. R_DENIED, and nothing done: not a regular file,
 * more than KEY_DESTROY_MAX bytes, or one that begins with the undamaged key of
 * another sector or epoch.
 */
#define KEY_DESTROY_MAX (64 * 1024)	/* a key, and what an editor added to it */
must_check enum result key_destroy(int fd, const char *urn, uint32_t epoch);

#endif
