/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hostile_chip: the simulated chip with a hand in its answers. It makes the
 * cards of hostile_cards in a directory, takes plans on its control channel
 * (descriptor 3) and APDUs on the socket chip.sock, where winscard.c puts what
 * cnie-card sends.
 *
 *	"plan TEXT"	the next card; "ok PASSWORD"
 *	"report"	"apdus=N told=HEX sealed=N struck=HEX"
 *			told: hand_told(); sealed: the number of the first
 *			APDU whose whole protected answer was changed on its
 *			way, 0 none
 */
#ifndef CNIE_FUZZ_HOSTILE_CHIP_H
#define CNIE_FUZZ_HOSTILE_CHIP_H

#include "../../sim/card.h"
#include "plan.h"

/* What winscard.c asks, and what it is told before the bytes. */
#define ASK_TRANSMIT 't'
#define ASK_ATR	     's'

/* Two of a kind: the second's answers are what is spliced in. */
struct pair {
	struct card card[2];
	struct card_memory own[2];	/* as made; shares the pointers */
};

/* dir/csca is the State's store for cnie-inspect. */
must_check enum result chip_make_cards(const char *dir, struct pair *pairs);

struct hand {
	struct plan plan;
	struct pair *pair;
	struct card *card, *other;
	bool splices;			/* the other card goes along */
	unsigned int seen[CLASS_COUNT];
	enum answer_class class;	/* of this answer */
	bool classed, sealed_now;	/* this answer: opened, protected */
	struct sink before_plain, before_objects, before_raw;
	struct blob file[SIM_EF_COUNT];	/* mutated ones */
	struct blob told[SIM_EF_COUNT];	/* signed files as last told */
	unsigned int apdus;
	uint32_t struck;		/* mutations that came to strike */
	unsigned int sealed;		/* the first changed protected answer,
					 * from 1 */
	bool pieces;			/* answers came in pieces (61xx): what
					 * is changed in one may make no
					 * difference to the whole */
	struct tamper tamper;
};

void hand_init(struct hand *h);
/* Another run. R_MALFORMED: the simulator does not know a word of the plan. */
must_check enum result hand_plan(struct hand *h, struct pair *pairs,
				 const struct plan *p);
/* One APDU; the code of SCardTransmit. */
uint32_t hand_transmit(struct hand *h, struct span apdu, struct sink *out);
void hand_atr(struct hand *h, struct sink *out);
/* Bit n: of that file the terminal was last told other bytes. */
uint32_t hand_told(const struct hand *h);

#endif
