/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line that grows while the person waits; nothing where none looks. */
#ifndef CNIE_CTL_PROGRESS_H
#define CNIE_CTL_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#define PROGRESS_LINE_MAX 80

struct progress {
	int fd;			/* a terminal, or -1 */
	int shown;		/* hundredths, -1 nothing yet */
};

/* Quiet where fd is no terminal. */
struct progress progress_on(int fd);
/* done > total counts as total; a total of 0 as nothing to show. */
void progress_step(struct progress *p, uint32_t done, uint32_t total);
/* The line is wiped away: what follows stands in its place. */
void progress_end(struct progress *p);

/* "[#####.....]  50 %  300 of 600" */
void progress_line(uint32_t done, uint32_t total, char out[PROGRESS_LINE_MAX]);

#endif
