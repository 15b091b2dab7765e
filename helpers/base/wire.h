/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every message between our processes: one message = one struct, described
 * by one row of a field table in wire.c, so there is one encoder and one
 * decoder for all. A message is: u8 WIRE_VERSION, u8 type, the fields in
 * order, and nothing after them. Integers big-endian; char[] is u16 length
 * and bytes (printable, no NUL, shorter than the array); a struct span is
 * u32 length and bytes and points into the received buffer.
 *
 * All channels are AF_UNIX SOCK_SEQPACKET: one packet, one message.
 */
#ifndef CNIE_BASE_WIRE_H
#define CNIE_BASE_WIRE_H

#include "base/bytes.h"
#include "base/reason.h"

#define WIRE_VERSION 1
#define WIRE_MAX     8192		/* every message but the portrait */
#define WIRE_PORTRAIT_MAX (128 * 1024)	/* DG2 of CNIE2 is 15-25 KB; SEQPACKET
					 * takes at most 212,960 bytes */

/* Where a helper finds its channels. Everything else is closed. */
enum helper_fd {
	FD_CONTROL = 3,		/* to cnied */
	FD_APDU = 4,		/* cnie-card <-> cnie-inspect */
	FD_PORTRAIT = 5,	/* cnie-inspect -> cnie-face */
	FD_NUMBER = 6,		/* cnie-inspect -> cnie-sector */
	/* cnie-sector; cnied opens or connects them */
	FD_KEY = 7,		/* the key file, or the token's PIN file */
	FD_KEY_OLD = 8,		/* the key file of the epoch before */
	FD_BACKUP = 8,		/* SECTOR_RESTORE: the backup */
	FD_TOKENISER = 9,	/* to the tokenisation service */
	FD_IDENTITY = 9,	/* SECTOR_RESTORE: what opens the backup */
};
#define FD_LAST FD_TOKENISER

#define NAME_MAX_LEN 33		/* account or service name and NUL */

enum wire_msg {
	/* login.sock and admin.sock: the conversation */
	MSG_LOGIN_START = 1, MSG_LOGIN_INFO, MSG_LOGIN_ASK, MSG_LOGIN_ANSWER,
	MSG_LOGIN_GRANT, MSG_LOGIN_REFUSE,
	/* admin.sock */
	MSG_ADMIN_REQUEST = 20, MSG_ADMIN_ROW, MSG_ADMIN_DONE,
	MSG_ADMIN_ITEM, MSG_ADMIN_PROGRESS,
	MSG_ADMIN_BULK,
	MSG_ADMIN_CANDIDATE, MSG_ADMIN_VERDICT,
	/* control channels */
	MSG_HELPER_START = 40, MSG_HELPER_READY, MSG_HELPER_FAIL,
	MSG_CARD_CONFIG, MSG_CARD_STATE, MSG_CARD_END,
	MSG_INSPECT_CONFIG, MSG_INSPECT_GO, MSG_INSPECT_STAGE,
	MSG_INSPECT_FACTS, MSG_INSPECT_PROCEED, MSG_INSPECT_DONE,
	MSG_FACE_CONFIG, MSG_FACE_STREAM, MSG_FACE_ANSWER,
	MSG_SECTOR_CONFIG, MSG_SECTOR_TAGS,
	MSG_INSPECT_ITEM, MSG_INSPECT_PROGRESS,
	MSG_SECTOR_LOOKUP, MSG_SECTOR_FOUND, MSG_SECTOR_BACKUP,
	/* between helpers */
	MSG_APDU_COMMAND = 80, MSG_APDU_RESPONSE,
	MSG_PORTRAIT, MSG_NUMBER, MSG_APDU_LINK,
};

/* -- the conversation ---------------------------------------------------- */

enum login_flag {
	LOGIN_SILENT = 1,
	LOGIN_MY_DATA = 2,	/* no login: rows of what is held about whoever
				 * shows their card, then MSG_ADMIN_DONE */
};

struct msg_login_start {
	char user[NAME_MAX_LEN];	/* "" = card-first */
	char service[NAME_MAX_LEN];
	char tty[NAME_MAX_LEN];
	char rhost[65];
	uint8_t flags;
};

struct msg_login_info {
	uint16_t msg;			/* enum msg */
	char arg[257];
};

struct msg_login_ask {
	uint16_t msg;			/* MSG_ASK_* */
	uint8_t echo;			/* 1: may be shown as typed */
};

#define ANSWER_MAX 65
struct msg_login_answer {		/* SECRET: wipe */
	uint8_t declined;		/* 1: empty or cancelled */
	char text[ANSWER_MAX];
};

struct msg_login_grant {
	char name[NAME_MAX_LEN];
	uint32_t uid;
};

struct msg_login_refuse {
	uint16_t reason;		/* enum reason */
	uint32_t delay_s;		/* MSG_THROTTLED's argument */
};

#include "base/wire_admin.h"		/* what root asks at admin.sock */

/* -- every helper ---------------------------------------------------------- */

struct msg_helper_start {		/* the first message, still as root */
	uint32_t uid, gid;
	uint32_t extra_gid;		/* video for cnie-face; 0 none */
	uint64_t now;			/* seconds since 1970, cnied's clock */
};

struct msg_helper_ready {		/* locked down, loaded */
	uint32_t load_us;
};

struct msg_helper_fail {		/* the last message of a failed helper */
	uint16_t reason;		/* enum reason */
	uint16_t sw;			/* status word, token_fault or
					 * tokeniser_fault; 0 none */
	uint8_t stage;			/* enum inspect_stage */
};

enum token_fault {		/* of cnie-sector, with REASON_TOKEN */
	TOKEN_FAULT_NONE,	/* it says no more */
	TOKEN_FAULT_PIN_FILE,	/* what is in it can't be a PIN */
	TOKEN_FAULT_MODULE,	/* the library can't be loaded */
	TOKEN_FAULT_ABSENT,	/* no token of this label */
	TOKEN_FAULT_SEVERAL,	/* more than one */
	TOKEN_FAULT_LAST_TRY,	/* one try of the PIN is left: not a machine's */
	TOKEN_FAULT_LOCKED,	/* none is left */
	TOKEN_FAULT_PIN,	/* it is the wrong one */
	TOKEN_FAULT_EXPIRED,	/* it is to be set anew, or never was */
	TOKEN_FAULT_SILENT,	/* the library does not come back; cnied's word */
	TOKEN_FAULT_COUNT,
};

enum tokeniser_fault {		/* of cnie-sector, with REASON_TOKENISER */
	TOKENISER_FAULT_NONE,
	TOKENISER_FAULT_SILENT,	/* no answer in time */
	TOKENISER_FAULT_GONE,	/* it hung up, or never took the request */
	TOKENISER_FAULT_WORDS,	/* what it said is no answer */
	TOKENISER_FAULT_EPOCH,	/* it does not serve this epoch */
	TOKENISER_FAULT_QUOTA,
	TOKENISER_FAULT_REFUSED,
	TOKENISER_FAULT_COUNT,
};

/* -- cnie-card --------------------------------------------------------------- */

struct msg_card_config {
	char reader[129];		/* only this one, "" any */
	char ignore[257];		/* comma-separated parts of names */
	uint8_t fresh;			/* 1: the card must be inserted now */
	uint32_t wait_ms;		/* for the card; 0 decline at once */
};

enum card_event {
	CARD_WAITING = 1,		/* no card yet */
	CARD_LYING_THERE,		/* fresh wanted: take it out first */
	CARD_PRESENT,			/* connected, transaction not begun */
	CARD_FOUND,			/* one is there; to connect may take as
					 * long as another program likes */
};

struct msg_card_state {
	uint8_t event;			/* failures: msg_helper_fail */
	char reader[129];
};

struct msg_card_end { uint8_t reserved; };	/* unpower and exit */

#define APDU_COMMAND_MAX  (65535 + 9)
#define APDU_RESPONSE_MAX (65536 + 2)

struct msg_apdu_link {		/* cnie-card's first word on its channel */
	uint32_t max_data;	/* bytes of data that the reader carries in one
				 * APDU, as it says; 0 unknown: short ones */
	struct span atr;	/* as the reader gave it, at most 33 bytes */
};

struct msg_apdu_command {
	struct span apdu;
};

struct msg_apdu_response {	/* a failure has reason and no bytes, and the
				 * channel is closed after it */
	uint16_t reason;
	struct span apdu;	/* data and SW1 SW2, n >= 2 */
};

/* -- cnie-inspect ------------------------------------------------------------ */

enum profile_flag {
	PROFILE_REQUIRE_CHIP_PROOF = 1,
	PROFILE_BAC = 2,		/* Basic Access Control where there is no
					 * PACE */
	PROFILE_NUMBER_IN_DOCUMENT = 4,	/* number = document number field */
	PROFILE_NUMBER_IN_OPTIONAL1 = 8,/* number = optional data 1 */
	PROFILE_NUMBER_IN_OPTIONAL2 = 16,
	PROFILE_NUMBER_IN_DG11 = 32,	/* personal number, 5F10 */
	PROFILE_ACCEPT_SHA1 = 64,	/* below what is accepted by default */
	PROFILE_ACCEPT_SMALL_KEYS = 128,/* EC below 256 bits, RSA below 2048 */
	PROFILE_ACCEPT_DH_GROUP_0 = 256,
	PROFILE_REQUIRE_CRL = 512,	/* a current one, grace included */
	PROFILE_PASSWORD_MRZ = 1024,	/* logins ask for it, not for the CAN */
};
#define PROFILE_NUMBER_FIELDS (PROFILE_NUMBER_IN_DOCUMENT | \
	PROFILE_NUMBER_IN_OPTIONAL1 | PROFILE_NUMBER_IN_OPTIONAL2 | \
	PROFILE_NUMBER_IN_DG11)		/* exactly one of them */
#define PROFILE_ACCEPT_WEAK (PROFILE_ACCEPT_SHA1 | \
	PROFILE_ACCEPT_SMALL_KEYS | PROFILE_ACCEPT_DH_GROUP_0)

enum inspect_mode {
	INSPECT_LOGIN = 1,		/* everything, portrait and number out */
	INSPECT_ONLY,			/* facts; nothing leaves */
	INSPECT_CSCA,			/* load the store, report, exit */
	INSPECT_CSCA_LIST,		/* the same, an item each */
	INSPECT_CSCA_IMPORT,		/* the files at csca_dir are foreign: read
					 * whole, parsed behind the filter */
};

struct msg_inspect_config {
	uint8_t mode;
	uint32_t flags;			/* enum profile_flag */
	char profile[33];		/* name, for facts */
	char state[4];			/* MRZ issuing State, "MAR" */
	char country[3];		/* certificates' country, "MA" */
	char document_codes[33];	/* allowed, comma-separated: "ID,I" */
	char aid[33];			/* hexadecimal */
	char number_regex[129];		/* POSIX extended, anchored by us */
	char csca_dir[257];		/* as the helper opens it */
	uint32_t file_max;		/* bytes of one EF at most */
	uint16_t crl_grace_days;	/* a CRL is current until nextUpdate and
					 * as many days more */
	uint8_t pin_reference;		/* P2 of VERIFY; 0: the PIN is not used */
	char signer[257];		/* import: DER or PEM of who must have
					 * signed a master list; "" any */
};

enum password_kind { PASSWORD_MRZ = 1, PASSWORD_CAN = 2 }; /* 9303-11 9.2.. */

struct msg_inspect_go {			/* SECRET: wipe */
	uint8_t kind;			/* enum password_kind */
	char password[ANSWER_MAX];	/* CAN: 6 digits; MRZ: document number
					 * || check || birth || check ||
					 * expiry || check, as in the MRZ, or
					 * "NUMBER YYMMDD YYMMDD" (birth, expiry) */
	char pin[ANSWER_MAX];		/* "" where the profile names none */
	uint8_t pin_last;		/* 1: the person agreed to the last try */
};

enum inspect_stage {
	STAGE_NONE, STAGE_ACCESS_FILE, STAGE_PACE, STAGE_SELECT, STAGE_SOD,
	STAGE_DG14, STAGE_PASSIVE_AUTH, STAGE_CHIP_PROOF, STAGE_DG1,
	STAGE_DG2,
	STAGE_BAC,			/* where the profile allows it */
	STAGE_CARD_SECURITY,		/* EF.CardSecurity, for PACE-CAM */
	STAGE_ACTIVE_AUTH,		/* DG15 and INTERNAL AUTHENTICATE */
	STAGE_DG11,			/* where the number stands there */
	STAGE_PIN,			/* VERIFY, where the profile names it */
	STAGE_COUNT
};

struct msg_inspect_stage {		/* after each stage, counts of it alone */
	uint8_t stage;
	uint32_t apdus, sent, received;	/* bytes of APDUs and responses */
	uint32_t us;
};

enum chip_proof { PROOF_NONE, PROOF_CA, PROOF_AA, PROOF_CAM };
enum channel_kind { CHANNEL_NONE, CHANNEL_BAC, CHANNEL_PACE, CHANNEL_CA };

enum fact_flag {
	FACT_PA_CHAIN = 1,		/* SOD -> DSC -> CSCA verified */
	FACT_PA_HASHES = 2,		/* every data group read matched */
	FACT_PACE_SIGNED = 4,		/* the used PACEInfo is in the signed copy
					 * and every signed one was offered */
	FACT_COUNTRY_DSC = 8,		/* DSC's country = profile's */
	FACT_COUNTRY_CSCA = 16,
	FACT_STATE = 32,		/* DG1's issuing State = profile's */
	FACT_DOCUMENT_CODE = 64,	/* DG1's code allowed, and by DSC */
	FACT_NUMBER_FORM = 128,		/* number matched the regex */
	FACT_NOT_EXPIRED = 256,		/* the document, today (UTC) */
	FACT_DATA_UNDER_PROOF = 512,	/* DG1, DG2 read under keys of CA/CAM */
	FACT_CSCA_EXPIRED = 1024,	/* the anchor is, after it signed: told,
					 * not refused */
	FACT_CRL_CURRENT = 2048,	/* a CRL of the State, grace included */
	FACT_PIN = 4096,		/* the chip took the PIN, under keys of
					 * CA/CAM */
};

struct msg_inspect_facts {		/* before number and portrait leave */
	uint32_t flags;			/* enum fact_flag */
	uint8_t proof;			/* enum chip_proof */
	uint8_t channel;		/* what DG1 was read under */
	uint8_t access;			/* what opened the chip: CHANNEL_BAC or
					 * CHANNEL_PACE */
	uint8_t password;		/* enum password_kind */
	uint16_t data_groups;		/* bit n: DGn in the SOD */
	uint32_t expiry;		/* yyyymmdd */
	char profile[33];
	char state[4];			/* as in DG1 */
	char pace[33];			/* "ECDH-GM AES-128" */
	char pace_curve[33];
	char proof_curve[33];
	char signature[33];		/* "ecdsa-sha256" */
	char digest[17];		/* of the SOD */
	char anchor[65];		/* SHA-256 of the CSCA, hexadecimal */
	char anchor_name[129];		/* its subject */
};

/*
 * cnied's word after FACTS, step by step: the number may go to cnie-sector;
 * then, the account being known, read the portrait or finish without it (an
 * account that does not use the face never has its portrait read). In mode
 * INSPECT_ONLY only PROCEED_PORTRAIT or PROCEED_FINISH comes.
 */
enum proceed { PROCEED_NUMBER = 1, PROCEED_PORTRAIT, PROCEED_FINISH };

struct msg_inspect_proceed {
	uint8_t what;			/* enum proceed */
};

struct msg_inspect_done {		/* the portrait is on its way, or mode
					 * INSPECT_CSCA's counts */
	uint32_t apdus, sent, received;
	uint32_t anchors, crls;		/* in the store */
	uint32_t bad;			/* its files that were not used */
	uint32_t other_country;		/* import: counted, not taken */
	uint32_t expiring;		/* within 30 days, or expired */
};

/* -- between helpers --------------------------------------------------------- */

enum image_format { IMAGE_JPEG = 0, IMAGE_JP2 = 1 };	/* ISO 19794-5 */

struct msg_portrait {			/* PERSONAL */
	uint8_t format;
	struct span image;
};

struct msg_number {			/* PERSONAL: wipe */
	char state[4];			/* as verified */
	char number[41];		/* as in the MRZ, trailing fillers removed */
	char document[41];
	char expiry[9];			/* yyyymmdd */
};

/* -- cnie-face --------------------------------------------------------------- */

struct msg_face_config {
	char models_dir[257];
	char camera[257];		/* /dev/video0, or by-path */
	uint32_t fmr_e6;		/* false-match rate x 1e6: 100 = 1e-4 */
	uint32_t max_ms;		/* from FACE_STREAM to an answer */
};

struct msg_face_stream { uint8_t reserved; };

enum face_verdict {
	FACE_MATCH = 1, FACE_NO_MATCH, FACE_ATTACK, FACE_NONE_SEEN,
	FACE_NO_CAMERA, FACE_NO_MODELS, FACE_PORTRAIT_BAD,
};

struct msg_face_answer {		/* at most 64 bytes on the wire */
	uint8_t verdict;
	uint16_t score;			/* (mean cosine + 1) * 10000 */
	uint16_t threshold;		/* same scale */
	uint16_t live;			/* mean live score * 10000 */
	uint16_t live_threshold;
	uint8_t frames;			/* scored */
	uint8_t frames_live;
	uint32_t first_frame_us;	/* from stream to first frame */
	uint32_t total_us;
};

/* -- cnie-sector ------------------------------------------------------------- */

enum sector_mode {
	SECTOR_EVALUATE = 1,	/* a number comes, tags go */
	SECTOR_KEYGEN,		/* into the empty file FD_KEY, or in the token */
	SECTOR_PROBE,		/* is the key there and usable? */
	SECTOR_BACKUP,		/* MSG_SECTOR_BACKUP */
	SECTOR_RESTORE,		/* FD_BACKUP, FD_IDENTITY -> empty file FD_KEY */
	SECTOR_DESTROY,		/* zeros over FD_KEY, or out of the token */
};

enum sector_provider {
	PROVIDER_LOCAL = 1,	/* the key in a file, evaluated in process */
	PROVIDER_PKCS11,	/* HMAC-SHA-256 inside a token */
	PROVIDER_TOKENISER,	/* VOPRF through a service that sees no number */
};

#define ELEMENT_SIZE 32
struct msg_sector_config {
	uint8_t mode;
	uint8_t provider;		/* enum sector_provider */
	char urn[129];			/* sector[:entity[:site]] */
	uint32_t epoch;
	uint32_t old_epoch;		/* the one before, still live; 0 none */
	char number_regex[129];		/* canonical form, POSIX extended */
	char module[257];		/* PKCS#11 library */
	char token[33];			/* label of the token */
	uint8_t cache;			/* 1: the token has the machine's key */
	uint8_t machine_key;		/* KEYGEN: that one is to be made */
	uint8_t public_key[ELEMENT_SIZE];	/* of the tokeniser, by epoch */
	uint8_t old_public_key[ELEMENT_SIZE];
	uint8_t recipient[ELEMENT_SIZE];	/* BACKUP: X25519 */
};

/* The cache of a tokeniser's answers is the roster's; what it is looked up by
 * is made in the token and says nothing without it. */
#define CACHE_INDEX 32
struct msg_sector_lookup {
	uint32_t epoch;
	uint8_t index[CACHE_INDEX];
};

#define TAG_SIZE 16
struct msg_sector_found {		/* the answer to each LOOKUP */
	uint8_t found;
	uint8_t tag[TAG_SIZE];
	uint8_t card_tag[TAG_SIZE];
};

enum sector_remember { REMEMBER = 1, REMEMBER_OLD = 2 };

struct msg_sector_tags {
	uint8_t tag[TAG_SIZE];
	uint8_t card_tag[TAG_SIZE];
	uint8_t has_old;		/* 1: the next two are set */
	uint8_t old_tag[TAG_SIZE];
	uint8_t old_card_tag[TAG_SIZE];
	uint8_t remember;		/* enum sector_remember: the tokeniser was
					 * asked, and there is a cache */
	uint8_t index[CACHE_INDEX];
	uint8_t old_index[CACHE_INDEX];
};

struct msg_sector_backup {
	struct span sealed;
};

/* -- coding ------------------------------------------------------------------ */

/*
 * Encode the struct of `type` into out / decode in as `type`. Decoding:
 * R_MALFORMED for another type or version, a bad length, or bytes left over;
 * *msg is untouched then. msg points at the struct of that type, by the table.
 */
must_check enum result wire_put(struct sink *out, enum wire_msg type,
				const void *msg);
must_check enum result wire_get(struct span in, enum wire_msg type, void *msg);
/* The type of a message, or 0 where it has no valid header. */
unsigned int wire_type(struct span in);
/* Size of the struct of `type`, 0 for a type not in the table. */
size_t wire_struct_size(enum wire_msg type);
/* None is larger; one that is can be neither put nor got. */
#define WIRE_STRUCT_MAX 2304

#endif
