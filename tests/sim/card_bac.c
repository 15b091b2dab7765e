/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Basic Access Control, the chip's side (9303-11 4.3): always 3DES, in the
 * eMRTD application.
 */
#include <string.h>

#include <openssl/evp.h>

#include "card.h"

#define NONCE  8
#define SEED   16
#define CIPHER (2 * NONCE + SEED)

uint16_t card_get_challenge(struct card *c, const struct apdu *a,
			    struct sink *out)
{
	c->challenged = false;
	if (!c->memory.bac)
		return SW_INS;
	if (a->p1 || a->p2)
		return SW_P1P2;
	if (a->data.n || a->le < NONCE)
		return SW_LENGTH;
	if (c->df != SIM_LDS || c->sm.on)
		return SW_CONDITIONS;
	if (c->random(c->random_with, c->challenge, NONCE) != R_OK)
		return SW_CHIP;
	sink_put(out, span_of(c->challenge, NONCE));
	c->challenged = true;
	return SW_OK;
}

/* 9.7.2: from the hash of the MRZ information, as for the session. */
static enum result document_keys(const struct card *c, struct sim_key *enc,
				 struct sim_key *mac)
{
	uint8_t digest[20];
	const char *mrz = c->memory.mrz;

	if (!EVP_Digest(mrz, strlen(mrz), digest, NULL, EVP_sha1(), NULL) ||
	    sim_kdf(SIM_3DES, span_of(digest, SEED), 1, enc) != R_OK ||
	    sim_kdf(SIM_3DES, span_of(digest, SEED), 2, mac) != R_OK)
		return R_INTERNAL;
	return R_OK;
}

static enum result mac_of(const struct sim_key *mac, struct span in,
			  uint8_t out[SIM_MAC])
{
	uint8_t buf[64];
	struct sink s = SINK(buf);

	sink_put(&s, in);
	sim_pad(SIM_3DES, &s, 0);
	return sink_done(&s) == R_OK ? sim_mac(mac, sink_span(&s), out)
				     : R_INTERNAL;
}

/* S = RND.IFD || RND.IC || K.IFD, where the MAC and RND.IC are right. */
static enum result open_token(const struct card *c, const struct sim_key *enc,
			      const struct sim_key *mac, struct span in,
			      uint8_t s[CIPHER])
{
	uint8_t own[SIM_MAC];
	struct span cryptogram, check;

	if (span_take(&in, CIPHER, &cryptogram) != R_OK ||
	    span_take(&in, SIM_MAC, &check) != R_OK ||
	    mac_of(mac, cryptogram, own) != R_OK ||
	    !span_equal_ct(SPAN(own), check) ||
	    sim_cbc(enc, false, NULL, cryptogram, s) != R_OK)
		return R_DENIED;
	return memcmp(s + NONCE, c->challenge, NONCE) == 0 ? R_OK : R_DENIED;
}

/* R = RND.IC || RND.IFD || K.IC, and the session keys of K.IFD xor K.IC. */
static enum result answer(struct card *c, const struct sim_key *enc,
			  const struct sim_key *mac,
			  const uint8_t s[CIPHER], struct sink *out)
{
	uint8_t r[CIPHER], sealed[CIPHER + SIM_MAC], seed[SEED];

	memcpy(r, c->challenge, NONCE);
	memcpy(r + NONCE, s, NONCE);
	if (c->random(c->random_with, r + 2 * NONCE, SEED) != R_OK)
		return R_INTERNAL;
	for (size_t i = 0; i < SEED; i++)
		seed[i] = r[2 * NONCE + i] ^ s[2 * NONCE + i];
	if (evil(c, EVIL_BAC_WRONG_NONCE))
		r[NONCE] ^= 1;
	if (sim_cbc(enc, true, NULL, SPAN(r), sealed) != R_OK ||
	    mac_of(mac, span_of(sealed, CIPHER), sealed + CIPHER) != R_OK ||
	    sm_keys(SIM_3DES, SPAN(seed), &c->next) != R_OK)
		return R_INTERNAL;
	if (evil(c, EVIL_BAC_WRONG_MAC))
		sealed[CIPHER] ^= 1;
	memcpy(c->next.ssc, c->challenge + 4, 4);
	memcpy(c->next.ssc + 4, s + 4, 4);
	c->next_access = ACCESS_BAC;
	sink_put(out, SPAN(sealed));
	return R_OK;
}

uint16_t card_external_authenticate(struct card *c, const struct apdu *a,
				    struct sink *out)
{
	struct sim_key enc, mac;
	uint8_t s[CIPHER];

	if (!c->memory.bac)
		return SW_INS;
	if (a->p1 || a->p2)
		return SW_P1P2;
	if (!c->challenged)
		return SW_CONDITIONS;
	c->challenged = false;
	if (a->data.n != CIPHER + SIM_MAC || a->le < CIPHER + SIM_MAC)
		return SW_LENGTH;
	if (evil(c, EVIL_BAC_REFLECT)) {
		sink_put(out, a->data);
		return SW_OK;
	}
	if (document_keys(c, &enc, &mac) != R_OK)
		return SW_CHIP;
	if (open_token(c, &enc, &mac, a->data, s) != R_OK)
		return SW_AUTH_FAILED;
	return answer(c, &enc, &mac, s, out) == R_OK ? SW_OK : SW_CHIP;
}
