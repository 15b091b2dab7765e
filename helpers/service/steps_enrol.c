// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * How an enrolment ends: a name and uid that are free in the roster and in
 * every other source of the name service, which cniectl asks (a source may
 * take forever to answer, and nobody logs in while cnied waits); and how an
 * account gets its card back after its key was lost.
 */
#include <stdio.h>
#include <string.h>

#include "base/channel.h"
#include "base/log.h"
#include "base/refuse.h"
#include "service/service.h"

void enrol_policy(const struct config *c, struct roster_policy *p)
{
	*p = (struct roster_policy){ .uid_min = c->uid_min,
				     .uid_max = c->uid_max,
				     .gid = c->group_gid };
	snprintf(p->name_prefix, sizeof(p->name_prefix), "%s",
		 c->name_prefix);
	snprintf(p->home_dir, sizeof(p->home_dir), "%s", c->home_dir);
	snprintf(p->shell, sizeof(p->shell), "%s", c->shell);
}

/* The name service's word is older than this: the roster judges again. */
static enum reason enrol(struct txn *t, struct roster *roster, bool proposed)
{
	const struct msg_admin_request *m = &t->request;
	struct roster_policy policy;
	struct roster_new in = {
		.card = t->card, .uid = m->uid, .gid = m->gid,
		.proposed = proposed,
		.face = m->flags & ADMIN_FACE, .now = t->now,
	};
	enum reason why;

	refuse_if(!t->proven.card, REASON_INTERNAL);
	/* on_face() let nothing else come so far */
	refuse_if(in.face && t->proven.face != FACE_MATCH, REASON_NO_FACE);
	enrol_policy(&t->config, &policy);
	memcpy(in.name, m->account, sizeof(in.name));
	memcpy(in.home, m->home, sizeof(in.home));
	memcpy(in.shell, m->shell, sizeof(in.shell));
	memcpy(in.code_hash, t->code_hash, sizeof(in.code_hash));
	if (proposed) {
		memcpy(in.name, t->account.name, sizeof(in.name));
		in.uid = t->account.uid;
	}
	why = roster_group_put(roster, t->config.group, t->config.group_gid);
	if (why == REASON_NONE)
		why = roster_enrol(roster, &policy, &in, &t->account);
	if (why == REASON_NONE)
		remember_answers(t, roster);
	return why == REASON_NONE ? write_view(roster) : why;
}

static enum reason rebind(struct txn *t, struct roster *roster)
{
	enum reason why = policy_grant(t->plan, &t->proven);

	if (why == REASON_NONE)
		why = roster_rebind(roster, t->account.name, &t->card,
				    t->today, t->now);
	if (why == REASON_NONE)
		remember_answers(t, roster);
	return why;
}

static void end(struct txn *t, enum reason why)
{
	if (why != REASON_NONE) {
		txn_refuse(t, why);
		return;
	}
	if (t->purpose == FOR_ENROL)
		t->event.factors = "";
	txn_done(t, t->account.name);
}

/* A name and the next uid above this one, put to the name service. */
static void propose(struct txn *t, struct roster *roster, uint32_t after)
{
	struct msg_candidate m = { .uid = 0 };
	struct roster_policy policy;
	enum reason why;

	enrol_policy(&t->config, &policy);
	why = roster_propose(roster, &policy, after, &t->account);
	if (why != REASON_NONE) {
		txn_refuse(t, why);
		return;
	}
	memcpy(m.name, t->account.name, sizeof(m.name));
	m.uid = t->account.uid;
	txn_to(t, ST_ASK_NAMES);
	if (chan_send(t->client->fd, MSG_ADMIN_CANDIDATE, &m) != R_OK)
		txn_refuse(t, REASON_CANCELLED);
}

void enrol_commit(struct txn *t, struct roster *roster)
{
	if (t->purpose == FOR_REBIND)
		end(t, rebind(t, roster));
	else if (t->request.account[0])
		end(t, enrol(t, roster, false));
	else
		propose(t, roster, 0);
}

void on_verdict(struct txn *t, enum source from, const void *msg)
{
	const struct msg_verdict *m = msg;
	struct roster *roster;

	(void)from;
	if (refused(m->verdict == VERDICT_SILENT)) {
		log_line(LOG_LINE_WARN,
			 "enrolment: the name source \"%s\" does not answer",
			 m->source);
		txn_refuse(t, REASON_NAME_SERVICE);
		return;
	}
	if (m->verdict != VERDICT_FREE && m->verdict != VERDICT_TAKEN) {
		txn_refuse(t, REASON_PROTOCOL);
		return;
	}
	roster = txn_roster(t);
	if (!roster)
		return;
	if (refused(m->verdict == VERDICT_TAKEN))
		propose(t, roster, t->account.uid);
	else
		end(t, enrol(t, roster, true));
	roster_close(&roster);
}
