// SPDX-License-Identifier: GPL-3.0-or-later
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/wire_table.h"

#define BIG 4096	/* larger than any struct and any small message */

static const char payload[] = "payload of a span, any bytes \x00\x01\xff";

union any {
	_Alignas(max_align_t) uint8_t b[BIG];
};

/* Different and telling in each byte. */
static uint64_t number(size_t at, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | ((at * 7 + i * 31 + 1) & 0xff);
	return v;
}

static void set_number(uint8_t *at, size_t n, uint64_t v)
{
	uint8_t u8 = (uint8_t)v;
	uint16_t u16 = (uint16_t)v;
	uint32_t u32 = (uint32_t)v;

	memcpy(at, n == 1 ? (void *)&u8 : n == 2 ? (void *)&u16 :
		   n == 4 ? (void *)&u32 : (void *)&v, n);
}

static void set_string(char *at, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		at[i] = (char)('!' + (i + n) % 90);
	at[n - 1] = '\0';
}

/* Fill every field and encode it, as wire.h says. The strings are as long as
 * their arrays allow. */
static struct span fill(const struct row *row, union any *msg, uint8_t *wire)
{
	struct sink out = sink_of(wire, BIG);
	struct span s = span_of(payload, sizeof(payload));

	memset(msg, 0, sizeof(*msg));
	sink_u8(&out, WIRE_VERSION);
	sink_u8(&out, (uint8_t)row->type);
	for (size_t i = 0; i < ROW_FIELDS_MAX && row->f[i].kind; i++) {
		uint8_t *at = msg->b + row->f[i].at;
		size_t n = row->f[i].size;

		if (row->f[i].kind == K_STR) {
			set_string((char *)at, n);
			sink_u16(&out, (uint16_t)(n - 1));
			sink_put(&out, span_of(at, n - 1));
		} else if (row->f[i].kind == K_BYTES) {
			memcpy(at, &s, sizeof(s));
			sink_u32(&out, (uint32_t)s.n);
			sink_put(&out, s);
		} else if (row->f[i].kind == K_RAW) {
			memset(at, (int)row->f[i].at + 3, n);
			sink_put(&out, span_of(at, n));
		} else {
			set_number(at, n, number(row->f[i].at, n));
			for (size_t k = n; k-- > 0;)
				sink_u8(&out, (uint8_t)(number(row->f[i].at, n)
							>> 8 * k));
		}
	}
	ck_assert_int_eq(sink_done(&out), R_OK);
	return sink_span(&out);
}

/* Every field of the two equal; a span's bytes, not its address. */
static void assert_same(const struct row *row, const union any *a,
			const union any *b)
{
	for (size_t i = 0; i < ROW_FIELDS_MAX && row->f[i].kind; i++) {
		const uint8_t *x = a->b + row->f[i].at;
		const uint8_t *y = b->b + row->f[i].at;
		struct span s, t;

		if (row->f[i].kind == K_BYTES) {
			memcpy(&s, x, sizeof(s));
			memcpy(&t, y, sizeof(t));
			ck_assert_msg(span_equal(s, t), "%s field %zu",
				      row->name, i);
		} else {
			ck_assert_msg(!memcmp(x, y, row->f[i].size),
				      "%s field %zu", row->name, i);
		}
	}
}

/* Refused as `type`, and the output untouched to its last byte. */
static void assert_refused(const struct row *row, struct span in)
{
	union any out, before;

	memset(&out, 0xa5, sizeof(out));
	before = out;
	ck_assert_msg(wire_get(in, row->type, &out) == R_MALFORMED,
		      "%s, %zu bytes", row->name, in.n);
	ck_assert_mem_eq(&out, &before, sizeof(out));
}

START_TEST(the_table_covers_every_byte_of_the_struct)
{
	const struct row *row = &rows[_i];
	size_t end = 0;

	for (size_t i = 0; i < ROW_FIELDS_MAX && row->f[i].kind; i++) {
		ck_assert_uint_ge(row->f[i].at, end);
		ck_assert_uint_lt(row->f[i].at - end, 8);	/* padding */
		end = row->f[i].at + row->f[i].size;
	}
	ck_assert_uint_lt(row->size - end, 8);
	ck_assert_uint_eq(wire_struct_size(row->type), row->size);
}
END_TEST

START_TEST(what_is_put_is_as_documented_and_comes_back)
{
	const struct row *row = &rows[_i];
	uint8_t want[BIG], got[BIG];
	union any msg, back;
	struct sink out = SINK(got);
	struct span w = fill(row, &msg, want);

	ck_assert_int_eq(wire_put(&out, row->type, &msg), R_OK);
	ck_assert_uint_eq(out.n, w.n);
	ck_assert_mem_eq(got, w.p, w.n);
	ck_assert_uint_eq(wire_type(sink_span(&out)), row->type);
	memset(&back, 0x5a, sizeof(back));
	ck_assert_int_eq(wire_get(sink_span(&out), row->type, &back), R_OK);
	assert_same(row, &msg, &back);
	for (size_t i = row->size; i < sizeof(back); i++)
		ck_assert_uint_eq(back.b[i], 0x5a);
}
END_TEST

START_TEST(an_empty_message_comes_back_empty)
{
	const struct row *row = &rows[_i];
	uint8_t buf[BIG];
	union any msg = { { 0 } }, back;
	struct sink out = SINK(buf);

	memset(&back, 0x5a, sizeof(back));
	ck_assert_int_eq(wire_put(&out, row->type, &msg), R_OK);
	ck_assert_int_eq(wire_get(sink_span(&out), row->type, &back), R_OK);
	assert_same(row, &msg, &back);
}
END_TEST

START_TEST(truncated_at_any_length_is_refused)
{
	uint8_t wire[BIG];
	union any msg;
	struct span w = fill(&rows[_i], &msg, wire);

	for (size_t n = 0; n < w.n; n++)
		assert_refused(&rows[_i], span_of(w.p, n));
}
END_TEST

START_TEST(one_byte_more_is_refused)
{
	uint8_t wire[BIG];
	union any msg;
	struct span w = fill(&rows[_i], &msg, wire);

	for (unsigned int v = 0; v < 256; v++) {
		wire[w.n] = (uint8_t)v;
		assert_refused(&rows[_i], span_of(wire, w.n + 1));
	}
}
END_TEST

START_TEST(another_version_is_refused)
{
	uint8_t wire[BIG];
	union any msg;
	struct span w = fill(&rows[_i], &msg, wire);

	for (unsigned int v = 0; v < 256; v++) {
		if (v == WIRE_VERSION)
			continue;
		wire[0] = (uint8_t)v;
		assert_refused(&rows[_i], w);
		ck_assert_uint_eq(wire_type(w), 0);
	}
}
END_TEST

START_TEST(another_type_is_refused)
{
	uint8_t wire[BIG];
	union any msg;
	struct span w = fill(&rows[_i], &msg, wire);

	for (unsigned int v = 0; v < 256; v++) {
		wire[1] = (uint8_t)v;
		if (v != rows[_i].type)
			assert_refused(&rows[_i], w);
	}
}
END_TEST

/* Offset on the wire of field i's content, strings being full. */
static size_t content_at(const struct row *row, size_t field)
{
	size_t at = 2;

	for (size_t i = 0; i < field; i++) {
		if (row->f[i].kind == K_STR)
			at += 2 + row->f[i].size - 1;
		else if (row->f[i].kind == K_BYTES)
			at += 4 + sizeof(payload);
		else
			at += row->f[i].size;
	}
	return at + 2;
}

START_TEST(control_characters_in_a_string_are_refused)
{
	const struct row *row = &rows[_i];
	uint8_t wire[BIG], buf[BIG];
	union any msg, bad;
	struct span w = fill(row, &msg, wire);

	for (size_t i = 0; i < ROW_FIELDS_MAX && row->f[i].kind; i++) {
		if (row->f[i].kind != K_STR)
			continue;
		for (unsigned int v = 0; v < 256; v++) {
			size_t at = content_at(row, i) + (row->f[i].size - 1) / 2;
			struct sink out = SINK(buf);
			uint8_t was = wire[at];

			if ((v >= 0x20 && v != 0x7f) || v == '\t')
				continue;
			wire[at] = (uint8_t)v;
			assert_refused(row, w);
			wire[at] = was;
			bad = msg;
			bad.b[row->f[i].at] = (uint8_t)v;
			if (v)
				ck_assert_int_eq(wire_put(&out, row->type,
							  &bad), R_MALFORMED);
		}
	}
}
END_TEST

START_TEST(a_string_without_room_for_its_nul_is_refused)
{
	const struct row *row = &rows[_i];
	uint8_t wire[BIG], buf[BIG];
	union any msg;

	for (size_t i = 0; i < ROW_FIELDS_MAX && row->f[i].kind; i++) {
		struct span w = fill(row, &msg, wire);
		struct sink out = SINK(buf);
		size_t at, n = row->f[i].size;

		if (row->f[i].kind != K_STR)
			continue;
		msg.b[row->f[i].at + n - 1] = 'x';
		ck_assert_int_eq(wire_put(&out, row->type, &msg), R_MALFORMED);
		at = content_at(row, i);	/* one character more */
		memmove(wire + at + 1, wire + at, w.n - at);
		wire[at - 2] = (uint8_t)(n >> 8);
		wire[at - 1] = (uint8_t)n;
		assert_refused(row, span_of(wire, w.n + 1));
	}
}
END_TEST

START_TEST(a_buffer_too_small_is_never_overrun)
{
	uint8_t wire[BIG], buf[BIG];
	union any msg;
	struct span w = fill(&rows[_i], &msg, wire);

	for (size_t cap = 0; cap < w.n; cap++) {
		struct sink out = sink_of(buf, cap);

		buf[cap] = 0x77;
		ck_assert_int_eq(wire_put(&out, rows[_i].type, &msg),
				 R_INTERNAL);
		ck_assert_uint_eq(buf[cap], 0x77);
	}
}
END_TEST

START_TEST(noise_decodes_to_what_encodes_back)
{
	uint64_t x = 88172645463325252u + (uint64_t)_i;
	uint8_t in[BIG], buf[BIG];
	unsigned int good = 0;

	for (int round = 0; round < 3000; round++) {
		union any msg = { { 0 } };
		struct span w = fill(&rows[_i], &msg, in);
		struct sink out = SINK(buf);

		for (int k = 0; k < 1 + round % 3; k++) {
			x ^= x << 13; x ^= x >> 7; x ^= x << 17;
			in[2 + (x >> 8) % (w.n - 1)] = (uint8_t)x;
		}
		w.n = round % 5 ? w.n : x % (w.n + 1);
		memset(&msg, 0, sizeof(msg));
		if (wire_get(w, rows[_i].type, &msg) != R_OK)
			continue;
		good++;
		ck_assert_int_eq(wire_put(&out, rows[_i].type, &msg), R_OK);
		ck_assert(span_equal(sink_span(&out), w));
	}
	ck_assert_uint_gt(good, 15);
}
END_TEST

START_TEST(only_the_types_of_the_table_exist)
{
	uint8_t buf[BIG];
	union any msg = { { 0 } };

	for (unsigned int v = 0; v < 300; v++) {
		struct sink out = SINK(buf);
		bool known = false;

		for (size_t i = 0; i < ROWS; i++)
			known = known || rows[i].type == v;
		if (known)
			continue;
		ck_assert_uint_eq(wire_struct_size((enum wire_msg)v), 0);
		ck_assert_int_eq(wire_put(&out, (enum wire_msg)v, &msg),
				 R_INTERNAL);
		buf[0] = WIRE_VERSION;
		buf[1] = (uint8_t)v;
		ck_assert_int_eq(wire_get(span_of(buf, 2), (enum wire_msg)v,
					  &msg), R_INTERNAL);
	}
}
END_TEST

START_TEST(what_the_face_answers_fits_the_filter)
{
	struct msg_face_answer m;
	uint8_t buf[256];
	struct sink out = SINK(buf);
	struct msg_helper_ready ready = { UINT32_MAX };
	struct msg_helper_fail fail = { UINT16_MAX, UINT16_MAX, UINT8_MAX };

	memset(&m, 0xff, sizeof(m));
	ck_assert_int_eq(wire_put(&out, MSG_FACE_ANSWER, &m), R_OK);
	ck_assert_uint_le(out.n, 64);
	out = (struct sink)SINK(buf);
	ck_assert_int_eq(wire_put(&out, MSG_HELPER_READY, &ready), R_OK);
	ck_assert_uint_le(out.n, 64);
	out = (struct sink)SINK(buf);
	ck_assert_int_eq(wire_put(&out, MSG_HELPER_FAIL, &fail), R_OK);
	ck_assert_uint_le(out.n, 64);
}
END_TEST

START_TEST(every_message_without_a_span_fits_wire_max)
{
	uint8_t wire[BIG];
	union any msg;

	ck_assert_uint_lt(fill(&rows[_i], &msg, wire).n, WIRE_MAX);
}
END_TEST

START_TEST(a_span_may_lie_about_its_length_in_vain)
{
	uint8_t in[] = { WIRE_VERSION, MSG_PORTRAIT, 0, 0, 0, 0, 4, 1, 2, 3, 4 };
	static const uint32_t lies[] = { 0, 3, 5, 0x7fffffff, 0x80000000,
					 0xffffffff };
	struct msg_portrait p = { 9, { NULL, 9 } };

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct sink at = sink_of(in + 3, 4);

		sink_u32(&at, lies[i]);
		ck_assert_int_eq(wire_get(SPAN(in), MSG_PORTRAIT, &p),
				 R_MALFORMED);
		ck_assert(p.format == 9 && !p.image.p && p.image.n == 9);
	}
	in[3] = in[4] = in[5] = 0;
	in[6] = 4;
	ck_assert_int_eq(wire_get(SPAN(in), MSG_PORTRAIT, &p), R_OK);
	ck_assert_ptr_eq(p.image.p, in + 7);
	ck_assert_uint_eq(p.image.n, 4);
}
END_TEST

static Suite *wire_suite(void)
{
	const TTest *const each[] = {
		the_table_covers_every_byte_of_the_struct,
		what_is_put_is_as_documented_and_comes_back,
		an_empty_message_comes_back_empty,
		truncated_at_any_length_is_refused,
		one_byte_more_is_refused,
		another_version_is_refused,
		another_type_is_refused,
		control_characters_in_a_string_are_refused,
		a_string_without_room_for_its_nul_is_refused,
		a_buffer_too_small_is_never_overrun,
		noise_decodes_to_what_encodes_back,
		every_message_without_a_span_fits_wire_max,
	};
	Suite *s = suite_create("wire");
	TCase *t = tcase_create("all");

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		tcase_add_loop_test(t, each[i], 0, (int)ROWS);
	tcase_add_test(t, only_the_types_of_the_table_exist);
	tcase_add_test(t, what_the_face_answers_fits_the_filter);
	tcase_add_test(t, a_span_may_lie_about_its_length_in_vain);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(wire_suite)
