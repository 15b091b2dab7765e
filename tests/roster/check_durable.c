/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The roster killed at every change of a file, and the power gone at every
 * one. CNIE_DURABLE_STEP=1 takes each of them; else one of a few.
 */
#include "support_durable.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"
#include "support_cut.h"
#include "support_roster.h"

#define STEP_KILL 13
#define STEP_CUT 17

static char base[64], folder[80], log_path[80], notes[16384];

static unsigned long step_of(unsigned long usual)
{
	const char *given = getenv("CNIE_DURABLE_STEP");

	return given ? strtoul(given, NULL, 10) : usual;
}

/* In memory where there is such a place: what syncs cost is not asked. */
static void setup(void)
{
	struct stat st;

	snprintf(base, sizeof(base), "%s/check_durable.XXXXXX",
		 stat("/dev/shm", &st) == 0 ? "/dev/shm" : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(base));
	snprintf(folder, sizeof(folder), "%s/d", base);
	snprintf(log_path, sizeof(log_path), "%s/log", base);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	durable_in(folder);
}

static void teardown(void)
{
	folder_empty(folder);
	rmdir(folder);
	unlink(log_path);
	rmdir(base);
}

/* This program again, as the workload, with the shim before it. */
static void be_workload(long at)
{
	char self[PATH_MAX], shim[PATH_MAX], number[32];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		_exit(90);
	self[n] = '\0';
	memcpy(shim, self, (size_t)n + 1);
	snprintf(strrchr(shim, '/'), 32, "/powercut.so");
	snprintf(number, sizeof(number), "%ld", at);
	setenv("LD_PRELOAD", shim, 1);
	setenv("CNIE_CUT_DIR", folder, 1);
	setenv("CNIE_CUT_LOG", log_path, 1);
	if (at >= 0)
		setenv("CNIE_CUT_AT", number, 1);
	/* the shim comes before the sanitizer's library */
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 1);
	execl(self, self, "workload", folder, (char *)NULL);
	_exit(91);
}

/* true: it came to its end. */
static bool live(long at)
{
	int status;
	pid_t pid;

	folder_empty(folder);
	unlink(log_path);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		be_workload(at);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status)) {
		ck_assert_msg(WEXITSTATUS(status) == 0, "step %d failed",
			      WEXITSTATUS(status));
		return true;
	}
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	return false;
}

static void read_notes(void)
{
	struct cut *c = cut_load(log_path, false);

	while (cut_next(c))
		;
	snprintf(notes, sizeof(notes), "%s", cut_notes(c));
	cut_free(c);
}

START_TEST(killed_at_any_change_nothing_is_lost)
{
	unsigned long step = step_of(STEP_KILL);
	const char *bad;
	long at = 0;

	/* the last one is not reached: the life comes to its end */
	while (!live(at)) {
		read_notes();
		bad = durable_problem(notes);
		ck_assert_msg(!bad, "killed at %ld: %s, after:\n%s", at, bad,
			      notes);
		at += (long)step;
	}
	ck_assert_int_gt(at, 200);
	read_notes();
	bad = durable_problem(notes);
	ck_assert_msg(!bad, "at the end: %s", bad);
}
END_TEST

static const struct { enum cut_rest contents, names; } rests[] = {
	{ REST_NOTHING, REST_NOTHING }, { REST_NOTHING, REST_ALL },
	{ REST_ALL, REST_NOTHING }, { REST_ALL, REST_ALL },
	{ REST_PART, REST_PART }, { REST_PART, REST_NOTHING },
	{ REST_PART, REST_ALL },
};
#define RESTS (sizeof(rests) / sizeof(rests[0]))

/* How many folders were wrong, of how many; the first is told. */
static unsigned int cuts(bool deaf, unsigned long step, unsigned int *of)
{
	struct cut *c = cut_load(log_path, deaf);
	unsigned int wrong = 0;

	*of = 0;
	for (uint32_t n = 0; cut_next(c); n++) {
		if (n % step)
			continue;
		for (size_t i = 0; i < RESTS; i++, ++*of) {
			const char *bad;

			cut_build(c, folder, rests[i].contents,
				  rests[i].names, n);
			bad = durable_problem(cut_notes(c));
			if (bad && !deaf)
				fprintf(stderr, "cut at %u, rest %zu: %s\n",
					n, i, bad);
			wrong += bad != NULL;
		}
	}
	cut_free(c);
	return wrong;
}

START_TEST(power_gone_at_any_change_nothing_is_lost)
{
	unsigned int of = 0;

	ck_assert(live(-1));
	ck_assert_int_eq(cuts(false, step_of(STEP_CUT), &of), 0);
	ck_assert_int_gt(of, 20 * RESTS);
}
END_TEST

/* As if no sync had ever been asked for: that it is seen shows that the other
 * test can fail. */
START_TEST(a_life_without_syncs_is_found_out)
{
	unsigned int of = 0, wrong;

	ck_assert(live(-1));
	wrong = cuts(true, 101, &of);
	ck_assert_int_gt(wrong, of / 4);
}
END_TEST

static Suite *durable_suite(void)
{
	Suite *s = suite_create("roster/durable");
	TCase *t = tcase_create("durable");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 3600);
	tcase_add_test(t, killed_at_any_change_nothing_is_lost);
	tcase_add_test(t, power_gone_at_any_change_nothing_is_lost);
	tcase_add_test(t, a_life_without_syncs_is_found_out);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	SRunner *runner;
	int failed;

	if (argc == 3 && strcmp(argv[1], "workload") == 0) {
		durable_in(argv[2]);
		return durable_workload();
	}
	runner = srunner_create(durable_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
