/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One transaction: a login, an enrolment, an inspection or a probe. It owns
 * the seat's reader and camera while it lives; there is one at a time. What
 * may be said, by whom, in which state, is the table in login.c; everything
 * else ends the transaction with a refusal.
 *
 * SECRET: `secrets` (locked page) holds CAN, PIN and code between the
 * message that brings them and the one that takes them on.
 */
#ifndef CNIE_SERVICE_TXN_H
#define CNIE_SERVICE_TXN_H

#include "audit/event.h"
#include "base/config.h"
#include "roster/roster.h"
#include "service/crew.h"
#include "service/policy.h"
#include "service/seat.h"

enum state {		/* bits, so that a row can name several */
	ST_WAIT_CARD = 1,	/* cnie-card waits for a card */
	ST_ASK_CAN = 2,		/* the person types the CAN */
	ST_READ = 4,		/* card, signature, chip proof, tags, portrait */
	ST_FACE = 8,		/* card done; frames and comparison */
	ST_ASK_CODE = 16,
	ST_NEW_CODE = 32,	/* enrolment, account code: the first time */
	ST_NEW_CODE_AGAIN = 64,
	ST_PROBE = 128,		/* doctor, key init, CSCA: helpers alone */
	ST_ASK_PIN = 256,	/* the chip's PIN, where the profile names it */
	ST_ASK_PASS = 512,	/* the code of the day, instead of the card */
	ST_ASK_NAMES = 1024,	/* is name or uid another source's? */
	ST_END = 2048,
};

enum source { FROM_CARD = HELPER_CARD, FROM_INSPECT = HELPER_INSPECT,
	      FROM_FACE = HELPER_FACE, FROM_SECTOR = HELPER_SECTOR,
	      FROM_CLIENT };

enum purpose { FOR_LOGIN, FOR_ENROL, FOR_INSPECT, FOR_CODE, FOR_PROBE,
	       FOR_REBIND, FOR_MY_DATA };

struct secrets {
	char can[ANSWER_MAX];	/* or MRZ */
	char pin[ANSWER_MAX];
	char code[ANSWER_MAX];
	struct msg_login_answer answer;
	uint8_t in[1024];
};

struct client {
	int fd;			/* -1: free */
	bool admin;
	struct peer peer;
	int64_t deadline;	/* for its first message */
};

struct service;

struct txn {
	struct service *service;
	struct client *client;
	enum purpose purpose;
	enum state state;
	struct msg_login_start start;
	struct msg_admin_request request;
	struct seat_place place;

	struct config config;
	struct msg_inspect_config profile;
	struct authorisation authorisation;
	enum assurance assurance;	/* in force here and now */
	uint32_t today;			/* yyyymmdd */
	uint64_t now;			/* when it began */

	struct crew crew;
	struct secrets *secrets;
	bool can_given, number_released, fate_told, card_done;
	bool force_can;			/* a suspended PIN needs it */
	bool pin_last;			/* the next PIN is the chip's last try */
	bool again;			/* read anew, the card lying there */
	bool face_failed;		/* no camera or no models */
	enum reason face_reason;
	bool card_seen;
	bool card_found;		/* there, but nobody connected yet */
	int removals;
	unsigned int stale_answers;	/* to come, for questions withdrawn */
	enum reason give_up;		/* why, when card_wait passes */
	int probe;			/* index of the running probe */
	char key_path[256];		/* the key file being made */
	uint32_t key_epoch;		/* whose */
	uint32_t key_of;		/* the provider as configured */
	int key_step;			/* of what takes more than one helper */
	uint8_t *packet;		/* CSCA: PACKET_MAX bytes, an item */

	struct msg_inspect_facts facts;
	struct roster_card card;
	struct roster_account account;
	char code_hash[CODE_HASH_SIZE];
	struct msg_sector_tags answered;	/* what is to be remembered of it */
	enum plan plan;
	struct proven proven;

	int64_t started, deadline, step_deadline, card_started, face_started;
	int64_t rows_waited;		/* ms, for a client that reads slowly */
	struct event event;
	bool event_out;
};

/* login.c */
void txn_start(struct service *s, struct client *c, enum purpose purpose,
	       const struct msg_login_start *start,
	       const struct msg_admin_request *request);
void txn_message(struct txn *t, enum source from);	/* fd is readable */
void txn_expired(struct txn *t);			/* a deadline passed */
int64_t txn_deadline(const struct txn *t);
/* cnie-sector is still in the hands of the token's library. */
bool txn_token_silent(const struct txn *t);
void txn_refuse(struct txn *t, enum reason why);
/* An administrator's, with what to do ("" as txn_refuse). */
void txn_refuse_with(struct txn *t, enum reason why, const char *text);
void txn_succeed(struct txn *t);	/* the answer has been sent */
/* The one event of this transaction; a second call does nothing. */
void txn_event(struct txn *t, enum reason why);
void txn_free(struct txn **t);
void txn_to(struct txn *t, enum state state);	/* and a fresh step deadline */

/* prepare.c: files, clock and gates; REASON_NONE where it may begin. */
must_check enum reason prepare(struct txn *t);

/* speak.c */
void txn_info(struct txn *t, enum msg msg, const char *arg);
void txn_ask(struct txn *t, enum msg msg);
void txn_row(struct txn *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void txn_done(struct txn *t, const char *text);	/* an admin's success */
/* The roster, opened; refuses and answers NULL where it can't be. */
struct roster *txn_roster(struct txn *t);
/* What the name service answers from, after the roster changed. */
must_check enum reason write_view(struct roster *roster);
/* At the start: is there one, and as the configuration wants it? */
void refresh_view(void);
/* Is what stands at the path the view of this roster as it is? Opening it has
 * brought it up to its marks. */
bool view_current(struct roster *roster);

/* A handler takes the decoded message. */
typedef void handler(struct txn *t, enum source from, const void *msg);

/* staff.c: start one helper and tell it its configuration */
must_check enum result staff_card(struct txn *t, bool fresh, uint32_t wait_ms);
must_check enum result staff_inspect(struct txn *t, enum inspect_mode mode);
must_check enum result staff_face(struct txn *t);
/* to evaluate, with all that it needs: as key_fds */
must_check enum result staff_sector(struct txn *t);
/* m: mode, epochs, what the mode needs; the rest is filled in */
must_check enum result staff_sector_with(struct txn *t,
					 struct msg_sector_config *m,
					 const struct sector_fds *fds);

/* steps_card.c */
void start_card(struct txn *t);
void give_card_up(struct txn *t);
handler on_ready, on_card_state, on_can, on_pin, on_helper_fail,
	on_helper_gone;

/* steps_read.c */
handler on_stage, on_facts, on_inspect_done;
void choose_portrait(struct txn *t);	/* once the camera's fate is known */

/* steps_account.c: whose card it is, and what is remembered of it */
handler on_tags, on_lookup;
void remember_answers(struct txn *t, struct roster *roster);

/* steps_pass.c: the code of the day. Was it asked for? */
bool pass_asked(struct txn *t);
handler on_pass;
must_check enum reason pass_login(struct txn *t, struct roster *roster);

/* steps_enrol.c: what new accounts get; the end of an enrolment or a
 * rebinding */
void enrol_policy(const struct config *c, struct roster_policy *p);
void enrol_commit(struct txn *t, struct roster *roster);
handler on_verdict;

/* my_data.c: rows of all that is held about t->account */
void tell_my_data(struct txn *t, struct roster *roster);

/* steps_factor.c */
void advance(struct txn *t);		/* card done, perhaps the face too */
handler on_face, on_code, on_new_code, on_new_code_again;
void commit(struct txn *t);

/* admin.c, probe.c */
void admin_request(struct service *s, struct client *c,
		   const struct msg_admin_request *m);
void probe_start(struct txn *t);
void probe_expired(struct txn *t);
handler on_probe_ready, on_probe_fail, on_probe_card, on_probe_done,
	on_probe_gone;

/* keys.c: the life of the sector key */
bool key_verb(uint8_t verb);
void key_start(struct txn *t);
handler on_key_ready, on_key_backup, on_key_fail;

/* probe_csca.c: what cnie-inspect says of certificates, passed on */
#define PACKET_MAX (WIRE_PORTRAIT_MAX + 1024)	/* the largest: a CRL's item */
bool csca_verb(uint8_t verb);
void csca_start(struct txn *t);
handler on_csca_item, on_csca_progress, on_csca_done, on_csca_fail;

#endif
