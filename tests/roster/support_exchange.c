/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support_exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <check.h>

const struct import_options plain_import = {
	.kind = EXCHANGE_ROSTER, .urn = URN, .today = TODAY, .now = NOW,
};

static void add(struct text *t, const char *format, va_list ap)
{
	int n = vsnprintf(t->p + t->n, sizeof(t->p) - t->n, format, ap);

	ck_assert(n >= 0 && t->n + (size_t)n + 2 < sizeof(t->p));
	for (size_t i = t->n; i < t->n + (size_t)n; i++)
		if (t->p[i] == '|')
			t->p[i] = '\t';
	t->n += (size_t)n;
	t->p[t->n++] = '\n';
	t->p[t->n] = '\0';
	t->lines++;
}

void text_add(struct text *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add(t, format, ap);
	va_end(ap);
}

void text_begin(struct text *t, unsigned int version)
{
	t->n = t->lines = 0;
	text_add(t, "cnie-roster|2|" URN "|%u|%u|%u", version, TODAY,
		 TODAY + 10000);
}

void text_end(struct text *t)
{
	text_add(t, "end|%zu", t->lines + 1);
}

const char *tag_hex(const struct roster_card *card, char hex[33])
{
	hex_encode(span_of(card->tag, TAG_SIZE), hex);
	return hex;
}

const char *card_hex(const struct roster_card *card, char hex[33])
{
	hex_encode(span_of(card->card_tag, TAG_SIZE), hex);
	return hex;
}

void text_person(struct text *t, int p, uint32_t uid, const char *name)
{
	struct roster_card card = card_of(p, 1, 20300101);
	char hex[33];

	text_add(t, "account|%u|%s|65536|/home/%s|/bin/bash|1|%u|-|1|-|-|-",
		 uid, name, name, NOW);
	text_add(t, "tag|%u|1|%s", uid, tag_hex(&card, hex));
	text_add(t, "card|%u|1|%s|1|20300101|%u", uid, card_hex(&card, hex),
		 NOW);
}

void export_all(struct roster *r, enum exchange_kind kind, struct text *out)
{
	struct export_options o = { .kind = kind, .urn = URN, .today = TODAY,
				    .expires = TODAY + 10000, .now = NOW };
	uint32_t done = 9, total = 9;
	struct exporter *e = NULL;
	bool last = false;

	out->n = out->lines = 0;
	ck_assert_int_eq(export_begin(r, &o, &e), REASON_NONE);
	while (!last) {
		/* a line or two at a time: it goes on where it stopped */
		struct sink s = sink_of(out->p + out->n,
					EXCHANGE_LINE_MAX + 100);

		ck_assert_int_le(out->n + s.cap, sizeof(out->p));
		ck_assert_int_eq(export_next(e, &s, &last), REASON_NONE);
		ck_assert_int_gt(s.n, 0);
		out->n += s.n;
	}
	export_progress(e, &done, &total);
	ck_assert_int_eq(done, total);
	export_free(&e);
	out->p[out->n] = '\0';
}

enum reason import_as(struct roster *r, const struct import_options *o,
		      const struct text *t, struct import_summary *sum,
		      uint64_t *line)
{
	struct import_summary unused;
	struct importer *i = NULL;
	uint64_t at = 0;
	enum reason why = import_begin(r, o, &i);
	size_t half = t->n / 2;

	/* in two parts, as they come over a socket */
	while (half > 0 && t->p[half - 1] != '\n')
		half--;
	if (why == REASON_NONE)
		why = import_lines(i, span_of(t->p, half), &at);
	if (why == REASON_NONE)
		why = import_lines(i, span_of(t->p + half, t->n - half), &at);
	if (why == REASON_NONE)
		why = import_end(i, sum ? sum : &unused);
	import_free(&i);
	if (line)
		*line = at;
	return why;
}

enum reason import_all(struct roster *r, const struct text *t,
		       struct import_summary *sum)
{
	return import_as(r, &plain_import, t, sum, NULL);
}
