/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VERIFY (ISO 7816-4 11.6.6), under secure messaging alone. The last try is
 * suspended until PACE was run with the CAN (TR-03110-2, 2.1.1.2: so nobody
 * blocks a card that they only pass by).
 */
#include <string.h>

#include "card.h"

static uint16_t tries(const struct card *c)
{
	const unsigned int left = c->memory.pin_left;

	return left ? (uint16_t)(SW_TRIES | left) : SW_BLOCKED;
}

static uint16_t verify(struct card *c, struct span data)
{
	struct card_memory *m = &c->memory;

	if (!data.n)
		return tries(c);
	if (!m->pin_left)
		return SW_BLOCKED;
	if (m->pin_left == 1 && c->access != ACCESS_PACE_CAN)
		return SW_CONDITIONS;
	if (!span_equal(data, span_str(m->pin))) {
		m->pin_left--;
		return tries(c);
	}
	m->pin_left = m->pin_tries;
	return SW_OK;
}

uint16_t card_verify(struct card *c, const struct apdu *a, struct sink *out)
{
	(void)out;
	if (!c->memory.pin[0] && !evil(c, EVIL_PIN_ALWAYS_OK))
		return SW_INS;
	if (!card_open(c))
		return SW_SECURITY;
	if (a->p1)
		return SW_P1P2;
	if (a->p2 != c->memory.pin_reference)
		return SW_REFERENCE;
	c->force_plain = evil(c, EVIL_PIN_PLAIN);
	if (evil(c, EVIL_PIN_ALWAYS_OK))
		return a->data.n ? SW_OK : SW_TRIES | 3;
	return verify(c, a->data);
}
