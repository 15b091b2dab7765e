// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The functions of a module are called themselves, not through getpwnam():
 * that tells a source which is not available from one that knows nobody by
 * errno alone, which a module may leave at 0.
 */
#include "ctl/names_source.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#define ROOM_MAX (1024 * 1024)	/* an entry that needs more is one */

typedef enum nss_status passwd_by_name(const char *name, struct passwd *out,
				       char *room, size_t n, int *error);
typedef enum nss_status passwd_by_id(uid_t id, struct passwd *out, char *room,
				     size_t n, int *error);
typedef enum nss_status group_by_name(const char *name, struct group *out,
				      char *room, size_t n, int *error);
typedef enum nss_status group_by_id(gid_t id, struct group *out, char *room,
				    size_t n, int *error);

/* The functions of one source; NULL: it has no such thing. */
struct functions {
	passwd_by_name *passwd_name;
	passwd_by_id *passwd_id;
	group_by_name *group_name;
	group_by_id *group_id;
};

/* -- /etc/passwd and /etc/group, whose module is inside libc ----------------------- */

static enum nss_status status_of(int error, const void *found, int *out)
{
	*out = error;
	if (error == ERANGE)
		return NSS_STATUS_TRYAGAIN;
	if (error != 0)
		return NSS_STATUS_UNAVAIL;
	return found ? NSS_STATUS_SUCCESS : NSS_STATUS_NOTFOUND;
}

static enum nss_status libc_passwd_name(const char *name, struct passwd *out,
					char *room, size_t n, int *error)
{
	struct passwd *found = NULL;
	int r = getpwnam_r(name, out, room, n, &found);

	return status_of(r, found, error);
}

static enum nss_status libc_passwd_id(uid_t id, struct passwd *out,
				      char *room, size_t n, int *error)
{
	struct passwd *found = NULL;
	int r = getpwuid_r(id, out, room, n, &found);

	return status_of(r, found, error);
}

static enum nss_status libc_group_name(const char *name, struct group *out,
				       char *room, size_t n, int *error)
{
	struct group *found = NULL;
	int r = getgrnam_r(name, out, room, n, &found);

	return status_of(r, found, error);
}

static enum nss_status libc_group_id(gid_t id, struct group *out, char *room,
				     size_t n, int *error)
{
	struct group *found = NULL;
	int r = getgrgid_r(id, out, room, n, &found);

	return status_of(r, found, error);
}

static enum result files_functions(struct functions *out)
{
	/* glibc asks no nscd of a line that a program has set */
	if (__nss_configure_lookup("passwd", "files") ||
	    __nss_configure_lookup("group", "files"))
		return R_INTERNAL;
	*out = (struct functions){ libc_passwd_name, libc_passwd_id,
				   libc_group_name, libc_group_id };
	return R_OK;
}

/* -- every other module ------------------------------------------------------------ */

/* POSIX lets dlsym's pointer be a function's, ISO C has no cast for it. */
static void find(void *module, const char *source, const char *what,
		 void *out)
{
	char name[80];
	void *at;

	snprintf(name, sizeof(name), "_nss_%s_%s", source, what);
	at = dlsym(module, name);
	memcpy(out, &at, sizeof(at));
}

/* R_ABSENT: not installed. R_INTERNAL: it is, and can't be loaded, which may
 * be repaired tomorrow. */
static enum result module_functions(const char *source, struct functions *out)
{
	char file[64];
	void *module;
	const char *why;

	snprintf(file, sizeof(file), "libnss_%s.so.2", source);
	module = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
	if (!module) {
		why = dlerror();
		/* the file that is missing stands first: a library that the
		 * module needs is not the module. No locale is ever set. */
		return why && !strncmp(why, file, strlen(file)) &&
		       strstr(why, "No such file") ? R_ABSENT : R_INTERNAL;
	}
	find(module, source, "getpwnam_r", &out->passwd_name);
	find(module, source, "getpwuid_r", &out->passwd_id);
	find(module, source, "getgrnam_r", &out->group_name);
	find(module, source, "getgrgid_r", &out->group_id);
	return R_OK;
}

/* -- asking ------------------------------------------------------------------------- */

static enum nss_status call(const struct functions *f,
			    const struct names_question *q, bool by_id,
			    char *room, size_t n, int *error)
{
	struct passwd pw;
	struct group gr;

	if (q->group && by_id)
		return f->group_id ? f->group_id(q->id, &gr, room, n, error) :
				     NSS_STATUS_NOTFOUND;
	if (q->group)
		return f->group_name ?
			f->group_name(q->name, &gr, room, n, error) :
			NSS_STATUS_NOTFOUND;
	if (by_id)
		return f->passwd_id ?
			f->passwd_id(q->id, &pw, room, n, error) :
			NSS_STATUS_NOTFOUND;
	return f->passwd_name ? f->passwd_name(q->name, &pw, room, n, error) :
				NSS_STATUS_NOTFOUND;
}

static enum verdict ask(const struct functions *f,
			const struct names_question *q, bool by_id)
{
	static char room[ROOM_MAX];

	for (size_t n = 4096;; n *= 2) {
		int error = 0;
		enum nss_status s = call(f, q, by_id, room, n, &error);

		if (s == NSS_STATUS_NOTFOUND)
			return VERDICT_FREE;
		if (s == NSS_STATUS_SUCCESS)
			return VERDICT_TAKEN;
		if (s != NSS_STATUS_TRYAGAIN || error != ERANGE)
			return VERDICT_SILENT;
		if (n >= sizeof(room))
			return VERDICT_TAKEN;	/* it knows something large */
	}
}

enum verdict names_source_ask(const char *source,
			      const struct names_question *q)
{
	struct functions f = { 0 };
	enum result r = strcmp(source, "files") == 0 ?
		files_functions(&f) : module_functions(source, &f);
	enum verdict name, id;

	if (r != R_OK)
		return r == R_ABSENT ? VERDICT_FREE : VERDICT_SILENT;
	name = ask(&f, q, false);
	id = q->id == NAMES_NO_ID ? VERDICT_FREE : ask(&f, q, true);
	if (name == VERDICT_TAKEN || id == VERDICT_TAKEN)
		return VERDICT_TAKEN;
	return name == VERDICT_FREE && id == VERDICT_FREE ? VERDICT_FREE :
							    VERDICT_SILENT;
}
