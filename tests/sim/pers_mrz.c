/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The machine-readable zone in its three forms: 9303-5 4.2 (TD1), 9303-6 4.2
 * (TD2), 9303-4 4.2 (TD3), check digits 9303-3 4.9.
 */
#include <stdio.h>
#include <string.h>

#include "pers.h"

struct part {
	size_t at, n;
};

/* Where each field stands, from the first character of the first line. */
struct form {
	const char *option;
	size_t size;
	const char *code;	/* document code by default */
	bool long_number;	/* goes on in the optional data */
	struct part name, document, optional, optional2, birth, sex, expiry;
	size_t nationality;
	size_t optional_digit;	/* 0: none */
	size_t composite;	/* its digit, over these: */
	struct part over[4];
};

static const struct form forms[] = {
	{ "td1", 90, "ID", true, { 60, 30 }, { 5, 9 }, { 15, 15 },
	  { 48, 11 }, { 30, 6 }, { 37, 1 }, { 38, 6 }, 45, 0,
	  59, { { 5, 25 }, { 30, 7 }, { 38, 7 }, { 48, 11 } } },
	{ "td2", 72, "ID", true, { 5, 31 }, { 36, 9 }, { 64, 7 },
	  { 0, 0 }, { 49, 6 }, { 56, 1 }, { 57, 6 }, 46, 0,
	  71, { { 36, 10 }, { 49, 7 }, { 57, 14 }, { 0, 0 } } },
	{ "td3", 88, "P", false, { 5, 39 }, { 44, 9 }, { 72, 14 },
	  { 0, 0 }, { 57, 6 }, { 64, 1 }, { 65, 6 }, 54, 86,
	  87, { { 44, 10 }, { 57, 7 }, { 65, 22 }, { 0, 0 } } },
};

static const struct form *form_of(const struct pers_options *o)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].option, o->form) == 0)
			return &forms[i];
	return NULL;
}

const char *pers_code(const struct pers_options *o)
{
	const struct form *f = form_of(o);

	return o->code ? o->code : f ? f->code : "ID";
}

/* Weights 7 3 1; digits as they are, A = 10, filler 0. */
static char check_digit(const char *s, size_t n)
{
	static const unsigned int weight[3] = { 7, 3, 1 };
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

static enum result put_field(char *mrz, struct part field, const char *value,
			     const char *what)
{
	size_t n = strlen(value);

	if (n > field.n)
		return pers_fail(R_MALFORMED, "--%s has more than %zu "
				 "characters", what, field.n);
	for (size_t i = 0; i < n; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", value[i]))
			return pers_fail(R_MALFORMED, "--%s: only A-Z, 0-9 "
					 "and < stand in an MRZ", what);
	memcpy(mrz + field.at, value, n);
	return R_OK;
}

/* 9303-3 4.8: an unknown part of the date of birth is fillers; 00 is what other
 * papers have there. */
static void birth_of(const struct pers_options *o, char out[8])
{
	snprintf(out, 8, "%s", o->birth);	/* of a long one too much */
	for (int i = 0; strlen(out) == 6 && i < 6; i += 2)
		if (i && out[i] == '0' && out[i + 1] == '0')
			out[i] = out[i + 1] = '<';
}

/*
 * The document number, its digit and the optional data. Of a longer number
 * the rest and the digit begin the optional data, a filler stands where the
 * digit would, and one ends it (9303-5 4.2.2.2 note j).
 */
static enum result put_number(const struct pers_options *o,
			      const struct form *f, char *mrz)
{
	size_t n = strlen(o->document), rest = n > 9 ? n - 9 : 0;
	const char *number = o->number ? o->number : o->dg11 ? ""
			     : f->optional.n < 8 ? "AB12345" : "AB123456";
	struct part optional = f->optional;
	char first[10];
	enum result r;

	if (rest && (!f->long_number || rest + 2 > optional.n))
		return pers_fail(R_MALFORMED, "--document is too long");
	snprintf(first, sizeof(first), "%.9s", o->document);
	r = put_field(mrz, f->document, first, "document");
	if (r == R_OK && rest)
		r = put_field(mrz, optional, o->document + 9, "document");
	if (r != R_OK)
		return r;
	if (rest) {
		mrz[optional.at + rest] = check_digit(o->document, n);
		optional.at += rest + 2;
		optional.n -= rest + 2;
	} else {
		mrz[f->document.at + 9] = check_digit(mrz + f->document.at, 9);
	}
	return put_field(mrz, optional, number, "number");
}

static enum result put_fields(const struct pers_options *o,
			      const struct form *f, char *mrz)
{
	char birth[8];
	const struct {
		struct part field;
		const char *value, *what;
	} fields[] = {
		{ { 0, 2 }, pers_code(o), "code" },
		{ { 2, 3 }, o->state, "state" },
		{ f->birth, birth, "birth" },
		{ f->sex, o->sex, "sex" },
		{ f->expiry, o->expiry, "expiry" },
		{ { f->nationality, 3 },
		  o->nationality ? o->nationality : o->state, "nationality" },
		{ f->name, o->name, "name" },
		{ f->optional2, o->optional2 ? o->optional2 : "",
		  "optional2" },
	};
	enum result r = put_number(o, f, mrz);

	birth_of(o, birth);
	for (size_t i = 0; r == R_OK && i < sizeof(fields) / sizeof(fields[0]);
	     i++)
		r = put_field(mrz, fields[i].field, fields[i].value,
			      fields[i].what);
	return r;
}

static void put_digits(const struct form *f, char *mrz)
{
	char all[64];
	size_t n = 0;

	mrz[f->birth.at + 6] = check_digit(mrz + f->birth.at, 6);
	mrz[f->expiry.at + 6] = check_digit(mrz + f->expiry.at, 6);
	if (f->optional_digit)
		mrz[f->optional_digit] = check_digit(mrz + f->optional.at,
						     f->optional.n);
	for (size_t i = 0; i < 4; i++) {
		memcpy(all + n, mrz + f->over[i].at, f->over[i].n);
		n += f->over[i].n;
	}
	mrz[f->composite] = check_digit(all, n);
}

/* 9303-11 4.3.2: the number whole, filled up to nine. */
static void make_key(const struct pers_options *o, const struct form *f,
		     const char *mrz, char *key)
{
	char number[23];	/* 9 and 13 at most */
	size_t n = strlen(o->document);

	snprintf(number, sizeof(number), "%.*s",
		 n > 9 ? (int)n : 9,
		 n > 9 ? o->document : mrz + f->document.at);
	snprintf(key, MRZ_KEY_SIZE, "%s%c%.7s%.7s", number,
		 check_digit(number, strlen(number)), mrz + f->birth.at,
		 mrz + f->expiry.at);
}

enum result pers_mrz(const struct pers_options *o, char mrz[MRZ_SIZE + 1],
		     char key[MRZ_KEY_SIZE])
{
	const struct form *f = form_of(o);
	enum result r;

	if (!f)
		return pers_fail(R_MALFORMED, "--form: td1, td2 or td3");
	memset(mrz, '<', f->size);
	mrz[f->size] = 0;
	r = put_fields(o, f, mrz);
	if (r != R_OK)
		return r;
	put_digits(f, mrz);
	make_key(o, f, mrz, key);
	return R_OK;
}
