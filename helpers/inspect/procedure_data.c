// SPDX-License-Identifier: GPL-3.0-or-later
/* Whose card it is: DG1, where the profile says so DG11, and the portrait. */
#include "base/refuse.h"
#include "inspect/document.h"
#include "inspect/procedure_steps.h"
#include "lds/dg1.h"
#include "lds/dg11.h"

static enum reason take_number(struct inspection *x, struct span field)
{
	return document_number(field, x->number_form, &x->facts,
			       &x->number) == R_OK ? REASON_NONE :
						     REASON_NUMBER_FORM;
}

/* After Chip Authentication the first answer here, or to VERIFY, is the
 * proof. */
enum reason step_dg1(struct inspection *x)
{
	size_t n = 0;
	enum reason why = read_signed(x, EF_DG1, SINK(x->dg1_file), &n);

	if (why != REASON_NONE)
		return why;
	if (dg1_parse(span_of(x->dg1_file, n), &x->mrz) != R_OK)
		return REASON_MRZ_MALFORMED;
	x->facts.flags |= FACT_PA_HASHES;
	if (document_facts(x->profile, &x->pa, &x->mrz, x->now, &x->facts,
			   &x->number) != R_OK)
		return REASON_MRZ_MALFORMED;
	if (x->profile->flags & PROFILE_NUMBER_IN_DG11)
		return REASON_NONE;
	return take_number(x, document_number_field(x->profile->flags,
						    &x->mrz));
}

/* A document that has no such group, or no number in it, is not of the
 * profile. */
enum reason step_dg11(struct inspection *x)
{
	struct span field;
	size_t n = 0;
	enum result r;
	enum reason why;

	refuse_if(!sod_lists(x, EF_DG11), REASON_NUMBER_FORM);
	why = read_signed(x, EF_DG11, SINK(x->dg11_file), &n);
	if (why != REASON_NONE)
		return why;
	r = dg11_parse(span_of(x->dg11_file, n), &field);
	if (r == R_ABSENT)
		return REASON_NUMBER_FORM;
	return r == R_OK ? take_number(x, field) : REASON_FILE_MALFORMED;
}

enum reason step_dg2(struct inspection *x)
{
	size_t n = 0;
	enum reason why = read_signed(x, EF_DG2, SINK(x->dg2_file), &n);

	if (why != REASON_NONE)
		return why;
	if (dg2_parse(span_of(x->dg2_file, n), &x->portrait) != R_OK)
		return REASON_PORTRAIT_MALFORMED;
	return REASON_NONE;
}
