// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/domain.h"

#include <openssl/obj_mac.h>
#include <string.h>

#include "base/refuse.h"
#include "base/secret.h"
#include "emrtd/domain_parts.h"

/* 9303-11 9.5.1, table 6. */
static const struct domain domains[DOMAIN_COUNT] = {
	{ DOMAIN_DH_1024_160, 0, AGREE_DH, NID_undef, 20, 128, 128, true,
	  "dh_1024_160" },
	{ DOMAIN_DH_2048_224, 1, AGREE_DH, NID_undef, 28, 256, 256, false,
	  "dh_2048_224" },
	{ DOMAIN_DH_2048_256, 2, AGREE_DH, NID_undef, 32, 256, 256, false,
	  "dh_2048_256" },
	{ DOMAIN_P192, 8, AGREE_ECDH, NID_X9_62_prime192v1, 24, 49, 24, true,
	  "prime192v1" },
	{ DOMAIN_BP192, 9, AGREE_ECDH, NID_brainpoolP192r1, 24, 49, 24, true,
	  "brainpoolP192r1" },
	{ DOMAIN_P224, 10, AGREE_ECDH, NID_secp224r1, 28, 57, 28, true,
	  "secp224r1" },
	{ DOMAIN_BP224, 11, AGREE_ECDH, NID_brainpoolP224r1, 28, 57, 28, true,
	  "brainpoolP224r1" },
	{ DOMAIN_P256, 12, AGREE_ECDH, NID_X9_62_prime256v1, 32, 65, 32, false,
	  "prime256v1" },
	{ DOMAIN_BP256, 13, AGREE_ECDH, NID_brainpoolP256r1, 32, 65, 32, false,
	  "brainpoolP256r1" },
	{ DOMAIN_BP320, 14, AGREE_ECDH, NID_brainpoolP320r1, 40, 81, 40, false,
	  "brainpoolP320r1" },
	{ DOMAIN_P384, 15, AGREE_ECDH, NID_secp384r1, 48, 97, 48, false,
	  "secp384r1" },
	{ DOMAIN_BP384, 16, AGREE_ECDH, NID_brainpoolP384r1, 48, 97, 48, false,
	  "brainpoolP384r1" },
	{ DOMAIN_BP512, 17, AGREE_ECDH, NID_brainpoolP512r1, 64, 129, 64,
	  false, "brainpoolP512r1" },
	{ DOMAIN_P521, 18, AGREE_ECDH, NID_secp521r1, 66, 133, 66, false,
	  "secp521r1" },
};

const struct domain *domain_by_parameter(uint64_t parameter)
{
	for (size_t i = 0; i < DOMAIN_COUNT; i++)
		if (domains[i].parameter == parameter)
			return &domains[i];
	return NULL;
}

const struct domain *domain_by_name(const char *name)
{
	for (size_t i = 0; i < DOMAIN_COUNT; i++)
		if (strcmp(domains[i].name, name) == 0)
			return &domains[i];
	return NULL;
}

const struct domain *domain_by_group(struct span p, struct span g,
				     struct span q)
{
	for (size_t i = 0; i < DOMAIN_COUNT; i++)
		if (domains[i].agreement == AGREE_DH &&
		    domain_dh_is(&domains[i], p, g, q))
			return &domains[i];
	return NULL;
}

const struct domain *domain_at(enum domain_id id)
{
	return (size_t)id < DOMAIN_COUNT ? &domains[id] : NULL;
}

void domain_key_wipe(struct domain_key *k)
{
	secret_wipe(k, sizeof(*k));
}

struct span domain_public_span(const struct domain *d,
			       const uint8_t public[DOMAIN_PUBLIC_MAX])
{
	return span_of(public, d->public);
}

enum result domain_public_pad(const struct domain *d, struct span in,
			      uint8_t out[DOMAIN_PUBLIC_MAX])
{
	bool shorter = d->agreement == AGREE_DH && in.n > 0 &&
		       in.n < d->public && in.p[0] != 0;

	refuse_if(in.n != d->public && !shorter, R_MALFORMED);
	memset(out, 0, d->public - in.n);
	memcpy(out + d->public - in.n, in.p, in.n);
	return R_OK;
}

bool domain_public_plain(const struct domain *d,
			 const uint8_t public[DOMAIN_PUBLIC_MAX])
{
	return d->agreement == AGREE_ECDH || public[0] != 0;
}

size_t domain_field_bits(const struct domain *d)
{
	return d->id == DOMAIN_P521 ? 521 : 8 * d->shared;
}

bool domain_has_integrated(const struct domain *d)
{
	return d->id != DOMAIN_P224;
}

static const struct arithmetic *of(const struct domain *d)
{
	return d->agreement == AGREE_DH ? &domain_dh : &domain_ec;
}

BIGNUM *domain_secret_number(struct span secret)
{
	BIGNUM *n = BN_secure_new();

	if (n && !BN_bin2bn(secret.p, (int)secret.n, n)) {
		BN_clear_free(n);
		return NULL;
	}
	if (n)
		BN_set_flags(n, BN_FLG_CONSTTIME);
	return n;
}

enum result domain_scalar(const struct domain *d,
			  uint8_t out[DOMAIN_SECRET_MAX])
{
	scoped(scope_BN_CTX_free) BN_CTX *ctx = BN_CTX_new();
	scoped(scope_BN_clear_free) BIGNUM *order = BN_new();
	scoped(scope_BN_clear_free) BIGNUM *s = BN_new();

	if (!ctx || !order || !s || of(d)->order(d, order) != R_OK)
		return R_INTERNAL;
	do {
		if (BN_priv_rand_range_ex(s, order, 0, ctx) != 1)
			return R_INTERNAL;
	} while (BN_is_zero(s));
	if (BN_bn2binpad(s, out, (int)d->secret) != (int)d->secret)
		return R_INTERNAL;
	return R_OK;
}

enum result domain_key_new(const struct domain *d, struct domain_key *out)
{
	scoped(domain_key_wipe) struct domain_key k = { 0 };

	do {
		enum result r = domain_scalar(d, k.secret);

		if (r == R_OK)
			r = domain_multiply(d, k.secret, span_of(NULL, 0),
					    k.public);
		if (r != R_OK)
			return r;
	} while (!domain_public_plain(d, k.public));
	*out = k;
	return R_OK;
}

enum result domain_multiply(const struct domain *d,
			    const uint8_t secret[DOMAIN_SECRET_MAX],
			    struct span base, uint8_t out[DOMAIN_PUBLIC_MAX])
{
	return of(d)->multiply(d, span_of(secret, d->secret), base, out);
}

/* The peer's key must be there: an empty one is no call for the generator. */
enum result domain_agree(const struct domain *d,
			 const uint8_t secret[DOMAIN_SECRET_MAX],
			 struct span peer, uint8_t out[DOMAIN_SHARED_MAX])
{
	uint8_t product[DOMAIN_PUBLIC_MAX];
	enum result r;

	refuse_if(peer.n == 0, R_MALFORMED);
	r = domain_multiply(d, secret, peer, product);
	if (r == R_OK)
		memcpy(out, product + (d->agreement == AGREE_ECDH ? 1 : 0),
		       d->shared);
	secret_wipe(product, sizeof(product));
	return r;
}

enum result domain_map_generic(const struct domain *d, struct span s,
			       const uint8_t secret[DOMAIN_SECRET_MAX],
			       struct span peer,
			       uint8_t out[DOMAIN_PUBLIC_MAX])
{
	return of(d)->map_generic(d, s, span_of(secret, d->secret), peer, out);
}

enum result domain_map_integrated(const struct domain *d, struct span prf,
				  uint8_t out[DOMAIN_PUBLIC_MAX])
{
	refuse_if(!domain_has_integrated(d), R_DENIED);
	return of(d)->map_integrated(d, prf, out);
}

enum result domain_check(const struct domain *d, struct span public)
{
	return of(d)->check(d, public);
}
