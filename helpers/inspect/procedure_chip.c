// SPDX-License-Identifier: GPL-3.0-or-later
/* What the chip proves: that it is the one the State signed for, and that the
 * person knows its PIN. */
#include <string.h>

#include "base/refuse.h"
#include "base/secret.h"
#include "inspect/chip_proof.h"
#include "inspect/pin.h"
#include "inspect/procedure_steps.h"
#include "lds/dg15.h"

static void proven(struct inspection *x, const struct chip_proof_result *r)
{
	struct msg_inspect_facts *f = &x->facts;

	f->proof = (uint8_t)r->kind;
	memcpy(f->proof_curve, r->name, sizeof(f->proof_curve));
	if (r->kind == PROOF_CA)
		f->channel = CHANNEL_CA;
	if (r->kind == PROOF_CA || r->kind == PROOF_CAM)
		f->flags |= FACT_DATA_UNDER_PROOF;
}

/* The signature over EF.CardSecurity was checked while the application was
 * selected. */
enum reason step_cam(struct inspection *x)
{
	struct chip_proof_result r;
	enum reason why;

	link_catch_up(&x->link);
	refuse_if(x->card_security_why != REASON_NONE, x->card_security_why);
	why = chip_proof_cam(&x->cam, &x->card_security, &r);
	if (why == REASON_NONE)
		proven(x, &r);
	return why;
}

static const struct security_infos *signed_infos(const struct inspection *x)
{
	return x->has_dg14 ? &x->dg14 : NULL;
}

enum reason step_chip_auth(struct inspection *x)
{
	struct chip_proof_result r;
	enum reason why = chip_proof_ca(&x->link, signed_infos(x),
					x->profile->flags, &x->chip_keys, &r);

	chip_auth_keys_wipe(&x->chip_keys);
	if (why == REASON_NONE)
		proven(x, &r);
	return why;
}

enum reason step_active_auth(struct inspection *x)
{
	struct chip_proof_result r;
	struct span spki;
	size_t n = 0;
	enum reason why = read_signed(x, EF_DG15, SINK(x->dg15_file), &n);

	if (why != REASON_NONE)
		return why;
	if (dg15_parse(span_of(x->dg15_file, n), &spki) != R_OK)
		return REASON_FILE_MALFORMED;
	why = chip_proof_aa(&x->link, spki, signed_infos(x),
			    x->profile->flags, &r);
	if (why == REASON_NONE)
		proven(x, &r);
	return why;
}

enum reason step_no_proof(struct inspection *x)
{
	refuse_if(x->profile->flags & PROFILE_REQUIRE_CHIP_PROOF,
		  REASON_CHIP_PROOF_ABSENT);
	return REASON_NONE;
}

enum reason step_pin(struct inspection *x)
{
	enum reason why = pin_verify(&x->link, x->profile->pin_reference,
				     (enum chip_proof)x->facts.proof, &x->go);

	secret_wipe(x->go.pin, sizeof(x->go.pin));
	if (why == REASON_NONE)
		x->facts.flags |= FACT_PIN;
	return why;
}
