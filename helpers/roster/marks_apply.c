/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What marks do to a database that is older than they are, and what a
 * database says when its marks are lost. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "roster/db.h"

#define CHUNK 8192

/* -- one mark ------------------------------------------------------ */

static enum result apply_uid(sqlite3 *db, const struct mark *m)
{
	/* an account's own name is kept back by the account */
	return db_run(db, "INSERT OR IGNORE INTO given (name, uid)"
		      " SELECT ?1, ?2 WHERE NOT EXISTS"
		      " (SELECT 1 FROM account WHERE name = ?1)", "ti",
		      m->name, (int64_t)m->uid);
}

static enum result block_unknown(sqlite3 *db, const struct mark *m)
{
	enum result r;
	int64_t account, one;

	r = db_int(db, &one, "SELECT 1 FROM retired WHERE epoch = ?", "i",
		   (int64_t)m->epoch);
	if (r == R_OK)
		return db_run(db, "UPDATE account SET floor = max(floor, ?)"
			      " WHERE uid = ?", "ii", (int64_t)m->expiry,
			      (int64_t)m->uid);
	if (r != R_ABSENT)
		return R_INTERNAL;
	r = db_int(db, &account, "SELECT id FROM account WHERE uid = ?", "i",
		   (int64_t)m->uid);
	if (r == R_OK)
		return db_run(db, "INSERT INTO card (epoch, card_tag, account,"
			      " state, expiry, since)"
			      " VALUES (?, ?, ?, 2, ?, unixepoch())", "ibii",
			      (int64_t)m->epoch, m->card_tag, account,
			      (int64_t)m->expiry);
	return r != R_ABSENT ? R_INTERNAL :
	       db_run(db, "INSERT OR IGNORE INTO blocked (epoch, card_tag,"
		      " uid, expiry) VALUES (?, ?, ?, ?)", "ibii",
		      (int64_t)m->epoch, m->card_tag, (int64_t)m->uid,
		      (int64_t)m->expiry);
}

static enum result apply_block(sqlite3 *db, const struct mark *m)
{
	if (db_run(db, "UPDATE card SET state = 2, since = unixepoch()"
		   " WHERE epoch = ? AND card_tag = ? AND state = 1", "ib",
		   (int64_t)m->epoch, m->card_tag) != R_OK)
		return R_INTERNAL;
	if (db_changes(db) == 1)
		return R_OK;
	int64_t one;
	enum result r = db_int(db, &one, "SELECT 1 FROM card WHERE epoch = ?"
			       " AND card_tag = ?", "ib", (int64_t)m->epoch,
			       m->card_tag);

	return r == R_ABSENT ? block_unknown(db, m) : r;
}

/* Revocations wait for the end, so that one that was taken back is none. */
static enum result apply_status(sqlite3 *db, const struct mark *m)
{
	if (m->word == MARK_RESTORE)
		return db_run(db, "DELETE FROM temp.out WHERE uid = ?", "i",
			      (int64_t)m->uid);
	return db_run(db, "INSERT OR IGNORE INTO temp.out (uid, here)"
		      " VALUES (?, ?)", "ii", (int64_t)m->uid,
		      (int64_t)(m->word == MARK_REVOKE));
}

static enum result raise_version(sqlite3 *db, const char *key, uint64_t to)
{
	int64_t now;

	if (meta_get(db, key, &now) != R_OK)
		return R_INTERNAL;
	return now >= (int64_t)to ? R_OK : meta_set(db, key, (int64_t)to);
}

static enum result apply(sqlite3 *db, const struct mark *m)
{
	switch (m->word) {
	case MARK_UID:
		return apply_uid(db, m);
	case MARK_BLOCK:
		return apply_block(db, m);
	case MARK_REVOKE:
	case MARK_RESTORE:
	case MARK_OUT:
		return apply_status(db, m);
	case MARK_IMPORT:
		return raise_version(db, "import_floor", m->version);
	case MARK_EXPORT:
		return raise_version(db, "export_version", m->version);
	}
	return R_INTERNAL;
}

/* -- all of them --------------------------------------------------- */

struct lines {
	int fd;
	off_t at, size;		/* of the next byte to be read; of the file */
	off_t start;		/* of the line that buf begins with */
	size_t n;
	uint8_t buf[CHUNK];
};

/* The next line. R_ABSENT: no newline comes any more. A line that is too long
 * for one is cut: it fits no checksum. */
static enum result next_line(struct lines *l, struct span *line)
{
	uint8_t *end;

	while (!(end = memchr(l->buf, '\n', l->n)) && l->n < MARKS_LINE_MAX &&
	       l->at < l->size) {
		size_t room = sizeof(l->buf) - l->n;
		size_t left = (size_t)(l->size - l->at);
		ssize_t n = pread(l->fd, l->buf + l->n,
				  left < room ? left : room, l->at);

		if (n <= 0)
			return R_INTERNAL;
		l->n += (size_t)n;
		l->at += n;
	}
	if (!end && l->n < MARKS_LINE_MAX)
		return R_ABSENT;
	*line = span_of(l->buf, end ? (size_t)(end - l->buf) :
				      MARKS_LINE_MAX);
	return R_OK;
}

static void drop_line(struct lines *l, size_t n)
{
	if (n < l->n && l->buf[n] == '\n')
		n++;
	memmove(l->buf, l->buf + n, l->n - n);
	l->n -= n;
	l->start += (off_t)n;
}

static enum result apply_lines(sqlite3 *db, struct lines *l, off_t *good)
{
	bool torn = false;
	struct span line;
	struct mark m;
	enum result r;

	while ((r = next_line(l, &line)) == R_OK) {
		bool whole = mark_get(line, &m) == R_OK;

		/* what begins a moment follows what was on disk before it */
		if (whole && torn && m.first)
			return R_MALFORMED;
		torn = torn || !whole;
		if (!torn && apply(db, &m) != R_OK)
			return R_INTERNAL;
		drop_line(l, line.n);
		if (!torn)
			*good = l->start;
	}
	return r == R_ABSENT ? R_OK : r;
}

static enum result revoke_left(sqlite3 *db)
{
	if (db_run(db, "INSERT OR IGNORE INTO revoked (uid)"
		   " SELECT uid FROM temp.out WHERE here = 1 AND uid NOT IN"
		   " (SELECT uid FROM account)", "") != R_OK)
		return R_INTERNAL;
	return db_run(db, "UPDATE account SET status = 2, revoked_here ="
		      " max(revoked_here, (SELECT max(here) FROM temp.out AS o"
		      " WHERE o.uid = account.uid))"
		      " WHERE uid IN (SELECT uid FROM temp.out)", "");
}

enum result marks_apply(struct roster *r, int fd, off_t from, off_t size,
			off_t *good)
{
	struct lines l = { .fd = fd, .at = from, .start = from, .size = size };
	off_t whole = from;
	enum result done;

	if (db_run(r->db, "CREATE TEMP TABLE IF NOT EXISTS out (uid INTEGER,"
		   " here INTEGER, PRIMARY KEY (uid, here)) WITHOUT ROWID",
		   "") != R_OK ||
	    db_run(r->db, "DELETE FROM temp.out", "") != R_OK)
		return R_INTERNAL;
	done = apply_lines(r->db, &l, &whole);
	if (done == R_OK)
		done = revoke_left(r->db);
	if (done == R_OK && db_run(r->db, "DELETE FROM temp.out", "") != R_OK)
		done = R_INTERNAL;
	if (done == R_OK)
		*good = whole;
	return done;
}

/* -- said anew ----------------------------------------------------- */

/* Each row is a mark's text. Names and uids of imported accounts are kept
 * back by the version, may_give(); but not those of one that is revoked, which
 * the file may lack. */
static const char everything[] =
"SELECT 'uid ' || uid || ' ' || name FROM account WHERE origin = 1"
"	OR status = 2"
" UNION ALL SELECT 'uid ' || uid || ' ' || name FROM given"
" UNION ALL SELECT 'block ' || uid || ' ' || epoch || ' ' ||"
"	lower(hex(card_tag)) || ' ' || card.expiry FROM card"
"	JOIN account ON account.id = card.account WHERE state = 2"
" UNION ALL SELECT 'block ' || uid || ' ' || epoch || ' ' ||"
"	lower(hex(card_tag)) || ' ' || expiry FROM blocked"
" UNION ALL SELECT iif(revoked_here, 'revoke ', 'out ') || uid FROM account"
"	WHERE status = 2"
" UNION ALL SELECT 'revoke ' || uid FROM revoked"
" UNION ALL SELECT 'import ' || value FROM meta"
"	WHERE key = 'import_floor' AND value > 0"
" UNION ALL SELECT 'export ' || value FROM meta"
"	WHERE key = 'export_version' AND value > 0";

static enum result flush(struct marks *m, int fd)
{
	struct span all = sink_span(&m->out);

	if (sink_done(&m->out) != R_OK ||
	    write(fd, all.p, all.n) != (ssize_t)all.n)
		return R_INTERNAL;
	marks_init(m);
	return R_OK;
}

enum result marks_of_database(struct roster *r, int fd)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	char text[MARKS_LINE_MAX];
	struct marks m;
	enum result step;

	marks_init(&m);
	if (db_prepare(r->db, &s, everything, "") != R_OK)
		return R_INTERNAL;
	while ((step = db_step(s)) == R_OK) {
		if (db_text(s, 0, text, sizeof(text)) != R_OK)
			return R_INTERNAL;
		marks_add(&m, "%s", text);
		if (m.out.cap - m.out.n < MARKS_LINE_MAX &&
		    flush(&m, fd) != R_OK)
			return R_INTERNAL;
	}
	return step == R_ABSENT ? flush(&m, fd) : R_INTERNAL;
}
