// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/sign.h"

#include <stdio.h>
#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"

#define UNTRUSTED "untrusted comment: "
#define TRUSTED   "trusted comment: "
#define SECRET    "cnie-roster-secret-1 "

#define ALGORITHM_SIZE 2
#define KEY_BYTES (ALGORITHM_SIZE + SIGN_ID_SIZE + SIGN_KEY_SIZE)
#define SIGNATURE_BYTES (ALGORITHM_SIZE + SIGN_ID_SIZE + SIGN_SIZE)
#define SECRET_BYTES (SIGN_KEY_SIZE + SIGN_ID_SIZE)
#define BASE64_MAX 128		/* of the longest, and more */

static const uint8_t of_a_key[ALGORITHM_SIZE] = { 'E', 'd' };
static const uint8_t prehashed[ALGORITHM_SIZE] = { 'E', 'D' };

/* -- lines ---------------------------------------------------------------------- */

/* The next line, without its \n. */
static enum result take_line(struct span *in, struct span *out)
{
	size_t n = 0;

	while (n < in->n && in->p[n] != '\n') {
		if ((in->p[n] < 0x20 && in->p[n] != '\t') || in->p[n] == 0x7f)
			return R_MALFORMED;
		n++;
	}
	if (n == in->n)
		return R_MALFORMED;
	*out = span_of(in->p, n);
	*in = span_of(in->p + n + 1, in->n - n - 1);
	return R_OK;
}

static enum result take_word(struct span *in, const char *word)
{
	struct span s;
	enum result r = span_take(in, strlen(word), &s);

	return r == R_OK && !span_equal(s, span_str(word)) ? R_MALFORMED : r;
}

/* A line that begins so; the rest of it. */
static enum result take_comment(struct span *in, const char *word,
				struct span *out)
{
	struct span line;
	enum result r = take_line(in, &line);

	if (r == R_OK)
		r = take_word(&line, word);
	if (r == R_OK && line.n >= SIGN_COMMENT_MAX)
		r = R_MALFORMED;
	if (r == R_OK)
		*out = line;
	return r;
}

/* libsodium's decoder takes octets above 0x7f for letters. */
static bool is_ascii(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] > 0x7f)
			return false;
	return true;
}

/* Exactly n bytes. */
static enum result decode(struct span text, uint8_t *out, size_t n)
{
	size_t got = 0;

	if (!is_ascii(text) ||
	    sodium_base642bin(out, n, (const char *)text.p, text.n, NULL, &got,
			      NULL, sodium_base64_VARIANT_ORIGINAL) ||
	    got != n)
		return R_MALFORMED;
	return R_OK;
}

static void encode(struct sink *out, const uint8_t *bytes, size_t n)
{
	char text[BASE64_MAX];

	sodium_bin2base64(text, sizeof(text), bytes, n,
			  sodium_base64_VARIANT_ORIGINAL);
	sink_put(out, span_str(text));
	sink_u8(out, '\n');
	secret_wipe(text, sizeof(text));	/* a secret key's, perhaps */
}

/* -- keys ------------------------------------------------------------------------- */

static enum result key_of(struct span text, struct sign_key *out)
{
	uint8_t bytes[KEY_BYTES];
	enum result r = decode(text, bytes, sizeof(bytes));

	if (r != R_OK)
		return r;
	if (memcmp(bytes, of_a_key, ALGORITHM_SIZE))
		return R_MALFORMED;
	memcpy(out->id, bytes + ALGORITHM_SIZE, SIGN_ID_SIZE);
	memcpy(out->key, bytes + ALGORITHM_SIZE + SIGN_ID_SIZE,
	       SIGN_KEY_SIZE);
	return R_OK;
}

enum result sign_key_text(const char *text, struct sign_key *out)
{
	return key_of(span_str(text), out);
}

enum result sign_key_parse(struct span file, struct sign_key *out)
{
	struct span comment, line;
	enum result r = take_comment(&file, UNTRUSTED, &comment);

	if (r == R_OK)
		r = take_line(&file, &line);
	if (r == R_OK)
		r = span_end(&file);
	return r == R_OK ? key_of(line, out) : r;
}

/* As minisign prints it: a little-endian number. */
void sign_key_id(const uint8_t id[SIGN_ID_SIZE], char out[SIGN_ID_TEXT])
{
	for (size_t i = 0; i < SIGN_ID_SIZE; i++)
		snprintf(out + 2 * i, 3, "%02X", id[SIGN_ID_SIZE - 1 - i]);
}

void sign_key_write(const struct sign_key *key, struct sink *out)
{
	uint8_t bytes[KEY_BYTES];
	char id[SIGN_ID_TEXT];

	memcpy(bytes, of_a_key, ALGORITHM_SIZE);
	memcpy(bytes + ALGORITHM_SIZE, key->id, SIGN_ID_SIZE);
	memcpy(bytes + ALGORITHM_SIZE + SIGN_ID_SIZE, key->key, SIGN_KEY_SIZE);
	sign_key_id(key->id, id);
	sink_put(out, span_str(UNTRUSTED "minisign public key "));
	sink_put(out, span_str(id));
	sink_u8(out, '\n');
	encode(out, bytes, sizeof(bytes));
}

void sign_secret_wipe(struct sign_secret *secret)
{
	secret_wipe(secret, sizeof(*secret));
}

enum result sign_secret_new(struct sign_secret *out)
{
	if (sodium_init() < 0)
		return R_INTERNAL;
	randombytes_buf(out->seed, sizeof(out->seed));
	randombytes_buf(out->id, sizeof(out->id));
	return R_OK;
}

enum result sign_secret_parse(struct span file, struct sign_secret *out)
{
	uint8_t bytes[SECRET_BYTES];
	struct span line;
	enum result r = take_line(&file, &line);

	if (r == R_OK)
		r = take_word(&line, SECRET);
	if (r == R_OK)
		r = span_end(&file);
	if (r == R_OK)
		r = decode(line, bytes, sizeof(bytes));
	if (r == R_OK) {
		memcpy(out->seed, bytes, SIGN_KEY_SIZE);
		memcpy(out->id, bytes + SIGN_KEY_SIZE, SIGN_ID_SIZE);
	}
	secret_wipe(bytes, sizeof(bytes));
	return r;
}

void sign_secret_write(const struct sign_secret *secret, struct sink *out)
{
	uint8_t bytes[SECRET_BYTES];

	memcpy(bytes, secret->seed, SIGN_KEY_SIZE);
	memcpy(bytes + SIGN_KEY_SIZE, secret->id, SIGN_ID_SIZE);
	sink_put(out, span_str(SECRET));
	encode(out, bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
}

struct pair {				/* SECRET: wipe */
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
};

static void pair_wipe(struct pair *p)
{
	secret_wipe(p, sizeof(*p));
}

static enum result pair_of(const struct sign_secret *secret, struct pair *out)
{
	return crypto_sign_seed_keypair(out->public, out->secret,
					secret->seed) ? R_INTERNAL : R_OK;
}

enum result sign_secret_key(const struct sign_secret *secret,
			    struct sign_key *out)
{
	scoped(pair_wipe) struct pair p = { 0 };
	enum result r = pair_of(secret, &p);

	if (r != R_OK)
		return r;
	memcpy(out->id, secret->id, SIGN_ID_SIZE);
	memcpy(out->key, p.public, SIGN_KEY_SIZE);
	return R_OK;
}

/* -- signatures --------------------------------------------------------------------- */

void sign_hash_begin(struct sign_hash *h)
{
	crypto_generichash_blake2b_init(&h->state, NULL, 0, SIGN_HASH_SIZE);
}

void sign_hash_add(struct sign_hash *h, struct span bytes)
{
	crypto_generichash_blake2b_update(&h->state, bytes.p, bytes.n);
}

void sign_hash_end(struct sign_hash *h, uint8_t out[SIGN_HASH_SIZE])
{
	crypto_generichash_blake2b_final(&h->state, out, SIGN_HASH_SIZE);
}

enum result signature_parse(struct span file, struct signature *out)
{
	uint8_t bytes[SIGNATURE_BYTES], whole[SIGN_SIZE];
	struct span ignored, line, comment;
	enum result r = take_comment(&file, UNTRUSTED, &ignored);

	if (r == R_OK)
		r = take_line(&file, &line);
	if (r == R_OK)
		r = decode(line, bytes, sizeof(bytes));
	if (r == R_OK)
		r = take_comment(&file, TRUSTED, &comment);
	if (r == R_OK)
		r = take_line(&file, &line);
	if (r == R_OK)
		r = decode(line, whole, sizeof(whole));
	if (r == R_OK)
		r = span_end(&file);
	/* the older form signs the file itself: all of it in memory */
	if (r == R_OK && memcmp(bytes, prehashed, ALGORITHM_SIZE))
		r = R_MALFORMED;
	if (r != R_OK)
		return r;
	memcpy(out->id, bytes + ALGORITHM_SIZE, SIGN_ID_SIZE);
	memcpy(out->bytes, bytes + ALGORITHM_SIZE + SIGN_ID_SIZE, SIGN_SIZE);
	memcpy(out->whole, whole, SIGN_SIZE);
	memcpy(out->comment, comment.p, comment.n);
	out->comment[comment.n] = '\0';
	return R_OK;
}

/* What the second signature is over. */
static struct span signed_whole(const uint8_t bytes[SIGN_SIZE],
				const char *comment,
				uint8_t room[SIGN_SIZE + SIGN_COMMENT_MAX])
{
	size_t n = strlen(comment);

	memcpy(room, bytes, SIGN_SIZE);
	memcpy(room + SIGN_SIZE, comment, n);
	return span_of(room, SIGN_SIZE + n);
}

enum result signature_check(const struct signature *s,
			    const struct sign_key *key,
			    const uint8_t hash[SIGN_HASH_SIZE])
{
	uint8_t room[SIGN_SIZE + SIGN_COMMENT_MAX];
	struct span whole = signed_whole(s->bytes, s->comment, room);

	refuse_if(memcmp(s->id, key->id, SIGN_ID_SIZE) != 0, R_DENIED);
	refuse_if(crypto_sign_verify_detached(s->bytes, hash, SIGN_HASH_SIZE,
					      key->key) != 0, R_DENIED);
	refuse_if(crypto_sign_verify_detached(s->whole, whole.p, whole.n,
					      key->key) != 0, R_DENIED);
	return R_OK;
}

enum result signature_make(const struct sign_secret *secret,
			   const uint8_t hash[SIGN_HASH_SIZE],
			   const char *comment, struct sink *out)
{
	scoped(pair_wipe) struct pair p = { 0 };
	uint8_t room[SIGN_SIZE + SIGN_COMMENT_MAX], bytes[SIGNATURE_BYTES];
	uint8_t *signature = bytes + ALGORITHM_SIZE + SIGN_ID_SIZE;
	uint8_t second[SIGN_SIZE];
	struct span whole;
	enum result r = pair_of(secret, &p);

	if (r != R_OK)
		return r;
	if (strlen(comment) >= SIGN_COMMENT_MAX)
		return R_MALFORMED;
	memcpy(bytes, prehashed, ALGORITHM_SIZE);
	memcpy(bytes + ALGORITHM_SIZE, secret->id, SIGN_ID_SIZE);
	crypto_sign_detached(signature, NULL, hash, SIGN_HASH_SIZE, p.secret);
	whole = signed_whole(signature, comment, room);
	crypto_sign_detached(second, NULL, whole.p, whole.n, p.secret);
	sink_put(out, span_str(UNTRUSTED "signature of a cnie roster\n"));
	encode(out, bytes, sizeof(bytes));
	sink_put(out, span_str(TRUSTED));
	sink_put(out, span_str(comment));
	sink_u8(out, '\n');
	encode(out, second, sizeof(second));
	return sink_done(out);
}
