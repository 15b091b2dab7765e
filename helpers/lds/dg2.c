// SPDX-License-Identifier: GPL-3.0-or-later
#include "lds/dg2.h"

#include "lds/tlv.h"

#define TAG_DG2		 0x75
#define TAG_TEMPLATES	 0x7f61	/* 7816-11 biometric information group */
#define TAG_TEMPLATE	 0x7f60
#define TAG_HEADER	 0xa1
#define TAG_TYPE	 0x81	/* in the header: what is measured */
#define TAG_RECORD	 0x5f2e
#define TAG_RECORD_CONST 0x7f2e

#define TYPE_FACE 0x02

/* ISO/IEC 19794-5:2005 5.4 to 5.7, sizes of the fixed blocks */
#define FACE_INFO_REST 14	/* after length and number of points */
#define FEATURE_POINT  8
#define IMAGE_INFO_END 6	/* colour space to quality */

static const uint8_t format_id[] = { 'F', 'A', 'C', 0, '0', '1', '0', 0 };

/* How an image of each format begins. */
static const struct {
	enum image_format format;
	uint8_t n;
	uint8_t magic[12];
} magics[] = {
	{ IMAGE_JPEG, 3, { 0xff, 0xd8, 0xff } },
	/* JPEG 2000: a JP2 file, or a bare codestream */
	{ IMAGE_JP2, 12, { 0, 0, 0, 12, 'j', 'P', ' ', ' ', 13, 10, 0x87,
			   10 } },
	{ IMAGE_JP2, 4, { 0xff, 0x4f, 0xff, 0x51 } },
};

static bool format_confirmed(enum image_format f, struct span image)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (magics[i].format == f && image.n > magics[i].n &&
		    span_equal(span_of(image.p, magics[i].n),
			       span_of(magics[i].magic, magics[i].n)))
			return true;
	return false;
}

/* One facial record data block: its length stands first and counts itself. */
static enum result take_image(struct span *in, struct dg2_portrait *out)
{
	struct dg2_portrait p = { 0 };
	struct span rest = *in, block, skipped;
	uint16_t points;
	uint32_t size;
	uint8_t type, format;

	if (span_u32(&rest, &size) != R_OK || size < 4 ||
	    span_take(&rest, size - 4, &block) != R_OK)
		return R_MALFORMED;
	if (span_u16(&block, &points) != R_OK ||
	    span_take(&block, FACE_INFO_REST, &skipped) != R_OK ||
	    span_take(&block, (size_t)points * FEATURE_POINT, &skipped) !=
		    R_OK)
		return R_MALFORMED;
	if (span_u8(&block, &type) != R_OK ||
	    span_u8(&block, &format) != R_OK ||
	    span_u16(&block, &p.width) != R_OK ||
	    span_u16(&block, &p.height) != R_OK ||
	    span_take(&block, IMAGE_INFO_END, &skipped) != R_OK)
		return R_MALFORMED;
	if (format != IMAGE_JPEG && format != IMAGE_JP2)
		return R_MALFORMED;
	p.format = format == IMAGE_JPEG ? IMAGE_JPEG : IMAGE_JP2;
	p.image = block;
	*in = rest;
	*out = p;
	return R_OK;
}

/* The facial record: header, then as many images as it says, no more. */
static enum result record_parse(struct span in, struct dg2_portrait *out)
{
	struct dg2_portrait first = { 0 }, other;
	size_t whole = in.n;
	struct span id;
	uint32_t size;
	uint16_t images;

	if (span_take(&in, sizeof(format_id), &id) != R_OK ||
	    !span_equal(id, SPAN(format_id)) ||
	    span_u32(&in, &size) != R_OK || size != whole ||
	    span_u16(&in, &images) != R_OK)
		return R_MALFORMED;
	if (images < 1 || images > DG2_IMAGES_MAX ||
	    take_image(&in, &first) != R_OK)
		return R_MALFORMED;
	for (uint16_t i = 1; i < images; i++)
		if (take_image(&in, &other) != R_OK)
			return R_MALFORMED;
	if (span_end(&in) != R_OK || first.image.n < DG2_IMAGE_MIN ||
	    first.image.n > DG2_IMAGE_MAX ||
	    !format_confirmed(first.format, first.image))
		return R_MALFORMED;
	first.images = (uint8_t)images;
	*out = first;
	return R_OK;
}

/* { A1 header, 5F2E or 7F2E record }. The header's objects are optional to
 * us but its biometric type, where it stands, must be the face. */
static enum result template_parse(struct span in, struct dg2_portrait *out)
{
	struct span header, type;
	struct tlv record;
	enum result r;

	if (tlv_expect(&in, TAG_HEADER, &header) != R_OK)
		return R_MALFORMED;
	r = tlv_find(header, TAG_TYPE, &type);
	if (r == R_MALFORMED ||
	    (r == R_OK && (type.n != 1 || type.p[0] != TYPE_FACE)))
		return R_MALFORMED;
	if (tlv_next(&in, &record) != R_OK || span_end(&in) != R_OK)
		return R_MALFORMED;
	if (record.tag != TAG_RECORD && record.tag != TAG_RECORD_CONST)
		return R_MALFORMED;
	return record_parse(record.value, out);
}

enum result dg2_parse(struct span file, struct dg2_portrait *out)
{
	struct span body, in, one, first;
	uint32_t count;

	if (tlv_only(file, TAG_DG2, &body) != R_OK ||
	    tlv_only(body, TAG_TEMPLATES, &in) != R_OK ||
	    der_uint(&in, &count) != R_OK || count < 1 ||
	    count > DG2_TEMPLATES_MAX ||
	    tlv_expect(&in, TAG_TEMPLATE, &first) != R_OK)
		return R_MALFORMED;
	for (uint32_t i = 1; i < count; i++)
		if (tlv_expect(&in, TAG_TEMPLATE, &one) != R_OK)
			return R_MALFORMED;
	if (span_end(&in) != R_OK)
		return R_MALFORMED;
	return template_parse(first, out);
}
