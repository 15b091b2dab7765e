// SPDX-License-Identifier: GPL-3.0-or-later
/* A sealed key and no TPM that answers: asleep, switched off, absent. What a
 * cleared one has lost for good this one has not, and nothing is given up. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/key_seal.h"
#include "support_seal.h"

#define CRED_1 SEAL_KEYS "sector-1.cred"
#define PLAIN_1 SEAL_KEYS "sector-1.key"

static void says(int fd, const struct msg_admin_request *m,
		 const char *custody, const char *key)
{
	char row[64];

	service_must(m->verb == ADMIN_KEY_STATUS);
	service_say_row(fd, "backup\t20261101");
	snprintf(row, sizeof(row), "custody\t%s", custody);
	service_say_row(fd, row);
	snprintf(row, sizeof(row), "key\t%s", key);
	service_say_row(fd, row);
	service_end(fd, REASON_NONE, "");
}

static void is_sealed(int fd, const struct msg_admin_request *m)
{
	says(fd, m, "sealed by the TPM", "present");
}

static void is_plain(int fd, const struct msg_admin_request *m)
{
	says(fd, m, "demonstration only: a file", "present");
}

static void is_missing(int fd, const struct msg_admin_request *m)
{
	says(fd, m, "missing", "missing");
}

static service_script *const nothing[] = { NULL };
static char cred[1024], drop_in[1024];

/* The key is sealed, and then the TPM is silent. */
static void silent(void)
{
	service_script *const sealing[] = { key_says_made, key_says_status,
					    is_sealed, NULL };

	seal_setup();
	ck_assert_int_eq(key_run(sealing, "key init --seal"), 0);
	strcpy(cred, seal_text(CRED_1));
	strcpy(drop_in, seal_text(SEAL_DROP_IN));
	unlink(service_path("tpm"));
	unlink(service_path("systemctl.log"));
}

/* As it was, and cnied was not started anew: it may hold the key that it got
 * when the TPM still answered. */
static void must_be_untouched(void)
{
	ck_assert_str_eq(seal_text(CRED_1), cred);
	ck_assert_str_eq(seal_text(SEAL_DROP_IN), drop_in);
	ck_assert(!seal_has(PLAIN_1) && !seal_has("systemctl.log"));
}

START_TEST(silence_is_not_a_key_that_is_lost)
{
	ck_assert_int_eq(seal_try(1), SEALED_SILENT);
	ck_assert_int_eq(seal_try(2), SEALED_NONE);
	seal_put("tpm", "cleared", 0644);
	ck_assert_int_eq(seal_try(1), SEALED_DEAD);
	seal_put("tpm", "as it left the factory", 0644);
	ck_assert_int_eq(seal_try(1), SEALED_OPENS);
	unlink(service_path("usr/bin/systemd-creds"));
	ck_assert_int_eq(seal_try(1), SEALED_SILENT);
}
END_TEST

/* Between the two questions: else a good key would be called dead. */
START_TEST(tpm_that_wakes_is_asked_again)
{
	seal_put("usr/bin/systemd-creds", "#!/bin/sh\n"
		 "woken=${0%/usr/bin/*}/woken\n"
		 "[ -e $woken ] || { >$woken; exit 1; }\n", 0755);
	ck_assert_int_eq(seal_try(1), SEALED_OPENS);
}
END_TEST

static const char *restore_line(const char *more)
{
	static char line[256];

	key_pair_files();
	seal_put("stick", KEY_BACKUP_BYTES, 0600);
	snprintf(line, sizeof(line), "key restore %s --identity %s%s",
		 service_path("stick"), service_path("pair"), more);
	return line;
}

START_TEST(restore_over_a_key_that_may_be_good_is_refused)
{
	ck_assert_int_eq(key_run(nothing, restore_line("")), 1);
	ck_assert(key_said("no TPM answers") && key_said("/dev/tpmrm0"));
	ck_assert(key_said("--without-tpm"));
	must_be_untouched();
}
END_TEST

static void restores(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_RESTORE && !seal_has(SEAL_DROP_IN));
	seal_put(PLAIN_1, SEAL_KEY_1, 0400);
	service_end(fd, REASON_NONE, "the sector key is back");
}

/* The board has none any more. Should it answer after all, the key that it
 * sealed is compared and serves. */
START_TEST(restore_goes_on_where_it_is_told_to)
{
	service_script *const scripts[] = { restores, NULL };
	service_script *const again[] = { is_plain, key_says_made,
					  key_says_status, is_sealed, NULL };

	ck_assert_int_eq(key_run(scripts, restore_line(" --without-tpm")), 0);
	ck_assert_str_eq(seal_text(CRED_1), cred);
	ck_assert_str_eq(seal_text(PLAIN_1), SEAL_KEY_1);
	seal_put("tpm", "as it left the factory", 0644);
	ck_assert_int_eq(key_run(again, "key init --seal"), 0);
	ck_assert_str_eq(seal_text(CRED_1), cred);
	ck_assert_str_eq(seal_text(SEAL_DROP_IN), drop_in);
	ck_assert(!seal_has(PLAIN_1));
}
END_TEST

/* With it a cleared one's credential goes as without it. */
START_TEST(restore_after_a_cleared_one_knows_the_option)
{
	service_script *const scripts[] = { restores, NULL };

	seal_put("tpm", "cleared", 0644);
	ck_assert_int_eq(key_run(scripts, restore_line(" --without-tpm")), 0);
	ck_assert(!seal_has(CRED_1));
}
END_TEST

START_TEST(init_seals_nothing_and_says_why)
{
	service_script *const sealed[] = { is_sealed, key_says_made,
					   key_says_status, NULL };

	ck_assert_int_eq(key_run(sealed, "key init --seal"), 1);
	ck_assert(key_said("no TPM answers"));
	ck_assert(!key_said("no credential that opens"));
	must_be_untouched();
}
END_TEST

/* It would not start again. */
START_TEST(init_does_not_start_cnied_anew)
{
	service_script *const missing[] = { is_missing, NULL };

	ck_assert_int_eq(key_run(missing, "key init"), 1);
	ck_assert(key_said("no TPM answers"));
	must_be_untouched();
}
END_TEST

START_TEST(status_says_why_a_sealed_key_does_not_serve)
{
	service_script *const missing[] = { is_missing, NULL };
	service_script *const present[] = { is_sealed, NULL };

	ck_assert_int_eq(key_run(missing, "key status"), 0);
	ck_assert(key_said("no TPM answers"));
	ck_assert_int_eq(key_run(nothing, "key status --json"), 3);
	ck_assert(key_said("no TPM answers"));
	ck_assert_int_eq(key_run(present, "key status"), 0);
	ck_assert(!key_said("TPM answers"));
	seal_put("tpm", "cleared", 0644);
	ck_assert_int_eq(key_run(nothing, "key status"), 3);
	ck_assert(key_said("does not open it") && key_said("key restore"));
	must_be_untouched();
}
END_TEST

START_TEST(rotation_says_why_it_does_not_go_on)
{
	service_script *const missing[] = { is_missing, NULL };

	ck_assert_int_eq(key_run(nothing, "key rotate --no-backup"), 3);
	ck_assert(key_said("no TPM answers"));
	ck_assert_int_eq(key_run(missing, "key rotate --no-backup"), 1);
	ck_assert(key_said("no TPM answers"));
	ck_assert(!key_conf_has("epoch = 2"));
	must_be_untouched();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl key silent");
	TCase *t = tcase_create("silent");

	tcase_add_checked_fixture(t, silent, service_teardown);
	tcase_add_test(t, silence_is_not_a_key_that_is_lost);
	tcase_add_test(t, tpm_that_wakes_is_asked_again);
	tcase_add_test(t, restore_over_a_key_that_may_be_good_is_refused);
	tcase_add_test(t, restore_goes_on_where_it_is_told_to);
	tcase_add_test(t, restore_after_a_cleared_one_knows_the_option);
	tcase_add_test(t, init_seals_nothing_and_says_why);
	tcase_add_test(t, init_does_not_start_cnied_anew);
	tcase_add_test(t, status_says_why_a_sealed_key_does_not_serve);
	tcase_add_test(t, rotation_says_why_it_does_not_go_on);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
