// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/procedure.h"

#include <string.h>

#include "base/channel.h"
#include "base/refuse.h"
#include "base/secret.h"
#include "inspect/procedure_steps.h"
#include "inspect/read_ef.h"

void inspection_wipe(struct inspection *x)
{
	link_wipe(&x->link);
	secret_wipe(x, sizeof(*x));
}

enum reason read_file(struct inspection *x, enum ef file, struct sink out,
		      size_t *n)
{
	enum reason why = read_ef(&x->link, ef_row(file),
				  x->profile->file_max, &out);

	if (why == REASON_NONE)
		*n = out.n;
	return why;
}

bool sod_lists(const struct inspection *x, enum ef file)
{
	return x->pa.data_groups & 1u << ef_row(file)->dg;
}

enum reason read_signed(struct inspection *x, enum ef file, struct sink out,
			size_t *n)
{
	enum reason why;

	refuse_if(!sod_lists(x, file), REASON_FILE_MISSING);
	why = read_file(x, file, out, n);
	if (why == REASON_NONE)
		why = passive_auth_check_dg(&x->pa, ef_row(file)->dg,
					    span_of(out.p, *n));
	return why;
}

/* When a step's turn comes. */
static bool always(const struct inspection *x)
{
	(void)x;
	return true;
}

static bool pace(const struct inspection *x)
{
	return x->has_access_file;
}

static bool bac(const struct inspection *x)
{
	return !x->has_access_file;
}

static bool cam(const struct inspection *x)
{
	return x->cam.domain != NULL;
}

static bool dg14_is_next(const struct inspection *x)
{
	return passive_auth_glance(span_of(x->sod_file, x->sod_n)) &
	       1u << ef_row(EF_DG14)->dg;
}

static bool owes_ca(const struct inspection *x)
{
	return x->proof_due == PROOF_CA;
}

static bool owes_aa(const struct inspection *x)
{
	return x->proof_due == PROOF_AA;
}

static bool owes_nothing(const struct inspection *x)
{
	return x->proof_due == PROOF_NONE;
}

static bool pin(const struct inspection *x)
{
	return x->profile->pin_reference != 0 && x->go.pin[0];
}

static bool number_in_dg11(const struct inspection *x)
{
	return x->profile->flags & PROFILE_NUMBER_IN_DG11;
}

/*
 * 9303-11 4.2 in our order: the signature first, because only then the list
 * of data groups means something; the chip's proof before personal data. DG14
 * is fetched while the signature that decides about it is checked, and judged
 * after it.
 */
static const struct {
	enum inspect_stage stage;
	bool (*due)(const struct inspection *x);
	step *run;
} identify[] = {
	{ STAGE_ACCESS_FILE,   always,         step_access_file },
	{ STAGE_PACE,          pace,           step_pace },
	{ STAGE_CARD_SECURITY, cam,            step_card_security },
	{ STAGE_SELECT,        always,         step_select },
	{ STAGE_CHIP_PROOF,    cam,            step_cam },
	{ STAGE_BAC,           bac,            step_bac },
	{ STAGE_SOD,           always,         step_sod },
	{ STAGE_DG14,          dg14_is_next,   step_dg14 },
	{ STAGE_PASSIVE_AUTH,  always,         step_passive_auth },
	{ STAGE_CHIP_PROOF,    owes_ca,        step_chip_auth },
	{ STAGE_ACTIVE_AUTH,   owes_aa,        step_active_auth },
	{ STAGE_CHIP_PROOF,    owes_nothing,   step_no_proof },
	{ STAGE_PIN,           pin,            step_pin },
	{ STAGE_DG1,           always,         step_dg1 },
	{ STAGE_DG11,          number_in_dg11, step_dg11 },
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
	if (why == REASON_CHIP_PROOF && stage != STAGE_ACTIVE_AUTH)
		x->stage = STAGE_CHIP_PROOF;
	return why;
}

enum reason procedure_identify(struct inspection *x)
{
	memcpy(x->facts.profile, x->profile->profile,
	       sizeof(x->facts.profile));
	for (size_t i = 0; i < sizeof(identify) / sizeof(identify[0]); i++) {
		enum reason why;

		if (!identify[i].due(x))
			continue;
		why = run(x, identify[i].stage, identify[i].run);
		if (why != REASON_NONE)
			return why;
	}
	return REASON_NONE;
}

enum reason procedure_portrait(struct inspection *x)
{
	return run(x, STAGE_DG2, step_dg2);
}
