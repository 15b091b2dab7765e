/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one run of the hostile card is: which card, and what is done to which
 * of its answers. A plan is one line of text, so that a finding and the corpus
 * are readable and do not depend on how plans are invented.
 *
 *	card=cam seed=7 evil=one-byte quirks=6c-le can=wrong \
 *		LAYER/CLASS/NTH/COUNT/KIND/A/B ...
 *
 * The mutation strikes the answers number NTH (from 1) to NTH + COUNT - 1 of
 * its class; COUNT 0: all from NTH on. A and B mean what the kind makes of
 * them.
 */
#ifndef CNIE_FUZZ_HOSTILE_PLAN_H
#define CNIE_FUZZ_HOSTILE_PLAN_H

#include "base/bytes.h"

/* Where the hand is. */
enum layer {
	LAYER_FILE,	/* a file of the card, before the run */
	LAYER_PLAIN,	/* data and SW before secure messaging */
	LAYER_OBJECTS,	/* DO'87', DO'99' before their MAC */
	LAYER_RAW,	/* the response as it travels */
	LAYER_READER,	/* what the reader's library says instead */
	LAYER_COUNT
};

/* Which answers, by the command as the chip opened it. */
enum answer_class {
	CLASS_ANY, CLASS_SELECT, CLASS_ENVIRONMENT, CLASS_AUTHENTICATE,
	CLASS_CHALLENGE, CLASS_EXTERNAL, CLASS_INTERNAL, CLASS_VERIFY,
	CLASS_ACCESS, CLASS_SECURITY, CLASS_ATR, CLASS_SOD, CLASS_DG1,
	CLASS_DG2, CLASS_DG11, CLASS_DG14, CLASS_DG15, CLASS_OTHER,
	CLASS_COUNT
};
#define CLASS_FILES CLASS_ACCESS	/* the first that is a file */

enum kind {
	/* any bytes */
	KIND_FLIP, KIND_SET, KIND_CUT, KIND_DROP, KIND_GROW, KIND_INSERT,
	KIND_HUGE, KIND_EMPTY, KIND_FILL,
	/* objects in them */
	KIND_TAG, KIND_LENGTH, KIND_REMOVE, KIND_DOUBLE, KIND_SWAP, KIND_NEST,
	KIND_VALUE,
	/* the status word */
	KIND_SW, KIND_SW_ALONE,
	/* something else instead */
	KIND_OTHER,	/* what another genuine card says to this */
	KIND_REPLAY,	/* the answer before */
	KIND_REFLECT,	/* the command's own data */
	KIND_BARE,	/* unprotected */
	KIND_NOTHING,	/* 0 or 1 byte */
	/* LAYER_READER */
	KIND_CODE,	/* an error of SCardTransmit */
	KIND_HISTORY,	/* the ATR */
	KIND_COUNT
};

struct mutation {
	enum layer layer;
	enum answer_class class;
	unsigned int nth, count;
	enum kind kind;
	uint32_t a, b;
};

#define MUTATIONS_MAX 6
#define PLAN_TEXT_MAX 768

struct plan {
	unsigned int card;	/* index of hostile_cards */
	uint64_t seed;		/* of the chip's and the terminal's random */
	int evil, quirk;	/* index of a word, -1 none */
	bool wrong_can;
	struct mutation m[MUTATIONS_MAX];
	size_t n;
};

/* -- the cards ------------------------------------------------------------- */

/* How cnie-inspect is configured, one process each. */
enum setting { SET_USUAL, SET_LENIENT, SET_PIN, SET_DG11, SET_COUNT };

struct hostile_card {
	const char *name;
	enum setting setting;
	bool mrz;		/* the password is the MRZ, not the CAN */
};
extern const struct hostile_card hostile_cards[];
extern const size_t hostile_card_count;

const char *evil_word(int i);	/* "" for -1 */
const char *quirk_word(int i);

/* -- plans ----------------------------------------------------------------- */

/* The same numbers for the same start, anywhere. */
struct dice {
	uint64_t state;
};
uint64_t dice_next(struct dice *d);
uint32_t dice_below(struct dice *d, uint32_t n);	/* n > 0 */
void dice_bytes(struct dice *d, uint8_t *out, size_t n);

struct plan plan_invent(uint64_t seed);
/* Another one out of this one. */
struct plan plan_vary(const struct plan *from, uint64_t seed);
void plan_write(const struct plan *p, char out[PLAN_TEXT_MAX]);
must_check enum result plan_read(const char *text, struct plan *out);

#endif
