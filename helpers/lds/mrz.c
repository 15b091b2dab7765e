// SPDX-License-Identifier: GPL-3.0-or-later
#include "lds/mrz.h"

#include <string.h>

#include "base/scope.h"
#include "base/secret.h"

#define FILLER '<'

/* TD1, 9303-5 4.2.2: offsets into the 90 characters. Line 3, the names, is
 * not taken. */
enum td1 {
	TD1_CODE = 0,	     TD1_CODE_N = 2,
	TD1_STATE = 2,	     TD1_STATE_N = 3,
	TD1_NUMBER = 5,	     TD1_NUMBER_N = 9,
	TD1_NUMBER_CHECK = 14,
	TD1_OPTIONAL1 = 15,  TD1_OPTIONAL1_N = 15,
	TD1_BIRTH = 30,	     TD1_DATE_N = 6,
	TD1_BIRTH_CHECK = 36,
	TD1_SEX = 37,
	TD1_EXPIRY = 38,
	TD1_EXPIRY_CHECK = 44,
	TD1_NATIONALITY = 45,
	TD1_OPTIONAL2 = 48,  TD1_OPTIONAL2_N = 11,
	TD1_COMPOSITE = 59,
};

/* What the composite digit covers, 9303-5 4.2.4. */
static const struct { uint8_t at, n; } td1_composite[] = {
	{ 5, 25 },	/* line 1, positions 6 to 30 */
	{ 30, 7 },	/* line 2, 1 to 7 */
	{ 38, 7 },	/* 9 to 15 */
	{ 48, 11 },	/* 19 to 29 */
};

/* 9303-3 4.9: digits count as they are, A = 10 ... Z = 35, filler = 0. */
static int value_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return c == FILLER ? 0 : -1;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

static bool in_alphabet(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (value_of(s.p[i]) < 0)
			return false;
	return true;
}

char mrz_check_digit(struct span text)
{
	static const unsigned int weight[] = { 7, 3, 1 };
	unsigned int sum = 0;

	if (!in_alphabet(text))
		return 0;
	for (size_t i = 0; i < text.n; i++)
		sum = (sum + (unsigned int)value_of(text.p[i]) *
			     weight[i % 3]) % 10;
	return (char)('0' + sum);
}

static struct span field(struct span text, size_t at, size_t n)
{
	return span_of(text.p + at, n);
}

static bool check_is(struct span text, uint8_t digit)
{
	return (uint8_t)mrz_check_digit(text) == digit;
}

/* The field up to its trailing fillers. */
static struct span trimmed(struct span s)
{
	while (s.n > 0 && s.p[s.n - 1] == FILLER)
		s.n--;
	return s;
}

static void copy(struct span s, char *out)
{
	if (s.n > 0)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
}

/* 9303-3 5: one to three letters, filled up. */
static bool state_ok(struct span s)
{
	s = trimmed(s);
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]))
			return false;
	return s.n > 0;
}

/* 9303-5 4.2.2.1: A, C or I, then anything but V. */
static bool code_ok(struct span s)
{
	if (s.p[0] != 'A' && s.p[0] != 'C' && s.p[0] != 'I')
		return false;
	return s.p[1] != 'V';
}

/* Two digits as a number; false where they are not. */
static bool two_digits(const uint8_t *p, unsigned int *out)
{
	if (!is_digit(p[0]) || !is_digit(p[1]))
		return false;
	*out = (unsigned int)(p[0] - '0') * 10 + (unsigned int)(p[1] - '0');
	return true;
}

/* 9303-3 4.8: unknown parts of a date of birth are fillers. */
static bool birth_ok(struct span s)
{
	static const unsigned int low[] = { 0, 1, 1 }, high[] = { 99, 12, 31 };
	unsigned int v;

	for (size_t i = 0; i < 3; i++) {
		const uint8_t *p = s.p + 2 * i;

		if (p[0] == FILLER && p[1] == FILLER)
			continue;
		if (!two_digits(p, &v) || v < low[i] || v > high[i])
			return false;
	}
	return true;
}

/*
 * A date of expiry is complete. No document with a chip was issued before
 * 2004 and none is valid for more than some decades: the century is 20.
 */
static bool expiry_date(struct span s, uint32_t *out)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
					31, 30, 31 };
	unsigned int y, m, d, last;

	if (!two_digits(s.p, &y) || !two_digits(s.p + 2, &m) ||
	    !two_digits(s.p + 4, &d) || m < 1 || m > 12)
		return false;
	last = days[m - 1];
	if (m == 2 && y % 4 == 0)	/* 2000 was a leap year too */
		last = 29;
	if (d < 1 || d > last)
		return false;
	*out = (2000 + y) * 10000 + m * 100 + d;
	return true;
}

/*
 * 9303-5 4.2.2.2: a number longer than nine characters has a filler where its
 * check digit would be, and goes on in the optional data: the rest, the check
 * digit over all of it, a filler.
 */
static enum result take_number(struct span text, struct mrz *m)
{
	struct span number = field(text, TD1_NUMBER, TD1_NUMBER_N);
	struct span optional = field(text, TD1_OPTIONAL1, TD1_OPTIONAL1_N);
	size_t rest = 0;

	if (number.p[0] == FILLER)
		return R_MALFORMED;
	copy(trimmed(number), m->document_number);
	if (text.p[TD1_NUMBER_CHECK] == FILLER) {
		while (rest < optional.n && optional.p[rest] != FILLER)
			rest++;
		if (rest < 2 || rest == optional.n)
			return R_MALFORMED;
		copy(number, m->document_number);
		copy(field(optional, 0, rest - 1),
		     m->document_number + TD1_NUMBER_N);
		if (!check_is(span_str(m->document_number),
			      optional.p[rest - 1]))
			return R_MALFORMED;
		optional = field(optional, rest + 1, optional.n - rest - 1);
	} else if (!check_is(number, text.p[TD1_NUMBER_CHECK])) {
		return R_MALFORMED;
	}
	copy(trimmed(optional), m->optional1);
	return R_OK;
}

static enum result take_dates(struct span text, struct mrz *m)
{
	struct span birth = field(text, TD1_BIRTH, TD1_DATE_N);
	struct span expiry = field(text, TD1_EXPIRY, TD1_DATE_N);

	if (!check_is(birth, text.p[TD1_BIRTH_CHECK]) ||
	    !check_is(expiry, text.p[TD1_EXPIRY_CHECK]))
		return R_MALFORMED;
	if (!birth_ok(birth) || !expiry_date(expiry, &m->expiry))
		return R_MALFORMED;
	copy(birth, m->birth);
	copy(expiry, m->expiry_mrz);
	return R_OK;
}

static bool composite_ok(struct span text)
{
	uint8_t all[25 + 7 + 7 + 11];
	struct sink s = SINK(all);
	bool ok;

	for (size_t i = 0;
	     i < sizeof(td1_composite) / sizeof(td1_composite[0]); i++)
		sink_put(&s, field(text, td1_composite[i].at,
				   td1_composite[i].n));
	ok = sink_done(&s) == R_OK &&
	     check_is(sink_span(&s), text.p[TD1_COMPOSITE]);
	secret_wipe(all, sizeof(all));
	return ok;
}

static enum result td1_parse(struct span text, struct mrz *m)
{
	struct span code = field(text, TD1_CODE, TD1_CODE_N);
	struct span state = field(text, TD1_STATE, TD1_STATE_N);
	struct span nationality = field(text, TD1_NATIONALITY, TD1_STATE_N);
	uint8_t sex = text.p[TD1_SEX];

	if (!in_alphabet(text) || !code_ok(code) || !state_ok(state) ||
	    !state_ok(nationality))
		return R_MALFORMED;
	if (sex != 'M' && sex != 'F' && sex != FILLER)
		return R_MALFORMED;
	if (take_number(text, m) != R_OK || take_dates(text, m) != R_OK ||
	    !composite_ok(text))
		return R_MALFORMED;
	m->form = MRZ_TD1;
	m->sex = (char)sex;
	copy(trimmed(code), m->document_code);
	copy(trimmed(state), m->issuing_state);
	copy(trimmed(nationality), m->nationality);
	copy(trimmed(field(text, TD1_OPTIONAL2, TD1_OPTIONAL2_N)),
	     m->optional2);
	return R_OK;
}

enum result mrz_parse(struct span text, struct mrz *out)
{
	scoped(mrz_wipe) struct mrz m = { 0 };

	if (text.n == MRZ_TD2_SIZE || text.n == MRZ_TD3_SIZE)
		return R_DENIED;
	if (text.n != MRZ_TD1_SIZE || td1_parse(text, &m) != R_OK)
		return R_MALFORMED;
	*out = m;
	return R_OK;
}

void mrz_wipe(struct mrz *m)
{
	secret_wipe(m, sizeof(*m));
}

/* A field and its check digit. */
static void put_checked(struct sink *out, struct span s)
{
	sink_put(out, s);
	sink_u8(out, (uint8_t)mrz_check_digit(s));
}

enum result mrz_key_of(const char *number, const char *birth,
		       const char *expiry, char *out, size_t cap)
{
	struct span n = span_str(number), b = span_str(birth);
	struct span e = span_str(expiry);
	char filled[TD1_NUMBER_N + 1] = "<<<<<<<<<";
	struct sink s = sink_of(out, cap);
	uint32_t date;

	if (n.n == 0 || n.n > sizeof(((struct mrz *)0)->document_number) - 1 ||
	    !in_alphabet(n) || n.p[0] == FILLER)
		return R_MALFORMED;
	if (b.n != TD1_DATE_N || e.n != TD1_DATE_N || !birth_ok(b) ||
	    !expiry_date(e, &date))
		return R_MALFORMED;
	if (cap < MRZ_KEY_SIZE)
		return R_INTERNAL;
	if (n.n < TD1_NUMBER_N) {
		memcpy(filled, n.p, n.n);
		n = span_of(filled, TD1_NUMBER_N);
	}
	put_checked(&s, n);
	put_checked(&s, b);
	put_checked(&s, e);
	sink_u8(&s, 0);
	secret_wipe(filled, sizeof(filled));
	return sink_done(&s);
}

enum result mrz_key(const struct mrz *m, char *out, size_t cap)
{
	return mrz_key_of(m->document_number, m->birth, m->expiry_mrz, out,
			  cap);
}
