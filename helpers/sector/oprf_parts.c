/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/oprf_parts.h"

#include <string.h>

#include "base/refuse.h"
#include "base/secret.h"

/* The identity of ristretto255 is encoded as zeros (RFC 9496, 4.3.2). */
static const uint8_t zero[32];

void wide_wipe(struct wide *w)
{
	secret_wipe(w, sizeof(*w));
}

void scalar_wipe(struct scalar *s)
{
	secret_wipe(s, sizeof(*s));
}

void element_wipe(struct element *e)
{
	secret_wipe(e, sizeof(*e));
}

void sha512_wipe(sha512 *h)
{
	secret_wipe(h, sizeof(*h));
}

/* -- hashing, RFC 9497 4.1 and RFC 9380 5.3.1 ------------------------ */

void hash_add(sha512 *h, struct span s)
{
	crypto_hash_sha512_update(h, s.p, s.n);
}

void hash_u16(sha512 *h, size_t v)
{
	uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	hash_add(h, SPAN(b));
}

void hash_sized(sha512 *h, struct span s)
{
	hash_u16(h, s.n);
	hash_add(h, s);
}

struct oprf_tag oprf_tag_of(const char *label, enum oprf_mode mode)
{
	struct oprf_tag t = { 0 };
	struct sink s = SINK(t.b);

	sink_put(&s, span_str(label));
	sink_put(&s, span_str("OPRFV1-"));
	sink_u8(&s, (uint8_t)mode);
	sink_put(&s, span_str("-ristretto255-SHA512"));
	t.n = (uint8_t)s.n;
	return t;
}

static void add_tag(sha512 *h, const struct oprf_tag *t)
{
	hash_add(h, span_of(t->b, t->n));
	hash_add(h, span_of(&t->n, 1));
}

/* With SHA-512, 64 bytes are one block. */
static void expand_start(sha512 *h)
{
	static const uint8_t pad[128];	/* s_in_bytes of SHA-512 */

	crypto_hash_sha512_init(h);
	hash_add(h, SPAN(pad));
}

static void expand_end(sha512 *h, const struct oprf_tag *t, struct wide *out)
{
	static const uint8_t one = 1, nul = 0;
	scoped(wide_wipe) struct wide b0 = { 0 };

	hash_u16(h, OPRF_WIDE);
	hash_add(h, span_of(&nul, 1));
	add_tag(h, t);
	crypto_hash_sha512_final(h, b0.b);

	crypto_hash_sha512_init(h);
	hash_add(h, SPAN(b0.b));
	hash_add(h, span_of(&one, 1));
	add_tag(h, t);
	crypto_hash_sha512_final(h, out->b);
}

void scalar_start(sha512 *h)
{
	expand_start(h);
}

void scalar_end(sha512 *h, const struct oprf_tag *t, uint8_t *out)
{
	scoped(wide_wipe) struct wide w = { 0 };

	expand_end(h, t, &w);
	crypto_core_ristretto255_scalar_reduce(out, w.b);
}

enum result hash_to_group(enum oprf_mode mode, struct span input,
			  struct element *out)
{
	struct oprf_tag t = oprf_tag_of("HashToGroup-", mode);
	scoped(wide_wipe) struct wide w = { 0 };
	scoped(sha512_wipe) sha512 h;

	refuse_if(input.n > OPRF_INPUT_MAX, R_MALFORMED);
	expand_start(&h);
	hash_add(&h, input);
	expand_end(&h, &t, &w);
	crypto_core_ristretto255_from_hash(out->b, w.b);
	/* 3.3.1: InvalidInputError for the identity. No input that gives it
	 * is known, hence no mark: nothing could test one. */
	return sodium_memcmp(out->b, zero, 32) ? R_OK : R_DENIED;
}

void oprf_finish(struct span input, const struct span *info,
		 const struct element *n, uint8_t output[OPRF_OUTPUT])
{
	scoped(sha512_wipe) sha512 h;

	crypto_hash_sha512_init(&h);
	hash_sized(&h, input);
	if (info)
		hash_sized(&h, *info);
	hash_sized(&h, SPAN(n->b));
	hash_add(&h, span_str("Finalize"));
	crypto_hash_sha512_final(&h, output);
}

/* -- scalars and elements -------------------------------------------- */

bool oprf_key_ok(const uint8_t sk[OPRF_SCALAR])
{
	scoped(wide_wipe) struct wide w = { 0 };
	scoped(scalar_wipe) struct scalar s = { 0 };

	memcpy(w.b, sk, OPRF_SCALAR);
	crypto_core_ristretto255_scalar_reduce(s.b, w.b);
	return sodium_memcmp(s.b, sk, OPRF_SCALAR) == 0 &&
	       sodium_memcmp(sk, zero, 32) != 0;
}

/* RFC 9496 4.3.1: an encoding is below 2^255 - 19. libsodium 1.0.18 looks at
 * 255 bits of it and lets the 256th be anything. */
bool element_bits_ok(const uint8_t *e)
{
	return !(e[OPRF_ELEMENT - 1] & 0x80);
}

/* libsodium refuses an element that is otherwise not canonical, and an identity
 * as the product: hence also the identity as an element, and k = 0. */
enum result multiply(const uint8_t *k, const uint8_t *e, uint8_t *out)
{
	scoped(element_wipe) struct element product = { 0 };

	refuse_if(!element_bits_ok(e), R_DENIED);
	refuse_if(crypto_scalarmult_ristretto255(product.b, k, e), R_DENIED);
	memcpy(out, product.b, OPRF_ELEMENT);
	return R_OK;
}

enum result divide(const uint8_t *k, const uint8_t *e, struct element *out)
{
	scoped(scalar_wipe) struct scalar inverse = { 0 };

	if (crypto_core_ristretto255_scalar_invert(inverse.b, k))
		return R_DENIED;	/* k = 0 */
	return multiply(inverse.b, e, out->b);
}
