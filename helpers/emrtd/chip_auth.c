// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/chip_auth.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"
#include "lds/tlv.h"

SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);

#define MSE_P1_SET   0x41	/* set, computation */
#define MSE_P2_AT    0xa4
#define TAG_DYNAMIC  0x7c
#define TAG_PROTOCOL 0x80
#define TAG_KEY_ID   0x84
#define TAG_OUR_KEY  0x80

#define SPKI_MAX       1024	/* explicit 256-bit parameters take 335 */
#define GROUP_NAME_MAX 64

void chip_auth_keys_wipe(struct chip_auth_keys *k)
{
	secret_wipe(k, sizeof(*k));
}

void chip_auth_wipe(struct chip_auth *ca)
{
	secret_wipe(ca, sizeof(*ca));
}

enum result chip_auth_prepare(struct chip_auth_keys *out)
{
	scoped(chip_auth_keys_wipe) struct chip_auth_keys k = { 0 };

	for (int i = 0; i < CURVE_COUNT; i++) {
		enum result r = curve_key_new(curve_at((enum curve_id)i),
					      &k.pair[i]);
		if (r != R_OK)
			return r;
	}
	*out = k;
	return R_OK;
}

static enum result point_of(EVP_PKEY *key, struct chip_key *out)
{
	size_t n = 0;

	/* the point as it is on the curve, whatever form it was sent in */
	if (EVP_PKEY_set_utf8_string_param(key,
			OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
			OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) != 1)
		return R_INTERNAL;
	if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
			out->point, sizeof(out->point), &n) != 1)
		return R_MALFORMED;
	return curve_check(out->curve, span_of(out->point, n));
}

/*
 * TR-03110-3 A.2.1.1: SEQUENCE { SEQUENCE { id-standardizedDomainParameters
 * (bsi-de algorithms 1 2), INTEGER }, BIT STRING }, which OpenSSL does not
 * know. R_ABSENT: it is another form.
 */
static enum result standardised(struct span spki, struct chip_key *out)
{
	static const uint8_t oid[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x01,
				       0x02 };
	struct chip_key k = { 0 };
	struct span key, algorithm, id, bits;
	uint32_t parameter;
	uint8_t unused;

	if (tlv_only(spki, DER_SEQUENCE, &key) != R_OK ||
	    tlv_expect(&key, DER_SEQUENCE, &algorithm) != R_OK ||
	    tlv_expect(&algorithm, DER_OID, &id) != R_OK ||
	    !span_equal(id, SPAN(oid)))
		return R_ABSENT;
	if (der_uint(&algorithm, &parameter) != R_OK ||
	    span_end(&algorithm) != R_OK ||
	    tlv_only(key, DER_BIT_STRING, &bits) != R_OK ||
	    span_u8(&bits, &unused) != R_OK || unused != 0)
		return R_MALFORMED;
	k.curve = curve_by_parameter(parameter);
	if (!k.curve)
		return R_DENIED;
	if (curve_check(k.curve, bits) != R_OK)
		return R_MALFORMED;
	memcpy(k.point, bits.p, bits.n);
	*out = k;
	return R_OK;
}

enum result chip_key_parse(struct span spki, struct chip_key *out)
{
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key = NULL;
	struct chip_key k = { 0 };
	const uint8_t *p = spki.p;
	char group[GROUP_NAME_MAX];
	enum result r;

	if (spki.n == 0 || spki.n > SPKI_MAX)
		return R_MALFORMED;
	r = standardised(spki, out);
	if (r != R_ABSENT)
		return r;
	key = d2i_PUBKEY(NULL, &p, (long)spki.n);
	if (!key || p != spki.p + spki.n)
		return R_MALFORMED;
	/* explicit parameters get the name of the curve that they equal */
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
		return R_DENIED;
	k.curve = curve_by_name(group);
	if (!k.curve)
		return R_DENIED;
	r = point_of(key, &k);
	if (r == R_OK)
		*out = k;
	return r;
}

enum result chip_auth_start(struct chip_auth *ca,
			    const struct protocol *protocol,
			    const struct chip_key *chip,
			    const uint32_t *key_id,
			    const struct chip_auth_keys *ephemeral)
{
	if (!suite_accepted(protocol) || protocol->kind != INFO_CHIP_AUTH)
		return R_DENIED;
	*ca = (struct chip_auth){
		.protocol = protocol, .chip = *chip,
		.has_id = key_id != NULL, .id = key_id ? *key_id : 0,
		.ours = ephemeral->pair[chip->curve->id],
	};
	return R_OK;
}

static void put_do(struct sink *out, uint8_t tag, struct span value)
{
	sink_u8(out, tag);
	sink_u8(out, (uint8_t)value.n);		/* all below 128 bytes */
	sink_put(out, value);
}

/* Unsigned, without leading zeros: 195 is C3. */
static void put_key_id(struct sink *out, uint32_t id)
{
	uint8_t b[4] = { (uint8_t)(id >> 24), (uint8_t)(id >> 16),
			 (uint8_t)(id >> 8), (uint8_t)id };
	size_t skip = 0;

	while (skip < sizeof(b) - 1 && b[skip] == 0)
		skip++;
	put_do(out, TAG_KEY_ID, span_of(b + skip, sizeof(b) - skip));
}

enum result chip_auth_set_at(const struct chip_auth *ca, struct sink *buf,
			     struct command *out)
{
	enum result r;

	put_do(buf, TAG_PROTOCOL, ca->protocol->oid);
	if (ca->has_id)
		put_key_id(buf, ca->id);
	r = sink_done(buf);
	if (r == R_OK)
		*out = (struct command){ CLA_PLAIN, INS_MSE, MSE_P1_SET,
					 MSE_P2_AT, sink_span(buf), 0 };
	return r;
}

enum result chip_auth_general(const struct chip_auth *ca, struct sink *buf,
			      struct command *out)
{
	struct span key = curve_point(ca->chip.curve, ca->ours.point);
	enum result r;

	sink_u8(buf, TAG_DYNAMIC);
	sink_u8(buf, (uint8_t)(key.n + 2));
	put_do(buf, TAG_OUR_KEY, key);
	r = sink_done(buf);
	if (r == R_OK)
		*out = (struct command){ CLA_PLAIN, INS_GENERAL_AUTHENTICATE,
					 0, 0, sink_span(buf),
					 APDU_SHORT_LE };
	return r;
}

enum result chip_auth_answer(struct span data)
{
	static const uint8_t empty[] = { TAG_DYNAMIC, 0 };

	return span_equal(data, SPAN(empty)) ? R_OK : R_MALFORMED;
}

enum result chip_auth_session(const struct chip_auth *ca,
			      struct session_keys *out)
{
	uint8_t shared[CURVE_POINT_MAX];
	const struct curve *c = ca->chip.curve;
	enum result r = curve_mul(c, ca->ours.secret,
				  curve_point(c, ca->chip.point), shared);

	if (r == R_OK)
		r = kdf_session(span_of(shared + 1, c->field), out);
	secret_wipe(shared, sizeof(shared));
	return r;
}
