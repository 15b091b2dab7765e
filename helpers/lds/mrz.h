/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The machine-readable zone, ICAO 9303-3 (alphabet, dates, check digits),
 * 9303-5 (TD1), 9303-6 (TD2) and 9303-4 (TD3), told apart by their size.
 * The person's names are checked for their alphabet and not kept.
 */
#ifndef CNIE_LDS_MRZ_H
#define CNIE_LDS_MRZ_H

#include "base/bytes.h"

#define MRZ_TD1_SIZE 90		/* three lines of 30, no line ends */
#define MRZ_TD2_SIZE 72
#define MRZ_TD3_SIZE 88
#define MRZ_KEY_SIZE 38		/* longest key (22 + 1 + 7 + 7) and NUL */

enum mrz_form { MRZ_TD1 = 1, MRZ_TD2, MRZ_TD3 };

/* PERSONAL: mrz_wipe() it. Strings end before their trailing fillers; a
 * filler between other characters is kept as '<'. */
struct mrz {
	enum mrz_form form;
	char document_code[3];	  /* "ID", "I" */
	char issuing_state[4];	  /* "MAR"; "D" for Germany */
	char document_number[23]; /* joined where it is a long one */
	char optional1[16];	  /* TD1: of line 1, without the rest of a long
				   * number; TD2, TD3: the optional data of
				   * line 2 */
	char optional2[12];	  /* TD1: of line 2; else empty */
	char nationality[4];
	char sex;		  /* 'M' 'F' '<' */
	char birth[7];		  /* as printed: "58<<<<" where unknown */
	char expiry_mrz[7];	  /* as printed */
	uint32_t expiry;	  /* yyyymmdd */
};

/* R_MALFORMED: another size, a character outside the alphabet, a field that is
 * not what the standard says, a wrong check digit. */
must_check enum result mrz_parse(struct span text, struct mrz *out);
void mrz_wipe(struct mrz *m);

/* The check digit over text, '0'..'9' (9303-3 4.9: weights 7 3 1), or 0 where
 * a character is not of the MRZ's alphabet. */
char mrz_check_digit(struct span text);

/*
 * The MRZ information of 9303-11 4.3.2 and 4.4.4.1, the input of the BAC and
 * PACE key derivation: document number (filled to nine), check digit, birth,
 * check digit, expiry, check digit. SECRET: wipe out. out holds at least
 * MRZ_KEY_SIZE bytes.
 */
must_check enum result mrz_key(const struct mrz *m, char *out, size_t cap);
/* The same from typed fields: birth and expiry are yymmdd. */
must_check enum result mrz_key_of(const char *number, const char *birth,
				  const char *expiry, char *out, size_t cap);

#endif
