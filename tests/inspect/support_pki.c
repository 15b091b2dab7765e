// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#define must(x)                                                       \
	do {                                                          \
		if (!(x)) {                                           \
			fprintf(stderr, "%s:%d: %s\n", __FILE__,      \
				__LINE__, #x);                        \
			abort();                                      \
		}                                                     \
	} while (0)

#define OID(bytes) { (const uint8_t *)(bytes), sizeof(bytes) - 1 }

static const struct {
	const char *name;
	struct span oid, rsa, ecdsa;
} digests[] = {
	{ "SHA1", OID("\x2b\x0e\x03\x02\x1a"),
	  OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"),
	  OID("\x2a\x86\x48\xce\x3d\x04\x01") },
	{ "SHA256", OID("\x60\x86\x48\x01\x65\x03\x04\x02\x01"),
	  OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"),
	  OID("\x2a\x86\x48\xce\x3d\x04\x03\x02") },
	{ "SHA384", OID("\x60\x86\x48\x01\x65\x03\x04\x02\x02"),
	  OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"),
	  OID("\x2a\x86\x48\xce\x3d\x04\x03\x03") },
	{ "SHA512", OID("\x60\x86\x48\x01\x65\x03\x04\x02\x03"),
	  OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"),
	  OID("\x2a\x86\x48\xce\x3d\x04\x03\x04") },
	/* in no signature of 9303: as an algorithm only */
	{ "SHA3-256", OID("\x60\x86\x48\x01\x65\x03\x04\x02\x08"),
	  OID("\x60\x86\x48\x01\x65\x03\x04\x03\x0e"),
	  OID("\x60\x86\x48\x01\x65\x03\x04\x03\x0a") },
};

static const struct span oid_signed_data =
	OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
static const struct span oid_data =
	OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01");
static const struct span oid_content_type =
	OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03");
static const struct span oid_message_digest =
	OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04");
static const struct span oid_lds = OID("\x67\x81\x08\x01\x01\x01");
static const struct span oid_rsa =
	OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");

static size_t digest_row(const char *name)
{
	size_t i = 0;

	while (strcmp(digests[i].name, name ? name : "SHA256") != 0) {
		i++;
		must(i < sizeof(digests) / sizeof(digests[0]));
	}
	return i;
}

/* -- keys and certificates --------------------------------------------------- */

EVP_PKEY *pki_ec(const char *curve, bool explicit_parameters)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	must(key);
	if (explicit_parameters)
		must(EVP_PKEY_set_utf8_string_param(key,
				OSSL_PKEY_PARAM_EC_ENCODING, "explicit"));
	return key;
}

EVP_PKEY *pki_rsa(unsigned int bits)
{
	EVP_PKEY *key = EVP_RSA_gen(bits);

	must(key);
	return key;
}

static void add_name(X509_NAME *name, const char *type, const char *value)
{
	if (value)
		must(X509_NAME_add_entry_by_txt(name, type, MBSTRING_ASC,
						(const uint8_t *)value, -1, -1,
						0));
}

static void add_ext(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	must(e && X509_add_ext(cert, e, -1));
	X509_EXTENSION_free(e);
}

static void add_types(X509 *cert, struct span der)
{
	ASN1_OBJECT *oid = OBJ_txt2obj("2.23.136.1.1.6.2", 1);
	ASN1_OCTET_STRING *v = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e;

	must(oid && v && ASN1_OCTET_STRING_set(v, der.p, (int)der.n));
	e = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, v);
	must(e && X509_add_ext(cert, e, -1));
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(v);
	ASN1_OBJECT_free(oid);
}

static EVP_MD_CTX *signer(EVP_PKEY *key, const char *digest, bool pss)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey;

	must(ctx && EVP_DigestSignInit_ex(ctx, &pkey,
					  digest ? digest : "SHA256", NULL,
					  NULL, key, NULL));
	if (pss) {
		must(EVP_PKEY_CTX_set_rsa_padding(pkey,
						  RSA_PKCS1_PSS_PADDING) > 0);
		must(EVP_PKEY_CTX_set_rsa_pss_saltlen(
			     pkey, RSA_PSS_SALTLEN_DIGEST) > 0);
	}
	return ctx;
}

X509 *pki_cert(const struct pki_cert *s)
{
	X509 *c = X509_new();
	X509_NAME *name;
	EVP_MD_CTX *ctx;
	int64_t from = s->from, until = s->until;

	if (from == 0 && until == 0) {
		from = -PKI_YEAR;
		until = PKI_YEAR;
	}
	must(c && X509_set_version(c, X509_VERSION_3));
	must(ASN1_INTEGER_set(X509_get_serialNumber(c),
			      s->serial ? s->serial : 1));
	name = X509_get_subject_name(c);
	add_name(name, "C", s->country);
	add_name(name, "C", s->country2);
	add_name(name, "O", "Synthetic");
	add_name(name, "CN", s->name);
	must(X509_set_issuer_name(c, s->issuer
					     ? X509_get_subject_name(s->issuer)
					     : name));
	must(ASN1_TIME_set(X509_getm_notBefore(c), PKI_NOW + from));
	must(ASN1_TIME_set(X509_getm_notAfter(c), PKI_NOW + until));
	must(X509_set_pubkey(c, s->key));
	if (s->ca)
		add_ext(c, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
	if (!s->key_usage)
		add_ext(c, NID_key_usage,
			s->ca ? "critical,keyCertSign,cRLSign"
			      : "critical,digitalSignature");
	else if (s->key_usage[0])
		add_ext(c, NID_key_usage, s->key_usage);
	if (s->extended_usage)
		add_ext(c, NID_ext_key_usage, s->extended_usage);
	if (s->types.n > 0)
		add_types(c, s->types);
	ctx = signer(s->issuer ? s->issuer_key : s->key, s->digest, s->pss);
	must(X509_sign_ctx(c, ctx) > 0);
	EVP_MD_CTX_free(ctx);
	return c;
}

void pki_crl_add(X509_CRL *crl, long serial)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, PKI_NOW - 100 * PKI_DAY);
	X509_REVOKED *r = X509_REVOKED_new();

	must(r && n && t && ASN1_INTEGER_set(n, serial));
	must(X509_REVOKED_set_serialNumber(r, n));
	must(X509_REVOKED_set_revocationDate(r, t));
	must(X509_CRL_add0_revoked(crl, r));
	ASN1_INTEGER_free(n);
	ASN1_TIME_free(t);
}

X509_CRL *pki_crl(X509 *issuer, EVP_PKEY *key, const char *digest,
		  long serial, int64_t next_update)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, PKI_NOW - 100 * PKI_DAY);

	must(crl && t && X509_CRL_set_version(crl, X509_CRL_VERSION_2));
	must(X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)));
	must(X509_CRL_set1_lastUpdate(crl, t));
	if (serial)
		pki_crl_add(crl, serial);
	must(ASN1_TIME_set(t, PKI_NOW + next_update));
	must(X509_CRL_set1_nextUpdate(crl, t));
	must(X509_CRL_sign(crl, key,
			   EVP_get_digestbyname(digest ? digest : "SHA256")));
	ASN1_TIME_free(t);
	return crl;
}

struct span pki_cert_der(X509 *cert, uint8_t *out, size_t cap)
{
	uint8_t *p = out;
	int n = i2d_X509(cert, NULL);

	must(n > 0 && (size_t)n <= cap && i2d_X509(cert, &p) == n);
	return span_of(out, (size_t)n);
}

/* -- DER by hand --------------------------------------------------------------- */

void pki_der(struct sink *out, uint32_t tag, struct span v)
{
	if (tag > 0xff)
		sink_u16(out, (uint16_t)tag);
	else
		sink_u8(out, (uint8_t)tag);
	if (v.n > 0xff) {
		sink_u8(out, 0x82);
		sink_u16(out, (uint16_t)v.n);
	} else {
		if (v.n > 0x7f)
			sink_u8(out, 0x81);
		sink_u8(out, (uint8_t)v.n);
	}
	sink_put(out, v);
	must(sink_done(out) == R_OK);
}

static void put_uint(struct sink *out, uint8_t v)
{
	pki_der(out, 0x02, span_of(&v, 1));
}

static void put_algorithm(struct sink *out, struct span oid, bool null)
{
	uint8_t buf[32];
	struct sink s = SINK(buf);

	pki_der(&s, 0x06, oid);
	if (null)
		pki_der(&s, 0x05, span_of(NULL, 0));
	pki_der(out, 0x30, sink_span(&s));
}

/* Attribute: { type, SET { value } } */
static void put_attribute(struct sink *out, struct span type,
			  struct span value, bool twice)
{
	uint8_t buf[256], values[200];
	struct sink s = SINK(buf), v = SINK(values);

	sink_put(&v, value);
	if (twice)
		sink_put(&v, value);
	pki_der(&s, 0x06, type);
	pki_der(&s, 0x31, sink_span(&v));
	pki_der(out, 0x30, sink_span(&s));
}

static void put_attributes(struct sink *out, const struct pki_sod *spec,
			   struct span type)
{
	uint8_t hash[EVP_MAX_MD_SIZE], buf[128];
	unsigned int n;
	struct sink s = SINK(buf);

	pki_der(&s, 0x06, spec->flaws & SOD_OTHER_CONTENT_TYPE ? oid_data
							       : type);
	if (!(spec->flaws & SOD_NO_CONTENT_TYPE))
		put_attribute(out, oid_content_type, sink_span(&s),
			      spec->flaws & SOD_TWO_VALUES);
	if (spec->flaws & SOD_TWO_CONTENT_TYPES)
		put_attribute(out, oid_content_type, sink_span(&s), false);
	must(EVP_Digest(spec->content.p, spec->content.n, hash, &n,
			EVP_get_digestbyname(spec->digest ? spec->digest
							  : "SHA256"), NULL));
	s = SINK(buf);
	pki_der(&s, 0x04, span_of(hash, n));
	if (!(spec->flaws & SOD_NO_MESSAGE_DIGEST))
		put_attribute(out, oid_message_digest, sink_span(&s), false);
}

/* RSASSA-PSS with SHA-256, MGF1 with it, 32 octets of salt (RFC 4055). */
static const uint8_t pss_sha256[] = {
	0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
	0x0a, 0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
	0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a,
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30,
	0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
	0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20,
};

static void put_signature_algorithm(struct sink *out,
				    const struct pki_sod *spec)
{
	size_t d = digest_row(spec->signature_digest ? spec->signature_digest
						     : spec->digest);

	if (spec->pss)
		sink_put(out, SPAN(pss_sha256));
	else if (EVP_PKEY_get_base_id(spec->key) == EVP_PKEY_EC)
		put_algorithm(out, digests[d].ecdsa, false);
	else
		put_algorithm(out, spec->rsa_plain_oid ? oid_rsa
						       : digests[d].rsa, true);
}

static void put_signer(struct sink *out, const struct pki_sod *spec,
		       struct span type)
{
	uint8_t buf[2048], attrs[512], set[520], sig[1024], *p = NULL;
	struct sink s = SINK(buf), a = SINK(attrs), t = SINK(set);
	struct span signed_bytes = spec->content;
	size_t sig_n = sizeof(sig);
	uint8_t tmp[1024];
	struct sink id = SINK(tmp);
	EVP_MD_CTX *ctx;
	int n;

	put_uint(&s, 1);
	n = i2d_X509_NAME(X509_get_issuer_name(spec->dsc), &p);
	must(n > 0);
	sink_put(&id, span_of(p, (size_t)n));
	OPENSSL_free(p);
	p = NULL;
	n = i2d_ASN1_INTEGER(X509_get0_serialNumber(spec->dsc), &p);
	must(n > 0);
	sink_put(&id, span_of(p, (size_t)n));
	OPENSSL_free(p);
	pki_der(&s, 0x30, sink_span(&id));
	put_algorithm(&s, digests[digest_row(spec->digest)].oid, true);
	if (!(spec->flaws & SOD_NO_ATTRIBUTES)) {
		put_attributes(&a, spec, type);
		pki_der(&s, 0xa0, sink_span(&a));
		pki_der(&t, 0x31, sink_span(&a));
		signed_bytes = sink_span(&t);
	}
	put_signature_algorithm(&s, spec);
	ctx = signer(spec->key, spec->digest, spec->pss);
	must(EVP_DigestSign(ctx, sig, &sig_n, signed_bytes.p, signed_bytes.n));
	EVP_MD_CTX_free(ctx);
	pki_der(&s, 0x04, span_of(sig, sig_n));
	pki_der(out, 0x30, sink_span(&s));
}

static void put_certificates(struct sink *out, const struct pki_sod *spec)
{
	uint8_t certs[PKI_SOD_MAX], der[PKI_SOD_MAX];
	struct sink c = SINK(certs);

	if (spec->other)
		sink_put(&c, pki_cert_der(spec->other, der, sizeof(der)));
	if (!(spec->flaws & SOD_NO_CERTIFICATE))
		sink_put(&c, pki_cert_der(spec->dsc, der, sizeof(der)));
	if (spec->flaws & SOD_CERTIFICATE_TWICE)
		sink_put(&c, pki_cert_der(spec->dsc, der, sizeof(der)));
	if (c.n > 0)
		pki_der(out, 0xa0, sink_span(&c));
}

static void put_content(struct sink *out, const struct pki_sod *spec,
			struct span type)
{
	uint8_t octets[9000], wrapped[9000], all[9000];
	struct sink o = SINK(octets), w = SINK(wrapped), e = SINK(all);

	pki_der(&o, 0x04, spec->content);
	pki_der(&w, 0xa0, sink_span(&o));
	pki_der(&e, 0x06, type);
	if (!(spec->flaws & SOD_DETACHED))
		sink_put(&e, sink_span(&w));
	pki_der(out, 0x30, sink_span(&e));
}

struct span pki_sod(const struct pki_sod *spec, uint8_t *out)
{
	uint8_t a[PKI_SOD_MAX], b[PKI_SOD_MAX], small[4096];
	struct sink x = SINK(a), y = SINK(b), t = SINK(small);
	struct sink whole = sink_of(out, PKI_SOD_MAX);
	struct span type = spec->content_type.n ? spec->content_type : oid_lds;

	put_uint(&x, 3);
	put_algorithm(&t, digests[digest_row(spec->digest)].oid, true);
	pki_der(&x, 0x31, sink_span(&t));
	put_content(&x, spec, type);
	put_certificates(&x, spec);
	t = SINK(small);
	if (!(spec->flaws & SOD_NO_SIGNER))
		put_signer(&t, spec, type);
	if (spec->flaws & SOD_TWO_SIGNERS)
		put_signer(&t, spec, type);
	pki_der(&x, 0x31, sink_span(&t));
	pki_der(&y, 0x30, sink_span(&x));
	x = SINK(a);
	pki_der(&x, 0x06, spec->flaws & SOD_NOT_SIGNED_DATA ? oid_data
							    : oid_signed_data);
	pki_der(&x, 0xa0, sink_span(&y));
	if (spec->flaws & SOD_BARE) {
		pki_der(&whole, 0x30, sink_span(&x));
	} else {
		y = SINK(b);
		pki_der(&y, 0x30, sink_span(&x));
		pki_der(&whole, 0x77, sink_span(&y));
	}
	return sink_span(&whole);
}

struct span pki_lds(const char *digest, const struct pki_dg *dg, size_t n,
		    uint8_t *out, size_t cap)
{
	uint8_t all[2048], list[2048], one[80], hash[EVP_MAX_MD_SIZE];
	struct sink a = SINK(all), l = SINK(list), w = sink_of(out, cap);
	unsigned int size;

	put_uint(&a, 0);
	put_algorithm(&a, digests[digest_row(digest)].oid, true);
	for (size_t i = 0; i < n; i++) {
		struct sink s = SINK(one);

		must(EVP_Digest(dg[i].file.p, dg[i].file.n, hash, &size,
				EVP_get_digestbyname(digest ? digest
							    : "SHA256"),
				NULL));
		put_uint(&s, (uint8_t)dg[i].number);
		pki_der(&s, 0x04, span_of(hash, size));
		pki_der(&l, 0x30, sink_span(&s));
	}
	pki_der(&a, 0x30, sink_span(&l));
	pki_der(&w, 0x30, sink_span(&a));
	return sink_span(&w);
}
