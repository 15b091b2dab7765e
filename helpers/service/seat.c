// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/seat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-login.h>

#include "base/refuse.h"
#ifdef CNIE_TWIN
#include "sim/seat_stub.h"
#endif

#define LOCAL_SEAT "seat0"

#ifndef CNIE_TWIN
static enum result from_logind(const struct peer *peer, struct session *out)
{
	struct session s = { .exists = true };
	char *id = NULL, *seat = NULL;
	int r;

	if (peer->pid <= 0)	/* of no namespace of ours; 0 means us */
		return R_ABSENT;
	r = sd_pid_get_session(peer->pid, &id);
	/* a locker started by the user's manager belongs to no session: the
	 * session is then the one that user sits in, which must be the active
	 * one as ever; the uid is the kernel's word */
	if (r == -ENODATA && peer->uid != 0)
		r = sd_uid_get_display(peer->uid, &id);
	if (r == -ENODATA || r == -ENXIO) {
		*out = (struct session){ .exists = false };
		return R_OK;
	}
	if (r < 0)
		return R_ABSENT;
	s.active = sd_session_is_active(id) > 0;
	s.remote = sd_session_is_remote(id) != 0; /* an error counts as yes */
	r = sd_session_get_uid(id, &s.uid);
	if (sd_session_get_seat(id, &seat) >= 0)
		s.seated = strcmp(seat, LOCAL_SEAT) == 0;
	free(seat);
	free(id);
	if (r < 0)
		return R_ABSENT;
	*out = s;
	return R_OK;
}
#endif

enum result seat_session(const struct peer *peer, struct session *out)
{
#ifdef CNIE_TWIN
	return seat_stub_session(peer, out);
#else
	return from_logind(peer, out);
#endif
}

bool seat_service_named(const struct peer *peer, const char *service,
			const struct config *config)
{
	static const char file_name[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (config_list_has(config->greeters, service) ||
	    config_list_has(config->lockers, service) ||
	    config_list_has(config->services, service))
		return true;
	return peer->uid == 0 && strspn(service, file_name) == strlen(service);
}

/* A console of this machine: a virtual terminal, an X display, or none named.
 * A serial line or pseudo-terminal has its person elsewhere. */
static bool local_tty(const char *tty)
{
	if (!strncmp(tty, "/dev/", 5))
		tty += 5;
	if (!tty[0] || tty[0] == ':')
		return true;
	return !strncmp(tty, "tty", 3) && tty[3] &&
	       strspn(tty + 3, "0123456789") == strlen(tty + 3);
}

enum reason seat_check(const struct peer *peer, const struct session *session,
		       const struct msg_login_start *start, uid_t user_uid,
		       const struct config *config, struct seat_place *out)
{
	bool greeter = config_list_has(config->greeters, start->service);
	bool locker = config_list_has(config->lockers, start->service);
	struct seat_place place = { .attended = greeter || locker };

	refuse_if(!greeter && !locker &&
		  !config_list_has(config->services, start->service),
		  REASON_SERVICE);
	/* nobody gains by this word of the caller's, so it is believed */
	refuse_if(start->rhost[0] && strcmp(start->rhost, "localhost"),
		  REASON_REMOTE);
	if (!session->exists) {
		/* no session: only a greeter's root process, before login */
		refuse_if(peer->uid != 0, REASON_NOT_SEATED);
		refuse_if(!greeter, REASON_NOT_SEATED);
		refuse_if(!local_tty(start->tty), REASON_NOT_SEATED);
		*out = place;
		return REASON_NONE;
	}
	refuse_if(session->remote, REASON_REMOTE);
	refuse_if(!session->active, REASON_NOT_SEATED);
	refuse_if(!session->seated, REASON_NOT_SEATED);
	if (peer->uid != 0) {
		refuse_if(peer->uid != session->uid, REASON_NOT_SEATED);
		refuse_if(user_uid == (uid_t)-1 || user_uid != peer->uid,
			  REASON_NOT_SELF);
		place.attended = locker;
	}
	*out = place;
	return REASON_NONE;
}
