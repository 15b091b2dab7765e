// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/leaksearch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 65536
#define SHOWN_MAX 200		/* finds printed; all are counted */

enum result search_new(struct search *s)
{
	memset(s, 0, sizeof(*s));
	s->patterns = calloc(MARKERS_MAX * FORMS_MAX, sizeof(*s->patterns));
	s->first = malloc(BUCKETS * sizeof(*s->first));
	if (!s->patterns || !s->first) {
		search_free(s);
		return R_INTERNAL;
	}
	for (size_t i = 0; i < BUCKETS; i++)
		s->first[i] = -1;
	return R_OK;
}

void search_free(struct search *s)
{
	free(s->patterns);
	free(s->first);
	memset(s, 0, sizeof(*s));
}

static size_t bucket(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

struct forms {
	struct search *s;
	unsigned int marker, left_out;
};

static void add(struct forms *f, const char *form, struct span bytes)
{
	struct search *s = f->s;
	struct pattern *p = &s->patterns[s->n];

	if (bytes.n < PATTERN_MIN || bytes.n > PATTERN_MAX) {
		f->left_out++;
		return;
	}
	for (size_t i = 0; i < s->n; i++)	/* hex of digits: no upper */
		if (s->patterns[i].marker == f->marker &&
		    span_equal(span_of(s->patterns[i].b, s->patterns[i].n),
			       bytes))
			return;
	p->marker = f->marker;
	p->form = form;
	p->n = bytes.n;
	memcpy(p->b, bytes.p, bytes.n);
	p->next = s->first[bucket(p->b)];
	s->first[bucket(p->b)] = (int)s->n++;
	if (p->n > s->longest)
		s->longest = p->n;
}

static void add_utf16(struct forms *f, struct span m)
{
	uint8_t le[2 * MARKER_MAX], be[2 * MARKER_MAX];

	for (size_t i = 0; i < m.n; i++) {
		le[2 * i] = be[2 * i + 1] = m.p[i];
		le[2 * i + 1] = be[2 * i] = 0;
	}
	add(f, "utf-16le", span_of(le, 2 * m.n));
	add(f, "utf-16be", span_of(be, 2 * m.n));
}

static void add_hex(struct forms *f, struct span m)
{
	char lower[2 * MARKER_MAX + 1], upper[2 * MARKER_MAX + 1];

	hex_encode(m, lower);
	for (size_t i = 0; i <= 2 * m.n; i++)
		upper[i] = lower[i] >= 'a' && lower[i] <= 'f' ?
			   (char)(lower[i] - 'a' + 'A') : lower[i];
	add(f, "hex", span_str(lower));
	add(f, "HEX", span_str(upper));
}

/*
 * base64 of a longer text in which m begins at byte `shift` of a group of
 * three: the characters that depend on m alone.
 */
static void add_base64(struct forms *f, struct span m, size_t shift, bool url)
{
	static const char *const forms[2][3] = {
		{ "base64", "base64+1", "base64+2" },
		{ "base64url", "base64url+1", "base64url+2" },
	};
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789";
	uint8_t out[PATTERN_MAX];
	size_t begin = (shift * 8 + 5) / 6, end = (shift + m.n) * 8 / 6, n = 0;

	for (size_t c = begin; c < end; c++) {
		unsigned int v = 0;

		for (size_t bit = 6 * c; bit < 6 * c + 6; bit++) {
			size_t at = bit / 8 - shift;

			v = v << 1 | (m.p[at] >> (7 - bit % 8) & 1);
		}
		out[n++] = v < 62 ? (uint8_t)alphabet[v] :
			   (uint8_t)(url ? "-_" : "+/")[v - 62];
	}
	add(f, forms[url][shift], span_of(out, n));
}

/* The digits of m, two in a byte, beginning with either half. */
static void add_bcd(struct forms *f, struct span m)
{
	uint8_t digits[MARKER_MAX], out[MARKER_MAX];
	size_t n = 0;

	for (size_t i = 0; i < m.n; i++)
		if (m.p[i] >= '0' && m.p[i] <= '9')
			digits[n++] = (uint8_t)(m.p[i] - '0');
	if (n == 0)
		return;
	for (size_t from = 0; from < 2; from++) {
		size_t k = 0;

		for (size_t i = from; i + 1 < n; i += 2)
			out[k++] = (uint8_t)(digits[i] << 4 | digits[i + 1]);
		add(f, from ? "bcd+1" : "bcd", span_of(out, k));
	}
}

enum result search_add(struct search *s, struct span marker, bool derive,
		       unsigned int *left_out)
{
	struct forms f = { s, 1, 0 };

	if (s->n > 0)
		f.marker = s->patterns[s->n - 1].marker + 1;
	if (marker.n < PATTERN_MIN || marker.n > MARKER_MAX ||
	    f.marker > MARKERS_MAX)
		return R_MALFORMED;
	add(&f, "plain", marker);
	if (derive) {
		add_utf16(&f, marker);
		add_hex(&f, marker);
		for (size_t shift = 0; shift < 3; shift++) {
			add_base64(&f, marker, shift, false);
			add_base64(&f, marker, shift, true);
		}
		add_bcd(&f, marker);
	}
	*left_out = f.left_out;
	return R_OK;
}

static void found(struct search *s, struct pattern *p, const char *place,
		  uint64_t at)
{
	p->found = true;
	if (s->found++ < SHOWN_MAX && !s->quiet)
		printf("%s +0x%llx: marker %u (%s)\n", place,
		       (unsigned long long)at, p->marker, p->form);
}

void search_bytes(struct search *s, struct span bytes, size_t seen,
		  const char *place, uint64_t at)
{
	for (size_t i = 0; i + PATTERN_MIN <= bytes.n; i++) {
		int k = s->first[bucket(bytes.p + i)];

		for (; k >= 0; k = s->patterns[k].next) {
			struct pattern *p = &s->patterns[k];

			/* one that ended in what was seen is counted */
			if (p->n <= bytes.n - i && i + p->n > seen &&
			    !memcmp(p->b, bytes.p + i, p->n))
				found(s, p, place, at + i);
		}
	}
	s->scanned += bytes.n - seen;
}
