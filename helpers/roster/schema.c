/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "roster/db.h"

#define APPLICATION_ID "1129204037"	/* "CNIE" */

/*
 * What the database itself refuses, whoever writes: a second owner of a uid,
 * name, tag or card; a second current card; a member of nothing; an account
 * that disappears, or that gets another uid.
 */
static const char schema_1[] =
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
/* state: 1 current, 2 blocked; since: when it came into this state. A card
 * has another tag under another epoch: who moves accounts to a new epoch
 * moves the states of their cards with them. */
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
"PRAGMA application_id = " APPLICATION_ID ";"
"PRAGMA user_version = 1;";

static const char settings[] =
"PRAGMA trusted_schema = OFF;"
"PRAGMA foreign_keys = ON;"
"PRAGMA synchronous = FULL;"
"PRAGMA secure_delete = ON;"	/* of an old code hash nothing stays */
"PRAGMA temp_store = MEMORY;"
"PRAGMA cell_size_check = ON;";

/* The file exists, is ours alone, 0600. SQLite gives -wal and -shm its mode. */
static enum result file_ready(const char *path)
{
	scoped(close_fd) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC |
					     O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return R_INTERNAL;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077))
		return R_DENIED;
	return R_OK;
}

static enum result number(sqlite3 *db, const char *sql, int64_t *out)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r = db_prepare(db, &s, sql, "");

	if (r == R_OK)
		r = db_step(s);
	if (r != R_OK)
		return R_INTERNAL;
	*out = sqlite3_column_int64(s, 0);
	return R_OK;
}

static enum result exec(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ?
	       R_OK : R_INTERNAL;
}

static enum result bring_up(sqlite3 *db)
{
	scoped(txn_end) struct txn t = { 0 };
	int64_t version, id, tables;

	if (txn_begin(&t, db) != R_OK ||
	    number(db, "PRAGMA user_version", &version) != R_OK ||
	    number(db, "PRAGMA application_id", &id) != R_OK ||
	    number(db, "SELECT count(*) FROM sqlite_schema", &tables) != R_OK)
		return R_INTERNAL;
	if (version == 0 && tables == 0) {
		if (exec(db, schema_1) != R_OK)
			return R_INTERNAL;
		return txn_commit(&t);
	}
	/* a newer one, or no roster at all: nothing is touched */
	return version == ROSTER_VERSION && id == 0x434e4945 ? R_OK : R_DENIED;
}

static enum result configure(sqlite3 *db)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	char mode[8];

	if (sqlite3_busy_timeout(db, ROSTER_BUSY_MS) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) !=
	    SQLITE_OK ||
	    exec(db, settings) != R_OK ||
	    db_prepare(db, &s, "PRAGMA journal_mode = WAL", "") != R_OK ||
	    db_step(s) != R_OK || db_text(s, 0, mode, sizeof(mode)) != R_OK ||
	    sqlite3_stricmp(mode, "wal"))
		return R_INTERNAL;
	return R_OK;
}

enum reason schema_open(const char *path, sqlite3 **out)
{
	sqlite3 *db = NULL;

	if (file_ready(path) != R_OK)
		return REASON_ROSTER;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE |
			    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK ||
	    configure(db) != R_OK || bring_up(db) != R_OK) {
		sqlite3_close(db);
		return REASON_ROSTER;
	}
	*out = db;
	return REASON_NONE;
}
