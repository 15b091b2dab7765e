// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/pace_map.h"

#include <string.h>

#include "base/secret.h"

/* 9303-11 4.4.3.3.2: c0 and c1 for l = 128 (3DES, AES-128) and l = 256. */
static const uint8_t c0_128[] = {
	0xa6, 0x68, 0x89, 0x2a, 0x7c, 0x41, 0xe3, 0xca,
	0x73, 0x9f, 0x40, 0xb0, 0x57, 0xd8, 0x59, 0x04,
};
static const uint8_t c1_128[] = {
	0xa4, 0xe1, 0x36, 0xac, 0x72, 0x5f, 0x73, 0x8b,
	0x01, 0xc1, 0xf6, 0x02, 0x17, 0xc1, 0x88, 0xad,
};
static const uint8_t c0_256[] = {
	0xd4, 0x63, 0xd6, 0x52, 0x34, 0x12, 0x4e, 0xf7,
	0x89, 0x70, 0x54, 0x98, 0x6d, 0xca, 0x0a, 0x17,
	0x4e, 0x28, 0xdf, 0x75, 0x8c, 0xba, 0xa0, 0x3f,
	0x24, 0x06, 0x16, 0x41, 0x4d, 0x5a, 0x16, 0x76,
};
static const uint8_t c1_256[] = {
	0x54, 0xbd, 0x72, 0x55, 0xf0, 0xaa, 0xf8, 0x31,
	0xbe, 0xc3, 0x42, 0x3f, 0xcf, 0x39, 0xd6, 0x9b,
	0x6c, 0xbf, 0x06, 0x66, 0x77, 0xd0, 0xfa, 0xae,
	0x5a, 0xad, 0xd9, 0x9d, 0xf8, 0xe5, 0x35, 0x17,
};

size_t pace_prf_block(enum info_cipher c)
{
	return cipher_key_size(c) > 16 ? 32 : 16;
}

/* k_0 = E(t, s); x_i = E(k_i, c1), k_(i+1) = E(k_i, c0), all CBC with a zero
 * IV. AES-192 takes the first 24 octets of a k as its key. */
enum result pace_prf(enum info_cipher c, struct span s,
		     const uint8_t t[CIPHER_KEY_MAX], size_t bits,
		     struct sink *out)
{
	const size_t l = pace_prf_block(c);
	const struct span c0 = l == 16 ? SPAN(c0_128) : SPAN(c0_256);
	const struct span c1 = l == 16 ? SPAN(c1_128) : SPAN(c1_256);
	uint8_t k[CIPHER_KEY_MAX] = { 0 }, next[CIPHER_KEY_MAX] = { 0 };
	uint8_t x[CIPHER_KEY_MAX];
	enum result r = s.n == l ? cipher_cbc(c, t, NULL, true, s, k) :
				   R_INTERNAL;

	for (size_t n = 0; r == R_OK && 8 * n < bits + 64; n += l) {
		r = cipher_cbc(c, k, NULL, true, c1, x);
		if (r == R_OK)
			r = cipher_cbc(c, k, NULL, true, c0, next);
		sink_put(out, span_of(x, l));
		memcpy(k, next, l);
	}
	secret_wipe(k, sizeof(k));
	secret_wipe(next, sizeof(next));
	secret_wipe(x, sizeof(x));
	return r == R_OK ? sink_done(out) : r;
}
