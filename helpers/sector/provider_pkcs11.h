/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PSN = HMAC-SHA-256(key in a token, X): 32 bytes. */
#ifndef CNIE_SECTOR_PROVIDER_PKCS11_H
#define CNIE_SECTOR_PROVIDER_PKCS11_H

#include "sector/provider.h"
#include "sector/token.h"

/* key outlives the provider. */
struct provider provider_pkcs11(struct token_key *key);

#endif
