// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_hex.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct span hex_new(const char *hex)
{
	size_t n = strlen(hex) / 2;
	uint8_t *p = malloc(n ? n : 1);

	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(hex_decode(hex, p, n), R_OK);
	return span_of(p, n);
}

struct span cut_new(struct span s, size_t n)
{
	uint8_t *p = malloc(n ? n : 1);

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_le(n, s.n);
	memcpy(p, s.p, n);
	return span_of(p, n);
}

void span_free(struct span s)
{
	free((void *)(uintptr_t)s.p);
}

void put_tlv(struct sink *out, uint32_t tag, struct span v)
{
	if (tag > 0xffff)
		sink_u8(out, (uint8_t)(tag >> 16));
	if (tag > 0xff)
		sink_u8(out, (uint8_t)(tag >> 8));
	sink_u8(out, (uint8_t)tag);
	if (v.n > 0xffff) {
		sink_u8(out, 0x83);
		sink_u8(out, (uint8_t)(v.n >> 16));
		sink_u16(out, (uint16_t)v.n);
	} else if (v.n > 0xff) {
		sink_u8(out, 0x82);
		sink_u16(out, (uint16_t)v.n);
	} else {
		if (v.n > 0x7f)
			sink_u8(out, 0x81);
		sink_u8(out, (uint8_t)v.n);
	}
	sink_put(out, v);
	ck_assert_int_eq(sink_done(out), R_OK);
}
