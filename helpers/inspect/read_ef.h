/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Read one elementary file with READ BINARY (9303-10 3.6.3), in as few
 * commands as its length allows: by short identifier, first as much as one
 * answer carries, then exactly what is missing. What the card is seen to
 * refuse is kept in the link's habits, for the next file.
 *
 * MUST: the length in the file's head is bounded before it is believed.
 * MUST: every answer brings at least one byte and at most what was asked.
 */
#ifndef CNIE_INSPECT_READ_EF_H
#define CNIE_INSPECT_READ_EF_H

#include "inspect/files.h"
#include "inspect/link.h"

/*
 * The file's outermost object is appended to out (of a row without a tag: what
 * one answer brought). max: the caller's own bound, beside the row's.
 * FILE_MISSING: not there, or withheld; FILE_MALFORMED: another tag, too long,
 * or shorter than it says.
 */
must_check enum reason read_ef(struct card_link *l, const struct ef_row *ef,
			       size_t max, struct sink *out);

#endif
