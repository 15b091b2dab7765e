/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OpenPACE as the chip before our terminal: what it does with our commands,
 * checked as it reads them. Its generic mapping is 9303-11's; its integrated
 * mapping is an older one, which no document has.
 */
#ifndef CNIE_TESTS_EMRTD_OPENPACE_CHIP_H
#define CNIE_TESTS_EMRTD_OPENPACE_CHIP_H

#include "check_main.h"
#include "openpace.h"

#include "emrtd/data_object.h"
#include "emrtd/pace.h"
#include "emrtd/sm.h"
#include "lds/tlv.h"

struct chip {
	EAC_CTX *ctx;
	PACE_SEC *password;
	const struct domain *domain;
	bool credulous;		/* does not look at the terminal's token */
	int step;
};

static inline void chip_done(struct chip *c)
{
	EAC_CTX_clear_free(c->ctx);
	PACE_SEC_clear_free(c->password);
}

static inline struct chip chip_new(const int *protocol, const struct domain *d,
				   enum password_kind kind,
				   const char *password)
{
	return (struct chip){
		.domain = d,
		.ctx = op_new_pace(protocol, d->parameter),
		.password = op_password(kind, password),
	};
}

static inline const struct protocol *protocol_of(int nid)
{
	return protocol_by_oid(op_oid(nid));
}

/* -- the chip's side of PACE ----------------------------------------------- */

/* The data of a command whose header these four bytes are. */
static inline struct span data_of(struct span apdu, uint32_t header, bool le)
{
	uint32_t h;
	uint16_t lc, end = 0;
	uint8_t octet;
	bool extended;
	struct span data;

	ck_assert_int_eq(span_u32(&apdu, &h), R_OK);
	ck_assert_uint_eq(h, header);
	ck_assert_int_eq(span_u8(&apdu, &octet), R_OK);
	extended = octet == 0;
	lc = octet;
	if (extended)
		ck_assert_int_eq(span_u16(&apdu, &lc), R_OK);
	ck_assert_int_eq(span_take(&apdu, lc, &data), R_OK);
	if (le && extended) {
		ck_assert_int_eq(span_u16(&apdu, &end), R_OK);
	} else if (le) {
		ck_assert_int_eq(span_u8(&apdu, &octet), R_OK);
		ck_assert_uint_eq(octet, 0);
	}
	ck_assert_uint_eq(apdu.n, 0);
	return data;
}

/* MSE:Set AT names the protocol, the password and the domain, as OpenPACE has
 * them (9303-11 4.4.4.1). */
static inline void chip_set_at(struct chip *c, struct span apdu)
{
	struct span in = data_of(apdu, 0x0022c1a4, false), v;

	ck_assert_int_eq(tlv_expect(&in, 0x80, &v), R_OK);
	ck_assert(span_equal(v, op_oid(c->ctx->pace_ctx->protocol)));
	ck_assert_int_eq(tlv_expect(&in, 0x83, &v), R_OK);
	ck_assert(v.n == 1 && v.p[0] == (uint8_t)c->password->type);
	ck_assert_int_eq(tlv_expect(&in, 0x84, &v), R_OK);
	ck_assert(v.n == 1 && v.p[0] == c->domain->parameter);
	ck_assert_uint_eq(in.n, 0);
}

/* OpenPACE's nonces are one block, with 3DES eight octets, which we refuse:
 * two blocks then, by hand. */
static inline BUF_MEM *chip_nonce(struct chip *c)
{
	BUF_MEM *z = PACE_STEP1_enc_nonce(c->ctx, c->password);
	PACE_CTX *p = c->ctx->pace_ctx;
	uint8_t k_pi[CIPHER_KEY_MAX], s[16], out[16];

	ck_assert_ptr_nonnull(z);
	if (z->length != 8)
		return z;
	memset(s, 0x6b, sizeof(s));
	BUF_MEM_free(z);
	BUF_MEM_free(p->nonce);
	p->nonce = op_mem(SPAN(s));
	ck_assert_int_eq(kdf_password(CIPHER_3DES, PASSWORD_CAN,
			 op_span(c->password->mem), k_pi), R_OK);
	ck_assert_int_eq(cipher_cbc(CIPHER_3DES, k_pi, NULL, true, SPAN(s),
				    out), R_OK);
	return op_mem(SPAN(out));
}

static inline BUF_MEM *chip_map(struct chip *c, const BUF_MEM *in)
{
	BUF_MEM *out = PACE_STEP3A_generate_mapping_data(c->ctx);

	ck_assert(PACE_STEP3A_map_generator(c->ctx, in));
	return out;
}

/* OpenPACE's secrets of a group lose their leading zeros, one in 256: then
 * there is no common key, and it is no fault of ours. */
static inline bool chip_lost_a_zero(const struct chip *c)
{
	return c->domain->agreement == AGREE_DH &&
	       c->ctx->pace_ctx->ka_ctx->shared_secret->length <
	       c->domain->shared;
}

/* The keys come here; the token for the terminal is made with its key. */
static inline BUF_MEM *chip_agree(struct chip *c, const BUF_MEM *in,
				  BUF_MEM **token)
{
	BUF_MEM *out = PACE_STEP3B_generate_ephemeral_key(c->ctx);

	ck_assert(PACE_STEP3B_compute_shared_secret(c->ctx, in));
	ck_assert(PACE_STEP3C_derive_keys(c->ctx));
	*token = PACE_STEP3D_compute_authentication_token(c->ctx, in);
	return out;
}

static inline BUF_MEM *chip_token(struct chip *c, const BUF_MEM *in,
				  BUF_MEM **token)
{
	BUF_MEM *out = *token;

	if (PACE_STEP3D_verify_authentication_token(c->ctx, in) != 1 &&
	    !c->credulous)
		return NULL;
	ck_assert(EAC_CTX_set_encryption_ctx(c->ctx, EAC_ID_PACE));
	*token = NULL;
	return out;
}

static inline BUF_MEM *chip_step(struct chip *c, int step, struct span v,
				 BUF_MEM **token)
{
	scoped_mem *in = op_mem(v);

	switch (step) {
	case 1:
		return chip_nonce(c);
	case 2:
		return chip_map(c, in);
	case 3:
		return chip_agree(c, in, token);
	default:
		return chip_token(c, in, token);
	}
}

/* One command of PACE; `token` keeps what the last answer will hold. */
static inline void chip_answer(struct chip *c, struct span apdu,
			       BUF_MEM **token, struct sink *out)
{
	const uint8_t answers[] = { 0, 0x80, 0x82, 0x84, 0x86 };
	const int step = c->step++;
	struct span body, v = { 0 };
	uint8_t buf[400];
	struct sink object = SINK(buf);
	BUF_MEM *reply;

	if (step == 0) {
		chip_set_at(c, apdu);
		sink_u16(out, 0x9000);
		return;
	}
	ck_assert_int_le(step, 4);
	body = data_of(apdu, step < 4 ? 0x10860000 : 0x00860000, true);
	ck_assert_int_eq(tlv_only(body, 0x7c, &body), R_OK);
	if (step == 1)
		ck_assert_uint_eq(body.n, 0);
	else
		ck_assert_int_eq(tlv_only(body, answers[step] - 1u, &v), R_OK);
	reply = chip_step(c, step, v, token);
	if (!reply) {
		sink_u16(out, SW_VERIFY_FAILED);
		return;
	}
	put_object(&object, answers[step], op_span(reply));
	put_object(out, 0x7c, sink_span(&object));
	sink_u16(out, 0x9000);
	BUF_MEM_free(reply);
}

static inline enum result run_pace(struct chip *c, enum password_kind kind,
				   const char *password, struct pace *p)
{
	static struct pace_keys keys;
	scoped(scope_BUF_MEM_free) BUF_MEM *token = NULL;
	enum result r = R_OK;

	ck_assert_int_eq(pace_prepare(&keys), R_OK);
	ck_assert_int_eq(pace_start(p, protocol_of(c->ctx->pace_ctx->protocol),
				    c->domain, kind, span_str(password),
				    &keys), R_OK);
	while (r == R_OK && !pace_done(p)) {
		uint8_t buf[400], back[400];
		struct sink apdu = SINK(buf), answer = SINK(back);

		ck_assert_int_eq(pace_command(p, &apdu), R_OK);
		chip_answer(c, sink_span(&apdu), &token, &answer);
		ck_assert_int_eq(sink_done(&answer), R_OK);
		r = pace_response(p, sink_span(&answer));
	}
	return r;
}

/* -- the chip's side of secure messaging ----------------------------------- */

static inline enum result chip_open(struct chip *c, struct span apdu,
				    uint32_t header, struct sink *plain,
				    bool *le)
{
	struct span in = data_of(apdu, header, true), v;
	enum result r;

	ck_assert(EAC_increment_ssc(c->ctx));
	r = op_take_mac(c->ctx, span_of(apdu.p, 4), &in);
	if (r != R_OK)
		return r;
	if (tlv_optional(&in, 0x87, &v) == R_OK)
		op_decrypt(c->ctx, v, plain);
	*le = tlv_optional(&in, 0x97, &v) == R_OK;
	ck_assert_uint_eq(in.n, 0);
	return sink_done(plain);
}

static inline void chip_close(struct chip *c, struct span data, uint16_t sw,
			      struct sink *out)
{
	uint8_t value[300];
	struct sink v = SINK(value);

	ck_assert(EAC_increment_ssc(c->ctx));
	if (data.n) {
		op_encrypt(c->ctx, data, &v);
		ck_assert_int_eq(sink_done(&v), R_OK);
		put_object(out, 0x87, sink_span(&v));
	}
	sink_u16(out, 0x9902);
	sink_u16(out, sw);
	op_put_mac(c->ctx, (struct span){ 0 }, out);
	sink_u16(out, sw);
	ck_assert_int_eq(sink_done(out), R_OK);
}

/* One exchange: what the chip reads is what we said, and what it answers is
 * what we read, or our refusal. */
static inline enum result exchange(struct sm *sm, struct chip *c,
				   struct command command, struct span answer,
				   uint16_t sw)
{
	const uint32_t header = 0x0c000000u | (uint32_t)command.ins << 16 |
				(uint32_t)command.p1 << 8 | command.p2;
	uint8_t buf[400], plain[400], back[400], got[400];
	struct sink apdu = SINK(buf), p = SINK(plain), b = SINK(back),
		    g = SINK(got);
	struct response response;
	enum result r;
	bool le = false;

	ck_assert_int_eq(sm_wrap(sm, &command, &apdu), R_OK);
	ck_assert_int_eq(chip_open(c, sink_span(&apdu), header, &p, &le),
			 R_OK);
	ck_assert(span_equal(sink_span(&p), command.data));
	ck_assert_int_eq(le, command.le != 0);
	chip_close(c, answer, sw, &b);
	r = sm_unwrap(sm, sink_span(&b), &g, &response);
	if (r != R_OK)
		return r;
	ck_assert(span_equal(response.data, answer));
	ck_assert_uint_eq(response.sw, sw);
	return R_OK;
}

/* SELECT, and READ BINARY of every `by`th length that a short answer holds. */
static inline void talk(struct sm *sm, struct chip *c, uint32_t by)
{
	static const uint8_t aid[] = { 0xa0, 0, 0, 2, 0x47, 0x10, 0x01 };
	const struct command select = { 0, 0xa4, 4, 0x0c, SPAN(aid), 0 };
	const size_t most = sm_plain_max(sm, 256);
	uint8_t file[256];

	for (size_t i = 0; i < sizeof(file); i++)
		file[i] = (uint8_t)(0x80 + 7 * i);
	ck_assert_int_eq(exchange(sm, c, select, (struct span){ 0 }, 0x9000),
			 R_OK);
	for (uint32_t n = 1; n <= most; n += by) {
		const struct command read = { 0, 0xb0, 0x81, (uint8_t)n,
					      { 0 }, n };

		ck_assert_int_eq(exchange(sm, c, read, span_of(file, n),
					  n % 2 ? 0x9000 : 0x6282), R_OK);
	}
	ck_assert_int_eq(exchange(sm, c, select, (struct span){ 0 }, 0x6a82),
			 R_OK);
}

/* Its session keys are these. */
static inline void chip_keys_are(const struct chip *c,
				 const struct session_keys *k)
{
	const size_t n = cipher_key_size(k->cipher);

	op_keys_are(c->ctx, span_of(k->enc, n), span_of(k->mac, n));
}

#endif
