/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plans worth keeping, and the edges that have been reached. A corpus is a
 * folder of text files: a plan a line, after it may stand in front of it how it
 * must end ("OK", or the code of a reason); # begins a comment.
 */
#ifndef CNIE_FUZZ_HOSTILE_KEEP_H
#define CNIE_FUZZ_HOSTILE_KEEP_H

#include "cover.h"
#include "plan.h"

#define KEEP_PROGRAMS 2		/* cnie-card, cnie-inspect */
#define KEEP_MAX      20000

struct expected_plan {
	struct plan plan;
	char code[8];			/* "" anything that is not wrong */
};

struct keep {
	struct expected_plan *plan;
	size_t n;
	struct cover *cover[KEEP_PROGRAMS];	/* NULL: not instrumented */
	uint8_t seen[KEEP_PROGRAMS][EDGES_MAX];	/* bits: how often in a run */
};

enum news { NEWS_NONE, NEWS_COUNTS, NEWS_EDGES };

/* dir: where the programs put their files; they run already. */
must_check enum result keep_init(struct keep *k, const char *dir);
/* Every plan of the folder's files, or of one file. */
must_check enum result keep_load(struct keep *k, const char *path);
void keep_add(struct keep *k, const struct plan *p);

/* Before a run, and after it: what it reached first. */
void keep_before(struct keep *k);
enum news keep_after(struct keep *k);
/* Take the plan into the folder as a file of its own. */
must_check enum result keep_write(const char *dir, const struct plan *p,
				  const char *comment);
/* Edges that were reached by any run; 0 where none are counted. */
size_t keep_reached(const struct keep *k);

#endif
