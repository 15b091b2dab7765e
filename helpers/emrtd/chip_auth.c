// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/chip_auth.h"

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"
#include "emrtd/data_object.h"

#define MSE_P1_SET   0x41	/* set, computation */
#define MSE_P2_AT    0xa4
#define MSE_P2_KAT   0xa6
#define TAG_DYNAMIC  0x7c
#define TAG_PROTOCOL 0x80
#define TAG_KEY_ID   0x84
#define TAG_OUR_KEY  0x80
#define TAG_KAT_KEY  0x91

void chip_auth_keys_wipe(struct chip_auth_keys *k)
{
	secret_wipe(k, sizeof(*k));
}

void chip_auth_wipe(struct chip_auth *ca)
{
	secret_wipe(ca, sizeof(*ca));
}

enum result chip_auth_prepare(struct chip_auth_keys *out)
{
	scoped(chip_auth_keys_wipe) struct chip_auth_keys k = { 0 };

	for (int i = 0; i < DOMAIN_COUNT; i++) {
		const struct domain *d = domain_at((enum domain_id)i);
		enum result r;

		if (d->weak)
			continue;
		r = domain_key_new(d, &k.pair[i]);
		if (r != R_OK)
			return r;
		k.made[i] = true;
	}
	*out = k;
	return R_OK;
}

enum result chip_auth_start(struct chip_auth *ca,
			    const struct protocol *protocol,
			    const struct chip_key *chip,
			    const uint32_t *key_id,
			    const struct chip_auth_keys *ephemeral)
{
	const struct domain *d = chip->domain;
	scoped(chip_auth_wipe) struct chip_auth n = {
		.protocol = protocol, .chip = *chip,
		.has_id = key_id != NULL, .id = key_id ? *key_id : 0,
		.ours = ephemeral->pair[d->id],
	};

	refuse_if(suite_rank(protocol) == 0 ||
		  protocol->kind != INFO_CHIP_AUTH, R_DENIED);
	refuse_if(protocol->agreement != d->agreement, R_DENIED);
	if (!ephemeral->made[d->id]) {
		enum result r = domain_key_new(d, &n.ours);

		if (r != R_OK)
			return r;
	}
	*ca = n;
	return R_OK;
}

/* Unsigned, without leading zeros: 195 is C3. */
static void put_key_id(struct sink *out, uint32_t id)
{
	uint8_t b[4] = { (uint8_t)(id >> 24), (uint8_t)(id >> 16),
			 (uint8_t)(id >> 8), (uint8_t)id };
	size_t skip = 0;

	while (skip < sizeof(b) - 1 && b[skip] == 0)
		skip++;
	put_object(out, TAG_KEY_ID, span_of(b + skip, sizeof(b) - skip));
}

static struct span our_key(const struct chip_auth *ca)
{
	return domain_public_span(ca->chip.domain, ca->ours.public);
}

static bool by_set_kat(const struct chip_auth *ca)
{
	return ca->protocol->cipher == CIPHER_3DES;
}

/* 6.2.4.1: one command with our key; the chip takes up the new keys at once. */
static enum result set_kat(const struct chip_auth *ca, struct sink *buf,
			   struct command *out)
{
	put_object(buf, TAG_KAT_KEY, our_key(ca));
	if (ca->has_id)
		put_key_id(buf, ca->id);
	*out = (struct command){ CLA_PLAIN, INS_MSE, MSE_P1_SET, MSE_P2_KAT,
				 sink_span(buf), 0 };
	return sink_done(buf);
}

/* 6.2.4.2: which protocol and key ... */
static enum result set_at(const struct chip_auth *ca, struct sink *buf,
			  struct command *out)
{
	put_object(buf, TAG_PROTOCOL, ca->protocol->oid);
	if (ca->has_id)
		put_key_id(buf, ca->id);
	*out = (struct command){ CLA_PLAIN, INS_MSE, MSE_P1_SET, MSE_P2_AT,
				 sink_span(buf), 0 };
	return sink_done(buf);
}

/* ... and our key. */
static enum result general(const struct chip_auth *ca, struct sink *buf,
			   struct command *out)
{
	uint8_t object[DOMAIN_PUBLIC_MAX + 8];
	struct sink o = SINK(object);
	enum result r;

	put_object(&o, TAG_OUR_KEY, our_key(ca));
	put_object(buf, TAG_DYNAMIC, sink_span(&o));
	*out = (struct command){ CLA_PLAIN, INS_GENERAL_AUTHENTICATE, 0, 0,
				 sink_span(buf), APDU_SHORT_LE };
	r = sink_done(&o);
	return r == R_OK ? sink_done(buf) : r;
}

enum result chip_auth_command(const struct chip_auth *ca, unsigned int step,
			      struct sink *buf, struct command *out)
{
	struct command c = { 0 };
	enum result r = R_ABSENT;

	if (step == 0)
		r = by_set_kat(ca) ? set_kat(ca, buf, &c) :
				     set_at(ca, buf, &c);
	else if (step == 1 && !by_set_kat(ca))
		r = general(ca, buf, &c);
	if (r == R_OK)
		*out = c;
	return r;
}

enum result chip_auth_answer(const struct chip_auth *ca, unsigned int step,
			     struct span data)
{
	static const uint8_t empty[] = { TAG_DYNAMIC, 0 };

	if (step == 1 && !by_set_kat(ca))
		refuse_if(!span_equal(data, SPAN(empty)), R_MALFORMED);
	else
		refuse_if(data.n != 0, R_MALFORMED);
	return R_OK;
}

enum result chip_auth_session(const struct chip_auth *ca,
			      struct session_keys *out)
{
	uint8_t shared[DOMAIN_SHARED_MAX];
	const struct domain *d = ca->chip.domain;
	enum result r = domain_agree(d, ca->ours.secret,
				     domain_public_span(d, ca->chip.public),
				     shared);

	if (r == R_OK)
		r = kdf_session(ca->protocol->cipher,
				span_of(shared, d->shared), out);
	secret_wipe(shared, sizeof(shared));
	return r;
}
