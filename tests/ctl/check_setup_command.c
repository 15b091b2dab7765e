// SPDX-License-Identifier: GPL-3.0-or-later
/* cniectl setup beside a scripted cnied: it does not end without having asked
 * for the backup, and where it can't ask it has written nothing. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "check_main.h"
#include "ctl/ctl.h"
#include "support_key.h"

#define SETUP "setup --sector urn:example:sector:test --profile uto --ids " \
	"card=801:801,inspect=802:802,face=803:803,sector=804:804"

static int run(service_script *const *scripts, const char *more)
{
	char line[512];
	int code;

	snprintf(line, sizeof(line), SETUP "%s", more);
	service_start(scripts);
	code = service_run(line);
	service_was_content();
	return code;
}

static bool said(const char *text)
{
	return strstr(service_out, text) || strstr(service_err, text);
}

/* As after the installation: a profile to copy, and nothing else. */
static void installed(void)
{
	key_setup();
	ck_assert_int_eq(unlink(service_path("etc/cnie/cnie.conf")), 0);
	ck_assert_int_eq(mkdir(service_path("usr"), 0755), 0);
	ck_assert_int_eq(mkdir(service_path("usr/share"), 0755), 0);
	ck_assert_int_eq(mkdir(service_path("usr/share/cnie"), 0755), 0);
	ck_assert_int_eq(mkdir(service_path("usr/share/cnie/profiles"), 0755),
			 0);
	service_put_file(service_path("usr/share/cnie/profiles/uto.conf"),
			 span_str("[profile]\n"), 0644);
	key_rows[0] = "provider\tlocal";
	key_rows[1] = "key\tpresent";
	key_rows[2] = "custody\tdemonstration only: a file that only root reads";
	key_rows[3] = "backup\tnever";
}

static void not_configured(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_STATUS);
	service_end(fd, REASON_NOT_CONFIGURED, "");
}

START_TEST(nobody_to_ask_and_no_option_writes_nothing)
{
	service_script *const scripts[] = { not_configured, NULL };

	ck_assert_int_eq(run(scripts, ""), 2);
	ck_assert(said("--no-backup"));
	ck_assert(!service_there(service_path("etc/cnie/cnie.conf")));
	ck_assert(!service_there(service_path("etc/cnie/profile.d/uto.conf")));
}
END_TEST

static const char *const odd[] = {
	" --to /nowhere --backup /x", " --to /nowhere", " --backup /x",
	" --no-backup --to /nowhere --backup /x",
};

START_TEST(options_that_do_not_fit_write_nothing)
{
	service_script *const scripts[] = { NULL };

	ck_assert_int_eq(run(scripts, odd[_i]), 2);
	ck_assert(!service_there(service_path("etc/cnie/cnie.conf")));
}
END_TEST

START_TEST(no_backup_is_said_plainly)
{
	service_script *const scripts[] = { key_says_made, key_says_status,
					    NULL };

	ck_assert_int_eq(run(scripts, " --no-backup"), 0);
	ck_assert(service_there(service_path("etc/cnie/cnie.conf")));
	ck_assert(service_there(service_path("etc/cnie/profile.d/uto.conf")));
	ck_assert(said("every person has to come with their card again"));
	ck_assert(said("Custody of the key: demonstration only"));
	ck_assert(said("cniectl key init --seal"));
}
END_TEST

START_TEST(backup_is_made_with_the_key)
{
	service_script *const scripts[] = { key_says_made, key_says_status,
		key_gives_backup, key_notes_backup, NULL };
	char more[256];

	key_pair_files();
	key_file = service_path("stick");
	snprintf(more, sizeof(more), " --to %s --backup %s",
		 service_path("pair.pub"), key_file);
	ck_assert_int_eq(run(scripts, more), 0);
	ck_assert(service_there(key_file));
}
END_TEST

START_TEST(backup_that_is_there_need_not_be_asked_for)
{
	service_script *const scripts[] = { key_says_status, key_says_made,
					    key_says_status, NULL };

	key_rows[2] = "custody\tsealed by the TPM";
	key_rows[3] = "backup\t20261101";
	ck_assert_int_eq(run(scripts, ""), 0);
	ck_assert(said("20261101; another one: cniectl key backup"));
	ck_assert(said("Custody of the key: sealed by the TPM."));
	ck_assert(!said("Whoever copies the disk"));
}
END_TEST

START_TEST(key_of_a_token_has_no_backup_to_ask_for)
{
	service_script *const scripts[] = { key_says_status, key_says_made,
					    key_says_status, NULL };

	key_configure("provider = pkcs11\n",
		      "[token]\nmodule = /m.so\nlabel = l\npin_file = /p\n");
	key_rows[0] = "provider\tpkcs11";
	key_rows[3] = "backup\tnot held here";
	ck_assert_int_eq(run(scripts, ""), 0);
	ck_assert(!said("backup "));
}
END_TEST

static void knows_by_2(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_STATUS);
	service_say_row(fd, "config\tfail\tcnie.conf:3: no");
	service_say_row(fd, "no-key\tfail\tepoch 2: accounts are known by its key");
	service_end(fd, REASON_NONE, "configure first");
}

static void knows_its_keys(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_STATUS);
	service_say_row(fd, "config\tfail\tcnie.conf:3: no");
	service_end(fd, REASON_NONE, "configure first");
}

/* One wrong line, and setup's own advice: a wrong local key is made, and where
 * the right one is is forgotten. */
START_TEST(force_does_not_lose_sight_of_a_key_elsewhere)
{
	service_script *const scripts[] = { knows_by_2, NULL };
	service_script *const nobody[] = { NULL };
	char before[2048];

	key_configure("provider = pkcs11\nepoch = 2x\n",
		      "[token]\nmodule = /m.so\nlabel = l\npin_file = /p\n");
	strcpy(before, key_conf());
	service_put_file(service_path("var/lib/cnie/roster.db"), span_str("x"),
			 0600);
	ck_assert_int_eq(run(scripts, " --force --no-backup"), 1);
	ck_assert(said("[sector] epoch"));	/* the line, as config_read says */
	ck_assert(said("epoch 2: accounts are known"));
	ck_assert(said("correct the line"));
	ck_assert_str_eq(key_conf(), before);
	/* nor where cnied can't be asked */
	ck_assert_int_eq(run(nobody, " --force --no-backup"), 3);
	ck_assert_str_eq(key_conf(), before);
}
END_TEST

START_TEST(force_keeps_the_file_that_it_can_not_read)
{
	service_script *const scripts[] = { knows_its_keys, key_says_made,
					    key_says_status, NULL };
	char before[2048], kept[2048];
	struct sink s = sink_of(kept, sizeof(kept) - 1);

	key_configure("epoch = 1x\n", "");
	strcpy(before, key_conf());
	service_put_file(service_path("etc/cnie/cnie.conf.1"), span_str("x"),
			 0644);
	service_put_file(service_path("var/lib/cnie/roster.db"), span_str("x"),
			 0600);
	ck_assert_int_eq(run(scripts, " --force --no-backup"), 0);
	ck_assert(key_conf_has("epoch = 1"));
	ck_assert_int_eq(file_read(service_path("etc/cnie/cnie.conf.2"),
				   FILE_ANY, &s), R_OK);
	kept[s.n] = '\0';
	ck_assert_str_eq(kept, before);
	ck_assert(said("cnie.conf.2"));
}
END_TEST

/* cnie.conf is gone altogether: the key is asked for by its epoch, and another
 * one of epoch 1 is not made. */
START_TEST(lost_file_is_written_with_the_epoch_of_the_accounts)
{
	service_script *const scripts[] = { knows_by_2, key_says_needed,
					    NULL };

	service_put_file(service_path("var/lib/cnie/roster.db"), span_str("x"),
			 0600);
	key_epoch = 2;
	ck_assert_int_eq(run(scripts, " --no-backup"), 1);
	ck_assert(key_conf_has("epoch = 2"));
	ck_assert(said("(K10)"));
}
END_TEST

/* Written anew it names the epochs that live, not a first one. */
START_TEST(force_keeps_the_epochs)
{
	service_script *const scripts[] = { key_says_made, key_says_status,
					    NULL };

	key_configure("epoch = 4\nprevious_epoch = 3\n", "");
	key_epoch = 4;
	ck_assert_int_eq(run(scripts, " --force --no-backup"), 0);
	ck_assert(key_conf_has("epoch = 4"));
	ck_assert(key_conf_has("previous_epoch = 3"));
	/* nor where the file is lost, and the keys are there */
	ck_assert_int_eq(unlink(service_path("etc/cnie/cnie.conf")), 0);
	service_put_file(service_path("var/lib/cnie/key/sector-4.key"),
			 span_str("x"), 0400);
	ck_assert_int_eq(run(scripts, " --no-backup"), 0);
	ck_assert(key_conf_has("epoch = 4"));
	ck_assert(!strstr(key_conf(), "previous_epoch"));
}
END_TEST

START_TEST(force_does_not_forget_where_the_key_is)
{
	service_script *const scripts[] = { NULL };

	key_configure("provider = pkcs11\n",
		      "[token]\nmodule = /m.so\nlabel = l\npin_file = /p\n");
	ck_assert_int_eq(run(scripts, " --force --no-backup"), 1);
	ck_assert(key_conf_has("provider = pkcs11"));
}
END_TEST

START_TEST(key_that_can_not_be_used_is_told)
{
	service_script *const scripts[] = { key_says_made, key_says_status,
					    NULL };

	key_rows[1] = "key\tunusable: of another sector";
	ck_assert_int_eq(run(scripts, " --no-backup"), 1);
	ck_assert(said("unusable: of another sector"));
}
END_TEST

/* -- two at once ------------------------------------------------------------------- */

/* While the first waits for its key: neither another setup, of whatever sector,
 * nor a key command goes on, and each says why. */
static void others_are_refused(int fd, const struct msg_admin_request *m)
{
	static const char *const lines[] = {
		SETUP " --no-backup", SETUP " --force --no-backup",
		"setup --force --sector urn:example:sector:other --profile "
		"other --no-backup --ids "
		"card=1:1,inspect=2:2,face=3:3,sector=4:4",
		"key init", "key rotate --no-backup", "key retire",
		"key restore /x --identity /y",
	};
	char before[2048];

	strcpy(before, key_conf());
	service_must(before[0]);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		service_must(service_run(lines[i]) == CTL_REFUSED);
		service_must(said("another cniectl is changing"));
		service_must(!strcmp(key_conf(), before));
	}
	key_says_made(fd, m);
}

START_TEST(one_setup_at_a_time)
{
	service_script *const scripts[] = { others_are_refused,
					    key_says_status, NULL };
	service_script *const again[] = { key_says_made, key_says_status,
					  NULL };
	char after[2048];

	ck_assert_int_eq(run(scripts, " --no-backup"), 0);
	ck_assert(key_conf_has("urn = urn:example:sector:test"));
	ck_assert(key_conf_has("epoch = 1"));
	ck_assert(!service_there(service_path("etc/cnie/profile.d/other.conf")));
	/* it was held no longer than the first one ran */
	strcpy(after, key_conf());
	ck_assert_int_eq(run(again, " --no-backup"), 0);
	ck_assert_str_eq(key_conf(), after);
}
END_TEST

static int hold(const char *folder)
{
	int dir = open(service_path("%s", folder), O_RDONLY | O_DIRECTORY |
		       O_CLOEXEC);

	ck_assert_int_eq(flock(dir, LOCK_EX), 0);
	return dir;
}

/* As a key rotate holds it, and as a csca import does. */
START_TEST(setup_waits_for_no_other_command)
{
	service_script *const nobody[] = { NULL };
	char more[256];
	int lock = hold("etc/cnie");

	ck_assert_int_eq(run(nobody, " --no-backup"), CTL_REFUSED);
	ck_assert(said("another cniectl is changing"));
	ck_assert(!service_there(service_path("etc/cnie/cnie.conf")));
	ck_assert(!service_there(service_path("etc/cnie/profile.d/uto.conf")));
	close(lock);
	lock = hold("etc/cnie/csca");
	ck_assert_int_eq(mkdir(service_path("new"), 0755), 0);
	service_put_file(service_path("new/a.cer"), span_str("x"), 0644);
	snprintf(more, sizeof(more), " --no-backup --csca %s",
		 service_path("new"));
	ck_assert_int_eq(run(nobody, more), CTL_REFUSED);
	ck_assert(said("etc/cnie/csca: try again"));
	ck_assert(!service_there(service_path("etc/cnie/csca/a.cer")));
	ck_assert(!service_there(service_path("etc/cnie/csca.new")));
	close(lock);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl setup command");
	TCase *t = tcase_create("setup");

	tcase_add_checked_fixture(t, installed, service_teardown);
	tcase_add_test(t, nobody_to_ask_and_no_option_writes_nothing);
	tcase_add_loop_test(t, options_that_do_not_fit_write_nothing, 0,
			    sizeof(odd) / sizeof(odd[0]));
	tcase_add_test(t, no_backup_is_said_plainly);
	tcase_add_test(t, backup_is_made_with_the_key);
	tcase_add_test(t, backup_that_is_there_need_not_be_asked_for);
	tcase_add_test(t, key_of_a_token_has_no_backup_to_ask_for);
	tcase_add_test(t, force_does_not_lose_sight_of_a_key_elsewhere);
	tcase_add_test(t, force_keeps_the_file_that_it_can_not_read);
	tcase_add_test(t, lost_file_is_written_with_the_epoch_of_the_accounts);
	tcase_add_test(t, force_keeps_the_epochs);
	tcase_add_test(t, force_does_not_forget_where_the_key_is);
	tcase_add_test(t, key_that_can_not_be_used_is_told);
	tcase_add_test(t, one_setup_at_a_time);
	tcase_add_test(t, setup_waits_for_no_other_command);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
