// SPDX-License-Identifier: GPL-3.0-or-later
/* Anchors and CRLs, as text and as JSON. */
#include "ctl/csca.h"

#include <string.h>

#include "ctl/json.h"

const char *csca_kind(const struct msg_item *m)
{
	return m->kind == ITEM_CRL ? "crl" : "anchor";
}

const char *csca_state(const struct msg_item *m)
{
	if (m->flags & ITEM_EXPIRED)
		/* its documents live on: 9303-12 7.1.1 dates the key's use
		 * and the certificate apart */
		return m->kind == ITEM_CRL ? "stale" : "expired, not withdrawn";
	if (m->flags & ITEM_EXPIRING)
		return m->kind == ITEM_CRL ? "due within 30 days" :
					     "expires within 30 days";
	return m->kind == ITEM_CRL ? "current" : "valid";
}

void csca_day(uint32_t yyyymmdd, char out[16])
{
	if (yyyymmdd == 0)
		strcpy(out, "-");
	else
		snprintf(out, 16, "%04u-%02u-%02u",
			 yyyymmdd / 10000 % 10000, yyyymmdd / 100 % 100,
			 yyyymmdd % 100);
}

void csca_counts(const struct csca_list *l, const char *country, char *out,
		 size_t cap)
{
	size_t anchors = 0, crls = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (country && strcmp(country, l->at[i].country))
			continue;
		if (l->at[i].kind == ITEM_CRL)
			crls++;
		else
			anchors++;
	}
	snprintf(out, cap, "%zu anchor%s, %zu CRL%s", anchors,
		 anchors == 1 ? "" : "s", crls, crls == 1 ? "" : "s");
}

/* How an anchor came to be one. */
static const char *signed_by(const struct msg_item *m)
{
	return m->flags & ITEM_SELF_SIGNED ? "self-signed" :
	       m->flags & ITEM_LINK ? "link certificate" :
				      "its issuer is not here";
}

void csca_item_text(const struct msg_item *m, FILE *to)
{
	char from[16], until[16];

	csca_day(m->from, from);
	csca_day(m->until, until);
	fprintf(to, "%-6s  %s  %s\n        %s\n        %s, %s to %s, ",
		csca_kind(m), m->country[0] ? m->country : "--", m->sha256,
		m->subject, m->algorithm, from, until);
	if (m->kind == ITEM_CRL)
		fprintf(to, "%u revoked", m->entries);
	else
		fprintf(to, "serial %s, %s",
			m->serial[0] ? m->serial : "-", signed_by(m));
	fprintf(to, ": %s%s\n", csca_state(m),
		m->flags & ITEM_WEAK ? ", too weak for the profile" : "");
}

void csca_list_text(const struct csca_list *l, FILE *to)
{
	static const uint8_t kinds[] = { ITEM_ANCHOR, ITEM_CRL };
	char counts[64];

	for (size_t k = 0; k < sizeof(kinds); k++)
		for (size_t i = 0; i < l->n; i++)
			if (l->at[i].kind == kinds[k])
				csca_item_text(&l->at[i], to);
	csca_counts(l, NULL, counts, sizeof(counts));
	fprintf(to, "%s%s", l->n ? "\n" : "", counts);
	if (l->bad)
		fprintf(to, ", and %u file%s not used", l->bad,
			l->bad == 1 ? "" : "s");
	fputc('\n', to);
}

static void day_json(struct json *j, const char *key, uint32_t yyyymmdd)
{
	char day[16];

	csca_day(yyyymmdd, day);
	if (yyyymmdd)
		json_string(j, key, day);
	else
		json_null(j, key);
}

static void item_json(struct json *j, const struct msg_item *m)
{
	json_object(j, NULL);
	json_string(j, "kind", csca_kind(m));
	json_string(j, "state", csca_state(m));
	json_string(j, "country", m->country);
	json_string(j, "sha256", m->sha256);
	json_string(j, m->kind == ITEM_CRL ? "issuer" : "subject",
		    m->subject);
	json_string(j, "algorithm", m->algorithm);
	day_json(j, "from", m->from);
	day_json(j, "until", m->until);
	if (m->kind == ITEM_CRL) {
		json_number(j, "revoked", m->entries);
	} else {
		json_string(j, "serial", m->serial);
		json_bool(j, "self_signed", m->flags & ITEM_SELF_SIGNED);
		json_bool(j, "link", m->flags & ITEM_LINK);
	}
	json_bool(j, "expired", m->flags & ITEM_EXPIRED);
	json_bool(j, "weak", m->flags & ITEM_WEAK);
	json_end(j);
}

void csca_list_json(const struct csca_list *l, FILE *to)
{
	struct json j = json_to(to);

	json_object(&j, NULL);
	json_array(&j, "items");
	for (size_t i = 0; i < l->n; i++)
		item_json(&j, &l->at[i]);
	json_end(&j);
	json_number(&j, "bad", l->bad);
	json_end(&j);
}
