// SPDX-License-Identifier: GPL-3.0-or-later
/* The MRZ information: specimens of ICAO 9303 (State of Utopia) only. */
#include <string.h>

#include "check_main.h"
#include "ctl/mrz_key.h"

static const struct { const char *in, *out; } good[] = {
	/* 9303-11 D.2, example 1: TD2, number longer than nine */
	{ "I<UTOSTEVENSON<<PETER<<<<<<<<<<<<<<<"
	  "D23145890<UTO3407127M95071227349<<<8", "D23145890734934071279507122" },
	/* 9303-11 D.2, example 2: TD1, number longer than nine */
	{ "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2"
	  "STEVENSON<<PETER<<<<<<<<<<<<<<", "D23145890734934071279507122" },
	/* 9303-11 D.2, example 3: TD1, number of nine characters */
	{ "I<UTOL898902C<3<<<<<<<<<<<<<<<6908061F9406236UTO<<<<<<<<<<<2"
	  "ERIKSSON<<ANNA<MARIA<<<<<<<<<<", "L898902C<369080619406236" },
	/* TD3 specimen of 9303-4 */
	{ "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
	  "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
	  "L898902C3674081221204159" },
	{ "L898902C 690806 940623", "L898902C<369080619406236" },
	{ "l898902c 690806 940623", "L898902C<369080619406236" },
	{ "D23145890734 340712 950712", "D23145890734934071279507122" },
	{ "L898902C<369080619406236", "L898902C<369080619406236" },
	{ "D23145890734934071279507122", "D23145890734934071279507122" },
};

START_TEST(key_is_found)
{
	char out[65] = "";

	ck_assert_int_eq(mrz_key(good[_i].in, out, sizeof(out)), R_OK);
	ck_assert_str_eq(out, good[_i].out);
}
END_TEST

static const char *const bad[] = {
	"", "123456", "L898902C", "L898902C 690806", "L898902C 690806 94062",
	"L898902C 690806 9406233", "L898902C 69O806 940623",
	" 690806 940623", "L898902C<469080619406236",	/* check digits */
	"L898902C<369080629406236", "L898902C<369080619406237",
	"L898902C<36908061940623", "L898902C<3690806194062366",
	"I<UTOL898902C<4<<<<<<<<<<<<<<<6908061F9406236UTO<<<<<<<<<<<2"
	"ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
	"I<UTOD23145890<<<<<<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2"
	"STEVENSON<<PETER<<<<<<<<<<<<<<",
	"I<UTOL898902C<3<<<<<<<<<<<<<<<6908061F9406236UTO<<<<<<<<<<<2"
	"ERIKSSON<<ANNA MARIA<<<<<<<<<<",
};

START_TEST(no_key_is_refused)
{
	char out[65] = "kept";

	ck_assert_int_eq(mrz_key(bad[_i], out, sizeof(out)), R_MALFORMED);
	ck_assert_str_eq(out, "kept");
}
END_TEST

START_TEST(every_truncation_of_a_zone_is_refused)
{
	char text[91], out[65] = "kept";

	for (size_t n = 0; n < 90; n++) {
		memcpy(text, good[2].in, n);
		text[n] = '\0';
		ck_assert_int_eq(mrz_key(text, out, sizeof(out)),
				 R_MALFORMED);
	}
	ck_assert_int_eq(mrz_key(good[2].in, out, 20), R_MALFORMED);
	ck_assert_str_eq(out, "kept");
}
END_TEST

START_TEST(lines_that_follow)
{
	ck_assert_uint_eq(mrz_lines_after(30), 2);
	ck_assert_uint_eq(mrz_lines_after(36), 1);
	ck_assert_uint_eq(mrz_lines_after(44), 1);
	ck_assert_uint_eq(mrz_lines_after(24), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl mrz_key");
	TCase *t = tcase_create("mrz_key");

	tcase_add_loop_test(t, key_is_found, 0,
			    sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(t, no_key_is_refused, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, every_truncation_of_a_zone_is_refused);
	tcase_add_test(t, lines_that_follow);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
