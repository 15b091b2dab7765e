/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A document of State UTO for support_chip.h's chip: its files, signed by
 * support_state.h's signer (use state_case()). A synthetic person.
 */
#ifndef CNIE_TESTS_SUPPORT_DOCUMENT_H
#define CNIE_TESTS_SUPPORT_DOCUMENT_H

#include "inspect/procedure.h"
#include "support_chip.h"
#include "support_state.h"

#define DOCUMENT_CAN "123456"
#define DOCUMENT_NUMBER "X12345678"
#define DOCUMENT_CIN "AB12345"
#define DOCUMENT_BIRTH "800101"
#define DOCUMENT_EXPIRY "300101"

/* SecurityInfos in hexadecimal */
#define PACE_INFO(tail, id) "3012060A04007F00070202" "04" tail "0201020201" id
#define PACE_P256   PACE_INFO("0202", "0C")	/* ECDH-GM AES-128 */
#define PACE_BP256  PACE_INFO("0202", "0D")
#define PACE_3DES   PACE_INFO("0201", "0C")
#define PACE_AES256 PACE_INFO("0204", "0C")
#define PACE_CAM    PACE_INFO("0602", "0C")
#define CA_INFO(tail) "300F060A04007F00070202" "03" tail "020101"
#define CA_AES128   CA_INFO("0202")
#define CA_AES256   CA_INFO("0204")
#define CA_3DES     CA_INFO("0201")
/* ActiveAuthenticationInfo with ecdsa-plain-SHA256 (9303-11 9.2.8) */
#define AA_SHA256 \
	"30170606678108010105020101060A04007F00070101040103"

struct document {
	const char *offered;	/* EF.CardAccess; NULL: there is none */
	const char *dg14;	/* NULL: there is none */
	bool dg14_key;		/* and the chip's static key in it */
	const char *card_security;	/* NULL: there is none */
	bool card_security_key;
	bool aa;		/* DG15 */
	const char *dg11;	/* the number in it, NULL: no DG11 */
	const char *codes;	/* document code of DG1, "ID" */
	const char *atr;	/* EF.ATR/INFO in hexadecimal */
	const char *optional1;	/* of DG1, DOCUMENT_CIN where NULL */
	size_t portrait;	/* bytes of it, 0: 600 */
	unsigned int unsigned_dg;	/* a group that the SOD leaves out */
};

/* Files and keys of *chip; they live until the next call. */
void document_make(struct chip *chip, const struct document *d);
/* The bytes of a file, to be spoilt. */
uint8_t *document_file(struct chip *chip, enum ef which, size_t *n);
void document_withhold(struct chip *chip, enum ef which);
/* The chip leaves, its key is the one of another. */
void document_clone(struct chip *chip);

/* An inspection of it, with store, profile and CAN; released by the next. */
struct inspection *document_inspection(struct chip *chip);
/* The profile it uses, to be changed before it runs. */
extern struct msg_inspect_config document_profile;
/* Every stage reported since, as bits. */
extern uint32_t document_stages;

#endif
