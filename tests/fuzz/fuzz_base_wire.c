// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: base */
/* wire_get: one packet as each type. What decodes must encode to the very
 * same bytes, and what is refused must leave the output alone. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"

#define UNTOUCHED 0xa5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_type(struct span in, enum wire_msg type)
{
	static uint8_t back[WIRE_PORTRAIT_MAX];
	_Alignas(max_align_t) uint8_t msg[WIRE_STRUCT_MAX];
	struct sink out = SINK(back);

	memset(msg, UNTOUCHED, sizeof(msg));
	if (wire_get(in, type, msg) != R_OK) {
		for (size_t i = 0; i < sizeof(msg); i++)
			if (msg[i] != UNTOUCHED)
				abort();
		return;
	}
	if (wire_type(in) != type || wire_put(&out, type, msg) != R_OK ||
	    !span_equal(sink_span(&out), in))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	uint8_t copy[WIRE_STRUCT_MAX];

	if (size > WIRE_PORTRAIT_MAX)
		return 0;
	as_type(in, (enum wire_msg)wire_type(in));
	if (size < 2 || size > sizeof(copy))
		return 0;
	/* the same body under every other type */
	memcpy(copy, data, size);
	copy[0] = WIRE_VERSION;
	for (unsigned int type = 0; type < 256; type++) {
		if (wire_struct_size((enum wire_msg)type) == 0)
			continue;
		copy[1] = (uint8_t)type;
		as_type(span_of(copy, size), (enum wire_msg)type);
	}
	return 0;
}
