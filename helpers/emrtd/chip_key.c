// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The chip's public key: a SubjectPublicKeyInfo (9303-11 9.2.6) in one of the
 * forms that chips carry. OpenSSL reads curves only, because explicit
 * parameters there must be recognised; the rest is read here.
 */
#include "emrtd/chip_auth.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "lds/tlv.h"

SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);

#define SPKI_MAX       1280	/* p, g, q, j and y of 2048 bits: 1100 */
#define GROUP_NAME_MAX 64

/* What is inside a SubjectPublicKeyInfo. */
struct parts {
	struct span whole, oid, parameters, key;
};

static enum result split(struct span spki, struct parts *out)
{
	struct parts s = { .whole = spki };
	struct span in, algorithm;
	uint8_t unused;

	if (spki.n > SPKI_MAX || tlv_only(spki, DER_SEQUENCE, &in) != R_OK ||
	    tlv_expect(&in, DER_SEQUENCE, &algorithm) != R_OK ||
	    tlv_expect(&algorithm, DER_OID, &s.oid) != R_OK ||
	    tlv_only(in, DER_BIT_STRING, &s.key) != R_OK ||
	    span_u8(&s.key, &unused) != R_OK)
		return R_MALFORMED;
	refuse_if(unused != 0, R_MALFORMED);
	s.parameters = algorithm;
	*out = s;
	return R_OK;
}

/* A positive INTEGER in its shortest form, without the zero of its sign. */
static enum result number(struct span *in, struct span *out)
{
	struct span rest = *in, n;

	if (tlv_expect(&rest, DER_INTEGER, &n) != R_OK || n.n == 0)
		return R_MALFORMED;
	refuse_if(n.p[0] & 0x80, R_MALFORMED);
	if (n.p[0] == 0) {
		n = span_of(n.p + 1, n.n - 1);
		refuse_if(n.n == 0 || !(n.p[0] & 0x80), R_MALFORMED);
	}
	*in = rest;
	*out = n;
	return R_OK;
}

static enum result valid(const struct chip_key *k, struct chip_key *out)
{
	refuse_if(domain_check(k->domain, domain_public_span(k->domain,
							     k->public)) !=
		  R_OK, R_MALFORMED);
	*out = *k;
	return R_OK;
}

/* X9.42, PKCS#3: the BIT STRING holds INTEGER y. */
static enum result number_key(struct chip_key *k, struct span bits,
			      struct chip_key *out)
{
	struct span y;
	enum result r = number(&bits, &y);

	if (r == R_OK)
		r = span_end(&bits);
	if (r == R_OK)
		r = domain_public_pad(k->domain, y, k->public);
	return r == R_OK ? valid(k, out) : r;
}

/* TR-03110-3 A.2.1.1: the domain by its number. */
static enum result by_number(const struct parts *s, struct chip_key *out)
{
	struct span in = s->parameters;
	struct chip_key k = { 0 };
	uint32_t parameter;
	enum result r = der_uint(&in, &parameter);

	if (r == R_OK)
		r = span_end(&in);
	if (r != R_OK)
		return R_MALFORMED;
	k.domain = domain_by_parameter(parameter);
	refuse_if(!k.domain, R_DENIED);
	if (k.domain->agreement == AGREE_DH)
		return number_key(&k, s->key, out);
	r = domain_public_pad(k.domain, s->key, k.public);
	return r == R_OK ? valid(&k, out) : r;
}

/* PKCS#3 dhKeyAgreement: p, g, and perhaps the length of private values. */
static enum result by_pkcs3(const struct parts *s, struct chip_key *out)
{
	struct span in, p, g, skip;
	struct chip_key k = { 0 };
	enum result r = tlv_only(s->parameters, DER_SEQUENCE, &in);

	if (r == R_OK)
		r = number(&in, &p);
	if (r == R_OK)
		r = number(&in, &g);
	if (r == R_OK && in.n > 0)
		r = number(&in, &skip);
	if (r == R_OK)
		r = span_end(&in);
	if (r != R_OK)
		return r;
	k.domain = domain_by_group(p, g, span_of(NULL, 0));
	refuse_if(!k.domain, R_DENIED);
	return number_key(&k, s->key, out);
}

/* X9.42 (RFC 3279 2.3.3) dhpublicnumber: p, g, q, and perhaps j and how p was
 * found. */
static enum result by_x942(const struct parts *s, struct chip_key *out)
{
	struct span in, p, g, q, skip;
	struct chip_key k = { 0 };
	enum result r = tlv_only(s->parameters, DER_SEQUENCE, &in);

	if (r == R_OK)
		r = number(&in, &p);
	if (r == R_OK)
		r = number(&in, &g);
	if (r == R_OK)
		r = number(&in, &q);
	if (r == R_OK && in.n > 0 && in.p[0] == DER_INTEGER)
		r = number(&in, &skip);
	if (r == R_OK && in.n > 0)
		r = tlv_expect(&in, DER_SEQUENCE, &skip);
	if (r == R_OK)
		r = span_end(&in);
	if (r != R_OK)
		return r;
	k.domain = domain_by_group(p, g, q);
	refuse_if(!k.domain, R_DENIED);
	return number_key(&k, s->key, out);
}

/* The point as it is on the curve, whatever form it was sent in. */
static enum result point_of(EVP_PKEY *key, struct chip_key *k)
{
	size_t n = 0;

	if (EVP_PKEY_set_utf8_string_param(key,
			OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
			OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) != 1)
		return R_INTERNAL;
	if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
			k->public, sizeof(k->public), &n) != 1 ||
	    n != k->domain->public)
		return R_MALFORMED;
	return R_OK;
}

/* A curve by name, or by parameters: those of a curve of ours get its name. */
static enum result by_curve(const struct parts *s, struct chip_key *out)
{
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key = NULL;
	struct chip_key k = { 0 };
	const uint8_t *p = s->whole.p;
	char group[GROUP_NAME_MAX];
	enum result r;

	key = d2i_PUBKEY(NULL, &p, (long)s->whole.n);
	if (!key || p != s->whole.p + s->whole.n)
		return R_MALFORMED;
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
		return R_DENIED;
	k.domain = domain_by_name(group);
	refuse_if(!k.domain, R_DENIED);
	r = point_of(key, &k);
	return r == R_OK ? valid(&k, out) : r;
}

static const struct {
	uint8_t oid[9];
	uint8_t n;
	enum result (*parse)(const struct parts *s, struct chip_key *out);
} forms[] = {
	/* id-standardizedDomainParameters, id-ecPublicKey, dhKeyAgreement,
	 * dhpublicnumber */
	{ { 0x04, 0, 0x7f, 0, 7, 1, 2 }, 7, by_number },
	{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1 }, 7, by_curve },
	{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 3, 1 }, 9, by_pkcs3 },
	{ { 0x2a, 0x86, 0x48, 0xce, 0x3e, 2, 1 }, 7, by_x942 },
};

enum result chip_key_parse(struct span spki, struct chip_key *out)
{
	struct parts s;
	enum result r = split(spki, &s);

	if (r != R_OK)
		return r;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (span_equal(s.oid, span_of(forms[i].oid, forms[i].n)))
			return forms[i].parse(&s, out);
	return R_DENIED;
}
