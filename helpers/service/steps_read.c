// SPDX-License-Identifier: GPL-3.0-or-later
/* The steps from the card's facts to the portrait, or to none. */
#include <string.h>

#include "base/channel.h"
#include "base/refuse.h"
#include "service/service.h"
#include "service/throttle.h"

/* -- what the inspection system says ---------------------------------------------------- */

void on_stage(struct txn *t, enum source from, const void *msg)
{
	const struct msg_inspect_stage *m = msg;
	struct event *e = &t->event;

	(void)from;
	e->stage = m->stage;
	e->apdus += m->apdus;
	e->sent += m->sent;
	e->received += m->received;
	txn_to(t, ST_READ);	/* it lives: a fresh deadline for its next word */
	if (t->purpose == FOR_INSPECT &&
	    chan_send(t->client->fd, MSG_INSPECT_STAGE, m) != R_OK)
		txn_refuse(t, REASON_CANCELLED);
}

static void proceed(struct txn *t, enum proceed what)
{
	struct msg_inspect_proceed m = { .what = (uint8_t)what };

	if (crew_send(&t->crew, HELPER_INSPECT, MSG_INSPECT_PROCEED, &m) !=
	    R_OK)
		txn_refuse(t, REASON_HELPER_DIED);
}

void on_facts(struct txn *t, enum source from, const void *msg)
{
	const struct msg_inspect_facts *m = msg;
	enum reason why;

	(void)from;
	if (refused(t->facts.channel != CHANNEL_NONE)) {	/* once */
		txn_refuse(t, REASON_HELPER_PROTOCOL);
		return;
	}
	t->facts = *m;
	t->event.proof = policy_proof_name(m->proof);
	why = policy_facts(m, t->profile.flags);
	if (t->purpose == FOR_INSPECT) {
		if (chan_send(t->client->fd, MSG_INSPECT_FACTS, m) != R_OK)
			txn_refuse(t, REASON_CANCELLED);
		else if (why != REASON_NONE)
			txn_refuse(t, why);
		else
			proceed(t, PROCEED_PORTRAIT);
		return;
	}
	if (refused(why != REASON_NONE)) {	/* the number stays there */
		txn_refuse(t, why);
		return;
	}
	t->proven.card = true;
	t->proven.pin = m->flags & FACT_PIN;
	t->number_released = true;
	proceed(t, PROCEED_NUMBER);
}

/* -- portrait or not -------------------------------------------------------------------------- */

static enum reason make_plan(struct txn *t)
{
	struct plan_input in = {
		.assurance = t->assurance, .face = t->account.face,
		.code = t->account.code, .camera = !t->face_failed,
		.pin = t->proven.pin,
	};
	enum reason why;

	if (t->purpose == FOR_ENROL) {
		bool face = t->request.flags & ADMIN_FACE;

		if (face && t->assurance == ASSURANCE_NONE)
			return REASON_NO_AUTHORISATION;
		if (face && t->face_failed)
			return t->face_reason;
		t->plan = face ? PLAN_FACE : PLAN_NONE;
		return REASON_NONE;
	}
	if (throttle_faces(t->account.uid, &in.locked) != R_OK)
		return REASON_INTERNAL;
	why = policy_plan(&in, &t->plan);
	if (why == REASON_NO_CAMERA && t->face_reason != REASON_NONE)
		return t->face_reason;
	return why;
}

/* The camera starts, and the portrait is read, only once the card, the
 * account and the authorisation have all said that this login uses them. */
void choose_portrait(struct txn *t)
{
	struct msg_face_stream stream = { 0 };
	enum reason why;
	bool face;

	if (t->state != ST_READ || !t->card.epoch || t->fate_told)
		return;
	if (!t->face_failed && !t->crew.m[HELPER_FACE].ready)
		return;		/* models are loading: its word will come */
	why = make_plan(t);
	if (why != REASON_NONE) {
		txn_refuse(t, why);
		return;
	}
	t->fate_told = true;
	face = plan_has_face(t->plan);
	if (!face) {
		crew_end(&t->crew, HELPER_FACE, &t->service->morgue);
	} else {
		txn_info(t, MSG_LOOK, NULL);
		t->face_started = mono_ms();
		if (t->state != ST_END &&
		    crew_send(&t->crew, HELPER_FACE, MSG_FACE_STREAM,
			      &stream) != R_OK)
			txn_refuse(t, REASON_HELPER_DIED);
	}
	if (t->state != ST_END)
		proceed(t, face ? PROCEED_PORTRAIT : PROCEED_FINISH);
}

void on_inspect_done(struct txn *t, enum source from, const void *msg)
{
	(void)from;
	(void)msg;
	if (refused(t->purpose == FOR_INSPECT ? !t->facts.channel :
						!t->fate_told)) {
		txn_refuse(t, REASON_HELPER_PROTOCOL);
		return;
	}
	t->card_done = true;
	t->event.card_ms = (uint32_t)(mono_ms() - t->card_started);
	crew_end(&t->crew, HELPER_INSPECT, &t->service->morgue);
	crew_end(&t->crew, HELPER_CARD, &t->service->morgue);
	if (t->purpose == FOR_INSPECT)
		txn_done(t, "the card was read, and nothing of it was kept");
	else
		advance(t);
}
