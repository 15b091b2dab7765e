/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/refuse.h"
#include "roster/db.h"

#define APPLICATION_ID "1129204037"	/* "CNIE" */
#define APPLICATION_ID_NUMBER 0x434e4945

/*
 * What the database itself refuses, whoever writes: a second owner of a uid,
 * name, tag or card; a second current card; a member of nothing; an account
 * that disappears, or that gets another uid; a name given back; a blocked card
 * that becomes good; a statement changed or taken back.
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

#define SHOWN(name, change, when) \
"CREATE TRIGGER shown_" name " AFTER " change " WHEN " when \
"	BEGIN UPDATE meta SET value = random() & 0x7fffffffffffffff" \
"	WHERE key = 'shown'; END;"

static const char shown[] =
SHOWN("account_in", "INSERT ON account", "TRUE")
SHOWN("account_on", "UPDATE ON account",
      "(OLD.name, OLD.gid, OLD.home, OLD.shell, OLD.status, OLD.expiry)"
      " IS NOT"
      " (NEW.name, NEW.gid, NEW.home, NEW.shell, NEW.status, NEW.expiry)")
SHOWN("group_in", "INSERT ON sector_group", "TRUE")
SHOWN("group_on", "UPDATE ON sector_group", "OLD.name <> NEW.name")
SHOWN("group_out", "DELETE ON sector_group", "TRUE")
SHOWN("member_in", "INSERT ON member", "TRUE")
SHOWN("member_out", "DELETE ON member", "TRUE");

static const char not_shown[] =
"DROP TRIGGER IF EXISTS shown_account_in;"
"DROP TRIGGER IF EXISTS shown_account_on;"
"DROP TRIGGER IF EXISTS shown_group_in;"
"DROP TRIGGER IF EXISTS shown_group_on;"
"DROP TRIGGER IF EXISTS shown_group_out;"
"DROP TRIGGER IF EXISTS shown_member_in;"
"DROP TRIGGER IF EXISTS shown_member_out;";

/*
 * floor: an unknown card of this account that expires then or before counts as
 * blocked. origin: 1 made here, 2 came with an import. revoked_here: an
 * imported file does not make the account active again.
 */
static const char schema_2[] =
"ALTER TABLE account ADD COLUMN code_since INTEGER NOT NULL DEFAULT 0"
"	CHECK (code_since >= 0);"
"ALTER TABLE account ADD COLUMN floor INTEGER NOT NULL DEFAULT 0"
"	CHECK (floor BETWEEN 0 AND 99991231);"
"ALTER TABLE account ADD COLUMN origin INTEGER NOT NULL DEFAULT 1"
"	CHECK (origin IN (1, 2));"
"ALTER TABLE account ADD COLUMN revoked_here INTEGER NOT NULL DEFAULT 0"
"	CHECK (revoked_here IN (0, 1));"
"UPDATE account SET revoked_here = 1 WHERE status = 2;"
"CREATE TRIGGER floor_stays BEFORE UPDATE OF floor ON account"
"	WHEN NEW.floor < OLD.floor"
"	BEGIN SELECT RAISE(ABORT, 'a floor is never lowered'); END;"
"CREATE TRIGGER blocked_stays BEFORE UPDATE OF state ON card"
"	WHEN OLD.state = 2 AND NEW.state <> 2"
"	BEGIN SELECT RAISE(ABORT, 'a blocked card stays blocked'); END;"
"ALTER TABLE sector_group ADD COLUMN origin INTEGER NOT NULL DEFAULT 1"
"	CHECK (origin IN (1, 2));"
/* names of before, and what marks told of accounts that are not here */
"CREATE TABLE given ("
"	name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 32),"
"	uid INTEGER NOT NULL CHECK (uid BETWEEN 1000 AND 2147483646)"
") STRICT, WITHOUT ROWID;"
"CREATE INDEX given_uid ON given (uid);"
"CREATE TRIGGER given_stays BEFORE DELETE ON given"
"	BEGIN SELECT RAISE(ABORT, 'a name is given for ever'); END;"
"CREATE TRIGGER given_stays_so BEFORE UPDATE ON given"
"	BEGIN SELECT RAISE(ABORT, 'a name is given for ever'); END;"
"CREATE TABLE rebind ("
"	id INTEGER PRIMARY KEY,"
"	account INTEGER NOT NULL REFERENCES account (id),"
"	old_epoch INTEGER NOT NULL,"	/* 0 and NULL: said by an order */
"	old_tag BLOB CHECK (length(old_tag) = 16),"
"	epoch INTEGER NOT NULL,"
"	tag BLOB NOT NULL CHECK (length(tag) = 16),"
"	at INTEGER NOT NULL,"
"	origin INTEGER NOT NULL CHECK (origin IN (1, 2))"
") STRICT;"
"CREATE UNIQUE INDEX rebind_once ON rebind"
"	(account, epoch, tag, old_epoch, at);"
"CREATE TRIGGER rebind_stays BEFORE DELETE ON rebind"
"	BEGIN SELECT RAISE(ABORT, 'a statement stays'); END;"
"CREATE TRIGGER rebind_stays_so BEFORE UPDATE ON rebind"
"	BEGIN SELECT RAISE(ABORT, 'a statement stays as it is'); END;"
"CREATE TABLE pass ("
"	account INTEGER PRIMARY KEY REFERENCES account (id),"
"	hash TEXT NOT NULL CHECK (length(hash) BETWEEN 1 AND 127),"
"	services TEXT NOT NULL CHECK (length(services) BETWEEN 1 AND 256),"
"	until INTEGER NOT NULL,"
"	tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0)"
") STRICT;"
"CREATE TABLE answer ("
"	epoch INTEGER NOT NULL,"
"	look_up BLOB NOT NULL CHECK (length(look_up) = 32),"
"	tag BLOB NOT NULL CHECK (length(tag) = 16),"
"	card_tag BLOB NOT NULL CHECK (length(card_tag) = 16),"
"	until INTEGER NOT NULL CHECK (until BETWEEN 19000101 AND 99991231),"
"	PRIMARY KEY (epoch, look_up)"
") STRICT, WITHOUT ROWID;"
/* epochs whose key is gone: an import does not bring their tags back */
"CREATE TABLE retired ("
"	epoch INTEGER PRIMARY KEY"
") STRICT;"
/* what marks told of accounts that are not here (any more, or yet) */
"CREATE TABLE blocked ("
"	epoch INTEGER NOT NULL,"
"	card_tag BLOB NOT NULL CHECK (length(card_tag) = 16),"
"	uid INTEGER NOT NULL,"
"	expiry INTEGER NOT NULL CHECK (expiry BETWEEN 0 AND 99991231),"
"	PRIMARY KEY (epoch, card_tag)"
") STRICT, WITHOUT ROWID;"
"CREATE TABLE revoked ("
"	uid INTEGER PRIMARY KEY"
") STRICT;"
/* What a view shows of the roster has a number, drawn anew with each change of
 * it: a view of another number is of before or of another roster. */
"INSERT INTO meta (key, value)"
"	VALUES ('shown', random() & 0x7fffffffffffffff);"
"PRAGMA user_version = 2;";

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
	refuse_if(!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
		  (st.st_mode & 077), R_DENIED);
	return R_OK;
}

static enum result exec(sqlite3 *db, const char *sql)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? R_OK :
	       (rc & 0xff) == SQLITE_BUSY ? R_BUSY : R_INTERNAL;
}

enum result schema_shown_aside(sqlite3 *db)
{
	return exec(db, not_shown);
}

enum result schema_shown_back(sqlite3 *db)
{
	if (db_run(db, "INSERT INTO meta (key, value)"
		   " VALUES ('shown', random() & 0x7fffffffffffffff)"
		   " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		   "") != R_OK)
		return R_INTERNAL;
	return exec(db, shown);
}

/* Its own number, or that of the marks that are there already: a database
 * that was lost is no other than a very old one. */
static enum reason name_roster(struct roster *r)
{
	int64_t id;
	enum result had = marks_owner(r->marks, &id);

	if (had == R_ABSENT &&
	    getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return REASON_INTERNAL;
	if (had != R_OK && had != R_ABSENT)
		return REASON_ROSTER_MARKS;
	return meta_set(r->db, "roster_id", id) == R_OK ? REASON_NONE :
							  REASON_ROSTER;
}

/* To version 2, in one transaction; from nothing through version 1, so that
 * every database has been made by the same statements. */
static enum reason bring_up(struct roster *r)
{
	scoped(txn_end) struct txn t = { 0 };
	enum result begun = txn_begin(&t, r->db);
	int64_t version, tables;
	enum reason why;

	if (begun != R_OK)
		return begun == R_BUSY ? REASON_ROSTER_BUSY : REASON_ROSTER;
	/* again: another may have done it meanwhile */
	if (db_int(r->db, &version, "PRAGMA user_version", "") != R_OK ||
	    db_int(r->db, &tables, "SELECT count(*) FROM sqlite_schema", "") !=
	    R_OK)
		return REASON_ROSTER;
	if (version == ROSTER_VERSION)
		return REASON_NONE;
	/* a newer one, or no roster at all: nothing is touched */
	refuse_if(version != (tables ? 1 : 0), REASON_ROSTER);
	if ((version == 0 && exec(r->db, schema_1) != R_OK) ||
	    exec(r->db, schema_2) != R_OK || exec(r->db, shown) != R_OK)
		return REASON_ROSTER;
	why = name_roster(r);
	if (why != REASON_NONE)
		return why;
	return txn_commit(&t) == R_OK ? REASON_NONE : REASON_ROSTER;
}

/* Nothing is written where all is well: another may hold the lock. */
static enum reason check(struct roster *r)
{
	int64_t version, id, tables;

	/* in this order: another may be making it at this moment */
	if (db_int(r->db, &tables, "SELECT count(*) FROM sqlite_schema", "") !=
	    R_OK ||
	    db_int(r->db, &id, "PRAGMA application_id", "") != R_OK ||
	    db_int(r->db, &version, "PRAGMA user_version", "") != R_OK)
		return REASON_ROSTER;
	refuse_if(tables && id != APPLICATION_ID_NUMBER, REASON_ROSTER);
	return version == ROSTER_VERSION ? REASON_NONE : bring_up(r);
}

static enum reason configure(sqlite3 *db)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r;
	char mode[8];

	if (sqlite3_busy_timeout(db, ROSTER_BUSY_MS) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) !=
	    SQLITE_OK || exec(db, settings) != R_OK)
		return REASON_ROSTER;
	r = db_prepare(db, &s, "PRAGMA journal_mode = WAL", "");
	if (r == R_OK)
		r = db_step(s);
	if (r == R_BUSY)
		return REASON_ROSTER_BUSY;
	if (r != R_OK || db_text(s, 0, mode, sizeof(mode)) != R_OK ||
	    sqlite3_stricmp(mode, "wal"))
		return REASON_ROSTER;
	return REASON_NONE;
}

static enum reason open_files(const char *path, struct roster *r)
{
	int n = snprintf(r->marks, sizeof(r->marks), "%s.marks", path);
	enum reason why;

	if (n < 0 || (size_t)n >= sizeof(r->marks))
		return REASON_INTERNAL;
	if (file_ready(path) != R_OK ||
	    sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READWRITE |
			    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return REASON_ROSTER;
	why = configure(r->db);
	if (why == REASON_NONE)
		why = check(r);
	return why == REASON_NONE ? marks_open(r) : why;
}

enum reason schema_open(const char *path, struct roster *r)
{
	enum reason why = open_files(path, r);

	if (why != REASON_NONE) {
		sqlite3_close(r->db);
		r->db = NULL;
	}
	return why;
}
