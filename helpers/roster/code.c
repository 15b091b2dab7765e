/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "roster/code.h"

#include <crypt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/scope.h"
#include "base/secret.h"

#define METHOD "$y$"		/* yescrypt; 0 = libcrypt's present cost */

/* 32 KiB that hold the code while libcrypt works: heap, wiped. */
static void crypt_data_free(struct crypt_data **d)
{
	if (*d)
		secret_wipe(*d, sizeof(**d));
	free(*d);
	*d = NULL;
}

static size_t characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static size_t different(const char *s)
{
	bool seen[256] = { false };
	size_t n = 0;

	for (; *s; s++) {
		n += !seen[(unsigned char)*s];
		seen[(unsigned char)*s] = true;
	}
	return n;
}

/* 123456, 975310, abcdef; digits go round: 789012. */
static bool one_step(const char *s)
{
	bool digits = strspn(s, "0123456789") == strlen(s);
	int step = s[1] - s[0];

	for (size_t i = 1; s[i]; i++) {
		int d = s[i] - s[i - 1] - step;

		if (digits ? d % 10 != 0 : d != 0)
			return false;
	}
	return true;
}

enum reason code_check(const char *code)
{
	if (strlen(code) > CODE_MAX || characters(code) < CODE_MIN ||
	    different(code) < 3 || one_step(code))
		return REASON_WEAK_CODE;
	return REASON_NONE;
}

/* crypt_r's answer, or NULL for its failure tokens. */
static const char *hashed(const char *code, const char *setting,
			  struct crypt_data *d)
{
	const char *h = crypt_r(code, setting, d);

	return h && h[0] == '$' ? h : NULL;
}

enum reason code_hash(const char *code, char out[CODE_HASH_SIZE])
{
	scoped(crypt_data_free) struct crypt_data *d = calloc(1, sizeof(*d));
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *h;

	if (!d || !crypt_gensalt_rn(METHOD, 0, NULL, 0, setting,
				    sizeof(setting)))
		return REASON_INTERNAL;
	h = hashed(code, setting, d);
	if (!h || strlen(h) >= CODE_HASH_SIZE)
		return REASON_INTERNAL;
	memcpy(out, h, strlen(h) + 1);
	return REASON_NONE;
}

enum reason code_verify(const char *code, const char *hash)
{
	scoped(crypt_data_free) struct crypt_data *d = NULL;
	const char *h;

	if (hash[0] == '\0')
		return REASON_NO_CODE;
	if (strncmp(hash, METHOD, strlen(METHOD)))
		return REASON_INTERNAL;
	d = calloc(1, sizeof(*d));
	h = d ? hashed(code, hash, d) : NULL;
	if (!h)
		return REASON_INTERNAL;
	return span_equal_ct(span_str(h), span_str(hash)) ? REASON_NONE :
							    REASON_WRONG_CODE;
}
