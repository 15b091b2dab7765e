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
 * Every call answers a reason: REASON_NONE is success, REASON_ROSTER a
 * database that can't be read or written (locked longer than ROSTER_BUSY_MS,
 * disk full, damaged). Outputs are untouched unless REASON_NONE.
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

#define ROSTER_VERSION 1
#define ROSTER_BUSY_MS 2000
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
};

/* What new accounts get; from the configuration. */
struct roster_policy {
	char name_prefix[9];	/* [a-z][a-z0-9]*, at most 8 */
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
	uint32_t expiry;		/* of the account, 0 none */
	bool face;
	char code_hash[CODE_HASH_SIZE];	/* "" none */
	uint64_t now;
};

/* Open or create (0600); an older schema is brought up, a newer one refused.
 * The caller closes. */
must_check enum reason roster_open(const char *path, struct roster **out);
void roster_close(struct roster **r);		/* accepts NULL inside */

/*
 * The account of a card, nothing changed: REASON_UNKNOWN_CARD, REASON_REVOKED,
 * REASON_ACCOUNT_EXPIRED (expiry < today), REASON_BLOCKED_CARD (blocked, or an
 * unknown card that expires before the newest one known of this person).
 */
must_check enum reason roster_find_tag(struct roster *r,
				       const struct roster_card *card,
				       uint32_t today,
				       struct roster_account *out);

/*
 * The same decision in one write transaction, on disk when it returns: a card
 * not seen before becomes the current one and blocks the one before it. Call
 * it when every factor has passed, before GRANT.
 */
must_check enum reason roster_login(struct roster *r,
				    const struct roster_card *card,
				    uint32_t today, uint64_t now,
				    struct roster_account *out);

/*
 * REASON_ALREADY_ENROLLED: the tag has an account. REASON_NAME_TAKEN: the
 * name or uid has one. REASON_RANGE_FULL. REASON_OUT_OF_RANGE: name, ids,
 * home or shell of an existing account are not ones that NSS may answer.
 */
must_check enum reason roster_enrol(struct roster *r,
				    const struct roster_policy *policy,
				    const struct roster_new *in,
				    struct roster_account *out);

/* By name; REASON_NO_ACCOUNT. */
must_check enum reason roster_show(struct roster *r, const char *name,
				   struct roster_account *out);

/* Each account, by uid. each answers false to stop. */
must_check enum reason roster_list(struct roster *r,
		bool (*each)(const struct roster_account *a, void *ctx),
		void *ctx);

/* REASON_NO_ACCOUNT; doing it twice is no error. */
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
/* Block every current card of the account: the next one must be a newer
 * document. REASON_NO_ACCOUNT. */
must_check enum reason roster_card_block(struct roster *r, const char *name);

/*
 * Groups. put creates one or renames the group with this gid; the group whose
 * gid is an account's primary one needs no membership. REASON_NAME_TAKEN: the
 * name belongs to another gid. REASON_NO_ACCOUNT: no such group or account.
 * REASON_OUT_OF_RANGE: not a name or gid that NSS may answer, or more than
 * ROSTER_GROUPS_MAX groups for one account.
 */
must_check enum reason roster_group_put(struct roster *r, const char *group,
					uint32_t gid);
must_check enum reason roster_group_join(struct roster *r, const char *group,
					 const char *account);
must_check enum reason roster_group_leave(struct roster *r, const char *group,
					  const char *account);

/* How many cards of the account are current and blocked; none for a name
 * that is not there. May be called from within roster_list. */
must_check enum reason roster_cards(struct roster *r, const char *name,
				    uint32_t *current, uint32_t *blocked);

/* Counts for doctor. */
struct roster_counts { uint32_t accounts, active, groups; };
must_check enum reason roster_count(struct roster *r,
				    struct roster_counts *out);

#endif
