/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vcard: the chip of card.h in the virtual reader of pcscd, on a link with
 * the speed of a real one, and with faults that strike at a chosen APDU.
 */
#ifndef CNIE_SIM_VCARD_H
#define CNIE_SIM_VCARD_H

#include <limits.h>
#include <time.h>

#include "card.h"

/* -- the link ------------------------------------------------------------- */

struct link {
	const char *name;
	unsigned int apdu_us;		/* each command and its response */
	unsigned int bytes_per_s;	/* 0: no limit */
	unsigned int ec_us;		/* chip: one point multiplication */
	unsigned int sm_us;		/* chip: one protected command */
};
const struct link *link_by_name(const char *name);
bool told_to_end(void);
/* Ends early when the program is told to end. */
void sleep_us(uint64_t us);
/* Sleep as long as this exchange takes; that long, in microseconds. */
uint64_t link_wait(const struct link *link, size_t bytes, unsigned int ec,
	       bool protected, unsigned int more_ms);

/* -- faults --------------------------------------------------------------- */

enum fault_kind {
	FAULT_NONE, FAULT_REMOVE, FAULT_REMOVE_AFTER, FAULT_SWAP, FAULT_SLIP,
	FAULT_SILENT, FAULT_MAC, FAULT_PLAIN, FAULT_SW, FAULT_LOOP61,
	FAULT_LOOP6C, FAULT_SHORT, FAULT_REPLAY, FAULT_TRICKLE,
};

struct fault {
	enum fault_kind kind;
	unsigned int at;	/* number of the APDU since power-on, from 1 */
	bool stays;		/* from that APDU on, not only at it */
	uint16_t sw;
	unsigned int ms;	/* between two bytes */
	char dir[PATH_MAX];
};
#define FAULTS_MAX 16

struct vcard {
	struct card card;
	const char *host, *port, *control;
	int reader;		/* connection to vpcd, -1: not inserted */
	int listener, client;	/* control socket */
	bool inserted;		/* wanted: connect when not connected */
	bool quit, verbose;
	bool power;
	struct timespec gone;	/* when the card was last taken out */
	const struct link *link;
	unsigned int slow_ms;
	unsigned int apdus, powered;	/* powered: how often since the start */
	unsigned int apdus_before;	/* of the last power that had any */
	uint64_t waited_us;	/* for the link and the chip */
	size_t sent, received;	/* bytes, from the terminal's side */
	struct fault faults[FAULTS_MAX];
	struct blob last;	/* the response before this one, to replay */
	char load_at_reset[PATH_MAX];
};

/* The fault that strikes at this APDU, or NULL. A one-shot is used up. */
enum fault_kind fault_take(struct vcard *v, struct fault *out);
/* "remove-at 12", "swap-at 3 DIR": R_ABSENT where it names no fault. */
must_check enum result fault_add(struct vcard *v, const char *line);

/* -- control -------------------------------------------------------------- */

must_check enum result control_open(struct vcard *v);
void control_close(struct vcard *v);
/* Accept a client, or read its lines and answer each. */
void control_serve(struct vcard *v, bool accept_ready, bool client_ready);
/* One command line; the answer ("ok ...", "error ...") into reply. */
void control_run(struct vcard *v, const char *line, char *reply, size_t cap);
/* The other side: send one line to a vcard, print the answer. */
int control_send(const char *path, const char *line);

/* -- the reader ----------------------------------------------------------- */

must_check enum result reader_connect(struct vcard *v);
void reader_disconnect(struct vcard *v);
/* One message from vpcd. R_ABSENT: the host is gone. */
must_check enum result reader_serve(struct vcard *v);
/* Insert another chip, by a visible removal and insertion. */
must_check enum result vcard_swap(struct vcard *v, const char *dir);

#endif
