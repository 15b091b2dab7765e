/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/canon.h"

#include <string.h>

#include "base/refuse.h"
#include "base/secret.h"

enum result canon_init(struct canon *c, const char *regex)
{
	struct canon made = { 0 };

	refuse_if(regex[0] == '\0' ||
		  regcomp(&made.regex, regex, REG_EXTENDED), R_MALFORMED);
	made.ready = true;
	*c = made;
	return R_OK;
}

void canon_done(struct canon *c)
{
	if (c->ready)
		regfree(&c->regex);
	c->ready = false;
}

/* 9303-3 4.3: the MRZ's alphabet. */
static bool mrz_alphabet(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= 'A' && s[i] <= 'Z') ||
		      (s[i] >= '0' && s[i] <= '9') || s[i] == '<'))
			return false;
	return true;
}

enum reason canon_number(const struct canon *c, const char *number,
			 char out[CANON_MAX + 1])
{
	char s[CANON_MAX + 1] = { 0 };
	size_t n = strlen(number);
	regmatch_t m;
	bool good;

	while (n > 0 && number[n - 1] == '<')
		n--;
	refuse_if(!c->ready || n < 1 || n > CANON_MAX ||
		  !mrz_alphabet(number, n), REASON_NUMBER_FORM);
	memcpy(s, number, n);
	/* POSIX takes the longest of the leftmost matches: anchored here, so
	 * that no expression of the profile can forget it */
	good = regexec(&c->regex, s, 1, &m, 0) == 0 && m.rm_so == 0 &&
	       (size_t)m.rm_eo == n;
	if (good)
		memcpy(out, s, n + 1);
	secret_wipe(s, sizeof(s));
	refuse_if(!good, REASON_NUMBER_FORM);
	return REASON_NONE;
}
