// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The login as a table: in which state, from whom, which message, what then.
 *
 * MUST: a message that matches no row ends the transaction with a refusal.
 * MUST: GRANT is sent by commit() alone, after the roster transaction and the
 * event. MUST: every way out of here ends all helpers and wipes the secrets.
 */
#include "service/txn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/channel.h"
#include "base/log.h"
#include "base/refuse.h"
#include "base/secret.h"
#include "service/key.h"
#include "service/service.h"
#include "service/throttle.h"

#define READING (ST_ASK_CAN | ST_ASK_PIN | ST_READ)
#define RUNNING (ST_WAIT_CARD | READING | ST_FACE | ST_ASK_CODE | ST_NEW_CODE | \
		 ST_NEW_CODE_AGAIN | ST_ASK_NAMES)
#define HELPERS (1u << FROM_CARD | 1u << FROM_INSPECT | 1u << FROM_FACE | \
		 1u << FROM_SECTOR)
#define BY(source) (1u << (source))
#define FACE_GRACE_MS 2000
#define UNCOUNTED_MS 30000	/* after a failure that could not be counted */

static const struct {
	unsigned int at;	/* enum state, or'ed */
	unsigned int from;	/* BY(enum source), or'ed */
	enum wire_msg type;
	handler *run;
} permitted[] = {
	{ ST_WAIT_CARD,   BY(FROM_CARD),    MSG_HELPER_READY,  on_ready },
	{ ST_WAIT_CARD,   BY(FROM_CARD),    MSG_CARD_STATE,    on_card_state },
	{ READING,        BY(FROM_INSPECT), MSG_HELPER_READY,  on_ready },
	{ READING,        BY(FROM_SECTOR),  MSG_HELPER_READY,  on_ready },
	{ READING,        BY(FROM_FACE),    MSG_HELPER_READY,  on_ready },
	{ ST_ASK_CAN,     BY(FROM_CLIENT),  MSG_LOGIN_ANSWER,  on_can },
	{ ST_ASK_PIN,     BY(FROM_CLIENT),  MSG_LOGIN_ANSWER,  on_pin },
	{ ST_READ,        BY(FROM_INSPECT), MSG_INSPECT_STAGE, on_stage },
	{ ST_READ,        BY(FROM_INSPECT), MSG_INSPECT_FACTS, on_facts },
	{ ST_READ,        BY(FROM_SECTOR),  MSG_SECTOR_LOOKUP, on_lookup },
	{ ST_READ,        BY(FROM_SECTOR),  MSG_SECTOR_TAGS,   on_tags },
	{ ST_READ,        BY(FROM_INSPECT), MSG_INSPECT_DONE,  on_inspect_done },
	{ ST_READ | ST_FACE, BY(FROM_FACE), MSG_FACE_ANSWER,   on_face },
	{ ST_ASK_CODE,    BY(FROM_CLIENT),  MSG_LOGIN_ANSWER,  on_code },
	{ ST_NEW_CODE,    BY(FROM_CLIENT),  MSG_LOGIN_ANSWER,  on_new_code },
	{ ST_NEW_CODE_AGAIN, BY(FROM_CLIENT), MSG_LOGIN_ANSWER,
	  on_new_code_again },
	{ ST_ASK_PASS,    BY(FROM_CLIENT),  MSG_LOGIN_ANSWER,  on_pass },
	{ ST_ASK_NAMES,   BY(FROM_CLIENT),  MSG_ADMIN_VERDICT, on_verdict },
	{ RUNNING,        HELPERS,          MSG_HELPER_FAIL,   on_helper_fail },

	{ ST_PROBE,       HELPERS,          MSG_HELPER_READY,  on_probe_ready },
	{ ST_PROBE,       HELPERS,          MSG_HELPER_FAIL,   on_probe_fail },
	{ ST_PROBE,       BY(FROM_CARD),    MSG_CARD_STATE,    on_probe_card },
	{ ST_PROBE,       BY(FROM_INSPECT), MSG_INSPECT_DONE,  on_probe_done },
	{ ST_PROBE,       BY(FROM_INSPECT), MSG_INSPECT_ITEM,  on_csca_item },
	{ ST_PROBE,       BY(FROM_INSPECT), MSG_INSPECT_PROGRESS,
	  on_csca_progress },
	{ ST_PROBE,       BY(FROM_SECTOR),  MSG_SECTOR_BACKUP, on_key_backup },
};

/* Any of the structs that a row above may bring. */
union any_message {
	struct msg_helper_ready ready;
	struct msg_helper_fail fail;
	struct msg_card_state card;
	struct msg_inspect_stage stage;
	struct msg_inspect_facts facts;
	struct msg_inspect_done done;
	struct msg_face_answer face;
	struct msg_sector_tags tags;
	struct msg_sector_lookup lookup;
	struct msg_sector_backup backup;
	struct msg_verdict verdict;
	struct msg_login_answer answer;
	struct msg_item item;
	struct msg_progress progress;
};

/* The answer to a question of before the card went: the card that comes back
 * may be another one, so only a "no" still counts. */
static void drop_stale_answer(struct txn *t, struct span in)
{
	struct msg_login_answer *m = &t->secrets->answer;

	t->stale_answers--;
	if (wire_get(in, MSG_LOGIN_ANSWER, m) != R_OK)
		txn_refuse(t, REASON_PROTOCOL);
	else if (m->declined)
		txn_refuse(t, REASON_CANCELLED);
}

static void dispatch(struct txn *t, enum source from, struct span in)
{
	unsigned int type = wire_type(in);

	if (from == FROM_CLIENT && t->stale_answers > 0) {
		drop_stale_answer(t, in);
		return;
	}
	for (size_t i = 0; i < sizeof(permitted) / sizeof(permitted[0]); i++) {
		union any_message m;

		if (permitted[i].type != type || !(permitted[i].at & t->state) ||
		    !(permitted[i].from & BY(from)))
			continue;
		if (type == MSG_LOGIN_ANSWER) {	/* may hold a secret */
			if (wire_get(in, type, &t->secrets->answer) != R_OK)
				break;
			permitted[i].run(t, from, &t->secrets->answer);
			return;
		}
		if (wire_get(in, type, &m) != R_OK)
			break;
		permitted[i].run(t, from, &m);
		return;
	}
	if (refused(true))	/* in no row */
		txn_refuse(t, from == FROM_CLIENT ? REASON_PROTOCOL :
						    REASON_HELPER_PROTOCOL);
}

void txn_message(struct txn *t, enum source from)
{
	int fd = from == FROM_CLIENT ? t->client->fd :
				       crew_fd(&t->crew, (enum helper_kind)from);
	bool large = t->packet && from == FROM_INSPECT;
	uint8_t *buf = large ? t->packet : t->secrets->in;
	struct span in = { 0 };
	enum result r = chan_recv(fd, buf, large ? PACKET_MAX :
				  sizeof(t->secrets->in), 0, &in);

	if (r == R_TIMEOUT)
		return;			/* nothing there after all */
	if (r == R_OK)
		dispatch(t, from, in);
	else if (from == FROM_CLIENT)
		txn_refuse(t, r == R_ABSENT ? REASON_CANCELLED :
					      REASON_PROTOCOL);
	else if (t->state == ST_PROBE)
		on_probe_gone(t, from, NULL);
	else
		on_helper_gone(t, from, NULL);
	secret_wipe(buf, in.n);
	if (t->secrets)
		secret_wipe(&t->secrets->answer, sizeof(t->secrets->answer));
}

/* -- beginning ---------------------------------------------------------------- */

static struct txn *txn_new(struct service *s, struct client *c,
			   enum purpose purpose)
{
	struct txn *t = calloc(1, sizeof(*t));
	void *page = NULL;

	if (!t)
		return NULL;
	_Static_assert(sizeof(struct secrets) <= SECRET_PAGE_SIZE,
		       "the secrets fit their page");
	if (secret_page_new(&page) != R_OK) {
		free(t);
		return NULL;
	}
	t->secrets = page;
	t->service = s;
	t->client = c;
	t->purpose = purpose;
	t->started = mono_ms();
	crew_init(&t->crew);
	t->crew.nothing_leaves = purpose == FOR_INSPECT ||
				 purpose == FOR_PROBE;
	return t;
}

/* A greeter or locker of root takes the seat from whoever has it. */
static enum reason take_seat(struct service *s, struct txn *t)
{
	if (!s->txn)
		return REASON_NONE;
	refuse_if(t->purpose != FOR_LOGIN || !t->place.attended ||
		  t->client->peer.uid != 0, REASON_SEAT_BUSY);
	refuse_if(s->txn->purpose == FOR_LOGIN && s->txn->place.attended &&
		  s->txn->client->peer.uid == 0,
		  REASON_SEAT_BUSY);	/* two greeters: the first one */
	txn_refuse(s->txn, REASON_PREEMPTED);
	txn_free(&s->txn);
	t->event.preempted = 1;
	return REASON_NONE;
}

/* Anybody may connect and be refused at the gates, as often as they like;
 * the journal, which drops events of whoever says too much, hears of it once
 * a second. */
static void hush(struct txn *t)
{
	int64_t now = mono_ms();

	if (t->state == ST_END || t->client->peer.uid == 0)
		return;
	if (t->service->gate_event_at && now < t->service->gate_event_at + 1000)
		t->event_out = true;
	else
		t->service->gate_event_at = now;
}

void txn_start(struct service *s, struct client *c, enum purpose purpose,
	       const struct msg_login_start *start,
	       const struct msg_admin_request *request)
{
	struct txn *t = txn_new(s, c, purpose);
	enum reason why;

	if (!t) {
		client_refuse(c, REASON_INTERNAL, 0);
		return;
	}
	if (start)
		t->start = *start;
	if (request)
		t->request = *request;
	why = prepare(t);
	t->deadline = t->started + (t->config.login_s ? : 60) * 1000LL;
	if (why == REASON_NONE)
		why = take_seat(s, t);
	if (why != REASON_NONE) {
		hush(t);
		txn_refuse(t, why);
		txn_free(&t);
		return;
	}
	s->txn = t;
	if (purpose == FOR_LOGIN && pass_asked(t))
		return;
	if (purpose == FOR_PROBE) {
		probe_start(t);
	} else if (purpose == FOR_CODE) {
		txn_to(t, ST_NEW_CODE);
		txn_ask(t, MSG_ASK_NEW_CODE);
	} else {
		start_card(t);
	}
}

/* -- ending ------------------------------------------------------------------- */

void txn_event(struct txn *t, enum reason why)
{
	struct event *e = &t->event;

	if (t->event_out)
		return;
	e->reason = why;
	e->total_ms = (uint32_t)(mono_ms() - t->started);
	if (!e->factors)
		e->factors = t->plan == PLAN_NONE ? "" : plan_name(t->plan);
	event_emit(e);
	t->event_out = true;
}

static void finish(struct txn *t, enum reason why)
{
	txn_event(t, why);
	t->state = ST_END;
	crew_end_all(&t->crew, &t->service->morgue);
	key_abandon(t->key_path);	/* one that was not committed */
	client_close(t->client);
	t->client = NULL;
}

/* A failure counts for the account once its card was proven, else for the
 * seat; what is only absent or unavailable counts for nobody. */
static void count_failure(struct txn *t, enum reason why)
{
	bool face = why == REASON_WRONG_FACE || why == REASON_ATTACK;
	uint32_t whose = t->proven.account ? t->account.uid : THROTTLE_SEAT;

	if ((t->purpose != FOR_LOGIN && t->purpose != FOR_MY_DATA) ||
	    reason_row(why)->result != R_DENIED || t->state == ST_END ||
	    (!t->card_seen && why != REASON_WRONG_PASS))
		return;
	if (throttle_failed(whose, face) == R_OK)
		return;
	/* what can't be written must not be free: everybody waits */
	log_line(LOG_LINE_ERR, "the throttle state can't be written");
	t->service->not_before = mono_ms() + UNCOUNTED_MS;
}

static uint32_t delay_of(struct txn *t)
{
	int64_t left = t->service->not_before - mono_ms();
	uint32_t s = 0;

	if (left > 0)
		return (uint32_t)(left / 1000) + 1;
	if (throttle_delay(t->proven.account ? t->account.uid : THROTTLE_SEAT,
			   &s) != R_OK || s == 0)
		s = 1;		/* it may just have passed: never "wait 0" */
	return s;
}

void txn_refuse(struct txn *t, enum reason why)
{
	txn_refuse_with(t, why, "");
}

void txn_refuse_with(struct txn *t, enum reason why, const char *text)
{
	if (t->state == ST_END)
		return;
	count_failure(t, why);		/* written before the answer */
	if (t->client->admin) {
		struct msg_admin_done m = { .reason = (uint16_t)why };

		snprintf(m.text, sizeof(m.text), "%s", text[0] ? text :
			 reason_row(why)->text);
		if (chan_send(t->client->fd, MSG_ADMIN_DONE, &m) != R_OK)
			why = REASON_CANCELLED;
	} else {
		struct msg_login_refuse m = {
			.reason = (uint16_t)why,
			.delay_s = why == REASON_THROTTLED ? delay_of(t) : 0,
		};

		if (chan_send(t->client->fd, MSG_LOGIN_REFUSE, &m) != R_OK &&
		    reason_row(why)->result == R_ABSENT)
			why = REASON_CANCELLED;
	}
	finish(t, why);
}

void txn_succeed(struct txn *t)
{
	if (t->state != ST_END)
		finish(t, REASON_NONE);
}

void txn_free(struct txn **t)
{
	void *page;

	if (!*t)
		return;
	page = (*t)->secrets;
	secret_page_free(&page);
	free((*t)->packet);
	secret_wipe(*t, sizeof(**t));
	free(*t);
	*t = NULL;
}

/* -- deadlines ------------------------------------------------------------------ */

int64_t txn_deadline(const struct txn *t)
{
	return t->step_deadline && t->step_deadline < t->deadline ?
		t->step_deadline : t->deadline;
}

bool txn_token_silent(const struct txn *t)
{
	const struct config *c = &t->config;

	/* it is ready before anything is read, unless the library keeps it */
	return (c->provider == PROVIDER_PKCS11 || c->token_cache) &&
	       crew_fd(&t->crew, HELPER_SECTOR) >= 0 &&
	       !t->crew.m[HELPER_SECTOR].ready;
}

/* Nobody looks for the fault at the card where the token has it. */
static enum reason whose_silence(const struct txn *t)
{
	static const struct msg_helper_fail silent = {
		.reason = REASON_TOKEN, .sw = TOKEN_FAULT_SILENT,
	};

	if (!txn_token_silent(t))
		return t->number_released && !t->fate_told ?
			       REASON_HELPER_TIMEOUT : REASON_CARD_SILENT;
	log_line(LOG_LINE_WARN, "%s", key_fail_text(&silent));
	return REASON_TOKEN;
}

void txn_expired(struct txn *t)
{
	if (mono_ms() >= t->deadline) {
		txn_refuse(t, t->purpose == FOR_LOGIN && !t->card_seen ?
			      REASON_NO_CARD : REASON_DEADLINE);
		return;
	}
	switch (t->state) {
	case ST_WAIT_CARD:
		give_card_up(t);
		break;
	case ST_READ:
		txn_refuse(t, whose_silence(t));
		break;
	case ST_PROBE:
		probe_expired(t);
		break;
	case ST_ASK_CAN:
	case ST_ASK_PIN:
	case ST_FACE:
	case ST_ASK_CODE:
	case ST_NEW_CODE:
	case ST_NEW_CODE_AGAIN:
	case ST_ASK_PASS:
	case ST_ASK_NAMES:
		txn_refuse(t, REASON_HELPER_TIMEOUT);
		break;
	case ST_END:
		break;
	}
}

void txn_to(struct txn *t, enum state state)
{
	int64_t wait = 0;

	switch (state) {
	case ST_WAIT_CARD:
		wait = (t->config.card_wait_s + t->config.helper_s) * 1000LL;
		break;
	case ST_READ:
	case ST_PROBE:
		wait = (t->config.helper_s ? : 15) * 1000LL;
		break;
	case ST_FACE:	/* its own deadline, and the time to say so */
		wait = t->config.helper_s * 1000LL + FACE_GRACE_MS;
		break;
	case ST_ASK_CAN:
	case ST_ASK_PIN:
	case ST_ASK_CODE:
	case ST_NEW_CODE:
	case ST_NEW_CODE_AGAIN:
	case ST_ASK_PASS:
	case ST_ASK_NAMES:
	case ST_END:
		break;		/* the person may take the whole deadline */
	}
	t->state = state;
	t->step_deadline = wait ? mono_ms() + wait : 0;
}
