// SPDX-License-Identifier: GPL-3.0-or-later
/* The steps from "insert your card" to CAN and PIN, and what may go wrong. */
#include <stdio.h>
#include <string.h>

#include "base/channel.h"
#include "base/log.h"
#include "base/refuse.h"
#include "base/secret.h"
#include "service/key.h"
#include "service/service.h"
#include "service/throttle.h"

#define REMOVALS_MAX 3		/* a loose contact is not a login */

/* -- the reader ------------------------------------------------------------------ */

void start_card(struct txn *t)
{
	/* after a removal pcscd may call the card present for a moment still:
	 * it must be seen to come back */
	bool fresh = !t->again && (t->removals > 0 || (!t->place.attended &&
		     (t->purpose == FOR_LOGIN || t->purpose == FOR_MY_DATA)));

	txn_to(t, ST_WAIT_CARD);
	if (staff_card(t, fresh, t->config.card_wait_s * 1000) != R_OK)
		txn_refuse(t, REASON_INTERNAL);
}

void give_card_up(struct txn *t)
{
	/* cnie-card found one and hangs in libpcsclite, which waits for as
	 * long as another program keeps its transaction */
	if (t->card_found)
		txn_refuse(t, REASON_READER_EXCLUSIVE);
	else
		txn_refuse(t, t->give_up != REASON_NONE ? t->give_up :
							  REASON_NO_CARD);
}

/* Could this login use the face at all? Then the notice comes first. Whoever
 * is named and does not use the face sees no notice and starts no camera. */
static bool face_possible(struct txn *t)
{
	const char *user = t->purpose == FOR_REBIND ? t->request.account :
						      t->start.user;
	struct roster_account a = { .face = true };
	struct roster *roster;
	bool locked = false;

	if (t->purpose != FOR_LOGIN && t->purpose != FOR_REBIND)
		return t->purpose == FOR_ENROL &&
		       (t->request.flags & ADMIN_FACE);
	if (t->assurance == ASSURANCE_NONE)
		return false;
	if (user[0]) {
		roster = txn_roster(t);
		if (!roster)
			return false;
		if (roster_show(roster, user, &a) != REASON_NONE ||
		    throttle_faces(a.uid, &locked) != R_OK)
			a.face = false;
		roster_close(&roster);
	}
	return a.face && !locked;
}

static void tell_notice(struct txn *t)
{
	char arg[257];

	snprintf(arg, sizeof(arg), "%.80s; %.80s; %.80s",
		 t->authorisation.controller, t->authorisation.purpose,
		 t->authorisation.contact);
	txn_info(t, MSG_NOTICE, arg);
}

static bool asks_mrz(const struct txn *t)
{
	return !t->force_can && (t->request.flags & ADMIN_PASSWORD_MRZ ||
				 t->profile.flags & PROFILE_PASSWORD_MRZ);
}

static void send_go(struct txn *t)
{
	const struct crew *c = &t->crew;
	struct msg_inspect_go go = {
		.kind = asks_mrz(t) ? PASSWORD_MRZ : PASSWORD_CAN,
		.pin_last = t->pin_last,
	};
	enum result r;

	if (!t->can_given || t->state != ST_READ ||
	    !c->m[HELPER_INSPECT].ready ||
	    (t->purpose != FOR_INSPECT && !c->m[HELPER_SECTOR].ready))
		return;
	memcpy(go.password, t->secrets->can, sizeof(go.password));
	memcpy(go.pin, t->secrets->pin, sizeof(go.pin));
	secret_wipe(t->secrets->can, sizeof(t->secrets->can));
	secret_wipe(t->secrets->pin, sizeof(t->secrets->pin));
	t->can_given = false;
	t->card_started = mono_ms();
	r = crew_send(c, HELPER_INSPECT, MSG_INSPECT_GO, &go);
	secret_wipe(&go, sizeof(go));
	if (r != R_OK)
		txn_refuse(t, REASON_HELPER_DIED);
	else
		txn_info(t, MSG_READING, NULL);
}

static void on_card_present(struct txn *t)
{
	enum result r = staff_inspect(t, t->purpose == FOR_INSPECT ?
				      INSPECT_ONLY : INSPECT_LOGIN);

	t->card_seen = true;
	if (r == R_OK && t->purpose != FOR_INSPECT) {
		r = staff_sector(t);
		if (r != R_OK && r != R_INTERNAL) {
			txn_refuse(t, r == R_BUSY ? REASON_TOKENISER :
						    REASON_NO_KEY);
			return;
		}
	}
	if (r == R_OK && face_possible(t)) {
		r = staff_face(t);
		tell_notice(t);
	} else {
		t->face_failed = true;
		t->face_reason = REASON_NO_AUTHORISATION;
	}
	if (r != R_OK)
		txn_refuse(t, REASON_INTERNAL);
	if (t->state == ST_END)
		return;
	txn_to(t, ST_ASK_CAN);
	txn_ask(t, asks_mrz(t) ? MSG_ASK_MRZ : MSG_ASK_CAN);
}

void on_card_state(struct txn *t, enum source from, const void *msg)
{
	const struct msg_card_state *m = msg;

	(void)from;
	t->card_found = m->event == CARD_FOUND;
	switch (m->event) {
	case CARD_FOUND:
		break;
	case CARD_WAITING:
		/* outside greeters and lockers nobody waits for a card that
		 * was not there; after a removal, or "take it out", we do */
		if (t->purpose == FOR_LOGIN && !t->place.attended &&
		    !t->card_seen)
			txn_refuse(t, REASON_NO_CARD);
		else
			txn_info(t, MSG_INSERT_CARD, NULL);
		break;
	case CARD_LYING_THERE:
		t->card_seen = true;
		txn_info(t, MSG_REINSERT_CARD, NULL);
		break;
	case CARD_PRESENT:
		on_card_present(t);
		break;
	default:
		txn_refuse(t, REASON_HELPER_PROTOCOL);
	}
}

/* -- readiness and failure --------------------------------------------------------- */

void on_ready(struct txn *t, enum source from, const void *msg)
{
	(void)msg;
	if (refused(t->crew.m[from].ready)) {	/* once */
		txn_refuse(t, REASON_HELPER_PROTOCOL);
		return;
	}
	t->crew.m[from].ready = true;
	if (from == FROM_INSPECT || from == FROM_SECTOR)
		send_go(t);
	if (from == FROM_FACE)
		choose_portrait(t);
}

static void face_unavailable(struct txn *t, enum reason why)
{
	t->face_failed = true;
	t->face_reason = why;
	crew_end(&t->crew, HELPER_FACE, &t->service->morgue);
	if (plan_has_face(t->plan) && t->fate_told)
		txn_refuse(t, why);	/* it was counted on, and is gone */
	else
		choose_portrait(t);
}

/* From nothing: the next card that is read may be another one. */
static void start_over(struct txn *t, enum reason why, enum msg say)
{
	if (t->state == ST_ASK_CAN || t->state == ST_ASK_PIN)
		t->stale_answers++;	/* the question still stands there */
	crew_end_all(&t->crew, &t->service->morgue);
	secret_wipe(t->secrets, sizeof(*t->secrets));
	secret_wipe(&t->card, sizeof(t->card));
	memset(&t->facts, 0, sizeof(t->facts));
	memset(&t->account, 0, sizeof(t->account));
	memset(&t->proven, 0, sizeof(t->proven));
	t->can_given = t->number_released = t->fate_told = false;
	t->card_done = t->face_failed = false;
	t->face_reason = REASON_NONE;
	t->plan = PLAN_NONE;
	t->card_found = false;
	t->give_up = why;
	txn_info(t, say, NULL);
	if (t->state != ST_END)
		start_card(t);
}

/* The card went away, or was reset by another program: it may come back
 * within the deadline. */
static void card_went(struct txn *t, enum reason why)
{
	if (t->purpose != FOR_LOGIN || t->state == ST_FACE ||
	    ++t->removals > REMOVALS_MAX) {
		txn_refuse(t, why);
		return;
	}
	t->force_can = t->pin_last = false;	/* was said of that card */
	/* a card that another program reset never left: it need not come
	 * back, and once was inserted for this login */
	t->again = why == REASON_CARD_CHANGED;
	start_over(t, why, MSG_CARD_REMOVED);
}

/* The chip's PIN has one try left: it is used only after the person agreed,
 * by typing it once more, and only under the CAN (TR-03110-2 2.5). */
static void ask_last_try(struct txn *t, enum reason why)
{
	if (refused(t->pin_last)) {	/* they have: not a second time */
		txn_refuse(t, why);
		return;
	}
	t->force_can = t->pin_last = t->again = true;
	start_over(t, why, reason_row(why)->msg);
}

static void tell_tries(struct txn *t, uint16_t sw)
{
	char left[4];

	if ((sw & 0xfff0) != 0x63c0)	/* ISO/IEC 7816-4 table 6 */
		return;
	snprintf(left, sizeof(left), "%u", sw & 0xfu);
	txn_info(t, MSG_PIN_TRIES, left);
}

/* pcscd names a pulled card by whichever call met it first. */
static bool card_is_gone(enum reason why)
{
	return why == REASON_CARD_REMOVED || why == REASON_CARD_CHANGED ||
	       why == REASON_CARD_TRANSPORT;
}

/* What each helper may say of itself, by the letter of the code: a word on
 * somebody else's matter could be counted against a person. */
static const struct {
	const char *letters;
	enum reason besides;
} own_reasons[HELPER_COUNT] = {
	[HELPER_CARD] = { "RS", REASON_CARD_LOOP },
	[HELPER_INSPECT] = { "CRSP", REASON_NONE },
	[HELPER_FACE] = { "FS", REASON_NONE },
	[HELPER_SECTOR] = { "CKS", REASON_NONE },
};

static enum reason checked(enum source from, uint16_t said)
{
	const struct reason_row *row = reason_row(said);

	refuse_if(said == REASON_NONE || row->id != (enum reason)said,
		  REASON_HELPER_PROTOCOL);
	refuse_if(!strchr(own_reasons[from].letters, row->code[0]) &&
		  row->id != own_reasons[from].besides,
		  REASON_HELPER_PROTOCOL);
	return row->id;
}

void on_helper_fail(struct txn *t, enum source from, const void *msg)
{
	const struct msg_helper_fail *m = msg;
	enum reason why = checked(from, m->reason);

	t->event.sw = m->sw;
	if (from == FROM_SECTOR && m->sw)
		log_line(LOG_LINE_WARN, "%s", key_fail_text(m));
	if (m->stage)
		t->event.stage = m->stage;
	if (from == FROM_FACE && !t->proven.face)
		face_unavailable(t, why);
	else if (from == FROM_INSPECT && why == REASON_HELPER_DIED &&
		 crew_fd(&t->crew, HELPER_CARD) >= 0)
		/* it lost its wire: cnie-card's word on why is on its way */
		crew_end(&t->crew, HELPER_INSPECT, &t->service->morgue);
	else if (card_is_gone(why) && t->state != ST_WAIT_CARD)
		card_went(t, why);
	else if (why == REASON_NO_CARD)
		give_card_up(t);
	else if (why == REASON_PIN_LAST_TRY || why == REASON_PIN_SUSPENDED)
		ask_last_try(t, why);
	else {
		if (why == REASON_WRONG_PIN)
			tell_tries(t, m->sw);
		txn_refuse(t, why);
	}
}

/* Its channel closed. The card helper's word on why may still be on its way
 * when the inspection system, which lost its wire, says so first. */
void on_helper_gone(struct txn *t, enum source from, const void *msg)
{
	bool served = (from == FROM_INSPECT && t->card_done) ||
		      (from == FROM_CARD && t->card_done) ||
		      (from == FROM_SECTOR && t->proven.account) ||
		      (from == FROM_SECTOR && t->fate_told) ||
		      (from == FROM_FACE && t->proven.face);

	(void)msg;
	if (from == FROM_FACE && !served) {
		log_line(LOG_LINE_WARN, "cnie-face ended before its answer");
		face_unavailable(t, REASON_HELPER_DIED);
		return;
	}
	/* cnie-card goes when its wire closes: with cnie-inspect's last word
	 * still to be read, or with none; its own end will tell */
	if (from == FROM_CARD && crew_fd(&t->crew, HELPER_INSPECT) >= 0 &&
	    t->state == ST_READ)
		served = true;
	crew_end(&t->crew, (enum helper_kind)from, &t->service->morgue);
	if (!served)
		log_line(LOG_LINE_WARN, "%s ended before its work was done",
			 helper_name((enum helper_kind)from));
	if (!served)
		txn_refuse(t, REASON_HELPER_DIED);
}

/* -- CAN or MRZ, and the PIN ------------------------------------------------------------------------- */

static void start_reading(struct txn *t)
{
	t->can_given = true;
	txn_to(t, ST_READ);
	send_go(t);
}

void on_can(struct txn *t, enum source from, const void *msg)
{
	const struct msg_login_answer *m = msg;

	(void)from;
	if (m->declined || !m->text[0]) {
		txn_refuse(t, REASON_CANCELLED);
		return;
	}
	memcpy(t->secrets->can, m->text, sizeof(t->secrets->can));
	/* an inspection spends no try of it */
	if (t->profile.pin_reference && t->purpose != FOR_INSPECT) {
		txn_to(t, ST_ASK_PIN);
		txn_ask(t, t->pin_last ? MSG_ASK_PIN_AGAIN : MSG_ASK_PIN);
		return;
	}
	start_reading(t);
}

/* None is no refusal: the account's code or face will be asked. */
void on_pin(struct txn *t, enum source from, const void *msg)
{
	const struct msg_login_answer *m = msg;

	(void)from;
	if (!m->declined)
		memcpy(t->secrets->pin, m->text, sizeof(t->secrets->pin));
	start_reading(t);
}
