/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A PKCS#11 token and the keys we have in it: generic secrets of 32 bytes, for
 * HMAC-SHA-256 (CKM_SHA256_HMAC), that never leave it. A key is named by its
 * CKA_LABEL and its CKA_ID of four bytes, big-endian.
 *
 * MUST: one token of that label, one key of that name, or none is used.
 * MUST: a key that can be read out or wrapped is never used.
 * MUST: the last try of a PIN is not spent by a machine.
 *
 * The library is loaded by its path alone: p11-kit's system configuration, and
 * what it would load besides, is not asked.
 */
#ifndef CNIE_SECTOR_TOKEN_H
#define CNIE_SECTOR_TOKEN_H

#include "base/bytes.h"
#include "base/reason.h"
#include "base/wire.h"

#define TOKEN_HMAC 32
#define TOKEN_LABEL_MAX 32	/* PKCS#11 2.40, CK_TOKEN_INFO */
#define TOKEN_PIN_MAX 64

/* The sector's keys; CKA_ID is the epoch. */
#define TOKEN_SECTOR_KEY "cnie-sector"
/* This machine's own, for the cache of a tokeniser's answers; CKA_ID is 0. */
#define TOKEN_MACHINE_KEY "cnie-machine"
#define TOKEN_MACHINE_ID 0

struct token_pin {		/* SECRET: in a secret page, wipe */
	uint8_t b[TOKEN_PIN_MAX + 2];
	size_t n;
};
void token_pin_wipe(struct token_pin *pin);

/* All of the descriptor, less one newline at its end. R_MALFORMED: empty, more
 * than TOKEN_PIN_MAX bytes, or bytes that nobody types. */
must_check enum result token_pin_read(int fd, struct token_pin *out);

struct token {
	void *module;		/* CK_FUNCTION_LIST */
	unsigned long session;
	bool initialised, open;
	enum token_fault fault;	/* of a token_open that failed */
};

struct token_key {
	const struct token *token;
	unsigned long object;
};

/*
 * Load the library, find the token, open a session (for changes where
 * `writable`) and log in. REASON_NOT_CONFIGURED: the path is not absolute or
 * the label can't be one. REASON_TOKEN: anything that fails, and a token whose
 * PIN is locked or has one try left; out->fault then says which, and nothing
 * else of out is set.
 */
must_check enum reason token_open(const char *module, const char *label,
				  const struct token_pin *pin, bool writable,
				  struct token *out);
void token_close(struct token *t);	/* accepts a zeroed one */

/* REASON_NO_KEY: there is none. REASON_TOKEN_KEY: there are several, or it may
 * leave the token. t outlives the key. */
must_check enum reason token_key_find(const struct token *t, const char *label,
				      uint32_t id, struct token_key *out);

/* Make one. REASON_KEY_EXISTS: there is one, and it is good. REASON_TOKEN_KEY:
 * what has that name is not, or the token made it otherwise than asked, and it
 * has not got the name. What an
 * interrupted call left behind has another name; the next one destroys it. */
must_check enum reason token_key_make(const struct token *t, const char *label,
				      uint32_t id);

/* Afterwards there is no key of that name; REASON_NONE also where there was
 * none before. */
must_check enum reason token_key_destroy(const struct token *t,
					 const char *label, uint32_t id);

/* HMAC-SHA-256 in the token. Nothing of out is set unless REASON_NONE. */
must_check enum reason token_hmac(const struct token_key *k, struct span in,
				  uint8_t out[TOKEN_HMAC]);

#endif
