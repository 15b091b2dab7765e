/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a verified number to what the roster may store:
 *
 *   X        = "cnie/psn/v1" 00 urn 00 issuing State 00 "CIN" 00 number
 *   PSN      = provider(X)
 *   tag      = BLAKE2b-128(key = PSN, "roster")
 *   card-tag = BLAKE2b-128(key = PSN, "card" 00 document number 00 expiry)
 *
 * X, PSN and the canonical number exist in struct tags_work alone, which
 * lives in a secret page and is wiped before tags_make returns.
 */
#ifndef CNIE_SECTOR_TAGS_H
#define CNIE_SECTOR_TAGS_H

#include "base/wire.h"
#include "sector/canon.h"
#include "sector/provider.h"

#define URN_MAX 128
#define X_MAX (11 + 1 + URN_MAX + 1 + 3 + 1 + 3 + 1 + CANON_MAX)

struct tags_work {		/* SECRET, PERSONAL */
	char number[CANON_MAX + 1];
	uint8_t x[X_MAX];
	uint8_t psn[PSN_SIZE];
	uint8_t card[4 + 1 + 40 + 1 + 8];
};

/* sector[:entity[:site]] as the configuration may have it: 1..URN_MAX
 * printable characters without space. */
bool tags_urn_ok(const char *urn);

/*
 * REASON_NUMBER_FORM: the number is not canonical (no key was used).
 * REASON_MRZ_MALFORMED: State, document number or expiry can't be an MRZ's.
 * Else what the provider answers.
 */
must_check enum reason tags_make(const struct canon *canon,
				 const struct provider *provider,
				 const char *urn, const struct msg_number *in,
				 struct tags_work *work,
				 struct msg_sector_tags *out);

#endif
