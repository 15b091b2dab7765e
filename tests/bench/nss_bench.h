/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of nss_bench share: see nss_bench.c. */
#ifndef CNIE_TESTS_NSS_BENCH_H
#define CNIE_TESTS_NSS_BENCH_H

#include "sim/view_people.h"

/* -- one line of output -------------------------------------------- */

/* "nss SOURCE N: WHAT<TAB>VALUE<TAB>UNIT<TAB>BAR" */
void line(const char *source, const char *what, double value, int digits,
	  const char *unit, const char *bar);
void need(int good, const char *what);	/* else the bench ends */

extern uint32_t people_n;	/* accounts in this run */

/* -- calls --------------------------------------------------------- */

/* One key, made before the clock starts. */
struct ask {
	uint32_t i;
	char name[16], nobody[16];
};

typedef void call_fn(const struct ask *);
enum { NAME, UID, GROUPS, MISS, CALLS };
struct calls { call_fn *call[CALLS]; };

/* Each demands the right answer. */
extern const struct calls through_libc, direct;
call_fn no_module;		/* glibc alone: no answer is the right one */

void load_direct(void);		/* the module's own functions, by dlopen */

int64_t now_ns(void);
/* Another random number below n; not 0 in *seed. */
uint32_t pick(uint64_t *seed, uint32_t n);
void ask_for(uint32_t i, struct ask *out);

/* Quickest pass's median of each, keys random among the first `hot`. */
void measure(const char *source, const struct calls *of, uint32_t hot,
	     const char *bar);
/* Every page that a look-up can touch, touched once. */
void touch_all(const struct calls *of);

/* -- threads ------------------------------------------------------- */

void measure_threads(void);
/* Children that threads' parents fork: how many never came back. */
void measure_forks(void);

#endif
