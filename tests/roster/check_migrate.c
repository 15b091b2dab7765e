/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A database of version 1, as the first release made it, is brought up in one
 * step, with everything that is in it. */
#include "support_roster.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"

/* What stood in the first release; never to be changed. */
static const char version_1[] =
"CREATE TABLE meta ("
"	key TEXT PRIMARY KEY,"
"	value INTEGER NOT NULL"
") STRICT, WITHOUT ROWID;"
"CREATE TABLE account ("
"	id INTEGER PRIMARY KEY,"
"	name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 32),"
"	uid INTEGER NOT NULL UNIQUE"
"		CHECK (uid BETWEEN 1000 AND 2147483646),"
"	gid INTEGER NOT NULL CHECK (gid BETWEEN 1 AND 2147483646),"
"	home TEXT NOT NULL CHECK (length(home) BETWEEN 1 AND 255),"
"	shell TEXT NOT NULL CHECK (length(shell) BETWEEN 1 AND 128),"
"	status INTEGER NOT NULL CHECK (status IN (1, 2)),"
"	created INTEGER NOT NULL,"
"	expiry INTEGER NOT NULL"
"		CHECK (expiry = 0 OR expiry BETWEEN 19000101 AND 99991231),"
"	face INTEGER NOT NULL CHECK (face IN (0, 1)),"
"	code TEXT NOT NULL CHECK (length(code) < 128)"
") STRICT;"
"CREATE TRIGGER account_stays BEFORE DELETE ON account"
"	BEGIN SELECT RAISE(ABORT, 'accounts are never deleted'); END;"
"CREATE TRIGGER uid_stays BEFORE UPDATE OF uid ON account"
"	WHEN NEW.uid <> OLD.uid"
"	BEGIN SELECT RAISE(ABORT, 'a uid never moves'); END;"
"CREATE TABLE tag ("
"	epoch INTEGER NOT NULL,"
"	tag BLOB NOT NULL CHECK (length(tag) = 16),"
"	account INTEGER NOT NULL REFERENCES account (id),"
"	PRIMARY KEY (epoch, tag)"
") STRICT, WITHOUT ROWID;"
"CREATE UNIQUE INDEX tag_of_account ON tag (account, epoch);"
"CREATE TABLE card ("
"	epoch INTEGER NOT NULL,"
"	card_tag BLOB NOT NULL CHECK (length(card_tag) = 16),"
"	account INTEGER NOT NULL REFERENCES account (id),"
"	state INTEGER NOT NULL CHECK (state IN (1, 2)),"
"	expiry INTEGER NOT NULL"
"		CHECK (expiry = 0 OR expiry BETWEEN 19000101 AND 99991231),"
"	since INTEGER NOT NULL,"
"	PRIMARY KEY (epoch, card_tag)"
") STRICT, WITHOUT ROWID;"
"CREATE INDEX card_of_account ON card (account);"
"CREATE UNIQUE INDEX current_card ON card (account, epoch) WHERE state = 1;"
"CREATE TABLE sector_group ("
"	gid INTEGER PRIMARY KEY CHECK (gid BETWEEN 1000 AND 2147483646),"
"	name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 32)"
") STRICT;"
"CREATE TABLE member ("
"	account INTEGER NOT NULL REFERENCES account (id),"
"	gid INTEGER NOT NULL REFERENCES sector_group (gid),"
"	PRIMARY KEY (account, gid)"
") STRICT, WITHOUT ROWID;"
"PRAGMA application_id = 1129204037;"
"PRAGMA user_version = 1;";

static const char people[] =
"INSERT INTO meta VALUES ('uid_next/65536', 65540);"
"INSERT INTO account VALUES (1, 'uabcdefg', 65536, 65536, '/home/uabcdefg',"
"	'/bin/bash', 1, 1795300000, 0, 1, '$y$x');"
"INSERT INTO account VALUES (2, 'uhijklmn', 65539, 65536, '/home/uhijklmn',"
"	'/bin/bash', 2, 1795300000, 20300101, 0, '');"
"INSERT INTO tag VALUES (1, x'01000000111111111111111111111111', 1);"
"INSERT INTO tag VALUES (1, x'02000000111111111111111111111111', 2);"
"INSERT INTO card VALUES (1, x'01000000010000002222222222222222', 1, 2,"
"	20300101, 1795300000);"
"INSERT INTO card VALUES (1, x'01000000020000002222222222222222', 1, 1,"
"	20340101, 1795300000);"
"INSERT INTO card VALUES (1, x'02000000010000002222222222222222', 2, 1,"
"	20300101, 1795300000);"
"INSERT INTO sector_group VALUES (65536, 'cnie');"
"INSERT INTO member VALUES (1, 65536);";

static struct roster *r;

static void setup(void)
{
	int fd;

	dir_setup();
	fd = open(roster_path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	sql("PRAGMA journal_mode = WAL", SQLITE_OK);
	sql(version_1, SQLITE_OK);
	sql(people, SQLITE_OK);
}

static void teardown(void)
{
	roster_close(&r);
	dir_teardown();
}

static enum reason login(struct roster_card card)
{
	struct roster_account a;

	return roster_login(r, &card, TODAY, NOW, &a);
}

static void everything_is_there(void)
{
	struct roster_account a;
	struct roster_held h;

	ck_assert_int_eq(sql_number("PRAGMA user_version"), 2);
	check_integrity();
	ck_assert_int_eq(roster_show(r, "uabcdefg", &a), REASON_NONE);
	ck_assert(a.uid == 65536 && a.code && a.face);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(1, 2, 20340101)), REASON_NONE);
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_REVOKED);
	ck_assert_int_eq(roster_held(r, "uabcdefg", NOW, &h), REASON_NONE);
	ck_assert(h.cards_current == 1 && h.cards_blocked == 1 &&
		  h.groups == 1 && h.code_since == 0);
	ck_assert_int_eq(enrolled(r, 3).uid, 65540);
}

START_TEST(version_1_is_brought_up)
{
	r = open_roster();
	everything_is_there();
	roster_close(&r);
	r = open_roster();
	ck_assert_int_eq(login(card_of(3, 1, 20300101)), REASON_NONE);
}
END_TEST

/* Even where its tables look like those of version 1. */
START_TEST(a_newer_version_is_not_brought_up)
{
	sql("PRAGMA user_version = 3", SQLITE_OK);
	ck_assert_int_eq(roster_open(roster_path, &r), REASON_ROSTER);
	ck_assert_int_eq(sql_number("PRAGMA user_version"), 3);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM sqlite_schema"
				    " WHERE name = 'given'"), 0);
}
END_TEST

/* A copy of before the release, put back after it. */
START_TEST(an_old_version_is_brought_up_to_its_marks)
{
	char old[128];
	struct roster_account a, b;

	snprintf(old, sizeof(old), "%s/old.db", test_dir);
	copy_file(roster_path, old);
	r = open_roster();
	a = enrolled(r, 3);
	ck_assert_int_eq(roster_card_block(r, "uabcdefg"), REASON_NONE);
	roster_close(&r);
	copy_file(old, roster_path);
	r = open_roster();
	ck_assert_int_eq(login(card_of(1, 2, 20340101)), REASON_BLOCKED_CARD);
	b = enrolled(r, 3);
	ck_assert_int_gt(b.uid, a.uid);
	ck_assert_str_ne(b.name, a.name);
}
END_TEST

/* What was revoked and blocked under version 1 is among the marks. */
START_TEST(marks_tell_of_what_was_before_them)
{
	struct roster_new in = new_of(1);
	struct roster_account a;

	r = open_roster();
	roster_close(&r);
	ck_assert_int_eq(unlink(roster_path), 0);
	r = open_roster();
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a),
			 REASON_BLOCKED_CARD);
	ck_assert_int_eq(sql_number("SELECT uid FROM revoked"), 65539);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM given"), 2);
}
END_TEST

START_TEST(killed_while_it_is_brought_up_it_is_old_or_new)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		_exit(roster_open(roster_path, &r) != REASON_NONE);
	}
	usleep(200 * (useconds_t)_i);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	r = open_roster();
	everything_is_there();
}
END_TEST

static Suite *migrate_suite(void)
{
	Suite *s = suite_create("roster/migrate");
	TCase *t = tcase_create("migrate");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, version_1_is_brought_up);
	tcase_add_test(t, a_newer_version_is_not_brought_up);
	tcase_add_test(t, an_old_version_is_brought_up_to_its_marks);
	tcase_add_test(t, marks_tell_of_what_was_before_them);
	tcase_add_loop_test(t, killed_while_it_is_brought_up_it_is_old_or_new,
			    0, 10);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(migrate_suite)
