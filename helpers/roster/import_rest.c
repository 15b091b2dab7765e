/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups, names of before, cards of lost accounts, and the statements of
 * another machine. Few of each: their statements are not kept prepared. */
#include <string.h>

#include "base/refuse.h"
#include "roster/import.h"

/* Another group here has the name. One that comes later in the file has a new
 * name there: until then it has none, but the number of this line. */
static enum reason park(struct importer *i, int64_t gid,
			const struct exchange_line *l)
{
	refuse_if(gid < (int64_t)l->gid, REASON_ROSTER_CONFLICT);
	return db_run(i->change.r->db, "UPDATE sector_group SET name ="
		      " ' ' || ? WHERE gid = ?", "ii", (int64_t)i->line,
		      gid) == R_OK ? REASON_NONE : REASON_ROSTER;
}

enum reason import_open_ends(struct importer *i)
{
	int64_t line = 0;
	/* a name has no spaces, and begins with nothing that is before one */
	enum result r = db_int(i->change.r->db, &line,
			       "SELECT line FROM (SELECT"
			       " CAST(substr(name, 2) AS INTEGER) AS line"
			       " FROM sector_group WHERE name < '!' UNION ALL"
			       " SELECT line FROM temp.unproven)"
			       " ORDER BY line LIMIT 1", "");

	if (refused(r == R_OK)) {
		i->line = (uint64_t)line;
		return REASON_ROSTER_CONFLICT;
	}
	return r == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

enum reason import_group(struct importer *i, const struct exchange_line *l)
{
	sqlite3 *db = i->change.r->db;
	enum reason why = REASON_NONE;
	int64_t gid = l->gid;
	enum result r = db_int(db, &gid, "SELECT gid FROM sector_group"
			       " WHERE name = ?", "t", l->name);

	if (r == R_OK && gid != (int64_t)l->gid)
		why = park(i, gid, l);
	if (why != REASON_NONE)
		return why;
	if ((r != R_OK && r != R_ABSENT) ||
	    db_run(db, "INSERT INTO sector_group (gid, name, origin)"
		   " VALUES (?1, ?2, 2) ON CONFLICT (gid)"
		   " DO UPDATE SET name = ?2, origin = 2", "it",
		   (int64_t)l->gid, l->name) != R_OK)
		return REASON_ROSTER;
	return REASON_NONE;
}

enum reason import_given(struct importer *i, const struct exchange_line *l)
{
	sqlite3 *db = i->change.r->db;
	int64_t uid = 0, origin = ORIGIN_IMPORT, id;
	enum result r;

	/* nobody bears it, of the file least of all; but one that the signer
	 * lost is missing from the file, and import_end judges that */
	r = db_int(db, &id, "SELECT id FROM account WHERE name = ?1"
		   " AND (uid <> ?2 OR origin = 1)", "ti", l->name,
		   (int64_t)l->uid);
	refuse_if(r == R_OK, REASON_ROSTER_CONFLICT);
	if (r == R_ABSENT)
		r = db_int(db, &id, "SELECT id FROM account WHERE name = ?",
			   "t", l->name);
	refuse_if(r == R_OK && import_was_seen(i, id), REASON_ROSTER_CONFLICT);
	if (r != R_ABSENT)
		return r == R_OK ? REASON_NONE : REASON_ROSTER;
	r = db_int(db, &uid, "SELECT uid FROM given WHERE name = ?", "t",
		   l->name);
	refuse_if(r == R_OK && uid != (int64_t)l->uid, REASON_ROSTER_CONFLICT);
	/* its account has another name now, and is the one that had this */
	if (r == R_OK && import_run(i, SQL_UNPROVEN_DROP, "i", uid) != R_ABSENT)
		return REASON_ROSTER;
	if (r != R_OK && r != R_ABSENT)
		return REASON_ROSTER;
	/* its uid is no account's that was made here */
	r = db_int(db, &origin, "SELECT origin FROM account WHERE uid = ?",
		   "i", (int64_t)l->uid);
	refuse_if(r == R_OK && origin == ORIGIN_HERE, REASON_ROSTER_CONFLICT);
	if (r != R_OK && r != R_ABSENT)
		return REASON_ROSTER;
	r = import_run(i, SQL_GIVEN_ADD, "ti", l->name, (int64_t)l->uid);
	return r == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

enum reason import_blocked(struct importer *i, const struct exchange_line *l)
{
	struct card_row c = { .epoch = l->epoch, .expiry = l->expiry };
	sqlite3 *db = i->change.r->db;
	enum result r;

	if (import_retired(i, l->epoch))
		return REASON_NONE;
	memcpy(c.tag, l->tag, TAG_SIZE);
	r = import_run(i, SQL_CARD_BLOCK, "ibi", (int64_t)l->epoch, l->tag,
		       (int64_t)i->options.now);
	if (r == R_ABSENT)
		r = db_run(db, "INSERT OR IGNORE INTO blocked (epoch, card_tag,"
			   " uid, expiry) SELECT ?1, ?2, ?3, ?4 WHERE NOT"
			   " EXISTS (SELECT 1 FROM card WHERE epoch = ?1"
			   " AND card_tag = ?2)", "ibii", (int64_t)l->epoch,
			   l->tag, (int64_t)l->uid, (int64_t)l->expiry);
	if (r == R_OK)
		r = import_say_block(i, l->uid, &c);
	return r == R_OK ? REASON_NONE : REASON_ROSTER;
}

/* The account that an old tag belongs to, and the file says the same. Another
 * uid is of somebody who was enrolled there, too, by that machine itself: its
 * other statements are as good as before. R_DENIED: of nobody who is here. */
static enum result known_by(struct importer *i, const struct exchange_line *l,
			    int64_t *account)
{
	int64_t uid = 0;
	enum result r = import_run(i, SQL_TAG_OWNER, "ib",
				   (int64_t)l->old_epoch, l->old_tag);

	if (r != R_OK)
		return r == R_ABSENT ? R_DENIED : R_INTERNAL;
	*account = sqlite3_column_int64(i->sql[SQL_TAG_OWNER], 0);
	r = db_int(i->change.r->db, &uid, "SELECT uid FROM account"
		   " WHERE id = ?", "i", *account);
	refuse_if(r == R_OK && uid != (int64_t)l->uid, R_DENIED);
	return r == R_OK ? R_OK : R_INTERNAL;
}

/* Its tag there already is the same one. Where it is not, the machine has
 * another key of that epoch: nothing that it states is believed. */
static enum reason has_tag(struct importer *i, const struct exchange_line *l,
			   int64_t account, bool *has)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	uint8_t tag[TAG_SIZE];
	enum result r = db_prepare(i->change.r->db, &s, "SELECT tag FROM tag"
				   " WHERE account = ? AND epoch = ?", "ii",
				   account, (int64_t)l->epoch);

	if (r == R_OK)
		r = db_step(s);
	*has = r == R_OK;
	if (r == R_OK && db_blob(s, 0, tag, TAG_SIZE) != R_OK)
		return REASON_ROSTER;
	refuse_if(r == R_OK && memcmp(tag, l->tag, TAG_SIZE) != 0,
		  REASON_ROSTER_CONFLICT);
	return r == R_OK || r == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

/* One of an account that is not known here by this uid, or that no old tag
 * proves (said by an order there), is not taken: a uid alone may be another
 * person's. */
enum reason import_statement(struct importer *i, const struct exchange_line *l)
{
	int64_t account = 0;
	bool has = false;
	enum reason why;
	enum result r;

	i->sum.accounts++;
	if (!l->has_old_tag || import_retired(i, l->epoch))
		return REASON_NONE;
	r = known_by(i, l, &account);
	i->sum.unknown += r == R_DENIED;
	if (r != R_OK)
		return r == R_DENIED ? REASON_NONE : REASON_ROSTER;
	why = has_tag(i, l, account, &has);
	if (why != REASON_NONE)
		return why;
	/* said by another machine before: each of many says it, and all that
	 * are kept travel with the roster */
	if (has)
		return REASON_NONE;
	r = import_run(i, SQL_TAG_ADD, "iib", account, (int64_t)l->epoch,
		       l->tag);
	refuse_if(r == R_DENIED, REASON_ROSTER_CONFLICT);
	if (r != R_ABSENT)
		return REASON_ROSTER;
	i->sum.changed++;
	r = import_run(i, SQL_REBIND_ADD, "iibibi", account,
		       (int64_t)l->old_epoch, l->old_tag, (int64_t)l->epoch,
		       l->tag, (int64_t)l->since);
	return r == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}
