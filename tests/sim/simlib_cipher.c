/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 3DES with two keys and the Retail MAC, AES and CMAC. The default provider
 * of OpenSSL has no single DES: 3DES with one key thrice is that.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "sim.h"

SCOPE_FREE(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);
SCOPE_FREE(EVP_MAC *, EVP_MAC_free);
SCOPE_FREE(EVP_MAC_CTX *, EVP_MAC_CTX_free);

static const struct {
	const char *name;	/* OpenSSL's */
	const EVP_CIPHER *(*cbc)(void);
	size_t key, block;
	const char *hash;	/* of the key derivation, 9303-11 9.7.1 */
} ciphers[] = {
	[SIM_3DES]   = { "DES-EDE-CBC", EVP_des_ede_cbc, 16, 8, "SHA1" },
	[SIM_AES128] = { "AES-128-CBC", EVP_aes_128_cbc, 16, 16, "SHA1" },
	[SIM_AES192] = { "AES-192-CBC", EVP_aes_192_cbc, 24, 16, "SHA256" },
	[SIM_AES256] = { "AES-256-CBC", EVP_aes_256_cbc, 32, 16, "SHA256" },
};

size_t sim_key_size(enum sim_cipher c)
{
	return ciphers[c].key;
}

size_t sim_block_size(enum sim_cipher c)
{
	return ciphers[c].block;
}

enum result sim_kdf(enum sim_cipher c, struct span secret, uint32_t counter,
		    struct sim_key *out)
{
	uint8_t buf[SIM_SHARED_MAX + 4], digest[EVP_MAX_MD_SIZE];
	struct sink s = SINK(buf);

	sink_put(&s, secret);
	sink_u32(&s, counter);
	if (sink_done(&s) != R_OK ||
	    !EVP_Digest(s.p, s.n, digest, NULL,
			EVP_get_digestbyname(ciphers[c].hash), NULL))
		return R_INTERNAL;
	out->cipher = c;
	memcpy(out->p, digest, ciphers[c].key);
	return R_OK;
}

enum result sim_kdf_can(enum sim_cipher c, const char *can,
			struct sim_key *out)
{
	return sim_kdf(c, span_str(can), 3, out);
}

enum result sim_kdf_mrz(enum sim_cipher c, const char *mrz,
			struct sim_key *out)
{
	uint8_t digest[20];

	if (!EVP_Digest(mrz, strlen(mrz), digest, NULL, EVP_sha1(), NULL))
		return R_INTERNAL;
	return sim_kdf(c, SPAN(digest), 3, out);
}

enum result sim_cbc(const struct sim_key *k, bool encrypt, const uint8_t *iv,
		    struct span in, uint8_t *out)
{
	static const uint8_t zero[SIM_BLOCK_MAX] = { 0 };
	int n = 0, last = 0;
	scoped(scope_EVP_CIPHER_CTX_free)
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (!ctx || in.n % ciphers[k->cipher].block || in.n > SIM_FILE_MAX ||
	    !EVP_CipherInit_ex(ctx, ciphers[k->cipher].cbc(), NULL, k->p,
			       iv ? iv : zero, encrypt) ||
	    !EVP_CIPHER_CTX_set_padding(ctx, 0) ||
	    !EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) ||
	    !EVP_CipherFinal_ex(ctx, out + n, &last))
		return R_INTERNAL;
	return (size_t)n + (size_t)last == in.n ? R_OK : R_INTERNAL;
}

static enum result cmac(const struct sim_key *k, struct span in,
			uint8_t mac[SIM_MAC])
{
	uint8_t full[SIM_BLOCK_MAX];
	char name[16];
	size_t n = 0;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name,
						 0),
		OSSL_PARAM_construct_end(),
	};
	scoped(scope_EVP_MAC_free)
	EVP_MAC *alg = EVP_MAC_fetch(NULL, "CMAC", NULL);
	scoped(scope_EVP_MAC_CTX_free)
	EVP_MAC_CTX *ctx = alg ? EVP_MAC_CTX_new(alg) : NULL;

	strcpy(name, ciphers[k->cipher].name);
	if (!ctx || !EVP_MAC_init(ctx, k->p, ciphers[k->cipher].key, params) ||
	    !EVP_MAC_update(ctx, in.p, in.n) ||
	    !EVP_MAC_final(ctx, full, &n, sizeof(full)) || n != sizeof(full))
		return R_INTERNAL;
	memcpy(mac, full, SIM_MAC);
	return R_OK;
}

/* ISO/IEC 9797-1 algorithm 3: CBC with the first key, 3DES on the last block. */
static enum result retail_mac(const struct sim_key *k, struct span in,
			      uint8_t mac[SIM_MAC])
{
	struct sim_key first = *k;
	uint8_t chain[8] = { 0 }, step[8];
	struct span block;

	memcpy(first.p + 8, k->p, 8);
	while (span_take(&in, 8, &block) == R_OK) {
		if (sim_cbc(in.n ? &first : k, true, chain, block, step) !=
		    R_OK)
			return R_INTERNAL;
		memcpy(chain, step, 8);
	}
	memcpy(mac, chain, SIM_MAC);
	return in.n ? R_INTERNAL : R_OK;
}

enum result sim_mac(const struct sim_key *k, struct span in,
		    uint8_t mac[SIM_MAC])
{
	if (k->cipher == SIM_3DES)
		return retail_mac(k, in, mac);
	return cmac(k, in, mac);
}

void sim_pad(enum sim_cipher c, struct sink *out, size_t from)
{
	sink_u8(out, 0x80);
	while (!out->overflow && (out->n - from) % ciphers[c].block)
		sink_u8(out, 0x00);
}

enum result sim_unpad(enum sim_cipher c, struct span *in)
{
	size_t n = in->n;

	while (n && in->p[n - 1] == 0x00)
		n--;
	if (!n || in->p[n - 1] != 0x80 || in->n - n >= ciphers[c].block)
		return R_MALFORMED;
	in->n = n - 1;
	return R_OK;
}

const char *sim_digest(struct span name)
{
	static const char *const names[][2] = {
		{ "sha1", "SHA1" },	{ "sha224", "SHA224" },
		{ "sha256", "SHA256" }, { "sha384", "SHA384" },
		{ "sha512", "SHA512" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_equal(name, span_str(names[i][0])))
			return names[i][1];
	return NULL;
}
