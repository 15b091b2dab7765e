/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an old copy of the database can't bring back. */
#include "support_roster.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "roster/marks.h"

static struct roster *r;

static void setup(void)
{
	dir_setup();
	r = open_roster();
}

static void teardown(void)
{
	roster_close(&r);
	dir_teardown();
}

static enum reason login(struct roster_card card)
{
	struct roster_account a;

	return roster_login(r, &card, TODAY, NOW, &a);
}

static off_t marks_size(void)
{
	struct stat st;

	ck_assert_int_eq(stat(marks_path, &st), 0);
	return st.st_size;
}

static void append_marks(const char *text)
{
	int fd = open(marks_path, O_WRONLY | O_APPEND);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void append_line(const char *body)
{
	struct marks m;

	marks_init(&m);
	marks_add(&m, "%s", body);
	ck_assert_int_eq(sink_done(&m.out), R_OK);
	m.bytes[m.out.n] = '\0';
	append_marks((char *)m.bytes);
}

static void reopen(enum reason want)
{
	roster_close(&r);
	ck_assert_int_eq(roster_open(roster_path, &r), want);
}

/* -- an old copy put back ------------------------------------------------ */

START_TEST(uid_and_name_are_not_given_again)
{
	struct roster_account lost, renamed = enrolled(r, 1), a;
	struct roster_new in = new_of(3);

	backup(&r);
	lost = enrolled(r, 2);
	ck_assert_int_eq(roster_rename(r, renamed.name, "newname"),
			 REASON_NONE);
	put_back(&r);
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_UNKNOWN_CARD);
	/* the same person comes again: another account */
	a = enrolled(r, 2);
	ck_assert_int_gt(a.uid, lost.uid);
	ck_assert_str_ne(a.name, lost.name);
	/* nor to somebody who asks for it */
	strcpy(in.name, lost.name);
	in.uid = 70000;
	in.gid = 100;
	strcpy(in.home, "/home/x");
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a),
			 REASON_NAME_TAKEN);
	strcpy(in.name, "other");
	in.uid = lost.uid;
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a),
			 REASON_NAME_TAKEN);
	ck_assert_int_eq(roster_rename(r, renamed.name, lost.name),
			 REASON_NAME_TAKEN);
	ck_assert_int_eq(roster_show(r, renamed.name, &a), REASON_NONE);
	a = enrolled(r, 4);
	ck_assert_int_eq(roster_rename(r, a.name, "newname"),
			 REASON_NAME_TAKEN);
	ck_assert_int_eq(roster_rename(r, renamed.name, "newname"),
			 REASON_NONE);
	check_integrity();
}
END_TEST

START_TEST(blocked_card_stays_blocked)
{
	struct roster_account a = enrolled(r, 1), b = enrolled(r, 2);

	enrolled(r, 3);
	backup(&r);
	ck_assert_int_eq(roster_card_block(r, a.name), REASON_NONE);
	/* one that the copy does not know: newer, and blocked then */
	ck_assert_int_eq(login(card_of(2, 2, 20340101)), REASON_NONE);
	ck_assert_int_eq(roster_card_block(r, b.name), REASON_NONE);
	/* and one that a newer took the place of */
	ck_assert_int_eq(login(card_of(3, 2, 20340101)), REASON_NONE);
	put_back(&r);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(2, 2, 20340101)), REASON_BLOCKED_CARD);
	/* nor one between the two that was never seen */
	ck_assert_int_eq(login(card_of(2, 9, 20320101)), REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(3, 1, 20300101)), REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(3, 2, 20340101)), REASON_NONE);
	check_integrity();
}
END_TEST

START_TEST(blocked_card_of_a_lost_account_is_not_enrolled)
{
	struct roster_new in = new_of(1);
	struct roster_account a;

	backup(&r);
	a = enrolled(r, 1);
	ck_assert_int_eq(roster_card_block(r, a.name), REASON_NONE);
	put_back(&r);
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a),
			 REASON_BLOCKED_CARD);
	/* shown under a newer epoch it is the same card */
	in.card = card_in_both(1, 1, 20300101);
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a),
			 REASON_BLOCKED_CARD);
	in.card = card_of(1, 2, 20340101);
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &a), REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20400101)), REASON_BLOCKED_CARD);
	ck_assert_int_eq(login(card_of(1, 2, 20340101)), REASON_NONE);
}
END_TEST

START_TEST(revoked_account_stays_revoked)
{
	struct roster_account a = enrolled(r, 1), b = enrolled(r, 2), c;

	c = enrolled(r, 3);
	ck_assert_int_eq(roster_revoke(r, c.name), REASON_NONE);
	backup(&r);
	ck_assert_int_eq(roster_revoke(r, a.name), REASON_NONE);
	ck_assert_int_eq(roster_revoke(r, b.name), REASON_NONE);
	ck_assert_int_eq(roster_restore(r, b.name), REASON_NONE);
	ck_assert_int_eq(roster_restore(r, c.name), REASON_NONE);
	put_back(&r);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_REVOKED);
	/* taken back since: not revoked by it */
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_NONE);
	/* but nothing makes an account active that the copy had revoked */
	ck_assert_int_eq(login(card_of(3, 1, 20300101)), REASON_REVOKED);
	ck_assert_int_eq(roster_restore(r, a.name), REASON_NONE);
	reopen(REASON_NONE);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
}
END_TEST

START_TEST(a_lost_database_is_a_very_old_one)
{
	struct roster_account a = enrolled(r, 1), b;
	struct roster_new in = new_of(1);

	ck_assert_int_eq(roster_card_block(r, a.name), REASON_NONE);
	roster_close(&r);
	ck_assert_int_eq(unlink(roster_path), 0);
	r = open_roster();
	ck_assert_int_eq(roster_enrol(r, &test_policy, &in, &b),
			 REASON_BLOCKED_CARD);
	b = enrolled(r, 2);
	ck_assert_int_gt(b.uid, a.uid);
	reopen(REASON_NONE);
}
END_TEST

/* -- the file ------------------------------------------------------------ */

START_TEST(the_file_is_private_and_checked)
{
	struct stat st;

	ck_assert_int_eq(stat(marks_path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(chmod(marks_path, 0604), 0);
	reopen(REASON_ROSTER_MARKS);
	ck_assert_int_eq(chmod(marks_path, 0600), 0);
	reopen(REASON_NONE);
	roster_close(&r);
	ck_assert_int_eq(unlink(marks_path), 0);
	ck_assert_int_eq(symlink("/dev/null", marks_path), 0);
	ck_assert_int_eq(roster_open(roster_path, &r), REASON_ROSTER);
}
END_TEST

START_TEST(opening_an_even_pair_writes_nothing)
{
	off_t size;

	enrolled(r, 1);
	size = marks_size();
	for (int i = 0; i < 3; i++)
		reopen(REASON_NONE);
	ck_assert_int_eq(marks_size(), size);
}
END_TEST

START_TEST(lost_marks_are_written_anew)
{
	struct roster_account a = enrolled(r, 1), b, lost;

	ck_assert_int_eq(roster_card_block(r, a.name), REASON_NONE);
	b = enrolled(r, 2);
	ck_assert_int_eq(roster_revoke(r, b.name), REASON_NONE);
	ck_assert_int_eq(roster_rename(r, b.name, "second"), REASON_NONE);
	roster_close(&r);
	if (_i == 0)
		ck_assert_int_eq(unlink(marks_path), 0);
	else		/* cut off: less than the database has applied */
		ck_assert_int_eq(truncate(marks_path, marks_size() - 1), 0);
	r = open_roster();
	/* what the new file says is enough for a database that is lost */
	roster_close(&r);
	ck_assert_int_eq(unlink(roster_path), 0);
	r = open_roster();
	lost = enrolled(r, 3);
	ck_assert_int_gt(lost.uid, b.uid);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM given"), 3);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM blocked"), 1);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM revoked"), 1);
}
END_TEST

/* A copy from before the file was written anew: all of it is new to it. */
START_TEST(a_copy_older_than_the_file_reads_all_of_it)
{
	struct roster_account a;

	for (int p = 10; p < 40; p++)
		enrolled(r, p);
	a = enrolled(r, 1);
	backup(&r);
	ck_assert_int_eq(roster_card_block(r, a.name), REASON_NONE);
	roster_close(&r);
	ck_assert_int_eq(unlink(marks_path), 0);
	r = open_roster();
	enrolled(r, 2);
	put_back(&r);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_BLOCKED_CARD);
	reopen(REASON_NONE);
}
END_TEST

START_TEST(a_line_that_was_being_written_is_cut_off)
{
	static const char *const torn[] = {
		"=", "= uid 65537 x 00000000\n", "= revoke 65536 1234abcd\n",
		"\1\1\n\1", "= revoke 65536", "+ out 65536 1\n+ block",
	};
	struct roster_account a = enrolled(r, 1);
	off_t size = marks_size();

	roster_close(&r);
	append_marks(torn[_i]);
	r = open_roster();
	ck_assert_int_eq(marks_size(), size);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_NONE);
	ck_assert_int_eq(roster_revoke(r, a.name), REASON_NONE);
	reopen(REASON_NONE);
}
END_TEST

START_TEST(damage_before_a_whole_line_is_refused)
{
	enrolled(r, 1);
	append_marks("= uid 65537 x 00000000\n");
	append_line("export 1");
	reopen(REASON_ROSTER_MARKS);
}
END_TEST

START_TEST(marks_of_another_machine_are_refused)
{
	char other[128];

	enrolled(r, 1);
	snprintf(other, sizeof(other), "%s/other.marks", test_dir);
	copy_file(marks_path, other);
	roster_close(&r);
	ck_assert_int_eq(unlink(marks_path), 0);
	ck_assert_int_eq(unlink(roster_path), 0);
	r = open_roster();
	copy_file(other, marks_path);
	reopen(REASON_ROSTER_MARKS);
	ck_assert_int_eq(truncate(marks_path, 40), 0);
	ck_assert_int_eq(roster_open(roster_path, &r), REASON_ROSTER_MARKS);
	/* nor may a new database take what is no marks */
	ck_assert_int_eq(unlink(roster_path), 0);
	ck_assert_int_eq(roster_open(roster_path, &r), REASON_ROSTER_MARKS);
}
END_TEST

/* A commit that was lost after its marks were on disk. */
START_TEST(a_mark_without_its_commit_is_carried_out)
{
	struct roster_account a = enrolled(r, 1), b = enrolled(r, 2);
	char body[64];

	snprintf(body, sizeof(body), "revoke %u", a.uid);
	append_line(body);
	snprintf(body, sizeof(body), "restore %u", b.uid);
	ck_assert_int_eq(roster_revoke(r, b.name), REASON_NONE);
	append_line(body);
	append_line("uid 65538 lostname");
	/* by the next change, here without opening it again */
	ck_assert_int_eq(enrolled(r, 3).uid, 65539);
	ck_assert_int_eq(login(card_of(1, 1, 20300101)), REASON_REVOKED);
	ck_assert_int_eq(login(card_of(2, 1, 20300101)), REASON_REVOKED);
	ck_assert_int_eq(sql_number("SELECT uid FROM given"
				    " WHERE name = 'lostname'"), 65538);
}
END_TEST

/* -- lines --------------------------------------------------------------- */

static enum result get(const char *body, struct mark *out)
{
	struct marks m;

	marks_init(&m);
	marks_add(&m, "%s", body);
	return mark_get(span_of(m.bytes, m.out.n - 1), out);
}

START_TEST(a_mark_reads_as_written)
{
	struct marks m;
	struct mark got;
	uint8_t tag[TAG_SIZE] = { 1, 2, 3 };

	ck_assert_int_eq(get("uid 65536 u.abc", &got), R_OK);
	ck_assert(got.word == MARK_UID && got.first && got.uid == 65536);
	ck_assert_str_eq(got.name, "u.abc");
	marks_init(&m);
	marks_add(&m, "out 65536");
	marks_block(&m, 70000, 3, tag, 20300101);
	ck_assert_int_eq(mark_get(span_of(m.bytes + 21, m.out.n - 22), &got),
			 R_OK);
	ck_assert(got.word == MARK_BLOCK && !got.first && got.uid == 70000 &&
		  got.epoch == 3 && got.expiry == 20300101);
	ck_assert_mem_eq(got.card_tag, tag, TAG_SIZE);
	ck_assert_int_eq(get("import 12", &got), R_OK);
	ck_assert(got.word == MARK_IMPORT && got.version == 12);
}
END_TEST

static const char *const bad[] = {
	"", "uid", "uid 65536", "uid 65536 ", "uid 65536 a b", "uid 1 a",
	"uid x a", "uid 065536 a", "uid 65536 a:b", "uid -1 a",
	"uid 4294967296 a", "block 65536 1 00 20300101",
	"block 65536 1 0102030405060708090a0b0c0d0e0f1g 20300101",
	"block 65536 1 0102030405060708090a0b0c0d0e0f10 100000000",
	"block 65536 1 0102030405060708090a0b0c0d0e0f10",
	"revoke", "revoke 65536 1", "revoked 65536", "import -1", "import 1x",
	"import 99999999999999999999", "import 9999999999999999999", "what 1",
};

START_TEST(a_bad_mark_is_refused)
{
	struct mark got = { .uid = 7 };

	ck_assert_int_eq(get(bad[_i], &got), R_MALFORMED);
	ck_assert_int_eq(got.uid, 7);
}
END_TEST

START_TEST(every_flipped_byte_is_seen)
{
	struct marks_header h;
	struct marks m;
	struct mark got;
	uint8_t head[128];
	struct sink s = SINK(head);

	marks_init(&m);
	marks_add(&m, "uid 65536 uabcdefg");
	for (size_t i = 0; i + 1 < m.out.n; i++) {
		m.bytes[i] ^= 0x04;
		ck_assert_int_eq(mark_get(span_of(m.bytes, m.out.n - 1), &got),
				 R_MALFORMED);
		m.bytes[i] ^= 0x04;
	}
	marks_header_put(&s, 0x0123456789abcdefu, 42);
	ck_assert_int_eq(marks_header_get(sink_span(&s), &h), R_OK);
	ck_assert(h.roster_id == 0x0123456789abcdefu && h.marks_id == 42 &&
		  h.n == s.n);
	for (size_t i = 0; i < s.n; i++) {
		head[i] ^= 0x04;
		ck_assert_int_eq(marks_header_get(sink_span(&s), &h),
				 R_MALFORMED);
		head[i] ^= 0x04;
		ck_assert_int_eq(marks_header_get(span_of(head, i), &h),
				 R_MALFORMED);
	}
}
END_TEST

static Suite *marks_suite(void)
{
	Suite *s = suite_create("roster/marks");
	TCase *t = tcase_create("marks");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, uid_and_name_are_not_given_again);
	tcase_add_test(t, blocked_card_stays_blocked);
	tcase_add_test(t, blocked_card_of_a_lost_account_is_not_enrolled);
	tcase_add_test(t, revoked_account_stays_revoked);
	tcase_add_test(t, a_lost_database_is_a_very_old_one);
	tcase_add_test(t, the_file_is_private_and_checked);
	tcase_add_test(t, opening_an_even_pair_writes_nothing);
	tcase_add_loop_test(t, lost_marks_are_written_anew, 0, 2);
	tcase_add_test(t, a_copy_older_than_the_file_reads_all_of_it);
	tcase_add_loop_test(t, a_line_that_was_being_written_is_cut_off, 0, 6);
	tcase_add_test(t, damage_before_a_whole_line_is_refused);
	tcase_add_test(t, marks_of_another_machine_are_refused);
	tcase_add_test(t, a_mark_without_its_commit_is_carried_out);
	tcase_add_test(t, a_mark_reads_as_written);
	tcase_add_loop_test(t, a_bad_mark_is_refused, 0,
			    (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(t, every_flipped_byte_is_seen);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(marks_suite)
