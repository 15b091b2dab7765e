/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Chip Authentication version 1 (9303-11 6.2, TR-03110-1 3.4) over curves and
 * groups: with AES by MSE:Set AT and GENERAL AUTHENTICATE (6.2.4.2), with 3DES
 * by MSE:Set KAT (6.2.4.1). The commands go out under the running secure
 * messaging; after them both sides change to the new keys. The proof is the
 * next response: only the chip that holds the signed key's secret can make its
 * MAC.
 */
#ifndef CNIE_EMRTD_CHIP_AUTH_H
#define CNIE_EMRTD_CHIP_AUTH_H

#include "emrtd/apdu.h"
#include "emrtd/kdf.h"
#include "emrtd/suite.h"

/* SECRET. Our ephemeral key pairs, made ahead: those of the strong domains. */
struct chip_auth_keys {
	struct domain_key pair[DOMAIN_COUNT];
	bool made[DOMAIN_COUNT];
};

void chip_auth_keys_wipe(struct chip_auth_keys *k);
must_check enum result chip_auth_prepare(struct chip_auth_keys *out);

/* The chip's static key as DG14 or EF.CardSecurity carries it. */
struct chip_key {
	const struct domain *domain;
	uint8_t public[DOMAIN_PUBLIC_MAX];
};

/* A SubjectPublicKeyInfo on a domain of ours: a named curve, the explicit
 * parameters of one (curve; PKCS#3 or X9.42 group), or the number of one
 * (chips write all of these). R_MALFORMED: not a key, or not a valid one;
 * R_DENIED: another algorithm or domain. */
must_check enum result chip_key_parse(struct span spki,
				      struct chip_key *out);

/* SECRET: wipe. What one run needs; the chip's key is from the verified
 * DG14. */
struct chip_auth {
	const struct protocol *protocol;
	struct chip_key chip;
	bool has_id;			/* false: the chip has one key, unnamed */
	uint32_t id;
	struct domain_key ours;
};

void chip_auth_wipe(struct chip_auth *ca);

/* R_DENIED for a protocol that we do not speak, or that does not go with the
 * key. keyId NULL: the chip's only key. *protocol must outlive the run. */
must_check enum result chip_auth_start(struct chip_auth *ca,
				       const struct protocol *protocol,
				       const struct chip_key *chip,
				       const uint32_t *key_id,
				       const struct chip_auth_keys *ephemeral);

/* The commands in order, at most CHIP_AUTH_COMMANDS. Its data is written to
 * buf (room for CHIP_AUTH_DATA_MAX), the command points there. R_ABSENT: there
 * is no command number `step`. */
#define CHIP_AUTH_COMMANDS 2
#define CHIP_AUTH_DATA_MAX (DOMAIN_PUBLIC_MAX + 32)
must_check enum result chip_auth_command(const struct chip_auth *ca,
					 unsigned int step, struct sink *buf,
					 struct command *out);
/* The data of the answer to it (its status word was 9000): 7C 00 after
 * GENERAL AUTHENTICATE, else nothing. */
must_check enum result chip_auth_answer(const struct chip_auth *ca,
					unsigned int step, struct span data);
/* The new session keys; the counter starts at 0. */
must_check enum result chip_auth_session(const struct chip_auth *ca,
					 struct session_keys *out);

#endif
