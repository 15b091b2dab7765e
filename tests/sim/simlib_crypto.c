/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "sim.h"

SCOPE_FREE(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);
SCOPE_FREE(EVP_MAC *, EVP_MAC_free);
SCOPE_FREE(EVP_MAC_CTX *, EVP_MAC_CTX_free);
SCOPE_FREE(BIGNUM *, BN_clear_free);
SCOPE_FREE(EC_POINT *, EC_POINT_free);

const uint8_t sim_oid_pace[10] = {
	0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02
};
const uint8_t sim_oid_ca[10] = {
	0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x02
};

static const struct sim_curve curves[] = {
	{ 12, NID_X9_62_prime256v1, "p256",  "prime256v1" },
	{ 13, NID_brainpoolP256r1,  "bp256", "brainpoolP256r1" },
};

#define CURVES (sizeof(curves) / sizeof(curves[0]))

const struct sim_curve *sim_curve_by_id(unsigned int id)
{
	for (size_t i = 0; i < CURVES; i++)
		if (curves[i].id == id)
			return &curves[i];
	return NULL;
}

const struct sim_curve *sim_curve_by_option(const char *name)
{
	for (size_t i = 0; i < CURVES; i++)
		if (strcmp(curves[i].option, name) == 0)
			return &curves[i];
	return NULL;
}

enum result sim_kdf(struct span secret, uint32_t counter, uint8_t key[SIM_KEY])
{
	uint8_t buf[64], digest[20];
	struct sink s = SINK(buf);

	sink_put(&s, secret);
	sink_u32(&s, counter);
	if (sink_done(&s) != R_OK ||
	    !EVP_Digest(s.p, s.n, digest, NULL, EVP_sha1(), NULL))
		return R_INTERNAL;
	memcpy(key, digest, SIM_KEY);
	return R_OK;
}

enum result sim_kdf_can(const char *can, uint8_t key[SIM_KEY])
{
	return sim_kdf(span_str(can), 3, key);
}

enum result sim_kdf_mrz(const char *mrz, uint8_t key[SIM_KEY])
{
	uint8_t digest[20];

	if (!EVP_Digest(mrz, strlen(mrz), digest, NULL, EVP_sha1(), NULL))
		return R_INTERNAL;
	return sim_kdf(SPAN(digest), 3, key);
}

enum result sim_aes_cbc(bool encrypt, const uint8_t key[SIM_KEY],
			const uint8_t iv[SIM_BLOCK], struct span in,
			uint8_t *out)
{
	int n = 0, last = 0;
	scoped(scope_EVP_CIPHER_CTX_free)
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (!ctx || in.n % SIM_BLOCK || in.n > SIM_FILE_MAX ||
	    !EVP_CipherInit_ex(ctx, EVP_aes_128_cbc(), NULL, key, iv,
			       encrypt) ||
	    !EVP_CIPHER_CTX_set_padding(ctx, 0) ||
	    !EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) ||
	    !EVP_CipherFinal_ex(ctx, out + n, &last))
		return R_INTERNAL;
	return (size_t)n + (size_t)last == in.n ? R_OK : R_INTERNAL;
}

enum result sim_cmac(const uint8_t key[SIM_KEY], struct span in,
		     uint8_t mac[SIM_MAC])
{
	char cipher[] = "AES-128-CBC";
	uint8_t full[SIM_BLOCK];
	size_t n = 0;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher,
						 0),
		OSSL_PARAM_construct_end(),
	};
	scoped(scope_EVP_MAC_free)
	EVP_MAC *alg = EVP_MAC_fetch(NULL, "CMAC", NULL);
	scoped(scope_EVP_MAC_CTX_free)
	EVP_MAC_CTX *ctx = alg ? EVP_MAC_CTX_new(alg) : NULL;

	if (!ctx || !EVP_MAC_init(ctx, key, SIM_KEY, params) ||
	    !EVP_MAC_update(ctx, in.p, in.n) ||
	    !EVP_MAC_final(ctx, full, &n, sizeof(full)) || n != sizeof(full))
		return R_INTERNAL;
	memcpy(mac, full, SIM_MAC);
	return R_OK;
}

void sim_pad(struct sink *out, size_t from)
{
	sink_u8(out, 0x80);
	while (!out->overflow && (out->n - from) % SIM_BLOCK)
		sink_u8(out, 0x00);
}

enum result sim_unpad(struct span *in)
{
	size_t n = in->n;

	while (n && in->p[n - 1] == 0x00)
		n--;
	if (!n || in->p[n - 1] != 0x80 || in->n - n >= SIM_BLOCK)
		return R_MALFORMED;
	in->n = n - 1;
	return R_OK;
}

enum result sim_point_read(const EC_GROUP *g, struct span in, EC_POINT *p)
{
	if (in.n != SIM_POINT || in.p[0] != 0x04 ||
	    !EC_POINT_oct2point(g, p, in.p, in.n, NULL) ||
	    EC_POINT_is_at_infinity(g, p) ||
	    EC_POINT_is_on_curve(g, p, NULL) != 1)
		return R_MALFORMED;
	return R_OK;
}

enum result sim_point_write(const EC_GROUP *g, const EC_POINT *p,
			    uint8_t out[SIM_POINT])
{
	return EC_POINT_point2oct(g, p, POINT_CONVERSION_UNCOMPRESSED, out,
				  SIM_POINT, NULL) == SIM_POINT ? R_OK
								: R_INTERNAL;
}

enum result sim_point_mul(const EC_GROUP *g, const EC_POINT *p,
			  const BIGNUM *scalar, EC_POINT *out)
{
	if (!EC_POINT_mul(g, out, NULL, p, scalar, NULL))
		return R_INTERNAL;
	return EC_POINT_is_at_infinity(g, out) ? R_DENIED : R_OK;
}

enum result sim_map_generic(const EC_GROUP *g, struct span nonce,
			    const EC_POINT *h, EC_POINT *out)
{
	scoped(scope_BN_clear_free)
	BIGNUM *s = BN_bin2bn(nonce.p, (int)nonce.n, NULL);
	scoped(scope_EC_POINT_free) EC_POINT *sg = EC_POINT_new(g);

	if (!s || !sg || !EC_POINT_mul(g, sg, s, NULL, NULL, NULL) ||
	    !EC_POINT_add(g, out, sg, h, NULL))
		return R_INTERNAL;
	return EC_POINT_is_at_infinity(g, out) ? R_DENIED : R_OK;
}

enum result sim_agree(const EC_GROUP *g, const EC_POINT *p,
		      const BIGNUM *scalar, uint8_t out[SIM_FIELD])
{
	scoped(scope_EC_POINT_free) EC_POINT *k = EC_POINT_new(g);
	uint8_t buf[SIM_POINT];

	if (!k || sim_point_mul(g, p, scalar, k) != R_OK ||
	    sim_point_write(g, k, buf) != R_OK)
		return R_INTERNAL;
	memcpy(out, buf + 1, SIM_FIELD);
	return R_OK;
}

enum result sim_pace_token(const uint8_t mac_key[SIM_KEY], struct span point,
			   uint8_t token[SIM_MAC])
{
	uint8_t inner[128], outer[140];
	struct sink in = SINK(inner), out = SINK(outer);

	tlv_put(&in, 0x06, SPAN(sim_oid_pace));
	tlv_put(&in, 0x86, point);
	tlv_put(&out, 0x7f49, sink_span(&in));
	if (sink_done(&in) != R_OK || sink_done(&out) != R_OK)
		return R_INTERNAL;
	return sim_cmac(mac_key, sink_span(&out), token);
}

enum result sim_random(void *unused, uint8_t *out, size_t n)
{
	(void)unused;
	return RAND_bytes(out, (int)n) == 1 ? R_OK : R_INTERNAL;
}

enum result sim_scalar(const EC_GROUP *g, sim_random_fn *random, void *with,
		       BIGNUM **out)
{
	for (int tries = 0; tries < 64; tries++) {
		uint8_t buf[SIM_FIELD];

		if (random(with, buf, sizeof(buf)) != R_OK)
			return R_INTERNAL;
		BIGNUM *v = BN_bin2bn(buf, sizeof(buf), NULL);
		if (!v)
			return R_INTERNAL;
		if (!BN_is_zero(v) && BN_cmp(v, EC_GROUP_get0_order(g)) < 0) {
			*out = v;
			return R_OK;
		}
		BN_clear_free(v);
	}
	return R_INTERNAL;
}
