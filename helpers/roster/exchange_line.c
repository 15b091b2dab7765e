/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "roster/exchange_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "roster/viewfmt.h"

#define FIELDS_MAX 12

enum kind {
	F_END,
	F_FORMAT,		/* "2" */
	F_NAME, F_PATH, F_URN, F_CODE,
	F_ID, F_GID,		/* what NSS may answer */
	F_U32, F_U64,		/* above 0 */
	F_OPT_U32, F_OPT_U64,	/* "-" is 0 */
	F_DAY, F_OPT_DAY,
	F_ONE_TWO, F_FLAG,
	F_TAG, F_OPT_TAG,
};

struct field {
	enum kind kind;
	size_t at, cap;
};

#define AT(member) offsetof(struct exchange_line, member)
#define F(kind, member) { kind, AT(member), \
			  sizeof(((struct exchange_line *)NULL)->member) }
#define FILE_FIELDS { F_FORMAT, 0, 0 }, F(F_URN, urn), F(F_U64, version), \
		    F(F_DAY, created_day), F(F_DAY, expires)

static const struct form {
	enum exchange_word word;
	const char *text;
	struct field fields[FIELDS_MAX + 1];
} forms[] = {
	{ LINE_ROSTER, "cnie-roster", { FILE_FIELDS } },
	{ LINE_REBINDS, "cnie-rebinds", { FILE_FIELDS } },
	{ LINE_GROUP, "group", { F(F_NAME, name), F(F_ID, gid) } },
	{ LINE_ACCOUNT, "account", {
		F(F_ID, uid), F(F_NAME, name), F(F_GID, gid), F(F_PATH, home),
		F(F_PATH, shell), F(F_ONE_TWO, status), F(F_OPT_U64, created),
		F(F_OPT_DAY, expiry), F(F_FLAG, face), F(F_CODE, code),
		F(F_OPT_U64, code_since), F(F_OPT_U32, floor) } },
	{ LINE_TAG, "tag", {
		F(F_ID, uid), F(F_U32, epoch), F(F_TAG, tag) } },
	{ LINE_CARD, "card", {
		F(F_ID, uid), F(F_U32, epoch), F(F_TAG, tag),
		F(F_ONE_TWO, state), F(F_OPT_DAY, expiry),
		F(F_OPT_U64, since) } },
	{ LINE_MEMBER, "member", { F(F_ID, uid), F(F_ID, gid) } },
	{ LINE_REBIND, "rebind", {
		F(F_ID, uid), F(F_OPT_U32, old_epoch), F(F_OPT_TAG, old_tag),
		F(F_U32, epoch), F(F_TAG, tag), F(F_OPT_U64, since) } },
	{ LINE_GIVEN, "given", { F(F_NAME, name), F(F_ID, uid) } },
	{ LINE_BLOCKED, "blocked", {
		F(F_ID, uid), F(F_U32, epoch), F(F_TAG, tag),
		F(F_OPT_DAY, expiry) } },
	{ LINE_END, "end", { F(F_U64, lines) } },
};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

/* -- reading ------------------------------------------------------- */

/* Up to the next tab, or the end; *last: no tab follows. */
static enum result take_field(struct span *in, struct span *field, bool *last)
{
	const uint8_t *tab = memchr(in->p, '\t', in->n);
	size_t n = tab ? (size_t)(tab - in->p) : in->n;
	struct span sep;

	*last = !tab;
	if (span_take(in, n, field) != R_OK)
		return R_MALFORMED;
	return tab ? span_take(in, 1, &sep) : R_OK;
}

static bool is_none(struct span s)
{
	return s.n == 1 && s.p[0] == '-';
}

static enum result get_number(struct span s, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (s.n == 0 || s.n > 19 || s.p[0] == '0')
		return R_MALFORMED;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return R_MALFORMED;
		n = n * 10 + (uint64_t)(s.p[i] - '0');
	}
	if (n > max)
		return R_MALFORMED;
	*out = n;
	return R_OK;
}

static enum result get_32(struct span s, uint32_t *out)
{
	uint64_t n;

	if (get_number(s, UINT32_MAX, &n) != R_OK)
		return R_MALFORMED;
	*out = (uint32_t)n;
	return R_OK;
}

static enum result get_day(struct span s, uint32_t *out)
{
	uint32_t day;

	if (get_32(s, &day) != R_OK || day < 19000101 || day > 99991231 ||
	    day / 100 % 100 < 1 || day / 100 % 100 > 12 || day % 100 < 1 ||
	    day % 100 > 31)
		return R_MALFORMED;
	*out = day;
	return R_OK;
}

/* "0" and "1", or "1" and "2" */
static enum result get_digit(struct span s, uint8_t low, uint32_t *out)
{
	if (s.n != 1 || (s.p[0] != low && s.p[0] != low + 1))
		return R_MALFORMED;
	*out = s.p[0] - (uint32_t)'0';
	return R_OK;
}

static enum result get_tag(struct span s, uint8_t out[TAG_SIZE])
{
	char text[2 * TAG_SIZE + 1];

	if (span_to_str(s, text, sizeof(text)) != R_OK ||
	    strpbrk(text, "ABCDEF"))
		return R_MALFORMED;
	return hex_decode(text, out, TAG_SIZE);
}

static enum result get_code(struct span s, char *out, size_t cap)
{
	if (is_none(s)) {
		out[0] = '\0';
		return R_OK;
	}
	if (s.n == 0 || s.p[0] != '$' || memchr(s.p, ' ', s.n))
		return R_MALFORMED;
	return span_to_str(s, out, cap);
}

static enum result get_text(enum kind kind, struct span s, char *out,
			    size_t cap)
{
	if (kind == F_CODE)
		return get_code(s, out, cap);
	if ((kind == F_NAME && !view_name_ok(s)) ||
	    (kind == F_PATH && !view_path_ok(s)) || s.n == 0)
		return R_MALFORMED;
	return span_to_str(s, out, cap);
}

static enum result get_id(enum kind kind, struct span s, uint32_t *out)
{
	uint32_t id;

	if (get_32(s, &id) != R_OK ||
	    !(kind == F_ID ? view_id_ok(id) : view_primary_gid_ok(id)))
		return R_MALFORMED;
	*out = id;
	return R_OK;
}

static enum result get_field(const struct field *f, struct span s,
			     struct exchange_line *l)
{
	void *at = (char *)l + f->at;

	switch (f->kind) {
	case F_FORMAT:
		return s.n == 1 && s.p[0] == '2' ? R_OK : R_MALFORMED;
	case F_NAME:
	case F_PATH:
	case F_URN:
	case F_CODE:
		return get_text(f->kind, s, at, f->cap);
	case F_ID:
	case F_GID:
		return get_id(f->kind, s, at);
	case F_OPT_U32:
		return is_none(s) ? R_OK : get_32(s, at);
	case F_U32:
		return get_32(s, at);
	case F_OPT_U64:
		return is_none(s) ? R_OK : get_number(s, INT64_MAX, at);
	case F_U64:
		return get_number(s, INT64_MAX, at);
	case F_OPT_DAY:
		return is_none(s) ? R_OK : get_day(s, at);
	case F_DAY:
		return get_day(s, at);
	case F_ONE_TWO:
		return get_digit(s, '1', at);
	case F_FLAG:
		return get_digit(s, '0', at);
	case F_OPT_TAG:
		l->has_old_tag = !is_none(s);
		return is_none(s) ? R_OK : get_tag(s, at);
	case F_TAG:
		return get_tag(s, at);
	case F_END:
		break;
	}
	return R_MALFORMED;
}

static const struct form *form_of_text(struct span word)
{
	for (size_t i = 0; i < FORMS; i++)
		if (span_equal(word, span_str(forms[i].text)))
			return &forms[i];
	return NULL;
}

/* What the fields can't say alone. */
static bool fits_together(const struct exchange_line *l)
{
	if (l->word == LINE_ROSTER || l->word == LINE_REBINDS)
		return l->version <= EXCHANGE_VERSION_MAX;
	if (l->word == LINE_ACCOUNT)
		return l->floor <= 99991231;
	if (l->word == LINE_REBIND)	/* an old tag is of an epoch */
		return l->has_old_tag == (l->old_epoch != 0);
	return true;
}

enum result exchange_line_get(struct span text, struct exchange_line *out)
{
	struct exchange_line l = { .word = LINE_END };
	const struct form *form;
	struct span s;
	bool last;

	if (text.n >= EXCHANGE_LINE_MAX || take_field(&text, &s, &last) != R_OK)
		return R_MALFORMED;
	form = form_of_text(s);
	if (!form)
		return R_MALFORMED;
	l.word = form->word;
	for (const struct field *f = form->fields; f->kind; f++)
		if (last || take_field(&text, &s, &last) != R_OK ||
		    get_field(f, s, &l) != R_OK)
			return R_MALFORMED;
	if (!last || !fits_together(&l))
		return R_MALFORMED;
	*out = l;
	return R_OK;
}

/* -- writing ------------------------------------------------------- */

static void put_number(struct sink *out, uint64_t n, bool optional)
{
	char text[21];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	sink_put(out, span_str(optional && n == 0 ? "-" : text));
}

static void put_tag(struct sink *out, const uint8_t *tag, bool there)
{
	char hex[2 * TAG_SIZE + 1] = "-";

	if (there)
		hex_encode(span_of(tag, TAG_SIZE), hex);
	sink_put(out, span_str(hex));
}

static void put_field(struct sink *out, const struct field *f,
		      const struct exchange_line *l)
{
	const void *at = (const char *)l + f->at;
	const char *text = at;

	switch (f->kind) {
	case F_FORMAT:
		sink_put(out, span_str("2"));
		break;
	case F_NAME:
	case F_PATH:
	case F_URN:
		sink_put(out, span_str(text));
		break;
	case F_CODE:
		sink_put(out, span_str(*text ? text : "-"));
		break;
	case F_OPT_U64:
	case F_U64:
		put_number(out, *(const uint64_t *)at, f->kind == F_OPT_U64);
		break;
	case F_OPT_U32:
	case F_OPT_DAY:
		put_number(out, *(const uint32_t *)at, true);
		break;
	case F_ID:
	case F_GID:
	case F_U32:
	case F_DAY:
	case F_ONE_TWO:
	case F_FLAG:
		put_number(out, *(const uint32_t *)at, false);
		break;
	case F_TAG:
	case F_OPT_TAG:
		put_tag(out, at, f->kind == F_TAG || l->has_old_tag);
		break;
	case F_END:
		break;
	}
}

void exchange_line_put(struct sink *out, const struct exchange_line *l)
{
	for (size_t i = 0; i < FORMS; i++) {
		if (forms[i].word != l->word)
			continue;
		sink_put(out, span_str(forms[i].text));
		for (const struct field *f = forms[i].fields; f->kind; f++) {
			sink_u8(out, '\t');
			put_field(out, f, l);
		}
		sink_u8(out, '\n');
	}
}
