/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one form of a national number. Trailing fillers go; nothing else is
 * repaired: what then is not of the MRZ's alphabet, or is not matched from
 * its first to its last character by the profile's regular expression, is
 * refused, before any key is used.
 */
#ifndef CNIE_SECTOR_CANON_H
#define CNIE_SECTOR_CANON_H

#include <regex.h>

#include "base/bytes.h"
#include "base/reason.h"

#define CANON_MAX 40	/* characters; what MSG_NUMBER carries */

struct canon {
	regex_t regex;
	bool ready;
};

/* Compile a POSIX extended expression. R_MALFORMED: it is none, or empty. */
must_check enum result canon_init(struct canon *c, const char *regex);
void canon_done(struct canon *c);	/* accepts a zeroed one */

/* REASON_NONE and the canonical number (PERSONAL: wipe), else
 * REASON_NUMBER_FORM. */
must_check enum reason canon_number(const struct canon *c, const char *number,
				    char out[CANON_MAX + 1]);

#endif
