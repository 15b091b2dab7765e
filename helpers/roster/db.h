/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The few lines of SQLite that the roster's files share. Private to roster/.
 *
 * args of db_prepare and db_run: one letter an argument of the statement:
 * i = int64_t, t = const char * (copied), b = const uint8_t * of TAG_SIZE.
 */
#ifndef CNIE_ROSTER_DB_H
#define CNIE_ROSTER_DB_H

#include <sqlite3.h>

#include "base/scope.h"
#include "roster/roster.h"

struct roster {
	sqlite3 *db;
};

/* Open, check and bring up the schema (schema.c). */
must_check enum reason schema_open(const char *path, sqlite3 **out);

void db_finalize(sqlite3_stmt **s);	/* for scoped() */

must_check enum result db_prepare(sqlite3 *db, sqlite3_stmt **s,
				  const char *sql, const char *args, ...);
/* R_OK: a row; R_ABSENT: no more; R_INTERNAL. */
must_check enum result db_step(sqlite3_stmt *s);
/* A statement without rows. */
must_check enum result db_run(sqlite3 *db, const char *sql, const char *args,
			      ...);
/* Rows the last db_run changed. */
int db_changes(sqlite3 *db);

/* A text column; R_INTERNAL where it does not fit. */
must_check enum result db_text(sqlite3_stmt *s, int column, char *out,
			       size_t cap);

/* A write transaction: rolled back at the end of scope unless committed. */
struct txn {
	sqlite3 *db;
};
must_check enum result txn_begin(struct txn *t, sqlite3 *db);
must_check enum result txn_commit(struct txn *t);
void txn_end(struct txn *t);

/* The columns of an account, in the order account_row reads them. */
#define ACCOUNT_COLUMNS \
	"account.id, name, uid, gid, home, shell, status, created, " \
	"account.expiry, face, code"
must_check enum result account_row(sqlite3_stmt *s, struct roster_account *out,
				   int64_t *id);
/* By name. REASON_NO_ACCOUNT. */
must_check enum reason account_find(sqlite3 *db, const char *name,
				    struct roster_account *out, int64_t *id);

#endif
