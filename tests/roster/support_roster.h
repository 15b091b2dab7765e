/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A roster in a folder of its own, and synthetic persons. */
#ifndef CNIE_TESTS_SUPPORT_ROSTER_H
#define CNIE_TESTS_SUPPORT_ROSTER_H

#include "roster/roster.h"
#include "roster/view.h"

#define TODAY 20261122
#define NOW 1795300000

extern char test_dir[64], roster_path[96], view_path[96];
extern const struct roster_policy test_policy;

void dir_setup(void);		/* fixtures: the folder */
void dir_teardown(void);

struct roster *open_roster(void);
/* Card c of person p; expiry as a day. */
struct roster_card card_of(int p, int c, uint32_t expiry);
struct roster_new new_of(int p);
struct roster_account enrolled(struct roster *r, int p);

#endif
