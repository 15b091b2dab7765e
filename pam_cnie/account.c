// SPDX-License-Identifier: GPL-3.0-or-later
#include "account.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <time.h>

#include "base/prefix.h"
#include "base/scope.h"
#include "roster/viewfmt.h"

#define PASSWD_MAX 16384	/* of one entry; larger ones count as none */

static uint32_t today(void)
{
	time_t now = time(NULL);
	struct tm t;

	if (!gmtime_r(&now, &t))
		return UINT32_MAX;	/* everything has expired */
	return (uint32_t)((t.tm_year + 1900) * 10000 + (t.tm_mon + 1) * 100 +
			  t.tm_mday);
}

static enum standing standing_of(const struct view_account *a)
{
	if (a->status != VIEW_ACTIVE)
		return ACCOUNT_REVOKED;
	if (a->expiry && today() > a->expiry)
		return ACCOUNT_EXPIRED;
	return ACCOUNT_ACTIVE;
}

enum result account_find(const char *name, struct account *out)
{
	scoped(view_unmap) struct view_map map = { 0 };
	struct account found = { .standing = ACCOUNT_NOT_OURS };
	char path[PREFIX_PATH_MAX];
	struct view_account a;
	enum result r;

	if (strcmp(name, "root") == 0) {
		*out = found;
		return R_OK;
	}
	r = prefix_path(PATH_VIEW, path, sizeof(path));
	if (r != R_OK)
		return R_INTERNAL;
	r = view_map_file(path, &map);
	if (r == R_OK)
		r = view_find_name(&map.view, span_str(name), &a);
	else
		return r == R_ABSENT ? R_ABSENT : R_INTERNAL;
	if (r == R_OK)
		found = (struct account){ standing_of(&a), a.uid };
	else if (r != R_ABSENT)
		return R_INTERNAL;
	*out = found;
	return R_OK;
}

/* The uid that the calling process's name service gives this name. */
static enum result resolve(const char *name, uid_t *uid)
{
	char buf[PASSWD_MAX];
	struct passwd pw, *found = NULL;
	int e;

	do {
		e = getpwnam_r(name, &pw, buf, sizeof(buf), &found);
	} while (e == EINTR);
	if (e || !found || strcmp(pw.pw_name, name) != 0)
		return R_ABSENT;
	*uid = pw.pw_uid;
	return R_OK;
}

/* Whether this uid is this name's. One that was bound to a card may have been
 * renamed where it comes from, or removed, and its number given to somebody
 * else: our own source still answers its old name then. */
static bool owns(const char *name, uid_t uid)
{
	char buf[PASSWD_MAX];
	struct passwd pw, *found = NULL;
	int e;

	do {
		e = getpwuid_r(uid, &pw, buf, sizeof(buf), &found);
	} while (e == EINTR);
	return !e && found && strcmp(pw.pw_name, name) == 0;
}

bool account_is_root(const char *name)
{
	uid_t uid;

	return strcmp(name, "root") == 0 ||
	       (resolve(name, &uid) == R_OK && uid == 0);
}

enum result account_is(const char *name, uint32_t uid)
{
	struct account a;
	uid_t resolved;
	enum result r = account_find(name, &a);

	if (r != R_OK)
		return r;
	if (a.standing == ACCOUNT_NOT_OURS || a.uid != uid || uid == 0)
		return R_DENIED;
	if (resolve(name, &resolved) != R_OK || resolved != uid ||
	    !owns(name, uid))
		return R_DENIED;
	return R_OK;
}
