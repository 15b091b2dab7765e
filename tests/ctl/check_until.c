// SPDX-License-Identifier: GPL-3.0-or-later
/* "18:00" as a moment of today, in zones of which the rules are typed in. */
#include <stdlib.h>
#include <string.h>
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

/* Days on which a zone's clock changes, and others: Morocco's goes back an hour
 * for Ramadan (2024: from 10 March to 14 April), Europe's in winter. */
#define RABAT "Africa/Casablanca"
#define PARIS "Europe/Paris"
static const struct {
	const char *zone;
	time_t midnight;	/* of the day, there */
	long at_18;		/* hours after it */
	long at_0230;		/* minutes after it; -1: no such time */
	long again;		/* minutes later it comes once more, 0 does not */
} days[] = {
	{ RABAT, 1710025200, 19, 150, 60 },	/* 2024-03-10, back */
	{ RABAT, 1713052800, 17, -1, 0 },	/* 2024-04-14, forward */
	{ RABAT, 1710892800, 18, 150, 0 },	/* in Ramadan */
	{ RABAT, 1717196400, 18, 150, 0 },	/* and not */
	{ PARIS, 1792879200, 19, 150, 60 },	/* 2026-10-25, back */
	{ PARIS, 1774738800, 17, -1, 0 },	/* 2026-03-29, forward */
	{ PARIS, 1782856800, 18, 150, 0 },	/* summer */
	{ PARIS, 1796079600, 18, 150, 0 },	/* winter */
};

START_TEST(six_is_six_on_days_that_are_longer_or_shorter)
{
	const time_t midnight = days[_i].midnight;
	const time_t first = midnight + 60 * days[_i].at_0230;
	const time_t second = first + 60 * days[_i].again;
	char text[8];
	struct tm tm;
	time_t out = 7;

	zone(days[_i].zone);
	ck_assert_ptr_nonnull(localtime_r(&midnight, &tm));
	strftime(text, sizeof(text), "%H:%M", &tm);
	ck_assert_msg(!strcmp(text, "00:00"), "%s: %s: is tzdata there?",
		      days[_i].zone, text);
	/* asked at midnight, and an hour before */
	for (time_t at = midnight + days[_i].at_18 * 3600, now = midnight;
	     now < at; now += at - midnight - 3600) {
		ck_assert_int_eq(until_parse("18:00", now, &out), R_OK);
		ck_assert_int_eq(out, at);
	}
	if (days[_i].at_0230 < 0) {
		ck_assert_int_eq(until_parse("02:30", midnight, &out),
				 R_MALFORMED);
		return;
	}
	ck_assert_int_eq(until_parse("02:30", midnight, &out), R_OK);
	ck_assert_int_eq(out, first);
	ck_assert_int_eq(until_parse("02:30", second, &out), R_DENIED);
	if (second == first)
		return;
	/* the first is past, the second to come */
	ck_assert_int_eq(until_parse("02:30", first, &out), R_OK);
	ck_assert_int_eq(out, second);
	ck_assert_int_eq(until_parse("02:15", first, &out), R_OK);
	ck_assert_int_eq(out, second - 15 * 60);
}
END_TEST

START_TEST(day_that_is_past)
{
	ck_assert(until_day_is_past("2020-01-01", UTC_NOON));
	ck_assert(until_day_is_past("2026-11-26", UTC_NOON));
	ck_assert(!until_day_is_past("2026-11-27", UTC_NOON));
	ck_assert(!until_day_is_past("2027-01-01", UTC_NOON));
	ck_assert(!until_day_is_past("soon", UTC_NOON));
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
	tcase_add_loop_test(t, six_is_six_on_days_that_are_longer_or_shorter,
			    0, sizeof(days) / sizeof(days[0]));
	tcase_add_test(t, day_that_is_past);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
