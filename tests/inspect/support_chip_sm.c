// SPDX-License-Identifier: GPL-3.0-or-later
/* Secure messaging from the chip's side (9303-11 9.8). */
#include <check.h>
#include <string.h>

#include "emrtd/data_object.h"
#include "lds/tlv.h"
#include "support_chip.h"

void chip_keys(struct chip_sm *sm, const struct session_keys *keys)
{
	*sm = (struct chip_sm){ .live = true, .keys = *keys };
	memcpy(sm->ssc, keys->ssc, sizeof(sm->ssc));
}

static struct span counter(const struct chip_sm *sm)
{
	return span_of(sm->ssc, cipher_block_size(sm->keys.cipher));
}

static void step(struct chip_sm *sm)
{
	for (size_t i = counter(sm).n; i-- > 0;)
		if (++sm->ssc[i])
			break;
}

static void cbc(const struct chip_sm *sm, bool encrypt, struct span in,
		uint8_t *out)
{
	enum info_cipher c = sm->keys.cipher;
	uint8_t iv[CIPHER_BLOCK_MAX] = { 0 };

	if (c != CIPHER_3DES)
		ck_assert_int_eq(cipher_block(c, sm->keys.enc, counter(sm),
					      iv), R_OK);
	ck_assert_int_eq(cipher_cbc(c, sm->keys.enc, iv, encrypt, in, out),
			 R_OK);
}

static void decrypt(const struct chip_sm *sm, struct span in,
		    struct sink *out)
{
	ck_assert_uint_le(in.n, out->cap);
	cbc(sm, false, in, out->p);
	out->n = in.n;
	while (out->n > 0 && out->p[out->n - 1] == 0)
		out->n--;
	ck_assert_uint_gt(out->n, 0);
	ck_assert_uint_eq(out->p[--out->n], 0x80);
}

static bool mac_good(const struct chip_sm *sm, const struct command *c,
		     struct span objects, struct span mac)
{
	uint8_t head[2 * CIPHER_BLOCK_MAX], want[MAC_SIZE];
	struct sink h = SINK(head);
	const uint8_t header[] = { c->cla, c->ins, c->p1, c->p2 };

	sink_put(&h, counter(sm));
	sink_put(&h, SPAN(header));
	cipher_pad(sm->keys.cipher, &h, 0);
	ck_assert_int_eq(objects.n > 0 ?
		cipher_mac_padded(sm->keys.cipher, sm->keys.mac, sink_span(&h),
				  objects, want) :
		cipher_mac(sm->keys.cipher, sm->keys.mac, sink_span(&h),
			   objects, want), R_OK);
	return span_equal(SPAN(want), mac);
}

bool chip_open(struct chip_sm *sm, struct command *c, struct sink *buf)
{
	struct span in = c->data, mac, le, sealed = { 0 }, objects;

	step(sm);
	sm->odd = c->ins & 1;
	if (c->cla != CLA_SM)
		return false;
	c->data = span_of(NULL, 0);
	c->le = 0;
	objects = in;
	if (tlv_optional(&in, sm->odd ? 0x85 : 0x87, &sealed) == R_OK) {
		if (!sm->odd) {
			ck_assert_uint_eq(sealed.p[0], 1);
			sealed.p++;
			sealed.n--;
		}
	}
	if (tlv_optional(&in, 0x97, &le) == R_OK) {
		c->le = le.n == 1 ? le.p[0] : (uint32_t)le.p[0] << 8 | le.p[1];
		if (c->le == 0)
			c->le = le.n == 1 ? 256 : 65536;
	}
	objects.n -= in.n;
	ck_assert_int_eq(tlv_only(in, 0x8e, &mac), R_OK);
	if (!mac_good(sm, c, objects, mac))
		return false;
	if (sealed.n > 0) {
		decrypt(sm, sealed, buf);
		c->data = sink_span(buf);
	}
	return true;
}

void chip_seal(struct chip_sm *sm, struct span data, uint16_t sw,
	       struct sink *out)
{
	static uint8_t plain[70000], sealed[70001];
	const uint8_t word[] = { (uint8_t)(sw >> 8), (uint8_t)sw };
	struct sink p = SINK(plain);
	size_t from = out->n;
	uint8_t mac[MAC_SIZE];

	step(sm);
	if (data.n > 0) {
		sink_put(&p, data);
		cipher_pad(sm->keys.cipher, &p, 0);
		sealed[0] = 1;
		cbc(sm, true, sink_span(&p), sealed + 1);
		if (sm->odd)
			put_object(out, 0x85, span_of(sealed + 1, p.n));
		else
			put_object(out, 0x87, span_of(sealed, p.n + 1));
	}
	put_object(out, 0x99, SPAN(word));
	ck_assert_int_eq(cipher_mac_padded(sm->keys.cipher, sm->keys.mac,
		counter(sm), span_of(out->p + from, out->n - from), mac), R_OK);
	put_object(out, 0x8e, SPAN(mac));
	sink_u16(out, sw);
}
