/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two arithmetics behind domain.h: points (domain_ec.c) and numbers modulo
 * p (domain_dh.c). Same meanings and promises as there.
 */
#ifndef CNIE_EMRTD_DOMAIN_PARTS_H
#define CNIE_EMRTD_DOMAIN_PARTS_H

#include <openssl/bn.h>

#include "base/scope.h"
#include "emrtd/domain.h"

SCOPE_FREE(BN_CTX *, BN_CTX_free);
SCOPE_FREE(BIGNUM *, BN_clear_free);

struct arithmetic {
	enum result (*order)(const struct domain *d, BIGNUM *out);
	enum result (*check)(const struct domain *d, struct span public);
	enum result (*multiply)(const struct domain *d, struct span secret,
				struct span base, uint8_t *out);
	enum result (*map_generic)(const struct domain *d, struct span s,
				   struct span secret, struct span peer,
				   uint8_t *out);
	enum result (*map_integrated)(const struct domain *d, struct span prf,
				      uint8_t *out);
};

extern const struct arithmetic domain_ec;
extern const struct arithmetic domain_dh;

/* Whether p and g, and q where it is not empty, are those of this group. */
bool domain_dh_is(const struct domain *d, struct span p, struct span g,
		  struct span q);

/* A secret as a number that OpenSSL treats in constant time; NULL where memory
 * is short. */
BIGNUM *domain_secret_number(struct span secret);

#endif
