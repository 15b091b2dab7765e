/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One account of a file beside the one that is here. */
#include <string.h>

#include "base/refuse.h"
#include "roster/import.h"

struct local {
	int64_t id;
	struct exchange_line is;
	enum origin origin;
	bool revoked_here;
};

static enum result read_local(struct importer *i, uint32_t uid,
			      struct local *l)
{
	sqlite3_stmt *s = i->sql[SQL_ACCOUNT];
	enum result r = import_run(i, SQL_ACCOUNT, "i", (int64_t)uid);

	if (r != R_OK)
		return r;
	if (db_text(s, 1, l->is.name, sizeof(l->is.name)) != R_OK ||
	    db_text(s, 3, l->is.home, sizeof(l->is.home)) != R_OK ||
	    db_text(s, 4, l->is.shell, sizeof(l->is.shell)) != R_OK ||
	    db_text(s, 9, l->is.code, sizeof(l->is.code)) != R_OK)
		return R_INTERNAL;
	l->id = sqlite3_column_int64(s, 0);
	l->is.gid = (uint32_t)sqlite3_column_int64(s, 2);
	l->is.status = (uint32_t)sqlite3_column_int64(s, 5);
	l->is.created = (uint64_t)sqlite3_column_int64(s, 6);
	l->is.expiry = (uint32_t)sqlite3_column_int64(s, 7);
	l->is.face = (uint32_t)sqlite3_column_int64(s, 8);
	l->is.code_since = (uint64_t)sqlite3_column_int64(s, 10);
	l->is.floor = (uint32_t)sqlite3_column_int64(s, 11);
	l->origin = sqlite3_column_int(s, 12) == ORIGIN_HERE ? ORIGIN_HERE :
							       ORIGIN_IMPORT;
	l->revoked_here = sqlite3_column_int(s, 13) == 1;
	sqlite3_reset(s);
	return R_OK;
}

/* -- may it be? ---------------------------------------------------- */

/* The name is free here, or was this uid's before. */
static enum reason judge_name(struct importer *i, uint32_t uid,
			      const char *name)
{
	enum result r = import_run(i, SQL_NAME_OWNER, "t", name);

	refuse_if(r == R_OK, REASON_ROSTER_CONFLICT);
	if (r != R_ABSENT)
		return REASON_ROSTER;
	if (!i->any_given)
		return REASON_NONE;
	r = import_run(i, SQL_GIVEN_NAME, "t", name);
	refuse_if(r == R_OK && sqlite3_column_int64(i->sql[SQL_GIVEN_NAME], 0)
		  != (int64_t)uid, REASON_ROSTER_CONFLICT);
	return r == R_OK || r == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

/* A uid that was given here, to an account that is lost: only under a name
 * that it had, or where a given line of the file says that it had one of
 * those (the signer renamed it). */
static enum reason judge_uid(struct importer *i, uint32_t uid,
			     const char *name)
{
	enum result r;

	if (!i->any_given)
		return REASON_NONE;
	r = import_run(i, SQL_GIVEN_UID, "it", (int64_t)uid, name);
	if (r == R_OK && sqlite3_column_int(i->sql[SQL_GIVEN_UID], 0) == 0)
		r = import_run(i, SQL_UNPROVEN_ADD, "ii", (int64_t)uid,
			       (int64_t)i->account.number);
	return r == R_OK || r == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

/* -- members and statements ------------------------------------------ */

static bool gid_in(const uint32_t *gids, size_t n, uint32_t gid)
{
	for (size_t k = 0; k < n; k++)
		if (gids[k] == gid)
			return true;
	return false;
}

/* Of groups that no file had the file says nothing. */
static enum reason put_members(struct importer *i, int64_t account, bool local,
			       bool *changed)
{
	const struct import_account *a = &i->account;
	sqlite3_stmt *s = i->sql[SQL_MEMBERS];
	uint32_t gone[ROSTER_GROUPS_MAX], here[ROSTER_GROUPS_MAX];
	size_t n_gone = 0, n_here = 0, kept = 0;
	enum result r = local ? import_run(i, SQL_MEMBERS, "i", account) :
				R_ABSENT;

	for (; r == R_OK; r = import_more(i, SQL_MEMBERS)) {
		uint32_t gid = (uint32_t)sqlite3_column_int64(s, 0);

		if (n_here == ROSTER_GROUPS_MAX)
			return REASON_ROSTER;
		here[n_here++] = gid;
		if (gid_in(a->gids, a->n_gids, gid))
			continue;
		if (sqlite3_column_int(s, 1) == ORIGIN_IMPORT)
			gone[n_gone++] = gid;
		else
			kept++;
	}
	refuse_if(kept + a->n_gids > ROSTER_GROUPS_MAX,
		  REASON_ROSTER_CONFLICT);
	for (size_t k = 0; k < n_gone && r == R_ABSENT; k++)
		r = import_run(i, SQL_MEMBER_DROP, "ii", account,
			       (int64_t)gone[k]);
	for (size_t k = 0; k < a->n_gids && r == R_ABSENT; k++) {
		if (gid_in(here, n_here, a->gids[k]))
			continue;
		r = import_run(i, SQL_MEMBER_ADD, "ii", account,
			       (int64_t)a->gids[k]);
		*changed = true;
	}
	*changed = *changed || n_gone > 0;
	return r == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

static enum reason put_rebinds(struct importer *i, int64_t account)
{
	const struct import_account *a = &i->account;
	enum result r = R_ABSENT;

	for (size_t k = 0; k < a->n_rebinds && r == R_ABSENT; k++)
		r = import_run(i, SQL_REBIND_ADD, "iibibi", account,
			       (int64_t)a->rebinds[k].old_epoch,
			       a->rebinds[k].has_old_tag ?
			       a->rebinds[k].old_tag : NULL,
			       (int64_t)a->rebinds[k].epoch,
			       a->rebinds[k].tag, (int64_t)a->rebinds[k].at);
	return r == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

/* -- the account itself --------------------------------------------- */

static enum result write_account(struct importer *i, bool local,
				 const struct exchange_line *l, bool here)
{
	return import_run(i, local ? SQL_ACCOUNT_SET : SQL_ACCOUNT_ADD,
			  local ? "itittiiiitii" : "itittiiiitiii",
			  (int64_t)l->uid, l->name, (int64_t)l->gid, l->home,
			  l->shell, (int64_t)l->status, (int64_t)l->created,
			  (int64_t)l->expiry, (int64_t)l->face, l->code,
			  (int64_t)l->code_since, (int64_t)l->floor,
			  (int64_t)here);
}

/* A new one, or one that was revoked here before it was lost. */
static enum reason add(struct importer *i, struct exchange_line *l,
		       int64_t *id)
{
	enum reason why = judge_name(i, l->uid, l->name);
	bool here = false;
	enum result r;

	if (why == REASON_NONE)
		why = judge_uid(i, l->uid, l->name);
	if (why != REASON_NONE)
		return why;
	if (i->any_revoked) {
		r = import_run(i, SQL_REVOKED, "i", (int64_t)l->uid);
		if (r != R_OK && r != R_ABSENT)
			return REASON_ROSTER;
		here = refused(r == R_OK);
	}
	if (here)
		l->status = ROSTER_REVOKED;
	if (write_account(i, false, l, here) != R_ABSENT)
		return REASON_ROSTER;
	*id = sqlite3_last_insert_rowid(i->change.r->db);
	i->sum.added++;
	return REASON_NONE;
}

/* What the file may not change. */
static void keep(struct importer *i, const struct local *has,
		 struct exchange_line *l)
{
	if (refused(has->revoked_here))
		l->status = ROSTER_REVOKED;
	if (has->is.code_since > l->code_since) {
		memcpy(l->code, has->is.code, sizeof(l->code));
		l->code_since = has->is.code_since;
	}
	if (has->is.floor > l->floor)
		l->floor = has->is.floor;
	if (has->is.status == ROSTER_ACTIVE && l->status == ROSTER_REVOKED)
		i->sum.revoked++;
}

static bool differs(const struct local *has, const struct exchange_line *l)
{
	const struct exchange_line *is = &has->is;

	return has->origin == ORIGIN_HERE || strcmp(is->name, l->name) ||
	       is->gid != l->gid || strcmp(is->home, l->home) ||
	       strcmp(is->shell, l->shell) || is->status != l->status ||
	       is->created != l->created || is->expiry != l->expiry ||
	       is->face != l->face || strcmp(is->code, l->code) ||
	       is->code_since != l->code_since || is->floor != l->floor;
}

static enum reason rename_to(struct importer *i, const struct local *has,
			     const struct exchange_line *l)
{
	enum reason why = judge_name(i, l->uid, l->name);

	if (why != REASON_NONE)
		return why;
	i->any_given = true;
	return import_run(i, SQL_GIVEN_ADD, "ti", has->is.name,
			  (int64_t)l->uid) == R_ABSENT ? REASON_NONE :
							 REASON_ROSTER;
}

static enum reason set(struct importer *i, const struct local *has,
		       const struct exchange_line *l)
{
	enum reason why = REASON_NONE;

	if (strcmp(has->is.name, l->name))
		why = rename_to(i, has, l);
	if (why != REASON_NONE)
		return why;
	if (has->is.status == ROSTER_ACTIVE && l->status == ROSTER_REVOKED &&
	    import_say(i, "out %u", l->uid) != R_OK)
		return REASON_ROSTER;
	/* a pass is of before the revocation that ends it, or is taken back */
	if (has->is.status != l->status &&
	    db_run(i->change.r->db, "DELETE FROM pass WHERE account = ?", "i",
		   has->id) != R_OK)
		return REASON_ROSTER;
	return write_account(i, true, l, false) == R_ABSENT ? REASON_NONE :
							      REASON_ROSTER;
}

/* Tags, cards, members, statements of one that is written. */
static enum reason put_rest(struct importer *i, int64_t id, bool local,
			    bool *changed)
{
	enum reason why = import_tags(i, id, local, changed);

	if (why == REASON_NONE)
		why = put_members(i, id, local, changed);
	if (why == REASON_NONE)
		why = put_rebinds(i, id);
	if (why == REASON_NONE && import_seen(i, id) != R_OK)
		why = REASON_INTERNAL;
	return why;
}

/* One that was made here is the file's, or somebody else's. Whom a retirement
 * left without a tag nothing names but the moment that they were enrolled: so
 * this machine's own file knows them again. */
static enum reason same_person(struct importer *i, const struct local *has,
			       const struct exchange_line *l)
{
	if (l->created && l->created == has->is.created &&
	    strcmp(l->name, has->is.name) == 0 &&
	    import_run(i, SQL_TAGS, "i", has->id) == R_ABSENT)
		return REASON_NONE;
	return import_same_person(i, has->id);
}

enum reason import_settle(struct importer *i)
{
	struct exchange_line *l = &i->account.line;
	struct local has = { .id = 0 };
	enum result found = read_local(i, l->uid, &has);
	bool local = found == R_OK, changed = false;
	enum reason why = REASON_NONE;

	i->waiting = false;
	if (found != R_OK && found != R_ABSENT)
		return REASON_ROSTER;
	import_floor(i);
	i->account.floor = l->floor;
	i->account.floor_here = has.is.floor;
	if (local && has.origin == ORIGIN_HERE)
		why = same_person(i, &has, l);
	if (local)
		keep(i, &has, l);
	else if (why == REASON_NONE)
		why = add(i, l, &has.id);
	if (why == REASON_NONE)
		why = import_cards(i, has.id, local, &changed);
	if (why == REASON_NONE && local && differs(&has, l)) {
		changed = true;
		why = set(i, &has, l);
	}
	if (why == REASON_NONE)
		why = put_rest(i, has.id, local, &changed);
	i->sum.changed += local && changed;
	return why;
}
