/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long an exchange takes. A model, not a measurement of any one chip:
 *
 * contact  T=1 at 4 MHz with Fi/Di = 512/32: 250,000 etu/s, 12 etu a byte;
 *          2 ms for the reader's USB round trip and the block exchange.
 * nfc424   ISO/IEC 14443-4 at 424 kbit/s, 9 bits a byte, less the frames'
 *          prologue, CRC and guard times (FSD 256): 40,000 bytes/s; 3 ms for
 *          USB, frame delay and field handling.
 * chip     a point multiplication on 256 bits takes 35 ms in a contact and
 *          45 ms in a contactless coprocessor, a protected command 1 and
 *          1.5 ms for AES, CMAC and the file's memory.
 * ideal    no waiting at all.
 */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "vcard.h"

static const struct link links[] = {
	/* name     apdu_us bytes/s ec_us  sm_us */
	{ "ideal",       0,      0,     0,    0 },
	{ "contact",  2000,  20800, 35000, 1000 },
	{ "nfc424",   3000,  40000, 45000, 1500 },
};

const struct link *link_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (strcmp(links[i].name, name) == 0)
			return &links[i];
	return NULL;
}

/* SIGTERM is blocked and waits in a signalfd: look for it as we sleep. */
bool told_to_end(void)
{
	sigset_t set;

	return sigpending(&set) == 0 && (sigismember(&set, SIGTERM) == 1 ||
					 sigismember(&set, SIGINT) == 1);
}

void sleep_us(uint64_t us)
{
	const uint64_t slice = 50000;

	while (us && !told_to_end()) {
		uint64_t now = us < slice ? us : slice;
		struct timespec t = { 0, (long)now * 1000 };

		nanosleep(&t, NULL);
		us -= now;
	}
}

uint64_t link_wait(const struct link *link, size_t bytes, unsigned int ec,
	       bool protected, unsigned int more_ms)
{
	uint64_t us = link->apdu_us + (uint64_t)ec * link->ec_us +
		      (uint64_t)more_ms * 1000;

	if (link->bytes_per_s)
		us += (uint64_t)bytes * 1000000 / link->bytes_per_s;
	if (protected)
		us += link->sm_us;
	sleep_us(us);
	return us;
}
