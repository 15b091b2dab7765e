// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: inspect emrtd lds base */
/*
 * What a signed DG1 or DG11 makes of the facts and the national number. The
 * first octet: bits 0 and 1 the profile's field, 2 and 3 its expression; then
 * the text of an MRZ, or where the field is DG11's, that file.
 */
#include <stdlib.h>
#include <string.h>

#include "inspect/document.h"
#include "lds/dg11.h"

#define NOW 1800000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint32_t fields[] = {
	PROFILE_NUMBER_IN_DOCUMENT, PROFILE_NUMBER_IN_OPTIONAL1,
	PROFILE_NUMBER_IN_OPTIONAL2, PROFILE_NUMBER_IN_DG11,
};

static const char *const forms[] = {
	"[A-Z]{1,2}[0-9]{1,7}", "[A-Z0-9<]+", "[0-9]+", "(A|AB)(C|BC)*",
};

static void check_number(struct span field, const regex_t *form)
{
	struct msg_inspect_facts facts = { 0 };
	struct msg_number number = { .number = "untouched" };
	size_t n;

	if (document_number(field, form, &facts, &number) != R_OK) {
		if (facts.flags)
			abort();
		return;
	}
	n = strnlen(number.number, sizeof(number.number));
	if (n == sizeof(number.number) || n > field.n ||
	    memcmp(number.number, field.p, n) != 0 ||
	    (n && number.number[n - 1] == '<'))
		abort();
	if ((facts.flags & FACT_NUMBER_FORM) && n == 0)
		abort();
}

static void check_facts(const struct mrz *m)
{
	static const struct msg_inspect_config profile = {
		.state = "UTO", .document_codes = "ID,I",
	};
	const struct passive_auth pa = { .has_types = false };
	struct msg_inspect_facts facts = { 0 };
	struct msg_number number = { .number = "" };

	if (document_facts(&profile, &pa, m, NOW, &facts, &number) != R_OK)
		return;
	if (!(facts.flags & FACT_STATE) != (strcmp(m->issuing_state, "UTO") !=
					    0))
		abort();
	if (strchr(number.document, '<') || strlen(number.expiry) != 8 ||
	    strcmp(number.state, m->issuing_state) != 0)
		abort();
	if (facts.flags & ~(uint32_t)(FACT_STATE | FACT_DOCUMENT_CODE |
				      FACT_NOT_EXPIRED))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in, field;
	struct mrz m;
	regex_t form;

	if (size < 1)
		return 0;
	in = span_of(data + 1, size - 1);
	if (number_form(forms[data[0] >> 2 & 3], &form) != R_OK)
		abort();
	if ((data[0] & 3) == 3) {
		if (dg11_parse(in, &field) == R_OK)
			check_number(field, &form);
	} else if (mrz_parse(in, &m) == R_OK) {
		check_facts(&m);
		check_number(document_number_field(fields[data[0] & 3], &m),
			     &form);
	}
	regfree(&form);
	return 0;
}
