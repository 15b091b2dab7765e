/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One request to cnied over admin.sock and the conversation that follows.
 * The socket is trusted only where its other end is uid 0.
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
};

/* R_ABSENT: nobody listens there. R_DENIED: not allowed to connect, or the
 * other end is not root. The caller closes. */
must_check enum result client_connect(int *out);

/*
 * R_OK: *done is cnied's last word. R_ABSENT, R_DENIED: as above; R_ABSENT
 * also where cnied went away without a last word. R_TIMEOUT: silent for
 * CLIENT_SILENCE_MS. R_MALFORMED: another version, or not permitted.
 */
#define CLIENT_SILENCE_MS (300 * 1000)	/* cnied's own deadlines are shorter */

must_check enum result client_run(const struct msg_admin_request *request,
				  const struct client *client,
				  struct msg_admin_done *done);

#endif
