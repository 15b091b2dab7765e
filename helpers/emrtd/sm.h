/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Secure messaging (9303-11 9.8) with 3DES and AES.
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

/* SECRET: wipe with sm_wipe. */
struct sm {
	struct session_keys keys;
	uint8_t ssc[CIPHER_BLOCK_MAX];	/* one block of the cipher */
	bool live;
	bool odd;			/* the last command's instruction */
};

void sm_wipe(struct sm *sm);
/* New keys; the send sequence counter starts as they say. */
void sm_start(struct sm *sm, const struct session_keys *keys);

/* Plaintext bytes that a protected response of `answer` bytes (without its
 * status word) holds at most: 223 with AES and 231 with 3DES for 256. */
size_t sm_plain_max(const struct sm *sm, size_t answer);

/*
 * Append the protected form of c; data of an odd instruction (B1) goes in
 * DO'85'. The outer Le is short where c->le <= 256 and the protected data is
 * short too, else 0000. R_DENIED where sm is not live; R_INTERNAL for a
 * Le that does not exist (nothing is lost then), or a command that does
 * not fit (data over 512 bytes, or out): then the keys are gone.
 */
must_check enum result sm_wrap(struct sm *sm, const struct command *c,
			       struct sink *out);
/*
 * Check and decrypt a response into plain; out->data points there. The data
 * is in DO'87', after an odd instruction in DO'85'.
 * R_MALFORMED: not a protected response; R_DENIED: wrong MAC, or not live.
 * plain may hold garbage unless R_OK.
 */
must_check enum result sm_unwrap(struct sm *sm, struct span apdu,
				 struct sink *plain, struct response *out);

#endif
