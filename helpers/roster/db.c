/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "roster/db.h"

#include <stdarg.h>
#include <string.h>

#include "base/refuse.h"
#include "roster/viewfmt.h"

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
	case 'h':
		return sqlite3_bind_blob(s, at, va_arg(*ap, const uint8_t *),
					 CACHE_INDEX, SQLITE_TRANSIENT);
	default:
		return SQLITE_MISUSE;
	}
}

static enum result bind(sqlite3_stmt *s, const char *args, va_list *ap)
{
	for (int i = 0; args[i]; i++)
		if (bind_one(s, i + 1, args[i], ap) != SQLITE_OK)
			return R_INTERNAL;
	return R_OK;
}

static enum result prepare(sqlite3 *db, sqlite3_stmt **s, const char *sql,
			   const char *args, va_list *ap)
{
	int rc = sqlite3_prepare_v2(db, sql, -1, s, NULL);

	if (rc != SQLITE_OK)
		return (rc & 0xff) == SQLITE_BUSY ? R_BUSY : R_INTERNAL;
	return bind(*s, args, ap);
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

enum result db_again(sqlite3_stmt *s, const char *args, ...)
{
	enum result r;
	va_list ap;

	sqlite3_reset(s);	/* says again what its last step said */
	va_start(ap, args);
	r = bind(s, args, &ap);
	va_end(ap);
	return r;
}

enum result db_step(sqlite3_stmt *s)
{
	int rc = sqlite3_step(s);

	switch (rc & 0xff) {
	case SQLITE_ROW:
		return R_OK;
	case SQLITE_DONE:
		return R_ABSENT;
	case SQLITE_BUSY:
		return R_BUSY;
	case SQLITE_CONSTRAINT:
		return R_DENIED;
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
	r = db_step(s);
	return r == R_ABSENT ? R_OK : r == R_BUSY ? R_BUSY : R_INTERNAL;
}

enum result db_int(sqlite3 *db, int64_t *out, const char *sql,
		   const char *args, ...)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r;
	va_list ap;

	va_start(ap, args);
	r = prepare(db, &s, sql, args, &ap);
	va_end(ap);
	if (r == R_OK)
		r = db_step(s);
	if (r == R_OK)
		*out = sqlite3_column_int64(s, 0);
	return r;
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

enum result db_blob(sqlite3_stmt *s, int column, uint8_t *out, size_t n)
{
	const void *bytes = sqlite3_column_blob(s, column);

	if (!bytes || sqlite3_column_bytes(s, column) != (int)n)
		return R_INTERNAL;
	memcpy(out, bytes, n);
	return R_OK;
}

enum result meta_get(sqlite3 *db, const char *key, int64_t *out)
{
	enum result r;

	*out = 0;
	r = db_int(db, out, "SELECT value FROM meta WHERE key = ?", "t", key);
	return r == R_ABSENT ? R_OK : r;
}

enum result meta_set(sqlite3 *db, const char *key, int64_t value)
{
	return db_run(db, "INSERT INTO meta (key, value) VALUES (?1, ?2)"
		      " ON CONFLICT (key) DO UPDATE SET value = ?2", "ti", key,
		      value);
}

/* -- transactions -------------------------------------------------- */

static enum result begin(struct txn *t, sqlite3 *db, const char *sql)
{
	enum result r = db_run(db, sql, "");

	if (r == R_OK)
		t->db = db;
	return r;
}

enum result txn_begin(struct txn *t, sqlite3 *db)
{
	return begin(t, db, "BEGIN IMMEDIATE");
}

enum result txn_read(struct txn *t, sqlite3 *db)
{
	return begin(t, db, "BEGIN");
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

enum reason change_begin(struct change *c, struct roster *r)
{
	enum result begun = txn_begin(&c->t, r->db);

	if (begun != R_OK)
		return begun == R_BUSY ? REASON_ROSTER_BUSY : REASON_ROSTER;
	c->r = r;
	marks_init(&c->marks);
	return marks_catch_up(r);
}

enum reason change_commit(struct change *c)
{
	enum reason why = marks_write(c->r, &c->marks);

	if (why != REASON_NONE)
		return why;
	return txn_commit(&c->t) == R_OK ? REASON_NONE : REASON_ROSTER;
}

void change_end(struct change *c)
{
	txn_end(&c->t);
}

/* -- accounts ------------------------------------------------------ */

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

enum reason account_judge(const struct roster_account *a, uint32_t today)
{
	refuse_if(a->status != ROSTER_ACTIVE, REASON_REVOKED);
	refuse_if(a->expiry && a->expiry < today, REASON_ACCOUNT_EXPIRED);
	return REASON_NONE;
}

bool account_answerable(const struct roster_account *a)
{
	return view_name_ok(span_str(a->name)) && view_id_ok(a->uid) &&
	       view_primary_gid_ok(a->gid) && view_path_ok(span_str(a->home)) &&
	       view_path_ok(span_str(a->shell));
}

/* -- what was ever given ------------------------------------------- */

enum result name_given(sqlite3 *db, const char *name)
{
	int64_t one;

	return db_int(db, &one, "SELECT 1 FROM account WHERE name = ?1"
		      " UNION ALL SELECT 1 FROM given WHERE name = ?1", "t",
		      name);
}

enum result uid_given(sqlite3 *db, uint32_t uid)
{
	int64_t one;

	return db_int(db, &one, "SELECT 1 FROM account WHERE uid = ?1"
		      " UNION ALL SELECT 1 FROM given WHERE uid = ?1", "i",
		      (int64_t)uid);
}

enum reason may_give(sqlite3 *db)
{
	int64_t has, had;

	if (meta_get(db, "import_version", &has) != R_OK ||
	    meta_get(db, "import_floor", &had) != R_OK)
		return REASON_ROSTER;
	refuse_if(has < had, REASON_ROSTER_MARKS);
	return REASON_NONE;
}
