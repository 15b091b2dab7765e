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
		.access = CHANNEL_PACE, .password = PASSWORD_CAN, .expiry = 20351231,
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

/* Proof, the channel DG1 was read under, what opened the chip. */
static const struct {
	uint8_t proof, channel, access;
	uint32_t profile;	/* flags it needs */
	uint32_t facts;		/* that refuse it where missing */
} proofs[] = {
	{ PROOF_CA, CHANNEL_CA, CHANNEL_PACE, REQUIRED,
	  FACT_DATA_UNDER_PROOF | FACT_PACE_SIGNED },
	{ PROOF_CAM, CHANNEL_PACE, CHANNEL_PACE, REQUIRED,
	  FACT_DATA_UNDER_PROOF | FACT_PACE_SIGNED },
	{ PROOF_AA, CHANNEL_PACE, CHANNEL_PACE, REQUIRED, FACT_PACE_SIGNED },
	{ PROOF_NONE, CHANNEL_PACE, CHANNEL_PACE, 0, 0 },
	{ PROOF_CA, CHANNEL_CA, CHANNEL_BAC, REQUIRED | PROFILE_BAC,
	  FACT_DATA_UNDER_PROOF },
	{ PROOF_AA, CHANNEL_BAC, CHANNEL_BAC, REQUIRED | PROFILE_BAC, 0 },
	{ PROOF_NONE, CHANNEL_BAC, CHANNEL_BAC, PROFILE_BAC, 0 },
};
#define PROOFS (sizeof(proofs) / sizeof(proofs[0]))

static bool profile_allows(size_t i, uint32_t profile)
{
	if ((proofs[i].profile & PROFILE_BAC) && !(profile & PROFILE_BAC))
		return false;
	return proofs[i].proof != PROOF_NONE || !(profile & REQUIRED);
}

START_TEST(nothing_but_these_proofs_passes)
{
	static const uint32_t profiles[] = { 0, REQUIRED, PROFILE_BAC,
					     REQUIRED | PROFILE_BAC };
	struct msg_inspect_facts f = good();

	for (int proof = 0; proof < 256; proof++)
		for (int channels = 0; channels < 64; channels++) {
			bool ok = false;

			f.proof = (uint8_t)proof;
			f.channel = channels & 7;
			f.access = (uint8_t)(channels >> 3);
			for (size_t i = 0; i < PROOFS; i++)
				ok = ok || (proofs[i].proof == f.proof &&
					    proofs[i].channel == f.channel &&
					    proofs[i].access == f.access &&
					    profile_allows(i, profiles[_i]));
			ck_assert_int_eq(policy_facts(&f, profiles[_i]) ==
					 REASON_NONE, ok);
		}
}
END_TEST

START_TEST(each_proof_comes_with_its_facts)
{
	struct msg_inspect_facts f = good();

	f.proof = proofs[_i].proof;
	f.channel = proofs[_i].channel;
	f.access = proofs[_i].access;
	f.flags = ALL_FACTS & ~(uint32_t)(FACT_DATA_UNDER_PROOF |
					  FACT_PACE_SIGNED);
	f.flags |= proofs[_i].facts;
	ck_assert_int_eq(policy_facts(&f, proofs[_i].profile), REASON_NONE);
	if (proofs[_i].facts & FACT_PACE_SIGNED) {
		f.flags &= ~(uint32_t)FACT_PACE_SIGNED;
		ck_assert_int_eq(policy_facts(&f, proofs[_i].profile),
				 REASON_DOWNGRADE);
		f.flags |= FACT_PACE_SIGNED;
	}
	if (proofs[_i].facts & FACT_DATA_UNDER_PROOF) {
		f.flags &= ~(uint32_t)FACT_DATA_UNDER_PROOF;
		ck_assert_int_eq(policy_facts(&f, proofs[_i].profile),
				 REASON_CHIP_PROOF);
	}
}
END_TEST

START_TEST(what_is_missing_has_its_reason)
{
	struct msg_inspect_facts f = good();

	f.proof = PROOF_NONE;
	f.channel = CHANNEL_PACE;
	ck_assert_int_eq(policy_facts(&f, REQUIRED),
			 REASON_CHIP_PROOF_ABSENT);
	f = good();
	f.access = CHANNEL_BAC;
	ck_assert_int_eq(policy_facts(&f, REQUIRED), REASON_NO_ACCESS_CONTROL);
	f = good();
	ck_assert_int_eq(policy_facts(&f, REQUIRED | PROFILE_REQUIRE_CRL),
			 REASON_CRL_STALE);
	f.flags |= FACT_CRL_CURRENT;
	ck_assert_int_eq(policy_facts(&f, REQUIRED | PROFILE_REQUIRE_CRL),
			 REASON_NONE);
	/* told, and no refusal */
	f.flags |= FACT_CSCA_EXPIRED;
	ck_assert_int_eq(policy_facts(&f, REQUIRED), REASON_NONE);
}
END_TEST

/* -- which factors --------------------------------------------------------------- */

static const struct {
	struct plan_input in;
	enum reason why;
	enum plan plan;
} cases[] = {
	/* assurance, account: face, code; camera; locked; PIN */
	{ { ASSURANCE_FACE, true, false, true, false, false },
	  REASON_NONE, PLAN_FACE },
	{ { ASSURANCE_FACE, true, true, true, false, false },
	  REASON_NONE, PLAN_FACE },
	{ { ASSURANCE_FACE_CODE, true, true, true, false, false },
	  REASON_NONE, PLAN_FACE_CODE },
	{ { ASSURANCE_FACE_CODE, true, false, true, false, false },
	  REASON_NO_CODE, PLAN_NONE },
	{ { ASSURANCE_NONE, true, true, true, false, false },
	  REASON_NONE, PLAN_CODE },
	{ { ASSURANCE_NONE, true, false, true, false, false },
	  REASON_NO_AUTHORISATION, PLAN_NONE },
	{ { ASSURANCE_FACE, true, true, false, false, false },
	  REASON_NONE, PLAN_CODE },
	{ { ASSURANCE_FACE, true, false, false, false, false },
	  REASON_NO_CAMERA, PLAN_NONE },
	{ { ASSURANCE_FACE, true, true, true, true, false },
	  REASON_NONE, PLAN_CODE },
	{ { ASSURANCE_FACE, true, false, true, true, false },
	  REASON_FACE_LOCKED, PLAN_NONE },
	{ { ASSURANCE_FACE, false, true, true, false, false },
	  REASON_NONE, PLAN_CODE },
	{ { ASSURANCE_FACE, false, false, true, false, false },
	  REASON_NO_CODE, PLAN_NONE },
	{ { ASSURANCE_FACE, true, true, true, false, true },
	  REASON_NONE, PLAN_FACE },
	{ { ASSURANCE_FACE_CODE, true, true, true, false, true },
	  REASON_NONE, PLAN_FACE_PIN },
	{ { ASSURANCE_FACE_CODE, true, false, true, false, true },
	  REASON_NONE, PLAN_FACE_PIN },
	{ { ASSURANCE_FACE_CODE, true, false, false, false, true },
	  REASON_NONE, PLAN_PIN },
	{ { ASSURANCE_FACE_CODE, true, false, true, true, true },
	  REASON_NONE, PLAN_PIN },
	{ { ASSURANCE_NONE, false, false, false, false, true },
	  REASON_NONE, PLAN_PIN },
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
	for (int bits = 0; bits < 32; bits++)
		for (int a = ASSURANCE_NONE; a <= ASSURANCE_FACE; a++) {
			struct plan_input in = {
				(enum assurance)a, bits & 1, bits & 2,
				bits & 4, bits & 8, bits & 16,
			};
			enum plan plan = PLAN_NONE;
			enum reason why = policy_plan(&in, &plan);

			ck_assert_int_ne(why, REASON_INTERNAL);
			ck_assert_int_eq(why == REASON_NONE,
					 plan != PLAN_NONE);
			if (in.code || in.pin)
				ck_assert_int_eq(why, REASON_NONE);
			if (plan_has_face(plan))
				ck_assert(in.face && in.camera && !in.locked &&
					  a != ASSURANCE_NONE);
			if (plan_has_code(plan))
				ck_assert(in.code);
			if (plan == PLAN_PIN || plan == PLAN_FACE_PIN)
				ck_assert(in.pin);
		}
}
END_TEST

/* -- the grant ----------------------------------------------------------------------- */

/* Of 6 plans x 256 verdicts x 32: the three of code and face, with or without
 * a PIN that was not asked for, and the two that need it; a pass adds and
 * takes nothing. */
START_TEST(exactly_eight_combinations_with_a_card_grant)
{
	int granted = 0;

	for (int plan = PLAN_NONE; plan <= PLAN_FACE_PIN; plan++)
		for (int face = 0; face < 256; face++)
			for (int bits = 0; bits < 32; bits++) {
				struct proven p = {
					.card = bits & 1, .account = bits & 2,
					.code = bits & 4, .pin = bits & 8,
					.face = (uint8_t)face,
					.pass = bits & 16,
				};
				bool in = policy_grant((enum plan)plan, &p) ==
					  REASON_NONE;

				granted += in;
				if (in)
					ck_assert(p.card && p.account &&
						  (p.code || p.pin ||
						   p.face == FACE_MATCH));
			}
	ck_assert_int_eq(granted, 2 * 8);
}
END_TEST

START_TEST(a_pass_needs_itself_and_its_account)
{
	for (int bits = 0; bits < 32; bits++) {
		struct proven p = {
			.card = bits & 1, .account = bits & 2,
			.code = bits & 4, .pin = bits & 8, .pass = bits & 16,
		};

		ck_assert_int_eq(policy_grant(PLAN_PASS, &p), p.pass &&
				 p.account ? REASON_NONE : REASON_WRONG_PASS);
	}
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
	ck_assert_int_eq(policy_grant(PLAN_FACE_PIN, &p), REASON_WRONG_PIN);
	p.face = 0;
	ck_assert_int_eq(policy_grant(PLAN_PIN, &p), REASON_WRONG_PIN);
	p.face = FACE_MATCH;
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
	tcase_add_loop_test(t, nothing_but_these_proofs_passes, 0, 4);
	tcase_add_loop_test(t, each_proof_comes_with_its_facts, 0, PROOFS);
	tcase_add_test(t, what_is_missing_has_its_reason);
	tcase_add_loop_test(t, factors_follow_the_table, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t,
		whoever_has_a_code_is_never_locked_out_and_nobody_needs_no_factor);
	tcase_add_test(t, exactly_eight_combinations_with_a_card_grant);
	tcase_add_test(t, a_pass_needs_itself_and_its_account);
	tcase_add_test(t, a_refused_grant_says_what_is_missing);
	tcase_add_test(t, only_a_match_is_a_face);
	tcase_add_test(t,
		an_authorisation_is_in_force_between_its_days_at_its_sites);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
