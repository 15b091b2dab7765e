/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The integrated mapping (9303-11 4.4.3.3.2): a pseudo-random number from the
 * two nonces, and the generator it stands for: the point encoding of appendix
 * B (p = 3 mod 4), or a power that lies in the subgroup.
 */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>

#include "sim.h"

SCOPE_FREE(BIGNUM *, BN_clear_free);
SCOPE_FREE(BN_CTX *, BN_CTX_free);
SCOPE_FREE(EC_GROUP *, EC_GROUP_free);

#define scoped_bn  scoped(scope_BN_clear_free) BIGNUM
#define scoped_ctx scoped(scope_BN_CTX_free) BN_CTX

#define PRF_MAX (SIM_PUBLIC_MAX + 8 + SIM_KEY_MAX)

static const char *const constants[][2] = {	/* c0, c1 */
	{ "a668892a7c41e3ca739f40b057d85904",
	  "a4e136ac725f738b01c1f60217c188ad" },
	{ "d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676",
	  "54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517" },
};

/*
 * R(s,t): k = E(t, s), then over and over x = E(k, c1), k = E(k, c0), until
 * there are 64 bits more than p has. Of a longer k the key is the front.
 */
static enum result pseudo_random(enum sim_cipher c, struct span s,
				 struct span t, size_t bits, struct sink *out)
{
	const bool wide = sim_key_size(c) > 16;
	const size_t l = wide ? 32 : 16;
	uint8_t c0[32], c1[32], x[32];
	struct sim_key k = { .cipher = c }, next = k;

	if (s.n != l || t.n != sim_key_size(c) ||
	    hex_decode(constants[wide][0], c0, l) != R_OK ||
	    hex_decode(constants[wide][1], c1, l) != R_OK)
		return R_MALFORMED;
	memcpy(k.p, t.p, t.n);
	if (sim_cbc(&k, true, NULL, s, next.p) != R_OK)
		return R_INTERNAL;
	while (8 * out->n < bits + 64) {
		k = next;
		if (sim_cbc(&k, true, NULL, span_of(c1, l), x) != R_OK ||
		    sim_cbc(&k, true, NULL, span_of(c0, l), next.p) != R_OK)
			return R_INTERNAL;
		sink_put(out, span_of(x, l));
		if (sink_done(out) != R_OK)
			return R_INTERNAL;
	}
	return R_OK;
}

struct curve {
	BN_CTX *ctx;
	BIGNUM *p, *a, *b;
};

static void curve_done(struct curve *c)
{
	BN_free(c->p);
	BN_free(c->a);
	BN_free(c->b);
	BN_CTX_free(c->ctx);
}

static enum result curve_init(const struct sim_domain *d, struct curve *c)
{
	scoped(scope_EC_GROUP_free)
	EC_GROUP *g = EC_GROUP_new_by_curve_name(d->nid);

	*c = (struct curve){ BN_CTX_new(), BN_new(), BN_new(), BN_new() };
	if (!g || !c->ctx || !c->p || !c->a || !c->b ||
	    !EC_GROUP_get_curve(g, c->p, c->a, c->b, NULL))
		return R_INTERNAL;
	return BN_mod_word(c->p, 4) == 3 ? R_OK : R_MALFORMED;
}

/* x^3 + a x + b */
static bool right_side(const struct curve *c, const BIGNUM *x, BIGNUM *out)
{
	scoped_bn *v = BN_new();

	return v && BN_mod_sqr(v, x, c->p, c->ctx) &&
	       BN_mod_add(v, v, c->a, c->p, c->ctx) &&
	       BN_mod_mul(v, v, x, c->p, c->ctx) &&
	       BN_mod_add(out, v, c->b, c->p, c->ctx);
}

/* X2 = -b/a * (1 + 1/(alpha + alpha^2)), with alpha = -t^2. */
static enum result first_x(const struct curve *c, const BIGNUM *alpha,
			   BIGNUM *out)
{
	scoped_bn *v = BN_new(), *w = BN_new();

	if (!v || !w || !BN_mod_sqr(v, alpha, c->p, c->ctx) ||
	    !BN_mod_add(v, v, alpha, c->p, c->ctx))
		return R_INTERNAL;
	if (BN_is_zero(v))	/* t = 0, 1 or -1 maps nowhere */
		return R_MALFORMED;
	if (!BN_mod_inverse(v, v, c->p, c->ctx) || !BN_add_word(v, 1) ||
	    !BN_mod_inverse(w, c->a, c->p, c->ctx) ||
	    !BN_mod_mul(w, w, c->b, c->p, c->ctx) ||
	    !BN_mod_mul(v, v, w, c->p, c->ctx) ||
	    !BN_sub(v, c->p, v) || !BN_nnmod(out, v, c->p, c->ctx))
		return R_INTERNAL;
	return R_OK;
}

/*
 * The exponent of step 7 is p - 1 - (p + 1)/4, so that A = h^e is the inverse
 * of a square root: A^2 h = 1 where h is a square, and A h is then the root.
 */
static bool inverse_root(const struct curve *c, const BIGNUM *h, BIGNUM *out)
{
	scoped_bn *e = BN_dup(c->p), *q = BN_dup(c->p);

	return e && q && BN_add_word(q, 1) && BN_rshift(q, q, 2) &&
	       BN_sub_word(e, 1) && BN_sub(e, e, q) &&
	       BN_mod_exp(out, h, e, c->p, c->ctx);
}

static enum result encode_point(const struct curve *c, const BIGNUM *t,
				BIGNUM *x, BIGNUM *y)
{
	scoped_bn *alpha = BN_new(), *h2 = BN_new(), *a = BN_new();
	scoped_bn *u = BN_new(), *check = BN_new();
	enum result r;

	if (!alpha || !h2 || !a || !u || !check ||
	    !BN_mod_sqr(alpha, t, c->p, c->ctx) ||
	    !BN_sub(alpha, c->p, alpha) ||
	    !BN_nnmod(alpha, alpha, c->p, c->ctx))
		return R_INTERNAL;
	r = first_x(c, alpha, x);
	if (r != R_OK)
		return r;
	if (!right_side(c, x, h2) || !inverse_root(c, h2, a) ||
	    !BN_mod_sqr(check, a, c->p, c->ctx) ||
	    !BN_mod_mul(check, check, h2, c->p, c->ctx))
		return R_INTERNAL;
	if (BN_is_one(check))
		return BN_mod_mul(y, a, h2, c->p, c->ctx) ? R_OK : R_INTERNAL;
	/* the other candidate: X3 = alpha X2, y = A t^3 h2 */
	if (!BN_mod_mul(x, x, alpha, c->p, c->ctx) ||
	    !BN_mod_sqr(u, t, c->p, c->ctx) ||
	    !BN_mod_mul(u, u, t, c->p, c->ctx) ||
	    !BN_mod_mul(u, u, h2, c->p, c->ctx) ||
	    !BN_mod_mul(y, a, u, c->p, c->ctx))
		return R_INTERNAL;
	return R_OK;
}

static enum result to_point(const struct sim_domain *d, struct span prf,
			    struct sim_public *out)
{
	scoped(curve_done) struct curve c = { 0 };
	uint8_t point[SIM_PUBLIC_MAX] = { 0x04 };
	const int field = (int)d->field;
	enum result r = curve_init(d, &c);
	scoped_bn *t = BN_bin2bn(prf.p, (int)prf.n, NULL);
	scoped_bn *x = BN_new(), *y = BN_new();

	if (r != R_OK)
		return r;
	if (!t || !x || !y || !BN_nnmod(t, t, c.p, c.ctx))
		return R_INTERNAL;
	r = encode_point(&c, t, x, y);
	if (r != R_OK)
		return r;
	if (BN_bn2binpad(x, point + 1, field) != field ||
	    BN_bn2binpad(y, point + 1 + field, field) != field)
		return R_INTERNAL;
	return sim_public_read(d, span_of(point, d->public), out);
}

/* x^((p - 1) / q), not 1 */
static enum result to_number(const struct sim_domain *d, struct span prf,
			     struct sim_public *out)
{
	struct span ps, gs, qs;
	uint8_t y[SIM_PUBLIC_MAX];

	sim_dh_group(d, &ps, &gs, &qs);
	scoped_ctx *ctx = BN_CTX_new();
	scoped_bn *p = BN_bin2bn(ps.p, (int)ps.n, NULL);
	scoped_bn *q = BN_bin2bn(qs.p, (int)qs.n, NULL);
	scoped_bn *x = BN_bin2bn(prf.p, (int)prf.n, NULL);
	scoped_bn *e = p ? BN_dup(p) : NULL;

	if (!ctx || !q || !x || !e || !BN_sub_word(e, 1) ||
	    !BN_div(e, NULL, e, q, ctx) || !BN_nnmod(x, x, p, ctx) ||
	    !BN_mod_exp(x, x, e, p, ctx) ||
	    BN_bn2binpad(x, y, (int)d->public) != (int)d->public)
		return R_INTERNAL;
	return sim_public_read(d, span_of(y, d->public), out);
}

/* Bits of p, without its leading zero bits (P-521 has 521). */
static size_t field_bits(const struct sim_domain *d)
{
	return d->id == 18 ? 521 : 8 * d->field;
}

enum result sim_map_integrated(const struct sim_protocol *p, struct span s,
			       struct span t, struct sim_public *out)
{
	uint8_t prf[PRF_MAX];
	struct sink k = SINK(prf);
	enum result r = pseudo_random(p->cipher, s, t, field_bits(p->domain),
				      &k);

	if (r != R_OK)
		return r;
	return p->domain->ec ? to_point(p->domain, sink_span(&k), out)
			     : to_number(p->domain, sink_span(&k), out);
}
