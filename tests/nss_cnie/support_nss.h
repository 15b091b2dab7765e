/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CNIE_ROOT of its own with a view in it, and the twin module loaded the
 * way glibc loads it. */
#ifndef CNIE_TESTS_SUPPORT_NSS_H
#define CNIE_TESTS_SUPPORT_NSS_H

#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <sys/types.h>

#include "sim/view_people.h"

struct module {
	void *handle;
	enum nss_status (*getpwnam)(const char *, struct passwd *, char *,
				    size_t, int *);
	enum nss_status (*getpwuid)(uid_t, struct passwd *, char *, size_t,
				    int *);
	enum nss_status (*getgrnam)(const char *, struct group *, char *,
				    size_t, int *);
	enum nss_status (*getgrgid)(gid_t, struct group *, char *, size_t,
				    int *);
	enum nss_status (*initgroups)(const char *, gid_t, long int *,
				      long int *, gid_t **, long int, int *);
	enum nss_status (*setpwent)(int), (*endpwent)(void);
	enum nss_status (*getpwent)(struct passwd *, char *, size_t, int *);
	enum nss_status (*setgrent)(int), (*endgrent)(void);
	enum nss_status (*getgrent)(struct group *, char *, size_t, int *);
};

extern char nss_root[64], nss_view[128], nss_folder[256];
extern struct module nss;

void nss_setup(void);		/* fixture: root, no view yet, module */
void nss_teardown(void);
void nss_reload(void);		/* after dlclose(nss.handle) */
/* A view of `people`, each of a later generation than the one before. */
void nss_write(uint32_t people);
void nss_write_listed(uint32_t people);		/* that may be enumerated */
/* What getent prints for "passwd NAME" and the like; its exit status. */
int nss_getent(const char *what, char *out, size_t cap);
/* Lines of /proc/self/maps that name the view, deleted ones too. */
unsigned int nss_mappings(void);

#endif
