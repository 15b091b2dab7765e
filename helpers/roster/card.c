/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "roster/card.h"

#include "base/refuse.h"

/* -- whose --------------------------------------------------------- */

static enum result account_of_tag(sqlite3 *db, uint32_t epoch,
				  const uint8_t *tag,
				  struct roster_account *out, int64_t *id)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r;

	if (epoch == 0)
		return R_ABSENT;
	r = db_prepare(db, &s, "SELECT " ACCOUNT_COLUMNS
		       " FROM tag JOIN account ON account.id = tag.account"
		       " WHERE tag.epoch = ? AND tag.tag = ?", "ib",
		       (int64_t)epoch, tag);
	if (r == R_OK)
		r = db_step(s);
	if (r == R_OK)
		r = account_row(s, out, id);
	return r;
}

enum reason card_account(sqlite3 *db, const struct roster_card *card,
			 struct roster_account *out, struct decision *d)
{
	struct roster_account old;
	int64_t id = 0, old_id = 0;
	enum result now, before;

	now = account_of_tag(db, card->epoch, card->tag, out, &id);
	before = account_of_tag(db, card->old_epoch, card->old_tag, &old,
				&old_id);
	if ((now != R_OK && now != R_ABSENT) ||
	    (before != R_OK && before != R_ABSENT))
		return REASON_ROSTER;
	refuse_if(now == R_ABSENT && before == R_ABSENT, REASON_UNKNOWN_CARD);
	if (now == R_ABSENT) {
		*out = old;
		id = old_id;
	}
	d->id = id;
	d->bind = now == R_ABSENT;
	d->old_bound = before == R_OK && old_id == id;
	return REASON_NONE;
}

/* Its account has no other tag under the epoch. */
static enum reason free_to_bind(sqlite3 *db, uint32_t epoch, int64_t account)
{
	int64_t one;
	enum result has = db_int(db, &one, "SELECT 1 FROM tag"
				 " WHERE account = ? AND epoch = ?", "ii",
				 account, (int64_t)epoch);

	refuse_if(has == R_OK, REASON_BOUND);
	return has == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

/* -- this card ------------------------------------------------------ */

/* R_OK: the row is there, and current; R_ABSENT; R_DENIED: blocked;
 * R_MALFORMED: another's, which can't be: a card-tag is made with the person's
 * key. */
static enum result row_of(sqlite3 *db, uint32_t epoch, const uint8_t *card_tag,
			  int64_t account)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	int64_t one;
	enum result r;

	if (epoch == 0)
		return R_ABSENT;
	r = db_int(db, &one, "SELECT 1 FROM blocked WHERE epoch = ?"
		   " AND card_tag = ?", "ib", (int64_t)epoch, card_tag);
	refuse_if(r == R_OK, R_DENIED);
	if (r != R_ABSENT)
		return R_INTERNAL;
	r = db_prepare(db, &s, "SELECT account, state FROM card"
		       " WHERE epoch = ? AND card_tag = ?", "ib",
		       (int64_t)epoch, card_tag);
	if (r == R_OK)
		r = db_step(s);
	if (r != R_OK)
		return r;
	refuse_if(sqlite3_column_int64(s, 0) != account, R_MALFORMED);
	refuse_if(sqlite3_column_int(s, 1) != CARD_CURRENT, R_DENIED);
	return R_OK;
}

/* An unknown card is a newer one unless its document expires before one that
 * we know: then it is an older one that turned up late. */
static enum reason judge_new(sqlite3 *db, const struct roster_card *card,
			     int64_t account)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	int64_t expiry = card->expiry;

	if (db_prepare(db, &s, "SELECT coalesce(max(card.expiry), 0),"
		       " max(floor, coalesce(max(card.expiry) FILTER (WHERE"
		       " state = 2 AND epoch NOT IN (?1, ?2)), 0))"
		       " FROM account LEFT JOIN card"
		       " ON card.account = account.id WHERE account.id = ?3",
		       "iii", (int64_t)card->epoch, (int64_t)card->old_epoch,
		       account) != R_OK || db_step(s) != R_OK)
		return REASON_ROSTER;
	refuse_if(expiry < sqlite3_column_int64(s, 0), REASON_BLOCKED_CARD);
	refuse_if(sqlite3_column_int64(s, 1) > 0 &&
		  expiry <= sqlite3_column_int64(s, 1), REASON_BLOCKED_CARD);
	return REASON_NONE;
}

/* Known under the older epoch alone, while another card is current under the
 * newer: that one came when the older was not asked. */
static enum reason judge_beside(sqlite3 *db, const struct roster_card *card,
				int64_t account)
{
	int64_t current;

	if (db_int(db, &current, "SELECT coalesce(max(expiry), -1) FROM card"
		   " WHERE account = ? AND epoch = ? AND state = 1", "ii",
		   account, (int64_t)card->epoch) != R_OK)
		return REASON_ROSTER;
	refuse_if((int64_t)card->expiry <= current, REASON_BLOCKED_CARD);
	return REASON_NONE;
}

enum reason card_judge(sqlite3 *db, const struct roster_card *card,
		       struct decision *d)
{
	enum result now = row_of(db, card->epoch, card->card_tag, d->id);
	enum result before = row_of(db, card->old_epoch, card->old_card_tag,
				    d->id);

	refuse_if(now == R_DENIED || before == R_DENIED, REASON_BLOCKED_CARD);
	if ((now != R_OK && now != R_ABSENT) ||
	    (before != R_OK && before != R_ABSENT))
		return REASON_ROSTER;
	d->known = now == R_OK || before == R_OK;
	d->put = now == R_ABSENT;
	/* under the older epoch only where the person is known there */
	d->put_old = before == R_ABSENT && d->old_bound && !d->known;
	if (!d->known)
		return judge_new(db, card, d->id);
	return d->put ? judge_beside(db, card, d->id) : REASON_NONE;
}

bool card_changes(const struct decision *d)
{
	return d->bind || d->put || d->put_old;
}

/* -- taken --------------------------------------------------------- */

static enum result put_row(sqlite3 *db, uint32_t epoch, const uint8_t *card_tag,
			   uint32_t expiry, int64_t account, uint64_t now)
{
	return db_run(db, "INSERT INTO card (epoch, card_tag, account, state,"
		      " expiry, since) VALUES (?, ?, ?, 1, ?, ?)", "ibiii",
		      (int64_t)epoch, card_tag, account, (int64_t)expiry,
		      (int64_t)now);
}

/* The current ones of an account that are not this card: those of its epochs,
 * and those of others that expire before it (of the rest one may be it). */
static enum result mark_older(struct change *c, const struct roster_card *card,
			      uint32_t uid, int64_t account)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	uint8_t card_tag[TAG_SIZE];
	enum result step;

	if (db_prepare(c->r->db, &s, "SELECT epoch, card_tag, expiry FROM card"
		       " WHERE account = ?1 AND state = 1 AND"
		       " (epoch IN (?2, ?3) OR expiry < ?4)"
		       " AND NOT (epoch = ?2 AND card_tag = ?5)"
		       " AND NOT (epoch = ?3 AND card_tag = ?6)", "iiiibb",
		       account, (int64_t)card->epoch, (int64_t)card->old_epoch,
		       (int64_t)card->expiry, card->card_tag,
		       card->old_card_tag) != R_OK)
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

static enum result block_older(struct change *c, const struct roster_card *card,
			       uint32_t uid, int64_t account, uint64_t now)
{
	if (mark_older(c, card, uid, account) != R_OK)
		return R_INTERNAL;
	return db_run(c->r->db, "UPDATE card SET state = 2, since = ?7"
		      " WHERE account = ?1 AND state = 1 AND"
		      " (epoch IN (?2, ?3) OR expiry < ?4)"
		      " AND NOT (epoch = ?2 AND card_tag = ?5)"
		      " AND NOT (epoch = ?3 AND card_tag = ?6)", "iiiibbi",
		      account, (int64_t)card->epoch, (int64_t)card->old_epoch,
		      (int64_t)card->expiry, card->card_tag,
		      card->old_card_tag, (int64_t)now);
}

/* old_tag NULL: by an order of the administrator. */
static enum result put_tag(sqlite3 *db, const struct roster_card *card,
			   const struct decision *d, uint64_t now)
{
	const uint8_t *old_tag = d->old_bound ? card->old_tag : NULL;

	if (db_run(db, "INSERT INTO tag (epoch, tag, account)"
		   " VALUES (?, ?, ?)", "ibi", (int64_t)card->epoch, card->tag,
		   d->id) != R_OK)
		return R_INTERNAL;
	return db_run(db, "INSERT INTO rebind (account, old_epoch, old_tag,"
		      " epoch, tag, at, origin) VALUES (?, ?, ?, ?, ?, ?, 1)",
		      "iibibi", d->id,
		      (int64_t)(old_tag ? card->old_epoch : 0), old_tag,
		      (int64_t)card->epoch, card->tag, (int64_t)now);
}

enum reason card_take(struct change *c, const struct roster_card *card,
		      uint32_t uid, const struct decision *d, uint64_t now)
{
	sqlite3 *db = c->r->db;
	enum result r = R_OK;

	if (d->bind)
		r = put_tag(db, card, d, now);
	/* what is known under either epoch has done this already there, and
	 * here another may have been current */
	if (r == R_OK && d->put)
		r = block_older(c, card, uid, d->id, now);
	if (r == R_OK && d->put)
		r = put_row(db, card->epoch, card->card_tag, card->expiry,
			    d->id, now);
	if (r == R_OK && d->put_old)
		r = put_row(db, card->old_epoch, card->old_card_tag,
			    card->expiry, d->id, now);
	return r == R_OK ? REASON_NONE : REASON_ROSTER;
}

/* -- the calls ----------------------------------------------------- */

static enum reason decide(sqlite3 *db, const struct roster_card *card,
			  uint32_t today, struct roster_account *a,
			  struct decision *d)
{
	enum reason why = card_account(db, card, a, d);

	if (why == REASON_NONE)
		why = account_judge(a, today);
	if (why == REASON_NONE && d->bind)
		why = free_to_bind(db, card->epoch, d->id);
	return why == REASON_NONE ? card_judge(db, card, d) : why;
}

/* The same, all of one moment. */
static enum reason decide_now(sqlite3 *db, const struct roster_card *card,
			      uint32_t today, struct roster_account *a,
			      struct decision *d)
{
	scoped(txn_end) struct txn t = { 0 };

	if (txn_read(&t, db) != R_OK)
		return REASON_ROSTER;
	return decide(db, card, today, a, d);
}

enum reason roster_find_tag(struct roster *r, const struct roster_card *card,
			    uint32_t today, struct roster_account *out)
{
	struct roster_account a;
	struct decision d = { 0 };
	enum reason why = decide_now(r->db, card, today, &a, &d);

	if (why == REASON_NONE)
		*out = a;
	return why;
}

enum reason roster_whose(struct roster *r, const struct roster_card *card,
			 struct roster_account *out)
{
	struct roster_account a;
	struct decision d = { 0 };
	enum reason why = card_account(r->db, card, &a, &d);

	if (why == REASON_NONE)
		*out = a;
	return why;
}

static enum reason login_changing(struct roster *r,
				  const struct roster_card *card,
				  uint32_t today, uint64_t now,
				  struct roster_account *a)
{
	scoped(change_end) struct change c = { 0 };
	struct decision d = { 0 };
	enum reason why = change_begin(&c, r);

	/* again: what was true before the lock need not be now */
	if (why == REASON_NONE)
		why = decide(r->db, card, today, a, &d);
	if (why == REASON_NONE)
		why = card_take(&c, card, a->uid, &d, now);
	return why == REASON_NONE ? change_commit(&c) : why;
}

enum reason roster_login(struct roster *r, const struct roster_card *card,
			 uint32_t today, uint64_t now,
			 struct roster_account *out)
{
	struct roster_account a;
	struct decision d = { 0 };
	enum reason why = decide_now(r->db, card, today, &a, &d);

	if (why == REASON_NONE && card_changes(&d))
		why = login_changing(r, card, today, now, &a);
	if (why == REASON_NONE)
		*out = a;
	return why;
}

/* -- bound by order ------------------------------------------------- */

/* What stands in the way of the tag, and whether it is there already. */
static enum reason judge_bind(sqlite3 *db, const struct roster_card *card,
			      struct decision *d)
{
	struct roster_account other;
	struct decision of = { 0 };
	enum reason why = card_account(db, card, &other, &of);

	if (why != REASON_NONE && why != REASON_UNKNOWN_CARD)
		return why;
	refuse_if(why == REASON_NONE && of.id != d->id,
		  REASON_ALREADY_ENROLLED);
	d->old_bound = of.old_bound;
	if (why == REASON_NONE && !of.bind)
		return REASON_NONE;
	d->bind = true;
	/* the older key is there and knows the account's person: another */
	if (card->old_epoch && !of.old_bound)
		why = free_to_bind(db, card->old_epoch, d->id);
	else
		why = REASON_NONE;
	return why == REASON_NONE ? free_to_bind(db, card->epoch, d->id) : why;
}

enum reason roster_rebind(struct roster *r, const char *name,
			  const struct roster_card *card, uint32_t today,
			  uint64_t now)
{
	scoped(change_end) struct change c = { 0 };
	struct roster_account a;
	struct decision d = { 0 };
	enum reason why = change_begin(&c, r);

	if (why == REASON_NONE)
		why = account_find(r->db, name, &a, &d.id);
	if (why == REASON_NONE)
		why = account_judge(&a, today);
	if (why == REASON_NONE)
		why = judge_bind(r->db, card, &d);
	if (why == REASON_NONE)
		why = card_judge(r->db, card, &d);
	if (why == REASON_NONE)
		why = card_take(&c, card, a.uid, &d, now);
	return why == REASON_NONE ? change_commit(&c) : why;
}
