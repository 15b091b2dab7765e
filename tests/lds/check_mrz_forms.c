// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/lds/mrz.c, TD2 and TD3. Samples: ICAO Doc 9303 of 2021. The others
 * are of people who do not exist. */
#include "lds/dg1.h"

#include <string.h>

#include "check_main.h"
#include "support_hex.h"

/* 9303-6 appendix B */
#define TD2_SPECIMEN                            \
	"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<"  \
	"D231458907UTO7408122F1204159<<<<<<<6"

/* 9303-11 appendix D.2: numbers of twelve and of eight characters. The second
 * as printed: its composite digit is 8 and must be 2. */
#define TD2_LONG                                \
	"I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<"  \
	"D23145890<UTO3407127M95071227349<<<8"
#define TD2_SHORT                               \
	"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<"  \
	"L898902C<3UTO6908061F9406236<<<<<<<8"

/* 9303-4 appendix B */
#define TD3_SPECIMEN                                    \
	"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"  \
	"L898902C36UTO7408122F1204159ZE184226B<<<<<10"

/* Optional data and a partial date of birth in both forms */
#define TD2_SYNTHETIC                           \
	"IDMARESSAI<<PERSONNE<<<<<<<<<<<<<<<<"  \
	"AB00001239MAR58<<<<9F3101012ZZ10000<"
#define TD3_SYNTHETIC                                   \
	"P<MARESSAI<<PERSONNE<<<<<<<<<<<<<<<<<<<<<<<<"  \
	"AB00001239MAR58<<<<9F3101012<<<<<<<<<<<<<<<<"

static struct mrz m;
static char line[89];

static enum result parse(const char *text)
{
	return mrz_parse(span_str(text), &m);
}

/* Make the check digits of line 2 anew: it is at `at`, of `n` characters. */
static void repair(size_t at, size_t n)
{
	char *l = line + at, all[39];
	size_t tail = n - 1 - 21;

	if (l[9] != '<')
		l[9] = mrz_check_digit(span_of(l, 9));
	l[19] = mrz_check_digit(span_of(l + 13, 6));
	l[27] = mrz_check_digit(span_of(l + 21, 6));
	memcpy(all, l, 10);
	memcpy(all + 10, l + 13, 7);
	memcpy(all + 17, l + 21, tail);
	l[n - 1] = mrz_check_digit(span_of(all, 17 + tail));
}

/* A sample with text put in and the digits made anew. */
static void set(const char *base, size_t at, const char *text)
{
	size_t n = strlen(base) / 2;

	memcpy(line, base, 2 * n + 1);
	memcpy(line + at, text, strlen(text));
	repair(n, n);
}

START_TEST(icao_td2_specimen)
{
	ck_assert_int_eq(parse(TD2_SPECIMEN), R_OK);
	ck_assert_int_eq(m.form, MRZ_TD2);
	ck_assert_str_eq(m.document_code, "I");
	ck_assert_str_eq(m.issuing_state, "UTO");
	ck_assert_str_eq(m.document_number, "D23145890");
	ck_assert_str_eq(m.optional1, "");
	ck_assert_str_eq(m.optional2, "");
	ck_assert_str_eq(m.nationality, "UTO");
	ck_assert_str_eq(m.birth, "740812");
	ck_assert_int_eq(m.sex, 'F');
	ck_assert_uint_eq(m.expiry, 20120415);
}
END_TEST

START_TEST(icao_td2_numbers_and_their_keys)
{
	char key[MRZ_KEY_SIZE];

	ck_assert_int_eq(parse(TD2_LONG), R_OK);
	ck_assert_str_eq(m.document_number, "D23145890734");
	ck_assert_str_eq(m.optional1, "");
	/* 9303-11 D.2: the MRZ information of both */
	ck_assert_int_eq(mrz_key(&m, key, sizeof(key)), R_OK);
	ck_assert_str_eq(key, "D23145890734934071279507122");
	ck_assert_int_eq(parse(TD2_SHORT), R_MALFORMED);
	memcpy(line, TD2_SHORT, sizeof(TD2_SHORT));
	line[71] = '2';
	ck_assert_int_eq(parse(line), R_OK);
	ck_assert_str_eq(m.document_number, "L898902C");
	ck_assert_int_eq(mrz_key(&m, key, sizeof(key)), R_OK);
	ck_assert_str_eq(key, "L898902C<369080619406236");
}
END_TEST

START_TEST(icao_td3_specimen)
{
	char key[MRZ_KEY_SIZE];

	ck_assert_int_eq(parse(TD3_SPECIMEN), R_OK);
	ck_assert_int_eq(m.form, MRZ_TD3);
	ck_assert_str_eq(m.document_code, "P");
	ck_assert_str_eq(m.issuing_state, "UTO");
	ck_assert_str_eq(m.document_number, "L898902C3");
	ck_assert_str_eq(m.optional1, "ZE184226B");
	ck_assert_str_eq(m.optional2, "");
	ck_assert_str_eq(m.nationality, "UTO");
	ck_assert_str_eq(m.birth, "740812");
	ck_assert_int_eq(m.sex, 'F');
	ck_assert_uint_eq(m.expiry, 20120415);
	ck_assert_int_eq(mrz_key(&m, key, sizeof(key)), R_OK);
	ck_assert_str_eq(key, "L898902C3674081221204159");
}
END_TEST

START_TEST(synthetic_samples)
{
	set(TD2_SYNTHETIC, 0, "");
	ck_assert_int_eq(parse(line), R_OK);
	ck_assert_str_eq(m.document_code, "ID");
	ck_assert_str_eq(m.document_number, "AB0000123");
	ck_assert_str_eq(m.optional1, "ZZ10000");
	ck_assert_str_eq(m.birth, "58<<<<");
	ck_assert_uint_eq(m.expiry, 20310101);
	set(TD3_SYNTHETIC, 0, "");
	ck_assert_int_eq(parse(line), R_OK);
	ck_assert_str_eq(m.optional1, "");
	ck_assert_str_eq(m.birth, "58<<<<");
}
END_TEST

/* One change at a time, with check digits that fit it. */
static const struct {
	const char *base;
	size_t at;
	const char *text;
	enum result r;
} changes[] = {
	{ TD2_SYNTHETIC, 0, "AB", R_OK }, { TD2_SYNTHETIC, 0, "C<", R_OK },
	{ TD2_SYNTHETIC, 0, "AC", R_MALFORMED },
	{ TD2_SYNTHETIC, 0, "IC", R_OK },
	{ TD2_SYNTHETIC, 0, "IV", R_MALFORMED },
	{ TD2_SYNTHETIC, 0, "P<", R_MALFORMED },
	{ TD2_SYNTHETIC, 2, "D<<", R_OK },
	{ TD2_SYNTHETIC, 2, "<<<", R_MALFORMED },
	{ TD2_SYNTHETIC, 2, "M4R", R_MALFORMED },
	{ TD2_SYNTHETIC, 5, "e", R_MALFORMED },
	{ TD2_SYNTHETIC, 36, "<B0000123", R_MALFORMED },
	{ TD2_SYNTHETIC, 46, "D<<", R_OK },
	{ TD2_SYNTHETIC, 46, "<<<", R_MALFORMED },
	{ TD2_SYNTHETIC, 49, "<<<<<<", R_OK },
	{ TD2_SYNTHETIC, 49, "5801<<", R_OK },
	{ TD2_SYNTHETIC, 49, "581301", R_MALFORMED },
	{ TD2_SYNTHETIC, 56, "<", R_OK },
	{ TD2_SYNTHETIC, 56, "X", R_MALFORMED },
	{ TD2_SYNTHETIC, 57, "270229", R_MALFORMED },
	{ TD2_SYNTHETIC, 57, "3101<<", R_MALFORMED },
	{ TD2_SYNTHETIC, 64, "1234567", R_OK },
	{ TD3_SYNTHETIC, 0, "PD", R_OK },
	{ TD3_SYNTHETIC, 0, "PV", R_MALFORMED },
	{ TD3_SYNTHETIC, 0, "I<", R_MALFORMED },
	{ TD3_SYNTHETIC, 0, "V<", R_MALFORMED },
	{ TD3_SYNTHETIC, 2, "<<<", R_MALFORMED },
	{ TD3_SYNTHETIC, 43, " ", R_MALFORMED },
	{ TD3_SYNTHETIC, 44, "<B0000123", R_MALFORMED },
	{ TD3_SYNTHETIC, 53, "<", R_MALFORMED },	/* none is long here */
	{ TD3_SYNTHETIC, 54, "<<<", R_MALFORMED },
	{ TD3_SYNTHETIC, 57, "58<<01", R_OK },
	{ TD3_SYNTHETIC, 57, "580132", R_MALFORMED },
	{ TD3_SYNTHETIC, 64, "X", R_MALFORMED },
	{ TD3_SYNTHETIC, 65, "310431", R_MALFORMED },
	{ TD3_SYNTHETIC, 65, "<<<<<<", R_MALFORMED },
	/* the field is empty: a zero or a filler, and no other digit */
	{ TD3_SYNTHETIC, 86, "<", R_OK }, { TD3_SYNTHETIC, 86, "0", R_OK },
	{ TD3_SYNTHETIC, 86, "1", R_MALFORMED },
	{ TD3_SYNTHETIC, 86, "A", R_MALFORMED },
	/* of 1234567: 3; a filler is none where something stands */
	{ TD3_SYNTHETIC, 72, "1234567<<<<<<<<", R_MALFORMED },
	{ TD3_SYNTHETIC, 72, "1234567<<<<<<<3", R_MALFORMED },
	/* of ZE184226B and the fillers behind: 1, as in 9303-4 */
	{ TD3_SYNTHETIC, 72, "ZE184226B<<<<<1", R_OK },
	{ TD3_SYNTHETIC, 72, "ZE184226B<<<<<2", R_MALFORMED },
	{ TD3_SYNTHETIC, 72, "ZE184226B<<<<<<", R_MALFORMED },
	/* zero is the digit of what counts as nothing, but a filler is not */
	{ TD3_SYNTHETIC, 72, "0<<<<<<<<<<<<<0", R_OK },
	{ TD3_SYNTHETIC, 72, "0<<<<<<<<<<<<<<", R_MALFORMED },
};

START_TEST(one_field_at_a_time)
{
	memset(&m, 0x5a, sizeof(m));
	set(changes[_i].base, changes[_i].at, changes[_i].text);
	if (changes[_i].at == 53)	/* repaired like the rest */
		line[53] = '<';
	ck_assert_int_eq(parse(line), changes[_i].r);
	if (changes[_i].r != R_OK)
		ck_assert_int_eq(m.document_code[0], 0x5a);
}
END_TEST

/* A wrong digit, with every composite: one of them fits it. */
static void refused_with_any_composite(size_t size)
{
	for (char d = '0'; d <= '9'; d++) {
		line[size - 1] = d;
		ck_assert_int_eq(parse(line), R_MALFORMED);
	}
}

START_TEST(every_check_digit_counts)
{
	static const char *const samples[] = { TD2_SPECIMEN, TD3_SPECIMEN };
	size_t n = strlen(samples[_i]) / 2;
	/* behind number, birth, expiry and, in TD3, the optional data */
	const size_t at[] = { n + 9, n + 19, n + 27, n + 42 };

	for (size_t i = 0; i < 3u + (unsigned int)_i; i++)
		for (char c = '0'; c <= '9'; c++) {
			memcpy(line, samples[_i], 2 * n + 1);
			if (line[at[i]] == c)
				continue;
			line[at[i]] = c;
			refused_with_any_composite(2 * n);
		}
	for (char c = '0'; c <= '9'; c++) {
		memcpy(line, samples[_i], 2 * n + 1);
		line[2 * n - 1] = c;
		ck_assert_int_eq(parse(line), c == samples[_i][2 * n - 1]
						      ? R_OK : R_MALFORMED);
	}
}
END_TEST

/* Nothing that the composite covers is left out, and nothing else counts. */
START_TEST(composite_covers_what_it_should)
{
	static const char *const samples[] = { TD2_SPECIMEN, TD3_SPECIMEN };
	size_t n = strlen(samples[_i]) / 2;

	memcpy(line, samples[_i], 2 * n + 1);
	line[n + 20] = 'M';		/* sex */
	memcpy(line + n + 10, "D<<", 3);	/* nationality */
	ck_assert_int_eq(parse(line), R_OK);
	for (size_t i = n + 28; i + 1 < 2 * n; i++) {
		memcpy(line, samples[_i], 2 * n + 1);
		line[i] = line[i] == '2' ? '3' : '2';
		ck_assert_int_eq(parse(line), R_MALFORMED);
	}
}
END_TEST

START_TEST(long_numbers_of_td2)
{
	/* no filler behind it, no rest, nothing at all */
	static const char *const bad[] = { "7777777", "6<<<<<<", "<<<<<<<" };
	char number[23] = "AB0000123", optional[8];

	/* the rest of every length that fits seven characters */
	for (size_t n = 1; n <= 5; n++) {
		memset(optional, 0, sizeof(optional));
		memset(optional, '<', 7);
		memset(optional, '7', n);
		memset(number + 9, '7', n);
		number[9 + n] = '\0';
		optional[n] = mrz_check_digit(span_str(number));
		if (n < 5)
			optional[n + 2] = 'Q';
		set(TD2_SYNTHETIC, 64, optional);
		line[45] = '<';
		repair(36, 36);
		ck_assert_int_eq(parse(line), R_OK);
		ck_assert_str_eq(m.document_number, number);
		ck_assert_str_eq(m.optional1, n < 5 ? "Q" : "");
		line[64 + n] = line[64 + n] == '9' ? '0'
						   : (char)(line[64 + n] + 1);
		repair(36, 36);
		ck_assert_int_eq(parse(line), R_MALFORMED);
	}
	for (size_t i = 0; i < 3; i++) {
		set(TD2_SYNTHETIC, 64, bad[i]);
		line[45] = '<';
		repair(36, 36);
		ck_assert_int_eq(parse(line), R_MALFORMED);
	}
}
END_TEST

START_TEST(truncated_at_every_length)
{
	static const char *const samples[] = { TD2_SPECIMEN, TD3_SPECIMEN };
	uint8_t body[96], file[100];
	struct sink b = SINK(body), f = SINK(file);

	put_tlv(&b, 0x5f1f, span_str(samples[_i]));
	put_tlv(&f, 0x61, sink_span(&b));
	ck_assert_int_eq(dg1_parse(sink_span(&f), &m), R_OK);
	for (size_t n = 0; n < f.n; n++) {
		struct span c = cut_new(sink_span(&f), n);

		ck_assert_int_eq(dg1_parse(c, &m), R_MALFORMED);
		span_free(c);
	}
	for (size_t n = 0; n < strlen(samples[_i]); n++) {
		struct span c = cut_new(span_str(samples[_i]), n);

		ck_assert_int_eq(mrz_parse(c, &m), R_MALFORMED);
		span_free(c);
	}
}
END_TEST

/* 9303-4 appendix B as the content of EF.DG1, 9303-10 4.7.1.3 */
START_TEST(td3_in_dg1)
{
	struct span s = hex_new(
		"615B5F1F58503C55544F4552494B53534F4E3C3C414E4E413C4D415249"
		"413C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C4C3839383930324333"
		"3655544F3734303831323246313230343135395A453138343232364"
		"23C3C3C3C3C3130");

	ck_assert_int_eq(dg1_parse(s, &m), R_OK);
	ck_assert_str_eq(m.document_number, "L898902C3");
	span_free(s);
}
END_TEST

static Suite *mrz_forms_suite(void)
{
	Suite *s = suite_create("mrz_forms");
	TCase *t = tcase_create("mrz_forms");

	tcase_add_test(t, icao_td2_specimen);
	tcase_add_test(t, icao_td2_numbers_and_their_keys);
	tcase_add_test(t, icao_td3_specimen);
	tcase_add_test(t, synthetic_samples);
	tcase_add_loop_test(t, one_field_at_a_time, 0,
			    sizeof(changes) / sizeof(changes[0]));
	tcase_add_loop_test(t, every_check_digit_counts, 0, 2);
	tcase_add_loop_test(t, composite_covers_what_it_should, 0, 2);
	tcase_add_test(t, long_numbers_of_td2);
	tcase_add_loop_test(t, truncated_at_every_length, 0, 2);
	tcase_add_test(t, td3_in_dg1);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(mrz_forms_suite)
