/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a card says of the APDUs it takes: the card capabilities in the
 * historical bytes of its ATR (ISO/IEC 7816-4 12.1.1.9, 7816-3), and the
 * extended length information DO'7F66' of EF.ATR/INFO (7816-4 12.7.1). Only
 * hints: no security rests on them.
 */
#ifndef CNIE_LDS_ATR_INFO_H
#define CNIE_LDS_ATR_INFO_H

#include "base/bytes.h"

#define ATR_MAX 33

struct atr_caps {
	bool extended;		/* extended Lc and Le are supported */
	bool info_file;		/* EF.ATR/INFO names the lengths */
	bool chaining;
};

struct atr_info {
	uint32_t command_max;	/* bytes of a whole command APDU */
	uint32_t response_max;	/* of a whole response APDU */
};

/* R_ABSENT: no card capabilities in it. R_MALFORMED: not an ATR. Contactless
 * readers wrap an ATS: its historical bytes stand in the same place. */
must_check enum result atr_parse(struct span atr, struct atr_caps *out);
/* EF.ATR/INFO: a row of data objects. R_ABSENT: no 7F66 among them. */
must_check enum result atr_info_parse(struct span file, struct atr_info *out);

#endif
