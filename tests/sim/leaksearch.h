/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Find marked bytes, in every form a program may have given them, in the
 * memory of processes and in files. Markers are synthetic.
 */
#ifndef CNIE_TESTS_LEAKSEARCH_H
#define CNIE_TESTS_LEAKSEARCH_H

#include "base/bytes.h"

#define MARKERS_MAX  64
#define MARKER_MAX   512	/* bytes of one */
#define FORMS_MAX    16		/* of one marker */
#define PATTERN_MIN  4		/* shorter ones would be found by chance */
#define PATTERN_MAX  (4 * MARKER_MAX)

struct pattern {
	unsigned int marker;	/* 1... */
	const char *form;	/* "base64", "utf-16le" ... */
	size_t n;
	uint8_t b[PATTERN_MAX];
	int next;		/* same first two bytes, -1 none */
	bool found;
};

struct search {
	struct pattern *patterns;	/* heap, MARKERS_MAX * FORMS_MAX */
	size_t n, longest;
	int *first;			/* heap, by the first two bytes */
	uint64_t scanned, found;
	unsigned int processes, files;
	bool quiet;
};

must_check enum result search_new(struct search *s);
void search_free(struct search *s);

/* One marker; derive: also its other forms. A form too short to mean
 * anything is left out, and *left_out counts it. */
must_check enum result search_add(struct search *s, struct span marker,
				  bool derive, unsigned int *left_out);

/* Look through bytes that stand at `at` of `place`; the first `seen` of them
 * were looked through before and only begin no new find. */
void search_bytes(struct search *s, struct span bytes, size_t seen,
		  const char *place, uint64_t at);

/* Everything of the process that can be read, R_ABSENT where it is gone. */
must_check enum result search_process(struct search *s, int pid);
/* Files, their names and the targets of links below a folder; no link is
 * followed. R_MALFORMED: more or deeper than the bounds. */
must_check enum result search_folder(struct search *s, const char *path);

/* Positive and negative controls; 0 where all came out as they should. */
int leaksearch_self_test(void);
/* The child of the self-test: keep what comes on standard input. */
int leaksearch_hold(void);

#endif
