// SPDX-License-Identifier: GPL-3.0-or-later
/* One key of cnie.conf changes and nothing else does. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/config_edit.h"

static const struct {
	const char *text, *section, *key, *value, *want;
} cases[] = {
	/* set */
	{ "[s]\nk = 1\n", "s", "k", "2", "[s]\nk = 2\n" },
	{ "[s]\nk=1", "s", "k", "2", "[s]\nk=2" },
	{ "[s]\nk:1\n", "s", "k", "2", "[s]\nk:2\n" },
	{ "[s]\r\nk = 1 \t\r\nj = 3\r\n", "s", "k", "22",
	  "[s]\r\nk = 22 \t\r\nj = 3\r\n" },
	{ "[s]\nk = 1 ; why\n", "s", "k", "2", "[s]\nk = 2 ; why\n" },
	{ "[s]\nk = 1;2\n", "s", "k", "2", "[s]\nk = 2\n" },
	{ "[s]\nk =\n", "s", "k", "2", "[s]\nk = 2\n" },
	{ "[s]\nk = ; none\n", "s", "k", "2", "[s]\nk = 2 ; none\n" },
	{ "[s]\n# k = 1\n; k = 1\nk = 3\n", "s", "k", "2",
	  "[s]\n# k = 1\n; k = 1\nk = 2\n" },
	{ "[r]\nk = 1\n[s]\nk = 1\n", "s", "k", "2",
	  "[r]\nk = 1\n[s]\nk = 2\n" },
	{ "\xef\xbb\xbf[s]\nk = 1\n", "s", "k", "2",
	  "\xef\xbb\xbf[s]\nk = 2\n" },
	{ "[s]\nk = a=b:c\n", "s", "k", "2", "[s]\nk = 2\n" },
	{ "[s]\nkk = 1\nk = 5\n", "s", "k", "2", "[s]\nkk = 1\nk = 2\n" },
	{ "[s]\n\n\n[s]\nk = 1", "s", "k", "2", "[s]\n\n\n[s]\nk = 2" },
	/* add, after the last key of the section */
	{ "[s]\nj = 1\n# c\n\n[t]\n", "s", "k", "2",
	  "[s]\nj = 1\nk = 2\n# c\n\n[t]\n" },
	{ "[s]\n", "s", "k", "2", "[s]\nk = 2\n" },
	{ "[s]", "s", "k", "2", "[s]\nk = 2" },
	{ "[s]\nj = 1", "s", "k", "2", "[s]\nj = 1\nk = 2" },
	{ "[s]\r\nj = 1\r\n", "s", "k", "2", "[s]\r\nj = 1\r\nk = 2\r\n" },
	{ "[s]\nj = 1\n[t]\nk = 9\n", "s", "k", "2",
	  "[s]\nj = 1\nk = 2\n[t]\nk = 9\n" },
	/* a section that is not there */
	{ "", "s", "k", "2", "[s]\nk = 2\n" },
	{ "[r]\nk = 1\n", "s", "k", "2", "[r]\nk = 1\n\n[s]\nk = 2\n" },
	{ "[r]\nk = 1", "s", "k", "2", "[r]\nk = 1\n\n[s]\nk = 2\n" },
	{ "# [s]\n", "s", "k", "2", "# [s]\n\n[s]\nk = 2\n" },
	/* remove */
	{ "[s]\nj = 1\nk = 2 ; x\n# c\n", "s", "k", NULL,
	  "[s]\nj = 1\n# c\n" },
	{ "[s]\nk = 2", "s", "k", NULL, "[s]\n" },
	{ "[s]\nj = 1\n", "s", "k", NULL, "[s]\nj = 1\n" },
	{ "[r]\nk = 1\n", "s", "k", NULL, "[r]\nk = 1\n" },
	{ "", "s", "k", NULL, "" },
	/* refused */
	{ "[s]\nk = 1\nk = 1\n", "s", "k", "2", NULL },
	{ "[s]\nk = 1\n[s]\nk = 1\n", "s", "k", NULL, NULL },
	{ "[s]\nk = 1\n", "s", "k", "a b", NULL },
	{ "[s]\nk = 1\n", "s", "k", "a\nb", NULL },
	{ "[s]\nk = 1\n", "s", "k", "", NULL },
	{ "[s]\nk = 1\n", "s", "k", "1;2", NULL },
};

static struct config_edit edit_of(const char *section, const char *key,
				  const char *value)
{
	return (struct config_edit){ section, key, value };
}

START_TEST(one_key_of_a_text)
{
	struct config_edit e = edit_of(cases[_i].section, cases[_i].key,
				       cases[_i].value);
	char out[256] = "";
	struct sink s = SINK(out);
	enum result r = config_edit_text(span_str(cases[_i].text), &e, &s);

	if (!cases[_i].want) {
		ck_assert_int_eq(r, R_MALFORMED);
		return;
	}
	ck_assert_int_eq(r, R_OK);
	out[s.n] = '\0';
	ck_assert_str_eq(out, cases[_i].want);
	/* every size that is too small is one */
	for (size_t n = 0; n < s.n; n++) {
		struct sink small = sink_of(out, n);

		ck_assert_int_eq(config_edit_text(span_str(cases[_i].text),
						  &e, &small), R_INTERNAL);
	}
}
END_TEST

/* -- any text --------------------------------------------------------------------- */

static unsigned int seed;
static unsigned int die(unsigned int n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

/* Lines as an administrator, an editor or a cat on the keyboard writes them;
 * the key at most once. */
static size_t make_text(char *out, size_t cap, bool *has)
{
	static const char *const lines[] = {
		"[s]", "[t]", "# note", "; k = 7", "", "  ", "j = 1", "k2: x",
		"jj=\t;", "\t[s]", "[s", "= 3", "word", "kk = k = 1",
	};
	static const char *const keys[] = {
		"k = 1", "k=", "k :10 ; c", "k\t=\t1\t", "k= a=b",
	};
	static const char *const ends[] = { "\n", "\r\n", "\n\n", " \n" };
	bool inside = false;
	size_t n = 0;

	*has = false;
	for (unsigned int i = die(12); i > 0; i--) {
		const char *l = lines[die(14)];

		if (inside && !*has && die(3) == 0) {
			l = keys[die(5)];
			*has = true;
		} else if (strchr(l, ']')) {
			inside = strstr(l, "[s]") != NULL;
		}
		n += (size_t)snprintf(out + n, cap - n, "%s%s", l,
				      i == 1 && die(2) ? "" : ends[die(4)]);
	}
	return n;
}

/* Where two texts begin to differ, and how much of their ends is the same. */
static void compare(struct span a, struct span b, size_t *front, size_t *back)
{
	size_t least = a.n < b.n ? a.n : b.n;

	*front = *back = 0;
	while (*front < least && a.p[*front] == b.p[*front])
		++*front;
	while (*back < least - *front &&
	       a.p[a.n - 1 - *back] == b.p[b.n - 1 - *back])
		++*back;
}

/* What differs is in one line, and is no longer than that line. */
START_TEST(nothing_but_one_line_changes)
{
	char text[1024], out[1200], gone[1200];
	struct config_edit set = edit_of("s", "k", "4711");
	struct config_edit unset = edit_of("s", "k", NULL);

	for (seed = 1; seed < 60000; seed += 7) {
		unsigned int was = seed;
		bool has;
		struct span in = span_of(text, make_text(text, sizeof(text),
							 &has));
		struct sink a = SINK(out), b = SINK(gone);
		size_t front, back, lines = 0;

		ck_assert_int_eq(config_edit_text(in, &set, &a), R_OK);
		compare(in, sink_span(&a), &front, &back);
		for (size_t i = front; i + back < in.n; i++)
			lines += text[i] == '\n';
		ck_assert_msg(lines == 0, "seed %u", was);
		ck_assert_msg(memmem(out, a.n, "4711", 4) != NULL, "seed %u",
			      was);
		ck_assert(a.n - front - back <= strlen("\n\n[s]\nk = 4711\n"));
		/* and back */
		ck_assert_int_eq(config_edit_text(sink_span(&a), &unset, &b),
				 R_OK);
		compare(in, sink_span(&b), &front, &back);
		if (!has)	/* all that was there is there */
			ck_assert_msg(front + back == in.n, "seed %u", was);
		ck_assert_msg(memmem(gone, b.n, "4711", 4) == NULL, "seed %u",
			      was);
		seed = was;
	}
}
END_TEST

/* -- the file ------------------------------------------------------------------------ */

static char root[] = "/tmp/cnie-edit-XXXXXX";
static char path[64];

static void make_root(void)
{
	strcpy(root, "/tmp/cnie-edit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/cnie.conf", root);
}

static void remove_root(void)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", root);
	ck_assert_int_eq(system(cmd), 0);
}

#define GOOD "# mine\n[sector]\nurn = urn:x ; ours\nepoch = 1\n\n[users]\n" \
	"card = 1:1\ninspect = 2:2\nface = 3:3\nsector = 4:4\n"

static void write_file(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static const char *read_file(void)
{
	static char text[1024];
	FILE *f = fopen(path, "r");

	ck_assert_ptr_nonnull(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static char left[80];

static bool left_over(void)
{
	snprintf(left, sizeof(left), "%s.new", path);
	return access(left, F_OK) == 0;
}

static const struct config_edit rotation[] = {
	{ "sector", "epoch", "2" }, { "sector", "previous_epoch", "1" },
};

START_TEST(file_is_changed_as_a_whole)
{
	struct config_error e = { "" };
	struct config c;
	struct stat st;

	write_file(GOOD, 0640);
	ck_assert_int_eq(chown(path, 0, 54321), 0);
	ck_assert_int_eq(config_edit_file(path, rotation, 2, &e), R_OK);
	ck_assert_str_eq(read_file(),
		"# mine\n[sector]\nurn = urn:x ; ours\nepoch = 2\n"
		"previous_epoch = 1\n\n[users]\n"
		"card = 1:1\ninspect = 2:2\nface = 3:3\nsector = 4:4\n");
	ck_assert_int_eq(config_read(path, &c, &e), R_OK);
	ck_assert_uint_eq(c.epoch, 2);
	ck_assert_uint_eq(c.previous_epoch, 1);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_uint_eq(st.st_gid, 54321);
	ck_assert(!left_over());
}
END_TEST

START_TEST(file_that_does_not_change_is_not_written)
{
	struct config_error e = { "" };
	struct stat before, after;
	struct config_edit same = { "sector", "epoch", "1" };
	struct config_edit none = { "sector", "previous_epoch", NULL };

	write_file(GOOD, 0644);
	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_int_eq(config_edit_file(path, &same, 1, &e), R_OK);
	ck_assert_int_eq(config_edit_file(path, &none, 1, &e), R_OK);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
}
END_TEST

/* An edit that would make the file unreadable leaves it as it was. */
START_TEST(what_would_not_be_read_back_is_not_written)
{
	struct config_edit bad[] = { { "sector", "epoch", "7" },
				     { "sector", "previous_epoch", "9" } };
	struct config_error e = { "" };

	write_file(GOOD, 0644);
	ck_assert_int_eq(config_edit_file(path, bad, 2, &e), R_MALFORMED);
	ck_assert_ptr_nonnull(strstr(e.text, "previous_epoch"));
	ck_assert_str_eq(read_file(), GOOD);
	write_file("[sector]\nurn = x\nuri = y\n", 0644);
	ck_assert_int_eq(config_edit_file(path, rotation, 2, &e),
			 R_MALFORMED);
	ck_assert_str_eq(read_file(), "[sector]\nurn = x\nuri = y\n");
}
END_TEST

START_TEST(file_that_others_may_write_is_not_edited)
{
	struct config_error e = { "" };

	write_file(GOOD, 0666);
	ck_assert_int_eq(config_edit_file(path, rotation, 2, &e), R_DENIED);
	ck_assert_str_eq(read_file(), GOOD);
	unlink(path);
	ck_assert_int_eq(config_edit_file(path, rotation, 2, &e), R_ABSENT);
	ck_assert_str_ne(e.text, "");
}
END_TEST

/* cnie.conf.new of a run that was killed is in nobody's way. */
START_TEST(leftover_of_a_killed_run_is_replaced)
{
	struct config_error e = { "" };
	FILE *f;

	ck_assert(!left_over());
	f = fopen(left, "w");
	fputs("half a fi", f);
	fclose(f);
	write_file(GOOD, 0644);
	ck_assert_int_eq(config_edit_file(path, rotation, 2, &e), R_OK);
	ck_assert(!left_over());
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl config edit");
	TCase *t = tcase_create("text"), *u = tcase_create("file");

	tcase_add_loop_test(t, one_key_of_a_text, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, nothing_but_one_line_changes);
	tcase_add_checked_fixture(u, make_root, remove_root);
	tcase_add_test(u, file_is_changed_as_a_whole);
	tcase_add_test(u, file_that_does_not_change_is_not_written);
	tcase_add_test(u, what_would_not_be_read_back_is_not_written);
	tcase_add_test(u, file_that_others_may_write_is_not_edited);
	tcase_add_test(u, leftover_of_a_killed_run_is_replaced);
	suite_add_tcase(s, t);
	suite_add_tcase(s, u);
	return s;
}

CHECK_MAIN(suite)
