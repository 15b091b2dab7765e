/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A CMS master list (9303-12 9): CscaMasterList { version 0, SET OF
 * Certificate } of many synthetic States, ours among them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pers.h"

SCOPE_FREE(X509 *, X509_free);
SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);

#define LIST_MAX 5000UL

static const char countries[] =
	"ADAEALAMAOARATAUAZBABBBDBEBGBHBJBNBOBRBSBWBYBZCACDCHCICLCMCNCOCRCUCVCY"
	"CZDEDJDKDODZECEEEGESETEUFIFRGBGEGHGRGTGYHKHNHRHUIDIEILINIQIRISITJMJOJP"
	"KEKGKHKRKSKWKZLALBLILKLTLULVMCMDMEMGMKMNMOMTMUMVMXMYNANENGNINLNONPNZOM"
	"PAPEPGPHPKPLPTPYQAROSRSRUSARWSBSCSESGSISKSMSNSVSYTGTHTJTMTNTRTTTWTZUAUG"
	"UNUSUYUZVAVEVNXKYEZWZZ";

#define COUNTRIES ((sizeof(countries) - 1) / 2)

struct list {
	struct blob *at;
	size_t n, cap;
};

static void list_done(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		blob_free(&l->at[i]);
	free(l->at);
	*l = (struct list){ 0 };
}

static enum result add(struct list *l, X509 *cert)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	enum result r = R_INTERNAL;

	if (n > 0 && l->n < l->cap)
		r = blob_copy(span_of(der, (size_t)n), &l->at[l->n]);
	if (r == R_OK)
		l->n++;
	OPENSSL_free(der);
	return r;
}

/* The i-th foreign State's certificate. */
static enum result add_foreign(struct list *l, const struct pers_options *o,
			       size_t i)
{
	char country[3] = "", name[32];
	const struct cert_plan plan = {
		.kind = CERT_CSCA, .country = country, .common_name = name,
		.from_days = -400, .to_days = 3650 + 1825,
	};
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key = NULL;
	scoped(scope_X509_free) X509 *cert = NULL;
	size_t at = i % COUNTRIES;

	memcpy(country, countries + 2 * at, 2);
	if (strcmp(country, o->country) == 0)
		memcpy(country, "XO", 2);
	snprintf(name, sizeof(name), "CSCA-%s %zu", country, i / COUNTRIES);
	if (pki_key("ecdsa-p256", false, &key) != R_OK ||
	    cert_make(&plan, key, NULL, false, &cert) != R_OK)
		return R_INTERNAL;
	return add(l, cert);
}

/* The State's own: csca.cer, and link.cer where there is one. */
static enum result add_own(struct list *l, const struct pers_options *o,
			   const struct issuer *ca)
{
	enum result r = add(l, ca->cert);
	struct blob link = { 0 };

	if (r != R_OK || l->n == l->cap ||
	    sim_file_read(pki_dir(o), "link.cer", &link) != R_OK)
		return r;
	l->at[l->n++] = link;
	return R_OK;
}

static int by_encoding(const void *a, const void *b)
{
	const struct blob *x = a, *y = b;
	int d = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return d ? d : (x->n > y->n) - (x->n < y->n);
}

static enum result put_list(struct list *l, struct blob *out)
{
	size_t size = 64;
	struct sink s;

	qsort(l->at, l->n, sizeof(l->at[0]), by_encoding);
	for (size_t i = 0; i < l->n; i++)
		size += l->at[i].n;
	s = sink_of(malloc(size), size);
	if (!s.p)
		return R_INTERNAL;
	for (size_t i = 0; i < l->n; i++)
		sink_put(&s, blob_span(&l->at[i]));
	pers_wrap(&s, 0, 0x31);
	/* the version goes in front, then SEQUENCE around both */
	uint8_t version[] = { 0x02, 0x01, 0x00 };
	if (s.overflow || s.cap - s.n < sizeof(version)) {
		free(s.p);
		return R_INTERNAL;
	}
	memmove(s.p + sizeof(version), s.p, s.n);
	memcpy(s.p, version, sizeof(version));
	s.n += sizeof(version);
	pers_wrap(&s, 0, 0x30);
	*out = (struct blob){ s.p, s.n };
	return sink_done(&s);
}

static enum result make_list(const struct pers_options *o,
			     const struct issuer *ca, struct blob *out)
{
	scoped(list_done) struct list l = { 0 };
	unsigned long count;
	enum result r = pers_number(o->count, "count", LIST_MAX, &count);

	if (r != R_OK)
		return r;
	if (count == 0)
		return pers_fail(R_MALFORMED, "--count: at least one");
	l.at = calloc(count, sizeof(*l.at));
	l.cap = count;
	r = l.at ? add_own(&l, o, ca) : R_INTERNAL;
	for (size_t i = 0; r == R_OK && l.n < l.cap; i++)
		r = add_foreign(&l, o, i);
	return r == R_OK ? put_list(&l, out) : r;
}

/* -- the file ------------------------------------------------------------- */

/* As the ICAO PKD gives it out: base64 in an LDIF entry, lines folded at 76
 * (RFC 2849). */
static enum result write_ldif(const struct pers_options *o,
			      struct span der)
{
	size_t size = (der.n + 2) / 3 * 4, at = 0;
	unsigned char *text = malloc(size + 1);
	FILE *f = fopen(o->master_list, "we");

	if (!text || !f)
		goto out;
	EVP_EncodeBlock(text, der.p, (int)der.n);
	fprintf(f, "version: 1\n\ndn: cn=CSCA Master List,o=ml,c=%s,dc=data,"
		"dc=download,dc=pkd,dc=icao,dc=int\nobjectClass: "
		"pkdMasterList\npkdVersion: 1\ncn: CSCA Master List\n"
		"sn: 1\npkdMasterListContent::", o->country);
	for (size_t line = 52; at < size; at += line, line = 75)
		fprintf(f, " %.*s\n", (int)(size - at < line ? size - at
							     : line),
			(const char *)text + at);
	fprintf(f, "\n");
out:
	free(text);
	if (!f || fclose(f) != 0 || at < size)
		return pers_fail(R_INTERNAL, "can't write %s", o->master_list);
	return R_OK;
}

static enum result write_list(const struct pers_options *o, struct span der)
{
	enum result r;

	if (strcmp(o->ml_form, "ldif") == 0)
		return write_ldif(o, der);
	r = sim_file_write(NULL, o->master_list, der);
	return r == R_OK ? r : pers_fail(r, "can't write %s", o->master_list);
}

/* 9303-12 7.1.3: its signer's certificate is under the State's CA. */
static enum result list_signer(const struct pers_options *o,
			       const struct issuer *ca, struct signer *out)
{
	const struct cert_plan plan = {
		.kind = CERT_LIST_SIGNER, .country = o->country,
		.common_name = "Master List Signer Synthetic",
		.from_days = -30, .to_days = 400,
	};
	char path[4096];
	scoped(signer_done) struct signer s = {
		.pss = pki_is_pss(o->sod_alg),
	};
	enum result r = pki_kept_key(pki_dir(o), "mls", o->sod_alg, false,
				     &s.key);

	if (r == R_OK)
		r = cert_make(&plan, s.key, ca, false, &s.cert);
	snprintf(path, sizeof(path), "%s.signer.cer", o->master_list);
	if (r == R_OK)
		r = pki_save_cert(NULL, o->ml_signer ? o->ml_signer : path,
				  s.cert);
	if (r != R_OK)
		return r;
	*out = s;
	s = (struct signer){ 0 };
	return R_OK;
}

enum result pki_master_list(const struct pers_options *o)
{
	scoped(issuer_done) struct issuer ca = { 0 };
	scoped(signer_done) struct signer signer = { 0 };
	scoped(blob_free) struct blob list = { 0 }, der = { 0 };
	struct cms_plan plan;
	enum result r = cms_plan_of(o, "2.23.136.1.1.2", &plan);

	if (!pers_listed("icao,bsi,ldif", o->ml_form))
		return pers_fail(R_MALFORMED, "--ml-form: icao, bsi or ldif");
	if (r == R_OK)
		r = pki_issuer(o, &ca);
	if (r == R_OK)
		r = make_list(o, &ca, &list);
	if (r == R_OK)
		r = list_signer(o, &ca, &signer);
	if (r != R_OK)
		return r;
	plan.also = ca.cert;
	plan.ski |= strcmp(o->ml_form, "bsi") == 0;
	r = cms_make(&plan, &signer, blob_span(&list), &der);
	return r == R_OK ? write_list(o, blob_span(&der)) : r;
}
