// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Passive authentication. Every byte of the file is hostile until the last
 * MUST holds.
 *
 * - The file MUST be one object, within SOD_FILE_MAX, nothing after it.
 * - The CMS MUST be SignedData with the content type asked for, its content
 *   inside, exactly one SignerInfo, and that signer's certificate inside
 *   (9303-10 4.6.2.2).
 * - Signed attributes MUST be there: contentType, equal to the content's, and
 *   messageDigest, each once with one value (RFC 5652 5.3, 11).
 * - Digests, signature algorithms and keys MUST be on the lists, before any
 *   of them is used; the two digests a SignerInfo names MUST be the same.
 * - The signer's chain MUST hold: chain.c.
 */
#include "inspect/passive_auth.h"

#include <stdio.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/scope.h"
#include "inspect/chain.h"
#include "lds/tlv.h"

#define SIGNER_CERTS_MAX 16	/* certificates of one CMS looked at */

#define OID(bytes) { (const uint8_t *)(bytes), sizeof(bytes) - 1 }

/* icao-mrtd-security: ldsSecurityObject and documentTypeList; id-SecurityObject
 * of TR-03110 */
static const struct span oid_lds = OID("\x67\x81\x08\x01\x01\x01");
static const struct span oid_types = OID("\x67\x81\x08\x01\x01\x06\x02");
static const struct span oid_card_security =
	OID("\x04\x00\x7f\x00\x07\x03\x02\x01");

/* Signature algorithms of a SignerInfo. digest NID_undef: the algorithm names
 * none, or names it in its parameters. */
static const struct {
	int nid, digest;
	const char *name;
	bool ec, pss;
} algorithms[] = {
	{ NID_rsaEncryption, NID_undef, "rsa", false, false },
	{ NID_sha224WithRSAEncryption, NID_sha224, "rsa", false, false },
	{ NID_sha256WithRSAEncryption, NID_sha256, "rsa", false, false },
	{ NID_sha384WithRSAEncryption, NID_sha384, "rsa", false, false },
	{ NID_sha512WithRSAEncryption, NID_sha512, "rsa", false, false },
	{ NID_rsassaPss, NID_undef, "rsa-pss", false, true },
	{ NID_ecdsa_with_SHA224, NID_sha224, "ecdsa", true, false },
	{ NID_ecdsa_with_SHA256, NID_sha256, "ecdsa", true, false },
	{ NID_ecdsa_with_SHA384, NID_sha384, "ecdsa", true, false },
	{ NID_ecdsa_with_SHA512, NID_sha512, "ecdsa", true, false },
};

#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

static const struct {
	enum sod_digest id;
	int nid;
} digests[] = {
	{ SOD_SHA224, NID_sha224 }, { SOD_SHA256, NID_sha256 },
	{ SOD_SHA384, NID_sha384 }, { SOD_SHA512, NID_sha512 },
};

/* What belongs to OpenSSL while one file is judged. */
struct signed_data {
	CMS_ContentInfo *cms;
	STACK_OF(X509) *inside;		/* the CMS's certificates */
	STACK_OF(X509) *signer;		/* the one of them that signed */
	CMS_SignerInfo *info;		/* of cms */
	X509 *dsc;			/* of inside */
	struct span content;		/* of cms */
};

static void signed_data_done(struct signed_data *sd)
{
	sk_X509_free(sd->signer);
	sk_X509_pop_free(sd->inside, X509_free);
	CMS_ContentInfo_free(sd->cms);
	ERR_clear_error();
}

static bool oid_is(const ASN1_OBJECT *object, struct span oid)
{
	return object && span_equal(span_of(OBJ_get0_data(object),
					    OBJ_length(object)), oid);
}

/* -- the CMS ------------------------------------------------------------------ */

/* The signer's certificate among those inside; two of them that answer to the
 * same name are no certificate. */
static enum reason find_signer(struct signed_data *sd)
{
	int n;

	sd->inside = CMS_get1_certs(sd->cms);
	n = sd->inside ? sk_X509_num(sd->inside) : 0;
	if (n < 1 || n > SIGNER_CERTS_MAX)
		return REASON_SOD_MALFORMED;
	for (int i = 0; i < n; i++) {
		X509 *cert = sk_X509_value(sd->inside, i);

		if (CMS_SignerInfo_cert_cmp(sd->info, cert) != 0)
			continue;
		if (sd->dsc)
			return REASON_SOD_MALFORMED;
		sd->dsc = cert;
	}
	if (!sd->dsc)
		return REASON_SOD_MALFORMED;
	sd->signer = sk_X509_new_null();
	if (!sd->signer || sk_X509_push(sd->signer, sd->dsc) == 0)
		return REASON_INTERNAL;
	return REASON_NONE;
}

static enum reason open_signed_data(struct span der, struct span content_type,
				    struct signed_data *sd)
{
	const unsigned char *p = der.p;
	STACK_OF(CMS_SignerInfo) *infos;
	ASN1_OCTET_STRING **content;

	sd->cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.n);
	if (!sd->cms || p != der.p + der.n ||
	    OBJ_obj2nid(CMS_get0_type(sd->cms)) != NID_pkcs7_signed ||
	    !oid_is(CMS_get0_eContentType(sd->cms), content_type))
		return REASON_SOD_MALFORMED;
	infos = CMS_get0_SignerInfos(sd->cms);
	if (!infos || sk_CMS_SignerInfo_num(infos) != 1)
		return REASON_SOD_MALFORMED;
	sd->info = sk_CMS_SignerInfo_value(infos, 0);
	content = CMS_get0_content(sd->cms);
	if (!content || !*content)
		return REASON_SOD_MALFORMED;
	sd->content = span_of(ASN1_STRING_get0_data(*content),
			      (size_t)ASN1_STRING_length(*content));
	return find_signer(sd);
}

/* -3: exactly one such attribute, with exactly one value. */
static enum reason check_attributes(const struct signed_data *sd,
				    struct span content_type)
{
	const ASN1_OBJECT *type;

	type = CMS_signed_get0_data_by_OBJ(sd->info,
					   OBJ_nid2obj(NID_pkcs9_contentType),
					   -3, V_ASN1_OBJECT);
	if (!oid_is(type, content_type))
		return REASON_SOD_MALFORMED;
	if (!CMS_signed_get0_data_by_OBJ(sd->info,
					 OBJ_nid2obj(NID_pkcs9_messageDigest),
					 -3, V_ASN1_OCTET_STRING))
		return REASON_SOD_MALFORMED;
	return REASON_NONE;
}

/* Everything weak is refused before it is used. */
static enum reason check_strength(const struct signed_data *sd,
				  struct passive_auth *pa)
{
	const EVP_PKEY *key = X509_get0_pubkey(sd->dsc);
	const X509_ALGOR *cert_alg;
	X509_ALGOR *digest_alg, *sig_alg;
	int digest, nid, named;
	size_t i = 0;

	CMS_SignerInfo_get0_algs(sd->info, NULL, NULL, &digest_alg, &sig_alg);
	digest = OBJ_obj2nid(digest_alg->algorithm);
	nid = OBJ_obj2nid(sig_alg->algorithm);
	X509_get0_signature(NULL, &cert_alg, sd->dsc);
	while (i < ALGORITHMS && algorithms[i].nid != nid)
		i++;
	if (i == ALGORITHMS || !csca_digest_strong(digest) ||
	    !csca_digest_strong(csca_signature_digest(cert_alg)) ||
	    !csca_key_strong(key))
		return REASON_WEAK_ALGORITHM;
	named = algorithms[i].digest;
	if (algorithms[i].pss)
		named = csca_signature_digest(sig_alg);
	if (named != NID_undef && named != digest)
		return csca_digest_strong(named) ? REASON_SOD_MALFORMED
						 : REASON_WEAK_ALGORITHM;
	if (algorithms[i].ec != (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC))
		return REASON_SOD_MALFORMED;
	for (size_t d = 0; d < sizeof(digests) / sizeof(digests[0]); d++)
		if (digests[d].nid == digest)
			snprintf(pa->signature, sizeof(pa->signature), "%s-%s",
				 algorithms[i].name,
				 sod_digest_name(digests[d].id));
	return REASON_NONE;
}

/* The signature over the attributes, and their digest of the content. The
 * chain is ours to judge; CMS_NOINTERN: with this certificate and no other. */
static enum reason check_signature(const struct signed_data *sd)
{
	X509 *used = NULL;

	if (CMS_verify(sd->cms, sd->signer, NULL, NULL, NULL,
		       CMS_BINARY | CMS_NOINTERN |
		       CMS_NO_SIGNER_CERT_VERIFY) != 1)
		return REASON_SOD_SIGNATURE;
	CMS_SignerInfo_get0_algs(sd->info, NULL, &used, NULL, NULL);
	return used == sd->dsc ? REASON_NONE : REASON_SOD_SIGNATURE;
}

/* -- the chain ---------------------------------------------------------------- */

static enum reason check_chain(X509 *dsc, const struct csca_store *store,
			       int64_t now, const char *country,
			       struct passive_auth *pa)
{
	struct chain c;
	enum reason why = chain_check(dsc, store, now, &c);

	if (why != REASON_NONE)
		return why;
	pa->dsc_not_before = (uint64_t)c.not_before;
	pa->dsc_not_after = (uint64_t)c.not_after;
	pa->csca_expired = c.anchor_expired;
	pa->crl = c.crl;
	csca_country(dsc, pa->dsc_country);
	csca_country(c.anchor->cert, pa->csca_country);
	pa->dsc_country_ok = country[0] && !strcmp(pa->dsc_country, country);
	pa->csca_country_ok = country[0] && !strcmp(pa->csca_country, country);
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
	if (tlv_next(in, &t) != R_OK || (t.tag != 0x13 && t.tag != 0x0c))
		return R_MALFORMED;
	while (t.value.n > 0 && t.value.p[t.value.n - 1] == '<')
		t.value.n--;
	if (t.value.n < 1 || t.value.n > 2 ||
	    pa->types_count == DOCUMENT_TYPES_MAX)
		return R_MALFORMED;
	return span_to_str(t.value, pa->types[pa->types_count++],
			   sizeof(pa->types[0]));
}

/* DocumentTypeListSyntax, 9303-12 7.1.1.6: { version 0, SET OF type } */
static enum result types_parse(struct span der, struct passive_auth *pa)
{
	struct span body, set;
	uint32_t version;

	if (tlv_only(der, DER_SEQUENCE, &body) != R_OK ||
	    der_uint(&body, &version) != R_OK || version != 0 ||
	    tlv_only(body, DER_SET, &set) != R_OK)
		return R_MALFORMED;
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
		if (pa->has_types ||
		    types_parse(span_of(ASN1_STRING_get0_data(v),
					(size_t)ASN1_STRING_length(v)),
				pa) != R_OK)
			return REASON_SOD_MALFORMED;
		pa->has_types = true;
	}
	return REASON_NONE;
}

static enum reason take_hashes(struct span content, struct passive_auth *pa)
{
	struct lds_security_object o;
	enum result r = lds_security_object_parse(content, &o);

	if (r != R_OK)
		return r == R_DENIED ? REASON_WEAK_ALGORITHM
				     : REASON_SOD_MALFORMED;
	if (o.digest == SOD_SHA1)
		return REASON_WEAK_ALGORITHM;
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
			  const struct csca_store *store, uint64_t now,
			  const char *country, struct signed_data *sd,
			  struct passive_auth *pa)
{
	enum reason why;

	if (now > INT64_MAX / 2)
		return REASON_INTERNAL;
	why = open_signed_data(der, content_type, sd);
	if (why == REASON_NONE)
		why = check_attributes(sd, content_type);
	if (why == REASON_NONE)
		why = check_strength(sd, pa);
	if (why == REASON_NONE)
		why = check_signature(sd);
	if (why == REASON_NONE)
		why = check_chain(sd->dsc, store, (int64_t)now, country, pa);
	if (why == REASON_NONE)
		why = take_types(sd->dsc, pa);
	return why;
}

enum reason passive_auth_sod(struct span file, const struct csca_store *store,
			     uint64_t now, const char *country,
			     struct passive_auth *out)
{
	scoped(signed_data_done) struct signed_data sd = { 0 };
	struct passive_auth pa = { 0 };
	struct span der;
	enum reason why;

	if (file.n > SOD_FILE_MAX || sod_cms(file, &der) != R_OK)
		return REASON_SOD_MALFORMED;
	why = verify(der, oid_lds, store, now, country, &sd, &pa);
	if (why == REASON_NONE)
		why = take_hashes(sd.content, &pa);
	if (why == REASON_NONE)
		*out = pa;
	return why;
}

enum reason passive_auth_card_security(struct span file,
				       const struct csca_store *store,
				       uint64_t now, const char *country,
				       struct passive_auth *out,
				       struct sink *content)
{
	scoped(signed_data_done) struct signed_data sd = { 0 };
	struct passive_auth pa = { 0 };
	struct span body;
	enum reason why;

	if (file.n > SOD_FILE_MAX ||
	    tlv_only(file, DER_SEQUENCE, &body) != R_OK)
		return REASON_SOD_MALFORMED;
	why = verify(file, oid_card_security, store, now, country, &sd, &pa);
	if (why != REASON_NONE)
		return why;
	if (sd.content.n > CARD_SECURITY_CONTENT_MAX ||
	    sd.content.n > content->cap - content->n)
		return REASON_SOD_MALFORMED;
	sink_put(content, sd.content);
	*out = pa;
	return REASON_NONE;
}

/* -- afterwards ----------------------------------------------------------------- */

enum reason passive_auth_check_dg(const struct passive_auth *pa,
				  unsigned int dg, struct span file)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	const EVP_MD *md = NULL;
	unsigned int n = 0;

	if (dg < 1 || dg > SOD_DG_MAX || !(pa->data_groups & 1u << dg))
		return REASON_DG_HASH;
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (digests[i].id == pa->digest_id)
			md = EVP_get_digestbynid(digests[i].nid);
	if (!md || EVP_Digest(file.p, file.n, hash, &n, md, NULL) != 1)
		return REASON_INTERNAL;
	return span_equal_ct(span_of(hash, n),
			     span_of(pa->hash[dg],
				     sod_digest_size(pa->digest_id)))
		       ? REASON_NONE
		       : REASON_DG_HASH;
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
