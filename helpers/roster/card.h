/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a card is to the roster under its one or two live epochs. Private to
 * roster/.
 *
 * A card-tag can be compared with those of its own epoch alone. So an unknown
 * card is refused where it expires before the newest that is known, and also
 * where a blocked one of an epoch that can't be compared, or the account's
 * floor, expires with it or later.
 */
#ifndef CNIE_ROSTER_CARD_H
#define CNIE_ROSTER_CARD_H

#include "roster/db.h"

struct decision {
	int64_t id;		/* of the account */
	bool bind;		/* it has no tag under the card's epoch yet */
	bool old_bound;		/* it has this person's tag under old_epoch */
	bool known;		/* the card is, under one epoch at least */
	bool put, put_old;	/* a row of the card is missing */
};

/* The account of a card, under epoch, else under old_epoch; no judgement.
 * REASON_UNKNOWN_CARD. */
must_check enum reason card_account(sqlite3 *db,
				    const struct roster_card *card,
				    struct roster_account *out,
				    struct decision *d);

/* The card beside those known of account d->id. REASON_BLOCKED_CARD. */
must_check enum reason card_judge(sqlite3 *db, const struct roster_card *card,
				  struct decision *d);

/* Whether anything would be written. */
bool card_changes(const struct decision *d);

/* Write what d says: the tag with its statement, the card, those it blocks. */
must_check enum reason card_take(struct change *c,
				 const struct roster_card *card, uint32_t uid,
				 const struct decision *d, uint64_t now);

#endif
