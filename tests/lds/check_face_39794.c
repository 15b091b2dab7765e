// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * helpers/lds/face_39794.c. The layout is ISO/IEC 39794-5:2019's schema as the
 * ICAO application profile for eMRTDs places it, typed in; the image is the
 * first octets of one and then filling.
 */
#include <string.h>

#include "check_main.h"
#include "lds/dg2.h"
#include "lds/face_record.h"
#include "support_hex.h"

#define JPEG                                                            \
	"ffd8ffe000104a46494600010100000100010000ffdb004300080606070605" \
	"08"
#define JPEG_N 32

/* Hexadecimal content of each part; NULL: as it should be. */
struct spec {
	const char *version;	/* VersionBlock */
	const char *id;		/* before the image, in the representation */
	const char *information;/* ImageInformation2DBlock */
	const char *two_d_tail;	/* behind the information */
	const char *tail;	/* behind imageRepresentation */
	const char *face_tail;	/* behind representationBlocks */
	const char *image;	/* the content of imageRepresentation */
	const char *list;	/* the content of representationBlocks */
	uint32_t data_tag, block_tag, face_tag, outer_tag, info_tag;
	const char *after;	/* behind 65, in the outer A1 */
	bool no_version, no_list;
	int more;		/* representations of the same kind */
	const struct spec *last;/* and one of another */
};

static struct dg2_portrait p;
static uint8_t file[1500];

static void put_hex(struct sink *out, uint32_t tag, const char *hex)
{
	struct span v = hex_new(hex ? hex : "");

	if (tag)
		put_tlv(out, tag, v);
	else
		sink_put(out, v);
	span_free(v);
	ck_assert_int_eq(sink_done(out), R_OK);
}

static const char *or_else(const char *given, const char *usual)
{
	return given ? given : usual;
}

/* imageRepresentation's content: base { imageRepresentation2DBlock } */
static void put_image(struct sink *out, const struct spec *s)
{
	uint8_t a[512], b[512];
	struct sink two_d = SINK(a), base = SINK(b);

	if (s->image) {
		put_hex(out, 0, s->image);
		return;
	}
	put_hex(&two_d, s->data_tag ? s->data_tag : 0x80, JPEG);
	put_hex(&two_d, s->info_tag ? s->info_tag : 0xa1,
		or_else(s->information, "a003800102"));
	put_hex(&two_d, 0, s->two_d_tail);
	put_tlv(&base, 0xa0, sink_span(&two_d));
	put_tlv(out, 0xa0, sink_span(&base));
}

static void put_representation(struct sink *out, const struct spec *s)
{
	uint8_t a[512], b[512];
	struct sink image = SINK(a), block = SINK(b);

	put_image(&image, s);
	put_hex(&block, 0, or_else(s->id, "800100"));
	put_tlv(&block, 0xa1, sink_span(&image));
	put_hex(&block, 0, s->tail);
	put_tlv(out, s->block_tag ? s->block_tag : 0x30, sink_span(&block));
}

static struct span make(const struct spec *s)
{
	uint8_t a[1400], b[1400], c[1400];
	struct sink block = SINK(a), list = SINK(b);
	struct sink face = SINK(c), out = SINK(file);

	for (int i = 0; i <= s->more; i++)
		put_representation(&list, s);
	if (s->last)
		put_representation(&list, s->last);
	if (s->list) {
		list.n = 0;
		put_hex(&list, 0, s->list);
	}
	if (!s->no_version)
		put_hex(&face, 0xa0, or_else(s->version, "800103810207e3"));
	if (!s->no_list)
		put_tlv(&face, 0xa1, sink_span(&list));
	put_hex(&face, 0, s->face_tail);
	put_tlv(&block, s->face_tag ? s->face_tag : 0x65, sink_span(&face));
	put_hex(&block, 0, s->after);
	put_tlv(&out, s->outer_tag ? s->outer_tag : 0xa1, sink_span(&block));
	return sink_span(&out);
}

static const struct {
	struct spec s;
	enum image_format format;
	bool frontal;
	uint16_t width, height;
} good[] = {
	{ { 0 }, IMAGE_JPEG, false, 0, 0 },
	{ { .information = "a003800103" }, IMAGE_JP2, false, 0, 0 },
	{ { .information = "a003800104" }, IMAGE_JP2, false, 0, 0 },
	/* kind: as a code, and as the profile has it, a fallback */
	{ { .information = "a003800102" "a103800100" }, IMAGE_JPEG, true,
	  0, 0 },
	{ { .information = "a003800102" "a105a103800100" }, IMAGE_JPEG, true,
	  0, 0 },
	{ { .information = "a003800102" "a105a103800101" }, IMAGE_JPEG, false,
	  0, 0 },
	/* a newer kind, with more in its extension */
	{ { .information = "a003800102" "a108a106800100810109" }, IMAGE_JPEG,
	  true, 0, 0 },
	/* a newer format that falls back to JPEG */
	{ { .information = "a005a103800102" }, IMAGE_JPEG, false, 0, 0 },
	{ { .information = "a003800102" "a708800200f081020140" }, IMAGE_JPEG,
	  false, 240, 320 },
	{ { .information = "a003800102" "a708800300ffff810100" "aa00" },
	  IMAGE_JPEG, false, 65535, 0 },
	/* every field that we do not read, and extensions behind the last */
	{ { .information = "a003800102" "a200" "a305a103800101" "840200c8"
			   "850101" "860132" "a706800101810102" "a800"
			   "a905a103800102" "aa00" "8b0100" "9f2001ff"
			   "bf8201020500" }, IMAGE_JPEG, false, 1, 2 },
	{ { .two_d_tail = "a200" "a300" }, IMAGE_JPEG, false, 0, 0 },
	{ { .tail = "a207800207e6810105" "a300" "a400" "850101" "860101"
		    "a700" "a800" "a900" "aa00" }, IMAGE_JPEG, false, 0, 0 },
	{ { .face_tail = "a200" "bf1f00" }, IMAGE_JPEG, false, 0, 0 },
	{ { .version = "800103810207e9820101" }, IMAGE_JPEG, false, 0, 0 },
};

START_TEST(what_the_schema_allows_is_read)
{
	memset(&p, 0x5a, sizeof(p));
	ck_assert_int_eq(face_39794_parse(make(&good[_i].s), &p), R_OK);
	ck_assert_int_eq(p.format, good[_i].format);
	ck_assert_int_eq(p.frontal, good[_i].frontal);
	ck_assert_uint_eq(p.width, good[_i].width);
	ck_assert_uint_eq(p.height, good[_i].height);
	ck_assert_uint_eq(p.images, 1);
	ck_assert_uint_eq(p.image.n, JPEG_N);
	ck_assert_uint_eq(p.image.p[0], 0xff);
}
END_TEST

static const struct spec wrong[] = {
	/* the wrapping */
	{ .outer_tag = 0xa2 }, { .face_tag = 0x64 }, { .face_tag = 0x66 },
	{ .after = "0500" }, { .after = "6500" }, { .block_tag = 0x31 },
	{ .block_tag = 0xa0 },
	/* version: another generation, a year before the first edition */
	{ .no_version = true }, { .version = "" }, { .version = "800103" },
	{ .version = "800102810207e3" }, { .version = "800104810207e3" },
	{ .version = "800103810207e2" }, { .version = "810207e3" },
	{ .version = "a00103810207e3" }, { .version = "8000810207e3" },
	{ .version = "800183810207e3" },		/* negative */
	{ .version = "80020003810207e3" },		/* not minimal */
	/* twice, out of order, of another class */
	{ .version = "800103800103810207e3" },
	{ .version = "810207e3800103" },
	{ .version = "800103810207e3020101" },
	{ .version = "800103810207e3300130" },
	{ .version = "800103810207e3c20101" },
	{ .version = "800103810207e381" },		/* half an object */
	/* representations */
	{ .no_list = true }, { .list = "" }, { .face_tail = "a100" },
	{ .face_tail = "a000" }, { .face_tail = "0500" },
	{ .list = "3000" }, { .list = "0500" }, { .list = "30" },
	{ .id = "" }, { .id = "a00100" }, { .id = "020100" },
	{ .id = "8000" }, { .id = "800180" }, { .id = "800100800100" },
	{ .tail = "a100" }, { .tail = "a200a200" }, { .tail = "a300a200" },
	{ .tail = "0500" }, { .tail = "a2" }, { .tail = "bf0100" },
	/* the image */
	{ .image = "" }, { .image = "a000" }, { .image = "a002a000" },
	{ .image = "a0" }, { .image = "a1000500" }, { .image = "a1" },
	{ .image = "a0000500" },
	{ .image = "a004a0000500" }, { .data_tag = 0xa0 },
	{ .data_tag = 0x04 }, { .info_tag = 0x81 }, { .info_tag = 0xa2 },
	{ .two_d_tail = "a100" }, { .two_d_tail = "0500" },
	/* its information */
	{ .information = "" }, { .information = "a000" },
	{ .information = "800102" },		/* a CHOICE keeps its tag */
	{ .information = "a003800100" }, { .information = "a003800101" },
	{ .information = "a003800105" }, { .information = "a0048002ff02" },
	{ .information = "a006800102800102" },
	{ .information = "a003810102" }, { .information = "a003820102" },
	{ .information = "a002a100" }, { .information = "a005a103810102" },
	{ .information = "a005a103800105" },
	{ .information = "a003800102" "810100" },
	{ .information = "a003800102" "a100" },
	{ .information = "a003800102" "a1038001ff" },
	{ .information = "a003800102" "a103800100" "a103800101" },
	{ .information = "a003800102" "a700" },
	{ .information = "a003800102" "87020102" },
	{ .information = "a003800102" "a703800101" },
	{ .information = "a003800102" "a703810101" },
	{ .information = "a003800102" "a7088003010000810101" },
	{ .information = "a003800102" "a7088001018103010000" },
	{ .information = "a003800102" "a706800101810102" "a200" },
};

START_TEST(what_it_does_not_is_refused)
{
	memset(&p, 0x5a, sizeof(p));
	ck_assert_int_eq(face_39794_parse(make(&wrong[_i]), &p), R_MALFORMED);
	ck_assert_int_eq(p.images, 0x5a);
}
END_TEST

/* Other than a plane image: nothing to compare a face with. */
START_TEST(shapes_and_extensions_are_stepped_over)
{
	static const char *const other[] = { "a100", "a002a100" };
	static const struct spec plane = { 0 };
	struct spec s = { .image = other[_i] };

	ck_assert_int_eq(face_39794_parse(make(&s), &p), R_ABSENT);
	/* beside one, it is counted and not taken */
	s.last = &plane;
	ck_assert_int_eq(face_39794_parse(make(&s), &p), R_OK);
	ck_assert_uint_eq(p.images, 2);
	ck_assert_uint_eq(p.image.n, JPEG_N);
}
END_TEST

START_TEST(too_many_representations_are_refused)
{
	struct spec s = { .more = DG2_IMAGES_MAX - 1 };

	ck_assert_int_eq(face_39794_parse(make(&s), &p), R_OK);
	ck_assert_uint_eq(p.images, DG2_IMAGES_MAX);
	s.more++;
	ck_assert_int_eq(face_39794_parse(make(&s), &p), R_MALFORMED);
}
END_TEST

START_TEST(truncated_at_every_length)
{
	struct span f = make(&good[_i].s);

	for (size_t n = 0; n < f.n; n++) {
		struct span c = cut_new(f, n);

		ck_assert_int_eq(face_39794_parse(c, &p), R_MALFORMED);
		span_free(c);
	}
	file[f.n] = 0;
	ck_assert_int_eq(face_39794_parse(span_of(f.p, f.n + 1), &p),
			 R_MALFORMED);
}
END_TEST

/* The format must be what the image's first octets say. */
START_TEST(a_format_that_the_image_denies_is_refused)
{
	static const struct spec lies = { .information = "a003800103" };
	static const struct spec plane = { 0 };

	for (int i = 0; i < 2; i++) {
		struct span block = make(i ? &lies : &plane);
		uint8_t a[512], b[512];
		struct sink one = SINK(a), out = SINK(b);

		put_hex(&one, 0xa1, "810102");
		put_tlv(&one, 0x7f2e, block);
		put_hex(&out, 0, "020101");
		put_tlv(&out, 0x7f60, sink_span(&one));
		one.n = 0;
		put_tlv(&one, 0x7f61, sink_span(&out));
		out.n = 0;
		put_tlv(&out, 0x75, sink_span(&one));
		ck_assert_int_eq(dg2_parse(sink_span(&out), &p),
				 i ? R_MALFORMED : R_OK);
	}
}
END_TEST

static Suite *face_39794_suite(void)
{
	int goods = sizeof(good) / sizeof(good[0]);
	Suite *s = suite_create("face_39794");
	TCase *t = tcase_create("face_39794");

	tcase_add_loop_test(t, what_the_schema_allows_is_read, 0, goods);
	tcase_add_loop_test(t, what_it_does_not_is_refused, 0,
			    sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_loop_test(t, shapes_and_extensions_are_stepped_over, 0, 2);
	tcase_add_test(t, too_many_representations_are_refused);
	tcase_add_loop_test(t, truncated_at_every_length, 0, goods);
	tcase_add_test(t, a_format_that_the_image_denies_is_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(face_39794_suite)
