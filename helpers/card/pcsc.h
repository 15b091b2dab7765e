/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reader's library, behind few functions that answer with a reason.
 *
 * MUST: SHARE_SHARED; a transaction only from pcsc_lock to pcsc_close.
 * MUST: a removal, reset or new card is a failure; SCardReconnect is never
 *	 called, for it succeeds on another card.
 * MUST: every use of a card ends with SCARD_UNPOWER_CARD, so nobody gets a
 *	 card that somebody else unlocked; unless it has left.
 *
 * SCardConnect, SCardBeginTransaction and SCardTransmit can block without
 * end (another program's transaction, a silent card). There is no remedy in
 * this process: cnied kills it when the deadline has passed, and pcscd then
 * resets the card.
 */
#ifndef CNIE_CARD_PCSC_H
#define CNIE_CARD_PCSC_H

#include "base/bytes.h"
#include "base/reason.h"

#define READER_NAME_MAX 129	/* pcsc-lite's MAX_READERNAME and NUL */
#define PCSC_READERS_MAX 16	/* the number pcsc-lite handles at once */

struct pcsc {
	long context, card;
	unsigned long protocol;
	bool open, connected, locked;
	bool gone;		/* the last APDU found no card, or another */
};

struct pcsc_reader {
	char name[READER_NAME_MAX];
	bool present;		/* a card that answers to power */
	bool mute;		/* a card that does not */
	bool exclusive;		/* another program holds it exclusively */
	uint16_t events;	/* pcscd's count of insertions and removals */
	unsigned long state;	/* as pcscd said last: what to wait from */
};

/* Connect to pcscd: the one moment a socket is opened. */
must_check enum reason pcsc_open(struct pcsc *p);

/* The readers there are now. REASON_NONE with *n == 0 where there is none.
 * On entry list and *n hold the last answer (*n = 0: none); readers that are
 * still there keep what was known of them. */
must_check enum reason pcsc_readers(struct pcsc *p,
				    struct pcsc_reader list[PCSC_READERS_MAX],
				    size_t *n);

/* Wait up to wait_ms for a change among the n readers (none: for a reader),
 * and take their states over. REASON_NONE with or without a change. */
must_check enum reason pcsc_wait(struct pcsc *p, struct pcsc_reader *list,
				 size_t n, unsigned int wait_ms);

must_check enum reason pcsc_connect(struct pcsc *p, const char *reader);
/* Begin the transaction. */
must_check enum reason pcsc_lock(struct pcsc *p);
/* What card and reader say of themselves, once connected. */
struct pcsc_link {
	uint32_t max_data;	/* bytes of data in one APDU, by the reader's own
				 * property (PC/SC part 10, dwMaxAPDUDataSize);
				 * 0 unknown, or no more than a short one */
	uint8_t atr[33];
	size_t atr_n;
	bool t0;		/* character protocol: extended APDUs are out */
};
must_check enum reason pcsc_describe(struct pcsc *p, struct pcsc_link *out);

/* One APDU; the answer, of two bytes or more, is appended to out. */
must_check enum reason pcsc_transmit(struct pcsc *p, struct span apdu,
				     struct sink *out);
/* End the transaction, take the power from the card, let go of everything.
 * Accepts what is half open or closed. */
void pcsc_close(struct pcsc *p);

#endif
