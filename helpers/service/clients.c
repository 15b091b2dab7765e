// SPDX-License-Identifier: GPL-3.0-or-later
/* Connections: who they are, how many they may be, their first message. */
#include <sys/socket.h>

#include "base/channel.h"
#include "base/scope.h"
#include "service/service.h"

#define FIRST_MESSAGE_MS 5000

void client_close(struct client *c)
{
	close_fd(&c->fd);
	*c = (struct client){ .fd = -1 };
}

void client_refuse(struct client *c, enum reason why, uint32_t delay_s)
{
	struct msg_login_refuse m = { (uint16_t)why, delay_s };
	/* who left before the answer is no news: a crowd would fill the log */
	enum result r = chan_send(c->fd, MSG_LOGIN_REFUSE, &m);

	(void)r;
	client_close(c);
}

static enum result peer_of(int fd, struct peer *out)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n))
		return R_INTERNAL;
	*out = (struct peer){ .uid = cred.uid, .pid = cred.pid };
	return R_OK;
}

static struct client *free_client(struct service *s, const struct peer *peer)
{
	struct client *found = NULL;
	int same = 0, used = 0;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &s->clients[i];

		if (c->fd < 0) {
			found = found ? found : c;
			continue;
		}
		used++;
		same += c->peer.uid == peer->uid;
	}
	/* half the places are root's, whatever others do */
	if (peer->uid != 0 && (same >= CLIENTS_PER_UID ||
			       used >= CLIENTS_MAX / 2))
		return NULL;
	return found;
}

bool client_accept(struct service *s, int listener, bool admin)
{
	struct client c = { .admin = admin,
			    .deadline = mono_ms() + FIRST_MESSAGE_MS };
	struct client *place;

	c.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (c.fd < 0)
		return false;
	if (peer_of(c.fd, &c.peer) != R_OK ||
	    (admin && c.peer.uid != 0)) {
		close_fd(&c.fd);
		return true;
	}
	place = free_client(s, &c.peer);
	if (!place)
		client_refuse(&c, REASON_TOO_MANY_CLIENTS, 0);
	else
		*place = c;
	return true;
}

/* A client's first message; what follows belongs to its transaction. */
void client_first_message(struct service *s, struct client *c)
{
	uint8_t buf[WIRE_MAX];
	struct span in;
	struct msg_login_start start;
	struct msg_admin_request request;
	enum result r = chan_recv(c->fd, buf, sizeof(buf), 0, &in);

	if (r == R_TIMEOUT)
		return;
	if (r == R_OK && c->admin &&
	    wire_get(in, MSG_ADMIN_REQUEST, &request) == R_OK)
		admin_request(s, c, &request);
	else if (r == R_OK && !c->admin &&
		 wire_get(in, MSG_LOGIN_START, &start) == R_OK)
		txn_start(s, c, start.flags & LOGIN_MY_DATA ? FOR_MY_DATA :
			  FOR_LOGIN, &start, NULL);
	else
		client_close(c);
}
