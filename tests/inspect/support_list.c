// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#define must(x)                                                       \
	do {                                                          \
		if (!(x)) {                                           \
			fprintf(stderr, "%s:%d: %s\n", __FILE__,      \
				__LINE__, #x);                        \
			abort();                                      \
		}                                                     \
	} while (0)

#define LINE 64

/* A subjectKeyIdentifier, for lists that name their signer by it. */
static void add_identifier(X509 *cert, X509 *issuer, EVP_PKEY *key)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_key_identifier,
				"hash");
	must(e && X509_add_ext(cert, e, -1) &&
	     X509_sign(cert, key, EVP_sha256()) > 0);
	X509_EXTENSION_free(e);
}

void list_state_make(struct list_state *s)
{
	s->ca_key = pki_ec("P-256", false);
	s->signer_key = pki_ec("P-256", false);
	s->other_key = pki_ec("P-256", false);
	s->ca = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA-UTOPIA", .key = s->ca_key, .ca = true });
	s->other = pki_cert(&(struct pki_cert){ .country = "XX",
			.name = "CSCA-OTHER", .key = s->other_key,
			.ca = true });
	s->signer = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "List Signer", .key = s->signer_key,
			.issuer = s->ca, .issuer_key = s->ca_key, .serial = 9,
			.extended_usage = "critical,2.23.136.1.1.3" });
	add_identifier(s->signer, s->ca, s->ca_key);
}

void list_state_free(struct list_state *s)
{
	X509_free(s->ca);
	X509_free(s->signer);
	X509_free(s->other);
	EVP_PKEY_free(s->ca_key);
	EVP_PKEY_free(s->signer_key);
	EVP_PKEY_free(s->other_key);
	*s = (struct list_state){ 0 };
}

X509 *list_csca(const struct list_state *s, const char *country, long serial)
{
	char name[32];

	snprintf(name, sizeof(name), "CSCA-%s %ld", country, serial);
	return pki_cert(&(struct pki_cert){ .country = country, .name = name,
			.key = s->other_key, .ca = true, .serial = serial });
}

/* -- octets ---------------------------------------------------------------- */

void put_cert(struct sink *out, X509 *cert)
{
	uint8_t *der = NULL;
	int n = i2d_X509(cert, &der);

	must(n > 0);
	sink_put(out, span_of(der, (size_t)n));
	OPENSSL_free(der);
	must(sink_done(out) == R_OK);
}

void put_crl(struct sink *out, X509_CRL *crl)
{
	uint8_t *der = NULL;
	int n = i2d_X509_CRL(crl, &der);

	must(n > 0);
	sink_put(out, span_of(der, (size_t)n));
	OPENSSL_free(der);
	must(sink_done(out) == R_OK);
}

void put_text(struct sink *out, const char *text)
{
	sink_put(out, span_str(text));
	must(sink_done(out) == R_OK);
}

/* Base64 in lines, each begun with `fold`. */
static void put_base64(struct sink *out, struct span der, const char *fold)
{
	size_t size = (der.n + 2) / 3 * 4;
	char *text = malloc(size + 1);

	must(text);
	EVP_EncodeBlock((uint8_t *)text, der.p, (int)der.n);
	for (size_t at = 0; at < size; at += LINE) {
		put_text(out, at ? fold : "");
		sink_put(out, span_of(text + at, size - at < LINE ? size - at
								  : LINE));
		put_text(out, "\n");
	}
	free(text);
}

void put_pem(struct sink *out, const char *label, struct span der)
{
	put_text(out, "-----BEGIN ");
	put_text(out, label);
	put_text(out, "-----\n");
	put_base64(out, der, "");
	put_text(out, "-----END ");
	put_text(out, label);
	put_text(out, "-----\n");
}

void put_ldif(struct sink *out, const char *attribute, struct span der)
{
	put_text(out, "dn: o=ml,c=UT,dc=data,dc=pkd,dc=icao,dc=int\n");
	put_text(out, attribute);
	put_text(out, ":: ");
	put_base64(out, der, " ");
	put_text(out, "\n");
}

/* -- lists ----------------------------------------------------------------- */

/* tag and length in their shortest form, for up to 16 MB */
static void put_head(struct sink *out, uint8_t tag, size_t n)
{
	sink_u8(out, tag);
	if (n > 0xffff)
		sink_u8(out, 0x83);
	else if (n > 0xff)
		sink_u8(out, 0x82);
	else if (n > 0x7f)
		sink_u8(out, 0x81);
	if (n > 0xffff)
		sink_u8(out, (uint8_t)(n >> 16));
	if (n > 0xff)
		sink_u8(out, (uint8_t)(n >> 8));
	sink_u8(out, (uint8_t)n);
}

void put_list(struct sink *out, uint8_t version, struct span certificates)
{
	uint8_t buf[8];
	struct sink head = SINK(buf);

	put_head(&head, 0x31, certificates.n);
	put_head(out, 0x30, 3 + head.n + certificates.n);
	sink_put(out, span_of((const uint8_t[]){ 0x02, 0x01, version }, 3));
	sink_put(out, sink_span(&head));
	sink_put(out, certificates);
	must(sink_done(out) == R_OK);
}

/* Signed by s->signer, whose CSCA stands beside it; not yet final. */
static CMS_ContentInfo *begin_list(const struct list_state *s,
				   unsigned int flags)
{
	ASN1_OBJECT *type = OBJ_txt2obj("2.23.136.1.1.2", 1);
	CMS_ContentInfo *cms;

	flags |= CMS_BINARY | CMS_NOSMIMECAP | CMS_PARTIAL;
	cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	must(type && cms && CMS_set1_eContentType(cms, type));
	must(CMS_add1_signer(cms, s->signer, s->signer_key, EVP_sha256(),
			     flags));
	must(CMS_add1_cert(cms, s->ca));
	ASN1_OBJECT_free(type);
	return cms;
}

void put_signed_list(struct sink *out, struct span list,
		     const struct list_state *s, bool by_key)
{
	CMS_ContentInfo *cms = begin_list(s, by_key ? CMS_USE_KEYID : 0);
	BIO *in = BIO_new_mem_buf(list.p, (int)list.n);
	uint8_t *der = NULL;
	int n;

	must(in && CMS_final(cms, in, NULL, CMS_BINARY));
	n = i2d_CMS_ContentInfo(cms, &der);
	must(n > 0);
	sink_put(out, span_of(der, (size_t)n));
	must(sink_done(out) == R_OK);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
}

void put_streamed_list(struct sink *out, struct span list,
		       const struct list_state *s)
{
	CMS_ContentInfo *cms = begin_list(s, CMS_STREAM);
	BIO *in = BIO_new_mem_buf(list.p, (int)list.n);
	BIO *ber = BIO_new(BIO_s_mem());
	char *p;
	long n;

	must(in && ber && i2d_CMS_bio_stream(ber, cms, in, CMS_STREAM |
							   CMS_BINARY));
	n = BIO_get_mem_data(ber, &p);
	must(n > 4 && (uint8_t)p[1] == 0x80);
	sink_put(out, span_of(p, (size_t)n));
	must(sink_done(out) == R_OK);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(ber);
}
