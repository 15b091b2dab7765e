/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The roster as lines: one read transaction, a line at a time. */
#include <stdlib.h>
#include <string.h>

#include "base/refuse.h"
#include "roster/db.h"
#include "roster/exchange_line.h"

/* What is said in which order. An inner one is asked for each account. */
enum part { PART_GROUPS, PART_ACCOUNTS, PART_TAGS, PART_CARDS, PART_MEMBERS,
	    PART_REBINDS, PART_GIVEN, PART_BLOCKED, PART_STATEMENTS,
	    PART_COUNT };

typedef enum result fill(sqlite3_stmt *s, struct exchange_line *l);
static fill fill_group, fill_account, fill_tag, fill_card, fill_member,
	    fill_rebind, fill_given, fill_blocked;

#define TEXT_OF(n) #n
#define NUMBER(n) TEXT_OF(n)
/* Those that an import takes; the first one that is left out expires last.
 * Nobody has as many: only the look for them is made for each account. */
#define CARDS_OF(account) " FROM card WHERE account = " account \
	" ORDER BY state, expiry DESC, since DESC LIMIT "
#define TOO_MANY_OF(account) "(SELECT count(*) FROM card WHERE account = " \
	account ") > " NUMBER(IMPORT_CARDS_MAX)

static const struct {
	enum exchange_word word;
	fill *fill;
	const char *sql;
} parts[PART_COUNT] = {
	[PART_GROUPS] = { LINE_GROUP, fill_group,
		"SELECT gid, name FROM sector_group ORDER BY gid" },
	[PART_ACCOUNTS] = { LINE_ACCOUNT, fill_account,
		"SELECT id, uid, name, gid, home, shell, status, created,"
		" expiry, face, code, code_since, iif("
		TOO_MANY_OF("account.id") ", max(floor, (SELECT max(expiry, 1)"
		CARDS_OF("account.id") "1 OFFSET " NUMBER(IMPORT_CARDS_MAX)
		")), floor) FROM account ORDER BY uid" },
	[PART_TAGS] = { LINE_TAG, fill_tag,
		"SELECT epoch, tag FROM tag WHERE account = ?1 AND epoch >"
		" coalesce((SELECT epoch FROM tag WHERE account = ?1 ORDER BY"
		" epoch DESC LIMIT 1 OFFSET " NUMBER(IMPORT_TAGS_MAX) "), 0)"
		" ORDER BY epoch" },
	[PART_CARDS] = { LINE_CARD, fill_card,
		"SELECT epoch, card_tag, state, expiry, since FROM card"
		" WHERE account = ?1 AND (NOT " TOO_MANY_OF("?1")
		" OR (epoch, card_tag) IN (SELECT epoch, card_tag"
		CARDS_OF("?1") NUMBER(IMPORT_CARDS_MAX) "))"
		" ORDER BY epoch, card_tag" },
	[PART_MEMBERS] = { LINE_MEMBER, fill_member,
		"SELECT gid FROM member WHERE account = ? ORDER BY gid" },
	[PART_REBINDS] = { LINE_REBIND, fill_rebind,
		"SELECT old_epoch, old_tag, epoch, tag, at FROM rebind"
		" WHERE account = ?1 AND id > coalesce((SELECT id FROM rebind"
		" WHERE account = ?1 ORDER BY id DESC LIMIT 1 OFFSET "
		NUMBER(IMPORT_REBINDS_MAX) "), 0) ORDER BY id" },
	[PART_GIVEN] = { LINE_GIVEN, fill_given,
		"SELECT name, uid FROM given WHERE name NOT IN"
		" (SELECT name FROM account) ORDER BY name" },
	[PART_BLOCKED] = { LINE_BLOCKED, fill_blocked,
		"SELECT uid, epoch, card_tag, expiry FROM blocked"
		" ORDER BY epoch, card_tag" },
	/* of this machine: what came with a file its signer knows */
	[PART_STATEMENTS] = { LINE_REBIND, fill_rebind,
		"SELECT old_epoch, old_tag, epoch, tag, at, uid FROM rebind"
		" JOIN account ON account.id = rebind.account"
		" WHERE rebind.origin = 1 ORDER BY rebind.id" },
};

struct exporter {
	struct roster *r;
	struct txn t;
	struct exchange_line first;
	sqlite3_stmt *s[PART_COUNT];
	enum part part;
	int64_t account;
	uint32_t uid;			/* of the account whose lines follow */
	uint32_t done, total;
	uint64_t lines;
	bool begun, ended;
};

/* -- rows ---------------------------------------------------------- */

static uint32_t u32(sqlite3_stmt *s, int column)
{
	return (uint32_t)sqlite3_column_int64(s, column);
}

static uint64_t u64(sqlite3_stmt *s, int column)
{
	return (uint64_t)sqlite3_column_int64(s, column);
}

static enum result fill_group(sqlite3_stmt *s, struct exchange_line *l)
{
	l->gid = u32(s, 0);
	return db_text(s, 1, l->name, sizeof(l->name));
}

static enum result fill_account(sqlite3_stmt *s, struct exchange_line *l)
{
	l->uid = u32(s, 1);
	l->gid = u32(s, 3);
	l->status = u32(s, 6);
	l->created = u64(s, 7);
	l->expiry = u32(s, 8);
	l->face = u32(s, 9);
	l->code_since = u64(s, 11);
	l->floor = u32(s, 12);
	if (db_text(s, 2, l->name, sizeof(l->name)) != R_OK ||
	    db_text(s, 4, l->home, sizeof(l->home)) != R_OK ||
	    db_text(s, 5, l->shell, sizeof(l->shell)) != R_OK)
		return R_INTERNAL;
	return db_text(s, 10, l->code, sizeof(l->code));
}

static enum result fill_tag(sqlite3_stmt *s, struct exchange_line *l)
{
	l->epoch = u32(s, 0);
	return db_blob(s, 1, l->tag, sizeof(l->tag));
}

static enum result fill_card(sqlite3_stmt *s, struct exchange_line *l)
{
	l->epoch = u32(s, 0);
	l->state = u32(s, 2);
	l->expiry = u32(s, 3);
	l->since = u64(s, 4);
	return db_blob(s, 1, l->tag, sizeof(l->tag));
}

static enum result fill_member(sqlite3_stmt *s, struct exchange_line *l)
{
	l->gid = u32(s, 0);
	return R_OK;
}

static enum result fill_rebind(sqlite3_stmt *s, struct exchange_line *l)
{
	l->old_epoch = u32(s, 0);
	l->has_old_tag = sqlite3_column_type(s, 1) != SQLITE_NULL;
	l->epoch = u32(s, 2);
	l->since = u64(s, 4);
	if (sqlite3_column_count(s) > 5)
		l->uid = u32(s, 5);
	if (l->has_old_tag &&
	    db_blob(s, 1, l->old_tag, sizeof(l->old_tag)) != R_OK)
		return R_INTERNAL;
	return db_blob(s, 3, l->tag, sizeof(l->tag));
}

static enum result fill_given(sqlite3_stmt *s, struct exchange_line *l)
{
	l->uid = u32(s, 1);
	return db_text(s, 0, l->name, sizeof(l->name));
}

static enum result fill_blocked(sqlite3_stmt *s, struct exchange_line *l)
{
	l->uid = u32(s, 0);
	l->epoch = u32(s, 1);
	l->expiry = u32(s, 3);
	return db_blob(s, 2, l->tag, sizeof(l->tag));
}

/* -- the order ----------------------------------------------------- */

static enum part part_after(enum part p)
{
	return p == PART_REBINDS ? PART_ACCOUNTS :
	       p == PART_ACCOUNTS ? PART_GIVEN :
	       p == PART_BLOCKED ? PART_COUNT : p + 1;
}

static enum result enter(struct exporter *e, enum part p)
{
	e->part = p;
	if (p >= PART_TAGS && p <= PART_REBINDS)
		return db_again(e->s[p], "i", e->account);
	return R_OK;
}

/* The next line that a part has. R_ABSENT: all is said. */
static enum result next_row(struct exporter *e, struct exchange_line *l)
{
	while (e->part < PART_COUNT) {
		sqlite3_stmt *s = e->s[e->part];
		enum result r = db_step(s);

		if (r == R_ABSENT)
			r = enter(e, part_after(e->part));
		else if (r == R_OK)
			break;
		if (r != R_OK)
			return R_INTERNAL;
	}
	if (e->part == PART_COUNT)
		return R_ABSENT;
	*l = (struct exchange_line){ .word = parts[e->part].word,
				     .uid = e->uid };
	if (parts[e->part].fill(e->s[e->part], l) != R_OK)
		return R_INTERNAL;
	if (e->part == PART_STATEMENTS)
		e->done++;
	if (e->part != PART_ACCOUNTS)
		return R_OK;
	e->account = sqlite3_column_int64(e->s[PART_ACCOUNTS], 0);
	e->uid = l->uid;
	e->done++;
	return enter(e, PART_TAGS);
}

static enum result next_line(struct exporter *e, struct exchange_line *l)
{
	enum result r = R_OK;

	e->lines++;
	if (!e->begun)
		*l = e->first;
	else
		r = next_row(e, l);
	e->begun = true;
	if (r == R_ABSENT) {
		*l = (struct exchange_line){ .word = LINE_END,
					     .lines = e->lines };
		e->ended = true;
		r = R_OK;
	}
	return r;
}

/* -- the calls ----------------------------------------------------- */

static enum reason new_version(struct roster *r, uint64_t *out)
{
	scoped(change_end) struct change c = { 0 };
	int64_t exported, imported, version;
	enum reason why = change_begin(&c, r);

	if (why != REASON_NONE)
		return why;
	if (meta_get(r->db, "export_version", &exported) != R_OK ||
	    meta_get(r->db, "import_floor", &imported) != R_OK)
		return REASON_ROSTER;
	version = exported > imported ? exported : imported;
	/* the next would be refused everywhere */
	refuse_if((uint64_t)version >= EXCHANGE_VERSION_MAX,
		  REASON_ROSTER_FORMAT);
	version++;
	if (meta_set(r->db, "export_version", version) != R_OK)
		return REASON_ROSTER;
	marks_add(&c.marks, "export %lld", (long long)version);
	why = change_commit(&c);
	if (why == REASON_NONE)
		*out = (uint64_t)version;
	return why;
}

static enum result prepare_all(struct exporter *e)
{
	int64_t total;
	enum result r = db_int(e->r->db, &total,
			       e->part == PART_STATEMENTS ?
			       "SELECT count(*) FROM rebind WHERE origin = 1" :
			       "SELECT count(*) FROM account", "");

	e->total = (uint32_t)total;
	for (int p = 0; p < PART_COUNT && r == R_OK; p++)
		r = db_prepare(e->r->db, &e->s[p], parts[p].sql, "");
	return r;
}

static enum reason begin(struct exporter *e, struct roster *r,
			 const struct export_options *o)
{
	bool whole = o->kind == EXCHANGE_ROSTER;
	size_t n = strlen(o->urn);
	enum reason why;

	e->r = r;
	e->part = whole ? PART_GROUPS : PART_STATEMENTS;
	e->first = (struct exchange_line){
		.word = whole ? LINE_ROSTER : LINE_REBINDS,
		.created_day = o->today, .expires = o->expires,
	};
	refuse_if(n == 0 || n >= sizeof(e->first.urn), REASON_NOT_CONFIGURED);
	memcpy(e->first.urn, o->urn, n + 1);
	/* it would be refused everywhere */
	refuse_if(o->expires < o->today, REASON_ROSTER_EXPIRED);
	/* from before an import: not what the others know */
	if (whole)
		why = may_give(r->db);
	else
		why = REASON_NONE;
	if (why == REASON_NONE)
		why = new_version(r, &e->first.version);
	if (why == REASON_NONE && (txn_read(&e->t, r->db) != R_OK ||
				   prepare_all(e) != R_OK))
		why = REASON_ROSTER;
	return why;
}

enum reason export_begin(struct roster *r,
			 const struct export_options *options,
			 struct exporter **out)
{
	struct exporter *e = calloc(1, sizeof(*e));
	enum reason why;

	if (!e)
		return REASON_INTERNAL;
	why = begin(e, r, options);
	if (why == REASON_NONE)
		*out = e;
	else
		export_free(&e);
	return why;
}

enum reason export_next(struct exporter *e, struct sink *out, bool *last)
{
	struct exchange_line l;

	if (out->cap - out->n < EXCHANGE_LINE_MAX)
		return REASON_INTERNAL;
	while (!e->ended && out->cap - out->n >= EXCHANGE_LINE_MAX) {
		if (next_line(e, &l) != R_OK)
			return REASON_ROSTER;
		exchange_line_put(out, &l);
	}
	*last = e->ended;
	return sink_done(out) == R_OK ? REASON_NONE : REASON_INTERNAL;
}

void export_progress(const struct exporter *e, uint32_t *done, uint32_t *total)
{
	*done = e->done;
	*total = e->total;
}

void export_free(struct exporter **e)
{
	if (!*e)
		return;
	for (int p = 0; p < PART_COUNT; p++)
		sqlite3_finalize((*e)->s[p]);
	txn_end(&(*e)->t);
	free(*e);
	*e = NULL;
}
