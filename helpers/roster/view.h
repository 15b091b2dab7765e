/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing the view (its format: viewfmt.h): the whole roster, or any other
 * source of accounts, to a temporary file beside it, fsynced, renamed over
 * it, directory fsynced, 0644. Readers see the old one or the new one, whole.
 */
#ifndef CNIE_ROSTER_VIEW_H
#define CNIE_ROSTER_VIEW_H

#include "base/reason.h"
#include "roster/roster.h"
#include "roster/viewfmt.h"

struct view_entry {		/* strings live until the next call */
	const char *name, *home, *shell;
	uint32_t uid, gid, expiry;
	enum view_status status;
	uint32_t groups;
	const uint32_t *group_list;
};

struct view_group_entry {
	const char *name;
	uint32_t gid;
};

/*
 * Where accounts come from. next_group is called until R_ABSENT, then
 * next_account until R_ABSENT; any other result ends the writing with it.
 * Names, uids and gids must be unique: the writer refuses a second one, and
 * whatever viewfmt.h does not allow, with R_MALFORMED.
 */
struct view_source {
	enum result (*next_group)(void *ctx, struct view_group_entry *out);
	enum result (*next_account)(void *ctx, struct view_entry *out);
	void *ctx;
	uint32_t flags;		/* enum view_flag */
	uint64_t generation;
};

/* path as this process sees it. On any failure the old view stays. */
must_check enum result view_write_from(const struct view_source *source,
				       const char *path);

/* The view of a roster; flags of enum view_flag. REASON_ROSTER where it can't
 * be read or the file not be written. */
must_check enum reason view_write(struct roster *r, const char *path,
				  uint32_t flags);

/* Whether v, with these flags, shows the roster as it is. */
must_check enum reason view_is_of(struct roster *r, const struct view *v,
				  uint32_t flags, bool *out);

#endif
