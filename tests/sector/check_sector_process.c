/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cnie-sector itself, as cnied starts it: its whole dialogue, with its real
 * privileges dropped and its real filter on. The person is synthetic. */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "check_main.h"

#define URN "urn:example:sector:one"
#define WAIT_MS 10000

struct helper_run {
	pid_t pid;
	int control, number;
};

static char key_path[64];

static void setup(void)
{
	int fd;

	signal(SIGPIPE, SIG_IGN);
	strcpy(key_path, "/tmp/check_sector.XXXXXX");
	fd = mkstemp(key_path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void teardown(void)
{
	unlink(key_path);
}

static void twin_path(char *out)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	ck_assert_int_lt(snprintf(out, PATH_MAX, "%s/cnie-sector",
				  dirname(self)), PATH_MAX);
}

static void become_helper(const char *path, int control, int number, int key)
{
	char *argv[] = { (char *)"cnie-sector", NULL }, *envp[] = { NULL };

	if (dup2(control, FD_CONTROL) < 0 || dup2(number, FD_NUMBER) < 0 ||
	    dup2(key, FD_KEY) < 0)
		_exit(99);
	execve(path, argv, envp);
	_exit(98);
}

static struct helper_run start(int key_flags)
{
	struct msg_helper_start m = { .uid = 65533, .gid = 65533, .now = 1 };
	int control[2], number[2], key, low;
	char path[PATH_MAX];
	struct helper_run h;

	twin_path(path);
	ck_assert_int_eq(chan_pair(control), R_OK);
	ck_assert_int_eq(chan_pair(number), R_OK);
	low = open(key_path, key_flags | O_CLOEXEC);
	ck_assert_int_ge(low, 0);
	key = fcntl(low, F_DUPFD_CLOEXEC, 10);
	ck_assert_int_ge(key, 10);
	close(low);
	h.pid = fork();
	ck_assert_int_ge(h.pid, 0);
	if (h.pid == 0)
		become_helper(path, control[1], number[1], key);
	close(control[1]);
	close(number[1]);
	close(key);
	h.control = control[0];
	h.number = number[0];
	ck_assert_int_eq(chan_send(h.control, MSG_HELPER_START, &m), R_OK);
	return h;
}

static void configure(struct helper_run *h, uint8_t mode, uint32_t epoch)
{
	struct msg_sector_config c = { .mode = mode, .epoch = epoch };

	strcpy(c.urn, URN);
	strcpy(c.number_regex, "[A-Z]{1,2}[0-9]{1,7}");
	ck_assert_int_eq(chan_send(h->control, MSG_SECTOR_CONFIG, &c), R_OK);
}

static void expect_ready(struct helper_run *h)
{
	struct msg_helper_ready m;

	ck_assert_int_eq(chan_expect(h->control, MSG_HELPER_READY, &m,
				     mono_ms() + WAIT_MS), R_OK);
}

static void expect_fail(struct helper_run *h, enum reason why)
{
	struct msg_helper_fail m;

	ck_assert_int_eq(chan_expect(h->control, MSG_HELPER_FAIL, &m,
				     mono_ms() + WAIT_MS), R_OK);
	ck_assert_int_eq(m.reason, why);
}

static void expect_exit(struct helper_run *h, int code)
{
	int status;

	ck_assert_int_eq(waitpid(h->pid, &status, 0), h->pid);
	ck_assert_msg(WIFEXITED(status), "ended by signal %d",
		      WTERMSIG(status));
	ck_assert_int_eq(WEXITSTATUS(status), code);
	close(h->control);
	close(h->number);
}

static void make_key(void)
{
	struct helper_run h = start(O_WRONLY);

	configure(&h, SECTOR_KEYGEN, 1);
	expect_ready(&h);
	expect_exit(&h, 0);
}

static struct msg_number person(const char *number)
{
	struct msg_number n = { "UTO", "", "D23145890", "20340712" };

	strcpy(n.number, number);
	return n;
}

static struct msg_sector_tags evaluate(const char *number)
{
	struct msg_number n = person(number);
	struct msg_sector_tags t;
	struct helper_run h = start(O_RDONLY);

	configure(&h, SECTOR_EVALUATE, 1);
	expect_ready(&h);
	ck_assert_int_eq(chan_send(h.number, MSG_NUMBER, &n), R_OK);
	ck_assert_int_eq(chan_expect(h.control, MSG_SECTOR_TAGS, &t,
				     mono_ms() + WAIT_MS), R_OK);
	expect_exit(&h, 0);
	return t;
}

START_TEST(key_is_made_probed_and_used)
{
	struct msg_sector_tags a, b, c;
	struct helper_run h;

	make_key();
	h = start(O_RDONLY);
	configure(&h, SECTOR_PROBE, 1);
	expect_ready(&h);
	expect_exit(&h, 0);
	a = evaluate("AB123456");
	b = evaluate("AB123456");
	c = evaluate("AB123457");
	ck_assert_mem_eq(&a, &b, sizeof(a));
	ck_assert(memcmp(a.tag, c.tag, TAG_SIZE) != 0);
}
END_TEST

START_TEST(second_key_is_refused)
{
	struct helper_run h;

	make_key();
	h = start(O_WRONLY);
	configure(&h, SECTOR_KEYGEN, 1);
	expect_fail(&h, REASON_NO_KEY);
	expect_exit(&h, 1);
}
END_TEST

START_TEST(no_key_or_another_epochs_is_said)
{
	struct helper_run h = start(O_RDONLY);

	configure(&h, SECTOR_PROBE, 1);
	expect_fail(&h, REASON_NO_KEY);
	expect_exit(&h, 1);
	make_key();
	h = start(O_RDONLY);
	configure(&h, SECTOR_EVALUATE, 2);
	expect_fail(&h, REASON_NO_KEY);
	expect_exit(&h, 1);
}
END_TEST

START_TEST(number_of_another_form_is_refused)
{
	struct msg_number n = person("123456");
	struct helper_run h;

	make_key();
	h = start(O_RDONLY);
	configure(&h, SECTOR_EVALUATE, 1);
	expect_ready(&h);
	ck_assert_int_eq(chan_send(h.number, MSG_NUMBER, &n), R_OK);
	expect_fail(&h, REASON_NUMBER_FORM);
	expect_exit(&h, 1);
}
END_TEST

START_TEST(it_evaluates_once)
{
	struct msg_number n = person("AB123456");
	struct msg_sector_tags t;
	struct helper_run h;
	uint8_t buf[WIRE_MAX];
	struct span got;

	make_key();
	h = start(O_RDONLY);
	configure(&h, SECTOR_EVALUATE, 1);
	expect_ready(&h);
	ck_assert_int_eq(chan_send(h.number, MSG_NUMBER, &n), R_OK);
	if (chan_send(h.number, MSG_NUMBER, &n) != R_OK)
		ck_assert_msg(true, "it had gone already");
	ck_assert_int_eq(chan_expect(h.control, MSG_SECTOR_TAGS, &t,
				     mono_ms() + WAIT_MS), R_OK);
	ck_assert_int_eq(chan_recv(h.control, buf, sizeof(buf),
				   mono_ms() + WAIT_MS, &got), R_ABSENT);
	expect_exit(&h, 0);
}
END_TEST

START_TEST(it_ends_with_cnied_or_with_the_inspection)
{
	struct helper_run h;

	make_key();
	h = start(O_RDONLY);
	configure(&h, SECTOR_EVALUATE, 1);
	expect_ready(&h);
	ck_assert_int_eq(shutdown(_i ? h.number : h.control, SHUT_RDWR), 0);
	expect_exit(&h, 1);
}
END_TEST

START_TEST(garbage_where_the_number_should_be_is_refused)
{
	static const uint8_t junk[] = { 1, MSG_NUMBER, 0, 200, 'x' };
	struct helper_run h;

	make_key();
	h = start(O_RDONLY);
	configure(&h, SECTOR_EVALUATE, 1);
	expect_ready(&h);
	ck_assert_int_eq(write(h.number, junk, sizeof(junk)), sizeof(junk));
	expect_fail(&h, REASON_HELPER_PROTOCOL);
	expect_exit(&h, 1);
}
END_TEST

START_TEST(configuration_that_can_not_be_is_refused)
{
	struct helper_run h;

	make_key();
	h = start(O_RDONLY);
	configure(&h, 77, 1);
	expect_fail(&h, REASON_HELPER_PROTOCOL);
	expect_exit(&h, 1);
}
END_TEST

static Suite *process_suite(void)
{
	Suite *s = suite_create("sector/process");
	TCase *t = tcase_create("process");

	tcase_add_checked_fixture(t, setup, teardown);
	if (geteuid() != 0) {
		fprintf(stderr, "SKIP: starting a helper needs root\n");
		suite_add_tcase(s, t);
		return s;
	}
	tcase_set_timeout(t, 60);
	tcase_add_test(t, key_is_made_probed_and_used);
	tcase_add_test(t, second_key_is_refused);
	tcase_add_test(t, no_key_or_another_epochs_is_said);
	tcase_add_test(t, number_of_another_form_is_refused);
	tcase_add_test(t, it_evaluates_once);
	tcase_add_loop_test(t, it_ends_with_cnied_or_with_the_inspection, 0,
			    2);
	tcase_add_test(t, garbage_where_the_number_should_be_is_refused);
	tcase_add_test(t, configuration_that_can_not_be_is_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(process_suite)
