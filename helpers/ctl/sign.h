/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Detached Ed25519 signatures in the format of minisign(1), so that anybody
 * can verify ours without us: the prehashed form, over BLAKE2b-512 of the
 * file, with a comment that is signed too.
 *
 *	untrusted comment: ...
 *	base64("ED" || key id || signature)
 *	trusted comment: ...
 *	base64(signature over signature || trusted comment)
 *
 * and its public keys: a comment and base64("Ed" || key id || key). The secret
 * key's file is our own: "cnie-roster-secret-1 base64(seed || key id)".
 *
 * Parsers take a whole file, are strict and pure: exact lines, each ended by
 * one \n, canonical base64, no control characters but a tab.
 */
#ifndef CNIE_CTL_SIGN_H
#define CNIE_CTL_SIGN_H

#include <sodium.h>

#include "base/bytes.h"

#define SIGN_ID_SIZE 8
#define SIGN_KEY_SIZE 32
#define SIGN_SIZE 64
#define SIGN_HASH_SIZE 64
#define SIGN_COMMENT_MAX 1024		/* and its NUL */
#define SIGN_FILE_MAX 4096		/* both comments and the rest */
#define SIGN_SECRET_MAX 128

struct sign_key {
	uint8_t id[SIGN_ID_SIZE];
	uint8_t key[SIGN_KEY_SIZE];
};

struct sign_secret {			/* SECRET: wipe */
	uint8_t seed[SIGN_KEY_SIZE];
	uint8_t id[SIGN_ID_SIZE];
};

struct signature {
	uint8_t id[SIGN_ID_SIZE];
	uint8_t bytes[SIGN_SIZE];
	uint8_t whole[SIGN_SIZE];	/* over bytes and comment */
	char comment[SIGN_COMMENT_MAX];
};

/* -- keys ------------------------------------------------------------------ */

must_check enum result sign_key_parse(struct span file, struct sign_key *out);
/* "RW...", as `minisign -P` takes it. */
must_check enum result sign_key_text(const char *text, struct sign_key *out);
void sign_key_write(const struct sign_key *key, struct sink *out);
#define SIGN_ID_TEXT 17
void sign_key_id(const uint8_t id[SIGN_ID_SIZE], char out[SIGN_ID_TEXT]);

must_check enum result sign_secret_new(struct sign_secret *out);
must_check enum result sign_secret_parse(struct span file,
					 struct sign_secret *out);
void sign_secret_write(const struct sign_secret *secret, struct sink *out);
void sign_secret_wipe(struct sign_secret *secret);
must_check enum result sign_secret_key(const struct sign_secret *secret,
				       struct sign_key *out);

/* -- signatures -------------------------------------------------------------- */

/* The file's hash, as its bytes come. */
struct sign_hash { crypto_generichash_blake2b_state state; };
void sign_hash_begin(struct sign_hash *h);
void sign_hash_add(struct sign_hash *h, struct span bytes);
void sign_hash_end(struct sign_hash *h, uint8_t out[SIGN_HASH_SIZE]);

must_check enum result signature_parse(struct span file,
				       struct signature *out);
/* R_DENIED: another key's, or it does not verify; only after R_OK is the
 * comment worth reading. */
must_check enum result signature_check(const struct signature *s,
				       const struct sign_key *key,
				       const uint8_t hash[SIGN_HASH_SIZE]);
/* comment: printable, shorter than SIGN_COMMENT_MAX. out: SIGN_FILE_MAX. */
must_check enum result signature_make(const struct sign_secret *secret,
				      const uint8_t hash[SIGN_HASH_SIZE],
				      const char *comment, struct sink *out);

#endif
