// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/active_auth.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "emrtd/domain.h"

SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);
SCOPE_FREE(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);
SCOPE_FREE(EVP_MD_CTX *, EVP_MD_CTX_free);
SCOPE_FREE(ECDSA_SIG *, ECDSA_SIG_free);
SCOPE_FREE(BIGNUM *, BN_free);

#define SPKI_MAX     2048	/* RSA of 8192 bits has 1062 */
#define RSA_BITS_MIN 2048
#define RSA_BITS_WEAK 1024	/* appendix F; more than any hash and trailer */
#define RSA_BITS_MAX 8192
#define SHORT_ANSWER 231	/* 1848 bits: 6.1.4 */
#define HASH_MAX     64
#define DER_SIGNATURE_MAX (2 * (DOMAIN_SECRET_MAX + 3) + 3)

/* ISO/IEC 9796-2 scheme 1: 01 for the scheme, 1 for partial recovery, 0; then
 * 1010, the padding of which is nothing but its end. */
#define RSA_HEADER 0x6a
#define RSA_TRAILER_1 0xbc	/* option 1: the hash is SHA-1 */
#define RSA_TRAILER_2 0xcc	/* option 2: the octet before names the hash */

/* id-plain-ecdsa (TR-03111 5.2.1.1: 0.4.0.127.0.7.1.1.4.1), then one arc. */
static const uint8_t plain_ecdsa[] = { 0x04, 0x00, 0x7f, 0x00, 0x07,
				       0x01, 0x01, 0x04, 0x01 };

/* 6.1.2.2 and 9.2.8. SHA-1 has no octet in a trailer: option 1 is its own. */
static const struct hash {
	const char *name;
	const EVP_MD *(*md)(void);
	size_t size;
	uint8_t trailer;
	uint8_t arc;
	bool sha1;
} hashes[] = {
	{ "SHA-1",   EVP_sha1,   20, 0,    1, true },
	{ "SHA-224", EVP_sha224, 28, 0x38, 2, false },
	{ "SHA-256", EVP_sha256, 32, 0x34, 3, false },
	{ "SHA-384", EVP_sha384, 48, 0x36, 4, false },
	{ "SHA-512", EVP_sha512, 64, 0x35, 5, false },
};

#define HASHES (sizeof(hashes) / sizeof(hashes[0]))

/* What people call the curves that OpenSSL calls otherwise. */
static const struct { enum domain_id id; const char *name; } nist_names[] = {
	{ DOMAIN_P192, "P-192" }, { DOMAIN_P224, "P-224" },
	{ DOMAIN_P256, "P-256" }, { DOMAIN_P384, "P-384" },
	{ DOMAIN_P521, "P-521" },
};

static const char *curve_name(const struct domain *d)
{
	for (size_t i = 0; i < sizeof(nist_names) / sizeof(nist_names[0]); i++)
		if (nist_names[i].id == d->id)
			return nist_names[i].name;
	return d->name;
}

static EVP_PKEY *key_parse(struct span spki)
{
	const unsigned char *p = spki.p;
	EVP_PKEY *key = NULL;

	if (spki.n > 0 && spki.n <= SPKI_MAX)
		key = d2i_PUBKEY(NULL, &p, (long)spki.n);
	if (refused(key && p != spki.p + spki.n)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	ERR_clear_error();
	return key;
}

enum result active_auth_command(struct span spki,
				const uint8_t challenge[AA_CHALLENGE],
				struct command *out)
{
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key = key_parse(spki);

	if (!key)
		return R_MALFORMED;
	*out = (struct command){
		CLA_PLAIN, INS_INTERNAL_AUTHENTICATE, 0, 0,
		span_of(challenge, AA_CHALLENGE),
		EVP_PKEY_get_size(key) > SHORT_ANSWER ? APDU_LE_MAX
						      : APDU_SHORT_LE,
	};
	return R_OK;
}

static enum result digest(const struct hash *h, struct span a, struct span b,
			  uint8_t out[HASH_MAX])
{
	scoped(scope_EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || EVP_DigestInit_ex2(ctx, h->md(), NULL) != 1 ||
	    EVP_DigestUpdate(ctx, a.p, a.n) != 1 ||
	    EVP_DigestUpdate(ctx, b.p, b.n) != 1 ||
	    EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		return R_INTERNAL;
	return R_OK;
}

/* -- RSA ------------------------------------------------------------------- */

static enum result rsa_rules(const EVP_PKEY *key,
			     const struct active_auth_rules *rules)
{
	int bits = EVP_PKEY_get_bits(key);
	BIGNUM *e = NULL;
	bool good;

	refuse_if(bits < (rules->small_keys ? RSA_BITS_WEAK : RSA_BITS_MIN),
		  R_DENIED);
	refuse_if(bits > RSA_BITS_MAX, R_DENIED);
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		return R_INTERNAL;
	good = BN_is_odd(e) && !BN_is_one(e);
	BN_free(e);
	/* 1 would let anybody sign; an even one is no key */
	refuse_if(!good, R_DENIED);
	return R_OK;
}

/*
 * The other production of signatures, ISO/IEC 9796-2 B.4, sends the smaller
 * of s and n - s; 9303-11 6.1.2.2 says that we should take it too. F ends in
 * C, n is odd: an odd number is n - F.
 */
static enum result undo_smaller(const EVP_PKEY *key, struct span f,
				uint8_t *out)
{
	scoped(scope_BN_free) BIGNUM *b = BN_bin2bn(f.p, (int)f.n, NULL);
	scoped(scope_BN_free) BIGNUM *n = NULL;

	if (!b || EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
	    BN_sub(b, n, b) != 1 || BN_is_negative(b) ||
	    BN_bn2binpad(b, out, (int)f.n) != (int)f.n)
		return R_INTERNAL;
	return R_OK;
}

/* F = answer^e mod n, as many bytes as the modulus. */
static enum result recover(EVP_PKEY *key, struct span answer,
			   uint8_t out[AA_ANSWER_MAX], size_t *out_n)
{
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new(key, NULL);
	size_t size = (size_t)EVP_PKEY_get_size(key), n = AA_ANSWER_MAX;

	if (!ctx || EVP_PKEY_encrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) != 1)
		return R_INTERNAL;
	/* it fails for a number of another length, or not below the modulus */
	refuse_if(EVP_PKEY_encrypt(ctx, out, &n, answer.p, answer.n) != 1,
		  R_MALFORMED);
	if (n != size)
		return R_INTERNAL;
	*out_n = n;
	return out[n - 1] & 1 ? undo_smaller(key, span_of(out, n), out) : R_OK;
}

/* The hash that the end of F names; *n: octets of the trailer. */
static const struct hash *trailer_hash(struct span f, size_t *n)
{
	uint8_t last = f.p[f.n - 1], before = f.p[f.n - 2];

	*n = last == RSA_TRAILER_1 ? 1 : 2;
	if (last == RSA_TRAILER_1)
		return &hashes[0];
	for (size_t i = 1; last == RSA_TRAILER_2 && i < HASHES; i++)
		if (hashes[i].trailer == before)
			return &hashes[i];
	return NULL;
}

/* F = 6A || M1 || H(M1 || challenge) || trailer; appendix F. */
static enum result check_representative(struct span f,
					const struct active_auth_rules *rules,
					struct span challenge,
					const struct hash **out)
{
	uint8_t want[HASH_MAX];
	const struct hash *h;
	size_t trailer, m1;
	enum result r;

	refuse_if(f.p[0] != RSA_HEADER, R_DENIED);
	h = trailer_hash(f, &trailer);
	refuse_if(!h, R_DENIED);
	refuse_if(h->sha1 && !rules->sha1, R_DENIED);
	m1 = f.n - 1 - h->size - trailer;	/* RSA_BITS_WEAK: above 0 */
	r = digest(h, span_of(f.p + 1, m1), challenge, want);
	if (r != R_OK)
		return r;
	refuse_if(!span_equal_ct(span_of(want, h->size),
				 span_of(f.p + 1 + m1, h->size)), R_DENIED);
	*out = h;
	return R_OK;
}

static enum result verify_rsa(EVP_PKEY *key,
			      const struct active_auth_rules *rules,
			      struct span challenge, struct span answer,
			      char name[AA_NAME_MAX])
{
	uint8_t f[AA_ANSWER_MAX];
	const struct hash *h;
	size_t n = 0;
	enum result r = rsa_rules(key, rules);

	if (r == R_OK)
		r = recover(key, answer, f, &n);
	if (r == R_OK)
		r = check_representative(span_of(f, n), rules, challenge, &h);
	if (r == R_OK)
		snprintf(name, AA_NAME_MAX, "RSA-%d %s",
			 EVP_PKEY_get_bits(key), h->name);
	return r;
}

/* -- ECDSA ------------------------------------------------------------------ */

static enum result ec_rules(EVP_PKEY *key,
			    const struct active_auth_rules *rules,
			    const struct domain **out)
{
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new(key, NULL);
	const struct domain *d;
	char name[64];
	size_t n;

	/* Explicit parameters have a name where all of them, the generator
	 * too, are those of a named curve. */
	if (!ctx ||
	    EVP_PKEY_get_group_name(key, name, sizeof(name), &n) != 1)
		return R_DENIED;
	d = domain_by_name(name);
	refuse_if(!d, R_DENIED);
	refuse_if(d->weak && !rules->small_keys, R_DENIED);
	/* infinity, for which anybody could sign */
	refuse_if(EVP_PKEY_public_check(ctx) != 1, R_MALFORMED);
	*out = d;
	return R_OK;
}

/* The one ActiveAuthenticationInfo (9.2.8) names the hash. */
static const struct hash *signed_hash(const struct security_infos *infos)
{
	const struct span base = SPAN(plain_ecdsa);
	const struct security_info *found = NULL;
	struct span oid, head;

	for (size_t i = 0; infos && i < infos->count; i++) {
		if (infos->info[i].kind != INFO_ACTIVE_AUTH)
			continue;
		refuse_if(found != NULL, NULL);
		found = &infos->info[i];
	}
	if (!found)
		return NULL;
	refuse_if(found->version != 1, NULL);
	oid = found->signature_oid;
	if (oid.n != base.n + 1 || span_take(&oid, base.n, &head) != R_OK)
		return NULL;
	refuse_if(!span_equal(head, base), NULL);
	for (size_t i = 0; i < HASHES; i++)
		if (hashes[i].arc == oid.p[0])
			return &hashes[i];
	return NULL;
}

/* r || s, each as long as the order, as the DER that OpenSSL takes. */
static enum result plain_to_der(struct span plain, uint8_t *out, size_t *n)
{
	scoped(scope_ECDSA_SIG_free) ECDSA_SIG *sig = ECDSA_SIG_new();
	const int half = (int)(plain.n / 2);
	BIGNUM *r = BN_bin2bn(plain.p, half, NULL);
	BIGNUM *s = BN_bin2bn(plain.p + half, half, NULL);
	int size;

	if (!sig || !r || !s || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return R_INTERNAL;
	}
	size = i2d_ECDSA_SIG(sig, &out);
	*n = size > 0 ? (size_t)size : 0;
	return size > 0 ? R_OK : R_INTERNAL;
}

static enum result ec_check(EVP_PKEY *key, const struct domain *d,
			    struct span hash, struct span answer)
{
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new(key, NULL);
	uint8_t der[DER_SIGNATURE_MAX];
	size_t n;
	enum result r;

	refuse_if(answer.n == 0 || answer.n > sizeof(der), R_MALFORMED);
	if (answer.n == 2 * d->secret) {
		r = plain_to_der(answer, der, &n);
		if (r != R_OK)
			return r;
		answer = span_of(der, n);
	}
	if (!ctx || EVP_PKEY_verify_init(ctx) != 1)
		return R_INTERNAL;
	/* a hash longer than the order is cut to its bits (TR-03111 4.2.1);
	 * 0 or less: a wrong signature, or none */
	refuse_if(EVP_PKEY_verify(ctx, answer.p, answer.n, hash.p, hash.n) !=
		  1, R_DENIED);
	return R_OK;
}

static enum result verify_ec(EVP_PKEY *key, const struct security_infos *infos,
			     const struct active_auth_rules *rules,
			     struct span challenge, struct span answer,
			     char name[AA_NAME_MAX])
{
	const struct hash *h = signed_hash(infos);
	const struct domain *d;
	uint8_t hash[HASH_MAX];
	enum result r = ec_rules(key, rules, &d);

	if (r != R_OK)
		return r;
	refuse_if(!h, R_DENIED);
	refuse_if(h->sha1 && !rules->sha1, R_DENIED);
	r = digest(h, challenge, span_of(NULL, 0), hash);
	if (r == R_OK)
		r = ec_check(key, d, span_of(hash, h->size), answer);
	if (r == R_OK)
		snprintf(name, AA_NAME_MAX, "ECDSA %s %s", curve_name(d),
			 h->name);
	return r;
}

enum result active_auth_verify(struct span spki,
			       const struct security_infos *infos,
			       const struct active_auth_rules *rules,
			       const uint8_t challenge[AA_CHALLENGE],
			       struct span answer, char name[AA_NAME_MAX])
{
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key = key_parse(spki);
	struct span c = span_of(challenge, AA_CHALLENGE);
	enum result r = R_DENIED;

	if (!key)
		return R_MALFORMED;
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		r = verify_rsa(key, rules, c, answer, name);
	else if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
		r = verify_ec(key, infos, rules, c, answer, name);
	ERR_clear_error();
	return r;
}
