/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * EF.SOD, 9303-10 4.6.2: 77 { ContentInfo }, and what the State signs in it,
 * the LDSSecurityObject: one hash per data group. No cryptography here.
 */
#ifndef CNIE_LDS_SOD_H
#define CNIE_LDS_SOD_H

#include "base/bytes.h"

#define SOD_DG_MAX 16		/* ub-DataGroups */
#define SOD_HASH_MAX 64		/* SHA-512 */

enum sod_digest {
	SOD_SHA1 = 1, SOD_SHA224, SOD_SHA256, SOD_SHA384, SOD_SHA512
};

struct lds_security_object {
	uint8_t version;		 /* 0 or 1 */
	enum sod_digest digest;
	uint32_t data_groups;		 /* bit n: DGn is listed, n 1..16 */
	struct span hash[SOD_DG_MAX + 1];/* [n] of DGn; into the input */
};

/* The CMS ContentInfo inside EF.SOD, whole. */
must_check enum result sod_cms(struct span file, struct span *cms);

/* R_DENIED: a digest not in enum sod_digest. R_MALFORMED: anything else, also
 * a data group listed twice, a number outside 1..16, a hash of wrong size. */
must_check enum result lds_security_object_parse(struct span der,
				struct lds_security_object *out);

size_t sod_digest_size(enum sod_digest d);
const char *sod_digest_name(enum sod_digest d);	/* "sha256" */

#endif
