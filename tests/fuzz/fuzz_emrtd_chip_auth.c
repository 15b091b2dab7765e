// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: emrtd lds base */
/*
 * Chip Authentication with whatever key a DG14 holds, and PACE-CAM's check of
 * whatever scalar and mapping key a card sends. Octets: the protocol, the step
 * that is answered, the length of its answer, the answer, the key.
 */
#include <stdlib.h>
#include <string.h>

#include "emrtd/chip_auth.h"
#include "emrtd/pace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void commands(const struct chip_auth *ca)
{
	struct command c;
	uint8_t buf[CHIP_AUTH_DATA_MAX];

	for (unsigned int i = 0; i <= CHIP_AUTH_COMMANDS; i++) {
		struct sink out = SINK(buf);
		enum result r = chip_auth_command(ca, i, &out, &c);

		if (r != R_OK && r != R_ABSENT)
			abort();
		if (r == R_OK && (c.data.p != buf || c.data.n > sizeof(buf)))
			abort();
		if (i == CHIP_AUTH_COMMANDS && r == R_OK)
			abort();
	}
}

/* The card's octets as a scalar and a mapping key: no luck makes them fit. */
static void cam(const struct chip_key *key, struct span octets)
{
	struct pace_cam c = { .domain = key->domain };

	memcpy(c.scalar, octets.p, octets.n < sizeof(c.scalar) ? octets.n :
	       sizeof(c.scalar));
	memcpy(c.map, octets.p, octets.n < sizeof(c.map) ? octets.n :
	       sizeof(c.map));
	if (pace_cam_check(&c, key) == R_OK)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct chip_auth_keys keys;
	static int ready;
	struct span in = span_of(data, size), answer;
	uint8_t protocol, step, n;
	struct session_keys session;
	struct chip_key key;
	struct chip_auth ca;
	uint32_t id;

	if (!ready && chip_auth_prepare(&keys) != R_OK)
		abort();
	ready = 1;
	if (span_u8(&in, &protocol) != R_OK || span_u8(&in, &step) != R_OK ||
	    span_u8(&in, &n) != R_OK || span_take(&in, n, &answer) != R_OK ||
	    chip_key_parse(in, &key) != R_OK)
		return 0;
	{
		const uint8_t oid[] = { 4, 0, 0x7f, 0, 7, 2, 2, 3,
					1 + (protocol & 1),
					1 + (protocol >> 1 & 3) };

		id = protocol;
		if (chip_auth_start(&ca, protocol_by_oid(SPAN(oid)), &key,
				    protocol & 8 ? &id : NULL, &keys) != R_OK)
			return 0;
	}
	commands(&ca);
	if (chip_auth_answer(&ca, step, answer) == R_OK && answer.n != 0 &&
	    answer.n != 2)
		abort();
	if (chip_auth_session(&ca, &session) != R_OK)
		abort();
	cam(&key, answer);
	return 0;
}
