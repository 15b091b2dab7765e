/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The channel to cnie-card: link.h's two function pointers over MSG_APDU_*,
 * and the first word on it, MSG_APDU_LINK.
 *
 * MUST: cnie-card may say what happened in the reader, and nothing else: a
 *	 word about the document or the person is not its to say.
 */
#ifndef CNIE_INSPECT_APDUS_H
#define CNIE_INSPECT_APDUS_H

#include "inspect/link.h"

struct apdus {
	int card;	/* to cnie-card */
	int control;	/* any word on it, or its end, ends this process; -1:
			 * there is none */
};

/* What reader and card can carry: cnie-card's first word. *caps is zero where
 * the ATR says nothing. */
must_check enum reason apdus_link(const struct apdus *a, uint32_t *reader_max,
				  struct atr_caps *caps);
/* context: struct apdus */
enum reason apdus_send(void *context, struct span apdu);
enum reason apdus_fetch(void *context, struct sink *out);

#endif
