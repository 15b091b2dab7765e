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

static void sql(const char *text, int want)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(roster_path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
	ck_assert_int_eq(sqlite3_exec(db, text, NULL, NULL, NULL), want);
	sqlite3_close(db);
}

static int must_be_ok(void *ctx, int n, char **values, char **names)
{
	(void)names;
	ck_assert_int_eq(n, 1);
	ck_assert_str_eq(values[0], "ok");	/* foreign_key_check: no row */
	++*(int *)ctx;
	return 0;
}

static void check_integrity(void)
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
	ck_assert_int_eq(find(card_of(1, 1, 20300101)), REASON_NONE);
}
END_TEST

START_TEST(newer_or_foreign_database_is_left_alone)
{
	static const char *const change[] = {
		"PRAGMA user_version = 2", "PRAGMA application_id = 1",
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

START_TEST(two_at_once_get_different_uids)
{
	enum { EACH = 40 };
	struct roster *mine = NULL;
	struct roster_counts n;
	int status;
	pid_t pid;

	roster_close(&r);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (roster_open(roster_path, &mine) != REASON_NONE)
			_exit(1);
		for (int p = 0; p < EACH; p++) {
			struct roster_new in = new_of(1000 + p);
			struct roster_account a;

			if (roster_enrol(mine, &test_policy, &in, &a) !=
			    REASON_NONE)
				_exit(2);
		}
		roster_close(&mine);
		_exit(0);
	}
	r = open_roster();
	for (int p = 0; p < EACH; p++)
		enrolled(r, p);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(roster_count(r, &n), REASON_NONE);
	ck_assert_int_eq(n.accounts, 2 * EACH);	/* uid is UNIQUE */
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
	tcase_add_loop_test(t, newer_or_foreign_database_is_left_alone, 0, 2);
	tcase_add_test(t, a_file_that_is_no_database_is_an_error);
	tcase_add_test(t, two_at_once_get_different_uids);
	tcase_add_test(t, a_second_handle_sees_what_was_committed);
	tcase_add_loop_test(t, a_killed_writer_leaves_all_or_nothing, 0, 8);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(roster_db_suite)
