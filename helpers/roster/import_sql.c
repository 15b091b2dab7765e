/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "roster/import.h"

static const char *const sql[SQL_COUNT] = {
	[SQL_ACCOUNT] =
		"SELECT id, name, gid, home, shell, status, created, expiry,"
		" face, code, code_since, floor, origin, revoked_here"
		" FROM account WHERE uid = ?",
	[SQL_NAME_OWNER] = "SELECT uid FROM account WHERE name = ?",
	[SQL_GIVEN_NAME] = "SELECT uid FROM given WHERE name = ?",
	[SQL_GIVEN_UID] =
		"SELECT max(name = ?2) FROM given WHERE uid = ?1 HAVING"
		" count(*) > 0",
	[SQL_REVOKED] = "SELECT 1 FROM revoked WHERE uid = ?",
	[SQL_ACCOUNT_ADD] =
		"INSERT INTO account (uid, name, gid, home, shell, status,"
		" created, expiry, face, code, code_since, floor, origin,"
		" revoked_here)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 2, ?)",
	[SQL_ACCOUNT_SET] =
		"UPDATE account SET name = ?2, gid = ?3, home = ?4,"
		" shell = ?5, status = ?6, created = ?7, expiry = ?8,"
		" face = ?9, code = ?10, code_since = ?11, floor = ?12,"
		" origin = 2 WHERE uid = ?1",
	[SQL_GIVEN_ADD] =
		"INSERT OR IGNORE INTO given (name, uid) VALUES (?, ?)",
	[SQL_TAGS] = "SELECT epoch, tag FROM tag WHERE account = ?",
	[SQL_TAG_ADD] =
		"INSERT INTO tag (account, epoch, tag) VALUES (?, ?, ?)",
	[SQL_TAG_DROP] = "DELETE FROM tag WHERE account = ? AND epoch = ?",
	[SQL_TAG_OWNER] = "SELECT account FROM tag WHERE epoch = ? AND tag = ?",
	[SQL_STATEMENTS] =
		"SELECT old_epoch, old_tag, epoch, tag, at FROM rebind"
		" WHERE account = ? AND origin = 1 ORDER BY id",
	[SQL_CARDS] =
		"SELECT epoch, card_tag, state, expiry, since FROM card"
		" WHERE account = ?",
	[SQL_CARD_ADD] =
		"INSERT INTO card (account, epoch, card_tag, state, expiry,"
		" since) VALUES (?, ?, ?, ?, ?, ?)",
	[SQL_CARD_BLOCK] =
		"UPDATE card SET state = 2, since = ?3"
		" WHERE epoch = ?1 AND card_tag = ?2 AND state = 1",
	[SQL_BLOCKED] =
		"SELECT 1 FROM blocked WHERE epoch = ? AND card_tag = ?",
	[SQL_MEMBERS] =
		"SELECT member.gid, origin FROM member JOIN sector_group"
		" ON sector_group.gid = member.gid WHERE account = ?",
	[SQL_MEMBER_ADD] = "INSERT INTO member (account, gid) VALUES (?, ?)",
	[SQL_MEMBER_DROP] = "DELETE FROM member WHERE account = ? AND gid = ?",
	[SQL_REBIND_ADD] =
		"INSERT OR IGNORE INTO rebind (account, old_epoch, old_tag,"
		" epoch, tag, at, origin) VALUES (?, ?, ?, ?, ?, ?, 2)",
	[SQL_SAY] = "INSERT INTO temp.said (text) VALUES (?)",
	[SQL_UNPROVEN_ADD] =
		"INSERT INTO temp.unproven (uid, line) VALUES (?, ?)",
	[SQL_UNPROVEN_DROP] = "DELETE FROM temp.unproven WHERE uid = ?",
};

static enum result exists(sqlite3 *db, const char *query, bool *out)
{
	int64_t n = 0;
	enum result r = db_int(db, &n, query, "");

	*out = n != 0;
	return r;
}

static enum result read_retired(struct importer *i)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	enum result r = db_prepare(i->change.r->db, &s,
				   "SELECT epoch FROM retired"
				   " ORDER BY epoch DESC LIMIT 32", "");

	while (r == R_OK && (r = db_step(s)) == R_OK)
		i->retired[i->n_retired++] =
			(uint32_t)sqlite3_column_int64(s, 0);
	return r == R_ABSENT ? R_OK : r;
}

enum result import_prepare(struct importer *i)
{
	sqlite3 *db = i->change.r->db;
	enum result r = db_run(db, "CREATE TEMP TABLE IF NOT EXISTS said"
			       " (id INTEGER PRIMARY KEY, text TEXT)", "");

	if (r == R_OK)
		r = db_run(db, "DELETE FROM temp.said", "");
	if (r == R_OK)
		r = db_run(db, "CREATE TEMP TABLE IF NOT EXISTS unproven"
			   " (uid INTEGER PRIMARY KEY, line INTEGER)", "");
	if (r == R_OK)
		r = db_run(db, "DELETE FROM temp.unproven", "");
	for (int k = 0; k < SQL_COUNT && r == R_OK; k++)
		r = db_prepare(db, &i->sql[k], sql[k], "");
	if (r == R_OK)
		r = exists(db, "SELECT EXISTS (SELECT 1 FROM given)",
			   &i->any_given);
	if (r == R_OK)
		r = exists(db, "SELECT EXISTS (SELECT 1 FROM blocked)",
			   &i->any_blocked);
	if (r == R_OK)
		r = exists(db, "SELECT EXISTS (SELECT 1 FROM revoked)",
			   &i->any_revoked);
	if (r == R_OK)
		r = exists(db, "SELECT EXISTS (SELECT 1 FROM rebind"
			   " WHERE origin = 1)", &i->any_statements);
	return r == R_OK ? read_retired(i) : r;
}

void import_finalize(struct importer *i)
{
	for (int k = 0; k < SQL_COUNT; k++)
		db_finalize(&i->sql[k]);
}

static enum result bind_list(sqlite3_stmt *s, const char *args, va_list *ap)
{
	for (int k = 0; args[k]; k++) {
		int rc = SQLITE_MISUSE;

		/* what is bound lives until the statement has run */
		if (args[k] == 'i')
			rc = sqlite3_bind_int64(s, k + 1,
						va_arg(*ap, int64_t));
		else if (args[k] == 't')
			rc = sqlite3_bind_text(s, k + 1,
					       va_arg(*ap, const char *), -1,
					       SQLITE_STATIC);
		else if (args[k] == 'b')
			rc = sqlite3_bind_blob(s, k + 1,
					       va_arg(*ap, const uint8_t *),
					       TAG_SIZE, SQLITE_STATIC);
		if (rc != SQLITE_OK)
			return R_INTERNAL;
	}
	return R_OK;
}

enum result import_more(struct importer *i, enum import_sql which)
{
	enum result r = db_step(i->sql[which]);

	/* nothing stays open that a commit would meet */
	if (r != R_OK)
		sqlite3_reset(i->sql[which]);
	return r;
}

enum result import_run(struct importer *i, enum import_sql which,
		       const char *args, ...)
{
	sqlite3_stmt *s = i->sql[which];
	enum result r;
	va_list ap;

	sqlite3_reset(s);
	va_start(ap, args);
	r = bind_list(s, args, &ap);
	va_end(ap);
	return r == R_OK ? import_more(i, which) : r;
}

/* -- marks --------------------------------------------------------- */

enum result import_say(struct importer *i, const char *format, ...)
{
	char text[MARKS_LINE_MAX];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		return R_INTERNAL;
	return import_run(i, SQL_SAY, "t", text) == R_ABSENT ? R_OK :
							       R_INTERNAL;
}

enum result import_say_block(struct importer *i, uint32_t uid,
			     const struct card_row *c)
{
	char hex[2 * TAG_SIZE + 1];

	hex_encode(span_of(c->tag, TAG_SIZE), hex);
	return import_say(i, "block %u %u %s %u", uid, c->epoch, hex,
			  c->expiry);
}

/* -- what was met -------------------------------------------------- */

bool import_retired(const struct importer *i, uint32_t epoch)
{
	for (size_t k = 0; k < i->n_retired; k++)
		if (i->retired[k] == epoch)
			return true;
	return false;
}

bool import_live(const struct importer *i, uint32_t epoch)
{
	return epoch && (epoch == i->options.epoch ||
			 epoch == i->options.old_epoch);
}

bool import_was_seen(const struct importer *i, int64_t account)
{
	size_t byte = (size_t)account / 8;

	return byte < i->seen_bytes && i->seen[byte] & 1 << account % 8;
}

enum result import_seen(struct importer *i, int64_t account)
{
	size_t byte = (size_t)account / 8;

	/* ids are given one after the other: as many bits as accounts */
	if (account < 0 || account > INT32_MAX)
		return R_INTERNAL;
	if (byte >= i->seen_bytes) {
		size_t n = 2 * byte + 1024;
		uint8_t *p = realloc(i->seen, n);

		if (!p)
			return R_INTERNAL;
		memset(p + i->seen_bytes, 0, n - i->seen_bytes);
		i->seen = p;
		i->seen_bytes = n;
	}
	i->seen[byte] |= (uint8_t)(1 << account % 8);
	return R_OK;
}
