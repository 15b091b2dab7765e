/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows in which cnied tells accounts, and how they are printed. */
#ifndef CNIE_CTL_ACCOUNT_H
#define CNIE_CTL_ACCOUNT_H

#include <stdio.h>

#include "base/result.h"

/* name uid gid status face code expiry created cards home shell */
#define ACCOUNT_FIELDS 11

/* Split at the tabs, in place: exactly ACCOUNT_FIELDS, or R_MALFORMED (row
 * may then be cut anywhere). */
must_check enum result account_split(char *row,
				     const char *out[ACCOUNT_FIELDS]);

/* n rows, each `cells` of ACCOUNT_FIELDS, under their heads, aligned. */
void account_table(const char *(*rows)[ACCOUNT_FIELDS], size_t n, FILE *to);
void account_json(const char *(*rows)[ACCOUNT_FIELDS], size_t n, FILE *to);

#endif
