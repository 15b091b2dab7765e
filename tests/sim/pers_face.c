/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A facial record with several images: ISO/IEC 19794-5:2005 (fixed blocks) and
 * ISO/IEC 39794-5:2019 (tagged binary, DER, every tag context-specific and
 * implicit, a CHOICE's around its alternative's).
 */
#include "pers.h"

#define RECORD_HEADER 14	/* 19794-5 5.4 */
#define IMAGE_HEADERS 32	/* facial 20, image information 12 */

/* -- 19794-5 -------------------------------------------------------------- */

/* 5.5, 5.7 */
static void put_image(struct sink *s, const struct face *f, const char *sex)
{
	static const uint8_t zero[13] = { 0 };
	const struct portrait *p = f->picture;

	sink_u32(s, (uint32_t)(IMAGE_HEADERS + p->image.n));
	sink_u16(s, 0);			/* feature points */
	sink_u8(s, *sex == 'M' ? 1 : *sex == 'F' ? 2 : 0);
	sink_put(s, SPAN(zero));	/* eyes, hair, properties, expression,
					 * pose, its uncertainty: not given */
	sink_u8(s, (uint8_t)f->kind);	/* 0 basic, 1 full frontal, 2 token */
	sink_u8(s, p->jp2 ? 1 : 0);	/* image data type */
	sink_u16(s, p->width);
	sink_u16(s, p->height);
	sink_u8(s, 1);			/* colour space: sRGB */
	sink_u8(s, 2);			/* source: photograph, digital camera */
	sink_u16(s, 0);			/* device */
	sink_u16(s, 0);			/* quality */
	sink_put(s, blob_span(&p->image));
}

void face_put_19794(struct sink *out, const struct face *faces, size_t n,
		    const char *sex)
{
	size_t size = RECORD_HEADER;

	for (size_t i = 0; i < n; i++)
		size += IMAGE_HEADERS + faces[i].picture->image.n;
	sink_put(out, span_of("FAC\0" "010\0", 8));
	sink_u32(out, (uint32_t)size);
	sink_u16(out, (uint16_t)n);
	for (size_t i = 0; i < n; i++)
		put_image(out, &faces[i], sex);
}

/* -- 39794-5 -------------------------------------------------------------- */

enum data_format { FORMAT_JPEG = 2, FORMAT_JPEG2000_LOSSY = 3 };
enum kind_2d { KIND_MRTD = 0, KIND_GENERAL_PURPOSE = 1 };

/* [tag] { code [0] ENUMERATED } */
static void put_code(struct sink *s, uint8_t tag, unsigned long code)
{
	size_t from = s->n;

	pers_put_number(s, 0x80, code);
	pers_wrap(s, from, tag);
}

/* ImageInformation2DBlock: imageDataFormat [0], faceImageKind2D [1],
 * imageSizeBlock [7] { width [0], height [1] } */
static void put_information(struct sink *s, const struct face *f)
{
	size_t from = s->n, size;

	put_code(s, 0xa0, f->picture->jp2 ? FORMAT_JPEG2000_LOSSY
					  : FORMAT_JPEG);
	put_code(s, 0xa1, f->kind == FACE_FRONTAL ? KIND_MRTD
						  : KIND_GENERAL_PURPOSE);
	size = s->n;
	pers_put_number(s, 0x80, f->picture->width);
	pers_put_number(s, 0x81, f->picture->height);
	pers_wrap(s, size, 0xa7);
	pers_wrap(s, from, 0xa1);
}

/* RepresentationBlock { representationId [0], imageRepresentation [1] { base
 * [0] { imageRepresentation2DBlock [0] { representationData2D [0],
 * imageInformation2DBlock [1] } } } } */
static void put_representation(struct sink *s, const struct face *f, size_t id)
{
	size_t from = s->n, image;

	pers_put_number(s, 0x80, id);
	image = s->n;
	tlv_put(s, 0x80, blob_span(&f->picture->image));
	put_information(s, f);
	pers_wrap(s, image, 0xa0);
	pers_wrap(s, image, 0xa0);
	pers_wrap(s, image, 0xa1);
	pers_wrap(s, from, 0x30);
}

/* A1 { FaceImageDataBlock ::= [APPLICATION 5] { versionBlock [0] { generation
 * [0] 3, year [1] 2019 }, representationBlocks [1] } } */
void face_put_39794(struct sink *out, const struct face *faces, size_t n)
{
	size_t from = out->n, list;

	pers_put_number(out, 0x80, 3);
	pers_put_number(out, 0x81, 2019);
	pers_wrap(out, from, 0xa0);
	list = out->n;
	for (size_t i = 0; i < n; i++)
		put_representation(out, &faces[i], i + 1);
	pers_wrap(out, list, 0xa1);
	pers_wrap(out, from, 0x65);
	pers_wrap(out, from, 0xa1);
}
