/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows in which cnied tells accounts, and how they are printed. */
#ifndef CNIE_CTL_ACCOUNT_H
#define CNIE_CTL_ACCOUNT_H

#include <stdint.h>
#include <stdio.h>

#include "base/wire.h"
#include "ctl/json.h"

/* name uid gid status face code expiry created cards home shell */
#define ACCOUNT_FIELDS 11
enum account_field {
	ACCOUNT_NAME, ACCOUNT_UID, ACCOUNT_GID, ACCOUNT_STATUS, ACCOUNT_FACE,
	ACCOUNT_CODE, ACCOUNT_EXPIRY, ACCOUNT_CREATED, ACCOUNT_CARDS,
	ACCOUNT_HOME, ACCOUNT_SHELL,
};

/* Split at the tabs, in place: exactly ACCOUNT_FIELDS, or R_MALFORMED (row
 * may then be cut anywhere). */
must_check enum result account_split(char *row,
				     const char *out[ACCOUNT_FIELDS]);

enum account_filter_status { ANY_STATUS, ONLY_ACTIVE, ONLY_REVOKED,
			     ONLY_EXPIRED };
struct account_filter {
	const char *name;		/* as fnmatch(3), or NULL */
	enum account_filter_status status;
	uint32_t today;			/* yyyymmdd */
};
/* "active" is neither revoked nor expired. */
must_check enum result account_filter_status(const char *word,
					     enum account_filter_status *out);
bool account_passes(const struct account_filter *f,
		    const char *const account[ACCOUNT_FIELDS]);

/*
 * A list is printed while it comes, in memory that does not grow: a column is
 * as wide as the widest of the first ACCOUNT_TABLE_KEPT, and what is wider
 * later pushes its own line out.
 */
#define ACCOUNT_TABLE_KEPT 1000
struct account_list {
	FILE *to;
	bool as_json, begun;
	struct json json;
	size_t width[ACCOUNT_FIELDS];
	char (*kept)[1025];		/* rows, as msg_admin_row carries one */
	size_t n;
	uint64_t count;
};
must_check enum result account_list_new(bool as_json, FILE *to,
					struct account_list *out);
must_check enum result account_list_add(struct account_list *l,
				const char *const account[ACCOUNT_FIELDS]);
void account_list_end(struct account_list *l);	/* all have come */
void account_list_free(struct account_list *l);

void account_object(struct json *j, const char *const f[ACCOUNT_FIELDS]);

/* One account, as cnied tells it now. An enum ctl_exit; complains. */
struct account_row {
	char text[1025];
	const char *f[ACCOUNT_FIELDS];
};
int account_ask(const char *name, struct account_row *out);

#endif
