/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alphabet and dates of the machine-readable zone, ICAO 9303-3: what parsing
 * (mrz.c) and keys (mrz_key.c) share. Only those two include this. */
#ifndef CNIE_LDS_MRZ_TEXT_H
#define CNIE_LDS_MRZ_TEXT_H

#include "lds/mrz.h"

#define MRZ_FILLER    '<'
#define MRZ_DATE_SIZE 6		/* yymmdd */
#define MRZ_NUMBER_SIZE 9	/* the field; a long number goes on elsewhere */

/* Only A to Z, 0 to 9 and the filler. */
bool mrz_in_alphabet(struct span s);

/* Six characters. Of a date of birth any part may be unknown: fillers. */
bool mrz_birth_ok(struct span s);
/* A date of expiry is complete: *out is yyyymmdd. */
bool mrz_expiry(struct span s, uint32_t *out);

#endif
