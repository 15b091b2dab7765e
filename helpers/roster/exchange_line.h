/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of a roster file (exchange.h), as bytes and as a struct: pure.
 * Private to roster/. */
#ifndef CNIE_ROSTER_EXCHANGE_LINE_H
#define CNIE_ROSTER_EXCHANGE_LINE_H

#include "roster/exchange.h"

enum exchange_word {
	LINE_ROSTER = 1, LINE_REBINDS,		/* the first line */
	LINE_GROUP, LINE_ACCOUNT, LINE_TAG, LINE_CARD, LINE_MEMBER,
	LINE_REBIND, LINE_GIVEN, LINE_BLOCKED, LINE_END,
};

/* What a line holds; of another word's fields nothing is said. */
struct exchange_line {
	enum exchange_word word;
	uint32_t uid, gid, epoch, old_epoch;
	uint32_t status, face, state;	/* as in the database */
	uint32_t created_day, expires;	/* of the file */
	uint32_t expiry, floor;		/* 0 none */
	uint64_t version, created, code_since, since, lines;
	char urn[129];
	char name[NAME_MAX_LEN];
	char home[ROSTER_HOME_MAX], shell[ROSTER_SHELL_MAX];
	char code[CODE_HASH_SIZE];	/* "" none */
	uint8_t tag[TAG_SIZE];		/* also a card-tag */
	uint8_t old_tag[TAG_SIZE];
	bool has_old_tag;
};

/* Without its newline. Canonical form alone: one line, one spelling.
 * R_MALFORMED. */
must_check enum result exchange_line_get(struct span text,
					 struct exchange_line *out);
/* With its newline; overflow is the sink's. */
void exchange_line_put(struct sink *out, const struct exchange_line *l);

#endif
