/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The database under the roster: what it refuses by itself, two writers, a
 * killed one. */
#include "support_roster.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "check_main.h"
#include "roster/db.h"

static struct roster *r;

static void setup(void)
{
	dir_setup();
	r = open_roster();
}

static void teardown(void)
{
	roster_close(&r);
	dir_teardown();
}

static enum reason find(struct roster_card card)
{
	struct roster_account a;

	return roster_find_tag(r, &card, TODAY, &a);
}

START_TEST(files_are_private)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	char path[128];
	struct stat st;

	enrolled(r, 1);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", roster_path, suffix[i]);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_int_eq(st.st_mode & 0777, 0600);
	}
	roster_close(&r);
	ck_assert_int_eq(chmod(roster_path, 0640), 0);
	ck_assert_int_eq(roster_open(roster_path, &r), REASON_ROSTER);
	ck_assert_ptr_null(r);
}
END_TEST

/* What each connection has to be told anew. */
static const struct { const char *pragma; int want; } told[] = {
	{ "PRAGMA foreign_keys", 1 }, { "PRAGMA synchronous", 2 },
	{ "PRAGMA secure_delete", 1 }, { "PRAGMA trusted_schema", 0 },
	{ "PRAGMA cell_size_check", 1 }, { "PRAGMA temp_store", 2 },
};

START_TEST(a_connection_has_its_settings)
{
	sqlite3_stmt *s;

	ck_assert_int_eq(sqlite3_prepare_v2(r->db, told[_i].pragma, -1, &s,
					    NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	ck_assert_msg(sqlite3_column_int(s, 0) == told[_i].want, "%s",
		      told[_i].pragma);
	sqlite3_finalize(s);
}
END_TEST

START_TEST(the_schema_itself_refuses)
{
	enrolled(r, 1);
	enrolled(r, 2);
	sql("DELETE FROM account", SQLITE_CONSTRAINT);
	sql("UPDATE account SET uid = uid + 10", SQLITE_CONSTRAINT);
	sql("UPDATE tag SET tag = x'00'", SQLITE_CONSTRAINT);
	sql("UPDATE card SET state = 3", SQLITE_CONSTRAINT);
	sql("UPDATE card SET account = 77", SQLITE_CONSTRAINT);
	sql("UPDATE card SET account = 1", SQLITE_CONSTRAINT);
	sql("UPDATE account SET face = 'yes'", SQLITE_CONSTRAINT);
	sql("INSERT INTO member VALUES (1, 4711)", SQLITE_CONSTRAINT);
	sql("INSERT INTO given VALUES ('before', 70000)", SQLITE_OK);
	sql("DELETE FROM given", SQLITE_CONSTRAINT);
	sql("UPDATE given SET uid = 70001", SQLITE_CONSTRAINT);
	sql("INSERT INTO rebind VALUES (1, 1, 0, NULL, 2, zeroblob(16), 1, 1)",
	    SQLITE_OK);
	sql("INSERT INTO rebind VALUES (2, 1, 0, NULL, 2, zeroblob(16), 1, 1)",
	    SQLITE_CONSTRAINT);
	sql("INSERT INTO rebind VALUES (3, 9, 0, NULL, 2, zeroblob(16), 1, 1)",
	    SQLITE_CONSTRAINT);
	sql("UPDATE rebind SET tag = randomblob(16)", SQLITE_CONSTRAINT);
	sql("DELETE FROM rebind", SQLITE_CONSTRAINT);
	sql("UPDATE account SET floor = 20300101 WHERE id = 2", SQLITE_OK);
	sql("UPDATE account SET floor = 20300100 WHERE id = 2",
	    SQLITE_CONSTRAINT);
	sql("UPDATE card SET state = 2 WHERE account = 2", SQLITE_OK);
	sql("UPDATE card SET state = 1 WHERE account = 2", SQLITE_CONSTRAINT);
	ck_assert_int_eq(find(card_of(1, 1, 20300101)), REASON_NONE);
}
END_TEST

START_TEST(newer_or_foreign_database_is_left_alone)
{
	static const char *const change[] = {
		"PRAGMA user_version = 3", "PRAGMA application_id = 1",
		"PRAGMA user_version = 0", "PRAGMA user_version = -1",
	};

	roster_close(&r);
	sql(change[_i], SQLITE_OK);
	ck_assert_int_eq(roster_open(roster_path, &r), REASON_ROSTER);
}
END_TEST

START_TEST(a_file_that_is_no_database_is_an_error)
{
	int fd;

	roster_close(&r);
	fd = open(roster_path, O_WRONLY | O_TRUNC);
	ck_assert_int_eq(write(fd, "not a database, but long enough", 31), 31);
	close(fd);
	ck_assert_int_eq(roster_open(roster_path, &r), REASON_ROSTER);
}
END_TEST

/* One of two that enrol at the same time: proposed or not, retried while the
 * other holds the lock. */
static int enrol_many(struct roster *mine, int first, int n)
{
	for (int p = first; p < first + n; p++) {
		struct roster_new in = new_of(p);
		struct roster_account a;
		enum reason why;

		in.proposed = p % 2;
		do {
			why = REASON_NONE;
			if (in.proposed)
				why = roster_propose(mine, &test_policy, 0,
						     &a);
			if (why != REASON_NONE)
				return 1;
			if (in.proposed) {
				memcpy(in.name, a.name, sizeof(in.name));
				in.uid = a.uid;
			}
			why = roster_enrol(mine, &test_policy, &in, &a);
			if (why == REASON_ROSTER_BUSY)
				usleep(1000);
		} while (why == REASON_ROSTER_BUSY ||
			 (in.proposed && why == REASON_NAME_TAKEN));
		if (why != REASON_NONE)
			return 2;
	}
	return 0;
}

START_TEST(two_at_once_get_different_uids)
{
	enum { EACH = 40 };
	struct roster *mine = NULL;
	int status;
	pid_t pid;

	roster_close(&r);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		while (roster_open(roster_path, &mine) == REASON_ROSTER_BUSY)
			usleep(1000);
		if (!mine)
			_exit(1);
		status = enrol_many(mine, 1000, EACH);
		roster_close(&mine);
		_exit(status);
	}
	r = open_roster();
	ck_assert_int_eq(enrol_many(r, 0, EACH), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(sql_number("SELECT count(DISTINCT uid) FROM account"),
			 2 * EACH);
	ck_assert_int_eq(sql_number("SELECT count(DISTINCT name)"
				    " FROM account"), 2 * EACH);
	check_integrity();
}
END_TEST

/* Somebody else's transaction: an import that goes on. */
static sqlite3 *hold_the_lock(void)
{
	sqlite3 *other;

	ck_assert_int_eq(sqlite3_open(roster_path, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL,
				      NULL), SQLITE_OK);
	return other;
}

START_TEST(what_writes_nothing_goes_on_beside_a_writer)
{
	struct roster_account a = enrolled(r, 1), b;
	struct roster_card card = card_of(1, 1, 20300101);
	struct roster_card newer = card_of(1, 2, 20340101);
	struct roster_held h;
	sqlite3 *other;

	ck_assert_int_eq(roster_group_put(r, "cnie", 65536), REASON_NONE);
	other = hold_the_lock();
	ck_assert_int_eq(roster_login(r, &card, TODAY, NOW, &b), REASON_NONE);
	roster_close(&r);
	r = open_roster();
	ck_assert_int_eq(roster_login(r, &card, TODAY, NOW, &b), REASON_NONE);
	ck_assert_int_eq(roster_find_tag(r, &newer, TODAY, &b), REASON_NONE);
	ck_assert_int_eq(roster_propose(r, &test_policy, 0, &b), REASON_NONE);
	ck_assert_int_eq(roster_held(r, a.name, NOW, &h), REASON_NONE);
	ck_assert_int_eq(roster_group_put(r, "cnie", 65536), REASON_NONE);
	ck_assert_int_eq(roster_login(r, &newer, TODAY, NOW, &b),
			 REASON_ROSTER_BUSY);
	ck_assert_int_eq(roster_revoke(r, a.name), REASON_ROSTER_BUSY);
	sqlite3_close(other);
	ck_assert_int_eq(roster_login(r, &newer, TODAY, NOW, &b), REASON_NONE);
}
END_TEST

START_TEST(a_second_handle_sees_what_was_committed)
{
	struct roster *other = open_roster();
	struct roster_account a = enrolled(r, 1), b;

	ck_assert_int_eq(roster_show(other, a.name, &b), REASON_NONE);
	ck_assert_int_eq(roster_revoke(other, a.name), REASON_NONE);
	ck_assert_int_eq(find(card_of(1, 1, 20300101)), REASON_REVOKED);
	roster_close(&other);
}
END_TEST

START_TEST(a_killed_writer_leaves_all_or_nothing)
{
	struct roster_account a;
	pid_t pid;

	roster_close(&r);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct roster *mine = NULL;

		if (roster_open(roster_path, &mine) != REASON_NONE)
			_exit(1);
		for (int p = 0;; p++) {
			struct roster_new in = new_of(p);

			if (roster_enrol(mine, &test_policy, &in, &a) !=
			    REASON_NONE)
				_exit(2);
		}
	}
	usleep(20000 + 7000 * (useconds_t)_i);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	r = open_roster();
	for (int p = 0;; p++) {
		enum reason why = find(card_of(p, 1, 20300101));

		if (why == REASON_UNKNOWN_CARD) {
			/* the first that is not there can be enrolled */
			enrolled(r, p);
			break;
		}
		ck_assert_int_eq(why, REASON_NONE);
	}
	check_integrity();
}
END_TEST

static Suite *roster_db_suite(void)
{
	Suite *s = suite_create("roster/db");
	TCase *t = tcase_create("db");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_connection_has_its_settings, 0,
			    sizeof(told) / sizeof(told[0]));
	tcase_add_test(t, files_are_private);
	tcase_add_test(t, the_schema_itself_refuses);
	tcase_add_loop_test(t, newer_or_foreign_database_is_left_alone, 0, 4);
	tcase_add_test(t, a_file_that_is_no_database_is_an_error);
	tcase_add_test(t, two_at_once_get_different_uids);
	tcase_add_test(t, what_writes_nothing_goes_on_beside_a_writer);
	tcase_add_test(t, a_second_handle_sees_what_was_committed);
	tcase_add_loop_test(t, a_killed_writer_leaves_all_or_nothing, 0, 8);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(roster_db_suite)
