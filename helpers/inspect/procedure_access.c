// SPDX-License-Identifier: GPL-3.0-or-later
/* From the first word to the first keys: EF.CardAccess, PACE, the application;
 * or Basic Access Control, where there is no PACE and the profile says so. */
#include <stdio.h>
#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"
#include "inspect/pace_choice.h"
#include "inspect/password.h"
#include "inspect/procedure_steps.h"

#define P1_SELECT_MF    0x00
#define P1_SELECT_AID   0x04
#define P2_NO_FCI       0x0c
#define AID_MAX         16	/* ISO/IEC 7816-4 8.2.1.2 */

/* -- EF.CardAccess, EF.ATR/INFO ----------------------------------------------- */

/* 9303-10 3.6.2. Not all cards know it (6D00). */
static enum reason select_mf(struct inspection *x, bool *done)
{
	static const uint8_t mf[] = { 0x3f, 0x00 };
	const struct command c = { CLA_PLAIN, INS_SELECT, P1_SELECT_MF,
				   P2_NO_FCI, SPAN(mf), 0 };
	struct response a;
	enum reason why = link_send(&x->link, &c, &a);

	if (why == REASON_NONE)
		*done = a.sw == SW_OK;
	return why;
}

/* A card is at its master file after a reset; where it is not, it is told. */
static enum reason find_access_file(struct inspection *x)
{
	struct sink out = SINK(x->access_file);
	enum reason why = read_file(x, EF_CARD_ACCESS, out, &x->access_n);
	bool at_mf = false;

	if (why != REASON_FILE_MISSING)
		return why;
	why = select_mf(x, &at_mf);
	if (why != REASON_NONE)
		return why;
	/* nothing changed: the answers would be the same */
	return at_mf ? read_file(x, EF_CARD_ACCESS, out, &x->access_n) :
		       REASON_FILE_MISSING;
}

/* How long APDUs may be. The file is asked for only where the ATR speaks of
 * it and the reader could carry more than short ones. */
static enum reason learn_capacity(struct inspection *x)
{
	uint8_t buf[256];
	struct atr_info info;
	size_t n = 0;
	enum reason why;

	link_capacity(&x->link, x->reader_max, &x->caps, NULL);
	if (!x->caps.info_file || x->reader_max <= LINK_READER_SHORT)
		return REASON_NONE;
	why = read_file(x, EF_ATR, SINK(buf), &n);
	if (why == REASON_NONE && atr_info_parse(span_of(buf, n), &info) == R_OK)
		link_capacity(&x->link, x->reader_max, &x->caps, &info);
	/* a hint that can't be had is none */
	if (why == REASON_FILE_MISSING || why == REASON_FILE_MALFORMED)
		return REASON_NONE;
	return why;
}

enum reason step_access_file(struct inspection *x)
{
	enum reason why = find_access_file(x);

	if (why == REASON_FILE_MISSING) {
		refuse_if(!(x->profile->flags & PROFILE_BAC),
			  REASON_NO_ACCESS_CONTROL);
		return learn_capacity(x);
	}
	if (why != REASON_NONE)
		return why;
	if (security_infos_parse(span_of(x->access_file, x->access_n),
				 &x->offered) != R_OK)
		return REASON_FILE_MALFORMED;
	/* from here on it is PACE or nothing: a card that shows this file
	 * never gets BAC */
	x->has_access_file = true;
	return learn_capacity(x);
}

/* -- PACE ----------------------------------------------------------------------- */

static enum reason access_reason(enum result r)
{
	switch (r) {
	case R_OK:
		return REASON_NONE;
	case R_DENIED:
		return REASON_WRONG_CAN;
	case R_INTERNAL:
		return REASON_INTERNAL;
	case R_MALFORMED:
	case R_ABSENT:
	case R_BUSY:
	case R_TIMEOUT:
		break;
	}
	return REASON_PACE_FAILED;
}

static enum reason pace_run(struct inspection *x, struct pace *p)
{
	while (!pace_done(p)) {
		uint8_t buf[LINK_COMMAND_MAX];
		struct sink apdu = SINK(buf);
		struct span answer;
		enum reason why;

		if (pace_command(p, &apdu) != R_OK)
			return REASON_INTERNAL;
		why = link_raw(&x->link, sink_span(&apdu), &answer);
		if (why == REASON_NONE)
			why = access_reason(pace_response(p, answer));
		if (why != REASON_NONE)
			return why;
	}
	return REASON_NONE;
}

/* The one try there is: password and ephemeral keys are gone after it. */
static enum reason take_password(struct inspection *x, struct password *out)
{
	enum reason why = password_take(&x->go, out);

	secret_wipe(x->go.password, sizeof(x->go.password));
	return why;
}

static void opened_by(struct inspection *x, enum channel_kind access,
		      const char *protocol, const char *domain)
{
	struct msg_inspect_facts *f = &x->facts;

	f->access = (uint8_t)access;
	f->channel = (uint8_t)access;
	f->password = x->go.kind;
	snprintf(f->pace, sizeof(f->pace), "%s", protocol);
	snprintf(f->pace_curve, sizeof(f->pace_curve), "%s", domain);
}

enum reason step_pace(struct inspection *x)
{
	scoped(pace_wipe) struct pace p = { 0 };
	scoped(session_keys_wipe) struct session_keys keys = { 0 };
	scoped(password_wipe) struct password password = { 0 };
	struct pace_choice choice = pace_choose(&x->offered,
						x->profile->flags, &x->link);
	enum reason why;

	refuse_if(!choice.info, REASON_NO_ACCESS_CONTROL);
	why = take_password(x, &password);
	if (why != REASON_NONE)
		return why;
	if (pace_start(&p, choice.info->protocol, choice.domain, password.kind,
		       span_str(password.text), &x->pace_keys) != R_OK)
		return REASON_INTERNAL;
	pace_keys_wipe(&x->pace_keys);
	why = pace_run(x, &p);
	if (why != REASON_NONE)
		return why;
	if (pace_session(&p, &keys) != R_OK)
		return REASON_INTERNAL;
	link_keys(&x->link, &keys, false);
	x->used = choice.info;
	x->cam = p.cam;
	opened_by(x, CHANNEL_PACE, choice.info->protocol->name,
		  choice.domain->name);
	return REASON_NONE;
}

/* -- the application -------------------------------------------------------------- */

enum reason step_select(struct inspection *x)
{
	uint8_t aid[AID_MAX] = { 0 };
	size_t n = strlen(x->profile->aid) / 2;
	struct command c = { CLA_PLAIN, INS_SELECT, P1_SELECT_AID, P2_NO_FCI,
			     span_of(aid, n), 0 };
	struct response a;
	enum reason why;

	if (n == 0 || n > sizeof(aid) ||
	    hex_decode(x->profile->aid, aid, n) != R_OK)
		return REASON_NOT_CONFIGURED;
	why = link_send(&x->link, &c, &a);
	if (why != REASON_NONE)
		return why;
	refuse_if(a.sw != SW_OK, REASON_NOT_A_DOCUMENT);
	x->link.habits.by_file_id = false;	/* another DF, its own files */
	return REASON_NONE;
}

/* -- BAC ------------------------------------------------------------------------------ */

static enum reason bac_run(struct inspection *x, struct bac *b)
{
	while (!bac_done(b)) {
		uint8_t buf[LINK_COMMAND_MAX];
		struct sink apdu = SINK(buf);
		struct span answer;
		enum reason why;

		if (bac_command(b, &apdu) != R_OK)
			return REASON_INTERNAL;
		why = link_raw(&x->link, sink_span(&apdu), &answer);
		if (why == REASON_NONE)
			why = access_reason(bac_response(b, answer));
		if (why != REASON_NONE)
			return why;
	}
	return REASON_NONE;
}

/* 9303-11 4.3: only with the MRZ; a CAN opens nothing here. */
enum reason step_bac(struct inspection *x)
{
	scoped(bac_wipe) struct bac b = { 0 };
	scoped(session_keys_wipe) struct session_keys keys = { 0 };
	scoped(password_wipe) struct password password = { 0 };
	enum reason why = take_password(x, &password);

	if (why != REASON_NONE)
		return why;
	refuse_if(password.kind != PASSWORD_MRZ, REASON_NO_ACCESS_CONTROL);
	if (bac_start(&b, span_str(password.text), &x->bac_random) != R_OK)
		return REASON_INTERNAL;
	secret_wipe(&x->bac_random, sizeof(x->bac_random));
	why = bac_run(x, &b);
	if (why != REASON_NONE)
		return why;
	if (bac_session(&b, &keys) != R_OK)
		return REASON_INTERNAL;
	link_keys(&x->link, &keys, false);
	opened_by(x, CHANNEL_BAC, "BAC 3DES", "");
	return REASON_NONE;
}
