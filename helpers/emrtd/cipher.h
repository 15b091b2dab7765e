/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The block ciphers and MACs of PACE, BAC, Chip Authentication and secure
 * messaging (9303-11 9.8), one row each: 3DES with CBC and the Retail MAC,
 * AES-128/192/256 with CBC and CMAC.
 */
#ifndef CNIE_EMRTD_CIPHER_H
#define CNIE_EMRTD_CIPHER_H

#include "lds/dg14.h"		/* enum info_cipher */

#define CIPHER_KEY_MAX   32
#define CIPHER_BLOCK_MAX 16
#define MAC_SIZE         8	/* Retail MAC; CMAC cut to 8 (9.8.6.2) */

size_t cipher_key_size(enum info_cipher c);	/* 16 16 24 32; 0 none */
size_t cipher_block_size(enum info_cipher c);	/* 8 for 3DES, else 16 */

/* The MAC of a || b. 3DES: ISO/IEC 9797-1 algorithm 3 over whole blocks, no
 * padding here: R_INTERNAL where a || b is not whole blocks. */
must_check enum result cipher_mac(enum info_cipher c,
				  const uint8_t key[CIPHER_KEY_MAX],
				  struct span a, struct span b,
				  uint8_t out[MAC_SIZE]);
/* The MAC of a || b || 80 00..., padded to whole blocks here (ISO/IEC 9797-1
 * method 2): secure messaging's, whatever the cipher. Nothing is copied. */
must_check enum result cipher_mac_padded(enum info_cipher c,
					 const uint8_t key[CIPHER_KEY_MAX],
					 struct span a, struct span b,
					 uint8_t out[MAC_SIZE]);
/* One block, ECB: AES's IV of secure messaging (9.8.6.1). */
must_check enum result cipher_block(enum info_cipher c,
				    const uint8_t key[CIPHER_KEY_MAX],
				    struct span in,
				    uint8_t out[CIPHER_BLOCK_MAX]);
/* CBC without padding; data is whole blocks and out holds as many bytes. iv
 * NULL: zeros. */
must_check enum result cipher_cbc(enum info_cipher c,
				  const uint8_t key[CIPHER_KEY_MAX],
				  const uint8_t *iv, bool encrypt,
				  struct span data, uint8_t *out);
/* Append 80 and zeros (ISO/IEC 9797-1 padding method 2) up to a whole block
 * counted from out->p + from; always at least the 80. */
void cipher_pad(enum info_cipher c, struct sink *out, size_t from);

#endif
