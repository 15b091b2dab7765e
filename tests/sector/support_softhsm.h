/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SoftHSM, in a folder of its own: a real PKCS#11 library with real tokens. */
#ifndef CNIE_TESTS_SECTOR_SUPPORT_SOFTHSM_H
#define CNIE_TESTS_SECTOR_SUPPORT_SOFTHSM_H

#include "base/bytes.h"
#include "sector/token.h"

#define SOFTHSM_MODULE "/usr/lib/softhsm/libsofthsm2.so"
#define SOFTHSM_PIN "123456"
#define SOFTHSM_TOKEN "cnie test"

struct softhsm {
	char dir[64];
	char conf[96];		/* SOFTHSM2_CONF, set for this process too */
};

/* A folder with one token of that label, for `uid` to use. */
struct softhsm softhsm_new(unsigned int uid);
void softhsm_free(struct softhsm *h);
/* One more token. */
void softhsm_token(const struct softhsm *h, const char *label,
		   unsigned int uid);

/* Everything in the folder is that user's again. */
void softhsm_give(const struct softhsm *h, unsigned int uid);

struct token_pin softhsm_pin(const char *text);

/* What a key may be made like, against our rules. */
struct softhsm_key {
	const char *label;
	uint32_t id;
	bool extractable, sensitive;
	const uint8_t *value;	/* 32 bytes, NULL: made in the token */
};
void softhsm_key(const struct token *t, const struct softhsm_key *what);
/* C_GetAttributeValue of CKA_VALUE: its CK_RV. */
unsigned long softhsm_read_value(const struct token_key *k);

#endif
