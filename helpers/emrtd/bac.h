/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Basic Access Control (9303-11 4.3), as a row of commands and answers like
 * pace.h: GET CHALLENGE, EXTERNAL AUTHENTICATE, done. Old and weak: only where
 * the profile asks for it.
 *
 * MUST: the card's MAC is checked, in constant time, before decryption, and
 *	 both challenges are compared.
 * MUST: after the first failure nothing more is said.
 */
#ifndef CNIE_EMRTD_BAC_H
#define CNIE_EMRTD_BAC_H

#include "emrtd/apdu.h"
#include "emrtd/kdf.h"

#define BAC_CHALLENGE 8
#define BAC_KEY       16	/* K.IFD, K.IC */

/* The terminal's random numbers, made ahead; given by the worked example. */
struct bac_random {
	uint8_t rnd_ifd[BAC_CHALLENGE];
	uint8_t k_ifd[BAC_KEY];
};
must_check enum result bac_prepare(struct bac_random *out);

enum bac_step { BAC_GET_CHALLENGE, BAC_AUTHENTICATE, BAC_DONE, BAC_FAILED };

/* SECRET: wipe with bac_wipe. */
struct bac {
	enum bac_step step;
	uint16_t sw;				/* of the last answer */
	struct session_keys base;		/* K_Enc, K_MAC of the MRZ */
	struct bac_random ours;
	uint8_t rnd_ic[BAC_CHALLENGE];
	struct session_keys session;		/* with its SSC */
};
void bac_wipe(struct bac *b);

/* mrz_key: lds/mrz.h's. R_MALFORMED for an empty one. */
must_check enum result bac_start(struct bac *b, struct span mrz_key,
				 const struct bac_random *ours);
must_check enum result bac_command(struct bac *b, struct sink *apdu);
/* R_DENIED: the MRZ is wrong (6300, 6982, a MAC that does not verify);
 * R_MALFORMED: the card broke the protocol. */
must_check enum result bac_response(struct bac *b, struct span apdu);
bool bac_done(const struct bac *b);
must_check enum result bac_session(const struct bac *b,
				   struct session_keys *out);

#endif
