/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reply.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

/* -- the one map from results to the name service ------------------ */

enum nss_status reply_status(enum nss_status status, int error, int saved,
			     int *errnop)
{
	errno = saved;
	if (status != NSS_STATUS_SUCCESS)
		*errnop = error;
	return status;
}

enum nss_status reply_no_view(enum result r, int saved, int *errnop)
{
	/* what the system refused with; but ERANGE would be a buffer's */
	int system = errno && errno != ERANGE ? errno : EIO;
	int error = r == R_ABSENT ? ENOENT : r == R_DENIED ? EACCES :
		    r == R_MALFORMED ? EINVAL : system;

	return reply_status(NSS_STATUS_UNAVAIL, error, saved, errnop);
}

enum nss_status reply_result(enum result r, int saved, int *errnop)
{
	switch (r) {
	case R_OK:
		return reply_status(NSS_STATUS_SUCCESS, 0, saved, errnop);
	case R_ABSENT:
		return reply_status(NSS_STATUS_NOTFOUND, ENOENT, saved, errnop);
	case R_BUSY:
		return reply_status(NSS_STATUS_TRYAGAIN, ERANGE, saved, errnop);
	case R_MALFORMED:
		return reply_status(NSS_STATUS_UNAVAIL, EINVAL, saved, errnop);
	case R_DENIED:
	case R_TIMEOUT:
	case R_INTERNAL:
		break;
	}
	return reply_status(NSS_STATUS_UNAVAIL, EIO, saved, errnop);
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

enum result reply_passwd(const struct view_account *a, struct passwd *out,
			 char *buf, size_t n)
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

enum result reply_group(const struct view *v, const struct view_group *g,
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
