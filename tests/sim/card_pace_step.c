/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of PACE (9303-11 4.4.1): nonce, mapping, agreement, tokens. */
#include <string.h>

#include "card.h"

uint16_t pace_step_nonce(struct card *c, struct span in, struct sink *out)
{
	struct pace *p = &c->pace;
	uint8_t z[64] = { 0 };
	size_t n = sim_nonce_size(p->protocol);

	if (in.n)
		return SW_DATA;
	if (c->random(c->random_with, p->nonce, n) != R_OK ||
	    sim_cbc(&p->password, true, NULL, span_of(p->nonce, n), z) != R_OK)
		return SW_CHIP;
	if (evil(c, EVIL_SHORT_NONCE))
		n = 8;
	if (evil(c, EVIL_LONG_NONCE))
		n = sizeof(z);
	tlv_put(out, 0x80, span_of(z, n));
	return SW_OK;
}

static uint16_t map_integrated(struct card *c, struct span t,
			       struct sink *out)
{
	struct pace *p = &c->pace;
	const struct span s = span_of(p->nonce, sim_nonce_size(p->protocol));

	c->ec_work++;
	if (sim_map_integrated(p->protocol, s, t, &p->generator) != R_OK)
		return SW_DATA;
	tlv_put(out, 0x82, span_of("", 0));
	return SW_OK;
}

uint16_t pace_step_map(struct card *c, struct span in, struct sink *out)
{
	struct pace *p = &c->pace;
	const struct sim_domain *d = p->protocol->domain;
	struct sim_public terminal, own;
	struct span v;

	if (tlv_find(in, 0x81, &v) != R_OK)
		return SW_DATA;
	if (p->protocol->mapping == SIM_IM)
		return map_integrated(c, v, out);
	if (sim_public_read(d, v, &terminal) != R_OK)
		return SW_DATA;
	if (sim_scalar(d, c->random, c->random_with, p->map_key) != R_OK ||
	    sim_multiply(d, NULL, span_of(p->map_key, d->scalar), &own) !=
	    R_OK)
		return SW_CHIP;
	c->ec_work += 3;
	if (sim_map_generic(d, span_of(p->nonce, sim_nonce_size(p->protocol)),
			    span_of(p->map_key, d->scalar), &terminal,
			    &p->generator) != R_OK)
		return SW_DATA;
	pace_put_key(c, 0x82, &own, &terminal, out);
	return SW_OK;
}

uint16_t pace_step_agree(struct card *c, struct span in, struct sink *out)
{
	struct pace *p = &c->pace;
	const struct sim_domain *d = p->protocol->domain;
	uint8_t key[SIM_SCALAR_MAX] = { 0 }, secret[SIM_SHARED_MAX];
	const struct span scalar = span_of(key, d->scalar);
	struct span v;

	if (tlv_find(in, 0x83, &v) != R_OK ||
	    sim_public_read(d, v, &p->terminal) != R_OK)
		return SW_DATA;
	if (sim_scalar(d, c->random, c->random_with, key) != R_OK ||
	    sim_multiply(d, &p->generator, scalar, &p->chip) != R_OK)
		return SW_CHIP;
	/* 9303-11 4.4.1 step 3: the two public keys must differ */
	if (span_equal(sim_public_span(&p->terminal),
		       sim_public_span(&p->chip)))
		return SW_DATA;
	c->ec_work += 2;
	if (sim_agree(d, &p->terminal, scalar, secret) != R_OK ||
	    sm_keys(p->protocol->cipher, span_of(secret, d->field),
		    &p->keys) != R_OK)
		return SW_DATA;
	pace_put_key(c, 0x84, &p->chip, &p->terminal, out);
	return SW_OK;
}

/* 4.4.3.5: CA_IC = SK_IC^-1 x SK_Map,IC, under KS_Enc, IV = E(KS_Enc, -1). */
static enum result put_cam(struct card *c, struct sink *out)
{
	struct pace *p = &c->pace;
	const struct sim_domain *d = p->protocol->domain;
	const struct sim_key *enc = &p->keys.enc;
	uint8_t minus_one[SIM_BLOCK_MAX], iv[SIM_BLOCK_MAX];
	uint8_t plain[SIM_SCALAR_MAX + SIM_BLOCK_MAX], sealed[sizeof(plain)];
	struct sink s = SINK(plain);

	if (c->memory.cam != d)
		return R_ABSENT;
	memset(minus_one, 0xff, sizeof(minus_one));
	if (sim_cbc(enc, true, NULL, SPAN(minus_one), iv) != R_OK ||
	    sim_cam_scalar(d, span_of(c->memory.cam_key, d->scalar),
			   span_of(p->map_key, d->scalar), plain) != R_OK)
		return R_INTERNAL;
	s.n = d->scalar;
	if (evil(c, EVIL_CAM_WRONG_SCALAR))
		plain[d->scalar - 1] ^= 1;
	sim_pad(enc->cipher, &s, 0);
	if (evil(c, EVIL_CAM_BAD_PADDING))
		plain[d->scalar] = 0x40;
	if (sink_done(&s) != R_OK ||
	    sim_cbc(enc, true, iv, sink_span(&s), sealed) != R_OK)
		return R_INTERNAL;
	tlv_put(out, 0x8a, span_of(sealed, s.n));
	return R_OK;
}

/* The keys that an attacker has who sent a key of which the secret is known,
 * or none: then the terminal's own token goes back. */
static uint16_t step_token_evil(struct card *c, struct span token,
				struct sink *out)
{
	struct pace *p = &c->pace;
	uint8_t own[SIM_MAC];

	pace_guess_keys(c, token);
	if (sim_pace_token(p->protocol, &p->keys.mac, &p->terminal, own) !=
	    R_OK)
		return SW_CHIP;
	tlv_put(out, 0x86, evil(c, EVIL_REFLECT_AGREE) ? token : SPAN(own));
	if (p->protocol->mapping == SIM_CAM && put_cam(c, out) != R_OK)
		return SW_CHIP;
	c->next = p->keys;
	c->next_access = p->with_can ? ACCESS_PACE_CAN : ACCESS_PACE;
	return SW_OK;
}

/* The terminal's token covers our key, ours covers the terminal's. */
uint16_t pace_step_token(struct card *c, struct span in, struct sink *out)
{
	struct pace *p = &c->pace;
	const struct sim_key *mac = &p->keys.mac;
	uint8_t expected[SIM_MAC], own[SIM_MAC];
	struct span v;

	if (tlv_find(in, 0x85, &v) != R_OK || v.n != SIM_MAC)
		return SW_DATA;
	if (pace_forged(c))
		return step_token_evil(c, v, out);
	if (sim_pace_token(p->protocol, mac, &p->chip, expected) != R_OK ||
	    sim_pace_token(p->protocol, mac, &p->terminal, own) != R_OK)
		return SW_CHIP;
	if (!span_equal_ct(SPAN(expected), v))
		return SW_AUTH_FAILED;	/* the CAN does not block */
	if (evil(c, EVIL_WRONG_TOKEN))
		own[0] ^= 1;
	tlv_put(out, 0x86, SPAN(own));
	if (p->protocol->mapping == SIM_CAM && !evil(c, EVIL_CAM_WITHHELD) &&
	    put_cam(c, out) != R_OK)
		return SW_CHIP;
	c->next = p->keys;
	c->next_access = p->with_can ? ACCESS_PACE_CAN : ACCESS_PACE;
	return SW_OK;
}
