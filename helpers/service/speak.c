// SPDX-License-Identifier: GPL-3.0-or-later
/* What a transaction says to its client, and the roster it opens. */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/channel.h"
#include "base/log.h"
#include "base/prefix.h"
#include "roster/view.h"
#include "service/txn.h"

void txn_info(struct txn *t, enum msg msg, const char *arg)
{
	struct msg_login_info m = { .msg = (uint16_t)msg };

	snprintf(m.arg, sizeof(m.arg), "%s", arg ? arg : "");
	if (t->state != ST_END &&
	    chan_send(t->client->fd, MSG_LOGIN_INFO, &m) != R_OK)
		txn_refuse(t, REASON_CANCELLED);
}

void txn_ask(struct txn *t, enum msg msg)
{
	struct msg_login_ask m = {
		/* both are printed on the card */
		.msg = (uint16_t)msg,
		.echo = msg == MSG_ASK_CAN || msg == MSG_ASK_MRZ,
	};

	if (t->state != ST_END &&
	    chan_send(t->client->fd, MSG_LOGIN_ASK, &m) != R_OK)
		txn_refuse(t, REASON_CANCELLED);
}

void txn_row(struct txn *t, const char *format, ...)
{
	struct msg_admin_row m = { "" };
	va_list ap;

	va_start(ap, format);
	vsnprintf(m.text, sizeof(m.text), format, ap);
	va_end(ap);
	if (t->state != ST_END &&
	    chan_send(t->client->fd, MSG_ADMIN_ROW, &m) != R_OK)
		txn_refuse(t, REASON_CANCELLED);
}

void txn_done(struct txn *t, const char *text)
{
	struct msg_admin_done m = { .reason = REASON_NONE };

	snprintf(m.text, sizeof(m.text), "%s", text);
	if (t->state == ST_END)
		return;
	if (chan_send(t->client->fd, MSG_ADMIN_DONE, &m) != R_OK)
		log_line(LOG_LINE_NOTICE, "the administrator went away");
	txn_succeed(t);
}

enum reason write_view(struct roster *roster)
{
	char path[PREFIX_PATH_MAX];

	if (prefix_path(PATH_VIEW, path, sizeof(path)) != R_OK)
		return REASON_INTERNAL;
	return view_write(roster, path, (uint64_t)time(NULL));
}

struct roster *txn_roster(struct txn *t)
{
	char path[PREFIX_PATH_MAX];
	struct roster *r = NULL;

	if (prefix_path(PATH_ROSTER, path, sizeof(path)) != R_OK ||
	    roster_open(path, &r) != REASON_NONE) {
		txn_refuse(t, REASON_ROSTER);
		return NULL;
	}
	return r;
}
