// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/json.h"

#include <assert.h>
#include <inttypes.h>

/* Bytes of the well-formed UTF-8 sequence at s (RFC 3629), 0 where none is. */
static size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char lo, hi;	/* of the first byte */
		unsigned char lo2, hi2;	/* of the second */
		size_t n;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (s[0] < forms[i].lo || s[0] > forms[i].hi)
			continue;
		if (s[1] < forms[i].lo2 || s[1] > forms[i].hi2)
			return 0;
		for (size_t k = 2; k < forms[i].n; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].n;
	}
	return 0;
}

static void quoted(FILE *to, const char *value)
{
	const unsigned char *s = (const unsigned char *)value;

	fputc('"', to);
	while (*s) {
		size_t n = 1;

		if (*s == '"' || *s == '\\') {
			fputc('\\', to);
			fputc(*s, to);
		} else if (*s < 0x20 || *s == 0x7f) {
			fprintf(to, "\\u%04x", *s);
		} else if (*s < 0x80) {
			fputc(*s, to);
		} else if ((n = utf8_length(s)) > 0) {
			fwrite(s, 1, n, to);
		} else {
			n = 1;
			fputs("\\ufffd", to);
		}
		s += n;
	}
	fputc('"', to);
}

static void begin(struct json *j, const char *key)
{
	if (j->depth > 0) {
		if (j->filled[j->depth - 1])
			fputc(',', j->to);
		fputc('\n', j->to);
		j->filled[j->depth - 1] = true;
	}
	for (unsigned int i = 0; i < j->depth; i++)
		fputs("  ", j->to);
	if (key) {
		quoted(j->to, key);
		fputs(": ", j->to);
	}
}

static void open_with(struct json *j, const char *key, char open, char close)
{
	assert(j->depth < JSON_DEPTH);
	begin(j, key);
	fputc(open, j->to);
	j->filled[j->depth] = false;
	j->close[j->depth] = close;
	j->depth++;
}

struct json json_to(FILE *to)
{
	return (struct json){ .to = to };
}

void json_object(struct json *j, const char *key)
{
	open_with(j, key, '{', '}');
}

void json_array(struct json *j, const char *key)
{
	open_with(j, key, '[', ']');
}

void json_end(struct json *j)
{
	assert(j->depth > 0);
	j->depth--;
	if (j->filled[j->depth]) {
		fputc('\n', j->to);
		for (unsigned int i = 0; i < j->depth; i++)
			fputs("  ", j->to);
	}
	fputc(j->close[j->depth], j->to);
	if (j->depth == 0)
		fputc('\n', j->to);
}

void json_string(struct json *j, const char *key, const char *value)
{
	begin(j, key);
	quoted(j->to, value);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	begin(j, key);
	fprintf(j->to, "%" PRIu64, value);
}

void json_thousandths(struct json *j, const char *key, uint64_t value)
{
	begin(j, key);
	fprintf(j->to, "%" PRIu64 ".%03" PRIu64, value / 1000, value % 1000);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	fputs(value ? "true" : "false", j->to);
}

void json_null(struct json *j, const char *key)
{
	begin(j, key);
	fputs("null", j->to);
}
