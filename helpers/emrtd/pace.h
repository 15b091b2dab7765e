/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PACE with generic mapping over elliptic curves (9303-11 4.4), as a row of
 * commands and answers; the caller carries the bytes:
 *
 *	while (!pace_done(&p))
 *		pace_command(&p, &apdu); ... transmit ...; pace_response(&p, answer);
 *
 * MUST: the card's points are on the curve and not at infinity.
 * MUST: the card's agreement key differs from ours (4.4.1).
 * MUST: the card's token is compared in constant time.
 * MUST: after the first failure nothing more is said.
 */
#ifndef CNIE_EMRTD_PACE_H
#define CNIE_EMRTD_PACE_H

#include "emrtd/apdu.h"
#include "emrtd/curve.h"
#include "emrtd/kdf.h"
#include "emrtd/suite.h"

/* SECRET. The ephemeral keys of one run, made before the card is there: the
 * mapping key pair and the scalar of the agreement key, for each curve. */
struct pace_keys {
	struct curve_key map[CURVE_COUNT];
	uint8_t agree[CURVE_COUNT][CURVE_FIELD_MAX];
};

void pace_keys_wipe(struct pace_keys *k);
must_check enum result pace_prepare(struct pace_keys *out);

enum pace_step { PACE_SET_AT, PACE_NONCE, PACE_MAP, PACE_AGREE, PACE_TOKEN,
		 PACE_DONE, PACE_FAILED };

/* SECRET: wipe with pace_wipe. */
struct pace {
	enum pace_step step;
	const struct protocol *protocol;
	const struct curve *curve;
	enum password_kind password;
	uint16_t sw;				/* of the last answer */
	uint8_t k_pi[AES_KEY_SIZE];
	uint8_t nonce[AES_BLOCK_SIZE];		/* decrypted: s */
	struct curve_key map;
	struct curve_key agree;			/* on the mapped generator */
	uint8_t peer[CURVE_POINT_MAX];		/* PK_DH,IC */
	struct session_keys session;
};

void pace_wipe(struct pace *p);

/* Set up one run. R_MALFORMED for a bad password, R_DENIED for a protocol
 * that this version does not speak. *protocol must outlive the run. */
must_check enum result pace_start(struct pace *p, const struct protocol *protocol,
				  const struct curve *curve,
				  enum password_kind kind,
				  struct span password,
				  const struct pace_keys *ephemeral);
/* Append the next command. R_DENIED where none is due. */
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

/* The one data object `tag` inside dynamic authentication data 7C
 * (9303-11 4.4.4.2); R_MALFORMED for anything else in it. */
must_check enum result dynamic_data(struct span in, uint8_t tag,
				    struct span *value);

#endif
