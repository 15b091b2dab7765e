// SPDX-License-Identifier: GPL-3.0-or-later
#include "lds/dg1.h"

#include "lds/tlv.h"

#define TAG_DG1 0x61
#define TAG_MRZ 0x5f1f

enum result dg1_parse(struct span file, struct mrz *out)
{
	struct span body, text;

	if (tlv_only(file, TAG_DG1, &body) != R_OK ||
	    tlv_only(body, TAG_MRZ, &text) != R_OK)
		return R_MALFORMED;
	return mrz_parse(text, out);
}
