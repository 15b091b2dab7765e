/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The picture that goes into DG2: its format and size read from its headers,
 * and padding inside what each format calls a comment, so that it stays a
 * valid picture of exactly the size asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "pers.h"

/* Repeated in the padding: a search for leaked portraits can look for it. */
static const char mark[] = "SYNTHETIC-PORTRAIT-PADDING.";

void portrait_done(struct portrait *p)
{
	blob_free(&p->image);
}

/* A grey square of 8x8: baseline, one component, one-entry Huffman tables. */
static enum result grey_square(struct blob *out)
{
	uint8_t buf[256];
	struct sink s = SINK(buf);

	sink_u32(&s, 0xffd8ffdb);
	sink_u16(&s, 67);
	sink_u8(&s, 0);
	for (int i = 0; i < 64; i++)
		sink_u8(&s, 16);
	sink_put(&s, span_of("\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01"
			     "\x11\x00", 13));
	for (uint8_t table = 0x00; table <= 0x10; table += 0x10) {
		sink_u32(&s, 0xffc40014);
		sink_u8(&s, table);
		sink_u8(&s, 1);
		for (int i = 0; i < 16; i++)
			sink_u8(&s, 0);
	}
	sink_put(&s, span_of("\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
			     "\x3f\xff\xd9", 13));
	return sink_done(&s) == R_OK ? blob_copy(sink_span(&s), out)
				     : R_INTERNAL;
}

/* ISO 10918-1: the frame header, any of SOF0..SOF15 but the three tables. */
static enum result jpeg_size(struct span in, uint16_t *w, uint16_t *h)
{
	struct span body;
	uint16_t marker, length, soi;
	uint8_t precision;

	if (span_u16(&in, &soi) != R_OK || soi != 0xffd8)
		return R_MALFORMED;
	while (span_u16(&in, &marker) == R_OK &&
	       span_u16(&in, &length) == R_OK && length >= 2 &&
	       span_take(&in, length - 2u, &body) == R_OK) {
		if (marker < 0xffc0 || marker > 0xffcf || marker == 0xffc4 ||
		    marker == 0xffc8 || marker == 0xffcc)
			continue;
		if (span_u8(&body, &precision) != R_OK ||
		    span_u16(&body, h) != R_OK || span_u16(&body, w) != R_OK)
			return R_MALFORMED;
		return R_OK;
	}
	return R_MALFORMED;
}

/* Find a JP2 box at this level; *before is its offset from the start. */
static enum result box_find(struct span in, uint32_t type, struct span *body,
			    size_t *before)
{
	const uint8_t *start = in.p;

	while (in.n) {
		size_t at = (size_t)(in.p - start);
		uint32_t length, t;
		struct span b;

		if (span_u32(&in, &length) != R_OK ||
		    span_u32(&in, &t) != R_OK)
			return R_MALFORMED;
		if (length == 0)	/* to the end of the file */
			length = (uint32_t)in.n + 8;
		if (length < 8 || span_take(&in, length - 8, &b) != R_OK)
			return R_MALFORMED;
		if (t == type) {
			*body = b;
			*before = at;
			return R_OK;
		}
	}
	return R_ABSENT;
}

#define BOX_JP2H 0x6a703268u
#define BOX_IHDR 0x69686472u
#define BOX_JP2C 0x6a703263u
#define BOX_FREE 0x66726565u

static enum result jp2_size(struct span in, uint16_t *w, uint16_t *h)
{
	struct span header, image;
	size_t at;
	uint32_t height, width;

	if (box_find(in, BOX_JP2H, &header, &at) != R_OK ||
	    box_find(header, BOX_IHDR, &image, &at) != R_OK ||
	    span_u32(&image, &height) != R_OK ||
	    span_u32(&image, &width) != R_OK || height > 0xffff ||
	    width > 0xffff)
		return R_MALFORMED;
	*w = (uint16_t)width;
	*h = (uint16_t)height;
	return R_OK;
}

static void put_marks(struct sink *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sink_u8(out, (uint8_t)mark[i % (sizeof(mark) - 1)]);
}

/* Comment segments (FF FE) right after SOI; each holds 65,533 bytes. */
static enum result pad_jpeg(struct span in, size_t extra, struct sink *out)
{
	struct span soi;

	if (span_take(&in, 2, &soi) != R_OK || (extra && extra < 4))
		return R_MALFORMED;
	sink_put(out, soi);
	while (extra) {
		size_t now = extra > 60000 ? 60000 : extra;

		if (extra - now && extra - now < 4)
			now -= 4;
		sink_u16(out, 0xfffe);
		sink_u16(out, (uint16_t)(now - 2));
		put_marks(out, now - 4);
		extra -= now;
	}
	sink_put(out, in);
	return sink_done(out);
}

/* A free box in front of the codestream: ISO 15444-1 I.2.2, skipped. */
static enum result pad_jp2(struct span in, size_t extra, struct sink *out)
{
	struct span code, front;
	size_t at;

	if (box_find(in, BOX_JP2C, &code, &at) != R_OK ||
	    (extra && extra < 8) || span_take(&in, at, &front) != R_OK)
		return R_MALFORMED;
	sink_put(out, front);
	if (extra) {
		sink_u32(out, (uint32_t)extra);
		sink_u32(out, BOX_FREE);
		put_marks(out, extra - 8);
	}
	sink_put(out, in);
	return sink_done(out);
}

static enum result pad(struct portrait *p, size_t size)
{
	struct sink s;
	uint8_t *buf;
	enum result r;

	if (p->image.n >= size)
		return R_OK;
	buf = malloc(size);
	if (!buf)
		return R_INTERNAL;
	s = sink_of(buf, size);
	r = p->jp2 ? pad_jp2(blob_span(&p->image), size - p->image.n, &s)
		   : pad_jpeg(blob_span(&p->image), size - p->image.n, &s);
	if (r != R_OK) {
		free(buf);
		return pers_fail(r, "--pad-to: can't pad by %zu bytes",
				 size - p->image.n);
	}
	blob_free(&p->image);
	p->image = (struct blob){ buf, s.n };
	return R_OK;
}

enum result portrait_load(const char *path, size_t pad_to,
			  struct portrait *out)
{
	scoped(portrait_done) struct portrait p = { 0 };
	enum result r;

	r = path ? sim_file_read(NULL, path, &p.image)
		 : grey_square(&p.image);
	if (r != R_OK)
		return pers_fail(r, "can't read the portrait %s", path);
	p.jp2 = p.image.n > 12 && memcmp(p.image.p + 4, "jP  ", 4) == 0;
	r = p.jp2 ? jp2_size(blob_span(&p.image), &p.width, &p.height)
		  : jpeg_size(blob_span(&p.image), &p.width, &p.height);
	if (r != R_OK)
		return pers_fail(r, "the portrait is neither JPEG nor JP2");
	r = pad(&p, pad_to);
	if (r != R_OK)
		return r;
	*out = p;
	p = (struct portrait){ 0 };
	return R_OK;
}
