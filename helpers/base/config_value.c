// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/config_value.h"

#include <stdlib.h>
#include <string.h>

bool value_u32(const char *s, uint32_t *out)
{
	unsigned long v = 0;
	size_t n = strlen(s);

	if (n == 0 || n > 10 || strspn(s, "0123456789") != n)
		return false;
	v = strtoul(s, NULL, 10);
	if (v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

bool value_ids(const char *s, struct config_user *out)
{
	char uid[11];
	const char *colon = strchr(s, ':');
	size_t n = colon ? (size_t)(colon - s) : 0;

	if (!colon || n >= sizeof(uid))
		return false;
	memcpy(uid, s, n);
	uid[n] = '\0';
	return value_u32(uid, &out->uid) && value_u32(colon + 1, &out->gid) &&
	       out->uid != 0 && out->gid != 0;
}

static bool two_digits(const char *s, unsigned int *out)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*out = (unsigned int)(s[0] - '0') * 10 + (unsigned int)(s[1] - '0');
	return true;
}

/* YYYY-MM-DD, a day that exists. */
bool value_date(const char *s, uint32_t *out)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30,
					      31, 31, 30, 31, 30, 31 };
	unsigned int c, y, m, d;
	bool leap;

	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-' ||
	    !two_digits(s, &c) || !two_digits(s + 2, &y) ||
	    !two_digits(s + 5, &m) || !two_digits(s + 8, &d))
		return false;
	y += c * 100;
	leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	if (m < 1 || m > 12 || d < 1 ||
	    d > days[m - 1] + (m == 2 && leap ? 1u : 0u))
		return false;
	*out = y * 10000 + m * 100 + d;
	return true;
}

/* A rate such as 1e-4, as parts in a million; the floor is 1e-3 (FACE.md). */
bool value_rate(const char *s, uint32_t *out)
{
	char *end;
	double v = strtod(s, &end);

	if (*end != '\0' || !(v >= 1e-6 && v <= 1e-3))
		return false;
	*out = (uint32_t)(v * 1e6 + 0.5);
	return true;
}

bool value_flag(const char *s, uint32_t flag, uint32_t *out)
{
	if (!strcmp(s, "yes"))
		*out |= flag;
	else if (!strcmp(s, "no"))
		*out &= ~flag;
	else
		return false;
	return true;
}

/* One byte, as the standards write it: 0x81; or decimal. */
bool value_byte(const char *s, uint8_t *out)
{
	bool hex = s[0] == '0' && s[1] == 'x';
	const char *digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
	unsigned long v;
	size_t n;

	s += hex ? 2 : 0;
	n = strlen(s);
	if (n == 0 || n > 3 || strspn(s, digits) != n)
		return false;
	v = strtoul(s, NULL, hex ? 16 : 10);
	if (v > UINT8_MAX)
		return false;
	*out = (uint8_t)v;
	return true;
}

bool value_days(const char *s, uint16_t *out)
{
	uint32_t v;

	if (!value_u32(s, &v) || v > CONFIG_DAYS_MAX)
		return false;
	*out = (uint16_t)v;
	return true;
}

/* -- words ---------------------------------------------------------------------- */

static const struct word_flag number_fields[] = {
	{ "document", PROFILE_NUMBER_IN_DOCUMENT },
	{ "optional1", PROFILE_NUMBER_IN_OPTIONAL1 },
	{ "optional2", PROFILE_NUMBER_IN_OPTIONAL2 },
	{ "dg11", PROFILE_NUMBER_IN_DG11 },
	{ 0 },
};

static const struct word_flag passwords[] = {
	{ "can", 0 }, { "mrz", PROFILE_PASSWORD_MRZ }, { 0 },
};

/* What a profile may accept below what is strong today. */
static const struct word_flag weak[] = {
	{ "sha1", PROFILE_ACCEPT_SHA1 },
	{ "small-keys", PROFILE_ACCEPT_SMALL_KEYS },
	{ "dh-group-0", PROFILE_ACCEPT_DH_GROUP_0 },
	{ 0 },
};

static const struct word_flag *find(const struct word_flag *table,
				    const char *s, size_t n)
{
	for (; table->word; table++)
		if (strlen(table->word) == n && !memcmp(table->word, s, n))
			return table;
	return NULL;
}

/* One word of the table, in the place of `mask`. */
static bool one_of(const struct word_flag *table, const char *s,
		   uint32_t mask, uint32_t *out)
{
	const struct word_flag *w = find(table, s, strlen(s));

	if (w)
		*out = (*out & ~mask) | w->flag;
	return w != NULL;
}

bool value_number_field(const char *s, uint32_t *out)
{
	return one_of(number_fields, s, PROFILE_NUMBER_FIELDS, out);
}

bool value_password(const char *s, uint32_t *out)
{
	return one_of(passwords, s, PROFILE_PASSWORD_MRZ, out);
}

bool value_weak(const char *s, uint32_t *out)
{
	uint32_t flags = 0;

	for (;;) {
		size_t n = strcspn(s, ",");
		const struct word_flag *w = find(weak, s, n);

		if (!w)
			return false;
		flags |= w->flag;
		if (!s[n])
			break;
		s += n + 1;
	}
	*out = (*out & ~(uint32_t)PROFILE_ACCEPT_WEAK) | flags;
	return true;
}

bool value_assurance(const char *s, enum assurance *out)
{
	if (!strcmp(s, "face"))
		*out = ASSURANCE_FACE;
	else if (!strcmp(s, "face+code"))
		*out = ASSURANCE_FACE_CODE;
	else
		return false;
	return true;
}

bool value_provider(const char *s, uint32_t *out)
{
	static const struct word_flag providers[] = {
		{ "local", PROVIDER_LOCAL }, { "pkcs11", PROVIDER_PKCS11 },
		{ "tokeniser", PROVIDER_TOKENISER }, { 0 },
	};

	return one_of(providers, s, UINT32_MAX, out);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool value_element(const char *s, uint8_t out[ELEMENT_SIZE])
{
	uint8_t made[ELEMENT_SIZE];

	if (strlen(s) != 2 * ELEMENT_SIZE)
		return false;
	for (size_t i = 0; i < ELEMENT_SIZE; i++) {
		int high = hex_digit(s[2 * i]), low = hex_digit(s[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		made[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(out, made, sizeof(made));
	return true;
}
