/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an import is given, made here: master lists of any size, PEM and LDIF.
 * Everything is synthetic. A failure inside aborts.
 */
#ifndef CNIE_TESTS_SUPPORT_LIST_H
#define CNIE_TESTS_SUPPORT_LIST_H

#include "support_pki.h"

#define LIST_ROOM (4 << 20)

/* Two States, UT with its master list signer and XX; keys are shared, serial
 * numbers are not. */
struct list_state {
	EVP_PKEY *ca_key, *signer_key, *other_key;
	X509 *ca;		/* CSCA-UTOPIA, serial number 1 */
	X509 *signer;		/* of ca; may sign master lists */
	X509 *other;		/* CSCA-OTHER, of XX */
};
void list_state_make(struct list_state *out);
void list_state_free(struct list_state *s);
/* A CSCA more, of this country and serial number. */
X509 *list_csca(const struct list_state *s, const char *country, long serial);

/* Each appends to `out`. */
void put_cert(struct sink *out, X509 *cert);		/* DER */
void put_crl(struct sink *out, X509_CRL *crl);
void put_pem(struct sink *out, const char *label, struct span der);
void put_ldif(struct sink *out, const char *attribute, struct span der);
void put_text(struct sink *out, const char *text);

/* CscaMasterList { version, SET { certificates as they stand } } */
void put_list(struct sink *out, uint8_t version, struct span certificates);
/* The CMS over it, its signer by name or by key identifier. */
void put_signed_list(struct sink *out, struct span list,
		     const struct list_state *s, bool by_key);
/* The same in BER, its content in pieces of no stated length, as tools write it
 * that never hold the whole. */
void put_streamed_list(struct sink *out, struct span list,
		       const struct list_state *s);

#endif
