// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/lds/dg11.c: tags of 9303-10 4.7.11; a person who does not exist. */
#include "lds/dg11.h"

#include <string.h>

#include "check_main.h"
#include "support_hex.h"

/* Objects: 0E full name, A0 other names, 10 personal number, 2B birth,
 * 42 address, 12 telephone */
#define NAME	"5f0e0845535341493c3c50"
#define OTHERS	"a00c020101" "5f0f065a3c3c5a5a5a"
#define NUMBER	"5f10085a5a313030303035"		/* ZZ100005 */
#define BIRTH	"5f2b083139353830313031"

static const struct {
	const char *list, *objects;	/* hexadecimal */
	enum result r;
	const char *number;
} files[] = {
	{ "5f10", NUMBER, R_OK, "ZZ100005" },
	{ "5f0e5f105f2b", NAME NUMBER BIRTH, R_OK, "ZZ100005" },
	{ "5f0ea05f105f42", NAME OTHERS NUMBER "5f42045255", R_MALFORMED,
	  NULL },			/* a broken object behind */
	{ "5f0ea05f105f42", NAME OTHERS NUMBER "5f4203525545", R_OK,
	  "ZZ100005" },
	{ "5f105f0e", NUMBER NAME, R_OK, "ZZ100005" },
	{ "5f10", "5f100131", R_OK, "1" },
	{ "5f10", "5f10033c207e", R_OK, "< ~" },
	/* none */
	{ "", "", R_ABSENT, NULL },
	{ "5f0e5f2b", NAME BIRTH, R_ABSENT, NULL },
	/* another's number inside a template is not this one's */
	{ "a0", "a00b" NUMBER, R_ABSENT, NULL },
	{ "5f10a0", NUMBER "a005" "5f10025a39", R_OK, "ZZ100005" },
	/* list and objects disagree */
	{ "5f10", NAME, R_MALFORMED, NULL }, { "5f10", "", R_MALFORMED, NULL },
	{ "5f0e", NAME NUMBER, R_MALFORMED, NULL },
	{ "", NUMBER, R_MALFORMED, NULL },
	{ "5f105f10", NUMBER, R_MALFORMED, NULL },
	/* 10 after another octet is no 5F10 */
	{ "5f2b10", NUMBER, R_MALFORMED, NULL },
	/* twice */
	{ "5f10", NUMBER NUMBER, R_MALFORMED, NULL },
	{ "5f105f10", NUMBER NUMBER, R_MALFORMED, NULL },
	{ "5f10", NUMBER "5f100131", R_MALFORMED, NULL },
	/* its content */
	{ "5f10", "5f1000", R_MALFORMED, NULL },
	{ "5f10", "5f10011f", R_MALFORMED, NULL },
	{ "5f10", "5f10017f", R_MALFORMED, NULL },
	{ "5f10", "5f1002c3a9", R_MALFORMED, NULL },
	{ "5f10", "5f10023100", R_MALFORMED, NULL },
	/* broken */
	{ "5f", NUMBER, R_MALFORMED, NULL }, { "5f105f", NUMBER, R_MALFORMED,
	  NULL },
	{ "5f10", NUMBER "00", R_MALFORMED, NULL },
	{ "5f10", "5f100531", R_MALFORMED, NULL },
};

static uint8_t all[512];

static struct span make(const char *list, const char *objects)
{
	struct span l = hex_new(list), o = hex_new(objects);
	uint8_t body[400];
	struct sink b = SINK(body), f = SINK(all);

	put_tlv(&b, 0x5c, l);
	sink_put(&b, o);
	put_tlv(&f, 0x6b, sink_span(&b));
	span_free(l);
	span_free(o);
	return sink_span(&f);
}

START_TEST(the_number_and_nothing_else)
{
	struct span f = make(files[_i].list, files[_i].objects);
	struct span number = { NULL, 77 };

	ck_assert_int_eq(dg11_parse(f, &number), files[_i].r);
	if (files[_i].r != R_OK) {
		ck_assert_uint_eq(number.n, 77);
		return;
	}
	ck_assert_uint_eq(number.n, strlen(files[_i].number));
	ck_assert_mem_eq(number.p, files[_i].number, number.n);
	ck_assert(number.p > f.p && number.p + number.n <= f.p + f.n);
}
END_TEST

START_TEST(ninety_nine_characters_at_most)
{
	uint8_t body[200];
	char text[101];
	struct span number;

	memset(text, '9', sizeof(text));
	for (size_t n = 98; n <= 100; n++) {
		struct sink b = SINK(body), f = SINK(all);

		put_tlv(&b, 0x5c, span_of("\x5f\x10", 2));
		put_tlv(&b, 0x5f10, span_of(text, n));
		put_tlv(&f, 0x6b, sink_span(&b));
		ck_assert_int_eq(dg11_parse(sink_span(&f), &number),
				 n > 99 ? R_MALFORMED : R_OK);
	}
	ck_assert_uint_eq(number.n, 99);
}
END_TEST

START_TEST(every_printable_character_and_no_other)
{
	struct span number;
	uint8_t body[16];

	for (unsigned int c = 0; c < 256; c++) {
		uint8_t text[2] = { '1', (uint8_t)c };
		struct sink b = SINK(body), f = SINK(all);

		put_tlv(&b, 0x5c, span_of("\x5f\x10", 2));
		put_tlv(&b, 0x5f10, SPAN(text));
		put_tlv(&f, 0x6b, sink_span(&b));
		ck_assert_int_eq(dg11_parse(sink_span(&f), &number),
				 c >= ' ' && c <= '~' ? R_OK : R_MALFORMED);
	}
}
END_TEST

START_TEST(truncated_at_every_length)
{
	struct span f = make("5f0ea05f105f42", NAME OTHERS NUMBER
			     "5f4203525545"), number;

	for (size_t n = 0; n < f.n; n++) {
		struct span c = cut_new(f, n);

		ck_assert_int_eq(dg11_parse(c, &number), R_MALFORMED);
		span_free(c);
	}
	all[f.n] = 0;
	ck_assert_int_eq(dg11_parse(span_of(f.p, f.n + 1), &number),
			 R_MALFORMED);
}
END_TEST

START_TEST(another_wrapping_is_refused)
{
	static const char *const hex[] = {
		"", "6b", "6b00", "6c0f5c025f10" NUMBER, "6b0b" NUMBER,
		"6b0f" NUMBER "5c025f10",	/* the list comes first */
		"6b0f5d025f10" NUMBER, "6b0f5c025f10" NUMBER "00",
	};
	struct span f = hex_new(hex[_i]), number = { NULL, 77 };

	ck_assert_int_eq(dg11_parse(f, &number), R_MALFORMED);
	ck_assert_uint_eq(number.n, 77);
	span_free(f);
}
END_TEST

static Suite *dg11_suite(void)
{
	Suite *s = suite_create("dg11");
	TCase *t = tcase_create("dg11");

	tcase_add_loop_test(t, the_number_and_nothing_else, 0,
			    sizeof(files) / sizeof(files[0]));
	tcase_add_test(t, ninety_nine_characters_at_most);
	tcase_add_test(t, every_printable_character_and_no_other);
	tcase_add_test(t, truncated_at_every_length);
	tcase_add_loop_test(t, another_wrapping_is_refused, 0, 8);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(dg11_suite)
