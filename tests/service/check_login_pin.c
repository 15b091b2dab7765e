// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The chip's PIN and the MRZ in the login: what is asked, what goes to
 * cnie-inspect, and that the last try waits for the person's word.
 */
#include <stdio.h>
#include <string.h>

#include "base/channel.h"
#include "base/prefix.h"
#include "base/scope.h"
#include "check_main.h"
#include "support_login.h"

#define PIN "2468"
#define MRZ "X12345678 850615 351231"

#define GOOD_FACTS (FACT_PA_CHAIN | FACT_PA_HASHES | FACT_PACE_SIGNED | \
	FACT_COUNTRY_DSC | FACT_COUNTRY_CSCA | FACT_STATE | \
	FACT_DOCUMENT_CODE | FACT_NUMBER_FORM | FACT_NOT_EXPIRED | \
	FACT_DATA_UNDER_PROOF)

static void profile(const char *more)
{
	char text[512];

	snprintf(text, sizeof(text), "[profile]\nstate = UTO\ncountry = UT\n"
		 "document_codes = ID\nnumber_regex = [A-Z]+\n%s", more);
	station_put(PATH_PROFILE_DIR "/uto.conf", text, 0644);
}

static void with_pin(void)
{
	station_set_up();
	profile("pin_reference = 3\n");
}

/* -- both sides ---------------------------------------------------------------- */

static void tell(enum source from, enum wire_msg type, const void *m)
{
	int fd = from == FROM_CLIENT ? person : helper[from];

	ck_assert_int_eq(chan_send(fd, type, m), R_OK);
	txn_message(service.txn, from);
}

static void answer(const char *text)
{
	struct msg_login_answer m = { .declined = !*text };

	strcpy(m.text, text);
	tell(FROM_CLIENT, MSG_LOGIN_ANSWER, &m);
}

static void ready(enum source from)
{
	struct msg_helper_ready m = { 1 };

	tell(from, MSG_HELPER_READY, &m);
}

static void card_there(void)
{
	struct msg_card_state m = { CARD_PRESENT, "reader" };

	ready(FROM_CARD);
	tell(FROM_CARD, MSG_CARD_STATE, &m);
}

static void inspect_fails(enum reason why, uint16_t sw)
{
	struct msg_helper_fail m = { (uint16_t)why, sw, STAGE_PIN };

	tell(FROM_INSPECT, MSG_HELPER_FAIL, &m);
}

static void identify(uint32_t flags)
{
	struct msg_inspect_facts facts = {
		.flags = flags, .proof = PROOF_CA, .channel = CHANNEL_CA,
		.access = CHANNEL_PACE, .expiry = 20991231,
	};
	struct msg_sector_tags tags = { .tag = "tag",
					.card_tag = "card" };
	struct msg_inspect_done done = { .apdus = 1 };

	tell(FROM_INSPECT, MSG_INSPECT_FACTS, &facts);
	if (!service.txn || service.txn->state == ST_END)
		return;
	tell(FROM_SECTOR, MSG_SECTOR_TAGS, &tags);
	tell(FROM_INSPECT, MSG_INSPECT_DONE, &done);
}

/* The next question; told: a sentence that must stand before it. */
static void assert_asked(enum msg want, enum msg told)
{
	uint8_t buf[WIRE_MAX];
	struct msg_login_ask ask;
	struct msg_login_info info;
	struct span in;
	bool heard = told == MSG_NONE;

	while (chan_recv(person, buf, sizeof(buf), 0, &in) == R_OK) {
		if (wire_get(in, MSG_LOGIN_INFO, &info) == R_OK)
			heard = heard || info.msg == told;
		if (wire_get(in, MSG_LOGIN_ASK, &ask) != R_OK)
			continue;
		ck_assert_uint_eq(ask.msg, want);
		ck_assert_uint_eq(ask.echo, want == MSG_ASK_CAN ||
				  want == MSG_ASK_MRZ);
		ck_assert(heard);
		return;
	}
	ck_abort_msg("nothing was asked");
}

/* What cnie-inspect was told to go with. */
static void assert_go(const char *password, uint8_t kind, const char *pin,
		      uint8_t last)
{
	uint8_t buf[WIRE_MAX];
	struct msg_inspect_go go;
	struct span in;

	ready(FROM_INSPECT);
	ready(FROM_SECTOR);
	while (chan_recv(helper[HELPER_INSPECT], buf, sizeof(buf), 0, &in) ==
	       R_OK) {
		if (wire_get(in, MSG_INSPECT_GO, &go) != R_OK)
			continue;
		ck_assert_str_eq(go.password, password);
		ck_assert_uint_eq(go.kind, kind);
		ck_assert_str_eq(go.pin, pin);
		ck_assert_uint_eq(go.pin_last, last);
		return;
	}
	ck_abort_msg("no GO");
}

static void assert_ends(enum reason why)
{
	ck_assert_int_eq(service.txn->state, ST_END);
	ck_assert_int_eq(service.txn->event.reason, why);
	txn_free(&service.txn);
}

static void up_to_pin(void)
{
	begin("");
	card_there();
	assert_asked(MSG_ASK_CAN, MSG_NONE);
	answer(CAN);
}

/* -- the PIN --------------------------------------------------------------------- */

START_TEST(a_pin_that_the_chip_took_stands_for_the_code)
{
	up_to_pin();
	assert_asked(MSG_ASK_PIN, MSG_NONE);
	answer(PIN);
	assert_go(CAN, PASSWORD_CAN, PIN, 0);
	identify(GOOD_FACTS | FACT_PIN);
	ck_assert_str_eq(service.txn->event.factors, "card+pin");
	assert_ends(GRANTED);
}
END_TEST

START_TEST(a_pin_that_the_chip_did_not_take_is_no_factor)
{
	up_to_pin();
	answer(PIN);
	assert_go(CAN, PASSWORD_CAN, PIN, 0);
	identify(GOOD_FACTS);		/* no word of the chip on it */
	ck_assert_int_eq(service.txn->state, ST_ASK_CODE);
	answer(CODE);
	ck_assert_str_eq(service.txn->event.factors, "card+code");
	assert_ends(GRANTED);
}
END_TEST

START_TEST(without_a_pin_the_code_serves)
{
	up_to_pin();
	assert_asked(MSG_ASK_PIN, MSG_NONE);
	answer("");
	assert_go(CAN, PASSWORD_CAN, "", 0);
	identify(GOOD_FACTS);
	assert_asked(MSG_ASK_CODE, MSG_NONE);
	answer(CODE);
	assert_ends(GRANTED);
}
END_TEST

START_TEST(a_profile_without_a_pin_asks_for_none)
{
	profile("");
	up_to_pin();
	assert_go(CAN, PASSWORD_CAN, "", 0);
	inspect_fails(REASON_WRONG_CAN, 0x6300);
	assert_ends(REASON_WRONG_CAN);
}
END_TEST

START_TEST(a_wrong_pin_is_told_with_the_tries_that_are_left)
{
	uint8_t buf[WIRE_MAX];
	struct msg_login_info info = { 0 };
	struct span in;
	bool told = false;

	up_to_pin();
	answer(PIN);
	assert_go(CAN, PASSWORD_CAN, PIN, 0);
	inspect_fails(REASON_WRONG_PIN, 0x63c2);
	while (chan_recv(person, buf, sizeof(buf), 0, &in) == R_OK)
		if (wire_get(in, MSG_LOGIN_INFO, &info) == R_OK &&
		    info.msg == MSG_PIN_TRIES)
			told = !strcmp(info.arg, "2");
	ck_assert(told);
	assert_ends(REASON_WRONG_PIN);
}
END_TEST

/* Suspended or not: the next try is asked for as what it is, under the CAN. */
START_TEST(the_last_try_is_used_only_when_it_was_typed_again)
{
	static const enum reason why[] = { REASON_PIN_LAST_TRY,
					   REASON_PIN_SUSPENDED };
	static const enum msg said[] = { MSG_PIN_LAST_TRY, MSG_PIN_SUSPENDED };

	up_to_pin();
	answer(PIN);
	assert_go(CAN, PASSWORD_CAN, PIN, 0);
	inspect_fails(why[_i], 0x63c1);
	card_there();			/* it lies there, and is read anew */
	assert_asked(MSG_ASK_PIN, MSG_NONE);	/* of the first round */
	assert_asked(MSG_ASK_CAN, said[_i]);
	answer(CAN);
	assert_asked(MSG_ASK_PIN_AGAIN, MSG_NONE);
	answer(PIN);
	assert_go(CAN, PASSWORD_CAN, PIN, 1);
	identify(GOOD_FACTS | FACT_PIN);
	assert_ends(GRANTED);
}
END_TEST

START_TEST(a_no_to_the_last_try_keeps_it)
{
	up_to_pin();
	answer(PIN);
	assert_go(CAN, PASSWORD_CAN, PIN, 0);
	inspect_fails(REASON_PIN_LAST_TRY, 0x63c1);
	card_there();
	answer(CAN);
	answer("");
	assert_go(CAN, PASSWORD_CAN, "", 1);
	identify(GOOD_FACTS);
	ck_assert_int_eq(service.txn->state, ST_ASK_CODE);
	answer(CODE);
	assert_ends(GRANTED);
}
END_TEST

START_TEST(nobody_is_asked_for_the_last_try_twice)
{
	up_to_pin();
	answer(PIN);
	assert_go(CAN, PASSWORD_CAN, PIN, 0);
	inspect_fails(REASON_PIN_LAST_TRY, 0x63c1);
	card_there();
	answer(CAN);
	answer(PIN);
	assert_go(CAN, PASSWORD_CAN, PIN, 1);
	inspect_fails(REASON_PIN_LAST_TRY, 0x63c1);
	assert_ends(REASON_PIN_LAST_TRY);
}
END_TEST

START_TEST(another_card_is_not_the_one_whose_last_try_was_agreed_to)
{
	up_to_pin();
	answer(PIN);
	assert_go(CAN, PASSWORD_CAN, PIN, 0);
	inspect_fails(REASON_PIN_LAST_TRY, 0x63c1);
	card_there();
	answer(CAN);
	inspect_fails(REASON_CARD_REMOVED, 0);
	card_there();
	answer(PIN);	/* to the question before the card went: dropped */
	answer(CAN);
	answer(PIN);
	assert_go(CAN, PASSWORD_CAN, PIN, 0);
	inspect_fails(REASON_PIN_BLOCKED, 0x6983);
	assert_ends(REASON_PIN_BLOCKED);
}
END_TEST

/* What cnie-card was told when it was started: must the card be put in now? */
static void assert_fresh(uint8_t want)
{
	uint8_t buf[WIRE_MAX];
	struct msg_card_config c;
	struct span in;

	while (chan_recv(helper[HELPER_CARD], buf, sizeof(buf), 0, &in) ==
	       R_OK) {
		if (wire_get(in, MSG_CARD_CONFIG, &c) != R_OK)
			continue;
		ck_assert_uint_eq(c.fresh, want);
		return;
	}
	ck_abort_msg("no configuration");
}

START_TEST(a_card_that_was_reset_may_stay_and_one_that_left_must_return)
{
	begin("");
	assert_fresh(0);
	service.txn->place.attended = false;	/* a card lying there would */
	card_there();				/* not be enough here */
	answer(CAN);
	ready(FROM_INSPECT);
	inspect_fails(REASON_CARD_CHANGED, 0);
	assert_fresh(0);
	card_there();
	answer(CAN);
	ready(FROM_INSPECT);
	inspect_fails(REASON_CARD_REMOVED, 0);
	assert_fresh(1);
	card_there();
	inspect_fails(REASON_CARD_CHANGED, 0);
	assert_fresh(0);
	card_there();
	inspect_fails(REASON_CARD_CHANGED, 0);
	assert_ends(REASON_CARD_CHANGED);	/* there is an end to it */
}
END_TEST

/* -- the MRZ ----------------------------------------------------------------------- */

START_TEST(a_profile_may_ask_for_the_mrz)
{
	profile("password = mrz\n");
	begin("");
	card_there();
	assert_asked(MSG_ASK_MRZ, MSG_NONE);
	answer(MRZ);
	assert_go(MRZ, PASSWORD_MRZ, "", 0);
	inspect_fails(REASON_WRONG_CAN, 0x6300);
	assert_ends(REASON_WRONG_CAN);
}
END_TEST

START_TEST(a_suspended_pin_needs_the_can_though_the_mrz_is_usual)
{
	profile("password = mrz\npin_reference = 3\n");
	begin("");
	card_there();
	assert_asked(MSG_ASK_MRZ, MSG_NONE);
	answer(MRZ);
	answer(PIN);
	assert_go(MRZ, PASSWORD_MRZ, PIN, 0);
	inspect_fails(REASON_PIN_SUSPENDED, 0x63c1);
	card_there();
	assert_asked(MSG_ASK_PIN, MSG_NONE);
	assert_asked(MSG_ASK_CAN, MSG_PIN_SUSPENDED);
	answer(CAN);
	answer(PIN);
	assert_go(CAN, PASSWORD_CAN, PIN, 1);
	identify(GOOD_FACTS | FACT_PIN);
	assert_ends(GRANTED);
}
END_TEST

static Suite *suite(void)
{
	const TTest *const each[] = {
		a_pin_that_the_chip_took_stands_for_the_code,
		a_pin_that_the_chip_did_not_take_is_no_factor,
		without_a_pin_the_code_serves,
		a_profile_without_a_pin_asks_for_none,
		a_wrong_pin_is_told_with_the_tries_that_are_left,
		a_no_to_the_last_try_keeps_it,
		nobody_is_asked_for_the_last_try_twice,
		another_card_is_not_the_one_whose_last_try_was_agreed_to,
		a_card_that_was_reset_may_stay_and_one_that_left_must_return,
		a_profile_may_ask_for_the_mrz,
		a_suspended_pin_needs_the_can_though_the_mrz_is_usual,
	};
	Suite *s = suite_create("login, PIN and MRZ");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, with_pin, station_take_down);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		tcase_add_test(t, each[i]);
	tcase_add_loop_test(t, the_last_try_is_used_only_when_it_was_typed_again,
			    0, 2);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
