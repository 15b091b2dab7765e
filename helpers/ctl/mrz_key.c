// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/mrz_key.h"

#include <stdbool.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"

#define NUMBER_MAX 22		/* TD1: 9 + 13 of the optional data */
#define TEXT_MAX   91

/* The three fields without check digits, in the MRZ's characters. */
struct fields {
	char number[NUMBER_MAX + 1];
	char birth[7], expiry[7];
};

static void fields_wipe(struct fields *f)
{
	secret_wipe(f, sizeof(*f));
}

size_t mrz_lines_after(size_t first_length)
{
	return first_length == 30 ? 2 :
	       first_length == 36 || first_length == 44 ? 1 : 0;
}

/* 9303-3 4.9: weights 7 3 1, '<' 0, A 10 ... Z 35. */
static char check_digit(const char *s, size_t n)
{
	static const unsigned int weight[] = { 7, 3, 1 };
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned int v = 0;

		if (s[i] >= '0' && s[i] <= '9')
			v = (unsigned int)(s[i] - '0');
		else if (s[i] >= 'A' && s[i] <= 'Z')
			v = (unsigned int)(s[i] - 'A') + 10;
		sum += v * weight[i % 3];
	}
	return (char)('0' + sum % 10);
}

static bool only(const char *s, size_t n, const char *set)
{
	for (size_t i = 0; i < n; i++)
		if (!s[i] || !strchr(set, s[i]))
			return false;
	return true;
}

#define DIGITS "0123456789"
#define MRZ_SET DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZ<"

/* A date and its check digit. */
static bool take_date(const char *s, char out[7])
{
	if (!only(s, 6, DIGITS "<") || check_digit(s, 6) != s[6])
		return false;
	memcpy(out, s, 6);
	out[6] = '\0';
	return true;
}

/*
 * The number and its check digit. TD1 and TD2 (9303-5, 9303-6, 4.2.2): where
 * the check digit's place holds '<', the number goes on in the optional data,
 * up to its check digit and a '<'.
 */
static bool take_number(const char *s, const char *optional, size_t n,
			char *out)
{
	size_t more = 0, len = 9;

	memcpy(out, s, 9);
	if (s[9] == '<' && optional) {
		while (more < n && optional[more] != '<')
			more++;
		if (more < 2)
			return false;
		memcpy(out + 9, optional, more - 1);
		len += more - 1;
	}
	out[len] = '\0';
	return check_digit(out, len) ==
	       (len > 9 ? optional[more - 1] : s[9]);
}

static bool from_zone(const char *s, size_t n, struct fields *f)
{
	if (!only(s, n, MRZ_SET))
		return false;
	if (n == 90)
		return take_number(s + 5, s + 15, 15, f->number) &&
		       take_date(s + 30, f->birth) &&
		       take_date(s + 38, f->expiry);
	s += n / 2;		/* TD2 and TD3: the second line */
	return take_number(s, n == 72 ? s + 28 : NULL, 7, f->number) &&
	       take_date(s + 13, f->birth) && take_date(s + 21, f->expiry);
}

/* "NUMBER YYMMDD YYMMDD" */
static bool from_words(const char *s, struct fields *f)
{
	const char *a = strchr(s, ' '), *b = a ? strchr(a + 1, ' ') : NULL;
	size_t n = a ? (size_t)(a - s) : 0;

	if (!b || n == 0 || n > NUMBER_MAX || b - a != 7 ||
	    strlen(b + 1) != 6 || !only(s, n, MRZ_SET) ||
	    !only(a + 1, 6, DIGITS "<") || !only(b + 1, 6, DIGITS))
		return false;
	memset(f->number, '<', 9);
	f->number[n > 9 ? n : 9] = '\0';
	memcpy(f->number, s, n);
	memcpy(f->birth, a + 1, 6);
	memcpy(f->expiry, b + 1, 6);
	return true;
}

/* The MRZ information itself: number, check, birth, check, expiry, check. */
static bool from_key(const char *s, size_t n, struct fields *f)
{
	size_t number = n > 15 ? n - 15 : 0;

	if (number < 9 || number > NUMBER_MAX || !only(s, n, MRZ_SET) ||
	    check_digit(s, number) != s[number])
		return false;
	memcpy(f->number, s, number);
	f->number[number] = '\0';
	return take_date(s + number + 1, f->birth) &&
	       take_date(s + number + 8, f->expiry);
}

static void append(char *out, size_t *n, const char *field)
{
	size_t len = strlen(field);

	memcpy(out + *n, field, len);
	out[*n + len] = check_digit(field, len);
	*n += len + 1;
}

static void upper(const char *text, size_t n, char *out)
{
	for (size_t i = 0; i <= n; i++)
		out[i] = text[i] >= 'a' && text[i] <= 'z' ?
				 (char)(text[i] - 'a' + 'A') : text[i];
}

enum result mrz_key(const char *text, char *out, size_t cap)
{
	scoped(fields_wipe) struct fields f = { 0 };
	char s[TEXT_MAX];
	size_t n = strlen(text), w = 0;
	bool good;

	if (n >= sizeof(s) || cap < NUMBER_MAX + 16)
		return R_MALFORMED;
	upper(text, n, s);
	if (n == 90 || n == 72 || n == 88)
		good = from_zone(s, n, &f);
	else if (strchr(s, ' '))
		good = from_words(s, &f);
	else
		good = from_key(s, n, &f);
	secret_wipe(s, sizeof(s));
	if (!good)
		return R_MALFORMED;
	append(out, &w, f.number);
	append(out, &w, f.birth);
	append(out, &w, f.expiry);
	out[w] = '\0';
	return R_OK;
}
