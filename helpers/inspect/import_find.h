/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Foreign files taken apart, in the sandbox: the certificates and CRLs that
 * they hold, each in DER as it stood there. What a file is, its octets say: a
 * certificate, a CRL or a master list in DER; blocks of PEM; LDIF. Whose the
 * certificates are is judged in import_take.h.
 */
#ifndef CNIE_INSPECT_IMPORT_FIND_H
#define CNIE_INSPECT_IMPORT_FIND_H

#include "base/wire.h"
#include "inspect/master_list.h"

/* The ICAO PKD's thirty lists hold some 15,000, nearly all of them many times
 * over. */
#define IMPORT_OBJECTS_MAX 100000

/* Bytes of one: what a message to cnied holds. A CSCA certificate has 1 to
 * 2 KB, and a CRL as large revokes 3,000 document signers. */
#define IMPORT_DER_MAX WIRE_PORTRAIT_MAX

enum import_kind { IMPORT_CERT, IMPORT_CRL };

struct import_object {
	enum import_kind kind;
	bool vouched;		/* stood in a master list that was good */
	uint8_t sha256[32];	/* of der */
	struct span der;	/* of the file, or of a block */
};

struct import_rules {
	X509 *signer;		/* of master lists; NULL any */
	uint64_t now;
	struct csca_strength weak;
};

struct import_found {
	struct import_object *at;
	size_t n, room;
	struct import_block *blocks;
	size_t bad;		/* things that are neither, or broken */
	size_t lists;		/* master lists that were good, */
	enum reason refused;	/* and why another was not (it is bad too) */
};

/*
 * Add what is in `file`, which lives as long as *out. REASON_NONE: it was
 * looked through, whatever it held. FILE_MALFORMED: more than
 * IMPORT_OBJECTS_MAX; INTERNAL: no memory. import_found_free(out) in any case.
 */
must_check enum reason import_find(struct span file,
				   const struct import_rules *rules,
				   struct import_found *out);
/* Certificates before CRLs, each kind by its SHA-256, and each only once. */
void import_found_sort(struct import_found *found);
void import_found_free(struct import_found *found);

/* The one certificate in `file`, DER or PEM. R_MALFORMED: it holds something
 * else, or more. X509_free(*out). */
must_check enum result import_signer(struct span file, X509 **out);

#endif
