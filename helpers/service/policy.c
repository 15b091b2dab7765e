// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/policy.h"

#include <string.h>

#include "base/refuse.h"

/* Facts without which nobody gets in, in the order they are told. */
static const struct {
	uint32_t fact;
	enum reason refuse;
} needed[] = {
	{ FACT_PA_CHAIN,      REASON_CSCA_UNKNOWN },
	{ FACT_PA_HASHES,     REASON_DG_HASH },
	{ FACT_COUNTRY_CSCA,  REASON_FOREIGN_STATE },
	{ FACT_COUNTRY_DSC,   REASON_FOREIGN_STATE },
	{ FACT_STATE,         REASON_FOREIGN_STATE },
	{ FACT_DOCUMENT_CODE, REASON_FOREIGN_STATE },
	{ FACT_NOT_EXPIRED,   REASON_EXPIRED_CARD },
	{ FACT_NUMBER_FORM,   REASON_NUMBER_FORM },
};

/* What each kind of chip proof is worth, and the channel it must have made.
 * With Active Authentication alone the data is read under keys that a relay
 * could share: weaker, and the event says which it was. */
static const struct {
	enum chip_proof proof;
	enum channel_kind channel, access;
	uint32_t facts;			/* needed besides */
	bool only_if_not_required;	/* require_chip_proof = no */
} accepted[] = {
	{ PROOF_CA,   CHANNEL_CA,   CHANNEL_PACE,
	  FACT_DATA_UNDER_PROOF | FACT_PACE_SIGNED, false },
	{ PROOF_CAM,  CHANNEL_PACE, CHANNEL_PACE,
	  FACT_DATA_UNDER_PROOF | FACT_PACE_SIGNED, false },
	{ PROOF_AA,   CHANNEL_PACE, CHANNEL_PACE, FACT_PACE_SIGNED, false },
	{ PROOF_NONE, CHANNEL_PACE, CHANNEL_PACE, 0, true },
	/* bac = yes */
	{ PROOF_CA,   CHANNEL_CA,   CHANNEL_BAC, FACT_DATA_UNDER_PROOF, false },
	{ PROOF_AA,   CHANNEL_BAC,  CHANNEL_BAC, 0, false },
	{ PROOF_NONE, CHANNEL_BAC,  CHANNEL_BAC, 0, true },
};

static enum reason judge_proof(const struct msg_inspect_facts *f,
			       bool required)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		if (accepted[i].proof != f->proof ||
		    accepted[i].channel != f->channel ||
		    accepted[i].access != f->access ||
		    (accepted[i].only_if_not_required && required))
			continue;
		refuse_if((accepted[i].facts & FACT_PACE_SIGNED) &&
			  !(f->flags & FACT_PACE_SIGNED), REASON_DOWNGRADE);
		refuse_if((f->flags & accepted[i].facts) != accepted[i].facts,
			  REASON_CHIP_PROOF);
		return REASON_NONE;
	}
	return REASON_CHIP_PROOF;
}

enum reason policy_facts(const struct msg_inspect_facts *f,
			 uint32_t profile_flags)
{
	bool required = profile_flags & PROFILE_REQUIRE_CHIP_PROOF;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		refuse_if(!(f->flags & needed[i].fact), needed[i].refuse);
	refuse_if((profile_flags & PROFILE_REQUIRE_CRL) &&
		  !(f->flags & FACT_CRL_CURRENT), REASON_CRL_STALE);
	refuse_if(f->access == CHANNEL_BAC && !(profile_flags & PROFILE_BAC),
		  REASON_NO_ACCESS_CONTROL);
	refuse_if(f->proof == PROOF_NONE && required,
		  REASON_CHIP_PROOF_ABSENT);
	return judge_proof(f, required);
}

const char *policy_proof_name(uint8_t proof)
{
	static const char *const names[] = {
		[PROOF_NONE] = "none", [PROOF_CA] = "ca", [PROOF_AA] = "aa",
		[PROOF_CAM] = "pace-cam",
	};

	return proof < sizeof(names) / sizeof(names[0]) ? names[proof] : "";
}

static const struct {
	const char *name;
	bool face, code;
} plans[] = {
	[PLAN_NONE] = { "card", false, false },
	[PLAN_CODE] = { "card+code", false, true },
	[PLAN_FACE] = { "card+face", true, false },
	[PLAN_FACE_CODE] = { "card+face+code", true, true },
	[PLAN_PIN] = { "card+pin", false, false },
	[PLAN_FACE_PIN] = { "card+face+pin", true, false },
	[PLAN_PASS] = { "pass", false, false },
};

const char *plan_name(enum plan plan)
{
	return plans[plan].name;
}

bool plan_has_face(enum plan plan)
{
	return plans[plan].face;
}

bool plan_has_code(enum plan plan)
{
	return plans[plan].code;
}

enum tri { NO, YES, ANY };

/* The first row that fits. The code is always a way in for whom it is set:
 * nobody is locked out by a camera, a moratorium or their own "no". */
static const struct {
	int assurance;		/* enum assurance, -1 any */
	enum tri face, camera, locked, pin, code;
	enum plan plan;
	enum reason refuse;
} factors[] = {
	{ ASSURANCE_FACE,      YES, YES, NO,  ANY, ANY, PLAN_FACE,
	  REASON_NONE },
	{ ASSURANCE_FACE_CODE, YES, YES, NO,  YES, ANY, PLAN_FACE_PIN,
	  REASON_NONE },
	{ ASSURANCE_FACE_CODE, YES, YES, NO,  NO,  YES, PLAN_FACE_CODE,
	  REASON_NONE },
	{ -1,                  ANY, ANY, ANY, YES, ANY, PLAN_PIN, REASON_NONE },
	{ -1,                  ANY, ANY, ANY, NO,  YES, PLAN_CODE,
	  REASON_NONE },
	{ ASSURANCE_FACE_CODE, YES, YES, NO,  NO,  NO,  PLAN_NONE,
	  REASON_NO_CODE },
	{ -1,                  NO,  ANY, ANY, NO,  NO,  PLAN_NONE,
	  REASON_NO_CODE },
	{ ASSURANCE_NONE,      YES, ANY, ANY, NO,  NO,  PLAN_NONE,
	  REASON_NO_AUTHORISATION },
	{ -1,                  YES, ANY, YES, NO,  NO,  PLAN_NONE,
	  REASON_FACE_LOCKED },
	{ -1,                  YES, NO,  NO,  NO,  NO,  PLAN_NONE,
	  REASON_NO_CAMERA },
};

static bool fits(enum tri want, bool have)
{
	return want == ANY || (want == YES) == have;
}

enum reason policy_plan(const struct plan_input *in, enum plan *out)
{
	for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
		if ((factors[i].assurance >= 0 &&
		     factors[i].assurance != (int)in->assurance) ||
		    !fits(factors[i].face, in->face) ||
		    !fits(factors[i].camera, in->camera) ||
		    !fits(factors[i].locked, in->locked) ||
		    !fits(factors[i].pin, in->pin) ||
		    !fits(factors[i].code, in->code))
			continue;
		if (factors[i].refuse == REASON_NONE)
			*out = factors[i].plan;
		return factors[i].refuse;
	}
	return REASON_INTERNAL;
}

static const struct {
	uint8_t verdict;
	enum reason refuse;
} verdicts[] = {
	{ FACE_MATCH,        REASON_NONE },
	{ FACE_NO_MATCH,     REASON_WRONG_FACE },
	{ FACE_ATTACK,       REASON_ATTACK },
	{ FACE_NONE_SEEN,    REASON_NO_FACE },
	{ FACE_NO_CAMERA,    REASON_NO_CAMERA },
	{ FACE_NO_MODELS,    REASON_NO_MODELS },
	{ FACE_PORTRAIT_BAD, REASON_PORTRAIT_FACE },
};

enum reason policy_face(uint8_t verdict)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (verdicts[i].verdict == verdict)
			return verdicts[i].refuse;
	return REASON_HELPER_PROTOCOL;
}

/* The only rows that open a session. */
static const struct {
	enum plan plan;
	uint8_t face;		/* the verdict it needs; 0: none was asked */
	bool code;
	bool pin;		/* it needs it; else it is not asked about */
} grants[] = {
	{ PLAN_CODE,      0,          true,  false },
	{ PLAN_FACE,      FACE_MATCH, false, false },
	{ PLAN_FACE_CODE, FACE_MATCH, true,  false },
	{ PLAN_PIN,       0,          false, true },
	{ PLAN_FACE_PIN,  FACE_MATCH, false, true },
};

enum reason policy_grant(enum plan plan, const struct proven *p)
{
	if (plan == PLAN_PASS) {
		refuse_if(!p->pass || !p->account, REASON_WRONG_PASS);
		return REASON_NONE;
	}
	refuse_if(!p->card || !p->account, REASON_INTERNAL);
	for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++)
		if (grants[i].plan == plan && grants[i].face == p->face &&
		    grants[i].code == p->code && (p->pin || !grants[i].pin))
			return REASON_NONE;
	if (plan_has_face(plan) && p->face != FACE_MATCH)
		return p->face ? policy_face(p->face) : REASON_NO_FACE;
	if (plan_has_code(plan) && !p->code)
		return REASON_WRONG_CODE;
	if ((plan == PLAN_PIN || plan == PLAN_FACE_PIN) && !p->pin)
		return REASON_WRONG_PIN;
	return REASON_INTERNAL;
}

enum assurance policy_assurance(const struct authorisation *a, uint32_t today,
				const char *host)
{
	refuse_if(today < a->not_before || today > a->not_after,
		  ASSURANCE_NONE);
	refuse_if(strcmp(a->sites, "*") && !config_list_has(a->sites, host),
		  ASSURANCE_NONE);
	return a->assurance;
}
