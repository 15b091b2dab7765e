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

/* 9303-12: a State issues a CRL every 90 days at least. */
#define CRL_GRACE_S (90 * 86400)

/* Days from civil, proleptic Gregorian, UTC. Not timegm(): the C library's
 * first date may open a file. */
static bool seconds_of(const ASN1_TIME *time, int64_t *out)
{
	struct tm tm;
	int64_t y, m, days;

	if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	y = (int64_t)tm.tm_year + 1900 - (tm.tm_mon < 2);
	m = (tm.tm_mon + 10) % 12;	/* March is 0 */
	days = 365 * y + y / 4 - y / 100 + y / 400 +
	       (153 * m + 2) / 5 + tm.tm_mday - 1 - 719468;
	*out = days * 86400 + tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
	return true;
}

static bool validity_of(const X509 *cert, int64_t *from, int64_t *until)
{
	return seconds_of(X509_get0_notBefore(cert), from) &&
	       seconds_of(X509_get0_notAfter(cert), until);
}

/* A document signer and nothing else. */
static bool is_document_signer(X509 *dsc)
{
	return X509_get_version(dsc) == X509_VERSION_3 &&
	       X509_check_ca(dsc) == 0 &&
	       (X509_get_extension_flags(dsc) & EXFLAG_KUSAGE) != 0 &&
	       (X509_get_key_usage(dsc) & KU_DIGITAL_SIGNATURE) != 0 &&
	       X509_get_ext_by_NID(dsc, NID_ext_key_usage, -1) < 0;
}

/* Explicit parameters are no error where they are those of a named curve,
 * which csca_key_strong() has the last word on. */
static int on_verify(int ok, X509_STORE_CTX *ctx)
{
	X509 *cert = X509_STORE_CTX_get_current_cert(ctx);

	if (ok || X509_STORE_CTX_get_error(ctx) !=
			  X509_V_ERR_EC_KEY_EXPLICIT_PARAMS)
		return ok;
	if (!cert || !csca_key_strong(X509_get0_pubkey(cert)))
		return 0;
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
		/* a link certificate is an anchor as good as any */
		X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN |
					      X509_V_FLAG_NO_CHECK_TIME);
		X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_ANY);
		X509_STORE_CTX_set_depth(ctx, 0);
		X509_STORE_CTX_set_verify_cb(ctx, on_verify);
		why = X509_verify_cert(ctx) == 1 ? REASON_NONE
						 : REASON_CSCA_UNKNOWN;
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(one);
	return why;
}

/* This anchor, its strength and its time. */
static enum reason try_anchor(const struct csca_anchor *a, X509 *dsc,
			      int64_t now, struct chain *c)
{
	int64_t from, until;
	enum reason why;

	if (X509_NAME_cmp(X509_get_subject_name(a->cert),
			  X509_get_issuer_name(dsc)) != 0)
		return REASON_CSCA_UNKNOWN;
	/* first: a weak key may not even be tried */
	if (!csca_key_strong(X509_get0_pubkey(a->cert)))
		return REASON_WEAK_ALGORITHM;
	why = verify_under(a->cert, dsc);
	if (why != REASON_NONE)
		return why;
	if (!validity_of(a->cert, &from, &until) || now < from)
		return REASON_CERT_EXPIRED;
	/* Expired and still here is not withdrawn: it vouches for what it
	 * issued in its time (9303-12 4.2: a CSCA signs for some years and
	 * verifies until its last document has expired). */
	if (now > until && (c->not_before < from ||
			    c->not_before > until))
		return REASON_CERT_EXPIRED;
	c->anchor_expired = now > until;
	c->anchor = a;
	return REASON_NONE;
}

/*
 * Whether one of the two stands on a CRL of their country: a State has one
 * CSCA, one CRL, and never uses a serial number twice, whatever names the
 * CSCA bore (9303-12 7.1.1.5, 7.1.4 note 1). The entries of an old CRL count:
 * a revocation is not taken back.
 */
static enum reason check_crls(const struct csca_store *store, X509 *dsc,
			      int64_t now, struct chain *c)
{
	X509 *anchor = c->anchor->cert;
	char country[3], of_crl[3];
	X509_REVOKED *entry;
	int64_t next;

	csca_name_country(X509_get_issuer_name(dsc), country);
	for (size_t i = 0; i < csca_crl_count(store); i++) {
		X509_CRL *crl = csca_crl(store, i);

		csca_name_country(X509_CRL_get_issuer(crl), of_crl);
		if (strcmp(country, of_crl) != 0)
			continue;
		if (X509_CRL_get0_by_serial(crl, &entry,
				X509_get0_serialNumber(dsc)) == 1 ||
		    X509_CRL_get0_by_serial(crl, &entry,
				X509_get0_serialNumber(anchor)) == 1)
			return REASON_CERT_REVOKED;
		if (seconds_of(X509_CRL_get0_nextUpdate(crl), &next) &&
		    now <= next + CRL_GRACE_S)
			c->crl = CRL_CURRENT;
		else if (c->crl == CRL_NONE)
			c->crl = CRL_STALE;
	}
	return REASON_NONE;
}

enum reason chain_check(X509 *dsc, const struct csca_store *store,
			int64_t now, struct chain *out)
{
	enum reason why = REASON_CSCA_UNKNOWN, one;
	struct chain c = { 0 };

	if (!is_document_signer(dsc))
		return REASON_SOD_SIGNATURE;
	if (!validity_of(dsc, &c.not_before, &c.not_after) ||
	    c.not_before < 0 || c.not_after < c.not_before)
		return REASON_SOD_MALFORMED;
	for (size_t i = 0; i < csca_count(store) && why != REASON_NONE; i++) {
		one = try_anchor(csca_anchor(store, i), dsc, now, &c);
		if (one != REASON_CSCA_UNKNOWN)
			why = one;	/* says more than "unknown" */
	}
	if (why != REASON_NONE)
		return why;
	if (now < c.not_before || now > c.not_after)
		return REASON_CERT_EXPIRED;
	why = check_crls(store, dsc, now, &c);
	if (why == REASON_NONE)
		*out = c;
	return why;
}
