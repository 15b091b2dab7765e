/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pseudo-random function of PACE's integrated mapping, R(s,t) of 9303-11
 * 4.4.3.3.2. */
#ifndef CNIE_EMRTD_PACE_MAP_H
#define CNIE_EMRTD_PACE_MAP_H

#include "emrtd/cipher.h"

/* Octets of s, of the constants and of each x: l of 4.4.3.3, the smallest
 * multiple of the block that holds a key. */
size_t pace_prf_block(enum info_cipher c);

/* Most octets of R(s,t): for a number of 2048 bits, 64 more, up to a block. */
#define PACE_PRF_MAX (256 + 8 + 32)

/* Append x1 || x2 ... until at least `bits` + 64 are there. s is one
 * pace_prf_block, t one key. */
must_check enum result pace_prf(enum info_cipher c, struct span s,
				const uint8_t t[CIPHER_KEY_MAX], size_t bits,
				struct sink *out);

#endif
