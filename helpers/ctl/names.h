/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does another source of the name service than ours know a name or an id?
 * cnied asks none (one may take forever), so its client does, before a name
 * or uid is given.
 *
 * MUST: a source that does not answer is never taken for one that knows
 * nobody. MUST: each is asked in a process of its own, which a deadline ends.
 */
#ifndef CNIE_CTL_NAMES_H
#define CNIE_CTL_NAMES_H

#include "base/wire.h"

#define NAMES_WAIT_MS 5000	/* all are asked at the same time */
#define NAMES_MAX 16		/* sources on one line */
#define NAMES_NO_ID UINT32_MAX	/* never an account's or a group's */

struct names_sources {
	size_t n;
	char at[NAMES_MAX][33];	/* as msg_verdict carries one */
};

/*
 * The sources that nsswitch.conf's text names for `database` ("passwd",
 * "group"), but ours; "files" where it names none, as in glibc. What stands
 * in brackets does not matter: a source that is asked on a condition is asked
 * here always. "compat" is the file and what the line of DATABASE_compat
 * names. R_MALFORMED: more than NAMES_MAX, or no name of a module.
 */
must_check enum result names_sources(const char *text, const char *database,
				     struct names_sources *out);

struct names_question {
	bool group;		/* a group's name and gid, else an account's */
	const char *name;
	uint32_t id;		/* NAMES_NO_ID: only the name */
};

/*
 * VERDICT_TAKEN where one knows either, else VERDICT_SILENT where one does not
 * answer, else VERDICT_FREE. A source whose module is not installed can't be
 * asked by anybody: it is passed over.
 */
void names_ask(const struct names_question *q, struct msg_verdict *out);

/* A handler for struct client. */
enum result names_candidate(void *ctx, const struct msg_candidate *m,
			    struct msg_verdict *out);

/* Ask, and complain where the answer is not that it is free. CTL_DONE: it
 * is. */
int names_must_be_free(const struct names_question *q);

#endif
