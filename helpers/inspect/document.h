/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a verified DG1 says, held against the profile: facts, not decisions.
 */
#ifndef CNIE_INSPECT_DOCUMENT_H
#define CNIE_INSPECT_DOCUMENT_H

#include <regex.h>

#include "base/wire.h"
#include "inspect/passive_auth.h"
#include "lds/mrz.h"

/* The profile's number form, anchored at both ends. R_MALFORMED where it is
 * no POSIX extended expression. regfree() it. */
must_check enum result number_form(const char *regex, regex_t *out);

/* The day of a time in UTC, yyyymmdd. */
uint32_t utc_day(uint64_t seconds);

/* Whether the comma-separated list holds the code. */
bool code_in_list(const char *list, const char *code);

/*
 * Add STATE, DOCUMENT_CODE, NUMBER_FORM, NOT_EXPIRED to facts->flags as they
 * hold, and state and expiry; fill *number (PERSONAL: wipe).
 */
must_check enum result document_facts(const struct msg_inspect_config *profile,
				      const regex_t *form,
				      const struct passive_auth *pa,
				      const struct mrz *mrz, uint64_t now,
				      struct msg_inspect_facts *facts,
				      struct msg_number *number);

#endif
