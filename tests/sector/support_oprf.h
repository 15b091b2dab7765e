/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vectors of RFC 9497 A.1 and what the checks of all modes do with them. */
#ifndef CNIE_TESTS_SECTOR_SUPPORT_OPRF_H
#define CNIE_TESTS_SECTOR_SUPPORT_OPRF_H

#include "sector/poprf.h"

#define OPRF_SEED \
	"a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3"
#define OPRF_KEY_INFO "test key"
#define OPRF_INFO "test info"		/* of every vector of POPRF */
#define OPRF_BATCH 2
#define OPRF_VECTORS 8
#define OPRF_FIRST_PROVEN 2		/* three of VOPRF, three of POPRF */

struct oprf_vector {
	enum oprf_mode mode;
	size_t n;
	const char *input[OPRF_BATCH], *blind[OPRF_BATCH];
	const char *blinded[OPRF_BATCH], *evaluated[OPRF_BATCH];
	const char *output[OPRF_BATCH];
	const char *proof, *proof_scalar;
};

extern const struct oprf_vector oprf_vectors[OPRF_VECTORS];
extern const char *const oprf_secret_keys[];	/* by mode */
extern const char *const oprf_public_keys[];
extern const uint8_t oprf_not_canonical[32];

void unhex(const char *hex, uint8_t *out, size_t n);
struct span oprf_input(const char *hex, uint8_t buf[32]);

/* A vector with a proof, as bytes. */
struct oprf_proven {
	enum oprf_mode mode;
	uint8_t sk[32], pk[32], r[32], proof[64];
	uint8_t blinded[OPRF_BATCH][32], evaluated[OPRF_BATCH][32];
	size_t n;
};

struct oprf_proven oprf_proven_of(const struct oprf_vector *v);
enum result oprf_prove_again(const struct oprf_proven *p, uint8_t proof[64]);
enum result oprf_verify_again(const struct oprf_proven *p);

#endif
