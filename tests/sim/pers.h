/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The personaliser: options in, one card's directory out. All identities are
 * synthetic. pers_make() is the whole program without its command line, so
 * that tests make cards in process.
 */
#ifndef CNIE_SIM_PERS_H
#define CNIE_SIM_PERS_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "sim.h"

/* Each is described by its row in pers_options.c; NULL: not given. */
struct pers_options {
	const char *out, *ca, *ca_next;
	/* the person and the document */
	const char *form, *state, *nationality, *country, *code;
	const char *number, *optional2, *dg11, *document, *birth, *expiry;
	const char *sex, *name;
	const char *can, *pin, *pin_reference, *pin_tries;
	const char *portrait, *pad_to, *faces, *dg2_format;
	/* protocols */
	const char *pace, *pace_curve, *offer;
	const char *ca_curve, *ca_cipher, *ca_params, *ca_keyid;
	const char *cam_params, *cam_keyid, *aa, *aa_params;
	/* the State's signature */
	const char *sod_alg, *sod_digest, *digest, *lds_version;
	const char *csca_alg, *csca_digest, *csca_name;
	const char *doctypes;	/* "ID,I"; "-" for none */
	const char *csca_from, *csca_to, *dsc_from, *dsc_to; /* yyyymmdd */
	const char *crl_from, *crl_next;
	/* a master list instead of a card */
	const char *master_list, *count, *ml_form, *ml_signer;
	/* the chip */
	const char *ef_atr, *historical, *max_command, *max_response;
	const char *quirks, *evil;
	/* bad cards: lists of files as in --alter dg2,sod */
	const char *alter, *truncate, *lying_length, *oversize, *withhold;
	bool bac, cam, cam_unsigned, cam_other_key, cam_foreign, aa_no_info;
	bool explicit_params, sod_ski, alter_dg2, clone;
	bool unsigned_pace, downgrade, extra_infos;
	bool no_ca, no_dg14, no_sod, expired_csca, expired_dsc, revoked_dsc;
	bool crl, wrong_country_dsc, extended, no_extended;
};

/* The defaults: Utopia's person with every field set. */
struct pers_options pers_defaults(void);

/* The command line; *out starts as pers_defaults(). 0, or the exit status and
 * nothing is to be made: *done is true then. */
int pers_command_line(int argc, char **argv, struct pers_options *out,
		      bool *done);

/* Make the card (or the master list; without --out, the State alone). On
 * failure one sentence is on standard error. */
must_check enum result pers_make(const struct pers_options *o);

/* Print "personalise: ..." and return r. */
enum result pers_fail(enum result r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void pers_openssl_error(const char *what);
/* Is `name` an element of a comma-separated list? list may be NULL. */
bool pers_listed(const char *list, const char *name);
/* A decimal number of at most `max`. */
must_check enum result pers_number(const char *text, const char *option,
				   unsigned long max, unsigned long *out);

/* What was put since `from` becomes the value of an object with this tag. */
void pers_wrap(struct sink *s, size_t from, uint32_t tag);
/* INTEGER in DER: a number, and big-endian bytes. */
void pers_put_number(struct sink *out, uint32_t tag, unsigned long v);
void pers_put_integer(struct sink *out, struct span bytes);

/* -- data groups ---------------------------------------------------------- */

#define MRZ_SIZE 90		/* TD1 three lines of 30; TD2 72, TD3 88 */
#define MRZ_KEY_SIZE 38		/* 22+1+6+1+6+1 and NUL */

/* The document code that the form brings where none is given. */
const char *pers_code(const struct pers_options *o);
must_check enum result pers_mrz(const struct pers_options *o,
				char mrz[MRZ_SIZE + 1],
				char key[MRZ_KEY_SIZE]);
must_check enum result pers_dg1(const char *mrz, struct blob *out);
must_check enum result pers_dg2(const struct pers_options *o,
				struct blob *out);
must_check enum result pers_dg11(const struct pers_options *o,
				 struct blob *out);
must_check enum result pers_dg15(EVP_PKEY *aa, struct blob *out);
/* Lists the data groups that there are. */
must_check enum result pers_com(const struct pers_options *o,
				const struct blob files[SIM_EF_COUNT],
				struct blob *out);
must_check enum result pers_dir(struct blob *out);
must_check enum result pers_atr(const struct pers_options *o,
				struct blob *out);

/* A JPEG or JPEG 2000 with its size, from a file or the built-in grey one. */
struct portrait {
	struct blob image;
	bool jp2;
	uint16_t width, height;
};
void portrait_done(struct portrait *p);
must_check enum result portrait_load(const char *path, size_t pad_to,
				     struct portrait *out);

/* The images of one biometric template, in order. */
#define FACES_MAX 9
enum face_kind { FACE_BASIC, FACE_FRONTAL, FACE_TOKEN };
struct face {
	enum face_kind kind;
	const struct portrait *picture;
};
void face_put_19794(struct sink *out, const struct face *faces, size_t n,
		    const char *sex);
void face_put_39794(struct sink *out, const struct face *faces, size_t n);

/* -- what the chip can prove ---------------------------------------------- */

/* A static key on standardised domain parameters. */
struct chip_key {
	const struct sim_domain *domain;	/* NULL: none */
	uint8_t scalar[SIM_SCALAR_MAX];
	struct sim_public public;
};

struct chip {
	struct sim_protocol pace[SIM_PROTOCOLS_MAX];
	size_t pace_count;
	struct sim_protocol offered[SIM_PROTOCOLS_MAX];	/* EF.CardAccess */
	size_t offered_count;
	struct sim_protocol ca_protocol;
	struct chip_key ca, cam;
	EVP_PKEY *aa;			/* NULL: none */
	bool aa_rsa;
	uint8_t aa_digest;		/* 1 SHA-1 .. 5 SHA-512, 3 SHA-256 */
};
void chip_done(struct chip *c);
must_check enum result chip_make(const struct pers_options *o,
				 struct chip *out);
/* card.conf and AA.key: what only the chip knows. A clone has other keys. */
must_check enum result chip_write(const struct pers_options *o,
				  const struct chip *c, const char *mrz_key);

/* SubjectPublicKeyInfo: "named", "explicit" (of a group: PKCS#3), "x942",
 * "standardized". */
must_check enum result chip_spki(const struct chip_key *k, const char *form,
				 struct sink *out);

/* SecurityInfos (9303-11 9.2): EF.CardAccess, DG14, and what EF.CardSecurity
 * signs. R_ABSENT where the set would be empty. */
must_check enum result infos_card_access(const struct pers_options *o,
					 const struct chip *c,
					 struct blob *out);
must_check enum result infos_dg14(const struct pers_options *o,
				  const struct chip *c, struct blob *out);
must_check enum result infos_card_security(const struct pers_options *o,
					   const struct chip *c,
					   struct blob *out);

/* -- the State ------------------------------------------------------------ */

struct signer {			/* document signer, master list signer */
	EVP_PKEY *key;
	X509 *cert;
	bool pss;
};
struct issuer {			/* country signing CA */
	EVP_PKEY *key;
	X509 *cert;
	bool pss;
};
void signer_done(struct signer *s);
void issuer_done(struct issuer *ca);

/* "ecdsa-bp256", "rsa-2048", "rsa-pss-4096"...; a new key. */
must_check enum result pki_key(const char *alg, bool explicit_params,
			       EVP_PKEY **out);
/* The same; an RSA key is made once per directory, as <use>-rsa-<bits>.pem. */
must_check enum result pki_kept_key(const char *dir, const char *use,
				    const char *alg, bool explicit_params,
				    EVP_PKEY **out);
bool pki_is_pss(const char *alg);
EVP_PKEY *pki_load_key(const char *dir, const char *name);
must_check enum result pki_save_key(const char *dir, const char *name,
				    EVP_PKEY *key);
/* For X509_sign_ctx and its like; pss with a salt as long as the digest. */
must_check enum result pki_sign_start(EVP_MD_CTX *ctx, EVP_PKEY *key,
				      const EVP_MD *md, bool pss);
/* yyyymmdd, or days from today where date is NULL. */
must_check enum result pki_set_time(ASN1_TIME *t, const char *date, int days);
must_check enum result pki_save_cert(const char *dir, const char *name,
				     X509 *cert);

enum cert_kind { CERT_CSCA, CERT_LINK, CERT_DSC, CERT_LIST_SIGNER };
struct cert_plan {
	enum cert_kind kind;
	const char *country, *common_name;
	const char *from, *to;	/* yyyymmdd or NULL */
	int from_days, to_days;	/* from today, where there is no date */
	const char *doctypes;	/* CERT_DSC: list or "-" */
	bool name_change;	/* CERT_LINK: 9303-12 7.1 */
	const EVP_MD *md;	/* NULL: SHA-256 */
};
/* ca NULL: self-signed with `key`, by PSS where self_pss. */
must_check enum result cert_make(const struct cert_plan *plan, EVP_PKEY *key,
				 const struct issuer *ca, bool self_pss,
				 X509 **out);

/* The directory of the newest generation: --ca-next, else --ca. */
const char *pki_dir(const struct pers_options *o);
/* Load the newest CA or make it, with csca.cer (DER) to install, and with
 * link.cer, signed by the one before, where it is --ca-next. */
must_check enum result pki_issuer(const struct pers_options *o,
				  struct issuer *out);
/* A CA that nobody's store holds; not kept. */
must_check enum result pki_stranger(const struct pers_options *o,
				    struct issuer *out);
must_check enum result pki_signer(const struct pers_options *o,
				  const struct issuer *ca,
				  struct signer *out);
/* Write csca.crl; with the signer on it where revoke is set. */
must_check enum result pki_crl(const struct pers_options *o,
			       const struct issuer *ca,
			       const struct signer *signer, bool revoke);
must_check enum result pki_master_list(const struct pers_options *o);

/* -- CMS ------------------------------------------------------------------ */

struct cms_plan {
	const char *type;	/* of the content, dotted */
	const EVP_MD *md;
	bool ski;		/* the signer by its key identifier */
	X509 *also;		/* one more certificate; NULL none */
};
must_check enum result cms_make(const struct cms_plan *plan,
				const struct signer *signer,
				struct span content, struct blob *der);
/* What --sod-digest and --sod-ski ask for. */
must_check enum result cms_plan_of(const struct pers_options *o,
				   const char *type, struct cms_plan *out);

must_check enum result pers_sod(const struct pers_options *o,
				const struct signer *signer,
				const struct blob files[SIM_EF_COUNT],
				struct blob *out);
must_check enum result pers_card_security(const struct pers_options *o,
					  const struct chip *c,
					  const struct issuer *ca,
					  const struct signer *signer,
					  struct blob *out);

/* Damage done after signing, by the options. */
must_check enum result pers_damage(const struct pers_options *o,
				   struct blob files[SIM_EF_COUNT]);

#endif
