// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: inspect emrtd lds base */
/*
 * A card that answers READ BINARY and SELECT as the input says: each answer
 * is a length byte and that many bytes; after the input ends, 6A82.
 */
#include <stdlib.h>

#include "inspect/read_ef.h"
#include "lds/tlv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum reason transmit(void *context, struct span apdu, struct sink *out)
{
	struct span *script = context, answer;
	uint8_t n;

	(void)apdu;
	if (span_u8(script, &n) == R_OK &&
	    span_take(script, n, &answer) == R_OK)
		sink_put(out, answer);
	else
		sink_u16(out, SW_NOT_FOUND);
	return REASON_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[EF_SIZE_MAX];
	struct sink out = SINK(buf);
	struct span script = span_of(data, size);
	struct card_link l = { .transmit = transmit, .context = &script };
	uint32_t tag;
	size_t total;

	if (size < 1)
		return 0;
	script.p++;
	script.n--;
	if (read_ef(&l, ef_row((enum ef)(data[0] % EF_COUNT)), EF_SIZE_MAX,
		    &out) != REASON_NONE) {
		if (out.n != 0)
			abort();
		return 0;
	}
	if (tlv_head(sink_span(&out), &tag, &total) != R_OK ||
	    total != out.n)
		abort();
	return 0;
}
