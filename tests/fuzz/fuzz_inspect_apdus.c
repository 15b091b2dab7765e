// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: inspect emrtd lds base */
/*
 * Whatever a cnie-card that is not ours any more says on the APDU channel: its
 * first word, then answers. Each is two octets of length and a packet; the
 * upper four bits count kilobytes of filling behind it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inspect/apdus.h"

#define PACKETS_MAX 8
#define KILOBYTE    1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sent before they are asked for; the peer is then gone. */
static void say(int fd, struct span in)
{
	static uint8_t packet[20 * KILOBYTE];
	struct span one;
	uint16_t n;

	for (int i = 0; i < PACKETS_MAX && span_u16(&in, &n) == R_OK; i++) {
		size_t whole = n & 0xfff;

		if (span_take(&in, whole, &one) != R_OK)
			break;
		memset(packet, 0, sizeof(packet));
		if (one.n)
			memcpy(packet, one.p, one.n);
		whole += (size_t)(n >> 12) * KILOBYTE;
		if (send(fd, packet, whole, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
	}
	close(fd);
}

static void must_be_the_readers(enum reason why)
{
	/* a word about person or document is not its to say */
	if (why != REASON_HELPER_PROTOCOL && why != REASON_HELPER_DIED &&
	    why != REASON_CARD_LOOP &&
	    reason_row((uint16_t)why)->code[0] != 'R')
		abort();
}

static void converse(struct apdus *a)
{
	static uint8_t room[LINK_ANSWER_MAX];
	struct sink out;
	struct atr_caps caps;
	uint32_t reader_max;
	enum reason why = apdus_link(a, &reader_max, &caps);

	while (why == REASON_NONE) {
		out = SINK(room);
		why = apdus_fetch(a, &out);
	}
	must_be_the_readers(why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct apdus a = { .control = -1 };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		abort();
	a.card = pair[0];
	say(pair[1], span_of(data, size));
	converse(&a);
	close(pair[0]);
	return 0;
}
