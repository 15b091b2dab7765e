// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The groups of RFC 5114 (9303-11 9.5.1): p, q and g from OpenSSL, the
 * arithmetic by its Montgomery exponentiation.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#include "base/refuse.h"
#include "emrtd/domain_parts.h"

SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);
SCOPE_FREE(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);

#define scoped_number scoped(scope_BN_clear_free) BIGNUM

struct group {
	const struct domain *d;
	BIGNUM *p, *q, *g;
	BN_MONT_CTX *mont;
	BN_CTX *ctx;
};

static void group_done(struct group *k)
{
	BN_free(k->p);
	BN_free(k->q);
	BN_free(k->g);
	BN_MONT_CTX_free(k->mont);
	BN_CTX_free(k->ctx);
}

static enum result group_numbers(struct group *k)
{
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_name(NULL, "DHX", NULL);
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key = NULL;
	/* the parameter is only read */
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 (char *)k->d->name, 0),
		OSSL_PARAM_construct_end(),
	};

	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS,
			      params) != 1 ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &k->p) != 1 ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_Q, &k->q) != 1 ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_G, &k->g) != 1)
		return R_INTERNAL;
	return R_OK;
}

static enum result group_init(struct group *k, const struct domain *d)
{
	k->d = d;
	k->ctx = BN_CTX_secure_new();
	k->mont = BN_MONT_CTX_new();
	if (!k->ctx || !k->mont || group_numbers(k) != R_OK ||
	    BN_MONT_CTX_set(k->mont, k->p, k->ctx) != 1)
		return R_INTERNAL;
	return R_OK;
}

/* out = base to the secret. */
static enum result power(const struct group *k, const BIGNUM *base,
			 struct span secret, BIGNUM *out)
{
	scoped_number *s = domain_secret_number(secret);

	if (!s || BN_mod_exp_mont_consttime(out, base, s, k->p, k->ctx,
					    k->mont) != 1)
		return R_INTERNAL;
	return R_OK;
}

/* RFC 2631 2.1.5: 1 < y < p - 1 and y^q = 1. */
static enum result number_in(const struct group *k, struct span in,
			     BIGNUM *out)
{
	scoped_number *t = BN_dup(k->p);

	refuse_if(in.n != k->d->public, R_MALFORMED);
	if (!t || !BN_sub_word(t, 1) || !BN_bin2bn(in.p, (int)in.n, out))
		return R_INTERNAL;
	refuse_if(BN_is_zero(out) || BN_is_one(out) || BN_cmp(out, t) >= 0,
		  R_MALFORMED);
	if (BN_mod_exp_mont(t, out, k->q, k->p, k->ctx, k->mont) != 1)
		return R_INTERNAL;
	refuse_if(!BN_is_one(t), R_MALFORMED);
	return R_OK;
}

static enum result number_out(const struct group *k, const BIGNUM *y,
			      uint8_t *out)
{
	refuse_if(BN_is_zero(y) || BN_is_one(y), R_MALFORMED);
	if (BN_bn2binpad(y, out, (int)k->d->public) != (int)k->d->public)
		return R_INTERNAL;
	return R_OK;
}

static enum result order(const struct domain *d, BIGNUM *out)
{
	scoped(group_done) struct group k = { 0 };
	enum result r = group_init(&k, d);

	if (r == R_OK && !BN_copy(out, k.q))
		r = R_INTERNAL;
	return r;
}

static enum result check(const struct domain *d, struct span public)
{
	scoped(group_done) struct group k = { 0 };
	scoped_number *y = BN_new();
	enum result r = group_init(&k, d);

	if (r != R_OK || !y)
		return R_INTERNAL;
	return number_in(&k, public, y);
}

static enum result multiply(const struct domain *d, struct span secret,
			    struct span base, uint8_t *out)
{
	scoped(group_done) struct group k = { 0 };
	scoped_number *b = BN_new();
	scoped_number *y = BN_new();
	enum result r = group_init(&k, d);

	if (r != R_OK || !b || !y)
		return R_INTERNAL;
	if (base.n > 0)
		r = number_in(&k, base, b);
	if (r == R_OK)
		r = power(&k, base.n > 0 ? b : k.g, secret, y);
	if (r == R_OK)
		r = number_out(&k, y, out);
	return r;
}

static enum result map_generic(const struct domain *d, struct span s,
			       struct span secret, struct span peer,
			       uint8_t *out)
{
	scoped(group_done) struct group k = { 0 };
	scoped_number *q = BN_new();
	scoped_number *h = BN_new();
	scoped_number *g = BN_new();
	enum result r = group_init(&k, d);

	if (r != R_OK || !q || !h || !g)
		return R_INTERNAL;
	r = number_in(&k, peer, q);
	if (r == R_OK)
		r = power(&k, q, secret, h);
	if (r == R_OK)
		r = power(&k, k.g, s, g);
	if (r == R_OK && BN_mod_mul(g, g, h, k.p, k.ctx) != 1)
		r = R_INTERNAL;
	if (r == R_OK)
		r = number_out(&k, g, out);
	return r;
}

/* 9303-11 4.4.3.3.2: x^((p-1)/q), which must not be 1. */
static enum result map_integrated(const struct domain *d, struct span prf,
				  uint8_t *out)
{
	scoped(group_done) struct group k = { 0 };
	scoped_number *x = BN_bin2bn(prf.p, (int)prf.n, NULL);
	scoped_number *a = NULL;
	enum result r = group_init(&k, d);

	if (r != R_OK || !x)
		return R_INTERNAL;
	a = BN_dup(k.p);
	if (!a || !BN_sub_word(a, 1) || !BN_div(a, NULL, a, k.q, k.ctx) ||
	    !BN_nnmod(x, x, k.p, k.ctx) ||
	    !BN_mod_exp_mont(x, x, a, k.p, k.ctx, k.mont))
		return R_INTERNAL;
	return number_out(&k, x, out);
}

static bool is(const BIGNUM *n, struct span bytes)
{
	uint8_t buf[DOMAIN_PUBLIC_MAX];

	return (size_t)BN_num_bytes(n) == bytes.n && bytes.n <= sizeof(buf) &&
	       BN_bn2bin(n, buf) > 0 &&
	       span_equal(span_of(buf, bytes.n), bytes);
}

bool domain_dh_is(const struct domain *d, struct span p, struct span g,
		  struct span q)
{
	scoped(group_done) struct group k = { 0 };

	return group_init(&k, d) == R_OK && is(k.p, p) && is(k.g, g) &&
	       (q.n == 0 || is(k.q, q));
}

const struct arithmetic domain_dh = { order, check, multiply, map_generic,
				      map_integrated };
