/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of the sector and who is in them. */
#include "base/bytes.h"
#include "base/refuse.h"
#include "roster/db.h"
#include "roster/viewfmt.h"

static enum result owner_of_name(sqlite3 *db, const char *name, int64_t *gid)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r = db_prepare(db, &s, "SELECT gid FROM sector_group"
				   " WHERE name = ?", "t", name);

	if (r == R_OK)
		r = db_step(s);
	if (r == R_OK)
		*gid = sqlite3_column_int64(s, 0);
	return r;
}

enum reason roster_group_put(struct roster *r, const char *group, uint32_t gid)
{
	scoped(change_end) struct change c = { 0 };
	int64_t owner;
	enum result found;
	enum reason why;

	refuse_if(!view_name_ok(span_str(group)) || !view_id_ok(gid),
		  REASON_OUT_OF_RANGE);
	/* most often it is there already: no lock is needed to see that */
	found = owner_of_name(r->db, group, &owner);
	if (found == R_OK && owner == (int64_t)gid)
		return REASON_NONE;
	why = change_begin(&c, r);
	if (why != REASON_NONE)
		return why;
	found = owner_of_name(r->db, group, &owner);
	refuse_if(found == R_OK && owner != (int64_t)gid, REASON_NAME_TAKEN);
	if (found == R_OK)
		return REASON_NONE;
	if (found != R_ABSENT ||
	    db_run(r->db, "INSERT INTO sector_group (gid, name)"
		   " VALUES (?1, ?2) ON CONFLICT (gid)"
		   " DO UPDATE SET name = ?2", "it", (int64_t)gid,
		   group) != R_OK)
		return REASON_ROSTER;
	return change_commit(&c);
}

/* Both exist: their ids. */
static enum reason pair(sqlite3 *db, const char *group, const char *account,
			int64_t *gid, int64_t *id)
{
	struct roster_account a;
	enum result r = owner_of_name(db, group, gid);

	if (r != R_OK)
		return r == R_ABSENT ? REASON_NO_GROUP : REASON_ROSTER;
	return account_find(db, account, &a, id);
}

static enum reason room_for_one_more(sqlite3 *db, int64_t account)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;

	if (db_prepare(db, &s, "SELECT count(*) FROM member WHERE account = ?",
		       "i", account) != R_OK || db_step(s) != R_OK)
		return REASON_ROSTER;
	refuse_if(sqlite3_column_int64(s, 0) > ROSTER_GROUPS_MAX,
		  REASON_OUT_OF_RANGE);
	return REASON_NONE;
}

enum reason roster_group_join(struct roster *r, const char *group,
			      const char *account)
{
	scoped(change_end) struct change c = { 0 };
	int64_t gid, id;
	enum reason why = change_begin(&c, r);

	if (why == REASON_NONE)
		why = pair(r->db, group, account, &gid, &id);
	if (why == REASON_NONE &&
	    db_run(r->db, "INSERT OR IGNORE INTO member (account, gid)"
		   " VALUES (?, ?)", "ii", id, gid) != R_OK)
		why = REASON_ROSTER;
	if (why == REASON_NONE)
		why = room_for_one_more(r->db, id);
	return why == REASON_NONE ? change_commit(&c) : why;
}

enum reason roster_group_leave(struct roster *r, const char *group,
			       const char *account)
{
	scoped(change_end) struct change c = { 0 };
	int64_t gid, id;
	enum reason why = change_begin(&c, r);

	if (why == REASON_NONE)
		why = pair(r->db, group, account, &gid, &id);
	if (why != REASON_NONE)
		return why;
	if (db_run(r->db, "DELETE FROM member WHERE account = ? AND gid = ?",
		   "ii", id, gid) != R_OK)
		return REASON_ROSTER;
	return change_commit(&c);
}

enum reason roster_group_list(struct roster *r,
			      bool (*each)(const char *name, uint32_t gid,
					   uint32_t members, void *ctx),
			      void *ctx)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	char name[NAME_MAX_LEN];
	enum result step;

	if (db_prepare(r->db, &s, "SELECT sector_group.name, sector_group.gid,"
		       " count(account.id) FROM sector_group"
		       " LEFT JOIN member ON member.gid = sector_group.gid"
		       " LEFT JOIN account ON account.id = member.account"
		       " AND account.gid <> sector_group.gid"
		       " GROUP BY sector_group.gid ORDER BY sector_group.gid",
		       "") != R_OK)
		return REASON_ROSTER;
	while ((step = db_step(s)) == R_OK) {
		if (db_text(s, 0, name, sizeof(name)) != R_OK)
			return REASON_ROSTER;
		if (!each(name, (uint32_t)sqlite3_column_int64(s, 1),
			  (uint32_t)sqlite3_column_int64(s, 2), ctx))
			return REASON_NONE;
	}
	return step == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}
