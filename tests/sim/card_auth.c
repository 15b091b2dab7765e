/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MSE:Set AT, GENERAL AUTHENTICATE, and Chip Authentication version 1 with
 * AES (9303-11 6.2): static key agreement, new session keys, counter zero.
 */
#include <openssl/ec.h>

#include "card.h"

SCOPE_FREE(EC_GROUP *, EC_GROUP_free);
SCOPE_FREE(EC_POINT *, EC_POINT_free);
SCOPE_FREE(BIGNUM *, BN_clear_free);

uint16_t card_manage_environment(struct card *c, const struct apdu *a,
				 struct sink *out)
{
	c->ca_set = false;
	if (a->p1 == 0xc1 && a->p2 == 0xa4)
		return pace_set(c, a, out);
	pace_reset(&c->pace);
	if (a->p1 == 0x41 && a->p2 == 0xa4)
		return ca_set(c, a, out);
	return SW_P1P2;
}

uint16_t card_general_authenticate(struct card *c, const struct apdu *a,
				   struct sink *out)
{
	if (a->p1 || a->p2)
		return SW_P1P2;
	return c->ca_set ? ca_run(c, a, out) : pace_step(c, a, out);
}

uint16_t ca_set(struct card *c, const struct apdu *a, struct sink *out)
{
	struct span v;
	enum result r;

	(void)out;
	if (c->df != SIM_LDS || !c->sm.on)
		return SW_SECURITY;
	if (!c->memory.ca_curve || tlv_find(a->data, 0x80, &v) != R_OK ||
	    !span_equal(v, SPAN(sim_oid_ca)))
		return SW_DATA;
	r = tlv_find(a->data, 0x84, &v);
	if (r == R_MALFORMED)
		return SW_DATA;
	if (r == R_OK && (v.n != 1 || v.p[0] != c->memory.ca_keyid))
		return SW_REFERENCE;
	c->ca_set = true;
	return SW_OK;
}

static enum result agree(struct card *c, struct span terminal)
{
	uint8_t secret[SIM_FIELD];
	scoped(scope_EC_GROUP_free)
	EC_GROUP *g = EC_GROUP_new_by_curve_name(c->memory.ca_curve->nid);
	scoped(scope_EC_POINT_free) EC_POINT *p = g ? EC_POINT_new(g) : NULL;
	scoped(scope_BN_clear_free)
	BIGNUM *key = BN_bin2bn(c->memory.ca_key, SIM_FIELD, NULL);

	if (!p || !key)
		return R_INTERNAL;
	if (sim_point_read(g, terminal, p) != R_OK)
		return R_MALFORMED;
	c->ec_work++;
	if (sim_agree(g, p, key, secret) != R_OK)
		return R_MALFORMED;
	return sm_keys(SPAN(secret), &c->next);
}

/* Answered under the old keys; card_apdu() puts the new ones in force. */
uint16_t ca_run(struct card *c, const struct apdu *a, struct sink *out)
{
	struct span in = a->data, body, v;
	uint32_t tag;

	c->ca_set = false;
	if (a->cla & 0x10)
		return SW_LAST_EXPECTED;
	if (tlv_get(&in, &tag, &body) != R_OK || tag != 0x7c || in.n ||
	    tlv_find(body, 0x80, &v) != R_OK || agree(c, v) != R_OK)
		return SW_DATA;
	tlv_put(out, 0x7c, span_of("", 0));
	return SW_OK;
}
