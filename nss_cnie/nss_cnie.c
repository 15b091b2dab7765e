/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nss_cnie.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pin.h"
#include "reply.h"

static struct span name_span(const char *name)
{
	return span_of(name, strnlen(name, VIEW_NAME_MAX + 1));
}

/* -- look-ups ------------------------------------------------------ */

enum nss_status _nss_cnie_getpwnam_r(const char *name, struct passwd *pw,
				     char *buf, size_t n, int *errnop)
{
	struct span key = name_span(name);
	struct view_account a;
	int saved = errno;
	struct pin pin;
	enum result r;

	if (!view_name_ok(key))
		return reply_result(R_ABSENT, saved, errnop);
	r = pin_take(&pin, FOR_NAME, view_hash_name(key));
	if (r != R_OK)
		return reply_no_view(r, saved, errnop);
	r = view_find_name(pin.view, key, &a);
	if (r == R_OK)
		r = reply_passwd(&a, pw, buf, n);
	pin_drop(&pin);
	return reply_result(r, saved, errnop);
}

enum nss_status _nss_cnie_getpwuid_r(uid_t uid, struct passwd *pw, char *buf,
				     size_t n, int *errnop)
{
	struct view_account a;
	int saved = errno;
	struct pin pin;
	enum result r;

	if (!view_id_ok(uid))
		return reply_result(R_ABSENT, saved, errnop);
	r = pin_take(&pin, FOR_UID, view_hash_id(uid));
	if (r != R_OK)
		return reply_no_view(r, saved, errnop);
	r = view_find_uid(pin.view, uid, &a);
	if (r == R_OK)
		r = reply_passwd(&a, pw, buf, n);
	pin_drop(&pin);
	return reply_result(r, saved, errnop);
}

enum nss_status _nss_cnie_getgrnam_r(const char *name, struct group *gr,
				     char *buf, size_t n, int *errnop)
{
	struct span key = name_span(name);
	struct view_group g;
	int saved = errno;
	struct pin pin;
	enum result r;

	if (!view_name_ok(key))
		return reply_result(R_ABSENT, saved, errnop);
	r = pin_take(&pin, FOR_GROUP, view_hash_name(key));
	if (r != R_OK)
		return reply_no_view(r, saved, errnop);
	r = view_find_group(pin.view, key, &g);
	if (r == R_OK)
		r = reply_group(pin.view, &g, gr, buf, n);
	pin_drop(&pin);
	return reply_result(r, saved, errnop);
}

enum nss_status _nss_cnie_getgrgid_r(gid_t gid, struct group *gr, char *buf,
				     size_t n, int *errnop)
{
	struct view_group g;
	int saved = errno;
	struct pin pin;
	enum result r;

	if (!view_id_ok(gid))
		return reply_result(R_ABSENT, saved, errnop);
	r = pin_take(&pin, FOR_GID, view_hash_id(gid));
	if (r != R_OK)
		return reply_no_view(r, saved, errnop);
	r = view_find_gid(pin.view, gid, &g);
	if (r == R_OK)
		r = reply_group(pin.view, &g, gr, buf, n);
	pin_drop(&pin);
	return reply_result(r, saved, errnop);
}

/* -- supplementary groups ------------------------------------------ */

/* The caller's growing array. */
struct groups {
	long int *start, *size;
	gid_t **list;
	long int limit;		/* <= 0: none */
};

static bool full(const struct groups *g)
{
	return g->limit > 0 && *g->start >= g->limit;
}

static enum result grow(struct groups *g)
{
	long int size = *g->size > 0 ? *g->size : 8;
	gid_t *list;

	if (size > LONG_MAX / 2 / (long int)sizeof(gid_t))
		return R_INTERNAL;
	size *= 2;
	if (g->limit > 0 && size > g->limit)
		size = g->limit;
	list = realloc(*g->list, (size_t)size * sizeof(gid_t));
	if (!list)
		return R_INTERNAL;
	*g->list = list;
	*g->size = size;
	return R_OK;
}

/* All of them, or none: *start moves only where every gid was good. */
static enum result add_groups(const struct view_account *a, gid_t primary,
			      struct groups *g)
{
	long int before = *g->start;

	for (uint32_t i = 0; i < a->groups && !full(g); i++) {
		uint32_t gid;
		enum result r = view_account_group(a, i, &gid);

		if (r == R_OK && gid == primary)
			continue;
		if (r == R_OK && *g->start >= *g->size)
			r = grow(g);
		if (r != R_OK) {
			*g->start = before;
			return r;
		}
		(*g->list)[(*g->start)++] = gid;
	}
	return R_OK;
}

enum nss_status _nss_cnie_initgroups_dyn(const char *user, gid_t group,
					 long int *start, long int *size,
					 gid_t **groups, long int limit,
					 int *errnop)
{
	struct groups g = { start, size, groups, limit };
	struct span key = name_span(user);
	struct view_account a;
	int saved = errno;
	struct pin pin;
	enum result r;

	if (!view_name_ok(key))
		return reply_result(R_ABSENT, saved, errnop);
	r = pin_take(&pin, FOR_NAME, view_hash_name(key));
	if (r != R_OK)
		return reply_no_view(r, saved, errnop);
	r = view_find_name(pin.view, key, &a);
	if (r == R_OK)
		r = add_groups(&a, group, &g);
	pin_drop(&pin);
	if (r == R_INTERNAL)	/* no memory: the one other use of TRYAGAIN */
		return reply_status(NSS_STATUS_TRYAGAIN, EAGAIN, saved, errnop);
	return reply_result(r, saved, errnop);
}
