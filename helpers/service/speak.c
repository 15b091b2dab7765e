// SPDX-License-Identifier: GPL-3.0-or-later
/* What a transaction says to its client, and the roster it opens. */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/log.h"
#include "base/prefix.h"
#include "roster/view.h"
#include "service/admin.h"
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

/*
 * Rows come in a crowd, and the kernel keeps some seventy for who does not read
 * as fast: the rest is waited for, in all no longer than this. Nobody logs in
 * meanwhile, and who is not root has less of it.
 */
#define GUEST_ROWS_WAIT_MS 500

static enum result send_in_crowd(struct txn *t, enum wire_msg type,
				 const void *m)
{
	int64_t all = t->client->peer.uid == 0 ? ROWS_WAIT_MS :
						 GUEST_ROWS_WAIT_MS;
	int64_t from = mono_ms();
	uint8_t buf[WIRE_MAX];
	enum result r = chan_send_large(t->client->fd, type, m, SINK(buf),
					from + all - t->rows_waited);

	t->rows_waited += mono_ms() - from;
	if (t->rows_waited > all)
		t->rows_waited = all;
	return r;
}

void txn_row(struct txn *t, const char *format, ...)
{
	struct msg_admin_row m = { "" };
	va_list ap;

	va_start(ap, format);
	vsnprintf(m.text, sizeof(m.text), format, ap);
	va_end(ap);
	if (t->state != ST_END &&
	    send_in_crowd(t, MSG_ADMIN_ROW, &m) != R_OK)
		txn_refuse(t, REASON_CANCELLED);
}

void txn_done(struct txn *t, const char *text)
{
	struct msg_admin_done m = { .reason = REASON_NONE };

	snprintf(m.text, sizeof(m.text), "%s", text);
	if (t->state == ST_END)
		return;
	if (send_in_crowd(t, MSG_ADMIN_DONE, &m) != R_OK)
		log_line(LOG_LINE_NOTICE, "the administrator went away");
	txn_succeed(t);
}

/* As the configuration says; where that can't be read, as is safe. */
static uint32_t view_flags(void)
{
	struct config_error e = { "" };
	char path[PREFIX_PATH_MAX];
	struct config c;

	if (prefix_path(PATH_CONFIG, path, sizeof(path)) != R_OK ||
	    config_read(path, &c, &e) != R_OK)
		return 0;
	return c.enumerate ? VIEW_ENUMERATE : 0;
}

enum reason write_view(struct roster *roster)
{
	char path[PREFIX_PATH_MAX];

	if (prefix_path(PATH_VIEW, path, sizeof(path)) != R_OK)
		return REASON_INTERNAL;
	return view_write(roster, path, view_flags()) == REASON_NONE ?
		       REASON_NONE : REASON_VIEW;
}

bool view_current(struct roster *roster)
{
	char path[PREFIX_PATH_MAX];
	struct view_map map = { 0 };
	bool good = false;

	if (prefix_path(PATH_VIEW, path, sizeof(path)) != R_OK ||
	    view_map_file(path, &map) != R_OK)
		return false;
	if (view_is_of(roster, &map.view, view_flags(), &good) != REASON_NONE)
		good = false;
	view_unmap(&map);
	return good;
}

/* A view that is lost, that a change of the configuration or of the roster has
 * overtaken (this was killed between the two, the disk was full), or that an
 * old copy brought back: written anew, so that a restart of the service is all
 * the cure it needs. */
void refresh_view(void)
{
	char path[PREFIX_PATH_MAX];
	struct roster *roster = NULL;

	if (prefix_path(PATH_ROSTER, path, sizeof(path)) != R_OK ||
	    access(path, F_OK))
		return;		/* nobody is enrolled here */
	if (roster_open(path, &roster) != REASON_NONE ||
	    (!view_current(roster) && write_view(roster) != REASON_NONE))
		log_line(LOG_LINE_ERR, "the name service's view can't be written: cniectl doctor");
	roster_close(&roster);
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
