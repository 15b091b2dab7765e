// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/link.h"

#include "base/secret.h"

void link_wipe(struct card_link *l)
{
	sm_wipe(&l->sm);
	secret_wipe(l->raw, sizeof(l->raw));
	secret_wipe(l->plain, sizeof(l->plain));
}

static void count(struct link_count *c, size_t sent, size_t received)
{
	c->apdus++;
	c->sent += (uint32_t)sent;
	c->received += (uint32_t)received;
}

static bool over_limit(const struct link_count *c)
{
	return c->apdus >= LINK_APDUS_MAX ||
	       c->sent + c->received > LINK_BYTES_MAX;
}

enum reason link_raw(struct card_link *l, struct span apdu, struct span *out)
{
	struct sink answer = SINK(l->raw);
	enum reason why;

	if (over_limit(&l->total))
		return REASON_CARD_LOOP;
	why = l->transmit(l->context, apdu, &answer);
	if (why == REASON_NONE && answer.overflow)
		why = REASON_CARD_LOOP;
	if (why != REASON_NONE)
		return why;
	if (answer.n < 2)	/* 0 bytes: the card left during the APDU */
		return answer.n ? REASON_CARD_TRANSPORT : REASON_CARD_REMOVED;
	l->sw = (uint16_t)(l->raw[answer.n - 2] << 8 | l->raw[answer.n - 1]);
	count(&l->stage, apdu.n, answer.n);
	count(&l->total, apdu.n, answer.n);
	*out = sink_span(&answer);
	return REASON_NONE;
}

static enum reason sm_failed(const struct card_link *l)
{
	return l->proving ? REASON_CHIP_PROOF : REASON_SM_FAILED;
}

static enum reason send_protected(struct card_link *l,
				  const struct command *c,
				  struct response *out)
{
	uint8_t buf[LINK_COMMAND_MAX];
	struct sink apdu = SINK(buf), plain = SINK(l->plain);
	struct span answer;
	enum result r = sm_wrap(&l->sm, c, &apdu);
	enum reason why;

	if (r != R_OK)
		return r == R_DENIED ? sm_failed(l) : REASON_INTERNAL;
	why = link_raw(l, sink_span(&apdu), &answer);
	if (why != REASON_NONE)
		return why;
	r = sm_unwrap(&l->sm, answer, &plain, out);
	if (r == R_INTERNAL)
		return REASON_INTERNAL;
	if (r != R_OK)
		return sm_failed(l);
	l->sw = out->sw;
	l->proving = false;
	return REASON_NONE;
}

static enum reason send_plain(struct card_link *l, const struct command *c,
			      struct response *out)
{
	uint8_t buf[LINK_COMMAND_MAX];
	struct sink apdu = SINK(buf);
	struct span answer;
	enum reason why;

	if (command_encode(c, &apdu) != R_OK)
		return REASON_INTERNAL;
	why = link_raw(l, sink_span(&apdu), &answer);
	if (why != REASON_NONE)
		return why;
	return response_parse(answer, out) == R_OK ? REASON_NONE :
						     REASON_CARD_TRANSPORT;
}

/* Once keys were there nothing goes in the clear again: over a channel that
 * died sm_wrap refuses. */
enum reason link_send(struct card_link *l, const struct command *c,
		      struct response *out)
{
	return l->keyed ? send_protected(l, c, out) : send_plain(l, c, out);
}

void link_keys(struct card_link *l, const struct session_keys *keys,
	       bool proof)
{
	sm_start(&l->sm, keys);
	l->keyed = true;
	l->proving = proof;
}

size_t link_block(const struct card_link *l)
{
	return l->keyed ? SM_SHORT_PLAIN : APDU_SHORT_LE;
}
