// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: lds base */
/* EF.SOD's wrapping, and the LDSSecurityObject. */
#include "lds/sod.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A span given out must lie within the input. */
static void must_be_inside(struct span s, struct span in)
{
	if (s.n > 0 && (s.p < in.p || s.p + s.n > in.p + in.n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size), cms;
	struct lds_security_object o;

	if (sod_cms(in, &cms) == R_OK)
		must_be_inside(cms, in);
	if (lds_security_object_parse(in, &o) != R_OK)
		return 0;
	for (size_t i = 0; i <= SOD_DG_MAX; i++) {
		must_be_inside(o.hash[i], in);
		if ((o.data_groups >> i & 1) != (o.hash[i].n > 0) ||
		    (o.hash[i].n > 0 &&
		     o.hash[i].n != sod_digest_size(o.digest)))
			abort();
	}
	return 0;
}
