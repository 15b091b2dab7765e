/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the three modes of RFC 9497 share: hashing with the mode's context
 * string, arithmetic that refuses what is no scalar or element, and the proof
 * of equal discrete logarithms. For oprf.c, oprf_proof.c and poprf.c.
 */
#ifndef CNIE_SECTOR_OPRF_PARTS_H
#define CNIE_SECTOR_OPRF_PARTS_H

#include <sodium.h>

#include "base/scope.h"
#include "sector/oprf.h"

#define OPRF_WIDE 64	/* bytes of expand_message and of SHA-512 */

struct wide { uint8_t b[OPRF_WIDE]; };
struct scalar { uint8_t b[OPRF_SCALAR]; };
struct element { uint8_t b[OPRF_ELEMENT]; };
typedef crypto_hash_sha512_state sha512;

void wide_wipe(struct wide *w);
void scalar_wipe(struct scalar *s);
void element_wipe(struct element *e);
void sha512_wipe(sha512 *h);

/* label || contextString, contextString = "OPRFV1-" || mode || "-" || suite */
struct oprf_tag { uint8_t b[80]; uint8_t n; };
struct oprf_tag oprf_tag_of(const char *label, enum oprf_mode mode);

void hash_add(sha512 *h, struct span s);
void hash_u16(sha512 *h, size_t v);
void hash_sized(sha512 *h, struct span s);	/* length first */

/* expand_message_xmd for 64 bytes, reduced to a scalar (4.1). The caller adds
 * the message between start and end. */
void scalar_start(sha512 *h);
void scalar_end(sha512 *h, const struct oprf_tag *t, uint8_t *out);
must_check enum result hash_to_group(enum oprf_mode mode, struct span input,
				     struct element *out);
/* hashInput of Finalize, up to the unblinded element. info is NULL in all
 * modes but POPRF. */
void oprf_finish(struct span input, const struct span *info,
		 const struct element *n, uint8_t output[OPRF_OUTPUT]);

/* What libsodium does not look at in an element's encoding. */
bool element_bits_ok(const uint8_t *e);

/* out = k * e. R_DENIED: e is not canonical or the identity, k is zero. */
must_check enum result multiply(const uint8_t *k, const uint8_t *e,
				uint8_t *out);
/* out = e / k, for the unblinding. */
must_check enum result divide(const uint8_t *k, const uint8_t *e,
			      struct element *out);

/*
 * 2.2: that B = k * G and, for every i, d[i] = k * c[i], with one k.
 * R_MALFORMED: n is 0 or above 65535. r is a fresh random scalar, used once.
 */
struct dleq {
	enum oprf_mode mode;
	const uint8_t *b;
	const uint8_t (*c)[OPRF_ELEMENT], (*d)[OPRF_ELEMENT];
	size_t n;
};
must_check enum result dleq_prove(const struct dleq *st, const uint8_t *k,
				  const uint8_t *r, uint8_t proof[OPRF_PROOF]);
must_check enum result dleq_verify(const struct dleq *st,
				   const uint8_t proof[OPRF_PROOF]);

#endif
