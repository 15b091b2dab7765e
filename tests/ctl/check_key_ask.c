// SPDX-License-Identifier: GPL-3.0-or-later
/* The administrator at a terminal is asked where the backup shall go. */
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"
#include "support_key.h"

#define WAIT_MS 5000

static int terminal;
static char seen[8192];

/* Read what the terminal shows until it holds `until`, or its end. */
static void see(const char *until)
{
	size_t n = 0;

	seen[0] = '\0';
	while (!until || !strstr(seen, until)) {
		struct pollfd p = { .fd = terminal, .events = POLLIN };
		ssize_t got;

		ck_assert_msg(poll(&p, 1, WAIT_MS) == 1, "it shows: %s", seen);
		got = read(terminal, seen + n, sizeof(seen) - n - 1);
		if (got <= 0)		/* EIO: the other end is closed */
			break;
		n += (size_t)got;
		seen[n] = '\0';
	}
	ck_assert_msg(!until || strstr(seen, until), "it shows: %s", seen);
}

static void answer(const char *question, const char *text)
{
	char line[300];
	int n = snprintf(line, sizeof(line), "%s\n", text);

	see(question);
	ck_assert_int_eq(write(terminal, line, (size_t)n), n);
}

/* cniectl key rotate at a terminal of its own. */
static pid_t administrator(service_script *const *scripts)
{
	pid_t pid;

	key_pair_files();
	key_epoch = 2;
	key_file = service_path("stick");
	service_start(scripts);
	pid = forkpty(&terminal, NULL, NULL, NULL);
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(service_run("key rotate"));
	return pid;
}

static void must_end(pid_t pid, int want)
{
	int status;

	see(NULL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(terminal);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), want);
	service_was_content();
}

#define PUBLIC "File of the public half, Enter for no backup: "
#define FILE_TO "File to write the backup to, on a stick for example: "

static service_script *const saved[] = { key_is_present, key_says_made,
	key_gives_backup, key_notes_backup, NULL };
static service_script *const unsaved[] = { key_is_present, key_says_made,
					   NULL };

START_TEST(both_paths_make_a_backup)
{
	pid_t pid = administrator(saved);

	answer(PUBLIC, service_path("pair.pub"));
	answer(FILE_TO, key_file);
	must_end(pid, 0);
	ck_assert(service_there(key_file));
	ck_assert(key_conf_has("epoch = 2"));
}
END_TEST

START_TEST(enter_means_none)
{
	pid_t pid = administrator(unsaved);

	answer(PUBLIC, "");
	must_end(pid, 0);
	ck_assert(key_conf_has("epoch = 2"));
}
END_TEST

START_TEST(enter_at_the_second_question_means_none)
{
	pid_t pid = administrator(unsaved);

	answer(PUBLIC, service_path("pair.pub"));
	answer(FILE_TO, "");
	must_end(pid, 0);
	ck_assert(!service_there(key_file));
}
END_TEST

/* What can't be used is asked for again, not taken for no. */
START_TEST(wrong_answer_is_no_answer)
{
	pid_t pid = administrator(saved);

	answer(PUBLIC, "/no/such/file");
	answer(PUBLIC, service_path("pair"));
	answer(PUBLIC, "\t");
	answer(PUBLIC, service_path("pair.pub"));
	answer(FILE_TO, service_path("pair.pub"));
	answer(FILE_TO, key_file);
	must_end(pid, 0);
	ck_assert(service_there(key_file));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl key ask");
	TCase *t = tcase_create("terminal");

	tcase_add_checked_fixture(t, key_setup, service_teardown);
	tcase_add_test(t, both_paths_make_a_backup);
	tcase_add_test(t, enter_means_none);
	tcase_add_test(t, enter_at_the_second_question_means_none);
	tcase_add_test(t, wrong_answer_is_no_answer);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
