// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/until.h"

#include <string.h>

#define DAY (24 * 3600)

static int digits(const char *p)
{
	return p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9' ?
		(p[0] - '0') * 10 + p[1] - '0' : -1;
}

enum result until_parse(const char *text, time_t now, time_t *out)
{
	struct tm tm;
	time_t when;
	int hour, minute;

	if (strlen(text) != 5 || text[2] != ':')
		return R_MALFORMED;
	hour = digits(text);
	minute = digits(text + 3);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
		return R_MALFORMED;
	if (!localtime_r(&now, &tm))
		return R_INTERNAL;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	when = mktime(&tm);
	if (when == (time_t)-1 || tm.tm_hour != hour || tm.tm_min != minute)
		return R_MALFORMED;
	if (when <= now || when - now > DAY)
		return R_DENIED;
	*out = when;
	return R_OK;
}
