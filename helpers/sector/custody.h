/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the configured provider needs, found and opened before the lock-down:
 * key files, the token with its keys, the service's descriptor; and from it one
 * source of tags for each live epoch.
 */
#ifndef CNIE_SECTOR_CUSTODY_H
#define CNIE_SECTOR_CUSTODY_H

#include "base/wire.h"
#include "sector/provider_pkcs11.h"
#include "sector/provider_tokeniser.h"
#include "sector/tags.h"

#define EPOCHS 2		/* the current one, and the one before */

struct custody {		/* SECRET: in a secret page; not to be moved */
	struct sector_key key[EPOCHS];
	struct token_pin pin;
	struct token token;
	struct token_key token_key[EPOCHS];
	struct token_key machine;
	struct tokeniser tokeniser[EPOCHS];
	struct tags_cache cache;
	struct tags_source source[EPOCHS];
	size_t n;		/* 1, or 2 where the old epoch lives */
};

/* REASON_NOT_CONFIGURED: a configuration that contradicts itself.
 * REASON_HELPER_PROTOCOL: a mode or provider that there is not.
 * REASON_KEY_CUSTODY: the mode asks for a key that is not held here. */
must_check enum reason custody_check(const struct msg_sector_config *config);

/* Does this request use a token? */
bool custody_in_token(const struct msg_sector_config *config);

/* out->token: logged in with the PIN of FD_KEY. */
must_check enum reason custody_token(const struct msg_sector_config *config,
				     bool writable, struct custody *out);

/* Everything for making tags. `lookup` asks cnied what is remembered.
 * REASON_NO_KEY: a key file or a token's key is missing, be it of the old
 * epoch, or is another's. */
must_check enum reason custody_open(const struct msg_sector_config *config,
				    enum reason (*lookup)(void *ctx,
					const struct msg_sector_lookup *what,
					struct msg_sector_found *out),
				    struct custody *out);

/* Use each key once, for nobody's pseudonym. */
must_check enum reason custody_try(struct custody *c, struct psn *scratch);

#endif
