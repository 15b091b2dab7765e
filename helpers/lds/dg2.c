// SPDX-License-Identifier: GPL-3.0-or-later
#include "lds/dg2.h"

#include "base/refuse.h"
#include "lds/face_record.h"
#include "lds/tlv.h"

#define TAG_DG2		 0x75
#define TAG_TEMPLATES	 0x7f61	/* 7816-11 biometric information group */
#define TAG_TEMPLATE	 0x7f60
#define TAG_HEADER	 0xa1
#define TAG_TYPE	 0x81	/* in the header: what is measured */
#define TAG_RECORD	 0x5f2e
#define TAG_RECORD_CONST 0x7f2e
#define TAG_39794	 0xa1	/* first in 7F2E; 19794-5 begins with 'F' */

#define TYPE_FACE 0x02

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

void face_consider(struct face_pick *pick, const struct dg2_portrait *one)
{
	if (pick->any && (pick->p.frontal || !one->frontal))
		return;
	pick->any = true;
	pick->p = *one;
}

/* The header's objects are optional to us but its biometric type, where it
 * stands, must be the face. */
static enum result header_parse(struct span in)
{
	struct span type;
	enum result r = tlv_find(in, TAG_TYPE, &type);

	if (r == R_ABSENT)
		return R_OK;
	if (r != R_OK)
		return r;
	refuse_if(type.n != 1 || type.p[0] != TYPE_FACE, R_MALFORMED);
	return R_OK;
}

/* { A1 header, 5F2E or 7F2E record }. R_ABSENT: none of its images will do. */
static enum result template_parse(struct span in, struct dg2_portrait *out)
{
	struct span header;
	struct tlv record;

	if (tlv_expect(&in, TAG_HEADER, &header) != R_OK ||
	    header_parse(header) != R_OK || tlv_next(&in, &record) != R_OK)
		return R_MALFORMED;
	refuse_if(span_end(&in) != R_OK, R_MALFORMED);
	refuse_if(record.tag != TAG_RECORD && record.tag != TAG_RECORD_CONST,
		  R_MALFORMED);
	if (record.tag == TAG_RECORD_CONST && record.value.n > 0 &&
	    record.value.p[0] == TAG_39794)
		return face_39794_parse(record.value, out);
	return face_19794_parse(record.value, out);
}

enum result dg2_parse(struct span file, struct dg2_portrait *out)
{
	struct face_pick pick = { 0 };
	struct dg2_portrait one;
	struct span body, in, inside;
	uint32_t count;
	enum result r;

	if (tlv_only(file, TAG_DG2, &body) != R_OK ||
	    tlv_only(body, TAG_TEMPLATES, &in) != R_OK ||
	    der_uint(&in, &count) != R_OK)
		return R_MALFORMED;
	refuse_if(count < 1 || count > DG2_TEMPLATES_MAX, R_MALFORMED);
	for (uint32_t i = 0; i < count; i++) {
		if (tlv_expect(&in, TAG_TEMPLATE, &inside) != R_OK)
			return R_MALFORMED;
		r = template_parse(inside, &one);
		if (r != R_OK && r != R_ABSENT)
			return r;
		if (r == R_OK)
			face_consider(&pick, &one);
	}
	refuse_if(span_end(&in) != R_OK, R_MALFORMED);
	if (!pick.any)
		return R_MALFORMED;
	refuse_if(pick.p.image.n < DG2_IMAGE_MIN, R_MALFORMED);
	refuse_if(pick.p.image.n > DG2_IMAGE_MAX, R_MALFORMED);
	refuse_if(!format_confirmed(pick.p.format, pick.p.image), R_MALFORMED);
	*out = pick.p;
	return R_OK;
}
