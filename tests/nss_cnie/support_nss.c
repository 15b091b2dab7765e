/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support_nss.h"

#include <dlfcn.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

char nss_root[64], nss_view[128], nss_folder[256];
struct module nss;

static void find_module(void)
{
	char self[256], path[300];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	snprintf(nss_folder, sizeof(nss_folder), "%s", dirname(self));
	snprintf(path, sizeof(path), "%s/libnss_cnie.so.2", nss_folder);
	nss.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(nss.handle != NULL, "%s", dlerror());
}

static void load_module(void)
{
	find_module();
	*(void **)&nss.getpwnam = dlsym(nss.handle, "_nss_cnie_getpwnam_r");
	*(void **)&nss.getpwuid = dlsym(nss.handle, "_nss_cnie_getpwuid_r");
	*(void **)&nss.getgrnam = dlsym(nss.handle, "_nss_cnie_getgrnam_r");
	*(void **)&nss.getgrgid = dlsym(nss.handle, "_nss_cnie_getgrgid_r");
	*(void **)&nss.initgroups = dlsym(nss.handle,
					  "_nss_cnie_initgroups_dyn");
	ck_assert(nss.getpwnam && nss.getpwuid && nss.getgrnam &&
		  nss.getgrgid && nss.initgroups);
}

static void make(const char *folder)
{
	char path[128];

	snprintf(path, sizeof(path), "%s%s", nss_root, folder);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

void nss_setup(void)
{
	strcpy(nss_root, "/tmp/check_nss.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(nss_root));
	ck_assert_int_eq(chmod(nss_root, 0755), 0);
	make("/var");
	make("/var/lib");
	make("/var/lib/cnie");
	snprintf(nss_view, sizeof(nss_view), "%s/var/lib/cnie/accounts.view",
		 nss_root);
	ck_assert_int_eq(setenv("CNIE_ROOT", nss_root, 1), 0);
	load_module();
}

void nss_teardown(void)
{
	static const char *const parts[] = {
		"/var/lib/cnie/accounts.view", "/var/lib/cnie", "/var/lib",
		"/var", "",
	};
	char path[128];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", nss_root, parts[i]);
		remove(path);
	}
}

void nss_write(uint32_t n)
{
	struct people p;
	struct view_source s = people_source(&p, n);

	ck_assert_int_eq(view_write_from(&s, nss_view), R_OK);
}

unsigned int nss_mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned int n = 0;
	char line[1024];

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, "accounts.view") != NULL;
	fclose(f);
	return n;
}
