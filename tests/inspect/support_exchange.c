// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_exchange.h"

#include <check.h>
#include <string.h>

static struct {
	exchange *run;
	void *context;
	uint8_t apdu[LINK_COMMAND_MAX];
	size_t n;
	bool sent;
} wire;

static enum reason keep(void *context, struct span apdu)
{
	(void)context;
	ck_assert(!wire.sent);		/* one question, one answer */
	ck_assert_uint_le(apdu.n, sizeof(wire.apdu));
	memcpy(wire.apdu, apdu.p, apdu.n);
	wire.n = apdu.n;
	wire.sent = true;
	return REASON_NONE;
}

static enum reason answer(void *context, struct sink *out)
{
	(void)context;
	ck_assert(wire.sent);
	wire.sent = false;
	return wire.run(wire.context, span_of(wire.apdu, wire.n), out);
}

void exchange_over(struct card_link *l, exchange *run, void *context)
{
	wire.run = run;
	wire.context = context;
	wire.sent = false;
	l->send = keep;
	l->fetch = answer;
}
