/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roster files as text, for the tests. */
#ifndef CNIE_TESTS_SUPPORT_EXCHANGE_H
#define CNIE_TESTS_SUPPORT_EXCHANGE_H

#include "roster/exchange.h"
#include "support_roster.h"

#define URN "urn:example:sector:one"
#define TEXT_MAX (64 * 1024)

struct text {
	size_t n, lines;
	char p[TEXT_MAX];
};

/* A file that is being written; "|" in a line stands for a tab. */
void text_begin(struct text *t, unsigned int version);
void text_add(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void text_end(struct text *t);
/* An account as a signer would say it: its tag and card are those of person p
 * under epoch 1. */
void text_person(struct text *t, int p, uint32_t uid, const char *name);
/* A card of person p, and a tag, as hexadecimal digits. */
const char *tag_hex(const struct roster_card *card, char hex[33]);
const char *card_hex(const struct roster_card *card, char hex[33]);

/* The whole roster, or its statements. */
void export_all(struct roster *r, enum exchange_kind kind, struct text *out);
/* sum and line may be NULL. */
enum reason import_as(struct roster *r, const struct import_options *o,
		      const struct text *t, struct import_summary *sum,
		      uint64_t *line);
enum reason import_all(struct roster *r, const struct text *t,
		       struct import_summary *sum);
extern const struct import_options plain_import;

#endif
