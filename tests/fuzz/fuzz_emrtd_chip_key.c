// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: emrtd lds base */
/* The chip's public key as DG14 carries it: a SubjectPublicKeyInfo. */
#include <stdlib.h>

#include "emrtd/chip_auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chip_key k;

	if (chip_key_parse(span_of(data, size), &k) == R_OK &&
	    domain_check(k.domain, domain_public_span(k.domain, k.public)) !=
	    R_OK)
		abort();
	return 0;
}
