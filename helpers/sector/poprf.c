/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/poprf.h"

#include <string.h>

#include "base/refuse.h"
#include "sector/oprf_parts.h"

/* m = HashToScalar(framedInfo) */
static enum result tweak(struct span info, struct scalar *m)
{
	struct oprf_tag t = oprf_tag_of("HashToScalar-", OPRF_PARTIAL);
	sha512 h;

	refuse_if(info.n > OPRF_INPUT_MAX, R_MALFORMED);
	scalar_start(&h);
	hash_add(&h, span_str("Info"));
	hash_sized(&h, info);
	scalar_end(&h, &t, m->b);
	return R_OK;
}

/* t = skS + m */
static enum result tweaked_secret(const uint8_t *sk, struct span info,
				  struct scalar *t)
{
	struct scalar m;
	enum result r;

	refuse_if(!oprf_key_ok(sk), R_DENIED);
	r = tweak(info, &m);
	if (r != R_OK)
		return r;
	crypto_core_ristretto255_scalar_add(t->b, sk, m.b);
	return R_OK;
}

/* T + pkS. Refused: the identity as a sum (InvalidInputError), and as pkS,
 * under which anybody could prove anything. */
static enum result tweaked_public(const uint8_t *pk, struct span info,
				  struct element *out)
{
	static const uint8_t identity[OPRF_ELEMENT];
	struct element t;
	struct scalar m;
	enum result r = tweak(info, &m);

	if (r != R_OK)
		return r;
	refuse_if(!element_bits_ok(pk) ||
		  !sodium_memcmp(pk, identity, OPRF_ELEMENT), R_DENIED);
	refuse_if(crypto_scalarmult_ristretto255_base(t.b, m.b) ||
		  crypto_core_ristretto255_add(out->b, t.b, pk) ||
		  !sodium_memcmp(out->b, identity, OPRF_ELEMENT), R_DENIED);
	return R_OK;
}

enum result poprf_blind(struct span input, struct span info,
			const uint8_t pk[OPRF_ELEMENT],
			const uint8_t blind[OPRF_SCALAR],
			uint8_t blinded[OPRF_ELEMENT],
			uint8_t tweaked[OPRF_ELEMENT])
{
	struct element t;
	enum result r = tweaked_public(pk, info, &t);

	if (r == R_OK)
		r = oprf_blind(OPRF_PARTIAL, input, blind, blinded);
	if (r != R_OK)
		return r;
	memcpy(tweaked, t.b, OPRF_ELEMENT);
	return R_OK;
}

enum result poprf_blind_evaluate(const uint8_t sk[OPRF_SCALAR],
				 struct span info,
				 const uint8_t blinded[OPRF_ELEMENT],
				 uint8_t evaluated[OPRF_ELEMENT])
{
	scoped(scalar_wipe) struct scalar t = { 0 };
	struct element e;
	enum result r = tweaked_secret(sk, info, &t);

	if (r == R_OK)
		r = divide(t.b, blinded, &e);
	if (r != R_OK)
		return r;
	memcpy(evaluated, e.b, OPRF_ELEMENT);
	return R_OK;
}

/* blinded = t * evaluated, where VOPRF has evaluated = k * blinded: the two
 * lists change places. */
enum result poprf_prove(const uint8_t sk[OPRF_SCALAR], struct span info,
			const uint8_t (*blinded)[OPRF_ELEMENT],
			const uint8_t (*evaluated)[OPRF_ELEMENT], size_t n,
			const uint8_t r[OPRF_SCALAR], uint8_t proof[OPRF_PROOF])
{
	scoped(scalar_wipe) struct scalar t = { 0 };
	struct element pk;
	struct dleq st = { OPRF_PARTIAL, pk.b, evaluated, blinded, n };
	enum result made = tweaked_secret(sk, info, &t);

	if (made == R_OK)
		made = oprf_public_key(t.b, pk.b);
	return made == R_OK ? dleq_prove(&st, t.b, r, proof) : made;
}

enum result poprf_verify(const uint8_t tweaked[OPRF_ELEMENT],
			 const uint8_t (*blinded)[OPRF_ELEMENT],
			 const uint8_t (*evaluated)[OPRF_ELEMENT], size_t n,
			 const uint8_t proof[OPRF_PROOF])
{
	struct dleq st = { OPRF_PARTIAL, tweaked, evaluated, blinded, n };

	return dleq_verify(&st, proof);
}

enum result poprf_finalize(struct span input, struct span info,
			   const uint8_t blind[OPRF_SCALAR],
			   const uint8_t evaluated[OPRF_ELEMENT],
			   uint8_t output[OPRF_OUTPUT])
{
	scoped(element_wipe) struct element n = { 0 };
	enum result r;

	refuse_if(input.n > OPRF_INPUT_MAX || info.n > OPRF_INPUT_MAX,
		  R_MALFORMED);
	refuse_if(!oprf_key_ok(blind), R_DENIED);
	r = divide(blind, evaluated, &n);
	if (r != R_OK)
		return r;
	oprf_finish(input, &info, &n, output);
	return R_OK;
}

enum result poprf_evaluate(const uint8_t sk[OPRF_SCALAR], struct span input,
			   struct span info, uint8_t output[OPRF_OUTPUT])
{
	scoped(scalar_wipe) struct scalar t = { 0 };
	scoped(element_wipe) struct element e = { 0 };
	scoped(element_wipe) struct element n = { 0 };
	enum result r = tweaked_secret(sk, info, &t);

	if (r == R_OK)
		r = hash_to_group(OPRF_PARTIAL, input, &e);
	if (r == R_OK)
		r = divide(t.b, e.b, &n);
	if (r != R_OK)
		return r;
	oprf_finish(input, &info, &n, output);
	return R_OK;
}
