/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Secure messaging with AES-128 (9303-11 9.8).
 *
 * MUST: every response carries DO'99' and DO'8E'; one without them is
 *	 refused, whatever its status word says.
 * MUST: the MAC is checked, in constant time, before anything is decrypted.
 * MUST: the status word under the MAC equals the one after it.
 * MUST: after the first failure the keys are gone and all else is refused.
 */
#ifndef CNIE_EMRTD_SM_H
#define CNIE_EMRTD_SM_H

#include "emrtd/apdu.h"
#include "emrtd/kdf.h"

/* Plaintext bytes that a protected response of at most 256 bytes holds:
 * 223 + padding = 224 in DO'87' (4 + 224), DO'99' (4), DO'8E' (10). */
#define SM_SHORT_PLAIN 223

/* SECRET: wipe with sm_wipe. */
struct sm {
	struct session_keys keys;
	uint8_t ssc[AES_BLOCK_SIZE];
	bool live;
};

void sm_wipe(struct sm *sm);
/* New keys; the send sequence counter starts at 0 (9303-11 9.8.6.3). */
void sm_start(struct sm *sm, const struct session_keys *keys);

/* Append the protected form of c. R_DENIED where sm is not live; R_INTERNAL
 * for a command with neither data nor Le, or an odd instruction. */
must_check enum result sm_wrap(struct sm *sm, const struct command *c,
			       struct sink *out);
/*
 * Check and decrypt a response into plain; out->data points there.
 * R_MALFORMED: not a protected response; R_DENIED: wrong MAC, or not live.
 * plain may hold garbage unless R_OK.
 */
must_check enum result sm_unwrap(struct sm *sm, struct span apdu,
				 struct sink *plain, struct response *out);

#endif
