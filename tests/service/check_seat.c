// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/seat.h"

#include <stdio.h>

#include <string.h>

#include "check_main.h"

static const struct config config = {
	.greeters = "gdm-password login", .lockers = "swaylock gdm-password",
	.services = "sudo su",
};

#define SEATED { true, true, false, true, 70000 }
#define NO_SESSION { false, false, false, false, 0 }

/* Whose process (uid), its session, service, the uid of the person asked for
 * -> the answer; attended where it is granted. Synthetic uids. */
static const struct {
	const char *what;
	uid_t uid;
	struct session session;
	const char *service;
	uid_t asked;
	enum reason why;
	bool attended;
} cases[] = {
	{ "a greeter before login", 0, NO_SESSION, "login", -1,
	  REASON_NONE, true },
	{ "a user without a session", 70000, NO_SESSION, "login", 70000,
	  REASON_NOT_SEATED, false },
	{ "root without a session, sudo", 0, NO_SESSION, "sudo", -1,
	  REASON_NOT_SEATED, false },
	{ "a service not on the list", 0, SEATED, "sshd", -1,
	  REASON_SERVICE, false },
	{ "no service name", 0, SEATED, "", -1, REASON_SERVICE, false },
	{ "a locker of the user", 70000, SEATED, "swaylock", 70000,
	  REASON_NONE, true },
	{ "a user posing as a greeter", 70000, SEATED, "login", 70000,
	  REASON_NONE, false },
	{ "a user for somebody else", 70000, SEATED, "swaylock", 70001,
	  REASON_NOT_SELF, false },
	{ "a user, card first", 70000, SEATED, "swaylock", -1,
	  REASON_NOT_SELF, false },
	{ "a user in another's session", 70001, SEATED, "swaylock", 70001,
	  REASON_NOT_SEATED, false },
	{ "sudo at the seat", 0, SEATED, "sudo", 70000, REASON_NONE, false },
	{ "su over ssh", 0, { true, true, true, false, 70001 }, "su", 70000,
	  REASON_REMOTE, false },
	{ "su from an inactive session", 0,
	  { true, false, false, true, 70001 }, "su", 70000,
	  REASON_NOT_SEATED, false },
	{ "a session without a seat", 0,
	  { true, true, false, false, 70000 }, "sudo", 70000,
	  REASON_NOT_SEATED, false },
};

START_TEST(the_gate_follows_the_table)
{
	struct msg_login_start start = { .flags = 0 };
	struct peer peer = { .uid = cases[_i].uid, .pid = 1 };
	struct seat_place place = { .attended = false };
	enum reason why;

	snprintf(start.service, sizeof(start.service), "%s",
		 cases[_i].service);
	why = seat_check(&peer, &cases[_i].session, &start, cases[_i].asked,
			 &config, &place);
	ck_assert_msg(why == cases[_i].why && place.attended ==
		      cases[_i].attended, "%s: reason %d, attended %d",
		      cases[_i].what, why, place.attended);
}
END_TEST

/* Where a greeter's person sits. */
static const struct {
	const char *tty, *rhost;
	enum reason why;
} places[] = {
	{ "", "", REASON_NONE },
	{ "tty1", "", REASON_NONE },
	{ "/dev/tty12", "localhost", REASON_NONE },
	{ ":0", "", REASON_NONE },
	{ "/dev/ttyS0", "", REASON_NOT_SEATED },
	{ "tty", "", REASON_NOT_SEATED },
	{ "pts/3", "", REASON_NOT_SEATED },
	{ ":0", "198.51.100.7", REASON_REMOTE },
};

START_TEST(a_greeter_serves_this_machines_consoles)
{
	struct session none = NO_SESSION;
	struct msg_login_start start = { .service = "login" };
	struct peer greeter = { .uid = 0, .pid = 1 };
	struct seat_place place;

	strcpy(start.tty, places[_i].tty);
	strcpy(start.rhost, places[_i].rhost);
	ck_assert_int_eq(seat_check(&greeter, &none, &start, (uid_t)-1,
				    &config, &place), places[_i].why);
}
END_TEST

/* What a caller calls itself, and whether the log repeats it. */
static const struct {
	uid_t uid;
	const char *service;
	bool named;
} named[] = {
	{ 0, "login", true },
	{ 0, "sshd", true },		/* refused, but root said so */
	{ 0, "sshd result=granted", false },
	{ 70000, "swaylock", true },
	{ 70000, "su", true },
	{ 70000, "sshd", false },
	{ 70000, "a-persons-name", false },
	{ 70000, "swaylock gdm-password", false },
};

START_TEST(the_log_repeats_no_strangers_words)
{
	struct peer peer = { .uid = named[_i].uid, .pid = 1 };

	ck_assert_msg(seat_service_named(&peer, named[_i].service, &config) ==
		      named[_i].named, "%s", named[_i].service);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("seat");
	TCase *t = tcase_create("gate");

	tcase_add_loop_test(t, the_gate_follows_the_table, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(t, a_greeter_serves_this_machines_consoles, 0,
			    sizeof(places) / sizeof(places[0]));
	tcase_add_loop_test(t, the_log_repeats_no_strangers_words, 0,
			    sizeof(named) / sizeof(named[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
