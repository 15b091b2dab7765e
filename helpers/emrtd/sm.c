// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/sm.h"

#include <string.h>

#include "base/scope.h"
#include "base/secret.h"
#include "lds/tlv.h"

/* 9303-11 9.8.4: the data objects of secure messaging */
#define TAG_CRYPTOGRAM 0x87	/* 01 (padding of ISO 7816-4), ciphertext */
#define TAG_LE         0x97
#define TAG_SW         0x99
#define TAG_MAC        0x8e

#define PADDING_ISO 0x01
#define PAD_FIRST   0x80

#define PLAIN_MAX   512		/* data of one command: CA's is 71 bytes */
#define DO_MAX      (PLAIN_MAX + 64)

void sm_wipe(struct sm *sm)
{
	secret_wipe(sm, sizeof(*sm));
}

void sm_start(struct sm *sm, const struct session_keys *keys)
{
	sm_wipe(sm);
	sm->keys = *keys;
	sm->live = true;
}

static void ssc_next(struct sm *sm)
{
	for (size_t i = sizeof(sm->ssc); i-- > 0;)
		if (++sm->ssc[i] != 0)
			break;
}

/* 9.8.6.1: 80 and zeros up to a whole block, always at least the 80. */
static void pad(struct sink *out, size_t from)
{
	sink_u8(out, PAD_FIRST);
	while (!out->overflow && (out->n - from) % AES_BLOCK_SIZE != 0)
		sink_u8(out, 0);
}

static void put_length(struct sink *out, size_t n)
{
	if (n >= 0x80)
		sink_u8(out, n > 0xff ? 0x82 : 0x81);
	if (n > 0xff)
		sink_u16(out, (uint16_t)n);
	else
		sink_u8(out, (uint8_t)n);
}

/* 9.8.6.2: MAC over SSC || M padded; m is padded by the caller. */
static enum result mac_over(const struct sm *sm, struct span m,
			    uint8_t out[MAC_SIZE])
{
	return aes_mac(sm->keys.mac, SPAN(sm->ssc), m, out);
}

/* 9.8.6.1: CBC, the IV is the encrypted counter. */
static enum result run_cipher(const struct sm *sm, bool encrypt,
			      struct span in, uint8_t *out)
{
	uint8_t iv[AES_BLOCK_SIZE];
	enum result r = aes_block(sm->keys.enc, sm->ssc, iv);

	return r == R_OK ? aes_cbc(sm->keys.enc, iv, encrypt, in, out) : r;
}

static enum result put_cryptogram(const struct sm *sm, struct span data,
				  struct sink *out)
{
	uint8_t plain[PLAIN_MAX + AES_BLOCK_SIZE], sealed[sizeof(plain)];
	struct sink p = SINK(plain);
	enum result r;

	sink_put(&p, data);
	pad(&p, 0);
	r = sink_done(&p);
	if (r == R_OK)
		r = run_cipher(sm, true, sink_span(&p), sealed);
	if (r == R_OK) {
		sink_u8(out, TAG_CRYPTOGRAM);
		put_length(out, p.n + 1);
		sink_u8(out, PADDING_ISO);
		sink_put(out, span_of(sealed, p.n));
	}
	secret_wipe(plain, sizeof(plain));
	return r;
}

/* DO'87' and DO'97' as the command has data and Le. */
static enum result put_objects(const struct sm *sm, const struct command *c,
			       struct sink *out)
{
	enum result r = R_OK;

	if (c->data.n > 0)
		r = put_cryptogram(sm, c->data, out);
	if (r == R_OK && c->le > 0) {
		sink_u8(out, TAG_LE);
		sink_u8(out, c->le > APDU_SHORT_LE ? 2 : 1);
		if (c->le > APDU_SHORT_LE)
			sink_u16(out, (uint16_t)c->le);
		else
			sink_u8(out, (uint8_t)c->le);
	}
	return r == R_OK ? sink_done(out) : r;
}

/* 9.8.4: M = padded header || DO'87' || DO'97'. */
static enum result command_mac(const struct sm *sm, const struct command *c,
			       struct span objects, uint8_t out[MAC_SIZE])
{
	uint8_t m[AES_BLOCK_SIZE + DO_MAX + AES_BLOCK_SIZE];
	struct sink s = SINK(m);
	enum result r;

	sink_u8(&s, c->cla | CLA_SM);
	sink_u8(&s, c->ins);
	sink_u8(&s, c->p1);
	sink_u8(&s, c->p2);
	pad(&s, 0);
	sink_put(&s, objects);
	pad(&s, 0);
	r = sink_done(&s);
	return r == R_OK ? mac_over(sm, sink_span(&s), out) : r;
}

enum result sm_wrap(struct sm *sm, const struct command *c, struct sink *out)
{
	uint8_t buf[DO_MAX], mac[MAC_SIZE];
	struct sink objects = SINK(buf);
	struct command p = *c;
	enum result r;

	if (!sm->live)
		return R_DENIED;
	if ((c->data.n == 0 && c->le == 0) || (c->ins & 1))
		return R_INTERNAL;
	ssc_next(sm);
	r = put_objects(sm, c, &objects);
	if (r == R_OK)
		r = command_mac(sm, c, sink_span(&objects), mac);
	if (r != R_OK)
		return r;
	sink_u8(&objects, TAG_MAC);
	sink_u8(&objects, MAC_SIZE);
	sink_put(&objects, SPAN(mac));
	r = sink_done(&objects);
	if (r != R_OK)
		return r;
	p.cla |= CLA_SM;
	p.data = sink_span(&objects);
	p.le = c->le > APDU_SHORT_LE ? APDU_LE_MAX : APDU_SHORT_LE;
	return command_encode(&p, out);
}

struct objects {
	struct span cryptogram;	/* n == 0: none */
	struct span authentic;	/* DO'87' || DO'99' as sent */
	struct span mac;
	uint16_t sw;
};

/* [DO'87'] DO'99' DO'8E', in this order and nothing else. */
static enum result parse_objects(struct span in, struct objects *out)
{
	struct objects o = { 0 };
	struct span all = in, sw, n;
	enum result r;

	if (in.n > 0 && in.p[0] == TAG_CRYPTOGRAM) {
		r = tlv_expect(&in, TAG_CRYPTOGRAM, &o.cryptogram);
		if (r != R_OK || o.cryptogram.n == 0)
			return R_MALFORMED;
	}
	r = tlv_expect(&in, TAG_SW, &sw);
	if (r != R_OK || sw.n != 2 || span_u16(&sw, &o.sw) != R_OK)
		return R_MALFORMED;
	n = span_of(all.p, all.n - in.n);
	r = tlv_expect(&in, TAG_MAC, &o.mac);
	if (r != R_OK || o.mac.n != MAC_SIZE || span_end(&in) != R_OK)
		return R_MALFORMED;
	o.authentic = n;
	*out = o;
	return R_OK;
}

static enum result check_mac(const struct sm *sm, struct span authentic,
			     struct span mac, struct sink *work)
{
	uint8_t want[MAC_SIZE];
	size_t from = work->n;
	enum result r;

	sink_put(work, authentic);
	pad(work, from);
	r = sink_done(work);
	if (r == R_OK)
		r = mac_over(sm, span_of(work->p + from, work->n - from),
			     want);
	if (r == R_OK && !span_equal_ct(SPAN(want), mac))
		r = R_DENIED;
	work->n = from;
	return r;
}

/* The plaintext without its padding: 80 and at most 15 zeros. */
static enum result unpad(struct span *plain)
{
	size_t n = plain->n, least = n - AES_BLOCK_SIZE;

	while (n > least && plain->p[n - 1] == 0)
		n--;
	if (n == least || plain->p[n - 1] != PAD_FIRST)
		return R_MALFORMED;
	plain->n = n - 1;
	return R_OK;
}

static enum result open_cryptogram(const struct sm *sm, struct span in,
				   struct sink *plain, struct span *out)
{
	struct span data;
	uint8_t padding;
	enum result r = span_u8(&in, &padding);

	if (r != R_OK || padding != PADDING_ISO || in.n == 0 ||
	    in.n % AES_BLOCK_SIZE != 0)
		return R_MALFORMED;
	if (in.n > plain->cap - plain->n)
		return R_MALFORMED;
	r = run_cipher(sm, false, in, plain->p + plain->n);
	if (r != R_OK)
		return r;
	data = span_of(plain->p + plain->n, in.n);
	r = unpad(&data);
	if (r != R_OK)
		return r;
	plain->n += in.n;
	*out = data;
	return R_OK;
}

static enum result unwrap(const struct sm *sm, const struct response *raw,
			  struct sink *plain, struct response *out)
{
	struct response a = { .data = span_of(plain->p, 0), .sw = raw->sw };
	struct objects o;
	enum result r = parse_objects(raw->data, &o);

	if (r == R_OK)
		r = check_mac(sm, o.authentic, o.mac, plain);
	if (r == R_OK && o.sw != raw->sw)
		r = R_MALFORMED;
	if (r == R_OK && o.cryptogram.n > 0)
		r = open_cryptogram(sm, o.cryptogram, plain, &a.data);
	if (r == R_OK)
		*out = a;
	return r;
}

enum result sm_unwrap(struct sm *sm, struct span apdu, struct sink *plain,
		      struct response *out)
{
	struct response raw;
	enum result r;

	if (!sm->live)
		return R_DENIED;
	ssc_next(sm);
	r = response_parse(apdu, &raw);
	if (r == R_OK)
		r = unwrap(sm, &raw, plain, out);
	if (r != R_OK)
		sm_wipe(sm);
	return r;
}
