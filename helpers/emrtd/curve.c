// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/curve.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"

SCOPE_FREE(EC_GROUP *, EC_GROUP_free);
SCOPE_FREE(EC_POINT *, EC_POINT_clear_free);
SCOPE_FREE(BN_CTX *, BN_CTX_free);
SCOPE_FREE(BIGNUM *, BN_clear_free);

/* What is accepted; a further curve is a row here (and CURVE_FIELD_MAX). */
static const struct curve curves[CURVE_COUNT] = {
	{ CURVE_P256, 12, NID_X9_62_prime256v1, 32, "prime256v1" },
	{ CURVE_BRAINPOOL_P256R1, 13, NID_brainpoolP256r1, 32,
	  "brainpoolP256r1" },
};

const struct curve *curve_by_parameter(uint64_t parameter)
{
	for (size_t i = 0; i < CURVE_COUNT; i++)
		if (curves[i].parameter == parameter)
			return &curves[i];
	return NULL;
}

const struct curve *curve_by_name(const char *name)
{
	for (size_t i = 0; i < CURVE_COUNT; i++)
		if (strcmp(curves[i].name, name) == 0)
			return &curves[i];
	return NULL;
}

const struct curve *curve_at(enum curve_id id)
{
	return (size_t)id < CURVE_COUNT ? &curves[id] : NULL;
}

void curve_key_wipe(struct curve_key *k)
{
	secret_wipe(k, sizeof(*k));
}

size_t curve_point_size(const struct curve *c)
{
	return 1 + 2 * c->field;
}

struct span curve_point(const struct curve *c,
			const uint8_t point[CURVE_POINT_MAX])
{
	return span_of(point, curve_point_size(c));
}

/* What one calculation needs; freed and cleared at the end of scope. */
struct calc {
	EC_GROUP *group;
	BN_CTX *ctx;
};

static void calc_done(struct calc *k)
{
	scope_EC_GROUP_free(&k->group);
	scope_BN_CTX_free(&k->ctx);
}

static enum result calc_init(struct calc *k, const struct curve *c)
{
	k->group = EC_GROUP_new_by_curve_name(c->nid);
	k->ctx = BN_CTX_new();
	return k->group && k->ctx ? R_OK : R_INTERNAL;
}

/* Compressed and hybrid forms, infinity, points off the curve: refused. */
static enum result point_in(const struct calc *k, const struct curve *c,
			    struct span in, EC_POINT *out)
{
	if (in.n != curve_point_size(c) ||
	    in.p[0] != POINT_CONVERSION_UNCOMPRESSED)
		return R_MALFORMED;
	if (EC_POINT_oct2point(k->group, out, in.p, in.n, k->ctx) != 1 ||
	    EC_POINT_is_at_infinity(k->group, out) != 0 ||
	    EC_POINT_is_on_curve(k->group, out, k->ctx) != 1)
		return R_MALFORMED;
	return R_OK;
}

static enum result point_out(const struct calc *k, const struct curve *c,
			     const EC_POINT *p, uint8_t out[CURVE_POINT_MAX])
{
	uint8_t buf[CURVE_POINT_MAX];
	size_t n = curve_point_size(c);

	if (EC_POINT_is_at_infinity(k->group, p) != 0)
		return R_MALFORMED;
	if (EC_POINT_point2oct(k->group, p, POINT_CONVERSION_UNCOMPRESSED,
			       buf, sizeof(buf), k->ctx) != n)
		return R_INTERNAL;
	memcpy(out, buf, n);
	secret_wipe(buf, sizeof(buf));
	return R_OK;
}

/* out = secret * base; NULL is the generator. Single-scalar multiplication
 * takes OpenSSL's constant-time ladder. */
static enum result mul(const struct calc *k, struct span secret,
		       const EC_POINT *base, EC_POINT *out)
{
	scoped(scope_BN_clear_free) BIGNUM *s =
		BN_bin2bn(secret.p, (int)secret.n, NULL);

	if (!s)
		return R_INTERNAL;
	BN_set_flags(s, BN_FLG_CONSTTIME);
	if (EC_POINT_mul(k->group, out, base ? NULL : s, base,
			 base ? s : NULL, k->ctx) != 1)
		return R_INTERNAL;
	return R_OK;
}

enum result curve_scalar(const struct curve *c, uint8_t out[CURVE_FIELD_MAX])
{
	scoped(calc_done) struct calc k = { 0 };
	scoped(scope_BN_clear_free) BIGNUM *s = BN_new();
	enum result r = calc_init(&k, c);

	if (r != R_OK || !s)
		return R_INTERNAL;
	do {
		if (BN_priv_rand_range_ex(s, EC_GROUP_get0_order(k.group), 0,
					  k.ctx) != 1)
			return R_INTERNAL;
	} while (BN_is_zero(s));
	if (BN_bn2binpad(s, out, (int)c->field) != (int)c->field)
		return R_INTERNAL;
	return R_OK;
}

enum result curve_key_new(const struct curve *c, struct curve_key *out)
{
	scoped(curve_key_wipe) struct curve_key k = { 0 };
	enum result r = curve_scalar(c, k.secret);

	if (r == R_OK)
		r = curve_mul(c, k.secret, span_of(NULL, 0), k.point);
	if (r == R_OK)
		*out = k;
	return r;
}

enum result curve_mul(const struct curve *c,
		      const uint8_t secret[CURVE_FIELD_MAX], struct span base,
		      uint8_t out[CURVE_POINT_MAX])
{
	scoped(calc_done) struct calc k = { 0 };
	scoped(scope_EC_POINT_clear_free) EC_POINT *b = NULL;
	scoped(scope_EC_POINT_clear_free) EC_POINT *p = NULL;
	enum result r = calc_init(&k, c);

	if (r != R_OK)
		return r;
	b = EC_POINT_new(k.group);
	p = EC_POINT_new(k.group);
	if (!b || !p)
		return R_INTERNAL;
	if (base.n > 0)
		r = point_in(&k, c, base, b);
	if (r == R_OK)
		r = mul(&k, span_of(secret, c->field), base.n ? b : NULL, p);
	if (r == R_OK)
		r = point_out(&k, c, p, out);
	return r;
}

enum result curve_map(const struct curve *c, struct span s,
		      const uint8_t secret[CURVE_FIELD_MAX], struct span peer,
		      uint8_t out[CURVE_POINT_MAX])
{
	scoped(calc_done) struct calc k = { 0 };
	scoped(scope_EC_POINT_clear_free) EC_POINT *q = NULL;
	scoped(scope_EC_POINT_clear_free) EC_POINT *h = NULL;
	scoped(scope_EC_POINT_clear_free) EC_POINT *g = NULL;
	enum result r = calc_init(&k, c);

	if (r != R_OK)
		return r;
	q = EC_POINT_new(k.group);
	h = EC_POINT_new(k.group);
	g = EC_POINT_new(k.group);
	if (!q || !h || !g)
		return R_INTERNAL;
	r = point_in(&k, c, peer, q);
	if (r == R_OK)
		r = mul(&k, span_of(secret, c->field), q, h);
	if (r == R_OK && EC_POINT_is_at_infinity(k.group, h))
		r = R_MALFORMED;
	if (r == R_OK)
		r = mul(&k, s, NULL, g);
	if (r == R_OK && EC_POINT_add(k.group, g, g, h, k.ctx) != 1)
		r = R_INTERNAL;
	if (r == R_OK)
		r = point_out(&k, c, g, out);
	return r;
}

enum result curve_check(const struct curve *c, struct span point)
{
	scoped(calc_done) struct calc k = { 0 };
	scoped(scope_EC_POINT_clear_free) EC_POINT *p = NULL;
	enum result r = calc_init(&k, c);

	if (r != R_OK)
		return r;
	p = EC_POINT_new(k.group);
	return p ? point_in(&k, c, point, p) : R_INTERNAL;
}
