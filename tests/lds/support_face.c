// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_face.h"

#include <check.h>
#include <string.h>

#include "support_hex.h"

static void make_image(uint8_t image[FACE_SIZE], uint8_t mark)
{
	static const uint8_t jpeg[] = { 0xff, 0xd8, 0xff, 0xe0 };

	memset(image, mark, FACE_SIZE);
	memcpy(image, jpeg, sizeof(jpeg));
}

void put_record_19794(struct sink *out, const struct face *faces, size_t n)
{
	uint8_t image[FACE_SIZE];

	sink_put(out, span_of("FAC\0" "010\0", 8));
	sink_u32(out, (uint32_t)(14 + n * (32 + FACE_SIZE)));
	sink_u16(out, (uint16_t)n);
	for (size_t i = 0; i < n; i++) {
		make_image(image, faces[i].mark);
		sink_u32(out, 32 + FACE_SIZE);
		sink_put(out, span_of("\0\0\1\2\3\0\0\0\0\0\0\0\0\0\0\0", 16));
		sink_u8(out, faces[i].kind);
		sink_u8(out, 0);
		sink_u16(out, 240);
		sink_u16(out, 320);
		sink_put(out, span_of("\1\2\0\0\0\0", 6));
		sink_put(out, SPAN(image));
	}
	ck_assert_int_eq(sink_done(out), R_OK);
}

/* One object inside another: tag { what was written }. */
static void wrap(struct sink *s, uint32_t tag)
{
	uint8_t copy[2048];
	size_t n = s->n;

	ck_assert_uint_le(n, sizeof(copy));
	memcpy(copy, s->p, n);
	s->n = 0;
	put_tlv(s, tag, span_of(copy, n));
}

static void put_representation(struct sink *out, struct face face)
{
	uint8_t image[FACE_SIZE], a[512], b[512];
	struct sink info = SINK(a), r = SINK(b);

	make_image(image, face.mark);
	put_tlv(&info, 0xa0, span_of("\x80\x01\x02", 3));
	if (face.kind != FACE_NO_KIND) {
		const uint8_t kind[] = { 0xa1, 3, 0x80, 1, face.kind };

		put_tlv(&info, 0xa1, SPAN(kind));
	}
	put_tlv(&info, 0xa7, span_of("\x80\x02\x00\xf0\x81\x02\x01\x40", 8));
	put_tlv(&r, 0x80, SPAN(image));
	put_tlv(&r, 0xa1, sink_span(&info));
	wrap(&r, 0xa0);		/* imageRepresentation2DBlock */
	wrap(&r, 0xa0);		/* base */
	wrap(&r, 0xa1);		/* imageRepresentation */
	info.n = 0;
	put_tlv(&info, 0x80, span_of("\0", 1));
	sink_put(&info, sink_span(&r));
	put_tlv(out, 0x30, sink_span(&info));
}

void put_record_39794(struct sink *out, const struct face *faces, size_t n)
{
	uint8_t a[2048], b[2048];
	struct sink list = SINK(a), all = SINK(b);

	for (size_t i = 0; i < n; i++)
		put_representation(&list, faces[i]);
	put_tlv(&all, 0xa0, span_of("\x80\x01\x03\x81\x02\x07\xe3", 7));
	put_tlv(&all, 0xa1, sink_span(&list));
	wrap(&all, 0x65);
	put_tlv(out, 0xa1, sink_span(&all));
}

void put_dg2(struct sink *out, const struct span *records, size_t n)
{
	static const uint8_t header[] = { 0x81, 1, 2, 0x87, 2, 1, 1,
					  0x88, 2, 0, 8 };
	uint8_t a[4096], b[4096], count = (uint8_t)n;
	struct sink list = SINK(a), one = SINK(b);

	put_tlv(&list, 0x02, span_of(&count, 1));
	for (size_t i = 0; i < n; i++) {
		one.n = 0;
		put_tlv(&one, 0xa1, SPAN(header));
		put_tlv(&one, records[i].n > 0 && records[i].p[0] == 0xa1
				      ? 0x7f2e : 0x5f2e, records[i]);
		put_tlv(&list, 0x7f60, sink_span(&one));
	}
	one.n = 0;
	put_tlv(&one, 0x7f61, sink_span(&list));
	put_tlv(out, 0x75, sink_span(&one));
}
