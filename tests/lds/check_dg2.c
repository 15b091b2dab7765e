// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/lds/dg2.c. The layout is ISO/IEC 19794-5:2005 5.4 to 5.8 inside
 * 9303-10 4.7.2; the images are the first octets of one and then filling. */
#include "lds/dg2.h"

#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "support_hex.h"

static const uint8_t jpeg[] = { 0xff, 0xd8, 0xff, 0xe0 };
static const uint8_t jp2[] = { 0, 0, 0, 12, 'j', 'P', ' ', ' ', 13, 10, 0x87,
			       10, 0 };
static const uint8_t codestream[] = { 0xff, 0x4f, 0xff, 0x51, 0 };

/* A DG2 as it should be, and what to do wrong about it. */
struct spec {
	uint8_t format;		/* 0 JPEG, 1 JPEG 2000 */
	const uint8_t *magic;
	size_t magic_n;
	size_t size;		/* of the image */
	uint16_t points;
	uint16_t images;	/* written */
	uint16_t images_said;	/* 0: as written */
	uint8_t templates, templates_said;
	uint32_t tag;		/* 0: 5F2E */
	int record_off, block_off;	/* added to the lengths */
	const char *header;	/* hexadecimal content of A1 */
	const char *id;		/* NULL: FAC, 010 */
	bool after_record, after_template, after_list, no_header;
};

static uint8_t buf[5][WIRE_PORTRAIT_MAX + 4096];
static struct dg2_portrait p;

static void put_image(struct sink *out, const struct spec *s)
{
	static const uint8_t zero[8];
	size_t n = 20 + 8u * s->points + 12 + s->size;

	sink_u32(out, (uint32_t)((int)n + s->block_off));
	sink_u16(out, s->points);
	sink_put(out, span_of("\1\2\3\0\0\0\0\0\0\0\0\0\0\0", 14));
	for (uint16_t i = 0; i < s->points; i++)
		sink_put(out, span_of(zero, 8));
	sink_u8(out, 1);		/* full frontal */
	sink_u8(out, s->format);
	sink_u16(out, 240);
	sink_u16(out, 320);
	sink_put(out, span_of("\1\2\0\0\0\0", 6));
	for (size_t i = 0; i < s->size; i++)
		sink_u8(out, i < s->magic_n ? s->magic[i] : 0x55);
}

static struct span record(const struct spec *s)
{
	struct sink all = SINK(buf[0]), out = SINK(buf[1]);

	for (uint16_t i = 0; i < s->images; i++)
		put_image(&all, s);
	sink_put(&out, span_of(s->id ? s->id : "FAC\0" "010\0", 8));
	sink_u32(&out, (uint32_t)((int)all.n + 14 + s->record_off));
	sink_u16(&out, s->images_said ? s->images_said : s->images);
	sink_put(&out, sink_span(&all));
	if (s->after_record)
		sink_u8(&out, 0);
	ck_assert_int_eq(sink_done(&out), R_OK);
	return sink_span(&out);
}

static struct span dg2(const struct spec *s)
{
	struct span rec = record(s), header = hex_new(s->header);
	struct sink t = SINK(buf[2]), list = SINK(buf[3]), out = SINK(buf[4]);
	uint8_t count = s->templates_said ? s->templates_said : s->templates;

	if (!s->no_header)
		put_tlv(&t, 0xa1, header);
	put_tlv(&t, s->tag ? s->tag : 0x5f2e, rec);
	if (s->after_template)
		sink_put(&t, span_of("\x80\x00", 2));
	put_tlv(&list, 0x02, span_of(&count, 1));
	for (uint8_t i = 0; i < s->templates; i++)
		put_tlv(&list, 0x7f60, sink_span(&t));
	if (s->after_list)
		sink_put(&list, span_of("\x80\x00", 2));
	t = SINK(buf[2]);
	put_tlv(&t, 0x7f61, sink_span(&list));
	put_tlv(&out, 0x75, sink_span(&t));
	span_free(header);
	return sink_span(&out);
}

/* 9303-10: version 1.1, facial features, format owner and type of 19794-5 */
#define HEADER "8002010181010287020101880200" "08"
#define GOOD .magic = jpeg, .magic_n = sizeof(jpeg), .size = 100, \
	     .images = 1, .templates = 1, .header = HEADER

/* A later value replaces one of GOOD's: that is the point here. */
#pragma GCC diagnostic ignored "-Woverride-init"

static const struct spec good_one = { GOOD };

START_TEST(portrait_in_jpeg)
{
	struct span f = dg2(&good_one);

	ck_assert_int_eq(dg2_parse(f, &p), R_OK);
	ck_assert_int_eq(p.format, IMAGE_JPEG);
	ck_assert_uint_eq(p.width, 240);
	ck_assert_uint_eq(p.height, 320);
	ck_assert_uint_eq(p.images, 1);
	ck_assert_uint_eq(p.image.n, 100);
	ck_assert_mem_eq(p.image.p, jpeg, sizeof(jpeg));
	ck_assert_ptr_eq(p.image.p + 100, f.p + f.n);
}
END_TEST

static const struct spec variants[] = {
	{ GOOD, .format = 1, .magic = jp2, .magic_n = sizeof(jp2) },
	{ GOOD, .format = 1, .magic = codestream,
	  .magic_n = sizeof(codestream) },
	{ GOOD, .points = 3 }, { GOOD, .images = 2 },
	{ GOOD, .images = DG2_IMAGES_MAX }, { GOOD, .templates = 2 },
	{ GOOD, .templates = DG2_TEMPLATES_MAX }, { GOOD, .tag = 0x7f2e },
	{ GOOD, .header = "" }, { GOOD, .size = DG2_IMAGE_MIN },
	{ GOOD, .size = DG2_IMAGE_MAX },
};

START_TEST(portrait_in_every_form)
{
	struct span f = dg2(&variants[_i]);

	ck_assert_int_eq(dg2_parse(f, &p), R_OK);
	ck_assert_int_eq(p.format, variants[_i].format);
	ck_assert_uint_eq(p.images, variants[_i].images);
	ck_assert_uint_eq(p.image.n, variants[_i].size);
	ck_assert_mem_eq(p.image.p, variants[_i].magic,
			 variants[_i].magic_n);
}
END_TEST

static const struct spec wrong[] = {
	{ GOOD, .format = 1 },			/* says JPEG 2000, is JPEG */
	{ GOOD, .magic = jp2, .magic_n = sizeof(jp2) },
	{ GOOD, .format = 2 }, { GOOD, .format = 255 },
	{ GOOD, .format = 2, .magic = jp2, .magic_n = sizeof(jp2) },
	{ GOOD, .magic_n = 0 },			/* no image at all */
	{ GOOD, .size = DG2_IMAGE_MIN - 1 }, { GOOD, .size = 0 },
	{ GOOD, .size = DG2_IMAGE_MAX + 1 },
	{ GOOD, .images_said = 2 }, { GOOD, .images = 2, .images_said = 1 },
	{ GOOD, .images = 0 }, { GOOD, .images_said = 0xffff },
	{ GOOD, .images = DG2_IMAGES_MAX + 1, .size = 40 },
	{ GOOD, .templates_said = 2 },
	{ GOOD, .templates = 2, .templates_said = 1 },
	{ GOOD, .templates = 0 },
	{ GOOD, .templates = DG2_TEMPLATES_MAX + 1 },
	{ GOOD, .record_off = 1 }, { GOOD, .record_off = -1 },
	{ GOOD, .block_off = 1 }, { GOOD, .block_off = -1 },
	{ GOOD, .block_off = -106 },		/* one without its size */
	{ GOOD, .block_off = -130 },		/* a block of two octets */
	{ GOOD, .id = "FIR\0" "010\0" }, { GOOD, .id = "FAC\0" "030\0" },
	{ GOOD, .header = "810108" },		/* fingerprints */
	{ GOOD, .header = "81020002" }, { GOOD, .header = "8101" },
	{ GOOD, .header = "810102810102" },
	{ GOOD, .tag = 0x5f2f }, { GOOD, .no_header = true },
	{ GOOD, .after_record = true }, { GOOD, .after_template = true },
	{ GOOD, .after_list = true },
};

START_TEST(what_is_wrong_is_refused)
{
	struct span f = dg2(&wrong[_i]);

	memset(&p, 0x5a, sizeof(p));
	ck_assert_int_eq(dg2_parse(f, &p), R_MALFORMED);
	ck_assert_int_eq(p.images, 0x5a);
}
END_TEST

START_TEST(points_beyond_the_block_are_refused)
{
	struct span f = dg2(&good_one);
	uint8_t *at = memmem(buf[4], f.n, "FAC", 3);

	ck_assert_ptr_nonnull(at);
	at[18] = 0xff;
	at[19] = 0xff;
	ck_assert_int_eq(dg2_parse(f, &p), R_MALFORMED);
}
END_TEST

START_TEST(truncated_at_every_length)
{
	struct span f = dg2(&variants[3]);

	for (size_t n = 0; n < f.n; n++) {
		struct span c = cut_new(f, n);

		ck_assert_int_eq(dg2_parse(c, &p), R_MALFORMED);
		span_free(c);
	}
}
END_TEST

/* The record shortened inside well-formed wrapping. */
START_TEST(record_truncated_at_every_length)
{
	struct spec s = { GOOD };
	struct span rec = record(&s);
	uint8_t copy[256];
	struct span whole;

	memcpy(copy, rec.p, rec.n);
	whole = span_of(copy, rec.n);
	for (size_t n = 0; n < whole.n; n++) {
		struct sink t = SINK(buf[2]), l = SINK(buf[3]);
		struct sink out = SINK(buf[4]);
		struct span c;

		put_tlv(&t, 0xa1, span_of(NULL, 0));
		put_tlv(&t, 0x5f2e, span_of(copy, n));
		put_tlv(&l, 0x02, span_of("\1", 1));
		put_tlv(&l, 0x7f60, sink_span(&t));
		t = SINK(buf[2]);
		put_tlv(&t, 0x7f61, sink_span(&l));
		put_tlv(&out, 0x75, sink_span(&t));
		c = cut_new(sink_span(&out), out.n);
		ck_assert_int_eq(dg2_parse(c, &p), R_MALFORMED);
		span_free(c);
	}
}
END_TEST

START_TEST(another_file_is_refused)
{
	struct span f = dg2(&good_one);

	buf[4][0] = 0x63;	/* DG3's tag */
	ck_assert_int_eq(dg2_parse(f, &p), R_MALFORMED);
	buf[4][0] = 0x75;
	ck_assert_int_eq(dg2_parse(f, &p), R_OK);
	buf[4][f.n] = 0;
	ck_assert_int_eq(dg2_parse(span_of(f.p, f.n + 1), &p), R_MALFORMED);
}
END_TEST

static Suite *dg2_suite(void)
{
	Suite *s = suite_create("dg2");
	TCase *t = tcase_create("dg2");

	tcase_add_test(t, portrait_in_jpeg);
	tcase_add_loop_test(t, portrait_in_every_form, 0,
			    sizeof(variants) / sizeof(variants[0]));
	tcase_add_loop_test(t, what_is_wrong_is_refused, 0,
			    sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(t, points_beyond_the_block_are_refused);
	tcase_add_test(t, truncated_at_every_length);
	tcase_add_test(t, record_truncated_at_every_length);
	tcase_add_test(t, another_file_is_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(dg2_suite)
