// SPDX-License-Identifier: GPL-3.0-or-later
#include "card/relay.h"

#include <errno.h>
#include <poll.h>

#include "base/channel.h"
#include "base/refuse.h"
#include "card/transport.h"
#include "card/wait.h"

#define MESSAGE_HEAD 16		/* version, type, reason, length: 8 bytes */

enum event { EVENT_NOTHING, EVENT_APDU, EVENT_END };

struct relay {
	struct pcsc *pcsc;
	int control, apdus;
	struct pcsc_reader *reader;
	struct transport transport;
	uint8_t in[APDU_COMMAND_MAX + MESSAGE_HEAD + 1];
	uint8_t answer[APDU_RESPONSE_MAX];
	uint8_t out[APDU_RESPONSE_MAX + MESSAGE_HEAD];
};

/* Any word on the control channel, or its end, is the end: MSG_CARD_END is
 * all that cnied may say now, and unpower is what follows in each case. */
static enum event next_event(const struct relay *r, int wait_ms)
{
	struct pollfd p[2] = {
		{ .fd = r->control, .events = POLLIN },
		{ .fd = r->apdus, .events = POLLIN },
	};
	int n = poll(p, 2, wait_ms);

	if (n < 0)
		return errno == EINTR ? EVENT_NOTHING : EVENT_END;
	if (p[0].revents)
		return EVENT_END;
	return p[1].revents ? EVENT_APDU : EVENT_NOTHING;
}

/* Before the first APDU nothing but this look would notice a removal. */
static enum reason still_there(struct pcsc *p, struct pcsc_reader *reader)
{
	uint16_t events = reader->events;
	enum reason r = pcsc_wait(p, reader, 1, 0);

	if (r != REASON_NONE)
		return r;
	refuse_if(!reader->present, REASON_CARD_REMOVED);
	refuse_if(reader->events != events, REASON_CARD_CHANGED);
	return REASON_NONE;
}

static enum reason exchange(struct relay *r, struct span apdu,
			    struct sink *answer)
{
	enum reason why;

	refuse_if(apdu.n < TRANSPORT_HEAD, REASON_HELPER_PROTOCOL);
	if (!r->pcsc->locked) {
		why = pcsc_lock(r->pcsc);
		if (why != REASON_NONE)
			return why;
	}
	return transport_exchange(&r->transport, apdu, answer);
}

/* R_ABSENT: the inspecting side has gone. */
static enum result answer(struct relay *r, enum reason why, struct span apdu)
{
	struct msg_apdu_response m = { .reason = (uint16_t)why };

	if (why == REASON_NONE)
		m.apdu = apdu;
	if (m.apdu.n + MESSAGE_HEAD <= WIRE_MAX)
		return chan_send(r->apdus, MSG_APDU_RESPONSE, &m);
	return chan_send_large(r->apdus, MSG_APDU_RESPONSE, &m, SINK(r->out),
			       -1);
}

static enum reason serve(struct relay *r, bool *end)
{
	struct sink got = SINK(r->answer);
	struct msg_apdu_command m;
	enum reason why = REASON_HELPER_PROTOCOL;
	struct span in;
	enum result c = chan_recv(r->apdus, r->in, sizeof(r->in), mono_ms(),
				  &in);

	*end = c == R_ABSENT;
	if (*end)
		return REASON_NONE;
	if (c == R_OK && wire_get(in, MSG_APDU_COMMAND, &m) == R_OK)
		why = exchange(r, m.apdu, &got);
	*end = answer(r, why, sink_span(&got)) != R_OK;
	return why;
}

/* The first word: what the wire can carry. */
static enum reason tell_link(struct relay *r)
{
	struct msg_apdu_link m = { 0 };
	struct pcsc_link l;
	enum reason why = pcsc_describe(r->pcsc, &l);

	if (why != REASON_NONE)
		return why;
	m.max_data = reader_takes_all(r->reader->name) ?
		     APDU_RESPONSE_MAX - 2 : l.max_data;
	m.atr = span_of(l.atr, l.atr_n);
	r->transport = (struct transport){ .pcsc = r->pcsc, .t0 = l.t0 };
	/* gone already: the loop will see it */
	(void)!chan_send(r->apdus, MSG_APDU_LINK, &m);
	return REASON_NONE;
}

enum reason relay_run(struct pcsc *p, int control, int apdus,
		      struct pcsc_reader *reader)
{
	struct relay r = { .pcsc = p, .control = control, .apdus = apdus,
			   .reader = reader };
	enum reason why = tell_link(&r);
	bool end = false;

	while (!end && why == REASON_NONE) {
		switch (next_event(&r, p->locked ? -1 : WAIT_SLICE_MS)) {
		case EVENT_END:
			return REASON_NONE;
		case EVENT_APDU:
			why = serve(&r, &end);
			break;
		case EVENT_NOTHING:
			why = still_there(p, reader);
			break;
		}
	}
	return why;
}
