// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/prefix.h"
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
	return peer.uid == 0 ? R_OK : R_DENIED;
}

enum result client_connect(int *out)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	scoped(close_fd) int fd = -1;
	enum result r = prefix_path(PATH_ADMIN_SOCK, to.sun_path,
				    sizeof(to.sun_path));

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

/* Sent instead of a last word where there are too many connections. */
static enum result on_refuse(struct talk *t, const void *m)
{
	const struct msg_login_refuse *refuse = m;

	*t->done = (struct msg_admin_done){ .reason = refuse->reason };
	t->ended = true;
	return refuse->reason == REASON_NONE ? R_MALFORMED : R_OK;
}

static enum result on_done(struct talk *t, const void *m)
{
	*t->done = *(const struct msg_admin_done *)m;
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
		struct msg_login_refuse refuse;
		struct msg_admin_done done;
	} m;
	struct span in = { 0 };
	enum result r = chan_recv(t->fd, buf, sizeof(buf),
				  mono_ms() + CLIENT_SILENCE_MS, &in);

	if (r != R_OK)
		return r;
	for (size_t i = 0; i < sizeof(permitted) / sizeof(permitted[0]); i++) {
		if (wire_type(in) != permitted[i].type)
			continue;
		r = wire_get(in, permitted[i].type, &m);
		return r == R_OK ? permitted[i].run(t, &m) : r;
	}
	return R_MALFORMED;
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

enum result client_run(const struct msg_admin_request *request,
		       const struct client *client,
		       struct msg_admin_done *done)
{
	scoped(secret_page_free) void *page = NULL;
	scoped(close_fd) int fd = -1;
	struct talk t = { .client = client, .done = done };
	enum result r = client_connect(&fd);

	if (r == R_OK && client->ask)
		r = secret_page_new(&page);
	if (r == R_OK)
		r = chan_send(fd, MSG_ADMIN_REQUEST, request);
	t.fd = fd;
	t.answer = page;
	while (r == R_OK && !t.ended) {
		if (t.asked)
			r = answer(&t);
		if (r == R_OK)
			r = listen_once(&t);
	}
	return r;
}
