/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One request to cnied over admin.sock, or a person's over login.sock, and the
 * conversation that follows. A socket is trusted only where its other end is
 * uid 0.
 */
#ifndef CNIE_CTL_CLIENT_H
#define CNIE_CTL_CLIENT_H

#include "base/wire.h"

/*
 * What a subcommand is ready to hear. A message whose handler is NULL is not
 * permitted and ends the conversation, as does a handler that is not R_OK.
 * ask: fill *out, which lies in a locked page and is wiped after; R_BUSY
 * where `watch` became readable before the person had answered: the question
 * is put again unless the conversation ends there.
 */
struct client {
	void *ctx;
	enum result (*row)(void *ctx, const char *text);
	enum result (*stage)(void *ctx, const struct msg_inspect_stage *m);
	enum result (*facts)(void *ctx, const struct msg_inspect_facts *m);
	enum result (*info)(void *ctx, const struct msg_login_info *m);
	/* m->der is gone after the call */
	enum result (*item)(void *ctx, const struct msg_item *m);
	enum result (*progress)(void *ctx, const struct msg_progress *m);
	enum result (*ask)(void *ctx, int watch, const struct msg_login_ask *m,
			   struct msg_login_answer *out);
	/* a transfer from cnied; m->bytes are gone after the call */
	enum result (*bulk)(void *ctx, const struct msg_bulk *m);
	/* a transfer to cnied: its next packet, of CLIENT_BULK_MAX bytes at
	 * most, which stay till the next call; none after one with `last` */
	enum result (*more)(void *ctx, struct msg_bulk *out);
	enum result (*candidate)(void *ctx, const struct msg_candidate *m,
				 struct msg_verdict *out);
};

#define CLIENT_BULK_MAX (WIRE_BULK_MAX - 16)	/* its header, and a byte by
						 * which a whole packet is told */

/*
 * R_OK: *done is cnied's last word. R_ABSENT: nobody listens there, or cnied
 * went away without a last word. R_DENIED: not allowed to connect, or the
 * other end is not root. R_TIMEOUT: silent for CLIENT_SILENCE_MS. R_MALFORMED:
 * another version, or not permitted. Else what a handler answered.
 */
/* cnied's own deadlines are shorter: 600 s, as cnie.conf has them at most */
#define CLIENT_SILENCE_MS (660 * 1000)

must_check enum result client_run(const struct msg_admin_request *request,
				  const struct client *client,
				  struct msg_admin_done *done);

/* What is held about whoever shows their card now: rows, as any user. */
must_check enum result client_my_data(const struct client *client,
				      struct msg_admin_done *done);

#endif
