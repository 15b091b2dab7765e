/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Views that lie, through all that glibc calls: UNAVAIL or what is true, never
 * a crash, never an id that means something else. */
#include "support_nss.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"

#define PEOPLE 3
#define ROOM 2048
#define SUPERSEDED_BYTE (VIEW_SUPERSEDED + 3)

static uint8_t good[4096];	/* the view as it was written */
static size_t size;

static void setup(void)
{
	int fd;

	nss_setup();
	nss_write_listed(PEOPLE);
	fd = open(nss_view, O_RDONLY);
	ck_assert_int_ge(fd, 0);
	size = (size_t)read(fd, good, sizeof(good));
	close(fd);
	ck_assert_uint_gt(size, VIEW_HEADER);
	ck_assert_uint_lt(size, sizeof(good));
}

/* Another file in its place, and whoever has the old one mapped told so. */
static void put_view(const uint8_t *bytes, size_t n)
{
	static const uint8_t one = 1;
	int old = open(nss_view, O_WRONLY), fd;

	ck_assert(unlink(nss_view) == 0 || errno == ENOENT);
	fd = open(nss_view, O_WRONLY | O_CREAT | O_EXCL, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
	close(fd);
	if (old >= 0)
		ck_assert_int_eq(pwrite(old, &one, 1, SUPERSEDED_BYTE), 1);
	close(old);
}

/* -- everything that can be asked ---------------------------------- */

struct tally { unsigned int good, absent, unavailable; int error; };

static void note(struct tally *t, enum nss_status s, const int *e)
{
	if (s == NSS_STATUS_SUCCESS) {
		t->good++;
		return;
	}
	ck_assert_int_ne(*e, 0);
	if (s == NSS_STATUS_NOTFOUND) {
		t->absent++;
	} else {
		ck_assert_int_eq(s, NSS_STATUS_UNAVAIL);
		t->unavailable++;
		t->error = *e;
	}
}

static void inside(const void *p, const char *buf)
{
	ck_assert((const char *)p >= buf && (const char *)p < buf + ROOM);
}

static void note_passwd(struct tally *t, enum nss_status s, const int *e,
			const struct passwd *pw, const char *buf)
{
	note(t, s, e);
	if (s != NSS_STATUS_SUCCESS)
		return;
	ck_assert(view_id_ok(pw->pw_uid));
	ck_assert(view_primary_gid_ok(pw->pw_gid));
	ck_assert(view_name_ok(span_str(pw->pw_name)));
	ck_assert(view_path_ok(span_str(pw->pw_dir)));
	ck_assert(view_path_ok(span_str(pw->pw_shell)));
	ck_assert_str_eq(pw->pw_passwd, "*");
	ck_assert_str_eq(pw->pw_gecos, "");
	inside(pw->pw_name, buf);
	inside(pw->pw_dir, buf);
	inside(pw->pw_shell, buf);
}

static void note_group(struct tally *t, enum nss_status s, const int *e,
		       const struct group *gr, const char *buf)
{
	note(t, s, e);
	if (s != NSS_STATUS_SUCCESS)
		return;
	ck_assert(view_id_ok(gr->gr_gid));
	ck_assert(view_name_ok(span_str(gr->gr_name)));
	ck_assert_str_eq(gr->gr_passwd, "*");
	inside(gr->gr_mem, buf);
	for (char **m = gr->gr_mem; *m; m++) {
		ck_assert(view_name_ok(span_str(*m)));
		inside(*m, buf);
	}
}

static void ask_groups(struct tally *t, const char *name)
{
	long int start = 1, room = 1;
	gid_t *list = malloc(sizeof(gid_t));
	enum nss_status s;
	int e = 0;

	list[0] = 4711;
	s = nss.initgroups(name, 1, &start, &room, &list, 0, &e);
	note(t, s, &e);
	ck_assert_int_eq(list[0], 4711);
	ck_assert(start == 1 || s == NSS_STATUS_SUCCESS);
	for (long int i = 1; i < start; i++)
		ck_assert(view_id_ok(list[i]));
	free(list);
}

/* A view of so few can't be walked for ever, whatever it says of itself. */
static void enumerate(struct tally *t)
{
	struct passwd pw;
	struct group gr;
	char buf[ROOM];
	unsigned int n = 0;
	enum nss_status s;
	int e = 0;

	ck_assert_int_eq(nss.setpwent(0), NSS_STATUS_SUCCESS);
	do {
		s = nss.getpwent(&pw, buf, ROOM, &e);
		note_passwd(t, s, &e, &pw, buf);
		ck_assert_uint_lt(n++, sizeof(good) / 4);
	} while (s == NSS_STATUS_SUCCESS);
	ck_assert_int_eq(nss.endpwent(), NSS_STATUS_SUCCESS);
	ck_assert_int_eq(nss.setgrent(0), NSS_STATUS_SUCCESS);
	do {
		s = nss.getgrent(&gr, buf, ROOM, &e);
		note_group(t, s, &e, &gr, buf);
		ck_assert_uint_lt(n++, sizeof(good) / 4);
	} while (s == NSS_STATUS_SUCCESS);
	ck_assert_int_eq(nss.endgrent(), NSS_STATUS_SUCCESS);
}

static struct tally ask_all(void)
{
	static const char *const groups[] = { "cnie", "e0", "s0" };
	static const gid_t gids[] = { PEOPLE_GID, PEOPLE_ENTITY_GID,
				      PEOPLE_SITE_GID };
	struct tally t = { 0 };
	struct passwd pw;
	struct group gr;
	char name[16], buf[ROOM];
	int e = 0;

	for (uint32_t i = 0; i < PEOPLE; i++) {
		people_name(i, name);
		note_passwd(&t, nss.getpwnam(name, &pw, buf, ROOM, &e), &e, &pw,
			    buf);
		note_passwd(&t, nss.getpwuid(people_uid(i), &pw, buf, ROOM,
					     &e), &e, &pw, buf);
		ask_groups(&t, name);
	}
	for (int i = 0; i < 3; i++) {
		note_group(&t, nss.getgrnam(groups[i], &gr, buf, ROOM, &e), &e,
			   &gr, buf);
		note_group(&t, nss.getgrgid(gids[i], &gr, buf, ROOM, &e), &e,
			   &gr, buf);
	}
	enumerate(&t);
	return t;
}

#define GOOD (3 * PEOPLE + 6 + PEOPLE + 3)	/* of them with a good view */

static void expect_unavailable(int error)
{
	struct tally t = ask_all();

	ck_assert_uint_eq(t.good, 0);
	ck_assert_uint_eq(t.absent, 0);
	ck_assert_int_eq(t.error, error);
}

START_TEST(good_view_answers_all_of_it)
{
	struct tally t = ask_all();

	ck_assert_uint_eq(t.good, GOOD);
	ck_assert_uint_eq(t.absent, 2);		/* the two ends */
	ck_assert_uint_eq(t.unavailable, 0);
}
END_TEST

/* -- bytes --------------------------------------------------------- */

/* _i is 0: the bytes change below a mapping that was checked. 1: a view that
 * always says it is superseded is mapped and checked anew by every call; one
 * bit of each byte behind the header is enough there. */
START_TEST(any_byte_flipped_is_survived)
{
	int fd = open(nss_view, O_RDWR);
	unsigned int worse = 0;
	uint8_t one = (uint8_t)_i;

	ck_assert_int_ge(fd, 0);
	ck_assert_uint_eq(ask_all().good, GOOD);
	ck_assert_int_eq(pwrite(fd, &one, 1, SUPERSEDED_BYTE), 1);
	for (size_t i = 0; i < size; i++) {
		int bits = _i == 1 && i >= VIEW_HEADER ? 1 : 8;

		for (int bit = 0; bit < bits; bit++) {
			uint8_t bad = good[i] ^ (uint8_t)(1 << bit);

			if (i == SUPERSEDED_BYTE)
				continue;
			ck_assert_int_eq(pwrite(fd, &bad, 1, (off_t)i), 1);
			worse += ask_all().good < GOOD;
		}
		if (i != SUPERSEDED_BYTE)
			ck_assert_int_eq(pwrite(fd, &good[i], 1, (off_t)i), 1);
	}
	ck_assert_uint_gt(worse, size / 2);	/* they are read */
	ck_assert_uint_eq(ask_all().good, GOOD);
	close(fd);
}
END_TEST

START_TEST(truncated_at_any_length_is_unavailable)
{
	for (size_t n = 0; n < size; n++) {
		struct sink s = sink_of(good + 16, 8);

		put_view(good, n);
		expect_unavailable(EINVAL);
		sink_u64(&s, n);	/* even where the header says so: */
		put_view(good, n);	/* an index ends behind the file */
		expect_unavailable(EINVAL);
		s = sink_of(good + 16, 8);
		sink_u64(&s, size);
	}
	put_view(good, size);
	ck_assert_uint_eq(ask_all().good, GOOD);
}
END_TEST

struct change { size_t at; uint32_t word; };
static const struct change headers[] = {
	{ 0, 0x434e4946 },			/* another magic */
	{ 8, 0 }, { 8, 2 }, { 8, 0x01000000 },	/* older, newer versions */
	{ 12, 0 }, { 12, 3 },			/* flags: a list without, 2 */
	{ 16, 1 }, { 20, 0 },			/* size */
	{ 36, 0x7fffffff }, { 40, 0x7fffffff },	/* longer than the list */
	{ 44, 1 }, { 120, 1 }, { 124, 1 },
	{ 112, 1 }, { 116, 0 }, { 116, 4 },	/* where the list is */
	{ 116, 0xfffffff8 },
	{ 56, 0x7fffffff }, { 60, 0 }, { 60, 256 },
	{ 72, 0x7fffffff }, { 76, 0 }, { 88, 0 }, { 104, 0 },
};

START_TEST(header_that_is_not_ours_is_unavailable)
{
	struct sink s = sink_of(good + headers[_i].at, 4);

	ck_assert_uint_eq(ask_all().good, GOOD);
	sink_u32(&s, headers[_i].word);
	put_view(good, size);
	expect_unavailable(EINVAL);
}
END_TEST

START_TEST(foreign_file_is_unavailable)
{
	static const char *const texts[] = {
		"", "CNIEVIEW", "root:x:0:0:root:/root:/bin/bash\n",
	};
	uint8_t bytes[4096] = { 0 };

	for (size_t i = 0; i < 3; i++) {
		memcpy(bytes, texts[i], strlen(texts[i]) + 1);
		put_view(bytes, strlen(texts[i]));
		expect_unavailable(EINVAL);
		put_view(bytes, sizeof(bytes));
		expect_unavailable(EINVAL);
	}
}
END_TEST

/* -- the file ------------------------------------------------------ */

START_TEST(file_that_others_may_write_is_unavailable)
{
	static const mode_t modes[] = { 0664, 0646, 0666, 0777 };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		put_view(good, size);
		ck_assert_int_eq(chmod(nss_view, modes[i]), 0);
		expect_unavailable(EACCES);
	}
}
END_TEST

START_TEST(file_of_somebody_else_is_unavailable)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(nss_view, 1000, 0), 0);
	expect_unavailable(EACCES);
}
END_TEST

START_TEST(what_is_no_regular_file_is_unavailable)
{
	char other[160];

	snprintf(other, sizeof(other), "%s.other", nss_view);
	ck_assert_int_eq(rename(nss_view, other), 0);
	ck_assert_int_eq(symlink(other, nss_view), 0);
	expect_unavailable(EACCES);
	ck_assert_int_eq(unlink(nss_view), 0);
	ck_assert_int_eq(mkfifo(nss_view, 0644), 0);
	expect_unavailable(EACCES);	/* and nobody waits for a writer */
	ck_assert_int_eq(unlink(nss_view), 0);
	ck_assert_int_eq(mkdir(nss_view, 0755), 0);
	expect_unavailable(EACCES);
	ck_assert_int_eq(rmdir(nss_view), 0);
	ck_assert_int_eq(rename(other, nss_view), 0);
	ck_assert_uint_eq(ask_all().good, GOOD);
}
END_TEST

/* -- ids that mean something else ---------------------------------- */

/* The view of one person; both records and their ids, and an index in which
 * every key leads to one record. */
struct forged { size_t account, group; };

static uint32_t word_at(size_t at)
{
	struct span s = span_of(good + at, 4);
	uint32_t v = 0;

	ck_assert_int_eq(span_u32(&s, &v), R_OK);
	return v;
}

static void set_word(size_t at, uint32_t v)
{
	struct sink s = sink_of(good + at, 4);

	sink_u32(&s, v);
}

static void lead_all_to(size_t index, uint32_t hash, size_t record)
{
	size_t at = word_at(index + 4);		/* files here are small */
	uint32_t slots = word_at(index + 8);

	set_word(index + 12, slots);
	for (uint32_t i = 0; i < slots; i++) {
		set_word(at + 8 * i, hash);
		set_word(at + 8 * i + 4, (uint32_t)(record / 8));
	}
}

static struct forged one_person(void)
{
	struct forged f = { VIEW_HEADER, 0 };
	int fd;

	nss_write_listed(1);
	fd = open(nss_view, O_RDONLY);
	size = (size_t)read(fd, good, sizeof(good));
	close(fd);
	f.group = 8 * word_at(word_at(116) + 4);
	ck_assert_uint_eq(word_at(f.account), people_uid(0));
	ck_assert_uint_eq(word_at(f.group), PEOPLE_GID);
	return f;
}

enum where { AS_UID, AS_PRIMARY, AS_MEMBERSHIP, AS_GROUP, WHERES };

static void forge(enum where where, uint32_t id)
{
	struct forged f = one_person();

	switch (where) {
	case AS_UID:
		set_word(f.account, id);
		lead_all_to(64, view_hash_id(id), f.account);
		break;
	case AS_PRIMARY:
		set_word(f.account + 4, id);
		break;
	case AS_MEMBERSHIP:
		set_word(f.account + 20 + 4, id);
		break;
	case AS_GROUP:
	case WHERES:
		set_word(f.group, id);
		lead_all_to(96, view_hash_id(id), f.group);
		break;
	}
	put_view(good, size);
}

/* Whether anything at all answers with what was forged. */
static unsigned int answers(enum where where, uint32_t id)
{
	struct tally t = { 0 };
	struct passwd pw;
	struct group gr;
	char name[16], buf[ROOM];
	int e = 0;

	people_name(0, name);
	switch (where) {
	case AS_UID:
		note(&t, nss.getpwuid(id, &pw, buf, ROOM, &e), &e);
		/* fall through */
	case AS_PRIMARY:
		note(&t, nss.getpwnam(name, &pw, buf, ROOM, &e), &e);
		nss.setpwent(0);
		note(&t, nss.getpwent(&pw, buf, ROOM, &e), &e);
		/* fall through */
	case AS_MEMBERSHIP:
		ask_groups(&t, name);
		break;
	case AS_GROUP:
	case WHERES:
		note(&t, nss.getgrgid(id, &gr, buf, ROOM, &e), &e);
		note(&t, nss.getgrnam("cnie", &gr, buf, ROOM, &e), &e);
		nss.setgrent(0);
		note(&t, nss.getgrent(&gr, buf, ROOM, &e), &e);
		break;
	}
	return t.good;
}

START_TEST(ids_that_mean_something_else_are_never_answered)
{
	static const uint32_t bad[] = { 0, 65534, 65535, UINT32_MAX,
					UINT32_MAX - 1, INT32_MAX, 1u << 31 };
	static const uint32_t low[] = { 1, 100, 999 };
	static const unsigned int all[WHERES] = { 4, 3, 1, 3 };
	enum where where = (enum where)_i;

	forge(where, 70123);
	ck_assert_uint_eq(answers(where, 70123), all[where]);
	for (size_t i = 0; i < sizeof(bad) / 4; i++) {
		forge(where, bad[i]);
		ck_assert_uint_eq(answers(where, bad[i]), 0);
	}
	for (size_t i = 0; i < sizeof(low) / 4; i++) {
		forge(where, low[i]);	/* a system's group may be primary */
		ck_assert_uint_eq(answers(where, low[i]),
				  where == AS_PRIMARY ? all[where] : 0);
	}
}
END_TEST

static Suite *hostile_suite(void)
{
	Suite *s = suite_create("nss_cnie/hostile");
	TCase *t = tcase_create("hostile");

	tcase_add_checked_fixture(t, setup, nss_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, good_view_answers_all_of_it);
	tcase_add_loop_test(t, any_byte_flipped_is_survived, 0, 2);
	tcase_add_test(t, truncated_at_any_length_is_unavailable);
	tcase_add_loop_test(t, header_that_is_not_ours_is_unavailable, 0,
			    (int)(sizeof(headers) / sizeof(headers[0])));
	tcase_add_test(t, foreign_file_is_unavailable);
	tcase_add_test(t, file_that_others_may_write_is_unavailable);
	tcase_add_test(t, file_of_somebody_else_is_unavailable);
	tcase_add_test(t, what_is_no_regular_file_is_unavailable);
	tcase_add_loop_test(t, ids_that_mean_something_else_are_never_answered,
			    0, WHERES);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(hostile_suite)
