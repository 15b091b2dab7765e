// SPDX-License-Identifier: GPL-3.0-or-later
/* The code of the day: asked before the card, good here and now, counted. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check_main.h"
#include "roster/code.h"
#include "roster/exchange.h"
#include "service/throttle.h"
#include "support_talk.h"

#define DRAWN "abcdefg234"
#define PASS "abcde-fg234"

static void give(const char *services, int64_t seconds)
{
	struct roster_pass p = { .until = (uint64_t)(time(NULL) + seconds) };
	struct roster *r = roster();

	strcpy(p.services, services);
	ck_assert_int_eq(code_hash(DRAWN, p.hash), REASON_NONE);
	ck_assert_int_eq(roster_pass_set(r, name, &p, (uint64_t)time(NULL)),
			 REASON_NONE);
	roster_close(&r);
}

static void over(enum reason want)
{
	ck_assert_ptr_nonnull(service.txn);
	ck_assert_int_eq(service.txn->state, ST_END);
	ck_assert_int_eq(service.txn->event.reason, want);
	ck_assert_int_eq(last_word(), want);
	txn_free(&service.txn);
}

static void wrong_one(void)
{
	begin(name);
	assert_asked_for(MSG_ASK_PASS);
	answer("aaaaa-aaaaa");
	ck_assert_int_eq(service.txn->event.kind, EVENT_PASS);
	over(REASON_WRONG_PASS);
	/* what is tried here is the pass, not the seat's patience */
	ck_assert_int_eq(throttle_cleared(THROTTLE_SEAT), R_OK);
}

START_TEST(it_lets_in_without_a_card_and_again)
{
	static const char *const forms[] = { PASS, DRAWN, "ABCDE fg234" };

	give("login", 3600);
	for (int i = 0; i < 3; i++) {
		begin(name);
		assert_asked_for(MSG_ASK_PASS);
		answer(forms[i]);
		ck_assert_int_eq(service.txn->event.kind, EVENT_PASS);
		ck_assert_str_eq(service.txn->event.factors, "pass");
		over(GRANTED);
		ck_assert_int_lt(helper[HELPER_CARD], 0);
	}
}
END_TEST

START_TEST(enter_goes_on_to_the_card)
{
	struct msg_sector_tags t = { .tag = "tag", .card_tag = "card" };

	give("login", 3600);
	begin(name);
	assert_asked_for(MSG_ASK_PASS);
	answer("");
	ck_assert_int_eq(service.txn->state, ST_WAIT_CARD);
	to_facts();
	tags(&t);
	done_reading();
	answer(CODE);
	ck_assert_int_eq(service.txn->event.kind, EVENT_LOGIN);
	over(GRANTED);
}
END_TEST

static const struct {
	const char *what, *services, *user;
	int64_t seconds;
} not_asked[] = {
	{ "another service", "sshd gdm-password", NULL, 3600 },
	{ "a part of a name", "logi login2", NULL, 3600 },
	{ "nobody named", "login", "", 3600 },
	{ "somebody else", "login", "u7nobody", 3600 },
};

START_TEST(nobody_else_and_nowhere_else_is_asked)
{
	give(not_asked[_i].services, not_asked[_i].seconds);
	begin(not_asked[_i].user ? not_asked[_i].user : name);
	ck_assert_msg(service.txn->state == ST_WAIT_CARD, "%s",
		      not_asked[_i].what);
	txn_refuse(service.txn, REASON_CANCELLED);
	txn_free(&service.txn);
}
END_TEST

START_TEST(it_ends_in_time)
{
	time_t end = time(NULL) + 4;	/* or a little later */

	give("login", 4);
	begin(name);
	assert_asked_for(MSG_ASK_PASS);
	while (time(NULL) <= end)	/* typed slowly */
		usleep(50000);
	answer(PASS);
	over(REASON_NO_CODE);
}
END_TEST

START_TEST(who_is_revoked_meanwhile_is_refused)
{
	struct roster *r;

	give("login", 3600);
	begin(name);
	assert_asked_for(MSG_ASK_PASS);
	r = roster();
	ck_assert_int_eq(roster_revoke(r, name), REASON_NONE);
	roster_close(&r);
	answer(PASS);
	over(REASON_NO_CODE);	/* the pass went with it */
}
END_TEST

START_TEST(five_wrong_ones_end_it)
{
	give("login", 3600);
	for (int i = 0; i < ROSTER_PASS_TRIES; i++)
		wrong_one();
	begin(name);
	ck_assert_int_eq(service.txn->state, ST_WAIT_CARD);
	txn_refuse(service.txn, REASON_CANCELLED);
	txn_free(&service.txn);
}
END_TEST

START_TEST(the_fifth_may_be_the_right_one)
{
	give("login", 3600);
	for (int i = 0; i < ROSTER_PASS_TRIES - 1; i++)
		wrong_one();
	for (int i = 0; i < 2; i++) {
		begin(name);
		answer(PASS);
		over(GRANTED);
	}
	wrong_one();
	begin(name);
	ck_assert_int_eq(service.txn->state, ST_WAIT_CARD);
	txn_refuse(service.txn, REASON_CANCELLED);
	txn_free(&service.txn);
}
END_TEST

/* Whoever tries while an import goes on learns nothing, right or wrong. */
START_TEST(where_nothing_is_counted_nothing_is_tried)
{
	static const struct import_options o = {
		.kind = EXCHANGE_ROSTER, .urn = "urn:example:sector:one",
		.today = 20260401, .now = 1775000000,
	};
	struct roster *other = roster();
	struct importer *i = NULL;

	give("login", 3600);
	ck_assert_int_eq(import_begin(other, &o, &i), REASON_NONE);
	for (int k = 0; k < 2; k++) {
		begin(name);
		assert_asked_for(MSG_ASK_PASS);
		answer(k ? PASS : "aaaaa-aaaaa");
		over(REASON_ROSTER_BUSY);
	}
	import_free(&i);
	roster_close(&other);
	begin(name);
	answer(PASS);
	over(GRANTED);
}
END_TEST

START_TEST(a_wrong_one_slows_the_seat_down)
{
	uint32_t delay = 0;

	give("login", 3600);
	for (int i = 0; i < 3; i++) {
		begin(name);
		answer("aaaaa-aaaaa");
		over(REASON_WRONG_PASS);
	}
	ck_assert_int_eq(throttle_delay(THROTTLE_SEAT, &delay), R_OK);
	ck_assert_uint_ge(delay, 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("login_pass");
	TCase *t = tcase_create("pass");

	tcase_add_checked_fixture(t, station_set_up, station_take_down);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, it_lets_in_without_a_card_and_again);
	tcase_add_test(t, enter_goes_on_to_the_card);
	tcase_add_loop_test(t, nobody_else_and_nowhere_else_is_asked, 0,
			    sizeof(not_asked) / sizeof(not_asked[0]));
	tcase_add_test(t, it_ends_in_time);
	tcase_add_test(t, who_is_revoked_meanwhile_is_refused);
	tcase_add_test(t, five_wrong_ones_end_it);
	tcase_add_test(t, the_fifth_may_be_the_right_one);
	tcase_add_test(t, where_nothing_is_counted_nothing_is_tried);
	tcase_add_test(t, a_wrong_one_slows_the_seat_down);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
