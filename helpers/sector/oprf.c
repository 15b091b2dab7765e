/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/oprf.h"

#include <string.h>

#include "base/refuse.h"
#include "sector/oprf_parts.h"

void oprf_random(uint8_t scalar[OPRF_SCALAR])
{
	do {
		crypto_core_ristretto255_scalar_random(scalar);
	} while (!oprf_key_ok(scalar));
}

enum result oprf_public_key(const uint8_t sk[OPRF_SCALAR],
			    uint8_t pk[OPRF_ELEMENT])
{
	struct element e;

	refuse_if(!oprf_key_ok(sk), R_DENIED);
	if (crypto_scalarmult_ristretto255_base(e.b, sk))
		return R_DENIED;
	memcpy(pk, e.b, OPRF_ELEMENT);
	return R_OK;
}

enum result oprf_derive_key_pair(enum oprf_mode mode, struct span seed,
				 struct span info, uint8_t sk[OPRF_SCALAR],
				 uint8_t pk[OPRF_ELEMENT])
{
	struct oprf_tag t = oprf_tag_of("DeriveKeyPair", mode);
	scoped(scalar_wipe) struct scalar s = { 0 };

	refuse_if(seed.n != 32 || info.n > OPRF_INPUT_MAX, R_MALFORMED);
	for (unsigned int counter = 0; counter < 256; counter++) {
		uint8_t c = (uint8_t)counter;
		scoped(sha512_wipe) sha512 h;

		scalar_start(&h);
		hash_add(&h, seed);
		hash_sized(&h, info);
		hash_add(&h, span_of(&c, 1));
		scalar_end(&h, &t, s.b);
		if (oprf_key_ok(s.b)) {
			memcpy(sk, s.b, OPRF_SCALAR);
			return oprf_public_key(sk, pk);
		}
	}
	return R_INTERNAL;
}

/* -- the protocol, 3.3.1 and 3.3.2 ----------------------------------- */

enum result oprf_blind(enum oprf_mode mode, struct span input,
		       const uint8_t blind[OPRF_SCALAR],
		       uint8_t blinded[OPRF_ELEMENT])
{
	scoped(element_wipe) struct element e = { 0 };
	enum result r = hash_to_group(mode, input, &e);

	if (r != R_OK)
		return r;
	refuse_if(!oprf_key_ok(blind), R_DENIED);
	return multiply(blind, e.b, blinded);
}

enum result oprf_blind_evaluate(const uint8_t sk[OPRF_SCALAR],
				const uint8_t blinded[OPRF_ELEMENT],
				uint8_t evaluated[OPRF_ELEMENT])
{
	refuse_if(!oprf_key_ok(sk), R_DENIED);
	return multiply(sk, blinded, evaluated);
}

enum result oprf_finalize(struct span input, const uint8_t blind[OPRF_SCALAR],
			  const uint8_t evaluated[OPRF_ELEMENT],
			  uint8_t output[OPRF_OUTPUT])
{
	scoped(element_wipe) struct element n = { 0 };
	enum result r;

	refuse_if(input.n > OPRF_INPUT_MAX, R_MALFORMED);
	refuse_if(!oprf_key_ok(blind), R_DENIED);
	r = divide(blind, evaluated, &n);
	if (r != R_OK)
		return r;
	oprf_finish(input, NULL, &n, output);
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
	oprf_finish(input, NULL, &n, output);
	return R_OK;
}
