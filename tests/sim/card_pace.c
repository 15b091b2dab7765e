/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PACE, the chip's side (9303-11 4.4, TR-03110-3 B.1): the choice of what is
 * run, and the order of its steps.
 */
#include <string.h>

#include <openssl/crypto.h>

#include "card.h"

enum { PASSWORD_REF_MRZ = 1, PASSWORD_REF_CAN = 2 };

void pace_reset(struct pace *p)
{
	OPENSSL_cleanse(p, sizeof(*p));
}

/* More than one set of domain parameters: DO'84' is then needed (4.4.4.1). */
static bool ambiguous(const struct card *c)
{
	for (size_t i = 1; i < c->memory.paces; i++)
		if (c->memory.pace[i].domain != c->memory.pace[0].domain)
			return true;
	return quirk(c, QUIRK_ALWAYS_84);
}

/* The protocol of DO'80' over the domain of DO'84'. */
static uint16_t choose(const struct card *c, struct span data,
		       const struct sim_protocol **out)
{
	struct span oid, id = { 0 };
	bool known = false;
	enum result r;

	if (tlv_find(data, 0x80, &oid) != R_OK)
		return SW_DATA;
	r = tlv_find(data, 0x84, &id);
	if (r == R_MALFORMED || (r == R_OK && id.n != 1))
		return SW_DATA;
	for (size_t i = 0; i < c->memory.paces; i++) {
		const struct sim_protocol *p = &c->memory.pace[i];

		if (!span_equal(oid, SPAN(p->oid)))
			continue;
		known = true;
		if (r == R_OK ? id.p[0] == p->domain->id : !ambiguous(c)) {
			*out = p;
			return SW_OK;
		}
	}
	return known ? SW_REFERENCE : SW_DATA;
}

static uint16_t set_password(const struct card *c, struct span data,
			     struct pace *p)
{
	const struct card_memory *m = &c->memory;
	const enum sim_cipher cipher = p->protocol->cipher;
	enum result r;
	struct span v;

	if (tlv_find(data, 0x83, &v) != R_OK || v.n != 1)
		return SW_DATA;
	p->with_can = v.p[0] == PASSWORD_REF_CAN;
	if (v.p[0] == PASSWORD_REF_MRZ && m->mrz[0])
		r = sim_kdf_mrz(cipher, m->mrz, &p->password);
	else if (p->with_can && m->can[0] && !quirk(c, QUIRK_NO_CAN))
		r = sim_kdf_can(cipher, m->can, &p->password);
	else
		return SW_REFERENCE;
	return r == R_OK ? SW_OK : SW_CHIP;
}

uint16_t pace_set(struct card *c, const struct apdu *a, struct sink *out)
{
	struct pace *p = &c->pace;
	uint16_t sw;

	(void)out;
	pace_reset(p);
	sw = choose(c, a->data, &p->protocol);
	if (sw == SW_OK)
		sw = set_password(c, a->data, p);
	if (sw == SW_OK)
		p->step = PACE_SET;
	return sw;
}

uint16_t pace_step(struct card *c, const struct apdu *a, struct sink *out)
{
	static pace_step_fn *const steps[] = {
		[PACE_SET] = pace_step_nonce, [PACE_NONCE] = pace_step_map,
		[PACE_MAPPED] = pace_step_agree,
		[PACE_AGREED] = pace_step_token,
	};
	uint8_t buf[SIM_PUBLIC_MAX + 64];
	struct sink objects = SINK(buf);
	struct pace *p = &c->pace;
	bool last = p->step == PACE_AGREED;
	struct span in = a->data, body;
	uint32_t tag;
	uint16_t sw;

	if (p->step == PACE_IDLE)
		return SW_CONDITIONS;
	if (last && (a->cla & 0x10))
		sw = SW_LAST_EXPECTED;
	else if (!last && !(a->cla & 0x10))
		sw = SW_CONDITIONS;
	else if (tlv_get(&in, &tag, &body) != R_OK || tag != 0x7c || in.n)
		sw = SW_DATA;
	else
		sw = steps[p->step](c, body, &objects);
	if (evil(c, EVIL_EXTRA_TLV))
		tlv_put(&objects, 0x53, span_of("", 0));
	if (sw == SW_OK)
		tlv_put(out, 0x7c, sink_span(&objects));
	if (sw != SW_OK || last)
		pace_reset(p);
	else
		p->step++;
	return sw;
}
