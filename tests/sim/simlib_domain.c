/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Curves and DH groups behind one interface. Nothing here is constant in
 * time: the chip is a simulation and its secrets are test data.
 */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/rand.h>

#include "sim.h"

SCOPE_FREE(BIGNUM *, BN_clear_free);
SCOPE_FREE(BN_CTX *, BN_CTX_free);
SCOPE_FREE(EC_GROUP *, EC_GROUP_free);
SCOPE_FREE(EC_POINT *, EC_POINT_free);

#define scoped_bn    scoped(scope_BN_clear_free) BIGNUM
#define scoped_ctx   scoped(scope_BN_CTX_free) BN_CTX
#define scoped_group scoped(scope_EC_GROUP_free) EC_GROUP
#define scoped_point scoped(scope_EC_POINT_free) EC_POINT

#define CURVE(id, option, group, nid, size) \
	{ id, option, group, nid, true, size, size, 1 + 2 * (size) }
#define GROUP(id, option, group, p, q) \
	{ id, option, group, NID_undef, false, p, q, p }

/* 9303-11 table 6. */
static const struct sim_domain domains[] = {
	GROUP(0, "dh0", "dh_1024_160", 128, 20),
	GROUP(1, "dh1", "dh_2048_224", 256, 28),
	GROUP(2, "dh2", "dh_2048_256", 256, 32),
	CURVE(8, "p192", "prime192v1", NID_X9_62_prime192v1, 24),
	CURVE(9, "bp192", "brainpoolP192r1", NID_brainpoolP192r1, 24),
	CURVE(10, "p224", "secp224r1", NID_secp224r1, 28),
	CURVE(11, "bp224", "brainpoolP224r1", NID_brainpoolP224r1, 28),
	CURVE(12, "p256", "prime256v1", NID_X9_62_prime256v1, 32),
	CURVE(13, "bp256", "brainpoolP256r1", NID_brainpoolP256r1, 32),
	CURVE(14, "bp320", "brainpoolP320r1", NID_brainpoolP320r1, 40),
	CURVE(15, "p384", "secp384r1", NID_secp384r1, 48),
	CURVE(16, "bp384", "brainpoolP384r1", NID_brainpoolP384r1, 48),
	CURVE(17, "bp512", "brainpoolP512r1", NID_brainpoolP512r1, 64),
	CURVE(18, "p521", "secp521r1", NID_secp521r1, 66),
};

#define DOMAINS (sizeof(domains) / sizeof(domains[0]))

const struct sim_domain *sim_domain_by_id(unsigned int id)
{
	for (size_t i = 0; i < DOMAINS; i++)
		if (domains[i].id == id)
			return &domains[i];
	return NULL;
}

const struct sim_domain *sim_domain_by_option(struct span name)
{
	for (size_t i = 0; i < DOMAINS; i++)
		if (span_equal(name, span_str(domains[i].option)))
			return &domains[i];
	return NULL;
}

struct span sim_public_span(const struct sim_public *k)
{
	return span_of(k->p, k->n);
}

static BIGNUM *number(struct span s)
{
	return BN_bin2bn(s.p, (int)s.n, NULL);
}

static BIGNUM *order_of(const struct sim_domain *d)
{
	struct span p, g, q;

	if (!d->ec) {
		sim_dh_group(d, &p, &g, &q);
		return number(q);
	}
	scoped_group *group = EC_GROUP_new_by_curve_name(d->nid);
	return group ? BN_dup(EC_GROUP_get0_order(group)) : NULL;
}

/* -- points: uncompressed, on the curve, never infinity -------------------- */

static enum result point_get(const EC_GROUP *g, const struct sim_public *in,
			     EC_POINT *out)
{
	if (in->p[0] != 0x04 ||
	    !EC_POINT_oct2point(g, out, in->p, in->n, NULL) ||
	    EC_POINT_is_at_infinity(g, out) ||
	    EC_POINT_is_on_curve(g, out, NULL) != 1)
		return R_MALFORMED;
	return R_OK;
}

static enum result point_put(const struct sim_domain *d, const EC_GROUP *g,
			     const EC_POINT *p, struct sim_public *out)
{
	if (EC_POINT_is_at_infinity(g, p))
		return R_MALFORMED;
	out->n = d->public;
	return EC_POINT_point2oct(g, p, POINT_CONVERSION_UNCOMPRESSED, out->p,
				  out->n, NULL) == out->n ? R_OK : R_INTERNAL;
}

/* g_scalar x G + p_scalar x base; either scalar may be NULL. */
static enum result point_sum(const struct sim_domain *d,
			     const BIGNUM *g_scalar,
			     const struct sim_public *base,
			     const BIGNUM *p_scalar, struct sim_public *out)
{
	scoped_group *g = EC_GROUP_new_by_curve_name(d->nid);
	scoped_point *b = g ? EC_POINT_new(g) : NULL;
	scoped_point *r = g ? EC_POINT_new(g) : NULL;

	if (!b || !r)
		return R_INTERNAL;
	if (base && point_get(g, base, b) != R_OK)
		return R_MALFORMED;
	if (!EC_POINT_mul(g, r, g_scalar, base ? b : NULL, p_scalar, NULL))
		return R_INTERNAL;
	return point_put(d, g, r, out);
}

/* -- numbers mod p --------------------------------------------------------- */

static enum result number_put(const struct sim_domain *d, const BIGNUM *y,
			      struct sim_public *out)
{
	if (BN_is_zero(y) || BN_is_one(y))
		return R_MALFORMED;
	out->n = d->public;
	return BN_bn2binpad(y, out->p, (int)out->n) == (int)out->n
		? R_OK : R_INTERNAL;
}

/* RFC 2631 2.1.5: 1 < y < p - 1 and y^q = 1 mod p. */
static enum result number_check(const struct sim_domain *d,
				const struct sim_public *in)
{
	struct span ps, gs, qs;

	sim_dh_group(d, &ps, &gs, &qs);
	scoped_ctx *ctx = BN_CTX_new();
	scoped_bn *p = number(ps), *q = number(qs), *r = BN_new();
	scoped_bn *y = number(sim_public_span(in)), *last = BN_dup(p);

	if (!ctx || !p || !q || !r || !y || !last || !BN_sub_word(last, 1))
		return R_INTERNAL;
	if (BN_is_zero(y) || BN_is_one(y) || BN_cmp(y, last) >= 0)
		return R_MALFORMED;
	if (!BN_mod_exp(r, y, q, p, ctx))
		return R_INTERNAL;
	return BN_is_one(r) ? R_OK : R_MALFORMED;
}

/* g^g_scalar * base^b_scalar mod p; either scalar may be NULL. */
static enum result number_product(const struct sim_domain *d,
				  const BIGNUM *g_scalar,
				  const struct sim_public *base,
				  const BIGNUM *b_scalar,
				  struct sim_public *out)
{
	struct span ps, gs, qs;

	sim_dh_group(d, &ps, &gs, &qs);
	scoped_ctx *ctx = BN_CTX_new();
	scoped_bn *p = number(ps), *g = number(gs), *r = BN_new();
	scoped_bn *b = base ? number(sim_public_span(base)) : BN_new();
	scoped_bn *v = BN_new();

	if (!ctx || !p || !g || !r || !b || !v || !BN_one(r))
		return R_INTERNAL;
	if (g_scalar && !BN_mod_exp(r, g, g_scalar, p, ctx))
		return R_INTERNAL;
	if (b_scalar && (!BN_mod_exp(v, b, b_scalar, p, ctx) ||
			 !BN_mod_mul(r, r, v, p, ctx)))
		return R_INTERNAL;
	return number_put(d, r, out);
}

/* -- both ------------------------------------------------------------------ */

enum result sim_public_read(const struct sim_domain *d, struct span in,
			    struct sim_public *out)
{
	struct sim_public k = { .n = d->public };

	if (!in.n || in.n > d->public || (d->ec && in.n != d->public))
		return R_MALFORMED;
	memcpy(k.p + k.n - in.n, in.p, in.n);
	if (d->ec) {
		scoped_group *g = EC_GROUP_new_by_curve_name(d->nid);
		scoped_point *p = g ? EC_POINT_new(g) : NULL;

		if (!p || point_get(g, &k, p) != R_OK)
			return R_MALFORMED;
	} else if (number_check(d, &k) != R_OK) {
		return R_MALFORMED;
	}
	*out = k;
	return R_OK;
}

static enum result combine(const struct sim_domain *d, const BIGNUM *g_scalar,
			   const struct sim_public *base,
			   const BIGNUM *b_scalar, struct sim_public *out)
{
	return d->ec ? point_sum(d, g_scalar, base, b_scalar, out)
		     : number_product(d, g_scalar, base, b_scalar, out);
}

enum result sim_multiply(const struct sim_domain *d,
			 const struct sim_public *base, struct span scalar,
			 struct sim_public *out)
{
	scoped_bn *k = number(scalar);

	if (!k)
		return R_INTERNAL;
	return combine(d, base ? NULL : k, base, base ? k : NULL, out);
}

enum result sim_agree(const struct sim_domain *d,
		      const struct sim_public *peer, struct span scalar,
		      uint8_t out[SIM_SHARED_MAX])
{
	struct sim_public k;
	enum result r = sim_multiply(d, peer, scalar, &k);

	if (r == R_OK)
		memcpy(out, k.p + (d->ec ? 1 : 0), d->field);
	return r;
}

enum result sim_map_generic(const struct sim_domain *d, struct span nonce,
			    struct span scalar, const struct sim_public *peer,
			    struct sim_public *out)
{
	scoped_bn *s = number(nonce), *k = number(scalar);

	return s && k ? combine(d, s, peer, k, out) : R_INTERNAL;
}

enum result sim_cam_scalar(const struct sim_domain *d, struct span key,
			   struct span map, uint8_t out[SIM_SCALAR_MAX])
{
	scoped_ctx *ctx = BN_CTX_new();
	scoped_bn *n = order_of(d), *k = number(key), *m = number(map);
	scoped_bn *v = BN_new();
	const int size = (int)d->scalar;

	if (!ctx || !n || !k || !m || !v || !BN_mod_inverse(v, k, n, ctx) ||
	    !BN_mod_mul(v, v, m, n, ctx) || BN_bn2binpad(v, out, size) != size)
		return R_INTERNAL;
	return R_OK;
}

enum result sim_random(void *unused, uint8_t *out, size_t n)
{
	(void)unused;
	return RAND_bytes(out, (int)n) == 1 ? R_OK : R_INTERNAL;
}

/* P-521's order has 521 bits in 66 bytes: the bits above it are dropped. */
enum result sim_scalar(const struct sim_domain *d, sim_random_fn *random,
		       void *with, uint8_t out[SIM_SCALAR_MAX])
{
	scoped_bn *order = order_of(d);

	for (int tries = 0; order && tries < 128; tries++) {
		uint8_t buf[SIM_SCALAR_MAX];

		if (random(with, buf, d->scalar) != R_OK)
			return R_INTERNAL;
		if (BN_num_bits(order) % 8)
			buf[0] &= (uint8_t)((1u << BN_num_bits(order) % 8) -
					    1);
		scoped_bn *v = number(span_of(buf, d->scalar));
		if (!v)
			return R_INTERNAL;
		if (BN_is_zero(v) || BN_cmp(v, order) >= 0)
			continue;
		memcpy(out, buf, d->scalar);
		return R_OK;
	}
	return R_INTERNAL;
}
