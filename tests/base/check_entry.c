// SPDX-License-Identifier: GPL-3.0-or-later
/* What may stand in an entry of the name service. */
#include <string.h>

#include "base/entry.h"
#include "check_main.h"

static const struct { const char *text; bool ok; } names[] = {
	{ "a", true }, { "_x", true }, { "Amina.B-2_", true },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
	{ "", false }, { "1abc", false }, { "-a", false }, { ".a", false },
	{ "a.", false }, { "a b", false }, { "a:b", false }, { "a/b", false },
	{ "a$", false }, { "\xc3\xa9", false },
};

START_TEST(a_name)
{
	ck_assert_int_eq(entry_name_ok(span_str(names[_i].text)),
			 names[_i].ok);
}
END_TEST

static const struct { uint32_t id; bool ok; } ids[] = {
	{ 0, false }, { 999, false }, { 1000, true }, { 65533, true },
	{ 65534, false }, { 65535, false }, { 65536, true },
	{ INT32_MAX - 1, true }, { INT32_MAX, false }, { UINT32_MAX, false },
};

START_TEST(a_number)
{
	ck_assert_int_eq(entry_id_ok(ids[_i].id), ids[_i].ok);
}
END_TEST

static const struct { const char *text; bool path, home; } paths[] = {
	{ "/a", true, true }, { "/srv/it's/a-b.c", true, true },
	{ "/a/.b/c..d/...", true, true },
	{ "/", true, false }, { "//", true, false }, { "//a", true, false },
	{ "/a/", true, false }, { "/a//b", true, false },
	{ "/.", true, false }, { "/..", true, false },
	{ "/a/./b", true, false }, { "/home/../etc", true, false },
	{ "/a/..", true, false },
	{ "", false, false }, { "a", false, false }, { "./a", false, false },
	{ "/a b", false, false }, { "/a:b", false, false },
	{ "/a\n", false, false }, { "/\xc3\xa9", false, false },
};

START_TEST(a_path)
{
	ck_assert_int_eq(entry_path_ok(span_str(paths[_i].text)),
			 paths[_i].path);
	ck_assert_int_eq(entry_home_ok(span_str(paths[_i].text)),
			 paths[_i].home);
}
END_TEST

START_TEST(a_path_has_255_bytes_at_most)
{
	char text[257];

	memset(text, 'a', sizeof(text));
	text[0] = '/';
	ck_assert(entry_path_ok(span_of(text, 255)) &&
		  entry_home_ok(span_of(text, 255)));
	ck_assert(!entry_path_ok(span_of(text, 256)) &&
		  !entry_home_ok(span_of(text, 256)));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("base entry");
	TCase *t = tcase_create("entry");

	tcase_add_loop_test(t, a_name, 0, sizeof(names) / sizeof(names[0]));
	tcase_add_loop_test(t, a_number, 0, sizeof(ids) / sizeof(ids[0]));
	tcase_add_loop_test(t, a_path, 0, sizeof(paths) / sizeof(paths[0]));
	tcase_add_test(t, a_path_has_255_bytes_at_most);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
