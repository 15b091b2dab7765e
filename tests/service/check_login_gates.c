// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What ends a transaction before its factors, and what is asked again at its
 * end: the clock, the delays, the seat, whose account it is, what root may ask.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/prefix.h"
#include "base/scope.h"
#include "check_main.h"
#include "service/throttle.h"
#include "support_login.h"

#define GOOD_FACTS 0x3ffu	/* all that a login needs */

static void sql(const char *text)
{
	char path[PREFIX_PATH_MAX];
	sqlite3 *db;

	ck_assert_int_eq(prefix_path(PATH_ROSTER, path, sizeof(path)), R_OK);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void tell(enum source from, enum wire_msg type, const void *m)
{
	int fd = from == FROM_CLIENT ? person : helper[from];

	ck_assert_int_eq(chan_send(fd, type, m), R_OK);
	txn_message(service.txn, from);
}

static void ready(enum source from)
{
	struct msg_helper_ready m = { 1 };

	tell(from, MSG_HELPER_READY, &m);
}

static void answer(const char *text)
{
	struct msg_login_answer m = { 0 };

	strcpy(m.text, text);
	tell(FROM_CLIENT, MSG_LOGIN_ANSWER, &m);
}

/* The card of the enrolled person, read up to its tags. */
static void read_card(const char *user, bool face)
{
	struct msg_card_state state = { CARD_PRESENT, "reader" };
	struct msg_inspect_facts facts = {
		.flags = GOOD_FACTS, .proof = PROOF_CA, .channel = CHANNEL_CA,
		.access = CHANNEL_PACE, .expiry = 20991231,
	};
	struct msg_sector_tags tags = { .tag = "tag",
					.card_tag = "card" };

	begin(user);
	ready(FROM_CARD);
	tell(FROM_CARD, MSG_CARD_STATE, &state);
	answer(CAN);
	ready(FROM_INSPECT);
	ready(FROM_SECTOR);
	if (face)
		ready(FROM_FACE);
	tell(FROM_INSPECT, MSG_INSPECT_FACTS, &facts);
	tell(FROM_SECTOR, MSG_SECTOR_TAGS, &tags);
}

static void finish_card(void)
{
	struct msg_inspect_done done = { .apdus = 1 };

	tell(FROM_INSPECT, MSG_INSPECT_DONE, &done);
}

static void assert_ends(enum reason why)
{
	ck_assert_int_eq(service.txn->state, ST_END);
	ck_assert_int_eq(service.txn->event.reason, why);
	txn_free(&service.txn);
}

/* -- before it begins --------------------------------------------------------- */

START_TEST(a_view_of_the_future_is_a_clock_that_was_set_back)
{
	struct timespec at[2] = { { .tv_sec = time(NULL) + 7 * 86400 },
				  { .tv_sec = time(NULL) + 7 * 86400 } };
	char path[PREFIX_PATH_MAX];

	station_put(PATH_VIEW, "", 0644);
	ck_assert_int_eq(prefix_path(PATH_VIEW, path, sizeof(path)), R_OK);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, at, 0), 0);
	begin("");
	ck_assert_ptr_null(service.txn);
	ck_assert_int_eq(last_word(), REASON_CLOCK);
}
END_TEST

START_TEST(a_seat_with_many_failures_waits)
{
	for (int i = 0; i < 12; i++)
		ck_assert_int_eq(throttle_failed(THROTTLE_SEAT, false), R_OK);
	begin("");
	ck_assert_ptr_null(service.txn);
	ck_assert_int_eq(last_word(), REASON_THROTTLED);
}
END_TEST

START_TEST(of_two_greeters_the_first_one_keeps_the_seat)
{
	struct txn *first;

	begin("");
	first = service.txn;
	ck_assert_ptr_nonnull(first);
	begin("");
	ck_assert_ptr_eq(service.txn, first);
	ck_assert_int_eq(first->state, ST_WAIT_CARD);
	ck_assert_int_eq(last_word(), REASON_SEAT_BUSY);
}
END_TEST

/* -- what root may ask ------------------------------------------------------------ */

static enum reason ask(const struct msg_admin_request *m)
{
	static int theirs = -1;
	uint8_t buf[WIRE_MAX];
	struct msg_admin_done done;
	struct span in;
	int pair[2];

	close_fd(&theirs);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
				    pair), 0);
	theirs = pair[0];
	service.clients[1] = (struct client){ .fd = pair[1], .admin = true,
					      .peer = { 0, getpid() } };
	admin_request(&service, &service.clients[1], m);
	while (chan_recv(theirs, buf, sizeof(buf), 0, &in) == R_OK)
		if (wire_get(in, MSG_ADMIN_DONE, &done) == R_OK)
			return (enum reason)done.reason;
	return REASON_DISABLED;		/* it has begun */
}

START_TEST(an_inspection_does_not_end_a_login_nor_a_login_of_a_greeter_wait)
{
	struct msg_admin_request m = { .verb = ADMIN_INSPECT };

	begin("");
	ck_assert_int_eq(ask(&m), REASON_SEAT_BUSY);
	ck_assert_int_eq(service.txn->purpose, FOR_LOGIN);
	txn_refuse(service.txn, REASON_CANCELLED);
	txn_free(&service.txn);
	ck_assert_int_eq(ask(&m), REASON_DISABLED);
	ck_assert_int_eq(service.txn->purpose, FOR_INSPECT);
	ck_assert_int_eq(ask(&m), REASON_SEAT_BUSY);
	begin("");
	ck_assert_int_eq(service.txn->purpose, FOR_LOGIN);
}
END_TEST

static const struct { struct msg_admin_request m; enum reason why; } asked[] = {
	{ { .verb = ADMIN_ENROL }, REASON_NO_CODE },
	{ { .verb = ADMIN_ENROL, .flags = ADMIN_CODE }, REASON_DISABLED },
	{ { .verb = ADMIN_ENROL, .flags = ADMIN_CODE, .csca = "/x" },
	  REASON_PROTOCOL },
	{ { .verb = ADMIN_ENROL, .flags = ADMIN_CODE, .profile = "/x" },
	  REASON_PROTOCOL },
	{ { .verb = ADMIN_INSPECT, .csca = "/x" }, REASON_DISABLED },
	{ { .verb = ADMIN_CSCA_IMPORT }, REASON_PROTOCOL },
	{ { .verb = ADMIN_CSCA_IMPORT, .csca = "/x", .signer = "/y" },
	  REASON_DISABLED },
	{ { .verb = ADMIN_CSCA_LIST, .signer = "/y" }, REASON_PROTOCOL },
	{ { .verb = ADMIN_CSCA_LIST }, REASON_DISABLED },
};

START_TEST(what_root_may_ask)
{
	ck_assert_int_eq(ask(&asked[_i].m), asked[_i].why);
}
END_TEST

/* -- whose account it is ------------------------------------------------------------ */

START_TEST(the_card_of_another_than_was_asked_for)
{
	read_card("somebody-else", false);
	assert_ends(REASON_WRONG_PERSON);
}
END_TEST

START_TEST(a_uid_that_nobody_may_have)
{
	sql("DROP TRIGGER uid_stays; UPDATE account SET uid = 65534;");
	read_card("", false);
	assert_ends(REASON_OUT_OF_RANGE);
}
END_TEST

START_TEST(an_account_with_many_failures_waits)
{
	for (int i = 0; i < 12; i++)
		ck_assert_int_eq(throttle_failed(UID_MIN, false), R_OK);
	read_card("", false);
	assert_ends(REASON_THROTTLED);
}
END_TEST

/* Between the code's question and its answer the card became another's. */
START_TEST(another_account_than_the_one_whose_code_was_typed)
{
	read_card("", false);
	finish_card();
	ck_assert_int_eq(service.txn->state, ST_ASK_CODE);
	sql("INSERT INTO account (id, name, uid, gid, home, shell, status, "
	    "created, expiry, face, code) SELECT 99, 'other', 70099, gid, "
	    "home, shell, status, created, expiry, face, code FROM account "
	    "LIMIT 1;"
	    "UPDATE tag SET account = 99; UPDATE card SET account = 99;");
	answer(CODE);
	assert_ends(REASON_WRONG_PERSON);
}
END_TEST

/* -- helpers that say too much -------------------------------------------------------- */

START_TEST(a_reason_that_does_not_exist_is_a_lie)
{
	struct msg_helper_fail m = { .reason = 9999 };

	begin("");
	ready(FROM_CARD);
	tell(FROM_CARD, MSG_HELPER_FAIL, &m);
	assert_ends(REASON_HELPER_PROTOCOL);
}
END_TEST

/* Before the code is asked: nobody learns whether it would have been right. */
START_TEST(after_a_wrong_face_no_code_is_asked)
{
	struct msg_face_answer m = { .verdict = FACE_NO_MATCH };

	station_put(PATH_AUTHORISATION, "[authorisation]\n"
		    "controller = Synthetic\npurpose = test\nreference = T-0\n"
		    "contact = nobody\nnot_before = 2020-01-01\n"
		    "not_after = 2099-12-31\nsites = *\n"
		    "assurance = face+code\n", 0644);
	read_card("", true);
	finish_card();
	tell(FROM_FACE, MSG_FACE_ANSWER, &m);
	assert_ends(REASON_WRONG_FACE);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("login, gates");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, station_set_up, station_take_down);
	tcase_add_test(t, a_view_of_the_future_is_a_clock_that_was_set_back);
	tcase_add_test(t, a_seat_with_many_failures_waits);
	tcase_add_test(t, of_two_greeters_the_first_one_keeps_the_seat);
	tcase_add_test(t,
		an_inspection_does_not_end_a_login_nor_a_login_of_a_greeter_wait);
	tcase_add_loop_test(t, what_root_may_ask, 0,
			    sizeof(asked) / sizeof(asked[0]));
	tcase_add_test(t, the_card_of_another_than_was_asked_for);
	tcase_add_test(t, a_uid_that_nobody_may_have);
	tcase_add_test(t, an_account_with_many_failures_waits);
	tcase_add_test(t, another_account_than_the_one_whose_code_was_typed);
	tcase_add_test(t, a_reason_that_does_not_exist_is_a_lie);
	tcase_add_test(t, after_a_wrong_face_no_code_is_asked);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
