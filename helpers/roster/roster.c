/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening, logging in, looking and changing. Enrolment is enrol.c, groups are
 * groups.c, the tables schema.c.
 */
#include "roster/roster.h"

#include <stdlib.h>
#include <string.h>

#include "roster/db.h"
#include "roster/viewfmt.h"

enum card_state { CARD_CURRENT = 1, CARD_BLOCKED = 2 };

enum reason roster_open(const char *path, struct roster **out)
{
	struct roster *r = calloc(1, sizeof(*r));
	enum reason why;

	if (!r)
		return REASON_INTERNAL;
	why = schema_open(path, &r->db);
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

/* -- a card -------------------------------------------------------- */

struct decision {
	int64_t id;		/* of the account */
	bool new_card;		/* not seen before, and to become current */
};

static enum reason account_of_tag(sqlite3 *db, const struct roster_card *card,
				  struct roster_account *out, int64_t *id)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r = db_prepare(db, &s, "SELECT " ACCOUNT_COLUMNS
		" FROM tag JOIN account ON account.id = tag.account"
		" WHERE tag.epoch = ? AND tag.tag = ?", "ib",
		(int64_t)card->epoch, card->tag);

	if (r == R_OK)
		r = db_step(s);
	if (r == R_OK)
		r = account_row(s, out, id);
	return r == R_OK ? REASON_NONE :
	       r == R_ABSENT ? REASON_UNKNOWN_CARD : REASON_ROSTER;
}

/* An unknown card is a newer one unless its document expires before one that
 * we know: then it is an older one that turned up late. */
static enum reason judge_new_card(sqlite3 *db, const struct roster_card *card,
				  struct decision *d)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;

	if (db_prepare(db, &s, "SELECT coalesce(max(expiry), 0) FROM card"
		       " WHERE account = ?", "i", d->id) != R_OK ||
	    db_step(s) != R_OK)
		return REASON_ROSTER;
	if ((int64_t)card->expiry < sqlite3_column_int64(s, 0))
		return REASON_BLOCKED_CARD;
	d->new_card = true;
	return REASON_NONE;
}

static enum reason judge_card(sqlite3 *db, const struct roster_card *card,
			      struct decision *d)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r = db_prepare(db, &s, "SELECT account, state FROM card"
				   " WHERE epoch = ? AND card_tag = ?", "ib",
				   (int64_t)card->epoch, card->card_tag);

	if (r == R_OK)
		r = db_step(s);
	if (r == R_ABSENT)
		return judge_new_card(db, card, d);
	/* a card-tag is made with the person's key: it can't be another's */
	if (r != R_OK || sqlite3_column_int64(s, 0) != d->id)
		return REASON_ROSTER;
	return sqlite3_column_int(s, 1) == CARD_CURRENT ? REASON_NONE :
							  REASON_BLOCKED_CARD;
}

static enum reason decide(sqlite3 *db, const struct roster_card *card,
			  uint32_t today, struct roster_account *a,
			  struct decision *d)
{
	enum reason why = account_of_tag(db, card, a, &d->id);

	if (why != REASON_NONE)
		return why;
	if (a->status != ROSTER_ACTIVE)
		return REASON_REVOKED;
	if (a->expiry && a->expiry < today)
		return REASON_ACCOUNT_EXPIRED;
	return judge_card(db, card, d);
}

enum reason roster_find_tag(struct roster *r, const struct roster_card *card,
			    uint32_t today, struct roster_account *out)
{
	struct roster_account a;
	struct decision d = { 0 };
	enum reason why = decide(r->db, card, today, &a, &d);

	if (why == REASON_NONE)
		*out = a;
	return why;
}

static enum result replace_card(sqlite3 *db, const struct roster_card *card,
				int64_t account, uint64_t now)
{
	enum result r = db_run(db, "UPDATE card SET state = 2, since = ?"
		" WHERE account = ? AND state = 1"
		" AND (epoch = ? OR expiry < ?)", "iiii", (int64_t)now,
		account, (int64_t)card->epoch, (int64_t)card->expiry);

	if (r != R_OK)
		return r;
	return db_run(db, "INSERT INTO card (epoch, card_tag, account, state,"
		      " expiry, since) VALUES (?, ?, ?, 1, ?, ?)", "ibiii",
		      (int64_t)card->epoch, card->card_tag, account,
		      (int64_t)card->expiry, (int64_t)now);
}

enum reason roster_login(struct roster *r, const struct roster_card *card,
			 uint32_t today, uint64_t now,
			 struct roster_account *out)
{
	scoped(txn_end) struct txn t = { 0 };
	struct roster_account a;
	struct decision d = { 0 };
	enum reason why;

	if (txn_begin(&t, r->db) != R_OK)
		return REASON_ROSTER;
	why = decide(r->db, card, today, &a, &d);
	if (why != REASON_NONE)
		return why;
	if (d.new_card && replace_card(r->db, card, d.id, now) != R_OK)
		return REASON_ROSTER;
	if (txn_commit(&t) != R_OK)
		return REASON_ROSTER;
	*out = a;
	return REASON_NONE;
}

/* -- looking ------------------------------------------------------- */

enum reason roster_show(struct roster *r, const char *name,
			struct roster_account *out)
{
	int64_t id;

	return account_find(r->db, name, out, &id);
}

enum reason roster_list(struct roster *r,
			bool (*each)(const struct roster_account *a, void *ctx),
			void *ctx)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	struct roster_account a;
	enum result step;
	int64_t id;

	if (db_prepare(r->db, &s, "SELECT " ACCOUNT_COLUMNS
		       " FROM account ORDER BY uid", "") != R_OK)
		return REASON_ROSTER;
	while ((step = db_step(s)) == R_OK) {
		if (account_row(s, &a, &id) != R_OK)
			return REASON_ROSTER;
		if (!each(&a, ctx))
			return REASON_NONE;
	}
	return step == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

enum reason roster_cards(struct roster *r, const char *name,
			 uint32_t *current, uint32_t *blocked)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;

	if (db_prepare(r->db, &s, "SELECT total(state = 1), total(state = 2)"
		       " FROM card JOIN account ON account.id = card.account"
		       " WHERE account.name = ?", "t", name) != R_OK ||
	    db_step(s) != R_OK)
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

/* What one statement over one account did. */
static enum reason changed(struct roster *r, enum result result)
{
	if (result != R_OK)
		return REASON_ROSTER;
	return db_changes(r->db) == 1 ? REASON_NONE : REASON_NO_ACCOUNT;
}

static enum reason set_number(struct roster *r, const char *sql, int64_t value,
			      const char *name)
{
	return changed(r, db_run(r->db, sql, "it", value, name));
}

enum reason roster_revoke(struct roster *r, const char *name)
{
	return set_number(r, "UPDATE account SET status = ? WHERE name = ?",
			  ROSTER_REVOKED, name);
}

enum reason roster_restore(struct roster *r, const char *name)
{
	return set_number(r, "UPDATE account SET status = ? WHERE name = ?",
			  ROSTER_ACTIVE, name);
}

enum reason roster_set_face(struct roster *r, const char *name, bool face)
{
	return set_number(r, "UPDATE account SET face = ? WHERE name = ?",
			  face, name);
}

enum reason roster_set_expiry(struct roster *r, const char *name, uint32_t day)
{
	return set_number(r, "UPDATE account SET expiry = ? WHERE name = ?",
			  day, name);
}

enum reason roster_set_code(struct roster *r, const char *name,
			    const char *hash)
{
	if (strlen(hash) >= CODE_HASH_SIZE)
		return REASON_INTERNAL;
	return changed(r, db_run(r->db,
				 "UPDATE account SET code = ? WHERE name = ?",
				 "tt", hash, name));
}

enum reason roster_card_block(struct roster *r, const char *name)
{
	scoped(txn_end) struct txn t = { 0 };
	struct roster_account a;
	int64_t id;
	enum reason why;

	if (txn_begin(&t, r->db) != R_OK)
		return REASON_ROSTER;
	why = account_find(r->db, name, &a, &id);
	if (why != REASON_NONE)
		return why;
	if (db_run(r->db, "UPDATE card SET state = 2,"
		   " since = unixepoch() WHERE account = ? AND state = 1",
		   "i", id) != R_OK || txn_commit(&t) != R_OK)
		return REASON_ROSTER;
	return REASON_NONE;
}
