/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "card.h"

/*
 * PC/SC part 3 3.1.3.2.3: a contactless chip. The usual historical bytes: 80,
 * 31 B0 (selects by DF name; EF.DIR), 73 96 21 80 (by DF name, file identifier
 * and short identifier; command chaining; C0: extended length too).
 */
void card_atr(const struct card *c, struct sink *out)
{
	const uint8_t usual[] = { 0x80, 0x31, 0xb0, 0x73, 0x96, 0x21,
				  c->memory.extended ? 0xc0 : 0x80 };
	const struct span h = c->memory.historicals
		? span_of(c->memory.historical, c->memory.historicals)
		: SPAN(usual);
	const size_t from = out->n + 1;
	uint8_t check = 0;

	sink_u8(out, 0x3b);
	sink_u8(out, (uint8_t)(0x80 | h.n));
	sink_u16(out, 0x8001);
	sink_put(out, h);
	for (size_t i = from; i < out->n; i++)
		check ^= out->p[i];
	sink_u8(out, check);
}
