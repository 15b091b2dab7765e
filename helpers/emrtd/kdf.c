// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/kdf.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"

SCOPE_FREE(EVP_MD_CTX *, EVP_MD_CTX_free);

struct digest {
	uint8_t b[32];
};

static void digest_wipe(struct digest *d)
{
	secret_wipe(d, sizeof(*d));
}

void session_keys_wipe(struct session_keys *k)
{
	secret_wipe(k, sizeof(*k));
}

static enum result hash(const EVP_MD *md, struct span a, struct span b,
			struct digest *out)
{
	scoped(scope_EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || EVP_DigestInit_ex2(ctx, md, NULL) != 1 ||
	    EVP_DigestUpdate(ctx, a.p, a.n) != 1 ||
	    EVP_DigestUpdate(ctx, b.p, b.n) != 1 ||
	    EVP_DigestFinal_ex(ctx, out->b, NULL) != 1)
		return R_INTERNAL;
	return R_OK;
}

enum result kdf(enum info_cipher c, struct span secret,
		enum kdf_counter counter, uint8_t out[CIPHER_KEY_MAX])
{
	const uint8_t number[4] = { 0, 0, 0, (uint8_t)counter };
	scoped(digest_wipe) struct digest h;
	const EVP_MD *md;
	enum result r;

	if (cipher_key_size(c) == 0)
		return R_INTERNAL;
	md = c == CIPHER_3DES || c == CIPHER_AES128 ? EVP_sha1()
						    : EVP_sha256();
	r = hash(md, secret, SPAN(number), &h);
	if (r == R_OK)
		memcpy(out, h.b, cipher_key_size(c));
	return r;
}

enum result kdf_session(enum info_cipher c, struct span secret,
			struct session_keys *out)
{
	scoped(session_keys_wipe) struct session_keys k = { .cipher = c };
	enum result r = kdf(c, secret, KDF_ENC, k.enc);

	if (r == R_OK)
		r = kdf(c, secret, KDF_MAC, k.mac);
	if (r == R_OK)
		*out = k;
	return r;
}

enum result kdf_password(enum info_cipher c, enum password_kind kind,
			 struct span pi, uint8_t out[CIPHER_KEY_MAX])
{
	scoped(digest_wipe) struct digest h;
	enum result r;

	refuse_if(pi.n == 0, R_MALFORMED);
	switch (kind) {
	case PASSWORD_CAN:
		return kdf(c, pi, KDF_PACE, out);
	case PASSWORD_MRZ:
		r = hash(EVP_sha1(), pi, span_of(NULL, 0), &h);
		return r == R_OK ? kdf(c, span_of(h.b, 20), KDF_PACE, out) : r;
	}
	return R_MALFORMED;
}
