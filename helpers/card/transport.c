// SPDX-License-Identifier: GPL-3.0-or-later
#include "card/transport.h"

#include <string.h>

#include "base/refuse.h"

#define INS_GET_RESPONSE 0xc0
#define SW1_MORE         0x61	/* SW2 bytes are still there; 0: 256 or more */
#define SW1_WRONG_LE     0x6c	/* SW2 is the right one */
#define STATUS_WORD      2
#define SHORT_CASE_2     5	/* header and Le */
#define SHORT_LC_MAX     255

static enum reason once(struct transport *t, struct span apdu,
			struct sink *out)
{
	size_t before = out->n;
	enum reason why;

	refuse_if(++t->count > TRANSPORT_APDUS_MAX, REASON_CARD_LOOP);
	why = pcsc_transmit(t->pcsc, apdu, out);
	if (why != REASON_NONE)
		return why;
	t->bytes += apdu.n + out->n - before;
	refuse_if(t->bytes > TRANSPORT_BYTES_MAX, REASON_CARD_LOOP);
	return REASON_NONE;
}

static uint8_t sw1(const struct sink *out)
{
	return out->p[out->n - 2];
}

static uint8_t sw2(const struct sink *out)
{
	return out->p[out->n - 1];
}

/* 7816-3 12.2.3: with T=0 a command with data has no Le; what the card has to
 * say is fetched. */
static struct span without_le(const struct transport *t, struct span apdu)
{
	if (t->t0 && apdu.n > SHORT_CASE_2 && apdu.p[TRANSPORT_HEAD] > 0 &&
	    apdu.n == (size_t)SHORT_CASE_2 + apdu.p[TRANSPORT_HEAD] + 1)
		return span_of(apdu.p, apdu.n - 1);
	return apdu;
}

/* The same header with the length that the card named. */
static enum reason again(struct transport *t, struct span apdu,
			 struct sink *out)
{
	uint8_t command[SHORT_CASE_2];

	memcpy(command, apdu.p, TRANSPORT_HEAD);
	command[TRANSPORT_HEAD] = sw2(out);
	out->n -= STATUS_WORD;
	return once(t, SPAN(command), out);
}

enum reason transport_exchange(struct transport *t, struct span apdu,
			       struct sink *out)
{
	uint8_t more[SHORT_CASE_2] = { 0, INS_GET_RESPONSE, 0, 0, 0 };
	size_t from = out->n;
	enum reason why = once(t, without_le(t, apdu), out);

	if (why == REASON_NONE && t->t0 && apdu.n == SHORT_CASE_2 &&
	    out->n == from + STATUS_WORD && sw1(out) == SW1_WRONG_LE)
		why = again(t, apdu, out);
	for (unsigned int i = 0; why == REASON_NONE; i++) {
		if (sw1(out) != SW1_MORE)
			return REASON_NONE;
		refuse_if(i == TRANSPORT_PIECES_MAX, REASON_CARD_LOOP);
		more[TRANSPORT_HEAD] = sw2(out);
		out->n -= STATUS_WORD;
		refuse_if(out->cap - out->n < SHORT_LC_MAX + 1 + STATUS_WORD,
			  REASON_CARD_LOOP);
		why = once(t, SPAN(more), out);
	}
	return why;
}
