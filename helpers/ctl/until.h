/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CNIE_CTL_UNTIL_H
#define CNIE_CTL_UNTIL_H

#include <time.h>

#include "base/result.h"

/*
 * "18:00", today where the clock says `now`, in the machine's time zone.
 * R_MALFORMED: no such time (of today, where the clock is set forward).
 * R_DENIED: it is past, or more than 24 hours away (a day of 25 hours).
 */
must_check enum result until_parse(const char *text, time_t now, time_t *out);

#endif
