/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The trust anchors: a directory of country signing certificates and CRLs.
 * Step one of two (the other is passive_auth.h): csca_load() opens and parses
 * everything and gets OpenSSL ready, before the sandbox. Afterwards nothing
 * here or in passive_auth opens a file.
 *
 * Read are *.cer *.crt *.der *.pem (one certificate in DER, or one or several
 * in PEM) and *.crl (DER or PEM); other names are passed over. A file that
 * cannot be used is counted and named, and the others are kept. A CRL is kept
 * only if a certificate of the store signed it.
 *
 * What stands in the store is trusted because the administrator put it there.
 * A link certificate (9303-12 7.1.1.1: a new key, and maybe a new name, signed
 * with the old key) is therefore an anchor by itself, with or without the old
 * one beside it: whoever may write here could as well have put the new
 * self-signed certificate in.
 */
#ifndef CNIE_INSPECT_CSCA_H
#define CNIE_INSPECT_CSCA_H

#include <openssl/x509.h>

#include "base/bytes.h"

#define CSCA_MAX       2000	 /* ~600 in the world's master lists */
#define CSCA_CRL_MAX   500
#define CSCA_FILES_MAX 4096	 /* directory entries looked at */
#define CSCA_FILE_MAX  (4 << 20) /* bytes: a PEM bundle of CSCA_MAX fits */
#define CSCA_BAD_NAMED 8	 /* bad files named in the report */

enum csca_bad {
	CSCA_BAD_NONE = 0,
	CSCA_BAD_OPEN,		/* unreadable, or not a regular file */
	CSCA_BAD_SIZE,		/* empty or larger than CSCA_FILE_MAX */
	CSCA_BAD_FORMAT,	/* neither DER nor PEM, or trailing bytes */
	CSCA_BAD_NOT_CA,	/* a certificate that is not a CA's */
	CSCA_BAD_CRL_SIGNER,	/* no anchor here signed this CRL */
	CSCA_BAD_TOO_MANY,	/* over CSCA_MAX, CSCA_CRL_MAX */
};

struct csca_report {
	size_t anchors;		/* distinct certificates in the store */
	size_t crls;
	size_t bad;		/* files with something that was not used */
	struct {
		char name[65];	/* cut to fit; '?' for odd characters */
		enum csca_bad why;
	} first_bad[CSCA_BAD_NAMED];
};

struct csca_anchor {
	X509 *cert;
	uint8_t sha256[32];	/* of the certificate's DER */
};

struct csca_store;

/* What the store's CRLs can say about one signer. */
enum crl_state {
	CRL_NONE,	/* no CRL of this country in the store */
	CRL_CURRENT,	/* one that is within nextUpdate and its grace */
	CRL_STALE,	/* only older ones; their revocations count all the
			 * same */
};

/*
 * R_ABSENT: no such directory, or not one. R_INTERNAL: no memory. R_OK with
 * anchors == 0 where it holds none: the caller decides. *report (may be NULL)
 * is filled with R_OK only. csca_free(*out).
 */
must_check enum result csca_load(const char *dir, struct csca_report *report,
				 struct csca_store **out);
void csca_free(struct csca_store *store);	/* NULL is fine */

/* An empty store and one DER certificate or CRL at a time: for what is not a
 * directory. csca_add_* return CSCA_BAD_NONE where it is in the store. */
must_check enum result csca_new(struct csca_store **out);
enum csca_bad csca_add_cert(struct csca_store *store, struct span der);
enum csca_bad csca_add_crl(struct csca_store *store, struct span der);

size_t csca_count(const struct csca_store *store);
/* i < csca_count(); valid as long as the store. Order: by SHA-256. */
const struct csca_anchor *csca_anchor(const struct csca_store *store,
				      size_t i);
size_t csca_crl_count(const struct csca_store *store);
X509_CRL *csca_crl(const struct csca_store *store, size_t i);
/* The anchor whose signature it bears. */
X509 *csca_crl_signer(const struct csca_store *store, size_t i);

/* The subject's countryName in capitals ("MA"); "" where there is none, more
 * than one, or not two letters. */
void csca_country(const X509 *cert, char out[3]);
void csca_name_country(const X509_NAME *name, char out[3]);
/* A name, the subject, on one line, printable, cut to fit. */
void csca_name_line(const X509_NAME *name, char *out, size_t cap);
void csca_subject(const X509 *cert, char *out, size_t cap);
/* One sentence for the log. */
const char *csca_bad_text(enum csca_bad why);

/* Strength, one rule for certificates, CRLs and documents (9303-12 4.4, less
 * what is too weak today): a digest of SHA-224 or more; RSA of 2048 to 8192
 * bits, or EC on a named curve of 256 bits or more. Explicit EC parameters
 * count as the named curve they are equal to, and as weak where they are equal
 * to none. What a profile accepts below that: */
struct csca_strength {
	bool sha1;
	bool small_keys;	/* EC of 192 and 224 bits, RSA of 1024 and more */
};
bool csca_digest_strong(int nid, const struct csca_strength *weak);
bool csca_key_strong(const EVP_PKEY *key, const struct csca_strength *weak);

/* The signature algorithms that are read; digest NID_undef: it names none, or
 * names it in its parameters. */
struct csca_algorithm {
	int nid, digest;
	const char *name;		/* "rsa", "rsa-pss", "ecdsa" */
	bool ec, pss;
};
/* NULL where it is none of them. */
const struct csca_algorithm *csca_algorithm(const X509_ALGOR *alg);
/* The digest a signature algorithm names, RSA-PSS by its parameters;
 * NID_undef where it names none. */
int csca_signature_digest(const X509_ALGOR *alg);
/*
 * Whether a signature of this algorithm can be one of this certificate's key:
 * EC or RSA as the algorithm says; RSA-PSS with its parameters written out, the
 * same digest in MGF1, a salt as long as the digest and the one trailer there
 * is (RFC 4055 3.1). A key that is bound to PSS signs nothing else, and one
 * that names parameters only with them, its salt being the least (3.3).
 */
bool csca_signature_fits(const X509_ALGOR *alg, const X509 *signer);
/* All of it: fits, digest and key. */
bool csca_signature_strong(const X509_ALGOR *alg, const X509 *signer,
			   const struct csca_strength *weak);
/* Whether it is all that the State revoked. One that says in a critical
 * extension that it is not (a delta, or a part: RFC 5280 5.2) says nothing
 * about whom it does not name. */
bool csca_crl_whole(X509_CRL *crl);
/* Whether the CRL may count under `weak`. */
bool csca_crl_strong(const struct csca_store *store, size_t i,
		     const struct csca_strength *weak);

/* Seconds since 1970, and yyyymmdd (UTC); false where it is no time. */
bool csca_seconds(const ASN1_TIME *time, int64_t *out);
bool csca_day(const ASN1_TIME *time, uint32_t *out);

#define CSCA_SOON_S (30 * 86400)

/* Anchors that expire within CSCA_SOON_S or have expired, and CRLs whose next
 * update is due as soon, unless a newer one of the same issuer is there. */
size_t csca_expiring(const struct csca_store *store, uint64_t now);

#endif
