// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Both modules load alone with RTLD_NOW into a process that has linked
 * nothing of theirs, give their entry points and no other symbol of the
 * project, and leave the process as it was. The modules beside this program
 * are the twins; CNIE_MODULE_DIR names the folder of others.
 */
#include "check_main.h"

#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *file;
	const char *entries[7];
} modules[] = {
	{ "pam_cnie.so", {
		"pam_sm_authenticate", "pam_sm_setcred", "pam_sm_acct_mgmt",
		"pam_sm_open_session", "pam_sm_close_session",
		"pam_sm_chauthtok" } },
	{ "libnss_cnie.so.2", {
		"_nss_cnie_getpwnam_r", "_nss_cnie_getpwuid_r",
		"_nss_cnie_getgrnam_r", "_nss_cnie_getgrgid_r",
		"_nss_cnie_initgroups_dyn" } },
};

static const char *const not_exported[] = {
	"span_take", "wire_get", "chan_send", "prefix_path", "view_open",
	"message_text", "secret_wipe",
};

static void *load(int i, int mode)
{
	char dir[PATH_MAX], path[PATH_MAX + 64];
	const char *given = getenv("CNIE_MODULE_DIR");
	ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	void *h;

	ck_assert_int_gt(n, 0);
	dir[n] = '\0';
	*strrchr(dir, '/') = '\0';
	snprintf(path, sizeof(path), "%s/%s", given ? given : dir,
		 modules[i].file);
	h = dlopen(path, mode);
	ck_assert_msg(h != NULL, "%s", dlerror());
	return h;
}

START_TEST(a_module_loads_alone_and_has_its_entry_points)
{
	void *h = load(_i, RTLD_NOW | RTLD_LOCAL);

	for (size_t k = 0; k < 7 && modules[_i].entries[k]; k++)
		ck_assert_msg(dlsym(h, modules[_i].entries[k]) != NULL, "%s",
			      modules[_i].entries[k]);
	for (size_t k = 0; k < sizeof(not_exported) / sizeof(not_exported[0]);
	     k++)
		ck_assert_msg(dlsym(h, not_exported[k]) == NULL, "%s",
			      not_exported[k]);
	ck_assert_int_eq(dlclose(h), 0);
}
END_TEST

static int descriptors(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/fd");

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int threads(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/task");

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static bool mapped(const char *file)
{
	char line[PATH_MAX + 128];
	bool yes = false;
	FILE *f = fopen("/proc/self/maps", "r");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		yes = yes || strstr(line, file);
	fclose(f);
	return yes;
}

START_TEST(a_closed_module_is_gone)
{
	void *h = load(_i, RTLD_NOW | RTLD_LOCAL);

	ck_assert(mapped(modules[_i].file));
	ck_assert_int_eq(dlclose(h), 0);
	ck_assert(!mapped(modules[_i].file));
}
END_TEST

START_TEST(loading_changes_nothing_of_the_process)
{
	struct sigaction before[NSIG], after[NSIG];
	int fds = descriptors(), tasks = threads();

	for (int s = 1; s < NSIG; s++)
		sigaction(s, NULL, &before[s]);
	for (int round = 0; round < 3; round++)
		ck_assert_int_eq(dlclose(load(_i, RTLD_NOW)), 0);
	for (int s = 1; s < NSIG; s++) {
		if (sigaction(s, NULL, &after[s]))
			continue;	/* the C library keeps two for itself */
		ck_assert(before[s].sa_handler == after[s].sa_handler);
		ck_assert_int_eq(before[s].sa_flags, after[s].sa_flags);
	}
	ck_assert_int_eq(descriptors(), fds);
	ck_assert_int_eq(threads(), tasks);
}
END_TEST

static Suite *dlopen_suite(void)
{
	Suite *s = suite_create("dlopen");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, a_module_loads_alone_and_has_its_entry_points,
			    0, 2);
	tcase_add_loop_test(t, a_closed_module_is_gone, 0, 2);
	tcase_add_loop_test(t, loading_changes_nothing_of_the_process, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(dlopen_suite)
