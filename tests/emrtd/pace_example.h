/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The worked examples of 9303-11 as runs: what the terminal must say, command
 * by command, and what the chip answers. MSE:Set AT of ours has DO'84' always;
 * the examples leave it out, and H.1 and H.2 print no APDUs, only values.
 */
#ifndef CNIE_TESTS_EMRTD_PACE_EXAMPLE_H
#define CNIE_TESTS_EMRTD_PACE_EXAMPLE_H

#include "emrtd/pace.h"
#include "emrtd/vectors_pace.h"

struct example {
	const char *oid;
	uint64_t parameter;
	enum password_kind kind;
	const char *password;
	const char *k_pi;
	const char *map_sk, *map_pk, *sk, *t;
	const char *nonce, *mapped, *ks_enc, *ks_mac;
	const char *command[5], *answer[5];
};

#define EXAMPLE_G1 0
#define EXAMPLE_G2 1
#define EXAMPLE_H1 2
#define EXAMPLE_H2 3
#define EXAMPLE_I1 4
#define EXAMPLES   5

static const struct example examples[EXAMPLES] = {
	{ G1_OID, 13, PASSWORD_MRZ, G1_MRZ_KEY, G1_K_PI,
	  G1_MAP_SK, G1_MAP_PK, G1_SK, "",
	  G1_NONCE, G1_MAPPED, G1_KS_ENC, G1_KS_MAC,
	  { "0022C1A412800A" G1_OID "83010184010D",
	    "10860000027C0000",
	    "10860000457C438141" G1_MAP_PK "00",
	    "10860000457C438341" G1_PK "00",
	    "008600000C7C0A8508" G1_T_IFD "00" },
	  { "9000",
	    "7C128010" G1_ENC_NONCE "9000",
	    "7C438241" G1_MAP_PK_IC "9000",
	    "7C438441" G1_PK_IC "9000",
	    "7C0A8608" G1_T_IC "9000" } },
	{ G2_OID, 0, PASSWORD_MRZ, G1_MRZ_KEY, G1_K_PI,
	  G2_MAP_SK, G2_MAP_PK, G2_SK, "",
	  G2_NONCE, G2_MAPPED, G2_KS_ENC, G2_KS_MAC,
	  { "0022C1A412800A" G2_OID "830101840100",
	    "10860000027C0000",
	    "10860000867C8183818180" G2_MAP_PK "00",
	    "10860000867C8183838180" G2_PK "00",
	    "008600000C7C0A8508" G2_T_IFD "00" },
	  { "9000",
	    "7C128010" G2_ENC_NONCE "9000",
	    "7C8183828180" G2_MAP_PK_IC "9000",
	    "7C8183848180" G2_PK_IC "9000",
	    /* with the chip's authority reference, DETESTCVCA00003 */
	    "7C1B8608" G2_T_IC "870F444554455354435643413030303033"
	    "9000" } },
	{ H1_OID, 13, PASSWORD_MRZ, "K_pi is given", H1_K_PI,
	  "", "", H1_SK, H1_T,
	  H1_NONCE, H1_MAPPED, H1_KS_ENC, H1_KS_MAC,
	  { "0022C1A412800A" H1_OID "83010184010D",
	    "10860000027C0000",
	    "10860000147C128110" H1_T "00",
	    "10860000457C438341" H1_PK "00",
	    "008600000C7C0A8508" H1_T_IFD "00" },
	  { "9000",
	    "7C128010" H1_ENC_NONCE "9000",
	    "7C0282009000",
	    "7C438441" H1_PK_IC "9000",
	    "7C0A8608" H1_T_IC "9000" } },
	{ H2_OID, 0, PASSWORD_MRZ, "K_pi is given", H1_K_PI,
	  "", "", H2_SK, H2_T,
	  H2_NONCE, H2_MAPPED, H2_KS_ENC, H2_KS_MAC,
	  { "0022C1A412800A" H2_OID "830101840100",
	    "10860000027C0000",
	    "10860000147C128110" H2_T "00",
	    "10860000867C8183838180" H2_PK "00",
	    "008600000C7C0A8508" H2_T_IFD "00" },
	  { "9000",
	    "7C128010" H2_ENC_NONCE "9000",
	    "7C0282009000",
	    "7C8183848180" H2_PK_IC "9000",
	    "7C0A8608" H2_T_IC "9000" } },
	{ I1_OID, 13, PASSWORD_MRZ, I1_MRZ_KEY, I1_K_PI,
	  I1_MAP_SK, I1_MAP_PK, I1_SK, "",
	  I1_NONCE, I1_MAPPED, I1_KS_ENC, I1_KS_MAC,
	  { "0022C1A412800A" I1_OID "83010184010D",
	    "10860000027C0000",
	    "10860000457C438141" I1_MAP_PK "00",
	    "10860000457C438341" I1_PK "00",
	    "008600000C7C0A8508" I1_T_IFD "00" },
	  { "9000",
	    "7C128010" I1_ENC_NONCE "9000",
	    "7C438241" I1_MAP_PK_IC "9000",
	    "7C438441" I1_PK_IC "9000",
	    "7C3C8608" I1_T_IC "8A30" I1_SEALED "9000" } },
};

static inline const struct protocol *example_protocol(const char *text)
{
	HEX(oid, text);

	return protocol_by_oid(oid);
}

/* A printed scalar, at the size of the domain's: H.2's mod q, by long
 * division a byte at a time. */
static inline void example_scalar(const char *text, const struct domain *d,
				  uint8_t *out)
{
	HEX(s, text);
	HEX(q, H2_Q);
	uint8_t rest[21] = { 0 };	/* below q, and one digit more */

	if (s.n == d->secret)
		memcpy(out, s.p, s.n);
	if (s.n <= d->secret)
		return;
	for (size_t i = 0; i < 8 * s.n; i++) {
		uint8_t carry = s.p[i / 8] >> (7 - i % 8) & 1;
		uint8_t less[21];
		int borrow = 0;

		for (size_t j = 21; j-- > 0; ) {
			uint8_t high = rest[j] >> 7;

			rest[j] = (uint8_t)(rest[j] << 1 | carry);
			carry = high;
		}
		for (size_t j = 21; j-- > 0; ) {
			int v = rest[j] - (j ? q.p[j - 1] : 0) - borrow;

			borrow = v < 0;
			less[j] = (uint8_t)v;
		}
		if (!borrow)
			memcpy(rest, less, sizeof(rest));
	}
	memcpy(out, rest + 1, 20);
}

/* The terminal of an example, before its first command. */
static inline struct pace example_start(int number)
{
	const struct example *e = &examples[number];
	const struct domain *d = domain_by_parameter(e->parameter);
	static struct pace_keys keys;
	struct pace p = { 0 };
	HEX(map_pk, e->map_pk);
	HEX(t, e->t);
	HEX(k_pi, e->k_pi);

	ck_assert_ptr_nonnull(d);
	memset(&keys, 0, sizeof(keys));
	example_scalar(e->map_sk, d, keys.map[d->id].secret);
	memcpy(keys.map[d->id].public, map_pk.p, map_pk.n);
	example_scalar(e->sk, d, keys.agree[d->id]);
	memcpy(keys.t, t.p, t.n);
	keys.made[d->id] = true;
	ck_assert_int_eq(pace_start(&p, example_protocol(e->oid), d, e->kind,
				    span_str(e->password), &keys), R_OK);
	if (number == EXAMPLE_H1 || number == EXAMPLE_H2)
		memcpy(p.k_pi, k_pi.p, k_pi.n);
	return p;
}

static inline enum result example_answer(struct pace *p, const char *text)
{
	HEX(a, text);

	return pace_response(p, a);
}

/* ... after so many commands and answers. */
static inline struct pace example_after(int number, int steps)
{
	struct pace p = example_start(number);

	for (int i = 0; i < steps; i++) {
		uint8_t buf[300];
		struct sink apdu = SINK(buf);

		ck_assert_int_eq(pace_command(&p, &apdu), R_OK);
		ck_assert_int_eq(example_answer(&p,
						examples[number].answer[i]),
				 R_OK);
	}
	return p;
}

#endif
