/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What admin.sock's verbs share. */
#ifndef CNIE_SERVICE_ADMIN_H
#define CNIE_SERVICE_ADMIN_H

#include "service/service.h"

#define ROWS_WAIT_MS 3000	/* for an administrator who does not read:
				 * nobody logs in meanwhile */

struct ask {
	struct client *client;
	const struct msg_admin_request *m;
	int64_t deadline;	/* of all its rows together */
	bool gone;		/* a row could not be said */
	char detail[257];	/* of a refusal, for its last word; "" none */
};

/* A verb that the roster answers at once. */
typedef enum reason admin_handler(struct ask *ask, struct roster *roster);

void ask_row(struct ask *ask, const struct msg_admin_row *row);
/* The last word; the connection is closed. */
void admin_answer(struct client *c, enum reason why, const char *text);
/* The row of `account list`: tab-separated, as cniectl's account.c reads it. */
void admin_account_row(struct roster *roster, const struct roster_account *a,
		       struct msg_admin_row *out);

/* people.c */
admin_handler do_rename, do_move, do_pass, do_pass_end, do_group_list,
	do_group_put, do_group_join, do_group_leave;

#endif
