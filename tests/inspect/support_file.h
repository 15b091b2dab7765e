/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A card with one file, and the habits that real cards were seen with. */
#ifndef CNIE_TESTS_SUPPORT_FILE_H
#define CNIE_TESTS_SUPPORT_FILE_H

#include "inspect/read_ef.h"

extern struct file_card {
	uint8_t file[0x10010];
	size_t n;
	size_t largest;		/* Le that is still answered, 0 any */
	uint16_t too_large;	/* the status word above it */
	bool exact;		/* Le beyond the end is refused, too */
	uint16_t no_short_id;	/* status word for P1 = 80 | id, 0 none */
	uint16_t select;	/* status word of SELECT */
	uint16_t after;		/* status word instead of data ... */
	size_t from;		/* ... from this offset on */
	size_t short_by;	/* bytes fewer than asked in each answer */
	size_t more_by;
	uint8_t odd_tag;
	unsigned int reads, selects, odd;
	bool selected;
	uint16_t le[64];
} file_card;
extern struct card_link card_link;	/* to it */

/* DG2 of `total` bytes in all, with a header that says `says`; a new file_card. */
void file_of(size_t total, size_t says);
/* Reader and card take extended APDUs. */
void extended(uint32_t reader);
/* What was read, *n bytes of it; none where it was refused. */
enum reason read_all(size_t max, size_t *n);
extern uint8_t read_bytes[0x10010];
void reads_whole(void);
void refused_whole(enum reason why);

#endif
