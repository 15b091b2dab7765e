/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 9497 appendix A.1: the published vectors of ristretto255-SHA512, modes
 * OPRF (A.1.1) and VOPRF (A.1.2), and what each step refuses. */
#include "sector/oprf.h"

#include <sodium.h>
#include <string.h>

#include "check_main.h"

#define SEED \
	"a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3"
#define KEY_INFO "test key"
#define BATCH 2

struct vector {
	enum oprf_mode mode;
	size_t n;
	const char *input[BATCH], *blind[BATCH], *blinded[BATCH];
	const char *evaluated[BATCH], *output[BATCH];
	const char *proof, *proof_scalar;
};

static const char *const secret_key[] = {
	[OPRF_BASE] =
	"5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e",
	[OPRF_VERIFIABLE] =
	"e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909",
};
static const char public_key[] =	/* A.1.2 */
	"c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";

#define BLIND_1 \
	"64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"
#define BLIND_2 \
	"222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e"
#define LONG_INPUT "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

static const struct vector vectors[] = {
	{ .mode = OPRF_BASE, .n = 1,			/* A.1.1.1 */
	  .input = { "00" }, .blind = { BLIND_1 },
	  .blinded = {
	"609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c" },
	  .evaluated = {
	"7ec6578ae5120958eb2db1745758ff379e77cb64fe77b0b2d8cc917ea0869c7e" },
	  .output = {
	"527759c3d9366f277d8c6020418d96bb393ba2afb20ff90df23fb7708264e2f3"
	"ab9135e3bd69955851de4b1f9fe8a0973396719b7912ba9ee8aa7d0b5e24bcf6" } },
	{ .mode = OPRF_BASE, .n = 1,			/* A.1.1.2 */
	  .input = { LONG_INPUT }, .blind = { BLIND_1 },
	  .blinded = {
	"da27ef466870f5f15296299850aa088629945a17d1f5b7f5ff043f76b3c06418" },
	  .evaluated = {
	"b4cbf5a4f1eeda5a63ce7b77c7d23f461db3fcab0dd28e4e17cecb5c90d02c25" },
	  .output = {
	"f4a74c9c592497375e796aa837e907b1a045d34306a749db9f34221f7e750cb4"
	"f2a6413a6bf6fa5e19ba6348eb673934a722a7ede2e7621306d18951e7cf2c73" } },
	{ .mode = OPRF_VERIFIABLE, .n = 1,		/* A.1.2.1 */
	  .input = { "00" }, .blind = { BLIND_1 },
	  .blinded = {
	"863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945" },
	  .evaluated = {
	"aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e" },
	  .proof =
	"ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06"
	"6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d",
	  .proof_scalar = BLIND_2,
	  .output = {
	"b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
	"a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c" } },
	{ .mode = OPRF_VERIFIABLE, .n = 1,		/* A.1.2.2 */
	  .input = { LONG_INPUT }, .blind = { BLIND_1 },
	  .blinded = {
	"cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c" },
	  .evaluated = {
	"60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468" },
	  .proof =
	"401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a"
	"67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02",
	  .proof_scalar = BLIND_2,
	  .output = {
	"8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60"
	"356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6" } },
	{ .mode = OPRF_VERIFIABLE, .n = 2,		/* A.1.2.3 */
	  .input = { "00", LONG_INPUT }, .blind = { BLIND_1, BLIND_2 },
	  .blinded = {
	"863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
	"90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654" },
	  .evaluated = {
	"aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
	"cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a" },
	  .proof =
	"cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a"
	"5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08",
	  .proof_scalar =
	"419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
	  .output = {
	"b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
	"a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c",
	"8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60"
	"356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6" } },
};

#define N_VECTORS ((int)(sizeof(vectors) / sizeof(vectors[0])))

static void unhex(const char *hex, uint8_t *out, size_t n)
{
	ck_assert_int_eq(hex_decode(hex, out, n), R_OK);
}

static struct span input_of(const char *hex, uint8_t buf[32])
{
	size_t n = strlen(hex) / 2;

	unhex(hex, buf, n);
	return span_of(buf, n);
}

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
}

START_TEST(key_pair_is_derived_as_published)
{
	uint8_t seed[32], want[32], sk[32], pk[32];

	unhex(SEED, seed, 32);
	unhex(secret_key[_i], want, 32);
	ck_assert_int_eq(oprf_derive_key_pair((enum oprf_mode)_i, SPAN(seed),
					      span_str(KEY_INFO), sk, pk),
			 R_OK);
	ck_assert_mem_eq(sk, want, 32);
	if (_i == OPRF_VERIFIABLE) {
		unhex(public_key, want, 32);
		ck_assert_mem_eq(pk, want, 32);
	}
}
END_TEST

START_TEST(every_step_is_as_published)
{
	const struct vector *v = &vectors[_i];

	for (size_t i = 0; i < v->n; i++) {
		uint8_t in[32], blind[32], want[64], got[64], sk[32];
		struct span input = input_of(v->input[i], in);

		unhex(v->blind[i], blind, 32);
		unhex(secret_key[v->mode], sk, 32);
		ck_assert_int_eq(oprf_blind(v->mode, input, blind, got), R_OK);
		unhex(v->blinded[i], want, 32);
		ck_assert_mem_eq(got, want, 32);
		ck_assert_int_eq(oprf_blind_evaluate(sk, want, got), R_OK);
		unhex(v->evaluated[i], want, 32);
		ck_assert_mem_eq(got, want, 32);
		ck_assert_int_eq(oprf_finalize(input, blind, want, got), R_OK);
		unhex(v->output[i], want, 64);
		ck_assert_mem_eq(got, want, 64);
		/* who holds the key gets the same without blinding */
		ck_assert_int_eq(oprf_evaluate(v->mode, sk, input, got), R_OK);
		ck_assert_mem_eq(got, want, 64);
	}
}
END_TEST

struct proven {
	uint8_t sk[32], pk[32], r[32], proof[64];
	uint8_t blinded[BATCH][32], evaluated[BATCH][32];
	size_t n;
};

static struct proven proven_of(const struct vector *v)
{
	struct proven p = { .n = v->n };

	unhex(secret_key[OPRF_VERIFIABLE], p.sk, 32);
	unhex(public_key, p.pk, 32);
	unhex(v->proof_scalar, p.r, 32);
	unhex(v->proof, p.proof, 64);
	for (size_t i = 0; i < v->n; i++) {
		unhex(v->blinded[i], p.blinded[i], 32);
		unhex(v->evaluated[i], p.evaluated[i], 32);
	}
	return p;
}

static enum result verify(const struct proven *p)
{
	return oprf_verify(p->pk, (const uint8_t (*)[32])p->blinded,
			   (const uint8_t (*)[32])p->evaluated, p->n,
			   p->proof);
}

START_TEST(proof_is_as_published_and_verifies)
{
	struct proven p = proven_of(&vectors[_i]);
	uint8_t proof[64];

	ck_assert_int_eq(oprf_prove(p.sk, p.pk,
				    (const uint8_t (*)[32])p.blinded,
				    (const uint8_t (*)[32])p.evaluated, p.n,
				    p.r, proof), R_OK);
	ck_assert_mem_eq(proof, p.proof, 64);
	ck_assert_int_eq(verify(&p), R_OK);
}
END_TEST

START_TEST(proof_with_any_bit_flipped_is_refused)
{
	struct proven p = proven_of(&vectors[2]);

	for (int bit = 0; bit < 8; bit++) {
		p.proof[_i] ^= (uint8_t)(1 << bit);
		ck_assert_int_ne(verify(&p), R_OK);
		p.proof[_i] ^= (uint8_t)(1 << bit);
	}
	ck_assert_int_eq(verify(&p), R_OK);
}
END_TEST

START_TEST(proof_for_other_elements_or_key_is_refused)
{
	struct proven good = proven_of(&vectors[4]);
	struct proven p = good;

	memcpy(p.evaluated[0], good.evaluated[1], 32);
	ck_assert_int_ne(verify(&p), R_OK);
	p = good;
	memcpy(p.blinded[1], good.blinded[0], 32);
	ck_assert_int_ne(verify(&p), R_OK);
	p = good;
	p.n = 1;
	ck_assert_int_ne(verify(&p), R_OK);
	p = good;
	memcpy(p.pk, good.blinded[0], 32);
	ck_assert_int_ne(verify(&p), R_OK);
	p.n = 0;
	ck_assert_int_eq(oprf_verify(p.pk, NULL, NULL, 0, p.proof) == R_OK, 0);
	ck_assert_int_eq(verify(&good), R_OK);
}
END_TEST

START_TEST(an_evaluation_under_a_second_key_can_not_be_proven)
{
	struct proven p = proven_of(&vectors[2]);
	uint8_t other[32];

	/* a service that would mark one person by a key of their own */
	oprf_random(other);
	ck_assert_int_eq(oprf_blind_evaluate(other, p.blinded[0],
					     p.evaluated[0]), R_OK);
	ck_assert_int_eq(oprf_prove(other, p.pk,
				    (const uint8_t (*)[32])p.blinded,
				    (const uint8_t (*)[32])p.evaluated, 1, p.r,
				    p.proof), R_OK);
	ck_assert_int_ne(verify(&p), R_OK);
}
END_TEST

START_TEST(scalars_and_elements_that_are_none_are_refused)
{
	/* the group's order L, little-endian: not a canonical scalar */
	static const uint8_t order[32] = {
		0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
		0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
		[31] = 0x10,
	};
	uint8_t zero[32] = { 0 }, bad[32], sk[32], out[64] = { 0 };

	memset(bad, 0xff, sizeof(bad));
	unhex(secret_key[OPRF_VERIFIABLE], sk, 32);
	ck_assert(oprf_key_ok(sk));
	ck_assert(!oprf_key_ok(zero));
	ck_assert(!oprf_key_ok(order));
	ck_assert(!oprf_key_ok(bad));
	ck_assert_int_ne(oprf_blind_evaluate(sk, zero, out), R_OK);
	ck_assert_int_ne(oprf_blind_evaluate(sk, bad, out), R_OK);
	ck_assert_int_ne(oprf_finalize(span_str("x"), sk, zero, out), R_OK);
	ck_assert_int_ne(oprf_finalize(span_str("x"), zero, sk, out), R_OK);
	ck_assert_int_ne(oprf_blind(OPRF_VERIFIABLE, span_str("x"), order,
				    out), R_OK);
	ck_assert_int_ne(oprf_evaluate(OPRF_VERIFIABLE, order, span_str("x"),
				       out), R_OK);
	for (size_t i = 0; i < sizeof(out); i++)
		ck_assert_int_eq(out[i], 0);
}
END_TEST

START_TEST(blinded_and_direct_evaluation_agree_for_random_keys)
{
	uint8_t sk[32], pk[32], blind[32], b[1][32], e[1][32], r[32];
	uint8_t proof[64], through[64], direct[64];
	struct span x = span_str("cnie/psn/v1 of nobody");

	oprf_random(sk);
	oprf_random(blind);
	oprf_random(r);
	ck_assert_int_eq(oprf_public_key(sk, pk), R_OK);
	ck_assert_int_eq(oprf_blind(OPRF_VERIFIABLE, x, blind, b[0]), R_OK);
	ck_assert_int_eq(oprf_blind_evaluate(sk, b[0], e[0]), R_OK);
	ck_assert_int_eq(oprf_prove(sk, pk, (const uint8_t (*)[32])b,
				    (const uint8_t (*)[32])e, 1, r, proof),
			 R_OK);
	ck_assert_int_eq(oprf_verify(pk, (const uint8_t (*)[32])b,
				     (const uint8_t (*)[32])e, 1, proof),
			 R_OK);
	ck_assert_int_eq(oprf_finalize(x, blind, e[0], through), R_OK);
	ck_assert_int_eq(oprf_evaluate(OPRF_VERIFIABLE, sk, x, direct), R_OK);
	ck_assert_mem_eq(through, direct, 64);
}
END_TEST

static Suite *oprf_suite(void)
{
	Suite *s = suite_create("sector/oprf");
	TCase *t = tcase_create("rfc9497");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, key_pair_is_derived_as_published, 0, 2);
	tcase_add_loop_test(t, every_step_is_as_published, 0, N_VECTORS);
	tcase_add_loop_test(t, proof_is_as_published_and_verifies, 2,
			    N_VECTORS);
	tcase_add_loop_test(t, proof_with_any_bit_flipped_is_refused, 0, 64);
	tcase_add_test(t, proof_for_other_elements_or_key_is_refused);
	tcase_add_test(t, an_evaluation_under_a_second_key_can_not_be_proven);
	tcase_add_test(t, scalars_and_elements_that_are_none_are_refused);
	tcase_add_loop_test(t,
		blinded_and_direct_evaluation_agree_for_random_keys, 0, 4);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(oprf_suite)
