/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The real cnie-card and cnie-inspect with the hostile chip between them and
 * the reader, and cnied's part played: every way that a plan goes, as one
 * outcome.
 */
#ifndef CNIE_FUZZ_HOSTILE_PAIR_H
#define CNIE_FUZZ_HOSTILE_PAIR_H

#include <sys/types.h>

#include "base/wire.h"
#include "plan.h"

#define PORTRAIT_MAX (WIRE_PORTRAIT_MAX + 64)

/* A program that forks itself for each run, by its control channel. */
struct server {
	pid_t pid;
	int fd;
};

struct pair_of_programs {
	char dir[64];			/* of this run of the fuzzer */
	struct server chip, card, inspect[SET_COUNT];
	int log;			/* standard error of every run */
};

/* One of the two programs in one run. */
struct life {
	pid_t pid;			/* 0: not begun */
	bool ended;
	int status;			/* waitpid's */
};

/* PERSONAL, of synthetic persons. */
struct outcome {
	char code[8];			/* "OK", or the code of a reason */
	enum reason why, card_why;	/* of cnie-inspect's failure; the
					 * other's */
	struct life card, inspect;
	bool facts_came, number_came, portrait_came, done;
	unsigned int facts_after;	/* so many commands */
	struct msg_inspect_facts facts;
	struct msg_number number;
	uint8_t format;
	size_t portrait_n;
	uint8_t portrait[PORTRAIT_MAX];
	char broken[96];		/* a word that may not be said then */
	bool hung;
	/* of the hand */
	unsigned int apdus;
	unsigned int sealed;
	uint32_t told, struck;
};

uint32_t setting_flags(enum setting s);	/* enum profile_flag */

/* Start all of it from the folder that this program is in; say why not. */
must_check enum result pair_start(struct pair_of_programs *p);
void pair_stop(struct pair_of_programs *p);

/* flags: enum run_flag. R_INTERNAL: the harness itself failed. */
must_check enum result pair_run(struct pair_of_programs *p,
				const struct plan *plan, uint32_t flags,
				struct outcome *out);

#endif
