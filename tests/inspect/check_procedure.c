// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The beginning of the procedure, against a card that answers by a table: up
 * to the first key there is nothing that a table could not say. The whole,
 * with a real chip's side, is tests/system/test_reading.sh.
 */
#include "inspect/procedure.h"

#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "inspect/document.h"

#define PACE_BP256 "31143012060A04007F0007020204020202010202010D"
#define SELECT_MF  "00A4000C023F00"
#define READ_SFI   "00B09C0000"
#define SELECT_EF  "00A4020C02011C"
#define READ       "00B0000000"
#define SET_AT     "0022C1A412800A04007F0007020204020283010284010D"

struct line {
	const char *command, *answer;	/* hexadecimal; a prefix, whole */
};

struct script {
	const struct line *lines;
	size_t n, at;
};

static struct inspection x;
static struct msg_inspect_config profile;
static unsigned int stages;
static struct msg_inspect_stage last;
static regex_t form;

static enum reason transmit(void *context, struct span apdu, struct sink *out)
{
	struct script *s = context;
	char text[600];
	uint8_t answer[300];
	const struct line *l;
	size_t n;

	ck_assert_uint_lt(s->at, s->n);
	l = &s->lines[s->at++];
	ck_assert_uint_lt(apdu.n, sizeof(text) / 2);
	hex_encode(apdu, text);
	ck_assert_msg(strncasecmp(text, l->command, strlen(l->command)) == 0,
		      "%s, not %s", text, l->command);
	n = strlen(l->answer) / 2;
	ck_assert_int_eq(hex_decode(l->answer, answer, n), R_OK);
	sink_put(out, span_of(answer, n));
	return REASON_NONE;
}

static void report(void *context, const struct msg_inspect_stage *s)
{
	(void)context;
	stages++;
	last = *s;
}

static void teardown(void)
{
	regfree(&form);
	memset(&form, 0, sizeof(form));
}

static void setup(void)
{
	teardown();
	profile = (struct msg_inspect_config){
		.mode = INSPECT_ONLY, .flags = PROFILE_REQUIRE_CHIP_PROOF,
		.state = "UTO", .country = "UT", .document_codes = "ID",
		.aid = "A0000002471001", .number_regex = "[0-9]+",
		.file_max = 32768,
	};
	memset(&x, 0, sizeof(x));
	stages = 0;
	ck_assert_int_eq(number_form("[0-9]+", &form), R_OK);
	x.profile = &profile;
	x.number_form = &form;
	x.report = report;
	x.go.kind = PASSWORD_CAN;
	strcpy(x.go.password, "123456");
	ck_assert_int_eq(pace_prepare(&x.pace_keys), R_OK);
	ck_assert_int_eq(chip_auth_prepare(&x.chip_keys), R_OK);
}

static enum reason run(const struct line *lines, size_t n)
{
	struct script s = { lines, n, 0 };
	enum reason why;

	x.link.transmit = transmit;
	x.link.context = &s;
	why = procedure_identify(&x);
	ck_assert_uint_eq(s.at, n);	/* all of it was asked for */
	return why;
}
#define RUN(...) run((const struct line[]){ __VA_ARGS__ }, \
		     sizeof((const struct line[]){ __VA_ARGS__ }) / \
		     sizeof(struct line))

START_TEST(a_card_without_card_access_is_none_for_us)
{
	ck_assert_int_eq(RUN({ READ_SFI, "6A82" }, { SELECT_EF, "6A82" },
			     { SELECT_MF, "9000" }, { READ_SFI, "6A82" },
			     { SELECT_EF, "6A82" }),
			 REASON_NO_ACCESS_CONTROL);
	ck_assert_int_eq(x.stage, STAGE_ACCESS_FILE);
	ck_assert_uint_eq(stages, 1);
	ck_assert_uint_eq(last.stage, STAGE_ACCESS_FILE);
	ck_assert_uint_eq(last.apdus, 5);
	ck_assert_uint_eq(x.link.sw, 0x6a82);
}
END_TEST

/* Cards exist that know neither SELECT MF nor short identifiers. */
START_TEST(card_access_is_found_without_select_mf)
{
	ck_assert_int_eq(RUN({ READ_SFI, "6A82" },
			     { SELECT_EF, "9000" }, { READ, PACE_BP256 "6282" },
			     { SET_AT, "6A80" }), REASON_PACE_FAILED);
	inspection_wipe(&x);
	setup();
	ck_assert_int_eq(RUN({ READ_SFI, "6982" }, { SELECT_EF, "6982" },
			     { SELECT_MF, "6D00" }, { READ_SFI, "6D00" },
			     { SELECT_EF, "9000" }, { READ, PACE_BP256 "9000" },
			     { SET_AT, "6A80" }), REASON_PACE_FAILED);
	ck_assert_int_eq(x.stage, STAGE_PACE);
	ck_assert_uint_eq(stages, 2);
}
END_TEST

static const char *const unspoken[] = {
	/* no PACEInfo at all: the SET with a TerminalAuthenticationInfo */
	"310F300D060804007F0007020202020101",
	/* DH, 3DES, integrated mapping, version 1, unknown parameters, none */
	"31143012060A04007F00070202040102020102020100",
	"31143012060A04007F0007020204020102010202010D",
	"31143012060A04007F0007020204040202010202010D",
	"31143012060A04007F0007020204020202010102010D",
	"31143012060A04007F0007020204020202010202010E",
	"3111300F060A04007F00070202040202020102",
};

START_TEST(a_card_that_offers_nothing_we_speak_is_refused)
{
	char answer[128];

	snprintf(answer, sizeof(answer), "%s9000", unspoken[_i]);
	ck_assert_int_eq(RUN({ READ_SFI, answer }), REASON_NO_ACCESS_CONTROL);
	ck_assert_int_eq(x.stage, STAGE_PACE);
}
END_TEST

START_TEST(what_is_spoken_is_found_behind_what_is_not)
{
	ck_assert_int_eq(RUN({ READ_SFI,
		"31283012060A04007F0007020204020402010202010D"
		"3012060A04007F0007020204020202010202010C" "9000" },
		{ "0022C1A412800A04007F0007020204020283010284010C", "6A88" }),
			 REASON_PACE_FAILED);
}
END_TEST

START_TEST(a_malformed_card_access_is_refused)
{
	ck_assert_int_eq(RUN({ READ_SFI,
		"31143012060A04007F0007020204020202010202020D9000" }),
			 REASON_FILE_MALFORMED);
}
END_TEST

/* The list must be a whole SET: shorter inner lengths are an error. */
START_TEST(trailing_bytes_in_card_access_are_refused)
{
	ck_assert_int_eq(RUN({ READ_SFI,
		"31153012060A04007F0007020204020202010202010D00" "9000" }),
			 REASON_FILE_MALFORMED);
}
END_TEST

static const struct { enum password_kind kind; const char *text; } passwords[] = {
	{ PASSWORD_CAN, "" }, { PASSWORD_CAN, "12345" },
	{ PASSWORD_CAN, "1234567" }, { PASSWORD_CAN, "12345a" },
	{ PASSWORD_MRZ, "" }, { (enum password_kind)3, "123456" },
};

START_TEST(a_password_of_another_form_never_reaches_the_card)
{
	x.go.kind = (uint8_t)passwords[_i].kind;
	strcpy(x.go.password, passwords[_i].text);
	ck_assert_int_eq(RUN({ READ_SFI, PACE_BP256 "9000" }),
			 REASON_HELPER_PROTOCOL);
}
END_TEST

START_TEST(a_wrong_password_is_told_apart)
{
	ck_assert_int_eq(RUN({ READ_SFI, PACE_BP256 "9000" },
			     { SET_AT, "63C2" },
			     { "10860000027C0000", "6300" }),
			 REASON_WRONG_CAN);
	ck_assert_uint_eq(x.link.sw, 0x6300);
	ck_assert_uint_eq(last.stage, STAGE_PACE);
	/* the password is gone once it was used */
	ck_assert_str_eq(x.go.password, "");
}
END_TEST

START_TEST(a_card_that_leaves_is_told_apart)
{
	ck_assert_int_eq(RUN({ READ_SFI, "" }), REASON_CARD_REMOVED);
	setup();
	ck_assert_int_eq(RUN({ READ_SFI, PACE_BP256 "9000" },
			     { SET_AT, "" }), REASON_CARD_REMOVED);
}
END_TEST

START_TEST(nothing_is_left_of_an_inspection)
{
	static const struct inspection zero;

	ck_assert_int_eq(RUN({ READ_SFI, PACE_BP256 "9000" },
			     { SET_AT, "6A80" }), REASON_PACE_FAILED);
	inspection_wipe(&x);
	ck_assert_mem_eq(&x, &zero, sizeof(x));
}
END_TEST

/* PACE-GM with AES-128 on brainpoolP256r1 and on P-256 */
#define INFO_BP "3012060A04007F0007020204020202010202010D"
#define INFO_P  "3012060A04007F0007020204020202010202010C"

static const struct {
	const char *offered, *list;
	size_t used;
	enum reason why;
	bool fact;
} copies[] = {
	{ "3114" INFO_BP, "3114" INFO_BP, 0, REASON_NONE, true },
	{ "3128" INFO_P INFO_BP, "3128" INFO_BP INFO_P, 1, REASON_NONE, true },
	/* one of the signed was kept back */
	{ "3114" INFO_BP, "3128" INFO_BP INFO_P, 0, REASON_DOWNGRADE, false },
	/* one that nobody signed was offered besides, and used */
	{ "3128" INFO_P INFO_BP, "3114" INFO_BP, 0, REASON_DOWNGRADE, false },
	{ "3128" INFO_P INFO_BP, "3114" INFO_BP, 1, REASON_NONE, true },
	/* none is signed: no fact, the policy decides */
	{ "3114" INFO_BP, "3100", 0, REASON_NONE, false },
};

START_TEST(the_protocol_used_is_one_that_the_state_signed)
{
	static uint8_t a[128], b[128];
	size_t n = strlen(copies[_i].offered) / 2;
	size_t m = strlen(copies[_i].list) / 2;

	ck_assert_int_eq(hex_decode(copies[_i].offered, a, n), R_OK);
	ck_assert_int_eq(hex_decode(copies[_i].list, b, m), R_OK);
	ck_assert_int_eq(security_infos_parse(span_of(a, n), &x.offered),
			 R_OK);
	ck_assert_int_eq(security_infos_parse(span_of(b, m), &x.signed_infos),
			 R_OK);
	x.used = &x.offered.info[copies[_i].used];
	ck_assert_int_eq(procedure_downgrade(&x), copies[_i].why);
	ck_assert_int_eq(x.facts.flags == FACT_PACE_SIGNED, copies[_i].fact);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("procedure");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_card_without_card_access_is_none_for_us);
	tcase_add_test(t, card_access_is_found_without_select_mf);
	tcase_add_loop_test(t, a_card_that_offers_nothing_we_speak_is_refused,
			    0, sizeof(unspoken) / sizeof(unspoken[0]));
	tcase_add_test(t, what_is_spoken_is_found_behind_what_is_not);
	tcase_add_test(t, a_malformed_card_access_is_refused);
	tcase_add_test(t, trailing_bytes_in_card_access_are_refused);
	tcase_add_loop_test(t,
		a_password_of_another_form_never_reaches_the_card, 0,
		sizeof(passwords) / sizeof(passwords[0]));
	tcase_add_test(t, a_wrong_password_is_told_apart);
	tcase_add_test(t, a_card_that_leaves_is_told_apart);
	tcase_add_test(t, nothing_is_left_of_an_inspection);
	tcase_add_loop_test(t, the_protocol_used_is_one_that_the_state_signed,
			    0, sizeof(copies) / sizeof(copies[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
