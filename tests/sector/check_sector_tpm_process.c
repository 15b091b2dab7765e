/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cnie-sector with its key in a TPM: tpm2-pkcs11 over swtpm, where Debian's
 * packages swtpm, libtpm2-pkcs11-1, libtpm2-pkcs11-tools, libtss2-tcti-swtpm0
 * and libtss2-tcti-cmd0 are installed.
 *
 * tpm2-pkcs11 1.9 uses HMAC keys and destroys them, but makes none (no
 * CKM_GENERIC_SECRET_KEY_GEN): its own tool does. There is no resource manager
 * before swtpm as there is in the kernel, so that everything that is left in
 * the TPM is flushed by hand.
 */
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"
#include "sector/provider_pkcs11.h"
#include "support_run.h"

#define MODULE "/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so"
#define TOKEN "tpm"
#define USER_PIN "123456"
#define PATHS 128

static char dir[] = "/tmp/cnie-tpm.XXXXXX";
static unsigned int port;
static pid_t swtpm;
static int pin;

static bool installed(void)
{
	static const char *const files[] = {
		MODULE, "/usr/bin/swtpm", "/usr/bin/tpm2_ptool",
		"/usr/bin/tpm2_send",
		"/usr/lib/x86_64-linux-gnu/libtss2-tcti-swtpm.so.0",
		"/usr/lib/x86_64-linux-gnu/libtss2-tcti-cmd.so.0",
	};
	struct stat st;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (stat(files[i], &st))
			return false;
	return true;
}

/* -- the TPM and its store ------------------------------------------- */

static void quiet(void)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
}

static int status_of(char *const argv[])
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		quiet();
		execvp(argv[0], argv);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

#define RUN(...) \
	ck_assert_int_eq(status_of((char *const[]){ __VA_ARGS__, NULL }), 0)
#define A(text) ((char *)(text))

static void flush_tpm(void)
{
	RUN(A("/usr/bin/tpm2_flushcontext"), A("-t"));
	RUN(A("/usr/bin/tpm2_flushcontext"), A("-l"));
	RUN(A("/usr/bin/tpm2_flushcontext"), A("-s"));
}

static void start_swtpm(void)
{
	char state[PATHS], server[64], ctrl[64];

	snprintf(state, sizeof(state), "dir=%s", dir);
	snprintf(server, sizeof(server),
		 "type=tcp,bindaddr=127.0.0.1,port=%u", port);
	snprintf(ctrl, sizeof(ctrl), "type=tcp,bindaddr=127.0.0.1,port=%u",
		 port + 1);
	swtpm = fork();
	ck_assert_int_ge(swtpm, 0);
	if (swtpm == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		quiet();
		execl("/usr/bin/swtpm", "swtpm", "socket", "--tpm2",
		      "--tpmstate", state, "--server", server, "--ctrl", ctrl,
		      "--flags", "not-need-init,startup-clear", NULL);
		_exit(127);
	}
}

/* Each tool leaves its objects in the TPM, which has room for three. */
static void wrap_tools(void)
{
	static const char *const tools[] = {
		"createprimary", "create", "load", "loadexternal", "unseal",
		"evictcontrol", "readpublic", "import", "sign", "getcap",
		"changeauth", "hash", "verifysignature", "startauthsession",
		"policyauthorize", "encryptdecrypt", "print",
	};
	char path[PATHS], link_path[PATHS], env[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/bin", dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	snprintf(env, sizeof(env), "%s:%s", path, getenv("PATH"));
	snprintf(path, sizeof(path), "%s/bin/wrapper", dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("#!/bin/sh\n/usr/bin/tpm2_flushcontext -t\n"
	      "/usr/bin/${0##*/} \"$@\"\nr=$?\n"
	      "/usr/bin/tpm2_flushcontext -t\nexit $r\n", f);
	fclose(f);
	chmod(path, 0755);
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		snprintf(link_path, sizeof(link_path), "%s/bin/tpm2_%s", dir,
			 tools[i]);
		ck_assert_int_eq(symlink("wrapper", link_path), 0);
	}
	setenv("PATH", env, 1);
}

/* tpm2_ptool takes CKA_ID as text: its bytes are set afterwards. */
static void make_key(const char *store, const char *label, const char *object,
		     const char *id)
{
	RUN(A("tpm2_ptool"), A("addkey"), A("--label"), A(TOKEN),
	    A("--userpin"), A(USER_PIN), A("--key-label"), A(label),
	    A("--algorithm"), A("hmac:sha256"), A("--path"), A(store));
	RUN(A("tpm2_ptool"), A("objmod"), A("--id"), A(object), A("--key"),
	    A("CKA_ID"), A("--type"), A("raw"), A("--value"), A(id),
	    A("--path"), A(store));
}

static int give(const char *path, const struct stat *st, int type,
		struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return lchown(path, SECTOR_UID, SECTOR_UID);
}

static int drop(const char *path, const struct stat *st, int type,
		struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static void make_store(void)
{
	char store[PATHS], tcti[64], command[PATHS];

	snprintf(store, sizeof(store), "%s/store", dir);
	snprintf(tcti, sizeof(tcti), "swtpm:host=127.0.0.1,port=%u", port);
	snprintf(command, sizeof(command), "cmd:tpm2_send -T %s", tcti);
	setenv("TPM2TOOLS_TCTI", tcti, 1);
	setenv("TPM2_PKCS11_TCTI", command, 1);
	setenv("TPM2_PKCS11_STORE", store, 1);
	for (int tries = 0; status_of((char *const[]){
			A("/usr/bin/tpm2_getcap"), A("handles-loaded-session"),
			NULL }) != 0; tries++) {
		ck_assert_int_lt(tries, 100);
		usleep(100000);
	}
	wrap_tools();
	ck_assert_int_eq(mkdir(store, 0700), 0);
	RUN(A("tpm2_ptool"), A("init"), A("--path"), A(store));
	RUN(A("tpm2_ptool"), A("addtoken"), A("--pid"), A("1"), A("--label"),
	    A(TOKEN), A("--sopin"), A("87654321"), A("--userpin"), A(USER_PIN),
	    A("--path"), A(store));
	make_key(store, TOKEN_SECTOR_KEY, "1", "00000001");
	make_key(store, TOKEN_SECTOR_KEY, "2", "00000002");
	make_key(store, TOKEN_MACHINE_KEY, "3", "00000000");
	ck_assert_int_eq(nftw(dir, give, 8, FTW_PHYS), 0);
	flush_tpm();
}

static void setup_tpm(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	port = 20000 + 2 * randombytes_uniform(10000);
	start_swtpm();
	make_store();
	pin = run_file(USER_PIN, strlen(USER_PIN));
}

static void teardown_tpm(void)
{
	kill(swtpm, SIGKILL);
	waitpid(swtpm, NULL, 0);
	nftw(dir, drop, 8, FTW_PHYS | FTW_DEPTH);
}

/* -- what is promised ------------------------------------------------ */

static struct msg_sector_config in_tpm(uint8_t mode, uint32_t epoch)
{
	struct msg_sector_config c = run_config(mode, PROVIDER_PKCS11, epoch);

	strcpy(c.module, MODULE);
	strcpy(c.token, TOKEN);
	return c;
}

static enum reason once(uint8_t mode, uint32_t epoch)
{
	struct msg_sector_config c = in_tpm(mode, epoch);
	enum reason why = run_once(&c, (struct sector_fds){ pin, -1, -1 });

	flush_tpm();
	return why;
}

static struct msg_sector_tags evaluate(uint32_t epoch, uint32_t old_epoch,
				       const char *number)
{
	struct msg_sector_config c = in_tpm(SECTOR_EVALUATE, epoch);
	struct msg_sector_tags t;

	c.old_epoch = old_epoch;
	t = run_evaluate(&c, (struct sector_fds){ pin, -1, -1 }, number);
	flush_tpm();
	return t;
}

/* In one process, whole: the TPM's answers are HMACs that tags come from. */
START_TEST(key_in_the_tpm_makes_tags)
{
	struct msg_sector_tags a, b, c, both;

	ck_assert_int_eq(once(SECTOR_PROBE, 1), REASON_NONE);
	a = evaluate(1, 0, "AB123456");
	b = evaluate(1, 0, "AB123456");
	c = evaluate(1, 0, "AB123457");
	both = evaluate(2, 1, "AB123456");
	ck_assert_mem_eq(&a, &b, sizeof(a));
	ck_assert_mem_ne(a.tag, c.tag, TAG_SIZE);
	ck_assert_int_eq(both.has_old, 1);
	ck_assert_mem_eq(both.old_tag, a.tag, TAG_SIZE);
	ck_assert_mem_eq(both.old_card_tag, a.card_tag, TAG_SIZE);
	ck_assert_mem_ne(both.tag, a.tag, TAG_SIZE);
}
END_TEST

START_TEST(missing_key_or_wrong_pin_is_said)
{
	struct msg_sector_config c = in_tpm(SECTOR_PROBE, 1);
	struct sector_fds wrong = { run_file("654321", 6), -1, -1 };

	ck_assert_int_eq(once(SECTOR_PROBE, 9), REASON_NO_KEY);
	ck_assert_int_eq(run_once(&c, wrong), REASON_TOKEN);
	flush_tpm();
	close(wrong.key);
}
END_TEST

START_TEST(key_is_made_by_another_tool_and_destroyed_by_us)
{
	ck_assert_int_eq(once(SECTOR_KEYGEN, 2), REASON_KEY_EXISTS);
	ck_assert_int_eq(once(SECTOR_KEYGEN, 3), REASON_TOKEN);
	ck_assert_int_eq(once(SECTOR_PROBE, 3), REASON_NO_KEY);
	ck_assert_int_eq(once(SECTOR_DESTROY, 2), REASON_NONE);
	ck_assert_int_eq(once(SECTOR_PROBE, 2), REASON_NO_KEY);
	ck_assert_int_eq(once(SECTOR_PROBE, 1), REASON_NONE);
}
END_TEST

START_TEST(library_that_is_not_installed_is_said)
{
	struct msg_sector_config c = in_tpm(SECTOR_PROBE, 1);
	struct sector_fds fds = { run_file(USER_PIN, strlen(USER_PIN)), -1,
				  -1 };

	strcpy(c.module, MODULE ".not-installed");
	ck_assert_int_eq(run_once(&c, fds), REASON_TOKEN);
	close(fds.key);
}
END_TEST

static Suite *tpm_process_suite(void)
{
	Suite *s = suite_create("sector/tpm_process");
	TCase *t = tcase_create("tpm"), *none = tcase_create("without");

	if (geteuid() != 0) {
		fprintf(stderr, "SKIP: starting a helper needs root\n");
		suite_add_tcase(s, t);
		return s;
	}
	tcase_add_test(none, library_that_is_not_installed_is_said);
	suite_add_tcase(s, none);
	if (!installed()) {
		fprintf(stderr, "SKIP: no swtpm, or no tpm2-pkcs11\n");
		suite_add_tcase(s, t);
		return s;
	}
	tcase_add_unchecked_fixture(t, setup_tpm, teardown_tpm);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, key_in_the_tpm_makes_tags);
	tcase_add_test(t, missing_key_or_wrong_pin_is_said);
	tcase_add_test(t, key_is_made_by_another_tool_and_destroyed_by_us);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(tpm_process_suite)
