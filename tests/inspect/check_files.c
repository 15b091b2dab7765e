// SPDX-License-Identifier: GPL-3.0-or-later
/* Data minimisation: what the table lets cnie-inspect read, and nothing else
 * has a row. A new file must be added here on purpose. */
#include "inspect/files.h"

#include <string.h>

#include "check_main.h"

static const struct {
	enum ef file;
	uint16_t id;
	uint8_t dg;
} allowed[] = {
	{ EF_ATR, 0x2f01, 0 }, { EF_CARD_ACCESS, 0x011c, 0 },
	{ EF_CARD_SECURITY, 0x011d, 0 }, { EF_SOD, 0x011d, 0 },
	{ EF_DG1, 0x0101, 1 }, { EF_DG2, 0x0102, 2 }, { EF_DG11, 0x010b, 11 },
	{ EF_DG14, 0x010e, 14 }, { EF_DG15, 0x010f, 15 },
};

START_TEST(exactly_these_files_may_be_read)
{
	ck_assert_uint_eq(EF_COUNT, sizeof(allowed) / sizeof(allowed[0]));
	for (size_t i = 0; i < EF_COUNT; i++) {
		const struct ef_row *r = ef_row(allowed[i].file);

		ck_assert_uint_eq(r->id, allowed[i].id);
		ck_assert_uint_eq(r->dg, allowed[i].dg);
		ck_assert_uint_eq(r->short_id, allowed[i].id & 0x1f);
	}
}
END_TEST

START_TEST(each_row_says_why_and_has_a_cap)
{
	for (size_t i = 0; i < EF_COUNT; i++) {
		const struct ef_row *r = ef_row((enum ef)i);

		ck_assert_uint_ge(strlen(r->why), 20);
		ck_assert_uint_ge(r->max, 64);
		ck_assert_uint_le(r->max, EF_SIZE_MAX);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("files");
	TCase *t = tcase_create("table");

	tcase_add_test(t, exactly_these_files_may_be_read);
	tcase_add_test(t, each_row_says_why_and_has_a_cap);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
