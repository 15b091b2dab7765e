/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PACE with generic mapping, the chip's side (9303-11 4.4, TR-03110-3 B.1).
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/ec.h>

#include "card.h"

SCOPE_FREE(EC_POINT *, EC_POINT_free);
SCOPE_FREE(BIGNUM *, BN_clear_free);

enum { PASSWORD_REF_MRZ = 1, PASSWORD_REF_CAN = 2 };

void pace_reset(struct pace *p)
{
	EC_POINT_free(p->generator);
	EC_GROUP_free(p->group);
	OPENSSL_cleanse(p, sizeof(*p));
}

static bool offered(const struct card *c, const char *curve)
{
	const char *list = c->memory.pace;
	size_t n = strlen(curve);

	while (*list) {
		size_t m = strcspn(list, ",");

		if (m == n && memcmp(list, curve, n) == 0)
			return true;
		list += m + (list[m] ? 1 : 0);
	}
	return false;
}

/* The curve of DO'84', or the preferred one where there is none. */
static const struct sim_curve *choose(const struct card *c, struct span data)
{
	struct span v;
	enum result r = tlv_find(data, 0x84, &v);

	if (r == R_OK) {
		const struct sim_curve *named =
			v.n == 1 ? sim_curve_by_id(v.p[0]) : NULL;
		return named && offered(c, named->option) ? named : NULL;
	}
	for (unsigned int id = 13; r == R_ABSENT && id >= 12; id--)
		if (offered(c, sim_curve_by_id(id)->option))
			return sim_curve_by_id(id);
	return NULL;
}

uint16_t pace_set(struct card *c, const struct apdu *a, struct sink *out)
{
	struct pace *p = &c->pace;
	const struct sim_curve *curve;
	struct span v;
	enum result r;

	(void)out;
	pace_reset(p);
	if (tlv_find(a->data, 0x80, &v) != R_OK ||
	    !span_equal(v, SPAN(sim_oid_pace)))
		return SW_DATA;
	curve = choose(c, a->data);
	if (!curve)
		return SW_REFERENCE;
	if (tlv_find(a->data, 0x83, &v) != R_OK || v.n != 1)
		return SW_DATA;
	if (v.p[0] == PASSWORD_REF_MRZ)
		r = sim_kdf_mrz(c->memory.mrz, p->password);
	else if (v.p[0] == PASSWORD_REF_CAN)
		r = sim_kdf_can(c->memory.can, p->password);
	else
		return SW_REFERENCE;
	p->group = EC_GROUP_new_by_curve_name(curve->nid);
	if (r != R_OK || !p->group)
		return SW_CHIP;
	p->step = PACE_SET;
	return SW_OK;
}

static void answer(struct sink *out, uint32_t tag, struct span value)
{
	uint8_t buf[128];
	struct sink s = SINK(buf);

	tlv_put(&s, tag, value);
	tlv_put(out, 0x7c, sink_span(&s));
}

static uint16_t step_nonce(struct card *c, struct span in, struct sink *out)
{
	static const uint8_t zero[SIM_BLOCK] = { 0 };
	struct pace *p = &c->pace;
	uint8_t z[SIM_BLOCK];

	if (in.n)
		return SW_DATA;
	if (c->random(c->random_with, p->nonce, sizeof(p->nonce)) != R_OK ||
	    sim_aes_cbc(true, p->password, zero, SPAN(p->nonce), z) != R_OK)
		return SW_CHIP;
	answer(out, 0x80, SPAN(z));
	return SW_OK;
}

/* A key pair on `base` (NULL: the curve's own generator). */
static enum result new_key(struct card *c, const EC_POINT *base, BIGNUM **key,
			   uint8_t pub[SIM_POINT])
{
	const EC_GROUP *g = c->pace.group;
	scoped(scope_EC_POINT_free) EC_POINT *p = EC_POINT_new(g);

	if (!p || sim_scalar(g, c->random, c->random_with, key) != R_OK)
		return R_INTERNAL;
	c->ec_work++;
	if (sim_point_mul(g, base ? base : EC_GROUP_get0_generator(g), *key,
			  p) != R_OK)
		return R_INTERNAL;
	return sim_point_write(g, p, pub);
}

static uint16_t step_map(struct card *c, struct span in, struct sink *out)
{
	struct pace *p = &c->pace;
	uint8_t pub[SIM_POINT];
	struct span v;
	scoped(scope_BN_clear_free) BIGNUM *key = NULL;
	scoped(scope_EC_POINT_free) EC_POINT *h = EC_POINT_new(p->group);

	p->generator = EC_POINT_new(p->group);
	if (!h || !p->generator)
		return SW_CHIP;
	if (tlv_find(in, 0x81, &v) != R_OK ||
	    sim_point_read(p->group, v, h) != R_OK)
		return SW_DATA;
	if (new_key(c, NULL, &key, pub) != R_OK)
		return SW_CHIP;
	c->ec_work += 2;
	if (sim_point_mul(p->group, h, key, h) != R_OK ||
	    sim_map_generic(p->group, SPAN(p->nonce), h, p->generator) != R_OK)
		return SW_DATA;
	answer(out, 0x82, SPAN(pub));
	return SW_OK;
}

static uint16_t step_agree(struct card *c, struct span in, struct sink *out)
{
	struct pace *p = &c->pace;
	uint8_t secret[SIM_FIELD];
	struct span v;
	scoped(scope_BN_clear_free) BIGNUM *key = NULL;
	scoped(scope_EC_POINT_free) EC_POINT *peer = EC_POINT_new(p->group);

	if (!peer)
		return SW_CHIP;
	if (tlv_find(in, 0x83, &v) != R_OK ||
	    sim_point_read(p->group, v, peer) != R_OK)
		return SW_DATA;
	memcpy(p->terminal, v.p, SIM_POINT);
	if (new_key(c, p->generator, &key, p->chip) != R_OK)
		return SW_CHIP;
	/* 9303-11 4.4.1 step 3: the two public keys must differ */
	if (memcmp(p->terminal, p->chip, SIM_POINT) == 0)
		return SW_DATA;
	c->ec_work++;
	if (sim_agree(p->group, peer, key, secret) != R_OK ||
	    sm_keys(SPAN(secret), &p->keys) != R_OK)
		return SW_DATA;
	answer(out, 0x84, SPAN(p->chip));
	return SW_OK;
}

/* The terminal's token covers our key, ours covers the terminal's. */
static uint16_t step_token(struct card *c, struct span in, struct sink *out)
{
	struct pace *p = &c->pace;
	uint8_t expected[SIM_MAC], own[SIM_MAC];
	struct span v;

	if (tlv_find(in, 0x85, &v) != R_OK || v.n != SIM_MAC)
		return SW_DATA;
	if (sim_pace_token(p->keys.mac, SPAN(p->chip), expected) != R_OK ||
	    sim_pace_token(p->keys.mac, SPAN(p->terminal), own) != R_OK)
		return SW_CHIP;
	if (!span_equal_ct(SPAN(expected), v))
		return SW_AUTH_FAILED;	/* the CAN does not block */
	answer(out, 0x86, SPAN(own));
	c->next = p->keys;
	return SW_OK;
}

uint16_t pace_step(struct card *c, const struct apdu *a, struct sink *out)
{
	typedef uint16_t step_fn(struct card *, struct span, struct sink *);
	static step_fn *const steps[] = {
		[PACE_SET] = step_nonce, [PACE_NONCE] = step_map,
		[PACE_MAPPED] = step_agree, [PACE_AGREED] = step_token,
	};
	struct pace *p = &c->pace;
	bool last = p->step == PACE_AGREED;
	struct span in = a->data, body;
	uint32_t tag;
	uint16_t sw;

	if (p->step == PACE_IDLE)
		return SW_CONDITIONS;
	if (last && (a->cla & 0x10))
		sw = SW_LAST_EXPECTED;
	else if (!last && !(a->cla & 0x10))
		sw = SW_CONDITIONS;
	else if (tlv_get(&in, &tag, &body) != R_OK || tag != 0x7c || in.n)
		sw = SW_DATA;
	else
		sw = steps[p->step](c, body, out);
	if (sw != SW_OK || last)
		pace_reset(p);
	else
		p->step++;
	return sw;
}
