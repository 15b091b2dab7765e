// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/files.h"

static const struct ef_row rows[EF_COUNT] = {
	[EF_CARD_ACCESS] = { "EF.CardAccess", 0x011c, 0x1c, 0, 0x31, 1024,
		"which PACE the card offers; not signed, compared with DG14" },
	[EF_SOD] = { "EF.SOD", 0x011d, 0x1d, 0, 0x77, EF_SIZE_MAX,
		"the State's signature and the hashes of all data groups" },
	[EF_DG1] = { "EF.DG1", 0x0101, 0x01, 1, 0x61, 256,
		"who it is: issuing State, national number, expiry" },
	[EF_DG2] = { "EF.DG2", 0x0102, 0x02, 2, 0x75, EF_SIZE_MAX,
		"the portrait that the face is compared with" },
	[EF_DG14] = { "EF.DG14", 0x010e, 0x0e, 14, 0x6e, 4096,
		"the signed copy of the protocols, and the chip's key" },
};

const struct ef_row *ef_row(enum ef file)
{
	return &rows[file];
}
