/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * EF.SOD: the LDS security object (9303-10 4.6.2.3) in a CMS SignedData.
 */
#include <string.h>

#include <openssl/cms.h>
#include <openssl/rsa.h>

#include "pers.h"

SCOPE_FREE(CMS_ContentInfo *, CMS_ContentInfo_free);
SCOPE_FREE(BIO *, BIO_free_all);
SCOPE_FREE(ASN1_OBJECT *, ASN1_OBJECT_free);

/* The OID's contents octets of a digest. */
static void put_algorithm(struct sink *out, const EVP_MD *md)
{
	const ASN1_OBJECT *obj = OBJ_nid2obj(EVP_MD_get_type(md));
	uint8_t buf[32];
	struct sink s = SINK(buf);

	tlv_put(&s, 0x06, span_of(OBJ_get0_data(obj), OBJ_length(obj)));
	tlv_put(out, 0x30, sink_span(&s));
}

static enum result put_hash(struct sink *out, const EVP_MD *md, uint8_t dg,
			    struct span file)
{
	uint8_t hash[EVP_MAX_MD_SIZE], buf[EVP_MAX_MD_SIZE + 16];
	unsigned int n = 0;
	struct sink s = SINK(buf);

	if (!EVP_Digest(file.p, file.n, hash, &n, md, NULL))
		return R_INTERNAL;
	tlv_put(&s, 0x02, span_of(&dg, 1));
	tlv_put(&s, 0x04, span_of(hash, n));
	tlv_put(out, 0x30, sink_span(&s));
	return sink_done(&s);
}

static enum result security_object(const EVP_MD *md,
				   const struct blob files[SIM_EF_COUNT],
				   struct sink *out)
{
	uint8_t list[512], body[600];
	struct sink l = SINK(list), b = SINK(body);

	for (int i = 0; i < SIM_EF_COUNT; i++) {
		uint8_t dg = sim_ef((enum sim_ef_id)i)->dg;

		if (!dg || !files[i].p)
			continue;
		if (put_hash(&l, md, dg, blob_span(&files[i])) != R_OK)
			return R_INTERNAL;
	}
	tlv_put(&b, 0x02, span_of("\x00", 1));	/* version 0 */
	put_algorithm(&b, md);
	tlv_put(&b, 0x30, sink_span(&l));
	tlv_put(out, 0x30, sink_span(&b));
	if (sink_done(&l) != R_OK || sink_done(&b) != R_OK)
		return R_INTERNAL;
	return sink_done(out);
}

static enum result set_pss(CMS_SignerInfo *si)
{
	EVP_PKEY_CTX *ctx = CMS_SignerInfo_get0_pkey_ctx(si);

	if (!ctx ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) <= 0)
		return R_INTERNAL;
	return R_OK;
}

static enum result sign(const struct signer *signer, const EVP_MD *md,
			struct span content, CMS_ContentInfo **out)
{
	const unsigned int flags = CMS_BINARY | CMS_NOSMIMECAP | CMS_PARTIAL;
	scoped(scope_BIO_free_all)
	BIO *in = BIO_new_mem_buf(content.p, (int)content.n);
	scoped(scope_ASN1_OBJECT_free)
	ASN1_OBJECT *type = OBJ_txt2obj("2.23.136.1.1.1", 1);
	scoped(scope_CMS_ContentInfo_free)
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	CMS_SignerInfo *si;

	if (!in || !type || !cms || !CMS_set1_eContentType(cms, type))
		return R_INTERNAL;
	si = CMS_add1_signer(cms, signer->cert, signer->key, md,
			     flags | (signer->pss ? CMS_KEY_PARAM : 0));
	if (!si || (signer->pss && set_pss(si) != R_OK) ||
	    !CMS_final(cms, in, NULL, CMS_BINARY))
		return R_INTERNAL;
	*out = cms;
	cms = NULL;
	return R_OK;
}

enum result pers_sod(const struct pers_options *o, const struct signer *signer,
		     const struct blob files[SIM_EF_COUNT], struct blob *out)
{
	const EVP_MD *md = EVP_get_digestbyname(o->digest);
	uint8_t content[700], file[8192];
	struct sink c = SINK(content), f = SINK(file);
	scoped(scope_CMS_ContentInfo_free) CMS_ContentInfo *cms = NULL;
	unsigned char *der = NULL;
	int n;

	if (!md)
		return pers_fail(R_MALFORMED, "unknown digest %s", o->digest);
	if (security_object(md, files, &c) != R_OK ||
	    sign(signer, md, sink_span(&c), &cms) != R_OK) {
		pers_openssl_error("SOD");
		return R_INTERNAL;
	}
	n = i2d_CMS_ContentInfo(cms, &der);
	if (n <= 0)
		return R_INTERNAL;
	tlv_put(&f, 0x77, span_of(der, (size_t)n));
	OPENSSL_free(der);
	return sink_done(&f) == R_OK ? blob_copy(sink_span(&f), out)
				     : R_INTERNAL;
}
