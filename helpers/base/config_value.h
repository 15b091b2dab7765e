/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of the configuration files. Each: false where s is none, *out is then
 * as it was. */
#ifndef CNIE_BASE_CONFIG_VALUE_H
#define CNIE_BASE_CONFIG_VALUE_H

#include "base/config.h"

#define CONFIG_DAYS_MAX 3650

struct word_flag {
	const char *word;
	uint32_t flag;
};

bool value_u32(const char *s, uint32_t *out);
bool value_ids(const char *s, struct config_user *out);	/* "UID:GID" */
bool value_date(const char *s, uint32_t *out);		/* YYYY-MM-DD */
bool value_rate(const char *s, uint32_t *out);		/* 1e-6 to 1e-3, e6 */
bool value_byte(const char *s, uint8_t *out);
bool value_days(const char *s, uint16_t *out);
bool value_flag(const char *s, uint32_t flag, uint32_t *out);	/* yes, no */
/* Of a profile's flags: where the number stands; what logins ask for; what is
 * accepted of "sha1,small-keys,dh-group-0". */
bool value_number_field(const char *s, uint32_t *out);
bool value_password(const char *s, uint32_t *out);
bool value_weak(const char *s, uint32_t *out);
bool value_assurance(const char *s, enum assurance *out);

bool value_provider(const char *s, uint32_t *out);	/* a word of [sector] */
bool value_element(const char *s, uint8_t out[ELEMENT_SIZE]);	/* 64 hex digits */

#endif
