/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim.h"

static void put_tag(struct sink *out, uint32_t tag)
{
	if (tag > 0xffff)
		sink_u8(out, (uint8_t)(tag >> 16));
	if (tag > 0xff)
		sink_u8(out, (uint8_t)(tag >> 8));
	sink_u8(out, (uint8_t)tag);
}

void tlv_header(struct sink *out, uint32_t tag, size_t length)
{
	put_tag(out, tag);
	if (length > 0xffffff) {
		out->overflow = true;
		return;
	}
	if (length < 0x80) {
		sink_u8(out, (uint8_t)length);
	} else if (length <= 0xff) {
		sink_u8(out, 0x81);
		sink_u8(out, (uint8_t)length);
	} else if (length <= 0xffff) {
		sink_u8(out, 0x82);
		sink_u16(out, (uint16_t)length);
	} else {
		sink_u8(out, 0x83);
		sink_u8(out, (uint8_t)(length >> 16));
		sink_u16(out, (uint16_t)length);
	}
}

void tlv_put(struct sink *out, uint32_t tag, struct span value)
{
	tlv_header(out, tag, value.n);
	sink_put(out, value);
}

static enum result get_tag(struct span *in, uint32_t *tag)
{
	uint8_t b;

	if (span_u8(in, &b) != R_OK)
		return R_MALFORMED;
	*tag = b;
	if ((b & 0x1f) != 0x1f)
		return R_OK;
	do {
		if (*tag > 0xffff || span_u8(in, &b) != R_OK)
			return R_MALFORMED;
		*tag = *tag << 8 | b;
	} while (b & 0x80);
	return R_OK;
}

static enum result get_length(struct span *in, size_t *length)
{
	uint8_t b;

	if (span_u8(in, &b) != R_OK)
		return R_MALFORMED;
	if (b < 0x80) {
		*length = b;
		return R_OK;
	}
	b &= 0x7f;
	if (b == 0 || b > 3)
		return R_MALFORMED;
	*length = 0;
	while (b--) {
		uint8_t v;

		if (span_u8(in, &v) != R_OK)
			return R_MALFORMED;
		*length = *length << 8 | v;
	}
	return R_OK;
}

enum result tlv_get(struct span *in, uint32_t *tag, struct span *value)
{
	struct span at = *in, v;
	uint32_t t;
	size_t length;

	if (get_tag(&at, &t) != R_OK || get_length(&at, &length) != R_OK ||
	    span_take(&at, length, &v) != R_OK)
		return R_MALFORMED;
	*in = at;
	*tag = t;
	*value = v;
	return R_OK;
}

enum result tlv_find(struct span in, uint32_t tag, struct span *value)
{
	while (in.n) {
		uint32_t t;
		struct span v;

		if (tlv_get(&in, &t, &v) != R_OK)
			return R_MALFORMED;
		if (t == tag) {
			*value = v;
			return R_OK;
		}
	}
	return R_ABSENT;
}
