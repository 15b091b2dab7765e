// SPDX-License-Identifier: GPL-3.0-or-later
/* What the State signed: EF.CardSecurity, EF.SOD, DG14. Both signatures are
 * checked while the card answers the next command. */
#include <string.h>

#include "base/refuse.h"
#include "inspect/chip_proof.h"
#include "inspect/procedure_steps.h"

#define DAY_SECONDS 86400u

static struct pa_rules rules(const struct inspection *x)
{
	const struct msg_inspect_config *p = x->profile;

	return (struct pa_rules){
		.now = x->now, .country = p->country,
		.crl_grace_s = p->crl_grace_days * DAY_SECONDS,
		.weak = { .sha1 = p->flags & PROFILE_ACCEPT_SHA1,
			  .small_keys = p->flags & PROFILE_ACCEPT_SMALL_KEYS },
	};
}

/* -- EF.CardSecurity ------------------------------------------------------------ */

static enum reason check_card_security(struct inspection *x)
{
	struct span file = span_of(x->card_security_file, x->card_security_n);
	struct sink content = SINK(x->card_security_content);
	const struct pa_rules r = rules(x);
	enum reason why = passive_auth_card_security(file, x->store, &r,
						     &x->card_security_pa,
						     &content);

	if (why != REASON_NONE)
		return why;
	if (security_infos_parse(sink_span(&content), &x->card_security) !=
	    R_OK)
		return REASON_FILE_MALFORMED;
	x->has_card_security = true;
	return REASON_NONE;
}

static void judge_card_security(void *context)
{
	struct inspection *x = context;

	x->card_security_why = check_card_security(x);
}

/* Read under PACE's keys; step_cam asks how it ended. */
enum reason step_card_security(struct inspection *x)
{
	enum reason why = read_file(x, EF_CARD_SECURITY,
				    SINK(x->card_security_file),
				    &x->card_security_n);

	if (why == REASON_NONE)
		link_meanwhile(&x->link, judge_card_security, x);
	return why;
}

/* -- EF.SOD ------------------------------------------------------------------------ */

static void judge_sod(void *context)
{
	struct inspection *x = context;
	const struct pa_rules r = rules(x);

	x->sod_why = passive_auth_sod(span_of(x->sod_file, x->sod_n),
				      x->store, &r, &x->pa);
}

enum reason step_sod(struct inspection *x)
{
	enum reason why = read_file(x, EF_SOD, SINK(x->sod_file), &x->sod_n);

	if (why == REASON_NONE)
		link_meanwhile(&x->link, judge_sod, x);
	return why;
}

/* Only read: the SOD that seems to list it is not verified yet. */
enum reason step_dg14(struct inspection *x)
{
	return read_file(x, EF_DG14, SINK(x->dg14_file), &x->dg14_n);
}

/* -- passive authentication ---------------------------------------------------------- */

static uint32_t good_facts(const struct passive_auth *pa)
{
	return (pa->chain ? FACT_PA_CHAIN : 0) |
	       (pa->dsc_country_ok ? FACT_COUNTRY_DSC : 0) |
	       (pa->csca_country_ok ? FACT_COUNTRY_CSCA : 0) |
	       (pa->crl == CRL_CURRENT ? FACT_CRL_CURRENT : 0);
}

/* Where two files were signed, what holds for both. */
static void signature_facts(struct inspection *x)
{
	struct msg_inspect_facts *f = &x->facts;
	uint32_t good = good_facts(&x->pa);
	bool expired = x->pa.csca_expired;

	if (x->has_card_security) {
		good &= good_facts(&x->card_security_pa);
		expired |= x->card_security_pa.csca_expired;
	}
	f->flags |= good | (expired ? FACT_CSCA_EXPIRED : 0);
	f->data_groups = (uint16_t)x->pa.data_groups;
	memcpy(f->signature, x->pa.signature, sizeof(f->signature));
	memcpy(f->digest, x->pa.digest, sizeof(f->digest));
	memcpy(f->anchor, x->pa.anchor, sizeof(f->anchor));
	memcpy(f->anchor_name, x->pa.anchor_name, sizeof(f->anchor_name));
}

static enum reason judge_dg14(struct inspection *x)
{
	struct span file = span_of(x->dg14_file, x->dg14_n);
	enum reason why = passive_auth_check_dg(&x->pa, ef_row(EF_DG14)->dg,
						file);

	if (why != REASON_NONE)
		return why;
	if (dg14_parse(file, &x->dg14) != R_OK)
		return REASON_FILE_MALFORMED;
	x->has_dg14 = true;
	return REASON_NONE;
}

/* Every PACEInfo in it was offered; *any: there is one, *used: and it is the
 * one that was used. */
static enum reason compare_copy(const struct inspection *x,
				const struct security_infos *copy, bool *any,
				bool *used)
{
	for (size_t i = 0; i < copy->count; i++) {
		const struct security_info *s = &copy->info[i];

		if (s->kind != INFO_PACE)
			continue;
		*any = true;
		refuse_if(!security_infos_hold(&x->offered, s->raw),
			  REASON_DOWNGRADE);
		*used |= x->used && span_equal(s->raw, x->used->raw);
	}
	return REASON_NONE;
}

/*
 * Every PACEInfo in a signed copy was offered, and the one used is in one of
 * them, byte for byte: else somebody between us chose a weaker one. Under BAC
 * nothing was offered, so that any is too much.
 */
enum reason procedure_downgrade(struct inspection *x)
{
	bool any = false, used = false;
	enum reason why = REASON_NONE;

	if (x->has_card_security)
		why = compare_copy(x, &x->card_security, &any, &used);
	if (why == REASON_NONE && x->has_dg14)
		why = compare_copy(x, &x->dg14, &any, &used);
	if (why != REASON_NONE || !any)
		return why;	/* no copy: the fact is missing, policy */
	refuse_if(!used, REASON_DOWNGRADE);
	x->facts.flags |= FACT_PACE_SIGNED;
	return REASON_NONE;
}

/*
 * What is owed follows from what is signed. CAM was checked before, and spares
 * Active Authentication; but EF.CardSecurity is not bound to the SOD, so a key
 * that DG14 lists must be proven too: else one chip's key would speak for
 * every document.
 */
static enum chip_proof proof_owed(const struct inspection *x)
{
	enum chip_proof due = chip_proof_due(x->has_dg14 ? &x->dg14 : NULL,
					     x->pa.data_groups);

	return x->cam.domain && due != PROOF_CA ? PROOF_CAM : due;
}

enum reason step_passive_auth(struct inspection *x)
{
	enum reason why = REASON_NONE;

	link_catch_up(&x->link);
	refuse_if(x->sod_why != REASON_NONE, x->sod_why);
	signature_facts(x);
	if (sod_lists(x, EF_DG14))
		why = judge_dg14(x);
	if (why == REASON_NONE)
		why = procedure_downgrade(x);
	x->proof_due = proof_owed(x);
	return why;
}
