/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The personaliser: options in, one card's directory out. All identities are
 * synthetic. pers_make() is the whole program without its command line, so
 * that tests make cards in process.
 */
#ifndef CNIE_SIM_PERS_H
#define CNIE_SIM_PERS_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "sim.h"

struct pers_options {
	const char *out, *ca;
	/* the person and the document */
	const char *state, *nationality, *country, *code;
	const char *number, *document, *birth, *expiry, *sex, *name;
	const char *can, *portrait, *pad_to;
	/* algorithms */
	const char *pace_curve;	/* bp256, p256, or both: "bp256,p256" */
	const char *ca_curve, *ca_params, *ca_keyid;
	const char *sod_alg, *digest, *csca_alg;
	const char *doctypes;	/* "ID,I"; "-" for none */
	const char *csca_from, *csca_to, *dsc_from, *dsc_to; /* yyyymmdd */
	/* bad cards: lists of files as in --alter dg2,sod */
	const char *alter, *truncate, *lying_length, *oversize, *withhold;
	bool explicit_params, alter_dg2, clone, unsigned_pace, downgrade;
	bool no_ca, no_dg14, no_sod, expired_dsc, revoked_dsc, crl;
	bool wrong_country_dsc, extended;
};

/* The defaults: Utopia's person with every field set. */
struct pers_options pers_defaults(void);

/* Make the card. On failure one sentence is on standard error. */
must_check enum result pers_make(const struct pers_options *o);

/* Print "personalise: ..." and return r. */
enum result pers_fail(enum result r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void pers_openssl_error(const char *what);
/* Is `name` an element of a comma-separated list? list may be NULL. */
bool pers_listed(const char *list, const char *name);

/* -- data groups ---------------------------------------------------------- */

#define MRZ_SIZE 90		/* TD1: three lines of 30 */
#define MRZ_KEY_SIZE 25		/* 9+1+6+1+6+1 and NUL */

must_check enum result pers_mrz(const struct pers_options *o,
				char mrz[MRZ_SIZE + 1],
				char key[MRZ_KEY_SIZE]);
must_check enum result pers_dg1(const char *mrz, struct blob *out);
must_check enum result pers_dg2(const struct pers_options *o,
				struct blob *out);
must_check enum result pers_card_access(const struct pers_options *o,
					struct blob *out);
must_check enum result pers_dg14(const struct pers_options *o, EVP_PKEY *chip,
				 struct blob *out);
must_check enum result pers_com(bool dg14, struct blob *out);
must_check enum result pers_dir(struct blob *out);

/* A JPEG or JPEG 2000 with its size, from a file or the built-in grey one. */
struct portrait {
	struct blob image;
	bool jp2;
	uint16_t width, height;
};
void portrait_done(struct portrait *p);
must_check enum result portrait_load(const char *path, size_t pad_to,
				     struct portrait *out);

/* -- the State ------------------------------------------------------------ */

struct signer {			/* document signer */
	EVP_PKEY *key;
	X509 *cert;
	bool pss;
};
struct issuer {			/* country signing CA */
	EVP_PKEY *key;
	X509 *cert;
};
void signer_done(struct signer *s);
void issuer_done(struct issuer *ca);

/* "ecdsa-bp256", "ecdsa-p256", "rsa", "rsa-pss", "rsa-4096"; a new key. */
must_check enum result pki_key(const char *alg, bool explicit_params,
			       EVP_PKEY **out);
/* Load the CA of --ca DIR or make it, with csca.cer (DER) to install. */
must_check enum result pki_issuer(const struct pers_options *o,
				  struct issuer *out);
must_check enum result pki_signer(const struct pers_options *o,
				  const struct issuer *ca,
				  struct signer *out);
/* Write <ca>/csca.crl; with the signer on it where revoke is set. */
must_check enum result pki_crl(const struct pers_options *o,
			       const struct issuer *ca,
			       const struct signer *signer, bool revoke);

must_check enum result pers_sod(const struct pers_options *o,
				const struct signer *signer,
				const struct blob files[SIM_EF_COUNT],
				struct blob *out);

/* Damage done after signing, by the options. */
must_check enum result pers_damage(const struct pers_options *o,
				   struct blob files[SIM_EF_COUNT]);

#endif
