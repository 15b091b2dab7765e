/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every file of the card that may be read, with the reason beside it. What
 * has no row is never read: not DG3 (fingerprints), not DG11 (address), not
 * EF.COM (unsigned; the list of data groups comes from the SOD).
 */
#ifndef CNIE_INSPECT_FILES_H
#define CNIE_INSPECT_FILES_H

#include <stddef.h>
#include <stdint.h>

enum ef { EF_CARD_ACCESS, EF_SOD, EF_DG1, EF_DG2, EF_DG14, EF_COUNT };

struct ef_row {
	const char *name;
	uint16_t id;		/* file identifier, 9303-10 4.1 */
	uint8_t short_id;	/* short EF identifier */
	uint8_t dg;		/* data group number, 0 none */
	uint32_t tag;		/* of its outermost object */
	size_t max;		/* bytes of the whole file */
	const char *why;
};

/* Offsets of READ BINARY with B0 have 15 bits; a longer file would need the
 * odd instruction. DG2 of CNIE2 is 15-25 KB. */
#define EF_SIZE_MAX 0x8000

const struct ef_row *ef_row(enum ef file);

#endif
