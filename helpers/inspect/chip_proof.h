/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is this the chip that the State signed for? What must be proven follows
 * from what is signed, never from what the card offers at the moment: after
 * PACE-CAM its check; else a ChipAuthenticationPublicKeyInfo in DG14 makes
 * Chip Authentication a duty, else a DG15 Active Authentication.
 */
#ifndef CNIE_INSPECT_CHIP_PROOF_H
#define CNIE_INSPECT_CHIP_PROOF_H

#include "base/wire.h"
#include "emrtd/chip_auth.h"
#include "emrtd/pace.h"
#include "inspect/link.h"
#include "lds/dg14.h"

struct chip_proof_result {
	enum chip_proof kind;
	char name[33];		/* the curve, group or algorithm; "" without */
};

/* What is left to prove without CAM. infos: of the verified DG14, NULL where
 * the SOD lists none. data_groups: the SOD's, bit n DGn. */
enum chip_proof chip_proof_due(const struct security_infos *infos,
			       uint32_t data_groups);

/*
 * Chip Authentication with the best key that both sides have (profile: enum
 * profile_flag, for what is weak). REASON_CHIP_PROOF_ABSENT where the signed
 * keys leave nothing that we can run: a key that cannot be proven is never
 * passed over. After REASON_NONE the link has new keys, and the next answer
 * over it is the proof: REASON_CHIP_PROOF there is a clone.
 */
must_check enum reason chip_proof_ca(struct card_link *l,
				     const struct security_infos *infos,
				     uint32_t profile,
				     const struct chip_auth_keys *ephemeral,
				     struct chip_proof_result *out);
/* Active Authentication with the key of the verified DG15. infos as above. */
must_check enum reason chip_proof_aa(struct card_link *l, struct span spki,
				     const struct security_infos *infos,
				     uint32_t profile,
				     struct chip_proof_result *out);
/* infos: of the verified EF.CardSecurity. No command goes out. */
must_check enum reason chip_proof_cam(const struct pace_cam *cam,
				      const struct security_infos *infos,
				      struct chip_proof_result *out);

#endif
