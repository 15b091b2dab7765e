// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/kdf.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"

SCOPE_FREE(EVP_MD_CTX *, EVP_MD_CTX_free);
SCOPE_FREE(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);
SCOPE_FREE(EVP_MAC *, EVP_MAC_free);
SCOPE_FREE(EVP_MAC_CTX *, EVP_MAC_CTX_free);

#define SHA1_SIZE 20

struct sha1 {
	uint8_t b[SHA1_SIZE];
};

static void sha1_wipe(struct sha1 *s)
{
	secret_wipe(s, sizeof(*s));
}

void session_keys_wipe(struct session_keys *k)
{
	secret_wipe(k, sizeof(*k));
}

static enum result sha1(struct span a, struct span b, struct sha1 *out)
{
	scoped(scope_EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || EVP_DigestInit_ex2(ctx, EVP_sha1(), NULL) != 1 ||
	    EVP_DigestUpdate(ctx, a.p, a.n) != 1 ||
	    EVP_DigestUpdate(ctx, b.p, b.n) != 1 ||
	    EVP_DigestFinal_ex(ctx, out->b, NULL) != 1)
		return R_INTERNAL;
	return R_OK;
}

enum result kdf_aes128(struct span secret, enum kdf_counter c,
		       uint8_t out[AES_KEY_SIZE])
{
	const uint8_t counter[4] = { 0, 0, 0, (uint8_t)c };
	scoped(sha1_wipe) struct sha1 h;
	enum result r = sha1(secret, SPAN(counter), &h);

	if (r == R_OK)
		memcpy(out, h.b, AES_KEY_SIZE);
	return r;
}

enum result kdf_session(struct span secret, struct session_keys *out)
{
	scoped(session_keys_wipe) struct session_keys k;
	enum result r = kdf_aes128(secret, KDF_ENC, k.enc);

	if (r == R_OK)
		r = kdf_aes128(secret, KDF_MAC, k.mac);
	if (r == R_OK)
		*out = k;
	return r;
}

enum result kdf_password(enum password_kind kind, struct span pi,
			 uint8_t out[AES_KEY_SIZE])
{
	scoped(sha1_wipe) struct sha1 h;
	enum result r;

	if (pi.n == 0)
		return R_MALFORMED;
	switch (kind) {
	case PASSWORD_CAN:
		return kdf_aes128(pi, KDF_PACE, out);
	case PASSWORD_MRZ:
		r = sha1(pi, span_of(NULL, 0), &h);
		return r == R_OK ? kdf_aes128(SPAN(h.b), KDF_PACE, out) : r;
	}
	return R_MALFORMED;
}

enum result aes_mac(const uint8_t key[AES_KEY_SIZE], struct span a,
		    struct span b, uint8_t out[MAC_SIZE])
{
	scoped(scope_EVP_MAC_free) EVP_MAC *mac =
		EVP_MAC_fetch(NULL, "CMAC", NULL);
	scoped(scope_EVP_MAC_CTX_free) EVP_MAC_CTX *ctx =
		mac ? EVP_MAC_CTX_new(mac) : NULL;
	char cipher[] = "AES-128-CBC";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER,
						 cipher, 0),
		OSSL_PARAM_construct_end(),
	};
	uint8_t full[AES_BLOCK_SIZE];
	size_t n;

	if (!ctx || EVP_MAC_init(ctx, key, AES_KEY_SIZE, params) != 1 ||
	    EVP_MAC_update(ctx, a.p, a.n) != 1 ||
	    EVP_MAC_update(ctx, b.p, b.n) != 1 ||
	    EVP_MAC_final(ctx, full, &n, sizeof(full)) != 1 ||
	    n != sizeof(full))
		return R_INTERNAL;
	memcpy(out, full, MAC_SIZE);
	return R_OK;
}

static enum result cipher_run(const EVP_CIPHER *cipher, const uint8_t *key,
			      const uint8_t *iv, bool encrypt,
			      struct span data, uint8_t *out)
{
	scoped(scope_EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *ctx =
		EVP_CIPHER_CTX_new();
	int n = 0, last = 0;

	if (data.n % AES_BLOCK_SIZE != 0 || data.n > APDU_RESPONSE_MAX)
		return R_INTERNAL;
	if (!ctx || EVP_CipherInit_ex2(ctx, cipher, key, iv, encrypt,
				       NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 ||
	    EVP_CipherUpdate(ctx, out, &n, data.p, (int)data.n) != 1 ||
	    EVP_CipherFinal_ex(ctx, out + n, &last) != 1 ||
	    (size_t)n + (size_t)last != data.n)
		return R_INTERNAL;
	return R_OK;
}

enum result aes_block(const uint8_t key[AES_KEY_SIZE],
		      const uint8_t in[AES_BLOCK_SIZE],
		      uint8_t out[AES_BLOCK_SIZE])
{
	return cipher_run(EVP_aes_128_ecb(), key, NULL, true,
			  span_of(in, AES_BLOCK_SIZE), out);
}

enum result aes_cbc(const uint8_t key[AES_KEY_SIZE],
		    const uint8_t iv[AES_BLOCK_SIZE], bool encrypt,
		    struct span data, uint8_t *out)
{
	return cipher_run(EVP_aes_128_cbc(), key, iv, encrypt, data, out);
}
