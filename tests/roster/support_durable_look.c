/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must be there after a life that was cut short. */
#include "support_durable.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "roster/db.h"
#include "support_roster.h"

#define NAMES_KEPT 16

static struct roster *r;

static enum reason login(struct roster_card card)
{
	struct roster_account a;

	return roster_login(r, &card, TODAY, NOW, &a);
}

/* -- what must be there -------------------------------------------------- */

static char problem[256];

static const char *wrong(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(problem, sizeof(problem), format, ap);
	va_end(ap);
	return problem;
}

/* A number of the database; -1: none. */
static int64_t ask(const char *query)
{
	int64_t n = -1;

	if (db_int(r->db, &n, query, "") != R_OK)
		return -1;
	return n;
}

static int64_t askf(const char *format, ...)
{
	char query[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(query, sizeof(query), format, ap);
	va_end(ap);
	return ask(query);
}

struct read_view {
	uint8_t *p;
	size_t n;
	struct view view;
};

/* R_ABSENT: there is none. */
static enum result view_read(struct read_view *v)
{
	int fd = open(view_path, O_RDONLY);
	struct stat st;
	enum result why;

	if (fd < 0)
		return R_ABSENT;
	if (fstat(fd, &st) || st.st_size == 0) {
		close(fd);
		return R_MALFORMED;
	}
	v->n = (size_t)st.st_size;
	v->p = mmap(NULL, v->n, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	ck_assert_ptr_ne(v->p, MAP_FAILED);
	why = view_check(span_of(v->p, v->n), &v->view);
	if (why != R_OK)
		munmap(v->p, v->n);
	return why;
}

static const char *view_problem(unsigned int least)
{
	struct read_view v = { 0 };
	struct view_account a;
	enum result why = view_read(&v);

	if (why == R_ABSENT)
		return least ? wrong("the view is gone") : NULL;
	if (why != R_OK)
		return wrong("the view is torn");
	for (uint32_t n = 0; n < v.view.accounts && why == R_OK; n++)
		why = view_account_nth(&v.view, n, &a);
	munmap(v.p, v.n);
	if (why != R_OK)
		return wrong("an account of the view can't be read");
	return v.view.accounts < least ? wrong("the view is too old") : NULL;
}

static bool all_is(const char *query, const char *want)
{
	sqlite3_stmt *s;
	bool good = sqlite3_prepare_v2(r->db, query, -1, &s, NULL) == SQLITE_OK;

	while (good && sqlite3_step(s) == SQLITE_ROW)
		good = strcmp((const char *)sqlite3_column_text(s, 0),
			      want) == 0;
	sqlite3_finalize(s);
	return good;
}

static const char *database_problem(void)
{
	if (!all_is("PRAGMA integrity_check", "ok") ||
	    !all_is("PRAGMA foreign_key_check", ""))
		return wrong("the database is damaged");
	if (ask("SELECT count(*) FROM account WHERE id NOT IN"
		" (SELECT account FROM tag) AND status = 1"))
		return wrong("an account without a tag");
	if (ask("SELECT count(*) FROM tag WHERE account NOT IN"
		" (SELECT account FROM card)"))
		return wrong("an account without a card");
	if (ask("SELECT count(*) FROM rebind WHERE origin = 1 AND tag NOT IN"
		" (SELECT tag FROM tag)"))
		return wrong("a statement without its tag");
	if (ask("SELECT count(*) FROM account WHERE uid >= 80000") % 2)
		return wrong("half an import");
	return NULL;
}

/* -- one note ------------------------------------------------------------ */

struct told {			/* by all of them */
	bool retired;
	unsigned int view, import;
};

/* What the database holds that its marks must say too. */
struct kept {
	uint32_t uid[NAMES_KEPT];	/* that were given here */
	char name[NAMES_KEPT][NAME_MAX_LEN];
	int n;
	int64_t blocked, revoked;
};

static const char *enrolled_problem(const char *line)
{
	unsigned int uid;
	int p;

	if (sscanf(line, "enrol %d %u", &p, &uid) != 2)
		return wrong("a note: %s", line);
	if (askf("SELECT count(*) FROM account WHERE uid = %u", uid) != 1)
		return wrong("an account is lost");
	return NULL;
}

static const char *number_problem(const char *line)
{
	unsigned int n;

	if (sscanf(line, "revoked %u", &n) == 1 &&
	    askf("SELECT status FROM account WHERE uid = %u", n) != 2)
		return wrong("a revocation is lost");
	if (sscanf(line, "renamed %u", &n) == 1 &&
	    askf("SELECT name = 'renamed' FROM account WHERE uid = %u", n) != 1)
		return wrong("a new name is lost");
	if (sscanf(line, "bound %u", &n) == 1 &&
	    askf("SELECT count(*) FROM tag JOIN account ON account.id ="
		 " tag.account WHERE epoch = 2 AND uid = %u", n) != 1)
		return wrong("a bind is lost");
	if (sscanf(line, "failed %u", &n) == 1 &&
	    askf("SELECT tries FROM pass JOIN account ON account.id ="
		 " pass.account WHERE uid = %u", n) == 0)
		return wrong("a wrong code was not counted");
	if (sscanf(line, "import %u", &n) == 1 &&
	    ask("SELECT value FROM meta WHERE key = 'import_version'") < n)
		return wrong("an import is lost");
	if (strcmp(line, "import 6") == 0 &&
	    ask("SELECT status FROM account WHERE uid = 80001") != 2)
		return wrong("a revocation by an import is lost");
	return NULL;
}

static const char *card_problem(const char *line, const struct told *t)
{
	enum reason want = t->retired ? REASON_UNKNOWN_CARD :
					REASON_BLOCKED_CARD;
	enum reason why = want;

	if (strcmp(line, "newer 1") == 0)
		why = login(card_of(1, 1, 20300101));
	if (strcmp(line, "blocked 2") == 0)
		why = login(card_of(2, 1, 20300101));
	/* the epoch may go at the moment of the cut */
	return why == want || why == REASON_UNKNOWN_CARD ? NULL :
	       wrong("a blocked card logs in: %s", line);
}

static const char *note_problem(const char *line, struct told *t)
{
	const char *bad = NULL;

	if (strncmp(line, "enrol ", 6) == 0)
		bad = enrolled_problem(line);
	if (sscanf(line, "view %u", &t->view) == 1 ||
	    sscanf(line, "import %u", &t->import) == 1)
		bad = NULL;
	if (strcmp(line, "retired") == 0) {
		t->retired = true;
		if (ask("SELECT count(*) FROM tag WHERE epoch = 1"))
			return wrong("an epoch came back");
	}
	return bad ? bad : number_problem(line);
}

/* Each line of the notes in turn. */
static const char *each_note(const char *notes, struct told *t, int pass)
{
	char line[128];
	const char *bad = NULL;

	while (!bad && *notes) {
		size_t n = strcspn(notes, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)n, notes);
		notes += n + (notes[n] == '\n');
		bad = pass == 0 ? note_problem(line, t) :
				  card_problem(line, t);
	}
	return bad;
}

/* -- given once ---------------------------------------------------------- */

static const char *keep_names(struct kept *k)
{
	scoped(db_finalize) sqlite3_stmt *s = NULL;

	if (db_prepare(r->db, &s, "SELECT uid, name FROM account WHERE"
		       " origin = 1 UNION ALL SELECT uid, name FROM given",
		       "") != R_OK)
		return wrong("the names can't be read");
	while (db_step(s) == R_OK) {
		if (k->n == NAMES_KEPT || db_text(s, 1, k->name[k->n],
						  NAME_MAX_LEN) != R_OK)
			return wrong("too many names");
		k->uid[k->n++] = (uint32_t)sqlite3_column_int64(s, 0);
	}
	k->blocked = ask("SELECT count(*) FROM card WHERE state = 2");
	k->revoked = ask("SELECT count(*) FROM account WHERE revoked_here");
	return NULL;
}

static const char *given_problem(const struct kept *k, int p)
{
	struct roster_new in = new_of(p);
	struct roster_account a;
	enum reason why;

	in.card = card_under(2, p, 1, 20300101);
	why = roster_enrol(r, &test_policy, &in, &a);
	/* where an import is on its way the file is wanted first */
	if (why == REASON_ROSTER_MARKS &&
	    ask("SELECT value FROM meta WHERE key = 'import_floor'") > 0)
		return NULL;
	if (why != REASON_NONE)
		return wrong("nobody can be enrolled: %d", why);
	for (int i = 0; i < k->n; i++)
		if (a.uid == k->uid[i] || strcmp(a.name, k->name[i]) == 0)
			return wrong("a uid or name is given twice");
	return NULL;
}

/* The database is lost too: what the marks alone say. */
static const char *marks_problem(const struct told *t, const struct kept *k)
{
	const char *bad;

	roster_close(&r);
	if (unlink(roster_path) ||
	    roster_open(roster_path, &r) != REASON_NONE)
		return wrong("a new database does not take the marks");
	bad = given_problem(k, 51);
	if (bad)
		return bad;
	for (int i = 0; i < k->n; i++)
		if (askf("SELECT uid FROM given WHERE name = '%s'",
			 k->name[i]) != k->uid[i])
			return wrong("a name is not among the marks");
	if (ask("SELECT count(*) FROM revoked") < k->revoked)
		return wrong("a revocation is not among the marks");
	if (ask("SELECT count(*) FROM blocked") < k->blocked)
		return wrong("a blocked card is not among the marks");
	if (t->import && ask("SELECT value FROM meta WHERE key ="
			     " 'import_floor'") < (int64_t)t->import)
		return wrong("an import is not among the marks");
	return NULL;
}

static const char *look(const char *notes)
{
	struct told t = { .view = 0 };
	struct kept k = { .n = 0 };
	const char *bad = database_problem();

	if (!bad)
		bad = each_note(notes, &t, 0);
	if (!bad)
		bad = each_note(notes, &t, 1);
	if (!bad)
		bad = view_problem(t.view);
	if (!bad && view_write(r, view_path, VIEW_ENUMERATE) !=
	    REASON_NONE)
		bad = wrong("the view can't be written");
	if (!bad)
		bad = keep_names(&k);
	if (!bad)
		bad = given_problem(&k, 50);
	/* it is even now */
	roster_close(&r);
	if (!bad && roster_open(roster_path, &r) != REASON_NONE)
		bad = wrong("it does not open a second time");
	return bad ? bad : marks_problem(&t, &k);
}

const char *durable_problem(const char *notes)
{
	enum reason why = roster_open(roster_path, &r);
	const char *bad;

	if (why != REASON_NONE)
		return wrong("the roster does not open: %d", why);
	bad = look(notes);
	roster_close(&r);
	return bad;
}
