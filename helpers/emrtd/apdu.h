/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Command and response APDUs (ISO/IEC 7816-4 5.1, 9303-10 3.6): the short
 * form wherever it is enough, the extended form only where it is not.
 */
#ifndef CNIE_EMRTD_APDU_H
#define CNIE_EMRTD_APDU_H

#include "base/bytes.h"

#define APDU_SHORT_DATA 255
#define APDU_SHORT_LE   256
#define APDU_LE_MAX     65536

/* CLA */
#define CLA_PLAIN 0x00
#define CLA_CHAIN 0x10	/* command chaining: more of this command follows */
#define CLA_SM    0x0c	/* secure messaging, header authenticated */

enum ins {
	INS_VERIFY = 0x20,
	INS_MSE = 0x22,			/* MANAGE SECURITY ENVIRONMENT */
	INS_EXTERNAL_AUTHENTICATE = 0x82,
	INS_GET_CHALLENGE = 0x84,
	INS_GENERAL_AUTHENTICATE = 0x86,
	INS_INTERNAL_AUTHENTICATE = 0x88,
	INS_SELECT = 0xa4,
	INS_READ_BINARY = 0xb0,
	INS_READ_BINARY_ODD = 0xb1,	/* offsets beyond 32767: DO'54' */
};

enum sw {
	SW_OK = 0x9000,
	SW_END_OF_FILE = 0x6282,	/* fewer bytes than Le were there */
	SW_VERIFY_FAILED = 0x6300,	/* 63Cx: x tries are left */
	SW_WRONG_LENGTH = 0x6700,
	SW_SECURITY_STATUS = 0x6982,
	SW_BLOCKED = 0x6983,
	SW_REFERENCE_UNUSABLE = 0x6984,	/* VERIFY: the PIN is deactivated */
	SW_CONDITIONS = 0x6985,
	SW_SM_MISSING = 0x6987,
	SW_SM_INCORRECT = 0x6988,
	SW_WRONG_DATA = 0x6a80,
	SW_NOT_FOUND = 0x6a82,
	SW_WRONG_P1_P2 = 0x6a86,
	SW_NO_REFERENCE = 0x6a88,
	SW_WRONG_OFFSET = 0x6b00,
	SW_WRONG_LE = 0x6c00,		/* 6Cxx: xx bytes are there */
	SW_NO_INS = 0x6d00,
	SW_NO_CLA = 0x6e00,
};

struct command {
	uint8_t cla, ins, p1, p2;
	struct span data;
	uint32_t le;		/* 0: no answer expected; else 1..65536 */
};

struct response {
	struct span data;
	uint16_t sw;
};

/* Append the encoded command. R_INTERNAL where it has no encoding or does
 * not fit. */
must_check enum result command_encode(const struct command *c,
				      struct sink *out);

/* Split a response; R_MALFORMED below the two bytes of the status word (a
 * card that leaves during an APDU gives 0 bytes). data points into apdu. */
must_check enum result response_parse(struct span apdu, struct response *out);

/* What a status word means, by table; R_MALFORMED for one not in it. */
must_check enum result status_result(uint16_t sw);
const char *status_text(uint16_t sw);

#endif
