/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which edges of the programs under test a run takes: one file per program,
 * mapped by its server, by every run and by the driver. Only clang's build
 * with sanitizers has it (-fsanitize-coverage=trace-pc-guard). It guides; what
 * was reached is told by another build (run.sh), for here a sanitizer's checks
 * are edges too.
 */
#ifndef CNIE_FUZZ_HOSTILE_COVER_H
#define CNIE_FUZZ_HOSTILE_COVER_H

#include <stdint.h>

#define EDGES_MAX 16384

struct cover {
	uint32_t edges;		/* there are */
	uint32_t unused;
	uint8_t hit[EDGES_MAX];	/* [1] of the first; up to 255 times */
};

#endif
