// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Everything that is held about whoever shows their card, as rows that cniectl
 * puts into words. MUST: all that the roster has of the person has a row here;
 * of a tag only that there is one: it is no help to the person and a name for
 * whoever looks over their shoulder.
 */
#include <time.h>

#include "service/service.h"

static void row_time(struct txn *t, const char *key, uint64_t when)
{
	time_t at = (time_t)when;
	char text[32] = "-";
	struct tm tm;

	if (when && gmtime_r(&at, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	txn_row(t, "%s\t%s", key, text);
}

static void row_day(struct txn *t, const char *key, uint32_t day)
{
	if (day)
		txn_row(t, "%s\t%04u-%02u-%02u", key, day / 10000,
			day / 100 % 100, day % 100);
	else
		txn_row(t, "%s\t-", key);
}

static void rows_account(struct txn *t, const struct roster_account *a)
{
	txn_row(t, "account\t%s", a->name);
	txn_row(t, "uid\t%u", a->uid);
	txn_row(t, "gid\t%u", a->gid);
	txn_row(t, "home\t%s", a->home);
	txn_row(t, "shell\t%s", a->shell);
	txn_row(t, "status\t%s", a->status == ROSTER_ACTIVE ? "active" :
							      "revoked");
	row_time(t, "created", a->created);
	row_day(t, "expiry", a->expiry);
	txn_row(t, "face\t%s", a->face ? "yes" : "no");
	txn_row(t, "code\t%s", a->code ? "yes" : "no");
}

static void rows_controller(struct txn *t)
{
	const struct authorisation *a = &t->authorisation;

	txn_row(t, "sector\t%s", t->config.urn);
	txn_row(t, "controller\t%s", a->controller[0] ? a->controller : "-");
	txn_row(t, "purpose\t%s", a->purpose[0] ? a->purpose : "-");
	txn_row(t, "contact\t%s", a->contact[0] ? a->contact : "-");
	txn_row(t, "reference\t%s", a->reference[0] ? a->reference : "-");
}

void tell_my_data(struct txn *t, struct roster *roster)
{
	struct roster_held h;
	enum reason why = roster_held(roster, t->account.name, t->now, &h);

	if (why != REASON_NONE) {
		txn_refuse(t, why);
		return;
	}
	rows_account(t, &h.account);
	row_time(t, "code_since", h.code_since);
	txn_row(t, "cards_current\t%u", h.cards_current);
	txn_row(t, "cards_blocked\t%u", h.cards_blocked);
	txn_row(t, "tags\t%u", h.tags);
	txn_row(t, "rebinds\t%u", h.rebinds);
	txn_row(t, "groups\t%u", h.groups);
	row_time(t, "pass_until", h.pass_until);
	row_time(t, "last_change", h.last_change);
	rows_controller(t);
	txn_done(t, "");
}
