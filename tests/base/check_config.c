// SPDX-License-Identifier: GPL-3.0-or-later
/* Needs root: the readers take files of root only. */
#include "check_main.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"

#define USERS "[users]\ncard=801:901\ninspect=802:902\nface=803:903\n" \
	      "sector=804:904\n"
#define SECTOR "[sector]\nurn=urn:test:sector\n"
#define GOOD SECTOR USERS		/* 7 lines */

static char dir[64], path[96];
static struct config_error error;

static void setup(void)
{
	strcpy(dir, "/tmp/cnie-config-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.conf", dir);
}

static void teardown(void)
{
	unlink(path);
	rmdir(dir);
}

static void put_bytes(const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, n), (ssize_t)n);
	ck_assert_int_eq(fchmod(fd, 0644), 0);
	close(fd);
}

static enum result config_of(const char *text, struct config *c)
{
	put_bytes(text, strlen(text));
	return config_read(path, c, &error);
}

/* "PATH:LINE: what", or "PATH: what" of no line; `what` begins as wanted. */
static void assert_says(const char *text, int line, const char *what)
{
	char want[400], at[16] = "";

	snprintf(at, sizeof(at), line ? ":%d" : "%.0d", line);
	snprintf(want, sizeof(want), "%s%s: %s", path, at, what);
	ck_assert_msg(!strncmp(error.text, want, strlen(want)),
		      "%s\nwanted: %s\nsaid:   %s", text, want, error.text);
}

START_TEST(the_shortest_good_file_and_its_defaults)
{
	struct config c;

	ck_assert_int_eq(config_of(GOOD, &c), R_OK);
	ck_assert_str_eq(c.urn, "urn:test:sector");
	ck_assert_str_eq(c.name_prefix, "u");
	ck_assert(c.epoch == 1 && c.uid_min == 65536 && c.uid_max == 99999);
	ck_assert_str_eq(c.home_dir, "/home");
	ck_assert(!strcmp(c.shell, "/bin/bash") && !strcmp(c.profile, "cnie2"));
	ck_assert(c.users[HELPER_CARD].uid == 801 &&
		  c.users[HELPER_CARD].gid == 901);
	ck_assert(c.users[HELPER_SECTOR].uid == 804 &&
		  c.users[HELPER_SECTOR].gid == 904);
	ck_assert(c.card_wait_s == 20 && c.login_s == 60 &&
		  c.helper_s == 15 && c.fmr_e6 == 100);
	ck_assert(config_list_has(c.greeters, "gdm-password"));
	ck_assert(!config_list_has(c.greeters, "sshd") &&
		  !config_list_has(c.greeters, "su"));
	ck_assert_str_eq(c.services, "");
}
END_TEST

START_TEST(every_key_is_taken)
{
	struct config c;

	ck_assert_int_eq(config_of("; a comment\n# another\n"
		"[sector]\nurn = urn:a:b\nepoch=7\nname_prefix=agent\n"
		"uid_min=70000\nuid_max=70009\ngroup=staff1\ngroup_gid=70000\n"
		"home_dir=/srv/home\nshell=/bin/sh\n" USERS "video_gid=44\n"
		"[login]\nprofile=pilot\ngreeters=g1 g2\nlockers=l1\n"
		"services=sudo su\ncard_wait_s=1\nlogin_s=2\nhelper_s=3\n"
		"[reader]\nname=Reader 1\nignore=Virtual\n"
		"[face]\ncamera=/dev/video2\nmodels_dir=/m\nfmr=1e-3\n", &c),
		R_OK);
	ck_assert_str_eq(c.urn, "urn:a:b");
	ck_assert(c.epoch == 7 && c.uid_min == 70000 && c.uid_max == 70009);
	ck_assert_str_eq(c.name_prefix, "agent");
	ck_assert_str_eq(c.group, "staff1");
	ck_assert(c.group_gid == 70000 && c.video_gid == 44);
	ck_assert_str_eq(c.home_dir, "/srv/home");
	ck_assert_str_eq(c.shell, "/bin/sh");
	ck_assert_str_eq(c.profile, "pilot");
	ck_assert_str_eq(c.greeters, "g1 g2");
	ck_assert_str_eq(c.lockers, "l1");
	ck_assert_str_eq(c.services, "sudo su");
	ck_assert(c.card_wait_s == 1 && c.login_s == 2 && c.helper_s == 3 &&
		  c.fmr_e6 == 1000);
	ck_assert(!strcmp(c.reader, "Reader 1") && !strcmp(c.ignore, "Virtual"));
	ck_assert_str_eq(c.camera, "/dev/video2");
	ck_assert_str_eq(c.models_dir, "/m");
}
END_TEST

static const struct { const char *text; int line; const char *what; } bad[] = {
	{ "", 0, "[sector] urn: missing" },
	{ SECTOR "[users]\ncard=8:9\ninspect=8:9\nface=7:7\nsector=6:6\n", 0,
	  "[users]: card, inspect, face and sector need" },
	{ SECTOR "[users]\ncard=8:9\ninspect=70000:9\nface=7:7\nsector=6:6\n", 0,
	  "[users]: a helper's uid lies in" },
	{ USERS, 0, "[sector] urn: missing" },
	{ SECTOR, 0, "[users]: one of card" },
	{ SECTOR "[users]\ncard=1:1\ninspect=2:2\nface=3:3\n", 0, "[users]: one" },
	{ GOOD "colour=red\n", 8, "[users] colour: unknown key" },
	{ GOOD "[colour]\nred=1\n", 9, "[colour] red: unknown key" },
	{ GOOD "urn=x\n", 8, "[users] urn: unknown key" },
	{ GOOD "just words\n", 8, "not a section, key or comment" },
	{ GOOD "[login\n", 8, "not a section, key or comment" },
	{ GOOD "nonsense\n[login]\nx=1\n", 8, "not a section" },
	{ GOOD "[login]\nx=1\nnonsense\n", 9, "[login] x: unknown key" },
	{ "urn=first\n" GOOD, 1, "[] urn: unknown key" },
	{ GOOD "[sector]\nurn=again\n", 9, "[sector] urn: set twice" },
	{ GOOD "[login]\ngreeters=a b\n c d\n", 10, "[login] greeters: set twice" },
	{ SECTOR "[users]\ncard=0:1\n", 4, "[users] card: bad value" },
	{ SECTOR "[users]\ncard=1:0\n", 4, "[users] card: bad value" },
	{ SECTOR "[users]\ncard=1\n", 4, "[users] card: bad value" },
	{ SECTOR "[users]\ncard=:1\n", 4, "[users] card: bad value" },
	{ SECTOR "[users]\ncard=1:\n", 4, "[users] card: bad value" },
	{ SECTOR "[users]\ncard=root:root\n", 4, "[users] card: bad value" },
	{ SECTOR "[users]\ncard=-1:1\n", 4, "[users] card: bad value" },
	{ SECTOR "[users]\ncard=4294967296:1\n", 4, "[users] card: bad value" },
	{ SECTOR "[users]\ncard=1:2:3\n", 4, "[users] card: bad value" },
	{ SECTOR "epoch=\n", 3, "[sector] epoch: bad value" },
	{ SECTOR "epoch=one\n", 3, "[sector] epoch: bad value" },
	{ SECTOR "epoch=-1\n", 3, "[sector] epoch: bad value" },
	{ SECTOR "epoch=0x10\n", 3, "[sector] epoch: bad value" },
	{ SECTOR "epoch=4294967296\n", 3, "[sector] epoch: bad value" },
	{ SECTOR "epoch=99999999999\n", 3, "[sector] epoch: bad value" },
	{ SECTOR "epoch=0\n" USERS, 0, "[sector] epoch: 1 or more" },
	{ SECTOR "uid_min=999\n" USERS, 0, "[sector] uid_min, uid_max" },
	{ SECTOR "uid_min=0\nuid_max=0\n" USERS, 0, "[sector] uid_min" },
	{ SECTOR "uid_min=99999\nuid_max=65536\n" USERS, 0, "[sector] uid_min" },
	{ SECTOR "uid_max=2147352576\n" USERS, 0, "[sector] uid_min, uid_max" },
	{ SECTOR "uid_max=4294967295\n" USERS, 0, "[sector] uid_min, uid_max" },
	{ SECTOR "uid_min=60000\n" USERS, 0, "[sector] uid_min, uid_max" },
	{ SECTOR "uid_min=60000\nuid_max=65534\n" USERS, 0, "[sector] uid_min" },
	{ SECTOR "uid_min=65535\n" USERS, 0, "[sector] uid_min, uid_max" },
	{ SECTOR "name_prefix=ninechars\n", 3, "[sector] name_prefix: bad" },
	{ SECTOR "name_prefix=\n" USERS, 0, "[sector] name_prefix" },
	{ SECTOR "name_prefix=1u\n" USERS, 0, "[sector] name_prefix" },
	{ SECTOR "name_prefix=-u\n" USERS, 0, "[sector] name_prefix" },
	{ SECTOR "name_prefix=a/b\n" USERS, 0, "[sector] name_prefix" },
	{ SECTOR "name_prefix=Ab\n" USERS, 0, "[sector] name_prefix" },
	{ SECTOR "home_dir=home\n" USERS, 0, "[sector] home_dir, shell" },
	{ SECTOR "home_dir=/h:x\n" USERS, 0, "[sector] home_dir, shell" },
	{ SECTOR "shell=bash\n" USERS, 0, "[sector] home_dir, shell" },
	{ SECTOR "shell=/bin/x:y\n" USERS, 0, "[sector] home_dir, shell" },
	{ GOOD "[login]\nprofile=a-name-longer-than-its-thirty-two\n", 9,
	  "[login] profile: bad value" },
	{ GOOD "[login]\nlogin_s=0\n", 0, "[login] card_wait_s" },
	{ GOOD "[login]\nlogin_s=601\n", 0, "[login] card_wait_s" },
	{ GOOD "[login]\nhelper_s=0\n", 0, "[login] card_wait_s" },
	{ GOOD "[login]\nhelper_s=601\n", 0, "[login] card_wait_s" },
	{ GOOD "[login]\ncard_wait_s=601\n", 0, "[login] card_wait_s" },
	{ GOOD "[face]\nfmr=\n", 9, "[face] fmr: bad value" },
	{ GOOD "[face]\nfmr=2e-3\n", 9, "[face] fmr: bad value" },
	{ GOOD "[face]\nfmr=1\n", 9, "[face] fmr: bad value" },
	{ GOOD "[face]\nfmr=0\n", 9, "[face] fmr: bad value" },
	{ GOOD "[face]\nfmr=-1e-4\n", 9, "[face] fmr: bad value" },
	{ GOOD "[face]\nfmr=1e-7\n", 9, "[face] fmr: bad value" },
	{ GOOD "[face]\nfmr=nan\n", 9, "[face] fmr: bad value" },
	{ GOOD "[face]\nfmr=inf\n", 9, "[face] fmr: bad value" },
	{ GOOD "[face]\nfmr=1e-4x\n", 9, "[face] fmr: bad value" },
};

START_TEST(each_error_names_file_line_and_what)
{
	struct config c, before;

	memset(&c, 0x33, sizeof(c));
	before = c;
	ck_assert_msg(config_of(bad[_i].text, &c) == R_MALFORMED, "%s",
		      bad[_i].text);
	assert_says(bad[_i].text, bad[_i].line, bad[_i].what);
	ck_assert_mem_eq(&c, &before, sizeof(c));
}
END_TEST

START_TEST(a_line_is_never_cut_silently)
{
	char text[600];
	struct config c;

	for (size_t n = 180; n < 500; n += n < 210 ? 1 : 50) {
		int at = sprintf(text, "%s[login]\ngreeters=", GOOD);
		enum result r;

		/* words, so that inih's second half would begin with a space */
		for (size_t i = 0; i < n - strlen("greeters="); i++)
			text[at++] = i % 3 ? 'g' : ' ';
		strcpy(text + at, "g\nlogin_s=9\n");
		r = config_of(text, &c);
		if (n + 1 <= 198) {
			ck_assert_int_eq(r, R_OK);
			ck_assert_uint_eq(c.login_s, 9);
			continue;
		}
		ck_assert_msg(r == R_MALFORMED, "%zu characters", n + 1);
		assert_says(text, 9, "longer than 198 characters");
	}
}
END_TEST

START_TEST(a_nul_byte_does_not_end_the_file_silently)
{
	static const char text[] = GOOD "[login]\n\0profile=evil\n";
	struct config c;

	put_bytes(text, sizeof(text) - 1);
	ck_assert_int_eq(config_read(path, &c, &error), R_MALFORMED);
	assert_says(text, 9, "holds a NUL byte");
}
END_TEST

START_TEST(a_file_too_large_is_refused)
{
	static char text[64 * 1024 + 2];
	struct config c;

	memset(text, '\n', sizeof(text));
	memcpy(text, GOOD, strlen(GOOD));
	put_bytes(text, 64 * 1024);
	ck_assert_int_eq(config_read(path, &c, &error), R_OK);
	put_bytes(text, 64 * 1024 + 1);
	ck_assert_int_eq(config_read(path, &c, &error), R_MALFORMED);
	assert_says("64 KiB", 0, "larger than 64 KiB");
}
END_TEST

START_TEST(no_file_is_absent)
{
	struct config c;

	ck_assert_int_eq(config_read(path, &c, &error), R_ABSENT);
	assert_says("(none)", 0, "no such file");
}
END_TEST

START_TEST(a_file_others_may_write_is_denied)
{
	struct config c;

	put_bytes(GOOD, strlen(GOOD));
	ck_assert_int_eq(chmod(path, 0664), 0);
	ck_assert_int_eq(config_read(path, &c, &error), R_DENIED);
	assert_says("mode 0664", 0, "must be a regular file of root");
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(config_read(path, &c, &error), R_OK);
	ck_assert_int_eq(chown(path, 65533, 0), 0);
	ck_assert_int_eq(config_read(path, &c, &error), R_DENIED);
}
END_TEST

/* -- profiles ------------------------------------------------------------------ */

#define PROFILE "[profile]\nstate=MAR\ncountry=MA\ndocument_codes=ID,I\n" \
		"number_regex=[A-Z]{1,2}[0-9]{1,7}\n"	/* 5 lines */

static enum result profile_of(const char *text, struct msg_inspect_config *c)
{
	put_bytes(text, strlen(text));
	return config_read_profile(path, c, &error);
}

START_TEST(a_profile_and_its_careful_defaults)
{
	struct msg_inspect_config c = { .mode = INSPECT_ONLY,
					.csca_dir = "/csca" };

	ck_assert_int_eq(profile_of(PROFILE, &c), R_OK);
	ck_assert_str_eq(c.state, "MAR");
	ck_assert_str_eq(c.country, "MA");
	ck_assert_str_eq(c.document_codes, "ID,I");
	ck_assert_str_eq(c.number_regex, "[A-Z]{1,2}[0-9]{1,7}");
	ck_assert_str_eq(c.aid, "A0000002471001");
	ck_assert_uint_eq(c.flags, PROFILE_REQUIRE_CHIP_PROOF |
			  PROFILE_NUMBER_IN_OPTIONAL1);
	ck_assert_uint_gt(c.file_max, 25 * 1024);
	ck_assert_uint_lt(c.file_max, WIRE_PORTRAIT_MAX);
	ck_assert_uint_eq(c.mode, INSPECT_ONLY);	/* not the file's */
	ck_assert_str_eq(c.csca_dir, "/csca");
}
END_TEST

START_TEST(a_profile_can_choose_field_and_proof)
{
	struct msg_inspect_config c = { 0 };

	ck_assert_int_eq(profile_of(PROFILE "number=document\nbac=yes\n"
		"password=mrz\nrequire_chip_proof=no\naid=A000\n", &c), R_OK);
	ck_assert_uint_eq(c.flags, PROFILE_NUMBER_IN_DOCUMENT |
			  PROFILE_BAC | PROFILE_PASSWORD_MRZ);
	ck_assert_str_eq(c.aid, "A000");
	ck_assert_int_eq(profile_of(PROFILE "number=optional1\nbac=no\n", &c),
			 R_OK);
	ck_assert_uint_eq(c.flags, PROFILE_NUMBER_IN_OPTIONAL1 |
			  PROFILE_REQUIRE_CHIP_PROOF);
}
END_TEST

static const struct { const char *text; int line; const char *what; }
bad_profiles[] = {
	{ "", 0, "[profile]: state" },
	{ "[profile]\nstate=MAR\ncountry=MA\ndocument_codes=ID\n", 0,
	  "[profile]: state" },
	{ "[profile]\nstate=MAR\ncountry=MA\nnumber_regex=x\n", 0,
	  "[profile]: state" },
	{ PROFILE "require_chip_proof=maybe\n", 6,
	  "[profile] require_chip_proof: bad value" },
	{ PROFILE "require_chip_proof=\n", 6,
	  "[profile] require_chip_proof: bad value" },
	{ PROFILE "bac=1\n", 6, "[profile] bac: bad value" },
	{ PROFILE "number=dg12\n", 6, "[profile] number: bad value" },
	{ PROFILE "mode=2\n", 6, "[profile] mode: unknown key" },
	{ PROFILE "csca_dir=/tmp\n", 6, "[profile] csca_dir: unknown key" },
	{ PROFILE "state=UTO\n", 6, "[profile] state: set twice" },
	{ "[profile]\nstate=MARO\n", 2, "[profile] state: bad value" },
	{ "[profile]\ncountry=MAR\n", 2, "[profile] country: bad value" },
	{ GOOD, 2, "[sector] urn: unknown key" },
};

START_TEST(a_bad_profile_is_refused_and_changes_nothing)
{
	struct msg_inspect_config c, before;

	memset(&c, 0, sizeof(c));
	c.mode = 3;
	before = c;
	ck_assert_int_eq(profile_of(bad_profiles[_i].text, &c), R_MALFORMED);
	assert_says(bad_profiles[_i].text, bad_profiles[_i].line,
		    bad_profiles[_i].what);
	ck_assert_mem_eq(&c, &before, sizeof(c));
}
END_TEST

/* -- authorisation ------------------------------------------------------------- */

#define AUTH_DATES(from, until) "[authorisation]\n" \
	"controller=Synthetic office\npurpose=test\nreference=T-1\n" \
	"contact=dpo@example.invalid\nsites=desk1 desk2\n" \
	"not_before=" from "\nnot_after=" until "\n"	/* 8 lines */
#define AUTH AUTH_DATES("2026-01-01", "2026-12-31")

static enum result auth_of(const char *text, struct authorisation *a)
{
	put_bytes(text, strlen(text));
	return config_read_authorisation(path, a, &error);
}

START_TEST(an_authorisation_asks_for_face_and_code_unless_it_says_otherwise)
{
	struct authorisation a;

	ck_assert_int_eq(auth_of(AUTH, &a), R_OK);
	ck_assert_str_eq(a.controller, "Synthetic office");
	ck_assert_str_eq(a.purpose, "test");
	ck_assert_str_eq(a.reference, "T-1");
	ck_assert_str_eq(a.contact, "dpo@example.invalid");
	ck_assert_str_eq(a.sites, "desk1 desk2");
	ck_assert_uint_eq(a.not_before, 20260101);
	ck_assert_uint_eq(a.not_after, 20261231);
	ck_assert_int_eq(a.assurance, ASSURANCE_FACE_CODE);
	ck_assert_int_eq(auth_of(AUTH "assurance=face+code\n", &a), R_OK);
	ck_assert_int_eq(a.assurance, ASSURANCE_FACE_CODE);
	ck_assert_int_eq(auth_of(AUTH "assurance=face\nreport=R 7\n", &a),
			 R_OK);
	ck_assert_int_eq(a.assurance, ASSURANCE_FACE);
	ck_assert_str_eq(a.report, "R 7");
}
END_TEST

static const struct { const char *text; int line; const char *what; }
bad_auths[] = {
	{ "", 0, "[authorisation]: controller" },
	{ "[authorisation]\ncontroller=x\n", 0, "[authorisation]: controller" },
	{ AUTH "assurance=face\n", 0, "[authorisation] assurance = face needs" },
	{ AUTH "assurance=code\n", 9, "[authorisation] assurance: bad value" },
	{ AUTH "assurance=\n", 9, "[authorisation] assurance: bad value" },
	{ AUTH "signature=x\n", 9, "[authorisation] signature: unknown key" },
	{ AUTH "not_after=2030-01-01\n", 9, "[authorisation] not_after: set" },
	{ AUTH_DATES("2026-06-02", "2026-06-01"), 0,
	  "[authorisation] not_after is before not_before" },
};

START_TEST(a_bad_authorisation_is_refused)
{
	struct authorisation a = { .not_before = 7 };

	ck_assert_int_eq(auth_of(bad_auths[_i].text, &a), R_MALFORMED);
	assert_says(bad_auths[_i].text, bad_auths[_i].line,
		    bad_auths[_i].what);
	ck_assert_uint_eq(a.not_before, 7);
}
END_TEST

static const char *const bad_dates[] = {
	"", "2026", "2026-1-1", "2026-01-1", "26-01-01", "2026/01/01",
	"20260101", "2026-01-01 ", "2026-00-01", "2026-13-01", "2026-01-00",
	"2026-01-32", "2026-04-31", "2026-02-29", "2100-02-29", "2026-01-0a",
	"-026-01-01", "+026-01-01", "2026-+1-01", "2026- 1-01", "2026-01--1",
	"2026-01-01T", "12026-01-01", "today",
};

START_TEST(a_date_that_is_none_is_refused)
{
	struct authorisation a;
	char text[512];

	snprintf(text, sizeof(text), "[authorisation]\nnot_before=%s\n",
		 bad_dates[_i]);
	/* a value's trailing space is not the reader's to see */
	if (!strcmp(bad_dates[_i], "2026-01-01 ")) {
		ck_assert_int_eq(auth_of(text, &a), R_MALFORMED);
		assert_says(text, 0, "[authorisation]: controller");
		return;
	}
	ck_assert_int_eq(auth_of(text, &a), R_MALFORMED);
	assert_says(text, 2, "[authorisation] not_before: bad value");
}
END_TEST

START_TEST(days_that_exist_are_taken)
{
	struct authorisation a;

	ck_assert_int_eq(auth_of(AUTH_DATES("2024-02-29", "2024-02-29"), &a),
			 R_OK);
	ck_assert_uint_eq(a.not_before, 20240229);
	ck_assert_int_eq(auth_of(AUTH_DATES("2000-02-29", "2026-12-31"), &a),
			 R_OK);
}
END_TEST

START_TEST(a_list_has_words_not_parts_of_words)
{
	ck_assert(config_list_has("gdm login  xdm", "gdm"));
	ck_assert(config_list_has("gdm login  xdm", "login"));
	ck_assert(config_list_has("gdm login  xdm", "xdm"));
	ck_assert(config_list_has("  xdm", "xdm"));
	ck_assert(!config_list_has("gdm login xdm", "dm"));
	ck_assert(!config_list_has("gdm login xdm", "log"));
	ck_assert(!config_list_has("gdm login xdm", "logins"));
	ck_assert(!config_list_has("gdm login xdm", ""));
	ck_assert(!config_list_has("gdm login xdm", " "));
	ck_assert(!config_list_has("", "gdm"));
	ck_assert(!config_list_has("", ""));
}
END_TEST

#define LOOP(t, fn, table) \
	tcase_add_loop_test(t, fn, 0, (int)(sizeof(table) / sizeof(table[0])))

static Suite *config_suite(void)
{
	const TTest *const each[] = {
		the_shortest_good_file_and_its_defaults, every_key_is_taken,
		a_line_is_never_cut_silently, no_file_is_absent,
		a_nul_byte_does_not_end_the_file_silently,
		a_file_too_large_is_refused, a_file_others_may_write_is_denied,
		a_profile_and_its_careful_defaults, days_that_exist_are_taken,
		a_profile_can_choose_field_and_proof,
		an_authorisation_asks_for_face_and_code_unless_it_says_otherwise,
		a_list_has_words_not_parts_of_words,
	};
	Suite *s = suite_create("config");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		tcase_add_test(t, each[i]);
	LOOP(t, each_error_names_file_line_and_what, bad);
	LOOP(t, a_bad_profile_is_refused_and_changes_nothing, bad_profiles);
	LOOP(t, a_bad_authorisation_is_refused, bad_auths);
	LOOP(t, a_date_that_is_none_is_refused, bad_dates);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(config_suite)
