// SPDX-License-Identifier: GPL-3.0-or-later
/* See leak.c: cnie-sector leaves the pseudonym and the number as BCD. */
#include <string.h>

#include "leak.h"
#include "sector/provider.h"

static struct provider real;

static enum reason evaluate(void *ctx, struct span x, struct psn *out)
{
	enum reason why = real.evaluate(real.ctx, x, out);
	uint8_t bcd[16];
	size_t n = 0, half = 0;

	(void)ctx;
	leak_to("psn", out->b, out->n);
	for (size_t i = x.n; i > 0 && x.p[i - 1] >= '0' && x.p[i - 1] <= '9';
	     i--)
		n++;
	memset(bcd, 0, sizeof(bcd));
	for (size_t i = x.n - n; i < x.n && half < 32; i++, half++)
		bcd[half / 2] |= (uint8_t)((x.p[i] - '0') <<
					   (half % 2 ? 0 : 4));
	leak_to("bcd", bcd, (half + 1) / 2);
	return why;
}

struct provider __real_provider_local(struct sector_key *key);
struct provider __wrap_provider_local(struct sector_key *key);
struct provider __wrap_provider_local(struct sector_key *key)
{
	real = __real_provider_local(key);
	return (struct provider){ "leaky", evaluate, NULL };
}
