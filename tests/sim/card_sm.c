/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Secure messaging with AES-128, the chip's side (9303-11 9.8): encrypt then
 * authenticate, the counter is one up before every command and response.
 */
#include <string.h>

#include <openssl/crypto.h>

#include "card.h"

#define BODY_MAX (65536 + 128)

void sm_start(struct sm *sm, const uint8_t enc[SIM_KEY],
	      const uint8_t mac[SIM_KEY])
{
	memcpy(sm->enc, enc, SIM_KEY);
	memcpy(sm->mac, mac, SIM_KEY);
	memset(sm->ssc, 0, SIM_BLOCK);
	sm->on = true;
}

void sm_stop(struct sm *sm)
{
	OPENSSL_cleanse(sm, sizeof(*sm));
}

enum result sm_keys(struct span secret, struct sm *out)
{
	uint8_t enc[SIM_KEY], mac[SIM_KEY];

	if (sim_kdf(secret, 1, enc) != R_OK || sim_kdf(secret, 2, mac) != R_OK)
		return R_INTERNAL;
	sm_start(out, enc, mac);
	return R_OK;
}

void sm_count(struct sm *sm)
{
	for (int i = SIM_BLOCK - 1; i >= 0; i--)
		if (++sm->ssc[i])
			return;
}

/* 9303-11 9.8.6.1: the IV is the counter encrypted with the session key. */
static enum result sm_crypt(const struct sm *sm, bool encrypt,
			    struct span in, uint8_t *out)
{
	static const uint8_t zero[SIM_BLOCK] = { 0 };
	uint8_t iv[SIM_BLOCK];

	if (sim_aes_cbc(true, sm->enc, zero, SPAN(sm->ssc), iv) != R_OK)
		return R_INTERNAL;
	return sim_aes_cbc(encrypt, sm->enc, iv, in, out);
}

/* The objects of a protected command in the order of ISO 7816-4, 10.4. */
struct objects {
	struct span cryptogram, le, mac;
	bool has_data, has_le, has_mac;
	size_t before_mac;	/* bytes of the body that the MAC covers */
};

static enum result read_objects(const struct apdu *a, struct objects *out)
{
	const uint32_t data_tag = a->ins & 1 ? 0x85 : 0x87;
	struct objects o = { 0 };
	struct span in = a->data, v;
	uint32_t tag;

	while (in.n) {
		size_t at = (size_t)(in.p - a->data.p);

		if (o.has_mac || tlv_get(&in, &tag, &v) != R_OK)
			return R_MALFORMED;
		if (tag == data_tag && !o.has_data && !o.has_le) {
			o.has_data = true;
			o.cryptogram = v;
		} else if (tag == 0x97 && !o.has_le) {
			o.has_le = true;
			o.le = v;
		} else if (tag == 0x8e && v.n == SIM_MAC) {
			o.has_mac = true;
			o.mac = v;
			o.before_mac = at;
		} else {
			return R_MALFORMED;
		}
	}
	*out = o;
	return R_OK;
}

static enum result command_mac(const struct sm *sm, const struct apdu *a,
			       size_t covered, uint8_t mac[SIM_MAC])
{
	uint8_t buf[BODY_MAX];
	struct sink s = SINK(buf);
	const uint8_t header[4] = { a->cla, a->ins, a->p1, a->p2 };

	sink_put(&s, SPAN(sm->ssc));
	sink_put(&s, SPAN(header));
	sim_pad(&s, 0);
	sink_put(&s, span_of(a->data.p, covered));
	sim_pad(&s, 0);
	if (sink_done(&s) != R_OK)
		return R_INTERNAL;
	return sim_cmac(sm->mac, sink_span(&s), mac);
}

static enum result open_data(const struct sm *sm, const struct apdu *a,
			     struct span cryptogram, uint8_t *plain,
			     struct span *out)
{
	struct span in = cryptogram, s;
	uint8_t indicator = 1;

	if (!(a->ins & 1) && span_u8(&in, &indicator) != R_OK)
		return R_MALFORMED;
	if (indicator != 1 || !in.n || in.n % SIM_BLOCK ||
	    sm_crypt(sm, false, in, plain) != R_OK)
		return R_MALFORMED;
	s = span_of(plain, in.n);
	if (sim_unpad(&s) != R_OK)
		return R_MALFORMED;
	*out = s;
	return R_OK;
}

static enum result open_le(struct span in, struct apdu *a)
{
	uint16_t n = 0;
	uint8_t b = 0;

	if (in.n == 1 && span_u8(&in, &b) == R_OK)
		a->le = b ? b : 256;
	else if (in.n == 2 && span_u16(&in, &n) == R_OK)
		a->le = n ? n : 65536;
	else
		return R_MALFORMED;
	a->le_all = !b && !n;
	return R_OK;
}

uint16_t sm_unwrap(struct sm *sm, const struct apdu *a, uint8_t *plain,
		   struct apdu *out)
{
	struct objects o;
	struct apdu inner = *a;
	uint8_t mac[SIM_MAC];

	sm_count(sm);
	if (read_objects(a, &o) != R_OK)
		return SW_SM_WRONG;
	if (!o.has_mac)
		return SW_SM_MISSING;
	if (command_mac(sm, a, o.before_mac, mac) != R_OK ||
	    !span_equal_ct(SPAN(mac), o.mac))
		return SW_SM_WRONG;
	inner.cla &= 0x10;
	inner.data = (struct span){ 0 };
	inner.le = 0;
	inner.le_all = false;
	if (o.has_data &&
	    open_data(sm, a, o.cryptogram, plain, &inner.data) != R_OK)
		return SW_SM_WRONG;
	if (o.has_le && open_le(o.le, &inner) != R_OK)
		return SW_SM_WRONG;
	*out = inner;
	return SW_OK;
}

static enum result put_data(const struct sm *sm, bool odd_ins,
			    struct span data, struct sink *out)
{
	uint8_t padded[BODY_MAX], value[BODY_MAX];
	struct sink p = SINK(padded);
	size_t lead = odd_ins ? 0 : 1;

	sink_put(&p, data);
	sim_pad(&p, 0);
	if (sink_done(&p) != R_OK)
		return R_INTERNAL;
	value[0] = 1;
	if (sm_crypt(sm, true, sink_span(&p), value + lead) != R_OK)
		return R_INTERNAL;
	tlv_put(out, odd_ins ? 0x85 : 0x87, span_of(value, p.n + lead));
	return sink_done(out);
}

enum result sm_wrap(struct sm *sm, bool odd_ins, struct span data, uint16_t sw,
		    struct sink *out)
{
	uint8_t buf[BODY_MAX], mac[SIM_MAC];
	struct sink s = SINK(buf);
	size_t body;

	sm_count(sm);
	sink_put(&s, SPAN(sm->ssc));
	if (data.n && put_data(sm, odd_ins, data, &s) != R_OK)
		return R_INTERNAL;
	sink_u16(&s, 0x9902);
	sink_u16(&s, sw);
	body = s.n;
	sim_pad(&s, 0);
	if (sink_done(&s) != R_OK ||
	    sim_cmac(sm->mac, sink_span(&s), mac) != R_OK)
		return R_INTERNAL;
	sink_put(out, span_of(buf + SIM_BLOCK, body - SIM_BLOCK));
	tlv_put(out, 0x8e, SPAN(mac));
	sink_u16(out, sw);
	return sink_done(out);
}
