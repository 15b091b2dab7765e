// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: lds base */
/* An ATR, or EF.ATR/INFO. */
#include "lds/atr_info.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct atr_caps caps;
	struct atr_info info;
	enum result r = atr_parse(in, &caps);

	if (r != R_MALFORMED && (size < 2 || size > ATR_MAX))
		abort();
	if (atr_info_parse(in, &info) == R_OK &&
	    (info.command_max == 0 || info.response_max == 0))
		abort();
	return 0;
}
