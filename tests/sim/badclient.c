// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * badclient SOCKET garbage|leave|flood: a client that misbehaves at one of
 * cnied's sockets. Exit 0: cnied turned it away as it should.
 *
 * garbage  every type and many random packets, each on a connection of its
 *          own: the answer is a refusal or the end, never a grant
 * leave    connects and leaves, at once, after a start, after half a one
 * flood    as an unprivileged user, holds as many connections as it can for
 *          two seconds: most must be refused
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/channel.h"

#define FLOOD_CONNECTIONS 200
#define FLOOD_UID 64990		/* nobody's */
#define WAIT_MS 3000

static const char *path;

static int dial(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* What comes back until the end: 1 for a grant, 0 for anything else. */
static int granted(int fd, int wait_ms)
{
	uint8_t buf[WIRE_MAX + 1];
	int64_t until = mono_ms() + wait_ms;
	struct span in;

	while (chan_recv(fd, buf, sizeof(buf), until, &in) == R_OK)
		if (wire_type(in) == MSG_LOGIN_GRANT)
			return 1;
	return 0;
}

static int one(const void *p, size_t n)
{
	int fd = dial(), bad;

	if (fd < 0)
		return 1;
	if (send(fd, p, n, MSG_NOSIGNAL) < 0 && errno != EPIPE) {
		close(fd);
		return 1;
	}
	shutdown(fd, SHUT_WR);
	bad = granted(fd, WAIT_MS);
	close(fd);
	return bad;
}

static int garbage(void)
{
	uint8_t buf[WIRE_MAX];
	int bad = 0;

	srandom(1);
	for (int type = 0; type < 256 && !bad; type++) {
		uint8_t head[3] = { WIRE_VERSION, (uint8_t)type, 0xff };

		bad = one(head, sizeof(head));
	}
	for (int i = 0; i < 200 && !bad; i++) {
		size_t n = 1 + (size_t)random() % sizeof(buf);

		for (size_t k = 0; k < n; k++)
			buf[k] = (uint8_t)random();
		if (i % 2)
			buf[0] = WIRE_VERSION;
		if (i % 4 == 3)
			buf[1] = MSG_LOGIN_START;
		bad = one(buf, n);
	}
	return bad;
}

static int leave(void)
{
	struct msg_login_start start = { .service = "login" };
	uint8_t buf[WIRE_MAX];
	struct sink out = SINK(buf);

	if (wire_put(&out, MSG_LOGIN_START, &start) != R_OK)
		return 1;
	for (int i = 0; i < 30; i++) {
		size_t n = i % 3 == 0 ? 0 : i % 3 == 1 ? out.n / 2 : out.n;
		int fd = dial();

		if (fd < 0)
			return 1;
		if (n > 0 && send(fd, buf, n, MSG_NOSIGNAL) < 0)
			return 1;
		close(fd);
	}
	return 0;
}

static int flood(void)
{
	int fds[FLOOD_CONNECTIONS], open_ones = 0;

	if (setresgid(FLOOD_UID, FLOOD_UID, FLOOD_UID) ||
	    setresuid(FLOOD_UID, FLOOD_UID, FLOOD_UID))
		return 1;
	for (int i = 0; i < FLOOD_CONNECTIONS; i++)
		fds[i] = dial();
	poll(NULL, 0, 2000);
	for (int i = 0; i < FLOOD_CONNECTIONS; i++) {
		struct pollfd p = { .fd = fds[i], .events = POLLIN };

		if (fds[i] >= 0 && poll(&p, 1, 0) == 0)
			open_ones++;
	}
	printf("%d of %d connections were let stay\n", open_ones,
	       FLOOD_CONNECTIONS);
	return open_ones > 4;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: badclient SOCKET garbage|leave|flood\n");
		return 2;
	}
	path = argv[1];
	if (!strcmp(argv[2], "garbage"))
		return garbage();
	if (!strcmp(argv[2], "leave"))
		return leave();
	if (!strcmp(argv[2], "flood"))
		return flood();
	return 2;
}
