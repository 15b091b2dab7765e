/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A State of our own: generations of the country signing CA, each in its
 * directory, and a document signer for each card.
 */
#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "pers.h"

SCOPE_FREE(X509 *, X509_free);

#define FIRST_NAME "CSCA Synthetic"

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

enum result pki_save_cert(const char *dir, const char *name, X509 *cert)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	enum result r;

	if (n <= 0)
		return R_INTERNAL;
	r = sim_file_write(dir, name, span_of(der, (size_t)n));
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

static enum result digest_of(const struct pers_options *o, const EVP_MD **out)
{
	const EVP_MD *md = EVP_get_digestbyname(o->csca_digest);

	if (!md)
		return pers_fail(R_MALFORMED, "unknown digest %s",
				 o->csca_digest);
	*out = md;
	return R_OK;
}

/* A new CA; `name` is its common name. */
static enum result new_ca(const struct pers_options *o, const char *name,
			  struct issuer *out)
{
	struct cert_plan plan = {
		.kind = CERT_CSCA, .country = o->country, .common_name = name,
		.from = o->csca_from, .to = o->csca_to,
		.from_days = o->expired_csca ? -1830 : -400,
		.to_days = o->expired_csca ? -10 : 3650 + 1825,
	};
	scoped(issuer_done) struct issuer ca = {
		.pss = pki_is_pss(o->csca_alg),
	};
	enum result r = digest_of(o, &plan.md);

	if (r == R_OK)
		r = pki_key(o->csca_alg, o->explicit_params, &ca.key);
	if (r == R_OK)
		r = cert_make(&plan, ca.key, NULL, ca.pss, &ca.cert);
	if (r != R_OK)
		return r;
	*out = ca;
	ca = (struct issuer){ 0 };
	return R_OK;
}

enum result pki_stranger(const struct pers_options *o, struct issuer *out)
{
	return new_ca(o, FIRST_NAME, out);
}

static void common_name(X509 *cert, char *out, size_t cap)
{
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
				      NID_commonName, out, (int)cap) < 0)
		out[0] = 0;
}

/* 9303-12 7.1.2: the new key under the old one's signature, in both names. */
static enum result make_link(const struct pers_options *o,
			     const struct issuer *old,
			     const struct issuer *new, const char *dir)
{
	char before[128], after[128];
	scoped(scope_X509_free) X509 *link = NULL;
	struct cert_plan plan = {
		.kind = CERT_LINK, .country = o->country, .common_name = after,
		.from = o->csca_from, .to = o->csca_to, .from_days = -400,
		.to_days = 3650,
	};
	enum result r = digest_of(o, &plan.md);

	common_name(old->cert, before, sizeof(before));
	common_name(new->cert, after, sizeof(after));
	plan.name_change = strcmp(before, after) != 0;
	if (r == R_OK)
		r = cert_make(&plan, new->key, old, false, &link);
	return r == R_OK ? pki_save_cert(dir, "link.cer", link) : r;
}

/* old NULL: the first generation. The key is written last: its presence means
 * that all is there. */
static enum result found_ca(const struct pers_options *o, const char *dir,
			    const struct issuer *old, struct issuer *out)
{
	char name[128] = FIRST_NAME;
	scoped(issuer_done) struct issuer ca = { 0 };
	enum result r;

	if (old)
		common_name(old->cert, name, sizeof(name));
	/* where two are made, the name is the new one's */
	r = new_ca(o, o->csca_name && (old || !o->ca_next) ? o->csca_name
							   : name, &ca);
	if (r == R_OK)
		r = pki_save_cert(dir, "csca.cer", ca.cert);
	if (r == R_OK && old)
		r = make_link(o, old, &ca, dir);
	if (r == R_OK)
		r = pki_save_key(dir, "csca.key", ca.key);
	if (r != R_OK)
		return r;
	*out = ca;
	ca = (struct issuer){ 0 };
	return R_OK;
}

static enum result generation(const struct pers_options *o, const char *dir,
			      const struct issuer *old, struct issuer *out)
{
	struct issuer ca = { 0 };

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return pers_fail(R_INTERNAL, "can't make %s", dir);
	scoped(close_fd) int lock = open(dir, O_RDONLY | O_DIRECTORY |
					 O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX) != 0)
		return pers_fail(R_INTERNAL, "can't open %s", dir);
	ca.key = pki_load_key(dir, "csca.key");
	if (!ca.key)
		return found_ca(o, dir, old, out);
	ca.cert = load_cert(dir);
	if (!ca.cert) {
		issuer_done(&ca);
		return pers_fail(R_INTERNAL, "%s/csca.cer is unusable", dir);
	}
	ca.pss = X509_get_signature_nid(ca.cert) == NID_rsassaPss;
	*out = ca;
	return R_OK;
}

const char *pki_dir(const struct pers_options *o)
{
	return o->ca_next ? o->ca_next : o->ca;
}

enum result pki_issuer(const struct pers_options *o, struct issuer *out)
{
	scoped(issuer_done) struct issuer first = { 0 };
	enum result r;

	if (!o->ca_next)
		return generation(o, o->ca, NULL, out);
	r = generation(o, o->ca, NULL, &first);
	return r == R_OK ? generation(o, o->ca_next, &first, out) : r;
}

enum result pki_signer(const struct pers_options *o, const struct issuer *ca,
		       struct signer *out)
{
	struct cert_plan plan = {
		.kind = CERT_DSC,
		.country = o->wrong_country_dsc ? "XX" : o->country,
		.common_name = "Document Signer Synthetic",
		.from = o->dsc_from, .to = o->dsc_to,
		.from_days = o->expired_dsc ? -390 : -30,
		.to_days = o->expired_dsc ? -1 : 3650 + 90,
		.doctypes = o->doctypes ? o->doctypes : pers_code(o),
	};
	scoped(signer_done) struct signer s = {
		.pss = pki_is_pss(o->sod_alg),
	};
	enum result r = digest_of(o, &plan.md);

	if (r == R_OK)
		r = pki_kept_key(pki_dir(o), "dsc", o->sod_alg,
				 o->explicit_params, &s.key);
	if (r == R_OK)
		r = cert_make(&plan, s.key, ca, false, &s.cert);
	if (r != R_OK)
		return r;
	*out = s;
	s = (struct signer){ 0 };
	return R_OK;
}
