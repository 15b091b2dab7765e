/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys from secrets (9303-11 9.7) and the two AES primitives of PACE and
 * secure messaging. AES-128 alone in this version.
 */
#ifndef CNIE_EMRTD_KDF_H
#define CNIE_EMRTD_KDF_H

#include "base/bytes.h"
#include "base/wire.h"		/* enum password_kind */

#define AES_KEY_SIZE   16
#define AES_BLOCK_SIZE 16
#define MAC_SIZE       8	/* 9303-11 9.8.6.2: CMAC cut to 8 bytes */

enum kdf_counter { KDF_ENC = 1, KDF_MAC = 2, KDF_PACE = 3 }; /* 9.7.1 */

/* SECRET: wipe. */
struct session_keys {
	uint8_t enc[AES_KEY_SIZE];
	uint8_t mac[AES_KEY_SIZE];
};

void session_keys_wipe(struct session_keys *k);

/* 9303-11 9.7.1.2: KDF(K, c) = the first 16 bytes of SHA-1(K || c). */
must_check enum result kdf_aes128(struct span secret, enum kdf_counter c,
				  uint8_t out[AES_KEY_SIZE]);
/* 9303-11 9.7.1: KS_Enc and KS_MAC from a shared secret. */
must_check enum result kdf_session(struct span secret,
				   struct session_keys *out);
/*
 * 9303-11 9.7.3: K_pi = KDF_pi(f(pi)): for a CAN f is the identity on its
 * characters, for the MRZ SHA-1 of the MRZ key. R_MALFORMED for an empty
 * password or a kind not known.
 */
must_check enum result kdf_password(enum password_kind kind, struct span pi,
				    uint8_t out[AES_KEY_SIZE]);

/* AES-128-CMAC of the concatenation of a and b, its first 8 bytes
 * (9303-11 4.4.3.4 and 9.8.6.2). */
must_check enum result aes_mac(const uint8_t key[AES_KEY_SIZE], struct span a,
			       struct span b, uint8_t out[MAC_SIZE]);
/* One block, ECB: the IV of secure messaging (9303-11 9.8.6.1). */
must_check enum result aes_block(const uint8_t key[AES_KEY_SIZE],
				 const uint8_t in[AES_BLOCK_SIZE],
				 uint8_t out[AES_BLOCK_SIZE]);
/* CBC without padding; data is whole blocks and out holds as many bytes. */
must_check enum result aes_cbc(const uint8_t key[AES_KEY_SIZE],
			       const uint8_t iv[AES_BLOCK_SIZE], bool encrypt,
			       struct span data, uint8_t *out);

#endif
