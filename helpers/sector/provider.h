/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a pseudonym comes from. A provider turns X into PSN under the key of
 * (sector, epoch):
 *
 *   local      the key is here; the output of VOPRF(ristretto255-SHA512)
 *   tokeniser  a service has it and sees only blinded elements; the same value
 *   pkcs11     HMAC-SHA-256 in a token; another value, so that changing to or
 *              from it needs a new epoch
 */
#ifndef CNIE_SECTOR_PROVIDER_H
#define CNIE_SECTOR_PROVIDER_H

#include "base/bytes.h"
#include "base/reason.h"
#include "sector/key.h"

#define PSN_MAX OPRF_OUTPUT

struct psn {			/* SECRET: in a secret page, wipe */
	uint8_t b[PSN_MAX];
	size_t n;		/* 32 or 64 */
};

struct provider {
	const char *name;
	/* Nothing of out is set unless REASON_NONE. */
	enum reason (*evaluate)(void *ctx, struct span x, struct psn *out);
	void *ctx;
};

/* key outlives the provider. */
struct provider provider_local(struct sector_key *key);

#endif
