/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From what is printed on a document to the MRZ information that keys PACE
 * and BAC (ICAO 9303-11 9.7.2): document number, date of birth and date of
 * expiry, each with its check digit. SECRET: all of it; the caller wipes.
 */
#ifndef CNIE_CTL_MRZ_KEY_H
#define CNIE_CTL_MRZ_KEY_H

#include <stddef.h>

#include "base/result.h"

/* Lines that follow a first line of this length: 30 (TD1) two more, 36 (TD2)
 * and 44 (TD3) one more, else none. */
size_t mrz_lines_after(size_t first_length);

/*
 * text: the machine-readable zone without its line ends (90, 72 or 88
 * characters), or "NUMBER YYMMDD YYMMDD" (birth, expiry), or the MRZ
 * information itself. Lower case is taken as capitals. R_MALFORMED where it
 * is none of them or a check digit is wrong.
 */
must_check enum result mrz_key(const char *text, char *out, size_t cap);

#endif
