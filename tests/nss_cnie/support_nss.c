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

static void *find_module(void)
{
	char self[256], path[300];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	void *handle;

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	snprintf(nss_folder, sizeof(nss_folder), "%s", dirname(self));
	snprintf(path, sizeof(path), "%s/libnss_cnie.so.2", nss_folder);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(handle != NULL, "%s", dlerror());
	return handle;
}

void nss_reload(void)
{
	const struct { void *to; const char *name; } functions[] = {
		{ &nss.getpwnam, "_nss_cnie_getpwnam_r" },
		{ &nss.getpwuid, "_nss_cnie_getpwuid_r" },
		{ &nss.getgrnam, "_nss_cnie_getgrnam_r" },
		{ &nss.getgrgid, "_nss_cnie_getgrgid_r" },
		{ &nss.initgroups, "_nss_cnie_initgroups_dyn" },
		{ &nss.setpwent, "_nss_cnie_setpwent" },
		{ &nss.getpwent, "_nss_cnie_getpwent_r" },
		{ &nss.endpwent, "_nss_cnie_endpwent" },
		{ &nss.setgrent, "_nss_cnie_setgrent" },
		{ &nss.getgrent, "_nss_cnie_getgrent_r" },
		{ &nss.endgrent, "_nss_cnie_endgrent" },
	};

	nss.handle = find_module();
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *f = dlsym(nss.handle, functions[i].name);

		ck_assert_msg(f != NULL, "%s", functions[i].name);
		memcpy(functions[i].to, &f, sizeof(f));
	}
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
	nss_reload();
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

static void write_flagged(uint32_t n, uint32_t flags)
{
	static uint64_t generation = 1795300000;
	struct people p;
	struct view_source s = people_source(&p, n);

	s.generation = ++generation;
	s.flags = flags;
	ck_assert_int_eq(view_write_from(&s, nss_view), R_OK);
}

void nss_write(uint32_t n)
{
	write_flagged(n, 0);
}

void nss_write_listed(uint32_t n)
{
	write_flagged(n, VIEW_ENUMERATE);
}

int nss_getent(const char *what, char *out, size_t cap)
{
	char command[600];
	size_t n;
	FILE *f;

	snprintf(command, sizeof(command), "CNIE_ROOT=%s LD_LIBRARY_PATH=%s"
		 " getent -s cnie %s", nss_root, nss_folder, what);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(out, 1, cap - 1, f);
	out[n] = '\0';
	return pclose(f);
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
