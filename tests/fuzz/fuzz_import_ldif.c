// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: inspect emrtd lds base */
/* The ICAO PKD's LDIF: values one after another until there are no more. */
#include "inspect/import_ldif.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size), value;
	uint8_t *bytes = malloc(size ? size : 1);
	struct sink room = sink_of(bytes, size);
	enum result r = R_OK;

	if (!bytes)
		abort();
	while (r != R_ABSENT) {
		size_t had = room.n, left = text.n;

		r = ldif_next(&text, &room, &value);
		/* as much room as text is enough, and it ends */
		if (r == R_INTERNAL || text.n > left ||
		    (r != R_ABSENT && text.n == left))
			abort();
		if (r == R_OK && (value.p != bytes + had ||
				  value.n != room.n - had))
			abort();
		if (r != R_OK && room.n != had)
			abort();
	}
	if (text.n != 0)
		abort();
	free(bytes);
	return 0;
}
