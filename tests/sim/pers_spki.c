/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chip's public key as a SubjectPublicKeyInfo. Real documents carry
 * explicit ECParameters (TR-03110-3 A.1.1.2, as 9303-11 9.4 asks), a named
 * curve, or the number of standardised parameters; of a group PKCS#3's p and
 * g, X9.42's p, g and q (RFC 3279 2.3.3), or the number too.
 */
#include <string.h>

#include <openssl/ec.h>

#include "pers.h"

SCOPE_FREE(EC_GROUP *, EC_GROUP_free);

/* standardizedDomainParameters, 0.4.0.127.0.7.1.2 */
static const uint8_t oid_standardized[] = { 0x04, 0x00, 0x7f, 0x00, 0x07,
					    0x01, 0x02 };
/* id-ecPublicKey, 1.2.840.10045.2.1 */
static const uint8_t oid_ec[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };
/* dhKeyAgreement, 1.2.840.113549.1.3.1 */
static const uint8_t oid_pkcs3[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
				     0x01, 0x03, 0x01 };
/* dhpublicnumber, 1.2.840.10046.2.1 */
static const uint8_t oid_x942[] = { 0x2a, 0x86, 0x48, 0xce, 0x3e, 0x02, 0x01 };

static enum result put_ec(const struct sim_domain *d, bool explicit_params,
			  struct sink *out)
{
	scoped(scope_EC_GROUP_free)
	EC_GROUP *g = EC_GROUP_new_by_curve_name(d->nid);
	unsigned char *der = NULL;
	int n;

	if (!g)
		return R_INTERNAL;
	EC_GROUP_set_asn1_flag(g, explicit_params ? OPENSSL_EC_EXPLICIT_CURVE
						  : OPENSSL_EC_NAMED_CURVE);
	n = i2d_ECPKParameters(g, &der);
	if (n <= 0)
		return R_INTERNAL;
	tlv_put(out, 0x06, SPAN(oid_ec));
	sink_put(out, span_of(der, (size_t)n));
	OPENSSL_free(der);
	return R_OK;
}

static void put_group(const struct sim_domain *d, bool with_q,
		      struct sink *out)
{
	struct span p, g, q;
	size_t from;

	sim_dh_group(d, &p, &g, &q);
	tlv_put(out, 0x06, with_q ? SPAN(oid_x942) : SPAN(oid_pkcs3));
	from = out->n;
	pers_put_integer(out, p);
	pers_put_integer(out, g);
	if (with_q)
		pers_put_integer(out, q);
	pers_wrap(out, from, 0x30);
}

static enum result put_algorithm(const struct sim_domain *d, const char *form,
				 struct sink *out)
{
	bool whole = strcmp(form, "explicit") == 0;

	if (strcmp(form, "standardized") == 0 ||
	    strcmp(form, "standardised") == 0) {
		tlv_put(out, 0x06, SPAN(oid_standardized));
		pers_put_number(out, 0x02, d->id);
		return R_OK;
	}
	if (d->ec && (whole || strcmp(form, "named") == 0))
		return put_ec(d, whole, out);
	if (!d->ec && (whole || strcmp(form, "x942") == 0)) {
		put_group(d, !whole, out);
		return R_OK;
	}
	return pers_fail(R_MALFORMED, "%s has no %s parameters", d->option,
			 form);
}

enum result chip_spki(const struct chip_key *k, const char *form,
		      struct sink *out)
{
	size_t from = out->n, bits;
	enum result r = put_algorithm(k->domain, form, out);

	if (r != R_OK)
		return r;
	pers_wrap(out, from, 0x30);
	bits = out->n;
	sink_u8(out, 0);		/* unused bits */
	if (k->domain->ec)
		sink_put(out, sim_public_span(&k->public));
	else
		pers_put_integer(out, sim_public_span(&k->public));
	pers_wrap(out, bits, 0x03);
	pers_wrap(out, from, 0x30);
	return sink_done(out);
}
