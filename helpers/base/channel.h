/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * AF_UNIX SOCK_SEQPACKET channels and their messages. Every wait has a
 * deadline on CLOCK_MONOTONIC, in milliseconds. Only read, write, poll and
 * (module) send are used: no descriptor is ever passed, and one that is sent
 * to us is dropped by the kernel.
 */
#ifndef CNIE_BASE_CHANNEL_H
#define CNIE_BASE_CHANNEL_H

#include "base/wire.h"

int64_t mono_ms(void);		/* CLOCK_MONOTONIC */
int64_t mono_us(void);

/* A pair of connected CLOEXEC descriptors, both >= 10 so that a child's
 * fixed numbers are free. */
must_check enum result chan_pair(int out[2]);

/* Send one message. For processes that ignore SIGPIPE (ours do); R_ABSENT
 * where the peer has gone, R_BUSY where it does not read. Never blocks. */
must_check enum result chan_send(int fd, enum wire_msg type, const void *msg);
/* The same inside another's process: raises no SIGPIPE. */
must_check enum result chan_send_guest(int fd, enum wire_msg type,
				       const void *msg);
/* The same for a message larger than WIRE_MAX, blocking until `deadline`:
 * buf is the caller's, wiped after. */
must_check enum result chan_send_large(int fd, enum wire_msg type,
				       const void *msg, struct sink buf,
				       int64_t deadline);

/* Wait until fd is readable (R_OK), or R_TIMEOUT. A negative deadline waits
 * without end (helpers that cnied kills). */
must_check enum result chan_wait(int fd, int64_t deadline);

/* Read one packet into buf. R_ABSENT: the peer closed; R_TIMEOUT;
 * R_MALFORMED: the packet fills buf to its end (it may have been cut). */
must_check enum result chan_recv(int fd, uint8_t *buf, size_t cap,
				 int64_t deadline, struct span *out);

/* chan_recv and wire_get of the one type that may come now; the buffer is
 * wiped. Not for messages that hold a span. */
must_check enum result chan_expect(int fd, enum wire_msg type, void *msg,
				   int64_t deadline);

#endif
