/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hexadecimal and truncation for the parsers' tests. */
#ifndef CNIE_TESTS_SUPPORT_HEX_H
#define CNIE_TESTS_SUPPORT_HEX_H

#include "base/bytes.h"

/* Octets of a hexadecimal text, on the heap in a block of exactly that size,
 * so that a sanitizer sees one octet too far. free() .p */
struct span hex_new(const char *hex);
/* The first n octets of s, likewise. */
struct span cut_new(struct span s, size_t n);
void span_free(struct span s);
/* tag, length, value, minimal */
void put_tlv(struct sink *out, uint32_t tag, struct span value);

#endif
