/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What takes many packets: the list of accounts, a roster that goes or comes.
 * One at a time, beside the login that may be going on: a packet is served
 * whenever the client's socket is ready, so nobody waits for a million rows.
 */
#ifndef CNIE_SERVICE_BULK_H
#define CNIE_SERVICE_BULK_H

#include "service/service.h"

/* The client is answered (REASON_ROSTER_BUSY where another transfer goes on),
 * or is the transfer's until its end. */
void bulk_start(struct service *s, struct client *c,
		const struct msg_admin_request *m, const char *name);
bool bulk_of(const struct service *s, const struct client *c);
short bulk_events(const struct service *s);	/* for poll(2) */
int64_t bulk_deadline(const struct service *s);	/* INT64_MAX none */
void bulk_ready(struct service *s);		/* its client is */
void bulk_expire(struct service *s);
void bulk_cancel(struct service *s);		/* cnied ends */

#endif
