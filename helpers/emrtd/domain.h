/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The standardised domain parameters (9303-11 9.5.1, table 6): elliptic curves
 * and DH groups behind one interface, bytes in, bytes out. A public key of a
 * curve is an uncompressed point (04 || X || Y, TR-03111 3.2.1), of a group
 * the number y, both with leading zeros to their full size. (9303-11 9.4.1
 * writes y without them: domain_public_pad reads either, and the keys that we
 * make have none, so that both are the same.)
 *
 * MUST: a public key from outside is checked before it is used: a point on
 *	 the curve and not at infinity; 1 < y < p - 1 and y^q = 1 mod p. Else
 *	 R_MALFORMED. All curves here have cofactor 1.
 * MUST: a result at infinity, or 1, is R_MALFORMED.
 * MUST: secret scalars take OpenSSL's constant-time code.
 */
#ifndef CNIE_EMRTD_DOMAIN_H
#define CNIE_EMRTD_DOMAIN_H

#include "lds/dg14.h"		/* enum key_agreement */

enum domain_id {
	DOMAIN_DH_1024_160, DOMAIN_DH_2048_224, DOMAIN_DH_2048_256,
	DOMAIN_P192, DOMAIN_BP192, DOMAIN_P224, DOMAIN_BP224,
	DOMAIN_P256, DOMAIN_BP256, DOMAIN_BP320, DOMAIN_P384, DOMAIN_BP384,
	DOMAIN_BP512, DOMAIN_P521, DOMAIN_COUNT
};

#define DOMAIN_SECRET_MAX 66	/* P-521; of a group at most 32 */
#define DOMAIN_PUBLIC_MAX 256	/* a 2048-bit group; P-521 has 133 */
#define DOMAIN_SHARED_MAX 256
#define DOMAIN_NONCE_MAX  32	/* s and t of PACE */

struct domain {
	enum domain_id id;
	uint8_t parameter;	/* 9303-11 table 6: 0..2, 8..18 */
	enum key_agreement agreement;
	int nid;		/* OpenSSL's */
	size_t secret;		/* bytes of a scalar: of the order */
	size_t public;		/* bytes of a public key */
	size_t shared;		/* bytes of a shared secret: X, or p */
	bool weak;		/* only where the profile accepts it:
				 * group 0, curves below 256 bits */
	const char *name;	/* "brainpoolP256r1", "dh_2048_256": OpenSSL's
				 * group name, and our facts' */
};

/* The row of a parameter id, of a group name, of an id; NULL: none. */
const struct domain *domain_by_parameter(uint64_t parameter);
const struct domain *domain_by_name(const char *name);
const struct domain *domain_at(enum domain_id id);

/* SECRET: wipe with domain_key_wipe. */
struct domain_key {
	uint8_t secret[DOMAIN_SECRET_MAX];	/* d->secret bytes */
	uint8_t public[DOMAIN_PUBLIC_MAX];	/* d->public bytes */
};
void domain_key_wipe(struct domain_key *k);
struct span domain_public_span(const struct domain *d,
			       const uint8_t public[DOMAIN_PUBLIC_MAX]);

/* A key as a card writes it: a group's may come without leading zeros.
 * R_MALFORMED: another size. The number itself is not looked at. */
must_check enum result domain_public_pad(const struct domain *d,
					 struct span in,
					 uint8_t out[DOMAIN_PUBLIC_MAX]);
/* No leading zero that one side may write and the other not: every point, and
 * 255 of 256 numbers y. */
bool domain_public_plain(const struct domain *d,
			 const uint8_t public[DOMAIN_PUBLIC_MAX]);
/* The group with exactly these p, g and q (an empty q: p and g alone), without
 * leading zeros; NULL: none of ours. */
const struct domain *domain_by_group(struct span p, struct span g,
				     struct span q);

/* A random scalar in 1..order-1. */
must_check enum result domain_scalar(const struct domain *d,
				     uint8_t out[DOMAIN_SECRET_MAX]);
/* A random key pair on the standard generator; its public key is plain. */
must_check enum result domain_key_new(const struct domain *d,
				      struct domain_key *out);
/* secret times base (base to the secret); empty: the standard generator. */
must_check enum result domain_multiply(const struct domain *d,
				const uint8_t secret[DOMAIN_SECRET_MAX],
				struct span base,
				uint8_t out[DOMAIN_PUBLIC_MAX]);
/* The shared secret of 9303-11 9.6 with the peer's public key: the X
 * coordinate, or y, d->shared bytes. SECRET. */
must_check enum result domain_agree(const struct domain *d,
				const uint8_t secret[DOMAIN_SECRET_MAX],
				struct span peer,
				uint8_t out[DOMAIN_SHARED_MAX]);
/* Generic mapping (9303-11 4.4.3.3.1): s * G + secret * peer, or
 * g^s * peer^secret. */
must_check enum result domain_map_generic(const struct domain *d,
				struct span s,
				const uint8_t secret[DOMAIN_SECRET_MAX],
				struct span peer,
				uint8_t out[DOMAIN_PUBLIC_MAX]);
/* Integrated mapping (9303-11 4.4.3.3.2): the new generator from the
 * pseudo-random number R(s,t), whose length is that of 4.4.3.3.2's function:
 * x = prf mod p, then the point encoding, or x^((p-1)/q). R_DENIED for P-224,
 * whose p is not 3 mod 4 (table 6); R_MALFORMED for the few x that map
 * nowhere. */
must_check enum result domain_map_integrated(const struct domain *d,
				struct span prf,
				uint8_t out[DOMAIN_PUBLIC_MAX]);
/* Bits of p: what R(s,t) must exceed by 64 (4.4.3.3.2). */
size_t domain_field_bits(const struct domain *d);
/* Whether the integrated mapping exists: not for P-224. */
bool domain_has_integrated(const struct domain *d);
/* R_OK where `public` is a valid key of d. */
must_check enum result domain_check(const struct domain *d,
				    struct span public);

#endif
