// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cnie-inspect itself, through a whole reading, with a cnied that lies: number
 * and portrait leave it for the card of the profile's State, after the word to
 * go on, and never else. The chip is support_chip.h's, in a process of its own
 * where cnie-card would be.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "check_main.h"
#include "support_document.h"
#include "support_process.h"

#define WAIT_MS PROCESS_WAIT_MS

static const struct document document = {
	.offered = PACE_P256, .dg14 = PACE_P256 CA_AES128, .dg14_key = true,
};

static struct chip chip;
static char dir[64], anchor[96];
static int control[2], apdus[2], portrait[2], number[2];  /* [0] is ours */
static pid_t helper, card;
static struct msg_inspect_config config;

/* -- before ------------------------------------------------------------------ */

static void write_anchor(void)
{
	uint8_t der[4096];
	struct span s = pki_cert_der(ca, der, sizeof(der));
	FILE *f;

	strcpy(dir, "/tmp/check_handover.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	snprintf(anchor, sizeof(anchor), "%s/csca.cer", dir);
	f = fopen(anchor, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(s.p, 1, s.n, f), s.n);
	ck_assert_int_eq(fclose(f), 0);
}

static void setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	write_anchor();
	document_make(&chip, &document);
	config = (struct msg_inspect_config){
		.mode = INSPECT_LOGIN,
		.flags = PROFILE_REQUIRE_CHIP_PROOF |
			 PROFILE_NUMBER_IN_OPTIONAL1,
		.profile = "utopia", .state = "UTO", .country = "UT",
		.document_codes = "ID", .aid = "A0000002471001",
		.number_regex = "[A-Z]{1,2}[0-9]{1,7}", .file_max = 65536,
	};
	strcpy(config.csca_dir, dir);
	ck_assert_int_eq(chan_pair(control), R_OK);
	ck_assert_int_eq(chan_pair(apdus), R_OK);
	ck_assert_int_eq(chan_pair(portrait), R_OK);
	ck_assert_int_eq(chan_pair(number), R_OK);
}

static void teardown(void)
{
	unlink(anchor);
	rmdir(dir);
	EVP_PKEY_free(chip.aa);
}

static void be_the_card(void)
{
	struct msg_apdu_link first = { 0 };

	close(control[1]);
	close(portrait[1]);
	close(number[1]);
	if (chan_send(apdus[0], MSG_APDU_LINK, &first) != R_OK)
		_exit(1);
	for (;;) {
		uint8_t in[WIRE_MAX], out[WIRE_MAX];
		struct sink answer = SINK(out);
		struct msg_apdu_command c;
		struct msg_apdu_response a = { 0 };
		struct span packet;

		if (chan_recv(apdus[0], in, sizeof(in), -1, &packet) != R_OK ||
		    wire_get(packet, MSG_APDU_COMMAND, &c) != R_OK)
			_exit(0);
		a.reason = (uint16_t)chip_run(&chip, c.apdu, &answer);
		a.apdu = sink_span(&answer);
		if (chan_send(apdus[0], MSG_APDU_RESPONSE, &a) != R_OK)
			_exit(0);
	}
}

/* Up to the word to go on or the end: MSG_INSPECT_FACTS or MSG_HELPER_FAIL. */
static void start(void)
{
	const int fd[PROCESS_FDS] = { control[1], apdus[1], portrait[1],
				      number[1] };

	helper = process_start(fd);
	card = fork();
	ck_assert_int_ge(card, 0);
	if (card == 0)
		be_the_card();
	close(control[1]);
	close(apdus[0]);
	close(apdus[1]);
	close(portrait[1]);
	close(number[1]);
	process_configure(control[0], &config);
}

static void go(void)
{
	struct msg_inspect_go g = { .kind = PASSWORD_CAN,
				    .password = DOCUMENT_CAN };
	struct msg_helper_ready ready;

	ck_assert_int_eq(chan_expect(control[0], MSG_HELPER_READY, &ready,
				     mono_ms() + WAIT_MS), R_OK);
	ck_assert_int_eq(chan_send(control[0], MSG_INSPECT_GO, &g), R_OK);
}

/* The next message but the stages. */
static enum result next(enum wire_msg type, void *msg)
{
	struct msg_inspect_stage stage;
	uint8_t buf[WIRE_MAX];
	struct span in;
	enum result r;

	do {
		r = chan_recv(control[0], buf, sizeof(buf),
			      mono_ms() + WAIT_MS, &in);
	} while (r == R_OK && wire_get(in, MSG_INSPECT_STAGE, &stage) == R_OK);
	return r == R_OK ? wire_get(in, type, msg) : r;
}

static void facts(uint32_t without)
{
	struct msg_inspect_facts f;

	ck_assert_int_eq(next(MSG_INSPECT_FACTS, &f), R_OK);
	ck_assert_uint_eq(f.flags & without, 0);
	ck_assert(f.flags & FACT_PA_CHAIN);
	ck_assert_int_eq(f.proof, PROOF_CA);
}

static void proceed(enum proceed what)
{
	struct msg_inspect_proceed m = { .what = (uint8_t)what };

	ck_assert_int_eq(chan_send(control[0], MSG_INSPECT_PROCEED, &m), R_OK);
}

/* -- after ------------------------------------------------------------------- */

static void ended(int status)
{
	ck_assert_int_eq(process_end(helper), status);
	kill(card, SIGKILL);
	ck_assert_int_eq(waitpid(card, NULL, 0), card);
}

static void nothing_left(int fd)
{
	uint8_t buf[WIRE_MAX];
	struct span in;

	ck_assert_int_eq(chan_recv(fd, buf, sizeof(buf), mono_ms() + WAIT_MS,
				   &in), R_ABSENT);
}

static void refused_with(enum reason why)
{
	struct msg_helper_fail f;

	ck_assert_int_eq(next(MSG_HELPER_FAIL, &f), R_OK);
	ck_assert_int_eq(f.reason, why);
	ended(1);
	nothing_left(number[0]);
	nothing_left(portrait[0]);
}

static void number_told(void)
{
	struct msg_number n;

	ck_assert_int_eq(chan_expect(number[0], MSG_NUMBER, &n,
				     mono_ms() + WAIT_MS), R_OK);
	ck_assert_str_eq(n.state, "UTO");
	ck_assert_str_eq(n.number, DOCUMENT_CIN);
	ck_assert_str_eq(n.document, DOCUMENT_NUMBER);
	ck_assert_str_eq(n.expiry, "20300101");
}

START_TEST(a_login_gets_number_and_portrait)
{
	struct msg_inspect_done done;
	struct msg_portrait p;
	uint8_t buf[WIRE_MAX];
	struct span in;

	start();
	go();
	facts(0);
	proceed(PROCEED_NUMBER);
	number_told();
	proceed(PROCEED_PORTRAIT);
	ck_assert_int_eq(chan_recv(portrait[0], buf, sizeof(buf),
				   mono_ms() + WAIT_MS, &in), R_OK);
	ck_assert_int_eq(wire_get(in, MSG_PORTRAIT, &p), R_OK);
	ck_assert_uint_eq(p.image.n, 600);
	ck_assert_int_eq(next(MSG_INSPECT_DONE, &done), R_OK);
	ck_assert_uint_eq(done.anchors, 1);
	ended(0);
	nothing_left(number[0]);
	nothing_left(portrait[0]);
}
END_TEST

START_TEST(the_number_of_another_state_stays)
{
	strcpy(config.state, "XXX");
	start();
	go();
	facts(FACT_STATE);
	proceed(PROCEED_NUMBER);
	refused_with(REASON_FOREIGN_STATE);
}
END_TEST

START_TEST(a_number_of_another_form_stays)
{
	strcpy(config.number_regex, "[0-9]+");
	start();
	go();
	facts(FACT_NUMBER_FORM);
	proceed(PROCEED_NUMBER);
	refused_with(REASON_NUMBER_FORM);
}
END_TEST

START_TEST(an_inspection_hands_nothing_over)
{
	struct msg_inspect_done done;

	config.mode = INSPECT_ONLY;
	start();
	go();
	facts(0);
	if (_i == 0) {
		proceed(PROCEED_NUMBER);
		refused_with(REASON_HELPER_PROTOCOL);
		return;
	}
	proceed(PROCEED_PORTRAIT);	/* read, and not sent */
	ck_assert_int_eq(next(MSG_INSPECT_DONE, &done), R_OK);
	ended(0);
	nothing_left(number[0]);
	nothing_left(portrait[0]);
}
END_TEST

/* A word that is not the word to go on, and one that is none of its. */
START_TEST(without_the_word_nothing_leaves)
{
	struct msg_inspect_go other = { .kind = PASSWORD_CAN };
	struct msg_helper_fail f;

	start();
	go();
	facts(0);
	if (_i == 0)
		ck_assert_int_eq(chan_send(control[0], MSG_INSPECT_GO, &other),
				 R_OK);
	else
		proceed((enum proceed)9);
	if (_i == 0) {
		ck_assert_int_eq(next(MSG_HELPER_FAIL, &f), R_ABSENT);
		ended(1);
		nothing_left(number[0]);
		nothing_left(portrait[0]);
		return;
	}
	refused_with(REASON_HELPER_PROTOCOL);
}
END_TEST

START_TEST(the_number_is_told_once)
{
	struct msg_helper_fail f;

	start();
	go();
	facts(0);
	proceed(PROCEED_NUMBER);
	number_told();
	proceed(PROCEED_NUMBER);
	ck_assert_int_eq(next(MSG_HELPER_FAIL, &f), R_OK);
	ck_assert_int_eq(f.reason, REASON_HELPER_PROTOCOL);
	ended(1);
	nothing_left(number[0]);
}
END_TEST

/* The number stands in one place; the mode is one that there is. */
static const struct { uint8_t mode; uint32_t fields; } wrong[] = {
	{ INSPECT_LOGIN, 0 },
	{ INSPECT_LOGIN, PROFILE_NUMBER_IN_OPTIONAL1 |
			 PROFILE_NUMBER_IN_DG11 },
	{ INSPECT_ONLY, PROFILE_NUMBER_IN_DOCUMENT |
			PROFILE_NUMBER_IN_OPTIONAL2 },
	{ 0, PROFILE_NUMBER_IN_OPTIONAL1 },
	{ 77, PROFILE_NUMBER_IN_OPTIONAL1 },
};

START_TEST(a_profile_that_makes_no_sense_is_refused)
{
	config.mode = wrong[_i].mode;
	config.flags = wrong[_i].fields;
	start();
	refused_with(REASON_NOT_CONFIGURED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("inspect process: handing over");
	TCase *t = state_case("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_login_gets_number_and_portrait);
	tcase_add_test(t, the_number_of_another_state_stays);
	tcase_add_test(t, a_number_of_another_form_stays);
	tcase_add_loop_test(t, an_inspection_hands_nothing_over, 0, 2);
	tcase_add_loop_test(t, without_the_word_nothing_leaves, 0, 2);
	tcase_add_test(t, the_number_is_told_once);
	tcase_add_loop_test(t, a_profile_that_makes_no_sense_is_refused, 0,
			    sizeof(wrong) / sizeof(wrong[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
