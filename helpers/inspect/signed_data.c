// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Every byte is hostile until the last MUST holds.
 *
 * - The CMS MUST be SignedData with the content type asked for, its content
 *   inside, exactly one SignerInfo, and that signer's certificate inside
 *   (9303-10 4.6.2.2).
 * - Signed attributes MUST be there: contentType, equal to the content's, and
 *   messageDigest, each once with one value (RFC 5652 5.3, 11).
 * - Digests, signature algorithms and keys MUST be on the lists, before any
 *   of them is used; the two digests a SignerInfo names MUST be the same, and
 *   the algorithm MUST be one of the signer's key.
 */
#include "inspect/signed_data.h"

#include <openssl/err.h>

#include "base/refuse.h"

void signed_data_done(struct signed_data *sd)
{
	sk_X509_free(sd->one);
	sk_X509_pop_free(sd->inside, X509_free);
	CMS_ContentInfo_free(sd->cms);
	ERR_clear_error();
}

bool oid_is(const ASN1_OBJECT *object, struct span oid)
{
	return object && span_equal(span_of(OBJ_get0_data(object),
					    OBJ_length(object)), oid);
}

/* The signer's certificate among those inside, by issuer and serial number or
 * by subjectKeyIdentifier; two that answer to the same are no certificate. */
static enum reason find_signer(struct signed_data *sd, int certs_max)
{
	int n;

	sd->inside = CMS_get1_certs(sd->cms);
	n = sd->inside ? sk_X509_num(sd->inside) : 0;
	refuse_if(n > certs_max, REASON_SOD_MALFORMED);
	for (int i = 0; i < n; i++) {
		X509 *cert = sk_X509_value(sd->inside, i);

		if (CMS_SignerInfo_cert_cmp(sd->info, cert) != 0)
			continue;
		refuse_if(sd->signer, REASON_SOD_MALFORMED);
		sd->signer = cert;
	}
	if (!sd->signer)
		return REASON_SOD_MALFORMED;
	sd->one = sk_X509_new_null();
	if (!sd->one || sk_X509_push(sd->one, sd->signer) == 0)
		return REASON_INTERNAL;
	return REASON_NONE;
}

enum reason signed_data_open(struct span der, struct span type, int certs_max,
			     struct signed_data *sd)
{
	const unsigned char *p = der.p;
	STACK_OF(CMS_SignerInfo) *infos;
	ASN1_OCTET_STRING **content;

	sd->cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.n);
	if (!sd->cms)
		return REASON_SOD_MALFORMED;
	refuse_if(p != der.p + der.n, REASON_SOD_MALFORMED);
	if (OBJ_obj2nid(CMS_get0_type(sd->cms)) != NID_pkcs7_signed)
		return REASON_SOD_MALFORMED;
	refuse_if(!oid_is(CMS_get0_eContentType(sd->cms), type),
		  REASON_SOD_MALFORMED);
	infos = CMS_get0_SignerInfos(sd->cms);
	if (!infos || sk_CMS_SignerInfo_num(infos) < 1)
		return REASON_SOD_MALFORMED;
	refuse_if(sk_CMS_SignerInfo_num(infos) > 1, REASON_SOD_MALFORMED);
	sd->info = sk_CMS_SignerInfo_value(infos, 0);
	content = CMS_get0_content(sd->cms);
	if (!content || !*content)
		return REASON_SOD_MALFORMED;
	sd->type = type;
	sd->content = span_of(ASN1_STRING_get0_data(*content),
			      (size_t)ASN1_STRING_length(*content));
	return find_signer(sd, certs_max);
}

/* -3: exactly one such attribute, with exactly one value. */
static const void *only_attribute(const struct signed_data *sd, int nid,
				  int type)
{
	return CMS_signed_get0_data_by_OBJ(sd->info, OBJ_nid2obj(nid), -3,
					   type);
}

static enum reason check_attributes(const struct signed_data *sd)
{
	const ASN1_OBJECT *type = only_attribute(sd, NID_pkcs9_contentType,
						 V_ASN1_OBJECT);

	refuse_if(!oid_is(type, sd->type), REASON_SOD_MALFORMED);
	refuse_if(!only_attribute(sd, NID_pkcs9_messageDigest,
				  V_ASN1_OCTET_STRING),
		  REASON_SOD_MALFORMED);
	return REASON_NONE;
}

/* Everything weak is refused before it is used. */
static enum reason check_strength(struct signed_data *sd,
				  const struct csca_strength *weak)
{
	const struct csca_algorithm *a;
	X509_ALGOR *digest_alg, *sig_alg;
	int named;

	CMS_SignerInfo_get0_algs(sd->info, NULL, NULL, &digest_alg, &sig_alg);
	sd->digest = OBJ_obj2nid(digest_alg->algorithm);
	a = csca_algorithm(sig_alg);
	refuse_if(!csca_digest_strong(sd->digest, weak),
		  REASON_WEAK_ALGORITHM);
	refuse_if(!csca_key_strong(X509_get0_pubkey(sd->signer), weak),
		  REASON_WEAK_ALGORITHM);
	refuse_if(!a, REASON_WEAK_ALGORITHM);
	named = csca_signature_digest(sig_alg);
	refuse_if(named != NID_undef && !csca_digest_strong(named, weak),
		  REASON_WEAK_ALGORITHM);
	refuse_if(named != NID_undef && named != sd->digest,
		  REASON_SOD_MALFORMED);
	refuse_if(!csca_signature_fits(sig_alg, sd->signer),
		  REASON_SOD_MALFORMED);
	sd->algorithm = a->name;
	return REASON_NONE;
}

/* The signature over the attributes, and their digest of the content. The
 * chain is the caller's; CMS_NOINTERN: with this certificate and no other. */
static enum reason check_signature(const struct signed_data *sd)
{
	X509 *used = NULL;

	refuse_if(CMS_verify(sd->cms, sd->one, NULL, NULL, NULL,
			     CMS_BINARY | CMS_NOINTERN |
			     CMS_NO_SIGNER_CERT_VERIFY) != 1,
		  REASON_SOD_SIGNATURE);
	CMS_SignerInfo_get0_algs(sd->info, NULL, &used, NULL, NULL);
	return used == sd->signer ? REASON_NONE : REASON_SOD_SIGNATURE;
}

enum reason signed_data_verify(struct signed_data *sd,
			       const struct csca_strength *weak)
{
	enum reason why = check_attributes(sd);

	if (why == REASON_NONE)
		why = check_strength(sd, weak);
	if (why == REASON_NONE)
		why = check_signature(sd);
	return why;
}
