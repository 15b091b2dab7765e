/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The messages of admin.sock: what root's cniectl asks, and what it is told.
 * Part of wire.h, which includes it.
 */
#ifndef CNIE_BASE_WIRE_ADMIN_H
#define CNIE_BASE_WIRE_ADMIN_H

#include "base/bytes.h"

enum admin_verb {
	ADMIN_ENROL = 1,	/* then the conversation, as a login */
	ADMIN_INSPECT,		/* MSG_ASK for the CAN, stages, facts */
	ADMIN_ACCOUNT_LIST,	/* a row per account, tab-separated */
	ADMIN_ACCOUNT_SHOW,
	ADMIN_ACCOUNT_CODE,	/* asks twice, sets the code */
	ADMIN_ACCOUNT_REVOKE,
	ADMIN_ACCOUNT_RESTORE,	/* a row where something else refuses it */
	ADMIN_CARD_BLOCK,	/* block the current card of an account */
	ADMIN_KEY_INIT,		/* make the sector key; refuses where one is */
	ADMIN_STATUS,		/* rows "item<TAB>state<TAB>text" for doctor */
	ADMIN_CSCA_CHECK,	/* cnie-inspect reads the store at `csca` */
	ADMIN_CSCA_LIST,	/* an item without its bytes per anchor, CRL */
	ADMIN_CSCA_IMPORT,	/* the files at `csca`, of the profile's country:
				 * an item with its bytes each */
	ADMIN_ACCOUNT_RENAME,	/* to `text` */
	ADMIN_ACCOUNT_MOVE,	/* its home is `home` from now on */
	ADMIN_ACCOUNT_PASS,	/* until `number`, at the services `text` ("" the
				 * configured ones): a row with the code */
	ADMIN_ACCOUNT_PASS_END,
	ADMIN_ACCOUNT_REBIND,	/* the conversation of an enrolment; the card
				 * then belongs to `account` */
	ADMIN_GROUP_LIST,	/* rows "name<TAB>gid<TAB>members" */
	ADMIN_GROUP_PUT,	/* `text`, with `gid` */
	ADMIN_GROUP_JOIN,	/* `account` into `text` */
	ADMIN_GROUP_LEAVE,
	ADMIN_KEY_STATUS,	/* rows "item<TAB>value" */
	ADMIN_KEY_MAKE,		/* the key of `epoch`; kept where it is there. A
				 * tokeniser's next one: tried, with the public
				 * key `text` (hexadecimal) */
	ADMIN_KEY_MACHINE,	/* the machine's key in the token, for the cache */
	ADMIN_KEY_UNBOUND,	/* a row "name<TAB>uid" for each account without
				 * a tag under the current epoch */
	ADMIN_KEY_RETIRE,	/* `epoch`, which the configuration no longer
				 * names: tags and key go; `number` accounts
				 * at most may be locked out by it */
	ADMIN_KEY_BACKUP,	/* of `epoch`, to the public key `text` (hexadecimal):
				 * MSG_ADMIN_BULK with the sealed bytes */
	ADMIN_KEY_RESTORE,	/* of `epoch`, from `file`, opened with `identity` */
	ADMIN_ROSTER_EXPORT,	/* valid until day `number`: MSG_ADMIN_BULK, whole
				 * lines of roster/exchange.h */
	ADMIN_ROSTER_IMPORT,	/* the client sends MSG_ADMIN_BULK */
	ADMIN_REBINDS_EXPORT,
	ADMIN_REBINDS_IMPORT,
};

enum admin_flag {
	ADMIN_FACE = 1,		/* enrol for the face */
	ADMIN_CODE = 2,		/* enrol: ask for a code, twice */
	ADMIN_PASSWORD_MRZ = 4,	/* inspect: the secret is the MRZ key */
	ADMIN_BACKUP_STORED = 16,	/* key backup: what came before is on disk */
	ADMIN_REVOKE_MISSING = 8,	/* roster import: accounts that it no
					 * longer has are revoked, not a refusal */
};

struct msg_admin_request {
	uint8_t verb;
	uint8_t flags;
	char account[NAME_MAX_LEN];	/* enrol: an existing account's name */
	char reader[129];		/* inspect: a reader's name, "" any */
	char csca[257];			/* inspect: a store, "" configured */
	char profile[257];		/* inspect: a file, "" configured */
	char signer[257];		/* CSCA import: who must have signed, "" any */
	uint32_t uid, gid;		/* enrol --existing: as resolved */
	char home[257];
	char shell[129];
	char text[257];
	char file[257], identity[257];	/* absolute paths */
	uint32_t epoch;
	uint64_t number;
};

/* Rows of a roster, or the bytes of a backup. Of rows each packet holds whole
 * lines; the last one of a transfer says so. */
#define WIRE_BULK_MAX (32 * 1024)
struct msg_bulk {
	uint8_t last;
	struct span bytes;
};

/*
 * Enrolment: cnied asks no name service (one may take forever), cniectl does.
 * A name and uid that the roster has free, and whether another source of
 * nsswitch.conf knows one of them.
 */
struct msg_candidate {
	char name[NAME_MAX_LEN];
	uint32_t uid;
};
enum verdict { VERDICT_FREE = 1, VERDICT_TAKEN, VERDICT_SILENT };
struct msg_verdict {
	uint8_t verdict;
	char source[33];		/* which one: "files", "sss" */
};

struct msg_admin_row {
	char text[1025];
};

/* One certificate or CRL, from cnie-inspect through cnied to cniectl (the
 * message is the same on both ways: MSG_INSPECT_ITEM, MSG_ADMIN_ITEM). */
enum item_kind { ITEM_ANCHOR = 1, ITEM_CRL };
enum item_flag {
	ITEM_EXPIRED = 1,	/* the anchor, or the CRL's nextUpdate */
	ITEM_EXPIRING = 2,	/* within 30 days */
	ITEM_SELF_SIGNED = 4,
	ITEM_LINK = 8,		/* signed by another anchor */
	ITEM_WEAK = 16,		/* would not verify a document under the
				 * profile; a CRL: or is only a part of one */
};
struct msg_item {
	uint8_t kind;			/* enum item_kind */
	uint32_t flags;			/* enum item_flag */
	uint32_t from, until;		/* yyyymmdd; CRL: thisUpdate, nextUpdate */
	uint32_t entries;		/* of a CRL */
	char country[3];
	char sha256[65];		/* of the DER, hexadecimal */
	char serial[65];		/* hexadecimal; "" for a CRL */
	char subject[129];		/* CRL: its issuer */
	char algorithm[33];		/* "rsa-4096 sha256" */
	struct span der;		/* empty in a list */
};

struct msg_progress {
	uint32_t done, total;		/* items */
};

struct msg_admin_done {
	uint16_t reason;		/* REASON_NONE: it was done */
	char text[257];			/* what to do, or the account's name */
};

#endif
