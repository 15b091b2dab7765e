/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The policy as tables, pure: facts -> refusal, account and place -> which
 * factors, what was proven -> grant. Nothing else in the project decides
 * that somebody gets in.
 */
#ifndef CNIE_SERVICE_POLICY_H
#define CNIE_SERVICE_POLICY_H

#include "base/config.h"
#include "base/wire.h"

/* REASON_NONE where these facts are all that profile_flags ask of a card. */
must_check enum reason policy_facts(const struct msg_inspect_facts *facts,
				    uint32_t profile_flags);

/* "ca", "pace-cam", "aa", "none": how strong the chip's proof was. */
const char *policy_proof_name(uint8_t proof);

enum plan { PLAN_NONE, PLAN_CODE, PLAN_FACE, PLAN_FACE_CODE, PLAN_PIN,
	    PLAN_FACE_PIN,
	    PLAN_PASS };	/* no card: the code of the day alone */

/* "card+face+code" */
const char *plan_name(enum plan plan);
bool plan_has_face(enum plan plan);
bool plan_has_code(enum plan plan);

struct plan_input {
	enum assurance assurance;	/* NONE: no authorisation here, now */
	bool face;			/* the account is enrolled for it */
	bool code;			/* the account has one */
	bool camera;			/* camera and models are ready */
	bool locked;			/* five failed faces on this card */
	bool pin;			/* the chip took its PIN: it stands where
					 * a code would */
};

/* Which factors this login needs besides the card; or why it can't go on. */
must_check enum reason policy_plan(const struct plan_input *in,
				   enum plan *out);

struct proven {
	bool card;		/* policy_facts said REASON_NONE */
	bool account;		/* the roster knows the card, not refused */
	uint8_t face;		/* enum face_verdict, 0 none given */
	bool code;		/* verified against the account's hash */
	bool pin;		/* the genuine chip took it (FACT_PIN) */
	bool pass;		/* the code of the day, good here and now */
};

/* REASON_NONE is the grant. Everything that is not in the table is refused. */
must_check enum reason policy_grant(enum plan plan, const struct proven *p);

/* Why a face verdict refuses; REASON_NONE for FACE_MATCH alone. */
enum reason policy_face(uint8_t verdict);

/* Is the authorisation in force on this day (yyyymmdd) at this host? */
enum assurance policy_assurance(const struct authorisation *a, uint32_t today,
				const char *host);

#endif
