// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Everything that is held about whoever shows their card, as rows that cniectl
 * puts into words ("key<TAB>value", several values with a tab between them).
 * MUST: all that the roster, its copies and the throttle have of the person
 * has a row here; of a tag or hash only that there is one: it is no help to
 * the person and a name for whoever looks over their shoulder.
 */
#include <stdio.h>
#include <time.h>

#include "service/service.h"
#include "service/throttle.h"

#define TIME_TEXT 32

static const char *time_text(uint64_t when, char out[TIME_TEXT])
{
	time_t at = (time_t)when;
	struct tm tm;

	if (!when || !gmtime_r(&at, &tm) ||
	    !strftime(out, TIME_TEXT, "%Y-%m-%d %H:%M UTC", &tm))
		snprintf(out, TIME_TEXT, "-");
	return out;
}

static const char *day_text(uint32_t day, char out[TIME_TEXT])
{
	if (day)
		snprintf(out, TIME_TEXT, "%04u-%02u-%02u", day / 10000,
			 day / 100 % 100, day % 100);
	else
		snprintf(out, TIME_TEXT, "-");
	return out;
}

static void row_time(struct txn *t, const char *key, uint64_t when)
{
	char text[TIME_TEXT];

	txn_row(t, "%s\t%s", key, time_text(when, text));
}

static void row_day(struct txn *t, const char *key, uint32_t day)
{
	char text[TIME_TEXT];

	txn_row(t, "%s\t%s", key, day_text(day, text));
}

static void rows_account(struct txn *t, const struct roster_held *h)
{
	const struct roster_account *a = &h->account;
	bool revoked = a->status != ROSTER_ACTIVE;

	txn_row(t, "account\t%s", a->name);
	txn_row(t, "uid\t%u", a->uid);
	txn_row(t, "gid\t%u", a->gid);
	txn_row(t, "home\t%s", a->home);
	txn_row(t, "shell\t%s", a->shell);
	txn_row(t, "status\t%s", revoked ? "revoked" : "active");
	if (revoked)
		txn_row(t, "revoked_here\t%s", h->revoked_here ? "yes" : "no");
	row_time(t, "created", a->created);
	txn_row(t, "imported\t%s", h->imported ? "yes" : "no");
	row_day(t, "expiry", a->expiry);
}

static void row_item(const struct roster_item *i, void *ctx)
{
	char day[TIME_TEXT], at[TIME_TEXT];
	struct txn *t = ctx;

	day_text(i->day, day);
	time_text(i->at, at);
	switch (i->kind) {
	case ROSTER_NAME:
		txn_row(t, "former_name\t%s", i->name);
		return;
	case ROSTER_GROUP:
		txn_row(t, "group\t%s\t%u", i->name, i->number);
		return;
	case ROSTER_CARD:
		txn_row(t, "card_%s\t%s\t%s\t%u", i->blocked ? "blocked" :
			"current", day, at, i->epoch);
		return;
	case ROSTER_REBIND:
		if (i->number)
			txn_row(t, "rebind\t%s\t%u\t%u", at, i->epoch,
				i->number);
		else
			txn_row(t, "rebind_by_order\t%s\t%u", at, i->epoch);
		return;
	}
}

static void rows_login(struct txn *t, const struct roster_held *h)
{
	txn_row(t, "face\t%s", h->account.face ? "yes" : "no");
	txn_row(t, "code\t%s", h->account.code ? "yes" : "no");
	row_time(t, "code_since", h->code_since);
	if (h->pass_ended)
		row_time(t, "pass_ended", h->pass_ended);
	else
		row_time(t, "pass_until", h->pass_until);
	if (h->pass_services[0]) {
		txn_row(t, "pass_services\t%s", h->pass_services);
		txn_row(t, "pass_tries\t%u", h->pass_tries);
	}
}

static enum reason row_failures(struct txn *t, uint32_t uid)
{
	uint32_t failures, faces;

	if (throttle_noted(uid, &failures, &faces) != R_OK)
		return REASON_INTERNAL;
	txn_row(t, "failures\t%u\t%u", failures, faces);
	return REASON_NONE;
}

static void rows_card(struct txn *t, const struct roster_held *h)
{
	txn_row(t, "tags\t%u", h->tags);
	txn_row(t, "cards_current\t%u", h->cards_current);
	txn_row(t, "cards_blocked\t%u", h->cards_blocked);
	txn_row(t, "rebinds\t%u", h->rebinds);
	row_time(t, "last_change", h->last_change);
	if (h->floor)
		row_day(t, "floor", h->floor);
	if (h->before)
		txn_row(t, "noted_before\t%u", h->before);
	if (h->answers)
		txn_row(t, "answers\t%u", h->answers);
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

	if (why == REASON_NONE) {
		rows_account(t, &h);
		rows_login(t, &h);
		why = row_failures(t, h.account.uid);
	}
	if (why == REASON_NONE) {
		rows_card(t, &h);
		why = roster_held_items(roster, t->account.name, row_item, t);
	}
	if (why != REASON_NONE) {
		txn_refuse(t, why);
		return;
	}
	rows_controller(t);
	txn_row(t, "copy\tname service");
	txn_row(t, "copy\tmarks");
	txn_done(t, "");
}
