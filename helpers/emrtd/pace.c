// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/pace.h"

#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"
#include "emrtd/data_object.h"
#include "emrtd/pace_answer.h"
#include "lds/tlv.h"

#include <openssl/rand.h>

#define MSE_P1_PACE  0xc1	/* set, verification and encipherment */
#define MSE_P2_AT    0xa4

#define DATA_MAX (DOMAIN_PUBLIC_MAX + SUITE_OID_MAX + 32)

void pace_keys_wipe(struct pace_keys *k)
{
	secret_wipe(k, sizeof(*k));
}

void pace_wipe(struct pace *p)
{
	secret_wipe(p, sizeof(*p));
	p->step = PACE_FAILED;
}

static enum result make(struct pace_keys *k, const struct domain *d)
{
	enum result r = domain_key_new(d, &k->map[d->id]);

	if (r == R_OK)
		r = domain_scalar(d, k->agree[d->id]);
	k->made[d->id] = r == R_OK;
	return r;
}

enum result pace_prepare(struct pace_keys *out)
{
	scoped(pace_keys_wipe) struct pace_keys k = { 0 };

	for (int i = 0; i < DOMAIN_COUNT; i++) {
		const struct domain *d = domain_at((enum domain_id)i);
		enum result r = d->weak ? R_OK : make(&k, d);

		if (r != R_OK)
			return r;
	}
	if (RAND_bytes(k.t, sizeof(k.t)) != 1)
		return R_INTERNAL;
	*out = k;
	return R_OK;
}

/* 9303-11 9.5.1: the integrated mapping does not go with P-224. */
static enum result fits(const struct protocol *protocol,
			const struct domain *domain)
{
	refuse_if(suite_rank(protocol) == 0 || protocol->kind != INFO_PACE,
		  R_DENIED);
	refuse_if(protocol->agreement != domain->agreement, R_DENIED);
	refuse_if(protocol->mapping == MAP_IM &&
		  !domain_has_integrated(domain), R_DENIED);
	return R_OK;
}

enum result pace_start(struct pace *p, const struct protocol *protocol,
		       const struct domain *domain, enum password_kind kind,
		       struct span password, const struct pace_keys *ephemeral)
{
	scoped(pace_keys_wipe) struct pace_keys own = { 0 };
	scoped(pace_wipe) struct pace n = {
		.protocol = protocol, .domain = domain, .password = kind,
	};
	const struct pace_keys *k = ephemeral;
	enum result r = fits(protocol, domain);

	if (r == R_OK)
		r = kdf_password(protocol->cipher, kind, password, n.k_pi);
	if (r == R_OK && !k->made[domain->id]) {
		k = &own;
		r = make(&own, domain);
	}
	if (r != R_OK)
		return r;
	n.map = k->map[domain->id];
	memcpy(n.agree.secret, k->agree[domain->id], DOMAIN_SECRET_MAX);
	memcpy(n.t, ephemeral->t, sizeof(n.t));
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
	refuse_if(p->step != PACE_DONE, R_DENIED);
	*out = p->session;
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

	put_object(&d, TAG_PROTOCOL, p->protocol->oid);
	put_object(&d, TAG_PASSWORD, span_of(&password, 1));
	put_object(&d, TAG_DOMAIN, span_of(&p->domain->parameter, 1));
	r = sink_done(&d);
	if (r != R_OK)
		return r;
	return command_encode(&(struct command){ CLA_PLAIN, INS_MSE,
			      MSE_P1_PACE, MSE_P2_AT, sink_span(&d), 0 },
			      apdu);
}

/* 4.4.4.2 GENERAL AUTHENTICATE, chained but for the last. An extended command
 * may have an answer as long. */
static enum result authenticate(uint8_t cla, uint8_t tag, struct span value,
				struct sink *apdu)
{
	uint8_t object[DATA_MAX], data[DATA_MAX];
	struct sink o = SINK(object), d = SINK(data);
	enum result r;

	if (value.n > 0)
		put_object(&o, tag, value);
	put_object(&d, TAG_DYNAMIC, sink_span(&o));
	r = sink_done(&o);
	if (r == R_OK)
		r = sink_done(&d);
	if (r != R_OK)
		return r;
	return command_encode(&(struct command){ cla,
			      INS_GENERAL_AUTHENTICATE, 0, 0, sink_span(&d),
			      d.n > APDU_SHORT_DATA ? APDU_LE_MAX :
						      APDU_SHORT_LE }, apdu);
}

/* 4.4.5.2: our mapping key, or t as long as a key. */
static enum result send_map(const struct pace *p, struct sink *apdu)
{
	struct span data = domain_public_span(p->domain, p->map.public);

	if (p->protocol->mapping == MAP_IM)
		data = span_of(p->t, cipher_key_size(p->protocol->cipher));
	return authenticate(CLA_CHAIN, TAG_MAP_IFD, data, apdu);
}

/* Over the card's key as it wrote it: 9.4.1 has a number without leading
 * zeros, and cards that write them count them in. */
static enum result send_token(const struct pace *p, struct sink *apdu)
{
	uint8_t t[MAC_SIZE];
	enum result r = pace_token(p, span_of(p->peer_sent, p->peer_sent_n),
				   t);

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
		return send_map(p, apdu);
	case PACE_AGREE:
		return authenticate(CLA_CHAIN, TAG_KEY_IFD,
				    domain_public_span(p->domain,
						       p->agree.public), apdu);
	case PACE_TOKEN:
		return send_token(p, apdu);
	case PACE_DONE:
	case PACE_FAILED:
		break;
	}
	return R_DENIED;
}

size_t pace_command_max(const struct protocol *protocol,
			const struct domain *domain)
{
	const size_t set_at = 5 + object_size(protocol->oid.n) + 3 + 3;
	size_t data = object_size(object_size(domain->public));

	/* header, Lc, data, Le */
	data += data > APDU_SHORT_DATA ? 4 + 3 + 2 : 4 + 1 + 1;
	return data > set_at ? data : set_at;
}

static bool tries_are_counted(uint16_t sw)
{
	return (sw & 0xfff0) == 0x63c0;
}

/* MSE:Set AT answers no data; 63Cx there is a warning that x tries are left
 * (TR-03110-3 B.1), not a refusal. */
static enum result take_set_at(const struct response *a)
{
	refuse_if(a->sw != SW_OK && !tries_are_counted(a->sw), R_MALFORMED);
	return span_end(&a->data);
}

static enum result take(struct pace *p, const struct response *a)
{
	if (p->step == PACE_SET_AT)
		return take_set_at(a);
	refuse_if(a->sw == SW_VERIFY_FAILED || tries_are_counted(a->sw),
		  R_DENIED);
	refuse_if(a->sw != SW_OK, R_MALFORMED);
	switch (p->step) {
	case PACE_NONCE:
		return pace_take_nonce(p, a->data);
	case PACE_MAP:
		return pace_take_map(p, a->data);
	case PACE_AGREE:
		return pace_take_key(p, a->data);
	case PACE_TOKEN:
		return pace_take_token(p, a->data);
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
