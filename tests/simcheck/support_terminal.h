/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other side of the simulated card, for its tests alone: a terminal that
 * speaks PACE, secure messaging and Chip Authentication, byte by byte, and
 * that does wrong what a test asks it to.
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
	uint8_t enc[SIM_KEY], mac[SIM_KEY], ssc[SIM_BLOCK];
	bool spoil_mac;		/* the next command's MAC is wrong */
	unsigned int apdus;
	sim_random_fn *random;
	void *random_with;
};

void terminal_init(struct terminal *t, transmit_fn *transmit, void *with);
/* To a struct card in this process. */
enum result terminal_to_card(void *with, struct span command,
			     struct sink *response);

/* One command, protected where the channel is on. R_DENIED: the response is
 * not authentic, or there is none. le 0: none; 256: as many as fit. */
must_check enum result terminal_send(struct terminal *t, const uint8_t head[4],
				     struct span data, size_t le,
				     struct reply *out);
/* The bytes as they are, whatever the channel. */
must_check enum result terminal_raw(struct terminal *t, const char *hex,
				    struct reply *out);
/* Status word of a command given in hexadecimal, sent protected or not. */
uint16_t terminal_sw(struct terminal *t, const char *hex);

/* PACE: the last status word; 9000 and R_OK with the channel on. */
must_check enum result terminal_pace(struct terminal *t, uint8_t reference,
				     const uint8_t password[SIM_KEY],
				     unsigned int curve, bool send_84,
				     uint16_t *sw);
must_check enum result terminal_ca(struct terminal *t, struct span dg14,
				   uint16_t *sw);
/* A whole file by short identifier and then by offset. */
must_check enum result terminal_read(struct terminal *t, uint8_t sfi,
				     size_t step, struct blob *out);

#endif
