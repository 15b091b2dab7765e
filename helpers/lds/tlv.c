// SPDX-License-Identifier: GPL-3.0-or-later
#include "lds/tlv.h"

#include "base/refuse.h"

#define TAG_MORE   0x1f	/* low bits of a first octet: the tag goes on */
#define OCTET_MORE 0x80	/* of a following tag octet, or a long length */

/* No 9303 or TR-03110 object has a tag longer than three octets. */
static enum result take_tag(struct span *in, uint32_t *out)
{
	uint8_t b;
	uint32_t tag;

	if (span_u8(in, &b) != R_OK)
		return R_MALFORMED;
	refuse_if(b == 0, R_MALFORMED);	/* end-of-contents, or padding */
	tag = b;
	if ((b & TAG_MORE) != TAG_MORE) {
		*out = tag;
		return R_OK;
	}
	for (int i = 0; i < 2; i++) {
		if (span_u8(in, &b) != R_OK)
			return R_MALFORMED;
		/* X.690 8.1.2.4.2 c */
		refuse_if(i == 0 && b == OCTET_MORE, R_MALFORMED);
		tag = tag << 8 | b;
		if (!(b & OCTET_MORE)) {
			*out = tag;
			return R_OK;
		}
	}
	return R_MALFORMED;
}

/* X.690 10.1: definite and in the fewest octets. */
static enum result take_length(struct span *in, size_t *out)
{
	uint8_t b, count;
	uint64_t len = 0;

	if (span_u8(in, &b) != R_OK)
		return R_MALFORMED;
	if (!(b & OCTET_MORE)) {
		*out = b;
		return R_OK;
	}
	count = b & 0x7f;
	/* indefinite, or absurd */
	refuse_if(count == 0 || count > 4, R_MALFORMED);
	for (uint8_t i = 0; i < count; i++) {
		if (span_u8(in, &b) != R_OK)
			return R_MALFORMED;
		len = len << 8 | b;
	}
	refuse_if(len < 0x80 || len >> (8 * (count - 1)) == 0, R_MALFORMED);
	*out = (size_t)len;
	return R_OK;
}

enum result tlv_next(struct span *in, struct tlv *out)
{
	struct span rest = *in;
	struct tlv t = { 0 };
	size_t len;

	if (take_tag(&rest, &t.tag) != R_OK ||
	    take_length(&rest, &len) != R_OK ||
	    span_take(&rest, len, &t.value) != R_OK)
		return R_MALFORMED;
	t.raw = span_of(in->p, in->n - rest.n);
	*in = rest;
	*out = t;
	return R_OK;
}

enum result tlv_expect(struct span *in, uint32_t tag, struct span *value)
{
	struct span rest = *in;
	struct tlv t;

	if (tlv_next(&rest, &t) != R_OK)
		return R_MALFORMED;
	refuse_if(t.tag != tag, R_MALFORMED);
	*in = rest;
	*value = t.value;
	return R_OK;
}

enum result tlv_optional(struct span *in, uint32_t tag, struct span *value)
{
	struct span rest = *in;
	struct tlv t;

	if (in->n == 0)
		return R_ABSENT;
	if (tlv_next(&rest, &t) != R_OK)
		return R_MALFORMED;
	if (t.tag != tag)
		return R_ABSENT;
	*in = rest;
	*value = t.value;
	return R_OK;
}

enum result tlv_only(struct span in, uint32_t tag, struct span *value)
{
	struct span v;

	if (tlv_expect(&in, tag, &v) != R_OK)
		return R_MALFORMED;
	refuse_if(span_end(&in) != R_OK, R_MALFORMED);
	*value = v;
	return R_OK;
}

enum result tlv_find(struct span in, uint32_t tag, struct span *value)
{
	struct span found = { 0 };
	bool have = false;
	struct tlv t;

	while (in.n > 0) {
		if (tlv_next(&in, &t) != R_OK)
			return R_MALFORMED;
		if (t.tag != tag)
			continue;
		refuse_if(have, R_MALFORMED);
		have = true;
		found = t.value;
	}
	if (!have)
		return R_ABSENT;
	*value = found;
	return R_OK;
}

enum result tlv_head(struct span head, uint32_t *tag, size_t *total)
{
	struct span rest = head;
	uint32_t t;
	size_t len;

	if (take_tag(&rest, &t) != R_OK || take_length(&rest, &len) != R_OK)
		return R_MALFORMED;
	if (len > SIZE_MAX - (head.n - rest.n))
		return R_MALFORMED;
	*tag = t;
	*total = head.n - rest.n + len;
	return R_OK;
}

enum result der_uint_value(struct span v, uint32_t *out)
{
	uint64_t n = 0;

	/* Up to five octets: a leading 00 keeps 2^31.. positive. */
	if (v.n == 0)
		return R_MALFORMED;
	refuse_if(v.n > 5, R_MALFORMED);
	refuse_if(v.p[0] & 0x80, R_MALFORMED);	/* negative */
	/* X.690 8.3.2 */
	refuse_if(v.n > 1 && v.p[0] == 0 && !(v.p[1] & 0x80), R_MALFORMED);
	for (size_t i = 0; i < v.n; i++)
		n = n << 8 | v.p[i];
	refuse_if(n > UINT32_MAX, R_MALFORMED);
	*out = (uint32_t)n;
	return R_OK;
}

enum result der_uint(struct span *in, uint32_t *out)
{
	struct span rest = *in, v;

	if (tlv_expect(&rest, DER_INTEGER, &v) != R_OK ||
	    der_uint_value(v, out) != R_OK)
		return R_MALFORMED;
	*in = rest;
	return R_OK;
}
