/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Choose a reader and wait for a card: which readers may be used, what counts
 * as freshly inserted. One thread: slices of waiting on pcscd alternate with a
 * look at the control channel.
 */
#ifndef CNIE_CARD_WAIT_H
#define CNIE_CARD_WAIT_H

#include "base/wire.h"
#include "card/pcsc.h"

/* Longest wait in pcscd before the control channel is looked at. */
#define WAIT_SLICE_MS 200

/* Whether this reader may be used: the configured one alone, where there is
 * one; none of the ignore list; no virtual reader in packaged builds. */
bool reader_allowed(const struct msg_card_config *c, const char *name);

/* Whether the reader takes every APDU without saying so: pcscd's virtual one
 * does, which only test builds use. */
bool reader_takes_all(const char *name);

/* What a look at the readers found. */
enum sight { SIGHT_NO_READER, SIGHT_NO_CARD, SIGHT_LYING, SIGHT_CARD,
	     SIGHT_NOTHING_TOLD };

/* Memory of readers between looks. */
struct watch {
	struct pcsc_reader reader[PCSC_READERS_MAX];
	size_t n;
	struct { char name[READER_NAME_MAX]; uint16_t events; bool lying; }
		first[PCSC_READERS_MAX];	/* as first seen */
	size_t first_n;
};

/*
 * Judge the states in w: the first allowed reader with a card, fresh where
 * that is wanted (its card came after the first look). *which is its index
 * with SIGHT_CARD.
 */
enum sight watch_judge(struct watch *w, const struct msg_card_config *c,
		       size_t *which);

/*
 * Wait for a card and connect to it, telling cnied on `control`
 * (MSG_CARD_STATE). REASON_CANCELLED: cnied closed the channel or ended it.
 */
must_check enum reason wait_for_card(struct pcsc *p, int control,
				     const struct msg_card_config *c,
				     struct pcsc_reader *out);

#endif
