/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/provider_pkcs11.h"

static enum reason pkcs11_evaluate(void *ctx, struct span x, struct psn *out)
{
	const struct token_key *key = ctx;
	enum reason why = token_hmac(key, x, out->b);

	if (why == REASON_NONE)
		out->n = TOKEN_HMAC;
	return why;
}

struct provider provider_pkcs11(struct token_key *key)
{
	return (struct provider){ "pkcs11", pkcs11_evaluate, key };
}
