// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/lds/mrz.c, TD1, mrz_key.c and dg1.c; check_mrz_forms.c has TD2 and
 * TD3. Samples: ICAO Doc 9303 of 2021. The others are of people who do not
 * exist. */
#include "lds/dg1.h"

#include <string.h>

#include "check_main.h"
#include "support_hex.h"

/* 9303-5 appendix B */
#define SPECIMEN                          \
	"I<UTOD231458907<<<<<<<<<<<<<<<"  \
	"7408122F1204159UTO<<<<<<<<<<<6"  \
	"ERIKSSON<<ANNA<MARIA<<<<<<<<<<"

/* 9303-11 appendix D.2: a document number of twelve characters */
#define LONG_NUMBER                       \
	"I<UTOD23145890<7349<<<<<<<<<<<"  \
	"3407127M9507122UTO<<<<<<<<<<<2"  \
	"STEVENSON<<PETER<JOHN<<<<<<<<<"

/* 9303-10 appendix A.2.1, as printed: the composite digit is 4, must be 8 */
#define DG1_PRINTED                                                       \
	"615D5F1F5A493C4E4C44584938353933354638363939393939393939303C3C" \
	"3C3C3C3C3732303831343846313130383236384E4C443C3C3C3C3C3C3C3C3C" \
	"3C3C3456414E3C4445523C535445454E3C3C4D415249414E4E453C4C4F5549" \
	"5345"
#define DG1_COMPOSITE 64	/* its offset in the file */

/* In the form of the profile cnie2: number in optional data, partial birth */
#define SYNTHETIC                         \
	"IDMARAB00001239ZZ100005<<<<<<<"  \
	"58<<<<9F3101012MAR<<<<<<<<<<<0"  \
	"ESSAI<<PERSONNE<<<<<<<<<<<<<<<"

static struct mrz m;

/* SYNTHETIC or another with text put in, and check digits made anew. */
static char line[91];

static void set_composite(char *text)
{
	char composite[50];

	memcpy(composite, text + 5, 25);
	memcpy(composite + 25, text + 30, 7);
	memcpy(composite + 32, text + 38, 7);
	memcpy(composite + 39, text + 48, 11);
	text[59] = mrz_check_digit(SPAN(composite));
}

static void set(const char *base, size_t at, const char *text)
{
	memcpy(line, base, 91);
	memcpy(line + at, text, strlen(text));
	if (line[14] != '<')
		line[14] = mrz_check_digit(span_of(line + 5, 9));
	line[36] = mrz_check_digit(span_of(line + 30, 6));
	line[44] = mrz_check_digit(span_of(line + 38, 6));
	set_composite(line);
}

static enum result parse(const char *text)
{
	return mrz_parse(span_str(text), &m);
}

START_TEST(icao_specimen)
{
	ck_assert_int_eq(parse(SPECIMEN), R_OK);
	ck_assert_int_eq(m.form, MRZ_TD1);
	ck_assert_str_eq(m.document_code, "I");
	ck_assert_str_eq(m.issuing_state, "UTO");
	ck_assert_str_eq(m.document_number, "D23145890");
	ck_assert_str_eq(m.optional1, "");
	ck_assert_str_eq(m.optional2, "");
	ck_assert_str_eq(m.nationality, "UTO");
	ck_assert_str_eq(m.birth, "740812");
	ck_assert_int_eq(m.sex, 'F');
	ck_assert_uint_eq(m.expiry, 20120415);
	ck_assert_str_eq(m.expiry_mrz, "120415");
}
END_TEST

START_TEST(icao_long_number)
{
	char key[MRZ_KEY_SIZE];

	ck_assert_int_eq(parse(LONG_NUMBER), R_OK);
	ck_assert_str_eq(m.document_number, "D23145890734");
	ck_assert_str_eq(m.optional1, "");
	ck_assert_uint_eq(m.expiry, 20950712);
	/* 9303-11 D.2: the MRZ information of this sample */
	ck_assert_int_eq(mrz_key(&m, key, sizeof(key)), R_OK);
	ck_assert_str_eq(key, "D23145890734934071279507122");
}
END_TEST

START_TEST(icao_dg1_with_its_wrong_digit)
{
	struct span s = hex_new(DG1_PRINTED);
	uint8_t *p = (uint8_t *)(uintptr_t)s.p;

	ck_assert_uint_eq(s.n, 95);
	ck_assert_int_eq(p[DG1_COMPOSITE], '4');
	ck_assert_int_eq(dg1_parse(s, &m), R_MALFORMED);
	p[DG1_COMPOSITE] = '8';
	ck_assert_int_eq(dg1_parse(s, &m), R_OK);
	ck_assert_str_eq(m.document_number, "XI85935F8");
	ck_assert_str_eq(m.optional1, "999999990");
	ck_assert_str_eq(m.issuing_state, "NLD");
	ck_assert_uint_eq(m.expiry, 20110826);
	span_free(s);
}
END_TEST

START_TEST(icao_keys)
{
	char key[MRZ_KEY_SIZE];

	/* 9303-11 D.2, the TD2 sample; G.1 */
	ck_assert_int_eq(mrz_key_of("L898902C", "690806", "940623", key,
				    sizeof(key)), R_OK);
	ck_assert_str_eq(key, "L898902C<369080619406236");
	ck_assert_int_eq(mrz_key_of("T22000129", "640812", "101031", key,
				    sizeof(key)), R_OK);
	ck_assert_str_eq(key, "T22000129364081251010318");
}
END_TEST

START_TEST(keys_that_cannot_be)
{
	char key[MRZ_KEY_SIZE] = "untouched";
	static const char *const fields[][3] = {
		{ "", "640812", "101031" }, { "t22000129", "640812", "101031" },
		{ "<<", "640812", "101031" }, { "T2 000129", "640812", "101031" },
		{ "ABCDEFGHIJKLMNOPQRSTUVW", "640812", "101031" },
		{ "T22000129", "64081", "101031" },
		{ "T22000129", "641312", "101031" },
		{ "T22000129", "640812", "1010310" },
		{ "T22000129", "640812", "101131" },
		{ "T22000129", "640812", "1010<<" },
	};

	ck_assert_int_eq(mrz_key_of(fields[_i][0], fields[_i][1],
				    fields[_i][2], key, sizeof(key)),
			 R_MALFORMED);
	ck_assert_str_eq(key, "untouched");
	ck_assert_int_eq(mrz_key_of("T22000129", "640812", "101031", key,
				    sizeof(key) - 1), R_INTERNAL);
	ck_assert_str_eq(key, "untouched");
}
END_TEST

START_TEST(longest_key_fits)
{
	char key[MRZ_KEY_SIZE];

	ck_assert_int_eq(mrz_key_of("ABCDEFGHIJKLMNOPQRSTUV", "<<<<<<",
				    "991231", key, sizeof(key)), R_OK);
	ck_assert_uint_eq(strlen(key), MRZ_KEY_SIZE - 1);
}
END_TEST

START_TEST(check_digits_by_icao)
{
	/* 9303-3 4.9.1 */
	ck_assert_int_eq(mrz_check_digit(span_str("520727")), '3');
	ck_assert_int_eq(mrz_check_digit(span_str("AB2134<<<")), '5');
	ck_assert_int_eq(mrz_check_digit(span_str("")), '0');
	ck_assert_int_eq(mrz_check_digit(span_str("a")), 0);
	ck_assert_int_eq(mrz_check_digit(span_str("A B")), 0);
}
END_TEST

START_TEST(synthetic_card)
{
	set(SYNTHETIC, 0, "");
	ck_assert_str_eq(line, SYNTHETIC);
	ck_assert_int_eq(parse(SYNTHETIC), R_OK);
	ck_assert_str_eq(m.document_code, "ID");
	ck_assert_str_eq(m.issuing_state, "MAR");
	ck_assert_str_eq(m.document_number, "AB0000123");
	ck_assert_str_eq(m.optional1, "ZZ100005");
	ck_assert_str_eq(m.birth, "58<<<<");
	ck_assert_uint_eq(m.expiry, 20310101);
}
END_TEST

/* One change at a time, with check digits that fit it. */
static const struct {
	size_t at;
	const char *text;
	enum result r;
} changes[] = {
	{ 0, "I<", R_OK }, { 0, "AC", R_OK }, { 0, "C1", R_OK },
	{ 0, "P<", R_MALFORMED }, { 0, "V<", R_MALFORMED },
	{ 0, "IV", R_MALFORMED }, { 0, "<D", R_MALFORMED },
	{ 2, "D<<", R_OK }, { 2, "<<<", R_MALFORMED },
	{ 2, "M1R", R_MALFORMED }, { 2, "M<R", R_MALFORMED },
	{ 5, "AB12<<<<<", R_OK }, { 5, "<B0000123", R_MALFORMED },
	{ 5, "A<B<C", R_OK },
	{ 30, "580101", R_OK }, { 30, "<<<<<<", R_OK },
	{ 30, "5801<<", R_OK }, { 30, "58<<01", R_OK },
	{ 30, "580001", R_MALFORMED }, { 30, "581301", R_MALFORMED },
	{ 30, "580132", R_MALFORMED }, { 30, "580100", R_MALFORMED },
	{ 30, "58<101", R_MALFORMED }, { 30, "58A101", R_MALFORMED },
	{ 37, "M", R_OK }, { 37, "<", R_OK }, { 37, "X", R_MALFORMED },
	{ 37, "0", R_MALFORMED },
	{ 38, "280229", R_OK }, { 38, "270229", R_MALFORMED },
	{ 38, "000229", R_OK }, { 38, "991231", R_OK },
	{ 38, "310431", R_MALFORMED }, { 38, "310001", R_MALFORMED },
	{ 38, "311301", R_MALFORMED }, { 38, "310100", R_MALFORMED },
	{ 38, "3101<<", R_MALFORMED }, { 38, "<<<<<<", R_MALFORMED },
	{ 45, "D<<", R_OK }, { 45, "<<<", R_MALFORMED },
	{ 45, "MA1", R_MALFORMED },
	{ 48, "ABCDE<12345", R_OK },
	{ 60, "E", R_OK }, { 60, "e", R_MALFORMED }, { 60, " ", R_MALFORMED },
	{ 89, "\xc3", R_MALFORMED },
};

START_TEST(one_field_at_a_time)
{
	memset(&m, 0x5a, sizeof(m));
	set(SYNTHETIC, changes[_i].at, changes[_i].text);
	ck_assert_int_eq(parse(line), changes[_i].r);
	if (changes[_i].r != R_OK)
		ck_assert_int_eq(m.document_code[0], 0x5a);
}
END_TEST

START_TEST(every_check_digit_counts)
{
	static const size_t at[] = { 14, 36, 44, 59 };
	char text[91];

	for (size_t i = 0; i < 4; i++)
		for (char c = '0'; c <= '9'; c++) {
			memcpy(text, SYNTHETIC, 91);
			if (text[at[i]] == c)
				continue;
			text[at[i]] = c;
			if (i < 3)	/* the composite would tell, too */
				set_composite(text);
			ck_assert_int_eq(parse(text), R_MALFORMED);
		}
	/* a filler is no digit, even where it would count as zero */
	memcpy(text, SYNTHETIC, 91);
	ck_assert_int_eq(text[59], '0');
	text[59] = '<';
	ck_assert_int_eq(parse(text), R_MALFORMED);
}
END_TEST

START_TEST(any_changed_character_of_a_number_is_found)
{
	char text[91];

	for (size_t i = 5; i < 30; i++) {
		memcpy(text, SYNTHETIC, 91);
		text[i] = text[i] == 'A' ? 'B' : 'A';
		if (mrz_check_digit(span_of(text + i, 1)) ==
		    mrz_check_digit(span_of(SYNTHETIC + i, 1)))
			continue;	/* same value modulo ten */
		ck_assert_int_eq(parse(text), R_MALFORMED);
	}
}
END_TEST

/* SYNTHETIC with a long number: nine, filler, rest, digit, filler. */
static void set_long(const char *optional)
{
	char base[91];

	memcpy(base, SYNTHETIC, 91);
	base[14] = '<';
	memcpy(base + 15, "<<<<<<<<<<<<<<<", 15);
	set(base, 15, optional);
}

START_TEST(long_numbers)
{
	char number[23] = "AB0000123", optional[16];

	/* the rest of every length that fits, then more optional data */
	for (size_t n = 1; n <= 13; n++) {
		memset(optional, 0, sizeof(optional));
		memset(optional, '7', n);
		memset(number + 9, '7', n);
		number[9 + n] = '\0';
		optional[n] = mrz_check_digit(span_str(number));
		optional[n + 1] = '<';
		if (n < 13)
			optional[n + 2] = 'Q';
		set_long(optional);
		ck_assert_int_eq(parse(line), R_OK);
		ck_assert_str_eq(m.document_number, number);
		ck_assert_str_eq(m.optional1, n < 13 ? "Q" : "");
		optional[n] = optional[n] == '9' ? '0'
						 : (char)(optional[n] + 1);
		set_long(optional);
		ck_assert_int_eq(parse(line), R_MALFORMED);
	}
	/* no filler after it, no rest, nothing at all */
	memset(optional, '7', 15);
	optional[15] = '\0';
	set_long(optional);
	ck_assert_int_eq(parse(line), R_MALFORMED);
	set_long("6");
	ck_assert_int_eq(parse(line), R_MALFORMED);
	set_long("");
	ck_assert_int_eq(parse(line), R_MALFORMED);
}
END_TEST

START_TEST(other_sizes_are_refused)
{
	char text[200];

	memset(text, 'A', sizeof(text));
	for (size_t n = 0; n < sizeof(text); n++)
		ck_assert_int_eq(mrz_parse(span_of(text, n), &m),
				 R_MALFORMED);
	for (size_t n = 0; n < 90; n++) {
		struct span s = cut_new(span_str(SYNTHETIC), n);

		ck_assert_int_ne(mrz_parse(s, &m), R_OK);
		span_free(s);
	}
}
END_TEST

START_TEST(dg1_truncated_at_every_length)
{
	struct span s = hex_new(DG1_PRINTED);

	((uint8_t *)(uintptr_t)s.p)[DG1_COMPOSITE] = '8';
	ck_assert_int_eq(dg1_parse(s, &m), R_OK);
	for (size_t n = 0; n < s.n; n++) {
		struct span c = cut_new(s, n);

		ck_assert_int_eq(dg1_parse(c, &m), R_MALFORMED);
		span_free(c);
	}
	span_free(s);
}
END_TEST

START_TEST(dg1_of_another_shape)
{
	uint8_t buf[128], all[132];
	struct sink b = SINK(buf), a = SINK(all);

	put_tlv(&b, 0x5f1f, span_str(SYNTHETIC));
	put_tlv(&a, 0x61, sink_span(&b));
	ck_assert_int_eq(dg1_parse(sink_span(&a), &m), R_OK);
	sink_u8(&a, 0);				/* after it */
	ck_assert_int_eq(dg1_parse(sink_span(&a), &m), R_MALFORMED);
	a = SINK(all);
	put_tlv(&a, 0x60, sink_span(&b));	/* EF.COM's tag */
	ck_assert_int_eq(dg1_parse(sink_span(&a), &m), R_MALFORMED);
	sink_u8(&b, 0);				/* after the MRZ */
	a = SINK(all);
	put_tlv(&a, 0x61, sink_span(&b));
	ck_assert_int_eq(dg1_parse(sink_span(&a), &m), R_MALFORMED);
	a = SINK(all);
	put_tlv(&a, 0x61, span_str(SYNTHETIC));	/* no 5F1F */
	ck_assert_int_eq(dg1_parse(sink_span(&a), &m), R_MALFORMED);
}
END_TEST

START_TEST(wiped_is_zero)
{
	static const struct mrz zero;

	ck_assert_int_eq(parse(SYNTHETIC), R_OK);
	mrz_wipe(&m);
	ck_assert_mem_eq(&m, &zero, sizeof(m));
}
END_TEST

static Suite *mrz_suite(void)
{
	Suite *s = suite_create("mrz");
	TCase *t = tcase_create("mrz");

	tcase_add_test(t, icao_specimen);
	tcase_add_test(t, icao_long_number);
	tcase_add_test(t, icao_dg1_with_its_wrong_digit);
	tcase_add_test(t, icao_keys);
	tcase_add_loop_test(t, keys_that_cannot_be, 0, 10);
	tcase_add_test(t, longest_key_fits);
	tcase_add_test(t, check_digits_by_icao);
	tcase_add_test(t, synthetic_card);
	tcase_add_loop_test(t, one_field_at_a_time, 0,
			    sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(t, every_check_digit_counts);
	tcase_add_test(t, any_changed_character_of_a_number_is_found);
	tcase_add_test(t, long_numbers);
	tcase_add_test(t, other_sizes_are_refused);
	tcase_add_test(t, dg1_truncated_at_every_length);
	tcase_add_test(t, dg1_of_another_shape);
	tcase_add_test(t, wiped_is_zero);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(mrz_suite)
