// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: emrtd lds base */
/*
 * The card's answers in PACE. The first octet says which protocol and domain,
 * the second which step; the rest is the answer. With 0x80 in the second the
 * rest follows a token that is right, inside 7C: nobody guesses one, and what
 * comes after it would never be reached.
 */
#include <stdlib.h>
#include <string.h>

#include "emrtd/data_object.h"
#include "emrtd/pace.h"
#include "emrtd/pace_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	uint8_t mapping, cipher;	/* the last arcs of id-PACE */
	uint8_t parameter;
} runs[] = {
	{ 2, 2, 13 }, { 2, 1, 12 }, { 2, 4, 18 }, { 1, 2, 0 }, { 1, 4, 2 },
	{ 4, 2, 13 }, { 4, 4, 17 }, { 3, 2, 0 }, { 3, 3, 1 }, { 6, 2, 13 },
	{ 6, 4, 18 }, { 6, 3, 16 },
};
#define RUNS (sizeof(runs) / sizeof(runs[0]))

static struct pace before[RUNS];

/* Every field that a step wants, as if those before it had been run. */
static void prepare(size_t i, const struct pace_keys *keys)
{
	const uint8_t oid[] = { 4, 0, 0x7f, 0, 7, 2, 2, 4, runs[i].mapping,
				runs[i].cipher };
	const struct domain *d = domain_by_parameter(runs[i].parameter);
	struct pace *p = &before[i];
	struct domain_key peer;

	if (pace_start(p, protocol_by_oid(SPAN(oid)), d, PASSWORD_CAN,
		       span_str("123456"), keys) != R_OK ||
	    domain_key_new(d, &peer) != R_OK ||
	    domain_multiply(d, p->agree.secret, span_of(NULL, 0),
			    p->agree.public) != R_OK)
		abort();
	memcpy(p->peer, peer.public, sizeof(p->peer));
	memcpy(p->peer_map, peer.public, sizeof(p->peer_map));
	memcpy(p->peer_sent, peer.public, sizeof(p->peer_sent));
	p->peer_sent_n = d->public;
	p->nonce_n = p->protocol->cipher >= CIPHER_AES192 ? 32 : 16;
	p->session.cipher = p->protocol->cipher;
}

static enum result with_token(struct pace *p, struct span rest)
{
	static uint8_t object[70000], apdu[70000];
	struct sink o = SINK(object), a = SINK(apdu);
	uint8_t t[MAC_SIZE];

	if (rest.n > 60000 ||
	    pace_token(p, domain_public_span(p->domain, p->agree.public),
		       t) != R_OK)
		return R_MALFORMED;
	put_object(&o, TAG_TOKEN_IC, SPAN(t));
	sink_put(&o, rest);
	put_object(&a, TAG_DYNAMIC, sink_span(&o));
	sink_u16(&a, SW_OK);
	return pace_response(p, sink_span(&a));
}

static void end(struct pace *p, enum result r, bool token)
{
	struct session_keys session;
	uint8_t buf[400];
	struct sink apdu = SINK(buf);

	if (r != R_OK && p->step != PACE_FAILED)
		abort();
	if (pace_session(p, &session) == R_OK && !token)
		abort();
	if ((p->cam.domain != NULL) !=
	    (pace_done(p) && p->protocol->mapping == MAP_CAM))
		abort();
	if (r == R_OK && !pace_done(p) &&
	    (pace_command(p, &apdu) != R_OK ||
	     apdu.n > pace_command_max(p->protocol, p->domain)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pace_keys keys;
	static int ready;
	struct pace p;
	bool token;
	enum result r;

	if (!ready) {
		if (pace_prepare(&keys) != R_OK)
			abort();
		for (size_t i = 0; i < RUNS; i++)
			prepare(i, &keys);
		ready = 1;
	}
	if (size < 2)
		return 0;
	p = before[data[0] % RUNS];
	token = data[1] & 0x80;
	p.step = token ? PACE_TOKEN : (enum pace_step)(data[1] % PACE_DONE);
	r = token ? with_token(&p, span_of(data + 2, size - 2)) :
		    pace_response(&p, span_of(data + 2, size - 2));
	end(&p, r, token);
	return 0;
}
