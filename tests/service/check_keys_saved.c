// SPDX-License-Identifier: GPL-3.0-or-later
/* A sector key that is saved, lost and brought back, and what is said of one
 * that can't be used; the test speaks for cnie-sector. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config_value.h"
#include "check_main.h"
#include "service/key.h"
#include "support_keys.h"

#define RECIPIENT \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* -- saved and brought back ---------------------------------------------------------- */

START_TEST(a_backup_is_passed_on_and_its_day_kept_once_stored)
{
	struct msg_sector_backup m = { span_str("sealed bytes") };
	struct msg_admin_request ask_it = { .verb = ADMIN_KEY_BACKUP,
					    .text = RECIPIENT };
	struct msg_bulk bulk;
	struct msg_sector_config c;

	ask(ask_it);
	c = told();
	ck_assert_uint_eq(c.mode, SECTOR_BACKUP);
	ck_assert_uint_eq(c.recipient[1], 0x11);
	ready(FROM_SECTOR);
	tell(FROM_SECTOR, MSG_SECTOR_BACKUP, &m);
	ck_assert(heard(MSG_ADMIN_BULK, &bulk));
	ck_assert_uint_eq(bulk.last, 1);
	ck_assert_uint_eq(bulk.bytes.n, 12);
	over(REASON_NONE, NULL);
	ck_assert_uint_eq(key_backup_day(1), 0);	/* not on disk yet */
	ask_it.flags = ADMIN_BACKUP_STORED;
	ask(ask_it);
	over(REASON_NONE, NULL);
	ck_assert_uint_gt(key_backup_day(1), 20260101);
}
END_TEST

START_TEST(a_backup_to_nobody_is_refused)
{
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_BACKUP,
					.text = "0011" });
	over(REASON_KEY_BACKUP, NULL);
	with_token("");
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_BACKUP,
					.text = RECIPIENT });
	over(REASON_KEY_CUSTODY, NULL);
}
END_TEST

START_TEST(a_backup_that_nobody_asked_for_is_a_lie)
{
	struct msg_sector_backup m = { span_str("sealed bytes") };

	ask((struct msg_admin_request){ .verb = ADMIN_KEY_STATUS });
	tell(FROM_SECTOR, MSG_SECTOR_BACKUP, &m);
	over(REASON_HELPER_PROTOCOL, NULL);
}
END_TEST

static struct msg_admin_request restoring(void)
{
	struct msg_admin_request m = { .verb = ADMIN_KEY_RESTORE };

	station_put("/backup", "b", 0644);
	station_put("/identity", "i", 0400);
	ck_assert_int_eq(prefix_path("/backup", m.file, sizeof(m.file)), R_OK);
	ck_assert_int_eq(prefix_path("/identity", m.identity,
				     sizeof(m.identity)), R_OK);
	return m;
}

START_TEST(a_lost_key_comes_back)
{
	struct msg_admin_request m = restoring();

	ck_assert_int_eq(key_remove(1), R_OK);
	ask(m);
	ck_assert_uint_eq(told().mode, SECTOR_RESTORE);
	ck_assert(!there("sector-1.key"));
	ready(FROM_SECTOR);
	over(REASON_NONE, "the sector key is back");
	ck_assert(there("sector-1.key"));
}
END_TEST

START_TEST(a_key_that_is_there_is_not_replaced)
{
	ask(restoring());
	ck_assert_uint_eq(told().mode, SECTOR_PROBE);
	ready(FROM_SECTOR);
	over(REASON_KEY_EXISTS, NULL);
	ck_assert(there("sector-1.key") && !there("sector-1.key.new"));
}
END_TEST

/* One that can't be used is overwritten once the other is in its place. */
START_TEST(a_key_that_can_not_be_used_is_replaced)
{
	station_put(PATH_KEY_DIR "/sector-1.key", "damaged", 0400);
	ask(restoring());
	ck_assert_uint_eq(told().mode, SECTOR_PROBE);
	helper_fails(REASON_NO_KEY);
	ck_assert_uint_eq(told().mode, SECTOR_RESTORE);
	ck_assert_str_eq(content("sector-1.key"), "damaged");
	if (_i == 0) {
		helper_fails(REASON_KEY_BACKUP);
		over(REASON_KEY_BACKUP, NULL);
		ck_assert_str_eq(content("sector-1.key"), "damaged");
		ck_assert(!there("sector-1.key.new"));
		return;
	}
	ready(FROM_SECTOR);
	ck_assert_uint_eq(told().mode, SECTOR_DESTROY);
	ck_assert_str_eq(content("sector-1.key"), "");
	ck_assert_str_eq(content("sector-1.key.new"), "damaged");
	if (_i == 1) {
		ready(FROM_SECTOR);
		over(REASON_NONE, "the sector key is back; what could not be used was overwritten");
		ck_assert(!there("sector-1.key.other"));
	} else {	/* another sector's, say */
		helper_fails(REASON_NO_KEY);
		over(REASON_NONE, NULL);
		ck_assert_str_eq(content("sector-1.key.other"), "damaged");
	}
	ck_assert(there("sector-1.key") && !there("sector-1.key.new"));
}
END_TEST

/* It may be good: it is named, and nothing is put over it. */
START_TEST(a_file_that_is_refused_is_named)
{
	static const struct { mode_t mode; uid_t owner; const char *text; }
	odd[] = {
		{ 0440, 0, "sector-1.key has mode 0440 and owner 0" },
		{ 0400, 7, "sector-1.key has mode 0400 and owner 7" },
		{ 0, 0, "sector-1.key is a symbolic link" },
	};
	char path[PREFIX_PATH_MAX], said[300];

	ck_assert_int_eq(prefix_path(PATH_KEY_DIR "/sector-1.key", path,
				     sizeof(path)), R_OK);
	if (odd[_i].mode) {
		ck_assert_int_eq(chmod(path, odd[_i].mode), 0);
		ck_assert_int_eq(chown(path, odd[_i].owner, 0), 0);
	} else {
		ck_assert_int_eq(unlink(path), 0);
		ck_assert_int_eq(symlink("/nowhere", path), 0);
	}
	ask(restoring());
	ck_assert_int_eq(admin_end(said, sizeof(said)), REASON_KEY_EXISTS);
	ck_assert_ptr_nonnull(strstr(said, odd[_i].text));
	if (service.txn)
		txn_free(&service.txn);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_STATUS });
	read_rows();
	ck_assert(row_has("key\tunusable: ", odd[_i].text));
	if (service.txn)
		txn_free(&service.txn);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_MAKE });
	ck_assert_int_eq(admin_end(said, sizeof(said)), REASON_NO_KEY);
	ck_assert_ptr_nonnull(strstr(said, odd[_i].text));
}
END_TEST

#define SERVED "[tokeniser]\nsocket = /t.sock\npublic_key = " \
	"e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76\n"
#define POINT_2 "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919"

/* A service's next key is tried before cnie.conf names it. */
START_TEST(a_services_next_key_is_tried)
{
	struct msg_admin_request m = { .verb = ADMIN_KEY_MAKE, .epoch = 2,
				       .text = POINT_2 };
	struct msg_sector_config c;
	uint8_t pinned[ELEMENT_SIZE];

	station_config("provider = tokeniser\n", SERVED);
	ask(m);
	over(REASON_TOKENISER, NULL);	/* nobody listens */
	station_listen("/t.sock");
	ask(m);
	c = told();
	ck_assert_uint_eq(c.mode, SECTOR_PROBE);
	ck_assert_uint_eq(c.epoch, 2);
	ck_assert_uint_eq(c.old_epoch, 0);
	ck_assert(value_element(POINT_2, pinned));
	ck_assert_mem_eq(c.public_key, pinned, sizeof(pinned));
	helper_fails(REASON_TOKENISER_PROOF);
	over(REASON_TOKENISER_PROOF, NULL);
	ask(m);
	ready(FROM_SECTOR);
	over(REASON_NONE, "the tokenisation service answers under the new one");
	m.epoch = 1;		/* that would be the pin of today */
	ask(m);
	over(REASON_PROTOCOL, NULL);
}
END_TEST

static const struct { uint16_t fault; const char *text; } faults[] = {
	{ TOKEN_FAULT_PIN, "PIN is wrong" },
	{ TOKEN_FAULT_LOCKED, "PIN is locked" },
	{ TOKEN_FAULT_LAST_TRY, "one try" },
	{ TOKEN_FAULT_EXPIRED, "PIN has expired" },
	{ TOKEN_FAULT_ABSENT, "no token of this label" },
	{ TOKEN_FAULT_COUNT, "the security token can't be used" },
};

START_TEST(a_tokens_troubles_are_told_apart)
{
	struct msg_helper_fail m = { REASON_TOKEN, faults[_i].fault, 0 };
	char said[300];

	with_token("");
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_STATUS });
	tell(FROM_SECTOR, MSG_HELPER_FAIL, &m);
	read_rows();
	ck_assert(row_has("key\tunusable: ", faults[_i].text));
	if (service.txn)
		txn_free(&service.txn);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_MAKE });
	tell(FROM_SECTOR, MSG_HELPER_FAIL, &m);
	ck_assert_int_eq(admin_end(said, sizeof(said)), REASON_TOKEN);
	ck_assert_ptr_nonnull(strstr(said, faults[_i].text));
	if (service.txn)
		txn_free(&service.txn);
	station_put("/p", "1234", 0440);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_STATUS });
	read_rows();
	ck_assert(row_has("key\tunusable: ", "/p has mode 0440"));
}
END_TEST

START_TEST(a_service_that_is_not_there_is_named)
{
	station_config("provider = tokeniser\n", "[tokeniser]\n"
		"socket = /run/t.sock\npublic_key = e2f2ae0a6abc4e71a884a961c5"
		"00515f58e30b6aa582dd8db6a65945e08d2d76\n");
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_STATUS });
	read_rows();
	ck_assert(row_has("key\tunusable: ", "/run/t.sock: no tokenisation"));
	if (service.txn)
		txn_free(&service.txn);
}
END_TEST

START_TEST(a_library_that_does_not_answer_is_named)
{
	with_token("");
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_STATUS });
	service.txn->step_deadline = 1;
	txn_expired(service.txn);
	read_rows();
	ck_assert(row_has("key\tunusable: ", "library does not answer"));
	if (service.txn)
		txn_free(&service.txn);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_MAKE });
	service.txn->step_deadline = 1;
	txn_expired(service.txn);
	over(REASON_TOKEN, NULL);
}
END_TEST

START_TEST(a_secret_that_others_can_read_opens_nothing)
{
	struct msg_admin_request m = restoring();

	ck_assert_int_eq(key_remove(1), R_OK);
	station_put("/identity", "i", 0440);
	ask(m);
	over(REASON_KEY_BACKUP, NULL);
	ck_assert(!there("sector-1.key"));
}
END_TEST

START_TEST(only_a_live_epochs_key_comes_back)
{
	struct msg_admin_request m = restoring();

	m.epoch = 7;
	ask(m);
	over(REASON_KEY_BACKUP, NULL);
	with_token("");
	m.epoch = 1;
	ask(m);
	over(REASON_KEY_CUSTODY, NULL);
}
END_TEST

START_TEST(a_backup_that_can_not_be_opened_leaves_no_half_key)
{
	struct msg_admin_request m = restoring();

	ck_assert_int_eq(key_remove(1), R_OK);
	ask(m);
	helper_fails(REASON_KEY_BACKUP);
	over(REASON_KEY_BACKUP, NULL);
	ck_assert(!there("sector-1.key") && !there("sector-1.key.new"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("keys saved");
	TCase *t = tcase_create("keys saved");

	tcase_add_checked_fixture(t, station_set_up, station_take_down);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_backup_is_passed_on_and_its_day_kept_once_stored);
	tcase_add_test(t, a_backup_to_nobody_is_refused);
	tcase_add_test(t, a_backup_that_nobody_asked_for_is_a_lie);
	tcase_add_test(t, a_lost_key_comes_back);
	tcase_add_test(t, a_key_that_is_there_is_not_replaced);
	tcase_add_loop_test(t, a_key_that_can_not_be_used_is_replaced, 0, 3);
	tcase_add_loop_test(t, a_file_that_is_refused_is_named, 0, 3);
	tcase_add_test(t, a_services_next_key_is_tried);
	tcase_add_test(t, a_service_that_is_not_there_is_named);
	tcase_add_test(t, a_library_that_does_not_answer_is_named);
	tcase_add_loop_test(t, a_tokens_troubles_are_told_apart, 0,
			    sizeof(faults) / sizeof(faults[0]));
	tcase_add_test(t, a_secret_that_others_can_read_opens_nothing);
	tcase_add_test(t, only_a_live_epochs_key_comes_back);
	tcase_add_test(t, a_backup_that_can_not_be_opened_leaves_no_half_key);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
