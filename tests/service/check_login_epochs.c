// SPDX-License-Identifier: GPL-3.0-or-later
/* Two live epochs, the tokeniser's remembered answers, the rebinding of an
 * account whose key was lost, and what is told of it to its person. */
#include <string.h>

#include "base/channel.h"
#include "check_main.h"
#include "support_talk.h"

#define SERVICE "[tokeniser]\nsocket = /s\npublic_key = " \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
#define CACHE "[token]\nmodule = /t.so\nlabel = t\npin_file = /p\n" \
	"cache = yes\n" SERVICE

static void over(enum reason want)
{
	ck_assert_ptr_nonnull(service.txn);
	ck_assert_int_eq(service.txn->state, ST_END);
	ck_assert_int_eq(service.txn->event.reason, want);
	txn_free(&service.txn);
}

static void two_epochs(void)
{
	station_set_up();
	station_config("epoch = 2\nprevious_epoch = 1\n", "");
	station_put(PATH_KEY_DIR "/sector-2.key", "not read here", 0400);
}

static void log_in_with(const struct msg_sector_tags *t, enum reason want)
{
	begin(name);
	to_facts();
	tags(t);
	if (service.txn->state != ST_END) {
		done_reading();
		answer(CODE);
	}
	over(want);
}

static const struct msg_sector_tags both = {
	.tag = "new tag", .card_tag = "new card", .has_old = 1,
	.old_tag = "tag", .old_card_tag = "card",
};

START_TEST(a_login_moves_the_person_to_the_newer_epoch)
{
	struct roster_account a;
	struct roster *r = roster();
	struct msg_sector_tags alone = both;
	uint32_t unbound = 7;

	ck_assert_int_eq(roster_unbound_count(r, 2, &unbound), REASON_NONE);
	ck_assert_uint_eq(unbound, 1);
	log_in_with(&both, GRANTED);
	ck_assert_int_eq(roster_unbound_count(r, 2, &unbound), REASON_NONE);
	ck_assert_uint_eq(unbound, 0);
	ck_assert_int_eq(roster_show(r, name, &a), REASON_NONE);
	ck_assert_uint_eq(a.uid, UID_MIN);
	/* and the older epoch is not needed any more */
	memset(alone.old_tag, 0x77, TAG_SIZE);
	log_in_with(&alone, GRANTED);
	roster_close(&r);
}
END_TEST

START_TEST(one_set_of_tags_where_two_epochs_live_is_a_lie)
{
	struct msg_sector_tags one = { .tag = "tag", .card_tag = "card" };

	log_in_with(&one, REASON_HELPER_PROTOCOL);
}
END_TEST

START_TEST(two_sets_of_tags_where_one_epoch_lives_are_a_lie)
{
	station_config("", "");
	log_in_with(&both, REASON_HELPER_PROTOCOL);
}
END_TEST

/* -- remembered answers ------------------------------------------------------ */

static void with_cache_config(void)
{
	station_config("provider = tokeniser\nepoch_ends = 2099-12-31\n",
		       CACHE);
}

static void with_cache(void)
{
	station_set_up();
	with_cache_config();
	station_put("/p", "1234", 0400);
}

static void look_up(const char *index, bool found)
{
	struct msg_sector_lookup m = { .epoch = 1 };
	struct msg_sector_found f = { .found = 9 };

	memcpy(m.index, index, strlen(index));
	tell(FROM_SECTOR, MSG_SECTOR_LOOKUP, &m);
	ck_assert_int_eq(chan_expect(helper[FROM_SECTOR], MSG_SECTOR_FOUND,
				     &f, mono_ms() + 1000), R_OK);
	ck_assert_uint_eq(f.found, found);
	ck_assert_str_eq((const char *)f.tag, found ? "tag" : "");
	ck_assert_str_eq((const char *)f.card_tag, found ? "card" : "");
}

static void drain(void)
{
	struct msg_sector_config c;
	struct msg_helper_start s;

	ck_assert_int_eq(chan_expect(helper[FROM_SECTOR], MSG_HELPER_START,
				     &s, mono_ms() + 1000), R_OK);
	ck_assert_int_eq(chan_expect(helper[FROM_SECTOR], MSG_SECTOR_CONFIG,
				     &c, mono_ms() + 1000), R_OK);
	ck_assert_uint_eq(c.provider, PROVIDER_TOKENISER);
	ck_assert_uint_eq(c.cache, 1);
	ck_assert_uint_eq(c.public_key[1], 0x11);
}

/* The socket is not there: connecting fails before the helper starts. Where
 * answers are remembered the helper is started all the same. */
START_TEST(a_tokeniser_that_is_not_there_is_said)
{
	struct msg_card_state card = { CARD_PRESENT, "reader" };

	station_config("provider = tokeniser\n", SERVICE);
	begin(name);
	ready(FROM_CARD);
	tell(FROM_CARD, MSG_CARD_STATE, &card);
	over(REASON_TOKENISER);
	with_cache_config();
	begin(name);
	ready(FROM_CARD);
	tell(FROM_CARD, MSG_CARD_STATE, &card);
	ck_assert_int_eq(service.txn->state, ST_ASK_CAN);
	txn_refuse(service.txn, REASON_CANCELLED);
	txn_free(&service.txn);
}
END_TEST

/* The local provider's helper stands in for the started process: what counts
 * here is cnied's half of the conversation. */
static void start_with_service(void)
{
	station_listen("/s");
	begin(name);
	to_facts();
	drain();
}

START_TEST(an_answer_is_remembered_once_its_person_was_let_in)
{
	struct msg_sector_tags t = { .tag = "tag", .card_tag = "card",
				     .remember = REMEMBER, .index = "i" };

	start_with_service();
	look_up("i", false);
	tags(&t);
	done_reading();
	answer("wrong");
	over(REASON_WRONG_CODE);

	start_with_service();
	look_up("i", false);
	tags(&t);
	done_reading();
	answer(CODE);
	over(GRANTED);

	start_with_service();
	look_up("j", false);
	look_up("i", true);
	/* and no longer once the epoch's end was brought forward */
	service.txn->config.epoch_ends = service.txn->today;
	look_up("i", true);
	service.txn->config.epoch_ends = service.txn->today - 1;
	look_up("i", false);
	txn_refuse(service.txn, REASON_CANCELLED);
	txn_free(&service.txn);
}
END_TEST

START_TEST(a_stranger_is_not_remembered)
{
	struct msg_sector_tags t = { .tag = "other", .card_tag = "other",
				     .remember = REMEMBER, .index = "i" };

	start_with_service();
	tags(&t);
	over(REASON_UNKNOWN_CARD);
	start_with_service();
	look_up("i", false);
	txn_refuse(service.txn, REASON_CANCELLED);
	txn_free(&service.txn);
}
END_TEST

START_TEST(a_lookup_where_there_is_no_cache_is_a_lie)
{
	struct msg_sector_lookup m = { .epoch = 1 };

	station_config("", "");
	begin(name);
	to_facts();
	tell(FROM_SECTOR, MSG_SECTOR_LOOKUP, &m);
	over(REASON_HELPER_PROTOCOL);
}
END_TEST

START_TEST(a_lookup_after_the_tags_is_a_lie)
{
	struct msg_sector_tags t = { .tag = "tag", .card_tag = "card" };
	struct msg_sector_lookup m = { .epoch = 1 };

	start_with_service();
	tags(&t);
	ck_assert_int_lt(crew_fd(&service.txn->crew, HELPER_SECTOR), 0);
	on_lookup(service.txn, FROM_SECTOR, &m);
	over(REASON_HELPER_PROTOCOL);
}
END_TEST

/* The card lies in the reader, and its CAN is typed; then nobody says more. */
static enum reason silence(const char *sector, const char *more, bool is_ready)
{
	struct msg_card_state card = { CARD_PRESENT, "reader" };

	station_config(sector, more);
	begin(name);
	ready(FROM_CARD);
	tell(FROM_CARD, MSG_CARD_STATE, &card);
	answer(CAN);
	ready(FROM_INSPECT);
	if (is_ready)
		ready(FROM_SECTOR);
	service.txn->step_deadline = 1;
	txn_expired(service.txn);
	return last_word();
}

#define IN_TOKEN "provider = pkcs11\n", \
	"[token]\nmodule = /t.so\nlabel = t\npin_file = /p\n"

/* A library that waits for its HSM is no card that does not answer. */
START_TEST(silent_token_is_not_called_a_silent_card)
{
	station_put("/p", "1234", 0400);
	ck_assert_int_eq(silence(IN_TOKEN, false), REASON_TOKEN);
}
END_TEST

START_TEST(silent_card_is_not_called_a_silent_token)
{
	station_put("/p", "1234", 0400);
	ck_assert_int_eq(silence(IN_TOKEN, true), REASON_CARD_SILENT);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("login_epochs");
	TCase *t = tcase_create("epochs");

	tcase_add_checked_fixture(t, two_epochs, station_take_down);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_login_moves_the_person_to_the_newer_epoch);
	tcase_add_test(t, one_set_of_tags_where_two_epochs_live_is_a_lie);
	tcase_add_test(t, two_sets_of_tags_where_one_epoch_lives_are_a_lie);
	tcase_add_test(t, silent_token_is_not_called_a_silent_card);
	tcase_add_test(t, silent_card_is_not_called_a_silent_token);
	suite_add_tcase(s, t);
	t = tcase_create("remembered");
	tcase_add_checked_fixture(t, with_cache, station_take_down);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_tokeniser_that_is_not_there_is_said);
	tcase_add_test(t, an_answer_is_remembered_once_its_person_was_let_in);
	tcase_add_test(t, a_stranger_is_not_remembered);
	tcase_add_test(t, a_lookup_where_there_is_no_cache_is_a_lie);
	tcase_add_test(t, a_lookup_after_the_tags_is_a_lie);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
