/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cards of one account, here and in the file: blocked in one is blocked;
 * of two current ones under an epoch the newer stays. Of an epoch that the
 * signer has retired the file says nothing but by the days of other cards.
 */
#include <string.h>

#include "base/refuse.h"
#include "roster/import.h"

#define HERE_MAX 128	/* with those of files of before */

struct cards {
	size_t n;
	struct card_row row[HERE_MAX + IMPORT_CARDS_MAX];
};

static enum reason read_local(struct importer *i, int64_t account,
			      struct cards *all)
{
	sqlite3_stmt *s = i->sql[SQL_CARDS];
	enum result r = import_run(i, SQL_CARDS, "i", account);

	for (; r == R_OK; r = import_more(i, SQL_CARDS)) {
		struct card_row *c = &all->row[all->n];

		if (all->n == HERE_MAX)
			return REASON_ROSTER_CONFLICT;
		*c = (struct card_row){
			.epoch = (uint32_t)sqlite3_column_int64(s, 0),
			.state = (uint32_t)sqlite3_column_int64(s, 2),
			.had = (uint32_t)sqlite3_column_int64(s, 2),
			.expiry = (uint32_t)sqlite3_column_int64(s, 3),
			.since = (uint64_t)sqlite3_column_int64(s, 4),
		};
		if (db_blob(s, 1, c->tag, TAG_SIZE) != R_OK)
			return REASON_ROSTER;
		all->n++;
	}
	return r == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

static struct card_row *same_card(struct cards *all, const struct card_row *c)
{
	for (size_t k = 0; k < all->n; k++)
		if (all->row[k].epoch == c->epoch &&
		    memcmp(all->row[k].tag, c->tag, TAG_SIZE) == 0)
			return &all->row[k];
	return NULL;
}

/* Blocked where the marks say so, or where a login would refuse it as unknown:
 * it may be one that was blocked here under a key that has been retired. */
static enum reason judge_new(struct importer *i, struct card_row *c)
{
	uint32_t floor = i->account.floor_here;
	enum result r;

	if (refused(floor && c->expiry <= floor))
		c->state = CARD_BLOCKED;
	if (!i->any_blocked)
		return REASON_NONE;
	r = import_run(i, SQL_BLOCKED, "ib", (int64_t)c->epoch, c->tag);
	if (refused(r == R_OK))
		c->state = CARD_BLOCKED;
	return r == R_OK || r == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

void import_floor(struct importer *i)
{
	struct import_account *a = &i->account;

	for (size_t k = 0; k < a->n_cards; k++) {
		const struct card_row *c = &a->cards[k];
		uint32_t day = c->expiry -
			       (c->expiry && c->state == CARD_CURRENT);

		if (import_retired(i, c->epoch) && day > a->line.floor)
			a->line.floor = day;
	}
}

static enum reason merge(struct importer *i, struct cards *all, bool local)
{
	const struct import_account *a = &i->account;

	for (size_t k = 0; k < a->n_cards; k++) {
		struct card_row c = a->cards[k], *here;
		enum reason why;

		if (import_retired(i, c.epoch))
			continue;
		here = local ? same_card(all, &c) : NULL;
		if (here) {
			if (c.state == CARD_BLOCKED)
				here->state = CARD_BLOCKED;
			continue;
		}
		why = judge_new(i, &c);
		if (why != REASON_NONE)
			return why;
		all->row[all->n++] = c;
	}
	return REASON_NONE;
}

static bool newer(const struct card_row *a, const struct card_row *b)
{
	return a->expiry != b->expiry ? a->expiry > b->expiry :
					a->since >= b->since;
}

static void one_current(struct cards *all)
{
	for (size_t k = 0; k < all->n; k++) {
		struct card_row *a = &all->row[k];

		for (size_t m = k + 1; m < all->n; m++) {
			struct card_row *b = &all->row[m];

			if (a->epoch != b->epoch ||
			    a->state != CARD_CURRENT ||
			    b->state != CARD_CURRENT)
				continue;
			if (newer(a, b))
				b->state = CARD_BLOCKED;
			else
				a->state = CARD_BLOCKED;
		}
	}
}

/* The file has nothing of this epoch: its signer retired it, or never had it. */
static bool of_the_file(const struct import_account *a, uint32_t epoch)
{
	for (size_t k = 0; k < a->n_tags; k++)
		if (a->tags[k].epoch == epoch)
			return true;
	for (size_t k = 0; k < a->n_cards; k++)
		if (a->cards[k].epoch == epoch)
			return true;
	return false;
}

/* A current card of such an epoch is blocked where the file has a newer one,
 * or has blocked one of its day, or of a later: as roster_retire and a login
 * judge a card that only its day tells. */
static void judge_by_day(const struct import_account *a, struct cards *all)
{
	uint32_t blocked = a->floor, current = 0;

	for (size_t k = 0; k < a->n_cards; k++) {
		const struct card_row *c = &a->cards[k];
		uint32_t *most = c->state == CARD_BLOCKED ? &blocked : &current;

		if (c->expiry > *most)
			*most = c->expiry;
	}
	for (size_t k = 0; k < all->n; k++) {
		struct card_row *c = &all->row[k];

		if (c->had != CARD_CURRENT || c->state != CARD_CURRENT ||
		    of_the_file(a, c->epoch))
			continue;
		if (c->expiry < current ||
		    (c->expiry <= blocked && c->expiry != current))
			c->state = CARD_BLOCKED;
	}
}

static enum result write_one(struct importer *i, int64_t account,
			     const struct card_row *c)
{
	if (c->had)
		return import_run(i, SQL_CARD_BLOCK, "ibi", (int64_t)c->epoch,
				  c->tag, (int64_t)i->options.now);
	return import_run(i, SQL_CARD_ADD, "iibiii", account,
			  (int64_t)c->epoch, c->tag, (int64_t)c->state,
			  (int64_t)c->expiry, (int64_t)c->since);
}

/* Blocked ones first: only one may be current at any moment. */
static enum reason write_rows(struct importer *i, int64_t account, bool local,
			      const struct cards *all, bool *changed)
{
	enum result wrote;

	for (uint32_t state = CARD_BLOCKED; state >= CARD_CURRENT; state--) {
		for (size_t k = 0; k < all->n; k++) {
			const struct card_row *c = &all->row[k];

			if (c->state != state || c->had == state)
				continue;
			*changed = true;
			wrote = write_one(i, account, c);
			/* somebody else has it */
			refuse_if(wrote == R_DENIED, REASON_ROSTER_CONFLICT);
			if (wrote != R_ABSENT)
				return REASON_ROSTER;
			/* no older copy knows an account that is new */
			if (local && state == CARD_BLOCKED &&
			    import_say_block(i, i->account.line.uid, c) !=
			    R_OK)
				return REASON_ROSTER;
		}
	}
	return REASON_NONE;
}

enum reason import_cards(struct importer *i, int64_t account, bool local,
			 bool *changed)
{
	struct cards all;	/* large: no row is cleared before its use */
	enum reason why = REASON_NONE;

	all.n = 0;
	if (local)
		why = read_local(i, account, &all);
	if (why == REASON_NONE)
		why = merge(i, &all, local);
	if (why != REASON_NONE)
		return why;
	one_current(&all);
	judge_by_day(&i->account, &all);
	return write_rows(i, account, local, &all, changed);
}
