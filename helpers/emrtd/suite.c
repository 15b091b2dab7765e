// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/suite.h"

#include "base/refuse.h"

/*
 * The best first. CAM proves the chip too and saves Chip Authentication's
 * commands, so it goes before all else. AES goes before 3DES, whose blocks of
 * 8 bytes and SHA-1 keys are the weakest thing here, whatever else the card
 * has with it. Then curves before groups: a group's keys of 256 bytes need
 * extended APDUs, and are slow on the card. Then GM before IM, for it has the
 * older proofs and no hashing to a curve. The longer AES key comes last of
 * the reasons, for it costs nothing that can be measured.
 */
#define PACE(agree, map, cipher) { INFO_PACE, agree, map, cipher }
#define CHIP(agree, cipher) { INFO_CHIP_AUTH, agree, MAP_NONE, cipher }

static const struct {
	enum security_info_kind kind;
	enum key_agreement agreement;
	enum pace_mapping mapping;
	enum info_cipher cipher;
} spoken[] = {
	PACE(AGREE_ECDH, MAP_CAM, CIPHER_AES256),
	PACE(AGREE_ECDH, MAP_CAM, CIPHER_AES192),
	PACE(AGREE_ECDH, MAP_CAM, CIPHER_AES128),
	PACE(AGREE_ECDH, MAP_GM, CIPHER_AES256),
	PACE(AGREE_ECDH, MAP_GM, CIPHER_AES192),
	PACE(AGREE_ECDH, MAP_GM, CIPHER_AES128),
	PACE(AGREE_ECDH, MAP_IM, CIPHER_AES256),
	PACE(AGREE_ECDH, MAP_IM, CIPHER_AES192),
	PACE(AGREE_ECDH, MAP_IM, CIPHER_AES128),
	PACE(AGREE_DH, MAP_GM, CIPHER_AES256),
	PACE(AGREE_DH, MAP_GM, CIPHER_AES192),
	PACE(AGREE_DH, MAP_GM, CIPHER_AES128),
	PACE(AGREE_DH, MAP_IM, CIPHER_AES256),
	PACE(AGREE_DH, MAP_IM, CIPHER_AES192),
	PACE(AGREE_DH, MAP_IM, CIPHER_AES128),
	PACE(AGREE_ECDH, MAP_GM, CIPHER_3DES),
	PACE(AGREE_ECDH, MAP_IM, CIPHER_3DES),
	PACE(AGREE_DH, MAP_GM, CIPHER_3DES),
	PACE(AGREE_DH, MAP_IM, CIPHER_3DES),
	CHIP(AGREE_ECDH, CIPHER_AES256),
	CHIP(AGREE_ECDH, CIPHER_AES192),
	CHIP(AGREE_ECDH, CIPHER_AES128),
	CHIP(AGREE_DH, CIPHER_AES256),
	CHIP(AGREE_DH, CIPHER_AES192),
	CHIP(AGREE_DH, CIPHER_AES128),
	CHIP(AGREE_ECDH, CIPHER_3DES),
	CHIP(AGREE_DH, CIPHER_3DES),
};

/* The larger field first; of two alike the one that OpenSSL does faster; a
 * group of 2048 bits is worth a curve of 224. Then what is weak. */
static const enum domain_id domains[] = {
	DOMAIN_P521, DOMAIN_BP512, DOMAIN_P384, DOMAIN_BP384, DOMAIN_BP320,
	DOMAIN_P256, DOMAIN_BP256, DOMAIN_DH_2048_256, DOMAIN_DH_2048_224,
	DOMAIN_P224, DOMAIN_BP224, DOMAIN_P192, DOMAIN_BP192,
	DOMAIN_DH_1024_160,
};

unsigned int suite_rank(const struct protocol *p)
{
	if (!p)
		return 0;
	refuse_if(p->oid.n == 0 || p->oid.n > SUITE_OID_MAX, 0);
	for (unsigned int i = 0; i < sizeof(spoken) / sizeof(spoken[0]); i++)
		if (spoken[i].kind == p->kind &&
		    spoken[i].agreement == p->agreement &&
		    spoken[i].mapping == p->mapping &&
		    spoken[i].cipher == p->cipher)
			return i + 1;
	return 0;
}

unsigned int suite_domain_rank(const struct domain *d, bool small_curves_ok,
			       bool dh_group_0_ok)
{
	bool curve = d && d->agreement == AGREE_ECDH;

	if (!d)
		return 0;
	refuse_if(d->weak && curve && !small_curves_ok, 0);
	refuse_if(d->weak && !curve && !dh_group_0_ok, 0);
	for (unsigned int i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
		if (domains[i] == d->id)
			return i + 1;
	return 0;
}
