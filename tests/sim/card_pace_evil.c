/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Public keys as the chip writes them, and those of an attacker without the
 * password: the terminal's own, infinity or 1, of a small subgroup, outside
 * of the group. Where a terminal takes such a key the secret is one of few,
 * so the attack then goes on to a channel that works.
 */
#include <string.h>

#include <openssl/bn.h>

#include "card.h"

SCOPE_FREE(BIGNUM *, BN_clear_free);

/* of the mapping, of the agreement */
static const struct {
	enum evil map, agree;
} forged[] = {
	{ EVIL_REFLECT_MAP, EVIL_REFLECT_AGREE },
	{ EVIL_INFINITY_MAP, EVIL_INFINITY },
	{ EVIL_OFF_CURVE_MAP, EVIL_OFF_CURVE },
	{ EVIL_SMALL_SUBGROUP_MAP, EVIL_SMALL_SUBGROUP },
	{ EVIL_COUNT, EVIL_NULL_KEY },
};

#define FORGED (sizeof(forged) / sizeof(forged[0]))

static enum evil forgery(const struct card *c, bool map)
{
	for (size_t i = 0; i < FORGED; i++) {
		const enum evil e = map ? forged[i].map : forged[i].agree;

		if (e != EVIL_COUNT && evil(c, e))
			return forged[i].agree;
	}
	return EVIL_COUNT;
}

bool pace_forged(const struct card *c)
{
	return forgery(c, false) != EVIL_COUNT;
}

static void minus_one(const struct sim_domain *d, uint8_t *out)
{
	struct span p, g, q;

	sim_dh_group(d, &p, &g, &q);
	memcpy(out, p.p, p.n);
	out[p.n - 1] ^= 1;		/* p is odd */
}

/* p - y: on the other side of the subgroup, whose order is odd */
static void negate(const struct sim_domain *d, uint8_t *y)
{
	struct span ps, g, q;

	sim_dh_group(d, &ps, &g, &q);
	scoped(scope_BN_clear_free)
	BIGNUM *p = BN_bin2bn(ps.p, (int)ps.n, NULL);
	scoped(scope_BN_clear_free)
	BIGNUM *v = BN_bin2bn(y, (int)d->public, NULL);

	if (!p || !v || !BN_sub(v, p, v) ||
	    BN_bn2binpad(v, y, (int)d->public) < 0)
		memset(y, 0, d->public);
}

static void forge(const struct sim_domain *d, enum evil how,
		  const struct sim_public *terminals, struct sim_public *k)
{
	if (how == EVIL_REFLECT_AGREE) {
		*k = *terminals;
	} else if (how == EVIL_INFINITY) {
		memset(k->p, 0, sizeof(k->p));
		k->n = d->ec ? 1 : k->n;
		if (!d->ec)
			k->p[k->n - 1] = 1;
	} else if (how == EVIL_OFF_CURVE) {
		if (d->ec)
			k->p[k->n - 1] ^= 1;
		else
			negate(d, k->p);
	} else if (how == EVIL_SMALL_SUBGROUP) {
		if (d->ec)
			memset(k->p + 1, 0, k->n - 1);
		else
			minus_one(d, k->p);
	} else {
		k->n = 0;
	}
}

/* 9303-11 9.4.1: an unsigned integer without leading zeros; some chips write
 * it whole. */
static struct span encoded(const struct card *c, const struct sim_domain *d,
			   const struct sim_public *k)
{
	struct span s = sim_public_span(k), zero;

	while (!d->ec && !quirk(c, QUIRK_DH_PADDED) && s.n > 1 && !s.p[0])
		if (span_take(&s, 1, &zero) != R_OK)
			break;
	return s;
}

void pace_put_key(const struct card *c, uint32_t tag,
		  const struct sim_public *key,
		  const struct sim_public *terminals, struct sink *out)
{
	const struct sim_domain *d = c->pace.protocol->domain;
	const enum evil how = forgery(c, tag == 0x82);
	struct sim_public k = *key;

	if (how != EVIL_COUNT)
		forge(d, how, terminals, &k);
	tlv_put(out, tag, encoded(c, d, &k));
}

/* K for infinity and (0, 0): X = 0; for 1 and p - 1: one of these two. */
void pace_guess_keys(struct card *c, struct span token)
{
	struct pace *p = &c->pace;
	const struct sim_domain *d = p->protocol->domain;
	const enum evil how = forgery(c, false);

	for (int i = 0; i < 2; i++) {
		uint8_t secret[SIM_SHARED_MAX] = { 0 }, expected[SIM_MAC];
		struct sim_public sent = p->chip;
		struct sm keys;

		if (!d->ec && i)
			minus_one(d, secret);
		else if (!d->ec)
			secret[d->field - 1] = 1;
		forge(d, how, &p->terminal, &sent);
		if (sm_keys(p->protocol->cipher, span_of(secret, d->field),
			    &keys) != R_OK ||
		    sim_pace_token(p->protocol, &keys.mac, &sent, expected) !=
		    R_OK)
			return;
		p->keys = keys;
		if (span_equal(SPAN(expected), token))
			return;
	}
}
