// SPDX-License-Identifier: GPL-3.0-or-later
/* "18:00" as a moment of today, in zones of which the rules are typed in. */
#include <stdlib.h>
#include <time.h>

#include "check_main.h"
#include "ctl/until.h"

static void zone(const char *tz)
{
	ck_assert_int_eq(setenv("TZ", tz, 1), 0);
	tzset();
}

#define UTC_NOON 1795780800	/* 2026-11-27 12:00:00 UTC */

static const struct { const char *text; enum result want; long after; }
times[] = {
	{ "18:00", R_OK, 6 * 3600 }, { "12:01", R_OK, 60 },
	{ "23:59", R_OK, 12 * 3600 - 60 },
	{ "12:00", R_DENIED, 0 }, { "11:59", R_DENIED, 0 },
	{ "00:00", R_DENIED, 0 },
	{ "24:00", R_MALFORMED, 0 }, { "18:60", R_MALFORMED, 0 },
	{ "8:00", R_MALFORMED, 0 }, { "18:0", R_MALFORMED, 0 },
	{ "18.00", R_MALFORMED, 0 }, { "18:000", R_MALFORMED, 0 },
	{ " 8:00", R_MALFORMED, 0 }, { "+8:00", R_MALFORMED, 0 },
	{ "-1:00", R_MALFORMED, 0 }, { "18:-1", R_MALFORMED, 0 },
	{ "", R_MALFORMED, 0 }, { "now", R_MALFORMED, 0 },
};

START_TEST(time_of_today)
{
	time_t out = 7;

	zone("UTC0");
	ck_assert_int_eq(until_parse(times[_i].text, UTC_NOON, &out),
			 times[_i].want);
	ck_assert_int_eq(out, times[_i].want == R_OK ?
			      UTC_NOON + times[_i].after : 7);
}
END_TEST

/* Morocco's clock is an hour ahead of UTC. */
START_TEST(time_is_the_machines)
{
	time_t out;

	zone("<+01>-1");
	ck_assert_int_eq(until_parse("18:00", UTC_NOON, &out), R_OK);
	ck_assert_int_eq(out, UTC_NOON + 5 * 3600);
	ck_assert_int_eq(until_parse("12:30", UTC_NOON, &out), R_DENIED);
}
END_TEST

/* Clocks go back on 2026-10-25 at 03:00 (EU): that day has 25 hours. */
START_TEST(more_than_a_day_is_refused)
{
	const time_t midnight = 1792879200;	/* 00:00 CEST */
	time_t out;

	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	ck_assert_int_eq(until_parse("22:59", midnight, &out), R_OK);
	ck_assert_int_eq(out - midnight, 24 * 3600 - 60);
	ck_assert_int_eq(until_parse("23:00", midnight, &out), R_OK);
	ck_assert_int_eq(until_parse("23:01", midnight, &out), R_DENIED);
	ck_assert_int_eq(until_parse("23:59", midnight, &out), R_DENIED);
}
END_TEST

/* And forward on 2026-03-29 at 02:00: no 02:30 on that day. */
START_TEST(time_that_the_clock_skips_is_none)
{
	const time_t midnight = 1774738800;	/* 00:00 CET */
	time_t out;

	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	ck_assert_int_eq(until_parse("02:30", midnight, &out), R_MALFORMED);
	ck_assert_int_eq(until_parse("03:00", midnight, &out), R_OK);
	ck_assert_int_eq(out - midnight, 2 * 3600);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl until");
	TCase *t = tcase_create("until");

	tcase_add_loop_test(t, time_of_today, 0,
			    sizeof(times) / sizeof(times[0]));
	tcase_add_test(t, time_is_the_machines);
	tcase_add_test(t, more_than_a_day_is_refused);
	tcase_add_test(t, time_that_the_clock_skips_is_none);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
