// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A form is a row of offsets; the rules are the same for all three but where
 * 9303-4, -5 and -6 differ: the first letter of the code, long numbers (not in
 * TD3), and TD3's check digit of the optional data.
 */
#include "lds/mrz.h"

#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"
#include "lds/mrz_text.h"

#define CODE_SIZE  2
#define STATE_SIZE 3

/* Every form begins with the document code and the State. */
#define CODE_AT	 0
#define STATE_AT 2

struct part {
	uint8_t at, n;
};

/* Offsets without line ends; a check digit stands behind its field. */
struct layout {
	enum mrz_form form;
	size_t size;
	const char *first;	/* of the document code: one of these */
	uint8_t number, nationality, birth, sex, expiry, composite;
	struct part optional1, optional2;
	bool long_number;	/* may go on in the first optional data */
	bool optional_check;	/* of the first optional data */
	struct part covered[4];	/* by the composite digit */
};

static const struct layout layouts[] = {
	{ /* 9303-5 4.2.2 and 4.2.4; lines at 0, 30, 60 */
	  .form = MRZ_TD1, .size = MRZ_TD1_SIZE, .first = "ACI",
	  .number = 5, .birth = 30, .sex = 37, .expiry = 38,
	  .nationality = 45, .composite = 59,
	  .optional1 = { 15, 15 }, .optional2 = { 48, 11 },
	  .long_number = true,
	  .covered = { { 5, 25 }, { 30, 7 }, { 38, 7 }, { 48, 11 } } },
	{ /* 9303-6 4.2.2 and 4.2.4; lines at 0, 36 */
	  .form = MRZ_TD2, .size = MRZ_TD2_SIZE, .first = "ACI",
	  .number = 36, .nationality = 46, .birth = 49, .sex = 56,
	  .expiry = 57, .composite = 71, .optional1 = { 64, 7 },
	  .long_number = true,
	  .covered = { { 36, 10 }, { 49, 7 }, { 57, 14 } } },
	{ /* 9303-4 4.2.2 and 4.2.4; lines at 0, 44 */
	  .form = MRZ_TD3, .size = MRZ_TD3_SIZE, .first = "P",
	  .number = 44, .nationality = 54, .birth = 57, .sex = 64,
	  .expiry = 65, .composite = 87, .optional1 = { 72, 14 },
	  .optional_check = true,
	  .covered = { { 44, 10 }, { 57, 7 }, { 65, 22 } } },
};

#define COMPOSITE_MAX 50	/* characters covered, of TD1 */

static const struct layout *layout_of(size_t size)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].size == size)
			return &layouts[i];
	return NULL;
}

static struct span field(struct span text, size_t at, size_t n)
{
	return span_of(text.p + at, n);
}

static bool check_is(struct span text, uint8_t digit)
{
	return (uint8_t)mrz_check_digit(text) == digit;
}

/* The field, and whether the character behind it is its check digit. */
static bool checked(struct span text, size_t at, size_t n, struct span *out)
{
	*out = field(text, at, n);
	return check_is(*out, text.p[at + n]);
}

/* The field up to its trailing fillers. */
static struct span trimmed(struct span s)
{
	while (s.n > 0 && s.p[s.n - 1] == MRZ_FILLER)
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
		if (s.p[i] < 'A' || s.p[i] > 'Z')
			return false;
	return s.n > 0;
}

/* 9303-4, -5, -6 4.2.2: a V behind the first letter is a visa's; in 9303-6
 * there is no AC (it is the crew member's certificate, a TD1). */
static bool code_ok(const struct layout *l, struct span s)
{
	if (!memchr(l->first, s.p[0], strlen(l->first)) || s.p[1] == 'V')
		return false;
	return l->form != MRZ_TD2 || s.p[0] != 'A' || s.p[1] != 'C';
}

/*
 * 9303-5 4.2.2 note j and 9303-6 4.2.2.2 note j: a number longer than nine
 * characters has a filler where its check digit would be, and goes on in the
 * optional data: the rest, the check digit over all of it, a filler. What
 * follows is the optional data proper.
 */
static enum result take_rest(struct span number, struct span *optional,
			     struct mrz *m)
{
	struct span all;
	size_t rest = 0;

	while (rest < optional->n && optional->p[rest] != MRZ_FILLER)
		rest++;
	refuse_if(rest < 2 || rest == optional->n, R_MALFORMED);
	copy(number, m->document_number);
	copy(field(*optional, 0, rest - 1), m->document_number + number.n);
	all = span_str(m->document_number);
	refuse_if(!check_is(all, optional->p[rest - 1]), R_MALFORMED);
	*optional = field(*optional, rest + 1, optional->n - rest - 1);
	return R_OK;
}

static enum result take_number(const struct layout *l, struct span text,
			       struct mrz *m)
{
	struct span optional = field(text, l->optional1.at, l->optional1.n);
	struct span number;
	bool good = checked(text, l->number, MRZ_NUMBER_SIZE, &number);

	refuse_if(number.p[0] == MRZ_FILLER, R_MALFORMED);
	if (l->long_number &&
	    text.p[l->number + MRZ_NUMBER_SIZE] == MRZ_FILLER) {
		if (take_rest(number, &optional, m) != R_OK)
			return R_MALFORMED;
	} else {
		refuse_if(!good, R_MALFORMED);
		copy(trimmed(number), m->document_number);
	}
	copy(trimmed(optional), m->optional1);
	return R_OK;
}

static enum result take_dates(const struct layout *l, struct span text,
			      struct mrz *m)
{
	struct span birth, expiry;
	bool good = checked(text, l->birth, MRZ_DATE_SIZE, &birth);

	refuse_if(!good, R_MALFORMED);
	good = checked(text, l->expiry, MRZ_DATE_SIZE, &expiry);
	refuse_if(!good, R_MALFORMED);
	refuse_if(!mrz_birth_ok(birth), R_MALFORMED);
	refuse_if(!mrz_expiry(expiry, &m->expiry), R_MALFORMED);
	copy(birth, m->birth);
	copy(expiry, m->expiry_mrz);
	return R_OK;
}

/* 9303-4 4.2.2.2, position 43: a filler may stand for the zero of a field
 * that is not used. */
static bool optional_ok(const struct layout *l, struct span text)
{
	struct span optional;

	if (!l->optional_check ||
	    checked(text, l->optional1.at, l->optional1.n, &optional))
		return true;
	return trimmed(optional).n == 0 &&
	       text.p[l->optional1.at + l->optional1.n] == MRZ_FILLER;
}

static bool composite_ok(const struct layout *l, struct span text)
{
	uint8_t all[COMPOSITE_MAX];
	struct sink s = SINK(all);
	bool ok;

	for (size_t i = 0; i < sizeof(l->covered) / sizeof(l->covered[0]); i++)
		sink_put(&s, field(text, l->covered[i].at, l->covered[i].n));
	ok = sink_done(&s) == R_OK &&
	     check_is(sink_span(&s), text.p[l->composite]);
	secret_wipe(all, sizeof(all));
	return ok;
}

static enum result form_parse(const struct layout *l, struct span text,
			      struct mrz *m)
{
	struct span code = field(text, CODE_AT, CODE_SIZE);
	struct span state = field(text, STATE_AT, STATE_SIZE);
	struct span nationality = field(text, l->nationality, STATE_SIZE);
	uint8_t sex = text.p[l->sex];

	refuse_if(!mrz_in_alphabet(text), R_MALFORMED);
	refuse_if(!code_ok(l, code), R_MALFORMED);
	refuse_if(!state_ok(state), R_MALFORMED);
	refuse_if(!state_ok(nationality), R_MALFORMED);
	refuse_if(sex != 'M' && sex != 'F' && sex != MRZ_FILLER, R_MALFORMED);
	refuse_if(!optional_ok(l, text), R_MALFORMED);
	refuse_if(!composite_ok(l, text), R_MALFORMED);
	if (take_number(l, text, m) != R_OK || take_dates(l, text, m) != R_OK)
		return R_MALFORMED;
	m->form = l->form;
	m->sex = (char)sex;
	copy(trimmed(code), m->document_code);
	copy(trimmed(state), m->issuing_state);
	copy(trimmed(nationality), m->nationality);
	copy(trimmed(field(text, l->optional2.at, l->optional2.n)),
	     m->optional2);
	return R_OK;
}

enum result mrz_parse(struct span text, struct mrz *out)
{
	scoped(mrz_wipe) struct mrz m = { 0 };
	const struct layout *l = layout_of(text.n);

	if (!l || form_parse(l, text, &m) != R_OK)
		return R_MALFORMED;
	*out = m;
	return R_OK;
}

void mrz_wipe(struct mrz *m)
{
	secret_wipe(m, sizeof(*m));
}
