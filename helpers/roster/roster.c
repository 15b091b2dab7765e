/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening, looking and changing. Cards and logins are card.c, enrolment
 * enrol.c, groups groups.c, passes pass.c, epochs epoch.c, what is held of one
 * person held.c, the tables schema.c, what is kept beside them marks.c.
 */
#include "roster/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "base/refuse.h"
#include "roster/db.h"
#include "roster/viewfmt.h"

enum reason roster_open(const char *path, struct roster **out)
{
	struct roster *r = calloc(1, sizeof(*r));
	enum reason why;

	if (!r)
		return REASON_INTERNAL;
	why = schema_open(path, r);
	if (why != REASON_NONE) {
		free(r);
		return why;
	}
	*out = r;
	return REASON_NONE;
}

void roster_close(struct roster **r)
{
	if (!*r)
		return;
	sqlite3_close((*r)->db);
	free(*r);
	*r = NULL;
}

/* -- looking ------------------------------------------------------- */

enum reason roster_show(struct roster *r, const char *name,
			struct roster_account *out)
{
	int64_t id;

	return account_find(r->db, name, out, &id);
}

enum reason roster_list_after(struct roster *r, uint32_t after,
			      bool (*each)(const struct roster_account *a,
					   void *ctx), void *ctx)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	struct roster_account a;
	enum result step;
	int64_t id;

	if (db_prepare(r->db, &s, "SELECT " ACCOUNT_COLUMNS
		       " FROM account WHERE uid > ? ORDER BY uid", "i",
		       (int64_t)after) != R_OK)
		return REASON_ROSTER;
	while ((step = db_step(s)) == R_OK) {
		if (account_row(s, &a, &id) != R_OK)
			return REASON_ROSTER;
		if (!each(&a, ctx))
			return REASON_NONE;
	}
	return step == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

enum reason roster_list(struct roster *r,
			bool (*each)(const struct roster_account *a, void *ctx),
			void *ctx)
{
	return roster_list_after(r, 0, each, ctx);
}

/* A card has a row under each epoch that knows it: as many as the epoch that
 * knows most. */
enum reason roster_cards(struct roster *r, const char *name,
			 uint32_t *current, uint32_t *blocked)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;

	if (db_prepare(r->db, &s, "SELECT coalesce(max(c), 0),"
		       " coalesce(max(b), 0) FROM (SELECT sum(state = 1) AS c,"
		       " sum(state = 2) AS b FROM card"
		       " JOIN account ON account.id = card.account"
		       " WHERE account.name = ? GROUP BY epoch)", "t",
		       name) != R_OK || db_step(s) != R_OK)
		return REASON_ROSTER;
	*current = (uint32_t)sqlite3_column_int64(s, 0);
	*blocked = (uint32_t)sqlite3_column_int64(s, 1);
	return REASON_NONE;
}

enum reason roster_count(struct roster *r, struct roster_counts *out)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;

	if (db_prepare(r->db, &s, "SELECT (SELECT count(*) FROM account),"
		       " (SELECT count(*) FROM account WHERE status = 1),"
		       " (SELECT count(*) FROM sector_group)", "") != R_OK ||
	    db_step(s) != R_OK)
		return REASON_ROSTER;
	*out = (struct roster_counts){
		.accounts = (uint32_t)sqlite3_column_int64(s, 0),
		.active = (uint32_t)sqlite3_column_int64(s, 1),
		.groups = (uint32_t)sqlite3_column_int64(s, 2),
	};
	return REASON_NONE;
}

enum reason roster_code(struct roster *r, const char *name,
			char out[CODE_HASH_SIZE])
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result step = db_prepare(r->db, &s, "SELECT code FROM account"
				      " WHERE name = ?", "t", name);

	if (step == R_OK)
		step = db_step(s);
	if (step == R_ABSENT)
		return REASON_NO_ACCOUNT;
	if (step != R_OK)
		return REASON_ROSTER;
	if (sqlite3_column_bytes(s, 0) == 0)
		return REASON_NO_CODE;
	return db_text(s, 0, out, CODE_HASH_SIZE) == R_OK ? REASON_NONE :
							    REASON_ROSTER;
}

/* -- changing ------------------------------------------------------ */

/* A change of one account, found by its name. */
static enum reason begin_of(struct change *c, struct roster *r,
			    const char *name, struct roster_account *a,
			    int64_t *id)
{
	enum reason why = change_begin(c, r);

	return why == REASON_NONE ? account_find(r->db, name, a, id) : why;
}

static enum reason set_number(struct roster *r, const char *sql, int64_t value,
			      const char *name)
{
	scoped(change_end) struct change c = { 0 };
	struct roster_account a;
	int64_t id;
	enum reason why = begin_of(&c, r, name, &a, &id);

	if (why != REASON_NONE)
		return why;
	if (db_run(r->db, sql, "ii", value, id) != R_OK)
		return REASON_ROSTER;
	return change_commit(&c);
}

enum reason roster_revoke(struct roster *r, const char *name)
{
	scoped(change_end) struct change c = { 0 };
	struct roster_account a;
	int64_t id;
	enum reason why = begin_of(&c, r, name, &a, &id);

	if (why != REASON_NONE)
		return why;
	if (db_run(r->db, "UPDATE account SET status = 2, revoked_here = 1"
		   " WHERE id = ?", "i", id) != R_OK ||
	    db_run(r->db, "DELETE FROM pass WHERE account = ?", "i", id) !=
	    R_OK)
		return REASON_ROSTER;
	marks_add(&c.marks, "revoke %u", a.uid);
	return change_commit(&c);
}

/* Where this is lost an old copy has the account revoked, and no harm is done:
 * so it comes after the commit, and only where nobody revoked it since. */
static void mark_restored(struct roster *r, const char *name)
{
	scoped(change_end) struct change c = { 0 };
	struct roster_account a;
	int64_t id;

	if (begin_of(&c, r, name, &a, &id) != REASON_NONE ||
	    a.status != ROSTER_ACTIVE)
		return;
	marks_add(&c.marks, "restore %u", a.uid);
	if (change_commit(&c) != REASON_NONE)
		return;
}

enum reason roster_restore(struct roster *r, const char *name)
{
	scoped(change_end) struct change c = { 0 };
	struct roster_account a;
	int64_t id;
	enum reason why = begin_of(&c, r, name, &a, &id);

	if (why != REASON_NONE)
		return why;
	/* a revocation that an import or the marks brought left its pass */
	if (db_run(r->db, "DELETE FROM pass WHERE account = ?1 AND EXISTS"
		   " (SELECT 1 FROM account WHERE id = ?1 AND status = 2)",
		   "i", id) != R_OK ||
	    db_run(r->db, "UPDATE account SET status = 1, revoked_here = 0"
		   " WHERE id = ?", "i", id) != R_OK)
		return REASON_ROSTER;
	why = change_commit(&c);
	if (why == REASON_NONE)
		mark_restored(r, name);
	return why;
}

enum reason roster_set_face(struct roster *r, const char *name, bool face)
{
	return set_number(r, "UPDATE account SET face = ? WHERE id = ?",
			  face, name);
}

enum reason roster_set_expiry(struct roster *r, const char *name, uint32_t day)
{
	return set_number(r, "UPDATE account SET expiry = ? WHERE id = ?",
			  day, name);
}

enum reason roster_set_code(struct roster *r, const char *name,
			    const char *hash)
{
	scoped(change_end) struct change c = { 0 };
	struct roster_account a;
	int64_t id;
	enum reason why;

	if (strlen(hash) >= CODE_HASH_SIZE)
		return REASON_INTERNAL;
	why = begin_of(&c, r, name, &a, &id);
	if (why != REASON_NONE)
		return why;
	/* it is newer than the one it follows, whatever the clock was then: the
	 * newer one wins at an import */
	if (db_run(r->db, "UPDATE account SET code = ?, code_since ="
		   " max(unixepoch(), code_since + 1) WHERE id = ?", "ti",
		   hash, id) != R_OK)
		return REASON_ROSTER;
	return change_commit(&c);
}

enum reason roster_rename(struct roster *r, const char *name, const char *to)
{
	scoped(change_end) struct change c = { 0 };
	struct roster_account a;
	int64_t id, one;
	enum result used;
	enum reason why;

	refuse_if(!view_name_ok(span_str(to)), REASON_OUT_OF_RANGE);
	why = begin_of(&c, r, name, &a, &id);
	if (why != REASON_NONE)
		return why;
	/* its own of before it may have again */
	used = db_int(r->db, &one, "SELECT 1 FROM account WHERE name = ?1"
		      " UNION ALL SELECT 1 FROM given WHERE name = ?1"
		      " AND uid <> ?2", "ti", to, (int64_t)a.uid);
	refuse_if(used == R_OK, REASON_NAME_TAKEN);
	if (used != R_ABSENT)
		return REASON_ROSTER;
	why = may_give(r->db);
	if (why != REASON_NONE)
		return why;
	if (db_run(r->db, "UPDATE account SET name = ? WHERE id = ?", "ti", to,
		   id) != R_OK ||
	    db_run(r->db, "INSERT OR IGNORE INTO given (name, uid)"
		   " VALUES (?, ?)", "ti", name, (int64_t)a.uid) != R_OK)
		return REASON_ROSTER;
	/* both: where this database is lost, a file with the old name is not
	 * another person's (import_account.c, judge_uid) */
	marks_add(&c.marks, "uid %u %s", a.uid, name);
	marks_add(&c.marks, "uid %u %s", a.uid, to);
	return change_commit(&c);
}

enum reason roster_move(struct roster *r, const char *name, const char *home)
{
	scoped(change_end) struct change c = { 0 };
	struct roster_account a;
	int64_t id;
	enum reason why;

	refuse_if(!entry_home_ok(span_str(home)), REASON_OUT_OF_RANGE);
	why = begin_of(&c, r, name, &a, &id);
	if (why != REASON_NONE)
		return why;
	if (db_run(r->db, "UPDATE account SET home = ? WHERE id = ?", "ti",
		   home, id) != R_OK)
		return REASON_ROSTER;
	return change_commit(&c);
}

static enum result mark_current(struct change *c, uint32_t uid, int64_t account)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	uint8_t card_tag[TAG_SIZE];
	enum result step;

	if (db_prepare(c->r->db, &s, "SELECT epoch, card_tag, expiry FROM card"
		       " WHERE account = ? AND state = 1", "i", account) !=
	    R_OK)
		return R_INTERNAL;
	while ((step = db_step(s)) == R_OK) {
		if (db_blob(s, 1, card_tag, TAG_SIZE) != R_OK)
			return R_INTERNAL;
		marks_block(&c->marks, uid,
			    (uint32_t)sqlite3_column_int64(s, 0), card_tag,
			    (uint32_t)sqlite3_column_int64(s, 2));
	}
	return step == R_ABSENT ? R_OK : R_INTERNAL;
}

enum reason roster_card_block(struct roster *r, const char *name)
{
	scoped(change_end) struct change c = { 0 };
	struct roster_account a;
	int64_t id;
	enum reason why = begin_of(&c, r, name, &a, &id);

	if (why != REASON_NONE)
		return why;
	if (mark_current(&c, a.uid, id) != R_OK ||
	    db_run(r->db, "UPDATE card SET state = 2, since = unixepoch()"
		   " WHERE account = ? AND state = 1", "i", id) != R_OK)
		return REASON_ROSTER;
	return change_commit(&c);
}
