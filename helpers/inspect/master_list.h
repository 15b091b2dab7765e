/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A CSCA master list (9303-12 9): CMS SignedData over CscaMasterList
 * { version 0, SET OF Certificate }. The ICAO's and the BSI's lists are this
 * file; the BSI's comes in a zip archive.
 */
#ifndef CNIE_INSPECT_MASTER_LIST_H
#define CNIE_INSPECT_MASTER_LIST_H

#include "inspect/signed_data.h"

#define MASTER_LIST_MAX (8 << 20)	/* bytes: the whole world's is 1 MB */
#define MASTER_LIST_CERTS_MAX 1024	/* of the CMS itself, not of the list:
					 * the signer's and its CSCAs */

/*
 * Check that it is one, of MASTER_LIST_MAX at most, signed by a master list
 * signer (extended key usage, 9303-12 7.1.1.3) valid at `now`: by any, or, `by`
 * given, by that certificate or one that it issued. Without `by` the signature
 * proves that the list is whole, not whose it is.
 *
 * REASON_NONE: *certificates are the objects of the SET, to be taken with
 * tlv_next(); they are sd's. Else as signed_data.h, CSCA_UNKNOWN where it is
 * another's, CERT_EXPIRED.
 */
must_check enum reason master_list_open(struct span der, X509 *by,
					uint64_t now,
					const struct csca_strength *weak,
					struct signed_data *sd,
					struct span *certificates);

/* Whether `cert` is `by` itself or was issued by it. */
bool master_list_vouched(X509 *cert, X509 *by,
			 const struct csca_strength *weak);

#endif
