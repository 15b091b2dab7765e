// SPDX-License-Identifier: GPL-3.0-or-later
/* Hints only: no refusal here decides security, and none is marked. */
#include "lds/atr_info.h"

#include "lds/tlv.h"

#define TS_DIRECT  0x3b		/* ISO/IEC 7816-3 8.1 */
#define TS_INVERSE 0x3f

/* 7816-3 8.2: high bits of T0 and of each TDi say which bytes follow */
#define HAS_TA 0x10
#define HAS_TB 0x20
#define HAS_TC 0x40
#define HAS_TD 0x80
#define LOW    0x0f		/* T0: historical bytes; TDi: protocol */

/* 7816-4 12.1.1.2: the category indicator, first of the historical bytes */
#define CATEGORY_STATUS 0x00	/* compact-TLV, then three bytes of status */
#define CATEGORY_TLV	0x80	/* compact-TLV to the end */
#define STATUS_SIZE	3

/* 7816-4 12.1.1.9: compact tag 7, and the third software function table.
 * 9303-10 3.11.1 says the same of EF.ATR/INFO. */
#define CARD_CAPABILITIES 7
#define THIRD_TABLE	  2
#define CAP_CHAINING	  0x80
#define CAP_EXTENDED	  0x40
#define CAP_INFO_FILE	  0x20

#define TAG_LENGTHS 0x7f66	/* 7816-4 12.7.1 */

/* Interface bytes; *sum: a check byte ends the ATR (7816-3 8.2.5: unless T=0
 * is the only protocol named, or none is). */
static enum result skip_interface(struct span *in, uint8_t which, bool *sum)
{
	static const uint8_t plain[] = { HAS_TA, HAS_TB, HAS_TC };
	uint8_t b;

	*sum = false;
	for (;;) {
		for (size_t i = 0; i < sizeof(plain); i++)
			if (which & plain[i] && span_u8(in, &b) != R_OK)
				return R_MALFORMED;
		if (!(which & HAS_TD))
			return R_OK;
		if (span_u8(in, &which) != R_OK)
			return R_MALFORMED;
		if (which & LOW)
			*sum = true;
	}
}

static enum result capabilities(struct span in, struct atr_caps *out)
{
	struct span value, found = { 0 };
	bool have = false;
	uint8_t head, bits = 0;

	while (in.n > 0) {
		if (span_u8(&in, &head) != R_OK ||
		    span_take(&in, head & LOW, &value) != R_OK)
			return R_ABSENT;	/* not compact-TLV after all */
		if (head >> 4 != CARD_CAPABILITIES)
			continue;
		if (have)
			return R_ABSENT;	/* which of them? */
		have = true;
		found = value;
	}
	if (!have)
		return R_ABSENT;
	if (found.n > THIRD_TABLE)
		bits = found.p[THIRD_TABLE];
	*out = (struct atr_caps){ .extended = bits & CAP_EXTENDED,
				  .info_file = bits & CAP_INFO_FILE,
				  .chaining = bits & CAP_CHAINING };
	return R_OK;
}

/* Another category (10: a reference; 81 to 8F reserved; else the issuer's
 * own) is not read. */
static enum result historical(struct span in, struct atr_caps *out)
{
	struct span status;
	uint8_t category;

	if (span_u8(&in, &category) != R_OK)
		return R_ABSENT;
	if (category == CATEGORY_STATUS) {
		if (in.n < STATUS_SIZE)
			return R_ABSENT;
		status = in;
		if (span_take(&status, in.n - STATUS_SIZE, &in) != R_OK)
			return R_ABSENT;
	} else if (category != CATEGORY_TLV) {
		return R_ABSENT;
	}
	return capabilities(in, out);
}

enum result atr_parse(struct span atr, struct atr_caps *out)
{
	struct span in = atr, bytes, check;
	uint8_t ts, t0, all = 0;
	bool sum;

	if (atr.n > ATR_MAX || span_u8(&in, &ts) != R_OK ||
	    (ts != TS_DIRECT && ts != TS_INVERSE))
		return R_MALFORMED;
	for (size_t i = 0; i < in.n; i++)
		all ^= in.p[i];
	if (span_u8(&in, &t0) != R_OK ||
	    skip_interface(&in, t0, &sum) != R_OK ||
	    span_take(&in, t0 & LOW, &bytes) != R_OK ||
	    span_take(&in, sum ? 1 : 0, &check) != R_OK ||
	    span_end(&in) != R_OK || (sum && all != 0))
		return R_MALFORMED;
	return historical(bytes, out);
}

/* A positive INTEGER of one to four octets. Cards write FFFF in two, which
 * DER would call negative: taken as it is meant. */
static enum result take_length(struct span *in, uint32_t *out)
{
	struct span v;
	uint32_t n = 0;

	if (tlv_expect(in, DER_INTEGER, &v) != R_OK || v.n < 1 || v.n > 4)
		return R_MALFORMED;
	for (size_t i = 0; i < v.n; i++)
		n = n << 8 | v.p[i];
	if (n == 0)
		return R_MALFORMED;
	*out = n;
	return R_OK;
}

/* 7816-4: 00 and FF between data objects mean nothing. */
static void skip_filling(struct span *in)
{
	while (in->n > 0 && (in->p[0] == 0x00 || in->p[0] == 0xff)) {
		in->p++;
		in->n--;
	}
}

enum result atr_info_parse(struct span file, struct atr_info *out)
{
	struct span lengths = { 0 };
	struct atr_info info;
	bool have = false;
	struct tlv t;

	for (skip_filling(&file); file.n > 0; skip_filling(&file)) {
		if (tlv_next(&file, &t) != R_OK ||
		    (t.tag == TAG_LENGTHS && have))
			return R_MALFORMED;
		if (t.tag != TAG_LENGTHS)
			continue;
		have = true;
		lengths = t.value;
	}
	if (!have)
		return R_ABSENT;
	if (take_length(&lengths, &info.command_max) != R_OK ||
	    take_length(&lengths, &info.response_max) != R_OK ||
	    span_end(&lengths) != R_OK)
		return R_MALFORMED;
	*out = info;
	return R_OK;
}
