/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PACE (9303-11 4.4) with generic, integrated and chip authentication mapping
 * over curves and groups, as a row of commands and answers; the caller
 * carries the bytes:
 *
 *	while (!pace_done(&p))
 *		pace_command(&p, &apdu); ... transmit ...; pace_response(&p, answer);
 *
 * MUST: the card's public keys are valid (domain.h).
 * MUST: the card's agreement key differs from ours (4.4.1), so does its
 *	 mapping key.
 * MUST: the card's token is compared in constant time.
 * MUST: encrypted chip authentication data is there with CAM, and not without
 *	 (4.4.5).
 * MUST: after the first failure nothing more is said.
 * MUST: MSE:Set AT names the parameter id, always.
 */
#ifndef CNIE_EMRTD_PACE_H
#define CNIE_EMRTD_PACE_H

#include "emrtd/apdu.h"
#include "emrtd/chip_auth.h"	/* struct chip_key */
#include "emrtd/suite.h"

/* SECRET. The ephemeral keys of one run, made before the card is there: the
 * mapping key pair and the agreement key's scalar of each domain, and the
 * nonce t of integrated mapping. */
struct pace_keys {
	struct domain_key map[DOMAIN_COUNT];
	uint8_t agree[DOMAIN_COUNT][DOMAIN_SECRET_MAX];
	bool made[DOMAIN_COUNT];
	uint8_t t[DOMAIN_NONCE_MAX];
};

void pace_keys_wipe(struct pace_keys *k);
/* The strong domains and t; pace_start makes those of a weak one. */
must_check enum result pace_prepare(struct pace_keys *out);

enum pace_step { PACE_SET_AT, PACE_NONCE, PACE_MAP, PACE_AGREE, PACE_TOKEN,
		 PACE_DONE, PACE_FAILED };

/*
 * What PACE-CAM leaves to be checked against the signed EF.CardSecurity: the
 * card's mapping key and the scalar it sent (9303-11 4.4.3.3.3, 4.4.3.5).
 */
struct pace_cam {
	const struct domain *domain;	/* NULL: no CAM was run */
	uint8_t map[DOMAIN_PUBLIC_MAX];	/* PK_MAP,IC */
	uint8_t scalar[DOMAIN_SECRET_MAX];	/* CA_IC, domain->secret bytes */
};

/* SECRET: wipe with pace_wipe. */
struct pace {
	enum pace_step step;
	const struct protocol *protocol;
	const struct domain *domain;
	enum password_kind password;
	uint16_t sw;				/* of the last answer */
	uint8_t k_pi[CIPHER_KEY_MAX];
	uint8_t nonce[DOMAIN_NONCE_MAX];	/* decrypted: s */
	size_t nonce_n;
	uint8_t t[DOMAIN_NONCE_MAX];
	struct domain_key map;
	struct domain_key agree;		/* on the mapped generator */
	uint8_t peer_map[DOMAIN_PUBLIC_MAX];	/* PK_MAP,IC */
	uint8_t peer[DOMAIN_PUBLIC_MAX];	/* PK_DH,IC */
	uint8_t peer_sent[DOMAIN_PUBLIC_MAX];	/* ... as the card wrote it: */
	size_t peer_sent_n;			/* the token is over that */
	struct session_keys session;
	struct pace_cam cam;
};

void pace_wipe(struct pace *p);

/* Set up one run. R_MALFORMED for a bad password; R_DENIED for a protocol
 * that we do not speak, or one that does not go with the domain (CAM and ECDH
 * are for curves). *protocol must outlive the run. */
must_check enum result pace_start(struct pace *p,
				  const struct protocol *protocol,
				  const struct domain *domain,
				  enum password_kind kind,
				  struct span password,
				  const struct pace_keys *ephemeral);
/* Append the next command. R_DENIED where none is due. With a 2048-bit group
 * it is an extended APDU. */
must_check enum result pace_command(struct pace *p, struct sink *apdu);
/*
 * Take the answer to it. R_DENIED: the password is wrong (6300, 63Cx, or
 * the card's token does not verify); R_MALFORMED: the card broke the protocol.
 */
must_check enum result pace_response(struct pace *p, struct span apdu);
bool pace_done(const struct pace *p);
/* The keys, after the last step; R_DENIED before. */
must_check enum result pace_session(const struct pace *p,
				    struct session_keys *out);
/* Bytes of the longest command of a run: above APDU_SHORT_DATA the reader
 * must take extended APDUs. */
size_t pace_command_max(const struct protocol *protocol,
			const struct domain *domain);

/*
 * Did the chip that ran PACE-CAM hold the secret of this signed key? R_DENIED
 * where PK_MAP,IC is not KA(CA_IC, PK_IC), where there was no CAM, or where the
 * key is on another curve.
 */
must_check enum result pace_cam_check(const struct pace_cam *cam,
				      const struct chip_key *key);

/* The one data object `tag` inside dynamic authentication data 7C
 * (9303-11 4.4.4.2); R_MALFORMED for anything else in it. */
must_check enum result dynamic_data(struct span in, uint8_t tag,
				    struct span *value);

#endif
