/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nss_cnie.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pin.h"

/* -- the one map from results to the name service ------------------ */

static enum nss_status answer(enum nss_status status, int error, int saved,
			      int *errnop)
{
	errno = saved;
	if (status != NSS_STATUS_SUCCESS)
		*errnop = error;
	return status;
}

/* Why there is no view to look into. */
static enum nss_status no_view(enum result r, int saved, int *errnop)
{
	int error = r == R_ABSENT ? ENOENT : r == R_DENIED ? EACCES :
		    r == R_MALFORMED ? EINVAL : EIO;

	return answer(NSS_STATUS_UNAVAIL, error, saved, errnop);
}

/* What a look-up in the view came to. R_BUSY: the buffer is too small. */
static enum nss_status looked_up(enum result r, int saved, int *errnop)
{
	switch (r) {
	case R_OK:
		return answer(NSS_STATUS_SUCCESS, 0, saved, errnop);
	case R_ABSENT:
		return answer(NSS_STATUS_NOTFOUND, ENOENT, saved, errnop);
	case R_BUSY:
		return answer(NSS_STATUS_TRYAGAIN, ERANGE, saved, errnop);
	case R_MALFORMED:
		return answer(NSS_STATUS_UNAVAIL, EINVAL, saved, errnop);
	case R_DENIED:
	case R_TIMEOUT:
	case R_INTERNAL:
		break;
	}
	return answer(NSS_STATUS_UNAVAIL, EIO, saved, errnop);
}

static struct span name_span(const char *name)
{
	return span_of(name, strnlen(name, VIEW_NAME_MAX + 1));
}

/* -- the caller's buffer ------------------------------------------- */

struct room {
	char *p;
	size_t n;
	bool small;
};

static char *put(struct room *room, const char *s, size_t n)
{
	char *at = room->p;

	if (room->small || n >= room->n) {
		room->small = true;
		return NULL;
	}
	memcpy(at, s, n);
	at[n] = '\0';
	room->p += n + 1;
	room->n -= n + 1;
	return at;
}

static char **put_pointers(struct room *room, size_t n)
{
	size_t align = _Alignof(char *);
	size_t pad = (align - (uintptr_t)room->p % align) % align;
	char **at;

	if (room->small || pad > room->n ||
	    n * sizeof(char *) > room->n - pad) {
		room->small = true;
		return NULL;
	}
	at = (char **)(void *)(room->p + pad);
	room->p += pad + n * sizeof(char *);
	room->n -= pad + n * sizeof(char *);
	return at;
}

static enum result fill_passwd(const struct view_account *a,
			       struct passwd *out, char *buf, size_t n)
{
	struct room room = { buf, n, false };
	struct passwd pw = {
		.pw_name = put(&room, a->name, a->name_n),
		.pw_passwd = put(&room, "*", 1),
		.pw_uid = a->uid,
		.pw_gid = a->gid,
		.pw_gecos = put(&room, "", 0),
		.pw_dir = put(&room, a->home, a->home_n),
		.pw_shell = put(&room, a->shell, a->shell_n),
	};

	if (room.small)
		return R_BUSY;
	*out = pw;
	return R_OK;
}

static enum result fill_members(const struct view *v,
				const struct view_group *g, struct room *room,
				char **members)
{
	struct view_account a;

	for (uint32_t i = 0; i < g->members; i++) {
		enum result r = view_group_member(v, g, i, &a);

		if (r != R_OK)
			return r;
		members[i] = put(room, a.name, a.name_n);
		if (room->small)
			return R_BUSY;
	}
	members[g->members] = NULL;
	return R_OK;
}

static enum result fill_group(const struct view *v, const struct view_group *g,
			      struct group *out, char *buf, size_t n)
{
	struct room room = { buf, n, false };
	struct group gr = {
		.gr_mem = put_pointers(&room, g->members + 1),
		.gr_name = put(&room, g->name, g->name_n),
		.gr_passwd = put(&room, "*", 1),
		.gr_gid = g->gid,
	};
	enum result r;

	if (room.small)
		return R_BUSY;
	r = fill_members(v, g, &room, gr.gr_mem);
	if (r == R_OK)
		*out = gr;
	return r;
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
		return looked_up(R_ABSENT, saved, errnop);
	r = pin_take(&pin);
	if (r != R_OK)
		return no_view(r, saved, errnop);
	r = view_find_name(pin.view, key, &a);
	if (r == R_OK)
		r = fill_passwd(&a, pw, buf, n);
	pin_drop(&pin);
	return looked_up(r, saved, errnop);
}

enum nss_status _nss_cnie_getpwuid_r(uid_t uid, struct passwd *pw, char *buf,
				     size_t n, int *errnop)
{
	struct view_account a;
	int saved = errno;
	struct pin pin;
	enum result r;

	if (!view_id_ok(uid))
		return looked_up(R_ABSENT, saved, errnop);
	r = pin_take(&pin);
	if (r != R_OK)
		return no_view(r, saved, errnop);
	r = view_find_uid(pin.view, uid, &a);
	if (r == R_OK)
		r = fill_passwd(&a, pw, buf, n);
	pin_drop(&pin);
	return looked_up(r, saved, errnop);
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
		return looked_up(R_ABSENT, saved, errnop);
	r = pin_take(&pin);
	if (r != R_OK)
		return no_view(r, saved, errnop);
	r = view_find_group(pin.view, key, &g);
	if (r == R_OK)
		r = fill_group(pin.view, &g, gr, buf, n);
	pin_drop(&pin);
	return looked_up(r, saved, errnop);
}

enum nss_status _nss_cnie_getgrgid_r(gid_t gid, struct group *gr, char *buf,
				     size_t n, int *errnop)
{
	struct view_group g;
	int saved = errno;
	struct pin pin;
	enum result r;

	if (!view_id_ok(gid))
		return looked_up(R_ABSENT, saved, errnop);
	r = pin_take(&pin);
	if (r != R_OK)
		return no_view(r, saved, errnop);
	r = view_find_gid(pin.view, gid, &g);
	if (r == R_OK)
		r = fill_group(pin.view, &g, gr, buf, n);
	pin_drop(&pin);
	return looked_up(r, saved, errnop);
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

static enum result add_groups(const struct view_account *a, gid_t primary,
			      struct groups *g)
{
	for (uint32_t i = 0; i < a->groups && !full(g); i++) {
		uint32_t gid;
		enum result r = view_account_group(a, i, &gid);

		if (r == R_OK && gid == primary)
			continue;
		if (r == R_OK && *g->start >= *g->size)
			r = grow(g);
		if (r != R_OK)
			return r;
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
		return looked_up(R_ABSENT, saved, errnop);
	r = pin_take(&pin);
	if (r != R_OK)
		return no_view(r, saved, errnop);
	r = view_find_name(pin.view, key, &a);
	if (r == R_OK)
		r = add_groups(&a, group, &g);
	pin_drop(&pin);
	if (r == R_INTERNAL)	/* no memory: the one other use of TRYAGAIN */
		return answer(NSS_STATUS_TRYAGAIN, EAGAIN, saved, errnop);
	return looked_up(r, saved, errnop);
}
