// SPDX-License-Identifier: GPL-3.0-or-later
/* The bar: on a terminal only, as far as it has got, gone in the end. */
#include <pty.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/progress.h"

static const struct {
	uint32_t done, total;
	const char *want;
} lines[] = {
	{ 0, 600, "[........................................]   0 %  0 of 600" },
	{ 300, 600,
	  "[####################....................]  50 %  300 of 600" },
	{ 599, 600,
	  "[#######################################.]  99 %  599 of 600" },
	{ 600, 600,
	  "[########################################] 100 %  600 of 600" },
	{ 601, 600,
	  "[########################################] 100 %  600 of 600" },
	{ 4000000000u, 4294967295u,
	  "[#####################################...]  93 %  4000000000 of 4294967295" },
};

START_TEST(line)
{
	char out[PROGRESS_LINE_MAX];

	progress_line(lines[_i].done, lines[_i].total, out);
	ck_assert_str_eq(out, lines[_i].want);
}
END_TEST

static char shown[4096];

/* All that was written to `from`: a terminal's bytes come when the kernel has
 * the time, so a mark is sent after them and awaited. */
static void drain(int from, int fd)
{
	size_t n = 0;

	ck_assert_int_eq(write(from, "\1", 1), 1);
	do {
		ck_assert_uint_lt(n, sizeof(shown));
		ck_assert_int_eq(read(fd, &shown[n], 1), 1);
	} while (shown[n++] != '\1');
	shown[n - 1] = '\0';
}

static size_t bars(void)
{
	size_t n = 0;

	for (const char *p = shown; (p = strchr(p, '[')); p++)
		n += p[1] == '#' || p[1] == '.';
	return n;
}

START_TEST(terminal_sees_each_hundredth_once_and_then_nothing)
{
	int master, slave;
	struct progress p;

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	p = progress_on(slave);
	for (uint32_t i = 0; i <= 10000; i += 10)
		if (i < 300)
			progress_step(&p, i, 10000);
	drain(slave, master);
	ck_assert_uint_eq(bars(), 3);	/* 0, 1 and 2 of a hundred */
	progress_end(&p);
	drain(slave, master);
	ck_assert_str_eq(shown, "\r\033[K");
	progress_end(&p);		/* nothing stands there any more */
	drain(slave, master);
	ck_assert_str_eq(shown, "");
}
END_TEST

START_TEST(nothing_to_show_of_nothing)
{
	int master, slave;
	struct progress p;

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	p = progress_on(slave);
	progress_step(&p, 0, 0);
	progress_step(&p, 5, 0);
	progress_end(&p);
	drain(slave, master);
	ck_assert_str_eq(shown, "");
}
END_TEST

START_TEST(file_and_pipe_see_nothing)
{
	int ends[2];
	struct progress p;

	ck_assert_int_eq(pipe(ends), 0);
	p = progress_on(ends[1]);
	progress_step(&p, 1, 2);
	progress_end(&p);
	drain(ends[1], ends[0]);
	ck_assert_str_eq(shown, "");
	p = progress_on(-1);
	progress_step(&p, 1, 2);
	progress_end(&p);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl progress");
	TCase *t = tcase_create("progress");

	tcase_add_loop_test(t, line, 0, sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(t, terminal_sees_each_hundredth_once_and_then_nothing);
	tcase_add_test(t, nothing_to_show_of_nothing);
	tcase_add_test(t, file_and_pipe_see_nothing);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
