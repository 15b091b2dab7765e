// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: lds base */
/* Walk every object that is constructed, ten levels deep. */
#include "lds/tlv.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A span given out must lie within the input. */
static void must_be_inside(struct span s, struct span in)
{
	if (s.n > 0 && (s.p < in.p || s.p + s.n > in.p + in.n))
		abort();
}

static void walk(struct span in, int depth)
{
	struct span whole = in, v = { 0 };
	struct tlv t;
	uint32_t tag, n;
	size_t total;

	if (tlv_find(in, 0x81, &v) == R_OK)
		must_be_inside(v, whole);
	if (der_uint(&in, &n) == R_OK)
		must_be_inside(in, whole);
	in = whole;
	while (tlv_next(&in, &t) == R_OK) {
		must_be_inside(t.value, t.raw);
		must_be_inside(t.raw, whole);
		if (tlv_head(t.raw, &tag, &total) != R_OK ||
		    tag != t.tag || total != t.raw.n)
			abort();
		if (depth < 10 && t.raw.p[0] & 0x20)
			walk(t.value, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	walk(span_of(data, size), 0);
	return 0;
}
