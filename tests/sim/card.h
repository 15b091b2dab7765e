/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chip: a TD1 eMRTD that offers PACE (generic mapping, AES-128) with CAN
 * or MRZ, secure messaging and Chip Authentication version 1. One function
 * takes a command APDU and gives the response APDU; there is no I/O in it, so
 * tests run it in process as well as behind the virtual reader.
 */
#ifndef CNIE_SIM_CARD_H
#define CNIE_SIM_CARD_H

#include "sim.h"

enum sw {
	SW_OK = 0x9000,
	SW_EOF = 0x6282,		/* end of file before Le bytes */
	SW_AUTH_FAILED = 0x6300,
	SW_LENGTH = 0x6700,
	SW_LAST_EXPECTED = 0x6883,
	SW_SECURITY = 0x6982,
	SW_CONDITIONS = 0x6985,
	SW_NO_EF = 0x6986,
	SW_SM_MISSING = 0x6987,
	SW_SM_WRONG = 0x6988,
	SW_DATA = 0x6a80,
	SW_FILE_NOT_FOUND = 0x6a82,
	SW_P1P2 = 0x6a86,
	SW_REFERENCE = 0x6a88,
	SW_OFFSET = 0x6b00,
	SW_INS = 0x6d00,
	SW_CLA = 0x6e00,
	SW_CHIP = 0x6f00,		/* no precise diagnosis */
};

struct apdu {
	uint8_t cla, ins, p1, p2;
	struct span data;
	size_t le;		/* 0: no Le field */
	bool le_all;		/* Le was all zeros: as many as there are */
	bool extended;
	size_t room;		/* plain bytes that fit into a response */
};
must_check enum result apdu_parse(struct span in, struct apdu *out);

/* What one chip knows: the files and what card.conf holds. */
struct card_memory {
	struct blob files[SIM_EF_COUNT];
	char can[16], mrz[64], pace[32];
	const struct sim_curve *ca_curve;	/* NULL: no CA */
	uint8_t ca_key[SIM_FIELD];
	int ca_keyid;				/* -1 none */
	bool extended;
};
void card_memory_free(struct card_memory *m);
must_check enum result card_memory_load(const char *dir,
					struct card_memory *out);

/* Secure messaging, 9303-11 9.8. */
struct sm {
	bool on;
	uint8_t enc[SIM_KEY], mac[SIM_KEY], ssc[SIM_BLOCK];
};
void sm_start(struct sm *sm, const uint8_t enc[SIM_KEY],
	      const uint8_t mac[SIM_KEY]);
void sm_stop(struct sm *sm);
must_check enum result sm_keys(struct span secret, struct sm *out);
void sm_count(struct sm *sm);
/*
 * Check and open a protected command; plain is a buffer for its data, large
 * enough for a.data.n bytes. SW_OK, or what the chip says as it ends the
 * session (and sm is then off).
 */
uint16_t sm_unwrap(struct sm *sm, const struct apdu *a, uint8_t *plain,
		   struct apdu *out);
must_check enum result sm_wrap(struct sm *sm, bool odd_ins, struct span data,
			       uint16_t sw, struct sink *out);

enum pace_step { PACE_IDLE, PACE_SET, PACE_NONCE, PACE_MAPPED, PACE_AGREED };

struct pace {
	enum pace_step step;
	EC_GROUP *group;
	EC_POINT *generator;		/* mapped */
	uint8_t password[SIM_KEY], nonce[SIM_BLOCK];
	uint8_t terminal[SIM_POINT], chip[SIM_POINT];	/* ephemeral keys */
	struct sm keys;
};

struct card {
	struct card_memory memory;
	struct sm sm, next;	/* next: in force after this response */
	struct pace pace;
	bool ca_set;		/* MSE:Set AT for CA came */
	enum sim_df df;
	enum sim_ef_id ef;	/* SIM_EF_COUNT: none is selected */
	sim_random_fn *random;
	void *random_with;
	unsigned int ec_work;	/* point multiplications of this command */
	bool force_plain;	/* fault: answer the next one unprotected */
};

void card_init(struct card *c);
void card_done(struct card *c);
/* Another chip: its memory in place of the old, everything else forgotten. */
must_check enum result card_load(struct card *c, const char *dir);
/* Power-on or reset: keys, selected files and protocol states are gone. */
void card_reset(struct card *c);

#define CARD_RESPONSE_MAX (65536 + 64)
/* One APDU. `response` gets data and status word, always at least two bytes. */
void card_apdu(struct card *c, struct span command, struct sink *response);

/* Commands, each answering a status word and its data in out. */
typedef uint16_t card_command(struct card *c, const struct apdu *a,
			      struct sink *out);
card_command card_select, card_read_binary, card_manage_environment,
	     card_general_authenticate;
card_command pace_set, pace_step, ca_set, ca_run;
void pace_reset(struct pace *p);

#endif
