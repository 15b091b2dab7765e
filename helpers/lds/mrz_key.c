// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "base/refuse.h"
#include "base/secret.h"
#include "lds/mrz_text.h"

#define NUMBER_MAX (sizeof(((struct mrz *)0)->document_number) - 1)

/* A field and its check digit. */
static void put_checked(struct sink *out, struct span s)
{
	sink_put(out, s);
	sink_u8(out, (uint8_t)mrz_check_digit(s));
}

enum result mrz_key_of(const char *number, const char *birth,
		       const char *expiry, char *out, size_t cap)
{
	struct span n = span_str(number), b = span_str(birth);
	struct span e = span_str(expiry);
	char filled[MRZ_NUMBER_SIZE + 1] = "<<<<<<<<<";
	struct sink s = sink_of(out, cap);
	uint32_t date;

	refuse_if(n.n == 0 || n.n > NUMBER_MAX, R_MALFORMED);
	refuse_if(!mrz_in_alphabet(n) || n.p[0] == MRZ_FILLER, R_MALFORMED);
	refuse_if(b.n != MRZ_DATE_SIZE || e.n != MRZ_DATE_SIZE, R_MALFORMED);
	refuse_if(!mrz_birth_ok(b), R_MALFORMED);
	refuse_if(!mrz_expiry(e, &date), R_MALFORMED);
	if (cap < MRZ_KEY_SIZE)
		return R_INTERNAL;
	if (n.n < MRZ_NUMBER_SIZE) {
		memcpy(filled, n.p, n.n);
		n = span_of(filled, MRZ_NUMBER_SIZE);
	}
	put_checked(&s, n);
	put_checked(&s, b);
	put_checked(&s, e);
	sink_u8(&s, 0);
	secret_wipe(filled, sizeof(filled));
	return sink_done(&s);
}

enum result mrz_key(const struct mrz *m, char *out, size_t cap)
{
	return mrz_key_of(m->document_number, m->birth, m->expiry_mrz, out,
			  cap);
}
