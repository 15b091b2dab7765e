// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/apdus.h"

#include <poll.h>

#include "base/channel.h"
#include "base/helper.h"
#include "base/refuse.h"
#include "base/secret.h"

#define MESSAGE_HEAD 16

/*
 * Wait for the card's answer; the end of the control channel ends us too.
 * A silent card is cnied's deadline to judge, which kills us from outside.
 */
static void wait_answer(const struct apdus *a)
{
	struct pollfd p[2] = {
		{ .fd = a->card, .events = POLLIN },
		{ .fd = a->control, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)	/* nothing may be said now */
			helper_exit(1);
		if (p[0].revents)
			return;
	}
}

static enum reason of_the_reader(uint16_t reason)
{
	const struct reason_row *row = reason_row(reason);

	if (reason == REASON_NONE)
		return REASON_NONE;
	refuse_if(row->id != (enum reason)reason ||
		  (row->code[0] != 'R' && reason != REASON_CARD_LOOP),
		  REASON_HELPER_PROTOCOL);
	return row->id;
}

/* The next packet, in buf. */
static enum reason packet(const struct apdus *a, uint8_t *buf, size_t cap,
			  struct span *out)
{
	wait_answer(a);
	switch (chan_recv(a->card, buf, cap, mono_ms(), out)) {
	case R_OK:
		return REASON_NONE;
	case R_MALFORMED:
		return REASON_CARD_LOOP;	/* more than was asked for */
	case R_DENIED:
	case R_ABSENT:
	case R_BUSY:
	case R_TIMEOUT:
	case R_INTERNAL:
		break;
	}
	return REASON_HELPER_DIED;
}

enum reason apdus_link(const struct apdus *a, uint32_t *reader_max,
		       struct atr_caps *caps)
{
	uint8_t buf[ATR_MAX + 2 * MESSAGE_HEAD];
	struct msg_apdu_link m;
	struct span in;
	enum reason why = packet(a, buf, sizeof(buf), &in);

	if (why != REASON_NONE)
		return why;
	refuse_if(wire_get(in, MSG_APDU_LINK, &m) != R_OK,
		  REASON_HELPER_PROTOCOL);
	*reader_max = m.max_data;
	if (atr_parse(m.atr, caps) != R_OK)
		*caps = (struct atr_caps){ 0 };
	return REASON_NONE;
}

enum reason apdus_send(void *context, struct span apdu)
{
	const struct apdus *a = context;
	struct msg_apdu_command c = { apdu };

	return chan_send(a->card, MSG_APDU_COMMAND, &c) == R_OK ?
	       REASON_NONE : REASON_HELPER_DIED;
}

enum reason apdus_fetch(void *context, struct sink *out)
{
	uint8_t buf[LINK_ANSWER_MAX + MESSAGE_HEAD + 1];
	struct msg_apdu_response a;
	struct span in = { 0 };
	enum reason why = packet(context, buf, sizeof(buf), &in);

	if (why != REASON_NONE)
		return why;
	why = REASON_HELPER_PROTOCOL;
	if (!refused(wire_get(in, MSG_APDU_RESPONSE, &a) != R_OK)) {
		why = of_the_reader(a.reason);
		sink_put(out, a.apdu);
	}
	secret_wipe(buf, in.n);
	return why;
}
