/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other side: a chip in this process, that opens by PACE (GM, CAM) or BAC,
 * proves itself by CA, CAM or AA, and lies as it is told. Made of the same
 * primitives as the reader, which have tests of their own; here only the order
 * and the refusals matter. The simulator of tests/sim shares nothing with it.
 */
#ifndef CNIE_TESTS_SUPPORT_CHIP_H
#define CNIE_TESTS_SUPPORT_CHIP_H

#include <openssl/evp.h>

#include "emrtd/pace.h"
#include "inspect/files.h"

enum chip_evil {
	EVIL_AA_OTHER_KEY = 2,
	EVIL_AA_REPLAY = 4,	/* signs another challenge */
	EVIL_PLAIN = 8,		/* answers without protection after PACE */
	EVIL_CA_REFUSES = 16,	/* 6A80 to its first command */
	EVIL_CA_ANSWER = 32,	/* not what GENERAL AUTHENTICATE answers */
	EVIL_AA_REFUSES = 64,
	EVIL_PIN_ALWAYS = 128,	/* 9000 to VERIFY with any PIN */
	EVIL_PIN_OPEN = 256,	/* 9000 to VERIFY without one */
	EVIL_AA_WARNS = 512,	/* signs well, and does not say 9000 */
};

struct chip_file {
	enum ef ef;
	struct span bytes;
	bool withheld;		/* 6982 */
};

struct chip_sm {
	bool live, odd;
	struct session_keys keys;
	uint8_t ssc[CIPHER_BLOCK_MAX];
};

struct chip {
	struct chip_file file[EF_COUNT];
	size_t files;
	const char *can, *mrz_key;
	bool bac;
	const struct domain *domain;	/* of the static key */
	struct domain_key key;
	EVP_PKEY *aa;
	const char *pin;
	uint8_t pin_reference;
	unsigned int tries;
	unsigned int evil;
	size_t answer_max;		/* data of an answer; 0: 256 */

	/* what it was asked */
	unsigned int apdus, verifies, authenticates;
	bool read[EF_COUNT];
	uint8_t challenge[8][8];	/* the last ones */
	/* where it stands */
	bool in_application;
	const struct chip_file *current;
	struct chip_sm sm, next;	/* next: after this answer */
	const struct protocol *protocol;
	const struct domain *pace;
	unsigned int step;
	uint8_t k_pi[CIPHER_KEY_MAX], nonce[16];
	struct domain_key map, agree;
	uint8_t mapped[DOMAIN_PUBLIC_MAX];
	uint8_t peer[DOMAIN_PUBLIC_MAX];
	struct session_keys made;
	struct session_keys bac_keys;
	uint8_t rnd_ic[8];
	const struct protocol *ca;
};

/* A command as it came, its data in the clear. */
struct chip_apdu {
	struct command c;
	bool sm;
};

/* One exchange; context: struct chip. As support_exchange.h's. */
enum reason chip_run(void *context, struct span apdu, struct sink *out);

/* Of the other files. Each appends data and answers the status word. */
uint16_t chip_pace(struct chip *x, const struct command *c, struct sink *out);
uint16_t chip_bac(struct chip *x, const struct command *c, struct sink *out);
uint16_t chip_ca(struct chip *x, const struct command *c, struct sink *out);
uint16_t chip_aa(struct chip *x, const struct command *c, struct sink *out);
uint16_t chip_verify(struct chip *x, const struct command *c);
void chip_keys(struct chip_sm *sm, const struct session_keys *keys);
/* In: protected; out: the command, data in buf. False: a wrong MAC. */
bool chip_open(struct chip_sm *sm, struct command *c, struct sink *buf);
void chip_seal(struct chip_sm *sm, struct span data, uint16_t sw,
	       struct sink *out);

#endif
