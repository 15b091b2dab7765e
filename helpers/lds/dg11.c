// SPDX-License-Identifier: GPL-3.0-or-later
#include "lds/dg11.h"

#include "base/refuse.h"
#include "lds/tlv.h"

#define TAG_DG11   0x6b
#define TAG_LIST   0x5c		/* which of the objects are there */
#define TAG_NUMBER 0x5f10

#define NUMBER_MAX 99		/* 9303-10 4.7.11 */
#define TAG_MORE   0x1f

/* How often the list names the number. Its tags have one octet or two. */
static enum result count_listed(struct span list, unsigned int *out)
{
	unsigned int n = 0;
	uint8_t first, second;

	while (list.n > 0) {
		if (span_u8(&list, &first) != R_OK)
			return R_MALFORMED;
		if ((first & TAG_MORE) != TAG_MORE)
			continue;
		if (span_u8(&list, &second) != R_OK)
			return R_MALFORMED;
		n += (first << 8 | second) == TAG_NUMBER;
	}
	*out = n;
	return R_OK;
}

static bool printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return true;
}

enum result dg11_parse(struct span file, struct span *number)
{
	struct span body, list, found = { 0 };
	unsigned int listed;
	enum result r;

	if (tlv_only(file, TAG_DG11, &body) != R_OK ||
	    tlv_expect(&body, TAG_LIST, &list) != R_OK ||
	    count_listed(list, &listed) != R_OK)
		return R_MALFORMED;
	r = tlv_find(body, TAG_NUMBER, &found);
	if (r != R_OK && r != R_ABSENT)
		return r;
	/* list and objects say the same, once: a number that one reader sees
	 * and another does not is no number */
	refuse_if(listed != (r == R_OK ? 1 : 0), R_MALFORMED);
	if (r == R_ABSENT)
		return R_ABSENT;
	refuse_if(found.n < 1 || found.n > NUMBER_MAX, R_MALFORMED);
	refuse_if(!printable(found), R_MALFORMED);
	*number = found;
	return R_OK;
}
