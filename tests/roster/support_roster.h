/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A roster in a folder of its own, and synthetic persons. */
#ifndef CNIE_TESTS_SUPPORT_ROSTER_H
#define CNIE_TESTS_SUPPORT_ROSTER_H

#include "roster/roster.h"
#include "roster/view.h"

#define TODAY 20261122
#define NOW 1795300000

extern char test_dir[64], roster_path[96], marks_path[96], view_path[96];
extern const struct roster_policy test_policy;

void dir_setup(void);		/* fixtures: the folder */
void dir_teardown(void);
void dir_empty(void);

struct roster *open_roster(void);
/* Card c of person p; expiry as a day. Epoch 1. */
struct roster_card card_of(int p, int c, uint32_t expiry);
/* The same under another epoch; and under both 2 and, as the older, 1. */
struct roster_card card_under(uint32_t epoch, int p, int c, uint32_t expiry);
struct roster_card card_in_both(int p, int c, uint32_t expiry);
struct roster_new new_of(int p);
struct roster_account enrolled(struct roster *r, int p);

/* The database itself, past the library. */
void sql(const char *text, int want);	/* want: SQLITE_OK, ... */
int64_t sql_number(const char *query);
void check_integrity(void);
void copy_file(const char *from, const char *to);
/* The database as it is, and put back; its marks stay. */
void backup(struct roster **r);
void put_back(struct roster **r);

#endif
