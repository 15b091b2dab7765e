/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chip's own PIN, by VERIFY inside secure messaging.
 *
 * MUST: only under keys that the genuine chip alone can have (CA, CAM): what
 *	 anybody else says to VERIFY proves nothing, whatever it says.
 * MUST: the last try is used only after the person agreed to it, and only
 *	 where the CAN opened the chip (TR-03110-2 2.5: suspended).
 * MUST: one VERIFY with the PIN in a run.
 */
#ifndef CNIE_INSPECT_PIN_H
#define CNIE_INSPECT_PIN_H

#include "base/wire.h"
#include "inspect/link.h"

/* REASON_NONE: the chip took it. Else WRONG_PIN, PIN_BLOCKED, PIN_LAST_TRY,
 * PIN_SUSPENDED, PIN_UNATTESTED, HELPER_PROTOCOL (no PIN). */
must_check enum reason pin_verify(struct card_link *l, uint8_t reference,
				  enum chip_proof proof,
				  const struct msg_inspect_go *go);

#endif
