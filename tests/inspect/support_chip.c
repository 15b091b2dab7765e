// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_chip.h"

#include <check.h>
#include <string.h>

#include "emrtd/data_object.h"

static const uint8_t aid[] = { 0xa0, 0, 0, 2, 0x47, 0x10, 0x01 };

static uint32_t le_of(uint32_t coded, uint32_t most)
{
	return coded ? coded : most;
}

/* ISO/IEC 7816-3 12.1.3. */
static struct command parse(struct span in)
{
	struct command c = { 0 };
	uint8_t n = 0;
	uint16_t wide = 0;

	ck_assert(span_u8(&in, &c.cla) == R_OK && span_u8(&in, &c.ins) == R_OK);
	ck_assert(span_u8(&in, &c.p1) == R_OK && span_u8(&in, &c.p2) == R_OK);
	if (in.n == 0)
		return c;
	ck_assert_int_eq(span_u8(&in, &n), R_OK);
	if (n == 0 && in.n > 0) {	/* extended */
		ck_assert_int_eq(span_u16(&in, &wide), R_OK);
		if (in.n == 0) {
			c.le = le_of(wide, 65536);
			return c;
		}
		ck_assert_int_eq(span_take(&in, wide, &c.data), R_OK);
		if (in.n > 0) {
			ck_assert_int_eq(span_u16(&in, &wide), R_OK);
			c.le = le_of(wide, 65536);
		}
	} else if (in.n == 0) {
		c.le = le_of(n, 256);
	} else {
		ck_assert_int_eq(span_take(&in, n, &c.data), R_OK);
		if (in.n > 0) {
			ck_assert_int_eq(span_u8(&in, &n), R_OK);
			c.le = le_of(n, 256);
		}
	}
	ck_assert_uint_eq(in.n, 0);
	return c;
}

static bool in_master_file(enum ef ef)
{
	return ef == EF_ATR || ef == EF_CARD_ACCESS || ef == EF_CARD_SECURITY;
}

static const struct chip_file *find(const struct chip *x, bool by_short,
				    uint16_t id)
{
	for (size_t i = 0; i < x->files; i++) {
		const struct chip_file *f = &x->file[i];
		const struct ef_row *r = ef_row(f->ef);

		if (in_master_file(f->ef) != x->in_application &&
		    (by_short ? r->short_id : r->id) == id)
			return f;
	}
	return NULL;
}

static uint16_t select_file(struct chip *x, const struct command *c)
{
	if (c->p1 == 4) {
		if (!span_equal(c->data, SPAN(aid)))
			return SW_NOT_FOUND;
		x->in_application = true;
		return SW_OK;
	}
	ck_assert_uint_eq(c->data.n, 2);
	if (c->p1 == 0) {
		x->in_application = false;
		return SW_OK;
	}
	ck_assert_uint_eq(c->p1, 2);
	x->current = find(x, false, (uint16_t)(c->data.p[0] << 8 |
					       c->data.p[1]));
	return x->current ? SW_OK : SW_NOT_FOUND;
}

/* Where reading begins: in P1 and P2, or in DO'54'. */
static size_t offset_of(struct chip *x, const struct command *c)
{
	if (c->ins == INS_READ_BINARY_ODD) {
		ck_assert_uint_eq(c->data.n, 4);
		return (size_t)c->data.p[2] << 8 | c->data.p[3];
	}
	if (!(c->p1 & 0x80))
		return (size_t)c->p1 << 8 | c->p2;
	x->current = find(x, true, c->p1 & 0x1f);
	return c->p2;
}

static uint16_t read_binary(struct chip *x, const struct command *c,
			    struct sink *out)
{
	bool odd = c->ins == INS_READ_BINARY_ODD;
	size_t at = offset_of(x, c), n = c->le, left;
	const struct chip_file *f = x->current;

	if (!f)
		return SW_NOT_FOUND;
	if (f->withheld || (!x->sm.live && f->ef != EF_ATR &&
			    f->ef != EF_CARD_ACCESS))
		return SW_SECURITY_STATUS;
	if (at >= f->bytes.n)
		return SW_WRONG_OFFSET;
	x->read[f->ef] = true;
	if (odd)
		n -= 4;
	left = f->bytes.n - at;
	if (odd)
		put_object(out, 0x53, span_of(f->bytes.p + at,
					      n < left ? n : left));
	else
		sink_put(out, span_of(f->bytes.p + at, n < left ? n : left));
	return n > left ? SW_END_OF_FILE : SW_OK;
}

static uint16_t dispatch(struct chip *x, const struct command *c,
			 struct sink *out)
{
	switch (c->ins) {
	case INS_SELECT:
		return select_file(x, c);
	case INS_READ_BINARY:
	case INS_READ_BINARY_ODD:
		return read_binary(x, c, out);
	case INS_GET_CHALLENGE:
	case INS_EXTERNAL_AUTHENTICATE:
		return chip_bac(x, c, out);
	case INS_INTERNAL_AUTHENTICATE:
		return chip_aa(x, c, out);
	case INS_VERIFY:
		return chip_verify(x, c);
	case INS_MSE:
	case INS_GENERAL_AUTHENTICATE:
		return x->sm.live ? chip_ca(x, c, out) : chip_pace(x, c, out);
	default:
		return SW_NO_INS;
	}
}

enum reason chip_run(void *context, struct span apdu, struct sink *out)
{
	static uint8_t opened[2048], data[70000];
	struct chip *x = context;
	struct command c = parse(apdu);
	struct sink in = SINK(opened), answer = SINK(data);
	size_t most = x->answer_max ? x->answer_max : 256;
	size_t from = out->n;
	uint16_t sw;

	x->apdus++;
	x->next = (struct chip_sm){ 0 };
	if (x->sm.live && !chip_open(&x->sm, &c, &in)) {
		x->sm.live = false;
		sink_u16(out, SW_SM_INCORRECT);
		return REASON_NONE;
	}
	sw = dispatch(x, &c, &answer);
	if (x->sm.live && !(x->evil & EVIL_PLAIN)) {
		chip_seal(&x->sm, sink_span(&answer), sw, out);
	} else {
		sink_put(out, sink_span(&answer));
		sink_u16(out, sw);
	}
	ck_assert_uint_le(out->n - from, most + 2);
	if (x->next.live)
		x->sm = x->next;
	return REASON_NONE;
}
