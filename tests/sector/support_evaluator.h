/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/sim/evaluator as a process, and what a test asks of it. */
#ifndef CNIE_TESTS_SECTOR_SUPPORT_EVALUATOR_H
#define CNIE_TESTS_SECTOR_SUPPORT_EVALUATOR_H

#include <sys/types.h>

#include "sector/provider_tokeniser.h"

struct evaluator_run {
	pid_t pid;
	char dir[64];
	uint8_t seed[32];
};

struct evaluator_run evaluator_start(void);
void evaluator_stop(struct evaluator_run *e);
void evaluator_mood(const struct evaluator_run *e, const char *mood);
unsigned long evaluator_count(const struct evaluator_run *e);
/* A connected descriptor, as cnied makes it. */
int evaluator_connect(const struct evaluator_run *e);
void evaluator_public(const struct evaluator_run *e, uint32_t epoch,
		      uint8_t pk[32]);
/* What its key gives, computed here. */
void evaluator_psn(const struct evaluator_run *e, uint32_t epoch,
		   struct span x, uint8_t psn[64]);

#endif
