/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support_roster.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

char test_dir[64], roster_path[96], view_path[96];

const struct roster_policy test_policy = {
	.name_prefix = "u", .uid_min = 65536, .uid_max = 99999, .gid = 65536,
	.home_dir = "/home", .shell = "/bin/bash",
};

void dir_setup(void)
{
	strcpy(test_dir, "/tmp/check_roster.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(test_dir));
	snprintf(roster_path, sizeof(roster_path), "%s/roster.db", test_dir);
	snprintf(view_path, sizeof(view_path), "%s/accounts.view", test_dir);
}

void dir_teardown(void)
{
	DIR *d = opendir(test_dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(test_dir);
}

struct roster *open_roster(void)
{
	struct roster *r = NULL;

	ck_assert_int_eq(roster_open(roster_path, &r), REASON_NONE);
	return r;
}

struct roster_card card_of(int p, int c, uint32_t expiry)
{
	struct roster_card card = { .epoch = 1, .expiry = expiry };

	memset(card.tag, 0x11, TAG_SIZE);
	memset(card.card_tag, 0x22, TAG_SIZE);
	memcpy(card.tag, &p, sizeof(p));
	memcpy(card.card_tag, &p, sizeof(p));
	memcpy(card.card_tag + sizeof(p), &c, sizeof(c));
	return card;
}

struct roster_new new_of(int p)
{
	return (struct roster_new){
		.card = card_of(p, 1, 20300101), .face = true, .now = NOW,
	};
}

struct roster_account enrolled(struct roster *r, int p)
{
	struct roster_new in = new_of(p);
	struct roster_account a;

	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a), REASON_NONE);
	return a;
}
