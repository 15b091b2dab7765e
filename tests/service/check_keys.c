// SPDX-License-Identifier: GPL-3.0-or-later
/* The life of the sector key as admin.sock asks for it: the test speaks for
 * cnie-sector and looks at the files. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/channel.h"
#include "check_main.h"
#include "service/key.h"
#include "support_keys.h"

/* -- made ------------------------------------------------------------------------- */

START_TEST(the_next_epochs_key_is_made)
{
	struct msg_sector_config c;

	ask((struct msg_admin_request){ .verb = ADMIN_KEY_MAKE, .epoch = 2 });
	c = told();
	ck_assert_uint_eq(c.mode, SECTOR_KEYGEN);
	ck_assert_uint_eq(c.epoch, 2);
	ck_assert(there("sector-2.key.new") && !there("sector-2.key"));
	ready(FROM_SECTOR);
	over(REASON_NONE, "the sector key was made");
	ck_assert(!there("sector-2.key.new") && there("sector-2.key"));
}
END_TEST

START_TEST(a_key_that_is_there_is_kept)
{
	static const enum admin_verb verbs[] = { ADMIN_KEY_INIT,
						 ADMIN_KEY_MAKE };

	for (size_t i = 0; i < 2; i++) {
		ask((struct msg_admin_request){ .verb = (uint8_t)verbs[i],
						.epoch = 1 });
		ck_assert_uint_eq(told().mode, SECTOR_PROBE);
		ready(FROM_SECTOR);
		over(REASON_NONE,
		     "the sector has its key already; it was kept");
	}
}
END_TEST

START_TEST(a_key_that_is_there_and_can_not_be_used_is_none)
{
	station_put(PATH_KEY_DIR "/sector-2.key", "damaged", 0400);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_MAKE, .epoch = 2 });
	helper_fails(REASON_NO_KEY);
	over(REASON_NO_KEY, NULL);
	ck_assert(there("sector-2.key"));
}
END_TEST

START_TEST(what_a_killed_run_left_goes)
{
	station_put(PATH_KEY_DIR "/sector-1.key.new", "half", 0400);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_INIT });
	ready(FROM_SECTOR);
	over(REASON_NONE, NULL);
	ck_assert(!there("sector-1.key.new") && there("sector-1.key"));
	station_put(PATH_KEY_DIR "/sector-1.key.new", "half", 0400);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_RESTORE });
	ready(FROM_SECTOR);
	over(REASON_KEY_EXISTS, NULL);
	ck_assert(!there("sector-1.key.new") && there("sector-1.key"));
}
END_TEST

START_TEST(a_lost_key_is_not_made_anew_under_the_same_epoch)
{
	ck_assert_int_eq(key_remove(1), R_OK);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_INIT });
	over(REASON_EPOCH_NEEDED, NULL);
	ck_assert(!there("sector-1.key"));
}
END_TEST

START_TEST(a_sealed_key_that_was_not_handed_over_is_not_replaced)
{
	station_put(PATH_KEY_DIR "/sector-2.cred", "sealed", 0600);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_MAKE, .epoch = 2 });
	over(REASON_NO_KEY, NULL);
	ck_assert(!there("sector-2.key") && !there("sector-2.key.new"));
	ck_assert(there("sector-2.cred"));
}
END_TEST

START_TEST(a_helper_that_fails_leaves_no_half_key)
{
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_MAKE, .epoch = 2 });
	helper_fails(REASON_INTERNAL);
	over(REASON_INTERNAL, NULL);
	ck_assert(!there("sector-2.key.new") && !there("sector-2.key"));
}
END_TEST

START_TEST(only_the_epoch_that_comes_may_be_made)
{
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_MAKE, .epoch = 3 });
	over(REASON_PROTOCOL, NULL);
}
END_TEST

START_TEST(a_token_makes_its_key_itself)
{
	struct msg_sector_config c;

	with_token("epoch = 2\n");
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_INIT });
	c = told();
	ck_assert_uint_eq(c.provider, PROVIDER_PKCS11);
	ck_assert_uint_eq(c.mode, SECTOR_KEYGEN);
	ck_assert_str_eq(c.module, "/t.so");
	ck_assert_str_eq(c.token, "t");
	ready(FROM_SECTOR);
	over(REASON_NONE, "the sector key was made");
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_INIT });
	helper_fails(REASON_KEY_EXISTS);
	over(REASON_NONE, "the sector has its key already; it was kept");
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_INIT });
	helper_fails(REASON_TOKEN);
	over(REASON_TOKEN, NULL);
}
END_TEST

/* An emptied token, or one that does not share the others': a second key of an
 * epoch by which accounts are known is never made. */
START_TEST(a_token_makes_no_second_key_of_an_epoch)
{
	with_token("");
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_INIT });
	ck_assert_uint_eq(told().mode, SECTOR_PROBE);
	ready(FROM_SECTOR);
	over(REASON_NONE, "the sector has its key already; it was kept");
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_INIT });
	ck_assert_uint_eq(told().mode, SECTOR_PROBE);
	helper_fails(REASON_NO_KEY);
	over(REASON_NO_KEY, NULL);
	/* the next one, which nobody is known by yet, it makes */
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_MAKE, .epoch = 2 });
	ck_assert_uint_eq(told().mode, SECTOR_KEYGEN);
	ready(FROM_SECTOR);
	over(REASON_NONE, "the sector key was made");
}
END_TEST

START_TEST(a_token_without_its_pin_is_said)
{
	with_token("");
	station_put("/p", "1234", 0444);	/* others read it */
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_INIT });
	over(REASON_TOKEN, NULL);
}
END_TEST

/* -- asked about ------------------------------------------------------------------ */

START_TEST(the_status_names_epochs_custody_and_who_waits)
{
	station_config("epoch = 2\nprevious_epoch = 1\n", "");
	station_put(PATH_KEY_DIR "/sector-2.key", "x", 0400);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_STATUS });
	ck_assert_uint_eq(told().old_epoch, 1);
	ready(FROM_SECTOR);
	txn_free(&service.txn);
	read_rows();
	assert_row("provider\tlocal");
	assert_row("epoch\t2");
	assert_row("previous_epoch\t1");
	assert_row("custody\tdemonstration only: a file that only root reads");
	assert_row("unbound\t1");
	assert_row("left_over\t0");
	assert_row("backup\tnever");
	assert_row("key\tpresent");
}
END_TEST

START_TEST(a_missing_or_unusable_key_is_told_apart)
{
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_STATUS });
	helper_fails(REASON_NO_KEY);
	txn_free(&service.txn);
	read_rows();
	assert_row("key\tunusable: the sector key is missing or unusable");
	ck_assert_int_eq(key_remove(1), R_OK);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_STATUS });
	txn_free(&service.txn);
	read_rows();
	assert_row("key\tmissing");
	assert_row("custody\tmissing");
}
END_TEST

static void credential(const char *text, bool plain)
{
	char dir[PREFIX_PATH_MAX];

	station_put(PATH_KEY_DIR "/sector-1.cred", text, 0600);
	station_put("/run/sector-1.key", "unsealed", 0400);
	ck_assert_int_eq(prefix_path("/run", dir, sizeof(dir)), R_OK);
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	if (!plain) {
		snprintf(dir + strlen(dir), 64, "/../var/lib/cnie/key/sector-1.key");
		ck_assert_int_eq(unlink(dir), 0);
	}
}

/* The first bytes of what systemd-creds writes with each kind of key; the
 * rest is never looked at here. */
static const struct {
	const char *text;
	bool plain;
	enum custody want;
} sealed[] = {
	{ "DHzAexF2RZGcSwvqCLwg/iAAAAAB", false, CUSTODY_TPM },
	{ "k6iUCUh0RJCQyvL8k8q1UyAAAAAB", false, CUSTODY_TPM },
	{ "+vfrk0HjQSyhpDb5Wik2LyAAAAAB", false, CUSTODY_TPM },
	{ "r0lQqEkTTrGnOEYwT/MMBSAAAAAB", false, CUSTODY_TPM },
	{ "Whxqht+dQJax1aZeCGLxmiAAAAAB", false, CUSTODY_HOST },
	{ "BYRp2vb1QySABUnaD46i+yAAAAAB", false, CUSTODY_HOST },
	{ "", false, CUSTODY_HOST },
	{ "DHzAexF2RZGcSwvqCLwg/iAAAAAB", true, CUSTODY_FILE },
};

START_TEST(only_what_a_tpm_sealed_is_called_sealed)
{
	int fd = -1;
	char got[16] = "";

	credential(sealed[_i].text, sealed[_i].plain);
	ck_assert_int_eq(key_custody(1), sealed[_i].want);
	ck_assert_int_eq(key_open(1, &fd), R_OK);
	ck_assert_int_eq(read(fd, got, sizeof(got) - 1), 8);
	ck_assert_str_eq(got, "unsealed");	/* the credential goes first */
	close(fd);
	unsetenv("CREDENTIALS_DIRECTORY");
}
END_TEST

START_TEST(who_waits_is_named)
{
	struct msg_admin_row row;
	char want[64];

	station_config("epoch = 2\nprevious_epoch = 1\n", "");
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_UNBOUND });
	snprintf(want, sizeof(want), "%s\t70000", name);
	ck_assert(heard(MSG_ADMIN_ROW, &row));
	ck_assert_str_eq(row.text, want);
	over(REASON_NONE, "1");
}
END_TEST

/* -- more rows than the kernel keeps for a client ----------------------------------- */

#define MANY 200

/* The client, which begins to read late, while cnied waits in poll(2). */
static int rows_heard;
static bool whole;

static void read_on(int signal)
{
	uint8_t buf[WIRE_MAX];
	struct msg_admin_done done;
	struct span in = { 0 };

	(void)signal;
	while (chan_recv(person, buf, sizeof(buf), mono_ms(), &in) == R_OK) {
		if (wire_type(in) == MSG_ADMIN_ROW)
			rows_heard++;
		else
			whole = wire_get(in, MSG_ADMIN_DONE, &done) == R_OK &&
				done.reason == REASON_NONE;
	}
}

START_TEST(rows_wait_for_a_client_that_reads_late)
{
	const struct itimerval late = { { 0, 50000 }, { 0, 300000 } };

	station_config("epoch = 2\nprevious_epoch = 1\n", "");
	enrol_others(MANY - 1);
	signal(SIGALRM, read_on);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &late, NULL), 0);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_UNBOUND });
	signal(SIGALRM, SIG_IGN);
	read_on(SIGALRM);
	ck_assert_int_eq(rows_heard, MANY);
	ck_assert(whole);
	if (service.txn)
		txn_free(&service.txn);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("keys");
	TCase *t = tcase_create("keys");

	tcase_add_checked_fixture(t, station_set_up, station_take_down);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, the_next_epochs_key_is_made);
	tcase_add_test(t, a_key_that_is_there_is_kept);
	tcase_add_test(t, a_key_that_is_there_and_can_not_be_used_is_none);
	tcase_add_test(t, what_a_killed_run_left_goes);
	tcase_add_test(t, a_lost_key_is_not_made_anew_under_the_same_epoch);
	tcase_add_test(t,
		       a_sealed_key_that_was_not_handed_over_is_not_replaced);
	tcase_add_test(t, a_helper_that_fails_leaves_no_half_key);
	tcase_add_test(t, only_the_epoch_that_comes_may_be_made);
	tcase_add_test(t, a_token_makes_its_key_itself);
	tcase_add_test(t, a_token_makes_no_second_key_of_an_epoch);
	tcase_add_test(t, a_token_without_its_pin_is_said);
	tcase_add_test(t, the_status_names_epochs_custody_and_who_waits);
	tcase_add_test(t, a_missing_or_unusable_key_is_told_apart);
	tcase_add_loop_test(t, only_what_a_tpm_sealed_is_called_sealed, 0,
			    sizeof(sealed) / sizeof(sealed[0]));
	tcase_add_test(t, who_waits_is_named);
	tcase_add_test(t, rows_wait_for_a_client_that_reads_late);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
