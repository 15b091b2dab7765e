/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RFC 9497 3.3.3, mode POPRF (0x02): as VOPRF, with `info`, bytes that both
 * sides know and that are an input of the function. It is for a service that
 * binds an evaluation to something public of the request; no pseudonym is made
 * with it (oprf.h).
 *
 * Same rules as in oprf.h. info is at most 65535 bytes (R_MALFORMED).
 */
#ifndef CNIE_SECTOR_POPRF_H
#define CNIE_SECTOR_POPRF_H

#include "sector/oprf.h"

/* Client: blinds, and gives the key that the proof is verified against.
 * R_DENIED too where pk is the one for which this info can't be evaluated. */
must_check enum result poprf_blind(struct span input, struct span info,
				   const uint8_t pk[OPRF_ELEMENT],
				   const uint8_t blind[OPRF_SCALAR],
				   uint8_t blinded[OPRF_ELEMENT],
				   uint8_t tweaked[OPRF_ELEMENT]);

/* Server: one element. R_DENIED where info names this very key (InverseError:
 * whoever sent it knows the key, which must be replaced). */
must_check enum result poprf_blind_evaluate(
	const uint8_t sk[OPRF_SCALAR], struct span info,
	const uint8_t blinded[OPRF_ELEMENT], uint8_t evaluated[OPRF_ELEMENT]);

/* Server: the proof for n elements under one info; r is a fresh random scalar,
 * used once. */
must_check enum result poprf_prove(const uint8_t sk[OPRF_SCALAR],
				   struct span info,
				   const uint8_t (*blinded)[OPRF_ELEMENT],
				   const uint8_t (*evaluated)[OPRF_ELEMENT],
				   size_t n, const uint8_t r[OPRF_SCALAR],
				   uint8_t proof[OPRF_PROOF]);
/* Client. R_DENIED: not proven. */
must_check enum result poprf_verify(const uint8_t tweaked[OPRF_ELEMENT],
				    const uint8_t (*blinded)[OPRF_ELEMENT],
				    const uint8_t (*evaluated)[OPRF_ELEMENT],
				    size_t n, const uint8_t proof[OPRF_PROOF]);

/* Client: unblind and hash, after poprf_verify only. */
must_check enum result poprf_finalize(struct span input, struct span info,
				      const uint8_t blind[OPRF_SCALAR],
				      const uint8_t evaluated[OPRF_ELEMENT],
				      uint8_t output[OPRF_OUTPUT]);

/* Evaluate: who holds the key computes the output directly. */
must_check enum result poprf_evaluate(const uint8_t sk[OPRF_SCALAR],
				      struct span input, struct span info,
				      uint8_t output[OPRF_OUTPUT]);

#endif
