/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is held about one account, for the person. */
#include "roster/db.h"

static enum result pass_of(sqlite3 *db, int64_t id, uint64_t now,
			   struct roster_held *h)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r = db_prepare(db, &s, "SELECT until, tries, services"
				   " FROM pass WHERE account = ?", "i", id);
	uint64_t until;

	if (r == R_OK)
		r = db_step(s);
	if (r != R_OK)
		return r == R_ABSENT ? R_OK : r;
	until = (uint64_t)sqlite3_column_int64(s, 0);
	*(until > now ? &h->pass_until : &h->pass_ended) = until;
	h->pass_tries = (uint32_t)sqlite3_column_int64(s, 1);
	return db_text(s, 2, h->pass_services, sizeof(h->pass_services));
}

static enum result held_of(sqlite3 *db, int64_t id, struct roster_held *h)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;

	if (db_prepare(db, &s, "SELECT"
		" (SELECT count(*) FROM tag WHERE account = ?1),"
		" (SELECT count(*) FROM rebind WHERE account = ?1),"
		" (SELECT count(*) FROM member WHERE account = ?1),"
		" code_since, floor, origin = 2, revoked_here,"
		" (SELECT count(*) FROM answer JOIN tag USING (epoch, tag)"
		"	WHERE tag.account = ?1),"
		" (SELECT count(*) FROM blocked WHERE blocked.uid ="
		"	account.uid) +"
		" (SELECT count(*) FROM revoked WHERE revoked.uid ="
		"	account.uid),"
		" max(coalesce((SELECT max(since) FROM card"
		"	WHERE account = ?1), 0),"
		"     coalesce((SELECT max(at) FROM rebind"
		"	WHERE account = ?1), 0))"
		" FROM account WHERE id = ?1", "i", id) != R_OK ||
	    db_step(s) != R_OK)
		return R_INTERNAL;
	h->tags = (uint32_t)sqlite3_column_int64(s, 0);
	h->rebinds = (uint32_t)sqlite3_column_int64(s, 1);
	h->groups = (uint32_t)sqlite3_column_int64(s, 2);
	h->code_since = h->account.code ?
			(uint64_t)sqlite3_column_int64(s, 3) : 0;
	h->floor = (uint32_t)sqlite3_column_int64(s, 4);
	h->imported = sqlite3_column_int(s, 5) == 1;
	h->revoked_here = sqlite3_column_int(s, 6) == 1;
	h->answers = (uint32_t)sqlite3_column_int64(s, 7);
	h->before = (uint32_t)sqlite3_column_int64(s, 8);
	h->last_change = (uint64_t)sqlite3_column_int64(s, 9);
	return R_OK;
}

enum reason roster_held(struct roster *r, const char *name, uint64_t now,
			struct roster_held *out)
{
	scoped(txn_end) struct txn t = { 0 };
	struct roster_held h = { .tags = 0 };
	enum reason why;
	int64_t id;

	if (txn_read(&t, r->db) != R_OK)
		return REASON_ROSTER;
	why = account_find(r->db, name, &h.account, &id);
	if (why == REASON_NONE)
		why = roster_cards(r, name, &h.cards_current,
				   &h.cards_blocked);
	if (why != REASON_NONE)
		return why;
	if (held_of(r->db, id, &h) != R_OK ||
	    pass_of(r->db, id, now, &h) != R_OK)
		return REASON_ROSTER;
	*out = h;
	return REASON_NONE;
}

static const char items[] =
	"SELECT 1, name, 0, 0, 0, 0, 0 FROM given"
	"	WHERE uid = ?2 AND name <> ?3"
	" UNION ALL SELECT 2, name, 0, gid, 0, 0, 0 FROM sector_group"
	"	WHERE gid = ?4 OR gid IN"
	"	(SELECT gid FROM member WHERE account = ?1)"
	" UNION ALL SELECT 3, '', state = 2, 0, epoch, expiry, since FROM card"
	"	WHERE account = ?1"
	" UNION ALL SELECT 4, '', 0, old_epoch, epoch, 0, at FROM rebind"
	"	WHERE account = ?1"
	" ORDER BY 1, 7, 5, 2";

static enum result item_of(sqlite3_stmt *s, struct roster_item *out)
{
	struct roster_item i = {
		.kind = (enum roster_item_kind)sqlite3_column_int(s, 0),
		.blocked = sqlite3_column_int(s, 2) == 1,
		.number = (uint32_t)sqlite3_column_int64(s, 3),
		.epoch = (uint32_t)sqlite3_column_int64(s, 4),
		.day = (uint32_t)sqlite3_column_int64(s, 5),
		.at = (uint64_t)sqlite3_column_int64(s, 6),
	};

	if (db_text(s, 1, i.name, sizeof(i.name)) != R_OK)
		return R_INTERNAL;
	*out = i;
	return R_OK;
}

enum reason roster_held_items(struct roster *r, const char *name,
			      void (*each)(const struct roster_item *i,
					   void *ctx), void *ctx)
{
	scoped(txn_end) struct txn t = { 0 };
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	struct roster_account a;
	struct roster_item item;
	enum result step;
	enum reason why;
	int64_t id;

	if (txn_read(&t, r->db) != R_OK)
		return REASON_ROSTER;
	why = account_find(r->db, name, &a, &id);
	if (why != REASON_NONE)
		return why;
	if (db_prepare(r->db, &s, items, "iiti", id, (int64_t)a.uid, a.name,
		       (int64_t)a.gid) != R_OK)
		return REASON_ROSTER;
	while ((step = db_step(s)) == R_OK) {
		if (item_of(s, &item) != R_OK)
			return REASON_ROSTER;
		each(&item, ctx);
	}
	return step == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}
