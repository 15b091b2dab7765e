// SPDX-License-Identifier: GPL-3.0-or-later
#include <openssl/ec.h>
#include <string.h>

#include "base/refuse.h"
#include "base/secret.h"
#include "emrtd/domain_parts.h"

SCOPE_FREE(EC_GROUP *, EC_GROUP_free);
SCOPE_FREE(EC_POINT *, EC_POINT_clear_free);

#define scoped_point scoped(scope_EC_POINT_clear_free) EC_POINT

/* What one calculation needs; freed and cleared at the end of scope. */
struct calc {
	const struct domain *d;
	EC_GROUP *group;
	BN_CTX *ctx;
};

static void calc_done(struct calc *k)
{
	scope_EC_GROUP_free(&k->group);
	scope_BN_CTX_free(&k->ctx);
}

static enum result calc_init(struct calc *k, const struct domain *d)
{
	k->d = d;
	k->group = EC_GROUP_new_by_curve_name(d->nid);
	k->ctx = BN_CTX_secure_new();
	return k->group && k->ctx ? R_OK : R_INTERNAL;
}

/* Compressed and hybrid forms, infinity, points off the curve: refused. */
static enum result point_in(const struct calc *k, struct span in,
			    EC_POINT *out)
{
	refuse_if(in.n != k->d->public ||
		  in.p[0] != POINT_CONVERSION_UNCOMPRESSED, R_MALFORMED);
	refuse_if(EC_POINT_oct2point(k->group, out, in.p, in.n, k->ctx) != 1 ||
		  EC_POINT_is_on_curve(k->group, out, k->ctx) != 1,
		  R_MALFORMED);
	return R_OK;
}

static enum result point_out(const struct calc *k, const EC_POINT *p,
			     uint8_t *out)
{
	uint8_t buf[DOMAIN_PUBLIC_MAX] = { POINT_CONVERSION_UNCOMPRESSED };
	const size_t n = k->d->public;

	refuse_if(EC_POINT_is_at_infinity(k->group, p) != 0, R_MALFORMED);
	if (EC_POINT_point2oct(k->group, p, POINT_CONVERSION_UNCOMPRESSED,
			       buf, sizeof(buf), k->ctx) != n)
		return R_INTERNAL;
	memcpy(out, buf, n);
	secret_wipe(buf, sizeof(buf));
	return R_OK;
}

/* out = secret * base; NULL is the generator. A single scalar takes OpenSSL's
 * constant-time ladder. */
static enum result times(const struct calc *k, struct span secret,
			 const EC_POINT *base, EC_POINT *out)
{
	scoped(scope_BN_clear_free) BIGNUM *s = domain_secret_number(secret);

	if (!s)
		return R_INTERNAL;
	if (EC_POINT_mul(k->group, out, base ? NULL : s, base,
			 base ? s : NULL, k->ctx) != 1)
		return R_INTERNAL;
	return R_OK;
}

static enum result order(const struct domain *d, BIGNUM *out)
{
	scoped(calc_done) struct calc k = { 0 };
	enum result r = calc_init(&k, d);

	if (r == R_OK && !BN_copy(out, EC_GROUP_get0_order(k.group)))
		r = R_INTERNAL;
	return r;
}

static enum result check(const struct domain *d, struct span public)
{
	scoped(calc_done) struct calc k = { 0 };
	scoped_point *p = NULL;
	enum result r = calc_init(&k, d);

	if (r != R_OK)
		return r;
	p = EC_POINT_new(k.group);
	return p ? point_in(&k, public, p) : R_INTERNAL;
}

static enum result multiply(const struct domain *d, struct span secret,
			    struct span base, uint8_t *out)
{
	scoped(calc_done) struct calc k = { 0 };
	scoped_point *b = NULL;
	scoped_point *p = NULL;
	enum result r = calc_init(&k, d);

	if (r != R_OK)
		return r;
	b = EC_POINT_new(k.group);
	p = EC_POINT_new(k.group);
	if (!b || !p)
		return R_INTERNAL;
	if (base.n > 0)
		r = point_in(&k, base, b);
	if (r == R_OK)
		r = times(&k, secret, base.n > 0 ? b : NULL, p);
	if (r == R_OK)
		r = point_out(&k, p, out);
	return r;
}

static enum result map_generic(const struct domain *d, struct span s,
			       struct span secret, struct span peer,
			       uint8_t *out)
{
	scoped(calc_done) struct calc k = { 0 };
	scoped_point *q = NULL;
	scoped_point *h = NULL;
	scoped_point *g = NULL;
	enum result r = calc_init(&k, d);

	if (r != R_OK)
		return r;
	q = EC_POINT_new(k.group);
	h = EC_POINT_new(k.group);
	g = EC_POINT_new(k.group);
	if (!q || !h || !g)
		return R_INTERNAL;
	r = point_in(&k, peer, q);
	if (r == R_OK)
		r = times(&k, secret, q, h);
	if (r == R_OK)
		r = times(&k, s, NULL, g);
	if (r == R_OK && EC_POINT_add(k.group, g, g, h, k.ctx) != 1)
		r = R_INTERNAL;
	if (r == R_OK)
		r = point_out(&k, g, out);
	return r;
}

/* The curve's p, a, b and what the point encoding makes of a number f. */
struct encoding {
	BN_CTX *ctx;
	BIGNUM *p, *a, *b, *f;
	BIGNUM *alpha, *sum, *x2, *x3, *h2, *root, *t;
};

static bool encoding_init(struct encoding *e, const struct calc *k,
			  struct span prf)
{
	BIGNUM **const all[] = { &e->p, &e->a, &e->b, &e->f, &e->alpha,
				 &e->sum, &e->x2, &e->x3, &e->h2, &e->root,
				 &e->t };

	e->ctx = k->ctx;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		*all[i] = BN_CTX_get(e->ctx);
		if (!*all[i])
			return false;
	}
	return EC_GROUP_get_curve(k->group, e->p, e->a, e->b, e->ctx) == 1 &&
	       BN_bin2bn(prf.p, (int)prf.n, e->t) &&
	       BN_nnmod(e->f, e->t, e->p, e->ctx) == 1;
}

/* 9303-11 B.2, 1-4: alpha = -f^2, X2 = -b/a (1 + 1/(alpha + alpha^2)),
 * X3 = alpha X2, h2 = X2^3 + a X2 + b. */
static bool encoding_abscissas(struct encoding *e)
{
	return BN_mod_sqr(e->t, e->f, e->p, e->ctx) &&
	       BN_sub(e->alpha, e->p, e->t) &&
	       BN_mod_sqr(e->t, e->alpha, e->p, e->ctx) &&
	       BN_mod_add(e->sum, e->alpha, e->t, e->p, e->ctx) &&
	       BN_mod_mul(e->t, e->a, e->sum, e->p, e->ctx) &&
	       BN_mod_inverse(e->t, e->t, e->p, e->ctx) &&
	       BN_add_word(e->sum, 1) &&
	       BN_mod_mul(e->t, e->t, e->sum, e->p, e->ctx) &&
	       BN_mod_mul(e->t, e->t, e->b, e->p, e->ctx) &&
	       BN_sub(e->x2, e->p, e->t) &&
	       BN_mod_mul(e->x3, e->alpha, e->x2, e->p, e->ctx) &&
	       BN_mod_sqr(e->t, e->x2, e->p, e->ctx) &&
	       BN_mod_add(e->t, e->t, e->a, e->p, e->ctx) &&
	       BN_mod_mul(e->t, e->t, e->x2, e->p, e->ctx) &&
	       BN_mod_add(e->h2, e->t, e->b, e->p, e->ctx);
}

/* B.2, 7: root = h2^(p - 1 - (p+1)/4), an inverse square root of h2 where it
 * has one (p = 3 mod 4). */
static bool encoding_root(struct encoding *e)
{
	return BN_copy(e->t, e->p) && BN_add_word(e->t, 1) &&
	       BN_rshift(e->t, e->t, 2) && BN_sub(e->t, e->p, e->t) &&
	       BN_sub_word(e->t, 1) &&
	       BN_mod_exp_mont_consttime(e->root, e->h2, e->t, e->p, e->ctx,
					 NULL);
}

/* B.2, 8-9: root^2 h2 = 1: (X2, root h2), else (X3, root f^3 h2); in x2 and
 * root. */
static bool encoding_choose(struct encoding *e)
{
	if (!BN_mod_mul(e->root, e->root, e->h2, e->p, e->ctx) ||
	    !BN_mod_sqr(e->t, e->root, e->p, e->ctx))
		return false;
	if (BN_cmp(e->t, e->h2) == 0)	/* (root h2)^2 = h2 */
		return true;
	return BN_copy(e->x2, e->x3) &&
	       BN_mod_sqr(e->t, e->f, e->p, e->ctx) &&
	       BN_mod_mul(e->t, e->t, e->f, e->p, e->ctx) &&
	       BN_mod_mul(e->root, e->root, e->t, e->p, e->ctx);
}

static enum result encode(const struct calc *k, struct span prf,
			  EC_POINT *out)
{
	struct encoding e;

	if (!encoding_init(&e, k, prf))
		return R_INTERNAL;
	/* f = 0 and f = +-1 make alpha + alpha^2 = 0, which has no inverse */
	refuse_if(BN_is_zero(e.f) || !encoding_abscissas(&e), R_MALFORMED);
	if (!encoding_root(&e) || !encoding_choose(&e) ||
	    EC_POINT_set_affine_coordinates(k->group, out, e.x2, e.root,
					    k->ctx) != 1)
		return R_INTERNAL;
	return R_OK;
}

/* The cofactors here are all 1, so the point is the generator already. What
 * this takes depends on f a little; one who could measure it on this machine
 * would learn a bit of a nonce used once. */
static enum result map_integrated(const struct domain *d, struct span prf,
				  uint8_t *out)
{
	scoped(calc_done) struct calc k = { 0 };
	scoped_point *p = NULL;
	enum result r = calc_init(&k, d);

	if (r != R_OK)
		return r;
	p = EC_POINT_new(k.group);
	if (!p)
		return R_INTERNAL;
	BN_CTX_start(k.ctx);
	r = encode(&k, prf, p);
	BN_CTX_end(k.ctx);
	if (r == R_OK)
		r = point_out(&k, p, out);
	return r;
}

const struct arithmetic domain_ec = { order, check, multiply, map_generic,
				      map_integrated };
