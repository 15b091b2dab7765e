// SPDX-License-Identifier: GPL-3.0-or-later
/* ISO/IEC 19794-5:2005 5.4 to 5.7: fixed blocks, big-endian, each length
 * counting itself. */
#include "base/refuse.h"
#include "lds/face_record.h"

#define INFO_REST      14	/* after length and number of points, 5.5 */
#define FEATURE_POINT  8	/* 5.6 */
#define IMAGE_INFO_END 6	/* colour space to quality, 5.7 */

/* 5.7.1; 3 and more are reserved, or three-dimensional by an amendment */
enum face_image_type {
	TYPE_BASIC = 0,
	TYPE_FULL_FRONTAL = 1,
	TYPE_TOKEN_FRONTAL = 2,
};

static const uint8_t format_id[] = { 'F', 'A', 'C', 0, '0', '1', '0', 0 };

/* One facial record data block. *type is as found. */
static enum result take_image(struct span *in, uint8_t *type,
			      struct dg2_portrait *out)
{
	struct dg2_portrait p = { 0 };
	struct span block, skipped;
	uint16_t points;
	uint32_t size;
	uint8_t format;

	if (span_u32(in, &size) != R_OK || size < 4 ||
	    span_take(in, size - 4, &block) != R_OK)
		return R_MALFORMED;
	if (span_u16(&block, &points) != R_OK ||
	    span_take(&block, INFO_REST, &skipped) != R_OK ||
	    span_take(&block, (size_t)points * FEATURE_POINT, &skipped) !=
		    R_OK)
		return R_MALFORMED;
	if (span_u8(&block, type) != R_OK ||
	    span_u8(&block, &format) != R_OK ||
	    span_u16(&block, &p.width) != R_OK ||
	    span_u16(&block, &p.height) != R_OK ||
	    span_take(&block, IMAGE_INFO_END, &skipped) != R_OK)
		return R_MALFORMED;
	refuse_if(format != IMAGE_JPEG && format != IMAGE_JP2, R_MALFORMED);
	p.format = format == IMAGE_JPEG ? IMAGE_JPEG : IMAGE_JP2;
	p.image = block;
	p.frontal = *type == TYPE_FULL_FRONTAL || *type == TYPE_TOKEN_FRONTAL;
	*out = p;
	return R_OK;
}

enum result face_19794_parse(struct span in, struct dg2_portrait *out)
{
	struct face_pick pick = { 0 };
	struct dg2_portrait one;
	size_t whole = in.n;
	struct span id;
	uint32_t size;
	uint16_t images;
	uint8_t type;

	if (span_take(&in, sizeof(format_id), &id) != R_OK ||
	    span_u32(&in, &size) != R_OK || span_u16(&in, &images) != R_OK)
		return R_MALFORMED;
	refuse_if(!span_equal(id, SPAN(format_id)), R_MALFORMED);
	refuse_if(size != whole, R_MALFORMED);
	refuse_if(images < 1 || images > DG2_IMAGES_MAX, R_MALFORMED);
	for (uint16_t i = 0; i < images; i++) {
		if (take_image(&in, &type, &one) != R_OK)
			return R_MALFORMED;
		if (one.frontal || type == TYPE_BASIC)
			face_consider(&pick, &one);
	}
	refuse_if(span_end(&in) != R_OK, R_MALFORMED);
	if (!pick.any)
		return R_ABSENT;
	pick.p.images = (uint8_t)images;
	*out = pick.p;
	return R_OK;
}
