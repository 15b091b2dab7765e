/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Delays, never locks. A failure before the account is proven counts for the
 * seat alone (so nobody can slow another person down from afar); after that
 * account's card was proven it counts for the account. From the third failure
 * on the next try must wait 1, 2, 4 ... seconds: at most 30 for the seat, 300
 * for an account. A success clears both. Failed faces are counted apart:
 * THROTTLE_FACES of them and only the code serves, until a success.
 *
 * State: one small file each under /run/cnie/throttle (root, gone at reboot),
 * written before the answer is given.
 */
#ifndef CNIE_SERVICE_THROTTLE_H
#define CNIE_SERVICE_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"

#define THROTTLE_FACES 5
#define THROTTLE_SEAT 0		/* the uid that stands for the seat */

/* Seconds until uid may try again, 0 now. No file is no failure; a damaged
 * one counts as one failure, not more. */
must_check enum result throttle_delay(uint32_t uid, uint32_t *seconds);
must_check enum result throttle_faces(uint32_t uid, bool *locked);
/* How many failures in a row are noted, and of those how many of the face. */
must_check enum result throttle_noted(uint32_t uid, uint32_t *failures,
				      uint32_t *faces);
must_check enum result throttle_failed(uint32_t uid, bool face);
must_check enum result throttle_cleared(uint32_t uid);

#endif
