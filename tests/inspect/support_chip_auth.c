// SPDX-License-Identifier: GPL-3.0-or-later
/* PACE, BAC, CA, AA and VERIFY from the chip's side. */
#include <check.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/rand.h>
#include <string.h>

#include "emrtd/data_object.h"
#include "lds/tlv.h"
#include "support_chip.h"

static void must(enum result r)
{
	ck_assert_int_eq(r, R_OK);
}

static void answer_dynamic(uint8_t tag, struct span value, struct sink *out)
{
	uint8_t buf[DOMAIN_PUBLIC_MAX + 16];
	struct sink o = SINK(buf);

	put_object(&o, tag, value);
	put_object(out, 0x7c, sink_span(&o));
}

static struct span public_of(const struct domain *d, const uint8_t *key)
{
	return domain_public_span(d, key);
}

/* -- PACE ----------------------------------------------------------------- */

static uint16_t pace_set(struct chip *x, const struct command *c)
{
	struct span oid, kind, id, in = c->data;

	must(tlv_expect(&in, 0x80, &oid));
	must(tlv_expect(&in, 0x83, &kind));
	must(tlv_expect(&in, 0x84, &id));
	must(span_end(&in));
	x->protocol = protocol_by_oid(oid);
	x->pace = domain_by_parameter(id.p[0]);
	if (!x->protocol || !x->pace)
		return SW_WRONG_DATA;
	must(kdf_password(x->protocol->cipher, (enum password_kind)kind.p[0],
			  span_str(kind.p[0] == PASSWORD_CAN ? x->can :
							       x->mrz_key),
			  x->k_pi));
	x->step = 1;
	return SW_OK;
}

static void pace_token(struct chip *x, const uint8_t *key,
		       uint8_t out[MAC_SIZE])
{
	uint8_t inside[DOMAIN_PUBLIC_MAX + 64], data[DOMAIN_PUBLIC_MAX + 64];
	struct sink i = SINK(inside), d = SINK(data);

	put_object(&i, 0x06, x->protocol->oid);
	put_object(&i, x->pace->agreement == AGREE_DH ? 0x84 : 0x86,
		   public_of(x->pace, key));
	put_object(&d, 0x7f49, sink_span(&i));
	if (x->protocol->cipher == CIPHER_3DES)
		must(cipher_mac_padded(x->protocol->cipher, x->made.mac,
				       sink_span(&d), span_of(NULL, 0), out));
	else
		must(cipher_mac(x->protocol->cipher, x->made.mac,
				sink_span(&d), span_of(NULL, 0), out));
}

/* 9303-11 4.4.3.5: CA_IC = SK_IC^-1 * SK_Map,IC mod n */
static void cam_scalar(const struct chip *x, uint8_t *out)
{
	EC_GROUP *g = EC_GROUP_new_by_curve_name(x->pace->nid);
	BN_CTX *bn = BN_CTX_new();
	BIGNUM *key = BN_bin2bn(x->key.secret, (int)x->pace->secret, NULL);
	BIGNUM *map = BN_bin2bn(x->map.secret, (int)x->pace->secret, NULL);
	const BIGNUM *n = EC_GROUP_get0_order(g);

	ck_assert_ptr_nonnull(BN_mod_inverse(key, key, n, bn));
	ck_assert_int_eq(BN_mod_mul(key, key, map, n, bn), 1);
	ck_assert_int_ge(BN_bn2binpad(key, out, (int)x->pace->secret), 0);
	BN_free(key);
	BN_free(map);
	BN_CTX_free(bn);
	EC_GROUP_free(g);
}

static void put_cam(struct chip *x, struct sink *out)
{
	enum info_cipher c = x->protocol->cipher;
	uint8_t plain[96], sealed[96], iv[CIPHER_BLOCK_MAX];
	uint8_t ones[CIPHER_BLOCK_MAX];
	struct sink p = SINK(plain);

	memset(ones, 0xff, sizeof(ones));
	cam_scalar(x, plain);
	p.n = x->pace->secret;
	cipher_pad(c, &p, 0);
	must(cipher_block(c, x->made.enc, SPAN(ones), iv));
	must(cipher_cbc(c, x->made.enc, iv, true, sink_span(&p), sealed));
	put_object(out, 0x8a, span_of(sealed, p.n));
}

static uint16_t pace_nonce(struct chip *x, struct sink *out)
{
	uint8_t z[16];

	ck_assert_int_eq(RAND_bytes(x->nonce, sizeof(x->nonce)), 1);
	must(cipher_cbc(x->protocol->cipher, x->k_pi, NULL, true,
			SPAN(x->nonce), z));
	answer_dynamic(0x80, SPAN(z), out);
	return SW_OK;
}

static uint16_t pace_map(struct chip *x, struct span data, struct sink *out)
{
	struct span peer;

	must(dynamic_data(data, 0x81, &peer));
	must(domain_key_new(x->pace, &x->map));
	must(domain_map_generic(x->pace, SPAN(x->nonce), x->map.secret, peer,
				x->mapped));
	answer_dynamic(0x82, public_of(x->pace, x->map.public), out);
	return SW_OK;
}

static uint16_t pace_agree(struct chip *x, struct span data, struct sink *out)
{
	uint8_t shared[DOMAIN_SHARED_MAX];
	struct span peer;

	must(dynamic_data(data, 0x83, &peer));
	must(domain_public_pad(x->pace, peer, x->peer));
	do {
		must(domain_scalar(x->pace, x->agree.secret));
		must(domain_multiply(x->pace, x->agree.secret,
				     public_of(x->pace, x->mapped),
				     x->agree.public));
	} while (!domain_public_plain(x->pace, x->agree.public));
	must(domain_agree(x->pace, x->agree.secret,
			  public_of(x->pace, x->peer), shared));
	must(kdf_session(x->protocol->cipher,
			 span_of(shared, x->pace->shared), &x->made));
	answer_dynamic(0x84, public_of(x->pace, x->agree.public), out);
	return SW_OK;
}

static uint16_t pace_finish(struct chip *x, struct span data,
			    struct sink *out)
{
	uint8_t want[MAC_SIZE], ours[MAC_SIZE], buf[256];
	struct sink o = SINK(buf);
	struct span token;

	must(dynamic_data(data, 0x85, &token));
	pace_token(x, x->agree.public, want);
	if (!span_equal(token, SPAN(want)))
		return SW_VERIFY_FAILED;
	pace_token(x, x->peer, ours);
	put_object(&o, 0x86, SPAN(ours));
	if (x->protocol->mapping == MAP_CAM)
		put_cam(x, &o);
	put_object(out, 0x7c, sink_span(&o));
	chip_keys(&x->next, &x->made);
	return SW_OK;
}

uint16_t chip_pace(struct chip *x, const struct command *c, struct sink *out)
{
	if (c->ins == INS_MSE)
		return pace_set(x, c);
	switch (x->step++) {
	case 1:
		return pace_nonce(x, out);
	case 2:
		return pace_map(x, c->data, out);
	case 3:
		return pace_agree(x, c->data, out);
	case 4:
		return pace_finish(x, c->data, out);
	default:
		return SW_CONDITIONS;
	}
}

/* -- BAC --------------------------------------------------------------------- */

static uint16_t bac_finish(struct chip *x, struct span token, struct sink *out)
{
	uint8_t digest[20], s[32], r[40], seed[16], mac[MAC_SIZE];
	struct session_keys made;

	ck_assert_int_eq(EVP_Digest(x->mrz_key, strlen(x->mrz_key), digest,
				    NULL, EVP_sha1(), NULL), 1);
	must(kdf_session(CIPHER_3DES, span_of(digest, 16), &x->bac_keys));
	must(cipher_mac_padded(CIPHER_3DES, x->bac_keys.mac,
			       span_of(token.p, 32), span_of(NULL, 0), mac));
	if (token.n != 40 || memcmp(mac, token.p + 32, MAC_SIZE) != 0)
		return SW_VERIFY_FAILED;
	must(cipher_cbc(CIPHER_3DES, x->bac_keys.enc, NULL, false,
			span_of(token.p, 32), s));
	memcpy(r, x->rnd_ic, 8);
	memcpy(r + 8, s, 8);
	ck_assert_int_eq(RAND_bytes(r + 16, 16), 1);
	for (int i = 0; i < 16; i++)
		seed[i] = s[16 + i] ^ r[16 + i];
	must(kdf_session(CIPHER_3DES, SPAN(seed), &made));
	memcpy(made.ssc, x->rnd_ic + 4, 4);
	memcpy(made.ssc + 4, s + 4, 4);
	must(cipher_cbc(CIPHER_3DES, x->bac_keys.enc, NULL, true,
			span_of(r, 32), s));
	must(cipher_mac_padded(CIPHER_3DES, x->bac_keys.mac, SPAN(s),
			       span_of(NULL, 0), mac));
	sink_put(out, SPAN(s));
	sink_put(out, SPAN(mac));
	chip_keys(&x->next, &made);
	return SW_OK;
}

uint16_t chip_bac(struct chip *x, const struct command *c, struct sink *out)
{
	if (!x->bac || !x->in_application)
		return SW_NO_INS;
	if (c->ins == INS_EXTERNAL_AUTHENTICATE)
		return bac_finish(x, c->data, out);
	ck_assert_int_eq(RAND_bytes(x->rnd_ic, sizeof(x->rnd_ic)), 1);
	sink_put(out, SPAN(x->rnd_ic));
	return SW_OK;
}

/* -- CA ------------------------------------------------------------------------- */

/* MSE:Set KAT names no protocol: it is that of 3DES. */
static const struct protocol set_kat = { .cipher = CIPHER_3DES };

static void ca_agree(struct chip *x, struct span peer)
{
	uint8_t shared[DOMAIN_SHARED_MAX];

	must(domain_agree(x->domain, x->key.secret, peer, shared));
	must(kdf_session(x->ca->cipher, span_of(shared, x->domain->shared),
			 &x->made));
	chip_keys(&x->next, &x->made);
}

uint16_t chip_ca(struct chip *x, const struct command *c, struct sink *out)
{
	struct span in = c->data, oid, peer;

	if (x->evil & EVIL_CA_REFUSES)
		return SW_WRONG_DATA;
	if (c->ins == INS_MSE && c->p2 == 0xa6) {
		must(tlv_expect(&in, 0x91, &peer));
		x->ca = &set_kat;
		ca_agree(x, peer);
		return SW_OK;
	}
	if (c->ins == INS_MSE) {
		must(tlv_expect(&in, 0x80, &oid));
		x->ca = protocol_by_oid(oid);
		return x->ca ? SW_OK : SW_WRONG_DATA;
	}
	must(dynamic_data(in, 0x80, &peer));
	ca_agree(x, peer);
	sink_u16(out, x->evil & EVIL_CA_ANSWER ? 0x7d00 : 0x7c00);
	return SW_OK;
}

/* -- AA --------------------------------------------------------------------------- */

uint16_t chip_aa(struct chip *x, const struct command *c, struct sink *out)
{
	EVP_MD_CTX *ctx;
	EVP_PKEY *key = x->aa;
	uint8_t sig[128], challenge[8];
	size_t n = sizeof(sig);

	ck_assert_uint_eq(c->data.n, sizeof(challenge));
	memcpy(x->challenge[x->authenticates++ % 8], c->data.p, 8);
	memcpy(challenge, c->data.p, sizeof(challenge));
	if (x->evil & EVIL_AA_REFUSES)
		return SW_CONDITIONS;
	if (x->evil & EVIL_AA_REPLAY)
		challenge[0] ^= 1;
	if (x->evil & EVIL_AA_OTHER_KEY)
		key = EVP_EC_gen("P-256");
	ctx = EVP_MD_CTX_new();
	ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL,
					    key), 1);
	ck_assert_int_eq(EVP_DigestSign(ctx, sig, &n, challenge,
					sizeof(challenge)), 1);
	EVP_MD_CTX_free(ctx);
	if (key != x->aa)
		EVP_PKEY_free(key);
	sink_put(out, span_of(sig, n));
	return x->evil & EVIL_AA_WARNS ? 0x6300 : SW_OK;
}

/* -- the PIN ------------------------------------------------------------------------ */

uint16_t chip_verify(struct chip *x, const struct command *c)
{
	if (!x->pin || c->p2 != x->pin_reference)
		return SW_NO_REFERENCE;
	if (c->data.n == 0 && x->evil & EVIL_PIN_OPEN)
		return SW_OK;
	if (x->tries == 0)
		return SW_BLOCKED;
	if (c->data.n == 0)
		return (uint16_t)(0x63c0 | x->tries);
	x->verifies++;
	if (x->evil & EVIL_PIN_ALWAYS || span_equal(c->data, span_str(x->pin)))
		return SW_OK;
	return (uint16_t)(0x63c0 | --x->tries);
}
