// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/policy.h"

#include <string.h>

#include "check_main.h"

#define ALL_FACTS 0x3ffu
#define REQUIRED PROFILE_REQUIRE_CHIP_PROOF

static struct msg_inspect_facts good(void)
{
	return (struct msg_inspect_facts){
		.flags = ALL_FACTS, .proof = PROOF_CA, .channel = CHANNEL_CA,
		.password = PASSWORD_CAN, .expiry = 20351231,
	};
}

START_TEST(full_facts_are_accepted)
{
	struct msg_inspect_facts f = good();

	ck_assert_int_eq(policy_facts(&f, REQUIRED), REASON_NONE);
}
END_TEST

static const enum reason missing[10] = {
	REASON_CSCA_UNKNOWN, REASON_DG_HASH, REASON_DOWNGRADE,
	REASON_FOREIGN_STATE, REASON_FOREIGN_STATE, REASON_FOREIGN_STATE,
	REASON_FOREIGN_STATE, REASON_NUMBER_FORM, REASON_EXPIRED_CARD,
	REASON_CHIP_PROOF,
};

START_TEST(each_missing_fact_is_refused_with_its_reason)
{
	struct msg_inspect_facts f = good();

	f.flags &= ~(1u << _i);
	ck_assert_int_eq(policy_facts(&f, REQUIRED), missing[_i]);
}
END_TEST

START_TEST(no_fact_combination_but_the_full_one_passes)
{
	struct msg_inspect_facts f = good();

	for (uint32_t flags = 0; flags < ALL_FACTS; flags++) {
		f.flags = flags;
		ck_assert_int_ne(policy_facts(&f, REQUIRED), REASON_NONE);
	}
}
END_TEST

START_TEST(only_chip_authentication_is_a_proof)
{
	struct msg_inspect_facts f = good();

	for (int proof = 0; proof < 256; proof++)
		for (int channel = 0; channel < 8; channel++) {
			bool ca = proof == PROOF_CA && channel == CHANNEL_CA;

			f.proof = (uint8_t)proof;
			f.channel = (uint8_t)channel;
			ck_assert_int_eq(policy_facts(&f, REQUIRED) ==
					 REASON_NONE, ca);
		}
	f.proof = PROOF_NONE;
	f.channel = CHANNEL_PACE;
	ck_assert_int_eq(policy_facts(&f, REQUIRED),
			 REASON_CHIP_PROOF_ABSENT);
}
END_TEST

START_TEST(a_pilot_profile_lets_a_card_without_proof_pass_under_pace_only)
{
	struct msg_inspect_facts f = good();

	f.proof = PROOF_NONE;
	f.channel = CHANNEL_PACE;
	f.flags &= ~(uint32_t)(FACT_DATA_UNDER_PROOF | FACT_PACE_SIGNED);
	ck_assert_int_eq(policy_facts(&f, 0), REASON_NONE);
	f.channel = CHANNEL_BAC;
	ck_assert_int_ne(policy_facts(&f, 0), REASON_NONE);
	f.channel = CHANNEL_NONE;
	ck_assert_int_ne(policy_facts(&f, 0), REASON_NONE);
	/* a card that does prove itself is held to the whole of it */
	f = good();
	f.flags &= ~(uint32_t)FACT_PACE_SIGNED;
	ck_assert_int_eq(policy_facts(&f, 0), REASON_DOWNGRADE);
}
END_TEST

/* -- which factors --------------------------------------------------------------- */

static const struct {
	struct plan_input in;
	enum reason why;
	enum plan plan;
} cases[] = {
	/* assurance, account: face, code; camera; locked */
	{ { ASSURANCE_FACE, true, false, true, false },
	  REASON_NONE, PLAN_FACE },
	{ { ASSURANCE_FACE, true, true, true, false },
	  REASON_NONE, PLAN_FACE },
	{ { ASSURANCE_FACE_CODE, true, true, true, false },
	  REASON_NONE, PLAN_FACE_CODE },
	{ { ASSURANCE_FACE_CODE, true, false, true, false },
	  REASON_NO_CODE, PLAN_NONE },
	{ { ASSURANCE_NONE, true, true, true, false },
	  REASON_NONE, PLAN_CODE },
	{ { ASSURANCE_NONE, true, false, true, false },
	  REASON_NO_AUTHORISATION, PLAN_NONE },
	{ { ASSURANCE_FACE, true, true, false, false },
	  REASON_NONE, PLAN_CODE },
	{ { ASSURANCE_FACE, true, false, false, false },
	  REASON_NO_CAMERA, PLAN_NONE },
	{ { ASSURANCE_FACE, true, true, true, true },
	  REASON_NONE, PLAN_CODE },
	{ { ASSURANCE_FACE, true, false, true, true },
	  REASON_FACE_LOCKED, PLAN_NONE },
	{ { ASSURANCE_FACE, false, true, true, false },
	  REASON_NONE, PLAN_CODE },
	{ { ASSURANCE_FACE, false, false, true, false },
	  REASON_NO_CODE, PLAN_NONE },
};

START_TEST(factors_follow_the_table)
{
	enum plan plan = PLAN_NONE;

	ck_assert_int_eq(policy_plan(&cases[_i].in, &plan), cases[_i].why);
	ck_assert_int_eq(plan, cases[_i].plan);
}
END_TEST

START_TEST(whoever_has_a_code_is_never_locked_out_and_nobody_needs_no_factor)
{
	for (int bits = 0; bits < 16; bits++)
		for (int a = ASSURANCE_NONE; a <= ASSURANCE_FACE; a++) {
			struct plan_input in = {
				(enum assurance)a, bits & 1, bits & 2,
				bits & 4, bits & 8,
			};
			enum plan plan = PLAN_NONE;
			enum reason why = policy_plan(&in, &plan);

			ck_assert_int_ne(why, REASON_INTERNAL);
			ck_assert_int_eq(why == REASON_NONE,
					 plan != PLAN_NONE);
			if (in.code)
				ck_assert_int_eq(why, REASON_NONE);
			if (plan_has_face(plan))
				ck_assert(in.face && in.camera && !in.locked &&
					  a != ASSURANCE_NONE);
			if (plan_has_code(plan))
				ck_assert(in.code);
		}
}
END_TEST

/* -- the grant ----------------------------------------------------------------------- */

START_TEST(exactly_three_combinations_grant)
{
	int granted = 0;

	for (int plan = PLAN_NONE; plan <= PLAN_FACE_CODE; plan++)
		for (int face = 0; face < 256; face++)
			for (int bits = 0; bits < 8; bits++) {
				struct proven p = {
					.card = bits & 1, .account = bits & 2,
					.code = bits & 4,
					.face = (uint8_t)face,
				};

				granted += policy_grant((enum plan)plan, &p) ==
					   REASON_NONE;
			}
	ck_assert_int_eq(granted, 3);
}
END_TEST

START_TEST(a_refused_grant_says_what_is_missing)
{
	struct proven p = { .card = true, .account = true,
			    .face = FACE_ATTACK };

	ck_assert_int_eq(policy_grant(PLAN_FACE, &p), REASON_ATTACK);
	p.face = 0;
	ck_assert_int_eq(policy_grant(PLAN_FACE, &p), REASON_NO_FACE);
	ck_assert_int_eq(policy_grant(PLAN_CODE, &p), REASON_WRONG_CODE);
	p.face = FACE_MATCH;
	ck_assert_int_eq(policy_grant(PLAN_FACE_CODE, &p), REASON_WRONG_CODE);
	p.card = false;
	p.code = true;
	ck_assert_int_eq(policy_grant(PLAN_FACE_CODE, &p), REASON_INTERNAL);
}
END_TEST

START_TEST(only_a_match_is_a_face)
{
	for (int v = 0; v < 256; v++)
		ck_assert_int_eq(policy_face((uint8_t)v) == REASON_NONE,
				 v == FACE_MATCH);
}
END_TEST

START_TEST(an_authorisation_is_in_force_between_its_days_at_its_sites)
{
	struct authorisation a = {
		.not_before = 20260101, .not_after = 20261231,
		.assurance = ASSURANCE_FACE, .sites = "pc1 pc2",
	};

	ck_assert_int_eq(policy_assurance(&a, 20260101, "pc2"), ASSURANCE_FACE);
	ck_assert_int_eq(policy_assurance(&a, 20261231, "pc1"), ASSURANCE_FACE);
	ck_assert_int_eq(policy_assurance(&a, 20251231, "pc1"), ASSURANCE_NONE);
	ck_assert_int_eq(policy_assurance(&a, 20270101, "pc1"), ASSURANCE_NONE);
	ck_assert_int_eq(policy_assurance(&a, 20260601, "pc3"), ASSURANCE_NONE);
	ck_assert_int_eq(policy_assurance(&a, 20260601, "pc"), ASSURANCE_NONE);
	ck_assert_int_eq(policy_assurance(&a, 20260601, ""), ASSURANCE_NONE);
	strcpy(a.sites, "*");
	ck_assert_int_eq(policy_assurance(&a, 20260601, "x"), ASSURANCE_FACE);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("policy");
	TCase *t = tcase_create("tables");

	tcase_add_test(t, full_facts_are_accepted);
	tcase_add_loop_test(t, each_missing_fact_is_refused_with_its_reason,
			    0, 10);
	tcase_add_test(t, no_fact_combination_but_the_full_one_passes);
	tcase_add_test(t, only_chip_authentication_is_a_proof);
	tcase_add_test(t,
		a_pilot_profile_lets_a_card_without_proof_pass_under_pace_only);
	tcase_add_loop_test(t, factors_follow_the_table, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t,
		whoever_has_a_code_is_never_locked_out_and_nobody_needs_no_factor);
	tcase_add_test(t, exactly_three_combinations_grant);
	tcase_add_test(t, a_refused_grant_says_what_is_missing);
	tcase_add_test(t, only_a_match_is_a_face);
	tcase_add_test(t,
		an_authorisation_is_in_force_between_its_days_at_its_sites);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
