// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/lds/dg2.c, face_19794.c, face_39794.c: which image of several. */
#include "lds/dg2.h"

#include <string.h>

#include "check_main.h"
#include "support_face.h"
#include "support_hex.h"

#define RECORDS 3
#define FACES	4

/* Records of one DG2, and the mark of the image that is the person: 0 where
 * the file is refused. */
static const struct {
	struct {
		bool new;		/* 39794-5 */
		uint8_t n;
		struct face face[FACES];
	} record[RECORDS];
	uint8_t mark, images;
	bool frontal;
} cases[] = {
	/* 19794-5: the first frontal one, full or token */
	{ { { false, 1, { { 1, 11 } } } }, 11, 1, true },
	{ { { false, 1, { { 2, 11 } } } }, 11, 1, true },
	{ { { false, 2, { { 0, 11 }, { 1, 12 } } } }, 12, 2, true },
	{ { { false, 3, { { 0, 11 }, { 2, 12 }, { 1, 13 } } } }, 12, 3, true },
	{ { { false, 2, { { 1, 11 }, { 2, 12 } } } }, 11, 2, true },
	/* none says so: the first */
	{ { { false, 1, { { 0, 11 } } } }, 11, 1, false },
	{ { { false, 2, { { 0, 11 }, { 0, 12 } } } }, 11, 2, false },
	/* reserved and three-dimensional types are stepped over */
	{ { { false, 2, { { 3, 11 }, { 0, 12 } } } }, 12, 2, false },
	{ { { false, 2, { { 0x81, 11 }, { 1, 12 } } } }, 12, 2, true },
	{ { { false, 1, { { 3, 11 } } } }, 0, 0, false },
	{ { { false, 2, { { 0x80, 11 }, { 0x81, 12 } } } }, 0, 0, false },
	/* over all templates */
	{ { { false, 1, { { 0, 11 } } }, { false, 1, { { 1, 12 } } } },
	  12, 1, true },
	{ { { false, 1, { { 0, 11 } } },
	    { false, 2, { { 0, 12 }, { 0, 13 } } } },
	  11, 1, false },
	{ { { false, 2, { { 0, 11 }, { 2, 12 } } },
	    { false, 1, { { 1, 13 } } } },
	  12, 2, true },
	{ { { false, 1, { { 0, 11 } } }, { false, 1, { { 2, 12 } } },
	    { false, 1, { { 1, 13 } } } }, 12, 1, true },
	{ { { false, 1, { { 3, 11 } } }, { false, 1, { { 0, 12 } } } },
	  12, 1, false },
	{ { { false, 1, { { 1, 11 } } }, { false, 1, { { 3, 12 } } } },
	  11, 1, true },
	{ { { false, 1, { { 3, 11 } } }, { false, 1, { { 4, 12 } } } },
	  0, 0, false },
	/* 39794-5: an MRTD's image is frontal */
	{ { { true, 1, { { 0, 21 } } } }, 21, 1, true },
	{ { { true, 1, { { 1, 21 } } } }, 21, 1, false },
	{ { { true, 1, { { FACE_NO_KIND, 21 } } } }, 21, 1, false },
	{ { { true, 2, { { 1, 21 }, { 0, 22 } } } }, 22, 2, true },
	{ { { true, 3, { { FACE_NO_KIND, 21 }, { 1, 22 }, { 1, 23 } } } },
	  21, 3, false },
	/* both in one file, as in the years of change */
	{ { { false, 1, { { 1, 11 } } }, { true, 1, { { 0, 21 } } } },
	  11, 1, true },
	{ { { false, 1, { { 0, 11 } } }, { true, 1, { { 0, 21 } } } },
	  21, 1, true },
	{ { { true, 1, { { FACE_NO_KIND, 21 } } },
	    { false, 1, { { 2, 11 } } } },
	  11, 1, true },
};

static struct span build(int c, uint8_t *out, size_t cap)
{
	static uint8_t space[RECORDS][1024];
	struct span records[RECORDS];
	struct sink file = sink_of(out, cap);
	size_t n = 0;

	for (; n < RECORDS && cases[c].record[n].n > 0; n++) {
		struct sink s = SINK(space[n]);

		if (cases[c].record[n].new)
			put_record_39794(&s, cases[c].record[n].face,
					 cases[c].record[n].n);
		else
			put_record_19794(&s, cases[c].record[n].face,
					 cases[c].record[n].n);
		records[n] = sink_span(&s);
	}
	put_dg2(&file, records, n);
	return sink_span(&file);
}

START_TEST(the_first_frontal_one_is_the_person)
{
	uint8_t space[4096];
	struct span f = build(_i, space, sizeof(space));
	struct dg2_portrait p;

	memset(&p, 0x5a, sizeof(p));
	if (cases[_i].mark == 0) {
		ck_assert_int_eq(dg2_parse(f, &p), R_MALFORMED);
		ck_assert_int_eq(p.images, 0x5a);
		return;
	}
	ck_assert_int_eq(dg2_parse(f, &p), R_OK);
	ck_assert_uint_eq(p.image.n, FACE_SIZE);
	ck_assert_uint_eq(p.image.p[FACE_SIZE - 1], cases[_i].mark);
	ck_assert_uint_eq(p.images, cases[_i].images);
	ck_assert_int_eq(p.frontal, cases[_i].frontal);
	ck_assert_uint_eq(p.width, 240);
	ck_assert_uint_eq(p.height, 320);
	ck_assert_int_eq(p.format, IMAGE_JPEG);
}
END_TEST

START_TEST(truncated_at_every_length)
{
	uint8_t space[4096];
	struct span f = build(_i, space, sizeof(space));
	struct dg2_portrait p;

	for (size_t n = 0; n < f.n; n++) {
		struct span c = cut_new(f, n);

		ck_assert_int_eq(dg2_parse(c, &p), R_MALFORMED);
		span_free(c);
	}
}
END_TEST

/* A record that is not the one taken must be good all the same. */
START_TEST(a_broken_record_behind_a_good_one_is_refused)
{
	uint8_t a[256], b[256], space[2048];
	struct sink good = SINK(a), other = SINK(b), file = SINK(space);
	const struct face face = { 1, 11 };
	struct span records[2];
	struct dg2_portrait p;

	put_record_19794(&good, &face, 1);
	if (_i == 0)
		put_record_19794(&other, &face, 1);
	else
		put_record_39794(&other, &face, 1);
	records[0] = sink_span(&good);
	records[1] = sink_span(&other);
	put_dg2(&file, records, 2);
	ck_assert_int_eq(dg2_parse(sink_span(&file), &p), R_OK);
	records[1].n--;
	file.n = 0;
	put_dg2(&file, records, 2);
	ck_assert_int_eq(dg2_parse(sink_span(&file), &p), R_MALFORMED);
}
END_TEST

/* The tag does not decide which standard it is, but 39794-5 has only one. */
START_TEST(the_new_record_stands_in_7f2e)
{
	uint8_t a[256], space[512];
	struct sink s = SINK(a), file = SINK(space);
	const struct face face = { 0, 21 };
	struct dg2_portrait p;
	struct span record;
	uint8_t *tag;

	put_record_39794(&s, &face, 1);
	record = sink_span(&s);
	put_dg2(&file, &record, 1);
	ck_assert_int_eq(dg2_parse(sink_span(&file), &p), R_OK);
	tag = memmem(space, file.n, "\x7f\x2e", 2);
	ck_assert_ptr_nonnull(tag);
	*tag = 0x5f;
	ck_assert_int_eq(dg2_parse(sink_span(&file), &p), R_MALFORMED);
}
END_TEST

static Suite *dg2_choice_suite(void)
{
	int n = sizeof(cases) / sizeof(cases[0]);
	Suite *s = suite_create("dg2_choice");
	TCase *t = tcase_create("dg2_choice");

	tcase_add_loop_test(t, the_first_frontal_one_is_the_person, 0, n);
	tcase_add_loop_test(t, truncated_at_every_length, 0, n);
	tcase_add_loop_test(t, a_broken_record_behind_a_good_one_is_refused, 0,
			    2);
	tcase_add_test(t, the_new_record_stands_in_7f2e);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(dg2_choice_suite)
