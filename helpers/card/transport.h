/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One command APDU to one whole answer, whatever the transmission protocol
 * makes of it: with T=0 an answer comes in pieces (61xx, GET RESPONSE) and a
 * wrong P3 is told (6Cxx; ISO/IEC 7816-3 12.2); cards behind T=1 and
 * contactless ones split long answers with 61xx too (7816-4 5.3.4).
 */
#ifndef CNIE_CARD_TRANSPORT_H
#define CNIE_CARD_TRANSPORT_H

#include "card/pcsc.h"

#define TRANSPORT_HEAD 4		/* CLA INS P1 P2 */

/* A card that never ends is a card that lies. A whole reading takes ~100
 * APDUs and ~20 KB; the largest files that are accepted take ten times that. */
#define TRANSPORT_APDUS_MAX 2000
#define TRANSPORT_BYTES_MAX (1024 * 1024)
#define TRANSPORT_PIECES_MAX 300	/* of one answer: 65,536 bytes of 256 */

struct transport {
	struct pcsc *pcsc;
	bool t0;
	uint32_t count;		/* APDUs so far */
	size_t bytes;		/* both ways */
};

/* The answer, its pieces joined, is appended to out. REASON_CARD_LOOP where a
 * bound above is passed, or an answer does not fit into out. */
must_check enum reason transport_exchange(struct transport *t,
					  struct span apdu, struct sink *out);

#endif
