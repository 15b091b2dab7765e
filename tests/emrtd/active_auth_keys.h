/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chip's side of Active Authentication, by OpenSSL: keys, their
 * SubjectPublicKeyInfo, signatures of both kinds. */
#ifndef CNIE_TESTS_EMRTD_ACTIVE_AUTH_KEYS_H
#define CNIE_TESTS_EMRTD_ACTIVE_AUTH_KEYS_H

#include "emrtd/active_auth.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/scope.h"
#include "emrtd/vectors_aa.h"

SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);
SCOPE_FREE(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);

struct octets {
	uint8_t p[2100];
	size_t n;
};

static inline struct span span_octets(const struct octets *o)
{
	return span_of(o->p, o->n);
}

static inline struct octets octets(struct span s)
{
	struct octets o = { .n = s.n };

	ck_assert_uint_le(s.n, sizeof(o.p));
	if (s.n)
		memcpy(o.p, s.p, s.n);
	return o;
}

static const uint8_t challenge[AA_CHALLENGE] = { 0x42, 1, 2, 3, 4, 5, 6, 7 };

static inline struct octets spki_of(EVP_PKEY *key)
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(key, &der);
	struct octets o;

	ck_assert_int_gt(n, 0);
	o = octets(span_of(der, (size_t)n));
	OPENSSL_free(der);
	return o;
}

static inline size_t hashed(const EVP_MD *md, struct span a, struct span b,
			    uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned int n = 0;

	ck_assert_int_eq(EVP_DigestInit_ex(ctx, md, NULL), 1);
	ck_assert_int_eq(EVP_DigestUpdate(ctx, a.p, a.n), 1);
	ck_assert_int_eq(EVP_DigestUpdate(ctx, b.p, b.n), 1);
	ck_assert_int_eq(EVP_DigestFinal_ex(ctx, out, &n), 1);
	EVP_MD_CTX_free(ctx);
	return n;
}

/* F = header || M1 || H(M1 || challenge) || trailer, of `size` octets; M1 is
 * the chip's own random number, which is counted up here. */
static inline struct octets representative(size_t size, uint8_t header,
					   const EVP_MD *md,
					   struct span trailer)
{
	const size_t h = (size_t)EVP_MD_get_size(md);
	struct octets f = { .n = size };
	size_t m1 = size - 1 - h - trailer.n;

	f.p[0] = header;
	for (size_t i = 1; i <= m1; i++)
		f.p[i] = (uint8_t)i;
	hashed(md, span_of(f.p + 1, m1), SPAN(challenge), f.p + 1 + m1);
	memcpy(f.p + 1 + m1 + h, trailer.p, trailer.n);
	return f;
}

/* F to the private exponent. */
static inline struct octets rsa_signed(EVP_PKEY *key, struct span f)
{
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new(key, NULL);
	struct octets s = { .n = sizeof(s.p) };

	ck_assert_int_eq(EVP_PKEY_sign_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_sign(ctx, s.p, &s.n, f.p, f.n), 1);
	ck_assert_uint_eq(s.n, f.n);
	return s;
}

static const struct active_auth_rules strict = { 0 };
static const struct active_auth_rules lax = { .sha1 = true,
					      .small_keys = true };

/* What is said of this answer to the challenge. Where it is refused nothing is
 * said of the key. */
static inline enum result judged(struct span spki,
				 const struct security_infos *infos,
				 const struct active_auth_rules *rules,
				 struct span answer, const char *name)
{
	char got[AA_NAME_MAX] = "-";
	enum result r = active_auth_verify(spki, infos, rules, challenge,
					   answer, got);

	if (r == R_OK && name)
		ck_assert_str_eq(got, name);
	if (r != R_OK)
		ck_assert_str_eq(got, "-");
	return r;
}

#endif
