// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * helper_begin, met as cnied meets it: a child has the control channel at
 * descriptor 3, is sent MSG_HELPER_START, and answers MSG_HELPER_READY when
 * it has given up root. What it then is, the kernel tells us (/proc).
 * Needs root; the ids are numbers, no such users need to exist.
 */
#include "check_main.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/helper.h"

#define UID 61234u
#define GID 61235u
#define VIDEO 61236u
#define WAIT_MS 3000
#define NOW  1700000000
#define DEAF 1700000001

#define EXIT_REFUSED 40		/* + enum result of helper_begin */

static int control[2];		/* [0] ours, [1] the child's */
static int key_fd;		/* an open file, at FD_KEY of the child */

/* What a helper does after the start: it says ready and waits. */
static void serve(const struct helper *h)
{
	struct msg_helper_ready again = { 2 };
	uint8_t buf[16];
	struct span in;

	if (h->now != NOW && h->now != DEAF)
		helper_exit(3);
	helper_ready(h);
	while (h->now == DEAF)		/* to its channel, even closed */
		pause();
	if (chan_wait(FD_CONTROL, -1) != R_OK)	/* the test has looked */
		helper_exit(6);
	if (helper_begin(HELPER_CARD, &(struct helper){ 0 }) == R_OK)
		helper_exit(4);		/* nobody sent a second start */
	if (chan_send(FD_CONTROL, MSG_HELPER_READY, &again) != R_OK)
		helper_exit(5);
	(void)!chan_recv(FD_CONTROL, buf, sizeof(buf), -1, &in);
	helper_exit(0);
}

static void child(enum helper_kind kind)
{
	struct helper h = { 0 };
	enum result r;
	int c = fcntl(control[1], F_DUPFD, 40), k = fcntl(key_fd, F_DUPFD, 41);

	for (int fd = 0; fd < 10; fd++)	/* all taken, some by what must go */
		dup2(k, fd);
	for (int fd = FD_CONTROL; fd < FD_KEY; fd++)
		dup2(c, fd);
	for (int fd = 20; fd < 30; fd++)
		dup2(k, fd);
	dup2(k, 900);
	r = helper_begin(kind, &h);
	if (r != R_OK)
		_exit(EXIT_REFUSED + (int)r);
	serve(&h);
}

static pid_t start(enum helper_kind kind, const struct msg_helper_start *m)
{
	pid_t pid;

	ck_assert_int_eq(chan_pair(control), R_OK);
	key_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	pid = fork();
	if (pid == 0)
		child(kind);
	ck_assert_int_gt(pid, 0);
	close(control[1]);
	if (m)
		ck_assert_int_eq(chan_send(control[0], MSG_HELPER_START, m),
				 R_OK);
	return pid;
}

static int end(pid_t pid)
{
	int status;

	close(control[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void expect_ready(uint32_t least)
{
	struct msg_helper_ready m = { 0 };

	ck_assert_int_eq(chan_expect(control[0], MSG_HELPER_READY, &m,
				     mono_ms() + 2 * WAIT_MS + 3000), R_OK);
	ck_assert_uint_ge(m.load_us, least);
}

static const struct msg_helper_start good = {
	UID, GID, 0, NOW,
};

/* The line of /proc/PID/status that begins with `key`. */
static const char *status_of(pid_t pid, const char *key)
{
	static char line[256];
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		size_t n = strlen(key);

		if (!strncmp(line, key, n) && line[n] == ':') {
			line[strcspn(line, "\n")] = '\0';
			fclose(f);
			return line + n + 1;
		}
	}
	fclose(f);
	ck_abort_msg("%s is not in %s", key, path);
	return NULL;
}

static void assert_status(pid_t pid, const char *key, const char *want)
{
	ck_assert_str_eq(status_of(pid, key), want);
}

START_TEST(root_is_given_up_for_good)
{
	char ids[64], caps[32];
	pid_t pid = start((enum helper_kind)_i, &good);

	expect_ready(0);
	snprintf(ids, sizeof(ids), "\t%u\t%u\t%u\t%u", UID, UID, UID, UID);
	assert_status(pid, "Uid", ids);
	snprintf(ids, sizeof(ids), "\t%u\t%u\t%u\t%u", GID, GID, GID, GID);
	assert_status(pid, "Gid", ids);
	assert_status(pid, "Groups", "\t ");
	snprintf(caps, sizeof(caps), "\t%016x",
		 _i == HELPER_FACE ? 1u << CAP_IPC_LOCK : 0);
	assert_status(pid, "CapEff", caps);
	assert_status(pid, "CapPrm", caps);
	assert_status(pid, "CapInh", "\t0000000000000000");
	assert_status(pid, "CapAmb", "\t0000000000000000");
	assert_status(pid, "NoNewPrivs", "\t1");
	kill(pid, SIGKILL);
	end(pid);
}
END_TEST

START_TEST(the_camera_group_is_the_only_other_group)
{
	struct msg_helper_start m = good;
	char want[32];
	pid_t pid;

	m.extra_gid = VIDEO;
	pid = start(HELPER_FACE, &m);
	expect_ready(0);
	snprintf(want, sizeof(want), "\t%u ", VIDEO);
	assert_status(pid, "Groups", want);
	kill(pid, SIGKILL);
	end(pid);
}
END_TEST

/* dumpable 0 shows in /proc: its files belong to root then. */
START_TEST(nothing_of_it_can_be_dumped)
{
	char path[64], line[256], soft[32] = "", hard[32] = "";
	struct stat st;
	FILE *f;
	pid_t pid = start((enum helper_kind)_i, &good);

	expect_ready(0);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, 0);
	snprintf(path, sizeof(path), "/proc/%d/limits", pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "Max core file size", 18))
			sscanf(line + 18, "%31s %31s", soft, hard);
	fclose(f);
	ck_assert_str_eq(soft, "0");
	ck_assert_str_eq(hard, "0");
	kill(pid, SIGKILL);
	end(pid);
}
END_TEST

/* Bits: which descriptors are open, and which of those are /dev/null. */
static void descriptors(pid_t pid, unsigned int *open_fds, unsigned int *null)
{
	char path[64], to[128];
	struct dirent *e;
	DIR *d;

	*open_fds = *null = 0;
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d))) {
		int fd = atoi(e->d_name);
		ssize_t n;

		if (e->d_name[0] == '.')
			continue;
		ck_assert_msg(fd <= FD_LAST, "descriptor %d stayed open", fd);
		n = readlinkat(dirfd(d), e->d_name, to, sizeof(to) - 1);
		ck_assert_int_gt(n, 0);
		to[n] = '\0';
		*open_fds |= 1u << fd;
		if (!strcmp(to, "/dev/null"))
			*null |= 1u << fd;
	}
	closedir(d);
}

static const unsigned int stay[HELPER_COUNT] = {
	[HELPER_CARD] = 0x1f,		/* control, apdu */
	[HELPER_INSPECT] = 0x7f,	/* and portrait, number */
	[HELPER_FACE] = 0x2f,		/* control, portrait */
	[HELPER_SECTOR] = 0x3cf,	/* control, number, keys, tokeniser */
};

START_TEST(only_its_own_channels_stay_open)
{
	unsigned int open_fds, null;
	pid_t pid = start((enum helper_kind)_i, &good);

	expect_ready(0);
	descriptors(pid, &open_fds, &null);
	ck_assert_uint_eq(open_fds, stay[_i]);
	ck_assert_uint_eq(null, 7);	/* stdio, and nothing else */
	kill(pid, SIGKILL);
	end(pid);
}
END_TEST

START_TEST(it_dies_with_the_process_that_started_it)
{
	struct msg_helper_start m = good;
	int up[2], status;
	pid_t parent, helper = 0;

	m.now = DEAF;	/* so that the closed channel is not what ends it */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe(up), 0);
	parent = fork();
	if (parent == 0) {
		helper = start(HELPER_INSPECT, &m);
		expect_ready(0);
		(void)!write(up[1], &helper, sizeof(helper));
		for (;;)
			pause();
	}
	close(up[1]);
	ck_assert_int_eq(read(up[0], &helper, sizeof(helper)),
			 (ssize_t)sizeof(helper));
	kill(parent, SIGKILL);
	ck_assert_int_eq(waitpid(parent, &status, 0), parent);
	ck_assert_int_eq(waitpid(helper, &status, 0), helper);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
END_TEST

/* cnied dies while the loader still maps its libraries; the start has come. */
START_TEST(a_parent_that_died_before_it_ran_is_absent)
{
	struct msg_helper_start m = good;
	pid_t parent, helper = 0;
	int up[2], status;

	m.now = DEAF;
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe(up), 0);
	parent = fork();
	if (parent == 0) {
		ck_assert_int_eq(chan_pair(control), R_OK);
		key_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
		ck_assert_int_eq(chan_send(control[0], MSG_HELPER_START, &m),
				 R_OK);
		helper = fork();
		if (helper == 0) {
			pid_t starter = getppid();

			close(control[0]);
			(void)!write(up[1], &(pid_t){ getpid() }, sizeof(pid_t));
			while (getppid() == starter)
				usleep(1000);
			child(HELPER_INSPECT);
		}
		for (;;)
			pause();
	}
	close(up[1]);
	ck_assert_int_eq(read(up[0], &helper, sizeof(helper)),
			 (ssize_t)sizeof(helper));
	kill(parent, SIGKILL);
	ck_assert_int_eq(waitpid(parent, &status, 0), parent);
	ck_assert_int_eq(waitpid(helper, &status, 0), helper);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_REFUSED + R_ABSENT);
}
END_TEST

static const struct { uint32_t uid, gid; enum result r; } bad_ids[] = {
	{ 0, GID, R_DENIED }, { UID, 0, R_DENIED }, { 0, 0, R_DENIED },
};

START_TEST(root_is_no_helpers_user)
{
	struct msg_helper_start m = good;
	int status;

	m.uid = bad_ids[_i].uid;
	m.gid = bad_ids[_i].gid;
	status = end(start(HELPER_SECTOR, &m));
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_REFUSED + R_DENIED);
}
END_TEST

START_TEST(a_parent_that_goes_before_the_start_is_absent)
{
	int status = end(start(HELPER_CARD, NULL));

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_REFUSED + R_ABSENT);
}
END_TEST

START_TEST(anything_but_the_start_is_refused)
{
	struct msg_card_end m = { 0 };
	pid_t pid = start(HELPER_CARD, NULL);
	int status;

	ck_assert_int_eq(chan_send(control[0], MSG_CARD_END, &m), R_OK);
	status = end(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_REFUSED + R_MALFORMED);
}
END_TEST

START_TEST(started_by_hand_it_refuses_at_once)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct helper h;

		close(FD_CONTROL);
		if (_i == 1)	/* a file, no channel */
			dup2(open("/dev/null", O_RDWR), FD_CONTROL);
		if (_i == 2) {	/* root without a start */
			int p[2];

			if (pipe(p))
				_exit(1);
			dup2(p[0], FD_CONTROL);
		}
		_exit(EXIT_REFUSED + (int)helper_begin(HELPER_FACE, &h));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_REFUSED + R_ABSENT);
}
END_TEST

START_TEST(without_root_there_is_nothing_to_give_up)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(chan_pair(control), R_OK);
	key_fd = open("/dev/null", O_RDONLY);
	pid = fork();
	if (pid == 0) {
		if (setresgid(GID, GID, GID) || setresuid(65533, 65533, 65533))
			_exit(1);
		child(HELPER_CARD);
	}
	close(control[1]);
	ck_assert_int_eq(chan_send(control[0], MSG_HELPER_START, &good), R_OK);
	status = end(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_REFUSED + R_INTERNAL);
}
END_TEST

START_TEST(a_second_begin_is_refused)
{
	int status;
	pid_t pid = start(HELPER_INSPECT, &good);

	expect_ready(0);
	/* it is asked to begin again, and tries */
	ck_assert_int_eq(chan_send(control[0], MSG_HELPER_START, &good), R_OK);
	expect_ready(2);
	status = end(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

START_TEST(a_failure_is_told_with_its_reason)
{
	struct msg_helper_fail m = { 0 };
	int status;
	pid_t pid;

	ck_assert_int_eq(chan_pair(control), R_OK);
	pid = fork();
	if (pid == 0) {
		dup2(control[1], FD_CONTROL);
		helper_fail(REASON_DG_HASH, 0x6982, STAGE_DG2);
	}
	close(control[1]);
	ck_assert_int_eq(chan_expect(control[0], MSG_HELPER_FAIL, &m,
				     mono_ms() + WAIT_MS), R_OK);
	ck_assert_uint_eq(m.reason, REASON_DG_HASH);
	ck_assert_uint_eq(m.sw, 0x6982);
	ck_assert_uint_eq(m.stage, STAGE_DG2);
	status = end(pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

START_TEST(the_programs_are_named_as_they_are_installed)
{
	ck_assert_str_eq(helper_name(HELPER_CARD), "cnie-card");
	ck_assert_str_eq(helper_name(HELPER_INSPECT), "cnie-inspect");
	ck_assert_str_eq(helper_name(HELPER_FACE), "cnie-face");
	ck_assert_str_eq(helper_name(HELPER_SECTOR), "cnie-sector");
}
END_TEST

static Suite *helper_suite(void)
{
	const TTest *const kinds[] = {
		root_is_given_up_for_good, nothing_of_it_can_be_dumped,
		only_its_own_channels_stay_open,
	};
	const TTest *const each[] = {
		the_camera_group_is_the_only_other_group,
		it_dies_with_the_process_that_started_it,
		a_parent_that_died_before_it_ran_is_absent,
		a_parent_that_goes_before_the_start_is_absent,
		anything_but_the_start_is_refused,
		without_root_there_is_nothing_to_give_up,
		a_second_begin_is_refused,
		a_failure_is_told_with_its_reason,
		the_programs_are_named_as_they_are_installed,
	};
	Suite *s = suite_create("helper");
	TCase *t = tcase_create("all");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		tcase_add_loop_test(t, kinds[i], 0, HELPER_COUNT);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		tcase_add_test(t, each[i]);
	tcase_add_loop_test(t, root_is_no_helpers_user, 0, 3);
	tcase_add_loop_test(t, started_by_hand_it_refuses_at_once, 0, 3);
	tcase_set_timeout(t, 30);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(helper_suite)
