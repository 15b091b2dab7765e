/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/oprf.h"

#include <sodium.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"

#define WIDE 64		/* bytes of expand_message and of SHA-512 */

/* The identity of ristretto255 is encoded as zeros (RFC 9496, 4.3.2). */
static const uint8_t zero[32];

struct wide { uint8_t b[WIDE]; };
struct scalar { uint8_t b[OPRF_SCALAR]; };
struct element { uint8_t b[OPRF_ELEMENT]; };
typedef crypto_hash_sha512_state sha512;

static void wide_wipe(struct wide *w)
{
	secret_wipe(w, sizeof(*w));
}

static void scalar_wipe(struct scalar *s)
{
	secret_wipe(s, sizeof(*s));
}

static void element_wipe(struct element *e)
{
	secret_wipe(e, sizeof(*e));
}

static void sha512_wipe(sha512 *h)
{
	secret_wipe(h, sizeof(*h));
}

/* -- hashing, RFC 9497 4.1 and RFC 9380 5.3.1 ---------------------- */

static void add(sha512 *h, struct span s)
{
	crypto_hash_sha512_update(h, s.p, s.n);
}

static void add_u16(sha512 *h, size_t v)
{
	uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	add(h, SPAN(b));
}

static void add_sized(sha512 *h, struct span s)
{
	add_u16(h, s.n);
	add(h, s);
}

/* label || contextString, contextString = "OPRFV1-" || mode || "-" || suite */
struct tag { uint8_t b[80]; uint8_t n; };

static struct tag tag_of(const char *label, enum oprf_mode mode)
{
	struct tag t = { 0 };
	struct sink s = SINK(t.b);

	sink_put(&s, span_str(label));
	sink_put(&s, span_str("OPRFV1-"));
	sink_u8(&s, (uint8_t)mode);
	sink_put(&s, span_str("-ristretto255-SHA512"));
	t.n = (uint8_t)s.n;
	return t;
}

static void add_tag(sha512 *h, const struct tag *t)
{
	add(h, span_of(t->b, t->n));
	add(h, span_of(&t->n, 1));
}

/* expand_message_xmd for 64 bytes, which with SHA-512 is one block. The
 * caller adds the message between start and end. */
static void expand_start(sha512 *h)
{
	static const uint8_t pad[128];	/* s_in_bytes of SHA-512 */

	crypto_hash_sha512_init(h);
	add(h, SPAN(pad));
}

static void expand_end(sha512 *h, const struct tag *t, struct wide *out)
{
	static const uint8_t one = 1, nul = 0;
	scoped(wide_wipe) struct wide b0 = { 0 };

	add_u16(h, WIDE);
	add(h, span_of(&nul, 1));
	add_tag(h, t);
	crypto_hash_sha512_final(h, b0.b);

	crypto_hash_sha512_init(h);
	add(h, SPAN(b0.b));
	add(h, span_of(&one, 1));
	add_tag(h, t);
	crypto_hash_sha512_final(h, out->b);
}

static void scalar_end(sha512 *h, const struct tag *t, uint8_t *out)
{
	scoped(wide_wipe) struct wide w = { 0 };

	expand_end(h, t, &w);
	crypto_core_ristretto255_scalar_reduce(out, w.b);
}

static enum result hash_to_group(enum oprf_mode mode, struct span input,
				 struct element *out)
{
	struct tag t = tag_of("HashToGroup-", mode);
	scoped(wide_wipe) struct wide w = { 0 };
	scoped(sha512_wipe) sha512 h;

	if (input.n > OPRF_INPUT_MAX)
		return R_MALFORMED;
	expand_start(&h);
	add(&h, input);
	expand_end(&h, &t, &w);
	crypto_core_ristretto255_from_hash(out->b, w.b);
	/* 3.3.1: InvalidInputError for the identity */
	return sodium_memcmp(out->b, zero, 32) ? R_OK : R_DENIED;
}

/* -- scalars and elements ------------------------------------------ */

bool oprf_key_ok(const uint8_t sk[OPRF_SCALAR])
{
	scoped(wide_wipe) struct wide w = { 0 };
	scoped(scalar_wipe) struct scalar s = { 0 };

	memcpy(w.b, sk, OPRF_SCALAR);
	crypto_core_ristretto255_scalar_reduce(s.b, w.b);
	return sodium_memcmp(s.b, sk, OPRF_SCALAR) == 0 &&
	       sodium_memcmp(sk, zero, 32) != 0;
}

/* out = k * e; libsodium refuses e that is not canonical and an identity as
 * the product, hence also e = identity and k = 0 */
static enum result multiply(const uint8_t *k, const uint8_t *e, uint8_t *out)
{
	struct element product;

	if (crypto_scalarmult_ristretto255(product.b, k, e))
		return R_DENIED;
	memcpy(out, product.b, OPRF_ELEMENT);
	secret_wipe(&product, sizeof(product));
	return R_OK;
}

/* out = a*x + b*y */
static enum result multiply_add(const uint8_t *a, const uint8_t *x,
				const uint8_t *b, const uint8_t *y,
				uint8_t *out)
{
	struct element ax, by;

	if (multiply(a, x, ax.b) != R_OK || multiply(b, y, by.b) != R_OK ||
	    crypto_core_ristretto255_add(out, ax.b, by.b))
		return R_DENIED;
	return R_OK;
}

void oprf_random(uint8_t scalar[OPRF_SCALAR])
{
	do {
		crypto_core_ristretto255_scalar_random(scalar);
	} while (!oprf_key_ok(scalar));
}

enum result oprf_public_key(const uint8_t sk[OPRF_SCALAR],
			    uint8_t pk[OPRF_ELEMENT])
{
	if (!oprf_key_ok(sk) || crypto_scalarmult_ristretto255_base(pk, sk))
		return R_DENIED;
	return R_OK;
}

enum result oprf_derive_key_pair(enum oprf_mode mode, struct span seed,
				 struct span info, uint8_t sk[OPRF_SCALAR],
				 uint8_t pk[OPRF_ELEMENT])
{
	struct tag t = tag_of("DeriveKeyPair", mode);
	scoped(scalar_wipe) struct scalar s = { 0 };

	if (seed.n != 32 || info.n > UINT16_MAX)
		return R_MALFORMED;
	for (unsigned int counter = 0; counter < 256; counter++) {
		uint8_t c = (uint8_t)counter;
		scoped(sha512_wipe) sha512 h;

		expand_start(&h);
		add(&h, seed);
		add_sized(&h, info);
		add(&h, span_of(&c, 1));
		scalar_end(&h, &t, s.b);
		if (oprf_key_ok(s.b)) {
			memcpy(sk, s.b, OPRF_SCALAR);
			return oprf_public_key(sk, pk);
		}
	}
	return R_INTERNAL;
}

/* -- the protocol, 3.3 --------------------------------------------- */

enum result oprf_blind(enum oprf_mode mode, struct span input,
		       const uint8_t blind[OPRF_SCALAR],
		       uint8_t blinded[OPRF_ELEMENT])
{
	scoped(element_wipe) struct element e = { 0 };
	enum result r = hash_to_group(mode, input, &e);

	if (r != R_OK)
		return r;
	if (!oprf_key_ok(blind))
		return R_DENIED;
	return multiply(blind, e.b, blinded);
}

enum result oprf_blind_evaluate(const uint8_t sk[OPRF_SCALAR],
				const uint8_t blinded[OPRF_ELEMENT],
				uint8_t evaluated[OPRF_ELEMENT])
{
	if (!oprf_key_ok(sk))
		return R_DENIED;
	return multiply(sk, blinded, evaluated);
}

static void finish(struct span input, const struct element *n,
		   uint8_t output[OPRF_OUTPUT])
{
	scoped(sha512_wipe) sha512 h;

	crypto_hash_sha512_init(&h);
	add_sized(&h, input);
	add_sized(&h, SPAN(n->b));
	add(&h, span_str("Finalize"));
	crypto_hash_sha512_final(&h, output);
}

enum result oprf_finalize(struct span input, const uint8_t blind[OPRF_SCALAR],
			  const uint8_t evaluated[OPRF_ELEMENT],
			  uint8_t output[OPRF_OUTPUT])
{
	scoped(scalar_wipe) struct scalar inverse = { 0 };
	scoped(element_wipe) struct element n = { 0 };

	if (input.n > OPRF_INPUT_MAX)
		return R_MALFORMED;
	if (!oprf_key_ok(blind) ||
	    crypto_core_ristretto255_scalar_invert(inverse.b, blind))
		return R_DENIED;
	if (multiply(inverse.b, evaluated, n.b) != R_OK)
		return R_DENIED;
	finish(input, &n, output);
	return R_OK;
}

enum result oprf_evaluate(enum oprf_mode mode, const uint8_t sk[OPRF_SCALAR],
			  struct span input, uint8_t output[OPRF_OUTPUT])
{
	scoped(element_wipe) struct element e = { 0 };
	scoped(element_wipe) struct element n = { 0 };
	enum result r = hash_to_group(mode, input, &e);

	if (r == R_OK)
		r = oprf_blind_evaluate(sk, e.b, n.b);
	if (r != R_OK)
		return r;
	finish(input, &n, output);
	return R_OK;
}

/* -- the proof, 2.2 ------------------------------------------------ */

/* ComputeComposites: M = sum di*Ci, Z = sum di*Di. */
static enum result composites(const uint8_t *pk,
			      const uint8_t (*c)[OPRF_ELEMENT],
			      const uint8_t (*d)[OPRF_ELEMENT], size_t n,
			      struct element *m, struct element *z)
{
	struct tag seed_tag = tag_of("Seed-", OPRF_VERIFIABLE);
	struct tag t = tag_of("HashToScalar-", OPRF_VERIFIABLE);
	struct wide seed;
	sha512 h;

	if (n < 1 || n > UINT16_MAX)
		return R_MALFORMED;
	memset(m, 0, sizeof(*m));
	memset(z, 0, sizeof(*z));
	crypto_hash_sha512_init(&h);
	add_sized(&h, span_of(pk, OPRF_ELEMENT));
	add_sized(&h, span_of(seed_tag.b, seed_tag.n));
	crypto_hash_sha512_final(&h, seed.b);

	for (size_t i = 0; i < n; i++) {
		struct scalar di;
		struct element dc, dd;

		expand_start(&h);
		add_sized(&h, SPAN(seed.b));
		add_u16(&h, i);
		add_sized(&h, SPAN(c[i]));
		add_sized(&h, SPAN(d[i]));
		add(&h, span_str("Composite"));
		scalar_end(&h, &t, di.b);
		if (multiply(di.b, c[i], dc.b) != R_OK ||
		    multiply(di.b, d[i], dd.b) != R_OK ||
		    crypto_core_ristretto255_add(m->b, m->b, dc.b) ||
		    crypto_core_ristretto255_add(z->b, z->b, dd.b))
			return R_DENIED;
	}
	return R_OK;
}

static void challenge(const uint8_t *pk, const struct element *m,
		      const struct element *z, const struct element *t2,
		      const struct element *t3, struct scalar *out)
{
	struct tag t = tag_of("HashToScalar-", OPRF_VERIFIABLE);
	sha512 h;

	expand_start(&h);
	add_sized(&h, span_of(pk, OPRF_ELEMENT));
	add_sized(&h, SPAN(m->b));
	add_sized(&h, SPAN(z->b));
	add_sized(&h, SPAN(t2->b));
	add_sized(&h, SPAN(t3->b));
	add(&h, span_str("Challenge"));
	scalar_end(&h, &t, out->b);
}

enum result oprf_prove(const uint8_t sk[OPRF_SCALAR],
		       const uint8_t pk[OPRF_ELEMENT],
		       const uint8_t (*blinded)[OPRF_ELEMENT],
		       const uint8_t (*evaluated)[OPRF_ELEMENT], size_t n,
		       const uint8_t r[OPRF_SCALAR], uint8_t proof[OPRF_PROOF])
{
	scoped(scalar_wipe) struct scalar ck = { 0 };
	struct element m, z, t2, t3;
	struct scalar c;

	if (!oprf_key_ok(sk) || !oprf_key_ok(r) ||
	    composites(pk, blinded, evaluated, n, &m, &z) != R_OK ||
	    crypto_scalarmult_ristretto255_base(t2.b, r) ||
	    multiply(r, m.b, t3.b) != R_OK)
		return R_DENIED;
	challenge(pk, &m, &z, &t2, &t3, &c);
	crypto_core_ristretto255_scalar_mul(ck.b, c.b, sk);
	memcpy(proof, c.b, OPRF_SCALAR);
	crypto_core_ristretto255_scalar_sub(proof + OPRF_SCALAR, r, ck.b);
	return R_OK;
}

enum result oprf_verify(const uint8_t pk[OPRF_ELEMENT],
			const uint8_t (*blinded)[OPRF_ELEMENT],
			const uint8_t (*evaluated)[OPRF_ELEMENT], size_t n,
			const uint8_t proof[OPRF_PROOF])
{
	const uint8_t *c = proof, *s = proof + OPRF_SCALAR;
	struct element m, z, sg, cp, t2, t3;
	struct scalar expected;

	if (!oprf_key_ok(c) || !oprf_key_ok(s) ||
	    composites(pk, blinded, evaluated, n, &m, &z) != R_OK ||
	    crypto_scalarmult_ristretto255_base(sg.b, s) ||
	    multiply(c, pk, cp.b) != R_OK ||
	    crypto_core_ristretto255_add(t2.b, sg.b, cp.b) ||
	    multiply_add(s, m.b, c, z.b, t3.b) != R_OK)
		return R_DENIED;
	challenge(pk, &m, &z, &t2, &t3, &expected);
	return sodium_memcmp(expected.b, c, OPRF_SCALAR) ? R_DENIED : R_OK;
}
