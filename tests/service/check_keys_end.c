// SPDX-License-Identifier: GPL-3.0-or-later
/* The end of an epoch: not while it lives, not while somebody needs it, and
 * to the end after an interruption. */
#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "check_main.h"
#include "service/key.h"
#include "support_keys.h"

static struct msg_admin_request retiring(uint64_t locked_out)
{
	return (struct msg_admin_request){ .verb = ADMIN_KEY_RETIRE,
					   .epoch = 1, .number = locked_out };
}

static bool used(uint32_t epoch)
{
	struct roster *r = roster();
	bool any = false;

	ck_assert_int_eq(roster_epoch_used(r, epoch, &any), REASON_NONE);
	roster_close(&r);
	return any;
}

static void left_over(uint32_t epoch)
{
	char want[32];

	snprintf(want, sizeof(want), "left_over\t%u", epoch);
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_STATUS });
	read_rows();
	assert_row(want);
	if (service.txn)
		txn_free(&service.txn);
}

START_TEST(a_live_epoch_is_not_ended)
{
	ask(retiring(9));
	over(REASON_EPOCH_LIVE, NULL);
	station_config("epoch = 2\nprevious_epoch = 1\n", "");
	ask(retiring(9));
	over(REASON_EPOCH_LIVE, NULL);
	ck_assert(there("sector-1.key") && used(1));
}
END_TEST

START_TEST(an_epoch_that_somebody_needs_is_not_ended)
{
	station_config("epoch = 2\n", "");
	ask(retiring(0));
	over(REASON_EPOCH_NEEDED, NULL);
	ck_assert(there("sector-1.key") && used(1));
}
END_TEST

START_TEST(it_is_ended_when_told_how_many_it_locks_out_and_again)
{
	station_config("epoch = 2\n", "");
	ask(retiring(1));
	ck_assert_uint_eq(told().mode, SECTOR_DESTROY);
	ck_assert(!used(1));
	/* killed here: the next try finishes it */
	txn_refuse(service.txn, REASON_CANCELLED);
	txn_free(&service.txn);
	ck_assert(there("sector-1.key"));
	ask((struct msg_admin_request){ .verb = ADMIN_KEY_STATUS });
	read_rows();
	assert_row("left_over\t1");
	if (service.txn)
		txn_free(&service.txn);
	ask(retiring(0));
	ready(FROM_SECTOR);
	over(REASON_NONE, NULL);
	ck_assert(!there("sector-1.key") && !used(1));
	ask(retiring(0));
	over(REASON_NONE, NULL);	/* nothing was left to do */
}
END_TEST

START_TEST(a_key_that_the_token_has_no_more_is_ended)
{
	with_token("epoch = 2\n");
	ck_assert_int_eq(key_remove(1), R_OK);
	ask(retiring(1));
	ck_assert_uint_eq(told().mode, SECTOR_DESTROY);
	helper_fails(REASON_TOKEN);
	over(REASON_TOKEN, "the security token can't be used; the tags of epoch 1 are gone, and its key in the token is not: when the token can be used, cniectl key retire again");
	ck_assert(!used(1));
	/* no file and no tag says that the token has it still */
	left_over(1);
	ask(retiring(0));
	helper_fails(REASON_NO_KEY);
	over(REASON_NONE, NULL);
	left_over(0);
}
END_TEST

START_TEST(a_key_that_stays_in_the_token_is_left_there)
{
	char said[300];

	with_token("epoch = 2\n");
	ck_assert_int_eq(key_remove(1), R_OK);
	station_put(PATH_KEY_DIR "/sector-1.kept", "", 0600);
	left_over(1);
	ask(retiring(1));
	ck_assert_int_eq(admin_end(said, sizeof(said)), REASON_NONE);
	ck_assert_ptr_nonnull(strstr(said, "stays there"));
	txn_free(&service.txn);
	ck_assert(!used(1) && !there("sector-1.kept"));
	left_over(0);
}
END_TEST

/* Whatever the mark says: a file that is left is a key that is left. */
START_TEST(a_file_beside_it_is_not)
{
	with_token("epoch = 2\n");
	station_put(PATH_KEY_DIR "/sector-1.kept", "", 0600);
	ask(retiring(1));
	ck_assert_uint_eq(told().provider, PROVIDER_LOCAL);
	ck_assert(there("sector-1.kept"));	/* until all is done */
	ready(FROM_SECTOR);
	over(REASON_NONE, NULL);
	ck_assert(!there("sector-1.key") && !there("sector-1.kept"));
}
END_TEST

/* cnie-sector refuses to overwrite it: so it isn't unlinked either. */
START_TEST(a_file_that_is_not_overwritten_stays)
{
	station_config("epoch = 2\n", "");
	ask(retiring(1));
	ck_assert_uint_eq(told().mode, SECTOR_DESTROY);
	helper_fails(REASON_NO_KEY);
	over(REASON_NO_KEY, NULL);
	ck_assert(there("sector-1.key"));
}
END_TEST

/* The provider of today is not that of the epoch that ends. */
START_TEST(a_file_goes_also_where_the_key_is_in_a_token_now)
{
	struct msg_sector_config c;

	with_token("epoch = 2\n");
	ask(retiring(1));
	c = told();
	ck_assert_uint_eq(c.mode, SECTOR_DESTROY);
	ck_assert_uint_eq(c.provider, PROVIDER_LOCAL);
	ready(FROM_SECTOR);
	c = told();
	ck_assert_uint_eq(c.mode, SECTOR_DESTROY);
	ck_assert_uint_eq(c.provider, PROVIDER_PKCS11);
	ck_assert_uint_eq(c.epoch, 1);
	ready(FROM_SECTOR);
	over(REASON_NONE, NULL);
	ck_assert(!there("sector-1.key"));
}
END_TEST

#define SERVED "[tokeniser]\nsocket = /run/t.sock\npublic_key = " \
	"e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76\n"

START_TEST(a_file_goes_also_where_the_key_is_at_a_service_now)
{
	char said[300];

	station_config("provider = tokeniser\nepoch = 2\n", SERVED);
	ask(retiring(1));
	ck_assert_uint_eq(told().provider, PROVIDER_LOCAL);
	ck_assert(there("sector-1.key"));
	ready(FROM_SECTOR);
	ck_assert_int_eq(admin_end(said, sizeof(said)), REASON_NONE);
	ck_assert_ptr_nonnull(strstr(said, "for the service to end"));
	ck_assert(!there("sector-1.key"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("keys_end");
	TCase *t = tcase_create("keys_end");

	tcase_add_checked_fixture(t, station_set_up, station_take_down);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_live_epoch_is_not_ended);
	tcase_add_test(t, an_epoch_that_somebody_needs_is_not_ended);
	tcase_add_test(t, it_is_ended_when_told_how_many_it_locks_out_and_again);
	tcase_add_test(t, a_key_that_the_token_has_no_more_is_ended);
	tcase_add_test(t, a_key_that_stays_in_the_token_is_left_there);
	tcase_add_test(t, a_file_beside_it_is_not);
	tcase_add_test(t, a_file_that_is_not_overwritten_stays);
	tcase_add_test(t, a_file_goes_also_where_the_key_is_in_a_token_now);
	tcase_add_test(t, a_file_goes_also_where_the_key_is_at_a_service_now);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
