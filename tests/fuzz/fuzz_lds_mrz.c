// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: lds base */
/* The text of an MRZ, or EF.DG1 around one. */
#include "lds/dg1.h"

#include <string.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct mrz *m)
{
	char key[MRZ_KEY_SIZE];

	/* what was read must be a key, of the length 9303-11 gives it */
	if (mrz_key(m, key, sizeof(key)) != R_OK)
		abort();
	if (strlen(key) < 24 || strlen(m->document_number) > 22 ||
	    strlen(m->optional1) > 15 || strlen(m->optional2) > 11 ||
	    m->form < MRZ_TD1 || m->form > MRZ_TD3 ||
	    (m->form != MRZ_TD1 && m->optional2[0] != '\0') ||
	    (m->form == MRZ_TD3 && strlen(m->document_number) > 9) ||
	    m->expiry < 20000101 || m->expiry > 20991231)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mrz m;

	if (mrz_parse(span_of(data, size), &m) == R_OK)
		use(&m);
	if (dg1_parse(span_of(data, size), &m) == R_OK)
		use(&m);
	return 0;
}
