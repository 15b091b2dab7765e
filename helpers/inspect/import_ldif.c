// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/import_ldif.h"

#include <string.h>
#include <strings.h>

/* The ICAO PKD's present and former names for a list; RFC 4523's. */
static const char *const attributes[] = {
	"pkdMasterListContent", "CscaMasterListData", "cACertificate",
	"certificateRevocationList",
};

#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

/* One line without its end, which is taken too. */
static struct span take_line(struct span *text)
{
	const uint8_t *end = memchr(text->p, '\n', text->n);
	struct span line = *text;

	if (end)
		line.n = (size_t)(end - text->p);
	text->p += line.n + (end != NULL);
	text->n -= line.n + (end != NULL);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* "name:: " or "name;binary:: " of one of the attributes: what is behind. */
static bool wanted(struct span line, struct span *value)
{
	static const char binary[] = ";binary";

	for (size_t i = 0; i < ATTRIBUTES; i++) {
		size_t n = strlen(attributes[i]);

		if (line.n < n ||
		    strncasecmp((const char *)line.p, attributes[i], n) != 0)
			continue;
		if (line.n >= n + sizeof(binary) - 1 &&
		    strncasecmp((const char *)line.p + n, binary,
				sizeof(binary) - 1) == 0)
			n += sizeof(binary) - 1;
		if (line.n < n + 2 || memcmp(line.p + n, "::", 2) != 0)
			continue;
		n += 2;
		while (n < line.n && line.p[n] == ' ')
			n++;
		*value = span_of(line.p + n, line.n - n);
		return true;
	}
	return false;
}

static int sextet(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Base64 in pieces: a folded value goes on in the next line. */
struct base64 {
	uint32_t bits;
	unsigned int have, padding;	/* sextets in bits; '=' seen */
	bool bad;
};

static void decode(struct base64 *b, struct span piece, struct sink *out)
{
	for (size_t i = 0; i < piece.n; i++) {
		int v = sextet(piece.p[i]);

		if (piece.p[i] == '=' && b->have >= 2 && b->padding < 2) {
			b->padding++;
			v = 0;
		} else if (v < 0 || b->padding > 0) {
			b->bad = true;
			return;
		}
		b->bits = b->bits << 6 | (uint32_t)v;
		if (++b->have < 4)
			continue;
		for (unsigned int k = 0; k + b->padding < 3; k++)
			sink_u8(out, (uint8_t)(b->bits >> (16 - 8 * k)));
		b->have = 0;
		b->bits = 0;
	}
}

enum result ldif_next(struct span *text, struct sink *room,
		      struct span *value)
{
	struct base64 b = { 0 };
	struct span piece = { NULL, 0 };
	size_t start = room->n;
	bool found = false;

	while (text->n > 0 && !found)
		found = wanted(take_line(text), &piece);
	if (!found)
		return R_ABSENT;
	decode(&b, piece, room);
	/* RFC 2849: a line that begins with a space goes on the one before */
	while (text->n > 0 && text->p[0] == ' ') {
		piece = take_line(text);
		decode(&b, span_of(piece.p + 1, piece.n - 1), room);
	}
	if (room->overflow)
		return R_INTERNAL;
	if (b.bad || b.have != 0) {
		room->n = start;
		return R_MALFORMED;
	}
	*value = span_of(room->p + start, room->n - start);
	return R_OK;
}
