/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of an import share. Private to roster/. */
#ifndef CNIE_ROSTER_IMPORT_H
#define CNIE_ROSTER_IMPORT_H

#include "roster/db.h"
#include "roster/exchange_line.h"

/* The statements that run for each line are prepared once. */
enum import_sql {
	SQL_ACCOUNT, SQL_NAME_OWNER, SQL_GIVEN_NAME, SQL_GIVEN_UID, SQL_REVOKED,
	SQL_ACCOUNT_ADD, SQL_ACCOUNT_SET, SQL_GIVEN_ADD,
	SQL_TAGS, SQL_TAG_ADD, SQL_TAG_DROP, SQL_TAG_OWNER, SQL_STATEMENTS,
	SQL_CARDS, SQL_CARD_ADD, SQL_CARD_BLOCK, SQL_BLOCKED,
	SQL_MEMBERS, SQL_MEMBER_ADD, SQL_MEMBER_DROP,
	SQL_REBIND_ADD, SQL_SAY, SQL_UNPROVEN_ADD, SQL_UNPROVEN_DROP,
	SQL_COUNT,
};

struct card_row {
	uint32_t epoch, expiry, state;
	uint32_t had;			/* its state here; 0: it is new */
	uint64_t since;
	uint8_t tag[TAG_SIZE];
};

struct tag_row {
	uint32_t epoch;
	uint8_t tag[TAG_SIZE];
};

struct rebind_row {
	uint32_t old_epoch, epoch;
	uint64_t at;
	bool has_old_tag;
	uint8_t old_tag[TAG_SIZE], tag[TAG_SIZE];
};

/* An account's lines, until the next account's come. */
struct import_account {
	struct exchange_line line;
	uint64_t number;		/* of that line */
	/* the file's, and the one that was here; line.floor is to be the
	 * higher */
	uint32_t floor, floor_here;
	struct tag_row tags[IMPORT_TAGS_MAX];
	struct card_row cards[IMPORT_CARDS_MAX];
	uint32_t gids[ROSTER_GROUPS_MAX];
	struct rebind_row rebinds[IMPORT_REBINDS_MAX];
	size_t n_tags, n_cards, n_gids, n_rebinds;
};

struct importer {
	struct change change;
	struct import_options options;
	char urn[129];
	sqlite3_stmt *sql[SQL_COUNT];
	struct import_summary sum;
	enum exchange_word at;		/* of the line before; 0 none */
	uint64_t line;
	bool failed, waiting;		/* waiting: account holds one */
	/* whether there is anything to ask for */
	bool any_given, any_blocked, any_revoked, any_statements;
	uint32_t retired[32];		/* epochs */
	size_t n_retired;
	uint32_t *gids;			/* of the file's groups, ascending */
	size_t n_gids, cap_gids;
	uint8_t *seen;			/* bits by account.id */
	size_t seen_bytes;
	char last_name[NAME_MAX_LEN];	/* of the given line before */
	struct import_account account;
};

/* -- import_sql.c -------------------------------------------------------- */

must_check enum result import_prepare(struct importer *i);
void import_finalize(struct importer *i);
/* db_again and one step, R_OK, R_ABSENT (also: done), R_DENIED: a constraint.
 * Where there was a row, its columns can be read until the next call. */
must_check enum result import_run(struct importer *i, enum import_sql which,
				  const char *args, ...);
/* The next row of the same. */
must_check enum result import_more(struct importer *i, enum import_sql which);
/* A mark of this import, for its end. */
must_check enum result import_say(struct importer *i, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
must_check enum result import_say_block(struct importer *i, uint32_t uid,
					const struct card_row *c);
bool import_retired(const struct importer *i, uint32_t epoch);
/* This machine has the key of it. */
bool import_live(const struct importer *i, uint32_t epoch);
must_check enum result import_seen(struct importer *i, int64_t account);
bool import_was_seen(const struct importer *i, int64_t account);

/* -- import_account.c, import_tag.c, import_card.c, import_rest.c -------- */

must_check enum reason import_settle(struct importer *i);	/* i->account */
/* Cards of an epoch whose key is gone here say what they say by expiry. */
void import_floor(struct importer *i);
/* local: the account was here, and its tags, cards, members are read first. */
must_check enum reason import_cards(struct importer *i, int64_t account,
				    bool local, bool *changed);
must_check enum reason import_tags(struct importer *i, int64_t account,
				   bool local, bool *changed);
/* An account that was made here is the file's where they share a tag, now or
 * before a rebind: two machines give the same uid to two persons. */
must_check enum reason import_same_person(struct importer *i, int64_t account);
must_check enum reason import_group(struct importer *i,
				    const struct exchange_line *l);
must_check enum reason import_given(struct importer *i,
				    const struct exchange_line *l);
/* What a line left open and no later one settled; i->line is that line. */
must_check enum reason import_open_ends(struct importer *i);
must_check enum reason import_blocked(struct importer *i,
				      const struct exchange_line *l);
/* EXCHANGE_REBINDS: a statement of another machine. */
must_check enum reason import_statement(struct importer *i,
					const struct exchange_line *l);

#endif
