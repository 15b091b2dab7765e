/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Epochs that go, and a tokeniser's answers, which go with them. */
#include "base/refuse.h"
#include "roster/db.h"

#define UNBOUND \
	" FROM account WHERE status = 1 AND NOT EXISTS (SELECT 1 FROM tag" \
	" WHERE tag.account = account.id AND tag.epoch = ?)"

enum reason roster_unbound(struct roster *r, uint32_t epoch,
			   bool (*each)(const struct roster_account *a,
					void *ctx), void *ctx)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	struct roster_account a;
	enum result step;
	int64_t id;

	if (db_prepare(r->db, &s, "SELECT " ACCOUNT_COLUMNS UNBOUND
		       " ORDER BY uid", "i", (int64_t)epoch) != R_OK)
		return REASON_ROSTER;
	while ((step = db_step(s)) == R_OK) {
		if (account_row(s, &a, &id) != R_OK)
			return REASON_ROSTER;
		if (!each(&a, ctx))
			return REASON_NONE;
	}
	return step == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

static enum reason counted(enum result r, int64_t n, uint32_t *out)
{
	if (r != R_OK)
		return REASON_ROSTER;
	*out = (uint32_t)n;
	return REASON_NONE;
}

enum reason roster_unbound_count(struct roster *r, uint32_t epoch,
				 uint32_t *out)
{
	int64_t n = 0;
	enum result found = db_int(r->db, &n, "SELECT count(*)" UNBOUND, "i",
				   (int64_t)epoch);

	return counted(found, n, out);
}

enum reason roster_epoch_used(struct roster *r, uint32_t epoch, bool *out)
{
	uint32_t used = 0;
	int64_t n = 0;
	enum result found = db_int(r->db, &n, "SELECT EXISTS (SELECT 1 FROM"
				   " tag WHERE epoch = ?)", "i",
				   (int64_t)epoch);
	enum reason why = counted(found, n, &used);

	if (why == REASON_NONE)
		*out = used == 1;
	return why;
}

enum reason roster_epoch_newest(struct roster *r, uint32_t *out)
{
	int64_t n = 0;
	enum result found = db_int(r->db, &n, "SELECT ifnull(max(epoch), 0)"
				   " FROM tag", "");

	return counted(found, n, out);
}

/* Current under another epoch, and of a day on which, or after which, one
 * expires that is blocked under this: of the same day it may be the same card,
 * and is taken for it where this epoch knows no current one of that day. */
#define MAY_BE_BLOCKED \
	" WHERE account IN (SELECT account FROM card WHERE epoch = ?1" \
	" AND state = 2) AND state = 1 AND epoch <> ?1" \
	" AND card.expiry <= (SELECT max(expiry) FROM card AS b" \
	" WHERE b.account = card.account AND b.epoch = ?1 AND b.state = 2)" \
	" AND NOT EXISTS (SELECT 1 FROM card AS c WHERE c.account =" \
	" card.account AND c.epoch = ?1 AND c.state = 1" \
	" AND c.expiry = card.expiry)"

/* A card that was blocked here before an import brought its row of a newer
 * epoch: the row that says so is about to go. */
static enum reason block_others(struct change *c, uint32_t epoch)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	sqlite3 *db = c->r->db;
	uint8_t card_tag[TAG_SIZE];
	enum reason why = REASON_NONE;
	enum result r = db_prepare(db, &s, "SELECT uid, epoch, card_tag,"
				   " card.expiry FROM card JOIN account"
				   " ON account.id = card.account"
				   MAY_BE_BLOCKED, "i", (int64_t)epoch);

	while (r == R_OK && (r = db_step(s)) == R_OK && why == REASON_NONE) {
		if (db_blob(s, 2, card_tag, TAG_SIZE) != R_OK)
			return REASON_ROSTER;
		marks_block(&c->marks, (uint32_t)sqlite3_column_int64(s, 0),
			    (uint32_t)sqlite3_column_int64(s, 1), card_tag,
			    (uint32_t)sqlite3_column_int64(s, 3));
		if (c->marks.out.cap - c->marks.out.n < MARKS_LINE_MAX)
			why = marks_write(c->r, &c->marks);
	}
	if (why != REASON_NONE)
		return why;
	return r == R_ABSENT &&
	       db_run(db, "UPDATE card SET state = 2, since = unixepoch()"
		      MAY_BE_BLOCKED, "i", (int64_t)epoch) == R_OK ?
	       REASON_NONE : REASON_ROSTER;
}

/*
 * The card-tags go, and with them which cards were blocked: what expires with
 * a blocked one or before, or before a current one, is refused from now on
 * unless a newer epoch knows it. A current one that expires on the same day as
 * a blocked one of before, and was never shown under the newer epoch, is
 * refused with it.
 */
static const char *const retirement[] = {
	"UPDATE account SET floor = max(floor, f.day) FROM (SELECT account,"
	" max(max(expiry - (state = 1), 0)) AS day FROM card WHERE epoch = ?"
	" GROUP BY account) AS f WHERE account.id = f.account",
	"DELETE FROM tag WHERE epoch = ?",
	"DELETE FROM card WHERE epoch = ?",
	"DELETE FROM blocked WHERE epoch = ?",
	"DELETE FROM answer WHERE epoch = ?",
	"INSERT OR IGNORE INTO retired (epoch) VALUES (?)",
};

enum reason roster_retire(struct roster *r, uint32_t epoch)
{
	scoped(change_end) struct change c = { 0 };
	enum reason why = change_begin(&c, r);

	if (why == REASON_NONE)
		why = block_others(&c, epoch);
	if (why != REASON_NONE)
		return why;
	for (size_t i = 0; i < sizeof(retirement) / sizeof(retirement[0]); i++)
		if (db_run(r->db, retirement[i], "i", (int64_t)epoch) != R_OK)
			return REASON_ROSTER;
	return change_commit(&c);
}

/* -- answers ------------------------------------------------------- */

enum reason roster_recall(struct roster *r, uint32_t epoch,
			  const uint8_t index[CACHE_INDEX], uint32_t today,
			  struct roster_answer *out)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	struct roster_answer a = { .epoch = epoch };
	enum result found = db_prepare(r->db, &s, "SELECT look_up, tag,"
				       " card_tag, until FROM answer"
				       " WHERE epoch = ? AND look_up = ?",
				       "ih", (int64_t)epoch, index);

	if (found == R_OK)
		found = db_step(s);
	if (found != R_OK)
		return found == R_ABSENT ? REASON_UNKNOWN_CARD : REASON_ROSTER;
	if (db_blob(s, 0, a.index, sizeof(a.index)) != R_OK ||
	    db_blob(s, 1, a.tag, sizeof(a.tag)) != R_OK ||
	    db_blob(s, 2, a.card_tag, sizeof(a.card_tag)) != R_OK)
		return REASON_ROSTER;
	a.until = (uint32_t)sqlite3_column_int64(s, 3);
	refuse_if(a.until < today, REASON_UNKNOWN_CARD);
	*out = a;
	return REASON_NONE;
}

enum reason roster_remember(struct roster *r, const struct roster_answer *in,
			    uint32_t today)
{
	scoped(change_end) struct change c = { 0 };
	enum reason why = change_begin(&c, r);

	if (why != REASON_NONE)
		return why;
	if (db_run(r->db, "DELETE FROM answer WHERE until < ?", "i",
		   (int64_t)today) != R_OK ||
	    db_run(r->db, "INSERT OR REPLACE INTO answer (epoch, look_up, tag,"
		   " card_tag, until) VALUES (?, ?, ?, ?, ?)", "ihbbi",
		   (int64_t)in->epoch, in->index, in->tag, in->card_tag,
		   (int64_t)in->until) != R_OK)
		return REASON_ROSTER;
	return change_commit(&c);
}
