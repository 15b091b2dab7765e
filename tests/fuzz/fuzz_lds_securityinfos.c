// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: lds base */
/* EF.CardAccess, EF.DG14 and EF.DG15. */
#include "lds/dg14.h"
#include "lds/dg15.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A span given out must lie within the input. */
static void must_be_inside(struct span s, struct span in)
{
	if (s.n > 0 && (s.p < in.p || s.p + s.n > in.p + in.n))
		abort();
}

static void use(const struct security_infos *s, struct span in)
{
	if (s->count > SECURITY_INFOS_MAX)
		abort();
	for (size_t i = 0; i < s->count; i++) {
		const struct security_info *info = &s->info[i];

		must_be_inside(info->raw, in);
		must_be_inside(info->oid, info->raw);
		must_be_inside(info->spki, info->raw);
		must_be_inside(info->signature_oid, info->raw);
		if ((info->kind == INFO_UNKNOWN) != !info->protocol ||
		    !security_infos_hold(s, info->raw))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size), spki;
	struct security_infos s;

	if (security_infos_parse(in, &s) == R_OK)
		use(&s, in);
	if (dg14_parse(in, &s) == R_OK)
		use(&s, in);
	if (dg15_parse(in, &spki) == R_OK)
		must_be_inside(spki, in);
	return 0;
}
