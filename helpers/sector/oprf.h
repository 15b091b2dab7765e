/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RFC 9497, ciphersuite ristretto255-SHA512 (section 4.1), modes OPRF (0x00)
 * and VOPRF (0x01); POPRF (0x02) is in poprf.h. Function names follow section
 * 3.3.
 *
 * The pseudonym (PSN) is the output of the VOPRF mode: OPRF_VERIFIABLE and no
 * other, wherever it is made. Evaluated in process with oprf_evaluate it is,
 * for one key, byte for byte what oprf_blind, oprf_blind_evaluate, oprf_verify
 * and oprf_finalize give through a service that sees only blinded elements.
 *
 * Scalars and elements are 32 bytes as the RFC serialises them. Every element
 * and scalar that comes in is checked: not canonical, the identity, or zero
 * is R_DENIED. Call sodium_init first.
 */
#ifndef CNIE_SECTOR_OPRF_H
#define CNIE_SECTOR_OPRF_H

#include "base/bytes.h"

#define OPRF_SCALAR 32
#define OPRF_ELEMENT 32
#define OPRF_OUTPUT 64
#define OPRF_PROOF 64
#define OPRF_INPUT_MAX 65535

enum oprf_mode { OPRF_BASE = 0x00, OPRF_VERIFIABLE = 0x01,
		 OPRF_PARTIAL = 0x02 };

/* 3.2.1. seed: 32 random bytes; info: any public bytes. */
must_check enum result oprf_derive_key_pair(enum oprf_mode mode,
					    struct span seed, struct span info,
					    uint8_t sk[OPRF_SCALAR],
					    uint8_t pk[OPRF_ELEMENT]);
/* Whether sk is a canonical scalar other than zero. */
bool oprf_key_ok(const uint8_t sk[OPRF_SCALAR]);
must_check enum result oprf_public_key(const uint8_t sk[OPRF_SCALAR],
				       uint8_t pk[OPRF_ELEMENT]);

/* Client: blind is a fresh random scalar of the caller (oprf_random). */
void oprf_random(uint8_t scalar[OPRF_SCALAR]);
must_check enum result oprf_blind(enum oprf_mode mode, struct span input,
				  const uint8_t blind[OPRF_SCALAR],
				  uint8_t blinded[OPRF_ELEMENT]);

/* Server: one element. */
must_check enum result oprf_blind_evaluate(const uint8_t sk[OPRF_SCALAR],
					   const uint8_t blinded[OPRF_ELEMENT],
					   uint8_t evaluated[OPRF_ELEMENT]);

/*
 * Server: 2.2.1, the proof that n evaluated elements were made with the key
 * of pk (mode OPRF_VERIFIABLE). r is a fresh random scalar, used once.
 */
must_check enum result oprf_prove(const uint8_t sk[OPRF_SCALAR],
				  const uint8_t pk[OPRF_ELEMENT],
				  const uint8_t (*blinded)[OPRF_ELEMENT],
				  const uint8_t (*evaluated)[OPRF_ELEMENT],
				  size_t n, const uint8_t r[OPRF_SCALAR],
				  uint8_t proof[OPRF_PROOF]);
/* Client: 2.2.2. R_DENIED: not proven. R_MALFORMED: n is 0 or above 65535. */
must_check enum result oprf_verify(const uint8_t pk[OPRF_ELEMENT],
				   const uint8_t (*blinded)[OPRF_ELEMENT],
				   const uint8_t (*evaluated)[OPRF_ELEMENT],
				   size_t n, const uint8_t proof[OPRF_PROOF]);

/* Client: unblind and hash. In OPRF_VERIFIABLE after oprf_verify only. */
must_check enum result oprf_finalize(struct span input,
				     const uint8_t blind[OPRF_SCALAR],
				     const uint8_t evaluated[OPRF_ELEMENT],
				     uint8_t output[OPRF_OUTPUT]);

/* Evaluate: who holds the key computes the output directly. */
must_check enum result oprf_evaluate(enum oprf_mode mode,
				     const uint8_t sk[OPRF_SCALAR],
				     struct span input,
				     uint8_t output[OPRF_OUTPUT]);

#endif
