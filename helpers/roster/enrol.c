/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new account: allocated in the range, or one that exists elsewhere. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/bytes.h"
#include "roster/db.h"
#include "roster/viewfmt.h"

#define RANDOM_CHARACTERS 7	/* 35 bits, checked against all given names */
#define NAME_TRIES 16

/* Whether a query of one argument has a row. */
static enum result any(sqlite3_stmt *s)
{
	enum result r = db_step(s);

	return r == R_OK || r == R_ABSENT ? r : R_INTERNAL;
}

static enum result name_used(sqlite3 *db, const char *name)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;

	if (db_prepare(db, &s, "SELECT 1 FROM account WHERE name = ?", "t",
		       name) != R_OK)
		return R_INTERNAL;
	return any(s);
}

static enum result uid_used(sqlite3 *db, uint32_t uid)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;

	if (db_prepare(db, &s, "SELECT 1 FROM account WHERE uid = ?", "i",
		       (int64_t)uid) != R_OK)
		return R_INTERNAL;
	return any(s);
}

static enum result card_used(sqlite3 *db, const struct roster_card *card)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;

	if (db_prepare(db, &s, "SELECT 1 FROM tag WHERE epoch = ?1 AND"
		       " tag = ?2 UNION ALL SELECT 1 FROM card"
		       " WHERE epoch = ?1 AND card_tag = ?3", "ibb",
		       (int64_t)card->epoch, card->tag,
		       card->card_tag) != R_OK)
		return R_INTERNAL;
	return any(s);
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
		r = name_used(db, out);
		if (r == R_ABSENT)
			return REASON_NONE;
		if (r != R_OK)
			return REASON_ROSTER;
	}
	return REASON_INTERNAL;
}

/* The high-water mark of the range that begins at uid_min. */
static enum result next_uid(sqlite3 *db, const char *key, uint32_t min,
			    uint32_t *out)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r = db_prepare(db, &s, "SELECT value FROM meta"
				   " WHERE key = ?", "t", key);
	int64_t next = min;

	if (r == R_OK)
		r = db_step(s);
	if (r == R_OK && sqlite3_column_int64(s, 0) > next)
		next = sqlite3_column_int64(s, 0);
	if (r != R_OK && r != R_ABSENT)
		return R_INTERNAL;
	*out = next > UINT32_MAX ? UINT32_MAX : (uint32_t)next;
	return R_OK;
}

static enum reason allocate_uid(sqlite3 *db, const struct roster_policy *p,
				uint32_t *out)
{
	char key[32];
	uint32_t uid;

	snprintf(key, sizeof(key), "uid_next/%u", p->uid_min);
	if (next_uid(db, key, p->uid_min, &uid) != R_OK)
		return REASON_ROSTER;
	for (; uid <= p->uid_max && uid < UINT32_MAX; uid++) {
		enum result r = uid_used(db, uid);

		if (r == R_INTERNAL)
			return REASON_ROSTER;
		if (r == R_OK || !view_id_ok(uid))
			continue;
		if (db_run(db, "INSERT INTO meta (key, value) VALUES (?1, ?2)"
			   " ON CONFLICT (key) DO UPDATE SET value = ?2", "ti",
			   key, (int64_t)uid + 1) != R_OK)
			return REASON_ROSTER;
		*out = uid;
		return REASON_NONE;
	}
	return REASON_RANGE_FULL;
}

static enum reason allocate(sqlite3 *db, const struct roster_policy *p,
			    struct roster_account *a)
{
	enum reason why = allocate_name(db, p->name_prefix, a->name);
	int n;

	if (why == REASON_NONE)
		why = allocate_uid(db, p, &a->uid);
	if (why != REASON_NONE)
		return why;
	a->gid = p->gid;
	n = snprintf(a->home, sizeof(a->home), "%s/%s", p->home_dir, a->name);
	memcpy(a->shell, p->shell, sizeof(a->shell));
	return n > 0 && (size_t)n < sizeof(a->home) ? REASON_NONE :
						      REASON_NOT_CONFIGURED;
}

static enum reason bind(sqlite3 *db, const struct roster_policy *p,
			const struct roster_new *in, struct roster_account *a)
{
	enum result name, uid;

	memcpy(a->name, in->name, sizeof(a->name));
	memcpy(a->home, in->home, sizeof(a->home));
	/* passwd(5): an empty shell is the system's default */
	memcpy(a->shell, in->shell[0] ? in->shell : p->shell,
	       sizeof(a->shell));
	a->uid = in->uid;
	a->gid = in->gid;
	name = name_used(db, a->name);
	uid = uid_used(db, a->uid);
	if (name == R_INTERNAL || uid == R_INTERNAL)
		return REASON_ROSTER;
	return name == R_OK || uid == R_OK ? REASON_NAME_TAKEN : REASON_NONE;
}

/* -- the transaction ----------------------------------------------- */

static bool answerable(const struct roster_account *a)
{
	return view_name_ok(span_str(a->name)) && view_id_ok(a->uid) &&
	       view_primary_gid_ok(a->gid) && view_path_ok(span_str(a->home)) &&
	       view_path_ok(span_str(a->shell));
}

static enum result insert(sqlite3 *db, const struct roster_new *in,
			  const struct roster_account *a)
{
	const struct roster_card *c = &in->card;
	enum result r = db_run(db, "INSERT INTO account (name, uid, gid, home,"
		" shell, status, created, expiry, face, code)"
		" VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)", "tiittiiit",
		a->name, (int64_t)a->uid, (int64_t)a->gid, a->home, a->shell,
		(int64_t)a->created, (int64_t)a->expiry, (int64_t)a->face,
		in->code_hash);
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

enum reason roster_enrol(struct roster *r, const struct roster_policy *policy,
			 const struct roster_new *in,
			 struct roster_account *out)
{
	scoped(txn_end) struct txn t = { 0 };
	struct roster_account a = {
		.status = ROSTER_ACTIVE, .created = in->now,
		.expiry = in->expiry, .face = in->face,
		.code = in->code_hash[0] != '\0',
	};
	enum reason why;
	enum result used;

	if (txn_begin(&t, r->db) != R_OK)
		return REASON_ROSTER;
	used = card_used(r->db, &in->card);
	if (used != R_ABSENT)
		return used == R_OK ? REASON_ALREADY_ENROLLED : REASON_ROSTER;
	why = in->name[0] ? bind(r->db, policy, in, &a) :
			    allocate(r->db, policy, &a);
	if (why != REASON_NONE)
		return why;
	if (!answerable(&a))
		return REASON_OUT_OF_RANGE;
	if (insert(r->db, in, &a) != R_OK || txn_commit(&t) != R_OK)
		return REASON_ROSTER;
	*out = a;
	return REASON_NONE;
}
