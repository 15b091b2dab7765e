/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CMS SignedData with one signer, as a State signs its documents (9303-10
 * 4.6.2.2), EF.CardSecurity (TR-03110-3 A.1.2.5) and its master lists
 * (9303-12 9). Who the signer is, is the caller's to judge.
 *
 *	scoped(signed_data_done) struct signed_data sd = { 0 };
 *	signed_data_open(der, type, certs_max, &sd)	what it says
 *	signed_data_verify(&sd, weak)			that it is signed
 */
#ifndef CNIE_INSPECT_SIGNED_DATA_H
#define CNIE_INSPECT_SIGNED_DATA_H

#include <openssl/cms.h>

#include "base/bytes.h"
#include "base/reason.h"
#include "inspect/csca.h"

struct signed_data {
	CMS_ContentInfo *cms;
	STACK_OF(X509) *inside;		/* the CMS's certificates */
	STACK_OF(X509) *one;		/* the one of them that signed */
	CMS_SignerInfo *info;		/* of cms */
	X509 *signer;			/* of inside */
	struct span type;		/* the caller's */
	struct span content;		/* of cms */
	int digest;			/* after verify; OpenSSL's number */
	const char *algorithm;		/* "ecdsa" */
};

/* REASON_NONE; SOD_MALFORMED: not one SignedData of this content type, with
 * its content, one SignerInfo and its certificate among at most `certs_max`
 * inside; INTERNAL. */
must_check enum reason signed_data_open(struct span der, struct span type,
					int certs_max,
					struct signed_data *sd);
/* REASON_NONE; SOD_MALFORMED: the signed attributes, or algorithms that do
 * not fit each other; WEAK_ALGORITHM; SOD_SIGNATURE. */
must_check enum reason signed_data_verify(struct signed_data *sd,
					  const struct csca_strength *weak);
void signed_data_done(struct signed_data *sd);

bool oid_is(const ASN1_OBJECT *object, struct span oid);

#endif
