// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * admin.sock: what root's cniectl may ask. Verbs that touch only the roster
 * are answered at once; those that need the reader, the camera or a helper
 * become a transaction.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/channel.h"
#include "base/prefix.h"
#include "base/refuse.h"
#include "base/secret.h"
#include "service/service.h"

#define ROWS_WAIT_MS 3000	/* for an administrator who does not read:
				 * nobody logs in meanwhile */

struct ask {
	struct client *client;
	const struct msg_admin_request *m;
	struct roster *roster;
	int64_t deadline;	/* of all its rows together */
	bool gone;
};

static bool say_account(const struct roster_account *a, void *ctx)
{
	struct ask *ask = ctx;
	struct msg_admin_row row = { "" };
	char created[16] = "-", expiry[16] = "-";
	time_t when = (time_t)a->created;
	uint8_t buf[WIRE_MAX];
	uint32_t current, blocked;
	struct tm tm;

	if (roster_cards(ask->roster, a->name, &current, &blocked) !=
	    REASON_NONE)
		current = blocked = 0;
	if (gmtime_r(&when, &tm))
		strftime(created, sizeof(created), "%Y-%m-%d", &tm);
	if (a->expiry)
		snprintf(expiry, sizeof(expiry), "%u", a->expiry);
	snprintf(row.text, sizeof(row.text),
		 "%s\t%u\t%u\t%s\t%s\t%s\t%s\t%s\t%u/%u\t%s\t%s", a->name, a->uid,
		 a->gid, a->status == ROSTER_ACTIVE ? "active" : "revoked",
		 a->face ? "yes" : "no", a->code ? "yes" : "no", expiry,
		 created, current, blocked, a->home, a->shell);
	ask->gone = chan_send_large(ask->client->fd, MSG_ADMIN_ROW, &row,
				    SINK(buf), ask->deadline) != R_OK;
	return !ask->gone;
}

static enum reason do_list(struct ask *ask, struct roster *r)
{
	enum reason why = roster_list(r, say_account, ask);

	/* a list that was cut must not look whole */
	return why == REASON_NONE && ask->gone ? REASON_CANCELLED : why;
}

static enum reason do_show(struct ask *ask, struct roster *r)
{
	struct roster_account a;
	enum reason why = roster_show(r, ask->m->account, &a);

	if (why == REASON_NONE)
		say_account(&a, ask);
	return why;
}

static enum reason do_revoke(struct ask *ask, struct roster *r)
{
	enum reason why = roster_revoke(r, ask->m->account);

	return why == REASON_NONE ? write_view(r) : why;
}

static enum reason do_restore(struct ask *ask, struct roster *r)
{
	enum reason why = roster_restore(r, ask->m->account);

	return why == REASON_NONE ? write_view(r) : why;
}

static enum reason do_block(struct ask *ask, struct roster *r)
{
	return roster_card_block(r, ask->m->account);
}

static const struct {
	enum admin_verb verb;
	const char *name;
	enum reason (*at_once)(struct ask *ask, struct roster *r);
	enum purpose purpose;	/* where it is a transaction */
	const char *done;
} verbs[] = {
	{ ADMIN_ENROL, "enrol", NULL, FOR_ENROL, NULL },
	{ ADMIN_INSPECT, "inspect", NULL, FOR_INSPECT, NULL },
	{ ADMIN_ACCOUNT_LIST, "list", do_list, 0, "" },
	{ ADMIN_ACCOUNT_SHOW, "show", do_show, 0, "" },
	{ ADMIN_ACCOUNT_CODE, "code", NULL, FOR_CODE, NULL },
	{ ADMIN_ACCOUNT_REVOKE, "revoke", do_revoke, 0, "revoked" },
	{ ADMIN_ACCOUNT_RESTORE, "restore", do_restore, 0, "restored" },
	{ ADMIN_CARD_BLOCK, "block", do_block, 0,
	  "the card is blocked; a newer one of the same person will do" },
	{ ADMIN_KEY_INIT, "key-init", NULL, FOR_PROBE, NULL },
	{ ADMIN_STATUS, "status", NULL, FOR_PROBE, NULL },
	{ ADMIN_CSCA_CHECK, "csca-check", NULL, FOR_PROBE, NULL },
	{ ADMIN_CSCA_LIST, "csca-list", NULL, FOR_PROBE, NULL },
	{ ADMIN_CSCA_IMPORT, "csca-import", NULL, FOR_PROBE, NULL },
};

static void answer(struct client *c, enum reason why, const char *text)
{
	struct msg_admin_done m = { .reason = (uint16_t)why };

	snprintf(m.text, sizeof(m.text), "%s",
		 why == REASON_NONE ? text : reason_row(why)->text);
	if (chan_send(c->fd, MSG_ADMIN_DONE, &m) != R_OK)
		why = REASON_CANCELLED;
	client_close(c);
}

static void run_at_once(struct client *c, const struct msg_admin_request *m,
			size_t row)
{
	struct ask ask = { .client = c, .m = m,
			   .deadline = mono_ms() + ROWS_WAIT_MS };
	struct event e = { .kind = EVENT_ADMIN };
	char path[PREFIX_PATH_MAX];
	struct roster *roster = NULL;
	enum reason why = REASON_ROSTER;
	int64_t started = mono_ms();

	if (prefix_path(PATH_ROSTER, path, sizeof(path)) == R_OK)
		why = roster_open(path, &roster);
	ask.roster = roster;
	if (why == REASON_NONE)
		why = verbs[row].at_once(&ask, roster);
	roster_close(&roster);
	e.reason = why;
	e.total_ms = (uint32_t)(mono_ms() - started);
	snprintf(e.service, sizeof(e.service), "%s", verbs[row].name);
	event_emit(&e);
	answer(c, why, verbs[row].done);
}

/* Enrolment without a face or a code would make an account that nobody can
 * log in to; with a code that the account must have, it is asked. */
static enum reason check_request(const struct msg_admin_request *m)
{
	refuse_if(m->verb == ADMIN_ENROL &&
		  !(m->flags & (ADMIN_FACE | ADMIN_CODE)), REASON_NO_CODE);
	/* a card judged by another store or profile opens no account */
	refuse_if((m->csca[0] || m->profile[0]) && m->verb != ADMIN_INSPECT &&
		  m->verb != ADMIN_CSCA_CHECK && !csca_verb(m->verb),
		  REASON_PROTOCOL);
	refuse_if(m->verb == ADMIN_CSCA_IMPORT ? !m->csca[0] :
						 m->signer[0] != '\0',
		  REASON_PROTOCOL);
	return REASON_NONE;
}

void admin_request(struct service *s, struct client *c,
		   const struct msg_admin_request *m)
{
	struct msg_login_start start = { 0 };
	enum reason why = check_request(m);

	if (why != REASON_NONE) {
		answer(c, why, "");
		return;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (verbs[i].verb != m->verb)
			continue;
		if (verbs[i].at_once) {
			run_at_once(c, m, i);
			return;
		}
		snprintf(start.service, sizeof(start.service), "%s",
			 verbs[i].name);
		txn_start(s, c, verbs[i].purpose, &start, m);
		return;
	}
	answer(c, REASON_PROTOCOL, "");
}
