// SPDX-License-Identifier: GPL-3.0-or-later
/* cnie-inspect itself, as cnied starts it, up to the word that a card is
 * there: its real privileges dropped, its real filter on. */
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "check_main.h"
#include "inspect/procedure.h"

#define WAIT_MS 10000

static char dir[64];

static void setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	strcpy(dir, "/tmp/check_inspect.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
}

static void teardown(void)
{
	rmdir(dir);
}

static void become_helper(int control)
{
	char *argv[] = { (char *)"cnie-inspect", NULL }, *envp[] = { NULL };
	char self[PATH_MAX] = "", path[PATH_MAX];

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 ||
	    snprintf(path, sizeof(path), "%s/cnie-inspect", dirname(self)) >=
		    (int)sizeof(path) ||
	    dup2(control, FD_CONTROL) < 0)
		_exit(99);
	execve(path, argv, envp);
	_exit(98);
}

/* Started and ready to be told to go. */
static pid_t start(int *control)
{
	struct msg_helper_start s = { .uid = 65533, .gid = 65533, .now = 1 };
	struct msg_inspect_config c = { .mode = INSPECT_LOGIN,
					.flags = PROFILE_NUMBER_IN_OPTIONAL1,
					.state = "UTO", .country = "UT" };
	struct msg_helper_ready ready;
	int pair[2];
	pid_t pid;

	strcpy(c.number_regex, "[0-9]+");
	strcpy(c.csca_dir, dir);
	ck_assert_int_eq(chan_pair(pair), R_OK);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		become_helper(pair[1]);
	close(pair[1]);
	*control = pair[0];
	ck_assert_int_eq(chan_send(*control, MSG_HELPER_START, &s), R_OK);
	ck_assert_int_eq(chan_send(*control, MSG_INSPECT_CONFIG, &c), R_OK);
	ck_assert_int_eq(chan_expect(*control, MSG_HELPER_READY, &ready,
				     mono_ms() + WAIT_MS), R_OK);
	return pid;
}

/* What /proc/PID/status says of its locked memory. */
static size_t locked_bytes(pid_t pid)
{
	char path[64], line[256];
	size_t kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VmLck: %zu kB", &kb) == 1)
			break;
	fclose(f);
	return kb * 1024;
}

START_TEST(number_and_portrait_have_a_place_that_is_never_swapped)
{
	int control, status;
	pid_t pid = start(&control);

#ifdef __SANITIZE_ADDRESS__	/* its mlock does nothing and says it did */
	ck_assert_uint_eq(locked_bytes(pid), 0);
#else
	ck_assert_uint_ge(locked_bytes(pid), sizeof(struct inspection));
#endif
	close(control);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
}
END_TEST

START_TEST(what_is_not_the_word_to_go_ends_it)
{
	struct msg_inspect_proceed m = { .what = PROCEED_NUMBER };
	int control, status;
	pid_t pid = start(&control);

	ck_assert_int_eq(chan_send(control, MSG_INSPECT_PROCEED, &m), R_OK);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	close(control);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("inspect process");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t,
		number_and_portrait_have_a_place_that_is_never_swapped);
	tcase_add_test(t, what_is_not_the_word_to_go_ends_it);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
