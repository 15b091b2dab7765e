/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tags of one account: the file's, and those that this machine stated and
 * the file knows nothing of.
 */
#include <string.h>

#include "base/refuse.h"
#include "roster/import.h"

static bool in_file(const struct import_account *a, uint32_t epoch,
		    const void *tag)
{
	for (size_t k = 0; tag && k < a->n_tags; k++)
		if (a->tags[k].epoch == epoch &&
		    memcmp(a->tags[k].tag, tag, TAG_SIZE) == 0)
			return true;
	return false;
}

enum reason import_same_person(struct importer *i, int64_t account)
{
	sqlite3_stmt *s = i->sql[SQL_TAGS];
	bool shared = false;
	enum result r = import_run(i, SQL_TAGS, "i", account);

	for (; r == R_OK; r = import_more(i, SQL_TAGS))
		shared |= in_file(&i->account,
				  (uint32_t)sqlite3_column_int64(s, 0),
				  sqlite3_column_blob(s, 1));
	if (r != R_ABSENT)
		return REASON_ROSTER;
	s = i->sql[SQL_STATEMENTS];
	r = import_run(i, SQL_STATEMENTS, "i", account);
	for (; r == R_OK; r = import_more(i, SQL_STATEMENTS))
		shared |= in_file(&i->account,
				  (uint32_t)sqlite3_column_int64(s, 0),
				  sqlite3_column_blob(s, 1));
	if (r != R_ABSENT)
		return REASON_ROSTER;
	refuse_if(!shared, REASON_ROSTER_CONFLICT);
	return REASON_NONE;
}

static const struct tag_row *tag_of_epoch(const struct tag_row *tags, size_t n,
					  uint32_t epoch)
{
	for (size_t k = 0; k < n; k++)
		if (tags[k].epoch == epoch)
			return &tags[k];
	return NULL;
}

static bool said_in_file(const struct import_account *a,
			 const struct rebind_row *r)
{
	for (size_t k = 0; k < a->n_rebinds; k++)
		if (a->rebinds[k].epoch == r->epoch &&
		    a->rebinds[k].at == r->at &&
		    a->rebinds[k].old_epoch == r->old_epoch &&
		    memcmp(a->rebinds[k].tag, r->tag, TAG_SIZE) == 0)
			return true;
	return false;
}

struct wanted {
	struct tag_row tags[2 * IMPORT_TAGS_MAX];
	size_t n, of_file;
};

static enum result want_tag(struct wanted *w, uint32_t epoch, const void *tag)
{
	size_t k = w->of_file;

	while (k < w->n && w->tags[k].epoch != epoch)
		k++;		/* a later statement takes an earlier's place */
	if (!tag || k == sizeof(w->tags) / sizeof(w->tags[0]))
		return R_INTERNAL;
	w->tags[k].epoch = epoch;
	memcpy(w->tags[k].tag, tag, TAG_SIZE);
	if (k == w->n)
		w->n++;
	return R_OK;
}

/* The file's tags, and what this machine stated that the file knows not. */
static enum result want_tags(struct importer *i, int64_t account,
			     struct wanted *w)
{
	const struct import_account *a = &i->account;
	sqlite3_stmt *s = i->sql[SQL_STATEMENTS];
	struct rebind_row said;
	enum result r;

	for (size_t k = 0; k < a->n_tags; k++)
		if (!import_retired(i, a->tags[k].epoch))
			w->tags[w->n++] = a->tags[k];
	w->of_file = w->n;
	if (!i->any_statements)
		return R_OK;
	r = import_run(i, SQL_STATEMENTS, "i", account);
	for (; r == R_OK; r = import_more(i, SQL_STATEMENTS)) {
		said = (struct rebind_row){
			.old_epoch = (uint32_t)sqlite3_column_int64(s, 0),
			.epoch = (uint32_t)sqlite3_column_int64(s, 2),
			.at = (uint64_t)sqlite3_column_int64(s, 4),
		};
		if (db_blob(s, 3, said.tag, TAG_SIZE) != R_OK)
			return R_INTERNAL;
		if (said_in_file(a, &said) || import_retired(i, said.epoch) ||
		    tag_of_epoch(a->tags, a->n_tags, said.epoch))
			continue;
		if (want_tag(w, said.epoch, said.tag) != R_OK)
			return R_INTERNAL;
	}
	return r == R_ABSENT ? R_OK : R_INTERNAL;
}

/* By none that is wanted can a card be known here: the signer retired an epoch
 * before this machine has the key of the next, and whom the machine knows by
 * the older it would know no more. Whom the file knows by none (a retirement
 * locked them out) goes there as here. */
static bool out_of_reach(const struct importer *i, const struct wanted *w)
{
	for (size_t k = 0; k < w->n; k++)
		if (import_live(i, w->tags[k].epoch))
			return false;
	return i->options.epoch && w->n > 0;
}

/* Those here that are wanted are marked as there; the others go. */
static enum result drop_tags(struct importer *i, int64_t account,
			     const struct wanted *w,
			     bool there[2 * IMPORT_TAGS_MAX], bool *changed)
{
	sqlite3_stmt *s = i->sql[SQL_TAGS];
	uint32_t gone[2 * IMPORT_TAGS_MAX];
	size_t n = 0;
	bool keep = out_of_reach(i, w);
	enum result r = import_run(i, SQL_TAGS, "i", account);

	for (; r == R_OK; r = import_more(i, SQL_TAGS)) {
		uint32_t epoch = (uint32_t)sqlite3_column_int64(s, 0);
		const struct tag_row *t = tag_of_epoch(w->tags, w->n, epoch);
		const void *tag = sqlite3_column_blob(s, 1);

		if (t && tag && memcmp(t->tag, tag, TAG_SIZE) == 0)
			there[t - w->tags] = true;
		else if (keep && import_live(i, epoch))
			continue;
		else if (n < 2 * IMPORT_TAGS_MAX)
			gone[n++] = epoch;
		else
			return R_INTERNAL;
	}
	for (size_t k = 0; k < n && r == R_ABSENT; k++)
		r = import_run(i, SQL_TAG_DROP, "ii", account,
			       (int64_t)gone[k]);
	*changed = *changed || n > 0;
	return r == R_ABSENT ? R_OK : R_INTERNAL;
}

enum reason import_tags(struct importer *i, int64_t account, bool local,
			bool *changed)
{
	bool there[2 * IMPORT_TAGS_MAX] = { false };
	struct wanted w = { .n = 0 };
	enum result r = R_OK;

	if (want_tags(i, account, &w) != R_OK ||
	    (local && drop_tags(i, account, &w, there, changed) != R_OK))
		return REASON_ROSTER;
	i->sum.bound_here += (uint32_t)(w.n - w.of_file);
	i->sum.unknown += i->account.line.status == ROSTER_ACTIVE &&
			  out_of_reach(i, &w);
	for (size_t k = 0; k < w.n; k++) {
		if (there[k])
			continue;
		r = import_run(i, SQL_TAG_ADD, "iib", account,
			       (int64_t)w.tags[k].epoch, w.tags[k].tag);
		/* somebody else has it */
		refuse_if(r == R_DENIED, REASON_ROSTER_CONFLICT);
		if (r != R_ABSENT)
			return REASON_ROSTER;
		*changed = true;
	}
	return REASON_NONE;
}
