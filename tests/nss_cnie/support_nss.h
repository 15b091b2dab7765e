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
};

extern char nss_root[64], nss_view[128], nss_folder[256];
extern struct module nss;

void nss_setup(void);		/* fixture: root, no view yet, module */
void nss_teardown(void);
void nss_write(uint32_t people);
/* Lines of /proc/self/maps that name the view, deleted ones too. */
unsigned int nss_mappings(void);

#endif
