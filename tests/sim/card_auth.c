/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MSE:Set, GENERAL AUTHENTICATE, and Chip Authentication version 1 (9303-11
 * 6.2): static key agreement, new session keys, counter zero.
 */
#include <string.h>

#include "card.h"

uint16_t card_manage_environment(struct card *c, const struct apdu *a,
				 struct sink *out)
{
	c->ca_set = false;
	if (a->p1 == 0xc1 && a->p2 == 0xa4)
		return pace_set(c, a, out);
	pace_reset(&c->pace);
	if (a->p1 == 0x41 && a->p2 == 0xa4)
		return ca_set(c, a, out);
	if (a->p1 == 0x41 && a->p2 == 0xa6 &&
	    c->memory.ca.cipher == SIM_3DES && c->memory.ca.domain)
		return ca_set_kat(c, a, out);
	return SW_P1P2;
}

uint16_t card_general_authenticate(struct card *c, const struct apdu *a,
				   struct sink *out)
{
	if (a->p1 || a->p2)
		return SW_P1P2;
	return c->ca_set ? ca_run(c, a, out) : pace_step(c, a, out);
}

/* DO'84' names our key, or is not there. */
static uint16_t check_reference(const struct card *c, struct span data)
{
	struct span v;
	enum result r = tlv_find(data, 0x84, &v);

	if (r == R_MALFORMED)
		return SW_DATA;
	if (r == R_OK && (v.n != 1 || v.p[0] != c->memory.ca_keyid))
		return SW_REFERENCE;
	return SW_OK;
}

uint16_t ca_set(struct card *c, const struct apdu *a, struct sink *out)
{
	struct span v;
	uint16_t sw;

	(void)out;
	if (c->df != SIM_LDS || !c->sm.on)
		return SW_SECURITY;
	if (!c->memory.ca.domain || tlv_find(a->data, 0x80, &v) != R_OK ||
	    !span_equal(v, SPAN(c->memory.ca.oid)))
		return SW_DATA;
	sw = check_reference(c, a->data);
	c->ca_set = sw == SW_OK;
	return sw;
}

/* Answered under the old keys; card_apdu() puts the new ones in force. */
static uint16_t agree(struct card *c, struct span key)
{
	const struct sim_protocol *p = &c->memory.ca;
	struct sim_public terminal;
	uint8_t secret[SIM_SHARED_MAX], scalar[SIM_SCALAR_MAX];

	if (sim_public_read(p->domain, key, &terminal) != R_OK)
		return SW_DATA;
	if (evil(c, EVIL_CA_KEEP_KEYS))
		return SW_OK;
	memcpy(scalar, c->memory.ca_key, sizeof(scalar));
	if (evil(c, EVIL_CA_WRONG_KEY))
		scalar[p->domain->scalar - 1] ^= 1;
	c->ec_work++;
	if (sim_agree(p->domain, &terminal, span_of(scalar, p->domain->scalar),
		      secret) != R_OK ||
	    sm_keys(p->cipher, span_of(secret, p->domain->field), &c->next) !=
	    R_OK)
		return SW_DATA;
	c->next_access = c->access;
	return SW_OK;
}

/* 6.2.4.1: in one command, for 3DES alone. */
uint16_t ca_set_kat(struct card *c, const struct apdu *a, struct sink *out)
{
	struct span v;
	uint16_t sw;

	(void)out;
	if (c->df != SIM_LDS || !c->sm.on)
		return SW_SECURITY;
	if (tlv_find(a->data, 0x91, &v) != R_OK)
		return SW_DATA;
	sw = check_reference(c, a->data);
	return sw == SW_OK ? agree(c, v) : sw;
}

uint16_t ca_run(struct card *c, const struct apdu *a, struct sink *out)
{
	struct span in = a->data, body, v;
	uint32_t tag;
	uint16_t sw;

	c->ca_set = false;
	if (a->cla & 0x10)
		return SW_LAST_EXPECTED;
	if (tlv_get(&in, &tag, &body) != R_OK || tag != 0x7c || in.n ||
	    tlv_find(body, 0x80, &v) != R_OK)
		return SW_DATA;
	sw = agree(c, v);
	if (sw == SW_OK)
		tlv_put(out, 0x7c, evil(c, EVIL_EXTRA_TLV)
			? span_of("\x53\x00", 2) : span_of("", 0));
	return sw;
}
