/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every file of the card that may be read, with the reason beside it. What
 * has no row is never read: not DG3 (fingerprints), not DG12, not EF.COM
 * (unsigned; the list of data groups comes from the SOD). DG11 is read only
 * where the profile says that the national number stands there.
 */
#ifndef CNIE_INSPECT_FILES_H
#define CNIE_INSPECT_FILES_H

#include <stddef.h>
#include <stdint.h>

enum ef {
	EF_ATR, EF_CARD_ACCESS, EF_CARD_SECURITY, EF_SOD, EF_DG1, EF_DG2,
	EF_DG11, EF_DG14, EF_DG15, EF_COUNT
};

struct ef_row {
	const char *name;
	uint16_t id;		/* file identifier, 9303-10 4.1 */
	uint8_t short_id;	/* short EF identifier */
	uint8_t dg;		/* data group number, 0 none */
	uint32_t tag;		/* of its outermost object; 0: a row of objects
				 * without one, read in one block */
	size_t max;		/* bytes of the whole file */
	const char *why;
};

/* The longest row, DG2. Of CNIE2 it is 15-25 KB. */
#define EF_SIZE_MAX 0x10000

#define ACCESS_FILE_MAX	  1024	/* a dozen PACEInfos of 20 bytes */
#define SIGNED_FILE_MAX	  (32 * 1024)	/* passive_auth.h's */
#define DG1_FILE_MAX	  256	/* TD1's is 95 */
#define DG11_FILE_MAX	  4096	/* names, address, custody: text */
#define DG14_FILE_MAX	  4096	/* two keys of 2048 bits with their domains */
#define DG15_FILE_MAX	  2048	/* RSA of 8192 bits */

const struct ef_row *ef_row(enum ef file);

#endif
