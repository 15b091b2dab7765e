/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support_roster.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <check.h>

char test_dir[64], roster_path[96], marks_path[96], view_path[96];

const struct roster_policy test_policy = {
	.name_prefix = "u", .uid_min = 65536, .uid_max = 99999, .gid = 65536,
	.home_dir = "/home", .shell = "/bin/bash",
};

void dir_setup(void)
{
	strcpy(test_dir, "/tmp/check_roster.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(test_dir));
	snprintf(roster_path, sizeof(roster_path), "%s/roster.db", test_dir);
	snprintf(marks_path, sizeof(marks_path), "%s/roster.db.marks",
		 test_dir);
	snprintf(view_path, sizeof(view_path), "%s/accounts.view", test_dir);
}

void dir_empty(void)
{
	DIR *d = opendir(test_dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

void dir_teardown(void)
{
	dir_empty();
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

struct roster_card card_under(uint32_t epoch, int p, int c, uint32_t expiry)
{
	struct roster_card card = card_of(p, c, expiry);

	card.epoch = epoch;
	card.tag[TAG_SIZE - 1] = (uint8_t)epoch;	/* 0x11 in epoch 1 */
	card.card_tag[TAG_SIZE - 1] = (uint8_t)epoch;
	return epoch == 1 ? card_of(p, c, expiry) : card;
}

struct roster_card card_in_both(int p, int c, uint32_t expiry)
{
	struct roster_card card = card_under(2, p, c, expiry);
	struct roster_card old = card_of(p, c, expiry);

	card.old_epoch = 1;
	memcpy(card.old_tag, old.tag, TAG_SIZE);
	memcpy(card.old_card_tag, old.card_tag, TAG_SIZE);
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

/* -- past the library ---------------------------------------------------- */

void sql(const char *text, int want)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(roster_path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, NULL) == want,
		      "%s: %s", text, sqlite3_errmsg(db));
	sqlite3_close(db);
}

int64_t sql_number(const char *query)
{
	sqlite3_stmt *s;
	sqlite3 *db;
	int64_t n;

	ck_assert_int_eq(sqlite3_open(roster_path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_prepare_v2(db, query, -1, &s, NULL) == SQLITE_OK,
		      "%s: %s", query, sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return n;
}

static int must_be_ok(void *ctx, int n, char **values, char **names)
{
	(void)names;
	ck_assert_int_eq(n, 1);
	ck_assert_str_eq(values[0], "ok");	/* foreign_key_check: no row */
	++*(int *)ctx;
	return 0;
}

void check_integrity(void)
{
	sqlite3 *db;
	int rows = 0;

	ck_assert_int_eq(sqlite3_open(roster_path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA integrity_check;"
				      "PRAGMA foreign_key_check", must_be_ok,
				      &rows, NULL), SQLITE_OK);
	ck_assert_int_eq(rows, 1);
	sqlite3_close(db);
}

void copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	char buf[4096];
	ssize_t n;

	ck_assert(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		ck_assert_int_eq(write(out, buf, (size_t)n), n);
	ck_assert_int_eq(n, 0);
	close(in);
	close(out);
}

static void backup_path(char out[128])
{
	snprintf(out, 128, "%s/backup.db", test_dir);
}

/* Closed, so that nothing of it is in the write-ahead log. */
void backup(struct roster **r)
{
	char path[128];

	backup_path(path);
	roster_close(r);
	copy_file(roster_path, path);
	*r = open_roster();
}

void put_back(struct roster **r)
{
	char path[128];

	backup_path(path);
	roster_close(r);
	copy_file(path, roster_path);
	*r = open_roster();
}
