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
 * Add STATE, DOCUMENT_CODE, NOT_EXPIRED to facts->flags as they hold, and state
 * and expiry; fill *number but for the number itself (PERSONAL: wipe).
 */
must_check enum result document_facts(const struct msg_inspect_config *profile,
				      const struct passive_auth *pa,
				      const struct mrz *mrz, uint64_t now,
				      struct msg_inspect_facts *facts,
				      struct msg_number *number);

/* The MRZ's field that the profile (enum profile_flag) names; empty where the
 * number does not stand in the MRZ. */
struct span document_number_field(uint32_t profile, const struct mrz *mrz);
/*
 * The national number from its field, trailing fillers removed and nothing
 * else, and the fact NUMBER_FORM where it has the profile's form. R_MALFORMED:
 * no number of anybody's (too long, not printable).
 */
must_check enum result document_number(struct span field, const regex_t *form,
				       struct msg_inspect_facts *facts,
				       struct msg_number *number);

#endif
