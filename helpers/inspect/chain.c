// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * - The signer MUST be a document signer: no CA, may sign, and no extended
 *   key usage, which 9303-12 7.1.1 gives to a State's other signers.
 * - An anchor of the store MUST have signed it, directly: 9303-12 knows no
 *   certificate between the two.
 * - The signer MUST be valid now; the anchor too, or have expired after the
 *   signer was issued.
 * - Neither may stand on a CRL of their country in the store.
 */
#include "inspect/chain.h"

#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/refuse.h"

static bool validity_of(const X509 *cert, int64_t *from, int64_t *until)
{
	return csca_seconds(X509_get0_notBefore(cert), from) &&
	       csca_seconds(X509_get0_notAfter(cert), until);
}

/* A document signer and nothing else. */
static enum reason check_document_signer(X509 *dsc)
{
	refuse_if(X509_get_version(dsc) != X509_VERSION_3,
		  REASON_SOD_SIGNATURE);
	refuse_if(X509_check_ca(dsc) != 0, REASON_SOD_SIGNATURE);
	refuse_if((X509_get_extension_flags(dsc) & EXFLAG_KUSAGE) == 0,
		  REASON_SOD_SIGNATURE);
	refuse_if((X509_get_key_usage(dsc) & KU_DIGITAL_SIGNATURE) == 0,
		  REASON_SOD_SIGNATURE);
	refuse_if(X509_get_ext_by_NID(dsc, NID_ext_key_usage, -1) >= 0,
		  REASON_SOD_SIGNATURE);
	return REASON_NONE;
}

/* Explicit parameters are no error where they are those of a named curve:
 * the keys were judged by csca_key_strong() before. */
static int on_verify(int ok, X509_STORE_CTX *ctx)
{
	if (ok || X509_STORE_CTX_get_error(ctx) !=
			  X509_V_ERR_EC_KEY_EXPLICIT_PARAMS)
		return ok;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

/* Whether this anchor alone makes the chain: signature, names, extensions.
 * Times are judged by the caller. */
static enum reason verify_under(X509 *anchor, X509 *dsc)
{
	X509_STORE *one = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	enum reason why = REASON_INTERNAL;

	if (one && ctx && X509_STORE_add_cert(one, anchor) == 1 &&
	    X509_STORE_CTX_init(ctx, one, dsc, NULL) == 1) {
		/* a link certificate is an anchor as good as any (csca.h) */
		X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN |
					      X509_V_FLAG_NO_CHECK_TIME);
		X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_ANY);
		X509_STORE_CTX_set_depth(ctx, 0);
		X509_STORE_CTX_set_verify_cb(ctx, on_verify);
		why = REASON_NONE;
		if (refused(X509_verify_cert(ctx) != 1))
			why = REASON_CSCA_UNKNOWN;
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(one);
	return why;
}

/* A key of another kind than the one that signed: a CSCA of the same name, of
 * another State or generation, and not a weak signature of this one. */
static bool other_kind(const X509_ALGOR *alg, const X509 *anchor)
{
	const struct csca_algorithm *a = csca_algorithm(alg);
	const EVP_PKEY *key = X509_get0_pubkey(anchor);

	return a && key && a->ec != (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC);
}

/* This anchor, its strength and its time. The signer names it by its subject:
 * a State that takes another name says so by a link certificate. */
static enum reason try_anchor(const struct csca_anchor *a, X509 *dsc,
			      int64_t now, const struct csca_strength *weak,
			      struct chain *c)
{
	const X509_ALGOR *alg;
	int64_t from, until;
	enum reason why;

	if (X509_NAME_cmp(X509_get_subject_name(a->cert),
			  X509_get_issuer_name(dsc)) != 0)
		return REASON_CSCA_UNKNOWN;
	X509_get0_signature(NULL, &alg, dsc);
	if (other_kind(alg, a->cert))
		return REASON_CSCA_UNKNOWN;
	/* first: what is weak may not even be tried */
	refuse_if(!csca_signature_strong(alg, a->cert, weak),
		  REASON_WEAK_ALGORITHM);
	why = verify_under(a->cert, dsc);
	if (why != REASON_NONE)
		return why;
	if (!validity_of(a->cert, &from, &until))
		return REASON_CERT_EXPIRED;
	refuse_if(now < from, REASON_CERT_EXPIRED);
	/* Expired and still here is not withdrawn: it vouches for what it
	 * issued in its time (9303-12 4.2: a CSCA signs for some years and
	 * verifies until its last document has expired). */
	refuse_if(now > until && (c->not_before < from ||
				  c->not_before > until),
		  REASON_CERT_EXPIRED);
	c->anchor_expired = now > until;
	c->anchor = a;
	return REASON_NONE;
}

/* -- revocation --------------------------------------------------------------- */

/* By its serial number in the CRL's own name, or in the name that the entry
 * gives (RFC 5280 5.3.3: the CSCA bore another when it issued). */
static bool revoked(X509_CRL *crl, X509 *cert)
{
	X509_REVOKED *entry;

	return X509_CRL_get0_by_serial(crl, &entry,
				       X509_get0_serialNumber(cert)) == 1 ||
	       X509_CRL_get0_by_cert(crl, &entry, cert) == 1;
}

static bool is_current(X509_CRL *crl, int64_t now, uint32_t grace_s)
{
	int64_t from, next;

	if (!csca_seconds(X509_CRL_get0_lastUpdate(crl), &from) ||
	    !csca_seconds(X509_CRL_get0_nextUpdate(crl), &next))
		return false;
	refuse_if(now < from, false);
	refuse_if(now > next + grace_s, false);
	refuse_if(!csca_crl_whole(crl), false);
	return true;
}

/*
 * Whether one of the two stands on a CRL of their country: a State has one
 * CSCA, one CRL, and never uses a serial number twice, whatever names the
 * CSCA bore (9303-12 7.1.1.5, 7.1.4 note 1). The entries of an old CRL count:
 * a revocation is not taken back.
 */
static enum reason check_crls(const struct csca_store *store, X509 *dsc,
			      int64_t now, uint32_t grace_s,
			      const struct csca_strength *weak,
			      struct chain *c)
{
	char country[3], of_crl[3];

	csca_name_country(X509_get_issuer_name(dsc), country);
	for (size_t i = 0; i < csca_crl_count(store); i++) {
		X509_CRL *crl = csca_crl(store, i);

		csca_name_country(X509_CRL_get_issuer(crl), of_crl);
		if (strcmp(country, of_crl) != 0 ||
		    refused(!csca_crl_strong(store, i, weak)))
			continue;
		refuse_if(revoked(crl, dsc), REASON_CERT_REVOKED);
		refuse_if(revoked(crl, c->anchor->cert), REASON_CERT_REVOKED);
		if (is_current(crl, now, grace_s))
			c->crl = CRL_CURRENT;
		else if (c->crl == CRL_NONE)
			c->crl = CRL_STALE;
	}
	return REASON_NONE;
}

enum reason chain_check(X509 *dsc, const struct csca_store *store,
			int64_t now, uint32_t crl_grace_s,
			const struct csca_strength *weak, struct chain *out)
{
	enum reason why = check_document_signer(dsc), one;
	struct chain c = { 0 };

	if (why != REASON_NONE)
		return why;
	if (!validity_of(dsc, &c.not_before, &c.not_after))
		return REASON_SOD_MALFORMED;
	refuse_if(c.not_before < 0, REASON_SOD_MALFORMED);
	why = REASON_CSCA_UNKNOWN;
	for (size_t i = 0; i < csca_count(store) && why != REASON_NONE; i++) {
		one = try_anchor(csca_anchor(store, i), dsc, now, weak, &c);
		if (one != REASON_CSCA_UNKNOWN)
			why = one;	/* says more than "unknown" */
	}
	if (why != REASON_NONE)
		return why;
	refuse_if(now < c.not_before, REASON_CERT_EXPIRED);
	refuse_if(now > c.not_after, REASON_CERT_EXPIRED);
	why = check_crls(store, dsc, now, crl_grace_s, weak, &c);
	if (why == REASON_NONE)
		*out = c;
	return why;
}
