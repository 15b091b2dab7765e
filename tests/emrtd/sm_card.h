/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The card's side of secure messaging: valid answers with any content, to
 * test what a valid MAC covers. */
#ifndef CNIE_TESTS_EMRTD_SM_CARD_H
#define CNIE_TESTS_EMRTD_SM_CARD_H

#include <stdlib.h>

#include "emrtd/data_object.h"
#include "emrtd/sm.h"
#include "emrtd/vectors.h"

static inline struct sm sm_with(enum info_cipher c, const char *enc,
				const char *mac, const char *ssc)
{
	struct session_keys k = { .cipher = c };
	struct sm sm;
	HEX(e, enc);
	HEX(m, mac);
	HEX(n, ssc);

	ck_assert_uint_eq(e.n, cipher_key_size(c));
	ck_assert_uint_eq(m.n, cipher_key_size(c));
	ck_assert_uint_eq(n.n, cipher_block_size(c));
	memcpy(k.enc, e.p, e.n);
	memcpy(k.mac, m.p, m.n);
	memcpy(k.ssc, n.p, n.n);
	sm_start(&sm, &k);
	return sm;
}

static inline void card_counts(struct sm *card)
{
	for (size_t i = cipher_block_size(card->keys.cipher);
	     i-- > 0 && ++card->ssc[i] == 0;)
		;
}

/* DO'8E' over what is in out, and the status word after it. */
static inline void card_macs(const struct sm *card, uint16_t sw,
			     struct sink *out)
{
	size_t block = cipher_block_size(card->keys.cipher);
	size_t cap = block + out->n + block;
	struct sink m = sink_of(malloc(cap), cap);
	uint8_t mac[MAC_SIZE];

	sink_put(&m, span_of(card->ssc, block));
	sink_put(&m, sink_span(out));
	sink_u8(&m, 0x80);
	while (m.n % block)
		sink_u8(&m, 0);
	ck_assert_int_eq(cipher_mac(card->keys.cipher, card->keys.mac,
				    sink_span(&m), span_of(NULL, 0), mac),
			 R_OK);
	free(m.p);
	put_object(out, 0x8e, SPAN(mac));
	sink_u16(out, sw);
	ck_assert_int_eq(sink_done(out), R_OK);
}

/* An answer with this value in DO `tag` (n == 0: without), this status word in
 * DO'99' and that one outside. */
static inline void card_answers(struct sm *card, uint8_t tag,
				struct span value, uint16_t inner,
				uint16_t outer, struct sink *out)
{
	const uint8_t sw[] = { (uint8_t)(inner >> 8), (uint8_t)inner };

	card_counts(card);
	if (value.n > 0)
		put_object(out, tag, value);
	put_object(out, 0x99, SPAN(sw));
	card_macs(card, outer, out);
}

/* The value of DO'87' (with its 01) or DO'85' for the next answer, from whole
 * blocks. */
static inline void card_encrypts(const struct sm *card, bool odd,
				 struct span blocks, struct sink *out)
{
	enum info_cipher c = card->keys.cipher;
	struct sm next = *card;
	uint8_t iv[CIPHER_BLOCK_MAX] = { 0 };

	card_counts(&next);
	if (c != CIPHER_3DES)
		ck_assert_int_eq(cipher_block(c, next.keys.enc,
					      SPAN(next.ssc), iv), R_OK);
	if (!odd)
		sink_u8(out, 1);
	ck_assert_uint_ge(out->cap - out->n, blocks.n);
	ck_assert_int_eq(cipher_cbc(c, next.keys.enc, iv, true, blocks,
				    out->p + out->n), R_OK);
	out->n += blocks.n;
}

#endif
