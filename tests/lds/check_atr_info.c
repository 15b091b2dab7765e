// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/lds/atr_info.c. ATRs with a name are of real cards, as the public
 * list of ATRs of the pcsc-tools carries them. */
#include "lds/atr_info.h"

#include <string.h>

#include "check_main.h"
#include "support_hex.h"

/* German identity card: 80 31 B8 73 84 01 E0 82 90 00, contactless */
#define GERMAN "3b8a80018031b8738401e082900006"
/* an OpenPGP card: category 00, 31 C1 73 C0 01 00, status 00 90 00 */
#define OPENPGP "3bfa1300ff813180450031c173c001000090" "00b1"
/* Estonian: 80 31 80 66 ... 83 ..., no capabilities */
#define ESTONIAN "3bfe1800008031fe45803180664090a4162a00830f9000ef"
/* an older one, its own text */
#define ESTONIAN_TEXT "3bfe9400ff80b1fa451f034573744549442076657220312e3043"
/* Italian identity card: 80 31 80 65 ... 12 0F FF 82 90 00 */
#define ITALIAN "3b8f80018031806" "5b0850400" "11120fff8290008a"

static const struct {
	const char *atr;
	enum result r;
	bool extended, info_file, chaining;
} atrs[] = {
	{ GERMAN, R_OK, true, true, true },
	{ OPENPGP, R_OK, false, false, false },
	{ ESTONIAN, R_ABSENT, 0, 0, 0 },
	{ ESTONIAN_TEXT, R_ABSENT, 0, 0, 0 },
	{ ITALIAN, R_ABSENT, 0, 0, 0 },
	/* one bit at a time; T=0 alone, so that no check byte stands there */
	{ "3b05" "8073000080", R_OK, false, false, true },
	{ "3b05" "8073000040", R_OK, true, false, false },
	{ "3b05" "8073000020", R_OK, false, true, false },
	{ "3b05" "807300001f", R_OK, false, false, false },
	{ "3f05" "80730000e0", R_OK, true, true, true },
	/* fewer than three bytes of capabilities; more than three */
	{ "3b04" "8072ffff", R_OK, false, false, false },
	{ "3b03" "8071ff", R_OK, false, false, false },
	{ "3b02" "8070", R_OK, false, false, false },
	{ "3b06" "8074000040ff", R_OK, true, false, false },
	/* category 00: the status behind is no compact-TLV */
	{ "3b08" "0073000040ffffff", R_OK, true, false, false },
	{ "3b04" "00739000", R_ABSENT, 0, 0, 0 },
	{ "3b03" "009000", R_ABSENT, 0, 0, 0 },
	{ "3b06" "007300004000", R_ABSENT, 0, 0, 0 },
	/* others; nothing at all */
	{ "3b05" "1073000040", R_ABSENT, 0, 0, 0 },
	{ "3b05" "8173000040", R_ABSENT, 0, 0, 0 },
	{ "3b05" "4173000040", R_ABSENT, 0, 0, 0 },
	{ "3b00", R_ABSENT, 0, 0, 0 }, { "3b01" "80", R_ABSENT, 0, 0, 0 },
	/* PC/SC's own form for storage cards: 4F is no compact tag here */
	{ "3b8f8001804f0ca000000306030001000000006a", R_ABSENT, 0, 0, 0 },
	/* not compact-TLV; twice */
	{ "3b05" "8074000040", R_ABSENT, 0, 0, 0 },
	{ "3b09" "80730000407300" "0040", R_ABSENT, 0, 0, 0 },
	{ "3b07" "80730000404f00", R_ABSENT, 0, 0, 0 },
	/* interface bytes of every kind; TD2 names T=1: a check byte */
	{ "3bf5" "11000080" "71fe4500" "8073000040" "1d", R_OK, true, false,
	  false },
	{ "3b75" "110000" "8073000040", R_OK, true, false, false },
	{ "3b85" "00" "8073000040", R_OK, true, false, false },
	{ "3b85" "01" "8073000040" "37", R_OK, true, false, false },
	{ "3b85" "01" "8073000040" "36", R_MALFORMED, 0, 0, 0 },
	{ "3b85" "01" "8073000040", R_MALFORMED, 0, 0, 0 },
	{ "3b85" "00" "8073000040" "37", R_MALFORMED, 0, 0, 0 },
	/* not an ATR */
	{ "", R_MALFORMED, 0, 0, 0 }, { "3b", R_MALFORMED, 0, 0, 0 },
	{ "3c00", R_MALFORMED, 0, 0, 0 }, { "0300", R_MALFORMED, 0, 0, 0 },
	{ "3b01", R_MALFORMED, 0, 0, 0 }, { "3b0000", R_MALFORMED, 0, 0, 0 },
	{ "3b10", R_MALFORMED, 0, 0, 0 },
	{ "3b70" "1100", R_MALFORMED, 0, 0, 0 },
	{ "3b80", R_MALFORMED, 0, 0, 0 }, { "3b8080", R_MALFORMED, 0, 0, 0 },
};

START_TEST(capabilities_of_an_atr)
{
	struct span atr = hex_new(atrs[_i].atr);
	struct atr_caps c, untouched;

	memset(&c, 0x5a, sizeof(c));
	untouched = c;
	ck_assert_int_eq(atr_parse(atr, &c), atrs[_i].r);
	if (atrs[_i].r == R_OK) {
		ck_assert_int_eq(c.extended, atrs[_i].extended);
		ck_assert_int_eq(c.info_file, atrs[_i].info_file);
		ck_assert_int_eq(c.chaining, atrs[_i].chaining);
	} else {
		ck_assert_mem_eq(&c, &untouched, sizeof(c));
	}
	span_free(atr);
}
END_TEST

/* Where the end is not checked by a TCK, it is by the number of bytes. */
START_TEST(atr_truncated_at_every_length)
{
	struct span atr = hex_new(atrs[_i].atr);
	struct atr_caps c;

	if (atrs[_i].r != R_MALFORMED)
		for (size_t n = 0; n < atr.n; n++) {
			struct span cut = cut_new(atr, n);

			ck_assert_int_eq(atr_parse(cut, &c), R_MALFORMED);
			span_free(cut);
		}
	span_free(atr);
}
END_TEST

START_TEST(an_atr_has_33_bytes_at_most)
{
	uint8_t atr[64] = { 0x3b };
	struct atr_caps c;

	/* TD after TD, all of T=0, until the end */
	memset(atr + 1, 0x80, sizeof(atr) - 1);
	for (size_t n = 2; n <= sizeof(atr); n++) {
		atr[n - 1] = 0x00;
		ck_assert_int_eq(atr_parse(span_of(atr, n), &c),
				 n > ATR_MAX ? R_MALFORMED : R_ABSENT);
		atr[n - 1] = 0x80;
	}
}
END_TEST

static const struct {
	const char *file;
	enum result r;
	uint32_t command, response;
} files[] = {
	{ "7f66" "08" "02020800" "02020800", R_OK, 2048, 2048 },
	/* 9303-10 3.11.1: beside the card capabilities */
	{ "470394" "01e0" "7f660a" "0203010000" "020300ffff", R_OK, 65536,
	  65535 },
	{ "7f66" "0a" "0203010000" "0203010000" "4301b8", R_OK, 65536, 65536 },
	/* as cards write it, and DER would not */
	{ "7f66" "08" "0202ffff" "0202fffe", R_OK, 65535, 65534 },
	{ "7f66" "0c" "020400000400" "020400000800", R_OK, 1024, 2048 },
	{ "7f66" "06" "020101" "0201ff", R_OK, 1, 255 },
	/* filling */
	{ "00ff" "7f66" "06" "020101" "0201ff" "0000ffff", R_OK, 1, 255 },
	{ "4301b8" "00" "7f66" "06" "020101" "020102", R_OK, 1, 2 },
	/* none */
	{ "", R_ABSENT, 0, 0 }, { "47039401e0", R_ABSENT, 0, 0 },
	{ "0000", R_ABSENT, 0, 0 }, { "ffff", R_ABSENT, 0, 0 },
	{ "e008" "020203ff" "020203ff", R_ABSENT, 0, 0 },
	/* broken */
	{ "7f66", R_MALFORMED, 0, 0 }, { "7f6600", R_MALFORMED, 0, 0 },
	{ "7f6604" "02020800", R_MALFORMED, 0, 0 },
	{ "7f660c" "02020800" "02020800" "02020800", R_MALFORMED, 0, 0 },
	{ "7f6608" "04020800" "02020800", R_MALFORMED, 0, 0 },
	{ "7f6606" "0200" "02020800", R_MALFORMED, 0, 0 },
	{ "7f6607" "020100" "02020800", R_MALFORMED, 0, 0 },
	{ "7f6609" "02020800" "0203000000", R_MALFORMED, 0, 0 },
	{ "7f660b" "02050000000800" "02020800", R_MALFORMED, 0, 0 },
	{ "7f6608" "02020800" "02020800" "7f6608" "02020800" "02020800",
	  R_MALFORMED, 0, 0 },
	{ "7f6608" "02020800" "02020800" "47", R_MALFORMED, 0, 0 },
	{ "4780" "7f6608" "02020800" "02020800", R_MALFORMED, 0, 0 },
};

START_TEST(lengths_of_the_info_file)
{
	struct span file = hex_new(files[_i].file);
	struct atr_info info = { 77, 78 };
	bool good = files[_i].r == R_OK;

	ck_assert_int_eq(atr_info_parse(file, &info), files[_i].r);
	ck_assert_uint_eq(info.command_max, good ? files[_i].command : 77);
	ck_assert_uint_eq(info.response_max, good ? files[_i].response : 78);
	span_free(file);
}
END_TEST

START_TEST(info_file_truncated_at_every_length)
{
	struct span file = hex_new(files[1].file);
	struct atr_info info;

	for (size_t n = 0; n < file.n; n++) {
		struct span c = cut_new(file, n);

		ck_assert_int_eq(atr_info_parse(c, &info),
				 n == 0 || n == 5 ? R_ABSENT : R_MALFORMED);
		span_free(c);
	}
	span_free(file);
}
END_TEST

static Suite *atr_info_suite(void)
{
	int n = sizeof(atrs) / sizeof(atrs[0]);
	Suite *s = suite_create("atr_info");
	TCase *t = tcase_create("atr_info");

	tcase_add_loop_test(t, capabilities_of_an_atr, 0, n);
	tcase_add_loop_test(t, atr_truncated_at_every_length, 0, n);
	tcase_add_test(t, an_atr_has_33_bytes_at_most);
	tcase_add_loop_test(t, lengths_of_the_info_file, 0,
			    sizeof(files) / sizeof(files[0]));
	tcase_add_test(t, info_file_truncated_at_every_length);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(atr_info_suite)
