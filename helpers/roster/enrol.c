/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new account: allocated in the range, or one that exists elsewhere. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/bytes.h"
#include "base/refuse.h"
#include "roster/db.h"
#include "roster/viewfmt.h"

#define RANDOM_CHARACTERS 7	/* 35 bits, checked against all given names */
#define NAME_TRIES 16
#define UID_KEY_MAX 32

static enum result card_used(sqlite3 *db, const struct roster_card *card)
{
	int64_t one;

	return db_int(db, &one, "SELECT 1 FROM tag WHERE epoch = ?1 AND"
		      " tag = ?2 UNION ALL SELECT 1 FROM card"
		      " WHERE epoch = ?1 AND card_tag = ?3"
		      " UNION ALL SELECT 1 FROM tag WHERE epoch = ?4 AND"
		      " tag = ?5 UNION ALL SELECT 1 FROM card"
		      " WHERE epoch = ?4 AND card_tag = ?6", "ibbibb",
		      (int64_t)card->epoch, card->tag, card->card_tag,
		      (int64_t)card->old_epoch, card->old_tag,
		      card->old_card_tag);
}

/* Blocked, while whose it was is not known any more. */
static enum result card_blocked(sqlite3 *db, const struct roster_card *card)
{
	int64_t one;

	return db_int(db, &one, "SELECT 1 FROM blocked WHERE"
		      " (epoch = ?1 AND card_tag = ?2) OR"
		      " (epoch = ?3 AND card_tag = ?4)", "ibib",
		      (int64_t)card->epoch, card->card_tag,
		      (int64_t)card->old_epoch, card->old_card_tag);
}

static enum reason judge_card(sqlite3 *db, const struct roster_card *card)
{
	enum result used = card_used(db, card);
	enum result blocked = card_blocked(db, card);

	refuse_if(used == R_OK, REASON_ALREADY_ENROLLED);
	refuse_if(blocked == R_OK, REASON_BLOCKED_CARD);
	return used == R_ABSENT && blocked == R_ABSENT ? REASON_NONE :
							 REASON_ROSTER;
}

/* -- allocation ---------------------------------------------------- */

/* prefix and random base32 (RFC 4648, lower case): says nothing of the person,
 * nor of the order in which people came. */
static enum result random_name(const char *prefix, char out[NAME_MAX_LEN])
{
	static const char digit[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t bytes[RANDOM_CHARACTERS];
	size_t n = strlen(prefix);

	if (n + RANDOM_CHARACTERS >= NAME_MAX_LEN ||
	    getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return R_INTERNAL;
	memcpy(out, prefix, n);
	for (size_t i = 0; i < RANDOM_CHARACTERS; i++)
		out[n + i] = digit[bytes[i] & 31];
	out[n + RANDOM_CHARACTERS] = '\0';
	return view_name_ok(span_str(out)) ? R_OK : R_MALFORMED;
}

static enum reason allocate_name(sqlite3 *db, const char *prefix,
				 char out[NAME_MAX_LEN])
{
	for (int i = 0; i < NAME_TRIES; i++) {
		enum result r = random_name(prefix, out);

		if (r != R_OK)
			return r == R_MALFORMED ? REASON_NOT_CONFIGURED :
						  REASON_INTERNAL;
		r = name_given(db, out);
		if (r == R_ABSENT)
			return REASON_NONE;
		if (r != R_OK)
			return REASON_ROSTER;
	}
	return REASON_INTERNAL;
}

/* The high-water mark of the range that begins at uid_min. */
static void uid_key(const struct roster_policy *p, char key[UID_KEY_MAX])
{
	snprintf(key, UID_KEY_MAX, "uid_next/%u", p->uid_min);
}

/* The first from `from` on that was never given: the end of a run of used
 * ones, which an import can have made long. */
static enum result first_free(sqlite3 *db, int64_t from, int64_t *out)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r = db_prepare(db, &s, "SELECT uid FROM account"
				   " WHERE uid >= ?1 UNION SELECT uid FROM"
				   " given WHERE uid >= ?1 ORDER BY uid", "i",
				   from);

	while (r == R_OK && (r = db_step(s)) == R_OK &&
	       sqlite3_column_int64(s, 0) == from)
		from++;
	*out = from;
	return r == R_ABSENT ? R_OK : r;
}

static enum reason allocate_uid(sqlite3 *db, const struct roster_policy *p,
				uint32_t after, uint32_t *out)
{
	char key[UID_KEY_MAX];
	int64_t uid;

	uid_key(p, key);
	if (meta_get(db, key, &uid) != R_OK)
		return REASON_ROSTER;
	if (after)
		uid = (int64_t)after + 1;
	if (uid < p->uid_min)
		uid = p->uid_min;
	for (;; uid++) {
		if (first_free(db, uid, &uid) != R_OK)
			return REASON_ROSTER;
		/* 65534 and 65535 are nobody's */
		if (uid > p->uid_max || view_id_ok((uint32_t)uid))
			break;
	}
	refuse_if(uid > p->uid_max, REASON_RANGE_FULL);
	*out = (uint32_t)uid;
	return REASON_NONE;
}

/* gid, home and shell, by the policy, of a name and uid. */
static enum reason by_policy(const struct roster_policy *p,
			     struct roster_account *a)
{
	int n = snprintf(a->home, sizeof(a->home), "%s/%s", p->home_dir,
			 a->name);

	a->gid = p->gid;
	memcpy(a->shell, p->shell, sizeof(a->shell));
	return n > 0 && (size_t)n < sizeof(a->home) ? REASON_NONE :
						      REASON_NOT_CONFIGURED;
}

static enum reason allocate(sqlite3 *db, const struct roster_policy *p,
			    uint32_t after, struct roster_account *a)
{
	enum reason why = may_give(db);

	if (why == REASON_NONE)
		why = allocate_name(db, p->name_prefix, a->name);
	if (why == REASON_NONE)
		why = allocate_uid(db, p, after, &a->uid);
	return why == REASON_NONE ? by_policy(p, a) : why;
}

enum reason roster_propose(struct roster *r, const struct roster_policy *policy,
			   uint32_t after, struct roster_account *out)
{
	scoped(txn_end) struct txn t = { 0 };
	struct roster_account a = { .status = ROSTER_ACTIVE };
	enum reason why;

	if (txn_read(&t, r->db) != R_OK)
		return REASON_ROSTER;
	why = allocate(r->db, policy, after, &a);
	if (why == REASON_NONE)
		*out = a;
	return why;
}

/* -- one that is named --------------------------------------------- */

static enum reason still_free(sqlite3 *db, const struct roster_account *a)
{
	enum result name = name_given(db, a->name);
	enum result uid = uid_given(db, a->uid);

	refuse_if(name == R_OK, REASON_NAME_TAKEN);
	refuse_if(uid == R_OK, REASON_NAME_TAKEN);
	return name == R_ABSENT && uid == R_ABSENT ? may_give(db) :
						     REASON_ROSTER;
}

static enum reason take_named(sqlite3 *db, const struct roster_policy *p,
			      const struct roster_new *in,
			      struct roster_account *a)
{
	memcpy(a->name, in->name, sizeof(a->name));
	a->uid = in->uid;
	if (in->proposed) {
		refuse_if(a->uid < p->uid_min || a->uid > p->uid_max,
			  REASON_OUT_OF_RANGE);
		enum reason why = by_policy(p, a);

		return why == REASON_NONE ? still_free(db, a) : why;
	}
	memcpy(a->home, in->home, sizeof(a->home));
	/* passwd(5): an empty shell is the system's default */
	memcpy(a->shell, in->shell[0] ? in->shell : p->shell,
	       sizeof(a->shell));
	a->gid = in->gid;
	return still_free(db, a);
}

/* -- the transaction ----------------------------------------------- */

static enum result insert(sqlite3 *db, const struct roster_new *in,
			  const struct roster_account *a)
{
	const struct roster_card *c = &in->card;
	enum result r = db_run(db, "INSERT INTO account (name, uid, gid, home,"
		" shell, status, created, expiry, face, code, code_since)"
		" VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)", "tiittiiiti",
		a->name, (int64_t)a->uid, (int64_t)a->gid, a->home, a->shell,
		(int64_t)a->created, (int64_t)a->expiry, (int64_t)a->face,
		in->code_hash, (int64_t)(in->code_hash[0] ? in->now : 0));
	int64_t id = sqlite3_last_insert_rowid(db);

	if (r == R_OK)
		r = db_run(db, "INSERT INTO tag (epoch, tag, account)"
			   " VALUES (?, ?, ?)", "ibi", (int64_t)c->epoch,
			   c->tag, id);
	if (r == R_OK)
		r = db_run(db, "INSERT INTO card (epoch, card_tag, account,"
			   " state, expiry, since) VALUES (?, ?, ?, 1, ?, ?)",
			   "ibiii", (int64_t)c->epoch, c->card_tag, id,
			   (int64_t)c->expiry, (int64_t)in->now);
	return r;
}

/* An account of the range raises its mark. */
static enum result raise_mark(sqlite3 *db, const struct roster_policy *p,
			      const struct roster_new *in, uint32_t uid)
{
	char key[UID_KEY_MAX];
	int64_t next;

	if (in->name[0] && !in->proposed)
		return R_OK;
	uid_key(p, key);
	if (meta_get(db, key, &next) != R_OK)
		return R_INTERNAL;
	return next > uid ? R_OK : meta_set(db, key, (int64_t)uid + 1);
}

enum reason roster_enrol(struct roster *r, const struct roster_policy *policy,
			 const struct roster_new *in,
			 struct roster_account *out)
{
	scoped(change_end) struct change c = { 0 };
	struct roster_account a = {
		.status = ROSTER_ACTIVE, .created = in->now,
		.expiry = in->expiry, .face = in->face,
		.code = in->code_hash[0] != '\0',
	};
	enum reason why = change_begin(&c, r);

	if (why == REASON_NONE)
		why = judge_card(r->db, &in->card);
	if (why == REASON_NONE)
		why = in->name[0] ? take_named(r->db, policy, in, &a) :
				    allocate(r->db, policy, 0, &a);
	if (why != REASON_NONE)
		return why;
	refuse_if(!account_answerable(&a), REASON_OUT_OF_RANGE);
	if (insert(r->db, in, &a) != R_OK ||
	    raise_mark(r->db, policy, in, a.uid) != R_OK)
		return REASON_ROSTER;
	marks_add(&c.marks, "uid %u %s", a.uid, a.name);
	why = change_commit(&c);
	if (why == REASON_NONE)
		*out = a;
	return why;
}
