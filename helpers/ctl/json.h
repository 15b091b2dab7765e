/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Write JSON (RFC 8259), indented, to a stream. Strings are checked as UTF-8;
 * a byte that is none becomes U+FFFD, so the output is JSON whatever came in.
 * key is NULL inside arrays and at the top.
 */
#ifndef CNIE_CTL_JSON_H
#define CNIE_CTL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH 8

struct json {
	FILE *to;
	unsigned int depth;
	bool filled[JSON_DEPTH];
	char close[JSON_DEPTH];
};

struct json json_to(FILE *to);
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j);		/* the innermost; a newline at the top */
void json_string(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, uint64_t value);
void json_thousandths(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
