/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A State of our own: the country signing CA, a document signer for each
 * card, a CRL. Certificate profiles after 9303-12 7.1.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "pers.h"

SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);
SCOPE_FREE(X509 *, X509_free);
SCOPE_FREE(X509_CRL *, X509_CRL_free);
SCOPE_FREE(BIO *, BIO_free_all);
SCOPE_FREE(CONF *, NCONF_free);
SCOPE_FREE(ASN1_TIME *, ASN1_TIME_free);
SCOPE_FREE(ASN1_INTEGER *, ASN1_INTEGER_free);
SCOPE_FREE(BIGNUM *, BN_free);

static const struct key_kind {
	const char *name, *group;
	unsigned int bits;
} kinds[] = {
	{ "ecdsa-bp256", "brainpoolP256r1", 0 },
	{ "ecdsa-p256",  "P-256", 0 },
	{ "ecdsa-p224",  "P-224", 0 },	/* below what readers should accept */
	{ "rsa",         NULL, 2048 },
	{ "rsa-pss",     NULL, 2048 },
	{ "rsa-4096",    NULL, 4096 },
	{ "rsa-1024",    NULL, 1024 },	/* likewise */
};

void signer_done(struct signer *s)
{
	EVP_PKEY_free(s->key);
	X509_free(s->cert);
	*s = (struct signer){ 0 };
}

void issuer_done(struct issuer *ca)
{
	EVP_PKEY_free(ca->key);
	X509_free(ca->cert);
	*ca = (struct issuer){ 0 };
}

enum result pki_key(const char *alg, bool explicit_params, EVP_PKEY **out)
{
	EVP_PKEY *key = NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, alg) != 0)
			continue;
		key = kinds[i].group ? EVP_EC_gen(kinds[i].group)
				     : EVP_RSA_gen(kinds[i].bits);
		if (key && kinds[i].group && explicit_params &&
		    !EVP_PKEY_set_utf8_string_param(
			    key, OSSL_PKEY_PARAM_EC_ENCODING,
			    OSSL_PKEY_EC_ENCODING_EXPLICIT)) {
			EVP_PKEY_free(key);
			return R_INTERNAL;
		}
		*out = key ? key : *out;
		return key ? R_OK : R_INTERNAL;
	}
	return pers_fail(R_MALFORMED, "unknown algorithm %s", alg);
}

/* -- certificates --------------------------------------------------------- */

struct cert_plan {
	const char *section;	/* of the extensions below */
	const char *country, *common_name;
	const char *from, *to;	/* yyyymmdd or NULL */
	int from_days, to_days;	/* from today, where there is no date */
};

/* 9303-12 table 6. The document types' list goes into the signer's. */
static const char extensions[] =
	"[csca]\n"
	"basicConstraints=critical,CA:TRUE,pathlen:0\n"
	"keyUsage=critical,keyCertSign,cRLSign\n"
	"subjectKeyIdentifier=hash\n"
	"authorityKeyIdentifier=keyid:always\n"
	"subjectAltName=email:csca@utopia.example,dirName:place\n"
	"issuerAltName=email:csca@utopia.example,dirName:place\n"
	"crlDistributionPoints=URI:http://csca.utopia.example/csca.crl\n"
	"[dsc]\n"
	"keyUsage=critical,digitalSignature\n"
	"subjectKeyIdentifier=hash\n"
	"authorityKeyIdentifier=keyid:always\n"
	"subjectAltName=email:ds@utopia.example,dirName:place\n"
	"issuerAltName=email:csca@utopia.example,dirName:place\n"
	"crlDistributionPoints=URI:http://csca.utopia.example/csca.crl\n";

/* "2.23.136.1.1.6.2 = SEQUENCE { 0, SET OF PrintableString }", 9303-12 7.1 */
static void add_doctypes(BIO *conf, const char *list)
{
	int i = 0;

	if (strcmp(list, "-") == 0)
		return;
	BIO_printf(conf, "2.23.136.1.1.6.2=ASN1:SEQUENCE:doctypes\n"
			 "[doctypes]\nversion=INTEGER:0\nlist=SET:doclist\n"
			 "[doclist]\n");
	while (*list) {
		int n = (int)strcspn(list, ",");

		BIO_printf(conf, "t%d=PRINTABLESTRING:%.*s\n", i++, n, list);
		list += n;
		if (*list)
			list++;
	}
}

static enum result add_extensions(const struct pers_options *o,
				  const char *section, X509 *issuer,
				  X509 *cert)
{
	scoped(scope_BIO_free_all) BIO *text = BIO_new(BIO_s_mem());
	scoped(scope_NCONF_free) CONF *conf = NCONF_new(NULL);
	X509V3_CTX ctx;
	long line = 0;

	if (!text || !conf)
		return R_INTERNAL;
	BIO_puts(text, extensions);
	if (strcmp(section, "dsc") == 0)
		add_doctypes(text, o->doctypes ? o->doctypes : o->code);
	BIO_printf(text, "[place]\nL=%s\n", o->state);
	if (NCONF_load_bio(conf, text, &line) <= 0)
		return R_INTERNAL;
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	return X509V3_EXT_add_nconf(conf, &ctx, section, cert) ? R_OK
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

static enum result set_time(ASN1_TIME *t, const char *date, int days)
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

/* ca NULL: self-signed. */
static enum result make_cert(const struct pers_options *o,
			     const struct cert_plan *plan, EVP_PKEY *key,
			     const struct issuer *ca, X509 **out)
{
	scoped(scope_X509_free) X509 *cert = X509_new();
	X509 *issuer = ca ? ca->cert : cert;
	X509_NAME *name = cert ? X509_get_subject_name(cert) : NULL;

	if (!name || !X509_set_version(cert, X509_VERSION_3) ||
	    set_serial(cert) != R_OK ||
	    add_name(name, plan->country, plan->common_name) != R_OK ||
	    !X509_set_issuer_name(cert, X509_get_subject_name(issuer)) ||
	    !X509_set_pubkey(cert, key) ||
	    set_time(X509_getm_notBefore(cert), plan->from,
		     plan->from_days) != R_OK ||
	    set_time(X509_getm_notAfter(cert), plan->to, plan->to_days) !=
		    R_OK ||
	    add_extensions(o, plan->section, issuer, cert) != R_OK ||
	    !X509_sign(cert, ca ? ca->key : key, EVP_sha256())) {
		pers_openssl_error("certificate");
		return R_INTERNAL;
	}
	*out = cert;
	cert = NULL;
	return R_OK;
}

/* -- the CA's directory --------------------------------------------------- */

static FILE *open_in(const char *dir, const char *name, const char *mode)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return fopen(path, mode);
}

static EVP_PKEY *load_key(const char *dir, const char *name)
{
	FILE *f = open_in(dir, name, "re");
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	if (f)
		fclose(f);
	return key;
}

static enum result save_key(const char *dir, const char *name, EVP_PKEY *key)
{
	FILE *f = open_in(dir, name, "we");
	bool ok = f && PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL,
						 NULL) == 1;

	if (f && fclose(f) != 0)
		ok = false;
	return ok ? R_OK : R_INTERNAL;
}

static enum result save_cert(const char *dir, X509 *cert)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	enum result r;

	if (n <= 0)
		return R_INTERNAL;
	r = sim_file_write(dir, "csca.cer", span_of(der, (size_t)n));
	OPENSSL_free(der);
	return r;
}

static X509 *load_cert(const char *dir)
{
	scoped(blob_free) struct blob der = { 0 };
	const unsigned char *p;

	if (sim_file_read(dir, "csca.cer", &der) != R_OK)
		return NULL;
	p = der.p;
	return d2i_X509(NULL, &p, (long)der.n);
}

static enum result new_issuer(const struct pers_options *o,
			      struct issuer *out)
{
	const struct cert_plan plan = {
		"csca", o->country, "CSCA Synthetic", o->csca_from,
		o->csca_to, -400, 3650 + 1825,
	};
	scoped(issuer_done) struct issuer ca = { 0 };
	enum result r = pki_key(o->csca_alg, o->explicit_params, &ca.key);

	if (r == R_OK)
		r = make_cert(o, &plan, ca.key, NULL, &ca.cert);
	if (r == R_OK)
		r = save_cert(o->ca, ca.cert);
	if (r == R_OK)	/* last: its presence means that all is there */
		r = save_key(o->ca, "csca.key", ca.key);
	if (r != R_OK)
		return r;
	*out = ca;
	ca = (struct issuer){ 0 };
	return R_OK;
}

enum result pki_issuer(const struct pers_options *o, struct issuer *out)
{
	struct issuer ca = { 0 };

	if (mkdir(o->ca, 0700) != 0 && errno != EEXIST)
		return pers_fail(R_INTERNAL, "can't make %s", o->ca);
	scoped(close_fd) int lock = open(o->ca, O_RDONLY | O_DIRECTORY |
					 O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX) != 0)
		return pers_fail(R_INTERNAL, "can't open %s", o->ca);
	ca.key = load_key(o->ca, "csca.key");
	if (!ca.key)
		return new_issuer(o, out);
	ca.cert = load_cert(o->ca);
	if (!ca.cert) {
		issuer_done(&ca);
		return pers_fail(R_INTERNAL, "%s/csca.cer is unusable", o->ca);
	}
	*out = ca;
	return R_OK;
}

/* RSA keys take long to make: as a State does, one signs many documents. */
static enum result signer_key(const struct pers_options *o, EVP_PKEY **out)
{
	char name[64];
	enum result r;

	if (strncmp(o->sod_alg, "rsa", 3) != 0)
		return pki_key(o->sod_alg, o->explicit_params, out);
	snprintf(name, sizeof(name), "ds-%.20s.key", o->sod_alg);
	*out = load_key(o->ca, name);
	if (*out)
		return R_OK;
	r = pki_key(o->sod_alg, false, out);
	return r == R_OK ? save_key(o->ca, name, *out) : r;
}

enum result pki_signer(const struct pers_options *o, const struct issuer *ca,
		       struct signer *out)
{
	const struct cert_plan plan = {
		"dsc", o->wrong_country_dsc ? "XX" : o->country,
		"Document Signer Synthetic", o->dsc_from, o->dsc_to,
		o->expired_dsc ? -390 : -30, o->expired_dsc ? -1 : 3650 + 90,
	};
	scoped(signer_done) struct signer s = {
		.pss = strcmp(o->sod_alg, "rsa-pss") == 0,
	};
	enum result r = signer_key(o, &s.key);

	if (r == R_OK)
		r = make_cert(o, &plan, s.key, ca, &s.cert);
	if (r != R_OK)
		return r;
	*out = s;
	s = (struct signer){ 0 };
	return R_OK;
}

/* -- revocation ----------------------------------------------------------- */

static X509_CRL *load_crl(const char *dir)
{
	scoped(blob_free) struct blob der = { 0 };
	const unsigned char *p;

	if (sim_file_read(dir, "csca.crl", &der) != R_OK)
		return X509_CRL_new();
	p = der.p;
	return d2i_X509_CRL(NULL, &p, (long)der.n);
}

static enum result crl_add(X509_CRL *crl, X509 *cert)
{
	scoped(scope_ASN1_TIME_free) ASN1_TIME *now = ASN1_TIME_new();
	X509_REVOKED *row = X509_REVOKED_new();

	if (!row || !now || set_time(now, NULL, -1) != R_OK ||
	    !X509_REVOKED_set_serialNumber(
		    row, X509_get_serialNumber(cert)) ||
	    !X509_REVOKED_set_revocationDate(row, now) ||
	    !X509_CRL_add0_revoked(crl, row)) {
		X509_REVOKED_free(row);
		return R_INTERNAL;
	}
	return R_OK;
}

static enum result crl_sign(X509_CRL *crl, const struct issuer *ca)
{
	scoped(scope_ASN1_TIME_free) ASN1_TIME *from = ASN1_TIME_new();
	scoped(scope_ASN1_TIME_free) ASN1_TIME *to = ASN1_TIME_new();
	scoped(scope_ASN1_INTEGER_free) ASN1_INTEGER *n = ASN1_INTEGER_new();

	if (!from || !to || !n || set_time(from, NULL, -1) != R_OK ||
	    set_time(to, NULL, 90) != R_OK ||
	    !X509_CRL_set_version(crl, X509_CRL_VERSION_2) ||
	    !X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->cert)) ||
	    !X509_CRL_set1_lastUpdate(crl, from) ||
	    !X509_CRL_set1_nextUpdate(crl, to) ||
	    !ASN1_INTEGER_set_int64(n, (int64_t)time(NULL)) ||
	    X509_CRL_add1_ext_i2d(crl, NID_crl_number, n, 0,
				  X509V3_ADD_REPLACE) != 1 ||
	    !X509_CRL_sort(crl) || !X509_CRL_sign(crl, ca->key, EVP_sha256()))
		return R_INTERNAL;
	return R_OK;
}

enum result pki_crl(const struct pers_options *o, const struct issuer *ca,
		    const struct signer *signer, bool revoke)
{
	scoped(scope_X509_CRL_free) X509_CRL *crl = load_crl(o->ca);
	unsigned char *der = NULL;
	enum result r;
	int n;

	if (!crl || (revoke && crl_add(crl, signer->cert) != R_OK) ||
	    crl_sign(crl, ca) != R_OK) {
		pers_openssl_error("CRL");
		return R_INTERNAL;
	}
	n = i2d_X509_CRL(crl, &der);
	if (n <= 0)
		return R_INTERNAL;
	r = sim_file_write(o->ca, "csca.crl", span_of(der, (size_t)n));
	OPENSSL_free(der);
	return r;
}
