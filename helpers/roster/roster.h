/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who has an account in this sector: a SQLite database that only cnied opens
 * (root, 0600, WAL, synchronous FULL). It holds one-way tags, accounts and
 * code hashes; no number, no civil name, nothing biometric.
 *
 * MUST: a uid or an account name, once given, is never given to another
 * person; no row of an account is ever deleted. MUST: what a login changes is
 * one transaction. MUST: an older card never displaces a newer one.
 *
 * Beside the database stands PATH.marks, which only grows: uids and names
 * given, cards blocked, accounts revoked, versions imported. It is written and
 * on disk before the transaction that it tells of commits; a database that is
 * older than its marks (a backup put back) is brought up to them when opened;
 * one older than an import gives no name or uid (REASON_ROSTER_MARKS) until
 * that file, or a later one, has come again. Backups leave the marks out.
 *
 * Two epochs can be live: a login whose person is known only under the older
 * one is bound under the newer by a statement that is never changed or deleted
 * (table rebind); uid, name and home stay.
 *
 * Every call answers a reason: REASON_NONE is success, REASON_ROSTER a
 * database that can't be read or written (disk full, damaged). Whatever changes
 * something may answer REASON_ROSTER_BUSY: another writes for longer than
 * ROSTER_BUSY_MS. Outputs are untouched unless REASON_NONE.
 *
 * Days are yyyymmdd (UTC), 0 = none. Times are seconds since 1970.
 */
#ifndef CNIE_ROSTER_ROSTER_H
#define CNIE_ROSTER_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reason.h"
#include "base/wire.h"		/* TAG_SIZE, NAME_MAX_LEN */
#include "roster/code.h"	/* CODE_HASH_SIZE */

#define ROSTER_VERSION 2
#define ROSTER_BUSY_MS 200
#define ROSTER_HOME_MAX 257
#define ROSTER_SHELL_MAX 129
#define ROSTER_GROUPS_MAX 64	/* supplementary groups of one account */

struct roster;

enum roster_status { ROSTER_ACTIVE = 1, ROSTER_REVOKED = 2 };

struct roster_account {
	char name[NAME_MAX_LEN];
	uint32_t uid, gid;
	char home[ROSTER_HOME_MAX];
	char shell[ROSTER_SHELL_MAX];
	enum roster_status status;
	uint64_t created;
	uint32_t expiry;	/* last day of the account, 0 none */
	bool face;		/* enrolled for the face */
	bool code;		/* a code is set */
};

/* A card as the sector helper and the inspection gave it. */
struct roster_card {
	uint32_t epoch;
	uint8_t tag[TAG_SIZE];
	uint8_t card_tag[TAG_SIZE];
	uint32_t expiry;	/* of the document */
	/* the same under the epoch before, where that is live; 0 = is not */
	uint32_t old_epoch;
	uint8_t old_tag[TAG_SIZE];
	uint8_t old_card_tag[TAG_SIZE];
};

/* What new accounts get; from the configuration. */
struct roster_policy {
	char name_prefix[9];	/* [a-z][a-z0-9_-]*, at most 8 */
	uint32_t uid_min, uid_max;
	uint32_t gid;
	char home_dir[129];
	char shell[ROSTER_SHELL_MAX];
};

struct roster_new {
	struct roster_card card;
	/* "" = allocate name, uid, gid, home, shell by the policy; else an
	 * existing account's, all as resolved */
	char name[NAME_MAX_LEN];
	uint32_t uid, gid;
	char home[ROSTER_HOME_MAX];
	char shell[ROSTER_SHELL_MAX];
	bool proposed;		/* name and uid are of roster_propose: the
				 * rest follows from the policy */
	uint32_t expiry;		/* of the account, 0 none */
	bool face;
	char code_hash[CODE_HASH_SIZE];	/* "" none */
	uint64_t now;
};

/* Open or create (0600); an older schema is brought up, a newer one refused.
 * REASON_ROSTER_MARKS: the marks are another roster's, or damaged. The caller
 * closes. */
must_check enum reason roster_open(const char *path, struct roster **out);
void roster_close(struct roster **r);		/* accepts NULL inside */

/*
 * The account of a card, nothing changed: REASON_UNKNOWN_CARD, REASON_REVOKED,
 * REASON_ACCOUNT_EXPIRED (expiry < today), REASON_BLOCKED_CARD (blocked, or an
 * unknown card that expires before the newest one known of this person, or not
 * after one that was blocked under an epoch that is gone), REASON_BOUND (known
 * under old_epoch, and the account has another tag under epoch).
 */
must_check enum reason roster_find_tag(struct roster *r,
				       const struct roster_card *card,
				       uint32_t today,
				       struct roster_account *out);

/* The account of a card, whatever its state and the card's: for what is held
 * about the person. REASON_UNKNOWN_CARD. */
must_check enum reason roster_whose(struct roster *r,
				    const struct roster_card *card,
				    struct roster_account *out);

/*
 * The same decision in one write transaction, on disk when it returns: a card
 * not seen before becomes the current one and blocks the one before it, and a
 * person known under old_epoch alone is bound under epoch. Call it when every
 * factor has passed, before GRANT. Where nothing is to change nothing is
 * written, and an import that goes on does not hold it up; else
 * REASON_ROSTER_BUSY.
 */
must_check enum reason roster_login(struct roster *r,
				    const struct roster_card *card,
				    uint32_t today, uint64_t now,
				    struct roster_account *out);

/*
 * The next free uid above `after` (0: from the high-water mark), and a name
 * that was never given; nothing is written. REASON_RANGE_FULL.
 */
must_check enum reason roster_propose(struct roster *r,
				      const struct roster_policy *policy,
				      uint32_t after,
				      struct roster_account *out);

/*
 * REASON_ALREADY_ENROLLED: the tag has an account. REASON_NAME_TAKEN: the
 * name or uid has one, or had. REASON_RANGE_FULL. REASON_OUT_OF_RANGE: name,
 * ids, home or shell of an existing account are not ones that NSS may answer;
 * a proposed uid is not in the range. REASON_BLOCKED_CARD: of an account that
 * was lost.
 */
must_check enum reason roster_enrol(struct roster *r,
				    const struct roster_policy *policy,
				    const struct roster_new *in,
				    struct roster_account *out);

/*
 * The account belongs to this card from now on (its key was lost, a board was
 * swapped): bound under card->epoch, everything else stays. REASON_BOUND: it
 * has another tag there. REASON_ALREADY_ENROLLED: the tag is another account's;
 * where it is this one's already nothing is changed. Else as roster_find_tag.
 */
must_check enum reason roster_rebind(struct roster *r, const char *name,
				     const struct roster_card *card,
				     uint32_t today, uint64_t now);

/* By name; REASON_NO_ACCOUNT. */
must_check enum reason roster_show(struct roster *r, const char *name,
				   struct roster_account *out);

/* Each account, by uid. each answers false to stop. */
must_check enum reason roster_list(struct roster *r,
		bool (*each)(const struct roster_account *a, void *ctx),
		void *ctx);

/* The same from the first uid above `after`: a list in parts. */
must_check enum reason roster_list_after(struct roster *r, uint32_t after,
		bool (*each)(const struct roster_account *a, void *ctx),
		void *ctx);

/* REASON_NO_ACCOUNT; doing it twice is no error. An import does not undo a
 * revocation by order; revoking ends a pass. */
must_check enum reason roster_revoke(struct roster *r, const char *name);
must_check enum reason roster_restore(struct roster *r, const char *name);
must_check enum reason roster_set_face(struct roster *r, const char *name,
				       bool face);
must_check enum reason roster_set_expiry(struct roster *r, const char *name,
					 uint32_t day);
/* hash "" removes the code. */
must_check enum reason roster_set_code(struct roster *r, const char *name,
				       const char *hash);
/* The hash, for code_verify. REASON_NO_ACCOUNT, REASON_NO_CODE. */
must_check enum reason roster_code(struct roster *r, const char *name,
				   char out[CODE_HASH_SIZE]);
/* REASON_NAME_TAKEN: in use, or ever another's. The old name is never given to
 * anybody else. REASON_OUT_OF_RANGE: not one that NSS may answer. */
must_check enum reason roster_rename(struct roster *r, const char *name,
				     const char *to);
/* A new home; no file is moved. REASON_OUT_OF_RANGE: entry_home_ok says no. */
must_check enum reason roster_move(struct roster *r, const char *name,
				   const char *home);

/*
 * "I forgot my card today": a code that somebody drew for the account, good
 * until a moment (at most ROSTER_PASS_MAX_S from now, else REASON_PASS_TIME)
 * at the PAM services named (space-separated). One an account; a new one takes
 * the place of the old. ROSTER_PASS_TRIES wrong codes end it.
 */
#define ROSTER_PASS_MAX_S (24 * 3600)
#define ROSTER_PASS_TRIES 5
struct roster_pass {
	uint64_t until;
	char services[257];
	char hash[CODE_HASH_SIZE];	/* as code_hash makes it */
};
must_check enum reason roster_pass_set(struct roster *r, const char *name,
				       const struct roster_pass *pass,
				       uint64_t now);
/* One that is good now at this service: the pass and its account, judged as
 * roster_find_tag judges it. REASON_NO_CODE: none. */
must_check enum reason roster_pass_find(struct roster *r, const char *name,
					const char *service, uint32_t today,
					uint64_t now, struct roster_pass *out,
					struct roster_account *account);
/* A code was typed: counted on disk before it is judged, so that where nothing
 * can be counted nothing can be tried. right: it was the one, and is no try. */
must_check enum reason roster_pass_tried(struct roster *r, const char *name);
must_check enum reason roster_pass_right(struct roster *r, const char *name);
must_check enum reason roster_pass_end(struct roster *r, const char *name);

/* Block every current card of the account: the next one must be a newer
 * document. REASON_NO_ACCOUNT. */
must_check enum reason roster_card_block(struct roster *r, const char *name);

/*
 * Groups. put creates one or renames the group with this gid; the group whose
 * gid is an account's primary one needs no membership. REASON_NAME_TAKEN: the
 * name belongs to another gid. REASON_NO_GROUP, REASON_NO_ACCOUNT: none such.
 * REASON_OUT_OF_RANGE: not a name or gid that NSS may answer, or more than
 * ROSTER_GROUPS_MAX groups for one account.
 */
must_check enum reason roster_group_put(struct roster *r, const char *group,
					uint32_t gid);
must_check enum reason roster_group_join(struct roster *r, const char *group,
					 const char *account);
must_check enum reason roster_group_leave(struct roster *r, const char *group,
					  const char *account);

/* Each group, by gid, with how many accounts are its members beside those
 * whose primary group it is. */
must_check enum reason roster_group_list(struct roster *r,
		bool (*each)(const char *name, uint32_t gid, uint32_t members,
			     void *ctx), void *ctx);

/* -- epochs -------------------------------------------------------------- */

/* Each active account without a tag under epoch, by uid. */
must_check enum reason roster_unbound(struct roster *r, uint32_t epoch,
		bool (*each)(const struct roster_account *a, void *ctx),
		void *ctx);
must_check enum reason roster_unbound_count(struct roster *r, uint32_t epoch,
					    uint32_t *out);
/* Tags, cards and remembered answers of one epoch go; statements stay. What
 * was blocked under it stays blocked: by expiry, where no newer tag says it.
 * Doing it twice is no error. Its number is not used again: an import does not
 * bring its tags back. */
must_check enum reason roster_retire(struct roster *r, uint32_t epoch);
/* The newest that any account has a tag under; 0: none has. */
must_check enum reason roster_epoch_newest(struct roster *r, uint32_t *out);
/* Has any account a tag under it? */
must_check enum reason roster_epoch_used(struct roster *r, uint32_t epoch,
					 bool *out);

/* -- a tokeniser's answers, remembered ----------------------------------- */

struct roster_answer {
	uint32_t epoch;
	uint8_t index[CACHE_INDEX];
	uint8_t tag[TAG_SIZE], card_tag[TAG_SIZE];
	uint32_t until;		/* last day, yyyymmdd */
};
/* REASON_UNKNOWN_CARD: not remembered, or no longer good. */
must_check enum reason roster_recall(struct roster *r, uint32_t epoch,
				     const uint8_t index[CACHE_INDEX],
				     uint32_t today, struct roster_answer *out);
/* Those of the past go at the same time. */
must_check enum reason roster_remember(struct roster *r,
				       const struct roster_answer *in,
				       uint32_t today);

/* -- what is held about one account, for the person ---------------------- */

/* MUST: each column of schema.c that is a person's is here or in an item. */
struct roster_held {
	struct roster_account account;
	uint32_t tags, cards_current, cards_blocked, rebinds, groups;
	uint32_t answers;	/* of a tokeniser about the card, remembered */
	uint32_t before;	/* blocks and revocations of this uid that were
				 * known before its account was */
	uint32_t floor;		/* an unknown card that expires then or before
				 * is refused; 0 none */
	bool imported;		/* a roster file told of it */
	bool revoked_here;	/* and no roster file undoes that */
	uint64_t code_since;	/* 0: none, or not known */
	uint64_t pass_until;	/* 0: none */
	uint64_t pass_ended;	/* one that is over and still there; 0: none */
	char pass_services[257];	/* of either */
	uint32_t pass_tries;		/* wrong ones */
	uint64_t last_change;	/* of a card or tag */
};
must_check enum reason roster_held(struct roster *r, const char *name,
				   uint64_t now, struct roster_held *out);

/* What there may be several of, in the order of these. */
enum roster_item_kind {
	ROSTER_NAME = 1,	/* one of before: name */
	ROSTER_GROUP,		/* name, number; the primary one too */
	ROSTER_CARD,		/* blocked, day (its last), epoch, at (since) */
	ROSTER_REBIND,		/* epoch, number (old epoch, 0 an order), at */
};
struct roster_item {
	enum roster_item_kind kind;
	char name[NAME_MAX_LEN];
	bool blocked;
	uint32_t number, epoch, day;
	uint64_t at;
};
must_check enum reason roster_held_items(struct roster *r, const char *name,
		void (*each)(const struct roster_item *i, void *ctx),
		void *ctx);

/* How many cards of the account are current and blocked (a card that two
 * epochs know is one); none for a name that is not there. May be called from
 * within roster_list. */
must_check enum reason roster_cards(struct roster *r, const char *name,
				    uint32_t *current, uint32_t *blocked);

/* Counts for doctor. */
struct roster_counts { uint32_t accounts, active, groups; };
must_check enum reason roster_count(struct roster *r,
				    struct roster_counts *out);

#endif
