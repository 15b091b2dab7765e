/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>

#include "support_terminal.h"

SCOPE_FREE(EC_GROUP *, EC_GROUP_free);
SCOPE_FREE(EC_POINT *, EC_POINT_free);
SCOPE_FREE(BIGNUM *, BN_clear_free);

void terminal_init(struct terminal *t, transmit_fn *transmit, void *with)
{
	*t = (struct terminal){ .transmit = transmit, .with = with,
				.random = sim_random };
}

enum result terminal_to_card(void *with, struct span command,
			     struct sink *response)
{
	card_apdu(with, command, response);
	return sink_done(response);
}

static enum result exchange(struct terminal *t, struct span command,
			    struct reply *out)
{
	struct sink s = sink_of(out->data, sizeof(out->data));

	t->apdus++;
	if (t->transmit(t->with, command, &s) != R_OK || s.n < 2)
		return R_DENIED;
	out->n = s.n - 2;
	out->sw = (uint16_t)(s.p[s.n - 2] << 8 | s.p[s.n - 1]);
	return R_OK;
}

enum result terminal_raw(struct terminal *t, const char *hex,
			 struct reply *out)
{
	uint8_t buf[1024];
	size_t n = strlen(hex) / 2;

	if (n > sizeof(buf) || hex_decode(hex, buf, n) != R_OK)
		return R_INTERNAL;
	return exchange(t, span_of(buf, n), out);
}

/* -- secure messaging ----------------------------------------------------- */

static void count_up(struct terminal *t)
{
	for (int i = SIM_BLOCK; i-- > 0 && ++t->ssc[i] == 0;)
		;
}

static enum result cbc(const struct terminal *t, bool encrypt, struct span in,
		       uint8_t *out)
{
	const uint8_t zero[SIM_BLOCK] = { 0 };
	uint8_t iv[SIM_BLOCK];

	if (sim_aes_cbc(true, t->enc, zero, SPAN(t->ssc), iv) != R_OK)
		return R_INTERNAL;
	return sim_aes_cbc(encrypt, t->enc, iv, in, out);
}

static enum result put_cryptogram(const struct terminal *t, bool odd,
				  struct span data, struct sink *out)
{
	uint8_t clear[1024], value[1025] = { 1 };
	struct sink p = SINK(clear);

	sink_put(&p, data);
	sim_pad(&p, 0);
	if (sink_done(&p) != R_OK ||
	    cbc(t, true, sink_span(&p), value + (odd ? 0 : 1)) != R_OK)
		return R_INTERNAL;
	tlv_put(out, odd ? 0x85 : 0x87, span_of(value, p.n + (odd ? 0 : 1)));
	return R_OK;
}

static enum result protect(struct terminal *t, const uint8_t head[4],
			   struct span data, size_t le, struct sink *out)
{
	const uint8_t header[4] = { head[0] | 0x0c, head[1], head[2],
				    head[3] };
	uint8_t objects[1200], input[1300], mac[SIM_MAC];
	const uint8_t le_byte = (uint8_t)le;
	struct sink o = SINK(objects), m = SINK(input);

	count_up(t);
	if (data.n && put_cryptogram(t, head[1] & 1, data, &o) != R_OK)
		return R_INTERNAL;
	if (le)
		tlv_put(&o, 0x97, span_of(&le_byte, 1));
	sink_put(&m, SPAN(t->ssc));
	sink_put(&m, SPAN(header));
	sim_pad(&m, 0);
	sink_put(&m, sink_span(&o));
	sim_pad(&m, 0);
	if (sim_cmac(t->mac, sink_span(&m), mac) != R_OK)
		return R_INTERNAL;
	mac[7] ^= t->spoil_mac ? 1 : 0;
	t->spoil_mac = false;
	tlv_put(&o, 0x8e, SPAN(mac));
	sink_put(out, SPAN(header));
	sink_u8(out, (uint8_t)o.n);
	sink_put(out, sink_span(&o));
	sink_u8(out, 0);
	return o.n < 256 ? sink_done(out) : R_INTERNAL;
}

static enum result check_mac(const struct terminal *t, struct span covered,
			     struct span mac)
{
	uint8_t own[SIM_MAC];
	struct sink m = { malloc(covered.n + 64), 0, covered.n + 64, false };
	enum result r;

	sink_put(&m, SPAN(t->ssc));
	sink_put(&m, covered);
	sim_pad(&m, 0);
	r = sim_cmac(t->mac, sink_span(&m), own);
	free(m.p);
	if (r != R_OK)
		return r;
	return span_equal_ct(SPAN(own), mac) ? R_OK : R_DENIED;
}

static enum result unprotect(struct terminal *t, bool odd, struct reply *io)
{
	struct span all = span_of(io->data, io->n), v, clear, body;
	uint8_t sw[2] = { (uint8_t)(io->sw >> 8), (uint8_t)io->sw };
	enum result r;

	count_up(t);
	if (all.n < 14 || tlv_find(all, 0x8e, &v) != R_OK ||
	    check_mac(t, span_of(all.p, all.n - 10), v) != R_OK ||
	    tlv_find(all, 0x99, &v) != R_OK || !span_equal(v, SPAN(sw)))
		return R_DENIED;
	io->n = 0;
	r = tlv_find(all, odd ? 0x85 : 0x87, &v);
	if (r == R_ABSENT)
		return R_OK;
	if (r != R_OK || (!odd && span_take(&v, 1, &body) != R_OK) ||
	    v.n % SIM_BLOCK)
		return R_DENIED;
	uint8_t *plain = malloc(v.n);
	if (!plain || cbc(t, false, v, plain) != R_OK) {
		free(plain);
		return R_INTERNAL;
	}
	clear = span_of(plain, v.n);
	r = sim_unpad(&clear);
	if (r == R_OK) {
		memcpy(io->data, clear.p, clear.n);
		io->n = clear.n;
	}
	free(plain);
	return r;
}

enum result terminal_send(struct terminal *t, const uint8_t head[4],
			  struct span data, size_t le, struct reply *out)
{
	uint8_t buf[1400];
	struct sink s = SINK(buf);
	bool was_on = t->on;
	enum result r;

	if (was_on) {
		r = protect(t, head, data, le, &s);
		if (r != R_OK)
			return r;
	} else {
		sink_put(&s, span_of(head, 4));
		if (data.n) {
			sink_u8(&s, (uint8_t)data.n);
			sink_put(&s, data);
		}
		if (le)
			sink_u8(&s, (uint8_t)le);
	}
	if (sink_done(&s) != R_OK)
		return R_INTERNAL;
	r = exchange(t, sink_span(&s), out);
	return r == R_OK && was_on ? unprotect(t, head[1] & 1, out) : r;
}

uint16_t terminal_sw(struct terminal *t, const char *hex)
{
	uint8_t buf[300];
	size_t n = strlen(hex) / 2, le = 0;
	struct span data = { 0 };
	struct reply reply;

	if (n < 4 || n > sizeof(buf) || hex_decode(hex, buf, n) != R_OK)
		return 0;
	if (n == 5) {
		le = buf[4] ? buf[4] : 256;
	} else if (n > 5) {
		data = span_of(buf + 5, buf[4]);
		if (n > 5u + buf[4])
			le = buf[n - 1] ? buf[n - 1] : 256;
	}
	if (terminal_send(t, buf, data, le, &reply) != R_OK)
		return 0;
	return reply.sw;
}

/* -- PACE ----------------------------------------------------------------- */

static enum result set_at(struct terminal *t, const uint8_t head[4],
			  struct span oid, uint8_t reference,
			  unsigned int parameter, uint16_t *sw)
{
	uint8_t buf[64], id = (uint8_t)parameter;
	struct sink s = SINK(buf);
	struct reply reply;

	tlv_put(&s, 0x80, oid);
	if (reference)
		tlv_put(&s, 0x83, span_of(&reference, 1));
	if (id)
		tlv_put(&s, 0x84, span_of(&id, 1));
	if (terminal_send(t, head, sink_span(&s), 0, &reply) != R_OK)
		return R_DENIED;
	*sw = reply.sw;
	return reply.sw == SW_OK ? R_OK : R_DENIED;
}

/* GENERAL AUTHENTICATE with one object in DO'7C'; the answer's object. */
static enum result authenticate(struct terminal *t, bool more, uint32_t tag,
				struct span value, uint32_t answer,
				struct reply *reply, struct span *out)
{
	const uint8_t head[4] = { more ? 0x10 : 0x00, 0x86, 0, 0 };
	uint8_t inner[100], outer[110];
	struct sink i = SINK(inner), o = SINK(outer);
	struct span in, body;
	uint32_t t7c;

	if (tag)
		tlv_put(&i, tag, value);
	tlv_put(&o, 0x7c, sink_span(&i));
	if (terminal_send(t, head, sink_span(&o), 256, reply) != R_OK ||
	    reply->sw != SW_OK)
		return R_DENIED;
	in = span_of(reply->data, reply->n);
	if (tlv_get(&in, &t7c, &body) != R_OK || t7c != 0x7c || in.n)
		return R_MALFORMED;
	return answer ? tlv_find(body, answer, out) : R_OK;
}

/* A key pair on base, and what it makes of the peer's key. */
static enum result key_on(struct terminal *t, const EC_GROUP *g,
			  const EC_POINT *base, BIGNUM **key,
			  uint8_t pub[SIM_POINT])
{
	scoped(scope_EC_POINT_free) EC_POINT *p = EC_POINT_new(g);

	if (!p || sim_scalar(g, t->random, t->random_with, key) != R_OK ||
	    sim_point_mul(g, base, *key, p) != R_OK)
		return R_INTERNAL;
	return sim_point_write(g, p, pub);
}

static void set_channel(struct terminal *t, const uint8_t enc[SIM_KEY],
			const uint8_t mac[SIM_KEY])
{
	memcpy(t->enc, enc, SIM_KEY);
	memcpy(t->mac, mac, SIM_KEY);
	memset(t->ssc, 0, SIM_BLOCK);
	t->on = true;
}

static enum result agree_and_confirm(struct terminal *t, const EC_GROUP *g,
				     const EC_POINT *base, struct reply *reply)
{
	uint8_t pub[SIM_POINT], peer[SIM_POINT], secret[SIM_FIELD];
	uint8_t enc[SIM_KEY], mac[SIM_KEY], token[SIM_MAC];
	scoped(scope_BN_clear_free) BIGNUM *key = NULL;
	scoped(scope_EC_POINT_free) EC_POINT *p = EC_POINT_new(g);
	struct span v;
	enum result r;

	if (key_on(t, g, base, &key, pub) != R_OK)
		return R_INTERNAL;
	r = authenticate(t, true, 0x83, SPAN(pub), 0x84, reply, &v);
	if (r != R_OK)
		return r;
	if (sim_point_read(g, v, p) != R_OK)
		return R_MALFORMED;
	memcpy(peer, v.p, SIM_POINT);
	if (sim_agree(g, p, key, secret) != R_OK ||
	    sim_kdf(SPAN(secret), 1, enc) != R_OK ||
	    sim_kdf(SPAN(secret), 2, mac) != R_OK ||
	    sim_pace_token(mac, SPAN(peer), token) != R_OK)
		return R_INTERNAL;
	r = authenticate(t, false, 0x85, SPAN(token), 0x86, reply, &v);
	if (r != R_OK)
		return r;
	if (sim_pace_token(mac, SPAN(pub), token) != R_OK ||
	    !span_equal_ct(SPAN(token), v))
		return R_DENIED;
	set_channel(t, enc, mac);
	return R_OK;
}

static enum result map(struct terminal *t, const EC_GROUP *g,
		       const uint8_t password[SIM_KEY], EC_POINT *base,
		       struct reply *reply)
{
	const uint8_t zero[SIM_BLOCK] = { 0 };
	uint8_t nonce[SIM_BLOCK], pub[SIM_POINT];
	scoped(scope_BN_clear_free) BIGNUM *key = NULL;
	struct span v;
	enum result r;

	r = authenticate(t, true, 0, (struct span){ 0 }, 0x80, reply, &v);
	if (r != R_OK)
		return r;
	if (v.n != SIM_BLOCK ||
	    sim_aes_cbc(false, password, zero, v, nonce) != R_OK ||
	    key_on(t, g, EC_GROUP_get0_generator(g), &key, pub) != R_OK)
		return R_INTERNAL;
	r = authenticate(t, true, 0x81, SPAN(pub), 0x82, reply, &v);
	if (r != R_OK)
		return r;
	if (sim_point_read(g, v, base) != R_OK ||
	    sim_point_mul(g, base, key, base) != R_OK)
		return R_MALFORMED;
	return sim_map_generic(g, SPAN(nonce), base, base);
}

enum result terminal_pace(struct terminal *t, uint8_t reference,
			  const uint8_t password[SIM_KEY], unsigned int curve,
			  bool send_84, uint16_t *sw)
{
	static const uint8_t head[4] = { 0x00, 0x22, 0xc1, 0xa4 };
	const struct sim_curve *c = sim_curve_by_id(curve);
	scoped(scope_EC_GROUP_free)
	EC_GROUP *g = EC_GROUP_new_by_curve_name(c->nid);
	scoped(scope_EC_POINT_free) EC_POINT *base = EC_POINT_new(g);
	struct reply reply = { .sw = 0 };
	enum result r;

	r = set_at(t, head, SPAN(sim_oid_pace), reference,
		   send_84 ? curve : 0, sw);
	if (r != R_OK)
		return r;
	r = map(t, g, password, base, &reply);
	if (r == R_OK)
		r = agree_and_confirm(t, g, base, &reply);
	*sw = reply.sw;
	return r;
}

/* -- Chip Authentication -------------------------------------------------- */

/* The last 65 bytes of the key's BIT STRING, found by its lead-in. */
static enum result find_point(struct span dg14, uint8_t out[SIM_POINT])
{
	static const uint8_t lead[] = { 0x03, 0x42, 0x00, 0x04 };

	for (size_t i = 0; i + sizeof(lead) + 64 <= dg14.n; i++) {
		if (memcmp(dg14.p + i, lead, sizeof(lead)) != 0)
			continue;
		memcpy(out, dg14.p + i + 3, SIM_POINT);
		return R_OK;
	}
	return R_ABSENT;
}

enum result terminal_ca(struct terminal *t, struct span dg14, uint16_t *sw)
{
	static const uint8_t head[4] = { 0x00, 0x22, 0x41, 0xa4 };
	uint8_t chip[SIM_POINT], pub[SIM_POINT], secret[SIM_FIELD];
	uint8_t enc[SIM_KEY], mac[SIM_KEY];
	scoped(scope_BN_clear_free) BIGNUM *key = NULL;
	scoped(scope_EC_GROUP_free) EC_GROUP *g = NULL;
	scoped(scope_EC_POINT_free) EC_POINT *p = NULL;
	struct reply reply = { .sw = 0 };
	enum result r = find_point(dg14, chip);

	for (unsigned int id = 12; r == R_OK && id <= 13; id++) {
		EC_GROUP_free(g);
		EC_POINT_free(p);
		g = EC_GROUP_new_by_curve_name(sim_curve_by_id(id)->nid);
		p = EC_POINT_new(g);
		if (sim_point_read(g, SPAN(chip), p) == R_OK)
			break;
	}
	if (r == R_OK)
		r = set_at(t, head, SPAN(sim_oid_ca), 0, 0, sw);
	if (r == R_OK)
		r = key_on(t, g, EC_GROUP_get0_generator(g), &key, pub);
	if (r == R_OK)
		r = authenticate(t, false, 0x80, SPAN(pub), 0, &reply, NULL);
	*sw = reply.sw ? reply.sw : *sw;
	if (r != R_OK)
		return r;
	if (sim_agree(g, p, key, secret) != R_OK ||
	    sim_kdf(SPAN(secret), 1, enc) != R_OK ||
	    sim_kdf(SPAN(secret), 2, mac) != R_OK)
		return R_INTERNAL;
	set_channel(t, enc, mac);
	return R_OK;
}

/* -- files ---------------------------------------------------------------- */

enum result terminal_read(struct terminal *t, uint8_t sfi, size_t step,
			  struct blob *out)
{
	const size_t cap = SIM_FILE_MAX;
	scoped(blob_free) struct blob b = { malloc(cap), 0 };
	uint8_t head[4] = { 0x00, 0xb0, 0x80 | sfi, 0 };

	while (b.p) {
		struct reply reply;

		if (terminal_send(t, head, (struct span){ 0 }, step, &reply) !=
		    R_OK)
			return R_DENIED;
		if (reply.sw == SW_OFFSET && b.n)
			break;
		if ((reply.sw != SW_OK && reply.sw != SW_EOF) ||
		    b.n + reply.n > cap || b.n + reply.n > 0x7fff)
			return R_DENIED;
		memcpy(b.p + b.n, reply.data, reply.n);
		b.n += reply.n;
		head[2] = (uint8_t)(b.n >> 8);
		head[3] = (uint8_t)b.n;
		if (reply.sw == SW_EOF)
			break;
	}
	*out = b;
	b = (struct blob){ 0 };
	return out->p ? R_OK : R_INTERNAL;
}
