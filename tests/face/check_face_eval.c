// SPDX-License-Identifier: GPL-3.0-or-later
/* The evaluation tool decides which thresholds are used: its arithmetic on
 * scores whose rates are known by hand, and its refusals as a program. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "check_main.h"
#include "face/support_files.h"
#include "sim/face_eval.h"

static struct report report_of(const char *genuine, const char *impostor,
			       double threshold)
{
	static struct pair pair[64];
	struct pairs p = { .pair = pair };
	struct report r = { 0 };
	const char *list[2] = { impostor, genuine };

	for (int same = 0; same < 2; same++) {
		char *end;
		const char *s = list[same];

		/* a list of scores; "-" is a pair that could not be scored */
		while (*s) {
			bool failed = *s == '-';
			double v = failed ? 0 : strtod(s, &end);

			pair[p.count++] = (struct pair){
				.same = same, .scored = !failed,
				.score = (float)v,
			};
			s = failed ? s + 1 : end;
			s += *s == ' ';
		}
	}
	ck_assert(report_make(&p, threshold, &r));
	return r;
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-6;
}

START_TEST(separated_scores_have_no_error)
{
	struct report r = report_of("0.8 0.9 0.7", "0.1 0.2", 0.5);

	ck_assert(near(r.accuracy, 1) && near(r.best_accuracy, 1));
	ck_assert(near(r.eer, 0) && near(r.fmr, 0) && near(r.fnmr, 0));
	ck_assert(near(r.best_threshold, 0.7));
}
END_TEST

START_TEST(rates_are_counted_at_the_threshold)
{
	struct report r = report_of("0.9 0.8 0.3 0.5", "0.6 0.1 0.2 0.0 0.4",
				    0.5);

	ck_assert_uint_eq(r.false_non_matches, 1);	/* 0.3; 0.5 passes */
	ck_assert_uint_eq(r.false_matches, 1);		/* 0.6 */
	ck_assert(near(r.fnmr, 0.25) && near(r.fmr, 0.2));
	ck_assert(near(r.accuracy, 7.0 / 9));
}
END_TEST

START_TEST(equal_error_rate_of_overlapping_scores)
{
	struct report r = report_of("0.4 0.6 0.7 0.8", "0.1 0.2 0.3 0.5", 1);

	/* at 0.5: one of four genuine below, one of four impostors not */
	ck_assert(near(r.eer, 0.25));
	ck_assert(near(r.best_accuracy, 7.0 / 8));
}
END_TEST

START_TEST(equal_scores_are_one_step)
{
	struct report r = report_of("0.5 0.5", "0.5 0.5", 0.5);

	ck_assert(near(r.eer, 0.5) && near(r.best_accuracy, 0.5));
	ck_assert(near(r.fmr, 1) && near(r.fnmr, 0));
}
END_TEST

START_TEST(failures_are_counted_and_in_no_rate)
{
	struct report r = report_of("0.9 - 0.8 -", "0.1 -", 0.5);

	ck_assert_uint_eq(r.genuine, 2);
	ck_assert_uint_eq(r.genuine_failed, 2);
	ck_assert_uint_eq(r.impostor_failed, 1);
	ck_assert(near(r.fnmr, 0) && near(r.accuracy, 1));
}
END_TEST

START_TEST(one_kind_alone_has_no_rate)
{
	struct pair pair = { .same = _i, .scored = true };
	struct pairs p = { .pair = &pair, .count = 1 };
	struct report r;

	ck_assert(!report_make(&p, 0.5, &r));
}
END_TEST

static const struct {
	const char *pairs, *options;
	int status;
	const char *says;
} programs[] = {
	{ "portrait.jpg portrait.jp2 1\nportrait.jpg impostor.jp2 0\n"
	  "# remark\n\nempty.jpg portrait.jpg 0\nnone.jpg portrait.jpg 1\n",
	  "--json", 0, "\"failed_to_acquire\": 2, \"unreadable\": 1, "
	  "\"undecodable\": 0, \"no_face\": 1, \"pairs_not_scored\": 2, "
	  "\"best_accuracy\": 1.000000" },
	{ "portrait.jpg portrait.jp2 1\n", "", 1, "no rate" },
	{ "portrait.jpg portrait.jp2 1\na b\n", "", 2, ":2: expected" },
	{ "a b 2\n", "", 2, ":1: expected" },
	{ "a b 1 c\n", "", 2, ":1: expected" },
	{ "# nothing\n", "", 2, "no pairs" },
	{ "a b 1\n", "--threshold x", 2, "not a threshold" },
	{ "a b 1\n", "--threshold 1.5", 2, "not a threshold" },
	{ "a b 1\n", "--models /nonexistent", 2, "fetch_models.sh" },
	{ "a b 1\n", "--wrong", 2, "usage" },
	{ "a b 1\n", "extra", 2, "usage" },
	{ "a b 1\n", "--help", 0, "usage" },
};

START_TEST(program_answers_and_exits)
{
	char dir[64], file[96], command[512], said[4096];
	FILE *out;
	size_t n;
	int status;

	temp_dir(dir);
	snprintf(file, sizeof(file), "%s/pairs", dir);
	file_write(file, span_str(programs[_i].pairs));
	snprintf(command, sizeof(command),
		 "build/test/face_eval --root " PERSONA " --pairs %s %s 2>&1",
		 file, programs[_i].options);
	out = popen(command, "r");
	ck_assert_ptr_nonnull(out);
	n = fread(said, 1, sizeof(said) - 1, out);
	said[n] = '\0';
	status = pclose(out);
	temp_remove(dir);
	ck_assert_msg(strstr(said, programs[_i].says), "it said: %s", said);
	ck_assert_int_eq(WEXITSTATUS(status), programs[_i].status);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("face_eval");
	TCase *t = tcase_create("face_eval");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, separated_scores_have_no_error);
	tcase_add_test(t, rates_are_counted_at_the_threshold);
	tcase_add_test(t, equal_error_rate_of_overlapping_scores);
	tcase_add_test(t, equal_scores_are_one_step);
	tcase_add_test(t, failures_are_counted_and_in_no_rate);
	tcase_add_loop_test(t, one_kind_alone_has_no_rate, 0, 2);
	tcase_add_loop_test(t, program_answers_and_exits, 0,
			    sizeof(programs) / sizeof(programs[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
