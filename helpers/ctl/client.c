// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/prefix.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"

/* The largest is an item that carries a CRL. */
#define PACKET_MAX (WIRE_PORTRAIT_MAX + 1024)

static enum result peer_is_root(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) ||
	    n != sizeof(peer))
		return R_INTERNAL;
	refuse_if(peer.uid != 0, R_DENIED);
	return R_OK;
}

/* The caller closes. */
static enum result connect_to(const char *path, int *out)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	scoped(close_fd) int fd = -1;
	enum result r = prefix_path(path, to.sun_path, sizeof(to.sun_path));

	if (r != R_OK)
		return r;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return R_INTERNAL;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)))
		return errno == EACCES || errno == EPERM ? R_DENIED : R_ABSENT;
	r = peer_is_root(fd);
	if (r != R_OK)
		return r;
	*out = fd;
	fd = -1;
	return R_OK;
}

/* The state of one conversation. */
struct talk {
	int fd;
	const struct client *client;
	struct msg_admin_done *done;
	struct msg_login_ask pending;	/* asked, not yet answered */
	bool asked, ended;
	bool giving;			/* a transfer to cnied goes on */
	bool owed;			/* not all of it was sent */
	struct msg_login_answer *answer; /* in a locked page */
};

static enum result on_row(struct talk *t, const void *m)
{
	const struct msg_admin_row *row = m;

	return t->client->row ? t->client->row(t->client->ctx, row->text) :
				R_MALFORMED;
}

static enum result on_stage(struct talk *t, const void *m)
{
	return t->client->stage ? t->client->stage(t->client->ctx, m) :
				  R_MALFORMED;
}

static enum result on_facts(struct talk *t, const void *m)
{
	return t->client->facts ? t->client->facts(t->client->ctx, m) :
				  R_MALFORMED;
}

static enum result on_info(struct talk *t, const void *m)
{
	return t->client->info ? t->client->info(t->client->ctx, m) :
				 R_MALFORMED;
}

static enum result on_item(struct talk *t, const void *m)
{
	return t->client->item ? t->client->item(t->client->ctx, m) :
				 R_MALFORMED;
}

static enum result on_progress(struct talk *t, const void *m)
{
	return t->client->progress ?
		       t->client->progress(t->client->ctx, m) :
		       R_MALFORMED;
}

static enum result on_ask(struct talk *t, const void *m)
{
	if (!t->client->ask || t->asked)
		return R_MALFORMED;
	t->pending = *(const struct msg_login_ask *)m;
	t->asked = true;
	return R_OK;
}

static enum result on_bulk(struct talk *t, const void *m)
{
	return t->client->bulk ? t->client->bulk(t->client->ctx, m) :
				 R_MALFORMED;
}

static enum result on_candidate(struct talk *t, const void *m)
{
	struct msg_verdict verdict = { .verdict = VERDICT_SILENT };
	enum result r = t->client->candidate ?
		t->client->candidate(t->client->ctx, m, &verdict) : R_MALFORMED;

	if (r == R_OK)
		r = chan_send(t->fd, MSG_ADMIN_VERDICT, &verdict);
	/* cnied's last word may still be here */
	return r == R_ABSENT ? R_OK : r;
}

/* Instead of a last word: too many connections, or no login. */
static enum result on_refuse(struct talk *t, const void *m)
{
	const struct msg_login_refuse *refuse = m;

	*t->done = (struct msg_admin_done){ .reason = refuse->reason };
	if (refuse->delay_s)
		snprintf(t->done->text, sizeof(t->done->text),
			 "wait %u seconds, then try again", refuse->delay_s);
	t->ended = true;
	return refuse->reason == REASON_NONE ? R_MALFORMED : R_OK;
}

static enum result on_done(struct talk *t, const void *m)
{
	const struct msg_admin_done *done = m;

	/* what was not given whole can't have been taken */
	refuse_if(t->owed && done->reason == REASON_NONE, R_MALFORMED);
	*t->done = *done;
	t->ended = true;
	return R_OK;
}

/* Everything cnied may say here. */
static const struct {
	enum wire_msg type;
	enum result (*run)(struct talk *t, const void *m);
} permitted[] = {
	{ MSG_ADMIN_ROW, on_row },
	{ MSG_ADMIN_ITEM, on_item },
	{ MSG_ADMIN_PROGRESS, on_progress },
	{ MSG_INSPECT_STAGE, on_stage },
	{ MSG_INSPECT_FACTS, on_facts },
	{ MSG_LOGIN_INFO, on_info },
	{ MSG_LOGIN_ASK, on_ask },
	{ MSG_ADMIN_BULK, on_bulk },
	{ MSG_ADMIN_CANDIDATE, on_candidate },
	{ MSG_LOGIN_REFUSE, on_refuse },
	{ MSG_ADMIN_DONE, on_done },
};

static enum result listen_once(struct talk *t)
{
	uint8_t buf[PACKET_MAX];
	union {
		struct msg_admin_row row;
		struct msg_item item;
		struct msg_progress progress;
		struct msg_inspect_stage stage;
		struct msg_inspect_facts facts;
		struct msg_login_info info;
		struct msg_login_ask ask;
		struct msg_bulk bulk;
		struct msg_candidate candidate;
		struct msg_login_refuse refuse;
		struct msg_admin_done done;
	} m;
	struct span in = { 0 };
	enum result r = chan_recv(t->fd, buf, sizeof(buf),
				  mono_ms() + CLIENT_SILENCE_MS, &in);
	size_t i = 0, n = sizeof(permitted) / sizeof(permitted[0]);

	if (r != R_OK)
		return r;
	while (i < n && permitted[i].type != wire_type(in))
		i++;
	r = i < n ? wire_get(in, permitted[i].type, &m) : R_MALFORMED;
	if (r == R_OK)
		r = permitted[i].run(t, &m);
	secret_wipe(buf, in.n);		/* a row may hold a code of the day */
	secret_wipe(&m, sizeof(m));
	return r;
}

static enum result give_next(struct talk *t)
{
	uint8_t buf[WIRE_BULK_MAX];
	struct msg_bulk m = { 0 };
	enum result r = t->client->more(t->client->ctx, &m);

	if (r != R_OK)
		return r;
	t->giving = !m.last;
	r = chan_send_large(t->fd, MSG_ADMIN_BULK, &m, SINK(buf),
			    mono_ms() + CLIENT_SILENCE_MS);
	if (r == R_OK)
		t->owed = !m.last;
	if (r != R_ABSENT)
		return r;
	t->giving = false;	/* cnied's last word may still be here */
	return R_OK;
}

/* cnied reads a packet now and then, and may say no before the last one. */
static enum result give(struct talk *t)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN | POLLOUT };
	int n = poll(&p, 1, CLIENT_SILENCE_MS);

	if (n < 0)
		return errno == EINTR ? R_OK : R_INTERNAL;
	if (n == 0)
		return R_TIMEOUT;
	return p.revents & (POLLIN | POLLHUP) ? listen_once(t) : give_next(t);
}

/* Put the question; the answer leaves this process at once. */
static enum result answer(struct talk *t)
{
	enum result r = t->client->ask(t->client->ctx, t->fd, &t->pending,
				       t->answer);

	if (r == R_BUSY)
		return R_OK;
	if (r == R_OK) {
		t->asked = false;
		r = chan_send(t->fd, MSG_LOGIN_ANSWER, t->answer);
		if (r == R_ABSENT)	/* cnied's last word may still be here */
			r = R_OK;
	}
	secret_wipe(t->answer, sizeof(*t->answer));
	return r;
}

/* From the first message to the last word. */
static enum result converse(const char *path, enum wire_msg type,
			    const void *request, const struct client *client,
			    struct msg_admin_done *done)
{
	scoped(secret_page_free) void *page = NULL;
	scoped(close_fd) int fd = -1;
	struct talk t = { .client = client, .done = done,
			  .giving = client->more != NULL,
			  .owed = client->more != NULL };
	enum result r = connect_to(path, &fd);

	if (r == R_OK && client->ask)
		r = secret_page_new(&page);
	if (r == R_OK)
		r = chan_send(fd, type, request);
	t.fd = fd;
	t.answer = page;
	while (r == R_OK && !t.ended) {
		if (t.asked)
			r = answer(&t);
		if (r == R_OK)
			r = t.giving ? give(&t) : listen_once(&t);
	}
	return r;
}

enum result client_run(const struct msg_admin_request *request,
		       const struct client *client,
		       struct msg_admin_done *done)
{
	return converse(PATH_ADMIN_SOCK, MSG_ADMIN_REQUEST, request, client,
			done);
}

enum result client_my_data(const struct client *client,
			   struct msg_admin_done *done)
{
	const struct msg_login_start start = {
		.service = "cniectl", .flags = LOGIN_MY_DATA,
	};

	return converse(PATH_LOGIN_SOCK, MSG_LOGIN_START, &start, client,
			done);
}
