// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/data_object.h"

/* Nothing we write is longer than a command: 65535 octets. */
void put_object(struct sink *out, uint16_t tag, struct span value)
{
	if (tag > 0xff)
		sink_u8(out, (uint8_t)(tag >> 8));
	sink_u8(out, (uint8_t)tag);
	if (value.n > 0xffff)
		out->overflow = true;
	if (value.n > 0xff) {
		sink_u8(out, 0x82);
		sink_u16(out, (uint16_t)value.n);
	} else {
		if (value.n > 0x7f)
			sink_u8(out, 0x81);
		sink_u8(out, (uint8_t)value.n);
	}
	sink_put(out, value);
}

size_t object_size(size_t n)
{
	return n + 2 + (n > 0x7f) + (n > 0xff);
}
