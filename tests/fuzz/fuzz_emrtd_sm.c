// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: emrtd lds base */
/*
 * Secure messaging responses. First byte even: the rest as it is; odd: the
 * rest with a valid MAC and status word behind it, so that what lies behind
 * the MAC is reached too.
 */
#include <stdlib.h>
#include <string.h>

#include "emrtd/sm.h"

#define ANSWER_MAX_SIZE 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t seal(struct sm sm, struct span objects, uint8_t *answer)
{
	uint8_t m[ANSWER_MAX_SIZE + 16], mac[MAC_SIZE];
	struct sink s = SINK(m), out = sink_of(answer, ANSWER_MAX_SIZE);

	sm.ssc[15]++;
	sink_put(&s, objects);
	sink_u8(&s, 0x80);
	while (s.n % AES_BLOCK_SIZE)
		sink_u8(&s, 0);
	if (aes_mac(sm.keys.mac, SPAN(sm.ssc), sink_span(&s), mac) != R_OK)
		abort();
	sink_put(&out, objects);
	sink_u16(&out, 0x8e08);
	sink_put(&out, SPAN(mac));
	sink_u16(&out, SW_OK);
	return out.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct session_keys keys = { { 1, 2, 3 }, { 4, 5, 6 } };
	uint8_t answer[ANSWER_MAX_SIZE], buf[300];
	struct sink plain = SINK(buf);
	struct response r = { { 0 }, 0 };
	enum result got;
	struct sm sm;
	size_t n = size - 1;

	if (size < 1 || size > ANSWER_MAX_SIZE - 32)
		return 0;
	sm_start(&sm, &keys);
	if (data[0] & 1)
		n = seal(sm, span_of(data + 1, size - 1), answer);
	else
		memcpy(answer, data + 1, n);
	got = sm_unwrap(&sm, span_of(answer, n), &plain, &r);
	/* a success has the plaintext inside the buffer; a failure no keys */
	if (got == R_OK && (r.data.p < buf ||
			    r.data.p + r.data.n > buf + sizeof(buf)))
		abort();
	if ((got == R_OK) != sm.live)
		abort();
	return 0;
}
