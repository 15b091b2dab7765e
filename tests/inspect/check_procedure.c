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
#include "support_exchange.h"

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
		.mode = INSPECT_ONLY,
		.flags = PROFILE_REQUIRE_CHIP_PROOF |
			 PROFILE_NUMBER_IN_OPTIONAL1,
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

	exchange_over(&x.link, transmit, &s);
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
			     { SELECT_MF, "9000" }, { READ_SFI, "6D00" },
			     { SELECT_EF, "9000" }, { READ, PACE_BP256 "9000" },
			     { SET_AT, "6A80" }), REASON_PACE_FAILED);
	ck_assert_int_eq(x.stage, STAGE_PACE);
	ck_assert_uint_eq(stages, 2);
}
END_TEST

/* Where nothing was selected nothing changed: what was asked is not asked
 * again. */
START_TEST(a_card_without_select_mf_is_not_asked_twice)
{
	ck_assert_int_eq(RUN({ READ_SFI, "6A82" }, { SELECT_EF, "6A82" },
			     { SELECT_MF, "6D00" }),
			 REASON_NO_ACCESS_CONTROL);
}
END_TEST

#define READ_ATR "00B0810000"

START_TEST(the_card_is_asked_how_long_apdus_may_be_where_its_atr_says_so)
{
	/* 7F66 { 02 max command, 02 max response } */
	static const struct line first = { READ_SFI, PACE_BP256 "9000" };
	static const struct line no_pace = { SET_AT, "6A80" };

	x.reader_max = 65536;
	x.caps = (struct atr_caps){ .extended = true, .info_file = true };
	ck_assert_int_eq(RUN(first, { READ_ATR, "7F6608020203E802021002"
				      "9000" }, no_pace), REASON_PACE_FAILED);
	ck_assert(x.link.extended);
	ck_assert_uint_eq(x.link.answer_max, 4096);
	setup();
	x.reader_max = 65536;
	x.caps.info_file = true;
	ck_assert_int_eq(RUN(first, { READ_ATR, "6A82" },
			     { "00A4020C022F01", "6A82" }, no_pace),
			 REASON_PACE_FAILED);
	ck_assert(!x.link.extended);
	setup();
	/* what it says makes no sense: the ATR stands */
	x.reader_max = 65536;
	x.caps = (struct atr_caps){ .extended = true, .info_file = true };
	ck_assert_int_eq(RUN(first, { READ_ATR, "7F66019000" }, no_pace),
			 REASON_PACE_FAILED);
	ck_assert(x.link.extended);
	setup();
	x.reader_max = 65536;
	x.caps = (struct atr_caps){ .extended = true, .info_file = true };
	ck_assert_int_eq(RUN(first, { READ_ATR, "" }), REASON_CARD_REMOVED);
}
END_TEST

/* Either the ATR does not speak of the file, or the reader takes no more. */
START_TEST(the_card_is_not_asked_for_what_could_not_be_used)
{
	x.caps = (struct atr_caps){ .extended = true, .info_file = true };
	ck_assert_int_eq(RUN({ READ_SFI, PACE_BP256 "9000" },
			     { SET_AT, "6A80" }), REASON_PACE_FAILED);
	ck_assert(!x.link.extended);
	setup();
	x.reader_max = 65536;
	x.caps.extended = true;
	ck_assert_int_eq(RUN({ READ_SFI, PACE_BP256 "9000" },
			     { SET_AT, "6A80" }), REASON_PACE_FAILED);
	ck_assert(x.link.extended);
}
END_TEST

/* DH with 2048 bits (a link without extended APDUs), 1024 bits, P-224: these
 * are weak or do not get through; CAM over a group does not exist. */
static const char *const unspoken[] = {
	/* no PACEInfo at all: the SET with a TerminalAuthenticationInfo */
	"310F300D060804007F0007020202020101",
	"31143012060A04007F00070202040102020102020102",
	"31143012060A04007F00070202040102020102020100",
	"31143012060A04007F0007020204020202010202010A",
	/* version 1, unknown parameters, none */
	"31143012060A04007F0007020204020202010102010D",
	"31143012060A04007F00070202040202020102020113",
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
		"31283012060A04007F0007020204020402010102010D"
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

/* The signed copies: DG14, EF.CardSecurity; "" there is none */
static const struct {
	const char *offered, *dg14, *security;
	int used;			/* -1: BAC */
	enum reason why;
	bool fact;
} copies[] = {
	{ "3114" INFO_BP, "3114" INFO_BP, "", 0, REASON_NONE, true },
	{ "3128" INFO_P INFO_BP, "3128" INFO_BP INFO_P, "", 1, REASON_NONE,
	  true },
	/* one of the signed was kept back */
	{ "3114" INFO_BP, "3128" INFO_BP INFO_P, "", 0, REASON_DOWNGRADE,
	  false },
	{ "3114" INFO_BP, "3114" INFO_BP, "3128" INFO_BP INFO_P, 0,
	  REASON_DOWNGRADE, false },
	{ "3114" INFO_BP, "3128" INFO_BP INFO_P, "3114" INFO_BP, 0,
	  REASON_DOWNGRADE, false },
	/* one that nobody signed was offered besides, and used */
	{ "3128" INFO_P INFO_BP, "3114" INFO_BP, "", 0, REASON_DOWNGRADE,
	  false },
	{ "3128" INFO_P INFO_BP, "3114" INFO_BP, "", 1, REASON_NONE, true },
	{ "3128" INFO_P INFO_BP, "", "3114" INFO_BP, 0, REASON_DOWNGRADE,
	  false },
	/* it is enough that one of the two copies has the one used */
	{ "3128" INFO_P INFO_BP, "3114" INFO_BP, "3114" INFO_P, 0,
	  REASON_NONE, true },
	{ "3128" INFO_P INFO_BP, "3114" INFO_P, "3114" INFO_BP, 0,
	  REASON_NONE, true },
	/* none is signed: no fact, the policy decides */
	{ "3114" INFO_BP, "3100", "", 0, REASON_NONE, false },
	{ "3114" INFO_BP, "", "", 0, REASON_NONE, false },
	/* under BAC nothing was offered: a document that has PACE shows it */
	{ "3100", "3114" INFO_BP, "", -1, REASON_DOWNGRADE, false },
	{ "3100", "3100", "", -1, REASON_NONE, false },
};

static void infos_of(const char *hex, uint8_t *buf, struct security_infos *out,
		     bool *there)
{
	size_t n = strlen(hex) / 2;

	if (there)
		*there = n > 0;
	if (n == 0)
		return;
	ck_assert_int_eq(hex_decode(hex, buf, n), R_OK);
	ck_assert_int_eq(security_infos_parse(span_of(buf, n), out), R_OK);
}

START_TEST(the_protocol_used_is_one_that_the_state_signed)
{
	static uint8_t a[128], b[128], c[128];

	infos_of(copies[_i].offered, a, &x.offered, NULL);
	infos_of(copies[_i].dg14, b, &x.dg14, &x.has_dg14);
	infos_of(copies[_i].security, c, &x.card_security,
		 &x.has_card_security);
	if (copies[_i].used >= 0)
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
	tcase_add_test(t, a_card_without_select_mf_is_not_asked_twice);
	tcase_add_test(t,
	  the_card_is_asked_how_long_apdus_may_be_where_its_atr_says_so);
	tcase_add_test(t,
		the_card_is_not_asked_for_what_could_not_be_used);
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
