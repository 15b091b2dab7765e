/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tests of the personaliser share: a directory for each test, cards
 * made in it, and OpenSSL's own CMS as the judge.
 */
#ifndef CNIE_SIMCHECK_SIMPERS_H
#define CNIE_SIMCHECK_SIMPERS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "../sim/card.h"
#include "../sim/pers.h"

#include "check_main.h"

SCOPE_FREE(CMS_ContentInfo *, CMS_ContentInfo_free);
SCOPE_FREE(BIO *, BIO_free_all);
SCOPE_FREE(X509 *, X509_free);
SCOPE_FREE(X509_CRL *, X509_CRL_free);
SCOPE_FREE(X509_STORE *, X509_STORE_free);
SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);

static char root[64], out[80], ca[80];

static inline void make_root(void)
{
	strcpy(root, "/tmp/simpers.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(out, sizeof(out), "%s/card", root);
	snprintf(ca, sizeof(ca), "%s/ca", root);
}

static inline void remove_root(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}

static inline struct pers_options defaults(void)
{
	struct pers_options o = pers_defaults();

	o.out = out;
	o.ca = ca;
	o.pad_to = "2000";
	return o;
}

static inline void make(const struct pers_options *o)
{
	ck_assert_int_eq(pers_make(o), R_OK);
}

static inline void refuse(const struct pers_options *o)
{
	ck_assert_int_ne(pers_make(o), R_OK);
}

static inline void load(enum sim_ef_id id, struct blob *b)
{
	blob_free(b);
	ck_assert_int_eq(sim_file_read(out, sim_ef(id)->file, b), R_OK);
}

static inline bool there(enum sim_ef_id id)
{
	scoped(blob_free) struct blob b = { 0 };

	return sim_file_read(out, sim_ef(id)->file, &b) == R_OK;
}

/* The value of a file's outermost object, which is all there is. */
static inline struct span inside(const struct blob *file, uint32_t tag)
{
	struct span in = blob_span(file), value;
	uint32_t t;

	ck_assert_int_eq(tlv_get(&in, &t, &value), R_OK);
	ck_assert_uint_eq(t, tag);
	ck_assert_uint_eq(in.n, 0);
	return value;
}

static inline bool holds(struct span in, const void *p, size_t n)
{
	return memmem(in.p, in.n, p, n) != NULL;
}

/* -- certificates --------------------------------------------------------- */

static inline X509 *cert_in(const char *dir, const char *name)
{
	scoped(blob_free) struct blob der = { 0 };
	const unsigned char *p;

	ck_assert_int_eq(sim_file_read(dir, name, &der), R_OK);
	p = der.p;
	X509 *cert = d2i_X509(NULL, &p, (long)der.n);
	ck_assert_ptr_nonnull(cert);
	return cert;
}

static inline X509_CRL *crl_in(const char *dir)
{
	scoped(blob_free) struct blob der = { 0 };
	const unsigned char *p;

	ck_assert_int_eq(sim_file_read(dir, "csca.crl", &der), R_OK);
	p = der.p;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.n);
	ck_assert_ptr_nonnull(crl);
	return crl;
}

static inline int allow_explicit(int ok, X509_STORE_CTX *ctx)
{
	return X509_STORE_CTX_get_error(ctx) ==
		X509_V_ERR_EC_KEY_EXPLICIT_PARAMS ? 1 : ok;
}

static inline X509_STORE *store_of(const char *dir, bool with_crl)
{
	X509_STORE *store = X509_STORE_new();
	scoped(scope_X509_free) X509 *cert = cert_in(dir, "csca.cer");
	scoped(scope_X509_CRL_free) X509_CRL *crl = NULL;

	ck_assert_int_eq(X509_STORE_add_cert(store, cert), 1);
	X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
	X509_STORE_set_verify_cb(store, allow_explicit);
	if (!with_crl)
		return store;
	crl = crl_in(dir);
	ck_assert_int_eq(X509_STORE_add_crl(store, crl), 1);
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	return store;
}

/* -- CMS ------------------------------------------------------------------ */

static inline CMS_ContentInfo *cms_of(struct span der)
{
	const unsigned char *p = der.p;

	return d2i_CMS_ContentInfo(NULL, &p, (long)der.n);
}

static inline CMS_ContentInfo *sod(void)
{
	scoped(blob_free) struct blob file = { 0 };

	load(SIM_SOD, &file);
	return cms_of(inside(&file, 0x77));
}

/* Up to the CSCA in `dir`? content may be NULL. */
static inline bool cms_verifies(CMS_ContentInfo *cms, const char *dir,
				bool with_crl, BIO *content)
{
	scoped(scope_X509_STORE_free) X509_STORE *s = store_of(dir, with_crl);

	ERR_clear_error();
	return cms && CMS_verify(cms, NULL, s, NULL, content, CMS_BINARY) == 1;
}

static inline bool verifies(const char *dir, bool with_crl, BIO *content)
{
	scoped(scope_CMS_ContentInfo_free) CMS_ContentInfo *cms = sod();

	return cms_verifies(cms, dir, with_crl, content);
}

static inline CMS_SignerInfo *signer_of(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(cms);

	ck_assert_int_eq(sk_CMS_SignerInfo_num(all), 1);
	return sk_CMS_SignerInfo_value(all, 0);
}

static inline X509 *signer_cert(void)
{
	scoped(scope_CMS_ContentInfo_free) CMS_ContentInfo *cms = sod();
	STACK_OF(X509) *certs = CMS_get1_certs(cms);
	X509 *cert;

	ck_assert_int_eq(sk_X509_num(certs), 1);
	cert = sk_X509_shift(certs);
	sk_X509_pop_free(certs, X509_free);
	return cert;
}

static inline void name_of(const X509_NAME *name, int nid, char text[128])
{
	ck_assert_int_gt(X509_NAME_get_text_by_NID(name, nid, text, 128), 0);
}

/* -- SecurityInfos -------------------------------------------------------- */

/* 06 0A, id-PACE */
static const uint8_t oid_pace[] = { 0x06, 0x0a, 0x04, 0x00, 0x7f, 0x00,
				    0x07, 0x02, 0x02, 0x04 };

static inline size_t count(struct span in, const void *p, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i + n <= in.n; i++)
		found += memcmp(in.p + i, p, n) == 0;
	return found;
}

/* The ChipAuthenticationPublicKeyInfo among SecurityInfos: its key, and what
 * follows it. */
static inline struct span spki_of(struct span set, struct span *rest)
{
	static const uint8_t pk[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02,
				      0x02, 0x01 };
	struct span info, v;
	uint32_t tag;

	while (set.n) {
		const uint8_t *start;
		ck_assert_int_eq(tlv_get(&set, &tag, &info), R_OK);
		ck_assert_int_eq(tlv_get(&info, &tag, &v), R_OK);
		if (v.n != 9 || memcmp(v.p, pk, 8) != 0)
			continue;
		start = info.p;
		ck_assert_int_eq(tlv_get(&info, &tag, &v), R_OK);
		*rest = info;
		return span_of(start, (size_t)(info.p - start));
	}
	ck_abort_msg("no public key");
	return set;
}

/* The bits of a SubjectPublicKeyInfo. */
static inline struct span bits_of(struct span spki)
{
	struct span in, v;
	uint32_t tag;

	ck_assert_int_eq(tlv_get(&spki, &tag, &in), R_OK);
	ck_assert_int_eq(tlv_get(&in, &tag, &v), R_OK);
	ck_assert_int_eq(tlv_get(&in, &tag, &v), R_OK);
	ck_assert_uint_eq(tag, 0x03);
	ck_assert_uint_eq(v.p[0], 0);
	return span_of(v.p + 1, v.n - 1);
}

/* The chip's memory has the key that is signed? y is an INTEGER in a group. */
static inline bool fits(const struct sim_domain *d, const uint8_t *scalar,
		 struct span spki)
{
	struct span bits = bits_of(spki);
	struct sim_public own, theirs;
	uint32_t tag;

	if (!d->ec) {
		struct span in = bits;
		ck_assert_int_eq(tlv_get(&in, &tag, &bits), R_OK);
		if (bits.p[0] == 0)
			bits = span_of(bits.p + 1, bits.n - 1);
	}
	ck_assert_int_eq(sim_public_read(d, bits, &theirs), R_OK);
	ck_assert_int_eq(sim_multiply(d, NULL, span_of(scalar, d->scalar),
				      &own), R_OK);
	return span_equal(sim_public_span(&own), sim_public_span(&theirs));
}

#endif
