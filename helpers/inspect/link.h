/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The wire to the card as the procedure sees it: one command in, one answer
 * out, through secure messaging once keys are there, counted and capped. How
 * the bytes travel is two function pointers, so tests need no other process.
 *
 * Between sending a command and waiting for its answer the card computes, and
 * so may we: link_meanwhile() leaves one piece of work for that moment.
 *
 * MUST: once there were keys nothing goes in the clear.
 * MUST: every loop a card can keep us in ends here.
 */
#ifndef CNIE_INSPECT_LINK_H
#define CNIE_INSPECT_LINK_H

#include "base/reason.h"
#include "emrtd/sm.h"
#include "lds/atr_info.h"

/* A card that never ends is a card that lies: about ten times what a whole
 * reading takes. cnie-card has its own. */
#define LINK_APDUS_MAX 1500
#define LINK_BYTES_MAX (1024 * 1024)

/* What one answer brings at most: a DG2 in one or two. Secure messaging adds
 * DO'87', padding, DO'99' and DO'8E', below 48 bytes. */
#define LINK_BLOCK_MAX  16384
#define LINK_ANSWER_MAX (LINK_BLOCK_MAX + 48 + 2)
/* A key of 256 bytes, protected, is the longest that we send. */
#define LINK_COMMAND_MAX 512
/* A reader that says this much, the longest short APDU, or less, takes no
 * others. */
#define LINK_READER_SHORT (4 + 1 + APDU_SHORT_DATA + 1)

/* Carry one APDU away, and fetch its answer, which is appended to out. */
typedef enum reason link_send_apdu(void *context, struct span apdu);
typedef enum reason link_fetch(void *context, struct sink *out);
typedef void link_work(void *context);

struct link_count {
	uint32_t apdus, sent, received;
};

/* What reading taught us of this card; spares commands whose answers would be
 * known. Nothing rests on it. */
struct link_habits {
	size_t block;		/* more at once was refused; 0: nothing was */
	bool exact;		/* refuses a Le beyond the end of a file */
	bool by_file_id;	/* this DF's files have no short identifiers */
};

/* SECRET: wipe with link_wipe. */
struct card_link {
	link_send_apdu *send;
	link_fetch *fetch;
	void *context;
	link_work *work;		/* waits for the next command */
	void *work_context;
	bool extended;			/* reader and card take extended APDUs */
	size_t command_max;		/* bytes of data and of a whole command
					 * that they take so */
	size_t answer_max;		/* bytes of data of an answer */
	struct link_habits habits;
	struct sm sm;			/* live after PACE */
	bool keyed;			/* had keys: nothing in the clear any more */
	bool proving;			/* new keys: no answer verified yet */
	uint16_t sw;			/* of the last answer */
	struct link_count stage;	/* since the caller cleared it */
	struct link_count total;
	uint8_t raw[LINK_ANSWER_MAX];
	uint8_t plain[LINK_ANSWER_MAX];
};

void link_wipe(struct card_link *l);

/*
 * What may travel: short APDUs, until reader and card both said more.
 * reader_max: bytes of data that the reader carries, 0 unknown. caps, info:
 * the card's words, NULL where it said none.
 */
void link_capacity(struct card_link *l, uint32_t reader_max,
		   const struct atr_caps *caps, const struct atr_info *info);
/* Whether a command with n bytes of data can be sent now, protected where
 * there are keys. */
bool link_carries(const struct card_link *l, size_t n);
/* Bytes of plaintext to ask for at most: what one answer carries, less what
 * this card was seen to refuse. */
size_t link_block(const struct card_link *l);
/* The same of a short answer. */
size_t link_short_block(const struct card_link *l);

/* Do this while the next answer is awaited, once. What waited before is done
 * now. */
void link_meanwhile(struct card_link *l, link_work *work, void *context);
/* Do it now, where it still waits. */
void link_catch_up(struct card_link *l);

/* The APDU as it is, answer as it came; *out points into l until the next
 * call. For PACE, which brings its own APDUs. */
must_check enum reason link_raw(struct card_link *l, struct span apdu,
				struct span *out);
/*
 * One command, protected where keys are live. REASON_NONE with any status
 * word; REASON_SM_FAILED for an answer that is not protected as it must be,
 * REASON_CHIP_PROOF where that is the first one under a chip proof's keys.
 * out->data points into l until the next call.
 */
must_check enum reason link_send(struct card_link *l, const struct command *c,
				 struct response *out);
/* Change to new keys. proof: the next answer must prove the chip has them. */
void link_keys(struct card_link *l, const struct session_keys *keys,
	       bool proof);

#endif
