// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: lds base */
/* EF.DG11 down to the personal number. */
#include "lds/dg11.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span number;
	char text[100];

	if (dg11_parse(span_of(data, size), &number) != R_OK)
		return 0;
	if (number.p < data || number.p + number.n > data + size ||
	    number.n < 1 || number.n > 99 ||
	    span_to_str(number, text, sizeof(text)) != R_OK)
		abort();
	return 0;
}
