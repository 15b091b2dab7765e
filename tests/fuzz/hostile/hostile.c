// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * hostile [--seconds N] [--seed S] [--corpus PATH]... [--grow DIR]
 *	   [--found DIR] [--measure] [--plan TEXT]
 *
 * The plans of the corpus, then others for N seconds: invented ones, and
 * variations of those that reached something new, which go into --grow. What is
 * wrong is said, and kept in --found. --measure: without the sandbox, and each
 * run adds to the profile of a program that was built to keep one. With --plan
 * that one alone, and how it ended. Exit status 0: nothing was wrong; 1:
 * something was; 2: the harness.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "hostile.h"
#include "keep.h"
#include "oracle.h"

#define FOUND_MAX   20		/* then it is no use going on */
#define SAY_MS	    10000
#define LEAKS_EVERY 32		/* one run in so many looks for leaks */
#define LOG_LINES   60

struct options {
	unsigned long seconds;
	uint64_t seed;
	const char *corpus[8];
	size_t corpora;
	const char *grow, *found, *plan;
	bool measure;
};

static struct pair_of_programs programs;
static struct oracle oracle;
static struct keep keep;
static struct outcome outcome;

struct tally {
	unsigned long runs, good, found;
	int64_t from_ms, said_ms;
};

/* -- saying ------------------------------------------------------------------- */

static void print_log(void)
{
	char path[128], line[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/log", programs.dir);
	f = fopen(path, "re");
	for (int i = 0; f && i < LOG_LINES && fgets(line, sizeof(line), f); i++)
		printf("    | %s", line);
	if (f)
		fclose(f);
}

static void say_progress(struct tally *t, bool now)
{
	const int64_t ms = mono_ms();

	if (!now && ms - t->said_ms < SAY_MS)
		return;
	t->said_ms = ms;
	printf("hostile: %lu runs, %.0f/s, %lu ended well, %zu plans kept",
	       t->runs, (double)t->runs * 1000 / (double)(ms - t->from_ms + 1),
	       t->good, keep.n);
	printf(", %zu edges, %lu found\n", keep_reached(&keep), t->found);
	fflush(stdout);
}

static void say_found(const struct options *o, const struct plan *p,
		      const char *why)
{
	char text[PLAN_TEXT_MAX];

	plan_write(p, text);
	printf("FOUND %s: %s\n    ended with %s; apdus=%u told=%x sealed=%u "
	       "struck=%x\n", why, text, outcome.code, outcome.apdus,
	       outcome.told, outcome.sealed, outcome.struck);
	print_log();
	fflush(stdout);
	if (o->found && keep_write(o->found, p, why) != R_OK)
		printf("%s: can't be written\n", o->found);
}

/* -- one plan ------------------------------------------------------------------- */

_Noreturn static void give_up(const char *what)
{
	printf("hostile: %s\n", what);
	print_log();
	pair_stop(&programs);
	exit(2);
}

static const char *run(const struct expected_plan *e, uint32_t flags)
{
	static char other[64];
	const char *bad;

	if (pair_run(&programs, &e->plan, flags, &outcome) != R_OK)
		give_up("a run was not possible");
	bad = oracle_judge(&oracle, &e->plan, &outcome);
	if (bad || !e->code[0] || strcmp(e->code, outcome.code) == 0)
		return bad;
	snprintf(other, sizeof(other), "ended with %s and not with %s",
		 outcome.code, e->code);
	return other;
}

/* A second time without the filter, in which a sanitizer can say what it saw.
 * What was only slow is not found again. */
static bool again(const struct expected_plan *e, const char **why)
{
	const bool hung = outcome.hung;
	struct outcome first;
	const char *second;

	memcpy(&first, &outcome, sizeof(first));
	second = run(e, RUN_OPEN);
	if (second)
		*why = second;
	else
		memcpy(&outcome, &first, sizeof(first));
	return second || !hung;
}

static enum news try_plan(const struct options *o, struct tally *t,
			  const struct expected_plan *e)
{
	const bool leaks = t->runs % LEAKS_EVERY == LEAKS_EVERY - 1;
	const char *why;
	enum news news;

	keep_before(&keep);
	why = run(e, o->measure ? RUN_OPEN | RUN_MEASURE
		     : leaks ? RUN_OPEN | RUN_LEAKS : 0);
	news = keep_after(&keep);
	t->runs++;
	t->good += strcmp(outcome.code, "OK") == 0;
	if (why && again(e, &why)) {
		t->found++;
		say_found(o, &e->plan, why);
	}
	say_progress(t, false);
	return news;
}

/* -- all of them ----------------------------------------------------------------- */

static void fuzz(const struct options *o, struct tally *t)
{
	const int64_t end = mono_ms() + (int64_t)o->seconds * 1000;
	struct dice d = { o->seed };

	while (mono_ms() < end && t->found < FOUND_MAX) {
		const uint64_t seed = dice_next(&d);
		struct expected_plan e = { .code = "" };
		enum news news;

		if (keep.n == 0 || dice_below(&d, 3) == 0)
			e.plan = plan_invent(seed);
		else
			e.plan = plan_vary(&keep.plan[dice_below(&d,
				(uint32_t)keep.n)].plan, seed);
		news = try_plan(o, t, &e);
		if (news == NEWS_NONE)
			continue;
		keep_add(&keep, &e.plan);
		if (news == NEWS_EDGES && o->grow &&
		    keep_write(o->grow, &e.plan, NULL) != R_OK)
			give_up("the folder of --grow can't be written");
	}
}

static int show(const struct options *o)
{
	struct expected_plan e = { .code = "" };
	const char *why;

	if (plan_read(o->plan, &e.plan) != R_OK)
		give_up("that is no plan");
	why = run(&e, RUN_OPEN | RUN_LEAKS);
	printf("%s: facts=%d number=%d portrait=%d apdus=%u told=%x "
	       "sealed=%u struck=%x\n%s\n", outcome.code, outcome.facts_came,
	       outcome.number_came, outcome.portrait_came, outcome.apdus,
	       outcome.told, outcome.sealed, outcome.struck,
	       why ? why : "as it must be");
	print_log();
	return why ? 1 : 0;
}

static int all(const struct options *o)
{
	struct tally t = { .from_ms = mono_ms(), .said_ms = mono_ms() };
	size_t replayed;

	for (size_t i = 0; i < o->corpora; i++)
		if (keep_load(&keep, o->corpus[i]) != R_OK)
			give_up("a corpus can't be read");
	replayed = keep.n;
	for (size_t i = 0; i < replayed && t.found < FOUND_MAX; i++) {
		const struct expected_plan e = keep.plan[i];

		if (try_plan(o, &t, &e) == NEWS_EDGES && o->grow &&
		    !o->seconds &&
		    keep_write(o->grow, &e.plan, NULL) != R_OK)
			give_up("the folder of --grow can't be written");
	}
	printf("hostile: %zu plans of the corpus, seed %" PRIu64 "\n",
	       replayed, o->seed);
	fuzz(o, &t);
	say_progress(&t, true);
	return t.found || !t.runs ? 1 : 0;
}

static bool take_options(int argc, char **argv, struct options *o)
{
	static const struct option rows[] = {
		{ "seconds", 1, NULL, 's' }, { "seed", 1, NULL, 'r' },
		{ "corpus", 1, NULL, 'c' },  { "grow", 1, NULL, 'g' },
		{ "found", 1, NULL, 'f' },   { "measure", 0, NULL, 'm' },
		{ "plan", 1, NULL, 'p' },    { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", rows, NULL)) != -1) {
		if (c == 's')
			o->seconds = strtoul(optarg, NULL, 10);
		else if (c == 'r')
			o->seed = strtoull(optarg, NULL, 10);
		else if (c == 'c' && o->corpora < 8)
			o->corpus[o->corpora++] = optarg;
		else if (c == 'g')
			o->grow = optarg;
		else if (c == 'f')
			o->found = optarg;
		else if (c == 'm')
			o->measure = true;
		else if (c == 'p')
			o->plan = optarg;
		else
			return false;
	}
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct options o = { .seed = (uint64_t)time(NULL) };
	int status;

	if (!take_options(argc, argv, &o)) {
		fprintf(stderr, "usage: hostile [--seconds N] [--seed S] "
			"[--corpus PATH]... [--grow DIR]\n"
			"\t[--found DIR] [--measure] [--plan TEXT]\n");
		return 2;
	}
	if (pair_start(&programs) != R_OK ||
	    keep_init(&keep, programs.dir) != R_OK)
		give_up("the programs can't be started");
	(void)keep_after(&keep);	/* what starting reached */
	if (oracle_learn(&oracle, &programs) != R_OK)
		give_up("a genuine card is not taken");
	(void)keep_after(&keep);
	status = o.plan ? show(&o) : all(&o);
	pair_stop(&programs);
	return status;
}
