// SPDX-License-Identifier: GPL-3.0-or-later
/* cniectl key init, status, backup and restore beside a scripted cnied. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "support_key.h"

static const char *words(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static const char *words(const char *format, ...)
{
	static char line[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	return line;
}

/* -- init ------------------------------------------------------------------------ */

START_TEST(init_makes_the_configured_epoch)
{
	service_script *const scripts[] = { key_says_made, NULL };

	key_configure("epoch = 3\n", "");
	key_epoch = 3;
	ck_assert_int_eq(key_run(scripts, "key init"), 0);
	ck_assert(key_said("the sector key was made"));
}
END_TEST

#define TOKENISER "provider = tokeniser\nepoch_ends = 2027-12-31\n"
#define TOKENISER_MORE \
	"[tokeniser]\nsocket = /run/t.sock\npublic_key = " \
	"00000000000000000000000000000000000000000000000000000000000000aa\n" \
	"[token]\nmodule = /m.so\nlabel = l\npin_file = /p\ncache = yes\n"

START_TEST(init_makes_the_machines_key_where_there_is_a_cache)
{
	service_script *const scripts[] = { key_says_made, key_says_machine,
					    NULL };

	key_configure(TOKENISER, TOKENISER_MORE);
	ck_assert_int_eq(key_run(scripts, "key init"), 0);
	ck_assert(key_said("machine"));
}
END_TEST

START_TEST(init_of_a_lost_key_says_what_to_do)
{
	service_script *const scripts[] = { key_says_needed, NULL };

	ck_assert_int_eq(key_run(scripts, "key init"), 1);
	ck_assert(key_said("(K10)"));
	ck_assert(key_said("cniectl key restore"));
	ck_assert(key_said("account rebind"));
}
END_TEST

START_TEST(init_without_a_configuration_asks_nobody)
{
	service_script *const scripts[] = { NULL };

	unlink(service_path("etc/cnie/cnie.conf"));
	ck_assert_int_eq(key_run(scripts, "key init"), 1);
	ck_assert(key_said("cniectl setup"));
}
END_TEST

START_TEST(seal_wants_a_file_and_a_backup)
{
	service_script *const made[] = { key_says_made, NULL };
	service_script *const asked[] = { key_says_made, key_says_status,
					  NULL };

	key_configure("provider = pkcs11\n",
		      "[token]\nmodule = /m.so\nlabel = l\npin_file = /p\n");
	ck_assert_int_eq(key_run(made, "key init --seal"), 1);
	key_configure("", "");
	key_rows[0] = "backup\tnever";
	ck_assert_int_eq(key_run(asked, "key init --seal"), 1);
	ck_assert(key_said("cniectl key backup"));
	/* nothing of systemd's is in this root */
	key_rows[0] = "backup\t20261101";
	ck_assert_int_eq(key_run(asked, "key init --seal"), 1);
	ck_assert(key_said("systemd does not run here"));
	key_rows[0] = "backup\tnever";
	ck_assert_int_eq(key_run(asked, "key init --seal --no-backup"), 1);
	ck_assert(key_said("systemd does not run here"));
}
END_TEST

/* -- status ---------------------------------------------------------------------- */

START_TEST(status_as_text_and_as_json)
{
	service_script *const scripts[] = { key_says_status, key_says_status,
					    NULL };

	key_rows[0] = "provider\tlocal";
	key_rows[1] = "custody\tdemonstration only: a file that \"root\" reads";
	key_rows[2] = "epoch\t2";
	key_rows[3] = "backup\t20261101";
	service_start(scripts);
	ck_assert_int_eq(service_run("key status"), 0);
	ck_assert_ptr_nonnull(strstr(service_out, "provider          local\n"));
	ck_assert_int_eq(service_run("key status --json"), 0);
	ck_assert_ptr_nonnull(strstr(service_out, "\"provider\": \"local\""));
	ck_assert_ptr_nonnull(strstr(service_out, "a file that \\\"root\\\""));
	ck_assert_ptr_nonnull(strstr(service_out, "\"epoch\": 2,"));
	ck_assert_ptr_nonnull(strstr(service_out, "\"backup\": \"20261101\""));
	service_was_content();
}
END_TEST

START_TEST(status_row_that_is_none_is_refused)
{
	service_script *const scripts[] = { key_says_status, NULL };
	static const char *const bad[] = { "no tab", "\tvalue",
		"an-item-of-more-than-23-letters\tx" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		key_rows[0] = bad[i];
		/* it hangs up, which the script need not like */
		service_start(scripts);
		ck_assert_int_eq(service_run("key status"), 5);
		service_stop();
	}
}
END_TEST

/* -- backup ----------------------------------------------------------------------- */

static int back_up(service_script *const *scripts, const char *more)
{
	key_file = service_path("stick");
	return key_run(scripts, words("key backup %s --to %s%s", key_file,
				      service_path("pair.pub"), more));
}

static service_script *const whole_backup[] = { key_gives_backup,
						key_notes_backup, NULL };
static service_script *const nothing[] = { NULL };

static bool stick_holds(const char *want)
{
	char have[128] = "";
	int fd = open(service_path("stick"), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, have, sizeof(have) - 1);

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(want) && !memcmp(have, want, (size_t)n);
}

START_TEST(backup_is_written_and_then_noted)
{
	struct stat st;

	key_pair_files();
	ck_assert_int_eq(back_up(whole_backup, ""), 0);
	ck_assert(stick_holds(KEY_BACKUP_BYTES));
	ck_assert_int_eq(stat(service_path("stick"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	/* the note of how far it came is gone */
	ck_assert_uint_eq(service_count(service_path("var/lib/cnie/key")), 0);
}
END_TEST

START_TEST(backup_of_the_epoch_before)
{
	key_pair_files();
	ck_assert_int_eq(back_up(nothing, " --previous"), 2);
	key_configure("epoch = 5\nprevious_epoch = 4\n", "");
	key_epoch = 4;
	ck_assert_int_eq(back_up(whole_backup, " --previous"), 0);
}
END_TEST

START_TEST(backup_replaces_no_file)
{
	key_pair_files();
	service_put_file(service_path("stick"), span_str("photographs"), 0644);
	ck_assert_int_eq(back_up(nothing, ""), 1);
	ck_assert(key_said("is there already, and is kept"));
	ck_assert(stick_holds("photographs"));
}
END_TEST

START_TEST(backup_to_what_is_no_public_half_asks_nobody)
{
	ck_assert_int_eq(back_up(nothing, ""), 2);
	ck_assert(key_said("no such file"));
	key_pair_files();
	ck_assert_int_eq(rename(service_path("pair"),
				service_path("pair.pub")), 0);
	ck_assert_int_eq(back_up(nothing, ""), 2);
	ck_assert(key_said("secret half"));
	service_put_file(service_path("pair.pub"), span_str("ssh-rsa AAAA"),
			 0644);
	ck_assert_int_eq(back_up(nothing, ""), 2);
	ck_assert(!service_there(service_path("stick")));
}
END_TEST

START_TEST(backup_of_a_token_is_none)
{
	key_pair_files();
	key_configure("provider = pkcs11\n",
		      "[token]\nmodule = /m.so\nlabel = l\npin_file = /p\n");
	ck_assert_int_eq(back_up(nothing, ""), 1);
	ck_assert(key_said("(K06)"));
	ck_assert(key_said("cniectl key rotate"));
}
END_TEST

static void gives_none(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_BACKUP);
	service_end(fd, REASON_NONE, "");
}

static void gives_part(int fd, const struct msg_admin_request *m)
{
	struct msg_bulk bulk = { .last = 0, .bytes = span_str("CNIE") };

	service_must(m->verb == ADMIN_KEY_BACKUP);
	service_say(fd, MSG_ADMIN_BULK, &bulk);
}

static void gives_too_much(int fd, const struct msg_admin_request *m)
{
	static const uint8_t many[2048];
	struct msg_bulk bulk = { .last = 1, .bytes = SPAN(many) };

	service_must(m->verb == ADMIN_KEY_BACKUP);
	service_say(fd, MSG_ADMIN_BULK, &bulk);
}

static void gives_twice(int fd, const struct msg_admin_request *m)
{
	struct msg_bulk bulk = { .last = 1, .bytes = span_str("CNIE") };

	service_must(m->verb == ADMIN_KEY_BACKUP);
	service_say(fd, MSG_ADMIN_BULK, &bulk);
	service_say(fd, MSG_ADMIN_BULK, &bulk);
}

static service_script *const odd_backups[] = { gives_none, gives_part,
					       gives_too_much, gives_twice };

START_TEST(backup_that_does_not_come_whole_is_not_written)
{
	service_script *const scripts[] = { odd_backups[_i], NULL };

	key_pair_files();
	ck_assert_int_eq(back_up(scripts, ""), 5);
	ck_assert(!service_there(service_path("stick")));
}
END_TEST

/* Killed after the file had its name: the next run knows it, and says so. */
START_TEST(backup_of_a_killed_run_is_finished)
{
	service_script *const killed[] = { key_gives_backup, NULL };
	service_script *const rest[] = { key_notes_backup, NULL };

	key_pair_files();
	/* the service is gone before it hears of the file */
	ck_assert_int_eq(back_up(killed, ""), 3);
	ck_assert(stick_holds(KEY_BACKUP_BYTES));
	ck_assert_int_eq(back_up(rest, ""), 0);
	ck_assert(stick_holds(KEY_BACKUP_BYTES));
	/* and what is not that file is not taken for it */
	ck_assert_int_eq(back_up(nothing, ""), 1);
	unlink(service_path("stick"));
	ck_assert_int_eq(back_up(killed, ""), 3);
	service_put_file(service_path("stick"), span_str("another"), 0644);
	ck_assert_int_eq(back_up(nothing, ""), 1);
}
END_TEST

/* -- restore ------------------------------------------------------------------------ */

static void takes_copies(int fd, const struct msg_admin_request *m)
{
	char text[128] = "";
	struct stat st;
	int f;

	service_must(m->verb == ADMIN_KEY_RESTORE && m->epoch == key_epoch);
	service_must(stat(m->identity, &st) == 0 && st.st_uid == 0 &&
		     (st.st_mode & 07777) == 0600);
	service_must(stat(m->file, &st) == 0 && strstr(m->file, "/run/cnie/"));
	f = open(m->identity, O_RDONLY | O_CLOEXEC);
	service_must(read(f, text, sizeof(text) - 1) > 0 &&
		     strstr(text, "cnie-backup-secret-1 ") == text);
	close(f);
	service_end(fd, REASON_NONE, "the sector key is back");
}

static void is_not_its(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_KEY_RESTORE);
	service_end(fd, REASON_KEY_BACKUP,
		    reason_row(REASON_KEY_BACKUP)->text);
}

static int bring_back(service_script *const *scripts, const char *identity)
{
	return key_run(scripts, words("key restore %s --identity %s",
				      service_path("stick"),
				      service_path("%s", identity)));
}

START_TEST(restore_gives_copies_and_takes_them_away)
{
	service_script *const scripts[] = { takes_copies, NULL };

	key_pair_files();
	service_put_file(service_path("stick"), span_str(KEY_BACKUP_BYTES),
			 0600);
	ck_assert_int_eq(bring_back(scripts, "pair"), 0);
	ck_assert(key_said("cniectl doctor"));
	/* admin.sock alone is left there */
	ck_assert_uint_eq(service_count(service_path("run/cnie")), 1);
}
END_TEST

START_TEST(restore_that_is_refused_says_why)
{
	service_script *const scripts[] = { is_not_its, NULL };

	key_pair_files();
	service_put_file(service_path("stick"), span_str(KEY_BACKUP_BYTES),
			 0600);
	ck_assert_int_eq(bring_back(scripts, "pair"), 1);
	ck_assert(key_said("(K07)"));
	ck_assert_uint_eq(service_count(service_path("run/cnie")), 1);
}
END_TEST

START_TEST(restore_without_its_files_asks_nobody)
{
	key_pair_files();
	ck_assert_int_eq(bring_back(nothing, "pair"), 2);
	service_put_file(service_path("stick"), span_str(KEY_BACKUP_BYTES),
			 0600);
	ck_assert_int_eq(bring_back(nothing, "pair.pub"), 2);
	ck_assert_int_eq(bring_back(nothing, "not-there"), 2);
	ck_assert_uint_eq(service_count(service_path("run/cnie")), 1);
}
END_TEST

static TCase *backups(void)
{
	TCase *t = tcase_create("backup");

	tcase_add_checked_fixture(t, key_setup, service_teardown);
	tcase_add_test(t, backup_is_written_and_then_noted);
	tcase_add_test(t, backup_of_the_epoch_before);
	tcase_add_test(t, backup_replaces_no_file);
	tcase_add_test(t, backup_to_what_is_no_public_half_asks_nobody);
	tcase_add_test(t, backup_of_a_token_is_none);
	tcase_add_loop_test(t, backup_that_does_not_come_whole_is_not_written,
			    0, sizeof(odd_backups) / sizeof(odd_backups[0]));
	tcase_add_test(t, backup_of_a_killed_run_is_finished);
	tcase_add_test(t, restore_gives_copies_and_takes_them_away);
	tcase_add_test(t, restore_that_is_refused_says_why);
	tcase_add_test(t, restore_without_its_files_asks_nobody);
	return t;
}

static Suite *suite(void)
{
	Suite *s = suite_create("ctl key commands");
	TCase *t = tcase_create("init and status");

	tcase_add_checked_fixture(t, key_setup, service_teardown);
	tcase_add_test(t, init_makes_the_configured_epoch);
	tcase_add_test(t, init_makes_the_machines_key_where_there_is_a_cache);
	tcase_add_test(t, init_of_a_lost_key_says_what_to_do);
	tcase_add_test(t, init_without_a_configuration_asks_nobody);
	tcase_add_test(t, seal_wants_a_file_and_a_backup);
	tcase_add_test(t, status_as_text_and_as_json);
	tcase_add_test(t, status_row_that_is_none_is_refused);
	suite_add_tcase(s, t);
	suite_add_tcase(s, backups());
	return s;
}

CHECK_MAIN(suite)
