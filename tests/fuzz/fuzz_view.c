/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: roster base */
/* Every accessor of the view over any bytes. */
#include "sim/view_readall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_all(span_of(data, size));
	return 0;
}
