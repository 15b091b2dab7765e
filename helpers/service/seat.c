// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/seat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-login.h>

#ifdef CNIE_TWIN
#include "sim/seat_stub.h"
#endif

#define LOCAL_SEAT "seat0"

#ifndef CNIE_TWIN
static enum result from_logind(const struct peer *peer, struct session *out)
{
	struct session s = { .exists = true };
	char *id = NULL, *seat = NULL;
	int r = sd_pid_get_session(peer->pid, &id);

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

enum reason seat_check(const struct peer *peer, const struct session *session,
		       const struct msg_login_start *start, uid_t user_uid,
		       const struct config *config, struct seat_place *out)
{
	bool greeter = config_list_has(config->greeters, start->service);
	bool locker = config_list_has(config->lockers, start->service);
	struct seat_place place = { .attended = greeter || locker };

	if (!greeter && !locker &&
	    !config_list_has(config->services, start->service))
		return REASON_SERVICE;
	if (!session->exists) {
		/* no session: only a greeter's root process, before login */
		if (peer->uid != 0 || !greeter)
			return REASON_NOT_SEATED;
		*out = place;
		return REASON_NONE;
	}
	if (session->remote)
		return REASON_REMOTE;
	if (!session->active || !session->seated)
		return REASON_NOT_SEATED;
	if (peer->uid != 0) {
		if (peer->uid != session->uid)
			return REASON_NOT_SEATED;
		if (user_uid == (uid_t)-1 || user_uid != peer->uid)
			return REASON_NOT_SELF;
		place.attended = locker;
	}
	*out = place;
	return REASON_NONE;
}
