// SPDX-License-Identifier: GPL-3.0-or-later
/* doctor's reading of other people's files, and what it makes of them. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/doctor.h"

static const struct { const char *text; enum nss_place want; } nss[] = {
	{ "passwd: files cnie\n", NSS_AFTER_FILES },
	{ "passwd:\t\tfiles systemd cnie", NSS_AFTER_FILES },
	{ "passwd:files cnie", NSS_AFTER_FILES },
	{ " passwd : compat cnie\n", NSS_AFTER_FILES },
	{ "passwd: files [NOTFOUND=continue UNAVAIL=continue] cnie\n",
	  NSS_AFTER_FILES },
	{ "passwd: cnie files\n", NSS_FIRST },
	{ "passwd: cnie\n", NSS_FIRST },
	{ "passwd: files # cnie\n", NSS_MISSING },
	{ "# passwd: files cnie\n", NSS_MISSING },
	{ "passwd: files cnie2\n", NSS_MISSING },
	{ "passwd_compat: files cnie\n", NSS_MISSING },
	{ "group: files cnie\n", NSS_MISSING },
	{ "passwd: files\npasswd: files cnie\n", NSS_MISSING },
	{ "group: files\n\npasswd: files cnie", NSS_AFTER_FILES },
	{ "passwd:", NSS_MISSING },
	{ "", NSS_MISSING },
};

START_TEST(nsswitch_line)
{
	ck_assert_msg(nsswitch_place(nss[_i].text, "passwd", "cnie") ==
		      nss[_i].want, "%s", nss[_i].text);
}
END_TEST

static const struct { const char *text; bool reach; } groups[] = {
	{ "passwd: files cnie\ngroup: files cnie\n", true },
	{ "initgroups: files [SUCCESS=continue] cnie\n", true },
	{ "initgroups: files [success=continue NOTFOUND=return] cnie", true },
	{ "initgroups: a [SUCCESS=merge] b [SUCCESS=continue] cnie c", true },
	{ "initgroups: cnie files\n", true },
	{ "initgroups: files cnie\n", false },
	{ "initgroups: a [SUCCESS=continue] b cnie\n", false },
	{ "initgroups: a b [SUCCESS=continue] cnie\n", false },
	{ "initgroups: files [NOTFOUND=continue] cnie\n", false },
	{ "initgroups: files\n", false },
	{ "initgroups:\n", false },
};

START_TEST(initgroups_line)
{
	ck_assert_msg(nsswitch_groups_reach(groups[_i].text, "cnie") ==
		      groups[_i].reach, "%s", groups[_i].text);
}
END_TEST

static const struct { const char *text; unsigned int want; } pam[] = {
	{ "auth sufficient pam_cnie.so\n", PAM_USE_AUTH },
	{ "auth\t[success=2 default=ignore]\tpam_cnie.so silent\n",
	  PAM_USE_AUTH },
	{ "AUTH required /lib/security/pam_cnie.so",
	  PAM_USE_AUTH | PAM_USE_MUST },
	{ "auth requisite pam_cnie.so", PAM_USE_AUTH | PAM_USE_MUST },
	{ "-account required pam_cnie.so", PAM_USE_ACCOUNT },
	{ "auth [success=1\\\n default=ignore] pam_cnie.so\n", PAM_USE_AUTH },
	{ "auth sufficient \\\n\tpam_cnie.so\n", PAM_USE_AUTH },
	{ "auth sufficient pam_cnie.so\naccount required pam_cnie.so\n"
	  "session optional pam_cnie.so\npassword optional pam_cnie.so\n",
	  PAM_USE_AUTH | PAM_USE_ACCOUNT | PAM_USE_SESSION |
		PAM_USE_PASSWORD },
	{ "# auth sufficient pam_cnie.so\n", 0 },
	{ "auth sufficient pam_unix.so # pam_cnie.so\n", 0 },
	{ "# a comment that goes on \\\nauth sufficient pam_cnie.so\n", 0 },
	{ "auth sufficient pam_cnie.so.bak\n", 0 },
	{ "auth sufficient not_pam_cnie.so\n", 0 },
	{ "@include common-auth\n", 0 },
	{ "auth pam_cnie.so\n", 0 },
	{ "auth", 0 },
	{ "", 0 },
};

START_TEST(pam_file)
{
	unsigned int got = pam_uses(pam[_i].text, "pam_cnie.so");

	ck_assert_msg(got == pam[_i].want, "%s: %u", pam[_i].text, got);
}
END_TEST

START_TEST(virtual_reader_is_seen)
{
	ck_assert(reader_is_virtual(
		"FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:0x8C7B\n"
		"LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so\n"));
	ck_assert(!reader_is_virtual(
		"#LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so\n"
		"FRIENDLYNAME \"GemPC Twin\"\n"));
	ck_assert(!reader_is_virtual(""));
}
END_TEST

#define TCP_HEAD "  sl  local_address rem_address   st tx_queue rx_queue\n"

START_TEST(listening_port_is_seen)
{
	ck_assert(tcp_listens(TCP_HEAD
		"   0: 00000000:8C7B 00000000:0000 0A 00000000:00000000\n",
		35963));
	ck_assert(tcp_listens(TCP_HEAD
		"   1: 00000000000000000000000000000000:8C7B "
		"00000000000000000000000000000000:0000 0A 00000000\n", 35963));
	/* a connection to another machine's port is no listener */
	ck_assert(!tcp_listens(TCP_HEAD
		"   0: 0100007F:8C7B 0100007F:C001 01 00000000:00000000\n"
		"   1: 0100007F:C001 0100007F:8C7B 0A 00000000:00000000\n",
		35963));
	ck_assert(!tcp_listens(TCP_HEAD, 35963));
	ck_assert(!tcp_listens("", 35963));
}
END_TEST

START_TEST(row_of_the_service)
{
	struct findings f = { 0 };

	ck_assert_int_eq(finding_row(&f, "csca\tfail\tno CSCA store"), R_OK);
	ck_assert_int_eq(finding_row(&f, "key\tok\tfine\twith a tab"), R_OK);
	ck_assert_uint_eq(f.n, 2);
	ck_assert_int_eq(f.at[0].state, FINDING_FAIL);
	ck_assert_str_eq(f.at[0].item, "csca");
	ck_assert_ptr_nonnull(f.at[0].fix);
	ck_assert_int_eq(f.at[1].state, FINDING_OK);
	ck_assert_ptr_null(f.at[1].fix);
	ck_assert_int_eq(findings_worst(&f), FINDING_FAIL);
	ck_assert_int_eq(finding_row(&f, ""), R_MALFORMED);
	ck_assert_int_eq(finding_row(&f, "csca\tfail"), R_MALFORMED);
	ck_assert_int_eq(finding_row(&f, "csca\tgood\tx"), R_MALFORMED);
	ck_assert_int_eq(finding_row(&f, "\tok\tx"), R_MALFORMED);
	ck_assert_int_eq(finding_row(&f, "an-item-of-more-than-23-letters\tok\tx"),
			 R_MALFORMED);
	ck_assert_uint_eq(f.n, 2);
}
END_TEST

START_TEST(too_many_findings_stay_in_bounds)
{
	struct findings *f = calloc(1, sizeof(*f));

	for (int i = 0; i < FINDINGS_MAX + 20; i++)
		finding(f, FINDING_OK, "x", NULL, "%d", i);
	ck_assert_uint_eq(f->n, FINDINGS_MAX);
	free(f);
}
END_TEST

/* -- with files ------------------------------------------------------------------ */

static char root[] = "/tmp/cnie-doctor-XXXXXX";

static void make_root(void)
{
	strcpy(root, "/tmp/cnie-doctor-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(setenv("CNIE_ROOT", root, 1), 0);
}

static void remove_root(void)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", root);
	ck_assert_int_eq(system(cmd), 0);
}

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *p = strchr(path + strlen(root) + 1, '/'); p;
	     p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static const char *in_root(const char *name)
{
	static char paths[16][128];
	static unsigned int n;

	n = (n + 1) % 16;
	snprintf(paths[n], sizeof(paths[n]), "%s/%s", root, name);
	return paths[n];
}

static struct doctor_paths paths_in_root(void)
{
	return (struct doctor_paths){
		.nsswitch = in_root("nsswitch.conf"),
		.nscd = in_root("nscd"), .nscd_conf = in_root("nscd.conf"),
		.pam_dir = in_root("pam.d"),
		.reader_dir = in_root("reader.conf.d"),
		.tcp = in_root("tcp"), .tcp6 = in_root("tcp6"),
		.core_pattern = in_root("core"),
		.suid_dumpable = in_root("suid"),
	};
}

START_TEST(system_that_is_ready)
{
	struct doctor_paths p = paths_in_root();
	struct findings f = { 0 };

	write_file("nsswitch.conf", "passwd: files cnie\ngroup: files cnie\n");
	write_file("pam.d/common-auth", "auth sufficient pam_cnie.so\n");
	write_file("pam.d/common-account", "account required pam_cnie.so\n");
	write_file("reader.conf.d/libccidtwin", "# nothing\n");
	write_file("tcp", TCP_HEAD);
	write_file("core", "core\n");
	write_file("suid", "0\n");
	doctor_nsswitch(&f, &p);
	doctor_pam(&f, &p);
	doctor_virtual_reader(&f, &p);
	doctor_core(&f, &p);
	ck_assert_int_eq(findings_worst(&f), FINDING_OK);
	ck_assert_uint_eq(f.n, 6);
	ck_assert_str_eq(f.at[2].text, "auth: common-auth");
}
END_TEST

START_TEST(system_that_is_not_ready)
{
	struct doctor_paths p = paths_in_root();
	struct findings f = { 0 };

	write_file("nsswitch.conf", "passwd: files\ngroup: cnie files\n"
		   "initgroups: files cnie\n");
	write_file("pam.d/sudo", "auth required pam_cnie.so\n");
	write_file("reader.conf.d/vpcd", "LIBPATH /x/libifdvpcd.so\n");
	write_file("tcp6", TCP_HEAD "0: 0:8C7B 0:0 0A\n");
	write_file("suid", "1\n");
	doctor_nsswitch(&f, &p);	/* fail, warn, warn */
	doctor_pam(&f, &p);		/* ok, fail: no account, warn */
	doctor_virtual_reader(&f, &p);	/* fail, fail */
	doctor_core(&f, &p);		/* warn */
	ck_assert_uint_eq(f.n, 9);
	static const enum finding_state want[] = {
		FINDING_FAIL, FINDING_WARN, FINDING_WARN, FINDING_OK,
		FINDING_FAIL, FINDING_WARN, FINDING_FAIL, FINDING_FAIL,
		FINDING_WARN,
	};
	for (size_t i = 0; i < f.n; i++) {
		ck_assert_msg(f.at[i].state == want[i], "%zu %s", i,
			      f.at[i].text);
		ck_assert(f.at[i].state == FINDING_OK || f.at[i].fix);
	}
}
END_TEST

/* Cached, and running: both. */
START_TEST(cache_in_front_of_us_is_told)
{
	static const char on[] = "#enable-cache passwd no\n"
		"\tenable-cache\t\tgroup\t\tyes\n";
	struct doctor_paths p = paths_in_root();
	struct findings f = { 0 };

	doctor_nscd(&f, &p);
	write_file("nscd.conf", on);
	doctor_nscd(&f, &p);
	ck_assert_uint_eq(f.n, 0);
	write_file("nscd", "");		/* the socket's place */
	doctor_nscd(&f, &p);
	ck_assert_uint_eq(f.n, 1);
	ck_assert_int_eq(f.at[0].state, FINDING_WARN);
	ck_assert_ptr_nonnull(f.at[0].fix);
	write_file("nscd.conf", "enable-cache passwd no\n"
		   "enable-cache group no\nenable-cache hosts yes\n");
	doctor_nscd(&f, &p);
	ck_assert_uint_eq(f.n, 1);
}
END_TEST

START_TEST(helpers_users_are_judged)
{
	struct config c = { .uid_min = 65536, .uid_max = 99999 };
	struct findings f = { 0 };

	for (int i = 0; i < HELPER_COUNT; i++)
		c.users[i] = (struct config_user){ 64001 + (unsigned)i, 64001 };
	c.users[HELPER_SECTOR].uid = c.users[HELPER_FACE].uid;
	doctor_users(&f, &c);
	ck_assert_int_eq(f.at[0].state, FINDING_FAIL);
	ck_assert_ptr_nonnull(strstr(f.at[0].text, "cnie-face and cnie-sector"));
	f.n = 0;
	c.users[HELPER_SECTOR].uid = 70000;
	doctor_users(&f, &c);
	ck_assert_int_eq(findings_worst(&f), FINDING_FAIL);
}
END_TEST

/* Of a key that was made for this and thrown away. */
START_TEST(signer_that_is_no_key_is_told)
{
	struct config c = { .signer = "" };
	struct findings f = { 0 };

	doctor_signer(&f, &c);
	ck_assert_uint_eq(f.n, 0);	/* one machine alone needs none */
	strcpy(c.signer, "RWabc");
	doctor_signer(&f, &c);
	ck_assert_int_eq(f.at[0].state, FINDING_FAIL);
	ck_assert_ptr_nonnull(strstr(f.at[0].fix, ".pub"));
	strcpy(c.signer,
	       "RWQlIr2L6FHcfue8u9zUssYPCfbyVbonQ8qmUDLiS3aj+rVHh59K5eDq");
	doctor_signer(&f, &c);
	ck_assert_int_eq(f.at[1].state, FINDING_OK);
	ck_assert_ptr_nonnull(strstr(f.at[1].text, "7EDC51E88BBD2225"));
}
END_TEST

START_TEST(clock_behind_the_newest_file_is_a_failure)
{
	struct findings f = { 0 };
	struct stat st;

	doctor_clock(&f, 0);		/* no state yet */
	ck_assert_int_eq(f.at[0].state, FINDING_OK);
	write_file("var/lib/cnie/accounts.view", "x");
	ck_assert_int_eq(stat(in_root("var/lib/cnie/accounts.view"), &st), 0);
	doctor_clock(&f, st.st_mtime + 1);
	ck_assert_int_eq(f.at[1].state, FINDING_OK);
	doctor_clock(&f, st.st_mtime - 3600);
	ck_assert_int_eq(f.at[2].state, FINDING_FAIL);
}
END_TEST

START_TEST(view_must_be_readable_and_roots)
{
	struct findings f = { 0 };

	doctor_view_file(&f);
	ck_assert_int_eq(f.at[0].state, FINDING_WARN);
	write_file("var/lib/cnie/accounts.view", "x");
	chmod(in_root("var/lib/cnie/accounts.view"), 0600);
	doctor_view_file(&f);
	ck_assert_int_eq(f.at[1].state, FINDING_FAIL);
	chmod(in_root("var/lib/cnie/accounts.view"), 0666);
	doctor_view_file(&f);
	ck_assert_int_eq(f.at[2].state, FINDING_FAIL);
	chmod(in_root("var/lib/cnie/accounts.view"), 0644);
	doctor_view_file(&f);
	ck_assert_int_eq(f.at[3].state,
			 geteuid() == 0 ? FINDING_OK : FINDING_FAIL);
}
END_TEST

START_TEST(config_error_names_file_and_line)
{
	struct findings f = { 0 };

	doctor_files(&f);
	ck_assert_int_eq(f.at[0].state, FINDING_FAIL);
	f.n = 0;
	write_file("etc/cnie/cnie.conf", "[sector]\nurn = urn:x\nuri = y\n");
	doctor_files(&f);
	ck_assert_int_eq(f.at[0].state, FINDING_FAIL);
	if (geteuid() == 0)
		ck_assert_ptr_nonnull(strstr(f.at[0].text, "cnie.conf:3: "));
}
END_TEST

START_TEST(limits_of_attack_detection_are_said)
{
	static const char base[] =
		"[authorisation]\ncontroller = c\npurpose = p\n"
		"reference = r\ncontact = k\nnot_before = 2026-01-01\n"
		"not_after = 2026-12-31\nsites = *\n";
	struct findings f = { 0 };
	char text[400];

	doctor_attack_limits(&f);
	write_file("etc/cnie/authorisation.conf", base);
	doctor_attack_limits(&f);
	snprintf(text, sizeof(text), "%sassurance = face\nreport = x\n", base);
	write_file("etc/cnie/authorisation.conf", text);
	doctor_attack_limits(&f);
	ck_assert_uint_eq(f.n, 3);
	for (size_t i = 0; i < f.n; i++) {
		ck_assert_ptr_nonnull(strstr(f.at[i].text, "APCER"));
		ck_assert_ptr_nonnull(strstr(f.at[i].text, "44 %"));
	}
	if (geteuid() == 0) {
		ck_assert_ptr_nonnull(strstr(f.at[1].text, "card + code stays"));
		ck_assert_int_eq(f.at[2].state, FINDING_WARN);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl doctor");
	TCase *t = tcase_create("text"), *u = tcase_create("files");

	tcase_add_loop_test(t, nsswitch_line, 0, sizeof(nss) / sizeof(nss[0]));
	tcase_add_loop_test(t, initgroups_line, 0,
			    sizeof(groups) / sizeof(groups[0]));
	tcase_add_loop_test(t, pam_file, 0, sizeof(pam) / sizeof(pam[0]));
	tcase_add_test(t, virtual_reader_is_seen);
	tcase_add_test(t, listening_port_is_seen);
	tcase_add_test(t, row_of_the_service);
	tcase_add_test(t, too_many_findings_stay_in_bounds);
	tcase_add_checked_fixture(u, make_root, remove_root);
	tcase_add_test(u, system_that_is_ready);
	tcase_add_test(u, system_that_is_not_ready);
	tcase_add_test(u, cache_in_front_of_us_is_told);
	tcase_add_test(u, helpers_users_are_judged);
	tcase_add_test(u, signer_that_is_no_key_is_told);
	tcase_add_test(u, clock_behind_the_newest_file_is_a_failure);
	tcase_add_test(u, view_must_be_readable_and_roots);
	tcase_add_test(u, config_error_names_file_and_line);
	tcase_add_test(u, limits_of_attack_detection_are_said);
	suite_add_tcase(s, t);
	suite_add_tcase(s, u);
	return s;
}

CHECK_MAIN(suite)
