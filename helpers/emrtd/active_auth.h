/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Active Authentication (9303-11 6.1): the chip signs our challenge with the
 * key whose public half is in the signed DG15. Weaker than Chip Authentication:
 * it changes no keys.
 *
 * MUST: the key comes from a DG15 whose hash verified.
 * MUST: RSA: ISO/IEC 9796-2 scheme 1, partial recovery without padding (the
 *	 chip's nonce fills the room, 6.1.2.2); the trailer names the hash (BC:
 *	 SHA-1; 34CC 35CC 36CC 38CC: SHA-256, 512, 384, 224).
 * MUST: ECDSA: the hash is the one that the signed DG14's
 *	 ActiveAuthenticationInfo names; without one there is no proof.
 */
#ifndef CNIE_EMRTD_ACTIVE_AUTH_H
#define CNIE_EMRTD_ACTIVE_AUTH_H

#include "emrtd/apdu.h"
#include "lds/dg14.h"

#define AA_CHALLENGE     8
#define AA_ANSWER_MAX    1024	/* RSA of 8192 bits */
#define AA_NAME_MAX      33

struct active_auth_rules {
	bool sha1;		/* accepted */
	bool small_keys;	/* EC below 256 bits, RSA of 1024 to 2047 */
};

/*
 * INTERNAL AUTHENTICATE with the challenge, to which out->data points. le is
 * 256 where the protected answer fits a short response, else 65536: RSA above
 * 1848 bits wants extended APDUs (6.1.4). Where the link has none le = 256
 * remains, for cards that give the rest by 61xx. R_MALFORMED: spki is no key.
 */
must_check enum result active_auth_command(struct span spki,
				const uint8_t challenge[AA_CHALLENGE],
				struct command *out);
/*
 * R_OK: the chip has the key. R_DENIED: it has not, or key or hash are below
 * the rules. R_MALFORMED: spki is no key, or the answer no signature.
 * infos: of the verified DG14, NULL none. ECDSA signatures are taken plain
 * (r || s, TR-03111) and in DER, told apart by their length. *name: "RSA-2048
 * SHA-256", "ECDSA P-256 SHA-256", for the facts.
 */
must_check enum result active_auth_verify(struct span spki,
				const struct security_infos *infos,
				const struct active_auth_rules *rules,
				const uint8_t challenge[AA_CHALLENGE],
				struct span answer, char name[AA_NAME_MAX]);

#endif
