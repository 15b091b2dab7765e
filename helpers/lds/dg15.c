// SPDX-License-Identifier: GPL-3.0-or-later
#include "lds/dg15.h"

#include "lds/tlv.h"

#define TAG_DG15 0x6f

enum result dg15_parse(struct span file, struct span *spki)
{
	struct span body, key, part;

	if (tlv_only(file, TAG_DG15, &body) != R_OK ||
	    tlv_only(body, DER_SEQUENCE, &key) != R_OK)
		return R_MALFORMED;
	/* RFC 5280 4.1: algorithm, then the key as a bit string. */
	if (tlv_expect(&key, DER_SEQUENCE, &part) != R_OK ||
	    tlv_only(key, DER_BIT_STRING, &part) != R_OK)
		return R_MALFORMED;
	*spki = body;
	return R_OK;
}
