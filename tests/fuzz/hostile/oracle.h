/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What must never happen, whatever a card says.
 *
 * A program ends by its own exit, in time, without a sanitizer's word, after
 * one of the words that end it, and never for a reason that is our mistake.
 * Number and portrait that are let go are those of one genuine card: of the
 * one in the reader where Chip Authentication stands for it, whose key the SOD
 * covers. Elsewhere the hand, which sits in the chip, can have it tell all the
 * files of another one: the other signs for itself in Active Authentication,
 * and where DG14 lists no key nothing ties EF.CardSecurity's (PACE-CAM) to the
 * SOD; a genuine chip tells its own. And whoever got so far met no changed protected answer, no
 * wrong password and no abuse that breaks the protocol.
 */
#ifndef CNIE_FUZZ_HOSTILE_ORACLE_H
#define CNIE_FUZZ_HOSTILE_ORACLE_H

#include "pair.h"

struct identity {
	bool known;
	struct msg_number number;
	uint8_t format;
	size_t portrait_n;
	uint8_t portrait[16384];
};

/* Of one card in an honest reader. */
struct baseline {
	struct msg_inspect_facts facts;
	struct identity own, other;
};

#define CARDS_MAX 16

struct oracle {
	struct baseline card[CARDS_MAX];
};

/* Run every card honestly, and say which did not end well. */
must_check enum result oracle_learn(struct oracle *o,
				    struct pair_of_programs *p);
/* NULL where all is as it must be; else what is not. */
const char *oracle_judge(const struct oracle *o, const struct plan *plan,
			 const struct outcome *out);

#endif
