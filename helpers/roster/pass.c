/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "I forgot my card today": one code, one day, the services named. */
#include <string.h>

#include "base/refuse.h"
#include "roster/db.h"

/* Words of PAM service names, one space between them. */
static bool services_ok(const char *services)
{
	size_t n = strlen(services), word = 0;

	for (size_t i = 0; i <= n; i++) {
		unsigned char c = (unsigned char)services[i];

		if (c == ' ' || c == '\0') {
			if (word == 0 || word >= NAME_MAX_LEN)
				return false;
			word = 0;
		} else if (c > ' ' && c < 0x7f) {
			word++;
		} else {
			return false;
		}
	}
	return true;
}

static bool service_named(const char *services, const char *service)
{
	size_t n = strlen(service);

	if (n == 0)
		return false;
	for (const char *s = services; s; s = strchr(s, ' ')) {
		s += *s == ' ';
		if (strncmp(s, service, n) == 0 && (!s[n] || s[n] == ' '))
			return true;
	}
	return false;
}

enum reason roster_pass_set(struct roster *r, const char *name,
			    const struct roster_pass *pass, uint64_t now)
{
	scoped(change_end) struct change c = { 0 };
	struct roster_account a;
	int64_t id;
	enum reason why;

	refuse_if(pass->until <= now, REASON_PASS_TIME);
	refuse_if(pass->until - now > ROSTER_PASS_MAX_S, REASON_PASS_TIME);
	refuse_if(!services_ok(pass->services), REASON_OUT_OF_RANGE);
	if (!pass->hash[0])
		return REASON_NO_CODE;
	why = change_begin(&c, r);
	if (why == REASON_NONE)
		why = account_find(r->db, name, &a, &id);
	if (why == REASON_NONE && a.status != ROSTER_ACTIVE)
		why = REASON_REVOKED;
	if (why != REASON_NONE)
		return why;
	if (db_run(r->db, "DELETE FROM pass WHERE account = ? OR until <= ?",
		   "ii", id, (int64_t)now) != R_OK ||
	    db_run(r->db, "INSERT INTO pass (account, hash, services, until)"
		   " VALUES (?, ?, ?, ?)", "itti", id, pass->hash,
		   pass->services, (int64_t)pass->until) != R_OK)
		return REASON_ROSTER;
	return change_commit(&c);
}

static enum reason find(sqlite3 *db, int64_t account, const char *service,
			uint64_t now, struct roster_pass *out)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;
	struct roster_pass p = { .until = 0 };
	enum result r = db_prepare(db, &s, "SELECT until, services, hash, tries"
				   " FROM pass WHERE account = ?", "i",
				   account);

	if (r == R_OK)
		r = db_step(s);
	if (r != R_OK)
		return r == R_ABSENT ? REASON_NO_CODE : REASON_ROSTER;
	p.until = (uint64_t)sqlite3_column_int64(s, 0);
	if (db_text(s, 1, p.services, sizeof(p.services)) != R_OK ||
	    db_text(s, 2, p.hash, sizeof(p.hash)) != R_OK)
		return REASON_ROSTER;
	refuse_if(now >= p.until, REASON_NO_CODE);
	/* a clock that went back must not make it longer than a day */
	refuse_if(p.until - now > ROSTER_PASS_MAX_S, REASON_NO_CODE);
	refuse_if(sqlite3_column_int(s, 3) >= ROSTER_PASS_TRIES,
		  REASON_NO_CODE);
	refuse_if(!service_named(p.services, service), REASON_NO_CODE);
	*out = p;
	return REASON_NONE;
}

enum reason roster_pass_find(struct roster *r, const char *name,
			     const char *service, uint32_t today, uint64_t now,
			     struct roster_pass *out,
			     struct roster_account *account)
{
	scoped(txn_end) struct txn t = { 0 };
	struct roster_account a;
	struct roster_pass p;
	enum reason why;
	int64_t id;

	if (txn_read(&t, r->db) != R_OK)
		return REASON_ROSTER;
	why = account_find(r->db, name, &a, &id);
	if (why == REASON_NONE)
		why = find(r->db, id, service, now, &p);
	if (why == REASON_NONE)
		why = account_judge(&a, today);
	if (why != REASON_NONE)
		return why;
	*out = p;
	*account = a;
	return REASON_NONE;
}

static enum reason change_pass(struct roster *r, const char *name,
			       const char *sql)
{
	scoped(change_end) struct change c = { 0 };
	struct roster_account a;
	int64_t id;
	enum reason why = change_begin(&c, r);

	if (why == REASON_NONE)
		why = account_find(r->db, name, &a, &id);
	if (why != REASON_NONE)
		return why;
	if (db_run(r->db, sql, "i", id) != R_OK)
		return REASON_ROSTER;
	return change_commit(&c);
}

enum reason roster_pass_tried(struct roster *r, const char *name)
{
	return change_pass(r, name, "UPDATE pass SET tries = tries + 1"
			   " WHERE account = ?");
}

enum reason roster_pass_right(struct roster *r, const char *name)
{
	return change_pass(r, name, "UPDATE pass SET tries = tries - 1"
			   " WHERE account = ? AND tries > 0");
}

enum reason roster_pass_end(struct roster *r, const char *name)
{
	return change_pass(r, name, "DELETE FROM pass WHERE account = ?");
}
