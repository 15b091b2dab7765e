/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gates "seat" and "service" (DESIGN 8): who asks, judged from the
 * kernel's credentials of the socket and from logind, never from what the
 * caller says of itself. Only a root peer's word for its PAM service counts.
 */
#ifndef CNIE_SERVICE_SEAT_H
#define CNIE_SERVICE_SEAT_H

#include <sys/types.h>

#include "base/config.h"
#include "base/wire.h"

struct peer {
	uid_t uid;	/* effective, when it connected (SO_PEERCRED) */
	pid_t pid;
};

struct session {	/* the peer's session as logind knows it */
	bool exists, active, remote, seated;
	uid_t uid;
};

struct seat_place {
	bool attended;	/* greeter or locker: a card lying there will do, an
			 * absent one is awaited, and it pre-empts */
};

/* Ask logind (twins: the stub file). R_ABSENT: logind gives no answer. */
must_check enum result seat_session(const struct peer *peer,
				    struct session *out);

/* The decision, pure. user_uid: the uid of start->user in the roster, or
 * (uid_t)-1 where it is empty or unknown. */
must_check enum reason seat_check(const struct peer *peer,
				  const struct session *session,
				  const struct msg_login_start *start,
				  uid_t user_uid, const struct config *config,
				  struct seat_place *out);

/* May the log name this service? Any program may connect and call itself what
 * it likes: only a configured name, or what root calls itself, is logged. */
bool seat_service_named(const struct peer *peer, const char *service,
			const struct config *config);

#endif
