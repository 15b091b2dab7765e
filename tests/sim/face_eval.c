// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * face_eval: measure the product's own decoding, detection, alignment,
 * embedding and comparison on a list of pairs of pictures.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "face/analyse.h"
#include "face/models.h"
#include "sim/face_eval.h"

#define FILE_MAX (32 * 1024 * 1024)
#define BAR 40

static const char usage[] =
"usage: face_eval --root DIR --pairs FILE [--threshold T] [--scores CSV]\n"
"                 [--models DIR] [--json]\n"
"\n"
"A line of FILE is \"pathA pathB 0|1\": two pictures (JPEG or JPEG 2000)\n"
"below DIR, and whether they show the same person. Empty lines and lines\n"
"that begin with # are skipped.\n"
"\n"
"  --threshold T  cosine for FMR, FNMR and accuracy (default: the\n"
"                 manifest's for a false-match rate of 1e-4)\n"
"  --scores CSV   write path, path, same, score of each pair\n"
"  --models DIR   models and manifest (default build/models)\n"
"  --json         print one JSON object instead of a table\n"
"\n"
"Pairs with a picture that could not be used are counted as failures to\n"
"acquire and are in no rate; fnmr_with_failures counts them as refused.\n"
"Exit status: 0 measured, 1 nothing could be measured, 2 wrong use.\n";

struct options {
	const char *root, *pairs, *scores, *models;
	double threshold;	/* NAN: from the manifest */
	bool json;
};

static void die(int status, const char *what, const char *why)
{
	fprintf(stderr, "face_eval: %s: %s\n", what, why);
	exit(status);
}

/* Pictures of test sets are larger than a card's; all else is the product. */
static const struct image_limits limits = {
	.bytes = FILE_MAX, .side_min = 32, .side_max = 6000,
	.pixels = 24 * 1000 * 1000, .strict = true,
};

static enum acquired read_picture(const char *root, const char *path,
				  uint8_t *buf, size_t *n)
{
	char full[4096];
	FILE *f;

	if (snprintf(full, sizeof(full), "%s/%s", root, path) >=
	    (int)sizeof(full))
		return UNREADABLE;
	f = fopen(full, "rb");
	if (!f)
		return UNREADABLE;
	*n = fread(buf, 1, FILE_MAX, f);
	fclose(f);
	return *n > 0 && *n < FILE_MAX ? ACQUIRED : UNREADABLE;
}

static enum acquired acquire(struct vision *v, struct span bytes,
			     struct embedding *out)
{
	struct image im = { 0 };
	bool jpeg = bytes.n > 2 && bytes.p[0] == 0xff && bytes.p[1] == 0xd8;
	enum result r = jpeg ? image_from_jpeg(bytes, &limits, &im) :
			       image_from_jp2(bytes, &limits, &im);

	if (r != R_OK)
		return UNDECODABLE;
	r = analyse_portrait(v, &im, out);
	image_wipe(&im);
	return r == R_OK ? ACQUIRED : NO_FACE;
}

static void progress(size_t done, size_t all)
{
	int filled = (int)(done * BAR / all);

	if (!isatty(STDERR_FILENO) || (done % 16 && done != all))
		return;
	fprintf(stderr, "\r[%.*s%*s] %zu/%zu", filled,
		"########################################", BAR - filled, "",
		done, all);
	if (done == all)
		fputc('\n', stderr);
}

static void acquire_all(struct vision *v, const char *root, struct pairs *p)
{
	uint8_t *buf = malloc(FILE_MAX);

	if (!buf)
		die(1, root, "out of memory");
	for (size_t i = 0; i < p->pictures; i++) {
		struct picture *q = &p->picture[i];
		size_t n = 0;

		q->state = read_picture(root, q->path, buf, &n);
		if (q->state == ACQUIRED)
			q->state = acquire(v, span_of(buf, n), &q->embedding);
		progress(i + 1, p->pictures);
	}
	free(buf);
}

static void score_all(struct pairs *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct pair *q = &p->pair[i];
		const struct picture *a = &p->picture[q->a];
		const struct picture *b = &p->picture[q->b];

		q->scored = a->state == ACQUIRED && b->state == ACQUIRED;
		if (q->scored)
			q->score = embedding_cosine(&a->embedding,
						    &b->embedding);
	}
}

static void write_scores(const char *file, const struct pairs *p)
{
	FILE *f = fopen(file, "w");

	if (!f)
		die(1, file, strerror(errno));
	fputs("a,b,same,score\n", f);
	for (size_t i = 0; i < p->count; i++) {
		const struct pair *q = &p->pair[i];

		fprintf(f, "%s,%s,%d,", p->picture[q->a].path,
			p->picture[q->b].path, q->same);
		if (q->scored)
			fprintf(f, "%.6f", (double)q->score);
		fputc('\n', f);
	}
	if (fclose(f))
		die(1, file, strerror(errno));
}

static const char *const state_name[ACQUIRED_COUNT] = {
	[UNREADABLE] = "unreadable", [UNDECODABLE] = "undecodable",
	[NO_FACE] = "no_face",
};

static void count_states(const struct pairs *p, size_t out[ACQUIRED_COUNT])
{
	memset(out, 0, ACQUIRED_COUNT * sizeof(*out));
	for (size_t i = 0; i < p->pictures; i++)
		out[p->picture[i].state]++;
}

struct row {
	const char *name;
	double value;
	int digits;
};

static size_t make_rows(const struct pairs *p, const struct report *r,
			double threshold, struct row *row)
{
	size_t state[ACQUIRED_COUNT], n = 0;
	double refused = (double)(r->false_non_matches + r->genuine_failed);

	count_states(p, state);
	row[n++] = (struct row){ "pairs", (double)p->count, 0 };
	row[n++] = (struct row){ "genuine", (double)r->genuine, 0 };
	row[n++] = (struct row){ "impostor", (double)r->impostor, 0 };
	row[n++] = (struct row){ "pictures", (double)p->pictures, 0 };
	row[n++] = (struct row){ "failed_to_acquire",
		(double)(p->pictures - state[ACQUIRED]), 0 };
	for (int i = UNREADABLE; i < ACQUIRED_COUNT; i++)
		row[n++] = (struct row){ state_name[i], (double)state[i], 0 };
	row[n++] = (struct row){ "pairs_not_scored",
		(double)(r->genuine_failed + r->impostor_failed), 0 };
	row[n++] = (struct row){ "best_accuracy", r->best_accuracy, 6 };
	row[n++] = (struct row){ "best_threshold", r->best_threshold, 6 };
	row[n++] = (struct row){ "eer", r->eer, 6 };
	row[n++] = (struct row){ "threshold", threshold, 4 };
	row[n++] = (struct row){ "accuracy", r->accuracy, 6 };
	row[n++] = (struct row){ "fmr", r->fmr, 8 };
	row[n++] = (struct row){ "fnmr", r->fnmr, 6 };
	row[n++] = (struct row){ "false_matches",
		(double)r->false_matches, 0 };
	row[n++] = (struct row){ "false_non_matches",
		(double)r->false_non_matches, 0 };
	row[n++] = (struct row){ "fnmr_with_failures", refused /
		(double)(r->genuine + r->genuine_failed), 6 };
	return n;
}

static void print_rows(const struct row *row, size_t n, bool json)
{
	if (json)
		putchar('{');
	for (size_t i = 0; i < n; i++)
		printf(json ? "%s\"%s\": %.*f" : "%s%-20s %.*f\n",
		       json && i ? ", " : "", row[i].name, row[i].digits,
		       row[i].value);
	if (json)
		puts("}");
}

static struct vision *load(const char *dir, double *threshold)
{
	struct models m = { 0 };
	struct vision *v;
	unsigned int line;
	enum result r = models_read(dir, &m, &line);

	if (r == R_MALFORMED && line) {
		fprintf(stderr, "face_eval: %s/%s:%u: malformed\n", dir,
			MANIFEST_NAME, line);
		exit(2);
	}
	if (r == R_DENIED)
		die(2, dir, "a model is not the one the manifest names");
	if (r != R_OK)
		die(2, dir, "no models there: helpers/face/fetch_models.sh");
	if (vision_new(&m.manifest, m.net, &v) != R_OK)
		die(1, dir, "a model can't be loaded");
	if (isnan(*threshold))
		*threshold = m.manifest.threshold_e4[FMR_1E4] / 1e4;
	models_done(&m);
	return v;
}

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "pairs", required_argument, NULL, 'p' },
		{ "threshold", required_argument, NULL, 't' },
		{ "scores", required_argument, NULL, 's' },
		{ "models", required_argument, NULL, 'm' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "", table, NULL)) >= 0) {
		switch (c) {
		case 'r': o->root = optarg; break;
		case 'p': o->pairs = optarg; break;
		case 's': o->scores = optarg; break;
		case 'm': o->models = optarg; break;
		case 'j': o->json = true; break;
		case 'h': fputs(usage, stdout); exit(0);
		case 't':
			o->threshold = strtod(optarg, &end);
			if (*optarg && !*end && o->threshold >= -1 &&
			    o->threshold <= 1)
				break;
			die(2, optarg, "not a threshold between -1 and 1");
			break;
		default: fputs(usage, stderr); exit(2);
		}
	}
	if (!o->root || !o->pairs || optind != argc) {
		fputs(usage, stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct options o = { .models = "build/models", .threshold = NAN };
	struct row row[32];
	struct report report;
	struct vision *v;
	struct pairs p;

	parse_options(argc, argv, &o);
	pairs_read(o.pairs, &p);
	v = load(o.models, &o.threshold);
	acquire_all(v, o.root, &p);
	score_all(&p);
	if (o.scores)
		write_scores(o.scores, &p);
	if (!report_make(&p, o.threshold, &report))
		die(1, o.pairs, "no rate without genuine and impostor pairs "
		    "whose pictures can be used");
	print_rows(row, make_rows(&p, &report, o.threshold, row), o.json);
	pairs_free(&p);
	vision_free(&v);
	return 0;
}
