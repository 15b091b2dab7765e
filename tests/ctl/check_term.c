// SPDX-License-Identifier: GPL-3.0-or-later
/* One line from standard input, or from a terminal that does not echo it. */
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/term.h"

#define WAIT_MS 5000

/* Standard input becomes a pipe that holds this. */
static void input(const char *text, size_t n)
{
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(write(p[1], text, n), (ssize_t)n);
	close(p[1]);
	ck_assert_int_eq(dup2(p[0], STDIN_FILENO), STDIN_FILENO);
	close(p[0]);
}

#define INPUT(s) input(s, sizeof(s) - 1)

static char out[16];

static enum result ask(int watch)
{
	memset(out, 'x', sizeof(out));
	return term_ask("? ", false, watch, out, sizeof(out));
}

START_TEST(lines_are_taken_one_at_a_time)
{
	INPUT("123456\nsecond line\r\nthird");
	ck_assert_int_eq(ask(-1), R_OK);
	ck_assert_str_eq(out, "123456");
	ck_assert_int_eq(ask(-1), R_OK);
	ck_assert_str_eq(out, "second line");
	ck_assert_int_eq(ask(-1), R_OK);
	ck_assert_str_eq(out, "third");
	ck_assert_int_eq(ask(-1), R_ABSENT);
}
END_TEST

START_TEST(bad_line_is_swallowed_and_wiped)
{
	static const char zero[sizeof(out)];

	INPUT("0123456789abcdefXYZ\nab\x1b[A\na\0b\nnext\n");
	ck_assert_int_eq(ask(-1), R_MALFORMED);
	ck_assert_mem_eq(out, zero, sizeof(out));
	ck_assert_int_eq(ask(-1), R_MALFORMED);
	ck_assert_int_eq(ask(-1), R_MALFORMED);
	ck_assert_int_eq(ask(-1), R_OK);
	ck_assert_str_eq(out, "next");
}
END_TEST

START_TEST(longest_line_that_fits)
{
	INPUT("0123456789abcde\n0123456789abcdef\n");
	ck_assert_int_eq(ask(-1), R_OK);
	ck_assert_str_eq(out, "0123456789abcde");
	ck_assert_int_eq(ask(-1), R_MALFORMED);
}
END_TEST

START_TEST(empty_line_and_end_are_no_answer)
{
	INPUT("\n");
	ck_assert_int_eq(ask(-1), R_ABSENT);
	ck_assert_int_eq(ask(-1), R_ABSENT);
}
END_TEST

START_TEST(watched_descriptor_ends_the_waiting)
{
	int in[2], watch[2];

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(watch), 0);
	ck_assert_int_eq(dup2(in[0], STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(write(watch[1], "x", 1), 1);
	ck_assert_int_eq(ask(watch[0]), R_BUSY);
	/* an answer that is there wins */
	ck_assert_int_eq(write(in[1], "yes\n", 4), 4);
	ck_assert_int_eq(ask(watch[0]), R_OK);
	ck_assert_str_eq(out, "yes");
}
END_TEST

/* A child at a terminal of its own that asks, and exits 0 for `secret`. */
static pid_t person_at_a_terminal(int *master)
{
	pid_t pid = forkpty(master, NULL, NULL, NULL);

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		signal(SIGINT, SIG_DFL);	/* not libcheck's handler */
		_exit(ask(-1) == R_OK && !strcmp(out, "secret") ? 0 : 1);
	}
	return pid;
}

/* Read what the terminal shows until it holds `until`, or its end. */
static void see(int master, const char *until, char *seen, size_t cap)
{
	size_t n = strlen(seen);

	while (!until || !strstr(seen, until)) {
		struct pollfd p = { .fd = master, .events = POLLIN };
		ssize_t got;

		ck_assert_int_eq(poll(&p, 1, WAIT_MS), 1);
		got = read(master, seen + n, cap - n - 1);
		if (got <= 0)
			return;
		n += (size_t)got;
		seen[n] = '\0';
	}
}

static bool echoes(int master)
{
	struct termios t;

	ck_assert_int_eq(tcgetattr(master, &t), 0);
	return t.c_lflag & ECHO;
}

START_TEST(secret_is_not_echoed)
{
	char seen[256] = "";
	int master, status;
	pid_t pid = person_at_a_terminal(&master);

	see(master, "? ", seen, sizeof(seen));
	ck_assert(!echoes(master));
	ck_assert_int_eq(write(master, "secret\n", 7), 7);
	see(master, NULL, seen, sizeof(seen));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_ptr_null(strstr(seen, "secret"));
	ck_assert(echoes(master));
}
END_TEST

START_TEST(interrupt_puts_the_echo_back)
{
	char seen[256] = "";
	int master, status;
	pid_t pid = person_at_a_terminal(&master);

	see(master, "? ", seen, sizeof(seen));
	ck_assert(!echoes(master));
	ck_assert_int_eq(write(master, "sec\x03", 4), 4);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	ck_assert(echoes(master));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl term");
	TCase *t = tcase_create("term");

	tcase_add_test(t, lines_are_taken_one_at_a_time);
	tcase_add_test(t, bad_line_is_swallowed_and_wiped);
	tcase_add_test(t, longest_line_that_fits);
	tcase_add_test(t, empty_line_and_end_are_no_answer);
	tcase_add_test(t, watched_descriptor_ends_the_waiting);
	tcase_add_test(t, secret_is_not_echoed);
	tcase_add_test(t, interrupt_puts_the_echo_back);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
