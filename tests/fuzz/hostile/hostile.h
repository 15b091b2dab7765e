/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the driver and the two real programs agree on. cnie-card and
 * cnie-inspect are linked from their own objects and server.c, which stops
 * each where it would enter the sandbox: everything loaded, nothing foreign
 * read. From there it is forked once a run, so that a run costs no start.
 *
 * The server answers on its control channel: struct server_word when it is
 * there (pid 0), when a run began (its pid), when it ended (its status).
 */
#ifndef CNIE_FUZZ_HOSTILE_H
#define CNIE_FUZZ_HOSTILE_H

#include <stdint.h>

#define ENV_DIR "HOSTILE_DIR"	/* chip.sock, cover.NAME */

enum run_flag {
	RUN_OPEN = 1,	/* no sandbox, so that a sanitizer can speak */
	RUN_LEAKS = 2,	/* look for leaks at the end; only with RUN_OPEN */
	RUN_MEASURE = 4, /* add to the profile; only with RUN_OPEN */
};

/* Sent with the descriptors: standard error, then what goes to 3 and on. */
struct run_order {
	uint64_t seed;
	uint32_t flags;
};
#define ORDER_FDS 5

#define SERVER_MAGIC 0x486f7374
struct server_word {
	uint32_t magic;
	int32_t pid, status;
	uint32_t ended;
};

#define EXIT_LEAK 97

/* cnie-card's part of the reader's library: a connection of its own for this
 * run. */
void winscard_again(void);

#endif
