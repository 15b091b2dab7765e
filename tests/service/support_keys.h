/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests about the sector key, with the test in cnie-sector's place. */
#ifndef CNIE_TESTS_SUPPORT_KEYS_H
#define CNIE_TESTS_SUPPORT_KEYS_H

#include "support_talk.h"

bool there(const char *name_in_dir);		/* below the key's folder */
void ask(struct msg_admin_request m);
void over(enum reason want, const char *text);	/* text NULL: any */
struct msg_sector_config told(void);		/* what the helper was told */
void helper_fails(enum reason why);
void with_token(const char *sector);	/* provider pkcs11, these lines more */
void read_rows(void);
void assert_row(const char *want);
bool row_has(const char *head, const char *part);	/* any row */
const char *content(const char *name_in_dir);	/* the file's */

#endif
