/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Carry APDUs between cnie-inspect and a connected card until one side ends
 * it. The bytes mean nothing here: this is a part of the wire.
 */
#ifndef CNIE_CARD_RELAY_H
#define CNIE_CARD_RELAY_H

#include "base/wire.h"
#include "card/pcsc.h"

/*
 * Tell what card and reader can carry (MSG_APDU_LINK), then serve until
 * MSG_CARD_END or the end of either channel (REASON_NONE), or a
 * failure, which the inspecting side has been told of. `reader` is the
 * connected one; before the first APDU a removal is noticed within a slice.
 */
must_check enum reason relay_run(struct pcsc *p, int control, int apdus,
				 struct pcsc_reader *reader);

#endif
