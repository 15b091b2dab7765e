// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/cipher.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"
#include "base/wire.h"

SCOPE_FREE(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);
SCOPE_FREE(EVP_MAC *, EVP_MAC_free);
SCOPE_FREE(EVP_MAC_CTX *, EVP_MAC_CTX_free);

#define PAD_FIRST 0x80
#define DES_KEY   8
#define DES_BLOCK 8
#define PIECES    3	/* a, b, padding */
#define CHUNK     512	/* of a MAC's running ciphertext, thrown away */

/* 3DES is the two-key form, EDE: 9303-11 9.8.6.1. */
static const struct {
	const EVP_CIPHER *(*cbc)(void);
	const EVP_CIPHER *(*ecb)(void);
	const char *cmac;
	size_t key, block;
} ciphers[] = {
	[CIPHER_3DES] = { EVP_des_ede_cbc, EVP_des_ede_ecb, NULL, 16, 8 },
	[CIPHER_AES128] = { EVP_aes_128_cbc, EVP_aes_128_ecb, "AES-128-CBC",
			    16, 16 },
	[CIPHER_AES192] = { EVP_aes_192_cbc, EVP_aes_192_ecb, "AES-192-CBC",
			    24, 16 },
	[CIPHER_AES256] = { EVP_aes_256_cbc, EVP_aes_256_ecb, "AES-256-CBC",
			    32, 16 },
};

#define CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))

size_t cipher_key_size(enum info_cipher c)
{
	return (size_t)c < CIPHERS ? ciphers[c].key : 0;
}

size_t cipher_block_size(enum info_cipher c)
{
	return c != CIPHER_NONE && (size_t)c < CIPHERS ? ciphers[c].block
						       : CIPHER_BLOCK_MAX;
}

static enum result mac_aes(enum info_cipher c, const uint8_t *key,
			   const struct span piece[PIECES],
			   uint8_t out[MAC_SIZE])
{
	scoped(scope_EVP_MAC_free) EVP_MAC *mac =
		EVP_MAC_fetch(NULL, "CMAC", NULL);
	scoped(scope_EVP_MAC_CTX_free) EVP_MAC_CTX *ctx =
		mac ? EVP_MAC_CTX_new(mac) : NULL;
	OSSL_PARAM params[2];
	char name[16];
	uint8_t full[CIPHER_BLOCK_MAX];
	size_t n;

	memcpy(name, ciphers[c].cmac, strlen(ciphers[c].cmac) + 1);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER,
						     name, 0);
	params[1] = OSSL_PARAM_construct_end();
	if (!ctx || EVP_MAC_init(ctx, key, ciphers[c].key, params) != 1)
		return R_INTERNAL;
	for (size_t i = 0; i < PIECES; i++)
		if (piece[i].n > 0 &&
		    EVP_MAC_update(ctx, piece[i].p, piece[i].n) != 1)
			return R_INTERNAL;
	if (EVP_MAC_final(ctx, full, &n, sizeof(full)) != 1 ||
	    n != sizeof(full))
		return R_INTERNAL;
	memcpy(out, full, MAC_SIZE);
	secret_wipe(full, sizeof(full));
	return R_OK;
}

/*
 * CBC over `in`, only the last whole block of which is kept, in `last`; what
 * is no whole block yet waits in ctx.
 */
static enum result cbc_last(EVP_CIPHER_CTX *ctx, struct span in,
			    uint8_t last[DES_BLOCK])
{
	uint8_t out[CHUNK + DES_BLOCK];
	struct span part;
	int n;

	while (in.n > 0) {
		if (span_take(&in, in.n < CHUNK ? in.n : CHUNK, &part) !=
			    R_OK ||
		    EVP_CipherUpdate(ctx, out, &n, part.p, (int)part.n) != 1)
			return R_INTERNAL;
		if (n >= DES_BLOCK)
			memcpy(last, out + n - DES_BLOCK, DES_BLOCK);
	}
	secret_wipe(out, sizeof(out));
	return R_OK;
}

/* A CBC context without padding; iv NULL: zeros. */
static enum result cbc_init(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher,
			    const uint8_t *key, const uint8_t *iv, bool encrypt)
{
	static const uint8_t zeros[CIPHER_BLOCK_MAX];

	if (!ctx || EVP_CipherInit_ex2(ctx, cipher, key, iv ? iv : zeros,
				       encrypt, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1)
		return R_INTERNAL;
	return R_OK;
}

/* The last DES_BLOCK bytes of the pieces are cut off into `tail`. */
static enum result cut_tail(struct span piece[PIECES], uint8_t tail[DES_BLOCK])
{
	size_t need = DES_BLOCK, part;

	for (size_t i = PIECES; need > 0 && i-- > 0;) {
		part = piece[i].n < need ? piece[i].n : need;
		if (part == 0)
			continue;
		need -= part;
		piece[i].n -= part;
		memcpy(tail + need, piece[i].p + piece[i].n, part);
	}
	return need == 0 ? R_OK : R_INTERNAL;
}

static void key_wipe(uint8_t (*key)[2 * DES_KEY])
{
	secret_wipe(key, sizeof(*key));
}

/*
 * ISO/IEC 9797-1 algorithm 3: DES with the first half of the key in CBC, and
 * the last block with both halves, EDE. OpenSSL's default provider has no
 * single DES: it is EDE with the same key three times.
 */
static enum result mac_retail(const uint8_t *key, struct span piece[PIECES],
			      uint8_t out[MAC_SIZE])
{
	scoped(scope_EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *ctx =
		EVP_CIPHER_CTX_new();
	scoped(key_wipe) uint8_t single[2 * DES_KEY];
	uint8_t chain[DES_BLOCK] = { 0 }, tail[DES_BLOCK];
	enum result r = R_OK;
	size_t n = 0;

	for (size_t i = 0; i < PIECES; i++)
		n += piece[i].n;
	if (n % DES_BLOCK != 0 || cut_tail(piece, tail) != R_OK)
		return R_INTERNAL;
	memcpy(single, key, DES_KEY);
	memcpy(single + DES_KEY, key, DES_KEY);
	r = cbc_init(ctx, EVP_des_ede_cbc(), single, NULL, true);
	for (size_t i = 0; r == R_OK && i < PIECES; i++)
		r = cbc_last(ctx, piece[i], chain);
	return r == R_OK ? cipher_cbc(CIPHER_3DES, key, chain, true,
				      SPAN(tail), out)
			 : r;
}

static enum result mac_pieces(enum info_cipher c, const uint8_t *key,
			      struct span piece[PIECES], uint8_t out[MAC_SIZE])
{
	if (cipher_key_size(c) == 0)
		return R_INTERNAL;
	return c == CIPHER_3DES ? mac_retail(key, piece, out)
				: mac_aes(c, key, piece, out);
}

enum result cipher_mac(enum info_cipher c, const uint8_t key[CIPHER_KEY_MAX],
		       struct span a, struct span b, uint8_t out[MAC_SIZE])
{
	struct span piece[PIECES] = { a, b, { NULL, 0 } };

	return mac_pieces(c, key, piece, out);
}

enum result cipher_mac_padded(enum info_cipher c,
			      const uint8_t key[CIPHER_KEY_MAX],
			      struct span a, struct span b,
			      uint8_t out[MAC_SIZE])
{
	static const uint8_t padding[CIPHER_BLOCK_MAX] = { PAD_FIRST };
	size_t block = cipher_block_size(c);
	struct span piece[PIECES] = {
		a, b, span_of(padding, block - (a.n + b.n) % block)
	};

	return mac_pieces(c, key, piece, out);
}

enum result cipher_block(enum info_cipher c, const uint8_t key[CIPHER_KEY_MAX],
			 struct span in, uint8_t out[CIPHER_BLOCK_MAX])
{
	scoped(scope_EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *ctx =
		EVP_CIPHER_CTX_new();
	uint8_t sealed[2 * CIPHER_BLOCK_MAX];
	int n;

	if (cipher_key_size(c) == 0 || in.n != ciphers[c].block)
		return R_INTERNAL;
	if (!ctx || EVP_EncryptInit_ex2(ctx, ciphers[c].ecb(), key, NULL,
					NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 ||
	    EVP_EncryptUpdate(ctx, sealed, &n, in.p, (int)in.n) != 1 ||
	    (size_t)n != in.n)
		return R_INTERNAL;
	memcpy(out, sealed, in.n);
	secret_wipe(sealed, sizeof(sealed));
	return R_OK;
}

enum result cipher_cbc(enum info_cipher c, const uint8_t key[CIPHER_KEY_MAX],
		       const uint8_t *iv, bool encrypt, struct span data,
		       uint8_t *out)
{
	scoped(scope_EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *ctx =
		EVP_CIPHER_CTX_new();
	int n = 0, last = 0;

	if (cipher_key_size(c) == 0 || data.n % ciphers[c].block != 0 ||
	    data.n > APDU_RESPONSE_MAX)
		return R_INTERNAL;
	if (cbc_init(ctx, ciphers[c].cbc(), key, iv, encrypt) != R_OK ||
	    EVP_CipherUpdate(ctx, out, &n, data.p, (int)data.n) != 1 ||
	    EVP_CipherFinal_ex(ctx, out + n, &last) != 1 ||
	    (size_t)n + (size_t)last != data.n)
		return R_INTERNAL;
	return R_OK;
}

void cipher_pad(enum info_cipher c, struct sink *out, size_t from)
{
	size_t block = cipher_block_size(c);

	sink_u8(out, PAD_FIRST);
	while (!out->overflow && (out->n - from) % block != 0)
		sink_u8(out, 0);
}
