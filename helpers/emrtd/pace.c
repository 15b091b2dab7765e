// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/pace.h"

#include <string.h>

#include "base/scope.h"
#include "base/secret.h"
#include "lds/tlv.h"

/* 9303-11 4.4.4: data objects of MSE:Set AT and GENERAL AUTHENTICATE */
#define TAG_DYNAMIC  0x7c
#define TAG_PROTOCOL 0x80
#define TAG_PASSWORD 0x83
#define TAG_DOMAIN   0x84
#define TAG_NONCE    0x80
#define TAG_MAP_IFD  0x81
#define TAG_MAP_IC   0x82
#define TAG_KEY_IFD  0x83
#define TAG_KEY_IC   0x84
#define TAG_TOKEN_IFD 0x85
#define TAG_TOKEN_IC 0x86

#define MSE_P1_PACE  0xc1	/* set, verification and encipherment */
#define MSE_P2_AT    0xa4

#define DATA_MAX (CURVE_POINT_MAX + 16)

void pace_keys_wipe(struct pace_keys *k)
{
	secret_wipe(k, sizeof(*k));
}

void pace_wipe(struct pace *p)
{
	secret_wipe(p, sizeof(*p));
	p->step = PACE_FAILED;
}

enum result pace_prepare(struct pace_keys *out)
{
	scoped(pace_keys_wipe) struct pace_keys k = { 0 };

	for (int i = 0; i < CURVE_COUNT; i++) {
		const struct curve *c = curve_at((enum curve_id)i);
		enum result r = curve_key_new(c, &k.map[i]);

		if (r == R_OK)
			r = curve_scalar(c, k.agree[i]);
		if (r != R_OK)
			return r;
	}
	*out = k;
	return R_OK;
}

enum result pace_start(struct pace *p, const struct protocol *protocol,
		       const struct curve *curve, enum password_kind kind,
		       struct span password, const struct pace_keys *ephemeral)
{
	scoped(pace_wipe) struct pace n = {
		.protocol = protocol, .curve = curve, .password = kind,
		.map = ephemeral->map[curve->id],
	};
	enum result r = kdf_password(kind, password, n.k_pi);

	if (r != R_OK)
		return r;
	if (!suite_accepted(protocol) || protocol->kind != INFO_PACE)
		return R_DENIED;
	memcpy(n.agree.secret, ephemeral->agree[curve->id], CURVE_FIELD_MAX);
	n.step = PACE_SET_AT;
	*p = n;
	return R_OK;
}

bool pace_done(const struct pace *p)
{
	return p->step == PACE_DONE;
}

enum result pace_session(const struct pace *p, struct session_keys *out)
{
	if (p->step != PACE_DONE)
		return R_DENIED;
	*out = p->session;
	return R_OK;
}

/* Short definite lengths suffice: every value here is below 128 bytes. */
static void put_do(struct sink *out, uint8_t tag, struct span value)
{
	sink_u8(out, tag);
	sink_u8(out, (uint8_t)value.n);
	sink_put(out, value);
}

enum result dynamic_data(struct span in, uint8_t tag, struct span *value)
{
	struct span inside, v;
	enum result r = tlv_expect(&in, TAG_DYNAMIC, &inside);

	if (r == R_OK)
		r = span_end(&in);
	if (r == R_OK)
		r = tlv_expect(&inside, tag, &v);
	if (r == R_OK)
		r = span_end(&inside);
	if (r != R_OK)
		return R_MALFORMED;
	*value = v;
	return R_OK;
}

/* 4.4.4.1 MSE:Set AT. DO'84' is optional where the domain parameters are
 * not ambiguous; it is always sent, because cards exist that want it. */
static enum result set_at(const struct pace *p, struct sink *apdu)
{
	uint8_t data[SUITE_OID_MAX + 8];
	const uint8_t password = (uint8_t)p->password;
	struct sink d = SINK(data);
	enum result r;

	put_do(&d, TAG_PROTOCOL, p->protocol->oid);
	put_do(&d, TAG_PASSWORD, span_of(&password, 1));
	put_do(&d, TAG_DOMAIN, span_of(&p->curve->parameter, 1));
	r = sink_done(&d);
	if (r != R_OK)
		return r;
	return command_encode(&(struct command){ CLA_PLAIN, INS_MSE,
			      MSE_P1_PACE, MSE_P2_AT, sink_span(&d), 0 },
			      apdu);
}

/* 4.4.4.2 GENERAL AUTHENTICATE, chained but for the last. */
static enum result authenticate(uint8_t cla, uint8_t tag, struct span value,
				struct sink *apdu)
{
	uint8_t data[DATA_MAX];
	struct sink d = SINK(data);
	enum result r;

	sink_u8(&d, TAG_DYNAMIC);
	if (value.n == 0) {
		sink_u8(&d, 0);
	} else {
		sink_u8(&d, (uint8_t)(value.n + 2));
		put_do(&d, tag, value);
	}
	r = sink_done(&d);
	if (r != R_OK)
		return r;
	return command_encode(&(struct command){ cla,
			      INS_GENERAL_AUTHENTICATE, 0, 0, sink_span(&d),
			      APDU_SHORT_LE }, apdu);
}

/* 4.4.3.4: MAC(KS_MAC, 7F49 { 06 oid, 86 the other side's key }). */
static enum result token(const struct pace *p,
			 const uint8_t point[CURVE_POINT_MAX],
			 uint8_t out[MAC_SIZE])
{
	uint8_t data[DATA_MAX + SUITE_OID_MAX];
	struct sink d = SINK(data);
	struct span key = curve_point(p->curve, point);
	enum result r;

	sink_u16(&d, 0x7f49);
	sink_u8(&d, (uint8_t)(2 + p->protocol->oid.n + 2 + key.n));
	put_do(&d, 0x06, p->protocol->oid);
	put_do(&d, 0x86, key);
	r = sink_done(&d);
	return r == R_OK ? aes_mac(p->session.mac, sink_span(&d),
				   span_of(NULL, 0), out) : r;
}

static enum result send_token(const struct pace *p, struct sink *apdu)
{
	uint8_t t[MAC_SIZE];
	enum result r = token(p, p->peer, t);

	return r == R_OK ? authenticate(CLA_PLAIN, TAG_TOKEN_IFD, SPAN(t),
					apdu) : r;
}

enum result pace_command(struct pace *p, struct sink *apdu)
{
	switch (p->step) {
	case PACE_SET_AT:
		return set_at(p, apdu);
	case PACE_NONCE:
		return authenticate(CLA_CHAIN, 0, span_of(NULL, 0), apdu);
	case PACE_MAP:
		return authenticate(CLA_CHAIN, TAG_MAP_IFD,
				    curve_point(p->curve, p->map.point), apdu);
	case PACE_AGREE:
		return authenticate(CLA_CHAIN, TAG_KEY_IFD,
				    curve_point(p->curve, p->agree.point),
				    apdu);
	case PACE_TOKEN:
		return send_token(p, apdu);
	case PACE_DONE:
	case PACE_FAILED:
		break;
	}
	return R_DENIED;
}

/* 4.4.3.2: s = the nonce decrypted with K_pi, CBC with a zero IV. */
static enum result take_nonce(struct pace *p, struct span data)
{
	static const uint8_t zero[AES_BLOCK_SIZE];
	struct span z;
	enum result r = dynamic_data(data, TAG_NONCE, &z);

	if (r != R_OK || z.n != sizeof(p->nonce))
		return R_MALFORMED;
	return aes_cbc(p->k_pi, zero, false, z, p->nonce);
}

/* 4.4.3.3.1, and our agreement key on the mapped generator. */
static enum result take_map(struct pace *p, struct span data)
{
	uint8_t mapped[CURVE_POINT_MAX];
	struct span peer;
	enum result r = dynamic_data(data, TAG_MAP_IC, &peer);

	if (r == R_OK)
		r = curve_map(p->curve, SPAN(p->nonce), p->map.secret, peer,
			      mapped);
	if (r == R_OK)
		r = curve_mul(p->curve, p->agree.secret,
			      curve_point(p->curve, mapped), p->agree.point);
	secret_wipe(mapped, sizeof(mapped));
	return r;
}

/* 4.4.1 step 3, 9.7.2: the shared secret is the X coordinate. */
static enum result take_key(struct pace *p, struct span data)
{
	uint8_t shared[CURVE_POINT_MAX];
	struct span peer;
	enum result r = dynamic_data(data, TAG_KEY_IC, &peer);

	if (r == R_OK && span_equal(peer, curve_point(p->curve,
						      p->agree.point)))
		r = R_MALFORMED;	/* our own key sent back */
	if (r == R_OK)
		r = curve_mul(p->curve, p->agree.secret, peer, shared);
	if (r == R_OK) {
		memcpy(p->peer, peer.p, peer.n);
		r = kdf_session(span_of(shared + 1, p->curve->field),
				&p->session);
	}
	secret_wipe(shared, sizeof(shared));
	return r;
}

static enum result take_token(struct pace *p, struct span data)
{
	uint8_t want[MAC_SIZE];
	struct span t;
	enum result r = dynamic_data(data, TAG_TOKEN_IC, &t);

	if (r == R_OK)
		r = token(p, p->agree.point, want);
	if (r == R_OK && !span_equal_ct(SPAN(want), t))
		r = R_DENIED;
	return r;
}

/* MSE:Set AT answers no data; 63Cx there is a warning that x tries are left
 * (TR-03110-3 B.1), not a refusal. */
static enum result take_set_at(const struct response *a)
{
	if (a->sw != SW_OK && (a->sw & 0xfff0) != 0x63c0)
		return R_MALFORMED;
	return span_end(&a->data);
}

static bool wrong_password(uint16_t sw)
{
	return sw == SW_VERIFY_FAILED || (sw & 0xfff0) == 0x63c0;
}

static enum result take(struct pace *p, const struct response *a)
{
	if (p->step == PACE_SET_AT)
		return take_set_at(a);
	if (wrong_password(a->sw))
		return R_DENIED;
	if (a->sw != SW_OK)
		return R_MALFORMED;
	switch (p->step) {
	case PACE_NONCE:
		return take_nonce(p, a->data);
	case PACE_MAP:
		return take_map(p, a->data);
	case PACE_AGREE:
		return take_key(p, a->data);
	case PACE_TOKEN:
		return take_token(p, a->data);
	case PACE_SET_AT:
	case PACE_DONE:
	case PACE_FAILED:
		break;
	}
	return R_DENIED;
}

enum result pace_response(struct pace *p, struct span apdu)
{
	struct response a;
	enum result r = response_parse(apdu, &a);
	uint16_t sw = r == R_OK ? a.sw : 0;

	if (r == R_OK)
		r = take(p, &a);
	if (r == R_OK)
		p->step++;
	else
		pace_wipe(p);
	p->sw = sw;
	return r;
}
