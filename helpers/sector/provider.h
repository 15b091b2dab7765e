/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a pseudonym comes from. A provider turns X into PSN = the output of
 * VOPRF(ristretto255-SHA512) under the key of (sector, epoch); all providers
 * of one key give the same value. `local` holds the key and evaluates here.
 */
#ifndef CNIE_SECTOR_PROVIDER_H
#define CNIE_SECTOR_PROVIDER_H

#include "base/bytes.h"
#include "base/reason.h"
#include "sector/key.h"

#define PSN_SIZE OPRF_OUTPUT

struct provider {
	const char *name;
	/* psn is SECRET, in a page of the caller's. */
	enum reason (*evaluate)(const void *ctx, struct span x,
				uint8_t psn[PSN_SIZE]);
	const void *ctx;
};

/* key outlives the provider. */
struct provider provider_local(const struct sector_key *key);

#endif
