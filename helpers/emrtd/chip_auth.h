/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Chip Authentication version 1 over elliptic curves with AES-128
 * (9303-11 6.2, TR-03110-1 3.4). The commands go out under the running
 * secure messaging; after them both sides change to the new keys. The proof
 * is the next response: only the chip that holds the signed key's secret can
 * make its MAC.
 */
#ifndef CNIE_EMRTD_CHIP_AUTH_H
#define CNIE_EMRTD_CHIP_AUTH_H

#include "emrtd/apdu.h"
#include "emrtd/curve.h"
#include "emrtd/kdf.h"
#include "emrtd/suite.h"

/* SECRET. Our ephemeral key pairs, made ahead. */
struct chip_auth_keys {
	struct curve_key pair[CURVE_COUNT];
};

void chip_auth_keys_wipe(struct chip_auth_keys *k);
must_check enum result chip_auth_prepare(struct chip_auth_keys *out);

/* The chip's static key as DG14 carries it. */
struct chip_key {
	const struct curve *curve;
	uint8_t point[CURVE_POINT_MAX];
};

/* A SubjectPublicKeyInfo on a curve of ours: named, as the explicit parameters
 * of one, or by the number of one (chips write all three). R_MALFORMED: not a key, a point off
 * the curve; R_DENIED: another algorithm or curve. */
must_check enum result chip_key_parse(struct span spki,
				      struct chip_key *out);

/* SECRET: wipe. What one run needs; the chip's key is from the verified
 * DG14. */
struct chip_auth {
	const struct protocol *protocol;
	struct chip_key chip;
	bool has_id;			/* false: the chip has one key, unnamed */
	uint32_t id;
	struct curve_key ours;
};

void chip_auth_wipe(struct chip_auth *ca);

/* R_DENIED for a protocol that this version does not speak. keyId NULL: the
 * chip's only key. *protocol must outlive the run. */
must_check enum result chip_auth_start(struct chip_auth *ca,
				       const struct protocol *protocol,
				       const struct chip_key *chip,
				       const uint32_t *key_id,
				       const struct chip_auth_keys *ephemeral);
/* 9303-11 6.2.4.2: MSE:Set AT with DO'80' and, where named, DO'84'. The
 * data is written to buf, the command points there. */
must_check enum result chip_auth_set_at(const struct chip_auth *ca,
					struct sink *buf, struct command *out);
/* GENERAL AUTHENTICATE with 7C { 80 our key }. */
must_check enum result chip_auth_general(const struct chip_auth *ca,
					 struct sink *buf,
					 struct command *out);
/* Its answer's data must be 7C 00. */
must_check enum result chip_auth_answer(struct span data);
/* The new session keys; the counter starts at 0. */
must_check enum result chip_auth_session(const struct chip_auth *ca,
					 struct session_keys *out);

#endif
