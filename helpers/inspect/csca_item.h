/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An anchor or a CRL as `cniectl csca` shows it and as it travels there. `der`
 * is left empty.
 */
#ifndef CNIE_INSPECT_CSCA_ITEM_H
#define CNIE_INSPECT_CSCA_ITEM_H

#include "base/wire.h"
#include "inspect/csca.h"

/* Anchors of the issuer's name that are tried for a certificate's signature:
 * a State has a few keys under one name. */
#define CSCA_LINK_TRIES 32

/* `cert` against the anchors of the store, of which it may be one. R_INTERNAL:
 * no memory. */
must_check enum result csca_item_cert(const struct csca_store *store,
				      X509 *cert, uint64_t now,
				      const struct csca_strength *weak,
				      struct msg_item *out);
/* `signer`: who signed it; NULL where that is not known yet. */
must_check enum result csca_item_crl(X509_CRL *crl, const X509 *signer,
				     uint64_t now,
				     const struct csca_strength *weak,
				     struct msg_item *out);

#endif
