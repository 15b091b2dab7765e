/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sector base */
/*
 * The tokenisation service's answer, of any bytes: what is taken is of the one
 * length of its status, and the client, to whom it is given on a socket, makes
 * no pseudonym of it.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sector/provider_tokeniser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(struct span in)
{
	struct tokeniser_answer a;

	if (tokeniser_answer_get(in, &a) != R_OK)
		return;
	if (a.status > TOKENISER_REFUSED ||
	    in.n != (a.status == TOKENISER_OK ? TOKENISER_ANSWER : 6))
		abort();
	if (a.status == TOKENISER_OK &&
	    (memcmp(a.evaluated, in.p + 6, 32) ||
	     memcmp(a.proof, in.p + 38, 64)))
		abort();
}

/* The key is the base point: its discrete logarithm, 1, does not help who does
 * not see the blinded element. */
static void be_given(struct span in)
{
	struct tokeniser t = { .epoch = 1, .wait_ms = 0 };
	struct provider p = provider_tokeniser(&t);
	struct psn psn = { .n = 0 };
	uint8_t one[32] = { 1 };
	int pair[2];

	if (oprf_public_key(one, t.public_key) != R_OK ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		abort();
	t.fd = pair[0];
	if (write(pair[1], in.p, in.n) == (ssize_t)in.n &&
	    (p.evaluate(p.ctx, span_str("x"), &psn) == REASON_NONE ||
	     psn.n != 0))
		abort();
	close(pair[0]);
	close(pair[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (sodium_init() < 0 || size > 1024)
		return 0;
	parse(span_of(data, size));
	be_given(span_of(data, size));
	return 0;
}
