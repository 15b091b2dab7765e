// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Certificates and CRLs on their way from cnie-inspect, which parsed them, to
 * cniectl, which keeps or shows them: passed on as they came, read by nobody
 * here.
 */
#include <stdlib.h>

#include "base/channel.h"
#include "service/service.h"

#define ITEM_WAIT_MS 3000	/* for an administrator who does not read:
				 * nobody logs in meanwhile */

bool csca_verb(uint8_t verb)
{
	return verb == ADMIN_CSCA_LIST || verb == ADMIN_CSCA_IMPORT;
}

void csca_start(struct txn *t)
{
	bool import = t->request.verb == ADMIN_CSCA_IMPORT;

	/* whose certificates they shall be, the profile says */
	if (import && !t->profile.country[0]) {
		txn_refuse(t, REASON_NOT_CONFIGURED);
		return;
	}
	t->packet = malloc(2 * PACKET_MAX);
	txn_to(t, ST_PROBE);
	if (!t->packet || staff_inspect(t, import ? INSPECT_CSCA_IMPORT :
						    INSPECT_CSCA_LIST) != R_OK)
		txn_refuse(t, REASON_INTERNAL);
}

void on_csca_item(struct txn *t, enum source from, const void *msg)
{
	(void)from;
	if (!csca_verb(t->request.verb)) {
		txn_refuse(t, REASON_HELPER_PROTOCOL);
		return;
	}
	txn_to(t, ST_PROBE);	/* it lives: a fresh deadline */
	/* the second half of the packet: msg still points into the first */
	if (chan_send_large(t->client->fd, MSG_ADMIN_ITEM, msg,
			    sink_of(t->packet + PACKET_MAX, PACKET_MAX),
			    mono_ms() + ITEM_WAIT_MS) != R_OK)
		txn_refuse(t, REASON_CANCELLED);
}

void on_csca_progress(struct txn *t, enum source from, const void *msg)
{
	(void)from;
	if (!csca_verb(t->request.verb)) {
		txn_refuse(t, REASON_HELPER_PROTOCOL);
		return;
	}
	txn_to(t, ST_PROBE);
	if (chan_send(t->client->fd, MSG_ADMIN_PROGRESS, msg) == R_ABSENT)
		txn_refuse(t, REASON_CANCELLED);
}

/* An item of a list that was cut is none: the counts come last. */
void on_csca_done(struct txn *t, enum source from, const void *msg)
{
	const struct msg_inspect_done *m = msg;

	(void)from;
	txn_row(t, "bad\t%u", m->bad);
	txn_row(t, "other_country\t%u", m->other_country);
	txn_done(t, "");
}

void on_csca_fail(struct txn *t, enum source from, const void *msg)
{
	const struct msg_helper_fail *m = msg;
	const struct reason_row *row = reason_row(m->reason);

	txn_refuse(t, from == FROM_INSPECT &&
		   row->id == (enum reason)m->reason && row->id != REASON_NONE ?
		   row->id : REASON_HELPER_PROTOCOL);
}
