/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A roster file, line by line, in one transaction.
 *
 * MUST: a line that is malformed or out of place ends the import, and nothing
 * was changed. MUST: what the import takes away is among the marks, on disk,
 * before it commits.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/refuse.h"
#include "roster/import.h"

#define CACHE_KIB "-65536"	/* of pages: random tags touch all of them */
#define CACHE_USUAL "-2000"

static void pragma(sqlite3 *db, const char *text)
{
	/* of speed alone */
	sqlite3_exec(db, text, NULL, NULL, NULL);
}

static enum reason begin(struct importer *i, struct roster *r,
			 const struct import_options *o)
{
	size_t n = strlen(o->urn);
	enum reason why;

	refuse_if(n == 0 || n >= sizeof(i->urn), REASON_NOT_CONFIGURED);
	memcpy(i->urn, o->urn, n + 1);
	i->options = *o;
	i->options.urn = i->urn;
	/* on its own: others open the roster while this goes on, and must find
	 * it level with its marks */
	why = marks_open(r);
	if (why == REASON_NONE)
		why = change_begin(&i->change, r);
	if (why != REASON_NONE)
		return why;
	pragma(r->db, "PRAGMA cache_size = " CACHE_KIB);
	if (o->kind == EXCHANGE_ROSTER &&
	    schema_shown_aside(r->db) != R_OK)
		return REASON_ROSTER;
	return import_prepare(i) == R_OK ? REASON_NONE : REASON_ROSTER;
}

enum reason import_begin(struct roster *r,
			 const struct import_options *options,
			 struct importer **out)
{
	struct importer *i = calloc(1, sizeof(*i));
	enum reason why;

	if (!i)
		return REASON_INTERNAL;
	why = begin(i, r, options);
	if (why == REASON_NONE)
		*out = i;
	else
		import_free(&i);
	return why;
}

void import_free(struct importer **i)
{
	sqlite3 *db = (*i && (*i)->change.r) ? (*i)->change.r->db : NULL;

	if (!*i)
		return;
	import_finalize(*i);
	change_end(&(*i)->change);
	if (db) {
		pragma(db, "DELETE FROM temp.said");
		pragma(db, "DELETE FROM temp.unproven");
		pragma(db, "PRAGMA cache_size = " CACHE_USUAL);
		pragma(db, "PRAGMA shrink_memory");
	}
	free((*i)->gids);
	free((*i)->seen);
	free(*i);
	*i = NULL;
}

/* -- lines --------------------------------------------------------- */

/* What may follow what. Lines about an account follow its own, and each kind
 * of them the one before it. */
static bool in_order(const struct importer *i, enum exchange_word next)
{
	enum exchange_word at = i->at;

	if (at == LINE_END)
		return false;
	if (i->options.kind == EXCHANGE_REBINDS)
		return at == 0 ? next == LINE_REBINDS :
				 next == LINE_REBIND || next == LINE_END;
	if (at == 0 || next == LINE_ROSTER)
		return at == 0 && next == LINE_ROSTER;
	switch (next) {
	case LINE_GROUP:
		return at <= LINE_GROUP;
	case LINE_ACCOUNT:
		return at <= LINE_REBIND;
	case LINE_TAG:
	case LINE_CARD:
	case LINE_MEMBER:
	case LINE_REBIND:
		return at >= LINE_ACCOUNT && at <= next;
	case LINE_GIVEN:
	case LINE_BLOCKED:
	case LINE_END:
		return at <= next;
	case LINE_ROSTER:
	case LINE_REBINDS:
		break;
	}
	return false;
}

static uint32_t day_after(uint32_t day)
{
	struct tm tm = {
		.tm_year = (int)(day / 10000) - 1900,
		.tm_mon = (int)(day / 100 % 100) - 1,
		.tm_mday = (int)(day % 100) + 1,
	};

	if (timegm(&tm) == -1)
		return day;
	return (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 +
			  tm.tm_mday);
}

static enum reason take_first(struct importer *i, const struct exchange_line *l)
{
	sqlite3 *db = i->change.r->db;
	int64_t has, least;

	refuse_if(strcmp(l->urn, i->urn) != 0, REASON_ROSTER_SECTOR);
	/* with a clock that far behind nothing ever expires; a day is for who
	 * signs where it is tomorrow, or with a clock that is a little ahead */
	refuse_if(l->created_day > day_after(i->options.today),
		  REASON_ROSTER_CLOCK);
	refuse_if(l->expires < i->options.today, REASON_ROSTER_EXPIRED);
	i->sum.version = l->version;
	if (l->word == LINE_REBINDS)
		return REASON_NONE;	/* each machine counts its own */
	if (meta_get(db, "import_version", &has) != R_OK ||
	    meta_get(db, "import_floor", &least) != R_OK)
		return REASON_ROSTER;
	refuse_if(l->version <= (uint64_t)has, REASON_ROSTER_OLD);
	refuse_if(l->version < (uint64_t)least, REASON_ROSTER_OLD);
	return REASON_NONE;
}

static enum reason take_group(struct importer *i, const struct exchange_line *l)
{
	refuse_if(i->n_gids && l->gid <= i->gids[i->n_gids - 1],
		  REASON_ROSTER_FORMAT);
	if (i->n_gids == i->cap_gids) {
		size_t cap = i->cap_gids ? 2 * i->cap_gids : 64;
		void *p = reallocarray(i->gids, cap, sizeof(*i->gids));

		if (!p)
			return REASON_INTERNAL;
		i->gids = p;
		i->cap_gids = cap;
	}
	i->gids[i->n_gids++] = l->gid;
	return import_group(i, l);
}

static enum reason settle(struct importer *i)
{
	enum reason why = i->waiting ? import_settle(i) : REASON_NONE;

	/* it is that account's line which is refused, not the next */
	if (why != REASON_NONE)
		i->line = i->account.number;
	return why;
}

static enum reason take_account(struct importer *i,
				const struct exchange_line *l)
{
	struct import_account *a = &i->account;
	uint32_t before = a->line.uid;
	enum reason why = settle(i);

	if (why != REASON_NONE)
		return why;
	refuse_if(l->uid <= before, REASON_ROSTER_FORMAT);
	a->line = *l;
	a->number = i->line;
	a->n_tags = a->n_cards = a->n_gids = a->n_rebinds = 0;
	i->waiting = true;
	i->sum.accounts++;
	return REASON_NONE;
}

static enum reason take_tag(struct importer *i, const struct exchange_line *l)
{
	struct import_account *a = &i->account;
	struct tag_row *t = &a->tags[a->n_tags];

	refuse_if(a->n_tags == IMPORT_TAGS_MAX, REASON_ROSTER_FORMAT);
	refuse_if(a->n_tags && l->epoch <= t[-1].epoch, REASON_ROSTER_FORMAT);
	t->epoch = l->epoch;
	memcpy(t->tag, l->tag, TAG_SIZE);
	a->n_tags++;
	return REASON_NONE;
}

static bool card_follows(const struct card_row *before,
			 const struct exchange_line *l)
{
	return l->epoch != before->epoch ? l->epoch > before->epoch :
	       memcmp(l->tag, before->tag, TAG_SIZE) > 0;
}

static enum reason take_card(struct importer *i, const struct exchange_line *l)
{
	struct import_account *a = &i->account;
	struct card_row *c = &a->cards[a->n_cards];

	refuse_if(a->n_cards == IMPORT_CARDS_MAX, REASON_ROSTER_FORMAT);
	refuse_if(a->n_cards && !card_follows(c - 1, l), REASON_ROSTER_FORMAT);
	*c = (struct card_row){ .epoch = l->epoch, .expiry = l->expiry,
				.state = l->state, .since = l->since };
	memcpy(c->tag, l->tag, TAG_SIZE);
	a->n_cards++;
	return REASON_NONE;
}

static int by_gid(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static enum reason take_member(struct importer *i,
			       const struct exchange_line *l)
{
	struct import_account *a = &i->account;

	refuse_if(a->n_gids == ROSTER_GROUPS_MAX, REASON_ROSTER_FORMAT);
	refuse_if(a->n_gids && l->gid <= a->gids[a->n_gids - 1],
		  REASON_ROSTER_FORMAT);
	/* of a group that the file has */
	refuse_if(!i->n_gids || !bsearch(&l->gid, i->gids, i->n_gids,
					 sizeof(*i->gids), by_gid),
		  REASON_ROSTER_FORMAT);
	a->gids[a->n_gids++] = l->gid;
	return REASON_NONE;
}

static enum reason take_rebind(struct importer *i,
			       const struct exchange_line *l)
{
	struct import_account *a = &i->account;
	struct rebind_row *r = &a->rebinds[a->n_rebinds];

	if (i->options.kind == EXCHANGE_REBINDS)
		return import_statement(i, l);
	refuse_if(a->n_rebinds == IMPORT_REBINDS_MAX, REASON_ROSTER_FORMAT);
	*r = (struct rebind_row){ .old_epoch = l->old_epoch, .at = l->since,
				  .epoch = l->epoch,
				  .has_old_tag = l->has_old_tag };
	memcpy(r->old_tag, l->old_tag, TAG_SIZE);
	memcpy(r->tag, l->tag, TAG_SIZE);
	a->n_rebinds++;
	return REASON_NONE;
}

static enum reason take_given(struct importer *i, const struct exchange_line *l)
{
	enum reason why = settle(i);

	if (why != REASON_NONE)
		return why;
	refuse_if(strcmp(l->name, i->last_name) <= 0, REASON_ROSTER_FORMAT);
	memcpy(i->last_name, l->name, sizeof(i->last_name));
	return import_given(i, l);
}

static enum reason take_line(struct importer *i, const struct exchange_line *l)
{
	enum reason why;

	switch (l->word) {
	case LINE_ROSTER:
	case LINE_REBINDS:
		return take_first(i, l);
	case LINE_GROUP:
		return take_group(i, l);
	case LINE_ACCOUNT:
		return take_account(i, l);
	case LINE_TAG:
		return take_tag(i, l);
	case LINE_CARD:
		return take_card(i, l);
	case LINE_MEMBER:
		return take_member(i, l);
	case LINE_REBIND:
		return take_rebind(i, l);
	case LINE_GIVEN:
		return take_given(i, l);
	case LINE_BLOCKED:
		why = settle(i);
		return why == REASON_NONE ? import_blocked(i, l) : why;
	case LINE_END:
		refuse_if(l->lines != i->line, REASON_ROSTER_FORMAT);
		why = settle(i);
		return why == REASON_NONE ? import_open_ends(i) : why;
	}
	return REASON_ROSTER_FORMAT;
}

static enum reason one_line(struct importer *i, struct span text)
{
	struct exchange_line l;
	enum reason why;

	refuse_if(exchange_line_get(text, &l) != R_OK || !in_order(i, l.word),
		  REASON_ROSTER_FORMAT);
	/* about the account before it */
	refuse_if(i->options.kind == EXCHANGE_ROSTER &&
		  l.word > LINE_ACCOUNT && l.word <= LINE_REBIND &&
		  l.uid != i->account.line.uid, REASON_ROSTER_FORMAT);
	why = take_line(i, &l);
	i->at = l.word;
	return why;
}

enum reason import_lines(struct importer *i, struct span lines, uint64_t *line)
{
	enum reason why = i->failed ? REASON_INTERNAL : REASON_NONE;

	while (why == REASON_NONE && lines.n > 0) {
		const uint8_t *end = memchr(lines.p, '\n', lines.n);
		struct span text, newline;

		i->line++;
		if (refused(!end)) {
			why = REASON_ROSTER_FORMAT;
			break;
		}
		if (span_take(&lines, (size_t)(end - lines.p), &text) !=
		    R_OK || span_take(&lines, 1, &newline) != R_OK)
			why = REASON_INTERNAL;
		else
			why = one_line(i, text);
	}
	if (why != REASON_NONE) {
		i->failed = true;
		*line = i->line;
	}
	return why;
}

/* -- the end ------------------------------------------------------- */

/* Accounts that files had, and this one has not. */
static enum reason revoke_missing(struct importer *i)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	sqlite3 *db = i->change.r->db;
	enum result r = db_prepare(db, &s, "SELECT id, uid, name FROM"
				   " account WHERE origin = 2 AND status = 1"
				   " ORDER BY id", "");

	while (r == R_OK && (r = db_step(s)) == R_OK) {
		int64_t id = sqlite3_column_int64(s, 0);
		uint32_t uid = (uint32_t)sqlite3_column_int64(s, 1);
		char name[NAME_MAX_LEN];

		if (import_was_seen(i, id))
			continue;
		if (db_text(s, 2, name, sizeof(name)) != R_OK)
			return REASON_ROSTER;
		refuse_if(!i->options.revoke_missing, REASON_ROSTER_MISSING);
		i->sum.revoked++;
		if (db_run(db, "UPDATE account SET status = 2 WHERE id = ?",
			   "i", id) != R_OK ||
		    /* no later file keeps its name and uid back */
		    import_say(i, "uid %u %s", uid, name) != R_OK ||
		    import_say(i, "out %u", uid) != R_OK)
			return REASON_ROSTER;
	}
	return r == R_ABSENT ? REASON_NONE : REASON_ROSTER;
}

static enum reason write_marks(struct importer *i)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	struct change *c = &i->change;
	char text[MARKS_LINE_MAX];
	enum reason why = REASON_NONE;
	enum result r = db_prepare(c->r->db, &s, "SELECT text FROM temp.said"
				   " ORDER BY id", "");

	while (r == R_OK && (r = db_step(s)) == R_OK && why == REASON_NONE) {
		if (db_text(s, 0, text, sizeof(text)) != R_OK)
			return REASON_ROSTER;
		marks_add(&c->marks, "%s", text);
		if (c->marks.out.cap - c->marks.out.n < MARKS_LINE_MAX)
			why = marks_write(c->r, &c->marks);
	}
	if (why == REASON_NONE && r != R_ABSENT)
		why = REASON_ROSTER;
	return why;
}

static enum reason judge_whole(struct importer *i)
{
	sqlite3 *db = i->change.r->db;
	int64_t local = 0, least;
	enum reason why = revoke_missing(i);

	if (why != REASON_NONE)
		return why;
	if (db_int(db, &local, "SELECT count(*) FROM account WHERE origin = 1",
		   "") != R_OK || meta_get(db, "import_floor", &least) != R_OK)
		return REASON_ROSTER;
	i->sum.local = (uint32_t)local;
	if (schema_shown_back(db) != R_OK ||
	    meta_set(db, "import_version", (int64_t)i->sum.version) != R_OK ||
	    ((int64_t)i->sum.version > least &&
	     meta_set(db, "import_floor", (int64_t)i->sum.version) != R_OK))
		return REASON_ROSTER;
	why = write_marks(i);
	if (why == REASON_NONE)
		marks_add(&i->change.marks, "import %llu",
			  (unsigned long long)i->sum.version);
	return why;
}

enum reason import_end(struct importer *i, struct import_summary *out)
{
	enum reason why;

	refuse_if(i->failed || i->at != LINE_END, REASON_ROSTER_FORMAT);
	i->failed = true;		/* nothing may follow */
	why = i->options.kind == EXCHANGE_ROSTER ? judge_whole(i) :
						   write_marks(i);
	import_finalize(i);
	if (why == REASON_NONE)
		why = change_commit(&i->change);
	if (why == REASON_NONE)
		*out = i->sum;
	return why;
}
