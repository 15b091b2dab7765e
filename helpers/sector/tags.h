/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a verified number to what the roster may store:
 *
 *   X        = "cnie/psn/v1" 00 urn 00 issuing State 00 "CIN" 00 number
 *   PSN      = provider(X)
 *   tag      = BLAKE2b-128(key = PSN, "roster")
 *   card-tag = BLAKE2b-128(key = PSN, "card" 00 document number 00 expiry)
 *
 * under the key of the epoch, and under that of the one before while both
 * live.
 *
 * Where the PSN comes from a tokeniser and the machine has a key in a token,
 * the tags may be remembered until the epoch ends, under
 *
 *   index    = HMAC-SHA-256(machine's key, "cnie/cache/v2" 00 epoch(u32)
 *                         pinned public key(32) X 00 document number 00 expiry)
 *
 * so that the service is asked once for each card, and does not learn who logs
 * in when. What was remembered under another pinned key is not found: it was
 * that key's.
 *
 * X, PSN and the canonical number exist in struct tags_work alone, which
 * lives in a secret page and is wiped before tags_make returns.
 */
#ifndef CNIE_SECTOR_TAGS_H
#define CNIE_SECTOR_TAGS_H

#include "base/wire.h"
#include "sector/canon.h"
#include "sector/oprf.h"
#include "sector/provider.h"

#define URN_MAX 128
#define X_MAX (11 + 1 + URN_MAX + 1 + 3 + 1 + 3 + 1 + CANON_MAX)
#define CACHED_MAX (13 + 1 + 4 + OPRF_ELEMENT + X_MAX + 1 + 40 + 1 + 8)

struct tags_work {		/* SECRET, PERSONAL */
	char number[CANON_MAX + 1];
	uint8_t x[X_MAX];
	struct psn psn;
	uint8_t card[4 + 1 + 40 + 1 + 8];
	uint8_t cached[CACHED_MAX];
};

/* What is remembered of earlier logins. */
struct tags_cache {
	/* HMAC-SHA-256 under the machine's key. */
	enum reason (*index)(void *ctx, struct span message,
			     uint8_t out[CACHE_INDEX]);
	/* What is known under this index; found 0: nothing. */
	enum reason (*lookup)(void *ctx, const struct msg_sector_lookup *what,
			      struct msg_sector_found *out);
	void *ctx;
};

struct tags_source {		/* of one epoch */
	uint32_t epoch;
	struct provider provider;
	const struct tags_cache *cache;	/* NULL: nothing is remembered */
	const uint8_t *pinned;	/* OPRF_ELEMENT bytes, where there is a cache */
};

/* sector[:entity[:site]] as the configuration may have it: 1..URN_MAX
 * printable characters without space. */
bool tags_urn_ok(const char *urn);

/*
 * The tags under `current`, and under `old` where that is not NULL.
 *
 * REASON_NUMBER_FORM: the number is not canonical. REASON_MRZ_MALFORMED:
 * State, document number or expiry can't be an MRZ's. REASON_NOT_CONFIGURED:
 * the urn. In these cases no key was used and nothing was asked of anybody.
 * Else what a provider or the cache answers; out is set all or not at all.
 */
must_check enum reason tags_make(const struct canon *canon,
				 const struct tags_source *current,
				 const struct tags_source *old,
				 const char *urn, const struct msg_number *in,
				 struct tags_work *work,
				 struct msg_sector_tags *out);

#endif
