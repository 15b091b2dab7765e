/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Certificates after the profiles of 9303-12 7.1: country signing CA, link
 * certificate, document signer, master list signer.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/conf.h>
#include <openssl/x509v3.h>

#include "pers.h"

SCOPE_FREE(X509 *, X509_free);
SCOPE_FREE(BIO *, BIO_free_all);
SCOPE_FREE(CONF *, NCONF_free);
SCOPE_FREE(BIGNUM *, BN_free);
SCOPE_FREE(EVP_MD_CTX *, EVP_MD_CTX_free);

/* 9303-12 table 6; usage: days for which the private key signs. */
static const char csca[] =
	"basicConstraints=critical,CA:TRUE,pathlen:0\n"
	"keyUsage=critical,keyCertSign,cRLSign\n"
	"subjectAltName=email:csca@utopia.example,dirName:place\n";
static const char signer[] =
	"keyUsage=critical,digitalSignature\n"
	"subjectAltName=email:ds@utopia.example,dirName:place\n";
static const char all[] =
	"subjectKeyIdentifier=hash\n"
	"authorityKeyIdentifier=keyid:always\n"
	"issuerAltName=email:csca@utopia.example,dirName:place\n"
	"crlDistributionPoints=URI:http://csca.utopia.example/csca.crl\n";

static const struct {
	const char *extensions, *more;
	int usage;
} profiles[] = {
	[CERT_CSCA] = { csca, "", 1825 },
	[CERT_LINK] = { csca, "", 1825 },
	[CERT_DSC] = { signer, "", 90 },
	/* 9303-12 table 6: id-icao-mrtd-security-cscaMasterListSigningKey */
	[CERT_LIST_SIGNER] = { signer,
			       "extendedKeyUsage=critical,2.23.136.1.1.3\n",
			       365 },
};

/* 2.23.136.1.1.6.2 SEQUENCE { 0, SET OF PrintableString }, 9303-12 7.1.1.6 */
static void add_doctypes(BIO *conf, const char *list)
{
	int i = 0;

	BIO_printf(conf, "[doctypes]\nversion=INTEGER:0\nlist=SET:doclist\n"
			 "[doclist]\n");
	while (*list) {
		int n = (int)strcspn(list, ",");

		BIO_printf(conf, "t%d=PRINTABLESTRING:%.*s\n", i++, n, list);
		list += n;
		if (*list)
			list++;
	}
}

static void print_time(const struct tm *t, char out[32])
{
	snprintf(out, 32, "%04d%02d%02d%02d%02d%02dZ",
		 (t->tm_year + 1900) % 10000, (t->tm_mon + 1) % 100,
		 t->tm_mday % 100, t->tm_hour % 100, t->tm_min % 100,
		 t->tm_sec % 100);
}

/* privateKeyUsagePeriod: from notBefore, but not longer than notAfter. */
static enum result add_usage(BIO *conf, const X509 *cert, int days)
{
	char from[32], to[32], end[32];
	struct tm t, last;

	if (!ASN1_TIME_to_tm(X509_get0_notBefore(cert), &t) ||
	    !ASN1_TIME_to_tm(X509_get0_notAfter(cert), &last))
		return R_INTERNAL;
	print_time(&t, from);
	print_time(&last, end);
	if (!OPENSSL_gmtime_adj(&t, days, 0))
		return R_INTERNAL;
	print_time(&t, to);
	BIO_printf(conf, "[usage]\nfrom=IMPLICIT:0,GENERALIZEDTIME:%s\n"
			 "to=IMPLICIT:1,GENERALIZEDTIME:%s\n", from,
		   strcmp(to, end) > 0 ? end : to);
	return R_OK;
}

static enum result write_extensions(const struct cert_plan *plan,
				    const X509 *cert, BIO *text)
{
	const char *types = plan->doctypes && strcmp(plan->doctypes, "-") != 0
				    ? plan->doctypes : NULL;

	BIO_printf(text, "[all]\n%s%s%s2.5.29.16=ASN1:SEQUENCE:usage\n",
		   profiles[plan->kind].extensions,
		   profiles[plan->kind].more, all);
	if (types)
		BIO_puts(text, "2.23.136.1.1.6.2=ASN1:SEQUENCE:doctypes\n");
	if (plan->name_change)
		BIO_puts(text, "2.23.136.1.1.6.1=ASN1:NULL\n");
	if (types)
		add_doctypes(text, types);
	BIO_printf(text, "[place]\nL=Utopia\n");
	return add_usage(text, cert, profiles[plan->kind].usage);
}

static enum result add_extensions(const struct cert_plan *plan, X509 *issuer,
				  X509 *cert)
{
	scoped(scope_BIO_free_all) BIO *text = BIO_new(BIO_s_mem());
	scoped(scope_NCONF_free) CONF *conf = NCONF_new(NULL);
	X509V3_CTX ctx;
	long line = 0;

	if (!text || !conf || write_extensions(plan, cert, text) != R_OK ||
	    NCONF_load_bio(conf, text, &line) <= 0)
		return R_INTERNAL;
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	return X509V3_EXT_add_nconf(conf, &ctx, "all", cert) ? R_OK
							     : R_INTERNAL;
}

static enum result add_name(X509_NAME *name, const char *country,
			    const char *common_name)
{
	const struct { const char *field, *value; } rdn[] = {
		{ "C", country }, { "O", "Synthetic State" },
		{ "CN", common_name },
	};

	for (size_t i = 0; i < sizeof(rdn) / sizeof(rdn[0]); i++)
		if (!X509_NAME_add_entry_by_txt(
			    name, rdn[i].field, MBSTRING_UTF8,
			    (const unsigned char *)rdn[i].value, -1, -1, 0))
			return R_INTERNAL;
	return R_OK;
}

enum result pki_set_time(ASN1_TIME *t, const char *date, int days)
{
	char text[24];

	if (!date)
		return X509_time_adj_ex(t, days, 0, NULL) ? R_OK : R_INTERNAL;
	snprintf(text, sizeof(text), "%.8s000000Z", date);
	return ASN1_TIME_set_string_X509(t, text)
		? R_OK : pers_fail(R_MALFORMED, "%s is no date", date);
}

static enum result set_serial(X509 *cert)
{
	scoped(scope_BN_free) BIGNUM *n = BN_new();

	if (!n || !BN_rand(n, 63, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) ||
	    !BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)))
		return R_INTERNAL;
	return R_OK;
}

static enum result fill(const struct cert_plan *plan, EVP_PKEY *key,
			X509 *issuer, X509 *cert)
{
	X509_NAME *name = X509_get_subject_name(cert);

	if (!name || !X509_set_version(cert, X509_VERSION_3) ||
	    set_serial(cert) != R_OK ||
	    add_name(name, plan->country, plan->common_name) != R_OK ||
	    !X509_set_issuer_name(cert, X509_get_subject_name(issuer)) ||
	    !X509_set_pubkey(cert, key) ||
	    pki_set_time(X509_getm_notBefore(cert), plan->from,
			 plan->from_days) != R_OK ||
	    pki_set_time(X509_getm_notAfter(cert), plan->to, plan->to_days) !=
		    R_OK)
		return R_INTERNAL;
	return add_extensions(plan, issuer, cert);
}

enum result cert_make(const struct cert_plan *plan, EVP_PKEY *key,
		      const struct issuer *ca, bool self_pss, X509 **out)
{
	scoped(scope_X509_free) X509 *cert = X509_new();
	scoped(scope_EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!cert ||
	    fill(plan, key, ca ? ca->cert : cert, cert) != R_OK ||
	    pki_sign_start(ctx, ca ? ca->key : key,
			   plan->md ? plan->md : EVP_sha256(),
			   ca ? ca->pss : self_pss) != R_OK ||
	    !X509_sign_ctx(cert, ctx)) {
		pers_openssl_error("certificate");
		return R_INTERNAL;
	}
	*out = cert;
	cert = NULL;
	return R_OK;
}
