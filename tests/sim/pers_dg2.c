/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DG2: the CBEFF template of 9303-10 4.7.2 around one facial record of
 * ISO/IEC 19794-5:2005.
 */
#include <stdlib.h>

#include "pers.h"

#define RECORD_HEADER 14	/* 19794-5 5.4 */
#define IMAGE_HEADERS 32	/* facial 20, image information 12 */

static void put_record(struct sink *s, const struct portrait *p,
		       const char *sex)
{
	static const uint8_t zero[13] = { 0 };

	sink_put(s, span_of("FAC\0" "010\0", 8));
	sink_u32(s, (uint32_t)(RECORD_HEADER + IMAGE_HEADERS + p->image.n));
	sink_u16(s, 1);			/* facial images */
	sink_u32(s, (uint32_t)(IMAGE_HEADERS + p->image.n));
	sink_u16(s, 0);			/* feature points */
	sink_u8(s, *sex == 'M' ? 1 : *sex == 'F' ? 2 : 0);
	sink_put(s, SPAN(zero));	/* eyes, hair, properties, expression,
					 * pose, its uncertainty: not given */
	sink_u8(s, 1);			/* full frontal */
	sink_u8(s, p->jp2 ? 1 : 0);	/* image data type */
	sink_u16(s, p->width);
	sink_u16(s, p->height);
	sink_u8(s, 1);			/* colour space: sRGB */
	sink_u8(s, 2);			/* source: photograph, digital camera */
	sink_u16(s, 0);			/* device */
	sink_u16(s, 0);			/* quality */
	sink_put(s, blob_span(&p->image));
}

/* The biometric header template, 9303-10 table 42. */
static void put_header(struct sink *s)
{
	uint8_t buf[64];
	struct sink h = SINK(buf);

	tlv_put(&h, 0x80, span_of("\x01\x01", 2));	/* ICAO version */
	tlv_put(&h, 0x81, span_of("\x02", 1));		/* facial features */
	tlv_put(&h, 0x82, span_of("\x00", 1));		/* no subtype */
	tlv_put(&h, 0x87, span_of("\x01\x01", 2));	/* format owner */
	tlv_put(&h, 0x88, span_of("\x00\x08", 2));	/* format type */
	tlv_put(s, 0xa1, sink_span(&h));
}

static enum result put_template(struct sink *out, const struct portrait *p,
				const char *sex, uint8_t *scratch, size_t cap)
{
	struct sink a = sink_of(scratch, cap);
	struct sink b = sink_of(scratch + cap, cap);

	put_record(&a, p, sex);
	put_header(&b);
	tlv_put(&b, 0x5f2e, sink_span(&a));
	a.n = 0;
	tlv_put(&a, 0x02, span_of("\x01", 1));		/* one instance */
	tlv_put(&a, 0x7f60, sink_span(&b));
	b.n = 0;
	tlv_put(&b, 0x7f61, sink_span(&a));
	tlv_put(out, 0x75, sink_span(&b));
	if (sink_done(&a) != R_OK || sink_done(&b) != R_OK)
		return R_INTERNAL;
	return sink_done(out);
}

enum result pers_dg2(const struct pers_options *o, struct blob *out)
{
	scoped(portrait_done) struct portrait p = { 0 };
	size_t pad_to = o->pad_to ? strtoul(o->pad_to, NULL, 10) : 0;
	enum result r;

	if (pad_to > SIM_FILE_MAX / 2)
		return pers_fail(R_MALFORMED, "--pad-to is too large");
	r = portrait_load(o->portrait, pad_to, &p);
	if (r != R_OK)
		return r;

	size_t cap = p.image.n + 256;
	scoped(blob_free) struct blob all = { malloc(3 * cap), cap };
	if (!all.p)
		return R_INTERNAL;
	struct sink s = sink_of(all.p, cap);
	r = put_template(&s, &p, o->sex, all.p + cap, cap);
	return r == R_OK ? blob_copy(sink_span(&s), out) : r;
}
