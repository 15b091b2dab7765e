/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SecurityInfos, 9303-11 9.2 and TR-03110-3 A.1.1: SET OF SecurityInfo, as
 * found bare in EF.CardAccess, in 6E in EF.DG14, and signed in EF.CardSecurity.
 * Each keeps its own DER bytes, so that two lists can be compared byte for
 * byte. Spans point into the caller's bytes.
 */
#ifndef CNIE_LDS_DG14_H
#define CNIE_LDS_DG14_H

#include "base/bytes.h"

/* The most seen in published documents is under 20. */
#define SECURITY_INFOS_MAX 48

enum security_info_kind {
	INFO_UNKNOWN = 0,	/* kept as raw and oid, nothing else */
	INFO_PACE,		/* PACEInfo */
	INFO_PACE_DOMAIN,	/* PACEDomainParameterInfo: not read further */
	INFO_CHIP_AUTH,		/* ChipAuthenticationInfo */
	INFO_CHIP_AUTH_KEY,	/* ChipAuthenticationPublicKeyInfo */
	INFO_ACTIVE_AUTH,	/* ActiveAuthenticationInfo */
	INFO_TERMINAL_AUTH,	/* known and not read further */
};

enum key_agreement { AGREE_NONE = 0, AGREE_DH, AGREE_ECDH };
enum pace_mapping { MAP_NONE = 0, MAP_GM, MAP_IM, MAP_CAM };
enum info_cipher {
	CIPHER_NONE = 0, CIPHER_3DES, CIPHER_AES128, CIPHER_AES192,
	CIPHER_AES256
};

/* One protocol by its object identifier: a row of a constant table. */
struct protocol {
	const char *name;		/* "ECDH-GM AES-128", <= 32 bytes */
	enum security_info_kind kind;
	enum key_agreement agreement;
	enum pace_mapping mapping;
	enum info_cipher cipher;
	struct span oid;		/* contents octets, without 06 and
					 * length: as PACE's MSE takes them */
};

struct security_info {
	enum security_info_kind kind;
	const struct protocol *protocol; /* NULL: INFO_UNKNOWN */
	struct span raw;		/* the whole SecurityInfo */
	struct span oid;		/* contents octets */
	uint32_t version;		/* PACE must be 2, CA 1, AA 1: as found,
					 * the caller's choice checks it */
	bool has_id;
	uint32_t id;			/* PACE parameterId, CA keyId */
	struct span spki;		/* CHIP_AUTH_KEY: SubjectPublicKeyInfo,
					 * whole */
	struct span signature_oid;	/* ACTIVE_AUTH: contents octets */
};

struct security_infos {
	size_t count;
	struct security_info info[SECURITY_INFOS_MAX];
};

/* The bare SET: EF.CardAccess, or the content of EF.CardSecurity. */
must_check enum result security_infos_parse(struct span set,
					    struct security_infos *out);
/* EF.DG14: 6E { SET }. */
must_check enum result dg14_parse(struct span file,
				  struct security_infos *out);

/* The protocol with these contents octets, NULL where none is known. */
const struct protocol *protocol_by_oid(struct span oid);

/* Whether `list` holds an info with exactly these bytes. */
bool security_infos_hold(const struct security_infos *list, struct span raw);

#endif
