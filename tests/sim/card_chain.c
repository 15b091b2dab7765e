/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 61xx and GET RESPONSE (ISO 7816-4 5.3.4, 11.8.1), as some chips answer even
 * where the link could carry more. They lie below secure messaging: what is
 * cut is the protected response, and GET RESPONSE goes plain.
 */
#include "card.h"

void chain_forget(struct card *c)
{
	blob_free(&c->rest);
	c->rest_at = 0;
}

/* The next bytes and 61xx, or the last ones and their status word. */
static void give(struct card *c, size_t most, struct sink *response)
{
	struct span all = blob_span(&c->rest);
	size_t left = all.n - 2 - c->rest_at;

	if (most > left)
		most = left;
	sink_put(response, span_of(all.p + c->rest_at, most));
	c->rest_at += most;
	left -= most;
	if (left) {
		sink_u16(response, (uint16_t)(0x6100 |
					      (left < 256 ? left : 0)));
		return;
	}
	sink_put(response, span_of(all.p + all.n - 2, 2));
	chain_forget(c);
}

void chain_cut(struct card *c, struct sink *response)
{
	const bool part = quirk(c, QUIRK_61_PART);

	if ((!part && !quirk(c, QUIRK_61_CHAIN)) ||
	    response->n - 2 <= c->memory.chain)
		return;
	chain_forget(c);
	if (blob_copy(sink_span(response), &c->rest) != R_OK)
		return;
	response->n = 0;
	give(c, part ? c->memory.chain : 0, response);
}

bool chain_continue(struct card *c, const struct apdu *a,
		    struct sink *response)
{
	size_t most = c->memory.chain;

	if (a->cla || a->ins != 0xc0 || !c->rest.p) {
		chain_forget(c);
		return false;
	}
	if (a->le < most)
		most = a->le;
	if (a->p1 || a->p2 || a->data.n || !a->le)
		sink_u16(response, SW_P1P2);
	else
		give(c, most, response);
	return true;
}
