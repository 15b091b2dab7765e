/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A State of our own making for tests: country signing and document signer
 * certificates, CRLs, and EF.SOD written octet by octet, so that it can be
 * wrong in every way. Everything is synthetic. A failure inside aborts.
 */
#ifndef CNIE_TESTS_SUPPORT_PKI_H
#define CNIE_TESTS_SUPPORT_PKI_H

#include <openssl/x509.h>

#include "base/bytes.h"

#define PKI_NOW 1800000000	/* January 2027: when tests take place */
#define PKI_DAY 86400
#define PKI_YEAR (365 * PKI_DAY)

EVP_PKEY *pki_ec(const char *curve, bool explicit_parameters);
EVP_PKEY *pki_rsa(unsigned int bits);

struct pki_cert {
	const char *country, *name;	/* NULL country: none */
	const char *country2;		/* a second countryName */
	EVP_PKEY *key;
	X509 *issuer;			/* NULL: itself */
	EVP_PKEY *issuer_key;
	const char *digest;		/* "SHA256" where NULL */
	bool pss;			/* signed with RSA-PSS */
	bool ca;
	const char *key_usage;		/* "" none, NULL by `ca` */
	const char *extended_usage;
	struct span types;		/* documentTypeList, its DER */
	long serial;
	int64_t from, until;		/* relative to PKI_NOW; 0 0: -1 y, +1 y */
};

X509 *pki_cert(const struct pki_cert *spec);
/* A CRL of `issuer` with one serial (0: none); nextUpdate as given. */
X509_CRL *pki_crl(X509 *issuer, EVP_PKEY *key, const char *digest,
		  long serial, int64_t next_update);
/* A further serial; the caller signs anew. */
void pki_crl_add(X509_CRL *crl, long serial);

enum sod_flaw {
	SOD_NO_ATTRIBUTES = 1, SOD_NO_CONTENT_TYPE = 2,
	SOD_NO_MESSAGE_DIGEST = 4, SOD_OTHER_CONTENT_TYPE = 8,
	SOD_TWO_CONTENT_TYPES = 16, SOD_TWO_SIGNERS = 32, SOD_NO_SIGNER = 64,
	SOD_NO_CERTIFICATE = 128, SOD_DETACHED = 256,
	SOD_CERTIFICATE_TWICE = 512, SOD_NOT_SIGNED_DATA = 1024,
	SOD_TWO_VALUES = 2048, SOD_BARE = 4096 /* without 77 */,
};

struct pki_sod {
	X509 *dsc;
	EVP_PKEY *key;
	X509 *other;			/* a further certificate inside */
	const char *digest;		/* "SHA256" where NULL */
	const char *signature_digest;	/* the algorithm says, NULL: digest */
	bool pss, rsa_plain_oid;	/* rsaEncryption as the algorithm */
	struct span content;
	struct span content_type;	/* n 0: ldsSecurityObject */
	unsigned int flaws;
};

#define PKI_SOD_MAX 49152	/* more than a reader takes */
/* Written into out (PKI_SOD_MAX octets). */
struct span pki_sod(const struct pki_sod *spec, uint8_t *out);

/* LDSSecurityObject over these files; n pairs. Octets into out. */
struct pki_dg {
	unsigned int number;
	struct span file;
};
struct span pki_lds(const char *digest, const struct pki_dg *dg, size_t n,
		    uint8_t *out, size_t cap);

/* tag, length, value */
void pki_der(struct sink *out, uint32_t tag, struct span value);
struct span pki_cert_der(X509 *cert, uint8_t *out, size_t cap);

#endif
