// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What the store's state means for the cards of one State. Days are enough:
 * cnie-inspect compares to the second when a card is read.
 */
#include "ctl/csca.h"

#include <string.h>

#include "base/prefix.h"
#include "base/refuse.h"

#define SOON_DAYS 30
#define NAMED_MAX 8		/* findings of a kind; more are counted */

struct judging {
	const struct csca_list *list;
	const struct csca_rules *rules;
	struct findings *out;
	int64_t today;
};

static const char import_fix[] =
	"cniectl csca import FILE|DIR: the State publishes it, and the ICAO's and the BSI's master lists hold it";
static const char crl_fix[] =
	"cniectl csca import FILE, with the newest CRL that the State publishes";

uint32_t csca_today(time_t now)
{
	struct tm tm;

	if (!gmtime_r(&now, &tm))
		return 0;
	return (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 +
			  tm.tm_mday);
}

/* Days since 1970-01-01, proleptic Gregorian; March begins the year. */
static int64_t day_number(uint32_t yyyymmdd)
{
	int64_t y = yyyymmdd / 10000, m = yyyymmdd / 100 % 100;
	int64_t d = yyyymmdd % 100;

	y -= m < 3;
	m = (m + 9) % 12;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d -
	       1 - 719468;
}

static bool ours(const struct judging *j, const struct msg_item *m,
		 enum item_kind kind)
{
	return m->kind == kind && !strcmp(m->country, j->rules->country);
}

/* -- anchors ------------------------------------------------------------------- */

struct anchors {
	size_t all, valid, expired, soon, later, self, link;
	uint32_t weak, last;	/* the newest day of those that expired */
};

static void judge_dates(struct judging *j, const struct msg_item *m,
			struct anchors *a)
{
	int64_t left = day_number(m->until) - j->today;
	char day[16];

	if (left < 0) {
		a->expired++;
		if (m->until > a->last)
			a->last = m->until;
		return;
	}
	if (day_number(m->from) > j->today) {
		a->later++;
		return;
	}
	a->valid++;
	if (left > SOON_DAYS || ++a->soon > NAMED_MAX)
		return;
	csca_day(m->until, day);
	finding(j->out, FINDING_WARN, "csca-anchor", import_fix,
		"%.16s expires on %s, in %lld days: %s; documents that it signed go on, newer ones have a newer CSCA",
		m->sha256, day, (long long)left, m->subject);
}

static void count_anchor(const struct msg_item *m, struct anchors *a)
{
	a->all++;
	if (m->flags & ITEM_SELF_SIGNED)
		a->self++;
	else if (m->flags & ITEM_LINK)
		a->link++;
	if (m->flags & ITEM_WEAK)
		a->weak++;
}

static void tell_dates(struct judging *j, const struct anchors *a)
{
	char day[16];

	if (a->soon > NAMED_MAX)
		finding(j->out, FINDING_WARN, "csca-anchor", import_fix,
			"%zu more expire within %d days",
			a->soon - NAMED_MAX, SOON_DAYS);
	csca_day(a->last, day);
	if (a->expired)
		finding(j->out, FINDING_OK, "csca-anchor", NULL,
			"%zu expired, the last on %s, not withdrawn: what they signed in their time is still verified",
			a->expired, day);
	if (a->later)
		finding(j->out, FINDING_WARN, "csca-anchor",
			"timedatectl; or the State published early, then this passes",
			"%zu not valid before a day to come", a->later);
	if (a->valid == 0 && a->expired > 0)
		finding(j->out, FINDING_WARN, "csca-anchor", import_fix,
			"none is valid today: documents that a newer CSCA signed are refused");
}

static void judge_anchors(struct judging *j)
{
	const char *country = j->rules->country;
	struct anchors a = { 0 };
	size_t others = 0;

	for (size_t i = 0; i < j->list->n; i++) {
		const struct msg_item *m = &j->list->at[i];

		if (ours(j, m, ITEM_ANCHOR)) {
			count_anchor(m, &a);
			judge_dates(j, m, &a);
		} else if (m->kind == ITEM_ANCHOR) {
			others++;
		}
	}
	if (a.all == 0) {
		finding(j->out, FINDING_FAIL, "csca-store", import_fix,
			"no trust anchor of %s, %zu of other countries: every card is refused",
			country, others);
		return;
	}
	finding(j->out, FINDING_OK, "csca-store", NULL,
		"%zu of %s, %zu of them valid today; %zu of other countries",
		a.all, country, a.valid, others);
	finding(j->out, FINDING_OK, "csca-chain", NULL,
		"%zu self-signed, %zu link certificates of one that is here, %zu whose issuer is not here",
		a.self, a.link, a.all - a.self - a.link);
	tell_dates(j, &a);
	if (a.weak)
		finding(j->out, FINDING_WARN, "csca-weak",
			"cniectl csca list shows which; accept = in the profile admits them, see cnie.conf(5)",
			"%u of them too weak for the profile: they verify no document",
			a.weak);
}

/* -- CRLs ------------------------------------------------------------------------ */

/* A name that fills its array may have been cut, and be another's. */
bool csca_supersedes(const struct msg_item *newer, const struct msg_item *m)
{
	if (newer->kind != ITEM_CRL || m->kind != ITEM_CRL)
		return false;
	refuse_if(newer->from <= m->from, false);
	refuse_if((newer->flags & ITEM_WEAK) && !(m->flags & ITEM_WEAK), false);
	refuse_if(strcmp(newer->country, m->country) != 0, false);
	refuse_if(strcmp(newer->subject, m->subject) != 0, false);
	refuse_if(strlen(m->subject) == sizeof(m->subject) - 1, false);
	return true;
}

static bool superseded(const struct judging *j, const struct msg_item *m)
{
	for (size_t i = 0; i < j->list->n; i++)
		if (csca_supersedes(&j->list->at[i], m))
			return true;
	return false;
}

/* Whether it is current, grace included. */
static bool crl_serves(const struct judging *j, const struct msg_item *m)
{
	return !(m->flags & ITEM_WEAK) && m->until != 0 &&
	       day_number(m->from) <= j->today &&
	       day_number(m->until) + j->rules->grace_days >= j->today;
}

static void judge_crl(struct judging *j, const struct msg_item *m)
{
	int64_t left = day_number(m->until) - j->today;
	char day[16];

	csca_day(m->until, day);
	if (m->flags & ITEM_WEAK)
		finding(j->out, FINDING_WARN, "csca-crl", crl_fix,
			"%.16s is too weak for the profile and revokes nobody: %s",
			m->sha256, m->subject);
	else if (m->until == 0)
		finding(j->out, FINDING_WARN, "csca-crl", crl_fix,
			"%.16s does not say when the next one is due, and never counts as current: %s",
			m->sha256, m->subject);
	else if (left < 0)
		finding(j->out, FINDING_WARN, "csca-crl", crl_fix,
			"%.16s is stale: the next one was due on %s, %lld days ago (%u days of grace): %s",
			m->sha256, day, (long long)-left,
			j->rules->grace_days, m->subject);
	else if (left <= SOON_DAYS)
		finding(j->out, FINDING_WARN, "csca-crl", crl_fix,
			"%.16s: the next one is due on %s, in %lld days: %s",
			m->sha256, day, (long long)left, m->subject);
	else
		finding(j->out, FINDING_OK, "csca-crl", NULL,
			"%.16s, %u revoked, current until %s: %s", m->sha256,
			m->entries, day, m->subject);
}

static void judge_crls(struct judging *j)
{
	bool must = j->rules->require_crl;
	size_t all = 0, serving = 0, told = 0;

	for (size_t i = 0; i < j->list->n; i++) {
		const struct msg_item *m = &j->list->at[i];

		if (!ours(j, m, ITEM_CRL))
			continue;
		all++;
		serving += crl_serves(j, m);
		if (!superseded(j, m) && told++ < NAMED_MAX)
			judge_crl(j, m);
	}
	if (told > NAMED_MAX)
		finding(j->out, FINDING_WARN, "csca-crl",
			"cniectl csca list shows all", "%zu more",
			told - NAMED_MAX);
	if (serving > 0)
		return;
	if (must)
		finding(j->out, FINDING_FAIL, "csca-crl", crl_fix,
			"%s, and the profile requires a current one: every card is refused",
			all ? "none is current, grace included" :
			      "there is none");
	else if (all == 0)
		finding(j->out, FINDING_OK, "csca-crl", NULL,
			"none of %s, and the profile requires none: a revoked document signer is not noticed",
			j->rules->country);
}

void csca_judge(const struct csca_list *l, const struct csca_rules *rules,
		uint32_t today, struct findings *f)
{
	struct judging j = { l, rules, f, day_number(today) };

	judge_anchors(&j);
	judge_crls(&j);
	if (l->bad)
		finding(f, FINDING_WARN, "csca-files",
			"each must be readable by all, one certificate or CRL, or PEM; take the others out of " PATH_CSCA_DIR,
			"%u files of the store are not used: no certificate of a CSCA, or a CRL that no anchor signed",
			l->bad);
}
