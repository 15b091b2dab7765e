// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/sm.h"

#include <string.h>

#include "base/refuse.h"
#include "base/secret.h"
#include "emrtd/data_object.h"
#include "lds/tlv.h"

/* 9303-11 9.8.4: the data objects of secure messaging */
#define TAG_CRYPTOGRAM 0x87	/* 01 (padding of ISO 7816-4), ciphertext */
#define TAG_CRYPTOGRAM_ODD 0x85	/* ciphertext of data objects */
#define TAG_LE         0x97
#define TAG_SW         0x99
#define TAG_MAC        0x8e

#define PADDING_ISO 0x01
#define PAD_FIRST   0x80

#define PLAIN_MAX 512	/* data of one command: a DH key has 267 bytes */
#define DO_MAX    (PLAIN_MAX + CIPHER_BLOCK_MAX + 32)
#define HEADER    4

/* DO'99' and DO'8E', which every response has */
#define TAIL_SIZE (4 + 2 + MAC_SIZE)

void sm_wipe(struct sm *sm)
{
	secret_wipe(sm, sizeof(*sm));
}

void sm_start(struct sm *sm, const struct session_keys *keys)
{
	struct session_keys k = *keys;	/* keys may be sm's own */

	sm_wipe(sm);
	sm->keys = k;
	memcpy(sm->ssc, k.ssc, sizeof(sm->ssc));
	sm->live = true;
	session_keys_wipe(&k);
}

size_t sm_plain_max(const struct sm *sm, size_t answer)
{
	size_t block = cipher_block_size(sm->keys.cipher);
	size_t n = answer > TAIL_SIZE ? answer - TAIL_SIZE : 0;

	n -= n % block;
	while (n > 0 && object_size(n + 1) + TAIL_SIZE > answer)
		n -= block;
	return n > 0 ? n - 1 : 0;	/* the 80 of the padding */
}

static struct span counter(const struct sm *sm)
{
	return span_of(sm->ssc, cipher_block_size(sm->keys.cipher));
}

static void ssc_next(struct sm *sm)
{
	for (size_t i = counter(sm).n; i-- > 0;)
		if (++sm->ssc[i] != 0)
			break;
}

/* 9.8.6.1 and 9.8.7.1: CBC; the IV of 3DES is zero, that of AES is the
 * encrypted counter. */
static enum result run_cipher(const struct sm *sm, bool encrypt,
			      struct span in, uint8_t *out)
{
	enum info_cipher c = sm->keys.cipher;
	uint8_t iv[CIPHER_BLOCK_MAX];
	enum result r;

	if (c == CIPHER_3DES)
		return cipher_cbc(c, sm->keys.enc, NULL, encrypt, in, out);
	r = cipher_block(c, sm->keys.enc, counter(sm), iv);
	return r == R_OK ? cipher_cbc(c, sm->keys.enc, iv, encrypt, in, out)
			 : r;
}

/* DO'87', or DO'85' where the instruction is odd (9.8.4). */
static enum result put_cryptogram(const struct sm *sm, bool odd,
				  struct span data, struct sink *out)
{
	uint8_t plain[PLAIN_MAX + CIPHER_BLOCK_MAX];
	uint8_t sealed[1 + sizeof(plain)] = { PADDING_ISO };
	struct sink p = SINK(plain);
	enum result r;

	if (data.n > PLAIN_MAX)
		return R_INTERNAL;
	sink_put(&p, data);
	cipher_pad(sm->keys.cipher, &p, 0);
	r = sink_done(&p);
	if (r == R_OK)
		r = run_cipher(sm, true, sink_span(&p), sealed + 1);
	if (r == R_OK && odd)
		put_object(out, TAG_CRYPTOGRAM_ODD, span_of(sealed + 1, p.n));
	else if (r == R_OK)
		put_object(out, TAG_CRYPTOGRAM, span_of(sealed, 1 + p.n));
	secret_wipe(plain, sizeof(plain));
	return r;
}

/* DO'87' and DO'97' as the command has data and Le. */
static enum result put_objects(const struct sm *sm, const struct command *c,
			       struct sink *out)
{
	const uint8_t le[] = { (uint8_t)(c->le >> 8), (uint8_t)c->le };
	enum result r = R_OK;

	if (c->data.n > 0)
		r = put_cryptogram(sm, c->ins & 1, c->data, out);
	if (r == R_OK && c->le > APDU_SHORT_LE)
		put_object(out, TAG_LE, SPAN(le));
	else if (r == R_OK && c->le > 0)
		put_object(out, TAG_LE, span_of(le + 1, 1));
	return r == R_OK ? sink_done(out) : r;
}

/* 9.8.4: over counter || padded header || DO'87' || DO'97'. */
static enum result command_mac(const struct sm *sm, const struct command *c,
			       struct span objects, uint8_t out[MAC_SIZE])
{
	const uint8_t header[HEADER] = { c->cla | CLA_SM, c->ins, c->p1,
					 c->p2 };
	uint8_t head[2 * CIPHER_BLOCK_MAX];
	struct sink h = SINK(head);

	sink_put(&h, counter(sm));
	sink_put(&h, SPAN(header));
	cipher_pad(sm->keys.cipher, &h, 0);	/* the counter is one block */
	/* each run of octets is padded once: nothing follows the header of
	 * VERIFY without a PIN (ISO/IEC 7816-4 10.2.3.1) */
	if (objects.n == 0)
		return cipher_mac(sm->keys.cipher, sm->keys.mac,
				  sink_span(&h), objects, out);
	return cipher_mac_padded(sm->keys.cipher, sm->keys.mac, sink_span(&h),
				 objects, out);
}

static enum result wrap(const struct sm *sm, const struct command *c,
			struct sink *out)
{
	uint8_t buf[DO_MAX], mac[MAC_SIZE];
	struct sink objects = SINK(buf);
	struct command p = *c;
	enum result r = put_objects(sm, c, &objects);

	if (r == R_OK)
		r = command_mac(sm, c, sink_span(&objects), mac);
	if (r != R_OK)
		return r;
	put_object(&objects, TAG_MAC, SPAN(mac));
	r = sink_done(&objects);
	if (r != R_OK)
		return r;
	p.cla |= CLA_SM;
	p.data = sink_span(&objects);
	p.le = c->le > APDU_SHORT_LE || objects.n > APDU_SHORT_DATA ?
		       APDU_LE_MAX : APDU_SHORT_LE;
	return command_encode(&p, out);
}

enum result sm_wrap(struct sm *sm, const struct command *c, struct sink *out)
{
	enum result r;

	refuse_if(!sm->live, R_DENIED);
	if (c->le > APDU_LE_MAX)
		return R_INTERNAL;
	ssc_next(sm);
	sm->odd = c->ins & 1;
	r = wrap(sm, c, out);
	if (r != R_OK)
		sm_wipe(sm);	/* our counter is ahead of the card's */
	return r;
}

struct objects {
	struct span cryptogram;	/* n == 0: none */
	struct span authentic;	/* DO'87' || DO'99' as sent */
	struct span mac;
	uint16_t sw;
};

/* [DO'87' or DO'85'] DO'99' DO'8E', in this order and nothing else. */
static enum result parse_objects(struct span in, uint32_t tag,
				 struct objects *out)
{
	struct objects o = { 0 };
	struct span all = in, sw;
	enum result r = tlv_optional(&in, tag, &o.cryptogram);

	if (r == R_MALFORMED)
		return R_MALFORMED;
	refuse_if(r == R_OK && o.cryptogram.n == 0, R_MALFORMED);
	if (tlv_expect(&in, TAG_SW, &sw) != R_OK)
		return R_MALFORMED;
	refuse_if(sw.n != 2, R_MALFORMED);
	if (span_u16(&sw, &o.sw) != R_OK)
		return R_MALFORMED;
	o.authentic = span_of(all.p, all.n - in.n);
	if (tlv_expect(&in, TAG_MAC, &o.mac) != R_OK)
		return R_MALFORMED;
	refuse_if(o.mac.n != MAC_SIZE, R_MALFORMED);
	refuse_if(span_end(&in) != R_OK, R_MALFORMED);
	*out = o;
	return R_OK;
}

/* 9.8.6.2, 9.8.7.2: over counter || DO'87' || DO'99'. */
static enum result check_mac(const struct sm *sm, const struct objects *o)
{
	uint8_t want[MAC_SIZE];
	enum result r = cipher_mac_padded(sm->keys.cipher, sm->keys.mac,
					  counter(sm), o->authentic, want);

	if (r != R_OK)
		return r;
	refuse_if(!span_equal_ct(SPAN(want), o->mac), R_DENIED);
	return R_OK;
}

/* The plaintext without its padding: 80 and zeros, in its last block. */
static enum result unpad(struct span *plain, size_t block)
{
	size_t n = plain->n, least = n - block;

	while (n > least && plain->p[n - 1] == 0)
		n--;
	refuse_if(n == least, R_MALFORMED);
	refuse_if(plain->p[n - 1] != PAD_FIRST, R_MALFORMED);
	plain->n = n - 1;
	return R_OK;
}

static enum result open_cryptogram(const struct sm *sm, struct span in,
				   struct sink *plain, struct span *out)
{
	size_t block = cipher_block_size(sm->keys.cipher);
	uint8_t padding = PADDING_ISO;
	struct span data;
	enum result r = sm->odd ? R_OK : span_u8(&in, &padding);

	if (r != R_OK)
		return r;
	refuse_if(padding != PADDING_ISO, R_MALFORMED);
	refuse_if(in.n == 0 || in.n % block != 0, R_MALFORMED);
	refuse_if(in.n > plain->cap - plain->n, R_MALFORMED);
	r = run_cipher(sm, false, in, plain->p + plain->n);
	if (r != R_OK)
		return r;
	data = span_of(plain->p + plain->n, in.n);
	r = unpad(&data, block);
	if (r != R_OK)
		return r;
	plain->n += in.n;
	*out = data;
	return R_OK;
}

static enum result unwrap(const struct sm *sm, const struct response *raw,
			  struct sink *plain, struct response *out)
{
	struct response a = { .data = span_of(plain->p + plain->n, 0),
			      .sw = raw->sw };
	struct objects o;
	enum result r = parse_objects(raw->data, sm->odd ? TAG_CRYPTOGRAM_ODD
							 : TAG_CRYPTOGRAM, &o);

	if (r == R_OK)
		r = check_mac(sm, &o);
	if (r != R_OK)
		return r;
	refuse_if(o.sw != raw->sw, R_MALFORMED);
	if (o.cryptogram.n > 0)
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

	refuse_if(!sm->live, R_DENIED);
	ssc_next(sm);
	r = response_parse(apdu, &raw);
	if (r == R_OK)
		r = unwrap(sm, &raw, plain, out);
	if (r != R_OK)
		sm_wipe(sm);
	return r;
}
