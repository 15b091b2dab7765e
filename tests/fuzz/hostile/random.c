// SPDX-License-Identifier: GPL-3.0-or-later
/* A RAND_METHOD is deprecated and does what is needed in ten lines. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "random.h"

#include <openssl/rand.h>

#include "plan.h"

static struct dice dice;

static int bytes(unsigned char *out, int n)
{
	dice_bytes(&dice, out, (size_t)n);
	return 1;
}

static int status(void)
{
	return 1;
}

enum result random_fixed(void *unused, uint8_t *out, size_t n)
{
	(void)unused;
	dice_bytes(&dice, out, n);
	return R_OK;
}

void random_fix(uint64_t seed)
{
	static const RAND_METHOD method = {
		.bytes = bytes, .pseudorand = bytes, .status = status,
	};

	dice.state = seed;
	RAND_set_rand_method(&method);
}
