// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * ISO/IEC 39794-5:2019 in tagged binary form (DER), as the ICAO application
 * profile for eMRTDs lays it into DO'7F2E': A1 { 65 { ... } }. Every SEQUENCE
 * has context-specific tags from [0] on, IMPLICIT; a CHOICE keeps the tag of
 * its field around the tag of the alternative. Clauses: 39794-5 7 (elements)
 * and annex A.1 (the schema), 39794-1 for the version.
 *
 * MUSTs. Tags of one SEQUENCE ascend and none comes twice. What lies behind
 * an extension marker ("...") must be objects and is stepped over. What we
 * read must be of the tag the schema gives it, primitive or constructed.
 */
#include "base/refuse.h"
#include "lds/face_record.h"
#include "lds/tlv.h"

#define TAG_BLOCK   0xa1	/* profile, table 2: under 7F2E */
#define TAG_FACE    0x65	/* FaceImageDataBlock, [APPLICATION 5] */
#define CONTEXT	    0x80
#define CONSTRUCTED 0x20
#define CLASS	    0xc0
#define NUMBER	    0x1f

#define PRIMITIVE_TAG(n) (CONTEXT | (n))
#define NESTED_TAG(n)	 (CONTEXT | CONSTRUCTED | (n))

/* The fields that we look at, all below 30, by the SEQUENCE they are in. */
enum field_number {
	FACE_VERSION = 0, FACE_REPRESENTATIONS = 1,
	VERSION_GENERATION = 0, VERSION_YEAR = 1,
	REPRESENTATION_ID = 0, REPRESENTATION_IMAGE = 1,
	TWO_D_DATA = 0, TWO_D_INFORMATION = 1,
	INFORMATION_FORMAT = 0, INFORMATION_KIND = 1, INFORMATION_SIZE = 7,
	WIDTH_FIELD = 0, HEIGHT_FIELD = 1,
	/* alternatives of the CHOICEs */
	CHOICE_CODE = 0, CHOICE_EXTENSION = 1, EXTENSION_FALLBACK = 0,
	CHOICE_BASE = 0, BASE_TWO_D = 0,
	FIELDS = 11,
};

#define GENERATION 3		/* of 39794 */
#define YEAR	   2019		/* of the first edition; later ones extend */

/* ImageDataFormatCode; the profile allows these three */
enum data_format { FORMAT_JPEG = 2, FORMAT_LOSSY = 3, FORMAT_LOSSLESS = 4 };

#define KIND_MRTD 0		/* FaceImageKind2DCode: frontal, annex D.1 */

struct fields {
	struct tlv at[FIELDS];	/* tag 0: not there */
};

/* The number of a context-specific tag, of one to three octets. */
static enum result tag_number(uint32_t tag, uint32_t *out)
{
	uint8_t first = (uint8_t)(tag > 0xffff ? tag >> 16
				  : tag > 0xff ? tag >> 8 : tag);

	refuse_if((first & CLASS) != CONTEXT, R_MALFORMED);
	if (tag <= 0xff)
		*out = tag & NUMBER;
	else if (tag <= 0xffff)
		*out = tag & 0x7f;
	else
		*out = (tag >> 8 & 0x7f) << 7 | (tag & 0x7f);
	return R_OK;
}

static enum result fields_parse(struct span in, struct fields *out)
{
	struct fields f = { 0 };
	uint32_t number, next = 0;
	struct tlv t;

	while (in.n > 0) {
		if (tlv_next(&in, &t) != R_OK ||
		    tag_number(t.tag, &number) != R_OK)
			return R_MALFORMED;
		refuse_if(number < next, R_MALFORMED);
		next = number + 1;
		if (number < FIELDS)
			f.at[number] = t;
	}
	*out = f;
	return R_OK;
}

/* The field of this tag, which must be there. */
static enum result field(const struct fields *f, uint8_t tag,
			 struct span *value)
{
	const struct tlv *t = &f->at[tag & NUMBER];

	refuse_if(t->tag != tag, R_MALFORMED);
	*value = t->value;
	return R_OK;
}

static bool has(const struct fields *f, uint8_t number)
{
	return f->at[number].tag != 0;
}

static enum result field_uint(const struct fields *f, uint8_t number,
			      uint32_t *out)
{
	struct span v;

	if (field(f, PRIMITIVE_TAG(number), &v) != R_OK)
		return R_MALFORMED;
	return der_uint_value(v, out);
}

/* CHOICE { code [0] ENUMERATED, extensionBlock [1] { fallback [0] ... } }:
 * a code newer than the reader comes with an older one to fall back to. */
static enum result code_parse(struct span in, uint32_t *out)
{
	struct span extension;
	struct fields f;

	if (tlv_only(in, PRIMITIVE_TAG(CHOICE_CODE), &extension) == R_OK)
		return der_uint_value(extension, out);
	if (tlv_only(in, NESTED_TAG(CHOICE_EXTENSION), &extension) != R_OK ||
	    fields_parse(extension, &f) != R_OK)
		return R_MALFORMED;
	return field_uint(&f, EXTENSION_FALLBACK, out);
}

/* ImageSizeBlock { width [0], height [1] INTEGER (0..65535) } */
static enum result size_parse(struct span in, struct dg2_portrait *p)
{
	uint32_t width, height;
	struct fields f;

	if (fields_parse(in, &f) != R_OK ||
	    field_uint(&f, WIDTH_FIELD, &width) != R_OK ||
	    field_uint(&f, HEIGHT_FIELD, &height) != R_OK)
		return R_MALFORMED;
	refuse_if(width > UINT16_MAX || height > UINT16_MAX, R_MALFORMED);
	p->width = (uint16_t)width;
	p->height = (uint16_t)height;
	return R_OK;
}

/* ImageInformation2DBlock */
static enum result information_parse(struct span in, struct dg2_portrait *p)
{
	uint32_t format, kind;
	struct fields f;
	struct span v;

	if (fields_parse(in, &f) != R_OK ||
	    field(&f, NESTED_TAG(INFORMATION_FORMAT), &v) != R_OK ||
	    code_parse(v, &format) != R_OK)
		return R_MALFORMED;
	refuse_if(format < FORMAT_JPEG || format > FORMAT_LOSSLESS,
		  R_MALFORMED);
	p->format = format == FORMAT_JPEG ? IMAGE_JPEG : IMAGE_JP2;
	if (has(&f, INFORMATION_KIND)) {
		if (field(&f, NESTED_TAG(INFORMATION_KIND), &v) != R_OK ||
		    code_parse(v, &kind) != R_OK)
			return R_MALFORMED;
		p->frontal = kind == KIND_MRTD;
	}
	if (!has(&f, INFORMATION_SIZE))
		return R_OK;
	if (field(&f, NESTED_TAG(INFORMATION_SIZE), &v) != R_OK)
		return R_MALFORMED;
	return size_parse(v, p);
}

/* ImageRepresentation ::= CHOICE { base [0] CHOICE {
 * imageRepresentation2DBlock [0] }, extensionBlock [1] }. R_ABSENT: another
 * alternative, a shape in three dimensions or one not yet invented. */
static enum result image_parse(struct span in, struct dg2_portrait *out)
{
	struct dg2_portrait p = { 0 };
	struct tlv base, two_d;
	struct fields f;
	struct span v;

	if (tlv_next(&in, &base) != R_OK || span_end(&in) != R_OK)
		return R_MALFORMED;
	if (base.tag != NESTED_TAG(CHOICE_BASE))
		return R_ABSENT;
	if (tlv_next(&base.value, &two_d) != R_OK ||
	    span_end(&base.value) != R_OK)
		return R_MALFORMED;
	if (two_d.tag != NESTED_TAG(BASE_TWO_D))
		return R_ABSENT;
	if (fields_parse(two_d.value, &f) != R_OK ||
	    field(&f, PRIMITIVE_TAG(TWO_D_DATA), &p.image) != R_OK ||
	    field(&f, NESTED_TAG(TWO_D_INFORMATION), &v) != R_OK ||
	    information_parse(v, &p) != R_OK)
		return R_MALFORMED;
	*out = p;
	return R_OK;
}

/* RepresentationBlock, with R_ABSENT as image_parse() */
static enum result representation_parse(struct span in,
					struct dg2_portrait *out)
{
	struct fields f;
	struct span v;
	uint32_t id;

	if (fields_parse(in, &f) != R_OK ||
	    field_uint(&f, REPRESENTATION_ID, &id) != R_OK ||
	    field(&f, NESTED_TAG(REPRESENTATION_IMAGE), &v) != R_OK)
		return R_MALFORMED;
	return image_parse(v, out);
}

/* 39794-1: VersionBlock { generation [0], year [1], ... } */
static enum result version_parse(struct span in)
{
	uint32_t generation, year;
	struct fields f;

	if (fields_parse(in, &f) != R_OK ||
	    field_uint(&f, VERSION_GENERATION, &generation) != R_OK ||
	    field_uint(&f, VERSION_YEAR, &year) != R_OK)
		return R_MALFORMED;
	refuse_if(generation != GENERATION || year < YEAR, R_MALFORMED);
	return R_OK;
}

/* SEQUENCE OF RepresentationBlock: the profile says one, the base any. */
static enum result list_parse(struct span in, struct dg2_portrait *out)
{
	struct face_pick pick = { 0 };
	struct dg2_portrait one;
	unsigned int images = 0;
	struct span block;
	enum result r;

	while (in.n > 0) {
		refuse_if(images == DG2_IMAGES_MAX, R_MALFORMED);
		if (tlv_expect(&in, DER_SEQUENCE, &block) != R_OK)
			return R_MALFORMED;
		r = representation_parse(block, &one);
		if (r != R_OK && r != R_ABSENT)
			return R_MALFORMED;
		if (r == R_OK)
			face_consider(&pick, &one);
		images++;
	}
	refuse_if(images == 0, R_MALFORMED);
	if (!pick.any)
		return R_ABSENT;
	pick.p.images = (uint8_t)images;
	*out = pick.p;
	return R_OK;
}

enum result face_39794_parse(struct span block, struct dg2_portrait *out)
{
	struct span inside, face, v;
	struct fields f;

	if (tlv_only(block, TAG_BLOCK, &inside) != R_OK ||
	    tlv_only(inside, TAG_FACE, &face) != R_OK ||
	    fields_parse(face, &f) != R_OK)
		return R_MALFORMED;
	if (field(&f, NESTED_TAG(FACE_VERSION), &v) != R_OK ||
	    version_parse(v) != R_OK ||
	    field(&f, NESTED_TAG(FACE_REPRESENTATIONS), &v) != R_OK)
		return R_MALFORMED;
	return list_parse(v, out);
}
