/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every conversation with cnied shares: show its sentences, ask its
 * questions, and say how it ended and what to do.
 */
#ifndef CNIE_CTL_TALK_H
#define CNIE_CTL_TALK_H

#include "ctl/client.h"
#include "ctl/ctl.h"

/* Handlers for struct client. */
enum result talk_info(void *ctx, const struct msg_login_info *m);
enum result talk_ask(void *ctx, int watch, const struct msg_login_ask *m,
		     struct msg_login_answer *out);

/* What a program that did call setlocale would choose, or NULL. */
const char *talk_language(void);

/* Complain where r or done is a failure. An enum ctl_exit. */
int talk_result(enum result r, const struct msg_admin_done *done);

/* A request about one account, no conversation but this. CTL_DONE says
 * nothing. */
int talk_account(enum admin_verb verb, const char *account,
		 const struct client *client);

/* Set request->account. CTL_USAGE where it can't be an account's name. */
int talk_name(struct msg_admin_request *request, const char *name);
/* One that an account or group is to have: CTL_USAGE, with the rule, where the
 * name service may not answer it. */
int talk_new_name(const char *name);

#endif
