/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support_evaluator.h"

#include <check.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATHS 128

static void path_in(const struct evaluator_run *e, const char *name, char *out)
{
	ck_assert_int_lt(snprintf(out, PATHS, "%s/%s", e->dir, name), PATHS);
}

static void write_file(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(p, 1, n, f), n);
	fclose(f);
}

static void become(const struct evaluator_run *e)
{
	char self[PATH_MAX], program[PATH_MAX];
	char socket_path[PATHS], seed[PATHS], count[PATHS], mood[PATHS];
	char *argv[] = { program, socket_path, seed, count, mood, NULL };
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		_exit(97);
	self[n] = '\0';
	snprintf(program, sizeof(program), "%.*s/evaluator", PATH_MAX - 16,
		 dirname(self));
	path_in(e, "socket", socket_path);
	path_in(e, "seed", seed);
	path_in(e, "count", count);
	path_in(e, "mood", mood);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execv(program, argv);
	_exit(98);
}

struct evaluator_run evaluator_start(void)
{
	struct evaluator_run e = { .dir = "/tmp/cnie-evaluator.XXXXXX" };
	char path[PATHS];

	ck_assert_ptr_nonnull(mkdtemp(e.dir));
	randombytes_buf(e.seed, sizeof(e.seed));
	path_in(&e, "seed", path);
	write_file(path, e.seed, sizeof(e.seed));
	path_in(&e, "count", path);
	write_file(path, "0\n", 2);
	e.pid = fork();
	ck_assert_int_ge(e.pid, 0);
	if (e.pid == 0)
		become(&e);
	close(evaluator_connect(&e));	/* it listens */
	return e;
}

void evaluator_stop(struct evaluator_run *e)
{
	static const char *const names[] = { "socket", "seed", "count",
					     "mood" };
	char path[PATHS];

	kill(e->pid, SIGKILL);
	ck_assert_int_eq(waitpid(e->pid, NULL, 0), e->pid);
	for (size_t i = 0; i < 4; i++) {
		path_in(e, names[i], path);
		unlink(path);
	}
	rmdir(e->dir);
}

void evaluator_mood(const struct evaluator_run *e, const char *mood)
{
	char path[PATHS];

	path_in(e, "mood", path);
	write_file(path, mood, strlen(mood));
}

unsigned long evaluator_count(const struct evaluator_run *e)
{
	unsigned long n = 0;
	char path[PATHS];
	FILE *f;

	path_in(e, "count", path);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%lu", &n), 1);
	fclose(f);
	return n;
}

int evaluator_connect(const struct evaluator_run *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	path_in(e, "socket", a.sun_path);
	for (int tries = 0; tries < 1000; tries++) {
		if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
			return fd;
		usleep(10000);
	}
	ck_abort_msg("the evaluator does not listen");
}

static void key_of(const struct evaluator_run *e, uint32_t epoch,
		   uint8_t sk[32], uint8_t pk[32])
{
	char info[32];

	snprintf(info, sizeof(info), "epoch %u", epoch);
	ck_assert_int_eq(oprf_derive_key_pair(OPRF_VERIFIABLE, SPAN(e->seed),
					      span_str(info), sk, pk), R_OK);
}

void evaluator_public(const struct evaluator_run *e, uint32_t epoch,
		      uint8_t pk[32])
{
	uint8_t sk[32];

	key_of(e, epoch, sk, pk);
}

void evaluator_psn(const struct evaluator_run *e, uint32_t epoch,
		   struct span x, uint8_t psn[64])
{
	uint8_t sk[32], pk[32];

	key_of(e, epoch, sk, pk);
	ck_assert_int_eq(oprf_evaluate(OPRF_VERIFIABLE, sk, x, psn), R_OK);
}
