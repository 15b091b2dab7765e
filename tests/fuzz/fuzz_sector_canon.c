/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sector base */
/* The number and the whole of tags_make over any MSG_NUMBER: what is accepted
 * has the canonical form. The first byte chooses the profile's expression. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sector/tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum reason no_key(void *ctx, struct span x, struct psn *out)
{
	(void)ctx;
	if (x.n > X_MAX)
		abort();
	memset(out->b, 1, PSN_MAX);
	out->n = PSN_MAX;
	return REASON_NONE;
}

/* A field that ends at NUL or at the end of its array. */
static void fill(struct span *in, char *out, size_t cap)
{
	size_t n = in->n < cap - 1 ? in->n : cap - 1;

	memcpy(out, in->p, n);
	out[n] = '\0';
	n = strlen(out);
	in->p += n < in->n ? n + 1 : in->n;
	in->n -= n < in->n ? n + 1 : in->n;
}

static void check_form(const char *number)
{
	size_t n = strlen(number);

	if (n < 1 || n > CANON_MAX || number[n - 1] == '<')
		abort();
	if (strspn(number, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<") != n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const regexes[] = {
		"[A-Z]{1,2}[0-9]{1,7}", ".*", "^[0-9]+$", "(A|AB)(C|BC)*",
	};
	struct tags_source p = { .provider = { "none", no_key, NULL } };
	struct span in = span_of(data, size);
	struct msg_number number;
	struct msg_sector_tags tags;
	struct canon canon = { 0 };
	struct tags_work work;
	char out[CANON_MAX + 1];
	uint8_t which;

	if (span_u8(&in, &which) != R_OK ||
	    canon_init(&canon, regexes[which % 4]) != R_OK)
		return 0;
	fill(&in, number.number, sizeof(number.number));
	fill(&in, number.state, sizeof(number.state));
	fill(&in, number.document, sizeof(number.document));
	fill(&in, number.expiry, sizeof(number.expiry));
	if (canon_number(&canon, number.number, out) == REASON_NONE)
		check_form(out);
	if (tags_make(&canon, &p, NULL, "urn:example", &number, &work, &tags) ==
	    REASON_NONE)
		check_form(out);	/* never without the form */
	canon_done(&canon);
	return 0;
}
