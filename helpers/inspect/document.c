// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/document.h"

#include <stdio.h>
#include <string.h>

#include "base/refuse.h"

#define DAY_SECONDS 86400

enum result number_form(const char *regex, regex_t *out)
{
	char anchored[sizeof(((struct msg_inspect_config *)0)->number_regex) +
		      8];
	int n = snprintf(anchored, sizeof(anchored), "^(%s)$", regex);

	if (!regex[0] || n < 0 || (size_t)n >= sizeof(anchored))
		return R_MALFORMED;
	return regcomp(out, anchored, REG_EXTENDED | REG_NOSUB) == 0 ?
	       R_OK : R_MALFORMED;
}

/* The Gregorian calendar by eras of 400 years from 1 March of year 0, so
 * that a leap day is the last of its year; libc would open a time zone file. */
uint32_t utc_day(uint64_t seconds)
{
	uint64_t days = seconds / DAY_SECONDS + 719468;
	uint64_t era = days / 146097, d = days % 146097;
	uint64_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
	uint64_t doy = d - (365 * y + y / 4 - y / 100);
	uint64_t mp = (5 * doy + 2) / 153;
	uint64_t day = doy - (153 * mp + 2) / 5 + 1;
	uint64_t month = mp < 10 ? mp + 3 : mp - 9;
	uint64_t year = y + era * 400 + (month <= 2);

	return (uint32_t)(year * 10000 + month * 100 + day);
}

bool code_in_list(const char *list, const char *code)
{
	size_t len = strlen(code);

	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == len && n > 0 && memcmp(list, code, n) == 0)
			return true;
		list += n;
		list += *list == ',';
	}
	return false;
}

/* The field without fillers, wherever they stand: for the document number,
 * which only has to be the same at every reading. */
static enum result without_fillers(const char *field, char *out, size_t cap)
{
	size_t n = 0;

	for (; *field; field++) {
		if (*field == '<')
			continue;
		if (n + 1 >= cap)
			return R_MALFORMED;
		out[n++] = *field;
	}
	out[n] = '\0';
	return R_OK;
}

/* The field without its trailing fillers (the MRZ's are gone already). A
 * filler between two characters stays: "AB1<234" with it taken out would be
 * somebody else's number. */
static enum result as_printed(struct span field, char *out, size_t cap)
{
	size_t n = field.n;

	while (n > 0 && field.p[n - 1] == '<')
		n--;
	return span_to_str(span_of(field.p, n), out, cap);
}

struct span document_number_field(uint32_t profile, const struct mrz *mrz)
{
	switch (profile & PROFILE_NUMBER_FIELDS) {
	case PROFILE_NUMBER_IN_DOCUMENT:
		return span_str(mrz->document_number);
	case PROFILE_NUMBER_IN_OPTIONAL1:
		return span_str(mrz->optional1);
	case PROFILE_NUMBER_IN_OPTIONAL2:
		return span_str(mrz->optional2);
	default:
		return span_of(NULL, 0);
	}
}

enum result document_number(struct span field, const regex_t *form,
			    struct msg_inspect_facts *facts,
			    struct msg_number *number)
{
	enum result r = as_printed(field, number->number,
				   sizeof(number->number));

	if (r != R_OK)
		return r;
	if (!refused(regexec(form, number->number, 0, NULL, 0) != 0))
		facts->flags |= FACT_NUMBER_FORM;
	return R_OK;
}

enum result document_facts(const struct msg_inspect_config *profile,
			   const struct passive_auth *pa,
			   const struct mrz *mrz, uint64_t now,
			   struct msg_inspect_facts *facts,
			   struct msg_number *number)
{
	enum result r = without_fillers(mrz->document_number,
					number->document,
					sizeof(number->document));

	if (r != R_OK)
		return r;
	memcpy(number->state, mrz->issuing_state, sizeof(number->state));
	snprintf(number->expiry, sizeof(number->expiry), "%08u",
		 (unsigned int)(mrz->expiry % 100000000));
	memcpy(facts->state, mrz->issuing_state, sizeof(facts->state));
	facts->expiry = mrz->expiry;
	if (!refused(strcmp(mrz->issuing_state, profile->state) != 0))
		facts->flags |= FACT_STATE;
	if (!refused(!code_in_list(profile->document_codes,
				   mrz->document_code)) &&
	    !refused(!passive_auth_admits(pa, mrz->document_code)))
		facts->flags |= FACT_DOCUMENT_CODE;
	if (!refused(mrz->expiry < utc_day(now)))
		facts->flags |= FACT_NOT_EXPIRED;
	return R_OK;
}
