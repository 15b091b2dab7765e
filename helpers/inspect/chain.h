/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a document signer's certificate to an anchor of the store: the second
 * half of passive authentication (9303-11 5.1). The signer's own key and
 * signature algorithm were judged by the caller.
 */
#ifndef CNIE_INSPECT_CHAIN_H
#define CNIE_INSPECT_CHAIN_H

#include "base/reason.h"
#include "inspect/csca.h"

struct chain {
	const struct csca_anchor *anchor;	/* of the store */
	int64_t not_before, not_after;		/* of the signer */
	bool anchor_expired;	/* after the signer was issued */
	enum crl_state crl;
};

/* REASON_NONE, or SOD_SIGNATURE (no document signer), SOD_MALFORMED,
 * CSCA_UNKNOWN, WEAK_ALGORITHM, CERT_EXPIRED, CERT_REVOKED, INTERNAL. */
must_check enum reason chain_check(X509 *dsc, const struct csca_store *store,
				   int64_t now, uint32_t crl_grace_s,
				   const struct csca_strength *weak,
				   struct chain *out);

#endif
