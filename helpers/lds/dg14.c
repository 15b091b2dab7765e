// SPDX-License-Identifier: GPL-3.0-or-later
#include "lds/dg14.h"

#include "base/refuse.h"
#include "lds/tlv.h"

#define TAG_DG14 0x6e

#define OID(bytes) { (const uint8_t *)(bytes), sizeof(bytes) - 1 }

/* bsi-de protocols smartcard: 0.4.0.127.0.7.2.2, then one arc or more. */
#define BSI(tail) OID("\x04\x00\x7f\x00\x07\x02\x02" tail)

#define PACE(name, agree, map, cipher, tail) \
	{ name, INFO_PACE, agree, map, cipher, BSI("\x04" tail) }
#define DOMAIN(name, agree, map, tail) \
	{ name, INFO_PACE_DOMAIN, agree, map, CIPHER_NONE, BSI("\x04" tail) }
#define CHIP(name, agree, cipher, tail) \
	{ name, INFO_CHIP_AUTH, agree, MAP_NONE, cipher, BSI("\x03" tail) }
#define OTHER(name, kind, agree, oid) \
	{ name, kind, agree, MAP_NONE, CIPHER_NONE, oid }

/* 9303-11 9.2.1 to 9.2.7. There is no CAM with 3DES; id-TA has no arc below
 * it that matters to us. */
static const struct protocol protocols[] = {
	PACE("DH-GM 3DES", AGREE_DH, MAP_GM, CIPHER_3DES, "\x01\x01"),
	PACE("DH-GM AES-128", AGREE_DH, MAP_GM, CIPHER_AES128, "\x01\x02"),
	PACE("DH-GM AES-192", AGREE_DH, MAP_GM, CIPHER_AES192, "\x01\x03"),
	PACE("DH-GM AES-256", AGREE_DH, MAP_GM, CIPHER_AES256, "\x01\x04"),
	PACE("ECDH-GM 3DES", AGREE_ECDH, MAP_GM, CIPHER_3DES, "\x02\x01"),
	PACE("ECDH-GM AES-128", AGREE_ECDH, MAP_GM, CIPHER_AES128, "\x02\x02"),
	PACE("ECDH-GM AES-192", AGREE_ECDH, MAP_GM, CIPHER_AES192, "\x02\x03"),
	PACE("ECDH-GM AES-256", AGREE_ECDH, MAP_GM, CIPHER_AES256, "\x02\x04"),
	PACE("DH-IM 3DES", AGREE_DH, MAP_IM, CIPHER_3DES, "\x03\x01"),
	PACE("DH-IM AES-128", AGREE_DH, MAP_IM, CIPHER_AES128, "\x03\x02"),
	PACE("DH-IM AES-192", AGREE_DH, MAP_IM, CIPHER_AES192, "\x03\x03"),
	PACE("DH-IM AES-256", AGREE_DH, MAP_IM, CIPHER_AES256, "\x03\x04"),
	PACE("ECDH-IM 3DES", AGREE_ECDH, MAP_IM, CIPHER_3DES, "\x04\x01"),
	PACE("ECDH-IM AES-128", AGREE_ECDH, MAP_IM, CIPHER_AES128, "\x04\x02"),
	PACE("ECDH-IM AES-192", AGREE_ECDH, MAP_IM, CIPHER_AES192, "\x04\x03"),
	PACE("ECDH-IM AES-256", AGREE_ECDH, MAP_IM, CIPHER_AES256, "\x04\x04"),
	PACE("ECDH-CAM AES-128", AGREE_ECDH, MAP_CAM, CIPHER_AES128,
	     "\x06\x02"),
	PACE("ECDH-CAM AES-192", AGREE_ECDH, MAP_CAM, CIPHER_AES192,
	     "\x06\x03"),
	PACE("ECDH-CAM AES-256", AGREE_ECDH, MAP_CAM, CIPHER_AES256,
	     "\x06\x04"),
	DOMAIN("DH-GM domain", AGREE_DH, MAP_GM, "\x01"),
	DOMAIN("ECDH-GM domain", AGREE_ECDH, MAP_GM, "\x02"),
	DOMAIN("DH-IM domain", AGREE_DH, MAP_IM, "\x03"),
	DOMAIN("ECDH-IM domain", AGREE_ECDH, MAP_IM, "\x04"),
	DOMAIN("ECDH-CAM domain", AGREE_ECDH, MAP_CAM, "\x06"),
	CHIP("CA-DH 3DES", AGREE_DH, CIPHER_3DES, "\x01\x01"),
	CHIP("CA-DH AES-128", AGREE_DH, CIPHER_AES128, "\x01\x02"),
	CHIP("CA-DH AES-192", AGREE_DH, CIPHER_AES192, "\x01\x03"),
	CHIP("CA-DH AES-256", AGREE_DH, CIPHER_AES256, "\x01\x04"),
	CHIP("CA-ECDH 3DES", AGREE_ECDH, CIPHER_3DES, "\x02\x01"),
	CHIP("CA-ECDH AES-128", AGREE_ECDH, CIPHER_AES128, "\x02\x02"),
	CHIP("CA-ECDH AES-192", AGREE_ECDH, CIPHER_AES192, "\x02\x03"),
	CHIP("CA-ECDH AES-256", AGREE_ECDH, CIPHER_AES256, "\x02\x04"),
	OTHER("PK-DH", INFO_CHIP_AUTH_KEY, AGREE_DH, BSI("\x01\x01")),
	OTHER("PK-ECDH", INFO_CHIP_AUTH_KEY, AGREE_ECDH, BSI("\x01\x02")),
	OTHER("TA", INFO_TERMINAL_AUTH, AGREE_NONE, BSI("\x02")),
	/* icao-mrtd-security-aaProtocolObject, 2.23.136.1.1.5 */
	OTHER("AA", INFO_ACTIVE_AUTH, AGREE_NONE,
	      OID("\x67\x81\x08\x01\x01\x05")),
};

const struct protocol *protocol_by_oid(struct span oid)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (span_equal(protocols[i].oid, oid))
			return &protocols[i];
	return NULL;
}

/* The last field of three kinds: an INTEGER or nothing. */
static enum result take_optional_id(struct span in, struct security_info *i)
{
	if (in.n == 0)
		return R_OK;
	if (der_uint(&in, &i->id) != R_OK)
		return R_MALFORMED;
	refuse_if(span_end(&in) != R_OK, R_MALFORMED);
	i->has_id = true;
	return R_OK;
}

/* { version INTEGER, parameterId or keyId INTEGER OPTIONAL } */
static enum result take_version_id(struct span in, struct security_info *i)
{
	if (der_uint(&in, &i->version) != R_OK)
		return R_MALFORMED;
	return take_optional_id(in, i);
}

/* { SubjectPublicKeyInfo, keyId INTEGER OPTIONAL } */
static enum result take_key(struct span in, struct security_info *i)
{
	struct span inside, part;
	struct tlv spki;

	if (tlv_next(&in, &spki) != R_OK)
		return R_MALFORMED;
	refuse_if(spki.tag != DER_SEQUENCE, R_MALFORMED);
	inside = spki.value;
	if (tlv_expect(&inside, DER_SEQUENCE, &part) != R_OK ||
	    tlv_only(inside, DER_BIT_STRING, &part) != R_OK)
		return R_MALFORMED;
	i->spki = spki.raw;
	return take_optional_id(in, i);
}

/* { version INTEGER, signatureAlgorithm OBJECT IDENTIFIER } */
static enum result take_active(struct span in, struct security_info *i)
{
	if (der_uint(&in, &i->version) != R_OK)
		return R_MALFORMED;
	return tlv_only(in, DER_OID, &i->signature_oid);
}

/* What we do not read must still be objects. */
static enum result take_opaque(struct span in)
{
	struct tlv t;

	while (in.n > 0)
		if (tlv_next(&in, &t) != R_OK)
			return R_MALFORMED;
	return R_OK;
}

static enum result info_parse(struct tlv t, struct security_info *out)
{
	struct security_info i = { .raw = t.raw };
	struct span in = t.value;
	enum result r = R_MALFORMED;

	refuse_if(t.tag != DER_SEQUENCE, R_MALFORMED);
	if (tlv_expect(&in, DER_OID, &i.oid) != R_OK)
		return R_MALFORMED;
	refuse_if(i.oid.n == 0, R_MALFORMED);
	i.protocol = protocol_by_oid(i.oid);
	i.kind = i.protocol ? i.protocol->kind : INFO_UNKNOWN;
	switch (i.kind) {
	case INFO_PACE:
	case INFO_CHIP_AUTH:
		r = take_version_id(in, &i);
		break;
	case INFO_CHIP_AUTH_KEY:
		r = take_key(in, &i);
		break;
	case INFO_ACTIVE_AUTH:
		r = take_active(in, &i);
		break;
	case INFO_PACE_DOMAIN:
	case INFO_TERMINAL_AUTH:
	case INFO_UNKNOWN:
		r = take_opaque(in);
		break;
	}
	if (r == R_OK)
		*out = i;
	return r;
}

enum result security_infos_parse(struct span set, struct security_infos *out)
{
	struct security_infos s = { 0 };
	struct span in;
	struct tlv t;

	if (tlv_only(set, DER_SET, &in) != R_OK)
		return R_MALFORMED;
	while (in.n > 0) {
		refuse_if(s.count == SECURITY_INFOS_MAX, R_MALFORMED);
		if (tlv_next(&in, &t) != R_OK ||
		    info_parse(t, &s.info[s.count]) != R_OK)
			return R_MALFORMED;
		s.count++;
	}
	*out = s;
	return R_OK;
}

enum result dg14_parse(struct span file, struct security_infos *out)
{
	struct span body;

	if (tlv_only(file, TAG_DG14, &body) != R_OK)
		return R_MALFORMED;
	return security_infos_parse(body, out);
}

bool security_infos_hold(const struct security_infos *list, struct span raw)
{
	for (size_t i = 0; i < list->count; i++)
		if (span_equal(list->info[i].raw, raw))
			return true;
	return false;
}
