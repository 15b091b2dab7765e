/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Active Authentication (9303-11 6.1): RSA with ISO/IEC 9796-2 scheme 1, or
 * ECDSA, plain as TR-03111 5.2.1 writes it, or as DER as some chips do.
 */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "card.h"

SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);
SCOPE_FREE(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);
SCOPE_FREE(ECDSA_SIG *, ECDSA_SIG_free);
SCOPE_FREE(BIGNUM *, BN_clear_free);

#define RSA_MAX 512	/* bytes: 4096 bits */

static const struct {
	const char *digest;
	uint8_t id;		/* trailer: BC of SHA-1, else id and CC */
} trailers[] = {
	{ "SHA1", 0 },	    { "SHA224", 0x38 }, { "SHA256", 0x34 },
	{ "SHA384", 0x36 }, { "SHA512", 0x35 },
};

static uint8_t trailer_of(const char *digest)
{
	for (size_t i = 0; i < sizeof(trailers) / sizeof(trailers[0]); i++)
		if (strcmp(trailers[i].digest, digest) == 0)
			return trailers[i].id;
	return 0;
}

/* F = 6A || M1 || H(M1 || M2) || trailer, as long as the key. */
static enum result represent(struct card *c, struct span m2, size_t size,
			     uint8_t f[RSA_MAX])
{
	const EVP_MD *md = EVP_get_digestbyname(c->memory.aa_digest);
	const uint8_t id = trailer_of(c->memory.aa_digest);
	uint8_t message[RSA_MAX + 8];
	size_t hash, m1;

	if (!md)
		return R_INTERNAL;
	hash = (size_t)EVP_MD_get_size(md);
	if (size > RSA_MAX || size < 1 + hash + 2 + 8)
		return R_INTERNAL;
	m1 = size - 1 - hash - (id ? 2 : 1);
	f[0] = 0x6a;
	if (c->random(c->random_with, f + 1, m1) != R_OK)
		return R_INTERNAL;
	memcpy(message, f + 1, m1);
	memcpy(message + m1, m2.p, m2.n);
	if (!EVP_Digest(message, m1 + m2.n, f + 1 + m1, NULL, md, NULL))
		return R_INTERNAL;
	if (id)
		f[size - 2] = id;
	f[size - 1] = id ? 0xcc : 0xbc;
	return R_OK;
}

/* ISO/IEC 9796-2 B.4: the smaller of s and n - s. */
static enum result smaller(EVP_PKEY *key, uint8_t *s, size_t n)
{
	scoped(scope_BN_clear_free) BIGNUM *v = BN_bin2bn(s, (int)n, NULL);
	scoped(scope_BN_clear_free) BIGNUM *other = BN_new();
	scoped(scope_BN_clear_free) BIGNUM *modulus = NULL;

	if (!v || !other ||
	    !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) ||
	    !BN_sub(other, modulus, v))
		return R_INTERNAL;
	return BN_bn2binpad(BN_cmp(v, other) < 0 ? v : other, s, (int)n) ==
		(int)n ? R_OK : R_INTERNAL;
}

static enum result sign_rsa(struct card *c, EVP_PKEY *key, struct span m2,
			    struct sink *out)
{
	uint8_t f[RSA_MAX], s[RSA_MAX];
	size_t size = (size_t)EVP_PKEY_get_size(key), n = sizeof(s);
	scoped(scope_EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

	if (represent(c, m2, size, f) != R_OK)
		return R_INTERNAL;
	if (!ctx || EVP_PKEY_sign_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) <= 0 ||
	    EVP_PKEY_sign(ctx, s, &n, f, size) <= 0)
		return R_INTERNAL;
	if (quirk(c, QUIRK_AA_B4) && smaller(key, s, n) != R_OK)
		return R_INTERNAL;
	sink_put(out, span_of(s, n));
	return R_OK;
}

static enum result sign_ecdsa(const struct card *c, EVP_PKEY *key,
			      struct span m, struct sink *out)
{
	const EVP_MD *md = EVP_get_digestbyname(c->memory.aa_digest);
	const int size = (EVP_PKEY_get_bits(key) + 7) / 8;
	uint8_t digest[EVP_MAX_MD_SIZE], der[160], plain[2 * SIM_SCALAR_MAX];
	const unsigned char *p = der;
	unsigned int digests;
	size_t n = sizeof(der);
	scoped(scope_EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	scoped(scope_ECDSA_SIG_free) ECDSA_SIG *sig = NULL;

	if (!ctx || !md || size > SIM_SCALAR_MAX ||
	    !EVP_Digest(m.p, m.n, digest, &digests, md, NULL) ||
	    EVP_PKEY_sign_init(ctx) <= 0 ||
	    EVP_PKEY_sign(ctx, der, &n, digest, digests) <= 0)
		return R_INTERNAL;
	if (c->memory.aa_der) {
		sink_put(out, span_of(der, n));
		return R_OK;
	}
	sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
	if (!sig || BN_bn2binpad(ECDSA_SIG_get0_r(sig), plain, size) != size ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), plain + size, size) != size)
		return R_INTERNAL;
	sink_put(out, span_of(plain, 2 * (size_t)size));
	return R_OK;
}

/* The signed one, or another of the same kind and size. */
static EVP_PKEY *key_to_use(const struct card *c)
{
	EVP_PKEY *key = NULL;
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = NULL;

	if (!evil(c, EVIL_AA_WRONG_KEY)) {
		EVP_PKEY_up_ref(c->memory.aa);
		return c->memory.aa;
	}
	if (EVP_PKEY_is_a(c->memory.aa, "RSA"))
		return EVP_RSA_gen((unsigned int)
				   EVP_PKEY_get_bits(c->memory.aa));
	ctx = EVP_PKEY_CTX_new(c->memory.aa, NULL);
	if (!ctx || EVP_PKEY_keygen_init(ctx) <= 0 ||
	    EVP_PKEY_keygen(ctx, &key) <= 0)
		return NULL;
	return key;
}

uint16_t card_internal_authenticate(struct card *c, const struct apdu *a,
				    struct sink *out)
{
	enum result r;

	if (!c->memory.aa)
		return SW_INS;
	if (c->df != SIM_LDS || !card_open(c))
		return SW_SECURITY;
	if (a->p1 || a->p2)
		return SW_P1P2;
	if (a->data.n != 8 || !a->le)
		return SW_LENGTH;
	if (evil(c, EVIL_AA_REPLAY) && c->signature.p) {
		sink_put(out, blob_span(&c->signature));
		return SW_OK;
	}
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key = key_to_use(c);
	if (!key)
		return SW_CHIP;
	c->ec_work++;
	r = EVP_PKEY_is_a(key, "RSA") ? sign_rsa(c, key, a->data, out)
				      : sign_ecdsa(c, key, a->data, out);
	if (r == R_OK && !c->signature.p)
		r = blob_copy(sink_span(out), &c->signature);
	return r == R_OK ? SW_OK : SW_CHIP;
}
