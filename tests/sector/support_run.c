/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support_run.h"

#include <check.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void twin_path(char *out)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	ck_assert_int_lt(snprintf(out, PATH_MAX, "%s/cnie-sector",
				  dirname(self)), PATH_MAX);
}

/* Above the fixed numbers, so that no dup2 meets one that is still needed. */
static int lifted(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 30);
}

static void place(int fd, int at)
{
	if (fd < 0)
		close(at);
	else if (dup2(fd, at) != at)
		_exit(99);
}

/* What tells a token's library where its token is and, in a build of mutants,
 * which refusal is off; nothing else. */
#define PASSED 5
static const char *const passed[PASSED] = {
	"SOFTHSM2_CONF", "TPM2_PKCS11_STORE", "TPM2_PKCS11_TCTI",
	"CNIE_MUTANT", "CNIE_MUTATION",
};

static void pass_on(char text[PASSED][256], char *envp[PASSED + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < PASSED; i++)
		if (getenv(passed[i])) {
			snprintf(text[i], sizeof(text[i]), "%s=%s", passed[i],
				 getenv(passed[i]));
			envp[n++] = text[i];
		}
	envp[n] = NULL;
}

static void become_helper(const char *path, int control, int number,
			  struct sector_fds fds)
{
	char text[PASSED][256], *envp[PASSED + 1];
	char *argv[] = { (char *)"cnie-sector", NULL };

	pass_on(text, envp);
	fds = (struct sector_fds){ lifted(fds.key), lifted(fds.old),
				   lifted(fds.tokeniser) };
	place(control, FD_CONTROL);
	place(number, FD_NUMBER);
	place(fds.key, FD_KEY);
	place(fds.old, FD_KEY_OLD);
	place(fds.tokeniser, FD_TOKENISER);
	execve(path, argv, envp);
	_exit(98);
}

struct sector_run run_start(struct sector_fds fds)
{
	struct msg_helper_start m = { .uid = SECTOR_UID, .gid = SECTOR_UID,
				      .now = 1 };
	int control[2], number[2];
	char path[PATH_MAX];
	struct sector_run r;

	signal(SIGPIPE, SIG_IGN);
	lseek(fds.key, 0, SEEK_SET);	/* files: it has our offset */
	lseek(fds.old, 0, SEEK_SET);
	lseek(fds.tokeniser, 0, SEEK_SET);
	twin_path(path);
	ck_assert_int_eq(chan_pair(control), R_OK);
	ck_assert_int_eq(chan_pair(number), R_OK);
	r.pid = fork();
	ck_assert_int_ge(r.pid, 0);
	if (r.pid == 0)
		become_helper(path, lifted(control[1]), lifted(number[1]), fds);
	close(control[1]);
	close(number[1]);
	r.control = control[0];
	r.number = number[0];
	ck_assert_int_eq(chan_send(r.control, MSG_HELPER_START, &m), R_OK);
	return r;
}

struct msg_sector_config run_config(uint8_t mode, uint8_t provider,
				    uint32_t epoch)
{
	struct msg_sector_config c = { .mode = mode, .provider = provider,
				       .epoch = epoch };

	strcpy(c.urn, URN);
	strcpy(c.number_regex, "[A-Z]{1,2}[0-9]{1,7}");
	return c;
}

void run_configure(struct sector_run *r, const struct msg_sector_config *c)
{
	ck_assert_int_eq(chan_send(r->control, MSG_SECTOR_CONFIG, c), R_OK);
}

void run_exit(struct sector_run *r, int code)
{
	int status;

	ck_assert_int_eq(waitpid(r->pid, &status, 0), r->pid);
	ck_assert_msg(WIFEXITED(status), "ended by signal %d",
		      WTERMSIG(status));
	ck_assert_int_eq(WEXITSTATUS(status), code);
	close(r->control);
	close(r->number);
}

/* READY, or the reason of FAIL. */
static enum reason outcome(struct sector_run *r)
{
	uint8_t buf[WIRE_MAX + 1];
	struct msg_helper_ready ready;
	struct msg_helper_fail fail;
	struct span in = { 0 };
	enum result got = chan_recv(r->control, buf, sizeof(buf),
				    mono_ms() + WAIT_MS, &in);

	if (got != R_OK) {
		run_exit(r, 0);	/* says by which signal */
		ck_abort_msg("it said nothing: %s", result_name(got));
	}
	if (wire_get(in, MSG_HELPER_READY, &ready) == R_OK)
		return REASON_NONE;
	ck_assert_int_eq(wire_get(in, MSG_HELPER_FAIL, &fail), R_OK);
	return (enum reason)fail.reason;
}

void run_ready(struct sector_run *r)
{
	ck_assert_int_eq(outcome(r), REASON_NONE);
}

void run_fail(struct sector_run *r, enum reason why)
{
	ck_assert_int_eq(outcome(r), why);
	run_exit(r, 1);
}

enum reason run_once(const struct msg_sector_config *c, struct sector_fds fds)
{
	struct sector_run r = run_start(fds);
	enum reason why;

	run_configure(&r, c);
	why = outcome(&r);
	run_exit(&r, why == REASON_NONE ? 0 : 1);
	return why;
}

struct msg_number run_person(const char *number)
{
	struct msg_number n = { "UTO", "", "D23145890", "20340712" };

	strcpy(n.number, number);
	return n;
}

void run_number(struct sector_run *r, const char *number)
{
	struct msg_number n = run_person(number);

	ck_assert_int_eq(chan_send(r->number, MSG_NUMBER, &n), R_OK);
}

struct msg_sector_tags run_tags(struct sector_run *r)
{
	struct msg_sector_tags t;

	ck_assert_int_eq(chan_expect(r->control, MSG_SECTOR_TAGS, &t,
				     mono_ms() + WAIT_MS), R_OK);
	run_exit(r, 0);
	return t;
}

struct msg_sector_tags run_evaluate(const struct msg_sector_config *c,
				    struct sector_fds fds, const char *number)
{
	struct sector_run r = run_start(fds);

	run_configure(&r, c);
	run_ready(&r);
	run_number(&r, number);
	return run_tags(&r);
}

int run_file(const void *p, size_t n)
{
	char path[] = "/tmp/check_sector.XXXXXX";
	int low = mkstemp(path), fd;

	ck_assert_int_ge(low, 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(write(low, p, n), (ssize_t)n);
	ck_assert_int_eq(lseek(low, 0, SEEK_SET), 0);
	fd = fcntl(low, F_DUPFD_CLOEXEC, 20);
	ck_assert_int_ge(fd, 20);
	close(low);
	return fd;
}

size_t run_contents(int fd, uint8_t *out, size_t cap)
{
	ssize_t n = pread(fd, out, cap, 0);

	ck_assert_int_ge(n, 0);
	return (size_t)n;
}
