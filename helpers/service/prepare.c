// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Before a transaction may begin: the configuration, the clock, and the
 * gates "seat" and "service". What costs little and needs no roster comes
 * first: anybody may connect to login.sock.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/log.h"
#include "base/prefix.h"
#include "base/refuse.h"
#include "service/service.h"
#include "service/throttle.h"

#define CONFIG_SAID_MS 60000
#define CLOCK_SLACK_S 86400	/* a wrong time zone is no attack */

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

/* -- the clock ---------------------------------------------------------------- */

static bool written_by(const char *name, time_t latest)
{
	char path[PREFIX_PATH_MAX];
	struct stat st;

	return prefix_path(name, path, sizeof(path)) != R_OK ||
	       stat(path, &st) || st.st_mtime <= latest;
}

/* A clock that was set back gives expired cards, accounts and authorisations
 * their force again; one that stands before what we wrote ourselves was. */
static enum reason read_clock(struct txn *t)
{
	time_t now = time(NULL);
	struct tm tm;

	if (now <= 0 || !gmtime_r(&now, &tm))
		return REASON_CLOCK;
	refuse_if(!written_by(PATH_ROSTER, now + CLOCK_SLACK_S), REASON_CLOCK);
	refuse_if(!written_by(PATH_VIEW, now + CLOCK_SLACK_S), REASON_CLOCK);
	t->now = (uint64_t)now;
	t->today = (uint32_t)((tm.tm_year + 1900) * 10000 +
			      (tm.tm_mon + 1) * 100 + tm.tm_mday);
	return REASON_NONE;
}

/* -- the gates ------------------------------------------------------------------ */

/* The uid that the roster gives the person asked for; -1 none. */
static enum reason asked_uid(struct txn *t, uid_t *out)
{
	struct roster_account a;
	struct roster *roster;

	*out = (uid_t)-1;
	if (!t->start.user[0] || t->client->peer.uid == 0)
		return REASON_NONE;	/* root asks for anybody */
	roster = txn_roster(t);
	if (!roster)
		return REASON_ROSTER;
	if (roster_show(roster, t->start.user, &a) == REASON_NONE)
		*out = a.uid;
	roster_close(&roster);
	return REASON_NONE;
}

static enum reason not_too_often(struct txn *t)
{
	uint32_t delay;

	if (throttle_delay(THROTTLE_SEAT, &delay) != R_OK)
		return REASON_INTERNAL;
	refuse_if(delay > 0, REASON_THROTTLED);
	refuse_if(mono_ms() < t->service->not_before, REASON_THROTTLED);
	return REASON_NONE;
}

/* Whoever sits at the machine may ask what is held about the person whose
 * card they put in: no session is opened by it, and no service named. */
static enum reason gate_my_data(struct txn *t)
{
	struct session session;

	if (seat_session(&t->client->peer, &session) != R_OK)
		return REASON_NOT_SEATED;
	refuse_if(session.remote, REASON_REMOTE);
	refuse_if(!session.exists || !session.active || !session.seated,
		  REASON_NOT_SEATED);
	refuse_if(t->client->peer.uid != 0 &&
		  t->client->peer.uid != session.uid, REASON_NOT_SEATED);
	return not_too_often(t);
}

static enum reason gates(struct txn *t)
{
	const struct peer *peer = &t->client->peer;
	struct session session;
	enum reason why;
	uid_t user;

	if (t->purpose == FOR_MY_DATA)
		return gate_my_data(t);
	if (t->purpose != FOR_LOGIN)
		return REASON_NONE;	/* admin.sock is root's alone */
	if (seat_session(peer, &session) != R_OK)
		return REASON_NOT_SEATED;
	/* first as if they asked for themselves: only who passes that may
	 * make us open the roster */
	why = seat_check(peer, &session, &t->start, peer->uid, &t->config,
			 &t->place);
	if (why == REASON_NONE)
		why = asked_uid(t, &user);
	if (why == REASON_NONE)
		why = seat_check(peer, &session, &t->start, user, &t->config,
				 &t->place);
	return why == REASON_NONE ? not_too_often(t) : why;
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
	case FOR_REBIND:
		return EVENT_REBIND;
	case FOR_MY_DATA:
		return EVENT_MY_DATA;
	case FOR_CODE:
	case FOR_PROBE:
		break;
	}
	return EVENT_ADMIN;
}

/* Once a minute: anybody may ask for it again and again. */
static void say_config(struct service *s, const struct config_error *e)
{
	int64_t now = mono_ms();

	if (s->config_said_at && now < s->config_said_at + CONFIG_SAID_MS)
		return;
	s->config_said_at = now;
	log_line(LOG_LINE_ERR, "%s: run cniectl doctor", e->text);
}

enum reason prepare(struct txn *t)
{
	struct config_error e = { "" };
	enum result r = read_files(t, &e);
	enum reason clock = read_clock(t);

	t->event.kind = event_kind(t->purpose);
	snprintf(t->event.service, sizeof(t->event.service), "%s",
		 seat_service_named(&t->client->peer, t->start.service,
				    &t->config) ? t->start.service : "-");
	if (r != R_OK && t->purpose != FOR_PROBE) {
		say_config(t->service, &e);
		return REASON_NOT_CONFIGURED;
	}
	if (t->purpose == FOR_LOGIN || t->purpose == FOR_ENROL ||
	    t->purpose == FOR_REBIND || t->purpose == FOR_MY_DATA) {
		if (clock != REASON_NONE)
			return clock;
		read_authorisation(t);
	}
	if (t->purpose == FOR_PROBE)	/* is no camera a failure here? */
		read_authorisation(t);
	return gates(t);
}
