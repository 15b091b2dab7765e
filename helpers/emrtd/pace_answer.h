/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The card's answers to GENERAL AUTHENTICATE in PACE, one function a step
 * (9303-11 4.4.5, table 4), and the token, which both sides make. */
#ifndef CNIE_EMRTD_PACE_ANSWER_H
#define CNIE_EMRTD_PACE_ANSWER_H

#include "emrtd/pace.h"

/* 9303-11 4.4.4 and table 4 */
enum pace_tag {
	TAG_DYNAMIC = 0x7c,
	TAG_PROTOCOL = 0x80, TAG_PASSWORD = 0x83, TAG_DOMAIN = 0x84,
	TAG_NONCE = 0x80, TAG_MAP_IFD = 0x81, TAG_MAP_IC = 0x82,
	TAG_KEY_IFD = 0x83, TAG_KEY_IC = 0x84, TAG_TOKEN_IFD = 0x85,
	TAG_TOKEN_IC = 0x86, TAG_CAR = 0x87, TAG_CAR_BEFORE = 0x88,
	TAG_CHIP_AUTH = 0x8a,
};

must_check enum result pace_take_nonce(struct pace *p, struct span data);
must_check enum result pace_take_map(struct pace *p, struct span data);
must_check enum result pace_take_key(struct pace *p, struct span data);
must_check enum result pace_take_token(struct pace *p, struct span data);

/* 4.4.3.4: the MAC over the other side's key. */
must_check enum result pace_token(const struct pace *p, struct span key,
				  uint8_t out[MAC_SIZE]);

#endif
