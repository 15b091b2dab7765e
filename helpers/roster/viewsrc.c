/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The roster as a source of the view: two ordered reads merged, in one read
 * transaction, so that accounts and memberships are of one moment. */
#include <string.h>

#include "roster/db.h"
#include "roster/view.h"

struct reader {
	sqlite3_stmt *groups, *accounts, *members;
	bool member_waiting;	/* members stands on a row not yet used */
	char group_name[NAME_MAX_LEN];
	struct roster_account account;
	uint32_t list[VIEW_GROUPS_MAX];
};

static void reader_done(struct reader *r)
{
	sqlite3_finalize(r->groups);
	sqlite3_finalize(r->accounts);
	sqlite3_finalize(r->members);
}

static enum result next_group(void *ctx, struct view_group_entry *out)
{
	struct reader *r = ctx;
	enum result step = db_step(r->groups);

	if (step != R_OK)
		return step;
	if (db_text(r->groups, 1, r->group_name, sizeof(r->group_name)) != R_OK)
		return R_INTERNAL;
	out->name = r->group_name;
	out->gid = (uint32_t)sqlite3_column_int64(r->groups, 0);
	return R_OK;
}

static enum result take_members(struct reader *r, int64_t account,
				uint32_t *n)
{
	uint32_t found = 0;

	for (;;) {
		if (!r->member_waiting) {
			enum result step = db_step(r->members);

			if (step == R_ABSENT)
				break;
			if (step != R_OK)
				return step;
			r->member_waiting = true;
		}
		if (sqlite3_column_int64(r->members, 0) != account)
			break;
		if (found == VIEW_GROUPS_MAX)
			return R_MALFORMED;
		r->list[found++] = (uint32_t)sqlite3_column_int64(r->members,
								  1);
		r->member_waiting = false;
	}
	*n = found;
	return R_OK;
}

static enum result next_account(void *ctx, struct view_entry *out)
{
	struct reader *r = ctx;
	struct roster_account *a = &r->account;
	enum result step = db_step(r->accounts);
	int64_t id;

	if (step != R_OK)
		return step;
	if (account_row(r->accounts, a, &id) != R_OK)
		return R_INTERNAL;
	*out = (struct view_entry){
		.name = a->name, .home = a->home, .shell = a->shell,
		.uid = a->uid, .gid = a->gid, .expiry = a->expiry,
		.status = a->status == ROSTER_ACTIVE ? VIEW_ACTIVE :
						       VIEW_REVOKED,
		.group_list = r->list,
	};
	return take_members(r, id, &out->groups);
}

enum reason view_is_of(struct roster *r, const struct view *v, uint32_t flags,
		       bool *out)
{
	int64_t shown;

	if (meta_get(r->db, "shown", &shown) != R_OK)
		return REASON_ROSTER;
	*out = v->flags == flags && v->generation == (uint64_t)shown;
	return REASON_NONE;
}

enum reason view_write(struct roster *r, const char *path, uint32_t flags)
{
	scoped(txn_end) struct txn t = { 0 };
	scoped(reader_done) struct reader reader = { 0 };
	struct view_source source = {
		.next_group = next_group, .next_account = next_account,
		.ctx = &reader, .flags = flags,
	};
	int64_t shown;

	if (db_run(r->db, "BEGIN", "") != R_OK)
		return REASON_ROSTER;
	t.db = r->db;
	if (meta_get(r->db, "shown", &shown) != R_OK)
		return REASON_ROSTER;
	source.generation = (uint64_t)shown;
	if (db_prepare(r->db, &reader.groups, "SELECT gid, name"
		       " FROM sector_group ORDER BY gid", "") != R_OK ||
	    db_prepare(r->db, &reader.accounts, "SELECT " ACCOUNT_COLUMNS
		       " FROM account ORDER BY id", "") != R_OK ||
	    db_prepare(r->db, &reader.members, "SELECT account, gid"
		       " FROM member ORDER BY account, gid", "") != R_OK ||
	    view_write_from(&source, path) != R_OK)
		return REASON_ROSTER;
	return REASON_NONE;
}
