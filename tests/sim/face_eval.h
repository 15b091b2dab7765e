/* SPDX-License-Identifier: GPL-3.0-or-later */
/* face_eval's parts: the list of pairs, and what is computed from scores. */
#ifndef CNIE_TESTS_FACE_EVAL_H
#define CNIE_TESTS_FACE_EVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "face/vision.h"

enum acquired { NOT_TRIED, ACQUIRED, UNREADABLE, UNDECODABLE, NO_FACE,
		ACQUIRED_COUNT };

struct picture {
	char *path;
	enum acquired state;
	struct embedding embedding;
};

struct pair {
	size_t a, b;		/* indices of pictures */
	bool same;
	bool scored;
	float score;
};

struct pairs {
	struct picture *picture;
	size_t pictures;
	struct pair *pair;
	size_t count;
	size_t *slot;		/* hash table over the paths */
	size_t slots;
};

/* Exits with a message that names the line where one is wrong. */
void pairs_read(const char *file, struct pairs *out);
void pairs_free(struct pairs *p);

struct report {
	size_t genuine, impostor;	/* scored */
	size_t genuine_failed, impostor_failed;
	double best_accuracy, best_threshold, accuracy;
	double eer, fmr, fnmr;
	size_t false_matches, false_non_matches;
};

/* False where there is no genuine or no impostor score. */
bool report_make(const struct pairs *p, double threshold, struct report *out);

#endif
