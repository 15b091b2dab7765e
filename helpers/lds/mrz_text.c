// SPDX-License-Identifier: GPL-3.0-or-later
#include "lds/mrz_text.h"

/* 9303-3 4.9: digits count as they are, A = 10 ... Z = 35, filler = 0. */
static int value_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return c == MRZ_FILLER ? 0 : -1;
}

bool mrz_in_alphabet(struct span s)
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

	if (!mrz_in_alphabet(text))
		return 0;
	for (size_t i = 0; i < text.n; i++)
		sum = (sum + (unsigned int)value_of(text.p[i]) *
			     weight[i % 3]) % 10;
	return (char)('0' + sum);
}

/* Two digits as a number; false where they are not. */
static bool two_digits(const uint8_t *p, unsigned int *out)
{
	for (size_t i = 0; i < 2; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	*out = (unsigned int)(p[0] - '0') * 10 + (unsigned int)(p[1] - '0');
	return true;
}

/* 9303-3 4.8: unknown parts of a date of birth are fillers. */
bool mrz_birth_ok(struct span s)
{
	static const unsigned int low[] = { 0, 1, 1 }, high[] = { 99, 12, 31 };
	unsigned int v;

	for (size_t i = 0; i < 3; i++) {
		const uint8_t *p = s.p + 2 * i;

		if (p[0] == MRZ_FILLER && p[1] == MRZ_FILLER)
			continue;
		if (!two_digits(p, &v) || v < low[i] || v > high[i])
			return false;
	}
	return true;
}

/* No document with a chip was issued before 2004 and none is valid for more
 * than some decades: the century is 20. */
bool mrz_expiry(struct span s, uint32_t *out)
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
