/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands in the personaliser's files: MRZ and its key in three forms,
 * DG2 in two formats, DG11, EF.COM, EF.ATR/INFO.
 */
#include "check_simpers.h"

/* -- MRZ ------------------------------------------------------------------ */

/* The specimens of 9303-5, 9303-6 and 9303-4, appendices; then the long
 * document number of 9303-5 and 9303-6, whose key 9303-11 4.3.2 makes. */
static const struct {
	const char *form, *code, *document, *number, *name, *birth, *sex,
		*expiry, *mrz, *key;
} specimens[] = {
	{ "td1", "I", "D23145890", "", "ERIKSSON<<ANNA<MARIA", "740812", "F",
	  "120415",
	  "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6"
	  "ERIKSSON<<ANNA<MARIA<<<<<<<<<<", "D23145890774081221204159" },
	{ "td2", "I", "D23145890", "", "ERIKSSON<<ANNA<MARIA", "740812", "F",
	  "120415",
	  "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<"
	  "D231458907UTO7408122F1204159<<<<<<<6", "D23145890774081221204159" },
	{ "td3", "P", "L898902C3", "ZE184226B", "ERIKSSON<<ANNA<MARIA",
	  "740812", "F", "120415",
	  "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
	  "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
	  "L898902C3674081221204159" },
	{ "td1", "I", "D23145890734", "", "STEVENSON<<PETER<JOHN", "340712",
	  "M", "950712",
	  "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2"
	  "STEVENSON<<PETER<JOHN<<<<<<<<<", "D23145890734934071279507122" },
	{ "td2", "I", "D23145890734", "", "STEVENSON<<PETER<JOHN", "340712",
	  "M", "950712",
	  "I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<"
	  "D23145890<UTO3407127M95071227349<<<8",
	  "D23145890734934071279507122" },
};

START_TEST(mrz_is_the_published_specimen)
{
	struct pers_options o = defaults();
	char mrz[MRZ_SIZE + 1], key[MRZ_KEY_SIZE];

	o.form = specimens[_i].form;
	o.code = specimens[_i].code;
	o.document = specimens[_i].document;
	o.number = specimens[_i].number;
	o.name = specimens[_i].name;
	o.birth = specimens[_i].birth;
	o.sex = specimens[_i].sex;
	o.expiry = specimens[_i].expiry;
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_OK);
	ck_assert_str_eq(mrz, specimens[_i].mrz);
	ck_assert_str_eq(key, specimens[_i].key);
}
END_TEST

START_TEST(mrz_refuses_what_it_cannot_hold)
{
	struct pers_options o = defaults();
	char mrz[MRZ_SIZE + 1], key[MRZ_KEY_SIZE];

	o.document = "x12345678";
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_MALFORMED);
	o.document = "X12345678901234567890123";
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_MALFORMED);
	o.document = "X123456789";
	o.form = "td3";
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_MALFORMED);
	o.form = "td4";
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_MALFORMED);
	o = defaults();
	o.form = "td2";
	o.number = "AB123456";
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_MALFORMED);
}
END_TEST

/* 9303-3 4.8: nothing but fillers stands for what is unknown. */
START_TEST(mrz_has_fillers_for_an_unknown_part_of_the_birth)
{
	static const struct {
		const char *given, *printed;
	} dates[] = {
		{ "850000", "85<<<<1" }, { "85<<<<", "85<<<<1" },
		{ "850300", "8503<<2" }, { "000101", "0001018" },
	};
	struct pers_options o = defaults();
	char mrz[MRZ_SIZE + 1], key[MRZ_KEY_SIZE];

	o.birth = dates[_i].given;
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_OK);
	ck_assert_mem_eq(mrz + 30, dates[_i].printed, 7);
	ck_assert_ptr_nonnull(strstr(key, dates[_i].printed));
	o.birth = "19850000";
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_MALFORMED);
}
END_TEST

START_TEST(mrz_holds_both_optional_fields)
{
	struct pers_options o = defaults();
	scoped(blob_free) struct blob dg1 = { 0 };
	char mrz[MRZ_SIZE + 1], key[MRZ_KEY_SIZE];

	o.number = "AB123456";
	o.optional2 = "CD987654";
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_OK);
	ck_assert_mem_eq(mrz + 15, "AB123456<<<<<<<", 15);
	ck_assert_mem_eq(mrz + 48, "CD987654<<<", 11);
	o.form = "td2";
	ck_assert_int_ne(pers_mrz(&o, mrz, key), R_OK);
	o.form = "td3";
	o.optional2 = NULL;
	make(&o);
	load(SIM_DG1, &dg1);
	ck_assert_uint_eq(dg1.n, 2 + 3 + 88);
	ck_assert(holds(blob_span(&dg1), "P<UTO", 5));
}
END_TEST

/* -- DG2 ------------------------------------------------------------------ */

START_TEST(picture_is_padded_to_the_byte)
{
	static const size_t sizes[] = { 0, 300, 15000, 65535, 65540, 125537 };
	struct portrait p = { 0 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ck_assert_int_eq(portrait_load(NULL, sizes[i], &p), R_OK);
		if (sizes[i])
			ck_assert_uint_eq(p.image.n, sizes[i]);
		ck_assert_uint_eq(p.width, 8);
		ck_assert_uint_eq(p.height, 8);
		ck_assert_mem_eq(p.image.p + p.image.n - 2, "\xff\xd9", 2);
		portrait_done(&p);
	}
	ck_assert_int_ne(portrait_load("/dev/null", 0, &p), R_OK);
}
END_TEST

/* The records of DG2's templates, in order; the number of templates. */
static size_t records(const struct blob *dg2, uint32_t record_tag,
		      struct span at[FACES_MAX])
{
	const struct blob inner = { (uint8_t *)inside(dg2, 0x75).p,
				    inside(dg2, 0x75).n };
	struct span in = inside(&inner, 0x7f61), v, header;
	uint32_t tag;
	size_t n = 0;

	ck_assert_int_eq(tlv_get(&in, &tag, &v), R_OK);
	ck_assert_uint_eq(tag, 0x02);
	for (; in.n; n++) {
		ck_assert_int_eq(tlv_get(&in, &tag, &v), R_OK);
		ck_assert_uint_eq(tag, 0x7f60);
		ck_assert_int_eq(tlv_get(&v, &tag, &header), R_OK);
		ck_assert_uint_eq(tag, 0xa1);
		ck_assert_int_eq(holds(header, "\x88\x02\x00\x2a", 4),
				 record_tag == 0x7f2e);
		ck_assert_int_eq(tlv_get(&v, &tag, &at[n]), R_OK);
		ck_assert_uint_eq(tag, record_tag);
		ck_assert_uint_eq(v.n, 0);
	}
	return n;
}

/* Type and size of each image of a 19794-5 record; the number of images. */
static size_t images(struct span record, uint8_t type[FACES_MAX],
		     size_t size[FACES_MAX])
{
	struct span skip, image;
	uint32_t length;
	uint16_t count;

	ck_assert_uint_eq(record.n > 14, true);
	ck_assert_mem_eq(record.p, "FAC\0" "010\0", 8);
	ck_assert_int_eq(span_take(&record, 8, &skip), R_OK);
	ck_assert_int_eq(span_u32(&record, &length), R_OK);
	ck_assert_uint_eq(length, record.n + 12);
	ck_assert_int_eq(span_u16(&record, &count), R_OK);
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(span_u32(&record, &length), R_OK);
		ck_assert_int_eq(span_take(&record, length - 4, &image), R_OK);
		type[i] = image.p[16];
		size[i] = image.n - 28;
		ck_assert_mem_eq(image.p + 28, "\xff\xd8\xff", 3);
		ck_assert_mem_eq(image.p + image.n - 2, "\xff\xd9", 2);
	}
	ck_assert_uint_eq(record.n, 0);
	return count;
}

START_TEST(only_the_frontal_image_is_the_person)
{
	struct pers_options o = defaults();
	scoped(blob_free) struct blob dg2 = { 0 };
	struct span record[FACES_MAX];
	uint8_t type[FACES_MAX];
	size_t size[FACES_MAX];

	make(&o);
	load(SIM_DG2, &dg2);
	ck_assert_uint_eq(records(&dg2, 0x5f2e, record), 1);
	ck_assert_uint_eq(images(record[0], type, size), 1);
	ck_assert_uint_eq(type[0], 1);
	ck_assert_uint_eq(size[0], 2000);

	o.faces = "basic,frontal,token/token";
	make(&o);
	load(SIM_DG2, &dg2);
	ck_assert_uint_eq(records(&dg2, 0x5f2e, record), 2);
	ck_assert_uint_eq(images(record[0], type, size), 3);
	ck_assert_mem_eq(type, "\0\1\2", 3);
	ck_assert_uint_lt(size[0], 200);
	ck_assert_uint_eq(size[1], 2000);
	ck_assert_uint_lt(size[2], 200);
	ck_assert_uint_eq(images(record[1], type, size), 1);
	ck_assert_uint_lt(size[0], 200);

	o.faces = "basic,token";	/* as frontal as a full one */
	make(&o);
	load(SIM_DG2, &dg2);
	ck_assert_uint_eq(records(&dg2, 0x5f2e, record), 1);
	ck_assert_uint_eq(images(record[0], type, size), 2);
	ck_assert_uint_lt(size[0], 200);
	ck_assert_uint_eq(size[1], 2000);

	o.faces = "basic,side";
	refuse(&o);
	o.faces = "basic/";
	refuse(&o);
	o.faces = "";
	refuse(&o);
}
END_TEST

static struct span child(struct span in, uint32_t tag)
{
	struct span v;

	ck_assert_int_eq(tlv_find(in, tag, &v), R_OK);
	return v;
}

/* One RepresentationBlock: kind and image. */
static void representation(struct span in, uint8_t *kind, struct span *image)
{
	struct span two_d = child(child(child(in, 0xa1), 0xa0), 0xa0);
	struct span information = child(two_d, 0xa1);

	*image = child(two_d, 0x80);
	ck_assert(span_equal(child(child(information, 0xa0), 0x80),
			     span_of("\x02", 1)));
	*kind = child(child(information, 0xa1), 0x80).p[0];
	ck_assert(span_equal(child(information, 0xa7),
			     span_of("\x80\x01\x08\x81\x01\x08", 6)));
}

START_TEST(dg2_in_the_new_format)
{
	struct pers_options o = defaults();
	scoped(blob_free) struct blob dg2 = { 0 };
	struct span record[FACES_MAX], block, list, v, image;
	uint32_t tag;
	uint8_t kind;

	o.dg2_format = "39794";
	o.faces = "basic,frontal";
	make(&o);
	load(SIM_DG2, &dg2);
	ck_assert_uint_eq(records(&dg2, 0x7f2e, record), 1);
	block = child(child(record[0], 0xa1), 0x65);
	ck_assert(span_equal(child(block, 0xa0),
			     span_of("\x80\x01\x03\x81\x02\x07\xe3", 7)));
	list = child(block, 0xa1);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(tlv_get(&list, &tag, &v), R_OK);
		ck_assert_uint_eq(tag, 0x30);
		representation(v, &kind, &image);
		ck_assert_uint_eq(kind, i ? 0 : 1);
		ck_assert_int_eq(image.n == 2000, i);
	}
	ck_assert_uint_eq(list.n, 0);
	o.dg2_format = "29794";
	refuse(&o);
}
END_TEST

/* -- the small files ------------------------------------------------------ */

START_TEST(dg11_has_the_number_among_other_things)
{
	struct pers_options o = defaults();
	scoped(blob_free) struct blob dg11 = { 0 };
	struct span in, v;

	o.dg11 = "QX445566";
	make(&o);
	load(SIM_DG11, &dg11);
	in = inside(&dg11, 0x6b);
	ck_assert(span_equal(child(in, 0x5f10), span_str("QX445566")));
	ck_assert(holds(child(in, 0x5c), "\x5f\x10", 2));
	ck_assert_uint_gt(child(in, 0x5f42).n, 10);
	load(SIM_DG1, &dg11);		/* and the MRZ has none then */
	ck_assert(!holds(blob_span(&dg11), "AB123456", 8));
	o.dg11 = "-";
	make(&o);
	load(SIM_DG11, &dg11);
	in = inside(&dg11, 0x6b);
	ck_assert_int_eq(tlv_find(in, 0x5f10, &v), R_ABSENT);
	ck_assert(!holds(child(in, 0x5c), "\x5f\x10", 2));
}
END_TEST

START_TEST(com_lists_the_data_groups_there_are)
{
	struct pers_options o = defaults();
	scoped(blob_free) struct blob com = { 0 };

	make(&o);
	load(SIM_COM, &com);
	ck_assert(span_equal(child(inside(&com, 0x60), 0x5c),
			     span_of("\x61\x75\x6e", 3)));
	o.dg11 = "A";
	o.aa = "ecdsa-p256:sha256";
	o.no_dg14 = true;
	make(&o);
	load(SIM_COM, &com);
	ck_assert(span_equal(child(inside(&com, 0x60), 0x5c),
			     span_of("\x61\x75\x6b\x6f", 4)));
}
END_TEST

START_TEST(atr_file_tells_the_lengths)
{
	struct pers_options o = defaults();
	scoped(blob_free) struct blob atr = { 0 };
	scoped(card_memory_free) struct card_memory m = { 0 };

	make(&o);
	ck_assert(!there(SIM_ATR));
	o.ef_atr = "1033:65538";
	o.extended = true;
	make(&o);
	load(SIM_ATR, &atr);
	ck_assert(span_equal(child(blob_span(&atr), 0x7f66),
			     span_of("\x02\x02\x04\x09\x02\x03\x01\x00\x02",
				     9)));
	ck_assert_int_eq(card_memory_load(out, &m), R_OK);
	ck_assert(m.extended);
	ck_assert_uint_eq(m.max_command, 1033);
	ck_assert_uint_eq(m.max_response, 65538);
	/* category 80, card capabilities: extended, and EF.ATR has lengths */
	ck_assert_uint_eq(m.historicals, 5);
	ck_assert_mem_eq(m.historical, "\x80\x73\x94\x01\x60", 5);
	o.ef_atr = "1033";
	refuse(&o);
	o.ef_atr = "1033:x";
	refuse(&o);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("simulator: the personaliser's files");
	TCase *t = tcase_create("files");

	tcase_add_checked_fixture(t, make_root, remove_root);
	tcase_add_loop_test(t, mrz_is_the_published_specimen, 0,
			    (int)(sizeof(specimens) / sizeof(specimens[0])));
	tcase_add_test(t, mrz_refuses_what_it_cannot_hold);
	tcase_add_loop_test(t,
			    mrz_has_fillers_for_an_unknown_part_of_the_birth,
			    0, 4);
	tcase_add_test(t, mrz_holds_both_optional_fields);
	tcase_add_test(t, picture_is_padded_to_the_byte);
	tcase_add_test(t, only_the_frontal_image_is_the_person);
	tcase_add_test(t, dg2_in_the_new_format);
	tcase_add_test(t, dg11_has_the_number_among_other_things);
	tcase_add_test(t, com_lists_the_data_groups_there_are);
	tcase_add_test(t, atr_file_tells_the_lengths);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
