/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 9497 2.2: a proof of equal discrete logarithms, for one element or for a
 * batch of them. */
#include <string.h>

#include "base/refuse.h"
#include "sector/oprf_parts.h"

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

/* 2.2.2, seed of ComputeComposites. */
static void composite_seed(const struct dleq *st, struct wide *seed)
{
	struct oprf_tag t = oprf_tag_of("Seed-", st->mode);
	sha512 h;

	crypto_hash_sha512_init(&h);
	hash_sized(&h, span_of(st->b, OPRF_ELEMENT));
	hash_sized(&h, span_of(t.b, t.n));
	crypto_hash_sha512_final(&h, seed->b);
}

/* ComputeComposites: M = sum di*Ci, Z = sum di*Di. */
static enum result composites(const struct dleq *st, struct element *m,
			      struct element *z)
{
	struct oprf_tag t = oprf_tag_of("HashToScalar-", st->mode);
	struct wide seed;
	sha512 h;

	refuse_if(st->n < 1 || st->n > UINT16_MAX, R_MALFORMED);
	memset(m, 0, sizeof(*m));
	memset(z, 0, sizeof(*z));
	composite_seed(st, &seed);
	for (size_t i = 0; i < st->n; i++) {
		struct element dc, dd;
		struct scalar di;

		scalar_start(&h);
		hash_sized(&h, SPAN(seed.b));
		hash_u16(&h, i);
		hash_sized(&h, SPAN(st->c[i]));
		hash_sized(&h, SPAN(st->d[i]));
		hash_add(&h, span_str("Composite"));
		scalar_end(&h, &t, di.b);
		if (multiply(di.b, st->c[i], dc.b) != R_OK ||
		    multiply(di.b, st->d[i], dd.b) != R_OK ||
		    crypto_core_ristretto255_add(m->b, m->b, dc.b) ||
		    crypto_core_ristretto255_add(z->b, z->b, dd.b))
			return R_DENIED;
	}
	return R_OK;
}

static void challenge(const struct dleq *st, const struct element *m,
		      const struct element *z, const struct element *t2,
		      const struct element *t3, struct scalar *out)
{
	struct oprf_tag t = oprf_tag_of("HashToScalar-", st->mode);
	sha512 h;

	scalar_start(&h);
	hash_sized(&h, span_of(st->b, OPRF_ELEMENT));
	hash_sized(&h, SPAN(m->b));
	hash_sized(&h, SPAN(z->b));
	hash_sized(&h, SPAN(t2->b));
	hash_sized(&h, SPAN(t3->b));
	hash_add(&h, span_str("Challenge"));
	scalar_end(&h, &t, out->b);
}

enum result dleq_prove(const struct dleq *st, const uint8_t *k,
		       const uint8_t *r, uint8_t proof[OPRF_PROOF])
{
	scoped(scalar_wipe) struct scalar ck = { 0 };
	struct element m, z, t2, t3;
	struct scalar c;
	enum result made;

	refuse_if(!oprf_key_ok(k) || !oprf_key_ok(r), R_DENIED);
	made = composites(st, &m, &z);
	if (made != R_OK)
		return made;
	if (crypto_scalarmult_ristretto255_base(t2.b, r) ||
	    multiply(r, m.b, t3.b) != R_OK)
		return R_DENIED;
	challenge(st, &m, &z, &t2, &t3, &c);
	crypto_core_ristretto255_scalar_mul(ck.b, c.b, k);
	memcpy(proof, c.b, OPRF_SCALAR);
	crypto_core_ristretto255_scalar_sub(proof + OPRF_SCALAR, r, ck.b);
	return R_OK;
}

enum result dleq_verify(const struct dleq *st, const uint8_t proof[OPRF_PROOF])
{
	const uint8_t *c = proof, *s = proof + OPRF_SCALAR;
	struct element m, z, sg, cb, t2, t3;
	struct scalar expected;
	enum result made;

	/* 2.1: DeserializeScalar. One proof has one form. */
	refuse_if(!oprf_key_ok(c) || !oprf_key_ok(s), R_DENIED);
	made = composites(st, &m, &z);
	if (made != R_OK)
		return made;
	if (crypto_scalarmult_ristretto255_base(sg.b, s) ||
	    multiply(c, st->b, cb.b) != R_OK ||
	    crypto_core_ristretto255_add(t2.b, sg.b, cb.b) ||
	    multiply_add(s, m.b, c, z.b, t3.b) != R_OK)
		return R_DENIED;
	challenge(st, &m, &z, &t2, &t3, &expected);
	refuse_if(sodium_memcmp(expected.b, c, OPRF_SCALAR), R_DENIED);
	return R_OK;
}

/* -- mode VOPRF: the server's key is k, its public key B (3.3.2) ----- */

enum result oprf_prove(const uint8_t sk[OPRF_SCALAR],
		       const uint8_t pk[OPRF_ELEMENT],
		       const uint8_t (*blinded)[OPRF_ELEMENT],
		       const uint8_t (*evaluated)[OPRF_ELEMENT], size_t n,
		       const uint8_t r[OPRF_SCALAR], uint8_t proof[OPRF_PROOF])
{
	struct dleq st = { OPRF_VERIFIABLE, pk, blinded, evaluated, n };

	return dleq_prove(&st, sk, r, proof);
}

enum result oprf_verify(const uint8_t pk[OPRF_ELEMENT],
			const uint8_t (*blinded)[OPRF_ELEMENT],
			const uint8_t (*evaluated)[OPRF_ELEMENT], size_t n,
			const uint8_t proof[OPRF_PROOF])
{
	struct dleq st = { OPRF_VERIFIABLE, pk, blinded, evaluated, n };

	return dleq_verify(&st, proof);
}
