/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys from secrets (9303-11 9.7). */
#ifndef CNIE_EMRTD_KDF_H
#define CNIE_EMRTD_KDF_H

#include "base/wire.h"		/* enum password_kind */
#include "emrtd/cipher.h"

enum kdf_counter { KDF_ENC = 1, KDF_MAC = 2, KDF_PACE = 3 }; /* 9.7.1 */

/* SECRET: wipe. */
struct session_keys {
	enum info_cipher cipher;
	uint8_t enc[CIPHER_KEY_MAX];
	uint8_t mac[CIPHER_KEY_MAX];
	uint8_t ssc[CIPHER_BLOCK_MAX];	/* the counter's first value, at the
					 * front; 0 but after BAC (9.8.6.3) */
};

void session_keys_wipe(struct session_keys *k);

/* 9303-11 9.7.1.1-4: SHA-1 for 3DES and AES-128, SHA-256 for AES-192/256, cut
 * to the key; DES parity bits as they fall (9.7.1.1: irrelevant). */
must_check enum result kdf(enum info_cipher c, struct span secret,
			   enum kdf_counter counter,
			   uint8_t out[CIPHER_KEY_MAX]);
/* KS_Enc and KS_MAC from a shared secret; cipher is set, ssc is 0. */
must_check enum result kdf_session(enum info_cipher c, struct span secret,
				   struct session_keys *out);
/* 9303-11 9.7.3: K_pi = KDF_pi(f(pi)): for a CAN f is the identity on its
 * characters, for the MRZ SHA-1 of the MRZ key. R_MALFORMED for an empty
 * password or a kind not known. */
must_check enum result kdf_password(enum info_cipher c,
				    enum password_kind kind, struct span pi,
				    uint8_t out[CIPHER_KEY_MAX]);

#endif
