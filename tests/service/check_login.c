// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The login's table, message by message: helpers that lie, repeat themselves
 * or speak out of turn, and a client that does.
 */
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/prefix.h"
#include "base/scope.h"
#include "check_main.h"
#include "service/throttle.h"
#include "support_login.h"

/* -- what is said ------------------------------------------------------------------ */

enum say { END, READY, PRESENT, ANSWER_CAN, ANSWER_CODE, ANSWER_WRONG, DECLINE,
	   FACTS, FACTS_COPY, TAGS, DONE, MATCH, NO_MATCH, FAIL_NONE, FAIL_FACE, FAIL_GONE,
	   LEAVE, REVOKE, NO_DISK };

struct step { enum source from; enum say what; };

#define ALL_FACTS (FACT_PA_CHAIN | FACT_PA_HASHES | FACT_PACE_SIGNED | \
	FACT_COUNTRY_DSC | FACT_COUNTRY_CSCA | FACT_STATE | \
	FACT_DOCUMENT_CODE | FACT_NUMBER_FORM | FACT_NOT_EXPIRED | \
	FACT_DATA_UNDER_PROOF)

union said {
	struct msg_helper_ready ready;
	struct msg_card_state card;
	struct msg_login_answer answer;
	struct msg_inspect_facts facts;
	struct msg_sector_tags tags;
	struct msg_inspect_done done;
	struct msg_face_answer face;
	struct msg_helper_fail fail;
};

static const struct { enum wire_msg type; union said m; } words[] = {
	[READY] = { MSG_HELPER_READY, { .ready = { 1 } } },
	[PRESENT] = { MSG_CARD_STATE, { .card = { CARD_PRESENT, "reader" } } },
	[ANSWER_CAN] = { MSG_LOGIN_ANSWER, { .answer = { 0, CAN } } },
	[ANSWER_CODE] = { MSG_LOGIN_ANSWER, { .answer = { 0, CODE } } },
	[ANSWER_WRONG] = { MSG_LOGIN_ANSWER, { .answer = { 0, "x" } } },
	[DECLINE] = { MSG_LOGIN_ANSWER, { .answer = { 1, "" } } },
	[FACTS] = { MSG_INSPECT_FACTS, { .facts = { .flags = ALL_FACTS,
		.proof = PROOF_CA, .channel = CHANNEL_CA,
		.access = CHANNEL_PACE,
		.expiry = 20991231 } } },
	[FACTS_COPY] = { MSG_INSPECT_FACTS, { .facts = { .flags = ALL_FACTS,
		.channel = CHANNEL_PACE, .access = CHANNEL_PACE,
		.expiry = 20991231 } } },
	[TAGS] = { MSG_SECTOR_TAGS, { .tags = { "tag", "card" } } },
	[DONE] = { MSG_INSPECT_DONE, { .done = { .apdus = 1 } } },
	[MATCH] = { MSG_FACE_ANSWER, { .face = { .verdict = FACE_MATCH } } },
	[NO_MATCH] = { MSG_FACE_ANSWER,
		{ .face = { .verdict = FACE_NO_MATCH } } },
	[FAIL_NONE] = { MSG_HELPER_FAIL, { .fail = { REASON_NONE, 0, 0 } } },
	[FAIL_FACE] = { MSG_HELPER_FAIL,
		{ .fail = { REASON_WRONG_FACE, 0, 0 } } },
	[FAIL_GONE] = { MSG_HELPER_FAIL,
		{ .fail = { REASON_CARD_REMOVED, 0, 0 } } },
};

static void happen(const struct step *s)
{
	int *fd = s->from == FROM_CLIENT ? &person : &helper[s->from];
	struct roster *r;

	if (s->what == REVOKE) {
		r = roster();
		ck_assert_int_eq(roster_revoke(r, name), REASON_NONE);
		roster_close(&r);
		return;
	}
	if (s->what == NO_DISK) {	/* a file where a folder should be */
		station_put(PATH_THROTTLE_DIR, "", 0600);
		return;
	}
	if (s->what == LEAVE)
		close_fd(fd);
	else
		ck_assert_int_eq(chan_send(*fd, words[s->what].type,
					   &words[s->what].m), R_OK);
	txn_message(service.txn, s->from);
}

/* -- one login ------------------------------------------------------------------------ */

#define CARD FROM_CARD
#define INSPECT FROM_INSPECT
#define SECTOR FROM_SECTOR
#define FACE FROM_FACE
#define PERSON FROM_CLIENT
#define TO_CAN { CARD, READY }, { CARD, PRESENT }
#define TO_GO TO_CAN, { PERSON, ANSWER_CAN }, { INSPECT, READY }, \
	{ SECTOR, READY }
#define TO_TAGS TO_GO, { INSPECT, FACTS }, { SECTOR, TAGS }
#define TO_CODE TO_TAGS, { INSPECT, DONE }

#define LIE REASON_HELPER_PROTOCOL

static const struct {
	const char *what;
	bool face;		/* an authorisation is in force */
	enum reason end;
	struct step steps[16];
} cases[] = {
	{ "card + code", false, GRANTED,
	  { TO_CODE, { PERSON, ANSWER_CODE } } },
	{ "a wrong code", false, REASON_WRONG_CODE,
	  { TO_CODE, { PERSON, ANSWER_WRONG } } },
	{ "revoked while the code was typed", false, REASON_REVOKED,
	  { TO_CODE, { CARD, REVOKE }, { PERSON, ANSWER_CODE } } },
	{ "done, but no facts", false, LIE, { TO_GO, { INSPECT, DONE } } },
	{ "done, but no account", false, LIE,
	  { TO_GO, { INSPECT, FACTS }, { INSPECT, DONE } } },
	{ "tags before facts", false, LIE, { TO_GO, { SECTOR, TAGS } } },
	{ "facts before the CAN", false, LIE, { TO_CAN, { INSPECT, FACTS } } },
	{ "facts twice", false, LIE,
	  { TO_GO, { INSPECT, FACTS }, { INSPECT, FACTS } } },
	{ "facts of a copy", false, REASON_CHIP_PROOF_ABSENT,
	  { TO_GO, { INSPECT, FACTS_COPY } } },
	{ "ready twice", false, LIE, { TO_CAN, { SECTOR, READY },
	  { SECTOR, READY } } },
	{ "present twice", false, LIE, { TO_CAN, { CARD, PRESENT } } },
	{ "the card speaks for the face", true, LIE,
	  { TO_GO, { CARD, MATCH } } },
	{ "the card speaks for the sector", false, LIE,
	  { TO_GO, { INSPECT, FACTS }, { CARD, TAGS } } },
	{ "a failure without a reason", false, LIE,
	  { { CARD, READY }, { CARD, FAIL_NONE } } },
	{ "the card blames the person's face", false, LIE,
	  { TO_TAGS, { CARD, FAIL_FACE } } },
	{ "the inspection does", false, LIE,
	  { TO_TAGS, { INSPECT, FAIL_FACE } } },
	{ "the sector does", false, LIE,
	  { TO_GO, { INSPECT, FACTS }, { SECTOR, FAIL_FACE } } },
	{ "the face blames the card", true, LIE, { TO_GO, { FACE, READY },
	  { INSPECT, FACTS }, { SECTOR, TAGS }, { INSPECT, DONE },
	  { FACE, FAIL_GONE } } },
	{ "an answer to no question", false, REASON_PROTOCOL,
	  { TO_GO, { PERSON, ANSWER_CODE } } },
	{ "the person leaves", false, REASON_CANCELLED,
	  { TO_CODE, { PERSON, LEAVE } } },
	{ "the inspection dies", false, REASON_HELPER_DIED,
	  { TO_GO, { INSPECT, FACTS }, { INSPECT, LEAVE } } },

	{ "card + face", true, GRANTED, { TO_GO, { FACE, READY },
	  { INSPECT, FACTS }, { SECTOR, TAGS }, { INSPECT, DONE },
	  { FACE, MATCH } } },
	{ "another face", true, REASON_WRONG_FACE, { TO_GO, { FACE, READY },
	  { INSPECT, FACTS }, { SECTOR, TAGS }, { INSPECT, DONE },
	  { FACE, NO_MATCH } } },
	{ "a match before the account is known", true, LIE,
	  { TO_GO, { FACE, READY }, { INSPECT, FACTS }, { FACE, MATCH } } },
	{ "a match before the portrait, and no portrait", true,
	  REASON_HELPER_DIED, { TO_GO, { FACE, READY }, { INSPECT, FACTS },
	  { SECTOR, TAGS }, { FACE, MATCH }, { INSPECT, LEAVE } } },

	{ "removed at the CAN: the old answer is not taken for a new one",
	  false, GRANTED,
	  { TO_CAN, { CARD, FAIL_GONE }, { PERSON, ANSWER_WRONG }, TO_CODE,
	    { PERSON, ANSWER_CODE } } },
	{ "the same, answered when the card is back", false, GRANTED,
	  { TO_CAN, { CARD, FAIL_GONE }, TO_CAN, { PERSON, ANSWER_WRONG },
	    { PERSON, ANSWER_CAN }, { INSPECT, READY }, { SECTOR, READY },
	    { INSPECT, FACTS }, { SECTOR, TAGS }, { INSPECT, DONE },
	    { PERSON, ANSWER_CODE } } },
	{ "the same, and a no", false, REASON_CANCELLED,
	  { TO_CAN, { CARD, FAIL_GONE }, { PERSON, DECLINE } } },
	{ "removed after the account was known: all from nothing", false, LIE,
	  { TO_TAGS, { CARD, FAIL_GONE }, TO_GO, { INSPECT, DONE } } },
};

static void play(const struct step *steps, const char *what)
{
	for (; steps->what != END; steps++) {
		ck_assert_msg(service.txn && service.txn->state != ST_END,
			      "%s: ended before step %d", what, steps->what);
		happen(steps);
	}
	ck_assert_msg(service.txn && service.txn->state == ST_END,
		      "%s: has not ended", what);
}

START_TEST(the_login_follows_the_table)
{
	enum reason told;

	if (cases[_i].face)
		authorise();
	begin("");
	play(cases[_i].steps, cases[_i].what);
	told = person >= 0 ? last_word() : cases[_i].end;
	ck_assert_msg(told == cases[_i].end, "%s: reason %d, not %d",
		      cases[_i].what, told, cases[_i].end);
	ck_assert_int_eq(service.txn->event.reason, cases[_i].end);
	ck_assert(service.txn->event_out);
	ck_assert_int_eq(service.clients[0].fd, -1);
	txn_free(&service.txn);
}
END_TEST

static const struct step code_wrong[] = { TO_CODE, { PERSON, ANSWER_WRONG },
					  { CARD, END } };
static const struct step code_uncounted[] = { TO_CODE, { CARD, NO_DISK },
	{ PERSON, ANSWER_WRONG }, { CARD, END } };

START_TEST(a_guess_counts_though_the_guesser_has_gone)
{
	uint32_t delay = 0;

	for (int i = 0; i < 3; i++) {
		begin("");
		play(code_wrong, "a guess");
		close_fd(&person);
		txn_free(&service.txn);
	}
	ck_assert_int_eq(throttle_delay(UID_MIN, &delay), R_OK);
	ck_assert_uint_ge(delay, 1);
}
END_TEST

START_TEST(a_failure_that_can_not_be_counted_makes_all_wait)
{
	char path[PREFIX_PATH_MAX];

	begin("");
	play(code_uncounted, "no room for the throttle");
	txn_free(&service.txn);
	ck_assert_int_eq(prefix_path(PATH_THROTTLE_DIR, path, sizeof(path)),
			 R_OK);
	unlink(path);
	begin("");
	ck_assert_ptr_null(service.txn);
	ck_assert_int_eq(last_word(), REASON_THROTTLED);
}
END_TEST

START_TEST(a_clock_that_was_set_back_is_refused)
{
	struct timespec at[2] = { { .tv_sec = time(NULL) + 7 * 86400 },
				  { .tv_sec = time(NULL) + 7 * 86400 } };
	char path[PREFIX_PATH_MAX];

	ck_assert_int_eq(prefix_path(PATH_ROSTER, path, sizeof(path)), R_OK);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, at, 0), 0);
	begin("");
	ck_assert_ptr_null(service.txn);
	ck_assert_int_eq(last_word(), REASON_CLOCK);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("login");
	TCase *t = tcase_create("table");

	tcase_add_checked_fixture(t, station_set_up,
				  station_take_down);
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, the_login_follows_the_table, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, a_guess_counts_though_the_guesser_has_gone);
	tcase_add_test(t, a_failure_that_can_not_be_counted_makes_all_wait);
	tcase_add_test(t, a_clock_that_was_set_back_is_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
