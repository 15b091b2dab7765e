// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/files.h"

static const struct ef_row rows[EF_COUNT] = {
	/* before access control, under the master file */
	[EF_ATR] = { "EF.ATR/INFO", 0x2f01, 0x01, 0, 0, 256,
		"how long the card's APDUs may be; a hint, and only that" },
	[EF_CARD_ACCESS] = { "EF.CardAccess", 0x011c, 0x1c, 0, 0x31,
		ACCESS_FILE_MAX,
		"which PACE the card offers; not signed, compared with the "
		"signed copies" },
	/* after PACE, still under the master file: another than EF.SOD */
	[EF_CARD_SECURITY] = { "EF.CardSecurity", 0x011d, 0x1d, 0, 0x30,
		SIGNED_FILE_MAX,
		"the signed key that PACE-CAM proves" },
	/* under the application */
	[EF_SOD] = { "EF.SOD", 0x011d, 0x1d, 0, 0x77, SIGNED_FILE_MAX,
		"the State's signature and the hashes of all data groups" },
	[EF_DG1] = { "EF.DG1", 0x0101, 0x01, 1, 0x61, DG1_FILE_MAX,
		"who it is: issuing State, national number, expiry" },
	[EF_DG2] = { "EF.DG2", 0x0102, 0x02, 2, 0x75, EF_SIZE_MAX,
		"the portrait that the face is compared with" },
	[EF_DG11] = { "EF.DG11", 0x010b, 0x0b, 11, 0x6b, DG11_FILE_MAX,
		"the national number, where the profile says it stands there" },
	[EF_DG14] = { "EF.DG14", 0x010e, 0x0e, 14, 0x6e, DG14_FILE_MAX,
		"the signed copy of the protocols, and the chip's key" },
	[EF_DG15] = { "EF.DG15", 0x010f, 0x0f, 15, 0x6f, DG15_FILE_MAX,
		"the key that Active Authentication proves" },
};

const struct ef_row *ef_row(enum ef file)
{
	return &rows[file];
}
