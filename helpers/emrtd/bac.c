// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/bac.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"

#define SECRET_SIZE (2 * BAC_CHALLENGE + BAC_KEY)	/* S, R of 4.3.1 */
#define TOKEN_SIZE  (SECRET_SIZE + MAC_SIZE)		/* E || M */
#define SEED_SIZE   16

/* S or R: the writer's challenge, the other's, the writer's key. */
struct parts {
	uint8_t own[BAC_CHALLENGE], other[BAC_CHALLENGE], key[BAC_KEY];
};
_Static_assert(sizeof(struct parts) == SECRET_SIZE, "no padding");

struct seed {
	uint8_t b[20];		/* a SHA-1 value; its first 16 are the seed */
};

static void parts_wipe(struct parts *p)
{
	secret_wipe(p, sizeof(*p));
}

static void seed_wipe(struct seed *s)
{
	secret_wipe(s, sizeof(*s));
}

void bac_wipe(struct bac *b)
{
	secret_wipe(b, sizeof(*b));
}

enum result bac_prepare(struct bac_random *out)
{
	struct bac_random r;

	if (RAND_bytes(r.rnd_ifd, sizeof(r.rnd_ifd)) != 1 ||
	    RAND_priv_bytes(r.k_ifd, sizeof(r.k_ifd)) != 1)
		return R_INTERNAL;
	*out = r;
	secret_wipe(&r, sizeof(r));
	return R_OK;
}

enum result bac_start(struct bac *b, struct span mrz_key,
		      const struct bac_random *ours)
{
	scoped(seed_wipe) struct seed seed;
	enum result r;

	bac_wipe(b);
	b->step = BAC_FAILED;
	refuse_if(mrz_key.n == 0, R_MALFORMED);
	if (EVP_Digest(mrz_key.p, mrz_key.n, seed.b, NULL, EVP_sha1(),
		       NULL) != 1)
		return R_INTERNAL;
	r = kdf_session(CIPHER_3DES, span_of(seed.b, SEED_SIZE), &b->base);
	if (r != R_OK)
		return r;
	b->ours = *ours;
	b->step = BAC_GET_CHALLENGE;
	return R_OK;
}

/* 4.3.1 step 2: E(K_Enc, RND.IFD || RND.IC || K.IFD) and its MAC. */
static enum result authenticate(const struct bac *b, struct sink *apdu)
{
	scoped(parts_wipe) struct parts s;
	uint8_t token[TOKEN_SIZE];
	enum result r;

	memcpy(s.own, b->ours.rnd_ifd, sizeof(s.own));
	memcpy(s.other, b->rnd_ic, sizeof(s.other));
	memcpy(s.key, b->ours.k_ifd, sizeof(s.key));
	r = cipher_cbc(CIPHER_3DES, b->base.enc, NULL, true,
		       span_of(&s, sizeof(s)), token);
	if (r == R_OK)
		r = cipher_mac_padded(CIPHER_3DES, b->base.mac,
				      span_of(token, SECRET_SIZE),
				      span_of(NULL, 0), token + SECRET_SIZE);
	if (r != R_OK)
		return r;
	return command_encode(&(struct command){ CLA_PLAIN,
			      INS_EXTERNAL_AUTHENTICATE, 0, 0, SPAN(token),
			      TOKEN_SIZE }, apdu);
}

enum result bac_command(struct bac *b, struct sink *apdu)
{
	switch (b->step) {
	case BAC_GET_CHALLENGE:
		return command_encode(&(struct command){ CLA_PLAIN,
				      INS_GET_CHALLENGE, 0, 0, { NULL, 0 },
				      BAC_CHALLENGE }, apdu);
	case BAC_AUTHENTICATE:
		return authenticate(b, apdu);
	case BAC_DONE:
	case BAC_FAILED:
		break;
	}
	return R_DENIED;
}

static enum result take_challenge(struct bac *b, const struct response *a)
{
	refuse_if(a->sw != SW_OK, R_MALFORMED);
	refuse_if(a->data.n != BAC_CHALLENGE, R_MALFORMED);
	memcpy(b->rnd_ic, a->data.p, BAC_CHALLENGE);
	b->step = BAC_AUTHENTICATE;
	return R_OK;
}

/* 4.3.1 step 5 and 9.8.6.3. */
static enum result make_session(struct bac *b, const struct parts *theirs)
{
	const size_t half = BAC_CHALLENGE / 2;
	scoped(seed_wipe) struct seed seed;
	enum result r;

	for (size_t i = 0; i < SEED_SIZE; i++)
		seed.b[i] = b->ours.k_ifd[i] ^ theirs->key[i];
	r = kdf_session(CIPHER_3DES, span_of(seed.b, SEED_SIZE), &b->session);
	if (r != R_OK)
		return r;
	memcpy(b->session.ssc, b->rnd_ic + half, half);
	memcpy(b->session.ssc + half, b->ours.rnd_ifd + half, half);
	b->step = BAC_DONE;
	return R_OK;
}

/* 4.3.1 step 4. */
static enum result take_token(struct bac *b, const struct response *a)
{
	scoped(parts_wipe) struct parts theirs;
	uint8_t want[MAC_SIZE];
	struct span in = a->data, sealed;
	enum result r;

	refuse_if(status_result(a->sw) == R_DENIED, R_DENIED);
	refuse_if(a->sw != SW_OK, R_MALFORMED);
	refuse_if(in.n != TOKEN_SIZE, R_MALFORMED);
	if (span_take(&in, SECRET_SIZE, &sealed) != R_OK)
		return R_MALFORMED;
	r = cipher_mac_padded(CIPHER_3DES, b->base.mac, sealed,
			      span_of(NULL, 0), want);
	if (r != R_OK)
		return r;
	refuse_if(!span_equal_ct(SPAN(want), in), R_DENIED);
	r = cipher_cbc(CIPHER_3DES, b->base.enc, NULL, false, sealed,
		       (uint8_t *)&theirs);
	if (r != R_OK)
		return r;
	refuse_if(!span_equal_ct(SPAN(theirs.own), SPAN(b->rnd_ic)),
		  R_MALFORMED);
	refuse_if(!span_equal_ct(SPAN(theirs.other), SPAN(b->ours.rnd_ifd)),
		  R_MALFORMED);
	return make_session(b, &theirs);
}

enum result bac_response(struct bac *b, struct span apdu)
{
	struct response a = { { NULL, 0 }, 0 };
	enum result r;

	refuse_if(b->step != BAC_GET_CHALLENGE && b->step != BAC_AUTHENTICATE,
		  R_DENIED);
	r = response_parse(apdu, &a);
	if (r == R_OK)
		r = b->step == BAC_GET_CHALLENGE ? take_challenge(b, &a)
						 : take_token(b, &a);
	if (r != R_OK) {
		bac_wipe(b);
		b->step = BAC_FAILED;
	}
	b->sw = a.sw;
	return r;
}

bool bac_done(const struct bac *b)
{
	return b->step == BAC_DONE;
}

enum result bac_session(const struct bac *b, struct session_keys *out)
{
	refuse_if(b->step != BAC_DONE, R_DENIED);
	*out = b->session;
	return R_OK;
}
