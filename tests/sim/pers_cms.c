/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A CMS SignedData with its content and one signer inside (RFC 5652): EF.SOD,
 * EF.CardSecurity, master lists.
 */
#include <string.h>

#include <openssl/cms.h>
#include <openssl/rsa.h>

#include "pers.h"

SCOPE_FREE(CMS_ContentInfo *, CMS_ContentInfo_free);
SCOPE_FREE(BIO *, BIO_free_all);
SCOPE_FREE(ASN1_OBJECT *, ASN1_OBJECT_free);

static enum result set_pss(CMS_SignerInfo *si)
{
	EVP_PKEY_CTX *ctx = CMS_SignerInfo_get0_pkey_ctx(si);

	if (!ctx ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) <= 0)
		return R_INTERNAL;
	return R_OK;
}

static enum result sign(const struct cms_plan *plan,
			const struct signer *signer, CMS_ContentInfo *cms,
			BIO *in)
{
	CMS_SignerInfo *si =
		CMS_add1_signer(cms, signer->cert, signer->key, plan->md,
				CMS_BINARY | CMS_NOSMIMECAP | CMS_PARTIAL |
				(plan->ski ? CMS_USE_KEYID : 0) |
				(signer->pss ? CMS_KEY_PARAM : 0));

	if (!si || (signer->pss && set_pss(si) != R_OK) ||
	    (plan->also && !CMS_add1_cert(cms, plan->also)) ||
	    !CMS_final(cms, in, NULL, CMS_BINARY))
		return R_INTERNAL;
	return R_OK;
}

enum result cms_make(const struct cms_plan *plan, const struct signer *signer,
		     struct span content, struct blob *out)
{
	scoped(scope_BIO_free_all)
	BIO *in = BIO_new_mem_buf(content.p, (int)content.n);
	scoped(scope_ASN1_OBJECT_free)
	ASN1_OBJECT *type = OBJ_txt2obj(plan->type, 1);
	scoped(scope_CMS_ContentInfo_free)
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_BINARY |
					CMS_NOSMIMECAP | CMS_PARTIAL);
	unsigned char *der = NULL;
	enum result r;
	int n;

	if (!in || !type || !cms || !CMS_set1_eContentType(cms, type) ||
	    sign(plan, signer, cms, in) != R_OK) {
		pers_openssl_error("CMS");
		return R_INTERNAL;
	}
	n = i2d_CMS_ContentInfo(cms, &der);
	if (n <= 0)
		return R_INTERNAL;
	r = blob_copy(span_of(der, (size_t)n), out);
	OPENSSL_free(der);
	return r;
}

enum result cms_plan_of(const struct pers_options *o, const char *type,
			struct cms_plan *out)
{
	const char *name = o->sod_digest ? o->sod_digest : o->digest;

	*out = (struct cms_plan){
		.type = type, .md = EVP_get_digestbyname(name),
		.ski = o->sod_ski,
	};
	return out->md ? R_OK
		       : pers_fail(R_MALFORMED, "unknown digest %s", name);
}
