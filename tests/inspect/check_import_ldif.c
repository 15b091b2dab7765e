// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/import_ldif.c */
#include "inspect/import_ldif.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "support_list.h"

static uint8_t room_bytes[4096];
static struct sink room;
static struct span text, value;

static void setup(void)
{
	room = SINK(room_bytes);
	value = (struct span){ 0 };
}

static void next_is(const char *expected)
{
	ck_assert_int_eq(ldif_next(&text, &room, &value), R_OK);
	ck_assert_uint_eq(value.n, strlen(expected));
	ck_assert_mem_eq(value.p, expected, value.n);
}

static void next_answers(enum result r)
{
	struct span before = value;

	ck_assert_int_eq(ldif_next(&text, &room, &value), r);
	ck_assert_ptr_eq(value.p, before.p);
	ck_assert_uint_eq(value.n, before.n);
}

/* Each line of base64 is "synthetic". */
START_TEST(attributes_that_hold_certificates_and_lists)
{
	static const char *const names[] = {
		"pkdMasterListContent", "CscaMasterListData",
		"cACertificate;binary", "certificateRevocationList;binary",
		"cACertificate", "PKDMASTERLISTCONTENT", "cacertificate;BINARY",
	};
	char line[256];

	snprintf(line, sizeof(line), "version: 1\n\ndn: c=UT\n"
		 "objectClass: top\n%s:: c3ludGhldGlj\nsn: 1\n", names[_i]);
	text = span_str(line);
	next_is("synthetic");
	next_answers(R_ABSENT);
	ck_assert_uint_eq(text.n, 0);
}
END_TEST

START_TEST(other_lines_are_passed_over)
{
	static const char *const lines[] = {
		"userCertificate;binary:: c3ludGhldGlj\n",
		"cACertificate: c3ludGhldGlj\n",
		"cACertificate:< file:///etc/passwd\n",
		"cACertificate;binary\n", "cACertificat:: c3ludGhldGlj\n",
		"xcACertificate:: c3ludGhldGlj\n",
		"#cACertificate:: c3ludGhldGlj\n",
		" cACertificate:: c3ludGhldGlj\n",
		"cACertificate;binary;x:: c3ludGhldGlj\n",
		"cACertificate;lang-en:: c3ludGhldGlj\n",
		"cACertificate:", "cACertificate", "c", "\n", "", ":: \n", "\r",
	};

	text = span_str(lines[_i]);
	next_answers(R_ABSENT);
	ck_assert_uint_eq(text.n, 0);
	ck_assert_uint_eq(room.n, 0);
}
END_TEST

/* RFC 2849: a line that begins with a space goes on the one before. */
START_TEST(folded_lines_are_one)
{
	static const char *const forms[] = {
		"cACertificate:: c3lu\n dGhl\n dGlj\n\n",
		"cACertificate:: c3lu\r\n dGhl\r\n dGlj\r\n\r\n",
		"cACertificate::\n c3ludGhldGlj\n",
		"cACertificate::c3ludGhldGlj",
		"cACertificate::    c3\n l\n u\n d\n GhldGlj",
		"cACertificate:: c3ludGhldGlj\n \n \n",
	};

	text = span_str(forms[_i]);
	next_is("synthetic");
	next_answers(R_ABSENT);
}
END_TEST

START_TEST(several_values_one_after_another)
{
	text = span_str("cACertificate:: b25l\ncACertificate:: dHdv\n"
			"certificateRevocationList:: dGhyZWU=\n");
	next_is("one");
	next_is("two");
	next_is("three");
	next_answers(R_ABSENT);
	ck_assert_mem_eq(room_bytes, "onetwothree", 11);
}
END_TEST

START_TEST(padding)
{
	static const struct { const char *line, *is; } rows[] = {
		{ "cACertificate:: YQ==\n", "a" },
		{ "cACertificate:: YWI=\n", "ab" },
		{ "cACertificate:: YWJj\n", "abc" },
		{ "cACertificate:: YQ\n =\n =\n", "a" },
		{ "cACertificate::\n", "" },
	};

	text = span_str(rows[_i].line);
	next_is(rows[_i].is);
}
END_TEST

/* What is broken is told once, leaves nothing behind, and hides nothing. */
START_TEST(not_base64)
{
	static const char *const values[] = {
		"c3ludGhldGl", "c3ludGhldG", "c3ludGhldGlj=", "=c3l", "c=3l",
		"c3==ludGhl", "YQ===", "YQ=", "c3lu!dGhl", "c3lu dGhl",
		"c3lu-_Ghl", "c3lu\tdGhl", "c3lu\n dG?l\n dGlj",
		"YQ==YQ==", "\xc3\xa9",
	};
	char line[128];

	snprintf(line, sizeof(line), "cACertificate:: %s\n"
		 "cACertificate:: b25l\n", values[_i]);
	text = span_str(line);
	next_answers(R_MALFORMED);
	ck_assert_uint_eq(room.n, 0);
	next_is("one");
	next_answers(R_ABSENT);
}
END_TEST

START_TEST(a_value_that_does_not_fit)
{
	text = span_str("cACertificate:: c3ludGhldGlj\n");
	room = sink_of(room_bytes, 8);
	next_answers(R_INTERNAL);
	text = span_str("cACertificate:: c3ludGhldGlj\n");
	room = sink_of(room_bytes, 9);
	next_is("synthetic");
}
END_TEST

/* Cut anywhere, nothing is read beyond the end and nothing too much is said:
 * the octets stand in a heap block of exactly that size. */
START_TEST(cut_at_every_length)
{
	static const char whole[] = "cACertificate;binary:: c3lu\n dGhl\n"
				    " dGlj\ncACertificate:: b25l\n";
	enum result r = R_OK;

	for (size_t n = 0; n < sizeof(whole); n++) {
		char *exact = malloc(n ? n : 1);

		memcpy(exact, whole, n);
		text = span_of(exact, n);
		room = sink_of(room_bytes, n);
		while (r != R_ABSENT) {
			r = ldif_next(&text, &room, &value);
			ck_assert_int_ne(r, R_INTERNAL);
			if (r == R_OK)
				ck_assert(value.n == 3 || value.n == 6 ||
					  value.n == 9 || value.n == 0);
		}
		r = R_OK;
		free(exact);
	}
}
END_TEST

START_TEST(what_a_directory_writes_comes_back)
{
	static uint8_t der[2000], file[4096];
	struct sink out = SINK(file);

	for (size_t i = 0; i < sizeof(der); i++)
		der[i] = (uint8_t)(i * 7);
	for (size_t n = 0; n < sizeof(der); n += 61) {
		out = SINK(file);
		room = SINK(room_bytes);
		put_ldif(&out, "pkdMasterListContent", span_of(der, n));
		text = sink_span(&out);
		ck_assert_int_eq(ldif_next(&text, &room, &value), R_OK);
		ck_assert_uint_eq(value.n, n);
		ck_assert_mem_eq(value.p, der, n);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("import_ldif");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, attributes_that_hold_certificates_and_lists, 0,
			    7);
	tcase_add_loop_test(t, other_lines_are_passed_over, 0, 17);
	tcase_add_loop_test(t, folded_lines_are_one, 0, 6);
	tcase_add_test(t, several_values_one_after_another);
	tcase_add_loop_test(t, padding, 0, 5);
	tcase_add_loop_test(t, not_base64, 0, 15);
	tcase_add_test(t, a_value_that_does_not_fit);
	tcase_add_test(t, cut_at_every_length);
	tcase_add_test(t, what_a_directory_writes_comes_back);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
