/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OpenPACE (libeac), an implementation of TR-03110 that shares nothing with
 * ours, as the other side of the tests: its buffers as spans, its contexts,
 * and its secure messaging, whose data objects are left to the caller.
 */
#ifndef CNIE_TESTS_OPENPACE_H
#define CNIE_TESTS_OPENPACE_H

#include <check.h>
#include <string.h>

#include <eac/ca.h>
#include <eac/eac.h>
#include <eac/objects.h>
#include <eac/pace.h>
#include <eac/ta.h>

#include "base/bytes.h"
#include "base/scope.h"

SCOPE_FREE(BUF_MEM *, BUF_MEM_free);
SCOPE_FREE(EAC_CTX *, EAC_CTX_clear_free);
SCOPE_FREE(PACE_SEC *, PACE_SEC_clear_free);

#define scoped_mem scoped(scope_BUF_MEM_free) BUF_MEM

static inline struct span op_span(const BUF_MEM *m)
{
	ck_assert_ptr_nonnull(m);
	return span_of(m->data, m->length);
}

static inline BUF_MEM *op_mem(struct span s)
{
	BUF_MEM *m = BUF_MEM_new();

	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(BUF_MEM_grow(m, s.n), s.n);
	if (s.n)
		memcpy(m->data, s.p, s.n);
	return m;
}

/* A context for a protocol of PACE (whose number is known after EAC_init only)
 * in a domain of table 6. */
static inline EAC_CTX *op_new_pace(const int *protocol, int parameter)
{
	EAC_CTX *ctx;

	EAC_init();
	ctx = EAC_CTX_new();
	ck_assert_ptr_nonnull(ctx);
	ck_assert(EAC_CTX_init_pace(ctx, *protocol, parameter));
	return ctx;
}

/* ... with generic mapping and AES-128 on a curve. */
static inline EAC_CTX *op_new(int curve)
{
	return op_new_pace(&NID_id_PACE_ECDH_GM_AES_CBC_CMAC_128, curve);
}

/* A password as 9303-11 9.7.3 encodes it; the kinds have the same numbers. */
static inline PACE_SEC *op_password(int kind, const char *text)
{
	PACE_SEC *s = PACE_SEC_new(text, strlen(text), (enum s_type)kind);

	ck_assert_ptr_nonnull(s);
	return s;
}

/* The contents octets of a protocol, as OpenPACE knows it. */
static inline struct span op_oid(int protocol)
{
	const ASN1_OBJECT *o = EAC_OBJ_nid2obj(protocol);

	ck_assert_ptr_nonnull(o);
	return span_of(OBJ_get0_data(o), OBJ_length(o));
}

/*
 * The steps of OpenPACE are those of version 2 of Chip Authentication, whose
 * keys take in a nonce and are confirmed by a token. Version 1 has neither
 * (9303-11 6.2): no nonce, and the zeros in the token's place do not verify.
 */
static inline void op_chip_keys(EAC_CTX *ctx)
{
	static const uint8_t zeros[8];
	scoped_mem *token = op_mem(SPAN(zeros));

	ck_assert_int_eq(CA_STEP6_derive_keys(ctx, NULL, token), 0);
	ck_assert(EAC_CTX_set_encryption_ctx(ctx, EAC_ID_CA));
}

static inline void op_keys_are(const EAC_CTX *ctx, struct span enc,
			       struct span mac)
{
	ck_assert(span_equal(op_span(ctx->key_ctx->k_enc), enc));
	ck_assert(span_equal(op_span(ctx->key_ctx->k_mac), mac));
}

/* -- secure messaging (9303-11 9.8) ---------------------------------------- */

/* The value of DO'87' for these bytes. */
static inline void op_encrypt(const EAC_CTX *ctx, struct span plain,
			      struct sink *out)
{
	scoped_mem *in = op_mem(plain);
	scoped_mem *padded = EAC_add_iso_pad(ctx, in);
	scoped_mem *sealed = EAC_encrypt(ctx, padded);

	sink_u8(out, 1);
	sink_put(out, op_span(sealed));
}

static inline void op_decrypt(const EAC_CTX *ctx, struct span value,
			      struct sink *out)
{
	uint8_t indicator;

	ck_assert_int_eq(span_u8(&value, &indicator), R_OK);
	ck_assert_uint_eq(indicator, 1);
	scoped_mem *in = op_mem(value);
	scoped_mem *padded = EAC_decrypt(ctx, in);
	ck_assert_ptr_nonnull(padded);
	scoped_mem *plain = EAC_remove_iso_pad(padded);

	sink_put(out, op_span(plain));
}

/* What the MAC covers besides the counter: the header of a command, padded
 * (none in a response), and the data objects, padded. */
static inline BUF_MEM *op_covered(const EAC_CTX *ctx, struct span header,
				  struct span objects)
{
	uint8_t buf[1024];
	struct sink s = SINK(buf);
	const struct span parts[] = { header, objects };

	for (int i = 0; i < 2; i++) {
		if (!parts[i].n)
			continue;
		scoped_mem *in = op_mem(parts[i]);
		scoped_mem *padded = EAC_add_iso_pad(ctx, in);
		sink_put(&s, op_span(padded));
	}
	ck_assert_int_eq(sink_done(&s), R_OK);
	return op_mem(sink_span(&s));
}

/* DO'8E' after the objects that out holds. */
static inline void op_put_mac(const EAC_CTX *ctx, struct span header,
			      struct sink *out)
{
	scoped_mem *covered = op_covered(ctx, header, sink_span(out));
	scoped_mem *mac = EAC_authenticate(ctx, covered);

	ck_assert_uint_eq(op_span(mac).n, 8);
	sink_u16(out, 0x8e08);
	sink_put(out, op_span(mac));
}

/* The objects without their DO'8E', which must be the last and right. */
static inline enum result op_take_mac(const EAC_CTX *ctx, struct span header,
				      struct span *objects)
{
	struct span in = *objects, before;

	if (in.n < 10 || span_take(&in, in.n - 10, &before) != R_OK ||
	    in.p[0] != 0x8e || in.p[1] != 8)
		return R_MALFORMED;
	scoped_mem *covered = op_covered(ctx, header, before);
	scoped_mem *mac = op_mem(span_of(in.p + 2, 8));
	if (EAC_verify_authentication(ctx, covered, mac) != 1)
		return R_DENIED;
	*objects = before;
	return R_OK;
}

#endif
