/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is this the chip that the State signed for? What must be proven follows
 * from the signed DG14, never from what the card offers at the moment.
 */
#ifndef CNIE_INSPECT_CHIP_PROOF_H
#define CNIE_INSPECT_CHIP_PROOF_H

#include "emrtd/chip_auth.h"
#include "inspect/link.h"
#include "lds/dg14.h"

struct chip_proof_result {
	enum chip_proof kind;
	const char *curve;		/* "" without a proof */
};

/*
 * infos: of the verified DG14, NULL where the SOD lists none. A
 * ChipAuthenticationPublicKeyInfo in it makes Chip Authentication a duty;
 * without one `required` decides between REASON_CHIP_PROOF_ABSENT and
 * PROOF_NONE. After PROOF_CA the link has new keys, and the next answer over
 * it is the proof: REASON_CHIP_PROOF there is a clone.
 */
must_check enum reason chip_proof_run(struct card_link *l,
				      const struct security_infos *infos,
				      bool required,
				      const struct chip_auth_keys *ephemeral,
				      struct chip_proof_result *out);

#endif
