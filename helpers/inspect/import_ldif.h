/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * LDIF (RFC 2849) as the ICAO PKD gives its directory out: of it only the
 * base64 values of the attributes that hold master lists, CSCA certificates
 * and CRLs. Document signers (userCertificate) are passed over.
 */
#ifndef CNIE_INSPECT_IMPORT_LDIF_H
#define CNIE_INSPECT_IMPORT_LDIF_H

#include "base/bytes.h"

/*
 * Take lines off *text up to the end of the next such value and append its
 * octets to `room`, where they stay. R_ABSENT: no more of them. R_MALFORMED:
 * that value is not base64; the next call goes on behind it. R_INTERNAL: it
 * does not fit (text.n octets of room always suffice).
 */
must_check enum result ldif_next(struct span *text, struct sink *room,
				 struct span *value);

#endif
