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
#include "base/log.h"
#include "base/prefix.h"
#include "base/refuse.h"
#include "base/secret.h"
#include "service/admin.h"
#include "service/bulk.h"
#include "service/service.h"

void admin_account_row(struct roster *roster, const struct roster_account *a,
		       struct msg_admin_row *out)
{
	char created[16] = "-", expiry[16] = "-";
	time_t when = (time_t)a->created;
	uint32_t current, blocked;
	struct tm tm;

	if (roster_cards(roster, a->name, &current, &blocked) != REASON_NONE)
		current = blocked = 0;
	if (gmtime_r(&when, &tm))
		strftime(created, sizeof(created), "%Y-%m-%d", &tm);
	if (a->expiry)
		snprintf(expiry, sizeof(expiry), "%u", a->expiry);
	snprintf(out->text, sizeof(out->text),
		 "%s\t%u\t%u\t%s\t%s\t%s\t%s\t%s\t%u/%u\t%s\t%s", a->name, a->uid,
		 a->gid, a->status == ROSTER_ACTIVE ? "active" : "revoked",
		 a->face ? "yes" : "no", a->code ? "yes" : "no", expiry,
		 created, current, blocked, a->home, a->shell);
}

void ask_row(struct ask *ask, const struct msg_admin_row *row)
{
	uint8_t buf[WIRE_MAX];

	/* a list that was cut must not look whole */
	if (chan_send_large(ask->client->fd, MSG_ADMIN_ROW, row, SINK(buf),
			    ask->deadline) != R_OK)
		ask->gone = true;
}

/* -- at once ------------------------------------------------------- */

static enum reason do_show(struct ask *ask, struct roster *r)
{
	struct roster_account a;
	struct msg_admin_row row = { "" };
	enum reason why = roster_show(r, ask->m->account, &a);

	if (why != REASON_NONE)
		return why;
	admin_account_row(r, &a, &row);
	ask_row(ask, &row);
	return REASON_NONE;
}

static enum reason do_revoke(struct ask *ask, struct roster *r)
{
	enum reason why = roster_revoke(r, ask->m->account);

	return why == REASON_NONE ? write_view(r) : why;
}

/* What refuses it when it is active again; NULL: nothing that is known here. */
static const char *still_refused(const struct roster_held *h)
{
	if (h->imported && h->account.status == ROSTER_REVOKED &&
	    !h->revoked_here)
		return "the signer of this machine's roster revoked it, and its next one does so again: restore it there";
	/* a retirement does not wait for who is revoked */
	if (h->tags == 0)
		return "no key knows it: it was retired meanwhile; cniectl account rebind, with the person and their card";
	if (h->cards_current == 0 && h->cards_blocked > 0)
		return "its card is blocked: it needs a newer one";
	return NULL;
}

static enum reason do_restore(struct ask *ask, struct roster *r)
{
	struct roster_held before = { .tags = 0 };
	struct msg_admin_row row = { "" };
	const char *but = NULL;
	enum reason why = roster_held(r, ask->m->account, (uint64_t)time(NULL),
				      &before);

	if (why == REASON_NONE)
		why = roster_restore(r, ask->m->account);
	if (why == REASON_NONE)
		why = write_view(r);
	if (why == REASON_NONE)
		but = still_refused(&before);
	if (but) {
		snprintf(row.text, sizeof(row.text), "%s", but);
		ask_row(ask, &row);
	}
	return why;
}

static enum reason do_block(struct ask *ask, struct roster *r)
{
	return roster_card_block(r, ask->m->account);
}

static const struct {
	enum admin_verb verb;
	const char *name;
	/* one of the three says how: by the roster at once, by many packets,
	 * or as a transaction with helpers */
	admin_handler *at_once;
	bool bulk;
	enum purpose purpose;
	const char *done;
} verbs[] = {
	{ ADMIN_ENROL, "enrol", NULL, false, FOR_ENROL, NULL },
	{ ADMIN_INSPECT, "inspect", NULL, false, FOR_INSPECT, NULL },
	{ ADMIN_ACCOUNT_LIST, "list", NULL, true, 0, NULL },
	{ ADMIN_ACCOUNT_SHOW, "show", do_show, false, 0, "" },
	{ ADMIN_ACCOUNT_CODE, "code", NULL, false, FOR_CODE, NULL },
	{ ADMIN_ACCOUNT_REVOKE, "revoke", do_revoke, false, 0, "revoked" },
	{ ADMIN_ACCOUNT_RESTORE, "restore", do_restore, false, 0, "restored" },
	{ ADMIN_CARD_BLOCK, "block", do_block, false, 0,
	  "the card is blocked; a newer one of the same person will do" },
	{ ADMIN_ACCOUNT_RENAME, "rename", do_rename, false, 0, "renamed" },
	{ ADMIN_ACCOUNT_MOVE, "move", do_move, false, 0, "moved" },
	{ ADMIN_ACCOUNT_PASS, "pass", do_pass, false, 0, "" },
	{ ADMIN_ACCOUNT_PASS_END, "pass-end", do_pass_end, false, 0,
	  "the pass has ended" },
	{ ADMIN_ACCOUNT_REBIND, "rebind", NULL, false, FOR_REBIND, NULL },
	{ ADMIN_GROUP_LIST, "group-list", do_group_list, false, 0, "" },
	{ ADMIN_GROUP_PUT, "group-put", do_group_put, false, 0, "" },
	{ ADMIN_GROUP_JOIN, "group-join", do_group_join, false, 0, "" },
	{ ADMIN_GROUP_LEAVE, "group-leave", do_group_leave, false, 0, "" },
	{ ADMIN_KEY_INIT, "key-init", NULL, false, FOR_PROBE, NULL },
	{ ADMIN_KEY_MAKE, "key-make", NULL, false, FOR_PROBE, NULL },
	{ ADMIN_KEY_MACHINE, "key-machine", NULL, false, FOR_PROBE, NULL },
	{ ADMIN_KEY_STATUS, "key-status", NULL, false, FOR_PROBE, NULL },
	{ ADMIN_KEY_UNBOUND, "key-unbound", NULL, false, FOR_PROBE, NULL },
	{ ADMIN_KEY_RETIRE, "key-retire", NULL, false, FOR_PROBE, NULL },
	{ ADMIN_KEY_BACKUP, "key-backup", NULL, false, FOR_PROBE, NULL },
	{ ADMIN_KEY_RESTORE, "key-restore", NULL, false, FOR_PROBE, NULL },
	{ ADMIN_ROSTER_EXPORT, "roster-export", NULL, true, 0, NULL },
	{ ADMIN_ROSTER_IMPORT, "roster-import", NULL, true, 0, NULL },
	{ ADMIN_REBINDS_EXPORT, "rebinds-export", NULL, true, 0, NULL },
	{ ADMIN_REBINDS_IMPORT, "rebinds-import", NULL, true, 0, NULL },
	{ ADMIN_STATUS, "status", NULL, false, FOR_PROBE, NULL },
	{ ADMIN_CSCA_CHECK, "csca-check", NULL, false, FOR_PROBE, NULL },
	{ ADMIN_CSCA_LIST, "csca-list", NULL, false, FOR_PROBE, NULL },
	{ ADMIN_CSCA_IMPORT, "csca-import", NULL, false, FOR_PROBE, NULL },
};

void admin_answer(struct client *c, enum reason why, const char *text)
{
	struct msg_admin_done m = { .reason = (uint16_t)why };
	uint8_t buf[WIRE_MAX];

	snprintf(m.text, sizeof(m.text), "%s",
		 why == REASON_NONE || text[0] ? text : reason_row(why)->text);
	if (chan_send_large(c->fd, MSG_ADMIN_DONE, &m, SINK(buf),
			    mono_ms() + ROWS_WAIT_MS) != R_OK)
		log_line(LOG_LINE_NOTICE, "the administrator went away");
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
	if (why == REASON_NONE)
		why = verbs[row].at_once(&ask, roster);
	if (why == REASON_NONE && ask.gone)
		why = REASON_CANCELLED;
	roster_close(&roster);
	e.reason = why;
	e.total_ms = (uint32_t)(mono_ms() - started);
	snprintf(e.service, sizeof(e.service), "%s", verbs[row].name);
	event_emit(&e);
	admin_answer(c, why, why == REASON_NONE ? verbs[row].done :
						  ask.detail);
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
		admin_answer(c, why, "");
		return;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (verbs[i].verb != m->verb)
			continue;
		if (verbs[i].at_once) {
			run_at_once(c, m, i);
			return;
		}
		if (verbs[i].bulk) {
			bulk_start(s, c, m, verbs[i].name);
			return;
		}
		snprintf(start.service, sizeof(start.service), "%s",
			 verbs[i].name);
		txn_start(s, c, verbs[i].purpose, &start, m);
		return;
	}
	admin_answer(c, REASON_PROTOCOL, "");
}
