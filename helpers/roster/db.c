/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "roster/db.h"

#include <stdarg.h>
#include <string.h>

void db_finalize(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
	*s = NULL;
}

static int bind_one(sqlite3_stmt *s, int at, char kind, va_list *ap)
{
	switch (kind) {
	case 'i':
		return sqlite3_bind_int64(s, at, va_arg(*ap, int64_t));
	case 't':
		return sqlite3_bind_text(s, at, va_arg(*ap, const char *), -1,
					 SQLITE_TRANSIENT);
	case 'b':
		return sqlite3_bind_blob(s, at, va_arg(*ap, const uint8_t *),
					 TAG_SIZE, SQLITE_TRANSIENT);
	default:
		return SQLITE_MISUSE;
	}
}

static enum result prepare(sqlite3 *db, sqlite3_stmt **s, const char *sql,
			   const char *args, va_list *ap)
{
	if (sqlite3_prepare_v2(db, sql, -1, s, NULL) != SQLITE_OK)
		return R_INTERNAL;
	for (int i = 0; args[i]; i++)
		if (bind_one(*s, i + 1, args[i], ap) != SQLITE_OK)
			return R_INTERNAL;
	return R_OK;
}

enum result db_prepare(sqlite3 *db, sqlite3_stmt **s, const char *sql,
		       const char *args, ...)
{
	enum result r;
	va_list ap;

	va_start(ap, args);
	r = prepare(db, s, sql, args, &ap);
	va_end(ap);
	return r;
}

enum result db_step(sqlite3_stmt *s)
{
	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		return R_OK;
	case SQLITE_DONE:
		return R_ABSENT;
	default:
		return R_INTERNAL;
	}
}

enum result db_run(sqlite3 *db, const char *sql, const char *args, ...)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r;
	va_list ap;

	va_start(ap, args);
	r = prepare(db, &s, sql, args, &ap);
	va_end(ap);
	if (r != R_OK)
		return r;
	return db_step(s) == R_ABSENT ? R_OK : R_INTERNAL;
}

int db_changes(sqlite3 *db)
{
	return sqlite3_changes(db);
}

enum result db_text(sqlite3_stmt *s, int column, char *out, size_t cap)
{
	const unsigned char *text = sqlite3_column_text(s, column);
	int n = sqlite3_column_bytes(s, column);

	if (!text || n < 0 || (size_t)n >= cap ||
	    strlen((const char *)text) != (size_t)n)
		return R_INTERNAL;
	memcpy(out, text, (size_t)n + 1);
	return R_OK;
}

enum result txn_begin(struct txn *t, sqlite3 *db)
{
	enum result r = db_run(db, "BEGIN IMMEDIATE", "");

	if (r == R_OK)
		t->db = db;
	return r;
}

enum result txn_commit(struct txn *t)
{
	enum result r = db_run(t->db, "COMMIT", "");

	if (r == R_OK)
		t->db = NULL;
	return r;
}

void txn_end(struct txn *t)
{
	if (t->db && !sqlite3_get_autocommit(t->db) &&
	    db_run(t->db, "ROLLBACK", "") != R_OK)
		return;		/* SQLite rolls back when it is closed */
	t->db = NULL;
}

enum result account_row(sqlite3_stmt *s, struct roster_account *out,
			int64_t *id)
{
	struct roster_account a = { 0 };

	if (db_text(s, 1, a.name, sizeof(a.name)) != R_OK ||
	    db_text(s, 4, a.home, sizeof(a.home)) != R_OK ||
	    db_text(s, 5, a.shell, sizeof(a.shell)) != R_OK)
		return R_INTERNAL;
	a.uid = (uint32_t)sqlite3_column_int64(s, 2);
	a.gid = (uint32_t)sqlite3_column_int64(s, 3);
	a.status = sqlite3_column_int(s, 6) == ROSTER_ACTIVE ? ROSTER_ACTIVE :
							       ROSTER_REVOKED;
	a.created = (uint64_t)sqlite3_column_int64(s, 7);
	a.expiry = (uint32_t)sqlite3_column_int64(s, 8);
	a.face = sqlite3_column_int(s, 9) == 1;
	a.code = sqlite3_column_bytes(s, 10) > 0;
	*id = sqlite3_column_int64(s, 0);
	*out = a;
	return R_OK;
}

enum reason account_find(sqlite3 *db, const char *name,
			 struct roster_account *out, int64_t *id)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r = db_prepare(db, &s, "SELECT " ACCOUNT_COLUMNS
				   " FROM account WHERE name = ?", "t", name);

	if (r == R_OK)
		r = db_step(s);
	if (r == R_OK)
		r = account_row(s, out, id);
	return r == R_OK ? REASON_NONE :
	       r == R_ABSENT ? REASON_NO_ACCOUNT : REASON_ROSTER;
}
