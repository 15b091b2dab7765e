/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why a login was refused: one table. A reason travels between processes as
 * a number, is shown to the person as a sentence with its short code, and is
 * logged under that code with the text below. The code never changes once
 * released; a reason carries no data of a person.
 *
 * X(NAME, number, "code", result, sentence (enum msg), "text for the log")
 *
 * result decides what PAM hears (DESIGN: the table of section 9):
 *   R_DENIED, R_MALFORMED -> AUTH_ERR, R_ABSENT, R_TIMEOUT -> AUTHINFO_UNAVAIL,
 *   R_BUSY -> MAXTRIES, R_INTERNAL -> SYSTEM_ERR.
 */
#ifndef CNIE_BASE_REASON_H
#define CNIE_BASE_REASON_H

#include "base/messages.h"
#include "base/result.h"

#define REASONS(X) \
/* the place: who asks, from where */ \
X(NONE,             0, "OK",  R_OK,       MSG_NONE,           "no reason given") \
X(NOT_SEATED,       1, "S01", R_ABSENT,   MSG_NOT_AT_SEAT,    "the caller's session is not the active one of the seat") \
X(REMOTE,           2, "S02", R_ABSENT,   MSG_NOT_AT_SEAT,    "the session is remote") \
X(SERVICE,          3, "S03", R_ABSENT,   MSG_SERVICE,        "the PAM service is not on the allow-list") \
X(NOT_SELF,         4, "S04", R_ABSENT,   MSG_NOT_AT_SEAT,    "an unprivileged caller asked for somebody else") \
X(SEAT_BUSY,        5, "S05", R_ABSENT,   MSG_SEAT_BUSY,      "another transaction owns the seat") \
X(PREEMPTED,        6, "S06", R_ABSENT,   MSG_SEAT_BUSY,      "a greeter or locker took the seat over") \
X(THROTTLED,        7, "S07", R_BUSY,     MSG_THROTTLED,      "too many tries: the delay is not over") \
X(CANCELLED,        8, "S08", R_ABSENT,   MSG_CANCELLED,      "the caller went away or declined") \
X(DEADLINE,         9, "S09", R_ABSENT,   MSG_DEADLINE,       "the login's deadline passed") \
X(TOO_MANY_CLIENTS,10, "S10", R_ABSENT,   MSG_SEAT_BUSY,      "too many connections") \
X(PROTOCOL,        11, "S11", R_INTERNAL, MSG_INTERNAL,       "the caller sent what the protocol does not allow") \
X(NOT_CONFIGURED,  12, "S12", R_ABSENT,   MSG_NOT_CONFIGURED, "the configuration is missing or wrong: run cniectl doctor") \
X(INTERNAL,        13, "S13", R_INTERNAL, MSG_INTERNAL,       "internal error") \
X(HELPER_DIED,     14, "S14", R_DENIED,   MSG_INTERNAL,       "a helper died before it answered") \
X(HELPER_TIMEOUT,  15, "S15", R_DENIED,   MSG_DEADLINE,       "a helper did not answer in time") \
X(HELPER_PROTOCOL, 16, "S16", R_DENIED,   MSG_INTERNAL,       "a helper said something not in the table") \
X(DISABLED,        17, "S17", R_ABSENT,   MSG_NOT_CONFIGURED, "switched off by the administrator") \
/* reader and card as a thing */ \
X(NO_PCSCD,        20, "R01", R_ABSENT,   MSG_NO_READER,      "the PC/SC service does not answer") \
X(NO_READER,       21, "R02", R_ABSENT,   MSG_NO_READER,      "no card reader that may be used") \
X(NO_CARD,         22, "R03", R_ABSENT,   MSG_NO_CARD,        "no card in the reader in time") \
X(CARD_REMOVED,    23, "R04", R_ABSENT,   MSG_CARD_REMOVED,   "the card was removed during the reading") \
X(CARD_CHANGED,    24, "R05", R_ABSENT,   MSG_CARD_REMOVED,   "the card was reset or another one put in during the reading") \
X(READER_EXCLUSIVE,25, "R06", R_ABSENT,   MSG_READER_BUSY,    "another program holds the reader exclusively") \
X(CARD_SILENT,     26, "R07", R_ABSENT,   MSG_CARD_SILENT,    "the card did not answer in time") \
X(CARD_TRANSPORT,  27, "R08", R_ABSENT,   MSG_CARD_REMOVED,   "the reader reported a transmission error") \
X(NOT_FRESH,       28, "R09", R_ABSENT,   MSG_NO_CARD,        "the card was not inserted after the request") \
X(PCSCD_RESTARTED, 29, "R10", R_ABSENT,   MSG_CARD_REMOVED,   "the PC/SC service stopped during the reading") \
/* the document */ \
X(NOT_A_DOCUMENT,  40, "C01", R_DENIED,   MSG_NOT_THIS_CARD,  "no eMRTD application under the profile's AID") \
X(NO_ACCESS_CONTROL,41,"C02", R_DENIED,   MSG_NOT_THIS_CARD,  "the document offers no access protocol that the profile allows") \
X(WRONG_CAN,       42, "C03", R_DENIED,   MSG_WRONG_CAN,      "PACE failed: wrong CAN or MRZ") \
X(PACE_FAILED,     43, "C04", R_DENIED,   MSG_CARD_REFUSED,   "PACE failed: protocol error by the card") \
X(SM_FAILED,       44, "C05", R_DENIED,   MSG_CARD_REFUSED,   "secure messaging: wrong MAC, or an unprotected or malformed response") \
X(FILE_MALFORMED,  45, "C06", R_DENIED,   MSG_CARD_REFUSED,   "an elementary file is truncated, oversized or malformed") \
X(FILE_MISSING,    46, "C07", R_DENIED,   MSG_CARD_REFUSED,   "a file that the SOD lists is missing or withheld") \
X(SOD_MALFORMED,   47, "C08", R_DENIED,   MSG_NOT_GENUINE,    "the document security object is malformed") \
X(SOD_SIGNATURE,   48, "C09", R_DENIED,   MSG_NOT_GENUINE,    "the State's signature over the document does not verify") \
X(CSCA_UNKNOWN,    49, "C10", R_DENIED,   MSG_NOT_GENUINE,    "the document signer does not chain to a CSCA in the store") \
X(CERT_EXPIRED,    50, "C11", R_DENIED,   MSG_NOT_GENUINE,    "a certificate of the chain was not valid") \
X(CERT_REVOKED,    51, "C12", R_DENIED,   MSG_NOT_GENUINE,    "the document signer is revoked") \
X(WEAK_ALGORITHM,  52, "C13", R_DENIED,   MSG_NOT_GENUINE,    "an algorithm below the accepted strength") \
X(DG_HASH,         53, "C14", R_DENIED,   MSG_NOT_GENUINE,    "a data group does not match its signed hash") \
X(CHIP_PROOF,      54, "C15", R_DENIED,   MSG_NOT_GENUINE,    "the chip did not prove that it is the genuine one (clone)") \
X(CHIP_PROOF_ABSENT,55,"C16", R_DENIED,   MSG_NOT_GENUINE,    "the document offers no chip proof and the profile requires one") \
X(DOWNGRADE,       56, "C17", R_DENIED,   MSG_NOT_GENUINE,    "a signed PACEInfo was not offered, or the one used is not signed (downgrade)") \
X(EXPIRED_CARD,    57, "C18", R_DENIED,   MSG_CARD_EXPIRED,   "the document is expired") \
X(FOREIGN_STATE,   58, "C19", R_DENIED,   MSG_NOT_THIS_CARD,  "issuing State, certificate country or document code is not the profile's") \
X(NUMBER_FORM,     59, "C20", R_DENIED,   MSG_NOT_THIS_CARD,  "the national number has not the form the profile names") \
X(MRZ_MALFORMED,   60, "C21", R_DENIED,   MSG_CARD_REFUSED,   "the MRZ in DG1 is malformed or a check digit is wrong") \
X(PORTRAIT_MALFORMED,61,"C22",R_DENIED,   MSG_CARD_REFUSED,   "DG2 holds no portrait that can be read") \
X(CARD_LOOP,       62, "C23", R_DENIED,   MSG_CARD_REFUSED,   "the card exceeded the limit of APDUs, bytes or status words") \
X(CRL_STALE,       64, "C25", R_DENIED,   MSG_NOT_GENUINE,    "the profile requires a current CRL of the document's State, and there is none") \
/* the chip's PIN */ \
X(WRONG_PIN,       70, "P01", R_DENIED,   MSG_WRONG_PIN,      "the chip refused the PIN") \
X(PIN_BLOCKED,     71, "P02", R_DENIED,   MSG_PIN_BLOCKED,    "the chip's PIN is blocked") \
X(PIN_LAST_TRY,    72, "P03", R_DENIED,   MSG_PIN_LAST_TRY,   "one try is left for the chip's PIN, and the person has not agreed to use it") \
X(PIN_SUSPENDED,   73, "P04", R_DENIED,   MSG_PIN_SUSPENDED,  "the chip's PIN is suspended: the CAN is needed to go on") \
X(PIN_UNATTESTED,  74, "P05", R_DENIED,   MSG_NOT_GENUINE,    "the chip proved itself by neither CA nor CAM: its word on a PIN proves nothing") \
X(CLOCK,           63, "C24", R_ABSENT,   MSG_CLOCK,          "this machine's clock is behind the newest file it wrote") \
/* the account */ \
X(UNKNOWN_CARD,    80, "A01", R_DENIED,   MSG_UNKNOWN_PERSON, "no account of this sector belongs to this card") \
X(WRONG_PERSON,    81, "A02", R_DENIED,   MSG_WRONG_PERSON,   "the card belongs to another account than the one asked for") \
X(REVOKED,         82, "A03", R_DENIED,   MSG_REVOKED,        "the account is revoked") \
X(BLOCKED_CARD,    83, "A04", R_DENIED,   MSG_BLOCKED_CARD,   "the card is blocked (an older card, or blocked by the administrator)") \
X(ACCOUNT_EXPIRED, 84, "A05", R_DENIED,   MSG_ACCOUNT_EXPIRED,"the account is expired") \
X(UID_MISMATCH,    85, "A06", R_DENIED,   MSG_UID_MISMATCH,   "the name service gives this name another uid, or its uid another name") \
X(OUT_OF_RANGE,    86, "A07", R_DENIED,   MSG_UID_MISMATCH,   "a uid, gid, name, home or shell that the name service may not answer, or too many groups") \
X(ALREADY_ENROLLED,87, "A08", R_DENIED,   MSG_ALREADY,        "this card already belongs to an account") \
X(NAME_TAKEN,      88, "A09", R_DENIED,   MSG_NAME_TAKEN,     "the account name or uid is taken") \
X(RANGE_FULL,      89, "A10", R_DENIED,   MSG_INTERNAL,       "the uid range is used up") \
X(ROSTER,          90, "A11", R_INTERNAL, MSG_INTERNAL,       "the roster can't be read or written") \
X(NO_ACCOUNT,      91, "A12", R_DENIED,   MSG_NO_ACCOUNT,     "no such account") \
X(NAME_SERVICE,    92, "A13", R_ABSENT,   MSG_INTERNAL,       "another source of the name service does not answer: whether the name or uid is free can't be known") \
X(BOUND,           93, "A14", R_DENIED,   MSG_WRONG_PERSON,   "the account is bound to another person's card under this epoch") \
X(NO_GROUP,        94, "A15", R_DENIED,   MSG_INTERNAL,       "no such group") \
X(VIEW,            99, "A16", R_INTERNAL, MSG_INTERNAL,       "the roster has the change, but the name service's view can't be written: is the disk full? Then systemctl restart cnied") \
X(SECTOR_GROUP,    95, "A17", R_DENIED,   MSG_INTERNAL,       "this name or number is of the sector's own group ([sector] group and group_gid in cnie.conf)") \
/* a roster that comes, or goes */ \
X(ROSTER_BUSY,     130,"X01", R_ABSENT,   MSG_SEAT_BUSY,      "another is writing to the roster: an import goes on") \
X(ROSTER_FORMAT,   131,"X02", R_DENIED,   MSG_INTERNAL,       "a line of the roster file is malformed or out of place") \
X(ROSTER_SIGNATURE,132,"X03", R_DENIED,   MSG_INTERNAL,       "the signature over the roster file does not verify under the signer's key") \
X(ROSTER_OLD,      133,"X04", R_DENIED,   MSG_INTERNAL,       "the roster file is not newer than the one imported last (rollback)") \
X(ROSTER_EXPIRED,  134,"X05", R_DENIED,   MSG_INTERNAL,       "the roster file is expired") \
X(ROSTER_SECTOR,   135,"X06", R_DENIED,   MSG_INTERNAL,       "the roster file is of another sector") \
X(ROSTER_CONFLICT, 136,"X07", R_DENIED,   MSG_INTERNAL,       "the roster file gives a uid, name, tag or card to somebody else than this machine's roster does") \
X(ROSTER_MISSING,  137,"X08", R_DENIED,   MSG_INTERNAL,       "the roster file lacks accounts that the one before had") \
X(ROSTER_MARKS,    138,"X09", R_INTERNAL, MSG_INTERNAL,       "the roster is not the one that its marks tell of: another machine's, one put back from before an import (import that file again), or the marks are damaged") \
X(ROSTER_CLOCK,    139,"X10", R_DENIED,   MSG_CLOCK,          "the roster file was made on a day that this machine's clock has not reached") \
/* the factors */ \
X(WRONG_FACE,      100,"F01", R_DENIED,   MSG_WRONG_FACE,     "the face does not match the portrait") \
X(ATTACK,          101,"F02", R_DENIED,   MSG_WRONG_FACE,     "presentation attack detected") \
X(NO_FACE,         102,"F03", R_DENIED,   MSG_NO_FACE,        "no single usable face in front of the camera") \
X(NO_CAMERA,       103,"F04", R_ABSENT,   MSG_NO_CAMERA,      "no usable camera") \
X(NO_AUTHORISATION,104,"F05", R_ABSENT,   MSG_NO_AUTHORISATION,"no authorisation for the face is in force here, and no code is set") \
X(NO_MODELS,       105,"F06", R_ABSENT,   MSG_NO_CAMERA,      "a face model is missing or its hash is wrong") \
X(WRONG_CODE,      106,"F07", R_DENIED,   MSG_WRONG_CODE,     "wrong code") \
X(NO_CODE,         107,"F08", R_ABSENT,   MSG_NO_CODE,        "a code is needed and none is set") \
X(FACE_LOCKED,     108,"F09", R_DENIED,   MSG_NO_CODE,        "five failed faces on this card: only the code, and none is set") \
X(PORTRAIT_FACE,   109,"F10", R_ABSENT,   MSG_NO_CAMERA,      "no face was found in the card's portrait") \
X(WEAK_CODE,       110,"F11", R_DENIED,   MSG_WEAK_CODE,      "the code is too short, too long, or trivial") \
X(CODE_DIFFERS,    111,"F12", R_DENIED,   MSG_CODE_DIFFERS,   "the two codes differ") \
X(WRONG_PASS,      112,"F13", R_DENIED,   MSG_WRONG_CODE,     "wrong code of the day") \
X(PASS_TIME,       113,"F14", R_DENIED,   MSG_INTERNAL,       "a pass ends within a day from now") \
/* the key */ \
X(NO_KEY,          120,"K01", R_ABSENT,   MSG_NOT_CONFIGURED, "the sector key is missing or unusable") \
X(TOKENISER,       121,"K02", R_ABSENT,   MSG_KEY_SERVICE,    "the tokenisation service does not answer, or declines") \
X(TOKENISER_PROOF, 122,"K03", R_DENIED,   MSG_KEY_SERVICE,    "the tokenisation service's proof does not verify under the pinned key") \
X(TOKEN,           123,"K04", R_ABSENT,   MSG_NOT_CONFIGURED, "the security token can't be used") \
X(TOKEN_KEY,       124,"K05", R_DENIED,   MSG_NOT_CONFIGURED, "the token's key is not one that never leaves it, or is not the only one of its name") \
X(KEY_CUSTODY,     125,"K06", R_DENIED,   MSG_NOT_CONFIGURED, "a key of this kind is not held here: it has neither backup nor restore on this machine") \
X(KEY_BACKUP,      126,"K07", R_DENIED,   MSG_NOT_CONFIGURED, "not a backup of this sector and epoch, or made for another key") \
X(KEY_EXISTS,      127,"K08", R_DENIED,   MSG_NOT_CONFIGURED, "this epoch has its key already") \
X(EPOCH_LIVE,      128,"K09", R_DENIED,   MSG_NOT_CONFIGURED, "the configuration still names this epoch") \
X(EPOCH_NEEDED,    129,"K10", R_DENIED,   MSG_NOT_CONFIGURED, "accounts are bound under this epoch and not under the newer one")

enum reason {
#define X(name, number, code, result, msg, text) REASON_##name = number,
	REASONS(X)
#undef X
};

struct reason_row {
	enum reason id;
	const char *code;	/* "C10": stable, shown to the person */
	enum result result;
	enum msg msg;
	const char *text;	/* English, for the log */
};

/* The row of r; for a number not in the table that of REASON_INTERNAL. */
const struct reason_row *reason_row(unsigned int r);

#endif
