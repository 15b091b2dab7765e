/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chip: an eMRTD that offers what its card.conf says of 9303-11: PACE
 * (every mapping, curve, group and cipher), BAC, Chip Authentication 1, Active
 * Authentication and a PIN under secure messaging, with the peculiarities of
 * real chips (quirks) and the abuses of hostile ones (evil). One function
 * takes a command APDU and gives the response APDU; there is no I/O in it, so
 * tests run it in process as well as behind the virtual reader.
 *
 * card.conf, a line each, absent is off:
 *   can= mrz= bac=0|1
 *   pace=gm-ecdh-aes128:bp256,...	what the chip runs, whatever EF.CardAccess
 *					says; several domains: DO'84' is needed
 *   ca=ecdh-aes128:bp256 ca_key=HEX ca_keyid=N
 *   cam=bp256 cam_key=HEX		static key of PACE-CAM
 *   aa=rsa:sha256|ecdsa:sha256[:der]	key in AA.key (PKCS#8, DER)
 *   pin=123456 pin_reference=81 pin_tries=3
 *   extended=0|1 max_command=N max_response=N (whole APDUs; over it 6700)
 *   historical=HEX			bytes of the ATR
 *   quirks=LIST evil=LIST		enum quirk, enum evil
 */
#ifndef CNIE_SIM_CARD_H
#define CNIE_SIM_CARD_H

#include <openssl/evp.h>

#include "sim.h"

enum sw {
	SW_OK = 0x9000,
	SW_EOF = 0x6282,		/* end of file before Le bytes */
	SW_AUTH_FAILED = 0x6300,
	SW_TRIES = 0x63c0,		/* and so many are left */
	SW_LENGTH = 0x6700,
	SW_LAST_EXPECTED = 0x6883,
	SW_CHAINING = 0x6884,
	SW_SECURITY = 0x6982,
	SW_BLOCKED = 0x6983,
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

/* Names in card_conf.c, in this order. */
enum quirk {
	QUIRK_NO_SELECT_MF,	/* no-select-mf: 6D00 */
	QUIRK_NO_SFI,		/* no-sfi: READ BINARY knows none, 6A86 */
	QUIRK_NO_CARDACCESS_SFI,/* no-cardaccess-sfi: 6A82 for 1C alone */
	QUIRK_P1_02_ONLY,	/* p1-02-only: SELECT EF with P1 00 is 6A86 */
	QUIRK_BLOCK,		/* block-160[:6282]: larger Le get that SW */
	QUIRK_LE_256_6700,	/* le-256-6700: READ BINARY with Le 00 */
	QUIRK_6C_LE,		/* 6c-le: 6Cxx where less than Le is left */
	QUIRK_61_CHAIN,		/* 61-chain[:N] (128): over N bytes 61xx and
				 * no data, then GET RESPONSE, N at most */
	QUIRK_61_PART,		/* 61-part[:N]: the same, N bytes come at once */
	QUIRK_NO_CAN,		/* no-can: 6A88 for the CAN */
	QUIRK_ALWAYS_84,	/* always-84: MSE:Set AT without is 6A88 */
	QUIRK_DH_PADDED,	/* dh-padded: y with leading zeros */
	QUIRK_AA_B4,		/* aa-b4: ISO 9796-2 B.4, min(s, n - s) */
	QUIRK_COUNT
};

enum evil {
	/* PACE: without -map in the key agreement, with it in the mapping */
	EVIL_REFLECT_MAP,	/* reflect-map: the terminal's own key */
	EVIL_REFLECT_AGREE,	/* reflect-agree: and its own token */
	EVIL_INFINITY,		/* infinity: 00, or y = 1; K is then known */
	EVIL_INFINITY_MAP,
	EVIL_OFF_CURVE,		/* off-curve: another Y; y outside the group */
	EVIL_OFF_CURVE_MAP,
	EVIL_SMALL_SUBGROUP,	/* small-subgroup: (0, 0), or y = p - 1 */
	EVIL_SMALL_SUBGROUP_MAP,
	EVIL_NULL_KEY,		/* null-key: an empty data object */
	EVIL_SHORT_NONCE,	/* short-nonce: 8 bytes */
	EVIL_LONG_NONCE,	/* long-nonce: 64 bytes */
	EVIL_WRONG_TOKEN,	/* wrong-token */
	EVIL_EXTRA_TLV,		/* extra-tlv: one object more in each DO'7C' */
	EVIL_CAM_WRONG_SCALAR,	/* cam-wrong-scalar: CA_IC + 1 */
	EVIL_CAM_WITHHELD,	/* cam-withheld: no DO'8A' */
	EVIL_CAM_BAD_PADDING,	/* cam-bad-padding: in DO'8A' */
	/* BAC */
	EVIL_BAC_REFLECT,	/* bac-reflect: the terminal's own cryptogram */
	EVIL_BAC_WRONG_NONCE,	/* bac-wrong-nonce: another RND.IFD */
	EVIL_BAC_WRONG_MAC,	/* bac-wrong-mac */
	/* chip authentication */
	EVIL_CA_WRONG_KEY,	/* ca-wrong-key: not the signed one's */
	EVIL_CA_KEEP_KEYS,	/* ca-keep-keys: 9000, and nothing was done */
	EVIL_AA_WRONG_KEY,	/* aa-wrong-key: a new one of the same kind */
	EVIL_AA_REPLAY,		/* aa-replay: the first signature for ever */
	/* PIN */
	EVIL_PIN_ALWAYS_OK,	/* pin-always-ok: 9000 to any VERIFY */
	EVIL_PIN_PLAIN,		/* pin-plain: VERIFY answered unprotected */
	/* secure messaging */
	EVIL_SKIP_MAC,		/* skip-mac: no DO'8E' */
	EVIL_NO_99,		/* no-99: no DO'99' */
	EVIL_SW_MISMATCH,	/* sw-mismatch: DO'99' says another */
	EVIL_BAD_PADDING,	/* bad-padding: in DO'87' */
	EVIL_STALE_SSC,		/* stale-ssc: the command's counter */
	/* files */
	EVIL_ENDLESS_EF,	/* endless-ef: 8 MiB, says the header, for ever */
	EVIL_MORE_DATA,		/* more-data: one byte more than asked for */
	EVIL_NO_DATA,		/* no-data: 9000 and nothing */
	EVIL_ONE_BYTE,		/* one-byte: whatever Le says */
	EVIL_OPEN,		/* open: every file without any access control */
	EVIL_COUNT
};

/* What one chip knows: the files and what card.conf holds. */
struct card_memory {
	struct blob files[SIM_EF_COUNT];
	char can[16], mrz[64];
	bool bac;
	struct sim_protocol pace[SIM_PROTOCOLS_MAX];
	size_t paces;
	struct sim_protocol ca;			/* no domain: no CA */
	uint8_t ca_key[SIM_SCALAR_MAX];
	int ca_keyid;				/* -1 none */
	const struct sim_domain *cam;		/* NULL: no static key */
	uint8_t cam_key[SIM_SCALAR_MAX];
	EVP_PKEY *aa;				/* NULL: no AA */
	const char *aa_digest;			/* OpenSSL's name */
	bool aa_der;
	char pin[16];				/* empty: no PIN */
	uint8_t pin_reference;
	unsigned int pin_tries, pin_left;	/* kept over a reset */
	bool extended;
	size_t max_command, max_response;	/* 0: as many as can be */
	uint8_t historical[15];
	size_t historicals;			/* 0: the usual ones */
	uint32_t quirks;
	size_t block, chain;			/* of those two quirks */
	uint16_t block_sw;
	uint64_t evil;
};
void card_memory_free(struct card_memory *m);
must_check enum result card_memory_load(const char *dir,
					struct card_memory *out);
/* The lines of a card.conf, no files; text is cut up. */
must_check enum result card_memory_parse(char *text, struct card_memory *out);

/* Secure messaging, 9303-11 9.8. */
struct sm {
	bool on;
	struct sim_key enc, mac;
	uint8_t ssc[SIM_BLOCK_MAX];	/* a block */
};
void sm_start(struct sm *sm, const struct sim_key *enc,
	      const struct sim_key *mac);
void sm_stop(struct sm *sm);
/* Keys of a shared secret; the counter is zero. */
must_check enum result sm_keys(enum sim_cipher c, struct span secret,
			       struct sm *out);
void sm_count(struct sm *sm);
/* Plain bytes of a response that fit into `room` protected ones. */
size_t sm_room(const struct sm *sm, bool odd_ins, size_t room);
/*
 * Check and open a protected command; plain is a buffer for its data, large
 * enough for a.data.n bytes. SW_OK, or what the chip says as it ends the
 * session (and sm is then off).
 */
uint16_t sm_unwrap(struct sm *sm, const struct apdu *a, uint8_t *plain,
		   struct apdu *out);
struct tamper;
/* evil: bits of enum evil. t NULL: nobody's hand is in it. */
must_check enum result sm_wrap(struct sm *sm, uint64_t evil,
			       const struct tamper *t, bool odd_ins,
			       struct span data, uint16_t sw,
			       struct sink *out);

enum pace_step { PACE_IDLE, PACE_SET, PACE_NONCE, PACE_MAPPED, PACE_AGREED };

struct pace {
	enum pace_step step;
	const struct sim_protocol *protocol;	/* in the memory */
	bool with_can, reflected;
	struct sim_key password;
	uint8_t nonce[SIM_KEY_MAX];
	uint8_t map_key[SIM_SCALAR_MAX];	/* CAM's token divides it */
	struct sim_public generator;		/* mapped */
	struct sim_public terminal, chip;	/* ephemeral keys */
	struct sm keys;
};

enum access { ACCESS_NONE, ACCESS_BAC, ACCESS_PACE, ACCESS_PACE_CAN };

/* A fuzzer's hand in the answers: data and status word before they are
 * protected, to the command as it was opened; then the objects that the MAC
 * will cover. The chip goes on as if it had said what it meant. */
struct tamper {
	void (*answer)(void *with, const struct apdu *command,
		       struct sink *data, uint16_t *sw);
	void (*objects)(void *with, struct sink *objects);
	void *with;
};

struct card {
	struct card_memory memory;
	const struct tamper *tamper;	/* NULL: none */
	struct sm sm, next;	/* next: in force after this response */
	enum access access, next_access;
	struct pace pace;
	bool ca_set;		/* MSE:Set AT for CA came */
	uint8_t challenge[8];	/* of BAC */
	bool challenged;
	enum sim_df df;
	enum sim_ef_id ef;	/* SIM_EF_COUNT: none is selected */
	struct blob rest;	/* of a response, for GET RESPONSE */
	size_t rest_at;
	struct blob signature;	/* the first one, to replay */
	sim_random_fn *random;
	void *random_with;
	unsigned int ec_work;	/* multiplications of this command */
	bool force_plain;	/* answer the next one unprotected */
};

void card_init(struct card *c);
void card_done(struct card *c);
/* Another chip: its memory in place of the old, everything else forgotten. */
must_check enum result card_load(struct card *c, const char *dir);
/* Power-on or reset: keys, selected files and protocol states are gone. */
void card_reset(struct card *c);
/* The answer to that: 3B 8n 80 01, the historical bytes, TCK. */
#define CARD_ATR_MAX 33
void card_atr(const struct card *c, struct sink *out);

#define CARD_RESPONSE_MAX (65536 + 64)
/* One APDU. `response` gets data and status word, always at least two bytes. */
void card_apdu(struct card *c, struct span command, struct sink *response);

static inline bool quirk(const struct card *c, enum quirk q)
{
	return c->memory.quirks >> q & 1;
}
static inline bool evil(const struct card *c, enum evil e)
{
	return c->memory.evil >> e & 1;
}
/* Whether the files of the application may be read. */
bool card_open(const struct card *c);

/* Commands, each answering a status word and its data in out. */
typedef uint16_t card_command(struct card *c, const struct apdu *a,
			      struct sink *out);
card_command card_select, card_read_binary, card_manage_environment,
	     card_general_authenticate, card_get_challenge,
	     card_external_authenticate, card_internal_authenticate,
	     card_verify;
card_command pace_set, pace_step, ca_set, ca_set_kat, ca_run;
void pace_reset(struct pace *p);

/* -- steps of PACE: the object they answer goes into out ------------------- */

typedef uint16_t pace_step_fn(struct card *c, struct span in,
			      struct sink *out);
pace_step_fn pace_step_nonce, pace_step_map, pace_step_agree, pace_step_token;
/* A public key under `tag`, as this chip writes it, or as an evil one does. */
void pace_put_key(const struct card *c, uint32_t tag,
		  const struct sim_public *key,
		  const struct sim_public *terminals, struct sink *out);
/* Whether the key just sent was a forged one, whose secret is known. */
bool pace_forged(const struct card *c);
/* The keys that fit the terminal's token after a forged key. */
void pace_guess_keys(struct card *c, struct span token);

/* -- 61xx ------------------------------------------------------------------ */

/* Cut a response that is too long for this chip's link. */
void chain_cut(struct card *c, struct sink *response);
/* GET RESPONSE: true where it was one, and is answered. */
bool chain_continue(struct card *c, const struct apdu *a,
		    struct sink *response);
void chain_forget(struct card *c);

#endif
