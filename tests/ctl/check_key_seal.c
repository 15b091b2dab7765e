// SPDX-License-Identifier: GPL-3.0-or-later
/* The sealed key: what lies where at each step (support_seal.h). */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/key_seal.h"
#include "support_seal.h"

/* -- what cnied says ----------------------------------------------------------------- */

static void sees_sealed(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_STATUS);
	/* the plain file is out of its sight, and has lost nothing yet */
	service_must(!seal_has(SEAL_KEYS "sector-1.key") &&
		     seal_has(SEAL_DROP_IN) &&
		     !strcmp(seal_text(SEAL_KEYS "sector-1.key.aside"),
			     SEAL_KEY_1));
	service_say_row(fd, "custody\tsealed by the TPM");
	service_say_row(fd, "key\tpresent");
	service_end(fd, REASON_NONE, "");
}

static void sees_nothing(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_STATUS);
	service_say_row(fd, "custody\tmissing");
	service_say_row(fd, "key\tmissing");
	service_end(fd, REASON_NONE, "");
}

static void sees_a_file(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_STATUS);
	service_say_row(fd, "custody\tdemonstration only: a file");
	service_say_row(fd, "key\tpresent");
	service_end(fd, REASON_NONE, "");
}

static void is_sealed(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_STATUS);
	service_say_row(fd, "backup\t20261101");
	service_say_row(fd, "custody\tsealed by the TPM");
	service_say_row(fd, "key\tpresent");
	service_end(fd, REASON_NONE, "");
}

static service_script *const sealing[] = { key_says_made, key_says_status,
					   sees_sealed, NULL };
/* KEY_STATUS of find_sealed too, where there is a credential already */
static service_script *const again[] = { is_sealed, key_says_made,
					 key_says_status, sees_sealed, NULL };
static service_script *const settled[] = { is_sealed, key_says_made,
					   key_says_status, is_sealed, NULL };

static bool is_named(uint32_t epoch)
{
	char want[32];

	snprintf(want, sizeof(want), "=sector-%u.key:", epoch);
	return strstr(seal_text(SEAL_DROP_IN), want) != NULL;
}

static void must_be_sealed(void)
{
	ck_assert(!seal_has(SEAL_KEYS "sector-1.key"));
	ck_assert(!seal_has(SEAL_KEYS "sector-1.key.aside"));
	ck_assert(!seal_has(SEAL_KEYS "sector-1.key.ending"));
	ck_assert(!seal_has(SEAL_KEYS "sector-1.cred.new"));
	ck_assert_int_eq(seal_try(1), SEALED_OPENS);
	ck_assert_ptr_nonnull(strstr(seal_text(SEAL_DROP_IN),
		"[Service]\nLoadCredentialEncrypted=sector-1.key:"));
	ck_assert_ptr_nonnull(strstr(seal_text("systemctl.log"),
		"daemon-reload\ntry-restart cnied.service\n"));
	/* it is this key: base64 of its first 15 bytes */
	ck_assert_ptr_nonnull(strstr(seal_text(SEAL_KEYS "sector-1.cred"),
				     "dGhlIGZpcnN0IGtl"));
}

START_TEST(plain_file_goes_when_cnied_has_the_sealed_key)
{
	ck_assert_int_eq(key_run(sealing, "key init --seal"), 0);
	must_be_sealed();
	ck_assert_int_eq(key_run(settled, "key init --seal"), 0);
	must_be_sealed();
}
END_TEST

START_TEST(plain_file_comes_back_where_cnied_does_not_get_it)
{
	service_script *const scripts[] = { key_says_made, key_says_status,
					    sees_nothing, NULL };

	ck_assert_int_eq(key_run(scripts, "key init --seal"), 1);
	ck_assert(key_said("was put back"));
	ck_assert_str_eq(seal_text(SEAL_KEYS "sector-1.key"), SEAL_KEY_1);
	ck_assert(!seal_has(SEAL_DROP_IN));
	ck_assert_ptr_nonnull(strstr(seal_text("systemctl.log"),
				     "reset-failed cnied.service"));
	ck_assert_int_eq(key_run(again, "key init --seal"), 0);
	must_be_sealed();
}
END_TEST

START_TEST(without_a_tpm_nothing_changes)
{
	service_script *const scripts[] = { key_says_made, key_says_status,
					    NULL };

	unlink(service_path("tpm"));
	ck_assert_int_eq(key_run(scripts, "key init --seal"), 1);
	ck_assert(key_said("demonstration only"));
	ck_assert_str_eq(seal_text(SEAL_KEYS "sector-1.key"), SEAL_KEY_1);
	ck_assert_uint_eq(service_count(service_path(SEAL_KEYS)), 1);
	ck_assert(!seal_has(SEAL_DROP_IN) && !seal_has("systemctl.log"));
	unlink(service_path("usr/bin/systemd-creds"));
	ck_assert_int_eq(key_run(scripts, "key init --seal"), 1);
	ck_assert(key_said("systemd-creds is not installed"));
}
END_TEST

START_TEST(systemctl_that_fails_leaves_the_plain_file)
{
	service_script *const scripts[] = { key_says_made, key_says_status,
					    NULL };

	seal_put("systemctl.fails", "", 0644);
	ck_assert_int_eq(key_run(scripts, "key init --seal"), 5);
	ck_assert_str_eq(seal_text(SEAL_KEYS "sector-1.key"), SEAL_KEY_1);
	unlink(service_path("systemctl.fails"));
	ck_assert_int_eq(key_run(again, "key init --seal"), 0);
	must_be_sealed();
}
END_TEST

#define SEALED_1 "SEALED sector-1.key as it left the factory\n"

/* Two keys under one epoch's name: neither is thrown away. */
START_TEST(credential_of_another_key_is_not_touched)
{
	service_script *const scripts[] = { is_sealed, key_says_made,
					    key_says_status, NULL };

	seal_put(SEAL_KEYS "sector-1.cred", SEALED_1 "YW5vdGhlcg==\n", 0600);
	ck_assert_int_eq(key_run(scripts, "key init --seal"), 1);
	ck_assert(key_said("both stay as they are"));
	ck_assert_str_eq(seal_text(SEAL_KEYS "sector-1.key"), SEAL_KEY_1);
	ck_assert_str_eq(seal_text(SEAL_KEYS "sector-1.cred"),
			 SEALED_1 "YW5vdGhlcg==\n");
	/* nor where the plain file lies aside, and a third one in its place */
	seal_put(SEAL_KEYS "sector-1.key.aside", SEAL_KEY_2, 0400);
	ck_assert_int_eq(key_run((service_script *const[]){ NULL },
				 "key init --seal"), 5);
	ck_assert_str_eq(seal_text(SEAL_KEYS "sector-1.key"), SEAL_KEY_1);
	ck_assert_str_eq(seal_text(SEAL_KEYS "sector-1.key.aside"), SEAL_KEY_2);
}
END_TEST

START_TEST(credential_that_opens_no_more_is_sealed_anew)
{
	seal_put(SEAL_KEYS "sector-1.cred",
		 "SEALED sector-1.key before\nYQ==\n", 0600);
	ck_assert_int_eq(key_run(again, "key init --seal"), 0);
	must_be_sealed();
}
END_TEST

/* Killed at every step before: what lies there, and with which credential. */
static const struct { const char *plain, *half; bool sealed; } killed[] = {
	{ "sector-1.key", "sector-1.cred.new", false },
	{ "sector-1.key", NULL, true },
	{ "sector-1.key.aside", NULL, true },
	{ NULL, "sector-1.key.ending", true },
	{ NULL, NULL, true },
};

START_TEST(sealing_that_was_killed_is_finished)
{
	const char *plain = killed[_i].plain, *half = killed[_i].half;

	ck_assert_int_eq(key_run(sealing, "key init --seal"), 0);
	if (!killed[_i].sealed)
		unlink(service_path(SEAL_KEYS "sector-1.cred"));
	if (plain)
		service_put_file(service_path(SEAL_KEYS "%s", plain),
				 span_str(SEAL_KEY_1), 0400);
	if (half)	/* of a key that was being overwritten, or written */
		service_put_file(service_path(SEAL_KEYS "%s", half),
				 span_str("\1\1\1\1"), 0400);
	ck_assert_int_eq(
		key_run(plain ? (killed[_i].sealed ? again : sealing) : settled,
			"key init --seal"),
		0);
	must_be_sealed();
	ck_assert_uint_eq(service_count(service_path(SEAL_KEYS)), 1);
}
END_TEST

/* A credential that cnied does not get is a key: no other is made. */
START_TEST(sealed_key_is_never_replaced)
{
	service_script *const scripts[] = { sees_nothing, sees_nothing, NULL };

	ck_assert_int_eq(key_run(sealing, "key init --seal"), 0);
	unlink(service_path("systemctl.log"));
	ck_assert_int_eq(key_run(scripts, "key init"), 1);
	ck_assert(key_said("cnied does not get it"));
	ck_assert(!key_said("key restore"));
	ck_assert_ptr_nonnull(strstr(seal_text("systemctl.log"),
				     "try-restart"));
	seal_put("tpm", "cleared", 0644);
	ck_assert_int_eq(key_run(scripts, "key init"), 1);
	ck_assert(key_said("cniectl key restore"));
	ck_assert(seal_has(SEAL_KEYS "sector-1.cred"));
}
END_TEST

static void older_never_saved(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_STATUS);
	service_say_row(fd, "previous_epoch\t1");
	service_say_row(fd, "backup\t20261101");
	service_say_row(fd, "previous_backup\tnever");
	service_say_row(fd, "key\tpresent");
	service_end(fd, REASON_NONE, "");
}

/* The older of two is needed until it is retired. */
START_TEST(sealing_wants_a_backup_of_each_live_key)
{
	service_script *const scripts[] = { key_says_made, older_never_saved,
					    NULL };

	key_configure("epoch = 2\nprevious_epoch = 1\n", "");
	seal_put(SEAL_KEYS "sector-2.key", SEAL_KEY_2, 0400);
	key_epoch = 2;
	ck_assert_int_eq(key_run(scripts, "key init --seal"), 1);
	ck_assert(key_said("no backup of epoch 1"));
	ck_assert(key_said("--previous --to PUB"));
	ck_assert(!seal_has(SEAL_KEYS "sector-1.cred"));
	ck_assert(!seal_has(SEAL_KEYS "sector-2.cred"));
}
END_TEST

/* -- with the other commands ---------------------------------------------------------- */

#define SEALED_2 "SEALED sector-2.key as it left the factory\nYQ==\n"

static void restores(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_RESTORE && !seal_has(SEAL_DROP_IN));
	seal_put(SEAL_KEYS "sector-1.key", SEAL_KEY_1, 0400);
	service_end(fd, REASON_NONE, "the sector key is back");
}

static const char *restore_line(void)
{
	static char line[256];

	key_pair_files();
	seal_put("stick", KEY_BACKUP_BYTES, 0600);
	snprintf(line, sizeof(line), "key restore %s --identity %s",
		 service_path("stick"), service_path("pair"));
	return line;
}

START_TEST(restore_takes_the_dead_credential_out_of_cnieds_way)
{
	service_script *const scripts[] = { restores, NULL };

	ck_assert_int_eq(key_run(sealing, "key init --seal"), 0);
	seal_put("tpm", "cleared", 0644);
	ck_assert_int_eq(key_run(scripts, restore_line()), 0);
	ck_assert(!seal_has(SEAL_KEYS "sector-1.cred"));
	ck_assert_int_eq(key_run(sealing, "key init --seal"), 0);
	must_be_sealed();
}
END_TEST

static void has_its_key(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_RESTORE);
	service_end(fd, REASON_KEY_EXISTS,
		    reason_row(REASON_KEY_EXISTS)->text);
}

/* Both epochs' at once: with either still in the drop-in cnied does not start. */
START_TEST(restore_takes_every_dead_credential_out)
{
	service_script *const scripts[] = { restores, NULL };

	ck_assert_int_eq(key_run(sealing, "key init --seal"), 0);
	seal_put(SEAL_KEYS "sector-2.cred", SEALED_2, 0600);
	seal_put(SEAL_DROP_IN, "[Service]\n"
		 "LoadCredentialEncrypted=sector-2.key:/x\n"
		 "LoadCredentialEncrypted=sector-1.key:/x\n", 0644);
	key_configure("epoch = 2\nprevious_epoch = 1\n", "");
	seal_put("tpm", "cleared", 0644);
	/* of systemctl, what fails with a dead credential in the drop-in */
	seal_put("usr/bin/systemctl", "#!/bin/sh\n"
		 "! grep -q Load ${0%/usr/bin/*}/" SEAL_DROP_IN "\n", 0755);
	ck_assert_int_eq(key_run(scripts, restore_line()), 0);
	ck_assert(!seal_has(SEAL_KEYS "sector-2.cred"));
	ck_assert(seal_has(SEAL_KEYS "sector-1.cred"));
}
END_TEST

START_TEST(restore_leaves_a_credential_that_opens)
{
	service_script *const scripts[] = { has_its_key, NULL };

	ck_assert_int_eq(key_run(sealing, "key init --seal"), 0);
	ck_assert_int_eq(key_run(scripts, restore_line()), 1);
	ck_assert(key_said("(K08)"));
	must_be_sealed();
}
END_TEST

static void makes_second(int fd, const struct msg_admin_request *m)
{
	seal_put(SEAL_KEYS "sector-2.key", SEAL_KEY_2, 0400);
	key_says_made(fd, m);
}

START_TEST(rotation_seals_the_new_key_too)
{
	service_script *const scripts[] = { is_sealed, makes_second, is_sealed,
					    NULL };
	service_script *const late[] = { sees_a_file, is_sealed, NULL };
	service_script *const third[] = { is_sealed, NULL };

	ck_assert_int_eq(key_run(sealing, "key init --seal"), 0);
	key_epoch = 2;
	ck_assert_int_eq(key_run(scripts, "key rotate --no-backup"), 0);
	ck_assert(!seal_has(SEAL_KEYS "sector-2.key"));
	ck_assert_int_eq(seal_try(2), SEALED_OPENS);
	ck_assert(is_named(1) && is_named(2));
	/* killed before the sealing: the same command goes on with it */
	ck_assert_int_eq(rename(service_path(SEAL_KEYS "sector-2.cred"),
				service_path("old.cred")), 0);
	seal_put(SEAL_KEYS "sector-2.key", SEAL_KEY_2, 0400);
	ck_assert_int_eq(key_run(late, "key rotate --no-backup"), 0);
	ck_assert_int_eq(seal_try(2), SEALED_OPENS);
	ck_assert(!seal_has(SEAL_KEYS "sector-2.key"));
	ck_assert_int_eq(key_run(third, "key rotate --no-backup"), 1);
}
END_TEST

/* The TPM was cleared, and there is no backup: cnied is brought to life, and
 * goes on with a new key alone. */
START_TEST(rotation_leaves_a_dead_credential_behind)
{
	service_script *const dead[] = { sees_nothing, NULL };
	service_script *const scripts[] = { sees_nothing, makes_second,
					    is_sealed, NULL };

	ck_assert_int_eq(key_run(sealing, "key init --seal"), 0);
	seal_put("tpm", "cleared", 0644);
	key_epoch = 2;
	/* it may be a TPM that does not answer now: not without a word */
	ck_assert_int_eq(key_run(dead, "key rotate --no-backup"), 1);
	ck_assert(key_said("sector-1.cred is there") && key_said("--lost"));
	ck_assert(is_named(1) && !key_conf_has("epoch = 2"));
	ck_assert_int_eq(key_run(scripts, "key rotate --no-backup --lost"), 0);
	ck_assert(is_named(2) && !is_named(1));
	ck_assert(key_conf_has("epoch = 2"));
	ck_assert(!strstr(key_conf(), "previous_epoch"));
	ck_assert_int_eq(seal_try(2), SEALED_OPENS);
	/* should the TPM be what it was, after all */
	ck_assert(seal_has(SEAL_KEYS "sector-1.cred"));
}
END_TEST

static void ends_first(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_RETIRE && m->epoch == 1);
	/* cnied could not start again with a line for a file that is gone */
	service_must(!strstr(seal_text(SEAL_DROP_IN), "sector-1"));
	unlink(service_path(SEAL_KEYS "sector-1.cred"));
	service_end(fd, REASON_NONE, "");
}

START_TEST(retired_epoch_leaves_the_drop_in_first)
{
	service_script *const whole[] = { key_says_unbound_0, ends_first,
					  NULL };
	service_script *const rest[] = { key_left_over_1, ends_first,
					 key_left_over_0, NULL };
	service_script *const *const scripts[] = { whole, rest };

	seal_put(SEAL_KEYS "sector-1.cred", SEALED_1, 0600);
	seal_put(SEAL_KEYS "sector-2.cred", SEALED_1, 0600);
	unlink(service_path(SEAL_KEYS "sector-1.key"));
	mkdir(service_path("etc/systemd/system/cnied.service.d"), 0755);
	seal_put(SEAL_DROP_IN, "LoadCredentialEncrypted=sector-1.key:/x\n",
		 0644);
	key_configure(_i ? "epoch = 2\n" :
			   "epoch = 2\nprevious_epoch = 1\n", "");
	ck_assert_int_eq(key_run(scripts[_i], "key retire"), 0);
	ck_assert(is_named(2) && !is_named(1));
	ck_assert_ptr_nonnull(strstr(seal_text("systemctl.log"),
		"daemon-reload\ntry-restart cnied.service\n"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl key seal");
	TCase *t = tcase_create("seal");

	tcase_add_checked_fixture(t, seal_setup, service_teardown);
	tcase_add_test(t, plain_file_goes_when_cnied_has_the_sealed_key);
	tcase_add_test(t, plain_file_comes_back_where_cnied_does_not_get_it);
	tcase_add_test(t, without_a_tpm_nothing_changes);
	tcase_add_test(t, systemctl_that_fails_leaves_the_plain_file);
	tcase_add_test(t, credential_of_another_key_is_not_touched);
	tcase_add_test(t, credential_that_opens_no_more_is_sealed_anew);
	tcase_add_loop_test(t, sealing_that_was_killed_is_finished, 0,
			    sizeof(killed) / sizeof(killed[0]));
	tcase_add_test(t, sealed_key_is_never_replaced);
	tcase_add_test(t, sealing_wants_a_backup_of_each_live_key);
	tcase_add_test(t, restore_takes_the_dead_credential_out_of_cnieds_way);
	tcase_add_test(t, restore_takes_every_dead_credential_out);
	tcase_add_test(t, restore_leaves_a_credential_that_opens);
	tcase_add_test(t, rotation_seals_the_new_key_too);
	tcase_add_test(t, rotation_leaves_a_dead_credential_behind);
	tcase_add_loop_test(t, retired_epoch_leaves_the_drop_in_first, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
