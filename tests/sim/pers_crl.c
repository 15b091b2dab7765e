/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * csca.crl, 9303-12 7.1.4: who is on it stays on it.
 */
#include <string.h>
#include <time.h>

#include <openssl/x509v3.h>

#include "pers.h"

SCOPE_FREE(X509_CRL *, X509_CRL_free);
SCOPE_FREE(ASN1_TIME *, ASN1_TIME_free);
SCOPE_FREE(ASN1_INTEGER *, ASN1_INTEGER_free);
SCOPE_FREE(EVP_MD_CTX *, EVP_MD_CTX_free);

static X509_CRL *load_crl(const char *dir)
{
	scoped(blob_free) struct blob der = { 0 };
	const unsigned char *p;

	if (sim_file_read(dir, "csca.crl", &der) != R_OK)
		return X509_CRL_new();
	p = der.p;
	return d2i_X509_CRL(NULL, &p, (long)der.n);
}

static enum result add(X509_CRL *crl, X509 *cert)
{
	scoped(scope_ASN1_TIME_free) ASN1_TIME *now = ASN1_TIME_new();
	X509_REVOKED *row = X509_REVOKED_new();

	if (!row || !now || pki_set_time(now, NULL, -1) != R_OK ||
	    !X509_REVOKED_set_serialNumber(
		    row, X509_get_serialNumber(cert)) ||
	    !X509_REVOKED_set_revocationDate(row, now) ||
	    !X509_CRL_add0_revoked(crl, row)) {
		X509_REVOKED_free(row);
		return R_INTERNAL;
	}
	return R_OK;
}

static enum result fill(const struct pers_options *o, X509_CRL *crl,
			const struct issuer *ca)
{
	scoped(scope_ASN1_TIME_free) ASN1_TIME *from = ASN1_TIME_new();
	scoped(scope_ASN1_TIME_free) ASN1_TIME *to = ASN1_TIME_new();
	scoped(scope_ASN1_INTEGER_free) ASN1_INTEGER *n = ASN1_INTEGER_new();

	if (!from || !to || !n ||
	    pki_set_time(from, o->crl_from, -1) != R_OK ||
	    pki_set_time(to, o->crl_next, 90) != R_OK ||
	    !X509_CRL_set_version(crl, X509_CRL_VERSION_2) ||
	    !X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->cert)) ||
	    !X509_CRL_set1_lastUpdate(crl, from) ||
	    !X509_CRL_set1_nextUpdate(crl, to) ||
	    !ASN1_INTEGER_set_int64(n, (int64_t)time(NULL)) ||
	    X509_CRL_add1_ext_i2d(crl, NID_crl_number, n, 0,
				  X509V3_ADD_REPLACE) != 1 ||
	    !X509_CRL_sort(crl))
		return R_INTERNAL;
	return R_OK;
}

/* The issuer's key identifier, mandatory in a CRL as in a certificate. */
static enum result add_identifier(X509_CRL *crl, X509 *issuer)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(issuer);
	AUTHORITY_KEYID *aki = AUTHORITY_KEYID_new();
	enum result r = R_INTERNAL;

	if (aki && id) {
		aki->keyid = ASN1_OCTET_STRING_dup(id);
		if (aki->keyid &&
		    X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier,
					  aki, 0, X509V3_ADD_REPLACE) == 1)
			r = R_OK;
	}
	AUTHORITY_KEYID_free(aki);
	return r;
}

static enum result sign(const struct pers_options *o, X509_CRL *crl,
			const struct issuer *ca)
{
	scoped(scope_EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = EVP_get_digestbyname(o->csca_digest);

	if (!md || fill(o, crl, ca) != R_OK ||
	    add_identifier(crl, ca->cert) != R_OK ||
	    pki_sign_start(ctx, ca->key, md, ca->pss) != R_OK)
		return R_INTERNAL;
	return X509_CRL_sign_ctx(crl, ctx) ? R_OK : R_INTERNAL;
}

enum result pki_crl(const struct pers_options *o, const struct issuer *ca,
		    const struct signer *signer, bool revoke)
{
	scoped(scope_X509_CRL_free) X509_CRL *crl = load_crl(pki_dir(o));
	unsigned char *der = NULL;
	enum result r;
	int n;

	if (!crl || (revoke && add(crl, signer->cert) != R_OK) ||
	    sign(o, crl, ca) != R_OK) {
		pers_openssl_error("CRL");
		return R_INTERNAL;
	}
	n = i2d_X509_CRL(crl, &der);
	if (n <= 0)
		return R_INTERNAL;
	r = sim_file_write(pki_dir(o), "csca.crl", span_of(der, (size_t)n));
	OPENSSL_free(der);
	return r;
}
