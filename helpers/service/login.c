// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The login as a table: in which state, from whom, which message, what then.
 *
 * MUST: a message that matches no row ends the transaction with a refusal.
 * MUST: GRANT is sent by commit() alone, after the roster transaction and the
 * event. MUST: every way out of here ends all helpers and wipes the secrets.
 */
#include "service/txn.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/log.h"
#include "base/prefix.h"
#include "base/secret.h"
#include "service/service.h"
#include "service/throttle.h"

#define READING (ST_ASK_CAN | ST_READ)
#define RUNNING (ST_WAIT_CARD | READING | ST_FACE | ST_ASK_CODE | ST_NEW_CODE | \
		 ST_NEW_CODE_AGAIN)
#define HELPERS (1u << FROM_CARD | 1u << FROM_INSPECT | 1u << FROM_FACE | \
		 1u << FROM_SECTOR)
#define BY(source) (1u << (source))

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
	{ ST_READ,        BY(FROM_INSPECT), MSG_INSPECT_STAGE, on_stage },
	{ ST_READ,        BY(FROM_INSPECT), MSG_INSPECT_FACTS, on_facts },
	{ ST_READ,        BY(FROM_SECTOR),  MSG_SECTOR_TAGS,   on_tags },
	{ ST_READ,        BY(FROM_INSPECT), MSG_INSPECT_DONE,  on_inspect_done },
	{ ST_READ | ST_FACE, BY(FROM_FACE), MSG_FACE_ANSWER,   on_face },
	{ ST_ASK_CODE,    BY(FROM_CLIENT),  MSG_LOGIN_ANSWER,  on_code },
	{ ST_NEW_CODE,    BY(FROM_CLIENT),  MSG_LOGIN_ANSWER,  on_new_code },
	{ ST_NEW_CODE_AGAIN, BY(FROM_CLIENT), MSG_LOGIN_ANSWER,
	  on_new_code_again },
	{ RUNNING,        HELPERS,          MSG_HELPER_FAIL,   on_helper_fail },

	{ ST_PROBE,       HELPERS,          MSG_HELPER_READY,  on_probe_ready },
	{ ST_PROBE,       HELPERS,          MSG_HELPER_FAIL,   on_probe_fail },
	{ ST_PROBE,       BY(FROM_CARD),    MSG_CARD_STATE,    on_probe_card },
	{ ST_PROBE,       BY(FROM_INSPECT), MSG_INSPECT_DONE,  on_probe_done },
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
	struct msg_login_answer answer;
};

static void dispatch(struct txn *t, enum source from, struct span in)
{
	unsigned int type = wire_type(in);

	for (size_t i = 0; i < sizeof(permitted) / sizeof(permitted[0]); i++) {
		union any_message m;

		if (permitted[i].type != type || !(permitted[i].at & t->state) ||
		    !(permitted[i].from & BY(from)))
			continue;
		if (from == FROM_CLIENT) {	/* may hold a secret */
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
	txn_refuse(t, from == FROM_CLIENT ? REASON_PROTOCOL :
					    REASON_HELPER_PROTOCOL);
}

void txn_message(struct txn *t, enum source from)
{
	int fd = from == FROM_CLIENT ? t->client->fd :
				       crew_fd(&t->crew, (enum helper_kind)from);
	uint8_t *buf = t->secrets->in;
	struct span in = { 0 };
	enum result r = chan_recv(fd, buf, sizeof(t->secrets->in), 0, &in);

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

static enum result read_files(struct txn *t, struct config_error *e)
{
	char path[PREFIX_PATH_MAX], name[128];
	enum result r = prefix_path(PATH_CONFIG, path, sizeof(path));

	if (r == R_OK)
		r = config_read(path, &t->config, e);
	if (r != R_OK)
		return r;
	snprintf(name, sizeof(name), PATH_PROFILE_DIR "/%s.conf",
		 t->config.profile);
	r = prefix_path(name, path, sizeof(path));
	if (r == R_OK && t->request.profile[0])
		snprintf(path, sizeof(path), "%.255s", t->request.profile);
	if (r == R_OK)
		r = config_read_profile(path, &t->profile, e);
	snprintf(t->profile.profile, sizeof(t->profile.profile), "%s",
		 t->config.profile);
	return r;
}

/* Absent or out of force is not an error: the code serves then. */
static void read_authorisation(struct txn *t)
{
	char path[PREFIX_PATH_MAX], host[HOST_NAME_MAX + 1] = "";
	struct config_error e;
	enum result r = prefix_path(PATH_AUTHORISATION, path, sizeof(path));

	if (r == R_OK)
		r = config_read_authorisation(path, &t->authorisation, &e);
	if (r != R_OK && r != R_ABSENT)
		log_line(LOG_LINE_WARN, "%s: the face is off", e.text);
	if (r != R_OK || gethostname(host, sizeof(host) - 1))
		return;
	t->assurance = policy_assurance(&t->authorisation, t->today, host);
}

static uint32_t today_utc(void)
{
	time_t now = time(NULL);
	struct tm tm;

	if (!gmtime_r(&now, &tm))
		return 0;
	return (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 +
			  tm.tm_mday);
}

static enum reason gates(struct txn *t)
{
	struct session session;
	struct roster_account a;
	struct roster *roster;
	uid_t user = (uid_t)-1;
	uint32_t delay;

	if (t->purpose != FOR_LOGIN)
		return REASON_NONE;	/* admin.sock is root's alone */
	if (t->start.user[0] && t->client->peer.uid != 0) {
		roster = txn_roster(t);
		if (!roster)
			return REASON_ROSTER;
		if (roster_show(roster, t->start.user, &a) == REASON_NONE)
			user = a.uid;
		roster_close(&roster);
	}
	if (seat_session(&t->client->peer, &session) != R_OK)
		return REASON_NOT_SEATED;
	enum reason why = seat_check(&t->client->peer, &session, &t->start,
				     user, &t->config, &t->place);
	if (why != REASON_NONE)
		return why;
	if (throttle_delay(THROTTLE_SEAT, &delay) != R_OK)
		return REASON_INTERNAL;
	return delay ? REASON_THROTTLED : REASON_NONE;
}

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
	t->today = today_utc();
	t->started = mono_ms();
	crew_init(&t->crew);
	return t;
}

/* A greeter or locker of root takes the seat from whoever has it. */
static enum reason take_seat(struct service *s, struct txn *t)
{
	if (!s->txn)
		return REASON_NONE;
	if (t->purpose != FOR_LOGIN || !t->place.attended ||
	    t->client->peer.uid != 0)
		return REASON_SEAT_BUSY;
	if (s->txn->purpose == FOR_LOGIN && s->txn->place.attended &&
	    s->txn->client->peer.uid == 0)
		return REASON_SEAT_BUSY;	/* two greeters: the first one */
	txn_refuse(s->txn, REASON_PREEMPTED);
	txn_free(&s->txn);
	t->event.preempted = 1;
	return REASON_NONE;
}

static enum event_kind event_kind(enum purpose p)
{
	switch (p) {
	case FOR_LOGIN:
		return EVENT_LOGIN;
	case FOR_ENROL:
		return EVENT_ENROL;
	case FOR_INSPECT:
		return EVENT_INSPECT;
	case FOR_CODE:
	case FOR_PROBE:
		break;
	}
	return EVENT_ADMIN;
}

static enum reason prepare(struct txn *t)
{
	struct config_error e = { "" };
	enum result r = read_files(t, &e);

	t->event.kind = event_kind(t->purpose);
	snprintf(t->event.service, sizeof(t->event.service), "%s",
		 t->start.service);
	if (r != R_OK && t->purpose != FOR_PROBE) {
		log_line(LOG_LINE_ERR, "%s: run cniectl doctor", e.text);
		return REASON_NOT_CONFIGURED;
	}
	if (t->purpose == FOR_LOGIN || t->purpose == FOR_ENROL)
		read_authorisation(t);
	return gates(t);
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
		txn_refuse(t, why);
		txn_free(&t);
		return;
	}
	s->txn = t;
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
	client_close(t->client);
	t->client = NULL;
}

/* A failure counts for the account once its card was proven, else for the
 * seat; what is only absent or unavailable counts for nobody. */
static void count_failure(struct txn *t, enum reason why)
{
	bool face = why == REASON_WRONG_FACE || why == REASON_ATTACK;
	uint32_t whose = t->proven.account ? t->account.uid : THROTTLE_SEAT;

	if (t->purpose != FOR_LOGIN || reason_row(why)->result != R_DENIED ||
	    t->state == ST_END || !t->card_seen)
		return;
	if (throttle_failed(whose, face) != R_OK)
		log_line(LOG_LINE_ERR, "the throttle state can't be written");
}

static uint32_t delay_of(struct txn *t)
{
	uint32_t s = 0;

	if (throttle_delay(t->proven.account ? t->account.uid : THROTTLE_SEAT,
			   &s) != R_OK)
		s = 1;
	return s;
}

void txn_refuse(struct txn *t, enum reason why)
{
	if (t->state == ST_END)
		return;
	count_failure(t, why);		/* written before the answer */
	if (t->client->admin) {
		struct msg_admin_done m = { .reason = (uint16_t)why };

		snprintf(m.text, sizeof(m.text), "%s", reason_row(why)->text);
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
		txn_refuse(t, t->number_released && !t->fate_told ?
			      REASON_HELPER_TIMEOUT : REASON_CARD_SILENT);
		break;
	case ST_PROBE:
		probe_expired(t);
		break;
	case ST_ASK_CAN:
	case ST_FACE:
	case ST_ASK_CODE:
	case ST_NEW_CODE:
	case ST_NEW_CODE_AGAIN:
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
	case ST_FACE:
	case ST_PROBE:
		wait = (t->config.helper_s ? : 15) * 1000LL;
		break;
	case ST_ASK_CAN:
	case ST_ASK_CODE:
	case ST_NEW_CODE:
	case ST_NEW_CODE_AGAIN:
	case ST_END:
		break;		/* the person may take the whole deadline */
	}
	t->state = state;
	t->step_deadline = wait ? mono_ms() + wait : 0;
}
