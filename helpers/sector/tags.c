/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/tags.h"

#include <sodium.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"

static bool only(const char *s, size_t min, size_t max, const char *set)
{
	size_t n = strlen(s);

	return n >= min && n <= max && strspn(s, set) == n;
}

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

bool tags_urn_ok(const char *urn)
{
	size_t n = strlen(urn);

	if (n < 1 || n > URN_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (urn[i] <= ' ' || urn[i] > '~')
			return false;
	return true;
}

static bool document_ok(const struct msg_number *in)
{
	return only(in->state, 1, 3, LETTERS) &&
	       only(in->document, 1, 40, LETTERS DIGITS "<") &&
	       only(in->expiry, 8, 8, DIGITS);
}

/* Fields joined by 00. None of them can hold a 00. */
static enum result join(struct sink *out, const char *const *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			sink_u8(out, 0);
		sink_put(out, span_str(fields[i]));
	}
	return sink_done(out);
}

static enum result tag(const uint8_t *psn, struct span what,
		       uint8_t out[TAG_SIZE])
{
	return crypto_generichash(out, TAG_SIZE, what.p, what.n, psn,
				  PSN_SIZE) ? R_INTERNAL : R_OK;
}

static enum reason tags_from_psn(const struct msg_number *in,
				 struct tags_work *w,
				 struct msg_sector_tags *out)
{
	const char *fields[] = { "card", in->document, in->expiry };
	struct sink card = SINK(w->card);
	struct msg_sector_tags t = { { 0 }, { 0 } };

	if (join(&card, fields, 3) != R_OK ||
	    tag(w->psn, span_str("roster"), t.tag) != R_OK ||
	    tag(w->psn, sink_span(&card), t.card_tag) != R_OK)
		return REASON_INTERNAL;
	*out = t;
	return REASON_NONE;
}

static void work_wipe(struct tags_work **w)
{
	secret_wipe(*w, sizeof(**w));
}

enum reason tags_make(const struct canon *canon,
		      const struct provider *provider, const char *urn,
		      const struct msg_number *in, struct tags_work *work,
		      struct msg_sector_tags *out)
{
	scoped(work_wipe) struct tags_work *w = work;
	const char *fields[] = { "cnie/psn/v1", urn, in->state, "CIN",
				 w->number };
	struct sink x = SINK(w->x);
	enum reason why = canon_number(canon, in->number, w->number);

	if (why != REASON_NONE)
		return why;
	if (!document_ok(in))
		return REASON_MRZ_MALFORMED;
	if (!tags_urn_ok(urn))
		return REASON_NOT_CONFIGURED;
	if (join(&x, fields, 5) != R_OK)
		return REASON_INTERNAL;
	why = provider->evaluate(provider->ctx, sink_span(&x), w->psn);
	if (why != REASON_NONE)
		return why;
	return tags_from_psn(in, w, out);
}
