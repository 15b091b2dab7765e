// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Passive authentication. Every byte of the file is hostile until the last
 * MUST holds.
 *
 * - The file MUST be one object, within SOD_FILE_MAX, nothing after it.
 * - It MUST be signed data of its kind: signed_data.c.
 * - The signer's chain MUST hold: chain.c.
 * - What was signed MUST be an LDSSecurityObject of version 0 or 1, each data
 *   group once: lds/sod.c.
 */
#include "inspect/passive_auth.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "inspect/chain.h"
#include "inspect/signed_data.h"
#include "lds/tlv.h"

#define TAG_UTF8  0x0c
#define CONTEXT_0 0xa0
#define SIGNER_CERTS_MAX 16	/* certificates of one CMS looked at */

#define OID(bytes) { (const uint8_t *)(bytes), sizeof(bytes) - 1 }

/* icao-mrtd-security: ldsSecurityObject and documentTypeList; id-SecurityObject
 * of TR-03110; id-signedData */
static const struct span oid_lds = OID("\x67\x81\x08\x01\x01\x01");
static const struct span oid_types = OID("\x67\x81\x08\x01\x01\x06\x02");
static const struct span oid_card_security =
	OID("\x04\x00\x7f\x00\x07\x03\x02\x01");
static const struct span oid_signed_data =
	OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");

static const struct {
	enum sod_digest id;
	int nid;
} digests[] = {
	{ SOD_SHA1, NID_sha1 }, { SOD_SHA224, NID_sha224 },
	{ SOD_SHA256, NID_sha256 }, { SOD_SHA384, NID_sha384 },
	{ SOD_SHA512, NID_sha512 },
};

#define DIGESTS (sizeof(digests) / sizeof(digests[0]))

/* -- the chain ---------------------------------------------------------------- */

static bool country_is(const char *is, const char *wanted)
{
	refuse_if(!wanted[0], false);
	refuse_if(strcmp(is, wanted) != 0, false);
	return true;
}

static enum reason check_chain(X509 *dsc, const struct csca_store *store,
			       const struct pa_rules *rules,
			       struct passive_auth *pa)
{
	struct chain c;
	enum reason why = chain_check(dsc, store, (int64_t)rules->now,
				      rules->crl_grace_s, &rules->weak, &c);

	if (why != REASON_NONE)
		return why;
	pa->dsc_not_before = (uint64_t)c.not_before;
	pa->dsc_not_after = (uint64_t)c.not_after;
	pa->csca_expired = c.anchor_expired;
	pa->crl = c.crl;
	csca_country(dsc, pa->dsc_country);
	csca_country(c.anchor->cert, pa->csca_country);
	pa->dsc_country_ok = country_is(pa->dsc_country, rules->country);
	pa->csca_country_ok = country_is(pa->csca_country, rules->country);
	hex_encode(SPAN(c.anchor->sha256), pa->anchor);
	csca_subject(c.anchor->cert, pa->anchor_name,
		     sizeof(pa->anchor_name));
	pa->chain = true;
	return REASON_NONE;
}

/* -- what the signer may sign, and what it signed ------------------------------ */

/* One DocumentType: one or two characters, fillers removed. */
static enum result take_type(struct span *in, struct passive_auth *pa)
{
	struct tlv t;

	/* PrintableString; UTF8String is met too and means the same */
	if (tlv_next(in, &t) != R_OK)
		return R_MALFORMED;
	refuse_if(t.tag != DER_PRINTABLE && t.tag != TAG_UTF8, R_MALFORMED);
	while (t.value.n > 0 && t.value.p[t.value.n - 1] == '<')
		t.value.n--;
	refuse_if(t.value.n < 1, R_MALFORMED);
	if (t.value.n > 2)
		return R_MALFORMED;
	refuse_if(pa->types_count == DOCUMENT_TYPES_MAX, R_MALFORMED);
	return span_to_str(t.value, pa->types[pa->types_count++],
			   sizeof(pa->types[0]));
}

/* DocumentTypeListSyntax, 9303-12 7.1.1.6: { version 0, SET OF type } */
static enum result types_parse(struct span der, struct passive_auth *pa)
{
	struct span body, set;
	uint32_t version;

	if (tlv_only(der, DER_SEQUENCE, &body) != R_OK ||
	    der_uint(&body, &version) != R_OK ||
	    tlv_only(body, DER_SET, &set) != R_OK)
		return R_MALFORMED;
	refuse_if(version != 0, R_MALFORMED);
	while (set.n > 0)
		if (take_type(&set, pa) != R_OK)
			return R_MALFORMED;
	return R_OK;
}

static enum reason take_types(const X509 *dsc, struct passive_auth *pa)
{
	for (int i = 0; i < X509_get_ext_count(dsc); i++) {
		X509_EXTENSION *e = X509_get_ext(dsc, i);
		const ASN1_OCTET_STRING *v = X509_EXTENSION_get_data(e);

		if (!oid_is(X509_EXTENSION_get_object(e), oid_types))
			continue;
		refuse_if(pa->has_types, REASON_SOD_MALFORMED);
		if (types_parse(span_of(ASN1_STRING_get0_data(v),
					(size_t)ASN1_STRING_length(v)),
				pa) != R_OK)
			return REASON_SOD_MALFORMED;
		pa->has_types = true;
	}
	return REASON_NONE;
}

static enum reason take_hashes(struct span content,
			       const struct csca_strength *weak,
			       struct passive_auth *pa)
{
	struct lds_security_object o;
	enum result r = lds_security_object_parse(content, &o);

	if (r != R_OK)
		return r == R_DENIED ? REASON_WEAK_ALGORITHM
				     : REASON_SOD_MALFORMED;
	refuse_if(o.digest == SOD_SHA1 && !weak->sha1, REASON_WEAK_ALGORITHM);
	pa->lds_version = o.version;
	pa->digest_id = o.digest;
	snprintf(pa->digest, sizeof(pa->digest), "%s",
		 sod_digest_name(o.digest));
	pa->data_groups = o.data_groups;
	for (size_t i = 1; i <= SOD_DG_MAX; i++)
		if (o.hash[i].n > 0)
			memcpy(pa->hash[i], o.hash[i].p, o.hash[i].n);
	return REASON_NONE;
}

static enum reason verify(struct span der, struct span content_type,
			  const struct csca_store *store,
			  const struct pa_rules *rules,
			  struct signed_data *sd, struct passive_auth *pa)
{
	enum reason why = signed_data_open(der, content_type,
					   SIGNER_CERTS_MAX, sd);

	if (why == REASON_NONE)
		why = signed_data_verify(sd, &rules->weak);
	if (why == REASON_NONE)
		why = check_chain(sd->signer, store, rules, pa);
	if (why == REASON_NONE)
		why = take_types(sd->signer, pa);
	for (size_t i = 0; why == REASON_NONE && i < DIGESTS; i++)
		if (digests[i].nid == sd->digest)
			snprintf(pa->signature, sizeof(pa->signature), "%s-%s",
				 sd->algorithm,
				 sod_digest_name(digests[i].id));
	return why;
}

enum reason passive_auth_sod(struct span file, const struct csca_store *store,
			     const struct pa_rules *rules,
			     struct passive_auth *out)
{
	scoped(signed_data_done) struct signed_data sd = { 0 };
	struct passive_auth pa = { 0 };
	struct span der;
	enum reason why;

	refuse_if(file.n > SOD_FILE_MAX, REASON_SOD_MALFORMED);
	if (sod_cms(file, &der) != R_OK)
		return REASON_SOD_MALFORMED;
	why = verify(der, oid_lds, store, rules, &sd, &pa);
	if (why == REASON_NONE)
		why = take_hashes(sd.content, &rules->weak, &pa);
	if (why == REASON_NONE)
		*out = pa;
	return why;
}

enum reason passive_auth_card_security(struct span file,
				       const struct csca_store *store,
				       const struct pa_rules *rules,
				       struct passive_auth *out,
				       struct sink *content)
{
	scoped(signed_data_done) struct signed_data sd = { 0 };
	struct passive_auth pa = { 0 };
	struct span body;
	enum reason why;

	refuse_if(file.n > SOD_FILE_MAX, REASON_SOD_MALFORMED);
	if (tlv_only(file, DER_SEQUENCE, &body) != R_OK)
		return REASON_SOD_MALFORMED;
	why = verify(file, oid_card_security, store, rules, &sd, &pa);
	if (why != REASON_NONE)
		return why;
	refuse_if(sd.content.n > CARD_SECURITY_CONTENT_MAX,
		  REASON_SOD_MALFORMED);
	refuse_if(sd.content.n > content->cap - content->n,
		  REASON_SOD_MALFORMED);
	sink_put(content, sd.content);
	*out = pa;
	return REASON_NONE;
}

/* -- before: unverified --------------------------------------------------------- */

/* ContentInfo down to the content's octets (RFC 5652 3, 5.1, 5.2). */
static enum result glance_content(struct span cms, struct span *content)
{
	struct span info, outer, data, part, wrapped;

	if (tlv_only(cms, DER_SEQUENCE, &info) != R_OK ||
	    tlv_expect(&info, DER_OID, &part) != R_OK ||
	    !span_equal(part, oid_signed_data) ||
	    tlv_only(info, CONTEXT_0, &outer) != R_OK ||
	    tlv_only(outer, DER_SEQUENCE, &data) != R_OK ||
	    tlv_expect(&data, DER_INTEGER, &part) != R_OK ||
	    tlv_expect(&data, DER_SET, &part) != R_OK ||
	    tlv_expect(&data, DER_SEQUENCE, &info) != R_OK ||
	    tlv_expect(&info, DER_OID, &part) != R_OK ||
	    !span_equal(part, oid_lds) ||
	    tlv_only(info, CONTEXT_0, &wrapped) != R_OK)
		return R_MALFORMED;
	return tlv_only(wrapped, DER_OCTET_STRING, content);
}

uint32_t passive_auth_glance(struct span file)
{
	struct lds_security_object o;
	struct span cms, content;

	if (file.n > SOD_FILE_MAX || sod_cms(file, &cms) != R_OK ||
	    glance_content(cms, &content) != R_OK ||
	    lds_security_object_parse(content, &o) != R_OK)
		return 0;
	return o.data_groups;
}

/* -- afterwards ----------------------------------------------------------------- */

enum reason passive_auth_check_dg(const struct passive_auth *pa,
				  unsigned int dg, struct span file)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	const EVP_MD *md = NULL;
	unsigned int n = 0;

	if (dg > SOD_DG_MAX)
		return REASON_DG_HASH;
	refuse_if(!(pa->data_groups & 1u << dg), REASON_DG_HASH);
	for (size_t i = 0; i < DIGESTS; i++)
		if (digests[i].id == pa->digest_id)
			md = EVP_get_digestbynid(digests[i].nid);
	if (!md || EVP_Digest(file.p, file.n, hash, &n, md, NULL) != 1)
		return REASON_INTERNAL;
	refuse_if(!span_equal_ct(span_of(hash, n),
				 span_of(pa->hash[dg],
					 sod_digest_size(pa->digest_id))),
		  REASON_DG_HASH);
	return REASON_NONE;
}

bool passive_auth_admits(const struct passive_auth *pa,
			 const char *document_code)
{
	if (!pa->has_types)
		return true;
	for (size_t i = 0; i < pa->types_count; i++) {
		const char *type = pa->types[i];

		/* one letter admits every code that begins with it */
		if (type[1] == '\0' ? document_code[0] == type[0]
				    : strcmp(type, document_code) == 0)
			return true;
	}
	return false;
}
