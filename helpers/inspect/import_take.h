/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What of the foreign files is taken: certificates and CRLs of one country that
 * a store would use. `store` is made for this and holds what was taken; it is
 * not the machine's.
 */
#ifndef CNIE_INSPECT_IMPORT_TAKE_H
#define CNIE_INSPECT_IMPORT_TAKE_H

#include "inspect/import_find.h"

enum import_verdict {
	IMPORT_TAKEN,
	IMPORT_OTHER_COUNTRY,	/* well-formed, whatever else it is */
	IMPORT_BAD,
};

/*
 * A certificate, into the store: a CA's, of `country`. Where the rules name a
 * signer, a good master list holds it, or the signer vouches for it itself:
 * who named one asked that nothing unsigned becomes an anchor.
 */
must_check enum import_verdict import_take_cert(
	struct csca_store *store, const struct import_object *o,
	const char *country, const struct import_rules *rules);

/*
 * A CRL whose issuer is of `country`, after all certificates. Where one of them
 * bears its issuer's name, one of those must have signed it: *signer. Else it
 * is taken unsigned (*signer NULL), for the machine's store may have who signed
 * it, and without that csca_load() will not use it. X509_CRL_free(*crl), set
 * with IMPORT_TAKEN only, as *signer, which is the store's.
 */
must_check enum import_verdict import_take_crl(
	struct csca_store *store, const struct import_object *o,
	const char *country, X509_CRL **crl, X509 **signer);

#endif
