// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/suite.h"

static const struct {
	enum security_info_kind kind;
	enum key_agreement agreement;
	enum pace_mapping mapping;
	enum info_cipher cipher;
} accepted[] = {
	{ INFO_PACE,      AGREE_ECDH, MAP_GM,   CIPHER_AES128 },
	{ INFO_CHIP_AUTH, AGREE_ECDH, MAP_NONE, CIPHER_AES128 },
};

bool suite_accepted(const struct protocol *p)
{
	if (!p || p->oid.n == 0 || p->oid.n > SUITE_OID_MAX)
		return false;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		if (accepted[i].kind == p->kind &&
		    accepted[i].agreement == p->agreement &&
		    accepted[i].mapping == p->mapping &&
		    accepted[i].cipher == p->cipher)
			return true;
	return false;
}
