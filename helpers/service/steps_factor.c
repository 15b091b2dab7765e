// SPDX-License-Identifier: GPL-3.0-or-later
/* The face's answer, the code, and the commit that ends in GRANT. */
#include <string.h>

#include "base/channel.h"
#include "base/log.h"
#include "base/refuse.h"
#include "base/secret.h"
#include "roster/code.h"
#include "service/service.h"
#include "service/throttle.h"

void on_face(struct txn *t, enum source from, const void *msg)
{
	const struct msg_face_answer *m = msg;
	enum reason why;

	(void)from;
	if (refused(!plan_has_face(t->plan) || t->proven.face)) {
		txn_refuse(t, REASON_HELPER_PROTOCOL);
		return;
	}
	t->event.face_ms = (uint32_t)(mono_ms() - t->face_started);
	why = policy_face(m->verdict);
	if (refused(why != REASON_NONE)) {
		txn_refuse(t, why);
		return;
	}
	t->proven.face = m->verdict;
	crew_end(&t->crew, HELPER_FACE, &t->service->morgue);
	advance(t);
}

void advance(struct txn *t)
{
	if (t->state == ST_END || !t->card_done)
		return;
	if (plan_has_face(t->plan) && !t->proven.face) {
		txn_to(t, ST_FACE);
		return;
	}
	if (t->purpose == FOR_ENROL) {
		if (t->request.flags & ADMIN_CODE) {
			txn_to(t, ST_NEW_CODE);
			txn_ask(t, MSG_ASK_NEW_CODE);
		} else {
			commit(t);
		}
	} else if (plan_has_code(t->plan)) {
		txn_to(t, ST_ASK_CODE);
		txn_ask(t, MSG_ASK_CODE);
	} else {
		commit(t);
	}
}

/* -- the code -------------------------------------------------------------------- */

static enum reason verify_code(struct txn *t, const char *code)
{
	struct roster *roster = txn_roster(t);
	char hash[CODE_HASH_SIZE];
	enum reason why;

	if (!roster)
		return REASON_ROSTER;
	why = roster_code(roster, t->account.name, hash);
	roster_close(&roster);
	if (why == REASON_NONE)
		why = code_verify(code, hash);
	secret_wipe(hash, sizeof(hash));
	return why;
}

void on_code(struct txn *t, enum source from, const void *msg)
{
	const struct msg_login_answer *m = msg;
	enum reason why;

	(void)from;
	if (m->declined || !m->text[0]) {
		txn_refuse(t, REASON_CANCELLED);
		return;
	}
	why = verify_code(t, m->text);
	if (refused(why != REASON_NONE)) {
		txn_refuse(t, why);
		return;
	}
	t->proven.code = true;
	commit(t);
}

void on_new_code(struct txn *t, enum source from, const void *msg)
{
	const struct msg_login_answer *m = msg;
	enum reason why = m->declined ? REASON_CANCELLED :
					code_check(m->text);

	(void)from;
	if (why != REASON_NONE) {
		txn_refuse(t, why);
		return;
	}
	memcpy(t->secrets->code, m->text, sizeof(t->secrets->code));
	txn_to(t, ST_NEW_CODE_AGAIN);
	txn_ask(t, MSG_ASK_NEW_CODE_AGAIN);
}

static void set_account_code(struct txn *t)
{
	struct roster *roster = txn_roster(t);
	enum reason why;

	if (!roster)
		return;
	why = roster_set_code(roster, t->request.account, t->code_hash);
	roster_close(&roster);
	if (why != REASON_NONE)
		txn_refuse(t, why);
	else
		txn_done(t, "the code is set");
}

void on_new_code_again(struct txn *t, enum source from, const void *msg)
{
	const struct msg_login_answer *m = msg;
	enum reason why = REASON_NONE;

	(void)from;
	if (m->declined)
		why = REASON_CANCELLED;
	else if (strcmp(m->text, t->secrets->code))
		why = REASON_CODE_DIFFERS;
	else
		why = code_hash(m->text, t->code_hash);
	secret_wipe(t->secrets->code, sizeof(t->secrets->code));
	if (why != REASON_NONE)
		txn_refuse(t, why);
	else if (t->purpose == FOR_CODE)
		set_account_code(t);
	else
		commit(t);
}

/* -- commit ------------------------------------------------------------------------- */

static void grant(struct txn *t)
{
	struct msg_login_grant m = { .uid = t->account.uid };

	memcpy(m.name, t->account.name, sizeof(m.name));
	t->event.factors = plan_name(t->plan);
	txn_event(t, REASON_NONE);	/* before the word that opens a session */
	if (chan_send(t->client->fd, MSG_LOGIN_GRANT, &m) != R_OK) {
		log_line(LOG_LINE_NOTICE,
			 "the caller left before its grant: nobody was let in");
	}
	txn_succeed(t);
}

/* The roster is asked again, now under its lock: revoked or blocked since, or
 * another account than the one whose factors were proven, is no login. */
static enum reason card_login(struct txn *t, struct roster *roster)
{
	struct roster_account now = { .uid = 0 };
	enum reason why = roster_login(roster, &t->card, t->today, t->now,
				       &now);

	if (why != REASON_NONE)
		return why;
	refuse_if(now.uid != t->account.uid ||
		  strcmp(now.name, t->account.name), REASON_WRONG_PERSON);
	remember_answers(t, roster);
	return REASON_NONE;
}

static enum reason login(struct txn *t, struct roster *roster)
{
	enum reason why = policy_grant(t->plan, &t->proven);

	if (why != REASON_NONE)
		return why;
	return t->plan == PLAN_PASS ? pass_login(t, roster) :
				      card_login(t, roster);
}

static void clear_failures(const struct txn *t)
{
	/* a pass says nothing of the card's or the face's failures */
	bool account = t->plan != PLAN_PASS;

	if ((account && throttle_cleared(t->account.uid) != R_OK) ||
	    throttle_cleared(THROTTLE_SEAT) != R_OK)
		log_line(LOG_LINE_ERR, "the throttle state can't be cleared");
}

void commit(struct txn *t)
{
	struct roster *roster = txn_roster(t);
	enum reason why;

	if (!roster)
		return;
	if (t->purpose == FOR_ENROL || t->purpose == FOR_REBIND) {
		enrol_commit(t, roster);
		roster_close(&roster);
		return;
	}
	why = login(t, roster);
	roster_close(&roster);
	if (why != REASON_NONE) {
		txn_refuse(t, why);
		return;
	}
	clear_failures(t);
	grant(t);
}
