// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/until.h"

#include <string.h>

#include "base/config_value.h"

#define DAY (24 * 3600)

static int digits(const char *p)
{
	return p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9' ?
		(p[0] - '0') * 10 + p[1] - '0' : -1;
}

/* The moment of today at which the clock shows this, in summer or winter time
 * as said, or -1. */
static time_t moment(const struct tm *today, int hour, int minute, int isdst)
{
	struct tm tm = *today;
	time_t when;

	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = 0;
	tm.tm_isdst = isdst;
	when = mktime(&tm);
	/* mktime turns a time that is none into another */
	if (when == (time_t)-1 || !localtime_r(&when, &tm) ||
	    tm.tm_hour != hour || tm.tm_min != minute ||
	    tm.tm_mday != today->tm_mday)
		return -1;
	return when;
}

enum result until_parse(const char *text, time_t now, time_t *out)
{
	struct tm today;
	time_t when = -1;
	int hour, minute;
	bool any = false;

	if (strlen(text) != 5 || text[2] != ':')
		return R_MALFORMED;
	hour = digits(text);
	minute = digits(text + 3);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
		return R_MALFORMED;
	if (!localtime_r(&now, &today))
		return R_INTERNAL;
	for (int isdst = -1; isdst <= 1; isdst++) {
		time_t t = moment(&today, hour, minute, isdst);

		any = any || t != -1;
		if (t > now && (when == -1 || t < when))
			when = t;
	}
	if (!any)
		return R_MALFORMED;
	if (when == -1 || when - now > DAY)
		return R_DENIED;
	*out = when;
	return R_OK;
}

bool until_day_is_past(const char *text, time_t now)
{
	struct tm tm;
	uint32_t day;

	return value_date(text, &day) && gmtime_r(&now, &tm) &&
	       day < (uint32_t)((tm.tm_year + 1900) * 10000 +
				(tm.tm_mon + 1) * 100 + tm.tm_mday);
}
