/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One authentication as cnied leads it: connect, START, then whatever the
 * table of login.c allows, until GRANT or REFUSE.
 *
 * MUST: the peer is root, by the socket's owner and by SO_PEERCRED.
 * MUST: nothing is believed before GRANT; a closed channel is no grant.
 * MUST: an answer goes to cnied once and is wiped; for the CAN only six
 * digits go at all (a password typed there stays here).
 * MUST: every wait on the socket ends with the deadline; no signal, thread,
 * stdio or static state of the host is used.
 */
#ifndef CNIE_PAM_LOGIN_H
#define CNIE_PAM_LOGIN_H

#include "base/wire.h"
#include "options.h"

struct login_end {
	enum result result;	/* R_OK: granted, and only that */
	struct msg_login_grant grant;
	enum msg msg;		/* what to tell the person; MSG_NONE nothing */
	const char *code;	/* "C10" or "" */
	const char *log;	/* what to log; NULL nothing */
	uint32_t delay_s;
};

/* user "": the card says who it is. The grant's name and uid are cnied's
 * word alone; the caller checks them. */
void login_run(pam_handle_t *pamh, const struct options *o, const char *user,
	       struct login_end *end);

/*
 * Has systemd start cnied, where it does not run: it writes a view that is
 * damaged anew before it answers anybody. False: nobody listens.
 */
bool login_wake(void);

/* The end that this reason makes. */
struct login_end login_refused(enum reason reason);

#endif
