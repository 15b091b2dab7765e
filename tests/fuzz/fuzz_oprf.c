/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sector base */
/*
 * Elements, scalars and proofs of any bytes (RFC 9497): what is taken as an
 * element is one, in its only form, and nothing but the published vector, or
 * what was made here, is proven.
 *
 * 32 bytes scalar, 32 public key, 32 blinded, 32 evaluated, 64 proof, then
 * input and info.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sector/poprf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fields {
	struct span scalar, pk, blinded, evaluated, proof;
};

static bool take(struct span *in, struct fields *out)
{
	return span_take(in, 32, &out->scalar) == R_OK &&
	       span_take(in, 32, &out->pk) == R_OK &&
	       span_take(in, 32, &out->blinded) == R_OK &&
	       span_take(in, 32, &out->evaluated) == R_OK &&
	       span_take(in, 64, &out->proof) == R_OK;
}

/* A product is an element of the one form, and so is what it came from. */
static void check_element(const uint8_t *e)
{
	static const uint8_t zero[32];

	if (!crypto_core_ristretto255_is_valid_point(e) || e[31] & 0x80 ||
	    !memcmp(e, zero, 32))
		abort();
}

static void multiply(const struct fields *f)
{
	uint8_t out[64];

	if (oprf_blind_evaluate(f->scalar.p, f->blinded.p, out) == R_OK) {
		check_element(f->blinded.p);
		check_element(out);
		if (!oprf_key_ok(f->scalar.p))
			abort();
	}
	if (oprf_finalize(span_str("x"), f->scalar.p, f->evaluated.p, out) ==
	    R_OK)
		check_element(f->evaluated.p);
}

static void verify(const struct fields *f, struct span info)
{
	uint8_t b[1][32], e[1][32], blinded[32], tweaked[32];

	memcpy(b[0], f->blinded.p, 32);
	memcpy(e[0], f->evaluated.p, 32);
	if (oprf_verify(f->pk.p, (const uint8_t (*)[32])b,
			(const uint8_t (*)[32])e, 1, f->proof.p) == R_OK) {
		check_element(f->pk.p);
		check_element(b[0]);
		check_element(e[0]);
	}
	if (poprf_blind(span_str("x"), info, f->pk.p, f->scalar.p, blinded,
			tweaked) != R_OK)
		return;
	check_element(f->pk.p);
	check_element(tweaked);
	if (poprf_verify(tweaked, (const uint8_t (*)[32])b,
			 (const uint8_t (*)[32])e, 1, f->proof.p) == R_OK) {
		check_element(b[0]);
		check_element(e[0]);
	}
}

/* Whatever the key and the input are, both ways agree and are proven. */
static void round_trip(const struct fields *f, struct span input)
{
	uint8_t pk[32], b[1][32], e[1][32], proof[64], through[64], direct[64];
	const uint8_t *sk = f->scalar.p, *blind = f->proof.p;

	if (!oprf_key_ok(sk) || !oprf_key_ok(blind))
		return;
	if (oprf_public_key(sk, pk) != R_OK ||
	    oprf_blind(OPRF_VERIFIABLE, input, blind, b[0]) != R_OK ||
	    oprf_blind_evaluate(sk, b[0], e[0]) != R_OK ||
	    oprf_prove(sk, pk, (const uint8_t (*)[32])b,
		       (const uint8_t (*)[32])e, 1, blind, proof) != R_OK ||
	    oprf_verify(pk, (const uint8_t (*)[32])b,
			(const uint8_t (*)[32])e, 1, proof) != R_OK ||
	    oprf_finalize(input, blind, e[0], through) != R_OK ||
	    oprf_evaluate(OPRF_VERIFIABLE, sk, input, direct) != R_OK ||
	    memcmp(through, direct, 64))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct fields f;

	if (sodium_init() < 0 || size > 4096 || !take(&in, &f))
		return 0;
	multiply(&f);
	verify(&f, in);
	round_trip(&f, in);
	return 0;
}
