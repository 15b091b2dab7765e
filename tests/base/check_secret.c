// SPDX-License-Identifier: GPL-3.0-or-later
#include "check_main.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"

static bool all_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i])
			return false;
	return true;
}

START_TEST(wiping_leaves_zeros_and_only_there)
{
	uint8_t b[16];

	memset(b, 0xaa, sizeof(b));
	secret_wipe(b + 4, 8);
	ck_assert(all_zero(b + 4, 8));
	ck_assert(b[3] == 0xaa && b[12] == 0xaa);
	secret_wipe(NULL, 8);
	secret_wipe(b, 0);
	ck_assert(b[0] == 0xaa);
}
END_TEST

/* The VmFlags of the mapping that begins at p, from the kernel's own list. */
static void mapping_flags(const void *p, char *out, size_t cap)
{
	char line[512], start[32];
	bool here = false;
	FILE *f = fopen("/proc/self/smaps", "r");

	ck_assert_ptr_nonnull(f);
	out[0] = '\0';
	snprintf(start, sizeof(start), "%lx-", (unsigned long)(uintptr_t)p);
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, start, strlen(start)))
			here = true;
		if (here && !strncmp(line, "VmFlags:", 8)) {
			snprintf(out, cap, "%.200s", line + 8);
			break;
		}
	}
	fclose(f);
}

START_TEST(the_page_is_locked_and_outside_core_dumps_and_children)
{
	void *page = NULL;
	char flags[256];

	ck_assert_int_eq(secret_page_new(&page), R_OK);
	ck_assert(all_zero(page, SECRET_PAGE_SIZE));
	mapping_flags(page, flags, sizeof(flags));
#ifndef __SANITIZE_ADDRESS__	/* it makes mlock do nothing */
	ck_assert_ptr_nonnull(strstr(flags, " lo"));	/* locked */
#endif
	ck_assert_ptr_nonnull(strstr(flags, " dd"));	/* do not dump */
	ck_assert_ptr_nonnull(strstr(flags, " wf"));	/* wipe on fork */
	secret_page_free(&page);
	ck_assert_ptr_null(page);
	secret_page_free(&page);
}
END_TEST

START_TEST(a_forked_child_sees_zeros)
{
	void *page = NULL;
	int status;
	pid_t pid;

	ck_assert_int_eq(secret_page_new(&page), R_OK);
	memset(page, 0x5a, SECRET_PAGE_SIZE);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(all_zero(page, SECRET_PAGE_SIZE) ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_int_eq(((uint8_t *)page)[17], 0x5a);
	secret_page_free(&page);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__
START_TEST(without_locked_memory_there_is_no_page)
{
	struct rlimit none = { 0, 0 };
	void *page = &none;

	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	if (geteuid() == 0)	/* root may lock beyond its limit */
		ck_assert_int_eq(setresuid(65533, 65533, 65533), 0);
	ck_assert_int_eq(secret_page_new(&page), R_INTERNAL);
	ck_assert_ptr_eq(page, &none);
}
END_TEST
#endif

START_TEST(no_dumps_means_no_core_and_not_dumpable)
{
	struct rlimit l;

	ck_assert_int_eq(secret_no_dumps(), R_OK);
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &l), 0);
	ck_assert(l.rlim_cur == 0 && l.rlim_max == 0);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
}
END_TEST

static Suite *secret_suite(void)
{
	Suite *s = suite_create("secret");
	TCase *t = tcase_create("all");

	tcase_add_test(t, wiping_leaves_zeros_and_only_there);
	tcase_add_test(t, the_page_is_locked_and_outside_core_dumps_and_children);
	tcase_add_test(t, a_forked_child_sees_zeros);
#ifndef __SANITIZE_ADDRESS__
	tcase_add_test(t, without_locked_memory_there_is_no_page);
#endif
	tcase_add_test(t, no_dumps_means_no_core_and_not_dumpable);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(secret_suite)
