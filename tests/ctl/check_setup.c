// SPDX-License-Identifier: GPL-3.0-or-later
/* What setup is made of: ids, names, the file it writes, staged stores. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/setup.h"
#include "ctl/stage.h"
#include "ctl/users.h"

static char root[] = "/tmp/cnie-setup-XXXXXX";

static void make_root(void)
{
	strcpy(root, "/tmp/cnie-setup-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(setenv("CNIE_ROOT", root, 1), 0);
}

static void remove_root(void)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", root);
	ck_assert_int_eq(system(cmd), 0);
}

static const struct { const char *list; enum result want; } ids[] = {
	{ "card=1:2,inspect=3:4,face=5:6,sector=7:8", R_OK },
	{ "sector=7:8,face=5:6,inspect=3:4,card=1:2", R_OK },
	{ "", R_MALFORMED },
	{ "card=1:2,inspect=3:4,face=5:6", R_MALFORMED },
	{ "card=1:2,inspect=3:4,face=5:6,sector=7:8,", R_MALFORMED },
	{ "card=1:2,inspect=3:4,face=5:6,sector=7", R_MALFORMED },
	{ "card=1:2,inspect=3:4,face=5:6,sector=0:8", R_MALFORMED },
	{ "card=1:2,inspect=3:4,face=5:6,sector=7:0", R_MALFORMED },
	{ "card=1:2,inspect=3:4,face=5:6,sector=1:8", R_MALFORMED },
	{ "card=1:2,card=3:4,face=5:6,sector=7:8", R_MALFORMED },
	{ "card=1:2,inspect=3:4,face=5:6,sector=4294967295:8", R_MALFORMED },
	{ "card=1:2,inspect=3:4,face=5:6,sector=-7:8", R_MALFORMED },
	{ "card=1:2,inspect=3:4,face=5:6,other=7:8", R_MALFORMED },
};

START_TEST(ids_on_the_command_line)
{
	struct config_user u[HELPER_COUNT] = { 0 };

	ck_assert_int_eq(users_parse(ids[_i].list, u), ids[_i].want);
	if (ids[_i].want == R_OK) {
		ck_assert_uint_eq(u[HELPER_CARD].uid, 1);
		ck_assert_uint_eq(u[HELPER_SECTOR].gid, 8);
	} else {
		ck_assert_uint_eq(u[HELPER_CARD].uid, 0);
	}
}
END_TEST

START_TEST(written_configuration_is_read_back)
{
	struct setup s = { .urn = "urn:cnie:test:site", .profile = "uto",
			   .video_gid = 44, .epoch = 7, .previous_epoch = 6 };
	char text[2048], path[128];
	struct config_error e = { "" };
	struct config c;
	FILE *f;

	ck_assert_int_eq(users_parse(ids[0].list, s.users), R_OK);
	ck_assert_int_eq(setup_config(&s, text, sizeof(text)), R_OK);
	ck_assert_int_eq(setup_config(&s, text, 100), R_INTERNAL);
	ck_assert_int_eq(setup_config(&s, text, sizeof(text)), R_OK);
	snprintf(path, sizeof(path), "%s/cnie.conf", root);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	ck_assert_msg(config_read(path, &c, &e) == R_OK, "%s", e.text);
	ck_assert_str_eq(c.urn, s.urn);
	ck_assert_str_eq(c.profile, "uto");
	ck_assert_uint_eq(c.users[HELPER_FACE].gid, 6);
	ck_assert_uint_eq(c.video_gid, 44);
	ck_assert_uint_eq(c.epoch, 7);
	ck_assert_uint_eq(c.previous_epoch, 6);
}
END_TEST

static const struct {
	const char *files[5];
	uint32_t epoch, previous;
} keys[] = {
	{ { NULL }, 1, 0 },
	{ { "sector-1.key" }, 1, 0 },
	{ { "sector-3.key" }, 3, 0 },
	{ { "sector-3.key", "sector-4.key" }, 4, 3 },
	{ { "sector-10.cred", "sector-9.key", "sector-2.key" }, 10, 9 },
	{ { "sector-2.key", "sector-2.cred" }, 2, 0 },
	{ { "sector-5.key.new", "sector-6.backup", "sector-.key",
	    "sector-99999999999.key", "sector-x.key" }, 1, 0 },
};

/* However the folder is read. */
START_TEST(keys_that_are_there_give_the_epochs)
{
	struct setup s = { .epoch = 0 };
	char path[256], cmd[256];

	snprintf(cmd, sizeof(cmd), "mkdir -p '%s/var/lib/cnie/key'", root);
	ck_assert_int_eq(system(cmd), 0);
	for (size_t i = 0; i < 5 && keys[_i].files[i]; i++) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/var/lib/cnie/key/%s", root,
			 keys[_i].files[i]);
		f = fopen(path, "w");
		ck_assert_ptr_nonnull(f);
		fclose(f);
	}
	setup_epochs(&s);
	ck_assert_uint_eq(s.epoch, keys[_i].epoch);
	ck_assert_uint_eq(s.previous_epoch, keys[_i].previous);
}
END_TEST

START_TEST(names_that_would_break_a_file_are_refused)
{
	ck_assert(setup_urn_ok("urn:example:sector-1"));
	ck_assert(!setup_urn_ok(""));
	ck_assert(!setup_urn_ok("a b"));
	ck_assert(!setup_urn_ok("a;b"));
	ck_assert(!setup_urn_ok("a\nb"));
	ck_assert(!setup_urn_ok("a\xc3\xa9"));
	ck_assert(setup_profile_ok("cnie2"));
	ck_assert(!setup_profile_ok("../x"));
	ck_assert(!setup_profile_ok(""));
}
END_TEST

static void put(const char *dir, const char *name)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	fputs("x", f);
	fclose(f);
}

START_TEST(store_is_staged_and_moved)
{
	char from[64], stage[64], into[64], path[96];
	size_t copied = 0, passed = 0, fresh = 9;
	struct stat st;

	snprintf(from, sizeof(from), "%s/from", root);
	snprintf(stage, sizeof(stage), "%s/stage", root);
	snprintf(into, sizeof(into), "%s/into", root);
	ck_assert_int_eq(stage_store(from, stage, &copied, &passed),
			 R_ABSENT);
	mkdir(from, 0700);
	mkdir(into, 0755);
	put(from, "a.cer");
	put(from, "B.DER");
	put(from, "c.crl");
	put(from, "notes.txt");
	put(from, ".hidden.cer");
	put(into, "a.cer");
	snprintf(path, sizeof(path), "%s/link.pem", from);
	ck_assert_int_eq(symlink("/etc/shadow", path), 0);
	ck_assert_int_eq(stage_store(from, stage, &copied, &passed), R_OK);
	ck_assert_uint_eq(copied, 3);
	ck_assert_uint_eq(passed, 2);	/* the text, and the link */
	ck_assert_int_eq(stat(stage, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0755);
	ck_assert_int_eq(stage_move(stage, into, &fresh), R_OK);
	ck_assert_uint_eq(fresh, 2);
	ck_assert_int_ne(stat(stage, &st), 0);
	snprintf(path, sizeof(path), "%s/B.DER", into);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
}
END_TEST

/* A stage below /run/cnie of a process that was killed is swept away. */
START_TEST(stage_of_a_dead_process_is_removed)
{
	char path[128], file[192], mine[STAGE_PATH_MAX], byte = 'x';
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/run", root);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/run/cnie", root);
	mkdir(path, 0755);
	/* above the kernel's largest process id */
	snprintf(path, sizeof(path), "%s/run/cnie/ctl-2000000000", root);
	mkdir(path, 0755);
	put(path, "profile.conf");
	put(path, STAGE_SECRET);
	snprintf(file, sizeof(file), "%s/" STAGE_SECRET, path);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(stage_new(mine, sizeof(mine)), R_OK);
	/* a secret is overwritten before */
	ck_assert_int_eq(read(fd, &byte, 1), 1);
	ck_assert_int_eq(byte, 0);
	close(fd);
	ck_assert_int_eq(stat(mine, &st), 0);
	ck_assert_int_ne(stat(path, &st), 0);
	stage_remove(mine);
	ck_assert_int_ne(stat(mine, &st), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl setup");
	TCase *t = tcase_create("setup");

	tcase_add_checked_fixture(t, make_root, remove_root);
	tcase_add_loop_test(t, ids_on_the_command_line, 0,
			    sizeof(ids) / sizeof(ids[0]));
	tcase_add_test(t, written_configuration_is_read_back);
	tcase_add_loop_test(t, keys_that_are_there_give_the_epochs, 0,
			    sizeof(keys) / sizeof(keys[0]));
	tcase_add_test(t, names_that_would_break_a_file_are_refused);
	tcase_add_test(t, store_is_staged_and_moved);
	tcase_add_test(t, stage_of_a_dead_process_is_removed);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
