/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The wire to the card as the procedure sees it: one command in, one answer
 * out, through secure messaging once keys are there, counted and capped. How
 * the bytes travel is a function pointer, so tests need no other process.
 */
#ifndef CNIE_INSPECT_LINK_H
#define CNIE_INSPECT_LINK_H

#include "base/reason.h"
#include "base/wire.h"
#include "emrtd/sm.h"

/* A card that never ends is a card that lies: about ten times what a whole
 * reading takes. cnie-card has its own. */
#define LINK_APDUS_MAX 1500
#define LINK_BYTES_MAX (1024 * 1024)

/* Answers are short: at most 256 bytes and the status word. */
#define LINK_ANSWER_MAX  (256 + 2)
#define LINK_COMMAND_MAX (4 + 1 + 255 + 1)

/* Carry one APDU; the answer is appended to out. */
typedef enum reason link_transmit(void *context, struct span apdu,
				  struct sink *out);

struct link_count {
	uint32_t apdus, sent, received;
};

/* SECRET: wipe with link_wipe. */
struct card_link {
	link_transmit *transmit;
	void *context;
	struct sm sm;			/* live after PACE */
	bool keyed;			/* had keys: nothing in the clear any more */
	bool proving;			/* new keys: no answer verified yet */
	uint16_t sw;			/* of the last answer */
	struct link_count stage;	/* since the caller cleared it */
	struct link_count total;
	uint8_t raw[LINK_ANSWER_MAX];
	uint8_t plain[LINK_ANSWER_MAX + AES_BLOCK_SIZE];
};

void link_wipe(struct card_link *l);

/* The APDU as it is, answer as it came; *out points into l until the next
 * call. For PACE, which brings its own APDUs. */
must_check enum reason link_raw(struct card_link *l, struct span apdu,
				struct span *out);
/*
 * One command, protected where keys are live. REASON_NONE with any status
 * word; REASON_SM_FAILED for an answer that is not protected as it must be,
 * REASON_CHIP_PROOF where that is the first one under a chip proof's keys.
 */
must_check enum reason link_send(struct card_link *l, const struct command *c,
				 struct response *out);
/* Change to new keys. proof: the next answer must prove the chip has them. */
void link_keys(struct card_link *l, const struct session_keys *keys,
	       bool proof);
/* Bytes of plaintext that one answer carries at most. */
size_t link_block(const struct card_link *l);

#endif
