/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CNIE_CTL_UNTIL_H
#define CNIE_CTL_UNTIL_H

#include <stdbool.h>
#include <time.h>

#include "base/result.h"

/*
 * "18:00", today where the clock says `now`, in the machine's time zone. Where
 * the clock is set back and shows it twice: the first of them that is to come.
 * R_MALFORMED: no such time (of today, where the clock is set forward).
 * R_DENIED: it is past, or more than 24 hours away (a day of 25 hours).
 */
must_check enum result until_parse(const char *text, time_t now, time_t *out);

/* "2027-01-31": a day, and before today's (UTC). */
bool until_day_is_past(const char *text, time_t now);

#endif
