/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The few lines of SQLite that the roster's files share. Private to roster/.
 *
 * args of db_prepare, db_run and db_int: one letter an argument of the
 * statement: i = int64_t, t = const char * (copied), b = const uint8_t * of
 * TAG_SIZE (NULL is NULL), h = const uint8_t * of CACHE_INDEX.
 */
#ifndef CNIE_ROSTER_DB_H
#define CNIE_ROSTER_DB_H

#include <limits.h>
#include <sqlite3.h>

#include "base/scope.h"
#include "roster/marks.h"
#include "roster/roster.h"

struct roster {
	sqlite3 *db;
	char marks[PATH_MAX];		/* marks.h */
};

/* Open, check and bring up the schema (schema.c); r->marks is set. */
must_check enum reason schema_open(const char *path, struct roster *r);

/*
 * Within one write transaction that changes very many rows: no number of what
 * is shown (schema.c) is drawn for each, but one at the end. A roll-back is as
 * good as the second.
 */
must_check enum result schema_shown_aside(sqlite3 *db);
must_check enum result schema_shown_back(sqlite3 *db);

void db_finalize(sqlite3_stmt **s);	/* for scoped() */

must_check enum result db_prepare(sqlite3 *db, sqlite3_stmt **s,
				  const char *sql, const char *args, ...);
/* New values for a statement that ran before. */
must_check enum result db_again(sqlite3_stmt *s, const char *args, ...);
/* R_OK: a row; R_ABSENT: no more; R_BUSY: locked; R_DENIED: the schema refuses
 * it; R_INTERNAL. */
must_check enum result db_step(sqlite3_stmt *s);
/* A statement without rows. */
must_check enum result db_run(sqlite3 *db, const char *sql, const char *args,
			      ...);
/* The number in the first column of the first row. R_ABSENT: no row. */
must_check enum result db_int(sqlite3 *db, int64_t *out, const char *sql,
			      const char *args, ...);
/* Rows the last db_run changed. */
int db_changes(sqlite3 *db);

/* A text column; R_INTERNAL where it does not fit. */
must_check enum result db_text(sqlite3_stmt *s, int column, char *out,
			       size_t cap);
/* A blob column of just n bytes. */
must_check enum result db_blob(sqlite3_stmt *s, int column, uint8_t *out,
			       size_t n);

/* A number of the table meta, 0 where it is not there. */
must_check enum result meta_get(sqlite3 *db, const char *key, int64_t *out);
must_check enum result meta_set(sqlite3 *db, const char *key, int64_t value);

/* A write transaction: rolled back at the end of scope unless committed. */
struct txn {
	sqlite3 *db;
};
must_check enum result txn_begin(struct txn *t, sqlite3 *db);	/* R_BUSY */
/* One that reads. */
must_check enum result txn_read(struct txn *t, sqlite3 *db);
must_check enum result txn_commit(struct txn *t);
void txn_end(struct txn *t);

/*
 * A change of the roster: a write transaction that has caught up with the
 * marks, and the marks that it makes, which are on disk before it commits.
 * Rolled back at the end of scope unless committed.
 */
struct change {
	struct roster *r;
	struct txn t;
	struct marks marks;
};
must_check enum reason change_begin(struct change *c, struct roster *r);
must_check enum reason change_commit(struct change *c);
void change_end(struct change *c);

/* The columns of an account, in the order account_row reads them. */
#define ACCOUNT_COLUMNS \
	"account.id, account.name, account.uid, account.gid, home, shell," \
	" status, created, account.expiry, face, code"
must_check enum result account_row(sqlite3_stmt *s, struct roster_account *out,
				   int64_t *id);
/* By name. REASON_NO_ACCOUNT. */
must_check enum reason account_find(sqlite3 *db, const char *name,
				    struct roster_account *out, int64_t *id);
/* REASON_REVOKED, REASON_ACCOUNT_EXPIRED. */
must_check enum reason account_judge(const struct roster_account *a,
				     uint32_t today);
/* What NSS may answer (viewfmt.h). */
bool account_answerable(const struct roster_account *a);

/*
 * Whether a name or uid was ever given (accounts, and what the marks or an
 * import told of). R_OK: it was; R_ABSENT: it is free.
 */
must_check enum result name_given(sqlite3 *db, const char *name);
must_check enum result uid_given(sqlite3 *db, uint32_t uid);
/*
 * REASON_ROSTER_MARKS where the roster was put back from before an import: it
 * does not know the names and uids that the file gave, so it gives none until
 * that file, or a later one, has come again.
 */
must_check enum reason may_give(sqlite3 *db);

enum card_state { CARD_CURRENT = 1, CARD_BLOCKED = 2 };
enum origin { ORIGIN_HERE = 1, ORIGIN_IMPORT = 2 };

#endif
