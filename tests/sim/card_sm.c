/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Secure messaging, the chip's side (9303-11 9.8): encrypt then authenticate,
 * the counter is one up before every command and response.
 */
#include <string.h>

#include <openssl/crypto.h>

#include "card.h"

#define BODY_MAX (65536 + 128)

static size_t block(const struct sm *sm)
{
	return sim_block_size(sm->enc.cipher);
}

void sm_start(struct sm *sm, const struct sim_key *enc,
	      const struct sim_key *mac)
{
	*sm = (struct sm){ .on = true, .enc = *enc, .mac = *mac };
}

void sm_stop(struct sm *sm)
{
	OPENSSL_cleanse(sm, sizeof(*sm));
}

enum result sm_keys(enum sim_cipher c, struct span secret, struct sm *out)
{
	struct sim_key enc, mac;

	if (sim_kdf(c, secret, 1, &enc) != R_OK ||
	    sim_kdf(c, secret, 2, &mac) != R_OK)
		return R_INTERNAL;
	sm_start(out, &enc, &mac);
	return R_OK;
}

void sm_count(struct sm *sm)
{
	for (size_t i = block(sm); i-- > 0;)
		if (++sm->ssc[i])
			return;
}

/* DO'87' with its padding indicator (DO'85' has none), '99' and '8E'. */
static size_t protected_size(bool odd_ins, size_t cipher)
{
	const size_t value = cipher + (odd_ins ? 0 : 1);
	const size_t length = value > 0xffff ? 4 : value > 0xff ? 3 :
			      value > 0x7f ? 2 : 1;

	return 1 + length + value + 4 + 10;
}

size_t sm_room(const struct sm *sm, bool odd_ins, size_t room)
{
	size_t n = room - room % block(sm);

	while (n && protected_size(odd_ins, n) > room)
		n -= block(sm);
	return n ? n - 1 : 0;
}

/* 9.8.6.1: of AES the IV is the counter encrypted, of 3DES zero. */
static enum result sm_crypt(const struct sm *sm, bool encrypt,
			    struct span in, uint8_t *out)
{
	uint8_t iv[SIM_BLOCK_MAX] = { 0 };

	if (sm->enc.cipher != SIM_3DES &&
	    sim_cbc(&sm->enc, true, NULL, SPAN(sm->ssc), iv) != R_OK)
		return R_INTERNAL;
	return sim_cbc(&sm->enc, encrypt, iv, in, out);
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
		size_t at = a->data.n - in.n;

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

/* The header padded, and the objects padded where there are any. */
static enum result command_mac(const struct sm *sm, const struct apdu *a,
			       size_t covered, uint8_t mac[SIM_MAC])
{
	uint8_t buf[BODY_MAX];
	struct sink s = SINK(buf);
	const uint8_t header[4] = { a->cla, a->ins, a->p1, a->p2 };

	sink_put(&s, span_of(sm->ssc, block(sm)));
	sink_put(&s, SPAN(header));
	sim_pad(sm->mac.cipher, &s, 0);
	if (covered) {
		sink_put(&s, span_of(a->data.p, covered));
		sim_pad(sm->mac.cipher, &s, 0);
	}
	if (sink_done(&s) != R_OK)
		return R_INTERNAL;
	return sim_mac(&sm->mac, sink_span(&s), mac);
}

static enum result open_data(const struct sm *sm, const struct apdu *a,
			     struct span cryptogram, uint8_t *plain,
			     struct span *out)
{
	struct span in = cryptogram, s;
	uint8_t indicator = 1;

	if (!(a->ins & 1) && span_u8(&in, &indicator) != R_OK)
		return R_MALFORMED;
	if (indicator != 1 || !in.n || in.n % block(sm) ||
	    sm_crypt(sm, false, in, plain) != R_OK)
		return R_MALFORMED;
	s = span_of(plain, in.n);
	if (sim_unpad(sm->enc.cipher, &s) != R_OK)
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

static enum result put_data(const struct sm *sm, bool odd_ins, bool bad,
			    struct span data, struct sink *out)
{
	uint8_t padded[BODY_MAX], value[BODY_MAX];
	struct sink p = SINK(padded);
	size_t lead = odd_ins ? 0 : 1;

	sink_put(&p, data);
	sim_pad(sm->enc.cipher, &p, 0);
	if (sink_done(&p) != R_OK)
		return R_INTERNAL;
	padded[data.n] = bad ? 0x40 : 0x80;
	value[0] = 1;
	if (sm_crypt(sm, true, sink_span(&p), value + lead) != R_OK)
		return R_INTERNAL;
	tlv_put(out, odd_ins ? 0x85 : 0x87, span_of(value, p.n + lead));
	return sink_done(out);
}

static bool is(uint64_t bits, enum evil e)
{
	return bits >> e & 1;
}

enum result sm_wrap(struct sm *sm, uint64_t evil, const struct tamper *t,
		    bool odd_ins, struct span data, uint16_t sw,
		    struct sink *out)
{
	uint8_t buf[BODY_MAX], mac[SIM_MAC];
	struct sink s = SINK(buf);
	const size_t lead = block(sm);
	size_t body;

	if (is(evil, EVIL_STALE_SSC))
		sink_put(&s, span_of(sm->ssc, lead));
	sm_count(sm);
	if (!is(evil, EVIL_STALE_SSC))
		sink_put(&s, span_of(sm->ssc, lead));
	if (data.n && put_data(sm, odd_ins, is(evil, EVIL_BAD_PADDING), data,
			       &s) != R_OK)
		return R_INTERNAL;
	if (!is(evil, EVIL_NO_99)) {
		sink_u16(&s, 0x9902);
		sink_u16(&s, is(evil, EVIL_SW_MISMATCH) ? sw ^ 1 : sw);
	}
	if (t) {
		struct sink objects = { buf + lead, s.n - lead,
					sizeof(buf) - lead - SIM_BLOCK_MAX,
					false };

		t->objects(t->with, &objects);
		s.n = lead + objects.n;
	}
	body = s.n;
	if (body > lead)
		sim_pad(sm->mac.cipher, &s, 0);
	if (sink_done(&s) != R_OK ||
	    sim_mac(&sm->mac, sink_span(&s), mac) != R_OK)
		return R_INTERNAL;
	sink_put(out, span_of(buf + lead, body - lead));
	if (!is(evil, EVIL_SKIP_MAC))
		tlv_put(out, 0x8e, SPAN(mac));
	sink_u16(out, sw);
	return sink_done(out);
}
