/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other side of the simulated card, for its tests alone: a terminal that
 * speaks what the card speaks, byte by byte, and that does wrong what a test
 * asks it to; and cards whose memory a test writes down, with invented files.
 */
#ifndef CNIE_SIMCHECK_TERMINAL_H
#define CNIE_SIMCHECK_TERMINAL_H

#include "../sim/card.h"

struct reply {
	uint8_t data[CARD_RESPONSE_MAX];
	size_t n;
	uint16_t sw;
};

typedef enum result transmit_fn(void *with, struct span command,
				struct sink *response);

struct terminal {
	transmit_fn *transmit;
	void *with;
	bool on;		/* secure messaging */
	struct sim_key enc, mac;
	uint8_t ssc[SIM_BLOCK_MAX];
	bool spoil_mac;		/* the next command's MAC is wrong */
	bool extended;		/* every APDU with extended length */
	bool gullible;		/* takes a forged public key */
	bool verified;		/* CAM: the chip's key was proven */
	unsigned int apdus;
	sim_random_fn *random;
	void *random_with;
};

void terminal_init(struct terminal *t, transmit_fn *transmit, void *with);
/* To a struct card in this process. */
enum result terminal_to_card(void *with, struct span command,
			     struct sink *response);

/* One command, protected where the channel is on; 61xx is followed. R_DENIED:
 * the response is not authentic, or there is none. le 0: none; 256, or 65536
 * where the terminal is extended: as many as fit. */
must_check enum result terminal_send(struct terminal *t, const uint8_t head[4],
				     struct span data, size_t le,
				     struct reply *out);
/* The bytes as they are, whatever the channel. */
must_check enum result terminal_raw(struct terminal *t, const char *hex,
				    struct reply *out);
/* Status word of a command given in hexadecimal, sent protected or not. */
uint16_t terminal_sw(struct terminal *t, const char *hex);
/* The same, with what was answered. */
must_check enum result terminal_hex(struct terminal *t, const char *hex,
				    struct reply *out);

/* PACE: the last status word; 9000 and R_OK with the channel on. R_MALFORMED:
 * a public key that is none; R_DENIED: refused, by either side. */
struct pace_run {
	const struct sim_protocol *protocol;
	const char *can, *mrz;			/* one of them */
	bool send_84;
	const struct sim_public *chip;		/* CAM's static key, or NULL */
};
must_check enum result terminal_pace(struct terminal *t,
				     const struct pace_run *run, uint16_t *sw);
must_check enum result terminal_bac(struct terminal *t, const char *mrz,
				    uint16_t *sw);
/* Chip Authentication with the chip's static key; keyid -1: not sent. */
must_check enum result terminal_ca(struct terminal *t,
				   const struct sim_protocol *p,
				   const struct sim_public *chip, int keyid,
				   uint16_t *sw);
/* The keys of a shared secret, the counter at zero. */
must_check enum result terminal_keys(struct terminal *t, enum sim_cipher c,
				     struct span secret);
/* A whole file by short identifier and then by offset; beyond 32 KiB with the
 * odd READ BINARY. */
must_check enum result terminal_read(struct terminal *t, uint8_t sfi,
				     size_t step, struct blob *out);

/* -- cards ----------------------------------------------------------------- */

/* A card with the lines of `conf` (see card.h), made now: files with their
 * tags and something in them, DG2 of 3,000 bytes. Ends the test on failure. */
void card_from(struct card *c, const char *conf);
/* Lines "ca=...\nca_key=...\n" or "cam=...\ncam_key=...\n" with a new key, and
 * its public key. */
void card_line_key(const char *kind, const char *protocol,
		   const struct sim_domain *d, char *out, size_t cap,
		   struct sim_public *public);
struct sim_protocol pace_of(const char *text);
struct sim_protocol ca_of(const char *text);

#endif
