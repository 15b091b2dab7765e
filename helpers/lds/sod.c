// SPDX-License-Identifier: GPL-3.0-or-later
#include "lds/sod.h"

#include "base/refuse.h"
#include "lds/tlv.h"

#define TAG_SOD 0x77
#define DG_MIN  2	/* DataGroupHash: SIZE (2..ub-DataGroups) */

#define OID(bytes) { (const uint8_t *)(bytes), sizeof(bytes) - 1 }

static const struct {
	enum sod_digest id;
	struct span oid;
	uint8_t size;
	const char *name;
} digests[] = {
	{ SOD_SHA1,   OID("\x2b\x0e\x03\x02\x1a"), 20, "sha1" },
	{ SOD_SHA224, OID("\x60\x86\x48\x01\x65\x03\x04\x02\x04"), 28,
	  "sha224" },
	{ SOD_SHA256, OID("\x60\x86\x48\x01\x65\x03\x04\x02\x01"), 32,
	  "sha256" },
	{ SOD_SHA384, OID("\x60\x86\x48\x01\x65\x03\x04\x02\x02"), 48,
	  "sha384" },
	{ SOD_SHA512, OID("\x60\x86\x48\x01\x65\x03\x04\x02\x03"), 64,
	  "sha512" },
};

#define DIGESTS (sizeof(digests) / sizeof(digests[0]))

size_t sod_digest_size(enum sod_digest d)
{
	for (size_t i = 0; i < DIGESTS; i++)
		if (digests[i].id == d)
			return digests[i].size;
	return 0;
}

const char *sod_digest_name(enum sod_digest d)
{
	for (size_t i = 0; i < DIGESTS; i++)
		if (digests[i].id == d)
			return digests[i].name;
	return "";
}

enum result sod_cms(struct span file, struct span *cms)
{
	struct span body, inside;

	if (tlv_only(file, TAG_SOD, &body) != R_OK ||
	    tlv_only(body, DER_SEQUENCE, &inside) != R_OK)
		return R_MALFORMED;
	*cms = body;
	return R_OK;
}

/* AlgorithmIdentifier; the parameters are absent or NULL (RFC 5754 2). */
static enum result take_digest(struct span *in, enum sod_digest *out)
{
	struct span alg, oid, null;
	enum result r;

	if (tlv_expect(in, DER_SEQUENCE, &alg) != R_OK ||
	    tlv_expect(&alg, DER_OID, &oid) != R_OK)
		return R_MALFORMED;
	r = tlv_optional(&alg, DER_NULL, &null);
	if (r == R_OK)
		refuse_if(null.n != 0, R_MALFORMED);
	refuse_if(span_end(&alg) != R_OK, R_MALFORMED);
	for (size_t i = 0; i < DIGESTS; i++)
		if (span_equal(digests[i].oid, oid)) {
			*out = digests[i].id;
			return R_OK;
		}
	return R_DENIED;
}

static enum result take_hashes(struct span list,
			       struct lds_security_object *o)
{
	struct span one, value;
	unsigned int count = 0;
	uint32_t dg;

	while (list.n > 0) {
		if (tlv_expect(&list, DER_SEQUENCE, &one) != R_OK ||
		    der_uint(&one, &dg) != R_OK ||
		    tlv_only(one, DER_OCTET_STRING, &value) != R_OK)
			return R_MALFORMED;
		refuse_if(dg < 1 || dg > SOD_DG_MAX, R_MALFORMED);
		refuse_if(o->data_groups & 1u << dg, R_MALFORMED);
		refuse_if(value.n != sod_digest_size(o->digest), R_MALFORMED);
		o->data_groups |= 1u << dg;
		o->hash[dg] = value;
		count++;
	}
	refuse_if(count < DG_MIN, R_MALFORMED);
	return R_OK;
}

/* LDSVersionInfo: with version 1 and only then (9303-10 4.6.2.3). */
static enum result take_version_info(struct span *in, uint8_t version)
{
	struct span info, text;

	if (version == 0) {
		refuse_if(span_end(in) != R_OK, R_MALFORMED);
		return R_OK;
	}
	if (tlv_only(*in, DER_SEQUENCE, &info) != R_OK ||
	    tlv_expect(&info, DER_PRINTABLE, &text) != R_OK)
		return R_MALFORMED;
	return tlv_only(info, DER_PRINTABLE, &text);
}

enum result lds_security_object_parse(struct span der,
				      struct lds_security_object *out)
{
	struct lds_security_object o = { 0 };
	struct span body, list;
	uint32_t version;
	enum result r;

	if (tlv_only(der, DER_SEQUENCE, &body) != R_OK ||
	    der_uint(&body, &version) != R_OK)
		return R_MALFORMED;
	refuse_if(version > 1, R_MALFORMED);
	o.version = (uint8_t)version;
	r = take_digest(&body, &o.digest);
	if (r != R_OK)
		return r;
	if (tlv_expect(&body, DER_SEQUENCE, &list) != R_OK ||
	    take_hashes(list, &o) != R_OK ||
	    take_version_info(&body, o.version) != R_OK)
		return R_MALFORMED;
	*out = o;
	return R_OK;
}
