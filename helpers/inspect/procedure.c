// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/procedure.h"

#include <stdio.h>
#include <string.h>

#include "base/channel.h"
#include "base/scope.h"
#include "base/secret.h"
#include "inspect/chip_proof.h"
#include "inspect/document.h"
#include "inspect/read_ef.h"
#include "lds/dg1.h"

#define PACE_VERSION 2		/* 9303-11 9.2.1 */
#define CAN_DIGITS 6

#define P1_SELECT_MF    0x00
#define P1_SELECT_AID   0x04
#define P2_NO_FCI       0x0c
#define AID_MAX         16	/* ISO/IEC 7816-4 8.2.1.2 */

void inspection_wipe(struct inspection *x)
{
	link_wipe(&x->link);
	secret_wipe(x, sizeof(*x));
}

static enum reason read_file(struct inspection *x, enum ef file,
			     struct sink out, size_t *n)
{
	enum reason why = read_ef(&x->link, ef_row(file),
				  x->profile->file_max, &out);

	if (why == REASON_NONE)
		*n = out.n;
	return why;
}

/* 9303-10 3.6.2. Optional: cards exist that answer 6D00 and are at the master
 * file all the same. */
static enum reason select_mf(struct inspection *x)
{
	static const uint8_t mf[] = { 0x3f, 0x00 };
	const struct command c = { CLA_PLAIN, INS_SELECT, P1_SELECT_MF,
				   P2_NO_FCI, SPAN(mf), 0 };
	struct response a;

	return link_send(&x->link, &c, &a);
}

/* EF.CardAccess is the first word and nothing is known yet: a card without
 * it is no card for us, not one that withholds a file. */
static enum reason step_access_file(struct inspection *x)
{
	struct sink out = SINK(x->access_file);
	enum reason why = read_file(x, EF_CARD_ACCESS, out, &x->access_n);

	if (why == REASON_FILE_MISSING) {
		why = select_mf(x);
		if (why == REASON_NONE)
			why = read_file(x, EF_CARD_ACCESS, out, &x->access_n);
	}
	if (why == REASON_FILE_MISSING)
		return REASON_NO_ACCESS_CONTROL;
	if (why != REASON_NONE)
		return why;
	if (security_infos_parse(span_of(x->access_file, x->access_n),
				 &x->offered) != R_OK)
		return REASON_FILE_MALFORMED;
	return REASON_NONE;
}

static const struct curve *usable_curve(const struct security_info *i)
{
	if (i->kind != INFO_PACE || i->version != PACE_VERSION ||
	    !i->has_id || !suite_accepted(i->protocol))
		return NULL;
	return curve_by_parameter(i->id);
}

static const struct security_info *choose_pace(const struct inspection *x)
{
	for (size_t i = 0; i < x->offered.count; i++)
		if (usable_curve(&x->offered.info[i]))
			return &x->offered.info[i];
	return NULL;
}

static bool password_well_formed(const struct msg_inspect_go *go)
{
	size_t n = strnlen(go->password, sizeof(go->password));

	if (go->kind == PASSWORD_CAN)
		return n == CAN_DIGITS &&
		       strspn(go->password, "0123456789") == n;
	return go->kind == PASSWORD_MRZ && n > 0 && n < sizeof(go->password);
}

static enum reason pace_reason(enum result r)
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
			why = pace_reason(pace_response(p, answer));
		if (why != REASON_NONE)
			return why;
	}
	return REASON_NONE;
}

static enum reason step_pace(struct inspection *x)
{
	scoped(pace_wipe) struct pace p = { 0 };
	scoped(session_keys_wipe) struct session_keys keys = { 0 };
	const struct curve *curve;
	enum reason why;

	x->used = choose_pace(x);
	if (!x->used)
		return REASON_NO_ACCESS_CONTROL;
	if (!password_well_formed(&x->go))
		return REASON_HELPER_PROTOCOL;
	curve = usable_curve(x->used);
	if (pace_start(&p, x->used->protocol, curve,
		       (enum password_kind)x->go.kind,
		       span_str(x->go.password), &x->pace_keys) != R_OK)
		return REASON_INTERNAL;
	secret_wipe(x->go.password, sizeof(x->go.password));
	pace_keys_wipe(&x->pace_keys);
	why = pace_run(x, &p);
	if (why != REASON_NONE)
		return why;
	if (pace_session(&p, &keys) != R_OK)
		return REASON_INTERNAL;
	link_keys(&x->link, &keys, false);
	x->facts.channel = CHANNEL_PACE;
	x->facts.password = x->go.kind;
	snprintf(x->facts.pace, sizeof(x->facts.pace), "%s",
		 x->used->protocol->name);
	snprintf(x->facts.pace_curve, sizeof(x->facts.pace_curve), "%s",
		 curve->name);
	return REASON_NONE;
}

static enum reason step_select(struct inspection *x)
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
	if (why == REASON_NONE && a.sw != SW_OK)
		why = REASON_NOT_A_DOCUMENT;
	return why;
}

static enum reason step_sod(struct inspection *x)
{
	return read_file(x, EF_SOD, SINK(x->sod_file), &x->sod_n);
}

static enum reason step_passive_auth(struct inspection *x)
{
	enum reason why = passive_auth_sod(span_of(x->sod_file, x->sod_n),
					   x->store, x->now,
					   x->profile->country, &x->pa);
	struct msg_inspect_facts *f = &x->facts;

	if (why != REASON_NONE)
		return why;
	if (x->pa.chain)
		f->flags |= FACT_PA_CHAIN;
	if (x->pa.dsc_country_ok)
		f->flags |= FACT_COUNTRY_DSC;
	if (x->pa.csca_country_ok)
		f->flags |= FACT_COUNTRY_CSCA;
	f->data_groups = (uint16_t)x->pa.data_groups;
	memcpy(f->signature, x->pa.signature, sizeof(f->signature));
	memcpy(f->digest, x->pa.digest, sizeof(f->digest));
	memcpy(f->anchor, x->pa.anchor, sizeof(f->anchor));
	memcpy(f->anchor_name, x->pa.anchor_name, sizeof(f->anchor_name));
	return REASON_NONE;
}

/* Read a data group that the SOD lists, and hold it against its hash. */
static enum reason read_signed(struct inspection *x, enum ef file,
			       struct sink out, size_t *n)
{
	unsigned int dg = ef_row(file)->dg;
	enum reason why;

	if (!(x->pa.data_groups & 1u << dg))
		return REASON_FILE_MISSING;
	why = read_file(x, file, out, n);
	if (why == REASON_NONE)
		why = passive_auth_check_dg(&x->pa, dg, span_of(out.p, *n));
	return why;
}

/* Every PACEInfo in the signed copy was offered, and the one used is among
 * them, byte for byte: else somebody between us chose a weaker one. */
enum reason procedure_downgrade(struct inspection *x)
{
	bool any = false;

	for (size_t i = 0; i < x->signed_infos.count; i++) {
		const struct security_info *s = &x->signed_infos.info[i];

		if (s->kind != INFO_PACE)
			continue;
		any = true;
		if (!security_infos_hold(&x->offered, s->raw))
			return REASON_DOWNGRADE;
	}
	if (!any)
		return REASON_NONE;	/* the fact is missing: policy */
	if (!security_infos_hold(&x->signed_infos, x->used->raw))
		return REASON_DOWNGRADE;
	x->facts.flags |= FACT_PACE_SIGNED;
	return REASON_NONE;
}

static enum reason step_dg14(struct inspection *x)
{
	enum reason why;

	if (!(x->pa.data_groups & 1u << ef_row(EF_DG14)->dg))
		return REASON_NONE;
	why = read_signed(x, EF_DG14, SINK(x->dg14_file), &x->dg14_n);
	if (why != REASON_NONE)
		return why;
	if (dg14_parse(span_of(x->dg14_file, x->dg14_n),
		       &x->signed_infos) != R_OK)
		return REASON_FILE_MALFORMED;
	x->has_dg14 = true;
	return procedure_downgrade(x);
}

static enum reason step_chip_proof(struct inspection *x)
{
	bool required = x->profile->flags & PROFILE_REQUIRE_CHIP_PROOF;
	struct chip_proof_result proof;
	enum reason why = chip_proof_run(&x->link,
					 x->has_dg14 ? &x->signed_infos : NULL,
					 required, &x->chip_keys, &proof);

	chip_auth_keys_wipe(&x->chip_keys);
	if (why != REASON_NONE)
		return why;
	x->facts.proof = (uint8_t)proof.kind;
	snprintf(x->facts.proof_curve, sizeof(x->facts.proof_curve), "%s",
		 proof.curve);
	if (proof.kind == PROOF_CA) {
		x->facts.channel = CHANNEL_CA;
		x->facts.flags |= FACT_DATA_UNDER_PROOF;
	}
	return REASON_NONE;
}

/* The first answer here is the proof that Chip Authentication asked for. */
static enum reason step_dg1(struct inspection *x)
{
	size_t n = 0;
	enum reason why = read_signed(x, EF_DG1, SINK(x->dg1_file), &n);

	if (why != REASON_NONE)
		return why;
	if (dg1_parse(span_of(x->dg1_file, n), &x->mrz) != R_OK)
		return REASON_MRZ_MALFORMED;
	x->facts.flags |= FACT_PA_HASHES;
	if (document_facts(x->profile, x->number_form, &x->pa, &x->mrz,
			   x->now, &x->facts, &x->number) != R_OK)
		return REASON_MRZ_MALFORMED;
	return REASON_NONE;
}

static enum reason step_dg2(struct inspection *x)
{
	size_t n = 0;
	enum reason why = read_signed(x, EF_DG2, SINK(x->dg2_file), &n);

	if (why != REASON_NONE)
		return why;
	if (dg2_parse(span_of(x->dg2_file, n), &x->portrait) != R_OK)
		return REASON_PORTRAIT_MALFORMED;
	return REASON_NONE;
}

typedef enum reason step(struct inspection *x);

/* 9303-11 4.2 in our order: the signature first, because only then the list
 * of data groups means something; the chip's proof before personal data. */
static const struct {
	enum inspect_stage stage;
	step *run;
} identify[] = {
	{ STAGE_ACCESS_FILE,  step_access_file },
	{ STAGE_PACE,         step_pace },
	{ STAGE_SELECT,       step_select },
	{ STAGE_SOD,          step_sod },
	{ STAGE_PASSIVE_AUTH, step_passive_auth },
	{ STAGE_DG14,         step_dg14 },
	{ STAGE_CHIP_PROOF,   step_chip_proof },
	{ STAGE_DG1,          step_dg1 },
};

/* Whether or not it went well, the stage is reported: its counts are facts. */
static enum reason run(struct inspection *x, enum inspect_stage stage,
		       step *s)
{
	struct msg_inspect_stage m = { .stage = (uint8_t)stage };
	int64_t from = mono_us();
	enum reason why;

	x->stage = stage;
	x->link.stage = (struct link_count){ 0 };
	why = s(x);
	m.apdus = x->link.stage.apdus;
	m.sent = x->link.stage.sent;
	m.received = x->link.stage.received;
	m.us = (uint32_t)(mono_us() - from);
	x->report(x->report_context, &m);
	if (why == REASON_CHIP_PROOF)
		x->stage = STAGE_CHIP_PROOF;
	return why;
}

enum reason procedure_identify(struct inspection *x)
{
	memcpy(x->facts.profile, x->profile->profile,
	       sizeof(x->facts.profile));
	for (size_t i = 0; i < sizeof(identify) / sizeof(identify[0]); i++) {
		enum reason why = run(x, identify[i].stage, identify[i].run);

		if (why != REASON_NONE)
			return why;
	}
	return REASON_NONE;
}

enum reason procedure_portrait(struct inspection *x)
{
	return run(x, STAGE_DG2, step_dg2);
}
