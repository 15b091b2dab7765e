// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/bulk.h"

#include <fnmatch.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/channel.h"
#include "base/prefix.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "roster/exchange.h"
#include "service/admin.h"

#define SILENCE_MS 60000	/* a client that neither reads nor writes */
#define ROWS_A_ROUND 64

struct bulk {
	struct client *client;
	struct msg_admin_request request;
	struct roster *roster;
	struct exporter *exporter;
	struct importer *importer;
	struct event event;
	int64_t started, deadline;
	uint32_t after;			/* list: the last uid said */
	bool full;			/* list: more is to be said */
	bool last;			/* export: text is the end */
	bool over;			/* export: all of it was said */
	size_t text_n;			/* export: not yet taken by the client */
	uint8_t text[WIRE_BULK_MAX];
	uint8_t packet[WIRE_BULK_MAX + 64];
};

static void bulk_end(struct service *s, enum reason why, const char *text)
{
	struct bulk *b = s->bulk;

	s->bulk = NULL;
	export_free(&b->exporter);
	import_free(&b->importer);
	roster_close(&b->roster);
	b->event.reason = why;
	b->event.total_ms = (uint32_t)(mono_ms() - b->started);
	event_emit(&b->event);
	admin_answer(b->client, why, text);
	free(b);
}

bool bulk_of(const struct service *s, const struct client *c)
{
	return s->bulk && s->bulk->client == c;
}

static bool comes(const struct bulk *b)
{
	return b->importer != NULL;
}

short bulk_events(const struct service *s)
{
	return comes(s->bulk) ? POLLIN : POLLOUT;
}

int64_t bulk_deadline(const struct service *s)
{
	return s->bulk ? s->bulk->deadline : INT64_MAX;
}

void bulk_expire(struct service *s)
{
	if (s->bulk && mono_ms() >= s->bulk->deadline)
		bulk_end(s, REASON_CANCELLED, "");
}

void bulk_cancel(struct service *s)
{
	if (s->bulk)
		bulk_end(s, REASON_CANCELLED, "");
}

/* -- beginning ------------------------------------------------------ */

static uint32_t today(time_t now)
{
	struct tm tm;

	if (!gmtime_r(&now, &tm))
		return 0;
	return (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 +
			  tm.tm_mday);
}

static enum reason begin_transfer(struct bulk *b, const struct config *c)
{
	time_t now = time(NULL);
	bool rebinds = b->request.verb == ADMIN_REBINDS_EXPORT ||
		       b->request.verb == ADMIN_REBINDS_IMPORT;
	struct export_options out = {
		.kind = rebinds ? EXCHANGE_REBINDS : EXCHANGE_ROSTER,
		.urn = c->urn, .today = today(now), .now = (uint64_t)now,
		.expires = (uint32_t)b->request.number,
	};
	struct import_options in = {
		.kind = out.kind, .urn = c->urn, .today = out.today,
		.now = out.now,
		.revoke_missing = b->request.flags & ADMIN_REVOKE_MISSING,
		.epoch = c->epoch, .old_epoch = c->previous_epoch,
	};

	if (b->request.verb == ADMIN_ROSTER_EXPORT ||
	    b->request.verb == ADMIN_REBINDS_EXPORT)
		return export_begin(b->roster, &out, &b->exporter);
	return import_begin(b->roster, &in, &b->importer);
}

static enum reason begin(struct bulk *b)
{
	struct config_error e = { "" };
	char path[PREFIX_PATH_MAX];
	struct config c;
	enum reason why;

	if (prefix_path(PATH_ROSTER, path, sizeof(path)) != R_OK)
		return REASON_INTERNAL;
	why = roster_open(path, &b->roster);
	if (why != REASON_NONE || b->request.verb == ADMIN_ACCOUNT_LIST)
		return why;
	if (prefix_path(PATH_CONFIG, path, sizeof(path)) != R_OK ||
	    config_read(path, &c, &e) != R_OK)
		return REASON_NOT_CONFIGURED;
	return begin_transfer(b, &c);
}

void bulk_start(struct service *s, struct client *c,
		const struct msg_admin_request *m, const char *name)
{
	struct bulk *b;
	enum reason why;

	if (s->bulk) {
		admin_answer(c, REASON_ROSTER_BUSY, "");
		return;
	}
	b = calloc(1, sizeof(*b));
	if (!b) {
		admin_answer(c, REASON_INTERNAL, "");
		return;
	}
	b->client = c;
	b->request = *m;
	b->started = mono_ms();
	b->deadline = b->started + SILENCE_MS;
	b->event.kind = EVENT_ADMIN;
	snprintf(b->event.service, sizeof(b->event.service), "%s", name);
	s->bulk = b;
	why = begin(b);
	if (why != REASON_NONE)
		bulk_end(s, why, "");
}

/* -- the list -------------------------------------------------------- */

struct round {
	struct bulk *b;
	unsigned int left, said;
	bool gone;
};

/* request.account is a pattern of fnmatch(3), "" all. */
static bool wanted(const struct bulk *b, const struct roster_account *a)
{
	return !b->request.account[0] ||
	       fnmatch(b->request.account, a->name, 0) == 0;
}

static bool say_account(const struct roster_account *a, void *ctx)
{
	struct round *round = ctx;
	struct bulk *b = round->b;
	struct msg_admin_row row = { "" };
	enum result r = R_OK;

	if (round->left == 0) {
		b->full = true;
		return false;
	}
	round->left--;
	if (wanted(b, a)) {
		admin_account_row(b->roster, a, &row);
		r = chan_send(b->client->fd, MSG_ADMIN_ROW, &row);
	}
	b->full = r == R_BUSY;
	round->gone = r != R_OK && r != R_BUSY;
	round->said++;
	if (r != R_OK)
		return false;
	b->after = a->uid;
	b->deadline = mono_ms() + SILENCE_MS;
	return true;
}

static void list_on(struct service *s)
{
	struct bulk *b = s->bulk;
	struct round round = { b, ROWS_A_ROUND, 0, false };
	enum reason why;

	b->full = false;
	why = roster_list_after(b->roster, b->after, say_account, &round);
	if (why == REASON_NONE && round.gone)
		why = REASON_CANCELLED;
	/* the last word in a round of its own: then there is room for it */
	if (why != REASON_NONE || (!b->full && round.said == 0))
		bulk_end(s, why, "");
}

/* -- a roster that goes ---------------------------------------------- */

static void export_on(struct service *s)
{
	struct bulk *b = s->bulk;
	struct sink out = SINK(b->text);
	struct msg_bulk m = { 0 };
	struct msg_progress p = { 0 };
	enum reason why = REASON_NONE;
	enum result r;

	if (b->over) {		/* as in list_on */
		bulk_end(s, REASON_NONE, "");
		return;
	}
	if (b->text_n == 0) {
		why = export_next(b->exporter, &out, &b->last);
		b->text_n = out.n;
	}
	if (why != REASON_NONE) {
		bulk_end(s, why, "");
		return;
	}
	m.last = b->last;
	m.bytes = span_of(b->text, b->text_n);
	r = chan_send_large(b->client->fd, MSG_ADMIN_BULK, &m, SINK(b->packet),
			    mono_ms());
	if (r == R_BUSY || r == R_TIMEOUT)
		return;		/* the same again when it has read */
	if (r != R_OK) {
		bulk_end(s, REASON_CANCELLED, "");
		return;
	}
	b->text_n = 0;
	b->over = b->last;
	b->deadline = mono_ms() + SILENCE_MS;
	export_progress(b->exporter, &p.done, &p.total);
	/* only for the eye: where it does not fit it is left out */
	if (chan_send(b->client->fd, MSG_ADMIN_PROGRESS, &p) == R_ABSENT)
		bulk_end(s, REASON_CANCELLED, "");
}

/* -- a roster that comes ---------------------------------------------- */

static enum reason take_all(struct bulk *b, char *text, size_t cap)
{
	struct import_summary sum = { 0 };
	char more[64] = "";
	enum reason why = import_end(b->importer, &sum);

	if (why == REASON_NONE)
		why = write_view(b->roster);
	if (why != REASON_NONE)
		return why;
	if (b->request.verb == ADMIN_REBINDS_IMPORT) {
		snprintf(text, cap,
			 "version %llu: %u statements, %u bound by them who were not; %u are of nobody whom this machine knows by that uid",
			 (unsigned long long)sum.version, sum.accounts,
			 sum.changed, sum.unknown);
		return REASON_NONE;
	}
	if (sum.unknown)
		snprintf(more, sizeof(more),
			 "; %u by no key of this machine: cniectl key rotate",
			 sum.unknown);
	snprintf(text, cap,
		 "version %llu: %u accounts, %u of them new, %u changed, %u revoked; %u bound by statements of this machine, %u of this machine alone%s",
		 (unsigned long long)sum.version, sum.accounts, sum.added,
		 sum.changed, sum.revoked, sum.bound_here, sum.local, more);
	return REASON_NONE;
}

static enum reason take(struct bulk *b, const struct msg_bulk *m, char *text,
			size_t cap)
{
	uint64_t line = 0;
	enum reason why = import_lines(b->importer, m->bytes, &line);

	if (refused(why != REASON_NONE)) {
		snprintf(text, cap, "%s: line %llu", reason_row(why)->text,
			 (unsigned long long)line);
		return why;
	}
	return m->last ? take_all(b, text, cap) : REASON_NONE;
}

static void import_on(struct service *s)
{
	struct bulk *b = s->bulk;
	struct msg_bulk m = { 0 };
	struct span in = { 0 };
	char text[257] = "";
	enum reason why = REASON_NONE;
	enum result r = chan_recv(b->client->fd, b->packet, sizeof(b->packet),
				  0, &in);

	if (r == R_TIMEOUT)
		return;
	if (r == R_OK)
		r = wire_get(in, MSG_ADMIN_BULK, &m);
	if (r != R_OK) {
		bulk_end(s, r == R_ABSENT ? REASON_CANCELLED :
					    REASON_PROTOCOL, "");
		return;
	}
	why = take(b, &m, text, sizeof(text));
	if (why != REASON_NONE || m.last) {
		bulk_end(s, why, text);
		return;
	}
	b->deadline = mono_ms() + SILENCE_MS;
}

void bulk_ready(struct service *s)
{
	if (s->bulk->importer)
		import_on(s);
	else if (s->bulk->exporter)
		export_on(s);
	else
		list_on(s);
}
