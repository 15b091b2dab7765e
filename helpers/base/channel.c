// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/scope.h"
#include "base/secret.h"

#define FIRST_FREE_FD 10	/* above every number of enum helper_fd */

int64_t mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t mono_ms(void)
{
	return mono_us() / 1000;
}

enum result chan_pair(int out[2])
{
	scoped(close_fd) int a = -1;
	scoped(close_fd) int b = -1;
	int pair[2], up[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return R_INTERNAL;
	a = pair[0];
	b = pair[1];
	up[0] = fcntl(a, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	if (up[0] < 0)
		return R_INTERNAL;
	up[1] = fcntl(b, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	if (up[1] < 0) {
		close(up[0]);
		return R_INTERNAL;
	}
	out[0] = up[0];
	out[1] = up[1];
	return R_OK;
}

static enum result wait_for(int fd, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = events };
		int64_t left = deadline < 0 ? -1 : deadline - mono_ms();
		int n;

		if (deadline >= 0 && left < 0)
			left = 0;
		if (left > INT_MAX)
			left = INT_MAX;
		n = poll(&p, 1, (int)left);
		if (n > 0)
			return R_OK;
		if (n == 0)
			return R_TIMEOUT;
		if (errno != EINTR)
			return R_INTERNAL;
	}
}

enum result chan_wait(int fd, int64_t deadline)
{
	return wait_for(fd, POLLIN, deadline);
}

static enum result sent(ssize_t n, size_t want)
{
	if (n == (ssize_t)want)
		return R_OK;
	if (n < 0 && (errno == EPIPE || errno == ECONNRESET ||
		      errno == ENOTCONN))
		return R_ABSENT;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return R_BUSY;
	return R_INTERNAL;
}

static enum result send_small(int fd, enum wire_msg type, const void *msg,
			      bool guest)
{
	uint8_t buf[WIRE_MAX];
	struct sink out = SINK(buf);
	enum result r = wire_put(&out, type, msg);
	ssize_t n;

	/* The kernel calls a socket writable while three quarters of its
	 * buffer, far more than WIRE_MAX, are free: the write can't block. */
	if (r == R_OK) {
		r = wait_for(fd, POLLOUT, mono_ms());
		if (r == R_TIMEOUT)
			r = R_BUSY;
	}
	if (r == R_OK) {
		do {
			n = guest ? send(fd, buf, out.n, MSG_NOSIGNAL) :
				    write(fd, buf, out.n);
		} while (n < 0 && errno == EINTR);
		r = sent(n, out.n);
	}
	secret_wipe(buf, out.n);
	return r;
}

enum result chan_send(int fd, enum wire_msg type, const void *msg)
{
	return send_small(fd, type, msg, false);
}

enum result chan_send_guest(int fd, enum wire_msg type, const void *msg)
{
	return send_small(fd, type, msg, true);
}

enum result chan_send_large(int fd, enum wire_msg type, const void *msg,
			    struct sink buf, int64_t deadline)
{
	enum result r = wire_put(&buf, type, msg);
	ssize_t n;

	if (r == R_OK)
		r = wait_for(fd, POLLOUT, deadline);
	if (r == R_OK) {
		do {
			n = write(fd, buf.p, buf.n);
		} while (n < 0 && errno == EINTR);
		r = sent(n, buf.n);
	}
	secret_wipe(buf.p, buf.n);
	return r;
}

enum result chan_recv(int fd, uint8_t *buf, size_t cap, int64_t deadline,
		      struct span *out)
{
	enum result r = wait_for(fd, POLLIN, deadline);
	int reset = 0;
	ssize_t n;

	if (r != R_OK)
		return r;
	/* a peer that left with something of ours unread is reported once as
	 * ECONNRESET, before the last words it said: they are behind it */
	do {
		n = read(fd, buf, cap);
	} while (n < 0 && (errno == EINTR ||
			   (errno == ECONNRESET && !reset++)));
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return R_ABSENT;
	if (n < 0)
		return errno == EAGAIN ? R_TIMEOUT : R_INTERNAL;
	if ((size_t)n == cap)
		return R_MALFORMED;
	*out = span_of(buf, (size_t)n);
	return R_OK;
}

enum result chan_expect(int fd, enum wire_msg type, void *msg,
			int64_t deadline)
{
	uint8_t buf[WIRE_MAX + 1];
	struct span in = { 0 };
	enum result r = chan_recv(fd, buf, sizeof(buf), deadline, &in);

	if (r == R_OK)
		r = wire_get(in, type, msg);
	secret_wipe(buf, in.n);
	return r;
}
