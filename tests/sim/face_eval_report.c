// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/face_eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A pair matches where its score is at least the threshold, as in the
 * product. */

static int by_score(const void *a, const void *b)
{
	float x = (*(const struct pair *const *)a)->score;
	float y = (*(const struct pair *const *)b)->score;

	return (x > y) - (x < y);
}

/* Everything that is seen when the threshold climbs over the scores. */
static void sweep(struct pair **sorted, size_t n, struct report *r)
{
	size_t below_genuine = 0, below_impostor = 0;
	double closest = 2;

	for (size_t i = 0; i <= n; i++) {
		double fnmr = (double)below_genuine / (double)r->genuine;
		double fmr = 1 - (double)below_impostor / (double)r->impostor;
		double right = (double)(r->genuine - below_genuine +
					below_impostor) / (double)n;
		bool tie = i > 0 && i < n &&
			   sorted[i]->score <= sorted[i - 1]->score;

		if (!tie && right > r->best_accuracy) {
			r->best_accuracy = right;
			r->best_threshold = i < n ? sorted[i]->score : 1;
		}
		if (!tie && fabs(fmr - fnmr) < closest) {
			closest = fabs(fmr - fnmr);
			r->eer = (fmr + fnmr) / 2;
		}
		if (i < n && sorted[i]->same)
			below_genuine++;
		else
			below_impostor++;
	}
}

static void count(const struct pairs *p, double threshold, struct report *r)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct pair *q = &p->pair[i];
		bool match = q->score >= (float)threshold;

		if (q->same) {
			r->genuine += q->scored;
			r->genuine_failed += !q->scored;
			r->false_non_matches += q->scored && !match;
		} else {
			r->impostor += q->scored;
			r->impostor_failed += !q->scored;
			r->false_matches += q->scored && match;
		}
	}
}

bool report_make(const struct pairs *p, double threshold, struct report *out)
{
	struct pair **sorted = calloc(p->count, sizeof(*sorted));
	struct report r = { 0 };
	size_t n = 0;

	count(p, threshold, &r);
	if (!sorted || r.genuine == 0 || r.impostor == 0) {
		free(sorted);
		return false;
	}
	for (size_t i = 0; i < p->count; i++)
		if (p->pair[i].scored)
			sorted[n++] = &p->pair[i];
	qsort(sorted, n, sizeof(*sorted), by_score);
	sweep(sorted, n, &r);
	free(sorted);
	r.fmr = (double)r.false_matches / (double)r.impostor;
	r.fnmr = (double)r.false_non_matches / (double)r.genuine;
	r.accuracy = 1 - (double)(r.false_matches + r.false_non_matches) /
			 (double)n;
	*out = r;
	return true;
}
