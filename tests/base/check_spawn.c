// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * spawn_helper starts the program of its name that stands beside the running
 * one (twins). So this program copies itself into a folder twice: as
 * "starter", which calls spawn_helper, and as "cnie-card", which then is the
 * helper and answers on its control channel with what it finds itself to be.
 */
#include "check_main.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/spawn.h"

extern char **environ;

#define WAIT_MS 5000
#define SECRET_FD 50		/* open in the starter, CLOEXEC */

/* -- as cnie-card: one row of text ------------------------------------------- */

static int be_helper(int argc, char **argv)
{
	struct msg_admin_row row = { "" };
	int at = 0;
	struct sigaction sa;
	sigset_t blocked;

	at += snprintf(row.text + at, sizeof(row.text) - (size_t)at,
		       "argc=%d argv0=%s env=", argc, argv[0]);
	for (char **e = environ; *e; e++)
		at += snprintf(row.text + at, sizeof(row.text) - (size_t)at,
			       "%s,", *e);
	at += snprintf(row.text + at, sizeof(row.text) - (size_t)at, " fds=");
	for (int fd = 3; fd < 200; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			at += snprintf(row.text + at,
				       sizeof(row.text) - (size_t)at, "%d,", fd);
	sigaction(SIGUSR1, NULL, &sa);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	snprintf(row.text + at, sizeof(row.text) - (size_t)at,
		 " ignored=%d blocked=%d", sa.sa_handler == SIG_IGN,
		 sigismember(&blocked, SIGUSR2));
	return chan_send(FD_CONTROL, MSG_ADMIN_ROW, &row) == R_OK ? 0 : 1;
}

/* -- as starter: spawn it and print its row ---------------------------------- */

static int be_starter(void)
{
	struct msg_admin_row row = { "" };
	int control[2], apdu[2], status;
	sigset_t set;
	pid_t pid = -1;

	for (int fd = 3; fd < 200; fd++)	/* libcheck's */
		close(fd);
	signal(SIGUSR1, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (chan_pair(control) != R_OK || chan_pair(apdu) != R_OK ||
	    dup3(control[0], SECRET_FD, O_CLOEXEC) < 0)
		return 3;
	if (spawn_helper(HELPER_CARD, (struct spawn_fd[]){
			{ control[1], FD_CONTROL }, { apdu[1], FD_APDU } },
			2, &pid) != R_OK)
		return 4;
	close(control[1]);
	if (chan_expect(control[0], MSG_ADMIN_ROW, &row,
			mono_ms() + WAIT_MS) != R_OK)
		return 5;
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return 6;
	if (spawn_helper(HELPER_SECTOR, NULL, 0, &pid) == R_OK)
		return 7;		/* there is no such program here */
	puts(row.text);
	return 0;
}

/* -- the tests -------------------------------------------------------------------- */

static char dir[64];

static void copy_self(const char *name)
{
	char path[128], buf[65536];
	int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), out;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ck_assert(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		ck_assert_int_eq(write(out, buf, (size_t)n), n);
	ck_assert_int_eq(n, 0);
	close(in);
	close(out);
}

static void setup(void)
{
	strcpy(dir, "/tmp/cnie-spawn-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	copy_self("starter");
	copy_self("cnie-card");
}

static void teardown(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/starter", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/cnie-card", dir);
	unlink(path);
	rmdir(dir);
}

static void start(char *const env[], char *text, int size)
{
	char path[128];
	int out[2], status;
	pid_t pid;
	FILE *f;

	snprintf(path, sizeof(path), "%s/starter", dir);
	ck_assert_int_eq(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		char *const argv[] = { (char *)"starter", NULL };

		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		execve(path, argv, env);
		_exit(127);
	}
	close(out[1]);
	f = fdopen(out[0], "r");
	text[0] = '\0';
	ck_assert(f && fgets(text, size, f));
	fclose(f);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(status == 0, "status %x", (unsigned int)status);
}

START_TEST(a_helper_gets_its_channels_and_nothing_of_our_environment)
{
	char *const env[] = { (char *)"PATH=/evil", (char *)"LD_X=1",
			      (char *)"HOME=/root", NULL };
	char text[1200];

	start(env, text, sizeof(text));
	ck_assert_str_eq(text, "argc=1 argv0=cnie-card env= fds=3,4, "
			 "ignored=0 blocked=0\n");
}
END_TEST

START_TEST(a_twin_passes_its_root_on)
{
	char *const env[] = { (char *)"CNIE_ROOT=/tmp/r", (char *)"A=b", NULL };
	char text[1200];

	start(env, text, sizeof(text));
	ck_assert_str_eq(text, "argc=1 argv0=cnie-card env=CNIE_ROOT=/tmp/r, "
			 "fds=3,4, ignored=0 blocked=0\n");
}
END_TEST

static Suite *spawn_suite(void)
{
	Suite *s = suite_create("spawn");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_helper_gets_its_channels_and_nothing_of_our_environment);
	tcase_add_test(t, a_twin_passes_its_root_on);
	tcase_set_timeout(t, 30);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	SRunner *runner;
	int failed;

	if (argc > 0 && !strcmp(argv[0], "cnie-card"))
		return be_helper(argc, argv);
	if (argc > 0 && !strcmp(argv[0], "starter"))
		return be_starter();
	runner = srunner_create(spawn_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
