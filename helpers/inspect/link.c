// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/link.h"

#include "base/refuse.h"
#include "base/secret.h"

/* ISO/IEC 7816-3 12.1.3: what stands before and after the data of an extended
 * command (CLA INS P1 P2, three bytes of Lc, two of Le), and after that of an
 * answer. */
#define COMMAND_FRAME 9
#define ANSWER_FRAME  2

/* DO'87' with its padding, DO'97', DO'8E' (9303-11 9.8.4) */
#define PROTECTION 40

void link_wipe(struct card_link *l)
{
	sm_wipe(&l->sm);
	secret_wipe(l->raw, sizeof(l->raw));
	secret_wipe(l->plain, sizeof(l->plain));
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

void link_capacity(struct card_link *l, uint32_t reader_max,
		   const struct atr_caps *caps, const struct atr_info *info)
{
	bool card = info ? info->response_max > APDU_SHORT_LE + ANSWER_FRAME :
			   caps && caps->extended;

	l->extended = card && reader_max > LINK_READER_SHORT;
	l->command_max = least(reader_max, LINK_COMMAND_MAX - COMMAND_FRAME);
	l->answer_max = least(reader_max, LINK_ANSWER_MAX - ANSWER_FRAME);
	if (!info)
		return;
	l->command_max = least(l->command_max,
			       info->command_max > COMMAND_FRAME ?
			       info->command_max - COMMAND_FRAME : 0);
	l->answer_max = least(l->answer_max,
			      info->response_max - ANSWER_FRAME);
}

bool link_carries(const struct card_link *l, size_t n)
{
	size_t data = l->keyed ? n + PROTECTION : n;

	return data <= APDU_SHORT_DATA ||
	       (l->extended && data <= l->command_max);
}

static size_t plain_of(const struct card_link *l, size_t answer)
{
	return l->keyed ? sm_plain_max(&l->sm, answer) : answer;
}

size_t link_short_block(const struct card_link *l)
{
	return plain_of(l, APDU_SHORT_LE);
}

size_t link_block(const struct card_link *l)
{
	size_t n = l->extended ? plain_of(l, l->answer_max) :
				 link_short_block(l);

	n = least(n, LINK_BLOCK_MAX);
	return l->habits.block ? least(n, l->habits.block) : n;
}

void link_meanwhile(struct card_link *l, link_work *work, void *context)
{
	link_catch_up(l);
	l->work = work;
	l->work_context = context;
}

void link_catch_up(struct card_link *l)
{
	link_work *work = l->work;

	l->work = NULL;
	if (work)
		work(l->work_context);
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

	refuse_if(over_limit(&l->total), REASON_CARD_LOOP);
	why = l->send(l->context, apdu);
	if (why != REASON_NONE)
		return why;
	link_catch_up(l);
	why = l->fetch(l->context, &answer);
	if (why != REASON_NONE)
		return why;
	refuse_if(answer.overflow, REASON_CARD_LOOP);
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
	refuse_if(r != R_OK, sm_failed(l));
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
	struct command fitted = *c;

	/* a longer answer comes in pieces then (61xx), which cnie-card joins */
	if (!l->extended && fitted.le > APDU_SHORT_LE)
		fitted.le = APDU_SHORT_LE;
	return l->keyed ? send_protected(l, &fitted, out) :
			  send_plain(l, &fitted, out);
}

void link_keys(struct card_link *l, const struct session_keys *keys,
	       bool proof)
{
	sm_start(&l->sm, keys);
	l->keyed = true;
	l->proving = proof;
}
