/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cnied's sockets, clients and the one transaction; the loop is in main.c.
 */
#ifndef CNIE_SERVICE_SERVICE_H
#define CNIE_SERVICE_SERVICE_H

#include "service/txn.h"

#define CLIENTS_MAX 32		/* a seat has one login; lockers poll a few */
#define CLIENTS_PER_UID 2	/* of an unprivileged uid */

struct service {
	int login_fd, admin_fd;
	bool activated;		/* by systemd: exits when idle */
	bool stop;
	struct client clients[CLIENTS_MAX];
	struct txn *txn;	/* NULL: the seat is free */
	struct bulk *bulk;	/* NULL: no transfer goes on */
	struct morgue morgue;
	int64_t last_used;
	int64_t gate_event_at;	/* the last refusal of a stranger that was logged */
	int64_t config_said_at;	/* when a wrong configuration was logged */
	int64_t not_before;	/* no login till then: one was not counted */
};

/* Take a connection from a listener; refused where there are too many of
 * that uid, or one at admin.sock is not root's. false: none waits. */
bool client_accept(struct service *s, int listener, bool admin);
/* Its first message is there: it begins a transaction, or is closed. */
void client_first_message(struct service *s, struct client *c);
void client_close(struct client *c);
/* Answer one connection that is refused before it has a transaction. */
void client_refuse(struct client *c, enum reason why, uint32_t delay_s);

#endif
