/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terminal's side of PACE, BAC and Chip Authentication. */
#include <string.h>

#include <openssl/evp.h>

#include "support_terminal.h"

enum { REFERENCE_MRZ = 1, REFERENCE_CAN = 2 };

static enum result set_at(struct terminal *t, const uint8_t head[4],
			  const struct sim_protocol *p, uint8_t reference,
			  int parameter, uint16_t *sw)
{
	uint8_t buf[64], id = (uint8_t)parameter;
	struct sink s = SINK(buf);
	struct reply reply;

	tlv_put(&s, 0x80, SPAN(p->oid));
	if (reference)
		tlv_put(&s, 0x83, span_of(&reference, 1));
	if (parameter >= 0)
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
	uint8_t inner[300], outer[310];
	struct sink i = SINK(inner), o = SINK(outer);
	struct span in, body;
	uint32_t t7c;

	if (tag)
		tlv_put(&i, tag, value);
	tlv_put(&o, 0x7c, sink_span(&i));
	if (sink_done(&o) != R_OK ||
	    terminal_send(t, head, sink_span(&o), 256, reply) != R_OK ||
	    reply->sw != SW_OK)
		return R_DENIED;
	in = span_of(reply->data, reply->n);
	if (tlv_get(&in, &t7c, &body) != R_OK || t7c != 0x7c || in.n)
		return R_MALFORMED;
	return answer ? tlv_find(body, answer, out) : R_OK;
}

/* A key pair on base (NULL: the standard generator). */
static enum result key_on(struct terminal *t, const struct sim_domain *d,
			  const struct sim_public *base,
			  uint8_t key[SIM_SCALAR_MAX], struct sim_public *out)
{
	if (sim_scalar(d, t->random, t->random_with, key) != R_OK)
		return R_INTERNAL;
	return sim_multiply(d, base, span_of(key, d->scalar), out);
}

/* -- PACE ----------------------------------------------------------------- */

struct pace_state {
	const struct pace_run *run;
	const struct sim_domain *d;
	struct sim_key password;
	uint8_t nonce[SIM_KEY_MAX];
	struct sim_public generator;
	struct sim_public own, peer, peer_map;
	struct reply reply;
};

static enum result get_nonce(struct terminal *t, struct pace_state *s)
{
	const size_t n = sim_nonce_size(s->run->protocol);
	struct span v;
	enum result r = authenticate(t, true, 0, (struct span){ 0 }, 0x80,
				     &s->reply, &v);

	if (r != R_OK)
		return r;
	if (v.n != n)
		return R_MALFORMED;
	return sim_cbc(&s->password, false, NULL, v, s->nonce);
}

static enum result map_integrated(struct terminal *t, struct pace_state *s)
{
	const struct sim_protocol *p = s->run->protocol;
	uint8_t nonce[SIM_KEY_MAX];
	const struct span mine = span_of(nonce, sim_key_size(p->cipher));
	struct span v;
	enum result r;

	if (t->random(t->random_with, nonce, mine.n) != R_OK)
		return R_INTERNAL;
	r = authenticate(t, true, 0x81, mine, 0x82, &s->reply, &v);
	if (r != R_OK || v.n)
		return r == R_OK ? R_MALFORMED : r;
	return sim_map_integrated(p, span_of(s->nonce, sim_nonce_size(p)),
				  mine, &s->generator);
}

static enum result map(struct terminal *t, struct pace_state *s)
{
	uint8_t key[SIM_SCALAR_MAX] = { 0 };
	struct sim_public own;
	struct span v;
	enum result r;

	if (s->run->protocol->mapping == SIM_IM)
		return map_integrated(t, s);
	if (key_on(t, s->d, NULL, key, &own) != R_OK)
		return R_INTERNAL;
	r = authenticate(t, true, 0x81, sim_public_span(&own), 0x82,
			 &s->reply, &v);
	if (r != R_OK)
		return r;
	if (sim_public_read(s->d, v, &s->peer_map) != R_OK ||
	    span_equal(sim_public_span(&own), sim_public_span(&s->peer_map)))
		return R_MALFORMED;
	return sim_map_generic(s->d, span_of(s->nonce, 16),
			       span_of(key, s->d->scalar), &s->peer_map,
			       &s->generator);
}

/* What a terminal computes that does not look at the key: X = 0 of a point
 * that is none, and 1, or p - 1 with an odd exponent. */
static void forged_secret(const struct sim_domain *d, struct span peer,
			  const uint8_t *key, struct sim_public *taken,
			  uint8_t secret[SIM_SHARED_MAX])
{
	memset(secret, 0, SIM_SHARED_MAX);
	*taken = (struct sim_public){ .n = peer.n };
	memcpy(taken->p, peer.p, peer.n);
	if (d->ec)
		return;
	*taken = (struct sim_public){ .n = d->public };
	memcpy(taken->p + d->public - peer.n, peer.p, peer.n);
	if (peer.n > 1 && (key[d->scalar - 1] & 1))
		memcpy(secret, taken->p, d->field);
	else
		secret[d->field - 1] = 1;
}

static enum result agree(struct terminal *t, struct pace_state *s,
			 uint8_t secret[SIM_SHARED_MAX])
{
	uint8_t key[SIM_SCALAR_MAX] = { 0 };
	struct span v;
	enum result r;

	if (key_on(t, s->d, &s->generator, key, &s->own) != R_OK)
		return R_INTERNAL;
	r = authenticate(t, true, 0x83, sim_public_span(&s->own), 0x84,
			 &s->reply, &v);
	if (r != R_OK)
		return r;
	r = sim_public_read(s->d, v, &s->peer);
	if (r != R_OK && t->gullible && v.n) {
		forged_secret(s->d, v, key, &s->peer, secret);
		return R_OK;
	}
	if (r != R_OK || (!t->gullible &&
			  span_equal(sim_public_span(&s->own),
				     sim_public_span(&s->peer))))
		return R_MALFORMED;
	return sim_agree(s->d, &s->peer, span_of(key, s->d->scalar), secret);
}

/* 9303-11 4.4.3.5.2: PK_Map,IC = CA_IC x PK_IC. */
static enum result check_chip(const struct sim_key *enc,
			      const struct pace_state *s, struct span sealed)
{
	uint8_t minus_one[SIM_BLOCK_MAX], iv[SIM_BLOCK_MAX];
	uint8_t plain[SIM_SCALAR_MAX + SIM_BLOCK_MAX];
	struct span scalar = span_of(plain, sealed.n);
	struct sim_public k;

	memset(minus_one, 0xff, sizeof(minus_one));
	if (!sealed.n || sealed.n > sizeof(plain) ||
	    sealed.n % sim_block_size(enc->cipher) ||
	    sim_cbc(enc, true, NULL, SPAN(minus_one), iv) != R_OK ||
	    sim_cbc(enc, false, iv, sealed, plain) != R_OK ||
	    sim_unpad(enc->cipher, &scalar) != R_OK ||
	    scalar.n != s->d->scalar)
		return R_MALFORMED;
	if (sim_multiply(s->d, s->run->chip, scalar, &k) != R_OK)
		return R_DENIED;
	return span_equal(sim_public_span(&k), sim_public_span(&s->peer_map))
		? R_OK : R_DENIED;
}

static enum result confirm(struct terminal *t, struct pace_state *s,
			   struct span secret)
{
	const struct sim_protocol *p = s->run->protocol;
	uint8_t token[SIM_MAC];
	struct sim_key enc, mac;
	struct span v, in, body;
	uint32_t tag;
	enum result r;

	if (sim_kdf(p->cipher, secret, 1, &enc) != R_OK ||
	    sim_kdf(p->cipher, secret, 2, &mac) != R_OK ||
	    sim_pace_token(p, &mac, &s->peer, token) != R_OK)
		return R_INTERNAL;
	r = authenticate(t, false, 0x85, SPAN(token), 0x86, &s->reply, &v);
	if (r != R_OK)
		return r;
	if (sim_pace_token(p, &mac, &s->own, token) != R_OK ||
	    !span_equal_ct(SPAN(token), v))
		return R_DENIED;
	if (s->run->chip) {
		in = span_of(s->reply.data, s->reply.n);
		if (tlv_get(&in, &tag, &body) != R_OK ||
		    tlv_find(body, 0x8a, &v) != R_OK)
			return R_MALFORMED;
		r = check_chip(&enc, s, v);
		t->verified = r == R_OK;
		if (r != R_OK)
			return r;
	}
	return terminal_keys(t, p->cipher, secret);
}

enum result terminal_pace(struct terminal *t, const struct pace_run *run,
			  uint16_t *sw)
{
	static const uint8_t head[4] = { 0x00, 0x22, 0xc1, 0xa4 };
	struct pace_state s = { .run = run, .d = run->protocol->domain };
	uint8_t secret[SIM_SHARED_MAX];
	enum result r;

	t->on = t->verified = false;
	*sw = 0;
	r = run->can ? sim_kdf_can(run->protocol->cipher, run->can,
				   &s.password)
		     : sim_kdf_mrz(run->protocol->cipher, run->mrz,
				   &s.password);
	if (r == R_OK)
		r = set_at(t, head, run->protocol,
			   run->can ? REFERENCE_CAN : REFERENCE_MRZ,
			   run->send_84 ? s.d->id : -1, sw);
	if (r == R_OK)
		r = get_nonce(t, &s);
	if (r == R_OK)
		r = map(t, &s);
	if (r == R_OK)
		r = agree(t, &s, secret);
	if (r == R_OK)
		r = confirm(t, &s, span_of(secret, s.d->field));
	if (s.reply.sw)
		*sw = s.reply.sw;
	return r;
}

/* -- BAC ------------------------------------------------------------------ */

static enum result sealed_mac(const struct sim_key *k, const uint8_t in[32],
			      uint8_t mac[SIM_MAC])
{
	uint8_t buf[40];
	struct sink s = SINK(buf);

	sink_put(&s, span_of(in, 32));
	sim_pad(SIM_3DES, &s, 0);
	return sim_mac(k, sink_span(&s), mac);
}

enum result terminal_bac(struct terminal *t, const char *mrz, uint16_t *sw)
{
	static const uint8_t challenge[4] = { 0x00, 0x84, 0, 0 };
	static const uint8_t external[4] = { 0x00, 0x82, 0, 0 };
	uint8_t digest[20], s[32], sealed[40], r[32], mac[SIM_MAC], seed[16];
	struct sim_key enc, key;
	struct reply reply;

	t->on = false;
	if (!EVP_Digest(mrz, strlen(mrz), digest, NULL, EVP_sha1(), NULL) ||
	    sim_kdf(SIM_3DES, span_of(digest, 16), 1, &enc) != R_OK ||
	    sim_kdf(SIM_3DES, span_of(digest, 16), 2, &key) != R_OK)
		return R_INTERNAL;
	if (terminal_send(t, challenge, (struct span){ 0 }, 8, &reply) != R_OK)
		return R_DENIED;
	*sw = reply.sw;
	if (reply.sw != SW_OK || reply.n != 8)
		return R_DENIED;
	memcpy(s + 8, reply.data, 8);
	if (t->random(t->random_with, s, 8) != R_OK ||
	    t->random(t->random_with, s + 16, 16) != R_OK ||
	    sim_cbc(&enc, true, NULL, SPAN(s), sealed) != R_OK ||
	    sealed_mac(&key, sealed, sealed + 32) != R_OK)
		return R_INTERNAL;
	if (terminal_send(t, external, SPAN(sealed), 40, &reply) != R_OK)
		return R_DENIED;
	*sw = reply.sw;
	if (reply.sw != SW_OK || reply.n != 40 ||
	    sealed_mac(&key, reply.data, mac) != R_OK ||
	    memcmp(mac, reply.data + 32, SIM_MAC) != 0 ||
	    sim_cbc(&enc, false, NULL, span_of(reply.data, 32), r) != R_OK ||
	    memcmp(r, s + 8, 8) != 0 || memcmp(r + 8, s, 8) != 0)
		return R_DENIED;
	for (size_t i = 0; i < 16; i++)
		seed[i] = s[16 + i] ^ r[16 + i];
	if (terminal_keys(t, SIM_3DES, SPAN(seed)) != R_OK)
		return R_INTERNAL;
	memcpy(t->ssc, s + 12, 4);
	memcpy(t->ssc + 4, s + 4, 4);
	return R_OK;
}

/* -- Chip Authentication --------------------------------------------------- */

/* MSE:Set KAT: 3DES in one command. */
static enum result set_kat(struct terminal *t, const struct sim_public *own,
			   int keyid, struct reply *reply)
{
	static const uint8_t head[4] = { 0x00, 0x22, 0x41, 0xa6 };
	uint8_t buf[SIM_PUBLIC_MAX + 16], id = (uint8_t)keyid;
	struct sink s = SINK(buf);

	tlv_put(&s, 0x91, sim_public_span(own));
	if (keyid >= 0)
		tlv_put(&s, 0x84, span_of(&id, 1));
	if (terminal_send(t, head, sink_span(&s), 0, reply) != R_OK)
		return R_DENIED;
	return reply->sw == SW_OK ? R_OK : R_DENIED;
}

enum result terminal_ca(struct terminal *t, const struct sim_protocol *p,
			const struct sim_public *chip, int keyid, uint16_t *sw)
{
	static const uint8_t head[4] = { 0x00, 0x22, 0x41, 0xa4 };
	uint8_t key[SIM_SCALAR_MAX] = { 0 }, secret[SIM_SHARED_MAX];
	struct sim_public own;
	struct reply reply = { .sw = 0 };
	enum result r;

	*sw = 0;
	if (key_on(t, p->domain, NULL, key, &own) != R_OK)
		return R_INTERNAL;
	if (p->cipher == SIM_3DES) {
		r = set_kat(t, &own, keyid, &reply);
	} else {
		r = set_at(t, head, p, 0, keyid, sw);
		if (r == R_OK)
			r = authenticate(t, false, 0x80,
					 sim_public_span(&own), 0, &reply,
					 NULL);
	}
	*sw = reply.sw ? reply.sw : *sw;
	if (r != R_OK)
		return r;
	if (sim_agree(p->domain, chip, span_of(key, p->domain->scalar),
		      secret) != R_OK)
		return R_INTERNAL;
	return terminal_keys(t, p->cipher, span_of(secret, p->domain->field));
}
